/* explain: every code has words, and what is no code has none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/ehlo.h"
#include "../../lib/explain.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int lines_in(const char *text) {
    int lines = 0;

    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

/* Each row: a code, and what the words must speak of. */
static const struct {
    int code;
    const char *first;
    const char *second;
    const char *own;
} codes[] = {
    {220, "2..  done", ".2.  about the connection", "220  the server is ready"},
    {250, "2..  done", ".5.  about the mail system", "250  the command"},
    {354, "3..  go on", ".5.", "354  send the message now"},
    {334, "3..  go on", ".3.  about logging in", "334  "},
    {421, "4..  not now", ".2.", "421  the server closes"},
    {450, "4..  not now", ".5.", "450  "},
    {503, "5..  no", ".0.  about the command", "503  the command came at the wrong moment"},
    {535, "5..  no", ".3.  about logging in", "535  the login was refused"},
    {550, "5..  no", ".5.", "550  the mailbox does not exist"},
    {214, "2..  done", ".1.", "214  help"},
    {599, "5..  no", ".9.  a digit the standard does not use", NULL},
    {200, "2..  done", ".0.", NULL},
    {540, "5..  no", ".4.  a digit the standard does not use", NULL},
};

static void codes_are_explained(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(codes); i++) {
        struct buf out;
        buf_init(&out, 1000);
        assert_int_equal(explain_code(&out, codes[i].code), 0);
        assert_non_null(strstr(out.data, codes[i].first));
        assert_non_null(strstr(out.data, codes[i].second));
        assert_int_equal(lines_in(out.data), codes[i].own != NULL ? 3 : 2);
        assert_true(codes[i].own == NULL || strstr(out.data, codes[i].own) != NULL);
        buf_free(&out);
    }
}

/* RFC 5321 4.2.3, RFC 4954 6, RFC 7504, and those of ETRN, ATRN and the registry. */
static void every_code_of_the_standard_has_its_own_words(void **state) {
    static const int known[] = {211, 214, 220, 221, 235, 250, 251, 252, 253, 334, 354, 421, 422, 432,
                                450, 451, 452, 453, 454, 455, 458, 459, 500, 501, 502, 503, 504, 521,
                                525, 530, 534, 535, 538, 550, 551, 552, 553, 554, 555, 556};

    (void)state;
    for (size_t i = 0; i < COUNT(known); i++) {
        struct buf out;
        buf_init(&out, 1000);
        assert_int_equal(explain_code(&out, known[i]), 0);
        assert_int_equal(lines_in(out.data), 3);
        buf_free(&out);
    }
}

static void what_is_no_code_is_refused(void **state) {
    static const int bad[] = {-1, 0, 25, 99, 100, 199, 600, 999, 2500};
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(explain_code(&out, bad[i]), -1);
    assert_int_equal(out.len, 0);
    for (int code = 200; code <= 599; code++) {
        buf_clear(&out);
        assert_int_equal(explain_code(&out, code), 0);
    }
    buf_free(&out);
}

static const struct {
    const char *code;
    const char *words[3]; /* NULL in the first: not an enhanced code */
} enhanced[] = {
    {"5.1.1", {"5.x.x  no", "x.1.x  about an address", "x.1.1  there is no such mailbox"}},
    {"4.7.1", {"4.x.x  not now", "x.7.x  about security", "x.7.1  you are not allowed"}},
    {"5.7.8", {"5.x.x  no", "x.7.x  about security", "x.7.8  user name or password"}},
    {"5.7.9", {"5.x.x  no", "x.7.x", "x.7.9  this way to log in is too weak"}},
    {"5.5.1", {"5.x.x  no", "x.5.x  about the SMTP conversation", "x.5.1  the command is not valid"}},
    {"2.0.0", {"2.x.x  done", "x.0.x", "x.0.0  nothing more is said"}},
    {"2.1.5", {"2.x.x  done", "x.1.x", "x.1.5  the recipient's address is valid"}},
    {"4.4.7", {"4.x.x", "x.4.x  about the network", "x.4.7  the message was on its way for too long"}},
    {"5.2.2", {"5.x.x", "x.2.x  about a mailbox", "x.2.2  the mailbox is full"}},
    {"5.7.99", {"5.x.x", "x.7.x", "x.7.99  a detail that this kit does not know"}},
    {"5.9.1", {"5.x.x", "x.9.x  a subject that this kit does not know", "x.9.1  a detail"}},
    {"3.1.1", {NULL, NULL, NULL}},
    {"5.1", {NULL, NULL, NULL}},
    {"550", {NULL, NULL, NULL}},
    {"", {NULL, NULL, NULL}},
    {"5.1.1 no such user", {NULL, NULL, NULL}},
    {"x.1.1", {NULL, NULL, NULL}},
};

