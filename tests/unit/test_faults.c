/* faults: options read and refused, which fault applies when, mailboxes, words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/faults.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- options --- */

static const struct {
    const char *text;
    struct fault fault;
} good[] = {
    {"rcpt:2=451", {VERB_RCPT, FAULT_CODE, 451, 2, 0}},
    {"RCPT:2=451", {VERB_RCPT, FAULT_CODE, 451, 2, 0}},
    {"mail=451*2", {VERB_MAIL, FAULT_CODE, 451, 0, 2}},
    {"mail:3=451*1000000", {VERB_MAIL, FAULT_CODE, 451, 3, 1000000}},
    {"data=drop", {VERB_DATA, FAULT_DROP, 0, 0, 0}},
    {"greeting=reset", {FAULT_AT_GREETING, FAULT_RESET, 0, 0, 0}},
    {"dot=stall", {FAULT_AT_DOT, FAULT_STALL, 0, 0, 0}},
    {"handshake=delay:1", {FAULT_AT_HANDSHAKE, FAULT_DELAY, 1, 0, 0}},
    {"any=delay:600000", {FAULT_AT_ANY, FAULT_DELAY, 600000, 0, 0}},
    {"ehlo=tear", {VERB_EHLO, FAULT_TEAR, 1, 0, 0}},
    {"ehlo=TEAR:512", {VERB_EHLO, FAULT_TEAR, 512, 0, 0}},
    {"auth=strip", {VERB_AUTH, FAULT_STRIP, 0, 0, 0}},
    {"starttls=inject", {VERB_STARTTLS, FAULT_INJECT, 0, 0, 0}},
    {"quit=100", {VERB_QUIT, FAULT_CODE, 100, 0, 0}},
    {"quit=999", {VERB_QUIT, FAULT_CODE, 999, 0, 0}},
};

static void options_are_read(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct faults f = {0};

        assert_int_equal(faults_add(&f, good[i].text, NULL), 0);
        assert_int_equal(f.count, 1);
        assert_int_equal(f.list[0].at, good[i].fault.at);
        assert_int_equal(f.list[0].action, good[i].fault.action);
        assert_int_equal(f.list[0].number, good[i].fault.number);
        assert_int_equal(f.list[0].nth, good[i].fault.nth);
        assert_int_equal(f.list[0].times, good[i].fault.times);
    }
}

static const struct {
    const char *text;
    const char *says; /* a part of the message */
} bad[] = {
    {"", "has no \"=\""},
    {"rcpt", "has no \"=\""},
    {"=451", "no point is called \"\""},
    {"foo=451", "no point is called \"foo\""},
    {"?=451", "no point is called \"?\""},
    {" rcpt=451", "no point is called"},
    {"rcpt:0=451", "which time"},
    {"rcpt:=451", "which time"},
    {"rcpt:x=451", "which time"},
    {"rcpt:-1=451", "which time"},
    {"rcpt:1000001=451", "which time"},
    {"rcpt:99999999999999999999=451", "which time"},
    {"rcpt=", "no action is called \"\""},
    {"rcpt=explode", "no action is called \"explode\""},
    {"rcpt=099", "no action is called"},
    {"rcpt=1000", "no action is called"},
    {"rcpt=0451", "no action is called"},
    {"rcpt=45", "no action is called"},
    {"rcpt=4x1", "no action is called"},
    {"rcpt=451*", "how often"},
    {"rcpt=451*0", "how often"},
    {"rcpt=451*1000001", "how often"},
    {"rcpt=451*two", "how often"},
    {"rcpt=delay", "delay:N takes a number from 1 to 600000"},
    {"rcpt=delay:", "delay:N takes a number"},
    {"rcpt=delay:0", "delay:N takes a number"},
    {"rcpt=delay:600001", "delay:N takes a number"},
    {"rcpt=tear:0", "tear:N takes a number from 1 to 512"},
    {"rcpt=tear:513", "tear:N takes a number"},
    {"rcpt=drop:1", "drop takes no number"},
    {"greeting=strip", "strip can only be at a command"},
    {"any=strip", "strip can only be at a command"},
    {"auth=strip*2", "strip holds for every session"},
    {"auth:1=strip", "strip holds for every session"},
    {"ehlo=inject", "inject can only be at starttls"},
    {"handshake=tear", "tear can only be where there is a reply"},
    {"handshake=451", "a handshake is no reply"},
};

static void wrong_options_are_explained(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct faults f = {0};
        struct err e = {0};

        assert_int_equal(faults_add(&f, bad[i].text, &e), -1);
        assert_int_equal(e.kind, ERR_INPUT);
        if (strstr(e.text, bad[i].says) == NULL)
            print_error("%s: %s\n", bad[i].text, e.text);
        assert_non_null(strstr(e.text, bad[i].says));
        assert_int_equal(f.count, 0);
    }
}

static void there_is_room_for_so_many(void **state) {
    struct faults f = {0};
    struct err e = {0};

    (void)state;
    for (size_t i = 0; i < FAULTS_MAX; i++)
        assert_int_equal(faults_add(&f, "noop=500", &e), 0);
    assert_int_equal(faults_add(&f, "noop=500", &e), -1);
    assert_int_equal(e.kind, ERR_LIMIT);
    assert_int_equal(f.count, FAULTS_MAX);
}

/* --- which applies --- */

static bool spent(void *arg, size_t index, unsigned times) {
    unsigned *counts = arg;

    return counts[index]++ >= times;
}

