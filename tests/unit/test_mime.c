/* mime: a message taken apart, and every mistake in it told. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../../lib/mime.h"

#define DATE "Date: Tue, 24 Nov 2026 15:04:05 +0100\r\n"
#define ID "Message-ID: <1.2@example.org>\r\n"
#define MIME "MIME-Version: 1.0\r\n"
#define HEAD DATE ID MIME
#define BASE64 HEAD "Content-Transfer-Encoding: base64\r\n\r\n"
#define QUOTED HEAD "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
#define MIXED HEAD "Content-Type: multipart/mixed; boundary=\"=_m\"\r\n\r\n"
#define X75 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define A76 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define NAMED(name) HEAD "Content-Disposition: attachment; " name "\r\n\r\nx\r\n"

static void note(void *arg, enum rule rule, size_t at, const char *detail) {
    char *told = arg;
    size_t used = strlen(told);
    (void)at;
    assert_non_null(detail == NULL ? "" : detail);
    (void)snprintf(told + used, 500 - used, "%s%s", used ? " " : "", rules_info(rule)->slug);
}

static const struct {
    const char *wire, *told;
} checks[] = {
    {HEAD "\r\nhello\r\n", ""},
    {"\r\nhello\r\n", "bad-date bad-message-id no-mime-version"},
    {ID MIME "\r\n", "bad-date"},
    {"Date: today\r\n" ID MIME "\r\n", "bad-date"},
    {DATE HEAD "\r\n", "bad-date"},
    {"Date: 24 Nov 2026 15:04 +0000 (UTC)\r\n" ID MIME "\r\n", ""},
    {"Date: Sun,  1 Feb 2026 15:04:05 -0500\r\n" ID MIME "\r\n", ""},
    {"Date: Mon, 1 Feb 2026 15:04:05 -0500\r\n" ID MIME "\r\n", "bad-date"},
    {"Date: Thu, 29 Feb 2024 15:04:05 -0500\r\n" ID MIME "\r\n", ""},
    {"Date: 29 Feb 2026 15:04:05 -0500\r\n" ID MIME "\r\n", "bad-date"},
    {"Date: 31 Dec 2026 15:04:05 -0500\r\n" ID MIME "\r\n", ""},
    {"Date: Fri, 31 Jan 1969 15:04:05 -0500\r\n" ID MIME "\r\n", ""},
    {"Date: Tue, 24 Nov 2026 24:04:05 +0100\r\n" ID MIME "\r\n", "bad-date"},
    {"Date: Tue, 24 Nov 26 15:04:05 +0100\r\n" ID MIME "\r\n", "bad-date"},
    {DATE MIME "Message-ID: 1.2@example.org\r\n\r\n", "bad-message-id"},
    {DATE MIME "Message-ID: <12>\r\n\r\n", "bad-message-id"},
    {DATE MIME "Message-ID: <a b@example.org>\r\n\r\n", "bad-message-id"},
    {DATE MIME "Message-ID: <1@[127.0.0.1]>\r\n\r\n", ""},
    {DATE ID "MIME-Version: 2\r\n\r\n", "no-mime-version"},
    /* header fields */
    {HEAD "Subject: Gr\xC3\xBC\xC3\x9F\x65\r\n\r\n", "eight-bit-header"},
    {HEAD "Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n\r\n", ""},
    {HEAD "Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n\r\n", ""},
    {HEAD "Subject: =?UTF-8?B?R3LD?=\r\n =?UTF-8?B?vMOfZQ==?=\r\n\r\n", "bad-encoded-word"},
    {HEAD "Subject: =?UTF-8?B?R3L?=\r\n\r\n", "bad-encoded-word"},
    {HEAD "Subject: =?UTF-8*de?B?R3LD?=\r\n\r\n", "bad-encoded-word"},
    {HEAD "Subject: =?us-ascii?B?R3LDvA==?=\r\n\r\n", "bad-encoded-word"},
    {HEAD "Subject: One\r\nSubject: One\r\n\r\n", "header-missing"},
    {HEAD "To: <a@b.test>\r\nTo: <c@b.test>\r\n\r\n", "header-missing"},
    {HEAD "Subject: =?UTF-8?B?Hello\r\n\r\n", "bad-encoded-word"},
    {HEAD "Subject: a=?UTF-8?B?SGk=?=\r\n\r\n", "bad-encoded-word"},
    {HEAD "Subject: and here it is not alone in its line: what a pity for it! =?UTF-8?Q?=C3=BC?=\r\n\r\n",
     "bad-encoded-word"},
    {HEAD "Subject: =?x?Q?" X75 "?=\r\n\r\n", "bad-encoded-word"},
    /* base64: 75, 76 and 77 or 80 letters, padding, other letters */
    {BASE64 A76 "\r\nAAAA\r\n", ""},
    {BASE64 A76 "AAAA\r\n", "bad-encoding"},
    {BASE64 "AA==\r\n", ""},
    {BASE64 "AA==\r\nAAAA\r\n", "bad-encoding"},
    {BASE64 "AAA\r\n", "bad-encoding"},
    {BASE64 "A_AA\r\n", "bad-encoding"},
    {BASE64, ""},
    /* quoted-printable */
    {QUOTED X75 "=\r\nx=C3=BC=20\r\n", ""},
    {QUOTED X75 "xx\r\n", "bad-encoding"},
    {QUOTED "=3d\r\n", "bad-encoding"},
    {QUOTED "a=\r\n", ""},
    {QUOTED "a=4\r\n", "bad-encoding"},
    {QUOTED "a \r\n", "bad-encoding"},
    {QUOTED "\xC3\xBC\r\n", "bad-encoding"},
    {HEAD "\r\n\xC3\xBC\r\n", "bad-encoding"},
    {HEAD "Content-Transfer-Encoding: 8bit\r\n\r\n\xC3\xBC\r\n", ""},
    {HEAD "Content-Transfer-Encoding: base46\r\n\r\nx\r\n", "bad-encoding"},
    /* parts */
    {MIXED "--=_m\r\n\r\nx\r\n--=_m--\r\n", ""},
    {MIXED "--=_m\r\n\r\nx\r\n--=_m  \r\n\r\ny\r\n--=_m--\r\n", ""},
    {MIXED "--=_m\r\n\r\nx\r\n", "bad-multipart"},
    {MIXED "--=_n\r\n\r\nx\r\n--=_n--\r\n", "bad-multipart"},
    {HEAD "Content-Type: multipart/mixed; boundary=\"a/=? b\"\r\n\r\n--a/=? b\r\n\r\nx\r\n--a/=? b--\r\n",
     ""},
    {HEAD
     "Content-Type: multipart/mixed; charset=utf-8; boundary=\"abcdefghijklmnopqrstuvwxyz/=?abcdef\"\r\n\r\n"
     "--abcdefghijklmnopqrstuvwxyz/=?abcdef\r\n\r\nx\r\n--abcdefghijklmnopqrstuvwxyz/=?abcdef--\r\n",
     ""},
    {HEAD "Content-Type: multipart/mixed\r\n\r\nx\r\n", "bad-multipart"},
    {HEAD "Content-Type: text\r\n\r\nx\r\n", "bad-multipart"},
    {MIXED "--=_m\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n--=_m--\r\n", "bad-encoding"},
    {MIXED "--=_m\r\nSubject: \xFC\r\n\r\n\r\n--=_m--\r\n", "eight-bit-header"},
    /* file names */
    {NAMED("filename=\"a.pdf\""), ""},
    {NAMED("filename=\"../a.pdf\""), "unsafe-file-name"},
    {NAMED("filename=\"C:\\\\a.pdf\""), "unsafe-file-name"},
    {NAMED("filename*=UTF-8''a%0Ab"), "unsafe-file-name"},
    {NAMED("filename=\"\""), "unsafe-file-name"},
    {NAMED("filename=.."), "unsafe-file-name"},
};

