/* server: trouble on purpose, by option and by mailbox, and the weaknesses of the attack lab. */
#include "server_fixture.h"

#include <stdio.h>

#define QUEUED "250 2.0.0 Ok: queued as id\n"
#define START MAIL RCPT
#define STARTED MAIL_OK RCPT_OK

/* --- by option --- */

static const struct {
    const char *fault;
    const char *client; /* after EHLO */
    const char *server;
} faults[] = {
    {"mail=451", MAIL MAIL RCPT,
     "451 4.3.0 Local error, try later (on purpose)\n451 4.3.0 Local error, try later (on purpose)\n"
     "503 5.5.1 Bad sequence of commands: MAIL first\n"},
    {"mail=451*2", MAIL MAIL MAIL,
     "451 4.3.0 Local error, try later (on purpose)\n451 4.3.0 Local error, try later (on "
     "purpose)\n" MAIL_OK},
    {"rcpt:2=550", MAIL RCPT RCPT RCPT, STARTED "550 5.1.1 Mailbox unavailable (on purpose)\n" RCPT_OK},
    {"rcpt:1=251", MAIL RCPT RCPT DATA,
     MAIL_OK
     "251 2.1.5 User not local; will forward (on purpose)\n" RCPT_OK DATA_OK}, /* good news: it is done */
    {"data=250", START DATA DATA, STARTED "250 2.0.0 Ok (on purpose)\n250 2.0.0 Ok (on purpose)\n"},
    {"data=354", START DATA ".\r\n", STARTED "354 Go on (on purpose)\n" QUEUED},
    {"data=drop", START DATA "x", STARTED "<close>"},
    {"data=421", START DATA DATA, STARTED "421 4.3.2 Service closing the connection (on purpose)\n<close>"},
    {"rcpt=reset", MAIL RCPT, MAIL_OK "<reset>"}, /* what was said before has left */
    {"rcpt=stall", MAIL RCPT DATA, MAIL_OK "<stall>"},
    {"quit=500", QUIT QUIT,
     "500 5.5.2 Command not recognized (on purpose)\n500 5.5.2 Command not recognized (on purpose)\n"},
    {"noop=999", "NOOP\r\n", "999 No such code exists in SMTP (on purpose)\n"},
    {"any:3=421", "NOOP\r\nNOOP\r\n",
     NOOP_OK "421 4.3.2 Service closing the connection (on purpose)\n<close>"},
    {"auth=454", "AUTH PLAIN\r\n", "454 4.7.0 Not available for the moment (on purpose)\n"},
    {"rcpt=delay:300", MAIL RCPT, STARTED "<14 300ms 0>"},
    {"rcpt=tear", MAIL RCPT, STARTED "<14 0ms 1>"},
    {"rcpt=tear:7", RCPT, "503 5.5.1 Bad sequence of commands: MAIL first\n<0 0ms 7>"},
    {"quit=delay:1", QUIT, "221 2.0.0 Bye\n<0 1ms 0><close>"},
    /* the dot: a code refuses, silence delivers */
    {"dot=452", START DATA ".\r\n" MAIL,
     STARTED DATA_OK "452 4.3.1 No room, try later (on purpose)\n" MAIL_OK},
    {"dot=drop", START DATA ".\r\n" MAIL, STARTED DATA_OK "<close>"},
    {"dot=delay:5", START DATA ".\r\n", STARTED DATA_OK QUEUED "<65 5ms 0>"},
    {"dot=451", START "BDAT 1\r\naBDAT 0 LAST\r\n" MAIL,
     STARTED "250 2.0.0 1 octets received\n451 4.3.0 Local error, try later (on purpose)\n" MAIL_OK},
    {"bdat=451", START "BDAT 6\r\nQUIT\r\nBDAT 0 LAST\r\nRSET\r\n",
     STARTED "451 4.3.0 Local error, try later (on purpose)\n451 4.3.0 Local error, try later (on "
             "purpose)\n" RSET_OK},
    {"bdat:2=drop", START "BDAT 1\r\naBDAT 1\r\nb", STARTED "250 2.0.0 1 octets received\n<close>"},
    /* TLS */
    {"starttls=454", "STARTTLS\r\n", "454 4.7.0 Not available for the moment (on purpose)\n"},
    {"starttls=354", "STARTTLS\r\nNOOP\r\n", "354 Go on (on purpose)\n" NOOP_OK},
    {"starttls=tear:5", "STARTTLS\r\n", "220 2.0.0 Ready to start TLS\n<0 0ms 5><starttls>"},
    {"starttls=strip", "STARTTLS\r\n", "500 5.5.2 Command not recognized\n"},
    {"starttls=inject", "STARTTLS\r\n",
     "220 2.0.0 Ready to start TLS\n250-mail.example.test injected in plain text\n250 AUTH PLAIN "
     "LOGIN\n<starttls>"},
    {"handshake=drop", "STARTTLS\r\n", "220 2.0.0 Ready to start TLS\n<close>"},
    {"handshake=stall", "STARTTLS\r\n", "220 2.0.0 Ready to start TLS\n<stall>"},
    {"handshake=reset", "STARTTLS\r\n", "220 2.0.0 Ready to start TLS\n<reset>"},
    {"handshake=delay:9", "STARTTLS\r\n", "220 2.0.0 Ready to start TLS\n<30 9ms 0><starttls>"},
};

