/* transcript: parse, print, and every complaint with its line and column. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transcript_fixture.h"

/* The whole session of the design: STARTTLS, a login, two messages typed, one recipient unknown. */
static const char session[] =
    "smtp-transcript 1\n"
    "title: Two messages typed in one session, one recipient unknown\n"
    "source: authored (RFC 5321 3.3, 4.5.2; RFC 3207 4.2; RFC 4954 4)\n"
    "lab: 3\n"
    "teaches: reply-ignored dot-stuffing starttls-no-ehlo\n"
    "run: --tls starttls --auth login --user {user} --from alice@example.org --keyboard\n"
    "set: user=alice\n"
    "\n"
    "@stdin\n"
    "To: bob@example.org, nobody@example.org\n"
    "Subject: One\n"
    "\n"
    ".profile is a dot file\n"
    ".\n"
    "To: carol@example.org\n"
    "Subject: Two\n"
    "\n"
    "second\n"
    ".\n"
    "@end\n"
    "S: 220 mail.example.test ESMTP\n"
    "C: EHLO {me:domain}\n"
    "S: 250-mail.example.test\n"
    "S: 250 STARTTLS\n"
    "C: STARTTLS\n"
    "S: 220 2.0.0 Ready\n"
    "@tls start\n"
    "C: EHLO {me:domain}\n"
    "S: 250-mail.example.test\n"
    "S: 250 AUTH LOGIN\n"
    "C: AUTH LOGIN\n"
    "S: 334 VXNlcm5hbWU6\n"
    "C: {b64:{user}}\n"
    "S: 334 UGFzc3dvcmQ6\n"
    "C: {b64:{secret:password}}\n"
    "S: 235 2.7.0 Accepted\n"
    "C: MAIL FROM:<alice@example.org>\n"
    "S: 250 2.1.0 Ok\n"
    "C: RCPT TO:<bob@example.org>\n"
    "S: 250 2.1.5 Ok\n"
    "C: RCPT TO:<nobody@example.org>\n"
    "S: 550 5.1.1 <nobody@example.org>: no such user\n"
    "C: DATA\n"
    "S: 354 End data with <CR><LF>.<CR><LF>\n"
    "C: Subject: One\n"
    "C:\n"
    "C: ..profile is a dot file\n"
    "C: .\n"
    "S: 250 2.0.0 Queued\n"
    "! rcpts bob@example.org\n"
    "C: MAIL FROM:<alice@example.org>\n"
    "S: 250 2.1.0 Ok\n"
    "C: RCPT TO:<carol@example.org>\n"
    "S: 250 2.1.5 Ok\n"
    "C: DATA\n"
    "S: 354 Go ahead\n"
    "C: Subject: Two\n"
    "C:\n"
    "C: second\n"
    "C: .\n"
    "S: 250 2.0.0 Queued\n"
    "! rcpts carol@example.org\n"
    "C: QUIT\n"
    "S: 221 2.0.0 Bye\n"
    "@close\n"
    "! exit 69\n"
    "! stderr \"nobody@example.org\"\n"
    "! never {secret:password} in-clear\n";

