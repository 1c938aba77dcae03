/* server: the message. Where it ends, what must not be in it, how large it may be, what the host makes of it; BDAT. */
#include "server_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#define OPEN MAIL RCPT DATA
#define OPENED MAIL_OK RCPT_OK DATA_OK
#define QUEUED "250 2.0.0 Ok: queued as id\n"
#define TEXT_LF "554 5.6.0 LF without CR in the message: lines end in CR LF (RFC 5321 2.3.8)\n"
#define TEXT_CR "554 5.6.0 CR without LF in the message (RFC 5321 2.3.8)\n"
#define TEXT_NUL "554 5.6.0 NUL byte in the message (RFC 5322 3.5)\n"
#define TEXT_LONG "554 5.6.0 Line of the message too long: 1000 octets with CR LF (RFC 5321 4.5.3.1.6)\n"
#define TOO_LARGE "552 5.3.4 Message too large; EHLO says SIZE (RFC 1870 6)\n"
#define DECEIVES(what)                                                                                       \
    "554 5.5.2 " what                                                                                        \
    " looks like the end of a message, but only CRLF.CRLF is (RFC 5321 2.3.8): closing\n<close>"

/* What stands between 354 and the reply to the dot, NULs too. */
struct text {
    const char *wire;
    size_t n;
    const char *reply;
    const char *kept; /* as delivered; NULL: it is not */
};

#define TEXT(wire) wire, sizeof(wire) - 1

static const struct text texts[] = {
    /* dots (RFC 5321 4.5.2) */
    {TEXT(".\r\n"), QUEUED, ""},
    {TEXT("\r\n.\r\n"), QUEUED, "\r\n"},
    {TEXT("..\r\n.\r\n"), QUEUED, ".\r\n"},
    {TEXT("...\r\n.\r\n"), QUEUED, "..\r\n"},
    {TEXT(".x\r\n.\r\n"), QUEUED, "x\r\n"}, /* undoubled: it is lost, as the RFC says */
    {TEXT("a.\r\n..b\r\n.\r\n"), QUEUED, "a.\r\n.b\r\n"},
    {TEXT("a\r\n..\r\n..\r\n.\r\n"), QUEUED, "a\r\n.\r\n.\r\n"},
    {TEXT("caf\xc3\xa9\r\n.\r\n"), QUEUED, "caf\xc3\xa9\r\n"},
    /* an LF or a CR alone ends nothing; it is refused at the end */
    {TEXT("a\nb\r\n.\r\n"), TEXT_LF, NULL},
    {TEXT("\n\r\n.\r\n"), TEXT_LF, NULL},
    {TEXT("a\rb\r\n.\r\n"), TEXT_CR, NULL},
    {TEXT("a\r\r\n.\r\n"), TEXT_CR, NULL}, /* CR CR LF */
    {TEXT("a\n\rb\r\n.\r\n"), TEXT_LF, NULL},
    {TEXT("a\n..b\r\n.\r\n"), TEXT_LF, NULL},
    {TEXT("a\n.b\r\n.\r\n"), TEXT_LF, NULL},
    {TEXT("a\0b\r\n.\r\n"), TEXT_NUL, NULL},
    {TEXT("a\r\n\0.\r\n.\r\n"), TEXT_NUL, NULL},
    {TEXT("a\nb\0\r\n.\r\n"), TEXT_LF, NULL},  /* of two causes always the same is told, */
    {TEXT("a\0b\nc\r\n.\r\n"), TEXT_LF, NULL}, /* whichever comes first, in one block or in many */
    /* what only looks like the end */
    {TEXT("a\n.\nb\r\n.\r\n"), DECEIVES("LF.LF"), NULL},
    {TEXT("a\n.\r\nb\r\n.\r\n"), DECEIVES("LF.CRLF"), NULL},
    {TEXT("a\r\n.\nb\r\n.\r\n"), DECEIVES("CRLF.LF"), NULL},
    {TEXT("a\r.\rb\r\n.\r\n"), DECEIVES("CR.CR"), NULL},
    {TEXT("a\r.\r\nb\r\n.\r\n"), DECEIVES("CR.CRLF"), NULL},
    {TEXT("a\r\n.\rb\r\n.\r\n"), DECEIVES("CRLF.CR"), NULL},
    {TEXT("a\n.\rb\r\n.\r\n"), DECEIVES("LF.CR"), NULL},
    {TEXT("a\r.\nb\r\n.\r\n"), DECEIVES("CR.LF"), NULL},
    {TEXT(".\nb\r\n.\r\n"), DECEIVES("CRLF.LF"), NULL}, /* behind DATA's own CR LF */
    {TEXT(".\r\r\n.\r\n"), DECEIVES("CRLF.CR"), NULL},
    {TEXT("..\nb\r\n.\r\n"), TEXT_LF, NULL}, /* a doubled dot is none */
    {TEXT("a.\n.\r\n"), DECEIVES("LF.CRLF"), NULL},
    /* not the end yet */
    {TEXT("a\r\n.\r"), "", NULL},
    {TEXT("a\r\n."), "", NULL},
    {TEXT("a\r\n"), "", NULL},
    {TEXT("a\r"), "", NULL},
    {TEXT("a\n."), "", NULL},
};

