/*
 * test_recorder_private - what a recorder that knows nothing beforehand finds out by itself: passwords in AUTH, names
 * of hosts, addresses; and messages that are not to be shown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/encode.h"
#include "../../lib/recorder.h"
#include "../../lib/transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "smtp-transcript 1\ntitle: A title\nsource: recorded (a test)\n\n"
#define STEPS_MAX 16

enum { LEARN = 1, PRIVATE = 2, HIDE = 4 };

/* "S...", "C..." with CRLF to be added, "s..." and "c..." as they are. Behind a backspace: the rest of it in base64. */
struct row {
    const char *name;
    unsigned modes;
    const char *steps[STEPS_MAX];
    const char *expected;
};

#define PW "Horse7battery"

static const struct row rows[] = {
    {"LOGIN",
     LEARN,
     {"CAUTH LOGIN", "S334 ",
      "C\b"
      "alice",
      "S334 ", "C\b" PW, "S535 " PW "?", NULL},
     "C: AUTH LOGIN\nS: 334 \nC: {b64:{user}}\nS: 334 \nC: {b64:{secret:password}}\nS: 535 "
     "{secret:password}?\n"},
    {"CRAM-MD5",
     LEARN,
     {"CAUTH CRAM-MD5", "S334 ",
      "C\b"
      "alice 0123456789abcdef",
      "S235 ", NULL},
     "C: AUTH CRAM-MD5\nS: 334 \nC: {b64:{user} {secret:digest}}\nS: 235 \n"},
    {"XOAUTH2",
     LEARN,
     {"CAUTH XOAUTH2", "S334 ",
      "C\b"
      "user=alice\1auth=Bearer " PW "\1\1",
      NULL},
     "C: AUTH XOAUTH2\nS: 334 \nC: {b64:user={user}\\x01auth=Bearer {secret:password}\\x01\\x01}\n"},
    {"OAUTHBEARER with a host",
     LEARN,
     {"CAUTH OAUTHBEARER", "S334 ",
      "C\b"
      "n,a=alice,\1host=a\1auth=Bearer " PW "\1\1",
      NULL},
     "C: AUTH OAUTHBEARER\nS: 334 \nC: {b64:n,a={user},\\x01{where}auth=Bearer "
     "{secret:password}\\x01\\x01}\n"},
    {"a token in the wrong place",
     LEARN,
     {"CAUTH OAUTHBEARER", "S334 ",
      "C\b"
      "x\1auth=bearer " PW "\1\1",
      "S535 " PW, NULL},
     "C: AUTH OAUTHBEARER\nS: 334 \nC: {b64:{secret:response1}}\nS: 535 ***\n"},
    {"a second password",
     LEARN,
     {"CAUTH LOGIN", "S334 ",
      "C\b"
      "alice",
      "S334 ", "C\b" PW, "S535 ", "CAUTH LOGIN", "S334 ",
      "C\b"
      "alice",
      "S334 ",
      "C\b"
      "another",
      NULL},
     "C: AUTH LOGIN\nS: 334 \nC: {b64:{user}}\nS: 334 \nC: {b64:{secret:password}}\nS: 535 \n"
     "C: AUTH LOGIN\nS: 334 \nC: {b64:{user}}\nS: 334 \nC: {b64:{secret:password-2}}\n"},
    {"334 without AUTH",
     LEARN,
     {"S334 ", "C" PW " and more", "S500 " PW, NULL},
     "S: 334 \nC: {secret:response1}\nS: 500 ***\n"},
    {"a short password is hidden, but not looked for",
     LEARN,
     {"CAUTH LOGIN", "S334 ",
      "C\b"
      "alice",
      "S334 ",
      "C\b"
      "abc",
      "S535 abc", NULL},
     "C: AUTH LOGIN\nS: 334 \nC: {b64:{user}}\nS: 334 \nC: {b64:{secret:password}}\nS: 535 abc\n"},

    {"names that the two give themselves",
     PRIVATE,
     {"S220 mx1.corp.invalid.org ESMTP", "CEHLO laptop.home.lan",
      "S250-mx1.corp.invalid.org Hello laptop.home.lan [10.1.2.3]", "S250 SIZE",
      "CMAIL FROM:<alice@laptop.home.lan>", "S250 from LAPTOP.home.lan, not mylaptop.home.lan", NULL},
     "S: 220 mail.example.test ESMTP\nC: EHLO client-1.example\nS: 250-mail.example.test Hello "
     "client-1.example [192.0.2.1]\n"
     "S: 250 SIZE\nC: MAIL FROM:<alice@client-1.example>\nS: 250 from client-1.example, not "
     "mylaptop.home.lan\n"},
    {"a name without a dot only where a host is meant",
     PRIVATE,
     {"S220 mail ESMTP", "CEHLO ok", "S250 mail greets ok", "CMAIL FROM:<a@ok>", "S250 2.1.0 Ok, mail is ok",
      NULL},
     "S: 220 mail.example.test ESMTP\nC: EHLO client-1.example\nS: 250 mail.example.test greets "
     "client-1.example\n"
     "C: MAIL FROM:<a@client-1.example>\nS: 250 2.1.0 Ok, mail is ok\n"},
    {"names for examples stay",
     PRIVATE,
     {"S220 mail.example.org", "CEHLO localhost",
      "S250 mail.example.org hello localhost [192.0.2.7] [IPv6:2001:db8::7]", NULL},
     "S: 220 mail.example.org\nC: EHLO localhost\nS: 250 mail.example.org hello localhost [192.0.2.7] "
     "[IPv6:2001:db8::7]\n"},
    {"addresses",
     PRIVATE,
     {"S220 127.0.0.1, 10.0.0.1. 172.16.0.1 172.32.0.1 192.168.1.1:25 169.254.1.1 100.64.0.1 8.8.8.8 "
      "[8.8.8.8] (8.8.4.4)",
      "S250 127.0.0.1 127.0.0.1.5 a127.0.0.1 300.0.0.1 10.0.0.1x 10.0.0.1", NULL},
     "S: 220 192.0.2.1, 192.0.2.2. 192.0.2.3 172.32.0.1 192.0.2.4:25 192.0.2.5 192.0.2.6 8.8.8.8 [192.0.2.7] "
     "(192.0.2.8)\n"
     "S: 250 192.0.2.1 127.0.0.1.5 a127.0.0.1 300.0.0.1 10.0.0.1x 192.0.2.2\n"},
    {"addresses of IPv6",
     PRIVATE,
     {"S220 [IPv6:2a00:1::1] [::1] fe80::1 fd00::1 2a00:1::1 12:30:59 2001:fe80::1", NULL},
     "S: 220 [IPv6:2001:db8::1] [2001:db8::2] 2001:db8::3 2001:db8::4 2a00:1::1 12:30:59 2001:fe80::1\n"},
    {"a challenge names the server",
     PRIVATE,
     {"S220 mx1.corp.invalid.org", "CAUTH CRAM-MD5",
      "S334 \b"
      "<1.2@mx1.corp.invalid.org>",
      NULL},
     "S: 220 mail.example.test\nC: AUTH CRAM-MD5\nS: 334 PDEuMkBtYWlsLmV4YW1wbGUudGVzdD4=\n"},
    {"a challenge without a name stays",
     PRIVATE,
     {"S220 a.example", "CAUTH LOGIN", "S334 VXNlcm5hbWU6", NULL},
     "S: 220 a.example\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\n"},
    {"without being asked nothing is renamed",
     0,
     {"S220 mx1.corp.invalid.org 10.0.0.1", "CEHLO a.lan", NULL},
     "S: 220 mx1.corp.invalid.org 10.0.0.1\nC: EHLO a.lan\n"},

    {"a hidden message",
     HIDE,
     {"CDATA", "S354 go", "Ca: b", "C", "C..", "C.", "S250 ok", "CQUIT", NULL},
     "C: DATA\nS: 354 go\nC: {message}\nC: .\nS: 250 ok\nC: QUIT\n"},
    {"two hidden messages, one empty",
     HIDE,
     {"CDATA", "S354 go", "C.", "S250 ok", "CDATA", "S354 go", "Ca: b", "C.", NULL},
     "C: DATA\nS: 354 go\nC: .\nS: 250 ok\nC: DATA\nS: 354 go\nC: {message}\nC: .\n"},
    {"a hidden chunk",
     HIDE,
     {"CBDAT 6 LAST", "ca: b\r\n", "S250 ok", NULL},
     "C: BDAT 6 LAST\n# a line of the chunk is left out\nS: 250 ok\n"},

    {"the server speaks inside a message",
     0,
     {"CDATA", "S354 go", "Ca: b", "S421-too", "S421 long", "Cc", "C.", "S250 ok", NULL},
     "C: DATA\nS: 354 go\nC: a: b\n# before the message had ended, the server said: 421-too\n# before the "
     "message had ended, "
     "the server said: 421 long\nC: c\nC: .\nS: 421-too\nS: 421 long\nS: 250 ok\n"},
    {"chunks",
     0,
     {"CBDAT 9", "cDATA\r\nxy", "cz", "CBDAT 1 LAST", "c\n", "S250 ok", NULL},
     "C: BDAT 9\nC= DATA\\r\\n\nC= xyz\nC: BDAT 1 LAST\nC= \\n\nS: 250 ok\n"},
    {"a chunk that nobody can mean",
     0,
     {"CBDAT 99999999999 LAST", "CNOOP", NULL},
     "C: BDAT 99999999999 LAST\nC: NOOP\n"},
};