static void options_make_trouble(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++) {
        struct lab lab;
        const char *said;

        lab_init(&lab);
        lab_fault(&lab, faults[i].fault);
        said = lab_run_ehlo(&lab, faults[i].client, strlen(faults[i].client));
        if (strcmp(said, faults[i].server) != 0)
            print_error("%s\n", faults[i].fault);
        assert_string_equal(said, faults[i].server);
        if (lab.act == SERVER_STALL)
            assert_int_equal(lab.rest.len, 0); /* heard, not answered */
        lab_free(&lab);
        assert_int_equal(lab.opened, lab.committed + lab.abandoned);
    }
}

/* At the dot a code refuses; silence delivers, and leaves the client in doubt. */
static void silence_at_the_dot_delivers(void **state) {
    static const struct {
        const char *fault;
        const char *recipient;
        unsigned delivered;
    } rows[] = {
        {"dot=452", RCPT, 0},
        {"dot=250", RCPT, 1},
        {"dot=drop", RCPT, 1},
        {"dot=reset", RCPT, 1},
        {"dot=stall", RCPT, 1},
        {"dot=delay:1", RCPT, 1},
        {"dot=421", RCPT, 0},
        {"noop=500", RCPT, 1},
        {"noop=500", "RCPT TO:<late@example.org>\r\n", 0},
        {"dot=drop", "RCPT TO:<late@example.org>\r\n", 1},
        {"noop=500", "RCPT TO:<dropdot@example.org>\r\n", 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char client[512];
        struct lab lab;

        snprintf(client, sizeof client, MAIL "%sDATA\r\n.\r\n", rows[i].recipient);
        lab_init(&lab);
        lab_fault(&lab, rows[i].fault);
        lab_run_ehlo(&lab, client, strlen(client));
        assert_int_equal(lab.committed, rows[i].delivered);
        assert_int_equal(lab.abandoned, 1 - rows[i].delivered);
        if (strcmp(rows[i].fault, "dot=drop") == 0)
            assert_non_null(strstr(lab.said.data, DATA_OK "<close>"));
        lab_free(&lab);
    }
}

static const struct {
    const char *fault;
    const char *server; /* to a client that says NOOP and QUIT */
} greetings[] = {
    {"greeting=421", "421 4.3.2 Service closing the connection (on purpose)\n<close>"},
    {"greeting=554", "554 5.0.0 Transaction failed (on purpose)\n"
                     "503 5.5.1 There is no service here, as the greeting said: QUIT\n" QUIT_OK},
    {"greeting=220", "220 2.0.0 Ready (on purpose)\n" NOOP_OK QUIT_OK},
    {"greeting=drop", "<close>"},
    {"greeting=reset", "<reset>"},
    {"greeting=stall", "<stall>"},
    {"greeting=delay:10", GREETING "<0 10ms 0>" NOOP_OK QUIT_OK},
    {"greeting=tear", GREETING "<0 0ms 1>" NOOP_OK QUIT_OK},
    {"greeting:2=421", GREETING NOOP_OK QUIT_OK},
};

static void the_greeting_can_go_wrong(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(greetings); i++) {
        struct lab lab;

        lab_init(&lab);
        lab_fault(&lab, greetings[i].fault);
        lab_run(&lab, "NOOP\r\n" QUIT, strlen("NOOP\r\n" QUIT));
        assert_string_equal(lab.said.data, greetings[i].server);
        lab_free(&lab);
    }
}

static const struct {
    const char *fault;
    const char *line; /* of EHLO's reply */
} stripped[] = {{"starttls=strip", "STARTTLS"},
                {"auth=strip", "AUTH"},
                {"bdat=strip", "CHUNKING"},
                {"help=strip", "HELP"}};

