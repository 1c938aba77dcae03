/* match: a client's line against a transcript's, by meaning (rules R1 to R5). */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../../lib/match.h"

/* What the server of these tests offers, and what is bound before each row. */
static void set_up(struct ehlo *ehlo, struct bindings *b) {
    static const char *const offers[] = {"SIZE 1000", "8BITMIME", "AUTH PLAIN LOGIN"};
    ehlo_clear(ehlo);
    for (size_t i = 0; i < sizeof offers / sizeof *offers; i++)
        ehlo_add(ehlo, offers[i], strlen(offers[i]));
    bindings_init(b);
    assert_int_equal(bindings_set(b, "user", "alice", 5, false, NULL), 0);
    assert_int_equal(bindings_set(b, "password", "open sesame", 11, true, NULL), 0);
    assert_int_equal(bindings_set(b, "to", "Bob@Example.ORG", 15, false, NULL), 0);
}

#define ANY RULE_COUNT /* a row that is no MATCH_DIFFERS has no rule */

static const struct {
    const char *expected;
    const char *line;
    enum match kind;
    enum rule rule;
    size_t at;
} rows[] = {
    /* R1: verbs and keywords fold, domains do, local parts do not */
    {"DATA", "DATA", MATCH_YES, ANY, 0},
    {"DATA", "data", MATCH_YES, ANY, 0},
    {"DATA", "DATA  ", MATCH_YES, ANY, 0},
    {"DATA", "QUIT", MATCH_NO, ANY, 0},
    {"DATA", "", MATCH_NO, ANY, 0},
    {"DATA", "DATA now", MATCH_DIFFERS, RULE_BAD_ARGUMENT, 4},
    {"MAIL FROM:<a@b.test>", "mail from:<a@B.TEST>", MATCH_YES, ANY, 0},
    {"MAIL FROM:<a@b.test>", "MAIL FROM:<A@b.test>", MATCH_DIFFERS, RULE_WRONG_ADDRESS, 11},
    {"MAIL FROM:<a@b.test>", "MAIL FROM:<a@c.test>", MATCH_DIFFERS, RULE_WRONG_ADDRESS, 13},
    {"MAIL FROM:<a@b.test>", "MAIL FROM:<a@b.tes>", MATCH_DIFFERS, RULE_WRONG_ADDRESS, 18},
    {"MAIL FROM:<a@b.test>", "MAIL FROM:<>", MATCH_DIFFERS, RULE_WRONG_ADDRESS, 11},
    {"MAIL FROM:<>", "MAIL FROM:<>", MATCH_YES, ANY, 0},
    {"MAIL FROM:<>", "mail FROM:<> size=5", MATCH_YES, ANY, 0},
    {"MAIL FROM:<>", "MAIL FROM:<a@b.test>", MATCH_DIFFERS, RULE_WRONG_ADDRESS, 11},
    {"RCPT TO:<{to}>", "RCPT TO:<Bob@example.org>", MATCH_YES, ANY, 0},
    {"RCPT TO:<{to}>", "RCPT TO:<bob@example.org>", MATCH_DIFFERS, RULE_WRONG_ADDRESS, 9},
    {"RCPT TO:<{user}@Example.org>", "rcpt to:<alice@example.ORG>", MATCH_YES, ANY, 0},
    {"RCPT TO:<{new}>", "RCPT TO:<x@y.test>", MATCH_YES, ANY, 0},
    {"RCPT TO:<a@b.test>", "RCPT TO:<@relay.test:a@b.test>", MATCH_YES, ANY, 0},
    {"RCPT TO:<a@b.test>", "MAIL FROM:<a@b.test>", MATCH_NO, ANY, 0},
    /* untidy, but plain what is meant: dialogue reports it */
    {"MAIL FROM:<a@b.test>", "MAIL FROM: <a@b.test>", MATCH_YES, ANY, 0},
    {"MAIL FROM:<a@b.test>", "MAIL FROM:a@b.test", MATCH_YES, ANY, 0},
    {"MAIL FROM:<a@b.test>", "MAIL  FROM:<a@b.test> ", MATCH_YES, ANY, 0},
    {"MAIL FROM:<a@b.test>", "MAIL FROM: c@b.test", MATCH_DIFFERS, RULE_WRONG_ADDRESS, 11},
    {"MAIL FROM:a@b.test", "MAIL FROM:<a@b.test>", MATCH_YES, ANY, 0},
    /* not to be understood */
    {"MAIL FROM:<a@b.test>", "MAIL <a@b.test>", MATCH_DIFFERS, RULE_BAD_ARGUMENT, 5},
    {"MAIL FROM:<a@b.test>", "MAIL FROM <a@b.test>", MATCH_DIFFERS, RULE_BAD_ARGUMENT, 5},
    {"MAIL FROM:<a@b.test>", "MAIL", MATCH_DIFFERS, RULE_BAD_ARGUMENT, 4},
    {"RCPT TO:<a@b.test>", "RCPT CC:<a@b.test>", MATCH_DIFFERS, RULE_BAD_ARGUMENT, 5},
    {"RCPT TO:<a@b.test>", "RCPT TO:<<a@b.test>>", MATCH_DIFFERS, RULE_BAD_ARGUMENT, 9},
    {"RCPT TO:<a@b.test>", "RCPT TO:<a@b.test>x", MATCH_DIFFERS, RULE_BAD_ARGUMENT, 18},
    /* R2: parameters are a set */
    {"MAIL FROM:<a@b.test>", "MAIL FROM:<a@b.test> SIZE=12 body=8bitmime", MATCH_YES, ANY, 0},
    {"MAIL FROM:<a@b.test>", "MAIL FROM:<a@b.test> SMTPUTF8", MATCH_DIFFERS, RULE_PARAMETER_NOT_OFFERED, 21},
    {"MAIL FROM:<a@b.test>", "MAIL FROM:<a@b.test> SIZE=1 RET=HDRS", MATCH_DIFFERS,
     RULE_PARAMETER_NOT_OFFERED, 28},
    {"RCPT TO:<a@b.test>", "RCPT TO:<a@b.test> NOTIFY=NEVER", MATCH_DIFFERS, RULE_PARAMETER_NOT_OFFERED, 19},
    {"MAIL FROM:<a@b.test> SIZE={size} BODY=8BITMIME", "MAIL FROM:<a@b.test> BODY=8BITMIME SIZE=7", MATCH_YES,
     ANY, 0},
    {"MAIL FROM:<a@b.test> BODY=8BITMIME", "MAIL FROM:<a@b.test>", MATCH_DIFFERS, RULE_BAD_ARGUMENT, 20},
    {"MAIL FROM:<a@b.test> BODY=8BITMIME", "MAIL FROM:<a@b.test> BODY=7BIT", MATCH_DIFFERS, RULE_BAD_ARGUMENT,
     26},
    {"MAIL FROM:<a@b.test> SMTPUTF8", "MAIL FROM:<a@b.test> SMTPUTF8", MATCH_YES, ANY, 0},
    {"MAIL FROM:<a@b.test> SMTPUTF8", "mail FROM:<a@b.test> smtputf8 SIZE=1", MATCH_YES, ANY, 0},
    /* R3 and R4: any name, either verb */
    {"EHLO {me:domain}", "EHLO client.test", MATCH_YES, ANY, 0},
    {"EHLO {me:domain}", "ehlo [127.0.0.1]", MATCH_YES, ANY, 0},
    {"EHLO client.test", "EHLO m.txt", MATCH_YES, ANY, 0},
    {"EHLO client.test", "HELO m.txt", MATCH_SWAPPED_HELLO, ANY, 0},
    {"HELO {me:domain}", "EHLO m.txt", MATCH_SWAPPED_HELLO, ANY, 0},
    {"EHLO {me:domain}", "EHLO", MATCH_DIFFERS, RULE_BAD_ARGUMENT, 4},
    {"EHLO {me:domain}", "EHLO a b", MATCH_DIFFERS, RULE_BAD_ARGUMENT, 5},
    {"EHLO {me:domain}", "EHLO <x>", MATCH_DIFFERS, RULE_BAD_ARGUMENT, 5},
    {"EHLO {me:domain}", "HELO [1.2.3]", MATCH_DIFFERS, RULE_BAD_ARGUMENT, 5},
    {"EHLO {me:domain}", "STARTTLS", MATCH_NO, ANY, 0},
    /* R5: AUTH with and without an initial response */
    {"AUTH LOGIN", "auth login", MATCH_YES, ANY, 0},
    {"AUTH LOGIN", "AUTH LOGIN YWxpY2U=", MATCH_INITIAL, ANY, 11},
    {"AUTH LOGIN", "AUTH PLAIN", MATCH_DIFFERS, RULE_WRONG_COMMAND, 5},
    {"AUTH LOGIN", "AUTH", MATCH_DIFFERS, RULE_WRONG_COMMAND, 4},
    {"AUTH LOGIN {b64:{user}}", "AUTH LOGIN YWxpY2U=", MATCH_YES, ANY, 0},
    {"AUTH LOGIN {b64:{user}}", "AUTH LOGIN", MATCH_NO_INITIAL, ANY, 0},
    {"AUTH LOGIN {b64:{user}}", "AUTH LOGIN Ym9i", MATCH_DIFFERS, RULE_WRONG_CREDENTIALS, 11},
    {"AUTH PLAIN {b64:\\0{user}\\0{secret:password}}", "auth plain AGFsaWNlAG9wZW4gc2VzYW1l", MATCH_YES, ANY,
     0},
    {"AUTH PLAIN {b64:\\0{user}\\0{secret:password}}", "AUTH PLAIN", MATCH_NO_INITIAL, ANY, 0},
    {"AUTH PLAIN {b64:\\0{user}\\0{secret:password}}", "AUTH PLAIN =", MATCH_DIFFERS, RULE_WRONG_CREDENTIALS,
     11},
    /* RFC 4616 2: who asks to act as oneself asks for nothing; as another, or as a part of oneself, is another login */
    {"AUTH PLAIN {b64:\\0{user}\\0{secret:password}}",
     "AUTH PLAIN YWxpY2UAYWxpY2UAb3BlbiBzZXNhbWU=", MATCH_YES, ANY, 0},
    {"AUTH PLAIN {b64:\\0{user}\\0{secret:password}}", "AUTH PLAIN Ym9iAGFsaWNlAG9wZW4gc2VzYW1l",
     MATCH_DIFFERS, RULE_WRONG_CREDENTIALS, 11},
    {"AUTH PLAIN {b64:\\0{user}\\0{secret:password}}",
     "AUTH PLAIN YWxpYwBhbGljZQBvcGVuIHNlc2FtZQ==", MATCH_DIFFERS, RULE_WRONG_CREDENTIALS, 11},
    {"AUTH PLAIN {b64:\\0{user}\\0{secret:password}}", "AUTH PLAIN YWxpY2UAYWxpY2U=", MATCH_DIFFERS,
     RULE_WRONG_CREDENTIALS, 11},
    {"AUTH PLAIN {b64:\\0{user}\\0{secret:password}}",
     "AUTH PLAIN Ym9iAGJvYgBvcGVuIHNlc2FtZQ==", MATCH_DIFFERS, RULE_WRONG_CREDENTIALS, 11},
    {"AUTH PLAIN {b64:\\0{user}\\0{secret:password}}", "AUTH PLAIN YWxpY2UAYWxpY2UAb3Blbg==", MATCH_DIFFERS,
     RULE_WRONG_CREDENTIALS, 11},
    {"{b64:{user}}", "YWxpY2U=", MATCH_YES, ANY, 0},
    {"{b64:{user}}", "ywxpy2u=", MATCH_DIFFERS, RULE_WRONG_CREDENTIALS, 0},
    {"{b64:{user}}", "YWxpY2UK", MATCH_DIFFERS, RULE_WRONG_CREDENTIALS, 0}, /* alice and a line feed */
    {"{b64:{user}}", "", MATCH_DIFFERS, RULE_WRONG_CREDENTIALS, 0},
    {"{b64:{user}}", "*", MATCH_DIFFERS, RULE_WRONG_CREDENTIALS, 0},
    {"{b64:{user}}", "QUIT", MATCH_NO, ANY, 0},
    {"{b64:{user}}", "MAIL FROM:<a@b.test>", MATCH_NO, ANY, 0},
    {"YWxpY2U=", "ywxpy2u=", MATCH_DIFFERS, RULE_WRONG_CREDENTIALS, 0},
    {"", "", MATCH_YES, ANY, 0},
    {"", "x", MATCH_DIFFERS, RULE_WRONG_CREDENTIALS, 0},
    /* the rest */
    {"NOOP", "noop are you there", MATCH_YES, ANY, 0},
    {"HELP", "HELP MAIL", MATCH_YES, ANY, 0},
    {"VRFY Bob", "vrfy Bob", MATCH_YES, ANY, 0},
    {"VRFY Bob", "VRFY Carol", MATCH_DIFFERS, RULE_BAD_ARGUMENT, 5},
    {"BDAT 86 LAST", "bdat 86 last", MATCH_YES, ANY, 0},
    {"BDAT {n} LAST", "BDAT 12", MATCH_DIFFERS, RULE_BAD_ARGUMENT, 5},
    {"XCLIENT NAME=x", "xclient name=X", MATCH_YES, ANY, 0},
    {"XCLIENT NAME=x", "XCLIENT NAME=y", MATCH_DIFFERS, RULE_BAD_ARGUMENT, 13},
    {"XCLIENT NAME=x", "XFORWARD NAME=x", MATCH_NO, ANY, 0},
};