static void check_pieces(const struct text *t, size_t piece) {
    struct lab lab;
    const char *said;
    const char *ends = strstr(t->reply, "<close>");

    lab_init(&lab);
    lab_run_ehlo(&lab, OPEN, strlen(OPEN));
    for (size_t at = 0; at < t->n; at += piece)
        lab_feed(&lab, t->wire + at, piece < t->n - at ? piece : t->n - at);
    said = strstr(lab.said.data, OPENED) + strlen(OPENED);
    if (strcmp(said, t->reply) != 0)
        print_error("row of %zu bytes: %s\n", t->n, t->wire);
    assert_string_equal(said, t->reply);
    if (t->kept != NULL) {
        size_t head = strlen("alice@example.org>bob@example.org:");

        assert_int_equal(lab.delivered.len, head + strlen(t->kept) + 1);
        assert_memory_equal(lab.delivered.data + head, t->kept, strlen(t->kept));
    }
    assert_int_equal(lab.committed, t->kept != NULL);
    if (ends == NULL)
        assert_int_equal(server_phase(lab.server), *t->reply != '\0' ? PHASE_READY : PHASE_DATA);
    lab_free(&lab);
    assert_int_equal(lab.opened, lab.committed + lab.abandoned);
}

/* In one block, and byte by byte. */
static void check_text(const struct text *t) {
    check_pieces(t, t->n);
    check_pieces(t, 1);
}

static void the_end_is_crlf_dot_crlf(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        check_text(&texts[i]);
}

/* What is smuggled behind a deceptive end is never carried out. */
static void nothing_is_smuggled(void **state) {
    static const char *const ends[] = {"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r"};

    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        char client[512];
        struct lab lab;

        snprintf(client, sizeof client,
                 OPEN
                 "a%sMAIL FROM:<mallory@example.org>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\nevil\r\n.\r\n",
                 ends[i]);
        lab_init(&lab);
        lab_run_ehlo(&lab, client, strlen(client));
        assert_int_equal(lab.committed, 0);
        assert_int_equal(lab.opened, 1);
        assert_int_equal(lab.abandoned, 1);
        lab_free(&lab);
    }
}

/* --- limits --- */

/* A line of n octets, CR LF included; `dot`: the first is a dot, doubled. */
static void check_line(size_t n, bool dot, const char *reply) {
    char text[2048];
    size_t at = dot ? 1 : 0;
    struct text t = {text, 0, reply, NULL};
    char kept[2048];

    memset(text, dot ? '.' : 'a', 2);
    memset(text + at + (dot ? 1 : 0), 'a', n);
    memcpy(text + at + n - 2, "\r\n.\r\n", 5);
    t.n = at + n + 3;
    snprintf(kept, sizeof kept, "%.*s", (int)n, text + at);
    if (strcmp(reply, QUEUED) == 0)
        t.kept = kept;
    check_text(&t);
}

static void text_lines_have_a_limit(void **state) {
    (void)state;
    for (int dot = 0; dot < 2; dot++) {
        check_line(999, dot, QUEUED);
        check_line(1000, dot, QUEUED);
        check_line(1001, dot, TEXT_LONG);
        check_line(1500, dot, TEXT_LONG);
    }
}

