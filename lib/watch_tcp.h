/*
 * watch_tcp - both ends of one TCP connection on this machine, as the kernel
 * counts them. Internal to watch*.c; Linux only.
 *
 * Four places can hold bytes that are under way: sent by us and not delivered,
 * delivered and not read by the client, and the same two the other way.
 */
#ifndef SMTPLAB_WATCH_TCP_H
#define SMTPLAB_WATCH_TCP_H

#include "watch_proc.h"

#include <stdbool.h>
#include <sys/socket.h>

struct watch_tcp {
    int socket;  /* ours, -1: no connection */
    int netlink; /* for questions to the kernel, -1: not to be had */
    struct sockaddr_storage ours;
    struct sockaddr_storage theirs;
};

struct watch_queues {
    unsigned long inode;  /* the client's end, as /proc/PID/fd names it; 0: closed, or not on this machine */
    unsigned undelivered; /* sent by us, not yet in the client's queue */
    unsigned unread;      /* in the client's queue */
    unsigned coming;      /* sent by the client, not yet in our queue */
    unsigned arrived;     /* in our queue */
};

void watch_tcp_init(struct watch_tcp *c);

/* Another connection, or -1 for none. */
void watch_tcp_set(struct watch_tcp *c, int our_socket);

/* Count the queues. The client is looked for where the tasks are: they may live in a network namespace of their own. */
void watch_tcp_queues(const struct watch_tcp *c, const struct watch_tasks *tasks, struct watch_queues *q);

void watch_tcp_free(struct watch_tcp *c);

#endif
