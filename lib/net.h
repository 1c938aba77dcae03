/*
 * net - TCP connections: dial one, listen for one.
 */
#ifndef SMTPLAB_NET_H
#define SMTPLAB_NET_H

#include "err.h"

#include <stddef.h>
#include <sys/socket.h>

#define NET_HOST_MAX 256 /* a domain name has up to 255 octets (RFC 5321 4.5.3.1.2) */
#define NET_PORT_MAX 6   /* "65535" and its NUL */

/*
 * Split "host", "host:port" or "[v6address]:port" into host and port
 * (default_port where none is given; a bare v6 address with several colons is
 * a host). -1, ERR_INPUT: empty host, a port outside 1..65535, too long.
 */
int net_split(const char *text, const char *default_port, char host[NET_HOST_MAX], char port[NET_PORT_MAX],
              struct err *e);

/*
 * Connect to host and port, trying each address (IPv6 and IPv4) in turn, all
 * within timeout_ms (-1: for ever; asking for the name's addresses is not
 * counted, the system has its own limit there). Returns the socket
 * (close-on-exec), or -1: ERR_HOST, ERR_CONNECT, ERR_TIMEOUT.
 */
int net_dial(const char *host, const char *port, int timeout_ms, struct err *e);

/*
 * Listen on a numeric address ("127.0.0.1", "::1"); port 0 lets the kernel
 * choose. Returns the socket and sets *bound to the port, or -1: ERR_INPUT (not
 * an address), ERR_SYSTEM (the port is taken, or not ours to take).
 */
int net_listen(const char *address, unsigned short port, unsigned short *bound, struct err *e);

/* Accept one connection within timeout_ms (-1: for ever). The socket, or -1: ERR_TIMEOUT, ERR_SYSTEM. */
int net_accept(int listener, int timeout_ms, struct err *e);

/*
 * The same for who has many connections and waits in its own way: accept(), and the socket is as
 * stream_from_ready() wants it (non-blocking, close-on-exec, TCP_NODELAY). `listener` is one of net_listen(); whether
 * this waits is up to its O_NONBLOCK. *size: of *from, then of the address. The socket, or -1: errno.
 */
int net_accept_ready(int listener, struct sockaddr_storage *from, socklen_t *size);

#endif