static void the_first_that_is_due_applies(void **state) {
    struct faults f = {0};
    unsigned counts[FAULTS_MAX] = {0};

    (void)state;
    assert_null(faults_at(&f, VERB_RCPT, 1, NULL, NULL));
    assert_int_equal(faults_add(&f, "rcpt:2=450", NULL), 0);
    assert_int_equal(faults_add(&f, "rcpt=delay:5", NULL), 0);
    assert_int_equal(faults_add(&f, "rcpt=451*2", NULL), 0);
    assert_int_equal(faults_add(&f, "rcpt=552", NULL), 0);
    assert_ptr_equal(faults_at(&f, VERB_RCPT, 1, spent, counts), &f.list[1]);
    assert_ptr_equal(faults_at(&f, VERB_RCPT, 2, spent, counts), &f.list[0]);
    assert_null(faults_at(&f, VERB_MAIL, 1, spent, counts));
    assert_ptr_equal(faults_of(&f, FAULTS_PACE, VERB_RCPT, 2, spent, counts), &f.list[1]);
    assert_ptr_equal(faults_of(&f, FAULTS_ANSWER, VERB_RCPT, 1, spent, counts), &f.list[2]);
    assert_ptr_equal(faults_of(&f, FAULTS_ANSWER, VERB_RCPT, 1, spent, counts), &f.list[2]);
    assert_ptr_equal(faults_of(&f, FAULTS_ANSWER, VERB_RCPT, 1, spent, counts), &f.list[3]);
    assert_int_equal(counts[0] + counts[1] + counts[3], 0); /* asked only where there is a limit */
}

static void stripping_is_asked_by_verb(void **state) {
    struct faults f = {0};

    (void)state;
    assert_int_equal(faults_add(&f, "auth=535", NULL), 0);
    assert_false(faults_stripped(&f, VERB_AUTH));
    assert_int_equal(faults_add(&f, "auth=strip", NULL), 0);
    assert_true(faults_stripped(&f, VERB_AUTH));
    assert_false(faults_stripped(&f, VERB_STARTTLS));
}

/* --- mailboxes and words --- */

static void every_mailbox_is_found_and_well_formed(void **state) {
    struct fault_mailbox scratch;
    const struct fault_mailbox *m;
    char upper[64];

    (void)state;
    for (size_t i = 0; (m = faults_mailbox_row(i)) != NULL; i++) {
        assert_ptr_equal(faults_mailbox(m->local, strlen(m->local), &scratch), m);
        for (size_t c = 0; c <= strlen(m->local); c++)
            upper[c] = (char)toupper((unsigned char)m->local[c]);
        assert_ptr_equal(faults_mailbox(upper, strlen(upper), &scratch), m);
        assert_null(faults_mailbox(m->local, strlen(m->local) - 1, &scratch) == m ? m : NULL);
        assert_true(m->at == VERB_RCPT || m->at == FAULT_AT_DOT);
        assert_int_equal(*m->text != '\0', m->action == FAULT_CODE);
        if (m->action == FAULT_CODE) /* the class of the code is the class of the enhanced one */
            assert_int_equal(m->text[0] - '0', m->number / 100);
        assert_true(strlen(m->help) > 5);
    }
    assert_null(faults_mailbox("bob", 3, &scratch));
    assert_null(faults_mailbox("", 0, &scratch));
}

static const struct {
    const char *local;
    int code; /* 0: an ordinary mailbox */
} codes[] = {{"199", 0}, {"200", 200}, {"421", 421}, {"599", 599}, {"600", 0},
             {"42", 0},  {"4210", 0},  {"4a1", 0},   {"42a", 0}};

static void three_digits_are_a_reply(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(codes); i++) {
        struct fault_mailbox scratch;
        const struct fault_mailbox *m = faults_mailbox(codes[i].local, strlen(codes[i].local), &scratch);

        assert_int_equal(m != NULL, codes[i].code != 0);
        if (m != NULL) {
            assert_int_equal(m->number, codes[i].code);
            assert_int_equal(m->action, FAULT_CODE);
            assert_int_equal(m->at, VERB_RCPT);
        }
    }
}

/* 2, 4 and 5 begin with an enhanced code of their class, 3 must not (RFC 2034 4). */
static void words_fit_their_code(void **state) {
    (void)state;
    for (int code = 0; code < 1000; code++) {
        const char *words = faults_words(code);
        int class = code / 100;

        assert_non_null(words);
        if (class == 2 || class == 4 || class == 5) {
            assert_int_equal(words[0] - '0', class);
            assert_int_equal(words[1], '.');
        } else {
            assert_false(isdigit((unsigned char)words[0]));
        }
    }
}

static void help_names_all_points_and_actions(void **state) {
    static const char *const words[] = {"greeting", "dot",   "handshake", "any",  "451",   "drop",
                                        "reset",    "stall", "delay",     "tear", "strip", "inject"};
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    assert_int_equal(faults_help(&out), 0);
    for (size_t i = 0; i < COUNT(words); i++)
        assert_non_null(strstr(out.data, words[i]));
    buf_free(&out);
    buf_init(&out, 100);
    assert_int_equal(faults_help(&out), -1);
    buf_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_read),
        cmocka_unit_test(wrong_options_are_explained),
        cmocka_unit_test(there_is_room_for_so_many),
        cmocka_unit_test(the_first_that_is_due_applies),
        cmocka_unit_test(stripping_is_asked_by_verb),
        cmocka_unit_test(every_mailbox_is_found_and_well_formed),
        cmocka_unit_test(three_digits_are_a_reply),
        cmocka_unit_test(words_fit_their_code),
        cmocka_unit_test(help_names_all_points_and_actions),
    };

    return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