static void test_checks(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        char told[500] = "";
        mime_check(checks[i].wire, strlen(checks[i].wire), note, told);
        if (strcmp(told, checks[i].told) != 0)
            print_error("row %zu: %s\n", i, checks[i].wire);
        assert_string_equal(told, checks[i].told);
    }
}

static const struct {
    const char *text, *addresses;
} fields[] = {
    {"<alice@example.org>", "alice@example.org"},
    {"alice@example.org", "alice@example.org"},
    {"Alice A. <alice@example.org> (at home)", "alice@example.org"},
    {"\"A, \\\"B\\\" <x@y>\" <alice@example.org>, bob@example.org", "alice@example.org, bob@example.org"},
    {"(a (b, c) \\) d) alice@example.org,<bob@example.org>", "alice@example.org, bob@example.org"},
    {"friends: <alice@example.org>, bob@example.org;", "alice@example.org, bob@example.org"},
    {"undisclosed-recipients:;", ""},
    {"\"a b\"@example.org", "\"a b\"@example.org"},
    {"<alice@[IPv6:::1]>", "alice@[IPv6:::1]"},
    {"alice@example.org <>", ""},
    {"\"never ends <alice@example.org>", "\"never ends <alice@example.org>"},
    {"(never ends", ""},
    {"", ""},
};

