/* server: greetings, commands and their order, envelope and its limits. The message: test_server_data.c. */
#include "server_fixture.h"

#include "../../lib/address.h"

#include <stdio.h>

/* --- whole sessions --- */

static const struct {
    const char *client;
    const char *server; /* behind the greeting */
    const char *delivered;
} sessions[] = {
    /* a mail; then the null sender, a source route, postmaster, small letters */
    {EHLO MAIL RCPT DATA "Subject: One\r\n\r\n..dot\r\n.\r\n" QUIT,
     EHLO_REPLY MAIL_OK RCPT_OK DATA_OK "250 2.0.0 Ok: queued as id\n" QUIT_OK,
     "alice@example.org>bob@example.org:Subject: One\r\n\r\n.dot\r\n|"},
    {HELO MAIL RCPT DATA ".\r\nmail from: <>\r\nrcpt to:<@relay.example.org:Carol@example.org>\r\n"
                         "Rcpt To:<postmaster>\r\ndata  \r\nx\r\n.\r\nquit\r\n",
     "250 mail.example.test greets client.example.test\n" MAIL_OK RCPT_OK DATA_OK
     "250 2.0.0 Ok: queued as id\n" MAIL_OK RCPT_OK RCPT_OK DATA_OK "250 2.0.0 Ok: queued as id\n" QUIT_OK,
     "alice@example.org>bob@example.org:|>Carol@example.org,postmaster:x\r\n|"},
    /* RSET, EHLO and HELO drop a mail */
    {EHLO MAIL RCPT "RSET\r\n" RCPT MAIL HELO DATA EHLO MAIL RCPT EHLO DATA,
     EHLO_REPLY MAIL_OK RCPT_OK RSET_OK
     "503 5.5.1 Bad sequence of commands: MAIL first\n" MAIL_OK
     "250 mail.example.test greets client.example.test\n503 5.5.1 Bad sequence of commands: MAIL "
     "first\n" EHLO_REPLY MAIL_OK RCPT_OK EHLO_REPLY "503 5.5.1 Bad sequence of commands: MAIL first\n",
     ""},
    /* nothing is done before EHLO, and nothing after QUIT */
    {MAIL RCPT DATA
     "BDAT 3\r\nabcSTARTTLS\r\nAUTH PLAIN\r\nRSET\r\nNOOP x\r\nVRFY bob\r\nEXPN all\r\n" QUIT QUIT,
     "503 5.5.1 Bad sequence of commands: EHLO first\n503 5.5.1 Bad sequence of commands: EHLO first\n"
     "503 5.5.1 Bad sequence of commands: EHLO first\n503 5.5.1 Bad sequence of commands: EHLO first\n"
     "503 5.5.1 Bad sequence of commands: EHLO first\n503 5.5.1 Bad sequence of commands: EHLO "
     "first\n" RSET_OK NOOP_OK
     "252 2.5.2 Cannot verify the user, but will accept a message and attempt delivery\n"
     "502 5.5.1 EXPN is not available here\n" QUIT_OK,
     ""},
};

static void sessions_go_as_they_should(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(sessions); i++) {
        struct lab lab;

        lab_init(&lab);
        lab_run(&lab, sessions[i].client, strlen(sessions[i].client));
        assert_memory_equal(lab.said.data, GREETING, strlen(GREETING));
        assert_string_equal(lab.said.data + strlen(GREETING), sessions[i].server);
        assert_string_equal(lab.delivered.data, sessions[i].delivered);
        lab_free(&lab);
    }
}

/* --- one exchange, after EHLO --- */

#define BAD_SENDER "501 5.1.7 Bad sender address syntax (RFC 5321 4.1.2)\n"
#define BAD_RECIPIENT "501 5.1.3 Bad recipient address syntax (RFC 5321 4.1.2)\n"
#define BRACKETS "501 5.5.4 The address stands in angle brackets: <user@example.org> (RFC 5321 4.1.2)\n"
#define MAIL_SYNTAX "501 5.5.4 Syntax: MAIL FROM:<address> [SIZE=n] [BODY=8BITMIME] (RFC 5321 4.1.1.2)\n"
#define RCPT_SYNTAX "501 5.5.4 Syntax: RCPT TO:<address> (RFC 5321 4.1.1.3)\n"
#define EHLO_SYNTAX "501 5.5.4 Syntax: EHLO your.host.name (RFC 5321 4.1.1.1)\n"
#define UNKNOWN "500 5.5.2 Command not recognized\n"
#define FULL_STOP "503 5.5.1 Bad sequence of commands: "

