/*
 * test_recorder - conversations in, transcripts out, whatever the pieces they come in.
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

#define USER "alice"
#define PASSWORD "correct horse {1}"
#define STEPS_MAX 24
#define HEAD "smtp-transcript 1\ntitle: A title\nsource: recorded (a test)\n\n"

/*
 * What happens, in one letter: S and C speak, T begins TLS, I has had it from
 * the start, X closes. The last step's letter is NUL.
 */
struct step {
    char what;
    const char *bytes;
};

struct known_row {
    const char *name;
    const char *value;
    bool secret;
};

static const struct known_row nobody[] = {{NULL, NULL, false}};
static const struct known_row both[] = {
    {"user", USER, false}, {"password", PASSWORD, true}, {"token", "ya29.token", true}, {NULL, NULL, false}};
static const struct known_row same[] = {{"user", USER, false}, {"password", USER, true}, {NULL, NULL, false}};

struct row {
    const char *name;
    const struct known_row *known;
    struct step steps[STEPS_MAX];
    const char *expected; /* behind HEAD */
};

/* base64 that the rows speak of */
#define USER64 "YWxpY2U="
#define PASSWORD64 "Y29ycmVjdCBob3JzZSB7MX0="
#define PLAIN64 "AGFsaWNlAGNvcnJlY3QgaG9yc2UgezF9"
#define XOAUTH64 "dXNlcj1hbGljZQFhdXRoPUJlYXJlciB5YTI5LnRva2VuAQE="
#define CRAM64 "YWxpY2UgOTEzNjAyZTRmMTFjZmJiMGY5MTFkMDc0MWNlNDI5ZTE="