/* Everything else that the grammar has, in canonical form. */
static const char everything[] = "smtp-transcript 1\n"
                                 "title: All of the language\n"
                                 "source: recorded Postfix 3.7.11, 2026-05-01\n"
                                 "lab: 0\n"
                                 "teaches: early-send\n"
                                 "rfc: 5321 4.5.2\n"
                                 "run: --from 'a b' --body \"@{tmp}/big file\" \\'\n"
                                 "unexpected: 503 5.5.1 {greeting}\n"
                                 "seed: 4294967295\n"
                                 "hint: Read the reply.\n"
                                 "set: greeting=Not now\n"
                                 "set: empty=\n"
                                 "\n"
                                 "\n"
                                 "# a comment\n"
                                 "#\n"
                                 "@file big.txt x3 no-eol\n"
                                 "a line with {greeting}\n"
                                 "@@end is data here\n"
                                 "@end\n"
                                 "@file empty.txt\n"
                                 "@end\n"
                                 "@stdin\n"
                                 "{{braces}\n"
                                 "@end\n"
                                 "@connection 1\n"
                                 "@tls immediate cert=expired\n"
                                 "@wait 300ms\n"
                                 "@hold\n"
                                 "@gap 0s\n"
                                 "@write 1,5,*\n"
                                 "S: 220-hello\n"
                                 "S> 220 \\x41\\*3(b)\\r\\n\n"
                                 "S:\n"
                                 "S:  two spaces\n"
                                 "@optional\n"
                                 "C: NOOP\n"
                                 "@repeat 0 3\n"
                                 "C: NOOP {word}\n"
                                 "@end\n"
                                 "S: 250 {word}\n"
                                 "@end\n"
                                 "C? RSET\n"
                                 "# still the answer\n"
                                 "S: 250 2.0.0 Ok\n"
                                 "C= EHLO \\x41\\r\\n\n"
                                 "@any-order\n"
                                 "@choice\n"
                                 "C: HELP\n"
                                 "@or\n"
                                 "C: VRFY x\n"
                                 "@or\n"
                                 "C: EXPN x\n"
                                 "@end\n"
                                 "@end\n"
                                 "C: data\n"
                                 "S: 354-more\n"
                                 "S: 354 go\n"
                                 "# in the message\n"
                                 "C: A: {greeting}\n"
                                 "C:  folded\n"
                                 "\n"
                                 "C:\n"
                                 "C= bytes\\x00\\r\\n\n"
                                 "C: ..\n"
                                 "C: .\n"
                                 "@stall 5s\n"
                                 "C: DATA\n"
                                 "S: 354 go\n"
                                 "C: {message:one.eml}\n"
                                 "C: .\n"
                                 "! message one.eml\n"
                                 "! message {message}\n"
                                 "! never \"a  b\\x22\" in-clear\n"
                                 "! stderr {greeting}\n"
                                 "! forbid bare-lf\n"
                                 "! allow no-quit\n"
                                 "! hint: say \"what   you see\n"
                                 "@tls start cert=self-signed\n"
                                 "@tls expect-abort\n"
                                 "@expect-close\n"
                                 "@reset\n"
                                 "@connection 2\n"
                                 "S: 421 bye\n"
                                 "@close\n";

static char *print(const struct transcript *t) {
    struct buf out;
    buf_init(&out, 4 * TRANSCRIPT_FILE_MAX);
    assert_int_equal(transcript_print(t, &out), 0);
    return buf_steal(&out);
}

static char *printed(const char *text) {
    struct err e = {0};
    struct transcript *t = parse(text, strlen(text), &e);
    if (t == NULL)
        fail_msg("%s", e.text);
    char *out = print(t);
    transcript_free(t);
    return out;
}

/* --- the laws of printing --- */

static void canonical_files_are_printed_as_they_are(void **state) {
    (void)state;
    static const char *const files[] = {session,
                                        everything,
                                        HEAD,
                                        HEAD "S: x\n",
                                        HEAD "C: DATA\nS: 354\nC: x\n", /* a recording that broke off */
                                        HEAD "C: DATA\nS: 354\nC: x\n@close\n"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *out = printed(files[i]);
        assert_string_equal(out, files[i]);
        free(out);
    }
}

static const struct {
    const char *untidy;
    const char *canonical;
} untidy[] = {
    {"smtp-transcript 1\r\nset: a=1\r\nlab:3\r\nsource:\tauthored x  \r\n\r\nS:x\r\nC:  y",
     "smtp-transcript 1\nsource: authored x\nlab: 3\nset: a=1\n\nS: x\nC:  y\n"},
    {"smtp-transcript 1\nsource: authored x", HEAD},
    {HEAD "  \t\n!exit   69 \n@  wait\t5s\n! never   \"a  b\"  in-clear\n",
     HEAD "\n! exit 69\n@wait 5s\n! never \"a  b\" in-clear\n"},
    {HEAD "! hint:   x   y \n@file a no-eol x1\nb \n@end  \n",
     HEAD "! hint: x   y \n@file a no-eol\nb \n@end\n"},
    {HEAD "@file a for-all no-eol x2\nb\n@end\n", HEAD "@file a x2 no-eol for-all\nb\n@end\n"},
    {HEAD "@file \"a\" escaped for-group no-eol x2\nb\n@end\n",
     HEAD "@file a x2 no-eol for-group escaped\nb\n@end\n"},
    {HEAD "@file  \"a b\"\nb\n@end\n", HEAD "@file \"a b\"\nb\n@end\n"},
    {HEAD "!  no-connection \n@file a escaped  x2 no-eol\n\\r{{\n@end\n",
     HEAD "! no-connection\n@file a x2 no-eol escaped\n\\r{{\n@end\n"},
    {HEAD "S: 250 \n#no space\n", HEAD "S: 250 \n#no space\n"},
};