static const struct exchange commands[] = {
    /* words */
    {"MAYL FROM:<alice@example.org>\r\n", UNKNOWN},
    {"\r\n", UNKNOWN},
    {" QUIT\r\n", UNKNOWN},
    {"QUIT\r", ""},
    {"QUIT", ""},
    {"noop\r\nNoOp anything at all\r\n", NOOP_OK NOOP_OK},
    /* order */
    {RCPT, FULL_STOP "MAIL first\n"},
    {DATA, FULL_STOP "MAIL first\n"},
    {"BDAT 0 LAST\r\n", FULL_STOP "MAIL first\n"},
    {MAIL DATA, MAIL_OK FULL_STOP "RCPT first\n"},
    {MAIL MAIL, MAIL_OK FULL_STOP "a mail is under way, end it or RSET\n"},
    {MAIL "STARTTLS\r\n", MAIL_OK FULL_STOP "a mail is under way, end it or RSET\n"},
    {MAIL RCPT "AUTH PLAIN\r\n", MAIL_OK RCPT_OK FULL_STOP "a mail is under way, end it or RSET\n"},
    /* every recipient was refused (RFC 5321 3.3) */
    {MAIL "RCPT TO:<bob>\r\n" DATA RCPT DATA,
     MAIL_OK BAD_RECIPIENT "554 5.5.1 No valid recipients (RFC 5321 3.3)\n" RCPT_OK DATA_OK},
    {MAIL "RCPT TO:<unknown@example.org>\r\n" DATA,
     MAIL_OK "550 5.1.1 No such user here\n554 5.5.1 No valid recipients (RFC 5321 3.3)\n"},
    /* arguments where none belong, or none where some do */
    {"RSET now\r\n", "501 5.5.4 Syntax: RSET (RFC 5321 4.1.1.5)\n"},
    {"QUIT now\r\n", "501 5.5.4 Syntax: QUIT (RFC 5321 4.1.1.10)\n"},
    {"STARTTLS now\r\n", "501 5.5.4 Syntax: STARTTLS (RFC 3207 4)\n"},
    {MAIL RCPT "DATA now\r\n", MAIL_OK RCPT_OK "501 5.5.4 Syntax: DATA (RFC 5321 4.1.1.4)\n"},
    {"RSET \t \r\n", RSET_OK},
    {"EHLO\r\n", EHLO_SYNTAX},
    {"EHLO two words\r\n", EHLO_SYNTAX},
    {"EHLO caf\xc3\xa9.example.test\r\n", EHLO_SYNTAX},
    {"EHLO [192.0.2.1] \r\n" RCPT, NULL}, /* filled in below */
    {"HELO\r\n", "501 5.5.4 Syntax: HELO your.host.name (RFC 5321 4.1.1.1)\n"},
    {"VRFY\r\n", "501 5.5.4 Syntax: VRFY name-or-address (RFC 5321 4.1.1.6)\n"},
    {"EXPN \r\n", "501 5.5.4 Syntax: EXPN list-name (RFC 5321 4.1.1.7)\n"},
    {"VRFY unknown@example.org\r\n", "550 5.1.1 No such user here\n"},
    {"VRFY moved\r\n", "551 5.1.6 User not local; please try <home@elsewhere.example.org>\n"},
    {"VRFY full@example.org\r\n",
     "252 2.5.2 Cannot verify the user, but will accept a message and attempt delivery\n"},
    {"HELP rset\r\n",
     "214 2.0.0 RSET: drop the mail that has begun; the connection and the login stay (RFC 5321 "
     "4.1.1.5)\n"},
    {"HELP mail\r\n",
     "214 2.0.0 MAIL FROM:<address> [SIZE=n] [BODY=8BITMIME]: begin a mail and name its sender: "
     "failures are reported to that address (RFC 5321 4.1.1.2)\n"},
    {"HELP me\r\n", "504 5.5.4 No help on this; HELP alone lists what there is\n"},
    /* strangers after EHLO are merely unknown */
    {"GET / HTTP/1.1\r\n", UNKNOWN},
};

static void commands_get_their_replies(void **state) {
    struct exchange rows[COUNT(commands)];

    (void)state;
    memcpy(rows, commands, sizeof rows);
    for (size_t i = 0; i < COUNT(rows); i++)
        if (rows[i].server == NULL)
            rows[i].server =
                "250-mail.example.test greets [192.0.2.1]\n250-PIPELINING\n250-SIZE 36700160\n"
                "250-8BITMIME\n250-SMTPUTF8\n250-DSN\n250-CHUNKING\n250-STARTTLS\n"
                "250-AUTH LOGIN PLAIN CRAM-MD5 XOAUTH2\n250-VRFY\n250-HELP\n250 ENHANCEDSTATUSCODES\n"
                "503 5.5.1 Bad sequence of commands: MAIL first\n";
    lab_check(rows, COUNT(rows), NULL);
}