static const struct row rows[] = {
    {"nothing", nobody, {{0}}, ""},
    {"one message",
     nobody,
     {{'S', "220 mail.example.test ESMTP\r\n"},
      {'C', "EHLO client.example.test\r\n"},
      {'S', "250-mail.example.test\r\n250 SIZE 1000\r\n"},
      {'C', "MAIL FROM:<alice@example.org>\r\n"},
      {'S', "250 2.1.0 Ok\r\n"},
      {'C', "DATA\r\n"},
      {'S', "354 Go\r\n"},
      {'C', "Subject: One\r\n\r\n..two dots\r\n\tindented, and spaces at the end  \r\n.\r\n"},
      {'S', "250 2.0.0 Queued\r\n"},
      {'C', "QUIT\r\n"},
      {'S', "221 Bye\r\n"},
      {'X', NULL}},
     "S: 220 mail.example.test ESMTP\nC: EHLO client.example.test\nS: 250-mail.example.test\nS: 250 SIZE "
     "1000\n"
     "C: MAIL FROM:<alice@example.org>\nS: 250 2.1.0 Ok\nC: DATA\nS: 354 Go\nC: Subject: One\nC:\n"
     "C: ..two dots\nC: \tindented, and spaces at the end  \nC: .\nS: 250 2.0.0 Queued\nC: QUIT\nS: 221 Bye\n"
     "@close\n"},
    {"braces, and text that is not English",
     nobody,
     {{'S', "220 {secret:password} {{ }\r\n"}, {'C', "VRFY J\xC3\xBCrgen \xE2\x82\xAC \xF0\x9F\x93\xA7\r\n"}},
     "S: 220 {{secret:password} {{{{ }\nC: VRFY J\xC3\xBCrgen \xE2\x82\xAC \xF0\x9F\x93\xA7\n"},
    {"lines that are no text",
     nobody,
     {{'S', "220 hi\n"},
      {'C', "NOOP\r\r\n"},
      {'C', "NOOP \x1B[2J\r\n"},
      {'C', "\n"},
      {'C', "NOOP {\\\n"},
      {'S', "250 \xC2\x9B\r\n"},           /* a control character above ASCII */
      {'S', "250 \xE2\x80\xAE\r\n"},       /* turns the writing direction */
      {'S', "250 \xC0\xAF\r\n"},           /* not the shortest form */
      {'S', "250 \xE9t\xE9\r\n"},          /* Latin 1 */
      {'S', "250 \xED\xA0\x80 \xC3\r\n"}}, /* half a character, and none */
     "S> 220 hi\\n\nC= NOOP\\r\\r\\n\nC= NOOP \\x1B[2J\\r\\n\nC= \\n\nC= NOOP {{\\\\\\n\nS> 250 "
     "\\xC2\\x9B\\r\\n\n"
     "S> 250 \\xE2\\x80\\xAE\\r\\n\nS> 250 \\xC0\\xAF\\r\\n\nS> 250 \\xE9t\\xE9\\r\\n\n"
     "S> 250 \\xED\\xA0\\x80 \\xC3\\r\\n\n"},
    {"lines without an end",
     nobody,
     {{'S', "220 hi\r\n"}, {'C', "QUI"}, {'S', "421 too lon"}, {'X', NULL}},
     "S: 220 hi\nS> 421 too lon\nC= QUI\n@close\n"},
    {"the end without a word", nobody, {{'S', "220 hi\r"}}, "S> 220 hi\\r\n"},
    {"STARTTLS",
     both,
     {{'C', "STARTTLS\r\n"}, {'S', "220 Ready\r\n"}, {'T', NULL}, {'C', "EHLO a.test\r\n"}},
     "C: STARTTLS\nS: 220 Ready\n@tls start\nC: EHLO a.test\n"},
    {"TLS at once", both, {{'I', NULL}, {'S', "220 hi\r\n"}}, "@tls immediate\nS: 220 hi\n"},

    {"PLAIN with an initial response",
     both,
     {{'C', "AUTH PLAIN " PLAIN64 "\r\n"}, {'S', "235 Ok\r\n"}, {'C', "NOOP\r\n"}},
     "C: AUTH PLAIN {b64:\\0{user}\\0{secret:password}}\nS: 235 Ok\nC: NOOP\n"},
    {"PLAIN in two steps, in small letters",
     both,
     {{'C', "auth plain\r\n"},
      {'S', "334 \r\n"},
      {'C', PLAIN64 "\r\n"},
      {'S', "235 Ok\r\n"},
      {'C', "NOOP\r\n"}},
     "C: auth plain\nS: 334 \nC: {b64:\\0{user}\\0{secret:password}}\nS: 235 Ok\nC: NOOP\n"},
    {"PLAIN, nobody known",
     nobody,
     {{'C', "AUTH PLAIN " PLAIN64 "\r\n"}, {'S', "535 No\r\n"}, {'C', "AUTH PLAIN " PLAIN64 "\r\n"}},
     "C: AUTH PLAIN {b64:{secret:response1}}\nS: 535 No\nC: AUTH PLAIN {b64:{secret:response1}}\n"},
    {"LOGIN",
     both,
     {{'C', "AUTH LOGIN\r\n"},
      {'S', "334 VXNlcm5hbWU6\r\n"},
      {'C', USER64 "\r\n"},
      {'S', "334 UGFzc3dvcmQ6\r\n"},
      {'C', PASSWORD64 "\r\n"},
      {'S', "235 Ok\r\n"}},
     "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: {b64:{user}}\nS: 334 UGFzc3dvcmQ6\nC: {b64:{secret:password}}\n"
     "S: 235 Ok\n"},
    {"LOGIN with an initial response, nobody known",
     nobody,
     {{'C', "AUTH LOGIN " USER64 "\r\n"},
      {'S', "334 UGFzc3dvcmQ6\r\n"},
      {'C', PASSWORD64 "\r\n"},
      {'S', "235 Ok\r\n"},
      {'C', "MAIL FROM:<alice@example.org>\r\n"}},
     "C: AUTH LOGIN {b64:{secret:response1}}\nS: 334 UGFzc3dvcmQ6\nC: {b64:{secret:response2}}\nS: 235 Ok\n"
     "C: MAIL FROM:<alice@example.org>\n"},
    {"a user whose password is his name",
     same,
     {{'C', "AUTH LOGIN\r\n"},
      {'S', "334 VXNlcm5hbWU6\r\n"},
      {'C', USER64 "\r\n"},
      {'S', "334 UGFzc3dvcmQ6\r\n"},
      {'C', USER64 "\r\n"}},
     "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: {b64:{user}}\nS: 334 UGFzc3dvcmQ6\nC: "
     "{b64:{secret:password}}\n"},
    {"CRAM-MD5",
     both,
     {{'C', "AUTH CRAM-MD5\r\n"}, {'S', "334 PDE+\r\n"}, {'C', CRAM64 "\r\n"}},
     "C: AUTH CRAM-MD5\nS: 334 PDE+\nC: {b64:{secret:response1}}\n"},
    {"XOAUTH2, refused",
     both,
     {{'C', "AUTH XOAUTH2 " XOAUTH64 "\r\n"},
      {'S', "334 eyJzdGF0dXMiOiI0MDEifQ==\r\n"},
      {'C', "\r\n"},
      {'S', "535 No\r\n"},
      {'C', "QUIT\r\n"}},
     "C: AUTH XOAUTH2 {b64:user={user}\\x01auth=Bearer {secret:token}\\x01\\x01}\n"
     "S: 334 eyJzdGF0dXMiOiI0MDEifQ==\nC:\nS: 535 No\nC: QUIT\n"},
    {"given up",
     both,
     {{'C', "AUTH LOGIN\r\n"},
      {'S', "334 VXNlcm5hbWU6\r\n"},
      {'C', "*\r\n"},
      {'S', "501 Ok\r\n"},
      {'C', "RSET\r\n"}},
     "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: *\nS: 501 Ok\nC: RSET\n"},
    {"an empty initial response", both, {{'C', "AUTH EXTERNAL =\r\n"}}, "C: AUTH EXTERNAL =\n"},
    {"a response that looks like a command",
     nobody,
     {{'C', "AUTH LOGIN\r\n"},
      {'S', "334 VXNlcm5hbWU6\r\n"},
      {'C', "QUIT\r\n"},
      {'S', "500 What\r\n"},
      {'C', "QUIT\r\n"}},
     "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: {b64:{secret:response1}}\nS: 500 What\nC: QUIT\n"},
    {"responses sent before they were asked for",
     both,
     {{'C', "AUTH LOGIN\r\n" USER64 "\r\n" PASSWORD64 "\r\nMAIL FROM:<a@example.org>\r\n"},
      {'S', "334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n235 Ok\r\n"},
      {'C', "QUIT\r\n"}},
     "C: AUTH LOGIN\nC: {b64:{user}}\nC: {b64:{secret:password}}\nC: MAIL FROM:<a@example.org>\n"
     "S: 334 VXNlcm5hbWU6\nS: 334 UGFzc3dvcmQ6\nS: 235 Ok\nC: QUIT\n"},
    {"a command after a response that was not asked for",
     both,
     {{'C', "AUTH LOGIN\r\n" USER64 "\r\n"}, {'S', "334 VXNlcm5hbWU6\r\n"}, {'C', "NOOP\r\n"}},
     "C: AUTH LOGIN\nC: {b64:{user}}\nS: 334 VXNlcm5hbWU6\nC: NOOP\n"},
    {"a response although AUTH was refused, and its echo",
     nobody,
     {{'C', "AUTH PLAIN\r\n"},
      {'S', "504 No\r\n"},
      {'C', PLAIN64 "\r\n"},
      {'S', "500 What is '" PLAIN64 "'?\r\n"},
      {'C', "QUIT\r\n"}},
     "C: AUTH PLAIN\nS: 504 No\nC: {b64:{secret:response1}}\nS: 500 What is '{b64:{secret:response1}}'?\n"
     "C: QUIT\n"},
    {"without base64",
     both,
     {{'C', "AUTH LOGIN\r\n"},
      {'S', "334 VXNlcm5hbWU6\r\n"},
      {'C', USER "\r\n"},
      {'S', "334 UGFzc3dvcmQ6\r\n"},
      {'C', PASSWORD "\r\n"},
      {'S', "501 Not base64\r\n"},
      {'C', "AUTH PLAIN not base64 at all\r\n"}},
     "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: {user}\nS: 334 UGFzc3dvcmQ6\nC: {secret:password}\n"
     "S: 501 Not base64\nC: AUTH PLAIN {secret:response1}\n"},
    {"a secret in the mechanism's place",
     nobody,
     {{'C', "AUTH " PLAIN64 "\r\n"}, {'C', "AUTH\r\n"}},
     "C: AUTH {b64:{secret:response1}}\nC: AUTH\n"},
    {"a response with a line end of its own",
     both,
     {{'C', "AUTH LOGIN\r\n"}, {'S', "334 VXNlcm5hbWU6\r\n"}, {'C', USER64 "\n"}, {'C', "\r\n"}},
     "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC= {b64:{user}}\\n\nC:\n"},
    {"half a response",
     both,
     {{'C', "AUTH PLAIN AGFsaW"}, {'X', NULL}},
     "C= AUTH PLAIN {secret:response1}\n@close\n"},
    {"secrets elsewhere",
     both,
     {{'C', "MAIL FROM:<" PASSWORD "@example.org>\r\n"},
      {'S', "500 What is '" PASSWORD64 "', " PASSWORD "?\r\n"},
      {'C', "X-" USER " ya29.token\n"},
      {'C', "DATA\r\n"},
      {'S', "354 Go\r\n"},
      {'C', "AUTH PLAIN is a command, and " PLAIN64 " its argument, " USER " too\r\n.\r\n"}},
     "C: MAIL FROM:<{secret:password}@example.org>\nS: 500 What is '{b64:{secret:password}}', "
     "{secret:password}?\n"
     "C= X-alice {secret:token}\\n\nC: DATA\nS: 354 Go\n"
     "C: AUTH PLAIN is a command, and {b64:\\0alice\\0{secret:password}} its argument, alice too\nC: .\n"},
    {"AUTH after a message that did not wait for 354",
     nobody,
     {{'C', "DATA\r\nhello\r\n.\r\n"}, {'S', "354 Go\r\n"}, {'C', "AUTH PLAIN " PLAIN64 "\r\n"}},
     "C: DATA\nC: hello\nC: .\nS: 354 Go\nC: AUTH PLAIN {b64:{secret:response1}}\n"},
    {"AUTH after TLS in the midst of AUTH",
     nobody,
     {{'C', "AUTH LOGIN\r\n"}, {'S', "334 VXNlcm5hbWU6\r\n"}, {'T', NULL}, {'C', "EHLO a.test\r\n"}},
     "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\n@tls start\nC: EHLO a.test\n"},
};

