/* trace: the two lines on top of a delivered message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/trace.h"

#include <string.h>

static const char *print(const struct server_envelope *envelope, const char *peer, struct buf *out) {
    const struct trace t = {.envelope = envelope,
                            .peer = peer,
                            .by = "mail.example.test",
                            .id = "1.M2P3Q4",
                            .date = "Tue, 24 Nov 2026 10:54:20 +0000"};

    buf_init(out, 100000);
    assert_int_equal(trace_print(&t, out), 0);
    return out->data;
}

static void one_recipient(void **state) {
    const char *const to[] = {"bob@example.org"};
    struct server_envelope envelope = {.hello = "client.example.org",
                                       .esmtp = true,
                                       .from = "alice@example.org",
                                       .recipient_count = 1,
                                       .recipients = to};
    struct buf out;

    (void)state;
    assert_string_equal(print(&envelope, "127.0.0.1", &out),
                        "Return-Path: <alice@example.org>\r\n"
                        "Received: from client.example.org ([127.0.0.1])\r\n"
                        "\tby mail.example.test (smtp-sandbox) with ESMTP id 1.M2P3Q4\r\n"
                        "\t(envelope: from <alice@example.org>\r\n"
                        "\t to <bob@example.org>)\r\n"
                        "\tfor <bob@example.org>; Tue, 24 Nov 2026 10:54:20 +0000\r\n");
    buf_free(&out);
}

/* With two, "for" would have to leave one out. An address may hold what means something in a comment. */
static void several_recipients_and_odd_letters(void **state) {
    const char *const to[] = {"\"a)b\"@example.org", "carol@example.org"};
    struct server_envelope envelope = {
        .hello = "[IPv6:::1]", .from = "", .recipient_count = 2, .recipients = to};
    struct buf out;

    (void)state;
    assert_string_equal(print(&envelope, "::1", &out),
                        "Return-Path: <>\r\n"
                        "Received: from [IPv6:::1] ([IPv6:::1])\r\n"
                        "\tby mail.example.test (smtp-sandbox) with SMTP id 1.M2P3Q4\r\n"
                        "\t(envelope: from <>\r\n"
                        "\t to <\"a\\)b\"@example.org>,\r\n"
                        "\t <carol@example.org>); Tue, 24 Nov 2026 10:54:20 +0000\r\n");
    buf_free(&out);
}

static void protocols(void **state) {
    static const struct {
        bool esmtp, tls, login, utf8;
        const char *name;
    } cases[] = {
        {false, false, false, false, "SMTP"},   {true, false, false, false, "ESMTP"},
        {true, true, false, false, "ESMTPS"},   {true, false, true, false, "ESMTPA"},
        {true, true, true, false, "ESMTPSA"},   {true, false, false, true, "UTF8SMTP"},
        {true, true, true, true, "UTF8SMTPSA"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct server_envelope envelope = {.esmtp = cases[i].esmtp,
                                           .tls = cases[i].tls,
                                           .utf8 = cases[i].utf8,
                                           .user = cases[i].login ? "student" : NULL};

        assert_string_equal(trace_protocol(&envelope), cases[i].name);
    }
}

static void no_room(void **state) {
    const char *const to[] = {"bob@example.org"};
    struct server_envelope envelope = {.hello = "x", .from = "", .recipient_count = 1, .recipients = to};
    const struct trace t = {&envelope, "127.0.0.1", "x", "x", "x"};
    struct buf out;

    (void)state;
    buf_init(&out, 60);
    assert_int_equal(trace_print(&t, &out), -1);
    buf_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_recipient),
        cmocka_unit_test(several_recipients_and_odd_letters),
        cmocka_unit_test(protocols),
        cmocka_unit_test(no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