static const struct {
    size_t max;
    const char *reply;
} sizes[] = {{11, QUEUED}, {10, QUEUED}, {9, TOO_LARGE}, {1, TOO_LARGE}};

/* "12345\r\n..\r\n" is ten octets: a doubled dot does not count (RFC 1870 5). */
static void a_message_has_a_limit(void **state) {
    static const char client[] =
        OPEN "12345\r\n..\r\n.\r\n" MAIL RCPT "BDAT 5\r\n12345BDAT 5 LAST\r\n\r\n.\r\n";

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct lab lab;
        const char *said;

        lab_init(&lab);
        lab.config.size_max = sizes[i].max;
        said = lab_run_ehlo(&lab, client, strlen(client)) + strlen(OPENED);
        assert_memory_equal(said, sizes[i].reply, strlen(sizes[i].reply));
        assert_non_null(strstr(said + strlen(sizes[i].reply), sizes[i].reply));
        lab_free(&lab);
        assert_int_equal(lab.opened, 2);
        assert_int_equal(lab.opened, lab.committed + lab.abandoned);
    }
}

/* What is too large is not kept anywhere. */
static void too_much_data_is_thrown_away(void **state) {
    static char block[65536];
    struct lab lab;

    (void)state;
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = i % 64 == 62 ? '\r' : i % 64 == 63 ? '\n' : 'a';
    lab_init(&lab);
    lab.config.size_max = 100000;
    lab_run_ehlo(&lab, OPEN, strlen(OPEN));
    for (int i = 0; i < 64; i++)
        lab_feed(&lab, block, sizeof block);
    assert_int_equal(lab.abandoned, 1);
    assert_true(lab.message.len <= 100000);
    assert_int_equal(lab.rest.len, 0);
    buf_clear(&lab.said);
    lab_feed(&lab, ".\r\n" MAIL, 3 + strlen(MAIL));
    assert_string_equal(lab.said.data, TOO_LARGE MAIL_OK);
    lab_free(&lab);
}

/* A block without dots goes to the host in one piece. */
static void blocks_are_handed_on_whole(void **state) {
    struct lab lab;
    static const char block[] = "one\r\ntwo\r\nthree\r\n\r\nfour";

    (void)state;
    lab_init(&lab);
    lab_run_ehlo(&lab, OPEN, strlen(OPEN));
    lab_feed(&lab, block, strlen(block));
    assert_int_equal(lab.writes, 1);
    assert_string_equal(lab.message.data, block);
    lab_feed(&lab, "\r\n..five\r\nsix\r\n.\r\n", strlen("\r\n..five\r\nsix\r\n.\r\n"));
    assert_int_equal(lab.writes, 3);
    lab_free(&lab);
}

/* --- a host in trouble --- */

static void open_fails(struct lab *lab) {
    lab->fail_open = 1;
}

static void write_fails(struct lab *lab) {
    lab->fail_write = 1;
}

static void commit_fails(struct lab *lab) {
    lab->fail_commit = 1;
}

#define NO_ROOM "452 4.3.1 Insufficient system storage\n"
#define NOT_STORED "451 4.3.0 The message could not be stored, try again later\n"

static void trouble_of_the_host_is_told(void **state) {
    static const struct exchange opening[] = {
        {OPEN DATA "a\r\n.\r\n", MAIL_OK RCPT_OK NO_ROOM DATA_OK QUEUED},
        {MAIL RCPT "BDAT 3\r\nabcBDAT 0 LAST\r\nRSET\r\n",
         MAIL_OK RCPT_OK NO_ROOM "503 5.5.1 A chunk was refused: RSET (RFC 3030 4.2)\n" RSET_OK}};
    static const struct exchange writing[] = {
        {OPEN "a\r\n.\r\n" OPEN ".\r\n", OPENED NO_ROOM OPENED QUEUED},
        {MAIL RCPT "BDAT 3\r\nabcBDAT 0 LAST\r\nRSET\r\n",
         MAIL_OK RCPT_OK NO_ROOM "503 5.5.1 A chunk was refused: RSET (RFC 3030 4.2)\n" RSET_OK}};
    static const struct exchange committing[] = {
        {OPEN "a\r\n.\r\n" OPEN ".\r\n", OPENED NOT_STORED OPENED QUEUED},
        {MAIL RCPT "BDAT 3 LAST\r\nabc" OPEN, MAIL_OK RCPT_OK NOT_STORED OPENED}};

    (void)state;
    lab_check(opening, COUNT(opening), open_fails);
    lab_check(writing, COUNT(writing), write_fails);
    lab_check(committing, COUNT(committing), commit_fails);
}