static struct match_result match(const char *expected, const char *line, size_t n, struct bindings *b) {
    struct template t;
    struct ehlo ehlo;
    struct bindings fresh;
    set_up(&ehlo, &fresh);
    if (b->count == 0)
        *b = fresh;
    else
        bindings_free(&fresh);
    assert_int_equal(template_parse(&t, expected, strlen(expected), false, NULL, NULL), 0);
    char *exact = malloc(n ? n : 1); /* so that a read too far is seen */
    assert_non_null(exact);
    memcpy(exact, line, n);
    struct match_result r = match_line(&t, exact, n, &ehlo, b);
    free(exact);
    template_free(&t);
    return r;
}

static void lines_match_by_meaning(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bindings b = {0};
        struct match_result r = match(rows[i].expected, rows[i].line, strlen(rows[i].line), &b);
        bool at_matters = rows[i].kind == MATCH_DIFFERS || rows[i].kind == MATCH_INITIAL;
        if (r.kind != rows[i].kind || r.rule != rows[i].rule || (at_matters && r.at != rows[i].at))
            fail_msg("\"%s\" against \"%s\": kind %d, rule %d, at %zu", rows[i].line, rows[i].expected,
                     (int)r.kind, (int)r.rule, r.at);
        if (r.kind == MATCH_NO || r.kind == MATCH_DIFFERS)
            assert_int_equal(b.count, 3);
        bindings_free(&b);
    }
}