static const struct exchange envelopes[] = {
    {"MAIL\r\n", MAIL_SYNTAX},
    {"MAIL FROM:\r\n", MAIL_SYNTAX},
    {"MAIL FROM\r\n", MAIL_SYNTAX},
    {"MAIL TO:<alice@example.org>\r\n", MAIL_SYNTAX},
    {"MAIL FROM:<alice@example.org>SIZE=1\r\n", MAIL_SYNTAX},
    {MAIL "RCPT\r\n", MAIL_OK RCPT_SYNTAX},
    {MAIL "RCPT FROM:<bob@example.org>\r\n", MAIL_OK RCPT_SYNTAX},
    {"MAIL FROM:alice@example.org\r\n", BRACKETS},
    {MAIL "RCPT TO:bob@example.org\r\n", MAIL_OK BRACKETS},
    {"MAIL FROM:<alice@example.org\r\n", BAD_SENDER},
    {"MAIL FROM:<alice>\r\n", BAD_SENDER},
    {"MAIL FROM:<alice@>\r\n", BAD_SENDER},
    {"MAIL FROM:<alice@-example.org>\r\n", BAD_SENDER},
    {"MAIL FROM:<al ice@example.org>\r\n", BAD_SENDER},
    {"MAIL FROM:<al<ice@example.org>\r\n", BAD_SENDER},
    {"MAIL FROM:<\"al ice\"@example.org>\r\n", MAIL_OK},
    {"MAIL FROM:<\"al\\\"ice\"@[IPv6:2001:db8::1]>\r\n", MAIL_OK},
    {"MAIL FROM:<%n%s$(id)@example.org>\r\n", BAD_SENDER},
    {"MAIL FROM:<%n%s@example.org>\r\n", MAIL_OK},
    {"MAIL FROM:<alice@example.org>\r\n", MAIL_OK},
    {MAIL "RCPT TO:<>\r\n", MAIL_OK BAD_RECIPIENT},
    {MAIL "RCPT TO:<bob>\r\n", MAIL_OK BAD_RECIPIENT},
    {MAIL "RCPT TO:<@a.example.org,@b.example.org:bob@example.org>\r\n", MAIL_OK RCPT_OK},
    /* letters beyond ASCII (RFC 6531) */
    {"MAIL FROM:<j\xc3\xb6rg@example.org>\r\n",
     "553 5.6.7 Address not ASCII: it needs MAIL ... SMTPUTF8 (RFC 6531 3.3)\n"},
    {"MAIL FROM:<j\xc3\xb6rg@example.org> SMTPUTF8\r\nRCPT TO:<\xe6\x9d\x8e@\xe4\xbe\x8b.example.org>\r\n",
     MAIL_OK RCPT_OK},
    {MAIL "RCPT TO:<j\xc3\xb6rg@example.org>\r\n",
     MAIL_OK "553 5.6.7 Address not ASCII: it needs MAIL ... SMTPUTF8 (RFC 6531 3.3)\n"},
    {"MAIL FROM:<j\xc0\xb6rg@example.org> SMTPUTF8\r\n",
     "553 5.6.7 Address neither ASCII nor UTF-8 (RFC 6531 3.3)\n"},
};

static void envelopes_are_taken_or_refused(void **state) {
    (void)state;
    lab_check(envelopes, COUNT(envelopes), NULL);
}

/* --- parameters --- */

#define BAD_VALUE "501 5.5.4 Bad value of a parameter\n"
#define NOT_KNOWN "555 5.5.4 Parameter not recognized; EHLO lists what there is (RFC 5321 4.1.1.11)\n"
#define TWICE "501 5.5.4 The same parameter twice\n"
#define TOO_LARGE "552 5.3.4 Message too large; EHLO says SIZE (RFC 1870 6)\n"

