/* net, the part that accepts for who has many connections: see net_accept_ready(). */
#define _GNU_SOURCE /* accept4(), which POSIX has only since 2024 */
#include "net.h"

#ifdef __linux__

/* All in one system call: Linux hands TCP_NODELAY down from the listener, and the rest is asked for. */
int net_accept_ready(int listener, struct sockaddr_storage *from, socklen_t *size) {
    return accept4(listener, (struct sockaddr *)from, size, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

#else

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

int net_accept_ready(int listener, struct sockaddr_storage *from, socklen_t *size) {
    int fd = accept(listener, (struct sockaddr *)from, size);
    int on = 1;

    if (fd == -1)
        return -1;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

#endif
