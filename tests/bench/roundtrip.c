/* roundtrip N: what N round trips of one line cost over the loopback, between two processes that do nothing else; microseconds each. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void echo(int fd) {
    char bytes[512];
    ssize_t n;

    while ((n = read(fd, bytes, sizeof bytes)) > 0)
        if (write(fd, bytes, (size_t)n) != n)
            return;
}

static double microseconds(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int failed(const char *what) {
    perror(what);
    return 1;
}

int main(int argc, char **argv) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    long trips = argc > 1 ? atol(argv[1]) : 1000;
    char bytes[512] = "NOOP\r\n";
    double begun;

    if (bind(listener, (struct sockaddr *)&address, size) == -1 || listen(listener, 1) == -1 ||
        getsockname(listener, (struct sockaddr *)&address, &size) == -1)
        return failed("listen");
    if (fork() == 0) {
        close(client); /* else it would never see the end */
        echo(accept(listener, NULL, NULL));
        return 0;
    }
    if (connect(client, (struct sockaddr *)&address, size) == -1)
        return failed("connect");
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    begun = microseconds();
    for (long i = 0; i < trips; i++)
        if (write(client, bytes, 6) != 6 || read(client, bytes, sizeof bytes) != 6)
            return failed("round trip");
    printf("%.3f\n", (microseconds() - begun) / (double)trips);
    return 0;
}