#define ROWS (sizeof rows / sizeof rows[0])

/* Playing a row */

struct tape {
    FILE *file;
    char *text;
    size_t len;
    struct recorder *r;
    bool at_server;
};

static void tape_start(struct tape *t, const struct known_row *known, bool at_server) {
    *t = (struct tape){.at_server = at_server};
    t->file = open_memstream(&t->text, &t->len);
    assert_non_null(t->file);
    t->r = recorder_new(t->file, "A title", "recorded (a test)");
    assert_non_null(t->r);
    for (; known->name != NULL; known++)
        assert_int_equal(recorder_know(t->r, known->name, known->value, known->secret), 0);
    if (at_server)
        recorder_at_server(t->r);
}

static void tape_stop(struct tape *t) {
    assert_int_equal(recorder_check(t->r, NULL), 0);
    recorder_free(t->r);
    fclose(t->file);
}

static void say(struct tape *t, char who, const char *bytes, size_t n) {
    enum stream_side side = (who == 'S') == !t->at_server ? STREAM_IN : STREAM_OUT;
    recorder_tap(t->r, side, bytes, n);
}

/* In pieces of `size`, the first one of `first` bytes. */
static void say_in_pieces(struct tape *t, char who, const char *bytes, size_t first, size_t size) {
    size_t n = strlen(bytes);
    size_t piece = first;
    for (size_t at = 0; at < n; at += piece, piece = size) {
        if (piece > n - at)
            piece = n - at;
        say(t, who, bytes + at, piece);
    }
}