static const struct {
    const char *parameters;
    const char *reply;
} of_mail[] = {
    {"SIZE=0", MAIL_OK},
    {"SIZE=36700159", MAIL_OK},
    {"SIZE=36700160", MAIL_OK},
    {"SIZE=36700161", TOO_LARGE},
    {"SIZE=99999999999999999999", TOO_LARGE},  /* 20 digits (RFC 1870 3) */
    {"SIZE=999999999999999999999", BAD_VALUE}, /* 21 */
    {"SIZE=18446744073709551617", TOO_LARGE},  /* 2^64 + 1 */
    {"SIZE=00000000000000000001", MAIL_OK},
    {"SIZE=-1", BAD_VALUE},
    {"SIZE=", BAD_VALUE},
    {"SIZE", BAD_VALUE},
    {"SIZE=1x", BAD_VALUE},
    {"SIZE=1 size=1", TWICE},
    {"body=8bitmime", MAIL_OK},
    {"BODY=7BIT", MAIL_OK},
    {"BODY=BINARYMIME", BAD_VALUE},
    {"BODY", BAD_VALUE},
    {"SMTPUTF8", MAIL_OK},
    {"SMTPUTF8=yes", BAD_VALUE},
    {"SMTPUTF8=", BAD_VALUE},
    {"RET=FULL ENVID=QQ314159", MAIL_OK},
    {"RET=hdrs", MAIL_OK},
    {"RET=BODY", BAD_VALUE},
    {"RET=", BAD_VALUE},
    {"ENVID=a+2Bb", MAIL_OK},
    {"ENVID=a+", BAD_VALUE},
    {"ENVID=a+2", BAD_VALUE},
    {"ENVID=a+2b", BAD_VALUE},
    {"ENVID=a+0D+0Ab", BAD_VALUE}, /* a line break in disguise */
    {"ENVID=a+1Bb", BAD_VALUE},
    {"ENVID=a=b", BAD_VALUE},
    {"ENVID=", BAD_VALUE},
    {"AUTH=<>", MAIL_OK},
    {"AUTH=alice+40example.org", MAIL_OK},
    {"AUTH", BAD_VALUE},
    {"  SIZE=1   BODY=7BIT  ", MAIL_OK},
    {"NOTIFY=NEVER", NOT_KNOWN},
    {"X-MAGIC=1", NOT_KNOWN},
    {"=1", NOT_KNOWN},
    {"SIZES=1", NOT_KNOWN},
};

static const struct {
    const char *parameters;
    const char *reply;
} of_rcpt[] = {
    {"NOTIFY=NEVER", RCPT_OK},
    {"NOTIFY=SUCCESS,FAILURE,DELAY", RCPT_OK},
    {"NOTIFY=success", RCPT_OK},
    {"NOTIFY=NEVER,SUCCESS", BAD_VALUE},
    {"NOTIFY=SUCCESS,", BAD_VALUE},
    {"NOTIFY=,SUCCESS", BAD_VALUE},
    {"NOTIFY=", BAD_VALUE},
    {"NOTIFY", BAD_VALUE},
    {"ORCPT=rfc822;bob+40example.org", RCPT_OK},
    {"ORCPT=rfc822;", BAD_VALUE},
    {"ORCPT=;bob", BAD_VALUE},
    {"ORCPT=bob", BAD_VALUE},
    {"ORCPT", BAD_VALUE},
    {"ORCPT=utf-8;bob", RCPT_OK},
    {"ORCPT=rfc822;bob ORCPT=rfc822;bob", TWICE},
    {"SIZE=1", NOT_KNOWN},
};

static void check_parameter(const char *before, const char *line, const char *parameters, const char *reply) {
    struct lab lab;
    char text[1024];
    const char *said;

    snprintf(text, sizeof text, "%s%s %s\r\n", before, line, parameters);
    lab_init(&lab);
    said = lab_run_ehlo(&lab, text, strlen(text));
    if (strcmp(said + (*before != '\0' ? strlen(MAIL_OK) : 0), reply) != 0)
        print_error("%s\n", parameters);
    assert_string_equal(said + (*before != '\0' ? strlen(MAIL_OK) : 0), reply);
    lab_free(&lab);
}

static void parameters_are_taken_or_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(of_mail); i++)
        check_parameter("", "MAIL FROM:<alice@example.org>", of_mail[i].parameters, of_mail[i].reply);
    for (size_t i = 0; i < COUNT(of_rcpt); i++)
        check_parameter(MAIL, "RCPT TO:<bob@example.org>", of_rcpt[i].parameters, of_rcpt[i].reply);
}

/* NAME= and n letters. */
static void check_length(const char *before, const char *line, const char *name, size_t n,
                         const char *reply) {
    char parameter[1024];
    size_t len = strlen(name);

    memcpy(parameter, name, len);
    memset(parameter + len, 'a', n);
    parameter[len + n] = '\0';
    check_parameter(before, line, parameter, reply);
}

static void parameters_have_limits(void **state) {
    static const char mail[] = "MAIL FROM:<alice@example.org>", rcpt[] = "RCPT TO:<bob@example.org>";

    (void)state;
    check_length("", mail, "ENVID=", 99, MAIL_OK); /* RFC 3461 4.4 */
    check_length("", mail, "ENVID=", 100, MAIL_OK);
    check_length("", mail, "ENVID=", 101, BAD_VALUE);
    check_length(MAIL, rcpt, "ORCPT=rfc822;", 492, RCPT_OK); /* RFC 3461 4.2: 500 with the type */
    check_length(MAIL, rcpt, "ORCPT=rfc822;", 493, RCPT_OK);
    check_length(MAIL, rcpt, "ORCPT=rfc822;", 494, BAD_VALUE);
}