static void enhanced_codes_are_explained(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(enhanced); i++) {
        struct buf out;
        bool good = enhanced[i].words[0] != NULL;
        buf_init(&out, 1000);
        assert_int_equal(explain_enhanced(&out, enhanced[i].code), good ? 0 : -1);
        assert_int_equal(lines_in(out.data), good ? 3 : 0);
        for (int w = 0; good && w < 3; w++)
            assert_non_null(strstr(out.data, enhanced[i].words[w]));
        buf_free(&out);
    }
}

/* The registry that RFC 5248 began: by subject, the highest detail that is assigned. */
static void every_registered_detail_has_words(void **state) {
    static const int last[] = {[1] = 10, [2] = 4, [3] = 6, [4] = 7, [5] = 6, [6] = 10, [7] = 30};

    (void)state;
    for (int subject = 1; subject <= 7; subject++)
        for (int detail = 1; detail <= last[subject] + 1; detail++) {
            bool is_known = detail <= last[subject];
            struct buf out, code;

            buf_init(&out, 1000);
            buf_init(&code, 20);
            buf_addf(&code, "5.%d.%d", subject, detail);
            assert_int_equal(explain_enhanced(&out, code.data), 0);
            assert_int_equal(strstr(out.data, "a detail that this kit does not know") == NULL, is_known);
            buf_free(&out);
            buf_free(&code);
        }
}

static void the_maximum_is_kept(void **state) {
    struct buf out;

    (void)state;
    buf_init(&out, 20);
    assert_int_equal(explain_code(&out, 250), -1);
    assert_int_equal(explain_enhanced(&out, "5.1.1"), -1);
    buf_free(&out);
}

static void extensions_are_explained(void **state) {
    static const char *const known[] = {
        "SIZE",       "PIPELINING", "8BITMIME",   "SMTPUTF8", "ENHANCEDSTATUSCODES",
        "DSN",        "CHUNKING",   "BINARYMIME", "STARTTLS", "AUTH",
        "HELP",       "VRFY",       "EXPN",       "LIMITS",   "REQUIRETLS",
        "MT-PRIORITY"};

    (void)state;
    for (size_t i = 0; i < COUNT(known); i++) {
        assert_non_null(explain_extension(known[i]));
        assert_non_null(strstr(explain_extension(known[i]), "RFC "));
    }
    assert_ptr_equal(explain_extension("starttls"), explain_extension("STARTTLS"));
    assert_null(explain_extension("XYZ"));
    assert_null(explain_extension("SIZ"));
    assert_null(explain_extension(""));
}

/* What is told of each way is what a student must know of it. */
static void mechanisms_are_explained(void **state) {
    static const struct {
        const char *name, *word;
    } known[] = {
        {"PLAIN", "only inside TLS"},
        {"LOGIN", "one after the other"},
        {"CRAM-MD5", "challenge"},
        {"XOAUTH2", "token"},
        {"OAUTHBEARER", "RFC 7628"},
        {"SCRAM-SHA-1", "never passes"},
        {"SCRAM-SHA-256", "never passes"},
        {"SCRAM-SHA-1-PLUS", "TLS"},
        {"SCRAM-SHA-256-PLUS", "TLS"},
        {"DIGEST-MD5", "given up"},
        {"EXTERNAL", "certificate"},
        {"ANONYMOUS", "nobody checks"},
        {"GSSAPI", "Kerberos"},
        {"NTLM", "too weak"},
        {"cram-md5", "HMAC"},
    };
    static const char *const unknown[] = {"", "PLAI", "PLAINX", "SIZE", "PLAIN LOGIN"};

    (void)state;
    for (size_t i = 0; i < COUNT(known); i++)
        assert_non_null(strstr(explain_mechanism(known[i].name), known[i].word));
    for (size_t i = 0; i < COUNT(unknown); i++)
        assert_null(explain_mechanism(unknown[i]));
}

