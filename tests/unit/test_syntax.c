/* syntax: the bytes of a line, what follows a verb, and the address in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/syntax.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What is found, "bare-lf@4 nul-byte@2 ". */
static void on_found(void *arg, enum rule rule, size_t at) {
    buf_addf(arg, "%s@%zu ", rules_info(rule)->slug, at);
}

/* --- bytes --- */

static const struct {
    const char *line;
    size_t n;
    size_t max;
    const char *found;
} lines[] = {
    {"QUIT\r\n", 6, 100, ""},
    {"\r\n", 2, 100, ""},
    {"QUIT\n", 5, 100, "bare-lf@4 "},
    {"\n", 1, 100, "bare-lf@0 "},
    {"QUIT", 4, 100, "no-line-end@4 "},
    {"QUIT\r", 5, 100, "bare-cr@4 no-line-end@5 "},
    {"QUIT\r\r\n", 7, 100, "bare-cr@4 "},
    {"\rQUIT\r\n", 7, 100, "bare-cr@0 "},
    {"QU\0IT\r\n", 7, 100, "nul-byte@2 "},
    {"\0\r\n", 3, 100, "nul-byte@0 "},
    {"QUIT\r\n\0", 7, 100,
     "nul-byte@6 bare-cr@4 no-line-end@7 "}, /* sizeof where strlen was meant, cut in two */
    {"a\0b\rc\n", 6, 5, "nul-byte@1 bare-cr@3 line-too-long@5 bare-lf@5 "},
    {"NOOP\r\n", 6, 7, ""},
    {"NOOP\r\n", 6, 6, ""},
    {"NOOP\r\n", 6, 5, "line-too-long@5 "},
};

static void bytes_are_judged_one_by_one(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct buf found;

        buf_init(&found, 1000);
        syntax_bytes(lines[i].line, lines[i].n, lines[i].max, on_found, &found);
        assert_string_equal(found.data, lines[i].found);
        buf_free(&found);
    }
}

/* --- what follows the verb --- */

static const struct {
    const char *line;
    const char *found;
} commands[] = {
    {"EHLO client.example.test", ""},
    {"EHLO [192.0.2.1]", ""},
    {"EHLO [IPv6:2001:db8::1]", ""},
    {"HELO client.example.test  ", ""},
    {"EHLO", "bad-argument@4 "},
    {"EHLO ", "bad-argument@5 "},
    {"HELO my client", "bad-argument@5 "},
    {"EHLO 192.0.2.1]", "bad-argument@5 "},
    {"STARTTLS", ""},
    {"STARTTLS now", "bad-argument@9 "},
    {"DATA", ""},
    {"DATA   ", ""},
    {"DATA Subject: One", "bad-argument@5 "},
    {"RSET", ""},
    {"RSET all", "bad-argument@5 "},
    {"QUIT", ""},
    {"QUIT bye", "bad-argument@5 "},
    {"NOOP", ""},
    {"NOOP anything at all", ""},
    {"HELP", ""},
    {"HELP mail", ""},
    {"VRFY bob", ""},
    {"VRFY", "bad-argument@4 "},
    {"EXPN list", ""},
    {"EXPN  ", "bad-argument@6 "},
    {"AUTH LOGIN", ""},
    {"AUTH", "bad-argument@4 "},
    {"BDAT 10 LAST", ""},
    {"BDAT", "bad-argument@4 "},
    {"EMAIL FROM:<alice@example.org>", "unknown-command@0 "},
    {"Subject: One", "unknown-command@0 "},
    {"", "unknown-command@0 "},

    {"MAIL FROM:<alice@example.org>", ""},
    {"mail from:<alice@example.org>", ""},
    {"MAIL  FROM:<alice@example.org>", ""},
    {"MAIL FROM:<>", ""},
    {"MAIL FROM:<alice@example.org> SIZE=10", ""},
    {"MAIL FROM:<alice@example.org> size=10 BODY=8BITMIME", ""},
    {"MAIL FROM:<alice@example.org>   SIZE=10  ", ""},
    {"MAIL FROM:<@relay.example.org:alice@example.org>", ""},
    {"RCPT TO:<bob@example.org>", ""},
    {"RCPT TO:<Postmaster>", ""},
    {"RCPT TO:<\"two words\"@example.org>", ""},

    {"MAIL FROM: <alice@example.org>", "space-after-colon@10 "},
    {"RCPT TO:  <bob@example.org>", "space-after-colon@8 "},
    {"MAIL FROM:alice@example.org", "no-angle-brackets@10 "},
    {"RCPT TO: bob@example.org", "space-after-colon@8 no-angle-brackets@9 "},
    {"MAIL FROM:", "bad-address@10 "},
    {"MAIL FROM: ", "space-after-colon@10 bad-address@11 "},
    {"RCPT TO:<>", "bad-address@9 "},
    {"RCPT TO:<bob>", "bad-address@12 "},
    {"RCPT TO:<bob@example.org", "bad-address@24 "},
    {"RCPT TO:<bob@exa mple.org>", "bad-address@16 "},
    {"RCPT TO:<<bob@example.org>>", "bad-address@9 "},
    {"MAIL", "bad-argument@4 "},
    {"MAIL <alice@example.org>", "bad-argument@5 "},
    {"MAIL FROM <alice@example.org>", "bad-argument@5 "},
    {"MAIL TO:<alice@example.org>", "bad-argument@5 "},
    {"RCPT CC:<bob@example.org>", "bad-argument@5 "},
    {"RCPT FROM:<bob@example.org>", "bad-argument@5 "},
    {"MAIL FROM:<alice@example.org>SIZE=10", "bad-argument@29 "},
    {"MAIL FROM:<alice@example.org> RET=HDRS", "parameter-not-offered@30 "},
    {"MAIL FROM:<alice@example.org> SIZE=10 ENVID=x RET=HDRS",
     "parameter-not-offered@38 parameter-not-offered@46 "},
    {"MAIL FROM:<alice@example.org> BODY=BINARYMIME", "parameter-not-offered@30 "},
    {"RCPT TO:<bob@example.org> NOTIFY=NEVER", "parameter-not-offered@26 "},
    {"RCPT TO:<bob@example.org>,<carol@example.org>", "bad-argument@25 "},
};

