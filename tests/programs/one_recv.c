/*
 * one_recv - a client with the commonest mistake of socket programs: it takes
 * what one recv() brings for one reply. On an idle machine, with short replies,
 * it looks right. It is run like the kit's client and understands --server alone.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const says[] = {
    "EHLO client.example.test\r\n",
    "MAIL FROM:<alice@example.org>\r\n",
    "RCPT TO:<bob@example.org>\r\n",
    "DATA\r\n",
    "Subject: In pieces\r\n\r\nHello World\r\n.\r\n",
    "QUIT\r\n",
};

static int connect_to(const char *port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_port = htons((unsigned short)atoi(port));
    if (fd == -1 || connect(fd, (struct sockaddr *)&to, sizeof to) == -1)
        exit(75);
    return fd;
}

static void hear(int fd) {
    char reply[4096];

    if (recv(fd, reply, sizeof reply, 0) <= 0)
        exit(74);
}

int main(int argc, char **argv) {
    const char *port = "";
    int fd;

    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], "--server") == 0 && strchr(argv[i + 1], ':') != NULL)
            port = strchr(argv[i + 1], ':') + 1;
    fd = connect_to(port);
    hear(fd);
    for (size_t i = 0; i < sizeof says / sizeof says[0]; i++) {
        if (send(fd, says[i], strlen(says[i]), MSG_NOSIGNAL) == -1)
            return 74;
        hear(fd);
    }
    return 0;
}