/* --- BDAT (RFC 3030) --- */

#define TOOK(n) "250 2.0.0 " n " octets received\n"
#define START MAIL RCPT
#define STARTED MAIL_OK RCPT_OK
#define BAD_CHUNK                                                                                            \
    "501 5.5.4 Syntax: BDAT length [LAST]; what follows cannot be told from commands, closing\n<close>"
#define FAILED "503 5.5.1 A chunk was refused: RSET (RFC 3030 4.2)\n"
#define BEGUN "503 5.5.1 Bad sequence of commands: after BDAT come BDAT or RSET (RFC 3030 2)\n"

static const struct exchange chunks[] = {
    {START "BDAT 5 LAST\r\nabc\r\n" QUIT, STARTED QUEUED QUIT_OK},
    {START "BDAT 3\r\nabcBDAT 2\r\n\r\nBDAT 0 LAST\r\n" QUIT, STARTED TOOK("3") TOOK("2") QUEUED QUIT_OK},
    {START "bdat 00000000000000000000000000000005 last\r\n.\r\n\r\n" OPEN, STARTED QUEUED OPENED},
    {START "BDAT 4\r\nabc\rBDAT 1 LAST\r\n\n", STARTED TOOK("4") QUEUED}, /* a CR LF cut in two */
    {START "BDAT 0 LAST\r\n" START, STARTED QUEUED STARTED},
    {START "BDAT 0\r\nNOOP\r\nBDAT 0 LAST\r\n", STARTED TOOK("0") NOOP_OK QUEUED},
    /* the same text rules as in DATA, but nothing in a chunk looks like an end */
    {START "BDAT 7 LAST\r\na\n.\r\n\r\n" START, STARTED TEXT_LF STARTED},
    {START "BDAT 2 LAST\r\na\r" START, STARTED TEXT_CR STARTED},
    {START "BDAT 2\r\na\rBDAT 1\r\nb", STARTED TOOK("2") TEXT_CR},
    {START "BDAT 2\r\na\nBDAT 3\r\nabcBDAT 0 LAST\r\nRSET\r\n" START,
     STARTED TEXT_LF FAILED FAILED RSET_OK STARTED},
    /* order */
    {START "BDAT 1\r\na" RCPT DATA "RSET\r\nBDAT 1 LAST\r\na",
     STARTED TOOK("1") BEGUN BEGUN RSET_OK "503 5.5.1 Bad sequence of commands: MAIL first\n"},
    {START "BDAT 1\r\na" MAIL,
     STARTED TOOK("1") "503 5.5.1 Bad sequence of commands: a mail is under way, end it or RSET\n"},
    {"BDAT 6\r\nQUIT\r\nNOOP\r\n",
     "503 5.5.1 Bad sequence of commands: MAIL first\n" NOOP_OK}, /* QUIT is data */
    {MAIL "BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n",
     MAIL_OK "503 5.5.1 Bad sequence of commands: RCPT first\n" NOOP_OK},
    {MAIL "RCPT TO:<unknown@example.org>\r\nBDAT 1 LAST\r\na",
     MAIL_OK "550 5.1.1 No such user here\n554 5.5.1 No valid recipients (RFC 5321 3.3)\n"},
    /* a length that is none: what follows is nobody's guess */
    {START "BDAT\r\nNOOP\r\n", STARTED "501 5.5.4 Syntax: BDAT length [LAST] (RFC 3030 2)\n" NOOP_OK},
    {START "BDAT -1\r\n", STARTED BAD_CHUNK},
    {START "BDAT 99999999999999999999999\r\n", STARTED BAD_CHUNK},
    {START "BDAT 18446744073709551616\r\n", STARTED BAD_CHUNK},
    {START "BDAT 1 LASTLY\r\n", STARTED BAD_CHUNK},
    {START "BDAT 1  LAST\r\n", STARTED BAD_CHUNK},
    {START "BDAT 0x1\r\n", STARTED BAD_CHUNK},
    {START "BDAT LAST\r\n", STARTED BAD_CHUNK},
    {START "BDAT  LAST\r\n", STARTED BAD_CHUNK},
    /* failed until RSET; but what came too early is no failure of the mail */
    {START "BDAT 1\r\n\nBDAT 0 LAST\r\nBDAT 0 LAST\r\n" RCPT, STARTED TEXT_LF FAILED FAILED BEGUN},
    {MAIL "BDAT 1\r\na" RCPT DATA ".\r\n",
     MAIL_OK "503 5.5.1 Bad sequence of commands: RCPT first\n" RCPT_OK DATA_OK QUEUED},
};