/* Cut short at every byte, no row may be misread as memory behind the line. */
static void prefixes_do_no_harm(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t n = 0; n < strlen(rows[i].line); n++) {
            struct bindings b = {0};
            struct match_result r = match(rows[i].expected, rows[i].line, n, &b);
            assert_true(r.kind != MATCH_DIFFERS || r.at <= n);
            bindings_free(&b);
        }
}

static const struct {
    const char *expected;
    const char *line;
    const char *name;
    const char *value; /* NULL: not bound */
} binds[] = {
    {"EHLO {me:domain}", "ehlo Client.test", "me", "Client.test"},
    {"EHLO {me:domain}", "HELO client.test", "me", "client.test"},
    {"EHLO {me:domain}", "EHLO bad name", "me", NULL},
    {"MAIL FROM:<{from}> SIZE={size}", "MAIL FROM:<x@y.test> BODY=8BITMIME SIZE=12", "size", "12"},
    {"MAIL FROM:<{from}> SIZE={size}", "MAIL FROM:<x@y.test>", "from", NULL}, /* all or nothing */
    {"rcpt to:<{who}@b.test>", "RCPT TO:<x@B.test>", "who", "x"},
    {"AUTH LOGIN {b64:{who}}", "auth login Ym9i", "who", "bob"},
};