/* RFC 5321 2.2.1: extensions belong to EHLO. */
static void after_helo_there_are_no_extensions(void **state) {
    static const char client[] =
        HELO "MAIL FROM:<alice@example.org> SIZE=1\r\nAUTH PLAIN\r\nSTARTTLS\r\n" MAIL;
    struct lab lab;

    (void)state;
    lab_init(&lab);
    lab_run(&lab, client, strlen(client));
    assert_string_equal(lab.said.data + strlen(GREETING),
                        "250 mail.example.test greets client.example.test\n"
                        "555 5.5.4 Parameters belong to extensions: EHLO, not HELO (RFC 5321 2.2.1)\n"
                        "503 5.5.1 Bad sequence of commands: this is an extension, EHLO first\n"
                        "503 5.5.1 Bad sequence of commands: this is an extension, EHLO first\n" MAIL_OK);
    lab_free(&lab);
}

/* --- limits --- */

#define LONG_LINE "500 5.5.2 Line too long (RFC 5321 4.5.3.1.4)\n"

/* A command line of n octets, its CR LF included, and a NOOP behind it. */
static void check_line(const char *start, size_t n, const char *end, const char *reply, const char *noop) {
    static char text[32768];
    struct lab lab;
    const char *said;

    memset(text, 'a', n);
    memcpy(text, start, strlen(start));
    memcpy(text + n - strlen(end), end, strlen(end));
    memcpy(text + n, "NOOP\r\n", 6);
    lab_init(&lab);
    lab_run_ehlo(&lab, "", 0);
    for (size_t at = 0; at < n + 6; at += 256) /* it comes in pieces */
        lab_feed(&lab, text + at, at + 256 < n + 6 ? 256 : n + 6 - at);
    said = strstr(lab.said.data, "ENHANCEDSTATUSCODES\n") + strlen("ENHANCEDSTATUSCODES\n");
    if (strncmp(said, reply, strlen(reply)) != 0)
        print_error("%s, %zu octets: %s\n", start, n, said);
    assert_memory_equal(said, reply, strlen(reply));
    assert_string_equal(said + strlen(reply), noop);
    lab_free(&lab);
}