static void what_is_stripped_is_not_offered(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(stripped); i++) {
        struct lab lab;

        lab_init(&lab);
        lab_run(&lab, EHLO, strlen(EHLO));
        assert_non_null(strstr(lab.said.data, stripped[i].line));
        lab_free(&lab);
        lab_init(&lab);
        lab_fault(&lab, stripped[i].fault);
        lab_run(&lab, EHLO, strlen(EHLO));
        assert_null(strstr(lab.said.data, stripped[i].line));
        lab_free(&lab);
    }
}

/* A delay and an answer at one point both hold. */
static void late_and_wrong(void **state) {
    struct lab lab;

    (void)state;
    lab_init(&lab);
    lab_fault(&lab, "rcpt=delay:20");
    lab_fault(&lab, "any=tear:3");
    lab_fault(&lab, "rcpt:2=450");
    assert_string_equal(lab_run_ehlo(&lab, MAIL RCPT RCPT, strlen(MAIL RCPT RCPT)),
                        MAIL_OK "<0 0ms 3>" RCPT_OK
                                "<0 20ms 3>450 4.2.1 Mailbox unavailable, try later (on purpose)\n"
                                "<0 20ms 0>");
    lab_free(&lab);
}

/* Whoever begins TLS at once is asked before the handshake. */
static void immediate_tls_can_go_wrong(void **state) {
    struct lab lab;
    struct buf out;
    struct server *s;
    size_t taken;

    (void)state;
    lab_init(&lab);
    buf_init(&out, SERVER_OUT_MAX);
    s = server_new(&lab.config, NULL);
    assert_int_equal(server_handshake(s, &out), SERVER_STARTTLS);
    assert_int_equal(server_greet(s, true, &out), SERVER_MORE);
    assert_int_equal(server_feed(s, EHLO, strlen(EHLO), &taken, &out), SERVER_MORE);
    assert_null(strstr(out.data, "STARTTLS"));
    server_free(s);
    lab_fault(&lab, "handshake=reset");
    s = server_new(&lab.config, NULL);
    buf_clear(&out);
    assert_int_equal(server_handshake(s, &out), SERVER_RESET);
    assert_int_equal(out.len, 0);
    server_free(s);
    buf_free(&out);
    lab_free(&lab);
}

/* --- by mailbox --- */

static const struct {
    const char *mailbox;
    const char *server; /* to RCPT, DATA and a dot */
} mailboxes[] = {
    {"full@example.org",
     "452 4.2.2 Mailbox full, try again later\n554 5.5.1 No valid recipients (RFC 5321 3.3)\n"},
    {"FULL@example.test",
     "452 4.2.2 Mailbox full, try again later\n554 5.5.1 No valid recipients (RFC 5321 3.3)\n"},
    {"fuller@example.org", RCPT_OK DATA_OK QUEUED},
    {"closing@example.org", "421 4.3.2 Service shutting down, closing the connection\n<close>"},
    {"away@example.org",
     "251 2.1.5 User not local; will forward to <home@elsewhere.example.org>\n" DATA_OK QUEUED},
    {"late@example.org", RCPT_OK DATA_OK "554 5.6.0 Message content refused\n"},
    {"drop@example.org", "<close>"},
    {"dropdot@example.org", RCPT_OK DATA_OK "<close>"},
    {"reset@example.org", "<reset>"},
    {"stall@example.org", "<stall>"},
    {"torn@example.org", RCPT_OK "<14 0ms 1>" DATA_OK QUEUED},
    {"slow@example.org", RCPT_OK "<14 3000ms 0>" DATA_OK QUEUED},
    {"slowdot@example.org", RCPT_OK DATA_OK QUEUED "<0 3000ms 0>"},
    {"421@example.org", "421 4.3.2 Service closing the connection (on purpose)\n<close>"},
    {"250@example.org", "250 2.0.0 Ok (on purpose)\n" DATA_OK QUEUED},
    {"354@example.org", "354 Go on (on purpose)\n554 5.5.1 No valid recipients (RFC 5321 3.3)\n"},
    {"599@example.org",
     "599 5.0.0 Trouble for good (on purpose)\n554 5.5.1 No valid recipients (RFC 5321 3.3)\n"},
    {"600@example.org", RCPT_OK DATA_OK QUEUED},
    {"199@example.org", RCPT_OK DATA_OK QUEUED},
    {"45@example.org", RCPT_OK DATA_OK QUEUED},
    {"4510@example.org", RCPT_OK DATA_OK QUEUED},
};