#define ROWS (sizeof rows / sizeof rows[0])

/* --- playing a row --- */

static void set_modes(struct recorder *r, unsigned modes) {
    if (modes & LEARN)
        recorder_learn(r);
    if (modes & PRIVATE)
        recorder_private(r);
    if (modes & HIDE)
        recorder_hide_messages(r);
}

/* What follows a backspace is meant to be in base64. */
static void say(struct recorder *r, const char *step) {
    struct buf line;
    const char *coded = strchr(step, '\b');
    enum stream_side side = step[0] == 'S' || step[0] == 's' ? STREAM_IN : STREAM_OUT;
    buf_init(&line, 4096);
    buf_add(&line, step + 1, coded != NULL ? (size_t)(coded - step - 1) : strlen(step + 1));
    if (coded != NULL)
        encode_base64(&line, coded + 1, strlen(coded + 1));
    if (step[0] == 'S' || step[0] == 'C')
        buf_add(&line, "\r\n", 2);
    recorder_tap(r, side, line.data, line.len);
    buf_free(&line);
}

static void check_parses(const struct row *row, const char *text) {
    struct err e = {ERR_NONE, ""};
    struct buf printed;
    struct transcript *t = transcript_parse(text, strlen(text), row->name, &e);
    buf_init(&printed, TRANSCRIPT_FILE_MAX);
    if (t == NULL)
        print_error("%s\n", e.text);
    assert_non_null(t);
    assert_int_equal(transcript_print(t, &printed), 0);
    assert_string_equal(printed.data, text);
    transcript_free(t);
    buf_free(&printed);
}