static void play(struct tape *t, const struct row *row, size_t first, size_t size) {
    for (const struct step *s = row->steps; s->what != 0; s++) {
        if (s->what == 'S' || s->what == 'C')
            say_in_pieces(t, s->what, s->bytes, first, size);
        else if (s->what == 'X')
            recorder_close(t->r);
        else
            recorder_tls(t->r, s->what == 'I');
    }
}

static void check_row(const struct row *row, bool at_server, size_t first, size_t size) {
    struct tape t;
    char expected[4096];
    snprintf(expected, sizeof expected, HEAD "%s", row->expected);
    tape_start(&t, row->known, at_server);
    play(&t, row, first, size);
    tape_stop(&t);
    if (strcmp(t.text, expected) != 0)
        print_error("%s, pieces of %zu and %zu\n", row->name, first, size);
    assert_string_equal(t.text, expected);
    free(t.text);
}

static size_t longest(const struct row *row) {
    size_t n = 1;
    for (const struct step *s = row->steps; s->what != 0; s++)
        if (s->bytes != NULL && strlen(s->bytes) > n)
            n = strlen(s->bytes);
    return n;
}

/* However the bytes are cut, the recording is the same: once at every byte, and into single bytes. */
static void every_row_in_all_pieces(void **state) {
    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        for (int at_server = 0; at_server < 2; at_server++) {
            for (size_t first = 1; first <= longest(&rows[i]); first++)
                check_row(&rows[i], at_server == 1, first, SIZE_MAX);
            check_row(&rows[i], at_server == 1, 1, 1);
        }
}