static void mailboxes_make_trouble(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(mailboxes); i++) {
        char client[512];
        struct lab lab;
        const char *said;

        snprintf(client, sizeof client, MAIL "RCPT TO:<%s>\r\nDATA\r\n", mailboxes[i].mailbox);
        lab_init(&lab);
        lab_run_ehlo(&lab, client, strlen(client));
        if (server_phase(lab.server) == PHASE_DATA)
            lab_feed(&lab, ".\r\n", 3);
        said = strstr(lab.said.data, MAIL_OK) + strlen(MAIL_OK);
        if (strcmp(said, mailboxes[i].server) != 0)
            print_error("%s\n", mailboxes[i].mailbox);
        assert_string_equal(said, mailboxes[i].server);
        lab_free(&lab);
        assert_int_equal(lab.opened, lab.committed + lab.abandoned);
    }
}

static bool first_time(void *arg, const char *address) {
    struct lab *lab = arg;
    bool first = strcmp(lab->message.data, address) != 0;

    buf_clear(&lab->message);
    buf_add_text(&lab->message, address);
    return first;
}

static void grey_mail_comes_again(void **state) {
    static const char twice[] = MAIL "RCPT TO:<grey@example.org>\r\nRCPT TO:<grey@example.org>\r\n"
                                     "RCPT TO:<grey@example.test>\r\n";
    struct lab lab;

    (void)state;
    lab_init(&lab);
    lab.host.first_time = first_time;
    assert_string_equal(lab_run_ehlo(&lab, twice, strlen(twice)),
                        MAIL_OK "450 4.7.1 Greylisted: never seen before, try again in a moment\n" RCPT_OK
                                "450 4.7.1 Greylisted: never seen before, try again in a moment\n");
    lab_free(&lab);
}

/* A late refusal is for the mail that names the mailbox, not for the next one. */
static void a_refused_recipient_is_not_delivered_to(void **state) {
    static const char client[] =
        MAIL RCPT "RCPT TO:<unknown@example.org>\r\nRCPT TO:<late@example.org>\r\nRSET\r\n" MAIL
                  "RCPT TO:<full@example.org>\r\n" RCPT
                  "RCPT TO:<550@example.org>\r\nRCPT TO:<carol@example.org>\r\n" DATA ".\r\n";
    struct lab lab;

    (void)state;
    lab_init(&lab);
    lab_run_ehlo(&lab, client, strlen(client));
    assert_string_equal(lab.delivered.data, "alice@example.org>bob@example.org,carol@example.org:|");
    lab_free(&lab);
}

/* --- wrong on purpose --- */

static void weak(struct lab *lab, const char *name) {
    lab_init(lab);
    lab->config.weak = server_weak_named(name);
    assert_true(lab->config.weak != 0);
}

static void a_weak_server_says_so(void **state) {
    struct lab lab;
    const char *name;
    const char *help = NULL;
    unsigned all = 0;

    (void)state;
    for (size_t i = 0; (name = server_weak_row(i, &help)) != NULL; i++) {
        assert_non_null(help);
        all |= server_weak_named(name);
        weak(&lab, name);
        lab_begin(&lab);
        assert_non_null(strstr(lab.said.data, "WEAK ON PURPOSE: "));
        assert_non_null(strstr(lab.said.data, name));
        lab_free(&lab);
    }
    assert_int_equal(all, 15);
    assert_int_equal(server_weak_named("strong"), 0);
    lab_init(&lab);
    lab.config.weak = all;
    lab_begin(&lab);
    assert_string_equal(lab.said.data,
                        "220 mail.example.test ESMTP smtplab sandbox, WEAK ON PURPOSE: smuggling, "
                        "starttls-injection, auth-in-clear, header-injection\n");
    lab_free(&lab);
}

/* Each with the strict server beside it. */
static const struct {
    const char *client;
    unsigned weak, strict; /* messages delivered */
} smuggled[] = {
    {START DATA "a\n.\nMAIL FROM:<mallory@example.org>\nRCPT TO:<bob@example.org>\nDATA\nevil\n.\n", 2, 0},
    {START DATA "a\n.\r\n" START DATA "b\r\n.\r\n", 2, 0},
    {START DATA "a\r\n.\n" START DATA "b\r\n.\r\n", 2, 0},
    {START DATA "a\r\n.\r\n", 1, 1},
    {START DATA "a\r.\r" START DATA "b\r\n.\r\n", 0, 0}, /* CR is nothing even to the weak */
    {START DATA "a\n..b\n.\n", 1, 0},
};