static void check_row(const struct row *row) {
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    char expected[4096];
    assert_non_null(file);
    struct recorder *r = recorder_new(file, "A title", "recorded (a test)");
    assert_non_null(r);
    set_modes(r, row->modes);
    for (const char *const *step = row->steps; *step != NULL; step++) {
        say(r, *step);
        check_parses(row, text); /* at every moment */
    }
    assert_int_equal(recorder_check(r, NULL), 0);
    recorder_free(r);
    fclose(file);
    snprintf(expected, sizeof expected, HEAD "%s", row->expected);
    if (strcmp(text, expected) != 0)
        print_error("%s\n", row->name);
    assert_string_equal(text, expected);
    free(text);
}

static void every_row(void **state) {
    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        check_row(&rows[i]);
}

/* --- how replies came --- */

/* Times are what they are; that there is one is what can be said. */
static void cuts_are_kept(void **state) {
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    struct recorder *r = recorder_new(file, "A title", "recorded (a test)");
    (void)state;
    assert_non_null(r);
    recorder_exact(r);
    recorder_tap(r, STREAM_IN, "2", 1);
    recorder_tap(r, STREAM_IN, "20 a\r", 5);
    assert_string_equal(text, HEAD);
    recorder_tap(r, STREAM_IN, "\n220 ", 5);
    recorder_tap(r, STREAM_IN, "b\r\n", 3);
    assert_non_null(strstr(text, HEAD "@write 1,5,5,*\n"));
    assert_non_null(strstr(text, "S: 220 a\nS: 220 b\n"));
    recorder_tap(r, STREAM_IN, "220 c\r\n", 7);
    assert_non_null(strstr(text, "S: 220 b\n@wait ")); /* another write */
    assert_non_null(strstr(text, "ms\nS: 220 c\n"));
    recorder_tap(r, STREAM_IN, "22", 2);
    recorder_close(r);
    assert_non_null(strstr(text, "ms\nS> 22\n@close\n"));
    recorder_free(r);
    fclose(file);
    free(text);
}

