#include "net.h"

#include "deadline.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- host and port --- */

static bool port_valid(const char *port) {
    size_t n = strlen(port);

    if (n == 0 || n >= NET_PORT_MAX || strspn(port, "0123456789") != n)
        return false;

    long number = strtol(port, NULL, 10);

    return number >= 1 && number <= 65535;
}

/*
 * Where the host ends in "host", "host:port", "[v6]", "[v6]:port", "v6", and where the port begins
 * (NULL: none given).
 */
static const char *host_end(const char *host, const char **port) {
    const char *colon = strchr(host, ':');

    *port = NULL;
    if (colon == NULL || strchr(colon + 1, ':') != NULL)
        return host + strlen(host); /* several colons and no brackets: an IPv6 address alone */
    *port = colon + 1;
    return colon;
}

/* The same behind "[". NULL: no "]", or something else than a port behind it. */
static const char *bracket_end(const char *host, const char **port) {
    const char *end = strchr(host, ']');

    *port = NULL;
    if (end == NULL || (end[1] != '\0' && end[1] != ':'))
        return NULL;
    if (end[1] == ':')
        *port = end + 2;
    return end;
}

int net_split(const char *text, const char *default_port, char host[NET_HOST_MAX], char port[NET_PORT_MAX],
              struct err *e) {
    bool bracket = text[0] == '[';
    const char *start = bracket ? text + 1 : text;
    const char *given;
    const char *end = bracket ? bracket_end(start, &given) : host_end(start, &given);

    if (end == NULL)
        return err_set(e, ERR_INPUT, "\"%s\" is no host: write [address]:port for an IPv6 address", text);
    if (end == start)
        return err_set(e, ERR_INPUT, "\"%s\" has no host name", text);
    if (end - start >= NET_HOST_MAX)
        return err_set(e, ERR_INPUT, "a host name has at most %d letters", NET_HOST_MAX - 1);
    if (given == NULL)
        given = default_port;
    if (!port_valid(given))
        return err_set(e, ERR_INPUT, "\"%s\" is no port: it takes a number from 1 to 65535", given);

    memcpy(host, start, (size_t)(end - start));
    host[end - start] = '\0';
    memcpy(port, given, strlen(given) + 1);
    return 0;
}

/* --- sockets --- */

/*
 * A socket that programs we start do not inherit. On Linux in one step: with
 * threads, one may start a program between socket() and fcntl(), and the copy
 * that program holds keeps a connection open that we believe closed.
 */
static int new_socket(const struct addrinfo *a) {
#ifdef SOCK_CLOEXEC
    return socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
#else
    int fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);

    if (fd != -1)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
#endif
}

static void set_blocking(int fd, bool blocking) {
    int flags = fcntl(fd, F_GETFL);

    if (flags != -1)
        fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

static int close_failed(int fd) {
    int why = errno;

    close(fd);
    errno = why;
    return -1;
}

/* --- dial --- */

/* Wait for a connect() that is under way. 0, or -1 with errno. */
static int await_connect(int fd, int timeout_ms) {
    int why = 0;
    socklen_t size = sizeof(why);
    int ready = deadline_poll(deadline_in(timeout_ms), fd, POLLOUT);

    if (ready == -1)
        return -1;
    if (ready == 0)
        why = ETIMEDOUT;
    else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &size) == -1)
        return -1;
    errno = why;
    return why == 0 ? 0 : -1;
}

/*
 * Try one address. The socket, or -1 with errno. Non-blocking: a blocking connect() to a silent host
 * takes minutes.
 */
static int dial_one(const struct addrinfo *a, int timeout_ms) {
    int fd = new_socket(a);

    if (fd == -1)
        return -1;
    set_blocking(fd, false);
    /* EINTR does not stop a connect(), it goes on by itself: both are "under way". */
    if (connect(fd, a->ai_addr, a->ai_addrlen) == -1 &&
        ((errno != EINPROGRESS && errno != EINTR) || await_connect(fd, timeout_ms) == -1))
        return close_failed(fd);
    set_blocking(fd, true);
    return fd;
}