/* One parser, one printer: what is recorded is a transcript, and canonical. */
static void every_row_is_canonical(void **state) {
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct err e = {0};
        struct buf text;
        struct buf printed;
        buf_init(&text, TRANSCRIPT_FILE_MAX);
        buf_init(&printed, TRANSCRIPT_FILE_MAX);
        assert_int_equal(buf_addf(&text, HEAD "%s", rows[i].expected), 0);
        struct transcript *t = transcript_parse(text.data, text.len, rows[i].name, &e);
        if (t == NULL)
            print_error("%s\n", e.text);
        assert_non_null(t);
        assert_int_equal(transcript_print(t, &printed), 0);
        assert_string_equal(printed.data, text.data);
        transcript_free(t);
        buf_free(&text);
        buf_free(&printed);
    }
}

/* Secrets */

static const struct {
    const char *command;
    const char *response;
} logins[] = {
    {"AUTH PLAIN", PLAIN64},       {"AUTH LOGIN", PASSWORD64},   {"AUTH XOAUTH2", XOAUTH64},
    {"AUTH CRAM-MD5", CRAM64},     {"AUTH NTLM", PASSWORD64},    {"AUTH OAUTHBEARER", XOAUTH64},
    {"AUTH SCRAM-SHA-1", PLAIN64}, {"AUTH UNHEARD-OF", PLAIN64}, {"AUTH", PASSWORD64},
    {" AUTH  PLAIN ", PLAIN64},    {"auth plain", PASSWORD},     {"AUTH LOGIN", "ya29.token"},
};

static const char *const replies[] = {"334 \r\n", "235 Ok\r\n", "535 No\r\n", "250-Ok\r\n250 Ok\r\n", ""};

static void check_no_secret(const char *text, const char *response) {
    static const char *const never[] = {PASSWORD, PASSWORD64,   PLAIN64,  XOAUTH64,
                                        CRAM64,   "ya29.token", "correct"};
    assert_null(strstr(text, response));
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        assert_null(strstr(text, never[i]));
}

/* AUTH, a reply of any kind, the response (at once, or behind the reply, with a line end or none). */
static void check_login(size_t login, size_t reply, int at_once, int at_server, int known) {
    struct tape t;
    char command[256];
    char line[256];
    snprintf(command, sizeof command, "%s%s%s\r\n", logins[login].command, at_once ? " " : "",
             at_once ? logins[login].response : "");
    snprintf(line, sizeof line, "%s%s", logins[login].response, at_server ? "\r\n" : "");
    tape_start(&t, known ? both : nobody, at_server == 1);
    say_in_pieces(&t, 'C', command, SIZE_MAX, SIZE_MAX);
    say_in_pieces(&t, 'S', replies[reply], SIZE_MAX, SIZE_MAX);
    say_in_pieces(&t, 'C', line, SIZE_MAX, SIZE_MAX);
    tape_stop(&t);
    check_no_secret(t.text, logins[login].response);
    free(t.text);
}

static void no_secret_in_any_login(void **state) {
    (void)state;
    for (size_t login = 0; login < sizeof logins / sizeof logins[0]; login++)
        for (size_t reply = 0; reply < sizeof replies / sizeof replies[0]; reply++)
            for (int bits = 0; bits < 8; bits++)
                check_login(login, reply, bits & 1, bits >> 1 & 1, bits >> 2 & 1);
}

/* Base64 of a text that holds a known secret, wherever in its groups of three it begins. */
static void no_secret_inside_base64(void **state) {
    (void)state;
    for (size_t shift = 0; shift < 6; shift++) {
        struct tape t;
        struct buf line;
        char clear[64];
        snprintf(clear, sizeof clear, "%.*s" PASSWORD " and more", (int)shift, "abcdef");
        buf_init(&line, 256);
        assert_int_equal(buf_add_text(&line, "500 "), 0);
        assert_int_equal(encode_base64(&line, clear, strlen(clear)), 0);
        assert_int_equal(buf_add_text(&line, "\r\n"), 0);
        tape_start(&t, both, false);
        say(&t, 'S', line.data, line.len);
        tape_stop(&t);
        assert_non_null(strstr(t.text, "{secret:password} and more}\n"));
        assert_null(strstr(t.text, "Y29ycmVjd")); /* "correct" without a shift */
        buf_free(&line);
        free(t.text);
    }
}

