/*
 * watch_tcp - see watch_tcp.h.
 *
 * The kernel answers about one connection by a netlink question (sock_diag(7)),
 * which takes a few microseconds. It answers for our own network namespace alone;
 * for a jailed client, and where netlink is forbidden, there is
 * /proc/PID/net/tcp, which lists every connection and takes longer.
 */
#include "watch_tcp.h"

#include "watch_file.h"

#ifdef __linux__

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define TABLE_MAX (1UL << 20) /* bytes of /proc/PID/net/tcp that are read: some 7000 connections */
#define ROW_LISTENS 0x0A      /* TCP_LISTEN in the table's "st" column */
#define ASK_INFO (1U << (INET_DIAG_INFO - 1))

struct question {
    struct nlmsghdr head;
    struct inet_diag_req_v2 body;
};

union answer {
    struct nlmsghdr head;
    char bytes[2048];
};

void watch_tcp_init(struct watch_tcp *c) {
    *c = (struct watch_tcp){.socket = -1};
    c->netlink = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
}

void watch_tcp_set(struct watch_tcp *c, int our_socket) {
    socklen_t ours = sizeof c->ours;
    socklen_t theirs = sizeof c->theirs;
    c->socket = -1;
    if (our_socket < 0 || getsockname(our_socket, (struct sockaddr *)&c->ours, &ours) != 0 ||
        getpeername(our_socket, (struct sockaddr *)&c->theirs, &theirs) != 0)
        return;
    if (c->ours.ss_family == AF_INET || c->ours.ss_family == AF_INET6)
        c->socket = our_socket;
}

void watch_tcp_free(struct watch_tcp *c) {
    if (c->netlink >= 0)
        close(c->netlink);
}

/* In network byte order, as the kernel wants it. The port stands in the same place in both families' addresses. */
static in_port_t port_of(const struct sockaddr_storage *a) {
    struct sockaddr_in in;
    memcpy(&in, a, sizeof in);
    return in.sin_port;
}

/* Our own end */

/*
 * How many bytes we have sent in all. Asked in this order an acknowledgement that arrives in between
 * makes the sum too large, never too small: too large proves nothing and costs one more look.
 */
static unsigned long long sent_in_all(int fd, unsigned *unacknowledged) {
    struct tcp_info info = {0};
    socklen_t n = sizeof info;
    int queued = 0;
    ioctl(fd, SIOCOUTQ, &queued);
    *unacknowledged = (unsigned)queued;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n) != 0)
        return 0;
    return info.tcpi_bytes_acked + (unsigned)queued;
}

static unsigned arrived(int fd) {
    int queued = 0;
    ioctl(fd, SIOCINQ, &queued);
    return (unsigned)queued;
}