static void command_lines_have_a_limit(void **state) {
    static const struct {
        const char *start, *end;
        size_t max;
        const char *reply;
    } lines[] = {
        {"NOOP ", "\r\n", 512, NOOP_OK},
        {"x", "\r\n", 512, UNKNOWN},
        {"MAIL FROM:<alice@example.org> X=", "\r\n", 1012, NOT_KNOWN},
        {"AUTH ", "\r\n", 12288, "504 5.5.4 Mechanism not available; EHLO lists them (RFC 4954 4)\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        check_line(lines[i].start, lines[i].max - 1, lines[i].end, lines[i].reply, NOOP_OK);
        check_line(lines[i].start, lines[i].max, lines[i].end, lines[i].reply, NOOP_OK);
        check_line(lines[i].start, lines[i].max + 1, lines[i].end, LONG_LINE, NOOP_OK);
        check_line(lines[i].start, lines[i].max + 2, lines[i].end, LONG_LINE, NOOP_OK);
        check_line(lines[i].start, 20000, lines[i].end, LONG_LINE, NOOP_OK);
    }
}

/* <local@domain> of so many octets each. */
static const char *check_path(struct lab *lab, size_t local, size_t domain) {
    char text[1024] = "MAIL FROM:<";
    char *at = text + strlen(text);

    memset(at, 'l', local);
    at[local] = '@';
    at += local + 1;
    for (size_t i = 0; i < domain; i++)
        *at++ = i % 50 == 49 ? '.' : 'd';
    strcpy(at, ">\r\n");
    lab_init(lab);
    return lab_run_ehlo(lab, text, strlen(text));
}

static void addresses_have_limits(void **state) {
    static const struct {
        size_t local, domain;
        const char *reply;
    } paths[] = {
        {63, 11, MAIL_OK},
        {ADDRESS_LOCAL_MAX, 11, MAIL_OK},
        {65, 11, "501 5.1.0 Local part too long: 64 octets (RFC 5321 4.5.3.1.1)\n"},
        {1, 251, MAIL_OK},
        {1, 252, MAIL_OK}, /* < l @ 252 > makes 256 */
        {1, 253, "501 5.1.0 Path too long: 256 octets with the brackets (RFC 5321 4.5.3.1.3)\n"},
        {1, 255, "501 5.1.0 Path too long: 256 octets with the brackets (RFC 5321 4.5.3.1.3)\n"},
        {64, 400, "501 5.1.0 Path too long: 256 octets with the brackets (RFC 5321 4.5.3.1.3)\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct lab lab;

        assert_string_equal(check_path(&lab, paths[i].local, paths[i].domain), paths[i].reply);
        lab_free(&lab);
    }
}

/* n times the same line; what is said to the last. */
static const char *repeat(struct lab *lab, const char *line, size_t n) {
    size_t before = 0;

    for (size_t i = 0; i < n; i++) {
        before = lab->said.len;
        lab_feed(lab, line, strlen(line));
    }
    return lab->said.data + before;
}

static void recipients_have_a_limit(void **state) {
    struct lab lab;

    (void)state;
    lab_init(&lab);
    lab_run_ehlo(&lab, MAIL, strlen(MAIL));
    assert_string_equal(repeat(&lab, RCPT, SERVER_RECIPIENTS_MAX - 1), RCPT_OK);
    assert_string_equal(repeat(&lab, RCPT, 1), RCPT_OK);
    assert_string_equal(repeat(&lab, RCPT, 1),
                        "452 4.5.3 Too many recipients in one mail (RFC 5321 4.5.3.1.10)\n");
    lab_feed(&lab, DATA ".\r\n", strlen(DATA ".\r\n"));
    assert_int_equal(lab.committed, 1);
    lab_free(&lab);
}

static void errors_have_a_limit(void **state) {
    struct lab lab;

    (void)state;
    lab_init(&lab);
    lab_run_ehlo(&lab, "", 0);
    assert_string_equal(repeat(&lab, "WHAT\r\n", SERVER_ERRORS_MAX - 1), UNKNOWN);
    assert_string_equal(repeat(&lab, "NOOP\r\n", 1), NOOP_OK); /* no work done */
    assert_string_equal(repeat(&lab, "WHAT\r\n", 1), UNKNOWN);
    assert_string_equal(repeat(&lab, MAIL, 1), MAIL_OK); /* work done: the row is over */
    assert_string_equal(repeat(&lab, "WHAT\r\n", SERVER_ERRORS_MAX), UNKNOWN);
    assert_string_equal(repeat(&lab, "WHAT\r\n", 1), "421 4.7.0 Too many errors, closing\n<close>");
    assert_int_equal(server_phase(lab.server), PHASE_CLOSED);
    lab_free(&lab);
}

static void idle_commands_have_a_limit(void **state) {
    static const char mail[] = MAIL RCPT DATA ".\r\n";
    struct lab lab;

    (void)state;
    lab_init(&lab);
    lab_run_ehlo(&lab, "", 0); /* EHLO is the first */
    assert_string_equal(repeat(&lab, "NOOP\r\n", SERVER_IDLE_COMMANDS_MAX - 1), NOOP_OK);
    lab_feed(&lab, mail, strlen(mail));
    assert_string_equal(repeat(&lab, "RSET\r\n", SERVER_IDLE_COMMANDS_MAX), RSET_OK);
    assert_string_equal(repeat(&lab, MAIL, 1), MAIL_OK);
    assert_string_equal(repeat(&lab, "VRFY bob\r\n", 1),
                        "421 4.7.0 Too many commands without a mail, closing\n<close>");
    lab_free(&lab);
}

/* --- TLS --- */

static const struct exchange tls[] = {
    /* all that was heard before is forgotten (RFC 3207 4.2) */
    {"AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\nSTARTTLS\r\n",
     "235 2.7.0 Authentication succeeded\n220 2.0.0 Ready to start TLS\n<starttls>"},
    {"AUTH LOGIN\r\nSTARTTLS now\r\n", "334 VXNlcm5hbWU6\n501 5.5.2 Not base64 (RFC 4954 4)\n"},
    {"STARTTLS\r\n" MAIL,
     "554 5.5.1 Bytes came behind STARTTLS without waiting for 220: closing (RFC 3207 4)\n<close>"},
};

static void starttls_ends_the_plain_text(void **state) {
    struct lab lab;

    (void)state;
    lab_check(tls, COUNT(tls), NULL);
    lab_init(&lab);
    lab_run_ehlo(&lab, "STARTTLS\r\n", 10);
    assert_int_equal(server_phase(lab.server), PHASE_GREETED);
    assert_string_equal(repeat(&lab, MAIL, 1), "503 5.5.1 Bad sequence of commands: EHLO first\n");
    assert_string_equal(repeat(&lab, EHLO, 1),
                        EHLO_LINES "250-AUTH LOGIN PLAIN CRAM-MD5 XOAUTH2\n250-VRFY\n250-HELP\n250 "
                                   "ENHANCEDSTATUSCODES\n");
    assert_string_equal(repeat(&lab, "STARTTLS\r\n", 1), "503 5.5.1 TLS is there already (RFC 3207 4.2)\n");
    lab_free(&lab);
}

static void no_tls(struct lab *lab) {
    lab->config.tls = false;
}

static void without_tls_there_is_no_starttls(void **state) {
    static const struct exchange rows[] = {{"STARTTLS\r\n", "502 5.5.1 STARTTLS is not available here\n"}};
    struct lab lab;

    (void)state;
    lab_check(rows, COUNT(rows), no_tls);
    lab_init(&lab);
    no_tls(&lab);
    lab_run(&lab, EHLO, strlen(EHLO));
    assert_null(strstr(lab.said.data, "STARTTLS"));
    lab_free(&lab);
}

/* --- those who took the wrong port --- */

static void strangers_are_told_at_once(void **state) {
    static const struct {
        const char *bytes;
        const char *reply;
    } rows[] = {
        {"GET / HTTP/1.1\r\n", "421 4.7.0 This is SMTP, not HTTP: closing\n<close>"},
        {"POST /x HTTP/1.1\nHost: x\n", "421 4.7.0 This is SMTP, not HTTP: closing\n<close>"},
        {"\x16\x03\x01",
         "421 4.7.0 TLS does not begin here: say EHLO, then STARTTLS, or use the port for implicit "
         "TLS\n<close>"},
        {"GETTING\r\n", UNKNOWN},
        {"\xff\xfb\x01\r\n", UNKNOWN}, /* Telnet */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct lab lab;

        lab_init(&lab);
        lab_run(&lab, rows[i].bytes, strlen(rows[i].bytes));
        assert_string_equal(lab.said.data + strlen(GREETING), rows[i].reply);
        lab_free(&lab);
    }
}

/* --- lines that do not end in CR LF --- */

#define BARE_LF "500 5.5.2 LF without CR: a line ends in CR LF and in nothing else (RFC 5321 2.3.8)\n"
#define BARE_CR "500 5.5.2 CR without LF inside a line (RFC 5321 2.3.8)\n"

static const struct exchange line_ends[] = {
    {"NOOP\n", BARE_LF},
    {"NOOP\nNOOP\nNOOP\n", BARE_LF BARE_LF BARE_LF},
    {"NOOP\nNOOP\r\nNOOP\r\n", BARE_LF BARE_LF NOOP_OK}, /* to a strict reader the second is the same line */
    {"NOOP\n\r\nNOOP\r\n", BARE_LF BARE_LF NOOP_OK},
    {"\n", BARE_LF},
    {"NO\rOP\r\n", BARE_CR},
    {"NOOP\r\r\nNOOP\r\n", BARE_CR NOOP_OK},
    {MAIL RCPT "DATA\n.\r\n" DATA ".\r\n",
     MAIL_OK RCPT_OK BARE_LF BARE_LF DATA_OK "250 2.0.0 Ok: queued as id\n"},
    {"AUTH LOGIN\r\nYWxpY2U=\nNOOP\r\nNOOP\r\n", "334 VXNlcm5hbWU6\n" BARE_LF BARE_LF NOOP_OK},
};

static void a_line_ends_in_cr_lf(void **state) {
    struct lab lab;

    (void)state;
    lab_check(line_ends, COUNT(line_ends), NULL);
    lab_init(&lab);
    assert_string_equal(lab_run_ehlo(&lab, "NOOP\0\r\n", 7), "500 5.5.2 NUL byte in a command\n");
    lab_free(&lab);
    check_line("NOOP ", 600, "\n", LONG_LINE, BARE_LF); /* the NOOP behind it belongs to the same line */
}

/* --- what can be asked, and the caller's side --- */

static void a_session_can_be_summed_up(void **state) {
    static const char client[] =
        "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n" MAIL RCPT RCPT DATA "12345\r\n.\r\nWHAT\r\n" QUIT;
    struct server_summary sum;
    struct lab lab;

    (void)state;
    lab_init(&lab);
    lab_begin(&lab);
    server_summarize(lab.server, &sum);
    assert_string_equal(sum.hello, "");
    assert_string_equal(sum.last, "");
    assert_null(sum.user);
    lab_feed(&lab, EHLO, strlen(EHLO));
    lab_feed(&lab, client, strlen(client));
    server_summarize(lab.server, &sum);
    assert_string_equal(sum.hello, "client.example.test");
    assert_string_equal(sum.user, "alice");
    assert_string_equal(sum.last, "500 5.5.2 Command not recognized");
    assert_true(sum.quit);
    assert_false(sum.tls);
    assert_int_equal(sum.commands, 8);
    assert_int_equal(sum.refused, 1);
    assert_int_equal(sum.messages, 1);
    assert_int_equal(sum.recipients, 2);
    assert_int_equal(sum.bytes, 7);
    lab_free(&lab);
}

static void giving_up_says_why(void **state) {
    struct lab lab;
    struct buf out;

    (void)state;
    lab_init(&lab);
    lab_run(&lab, EHLO MAIL RCPT DATA "half", strlen(EHLO MAIL RCPT DATA "half"));
    buf_init(&out, SERVER_OUT_MAX);
    assert_int_equal(server_give_up(lab.server, "Too slow, closing", &out), SERVER_CLOSE);
    assert_string_equal(out.data, "421 4.4.2 Too slow, closing\r\n");
    assert_int_equal(server_phase(lab.server), PHASE_CLOSED);
    buf_free(&out);
    lab_free(&lab);
    assert_int_equal(lab.abandoned, 1);
}

/* A burst that has more replies than may wait: nothing is lost, nothing grows. */
static void a_full_buffer_is_sent_first(void **state) {
    struct lab lab;
    struct buf burst;

    (void)state;
    buf_init(&burst, 1 << 20);
    for (int i = 0; i < 400; i++)
        buf_add_text(&burst, "VRFY bob\r\n");
    lab_init(&lab);
    lab.out_max = SERVER_REPLY_MAX + 100;
    assert_int_equal(
        strlen(lab_run_ehlo(&lab, burst.data, burst.len)),
        400 * strlen("252 2.5.2 Cannot verify the user, but will accept a message and attempt delivery\n"));
    lab_free(&lab);
    buf_free(&burst);
}

/* No memory for a reply: the session ends. */
static void without_room_for_a_reply_it_closes(void **state) {
    struct lab lab;

    (void)state;
    lab_init(&lab);
    lab.out_max = 10;
    assert_string_equal(lab_run_ehlo(&lab, "HELP\r\n", 6), "");
    assert_int_equal(lab.act, SERVER_CLOSE);
    lab_free(&lab);
}

static void help_fits_into_a_reply(void **state) {
    struct lab lab;
    const char *said;

    (void)state;
    lab_init(&lab);
    said = lab_run_ehlo(&lab, "HELP\r\n", 6);
    assert_true(strlen(said) < SERVER_REPLY_MAX / 2);
    for (int v = 0; v < VERB_UNKNOWN; v++)
        assert_non_null(strstr(said, verb_info((enum verb)v)->help));
    for (size_t i = 0; faults_mailbox_row(i) != NULL; i++)
        assert_non_null(strstr(said, faults_mailbox_row(i)->help));
    for (const char *line = said; *line != '\0'; line = strchr(line, '\n') + 1)
        assert_true(strcspn(line, "\n") + 2 <= 512);
    lab_free(&lab);
}

/* A host that can do nothing is no reason to stop: the stepper has such a one. */
static void a_session_needs_no_host(void **state) {
    static const char client[] = EHLO "AUTH CRAM-MD5\r\n*\r\n" MAIL MAIL
                                      "RCPT TO:<grey@example.org>\r\nRCPT TO:<grey@example.org>\r\n" DATA
                                      "x\r\n.\r\n" MAIL RCPT DATA "half";
    struct lab lab;
    struct server *s;
    struct buf out;
    size_t taken;

    (void)state;
    lab_init(&lab);
    lab_fault(&lab, "mail=451*1");
    s = server_new(&lab.config, NULL);
    buf_init(&out, SERVER_OUT_MAX);
    assert_int_equal(server_greet(s, false, &out), SERVER_MORE);
    assert_int_equal(server_feed(s, client, strlen(client), &taken, &out), SERVER_MORE);
    assert_non_null(strstr(out.data, "334 PDBAbWFpbC5leGFtcGxlLnRlc3Q+\r\n501 ")); /* <0@mail.example.test> */
    assert_non_null(
        strstr(out.data, "451 4.3.0 Local error, try later (on purpose)\r\n250 2.1.0 Ok\r\n450 4.7.1 "));
    assert_non_null(strstr(out.data, "in a moment\r\n250 2.1.5 Ok\r\n354 "));
    server_free(s);
    server_free(NULL);
    buf_free(&out);
    lab_free(&lab);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_go_as_they_should),
        cmocka_unit_test(commands_get_their_replies),
        cmocka_unit_test(envelopes_are_taken_or_refused),
        cmocka_unit_test(parameters_are_taken_or_refused),
        cmocka_unit_test(parameters_have_limits),
        cmocka_unit_test(after_helo_there_are_no_extensions),
        cmocka_unit_test(command_lines_have_a_limit),
        cmocka_unit_test(addresses_have_limits),
        cmocka_unit_test(recipients_have_a_limit),
        cmocka_unit_test(errors_have_a_limit),
        cmocka_unit_test(idle_commands_have_a_limit),
        cmocka_unit_test(starttls_ends_the_plain_text),
        cmocka_unit_test(without_tls_there_is_no_starttls),
        cmocka_unit_test(strangers_are_told_at_once),
        cmocka_unit_test(a_line_ends_in_cr_lf),
        cmocka_unit_test(a_session_can_be_summed_up),
        cmocka_unit_test(giving_up_says_why),
        cmocka_unit_test(a_full_buffer_is_sent_first),
        cmocka_unit_test(without_room_for_a_reply_it_closes),
        cmocka_unit_test(help_fits_into_a_reply),
        cmocka_unit_test(a_session_needs_no_host),
    };

    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