/* Of the verb that may carry it, as the table of ehlo has it. */
static void parameters_are_explained(void **state) {
    static const char *const known[] = {"SIZE",      "BODY", "SMTPUTF8",   "RET",         "ENVID", "NOTIFY",
                                        "ORCPT",     "AUTH", "REQUIRETLS", "MT-PRIORITY", "BY",    "HOLDFOR",
                                        "HOLDUNTIL", "MTRK", "SOLICIT",    "TRANSID",     "RRVS"};
    static const char *const unknown[] = {"", "=", "SIZ", "SIZEX=1", "PLAIN"};

    (void)state;
    for (size_t i = 0; i < COUNT(known); i++) {
        const char *words = explain_parameter(known[i]);
        bool of_mail = ehlo_parameter_keyword(VERB_MAIL, known[i], strlen(known[i])) != NULL;

        assert_non_null(strstr(words, "RFC "));
        assert_int_equal(strncmp(words, of_mail ? "on MAIL" : "on RCPT", 7), 0);
        assert_true(of_mail || ehlo_parameter_keyword(VERB_RCPT, known[i], strlen(known[i])) != NULL);
    }
    for (size_t i = 0; i < COUNT(unknown); i++)
        assert_null(explain_parameter(unknown[i]));
    assert_ptr_equal(explain_parameter("size=1000"), explain_parameter("SIZE"));
}

static void every_exit_status_of_the_client_is_explained(void **state) {
    static const int known[] = {0, 64, 65, 66, 68, 69, 70, 74, 75, 76, 77, 99};
    static const int unknown[] = {-1, 1, 2, 63, 67, 71, 78, 98, 100, 255};

    (void)state;
    for (size_t i = 0; i < COUNT(known); i++)
        assert_non_null(explain_exit(known[i]));
    for (size_t i = 0; i < COUNT(unknown); i++)
        assert_null(explain_exit(unknown[i]));
    assert_string_equal(explain_exit(69), "refused for good: 5xx");
}

static void signals_are_explained_by_name(void **state) {
    static const struct {
        int signal;
        const char *name;
    } known[] = {{SIGSEGV, "SIGSEGV, "}, {SIGABRT, "SIGABRT, "}, {SIGPIPE, "SIGPIPE, "},
                 {SIGKILL, "SIGKILL, "}, {SIGBUS, "SIGBUS, "},   {SIGFPE, "SIGFPE, "},
                 {SIGTERM, "SIGTERM, "}, {SIGXCPU, "SIGXCPU, "}, {SIGXFSZ, "SIGXFSZ, "},
                 {SIGSYS, "SIGSYS, "}};

    (void)state;
    for (size_t i = 0; i < COUNT(known); i++)
        assert_int_equal(strncmp(explain_signal(known[i].signal), known[i].name, strlen(known[i].name)), 0);
    assert_null(explain_signal(0));
    assert_null(explain_signal(999));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_explained),
        cmocka_unit_test(every_code_of_the_standard_has_its_own_words),
        cmocka_unit_test(what_is_no_code_is_refused),
        cmocka_unit_test(enhanced_codes_are_explained),
        cmocka_unit_test(every_registered_detail_has_words),
        cmocka_unit_test(the_maximum_is_kept),
        cmocka_unit_test(extensions_are_explained),
        cmocka_unit_test(mechanisms_are_explained),
        cmocka_unit_test(parameters_are_explained),
        cmocka_unit_test(every_exit_status_of_the_client_is_explained),
        cmocka_unit_test(signals_are_explained_by_name),
    };

    return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