/* The kernel may hold an acknowledgement back for 40 ms, in case a reply goes out that can carry it. The client's queue is not empty until it is sent. */
static void acknowledge_now(int fd) {
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

/* The client's end: asking by netlink */

static void put_address(const struct sockaddr_storage *a, __be32 *to) {
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    memcpy(&in, a, sizeof in);
    memcpy(&in6, a, sizeof in6);
    if (a->ss_family == AF_INET)
        memcpy(to, &in.sin_addr, sizeof in.sin_addr);
    else
        memcpy(to, &in6.sin6_addr, sizeof in6.sin6_addr);
}

static int ask(const struct watch_tcp *c) {
    struct question q = {
        .head = {.nlmsg_len = sizeof q, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST},
        .body = {.sdiag_family = (__u8)c->ours.ss_family,
                 .sdiag_protocol = IPPROTO_TCP,
                 .idiag_ext = ASK_INFO,
                 .idiag_states = ~0U},
    };
    struct inet_diag_sockid *id = &q.body.id;
    id->idiag_sport = port_of(&c->theirs);
    id->idiag_dport = port_of(&c->ours);
    put_address(&c->theirs, id->idiag_src);
    put_address(&c->ours, id->idiag_dst);
    id->idiag_cookie[0] = id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    return send(c->netlink, &q, sizeof q, 0) == (ssize_t)sizeof q ? 0 : -1;
}

/* How many bytes the client's kernel has received in all: in the attribute INET_DIAG_INFO. false: an old kernel that does not say. */
static bool received_in_all(const char *attributes, size_t n, unsigned long long *received) {
    struct rtattr a;
    struct tcp_info info = {0};
    while (n >= sizeof a) {
        memcpy(&a, attributes, sizeof a);
        size_t step = RTA_ALIGN((size_t)a.rta_len);
        if (a.rta_len < sizeof a || a.rta_len > n)
            return false;
        size_t size = a.rta_len - sizeof a;
        if (a.rta_type == INET_DIAG_INFO) {
            memcpy(&info, attributes + sizeof a, size < sizeof info ? size : sizeof info);
            *received = info.tcpi_bytes_received;
            return size >= offsetof(struct tcp_info, tcpi_bytes_received) + sizeof *received;
        }
        attributes += step < n ? step : n;
        n -= step < n ? step : n;
    }
    return false;
}

/*
 * Bytes that the client's kernel has received are in its queue, even while it
 * delays its acknowledgement: if it has received all that we have sent, none is under way.
 */
static void take_answer(const union answer *a, size_t n, unsigned long long sent, struct watch_queues *q) {
    struct inet_diag_msg m;
    unsigned long long received;
    size_t start = NLMSG_LENGTH(sizeof m);
    if (n < start)
        return;
    memcpy(&m, a->bytes + NLMSG_LENGTH(0), sizeof m);
    q->inode = m.idiag_state == ROW_LISTENS ? 0 : m.idiag_inode;
    q->unread = m.idiag_rqueue;
    q->coming = m.idiag_wqueue;
    if (received_in_all(a->bytes + start, n - start, &received) && received == sent)
        q->undelivered = 0;
}

/* 0: answered, be it that there is no such connection any more; -1: netlink cannot tell here. */
static int by_netlink(const struct watch_tcp *c, unsigned long long sent, struct watch_queues *q) {
    union answer a;
    struct nlmsgerr refusal;
    if (c->netlink < 0 || ask(c) != 0)
        return -1;
    ssize_t n = recv(c->netlink, &a, sizeof a, MSG_DONTWAIT);
    if (n < (ssize_t)NLMSG_LENGTH(0))
        return -1;
    if (a.head.nlmsg_type != NLMSG_ERROR) {
        take_answer(&a, (size_t)n, sent, q);
        return 0;
    }
    if ((size_t)n < NLMSG_LENGTH(sizeof refusal))
        return -1;
    memcpy(&refusal, a.bytes + NLMSG_LENGTH(0), sizeof refusal);
    return refusal.error == -ENOENT ? 0 : -1;
}

/* The client's end: reading the table */

/*
 * "   0: 0100007F:9C4E 0100007F:1F90 01 00000005:00000000 00:00000000 00000000  1000        0 4711 ..."
 * Each value is what follows the next character of this kind. Ports are in plain order.
 */
enum column {
    LOCAL,
    FROM,
    REMOTE,
    TO,
    STATE,
    TX,
    RX,
    TIMER,
    WHEN,
    RETRANSMITS,
    UID,
    TIMEOUT,
    INODE,
    COLUMNS
};

static const struct {
    char after;
    int base;
} columns[COLUMNS] = {
    [LOCAL] = {':', 16}, [FROM] = {':', 16},        [REMOTE] = {' ', 16}, [TO] = {':', 16},
    [STATE] = {' ', 16}, [TX] = {' ', 16},          [RX] = {':', 16},     [TIMER] = {' ', 16},
    [WHEN] = {':', 16},  [RETRANSMITS] = {' ', 16}, [UID] = {' ', 10},    [TIMEOUT] = {' ', 10},
    [INODE] = {' ', 10},
};

static bool parse_row(const char *row, unsigned long *values) {
    for (size_t i = 0; i < COLUMNS; i++) {
        const char *at = strchr(row, columns[i].after);
        char *rest;
        if (at == NULL)
            return false;
        values[i] = strtoul(at + 1, &rest, columns[i].base);
        row = rest;
    }
    return true;
}

static bool take_row(const char *row, in_port_t local, in_port_t remote, struct watch_queues *q) {
    unsigned long v[COLUMNS];
    if (!parse_row(row, v) || v[FROM] != ntohs(local) || v[TO] != ntohs(remote))
        return false;
    if (v[STATE] == ROW_LISTENS || v[INODE] == 0)
        return false;
    *q = (struct watch_queues){v[INODE], q->undelivered, (unsigned)v[RX], (unsigned)v[TX], q->arrived};
    return true;
}

static bool by_table(const struct watch_tcp *c, pid_t pid, const char *name, struct watch_queues *q) {
    char *text = malloc(TABLE_MAX);
    bool found = false;
    if (text == NULL)
        return false;
    if (watch_file_text(text, TABLE_MAX, "/proc/%d/net/%s", (int)pid, name) > 0)
        for (char *row = strchr(text, '\n'); row != NULL && !found; row = strchr(row + 1, '\n'))
            found = take_row(row + 1, port_of(&c->theirs), port_of(&c->ours), q);
    free(text);
    return found;
}

/* The number of a process's network namespace; 0 where the kernel has none, or does not tell. */
static ino_t network_of(const char *process) {
    char path[WATCH_PATH_SIZE];
    struct stat st;
    snprintf(path, sizeof path, "/proc/%s/ns/net", process);
    return stat(path, &st) == 0 ? st.st_ino : 0;
}

static void ask_network(const struct watch_tcp *c, pid_t pid, bool ours, unsigned long long sent,
                        struct watch_queues *q) {
    if (ours && by_netlink(c, sent, q) == 0)
        return;
    if (!by_table(c, pid, "tcp", q))
        by_table(c, pid, "tcp6", q);
}

/*
 * Sender first, receiver after it: what has left the first queue is then in the
 * second when that is counted, and nothing slips through between.
 */
void watch_tcp_queues(const struct watch_tcp *c, const struct watch_tasks *tasks, struct watch_queues *q) {
    *q = (struct watch_queues){0};
    if (c->socket < 0)
        return;
    unsigned long long sent = sent_in_all(c->socket, &q->undelivered);
    ino_t home = network_of("self");
    ino_t asked = 0;
    for (size_t i = 0; i < tasks->process_count && q->inode == 0; i++) {
        char process[16];
        snprintf(process, sizeof process, "%d", (int)tasks->processes[i]);
        ino_t network = network_of(process);
        if (i == 0 || network != asked)
            ask_network(c, tasks->processes[i], network == home, sent, q);
        asked = network;
    }
    if (q->coming > 0)
        acknowledge_now(c->socket);
    q->arrived = arrived(c->socket);
}

#endif