static int dial_error(const char *host, const char *port, int why, struct err *e) {
    errno = why;
    switch (why) {
    case ECONNREFUSED:
        return err_set(e, ERR_CONNECT, "nobody listens on %s port %s (connection refused)", host, port);
    case ETIMEDOUT:
        return err_set(e, ERR_TIMEOUT, "%s port %s does not answer: no connection in time", host, port);
    default:
        return err_errno(e, ERR_CONNECT, "cannot connect to %s port %s", host, port);
    }
}

/* Each address gets an equal share of what is left, so that a silent first one does not spend it all. */
static int share_of(struct deadline until, const struct addrinfo *a) {
    int left = deadline_left(until);
    int addresses = 0;

    for (; a != NULL; a = a->ai_next)
        addresses++;
    return left == -1 ? -1 : left / addresses;
}

int net_dial(const char *host, const char *port, int timeout_ms, struct err *e) {
    const struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *all;
    int failure = getaddrinfo(host, port, &wanted, &all);
    int fd = -1;

    if (failure == EAI_SYSTEM)
        return err_errno(e, ERR_HOST, "cannot look up the host %s", host);
    if (failure != 0)
        return err_set(e, ERR_HOST, "no address for the host %s: %s", host, gai_strerror(failure));

    struct deadline until = deadline_in(timeout_ms);

    for (const struct addrinfo *a = all; a != NULL && fd == -1; a = a->ai_next)
        fd = dial_one(a, share_of(until, a));

    int why = errno;

    freeaddrinfo(all);
    return fd != -1 ? fd : dial_error(host, port, why, e);
}

/* --- listen --- */

static int port_of(int fd, unsigned short *port) {
    struct sockaddr_storage a;
    socklen_t size = sizeof(a);

    if (getsockname(fd, (struct sockaddr *)&a, &size) == -1)
        return -1;
    *port = ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port
                                          : ((struct sockaddr_in *)&a)->sin_port);
    return 0;
}

static int listen_on(const struct addrinfo *a, unsigned short *bound) {
    int fd = new_socket(a);
    int on = 1;

    if (fd == -1)
        return -1;
    /* Or a server that was just stopped could not have its port back for a minute. */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* for net_accept_ready() */
    if (bind(fd, a->ai_addr, a->ai_addrlen) == -1 || listen(fd, SOMAXCONN) == -1 || port_of(fd, bound) == -1)
        return close_failed(fd);
    /* A client may give up between our poll() and our accept(), which would then sleep. */
    set_blocking(fd, false);
    return fd;
}

int net_listen(const char *address, unsigned short port, unsigned short *bound, struct err *e) {
    const struct addrinfo wanted = {.ai_family = AF_UNSPEC,
                                    .ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found;
    char digits[NET_PORT_MAX];

    snprintf(digits, sizeof(digits), "%u", (unsigned)port);
    if (getaddrinfo(address, digits, &wanted, &found) != 0)
        return err_set(e, ERR_INPUT,
                       "\"%s\" is no address to listen on: it takes one in digits, like 127.0.0.1", address);

    int fd = listen_on(found, bound);

    if (fd == -1)
        err_errno(e, ERR_SYSTEM, "cannot listen on %s port %s", address, digits);
    freeaddrinfo(found);
    return fd;
}

/* Did accept() fail for a reason that the next connection may not have? */
static bool passing(int why) {
    return why == EAGAIN || why == EWOULDBLOCK || why == EINTR || why == ECONNABORTED;
}

int net_accept(int listener, int timeout_ms, struct err *e) {
    struct deadline until = deadline_in(timeout_ms);

    for (;;) {
        int ready = deadline_poll(until, listener, POLLIN);

        if (ready == 0)
            return err_set(e, ERR_TIMEOUT, "nobody connected in time");

        int fd = ready == -1 ? -1 : accept(listener, NULL, NULL);

        if (fd != -1) {
            fcntl(fd, F_SETFD, FD_CLOEXEC);
            set_blocking(fd, true); /* some systems hand the listener's mode down */
            return fd;
        }
        if (ready == -1 || !passing(errno))
            return err_errno(e, ERR_SYSTEM, "cannot accept a connection");
    }
}