static void untidy_files_get_their_canonical_form(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof untidy / sizeof *untidy; i++) {
        char *once = printed(untidy[i].untidy);
        char *twice = printed(once);
        assert_string_equal(once, untidy[i].canonical);
        assert_string_equal(twice, once);
        free(once);
        free(twice);
    }
}

static void try_prefixes(const char *text) {
    for (size_t n = 0; n < strlen(text); n++) {
        struct err e = {0};
        struct transcript *t = parse(text, n, &e);
        if (t == NULL) {
            assert_int_equal(e.kind, ERR_INPUT);
            assert_int_equal(strncmp(e.text, "t.smtp:", 7), 0);
            continue;
        }
        char *once = print(t);
        char *twice = printed(once);
        assert_string_equal(once, twice);
        free(once);
        free(twice);
        transcript_free(t);
    }
}

static void every_prefix_parses_or_is_refused(void **state) {
    (void)state;
    try_prefixes(session);
    try_prefixes(everything);
}

/* The kit's own transcripts, when the test runs in the root of the kit. */
static void the_kits_transcripts_are_sound(void **state) {
    (void)state;
    static const char *const patterns[] = {"transcripts/*.smtp", "transcripts/*/*.smtp",
                                           "transcripts/*/*/*.smtp"};
    for (size_t p = 0; p < sizeof patterns / sizeof *patterns; p++) {
        glob_t found;
        if (glob(patterns[p], 0, NULL, &found) != 0)
            continue;
        for (size_t i = 0; i < found.gl_pathc; i++) {
            struct err e = {0};
            struct transcript *t = transcript_load(found.gl_pathv[i], &e);
            if (t == NULL)
                fail_msg("%s", e.text);
            char *once = print(t);
            char *twice = printed(once);
            assert_string_equal(once, twice);
            free(once);
            free(twice);
            transcript_free(t);
        }
        globfree(&found);
    }
}

/* --- what the items hold --- */

static struct transcript *load(const char *text) {
    struct err e = {0};
    struct transcript *t = parse(text, strlen(text), &e);
    if (t == NULL)
        fail_msg("%s", e.text);
    return t;
}

static void items_of_the_session(void **state) {
    (void)state;
    struct transcript *t = load(session);
    const struct item *it = t->items;
    assert_string_equal(t->keys[KEY_LAB], "3");
    assert_null(t->keys[KEY_SEED]);
    assert_int_equal(t->setting_count, 1);
    assert_string_equal(t->settings[0].name, "user");
    assert_int_equal(t->run.count, 3);
    assert_int_equal(it[0].kind, ITEM_STDIN);
    assert_int_equal(it[0].line, 9);
    assert_memory_equal(it[0].text, "To: bob", 7);
    assert_memory_equal(it[0].text + it[0].len - 3, "\n.\n", 3);
    assert_int_equal(it[1].kind, ITEM_SERVER);
    assert_int_equal(it[1].line, 21);
    assert_int_equal(it[1].column, 4);
    size_t count[ITEM_CHECK + 1] = {0};
    for (size_t i = 0; i < t->item_count; i++)
        count[it[i].kind]++;
    assert_int_equal(count[ITEM_MESSAGE_LINE], 6);
    assert_int_equal(count[ITEM_MESSAGE_END], 2);
    assert_int_equal(count[ITEM_CHECK], 5);
    assert_int_equal(count[ITEM_CLIENT], 14);
    const struct item *last = &it[t->item_count - 1];
    assert_int_equal(last->check, CHECK_NEVER);
    assert_true(last->in_clear);
    assert_true(template_has(&last->fields, FIELD_SECRET));
    transcript_free(t);
}

