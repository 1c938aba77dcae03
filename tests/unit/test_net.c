/* net: host and port taken apart, dialling, listening, and what goes wrong in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PATIENCE_MS 60000

/* --- host and port --- */

static const struct {
    const char *text;
    const char *host; /* NULL: refused */
    const char *port;
} splits[] = {
    {"mail.example.test", "mail.example.test", "25"},
    {"mail.example.test:587", "mail.example.test", "587"},
    {"127.0.0.1:2525", "127.0.0.1", "2525"},
    {"[::1]", "::1", "25"},
    {"[::1]:2525", "::1", "2525"},
    {"::1", "::1", "25"},
    {"2001:db8::25", "2001:db8::25", "25"},
    {"[127.0.0.1]:25", "127.0.0.1", "25"},
    {"h:1", "h", "1"},
    {"h:65535", "h", "65535"},
    {"h:65536", NULL, NULL},
    {"h:0", NULL, NULL},
    {"h:00000", NULL, NULL},
    {"h:000025", NULL, NULL},
    {"h:123456", NULL, NULL},
    {"h:99999999999999999999", NULL, NULL},
    {"h:", NULL, NULL},
    {"h:-1", NULL, NULL},
    {"h:+1", NULL, NULL},
    {"h: 25", NULL, NULL},
    {"h:25x", NULL, NULL},
    {"h:smtp", NULL, NULL},
    {"", NULL, NULL},
    {":25", NULL, NULL},
    {"[]", NULL, NULL},
    {"[]:25", NULL, NULL},
    {"[::1", NULL, NULL},
    {"[::1]25", NULL, NULL},
    {"[::1]:", NULL, NULL},
    {"[::1]:x", NULL, NULL},
};

static void host_and_port_apart(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(splits); i++) {
        char host[NET_HOST_MAX] = "";
        char port[NET_PORT_MAX] = "";
        struct err e = {ERR_NONE, ""};
        int result = net_split(splits[i].text, "25", host, port, &e);

        if (splits[i].host == NULL) {
            assert_int_equal(result, -1);
            assert_int_equal(e.kind, ERR_INPUT);
            assert_true(e.text[0] != '\0');
        } else {
            assert_int_equal(result, 0);
            assert_string_equal(host, splits[i].host);
            assert_string_equal(port, splits[i].port);
        }
    }
}

/* Every strict prefix of a good text is good or refused, never read past. */
static void prefixes_of_a_good_text(void **state) {
    static const char text[] = "[2001:db8::1]:25";

    (void)state;
    for (size_t n = 0; n < sizeof(text); n++) {
        char copy[sizeof(text)] = "";
        char host[NET_HOST_MAX];
        char port[NET_PORT_MAX];

        memcpy(copy, text, n);
        assert_int_equal(net_split(copy, "25", host, port, NULL), n == 13 || n >= 15 ? 0 : -1);
    }
}

static void a_host_name_has_its_limit(void **state) {
    (void)state;
    for (size_t n = NET_HOST_MAX - 2; n <= NET_HOST_MAX; n++) {
        char text[NET_HOST_MAX + 20];
        char host[NET_HOST_MAX];
        char port[NET_PORT_MAX];
        struct err e = {ERR_NONE, ""};

        memset(text, 'h', n);
        memcpy(text + n, ":25", 4);
        assert_int_equal(net_split(text, "587", host, port, &e), n < NET_HOST_MAX ? 0 : -1);
        assert_int_equal(e.kind, n < NET_HOST_MAX ? ERR_NONE : ERR_INPUT);
    }
}

/* --- connections --- */

static int listening(const char *address, char port[NET_PORT_MAX]) {
    unsigned short bound = 0;
    struct err e = {ERR_NONE, ""};
    int listener = net_listen(address, 0, &bound, &e);

    if (listener != -1) {
        assert_int_not_equal(bound, 0);
        snprintf(port, NET_PORT_MAX, "%u", (unsigned)bound);
    }
    return listener;
}

static void assert_plain_descriptor(int fd) {
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) == 0);
}

static void dial_listen_accept(void **state) {
    static const struct {
        const char *listen, *dial;
    } cases[] = {{"127.0.0.1", "127.0.0.1"}, {"127.0.0.1", "localhost"}, {"::1", "::1"}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char port[NET_PORT_MAX];
        char bytes[6] = "";
        int listener = listening(cases[i].listen, port);

        if (listener == -1 && strcmp(cases[i].listen, "::1") == 0)
            continue; /* a machine without IPv6 */
        assert_int_not_equal(listener, -1);

        int ours = net_dial(cases[i].dial, port, PATIENCE_MS, NULL);
        int theirs = net_accept(listener, PATIENCE_MS, NULL);

        assert_int_not_equal(ours, -1);
        assert_int_not_equal(theirs, -1);
        assert_plain_descriptor(ours);
        assert_plain_descriptor(theirs);
        assert_int_equal(write(ours, "hello", 5), 5);
        assert_int_equal(recv(theirs, bytes, 5, MSG_WAITALL), 5);
        assert_string_equal(bytes, "hello");
        close(ours);
        close(theirs);
        close(listener);
    }
}