/* Limits and failures */

static void names_and_values(void **state) {
    static const struct {
        const char *name;
        const char *value;
        int result;
    } cases[] = {
        {"a", "x", 0},   {"user-2", "x", 0},   {"abcdefghijabcdefghijabcdefghijab", "x", 0},
        {"", "x", -1},   {"2nd", "x", -1},     {"abcdefghijabcdefghijabcdefghijabc", "x", -1},
        {"-", "x", -1},  {"User", "x", -1},    {"a b", "x", -1},
        {"a}", "x", -1}, {"password", "", -1},
    };
    struct tape t;
    (void)state;
    tape_start(&t, nobody, false);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(recorder_know(t.r, cases[i].name, cases[i].value, true), cases[i].result);
    for (int i = 3; i < 64; i++)
        assert_int_equal(recorder_know(t.r, "more", "y", true), 0);
    assert_int_equal(recorder_know(t.r, "more", "y", true), -1);
    tape_stop(&t);
    free(t.text);
}

#define LINE_MAX_ (1UL << 20)

static int record_line_of(size_t n) {
    struct tape t;
    struct err e = {0};
    char *line = malloc(n);
    assert_non_null(line);
    memset(line, 'x', n);
    memcpy(line + n - 2, "\r\n", 2);
    tape_start(&t, nobody, false);
    say(&t, 'S', line, n);
    say(&t, 'S', "250 next\r\n", 10);
    int result = recorder_check(t.r, &e);
    if (result != 0)
        assert_int_equal(e.kind, ERR_LIMIT);
    recorder_free(t.r);
    fclose(t.file);
    assert_non_null(strstr(t.text, "S: 250 next\n"));
    assert_int_equal(t.len, strlen(HEAD) + strlen("S: 250 next\n") + (result == 0 ? n - 2 + 4 : 0));
    free(t.text);
    free(line);
    return result;
}

/* A line that is too long is left out, the next one is not, and recorder_check() tells. */
static void line_limit(void **state) {
    (void)state;
    assert_int_equal(record_line_of(LINE_MAX_ - 1), 0);
    assert_int_equal(record_line_of(LINE_MAX_), 0);
    assert_int_equal(record_line_of(LINE_MAX_ + 1), -1);
}

/* Whole lines are in the file at once; a NUL is a byte like others. */
static void written_at_once(void **state) {
    struct tape t;
    (void)state;
    tape_start(&t, nobody, false);
    say(&t, 'S', "220 a\0b\r\n25", 11);
    assert_string_equal(t.text, HEAD "S> 220 a\\0b\\r\\n\n");
    tape_stop(&t);
    free(t.text);
}

static void a_full_disk_is_told(void **state) {
    struct err e = {0};
    FILE *full = fopen("/dev/full", "w");
    (void)state;
    if (full == NULL)
        skip();
    struct recorder *r = recorder_new(full, "t", "recorded");
    assert_non_null(r);
    recorder_tap(r, STREAM_IN, "220 hi\r\n", 8);
    assert_int_equal(recorder_check(r, &e), -1);
    assert_int_equal(e.kind, ERR_FILE);
    recorder_free(r);
    fclose(full);
}

static void header_is_one_line_a_key(void **state) {
    struct tape t = {0};
    (void)state;
    t.file = open_memstream(&t.text, &t.len);
    struct recorder *r = recorder_new(t.file, "two\r\nlines {x}", "");
    assert_non_null(r);
    recorder_free(r);
    fclose(t.file);
    assert_string_equal(t.text, "smtp-transcript 1\ntitle: two  lines {x}\nsource:\n\n");
    free(t.text);
    recorder_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_in_all_pieces),  cmocka_unit_test(every_row_is_canonical),
        cmocka_unit_test(no_secret_in_any_login),   cmocka_unit_test(no_secret_inside_base64),
        cmocka_unit_test(names_and_values),         cmocka_unit_test(line_limit),
        cmocka_unit_test(written_at_once),          cmocka_unit_test(a_full_disk_is_told),
        cmocka_unit_test(header_is_one_line_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