static const struct item *find(const struct transcript *t, enum item_kind kind, size_t nth) {
    for (size_t i = 0; i < t->item_count; i++)
        if (t->items[i].kind == kind && nth-- == 0)
            return &t->items[i];
    fail_msg("no item of kind %d", (int)kind);
    return NULL;
}

static void arguments_of_everything(void **state) {
    (void)state;
    struct transcript *t = load(everything);
    const struct item *file = find(t, ITEM_FILE, 0);
    assert_string_equal(file->name, "big.txt");
    assert_int_equal(file->number, 3);
    assert_true(file->no_eol);
    assert_string_equal(file->text, "a line with {greeting}\n@end is data here\n");
    assert_int_equal(find(t, ITEM_FILE, 1)->number, 1);
    assert_string_equal(find(t, ITEM_FILE, 1)->text, "");
    assert_int_equal(find(t, ITEM_TLS_IMMEDIATE, 0)->cert, 1);
    assert_int_equal(find(t, ITEM_TLS_START, 0)->cert, 2);
    assert_int_equal(find(t, ITEM_WAIT, 0)->number, 300);
    assert_int_equal(find(t, ITEM_STALL, 0)->number, 5000);
    assert_string_equal(find(t, ITEM_STALL, 0)->text, "@stall 5s");
    const struct item *cut = find(t, ITEM_WRITE, 0);
    assert_int_equal(cut->piece_count, 3);
    assert_int_equal(cut->pieces[1], 5);
    assert_int_equal(cut->pieces[2], -1);
    assert_int_equal(find(t, ITEM_REPEAT, 0)->number, 0);
    assert_int_equal(find(t, ITEM_REPEAT, 0)->number_max, 3);
    assert_int_equal(find(t, ITEM_CONNECTION, 1)->number, 2);
    const struct item *raw = find(t, ITEM_SERVER_RAW, 0);
    assert_int_equal(raw->fields.count, 1);
    assert_string_equal(raw->fields.fields[0].text, "220 Abbb\r\n");
    assert_true(find(t, ITEM_MESSAGE_LINE, 3)->exact);
    assert_false(find(t, ITEM_MESSAGE_LINE, 4)->exact);
    assert_int_equal(find(t, ITEM_CHECK, 0)->fields.fields[0].kind, FIELD_TEXT);
    assert_int_equal(find(t, ITEM_CHECK, 1)->fields.fields[0].kind, FIELD_MESSAGE);
    assert_int_equal(find(t, ITEM_CHECK, 4)->rule, RULE_BARE_LF);
    assert_int_equal(find(t, ITEM_CHECK, 2)->fields.fields[0].len, 5); /* a  b" */
    transcript_free(t);
}

static size_t index_of(const struct transcript *t, const struct item *it) {
    return (size_t)(it - t->items);
}

static void blocks_know_their_ends(void **state) {
    (void)state;
    struct transcript *t = load(everything);
    const struct item *optional = find(t, ITEM_OPTIONAL, 0), *repeat = find(t, ITEM_REPEAT, 0);
    const struct item *any = find(t, ITEM_ANY_ORDER, 0), *choice = find(t, ITEM_CHOICE, 0);
    assert_int_equal(repeat->end, index_of(t, find(t, ITEM_END, 0)));
    assert_int_equal(optional->end, index_of(t, find(t, ITEM_END, 1)));
    assert_int_equal(choice->end, index_of(t, find(t, ITEM_OR, 0)));
    assert_int_equal(t->items[choice->end].end, index_of(t, find(t, ITEM_OR, 1)));
    assert_int_equal(find(t, ITEM_OR, 1)->end, index_of(t, find(t, ITEM_END, 2)));
    assert_int_equal(any->end, index_of(t, find(t, ITEM_END, 3)));
    const struct item *rset = find(t, ITEM_CLIENT, 2);
    assert_true(rset->optional);
    assert_int_equal(rset->end, index_of(t, rset) + 3); /* the comment and its S: line */
    transcript_free(t);
}