/* A port that is bound and not listened on: nobody else can get it meanwhile. */
static void nobody_listens(void **state) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(here);
    char port[NET_PORT_MAX];
    char expected[100];
    struct err e = {ERR_NONE, ""};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    (void)state;
    assert_int_equal(bind(fd, (struct sockaddr *)&here, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&here, &size), 0);
    snprintf(port, sizeof(port), "%u", (unsigned)ntohs(here.sin_port));
    assert_int_equal(net_dial("127.0.0.1", port, PATIENCE_MS, &e), -1);
    assert_int_equal(e.kind, ERR_CONNECT);
    snprintf(expected, sizeof(expected), "nobody listens on 127.0.0.1 port %s (connection refused)", port);
    assert_string_equal(e.text, expected);
    close(fd);
}

static void no_such_host(void **state) {
    struct err e = {ERR_NONE, ""};

    (void)state;
    assert_int_equal(net_dial("no such host", "25", PATIENCE_MS, &e), -1);
    assert_int_equal(e.kind, ERR_HOST);
    assert_non_null(strstr(e.text, "no such host"));
}

/*
 * A listener whose queue is full answers no more connections: the packets are dropped, as by a silent
 * firewall.
 */
static void a_silent_host_meets_the_time_limit(void **state) {
    char port[NET_PORT_MAX];
    int fds[64];
    size_t n = 0;
    struct err e = {ERR_NONE, ""};
    int listener = listening("127.0.0.1", port);

    (void)state;
    assert_int_equal(listen(listener, 0), 0);
    while (n < COUNT(fds) && (fds[n] = net_dial("127.0.0.1", port, 20, &e)) != -1)
        n++;
    assert_int_equal(e.kind, ERR_TIMEOUT);
    while (n > 0)
        close(fds[--n]);
    close(listener);
}

static void nobody_connects(void **state) {
    static const int limits[] = {0, 1, 20};
    char port[NET_PORT_MAX];
    int listener = listening("127.0.0.1", port);

    (void)state;
    for (size_t i = 0; i < COUNT(limits); i++) {
        struct err e = {ERR_NONE, ""};

        assert_int_equal(net_accept(listener, limits[i], &e), -1);
        assert_int_equal(e.kind, ERR_TIMEOUT);
    }
    close(listener);
}

static void what_cannot_be_listened_on(void **state) {
    unsigned short bound = 0;
    struct err e = {ERR_NONE, ""};
    int listener = net_listen("127.0.0.1", 0, &bound, &e);
    unsigned short again;

    (void)state;
    assert_int_equal(net_listen("127.0.0.1", bound, &again, &e), -1); /* taken */
    assert_int_equal(e.kind, ERR_SYSTEM);
    close(listener);
    assert_int_equal(net_listen("localhost", 0, &again, &e), -1); /* a name */
    assert_int_equal(e.kind, ERR_INPUT);
}

/* The same port again at once, although a connection of it has just ended on our side. */
static void a_port_can_be_had_again_at_once(void **state) {
    char port[NET_PORT_MAX];
    unsigned short bound = 0;
    unsigned short again = 0;
    int listener = listening("127.0.0.1", port);
    int ours = net_dial("127.0.0.1", port, PATIENCE_MS, NULL);
    int theirs = net_accept(listener, PATIENCE_MS, NULL);

    (void)state;
    close(theirs);
    close(ours);
    close(listener);
    bound = (unsigned short)strtoul(port, NULL, 10);
    listener = net_listen("127.0.0.1", bound, &again, NULL);
    assert_int_not_equal(listener, -1);
    assert_int_equal(again, bound);
    close(listener);
}

static int option(int fd, int level, int name) {
    int value = -1;

    assert_int_equal(getsockopt(fd, level, name, &value, &(socklen_t){sizeof(value)}), 0);
    return value;
}

/* What stream_from_ready() relies on, and does not set again. */
static void an_accepted_socket_is_ready(void **state) {
    char port[NET_PORT_MAX];
    int listener = listening("127.0.0.1", port);
    int ours = net_dial("127.0.0.1", port, PATIENCE_MS, NULL);
    struct sockaddr_storage from = {0};
    socklen_t size = sizeof(from);
    int theirs = net_accept_ready(listener, &from, &size);

    (void)state;
    assert_int_not_equal(theirs, -1);
    assert_int_equal(from.ss_family, AF_INET);
    assert_int_equal(size, sizeof(struct sockaddr_in));
    assert_true((fcntl(theirs, F_GETFD) & FD_CLOEXEC) != 0);
    assert_true((fcntl(theirs, F_GETFL) & O_NONBLOCK) != 0);
    assert_int_not_equal(option(theirs, IPPROTO_TCP, TCP_NODELAY), 0);
    assert_int_equal(net_accept_ready(listener, &from, &size),
                     -1); /* and does not wait: this listener is so */
    assert_int_equal(errno, EAGAIN);
    close(theirs);
    close(ours);
    close(listener);
}

static void accepting_on_something_else(void **state) {
    struct err e = {ERR_NONE, ""};
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    close(ends[1]); /* so that poll() reports it ready */
    assert_int_equal(net_accept(ends[0], PATIENCE_MS, &e), -1);
    assert_int_equal(e.kind, ERR_SYSTEM);
    close(ends[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_and_port_apart),
        cmocka_unit_test(prefixes_of_a_good_text),
        cmocka_unit_test(a_host_name_has_its_limit),
        cmocka_unit_test(dial_listen_accept),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(no_such_host),
        cmocka_unit_test(a_silent_host_meets_the_time_limit),
        cmocka_unit_test(nobody_connects),
        cmocka_unit_test(what_cannot_be_listened_on),
        cmocka_unit_test(a_port_can_be_had_again_at_once),
        cmocka_unit_test(an_accepted_socket_is_ready),
        cmocka_unit_test(accepting_on_something_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