static void chunks_make_a_message(void **state) {
    static const char three[] = START "BDAT 4\r\n.\r\n.BDAT 0\r\nBDAT 2\r\n\r\nBDAT 3 LAST\r\n..\n";
    struct lab lab;

    (void)state;
    lab_check(chunks, COUNT(chunks), NULL);
    lab_init(&lab);
    lab_run_ehlo(&lab, START "BDAT 4\r\n.\r\n.BDAT 2\r\n\r\nBDAT 4 LAST\r\n..\r\n",
                 strlen(START "BDAT 4\r\n.\r\n.BDAT 2\r\n\r\nBDAT 4 LAST\r\n..\r\n"));
    assert_string_equal(lab.delivered.data, "alice@example.org>bob@example.org:.\r\n.\r\n..\r\n|");
    lab_free(&lab);
    lab_init(&lab);
    lab_run_ehlo(&lab, three, strlen(three));
    assert_int_equal(lab.committed, 0);
    lab_free(&lab);
}

/* The host hears of it at once, not only when the next mail begins. */
static void a_dropped_message_is_abandoned_at_once(void **state) {
    static const char *const drops[] = {"RSET\r\n", EHLO, HELO, "BDAT 1\r\n\n"};

    (void)state;
    for (size_t i = 0; i < COUNT(drops); i++) {
        struct lab lab;

        lab_init(&lab);
        lab_run_ehlo(&lab, START "BDAT 1\r\na", strlen(START "BDAT 1\r\na"));
        assert_int_equal(lab.abandoned, 0);
        lab_feed(&lab, drops[i], strlen(drops[i]));
        assert_int_equal(lab.abandoned, 1);
        lab_free(&lab);
        assert_int_equal(lab.abandoned, 1);
    }
}

/* Empty chunks move nothing on. */
static void empty_chunks_have_a_limit(void **state) {
    struct lab lab;

    (void)state;
    lab_init(&lab);
    lab_run_ehlo(&lab, START, strlen(START));
    for (int i = 0; i < SERVER_IDLE_COMMANDS_MAX - 1; i++) /* EHLO was the first */
        lab_feed(&lab, "BDAT 0\r\n", 8);
    buf_clear(&lab.said);
    lab_feed(&lab, "BDAT 0\r\nNOOP\r\n", 14);
    assert_string_equal(lab.said.data,
                        TOOK("0") "421 4.7.0 Too many commands without a mail, closing\n<close>");
    lab_free(&lab);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_is_crlf_dot_crlf),
        cmocka_unit_test(nothing_is_smuggled),
        cmocka_unit_test(text_lines_have_a_limit),
        cmocka_unit_test(a_message_has_a_limit),
        cmocka_unit_test(too_much_data_is_thrown_away),
        cmocka_unit_test(blocks_are_handed_on_whole),
        cmocka_unit_test(trouble_of_the_host_is_told),
        cmocka_unit_test(chunks_make_a_message),
        cmocka_unit_test(a_dropped_message_is_abandoned_at_once),
        cmocka_unit_test(empty_chunks_have_a_limit),
    };

    return cmocka_run_group_tests_name("server_data", tests, NULL, NULL);
}