/* A C? line without a reply, or at the end of the file, ends at once. */
static void optional_lines_end_before_what_is_not_theirs(void **state) {
    (void)state;
    struct transcript *t = load(HEAD "C? NOOP\n# x\nC? RSET\n@wait 1s\nS: 250\n\n! exit 0\nC? QUIT\n");
    assert_int_equal(t->items[0].end, 1);
    assert_int_equal(t->items[2].end, 5);
    assert_int_equal(t->items[7].end, 8);
    transcript_free(t);
}

static void a_file_to_compare_with_in_either_notation(void **state) {
    (void)state;
    struct transcript *t = load(HEAD "! message {message:one.eml}\n");
    assert_int_equal(t->items[0].fields.fields[0].kind, FIELD_TEXT);
    assert_string_equal(t->items[0].fields.fields[0].text, "one.eml");
    char *out = print(t);
    assert_string_equal(out, HEAD "! message {message:one.eml}\n");
    free(out);
    transcript_free(t);
}

static void no_message_without_data_and_354(void **state) {
    (void)state;
    struct transcript *t =
        load(HEAD "C: QUIT\nS: 354 what\nC: DATA\nS: 550 no\nC: QUIT\nC: DATA\nS: 354 go\n@close\n"
                  "@connection 2\nC: EHLO a\n");
    for (size_t i = 0; i < t->item_count; i++)
        assert_true(t->items[i].kind != ITEM_MESSAGE_LINE);
    transcript_free(t);
}

/* --- the words of run: --- */

static const struct {
    const char *text;
    int count; /* -1: wrong */
    const char *words[4];
} splits[] = {
    {"", 0, {NULL}},
    {"  \t ", 0, {NULL}},
    {"a", 1, {"a"}},
    {" a  b ", 2, {"a", "b"}},
    {"'a b' \"c d\"", 2, {"a b", "c d"}},
    {"a'b'\"c\"d", 1, {"abcd"}},
    {"'' \"\"", 2, {"", ""}},
    {"\\'a \\\\ \\ b", 3, {"'a", "\\", " b"}},
    {"\"\\\"\" '\\'", 2, {"\"", "\\"}},
    {"a$'b\\r\\nc'd $'' $\"x\"", 3, {"ab\r\ncd", "", "$x"}},
    {"$'\\x1B[2J\\\\'", 1, {"\x1B[2J\\"}},
    {"$'a", -1, {NULL}},
    {"$'\\q'", -1, {NULL}},
    {"$'a\\0b'", -1, {NULL}},
    {"$HOME * ~ `x`", 4, {"$HOME", "*", "~", "`x`"}},
    {"'a", -1, {NULL}},
    {"a \"b", -1, {NULL}},
    {"a\\", -1, {NULL}},
};

static void run_is_split_like_a_shell(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
        char **words = NULL;
        struct err e = {.kind = ERR_NONE};
        assert_int_equal(transcript_words(splits[i].text, &words, &e), splits[i].count);
        if (splits[i].count < 0)
            continue;
        for (int j = 0; j < splits[i].count; j++)
            assert_string_equal(words[j], splits[i].words[j]);
        assert_null(words[splits[i].count]);
        transcript_words_free(words);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_files_are_printed_as_they_are),
        cmocka_unit_test(untidy_files_get_their_canonical_form),
        cmocka_unit_test(every_prefix_parses_or_is_refused),
        cmocka_unit_test(the_kits_transcripts_are_sound),
        cmocka_unit_test(items_of_the_session),
        cmocka_unit_test(arguments_of_everything),
        cmocka_unit_test(blocks_know_their_ends),
        cmocka_unit_test(optional_lines_end_before_what_is_not_theirs),
        cmocka_unit_test(a_file_to_compare_with_in_either_notation),
        cmocka_unit_test(no_message_without_data_and_354),
        cmocka_unit_test(run_is_split_like_a_shell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