/* The line is put at the very end of a block, so that a look behind it is seen. */
static void judge(const char *line, size_t n, struct buf *found) {
    char *copy = malloc(n > 0 ? n : 1);
    struct command command;
    struct ehlo ehlo;

    assert_non_null(copy);
    memcpy(copy, line, n);
    ehlo_clear(&ehlo);
    ehlo_add(&ehlo, "SIZE 1000", 9);
    ehlo_add(&ehlo, "8BITMIME", 8);
    verb_parse(copy, n, &command);
    syntax_command(copy, &command, &ehlo, on_found, found);
    free(copy);
}

static void arguments_are_judged_by_verb(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(commands); i++) {
        struct buf found;

        buf_init(&found, 1000);
        judge(commands[i].line, strlen(commands[i].line), &found);
        if (strcmp(found.data, commands[i].found) != 0)
            print_error("%s\n", commands[i].line);
        assert_string_equal(found.data, commands[i].found);
        buf_free(&found);
    }
}

/* Every beginning of a line is read without a look behind its end, and what is found lies inside it or at its end. */
static void no_beginning_is_read_past_its_end(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(commands); i++)
        for (size_t n = 0; n < strlen(commands[i].line); n++) {
            struct buf found;
            const char *at;

            buf_init(&found, 1000);
            judge(commands[i].line, n, &found);
            for (at = strchr(found.data, '@'); at != NULL; at = strchr(at + 1, '@'))
                assert_in_range(strtoul(at + 1, NULL, 10), 0, n);
            buf_free(&found);
        }
}

/* --- the address --- */

static const struct {
    const char *line;
    const char *address; /* NULL: none */
    const char *meant;
} addresses[] = {
    {"MAIL FROM:<alice@example.org>", "alice@example.org", "alice@example.org"},
    {"RCPT TO:<bob@example.org> NOTIFY=NEVER", "bob@example.org", "bob@example.org"},
    {"rcpt to: <bob@example.org>", "bob@example.org", "bob@example.org"},
    {"RCPT TO:bob@example.org", "bob@example.org", "bob@example.org"},
    {"RCPT TO:bob@example.org NOTIFY=NEVER", "bob@example.org", "bob@example.org"},
    {"RCPT TO:<bob@example.org", "bob@example.org", "bob@example.org"},
    {"RCPT TO:<no address>", "no address", "no address"},
    {"MAIL FROM:<>", "", ""},
    {"MAIL FROM:", "", ""},
    {"RCPT FROM:<bob@example.org>", NULL, "bob@example.org"},
    {"RCPT TO <bob@example.org>", NULL, "bob@example.org"},
    {"RCPT <bob@example.org", NULL, "bob@example.org"},
    {"RCPT FROM:bob@example.org", NULL, NULL},
    {"MAIL", NULL, NULL},
    {"DATA", NULL, NULL},
    {"VRFY <bob@example.org>", NULL, NULL},
};

typedef bool address_fn(const struct command *command, const char **start, size_t *len);

static void check_address(address_fn *fn, const char *line, const char *wanted) {
    struct command command;
    const char *start = NULL;
    size_t len = 0;

    verb_parse(line, strlen(line), &command);
    assert_int_equal(fn(&command, &start, &len), wanted != NULL);
    if (wanted != NULL) {
        assert_int_equal(len, strlen(wanted));
        assert_memory_equal(start, wanted, len);
    }
}

static void the_address_is_found_in_right_and_wrong_lines(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(addresses); i++) {
        check_address(syntax_address, addresses[i].line, addresses[i].address);
        check_address(syntax_address_meant, addresses[i].line, addresses[i].meant);
    }
}

static void a_line_ends_at_each_line_feed(void **state) {
    (void)state;
    assert_int_equal(syntax_line_ends("", 0), 0);
    assert_int_equal(syntax_line_ends("NOOP", 4), 0);
    assert_int_equal(syntax_line_ends("NOOP\r\nNOOP\n\rQU", 15), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_judged_one_by_one),
        cmocka_unit_test(arguments_are_judged_by_verb),
        cmocka_unit_test(no_beginning_is_read_past_its_end),
        cmocka_unit_test(the_address_is_found_in_right_and_wrong_lines),
        cmocka_unit_test(a_line_ends_at_each_line_feed),
    };

    return cmocka_run_group_tests_name("syntax", tests, NULL, NULL);
}
