/* @tls expect-abort, and what a user who asked for TLS is not to be served with. */
#include "play_fixture.h"

#include "../../lib/tls.h"

#include <openssl/ssl.h>

/* What a client does with a handshake. Each runs in a process of its own, at the other end of the socket. */
typedef void client_fn(struct stream *s, SSL_CTX *ctx);

static void hangs_up(struct stream *s, SSL_CTX *ctx) {
    (void)s;
    (void)ctx;
}

/* Knows no authority, so nothing is trusted. */
static void verifies(struct stream *s, SSL_CTX *ctx) {
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    tls_client(s, ctx, NULL, NULL);
}

static void looks_afterwards(struct stream *s, SSL_CTX *ctx) {
    tls_client(s, ctx, NULL, NULL);
}

static void believes(struct stream *s, SSL_CTX *ctx) {
    static const char line[] = "EHLO client.example.test\r\n";

    if (tls_client(s, ctx, NULL, NULL) == 0 && stream_write(s, line, sizeof line - 1, NULL) == 0)
        stream_flush(s, NULL);
    stream_fill(s, -1, NULL); /* until the server hangs up */
}

/* Polite to whom? What stands behind the 220 was written by somebody in between. */
static void says_quit(struct stream *s, SSL_CTX *ctx) {
    static const char line[] = "QUIT\r\n";

    (void)ctx;
    if (stream_write(s, line, sizeof line - 1, NULL) == 0)
        stream_flush(s, NULL);
    stream_fill(s, -1, NULL);
}

static void runs(int fd, client_fn *client) {
    struct stream *s = stream_from_fd(fd);
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    if (s == NULL || ctx == NULL)
        _exit(1);
    client(s, ctx);
    stream_free(s);
    SSL_CTX_free(ctx);
    _exit(0);
}

static void play_with(struct played *p, const char *items, client_fn *client) {
    int ends[2];
    pid_t pid;
    struct play_setup setup = {.host = "127.0.0.1", .dir = ".", .clock_ms = PLAY_CLOCK_MS};

    p->err = (struct err){ERR_NONE, ""};
    p->transcript = transcript_of("", items);
    setup.ca = tls_ca_new(&p->err);
    assert_non_null(setup.ca);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ends[0]);
        runs(ends[1], client);
    }
    close(ends[1]);
    bindings_init(&p->bindings);
    setup.transcript = p->transcript;
    setup.bindings = &p->bindings;
    play_outcome_init(&p->out, p->transcript);
    assert_int_equal(play_supported(p->transcript, &p->err), 0);
    p->result = play_run(&setup, stream_from_fd(ends[0]), &p->out, &p->err);
    describe(p);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    tls_ca_free(setup.ca);
}

#define BAD "@tls immediate cert=self-signed\n\n# a comment\n@tls expect-abort\n"
#define GOOD "@tls immediate\n@tls expect-abort\n"

static void who_believes_is_found(void **state) {
    static const struct {
        const char *items;
        client_fn *client;
        const char *found;
    } cases[] = {
        {BAD, hangs_up, ""},
        {BAD, verifies, ""},
        {BAD, looks_afterwards, ""},
        {BAD, believes, "bad-certificate-accepted "},
        {GOOD, hangs_up, ""},
        {GOOD, believes, "injected-reply "},
        {GOOD, says_quit, "injected-reply "},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct played p;

        play_with(&p, cases[i].items, cases[i].client);
        assert_int_equal(p.result, 0);
        assert_string_equal(p.found.data, cases[i].found);
        assert_false(p.out.backstop);
        played_free(&p);
    }
}

static void the_finding_names_the_certificate(void **state) {
    struct played p;

    (void)state;
    play_with(&p, BAD, believes);
    assert_int_equal(p.out.log.finding_count, 1);
    assert_string_equal(p.out.log.findings[0].expected, "self-signed");
    played_free(&p);
}

static void it_stands_behind_a_handshake(void **state) {
    static const char *const wrong[] = {"@tls expect-abort\n", HELLO "@tls expect-abort\n",
                                        "@tls immediate\nS: 220 hi\n@tls expect-abort\n"};

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct transcript *t = transcript_of("", wrong[i]);
        struct err e = {ERR_NONE, ""};

        assert_int_equal(play_supported(t, &e), -1);
        assert_non_null(strstr(e.text, "@tls expect-abort stands right behind"));
        transcript_free(t);
    }
}

static void who_asked_for_tls_gets_no_mail_in_clear(void **state) {
    static const char *const steps[] = {SAY_WHOLE, NULL};
    static const char *const login[] = {SAY_HELLO, "AUTH LOGIN", "leave", NULL};
    static const char *const kept[] = {SAY_HELLO, "QUIT", NULL};
    static const char *const keys[] = {"run: --tls starttls --auth none\n", "run: --tls implicit\n"};

    (void)state;
    for (size_t i = 0; i < COUNT(keys); i++) {
        struct played p;

        play(&p, keys[i], WHOLE, steps);
        assert_string_equal(p.found.data, "starttls-ignored ");
        played_free(&p);
    }
    struct played p;
    play(&p, keys[0], HELLO QUIT, login);
    assert_non_null(strstr(p.found.data, "starttls-ignored "));
    played_free(&p);
    play(&p, keys[0], HELLO QUIT, kept);
    assert_string_equal(p.found.data, "");
    played_free(&p);
    play(&p, "run: --tls none\n", WHOLE, steps);
    assert_string_equal(p.found.data, "");
    played_free(&p);
}

static void any_name_after_ehlo_does_not_make_another_verb_one(void **state) {
    static const char *const steps[] = {"AUTH LOGIN", "leave", NULL};
    struct played p;

    (void)state;
    play(&p, "", HELLO QUIT, steps);
    assert_non_null(strstr(p.found.data, "no-hello"));
    played_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_believes_is_found),
        cmocka_unit_test(the_finding_names_the_certificate),
        cmocka_unit_test(it_stands_behind_a_handshake),
        cmocka_unit_test(who_asked_for_tls_gets_no_mail_in_clear),
        cmocka_unit_test(any_name_after_ehlo_does_not_make_another_verb_one),
    };

    return cmocka_run_group_tests_name("play_tls", tests, NULL, NULL);
}