static void names_bind_on_a_match_only(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof binds / sizeof *binds; i++) {
        struct bindings b = {0};
        (void)match(binds[i].expected, binds[i].line, strlen(binds[i].line), &b);
        const struct binding *found = bindings_get(&b, binds[i].name);
        if ((found != NULL) != (binds[i].value != NULL))
            fail_msg("\"%s\": {%s}", binds[i].line, binds[i].name);
        if (found)
            assert_string_equal(found->value, binds[i].value);
        bindings_free(&b);
    }
}

/* R3 goes before the binding: another name in the second EHLO is no mistake, and changes nothing. */
static void a_second_hello_may_have_another_name(void **state) {
    (void)state;
    struct bindings b = {0};
    assert_int_equal(match("EHLO {me:domain}", "EHLO a.test", 11, &b).kind, MATCH_YES);
    assert_int_equal(match("EHLO {me:domain}", "EHLO b.test", 11, &b).kind, MATCH_YES);
    assert_string_equal(bindings_get(&b, "me")->value, "a.test");
    bindings_free(&b);
}

static void exact_lines_are_exact(void **state) {
    (void)state;
    static const char expected[] = "EHLO {me:domain}\\r\\n";
    struct template t;
    struct bindings b;
    size_t at = 0;
    bindings_init(&b);
    assert_int_equal(template_parse(&t, expected, strlen(expected), true, NULL, NULL), 0);
    assert_false(match_exact(&t, "EHLO a.test\n", 12, &b, &at));
    assert_false(match_exact(&t, "ehlo a.test\r\n", 13, &b, &at));
    assert_int_equal(at, 0);
    assert_int_equal(b.count, 0);
    assert_true(match_exact(&t, "EHLO a.test\r\n", 13, &b, &at));
    assert_string_equal(bindings_get(&b, "me")->value, "a.test");
    template_free(&t);
    bindings_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_match_by_meaning),     cmocka_unit_test(prefixes_do_no_harm),
        cmocka_unit_test(names_bind_on_a_match_only), cmocka_unit_test(a_second_hello_may_have_another_name),
        cmocka_unit_test(exact_lines_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
