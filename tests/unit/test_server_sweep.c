/*
 * server: it makes no difference how the bytes arrive. Every session here is fed whole, cut in two at every byte, and
 * one byte at a time; and every session may end at every byte.
 */
#include "server_fixture.h"

#define LOGIN "AUTH LOGIN\r\nYWxpY2U=\r\nc2VjcmV0\r\n"
#define MESSAGE "Subject: One\r\n\r\n..\r\n...two\r\n\r\nlast.\r\n.\r\n"
#define CHUNKS "BDAT 7\r\na\r\n.\r\nbBDAT 0\r\nBDAT 3\r\n\r\n.BDAT 4 LAST\r\n\r\nc\r"
#define GOOD                                                                                                 \
    EHLO LOGIN MAIL RCPT "RCPT TO:<carol@example.org>\r\n" DATA MESSAGE MAIL RCPT CHUNKS                     \
                         "RSET\r\n" MAIL RCPT DATA ".\r\n"                                                   \
                         "BDAT 4\r\nQUIT" MAIL RCPT "BDAT 3 LAST\r\nd\r\n" QUIT

static const char *const sessions[] = {
    GOOD,
    /* ends that are none, each of which closes; refused lines; cancelled logins */
    EHLO MAIL RCPT DATA "a\r\n.\rb",
    EHLO MAIL RCPT DATA "a\n.\r\nb",
    EHLO MAIL RCPT DATA "a\r\n.\nb",
    EHLO MAIL RCPT DATA "a\r.\rb",
    EHLO MAIL RCPT DATA "a\nb\r\r\n..\r\n\r.c\n..\r\n.\r\nNOOP\r\n",
    "NOOP\n\nNO\rOP\r\n\r\nNOOP\r\r\nNOOP\n\r\nNOOP\r\n" EHLO
    "AUTH LOGIN\r\n\nNOOP\r\nAUTH PLAIN\r\n*\r\nAUTH CRAM-MD5\r\n"
    "AUTH XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciB4AQE=\r\n\r\nQUIT \r\n",
    EHLO MAIL RCPT "BDAT 4\r\na\r\r\nBDAT 1\r\n\nBDAT 0 LAST\r\nRSET\r\nBDAT x\r\n",
    "GET / HTTP/1.1\r\n",
    "\x16\x03\x01\x02",
};

/* Feed it in pieces: the first of `first` bytes, the others of `piece` bytes. */
static void run(struct lab *lab, const char *bytes, size_t n, size_t first, size_t piece) {
    lab_init(lab);
    lab_begin(lab);
    for (size_t at = 0, len = first; at < n; at += len, len = piece) {
        if (len > n - at)
            len = n - at;
        lab_feed(lab, bytes + at, len);
    }
}

static void same(const struct lab *a, const struct lab *b, size_t at) {
    if (strcmp(a->said.data, b->said.data) != 0 || strcmp(a->delivered.data, b->delivered.data) != 0)
        print_error("cut at byte %zu\n", at);
    assert_string_equal(a->said.data, b->said.data);
    assert_int_equal(a->delivered.len, b->delivered.len);
    assert_memory_equal(a->delivered.data, b->delivered.data, a->delivered.len);
    assert_int_equal(a->act, b->act);
}

static void it_makes_no_difference_how_bytes_arrive(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(sessions); i++) {
        size_t n = strlen(sessions[i]);
        struct lab whole, cut;

        run(&whole, sessions[i], n, n, n);
        for (size_t at = 1; at <= n; at++) {
            run(&cut, sessions[i], n, at, n);
            same(&whole, &cut, at);
            lab_free(&cut);
        }
        for (size_t piece = 1; piece <= 5; piece++) {
            run(&cut, sessions[i], n, piece, piece);
            same(&whole, &cut, piece);
            lab_free(&cut);
        }
        lab_free(&whole);
    }
}

static void the_good_session_is_good(void **state) {
    struct lab lab;

    (void)state;
    run(&lab, GOOD, strlen(GOOD), 7, 11);
    assert_string_equal(
        lab.delivered.data,
        "alice@example.org>bob@example.org,carol@example.org:Subject: One\r\n\r\n.\r\n..two\r\n\r\n"
        "last.\r\n|alice@example.org>bob@example.org:|alice@example.org>bob@example.org:d\r\n|");
    assert_non_null(strstr(lab.said.data, "221"));
    lab_free(&lab);
}

/* Where the messages of the good session end: the byte behind. A message is there then, and not one byte before. */
static unsigned ended(const char *bytes, size_t n) {
    static const char *const ends[] = {"last.\r\n.\r\n", "DATA\r\n.\r\n", "LAST\r\nd\r\n"};
    unsigned count = 0;

    for (size_t i = 0; i < COUNT(ends); i++)
        if ((size_t)(strstr(bytes, ends[i]) - bytes) + strlen(ends[i]) <= n)
            count++;
    return count;
}

static void a_session_may_end_at_every_byte(void **state) {
    struct lab whole;

    (void)state;
    run(&whole, GOOD, strlen(GOOD), strlen(GOOD), 1);
    for (size_t n = 0; n <= strlen(GOOD); n++) {
        struct lab lab;

        run(&lab, GOOD, n, n, n);
        assert_memory_equal(lab.said.data, whole.said.data, lab.said.len);
        assert_memory_equal(lab.delivered.data, whole.delivered.data, lab.delivered.len);
        assert_int_equal(lab.committed, ended(GOOD, n));
        lab_free(&lab);
        assert_int_equal(lab.opened, lab.committed + lab.abandoned); /* that open one, once */
    }
    lab_free(&whole);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_makes_no_difference_how_bytes_arrive),
        cmocka_unit_test(the_good_session_is_good),
        cmocka_unit_test(a_session_may_end_at_every_byte),
    };

    return cmocka_run_group_tests_name("server_sweep", tests, NULL, NULL);
}