static void smuggling_works_on_the_weak_only(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(smuggled); i++)
        for (int is_weak = 0; is_weak < 2; is_weak++) {
            struct lab lab;

            lab_init(&lab);
            lab.config.weak = is_weak ? SERVER_WEAK_SMUGGLING : 0;
            lab_run_ehlo(&lab, smuggled[i].client, strlen(smuggled[i].client));
            assert_int_equal(lab.committed, is_weak ? smuggled[i].weak : smuggled[i].strict);
            lab_free(&lab);
        }
}

static void text_behind_starttls_is_obeyed_by_the_weak(void **state) {
    struct lab lab;

    (void)state;
    weak(&lab, "starttls-injection");
    assert_non_null(strstr(lab_run_ehlo(&lab, "STARTTLS\r\n" EHLO MAIL, strlen("STARTTLS\r\n" EHLO MAIL)),
                           "ENHANCEDSTATUSCODES\n" MAIL_OK));
    assert_true(server_keeps_plain_text(lab.server));
    lab_free(&lab);
}

static void auth_in_clear_is_offered_by_the_weak(void **state) {
    struct lab lab;

    (void)state;
    weak(&lab, "auth-in-clear");
    lab.config.auth_in_clear = false;
    assert_string_equal(lab_run_ehlo(&lab, "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n", 33),
                        "235 2.7.0 Authentication succeeded\n");
    assert_non_null(strstr(lab.said.data, "250-AUTH LOGIN"));
    lab_free(&lab);
}

static const struct {
    const char *header;
    const char *recipients;
} injected[] = {
    {"Subject: x\r\nBcc: mallory@example.test\r\n\r\n", "bob@example.org,mallory@example.test"},
    {"bcc:<a@example.org>,\r\n B <b@example.org>, c@example.org \r\n\r\nBcc: d@example.org\r\n",
     "bob@example.org,a@example.org,b@example.org,c@example.org"},
    {"Bcc: , nobody, <, @\r\nX-Bcc: a@example.org\r\n\r\n", "bob@example.org"},
    {"Bcc:\r\n", "bob@example.org"},
    {"Bcc", "bob@example.org"},
    {"", "bob@example.org"},
};

static void bcc_is_believed_by_the_weak(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(injected); i++)
        for (int is_weak = 0; is_weak < 2; is_weak++) {
            char client[1024];
            char delivered[1024];
            struct lab lab;

            snprintf(client, sizeof client, START "BDAT %zu LAST\r\n%s", strlen(injected[i].header),
                     injected[i].header);
            snprintf(delivered, sizeof delivered, "alice@example.org>%s:%s|",
                     is_weak ? injected[i].recipients : "bob@example.org", injected[i].header);
            lab_init(&lab);
            lab.config.weak = is_weak ? SERVER_WEAK_HEADER_INJECTION : 0;
            lab_run_ehlo(&lab, client, strlen(client));
            assert_string_equal(lab.delivered.data, delivered);
            lab_free(&lab);
        }
}

/* Each mail has a header of its own. */
static void bcc_is_forgotten_with_its_mail(void **state) {
    static const char client[] = START DATA "Bcc: mallory@example.test\r\n\r\n.\r\n" START DATA "\r\n.\r\n";
    struct lab lab;

    (void)state;
    weak(&lab, "header-injection");
    lab_run_ehlo(&lab, client, strlen(client));
    assert_non_null(strstr(lab.delivered.data, "|alice@example.org>bob@example.org:\r\n|"));
    lab_free(&lab);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_make_trouble),
        cmocka_unit_test(silence_at_the_dot_delivers),
        cmocka_unit_test(the_greeting_can_go_wrong),
        cmocka_unit_test(what_is_stripped_is_not_offered),
        cmocka_unit_test(late_and_wrong),
        cmocka_unit_test(immediate_tls_can_go_wrong),
        cmocka_unit_test(mailboxes_make_trouble),
        cmocka_unit_test(grey_mail_comes_again),
        cmocka_unit_test(a_refused_recipient_is_not_delivered_to),
        cmocka_unit_test(a_weak_server_says_so),
        cmocka_unit_test(smuggling_works_on_the_weak_only),
        cmocka_unit_test(text_behind_starttls_is_obeyed_by_the_weak),
        cmocka_unit_test(auth_in_clear_is_offered_by_the_weak),
        cmocka_unit_test(bcc_is_believed_by_the_weak),
        cmocka_unit_test(bcc_is_forgotten_with_its_mail),
    };

    return cmocka_run_group_tests_name("server_fault", tests, NULL, NULL);
}