/* More pieces than @write takes: the rest is one. */
static void many_cuts(void **state) {
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    struct recorder *r = recorder_new(file, "A title", "recorded (a test)");
    struct err e = {ERR_NONE, ""};
    (void)state;
    recorder_exact(r);
    for (int i = 0; i < 100; i++)
        recorder_tap(r, STREAM_IN, "x", 1);
    recorder_tap(r, STREAM_IN, "\r\n", 2);
    struct transcript *t = transcript_parse(text, strlen(text), "t", &e);
    assert_non_null(t);
    assert_int_equal(t->items[0].piece_count, 64);
    transcript_free(t);
    recorder_free(r);
    fclose(file);
    free(text);
}

/* --- who guesses passwords for a long time --- */

static void a_thousand_logins(void **state) {
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    struct recorder *r = recorder_new(file, "A title", "recorded (a test)");
    struct err e = {ERR_NONE, ""};
    (void)state;
    recorder_learn(r);
    for (int i = 0; i < 1100; i++) {
        char password[32];
        char step[64];
        snprintf(password, sizeof password, "guess-number-%d", i);
        recorder_tap(r, STREAM_OUT, "AUTH LOGIN\r\n", 12);
        say(r, "S334 ");
        say(r, "C\balice");
        say(r, "S334 ");
        snprintf(step, sizeof step, "C\b%s", password);
        say(r, step);
        snprintf(step, sizeof step, "S535 not %s", password);
        say(r, step);
    }
    assert_int_equal(recorder_check(r, &e), -1);
    assert_int_equal(e.kind, ERR_SYSTEM);
    assert_null(strstr(text, "guess-number"));
    assert_non_null(strstr(text, "C: {b64:***}\nS: 535 not ***\n"));
    struct transcript *t = transcript_parse(text, strlen(text), "t", &e);
    assert_non_null(t);
    transcript_free(t);
    recorder_free(r);
    fclose(file);
    free(text);
}

/* Prepared, and never begun: nothing to be written to, nothing lost. */
static void a_recorder_that_never_begins(void **state) {
    struct recorder *r = recorder_prepare();
    (void)state;
    assert_non_null(r);
    recorder_tap(r, STREAM_IN, "22", 2);
    recorder_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row),
        cmocka_unit_test(cuts_are_kept),
        cmocka_unit_test(many_cuts),
        cmocka_unit_test(a_thousand_logins),
        cmocka_unit_test(a_recorder_that_never_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