static void test_addresses(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct buf out;
        buf_init(&out, 1000);
        mime_addresses(fields[i].text, strlen(fields[i].text), &out);
        assert_string_equal(out.data, fields[i].addresses);
        buf_free(&out);
    }
}

static void test_moments(void **state) {
    static const struct {
        const char *text;
        long long seconds;
    } moments[] = {
        {"Thu, 01 Jan 1970 00:00:00 +0000", 0},
        {"1 Jan 1970 01:00 +0100", 0},
        {"31 Dec 1969 18:29:59 -0530", -1},
        {"Tue, 29 Feb 2000 12:00:00 +0000", 951825600},
        {"Tue, 24 Nov 2026 15:04:05 +0100", 1795529045},
    };
    (void)state;
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        long long seconds = -2;
        assert_true(mime_moment(moments[i].text, strlen(moments[i].text), &seconds));
        assert_int_equal(seconds, moments[i].seconds);
    }
}

#define NESTED                                                                                               \
    MIXED "nobody reads this\r\n--=_m\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"            \
          "--b\r\n\r\n..one\r\n\r\n--b\r\nContent-Type: Text/HTML; charset=x\r\n\r\ntwo\r\n--b--\r\n\r\n"    \
          "--=_m\r\nContent-Transfer-Encoding: BASE64\r\nContent-Disposition: attachment;\r\n"               \
          " filename*0*=UTF-8''caf%C3%A9;\r\n filename*1=.txt\r\n\r\naGk=\r\n\r\n--=_m--\r\nnor this\r\n"

static const struct {
    const char *path, *type, *name, *content;
} parts[] = {
    {"0", "multipart/mixed", "", ""},
    {"1", "multipart/alternative", "", ""},
    {"1.1", "text/plain", "", ".one\r\n"},
    {"1.2", "text/html", "", "two"},
    {"2", "text/plain", "caf\xC3\xA9.txt", "hi"},
    {"3", NULL, NULL, NULL},
    {"1.3", NULL, NULL, NULL},
};

static void test_parts(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct mime_part part;
        assert_int_equal(mime_part(NESTED, strlen(NESTED), parts[i].path, &part), parts[i].type != NULL);
        if (parts[i].type) {
            assert_string_equal(part.type, parts[i].type);
            assert_string_equal(part.name.data, parts[i].name);
            assert_string_equal(part.content.data, parts[i].content);
        }
        mime_part_free(&part);
    }
}

static const struct {
    const char *field, *value;
} headers[] = {
    {"Hello", "Hello"},
    {"=?UTF-8?B?R3LDvA==?=\r\n =?utf-8?q?=C3=9Fe_x?= y", "Gr\xC3\xBC\xC3\x9F\x65 x y"},
    {"one\r\n two", "one two"},
    {"=?UTF-8?X?abc?=", "=?UTF-8?X?abc?="},
};

static void test_headers(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        char wire[200];
        struct buf out;
        buf_init(&out, 1000);
        snprintf(wire, sizeof wire, "subject: %s\r\n\r\nx\r\n", headers[i].field);
        assert_true(mime_header(wire, strlen(wire), "Subject", &out));
        assert_string_equal(out.data, headers[i].value);
        assert_false(mime_header(wire, strlen(wire), "To", &out));
        buf_free(&out);
    }
}

/* Multiparts in one another to no end: the walk stops at MIME_DEPTH_MAX. */
static void test_depth(void **state) {
    struct buf wire;
    struct mime_part part;
    (void)state;
    buf_init(&wire, 10000);
    for (int i = 0; i < MIME_DEPTH_MAX + 2; i++)
        buf_addf(&wire, "Content-Type: multipart/mixed; boundary=%c\r\n\r\n--%c\r\n", 'a' + i, 'a' + i);
    assert_true(mime_part(wire.data, wire.len, "1.1.1.1.1.1.1.1", &part));
    mime_part_free(&part);
    assert_false(mime_part(wire.data, wire.len, "1.1.1.1.1.1.1.1.1", &part));
    mime_part_free(&part);
    buf_free(&wire);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checks), cmocka_unit_test(test_addresses), cmocka_unit_test(test_moments),
        cmocka_unit_test(test_parts),  cmocka_unit_test(test_headers),   cmocka_unit_test(test_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
