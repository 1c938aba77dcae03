/*
 * serve_fixture - for tests: a session that runs in a thread, and its client's end of the
 * connection. Included where it is used, once a program.
 */
#ifndef SMTPLAB_TEST_SERVE_FIXTURE_H
#define SMTPLAB_TEST_SERVE_FIXTURE_H

#include "../../lib/net.h"
#include "../../lib/serve.h"
#include "../../lib/tls.h"
#include "other.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST "mail.example.test"
#define SAID_MAX (1UL << 21)

struct session {
    struct server_config config;
    struct serve_setup setup;
    struct serve_outcome outcome;
    atomic_bool stopping;
    int pipe[2];
    int client; /* bare */
    struct stream *stream;
    pthread_t thread;
    struct tls_ca *ca;
    struct buf said; /* by the server, so far */
};

/* Real ones, because a reset and what it destroys are TCP's. */
static inline void tcp_pair(int ends[2]) {
    unsigned short port;
    char digits[NET_PORT_MAX];
    int listener = net_listen("127.0.0.1", 0, &port, NULL);

    assert_int_not_equal(listener, -1);
    snprintf(digits, sizeof(digits), "%u", port);
    ends[0] = net_dial("127.0.0.1", digits, PATIENCE_MS, NULL);
    ends[1] = net_accept(listener, PATIENCE_MS, NULL);
    assert_true(ends[0] != -1 && ends[1] != -1);
    close(listener);
}

/* Packets, so that each write of the server can be told from the next. */
static inline void packet_pair(int ends[2]) {
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
}

static inline int session_new(void **state) {
    struct session *s = calloc(1, sizeof(*s));

    s->config = (struct server_config){.name = HOST,
                                       .size_max = SERVER_SIZE_MAX,
                                       .tls = true,
                                       .auth_in_clear = true,
                                       .auth = SERVER_AUTH_ALL,
                                       .user = "student",
                                       .password = "correct-horse"};
    s->setup = (struct serve_setup){
        .config = &s->config, .patience_ms = PATIENCE_MS, .total_ms = PATIENCE_MS, .stopping = &s->stopping};
    assert_int_equal(pipe(s->pipe), 0);
    s->setup.wake = s->pipe[0];
    s->client = -1;
    buf_init(&s->said, SAID_MAX);
    *state = s;
    return 0;
}

static inline int session_free(void **state) {
    struct session *s = *state;

    if (s->client != -1)
        close(s->client);
    close(s->pipe[0]);
    if (s->pipe[1] != -1)
        close(s->pipe[1]);
    tls_ctx_free(s->setup.tls);
    tls_ca_free(s->ca);
    buf_free(&s->said);
    free(s);
    return 0;
}

static inline void *session_run(void *arg) {
    struct session *s = arg;

    serve_run(&s->setup, s->stream, &s->outcome);
    return NULL;
}

static inline void session_start_on(struct session *s, const int ends[2]) {
    s->client = ends[0];
    s->stream = stream_from_fd(ends[1]);
    assert_non_null(s->stream);
    assert_int_equal(pthread_create(&s->thread, NULL, session_run, s), 0);
}

static inline void session_start(struct session *s) {
    int ends[2];

    tcp_pair(ends);
    session_start_on(s, ends);
}

/* The client leaves, if it has not; the server does not wait for that any longer. */
static inline void session_join(struct session *s) {
    if (s->client != -1)
        close(s->client);
    s->client = -1;
    pthread_join(s->thread, NULL);
}

static inline void session_stop(struct session *s) {
    atomic_store(&s->stopping, true);
    close(s->pipe[1]);
    s->pipe[1] = -1;
}

static inline void session_fault(struct session *s, const char *text) {
    struct err e = {ERR_NONE, ""};

    if (faults_add(&s->config.faults, text, &e) == -1)
        fail_msg("%s", e.text);
}

static inline void session_tls(struct session *s) {
    s->ca = tls_ca_new(NULL);
    s->setup.tls = tls_server_ctx(s->ca, HOST, TLS_CERT_GOOD, NULL);
    assert_non_null(s->setup.tls);
}

/* --- as the client --- */

static inline void say(const struct session *s, const char *text) {
    assert_int_equal(send(s->client, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Hear until the server has said `text`. */
static inline void hear(struct session *s, const char *text) {
    char piece[4096];

    while (strstr(s->said.data, text) == NULL) {
        ssize_t got = recv(s->client, piece, sizeof(piece), 0);

        if (got <= 0)
            fail_msg("the end came after \"%s\"", s->said.data);
        buf_add(&s->said, piece, (size_t)got);
    }
}

/* Hear a reply that begins so; it is forgotten. */
static inline void hear_code(struct session *s, const char *code) {
    hear(s, "\r\n");
    if (strncmp(s->said.data, code, strlen(code)) != 0)
        fail_msg("\"%s\", expected %s", s->said.data, code);
    buf_clear(&s->said);
}

/* To the end. 0: a clean one; else errno. */
static inline int hear_end(struct session *s) {
    char piece[4096];
    ssize_t got;

    while ((got = recv(s->client, piece, sizeof(piece), 0)) > 0)
        buf_add(&s->said, piece, (size_t)got);
    return got == 0 ? 0 : errno;
}

/* How often a text was said. */
static inline unsigned times_said(const struct session *s, const char *text) {
    unsigned n = 0;

    for (const char *at = s->said.data; (at = strstr(at, text)) != NULL; at++)
        n++;
    return n;
}

#define IN_A_SESSION(test) cmocka_unit_test_setup_teardown(test, session_new, session_free)

#endif
