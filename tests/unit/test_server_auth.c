/* server: AUTH with each mechanism, right and wrong; who may log in, and when. */
#include "server_fixture.h"

#define OK "235 2.7.0 Authentication succeeded\n"
#define WRONG "535 5.7.8 Authentication credentials invalid\n"
#define BAD_BASE64 "501 5.5.2 Not base64 (RFC 4954 4)\n"
#define BAD_FORM "501 5.5.2 Base64, but not what this mechanism sends\n"
#define CANCELLED "501 5.7.0 Authentication cancelled (RFC 4954 4)\n"
#define SYNTAX "501 5.5.4 Syntax: AUTH LOGIN | PLAIN | CRAM-MD5 | XOAUTH2 [initial-response] (RFC 4954 4)\n"
#define USER "334 VXNlcm5hbWU6\n"
#define PASSWORD "334 UGFzc3dvcmQ6\n"
#define GO_ON "334 \n"
/* <1896.697170952@mail.example.test> */
#define CHALLENGE "334 PDE4OTYuNjk3MTcwOTUyQG1haWwuZXhhbXBsZS50ZXN0Pg==\n"
/* {"status":"401","schemes":"bearer","scope":"smtp"} */
#define NO_TOKEN "334 eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIiwic2NvcGUiOiJzbXRwIn0=\n"

static const struct exchange logins[] = {
    /* PLAIN: NUL alice NUL secret; with the identity; without an initial response; an empty one */
    {"AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n", OK},
    {"auth plain AGFsaWNlAHNlY3JldA==\r\n", OK},
    {"AUTH PLAIN YWxpY2UAYWxpY2UAc2VjcmV0\r\n", OK},
    {"AUTH PLAIN\r\nAGFsaWNlAHNlY3JldA==\r\n" MAIL, GO_ON OK MAIL_OK},
    {"AUTH PLAIN Ym9iAGFsaWNlAHNlY3JldA==\r\n", WRONG},     /* to act as bob */
    {"AUTH PLAIN AGFsaWNlAHNlY3JlVA==\r\n", WRONG},         /* secreT */
    {"AUTH PLAIN AGFsaWNlAHNlY3Jl\r\n", WRONG},             /* secre */
    {"AUTH PLAIN AGFsaWNlAA==\r\n", WRONG},                 /* no password */
    {"AUTH PLAIN AGFsaWNlAHNlY3JldHNlY3JldA==\r\n", WRONG}, /* secretsecret */
    {"AUTH PLAIN AGJvYgBzZWNyZXQ=\r\n", WRONG},             /* bob */
    {"AUTH PLAIN =\r\n", BAD_FORM},
    {"AUTH PLAIN YWxpY2U=\r\n", BAD_FORM},             /* no NUL */
    {"AUTH PLAIN AGFsaWNl\r\n", BAD_FORM},             /* one */
    {"AUTH PLAIN AGFsaWNlAHNlY3JldAA=\r\n", BAD_FORM}, /* three */
    {"AUTH PLAIN AGFsaWNlAHNlY3JldA=\r\n", BAD_BASE64},
    {"AUTH PLAIN A GFsaWNlAHNlY3JldA==\r\n", BAD_BASE64},
    {"AUTH PLAIN\r\n\r\n", GO_ON BAD_FORM},
    {"AUTH PLAIN\r\n*\r\nNOOP\r\n", GO_ON CANCELLED NOOP_OK},
    {"AUTH PLAIN\r\n=\r\nNOOP\r\n", GO_ON BAD_BASE64 NOOP_OK},
    /* LOGIN */
    {"AUTH LOGIN\r\nYWxpY2U=\r\nc2VjcmV0\r\n", USER PASSWORD OK},
    {"AUTH LOGIN YWxpY2U=\r\nc2VjcmV0\r\n", PASSWORD OK},
    {"AUTH LOGIN\r\nYWxpY2U=\r\nc2VjcmVU\r\nNOOP\r\n", USER PASSWORD WRONG NOOP_OK},
    {"AUTH LOGIN\r\nYm9i\r\nc2VjcmV0\r\n", USER PASSWORD WRONG},
    {"AUTH LOGIN\r\n*\r\nNOOP\r\n", USER CANCELLED NOOP_OK},
    {"AUTH LOGIN\r\nYWxpY2U=\r\n*\r\nNOOP\r\n", USER PASSWORD CANCELLED NOOP_OK},
    {"AUTH LOGIN\r\nalice!\r\nNOOP\r\n", USER BAD_BASE64 NOOP_OK},
    /* a second try, and a third after success */
    {"AUTH LOGIN YWxpY2U=\r\nYQ==\r\nAUTH LOGIN YWxpY2U=\r\nc2VjcmV0\r\nAUTH PLAIN\r\n",
     PASSWORD WRONG PASSWORD OK "503 5.5.1 Already authenticated (RFC 4954 4)\n"},
    /* CRAM-MD5 */
    {"AUTH CRAM-MD5\r\nYWxpY2UgMzA2NWE3ZGM2NzJiN2E2NDIwYzhkNDVjYjlhNGQ1NTU=\r\n", CHALLENGE OK},
    {"AUTH CRAM-MD5\r\nYWxpY2UgMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=\r\n", CHALLENGE WRONG},
    {"AUTH CRAM-MD5\r\nYm9iIDMwNjVhN2RjNjcyYjdhNjQyMGM4ZDQ1Y2I5YTRkNTU1\r\n",
     CHALLENGE WRONG}, /* bob, with alice's digest */
    {"AUTH CRAM-MD5\r\nYWxpY2U=\r\n", CHALLENGE BAD_FORM},
    {"AUTH CRAM-MD5\r\n\r\n", CHALLENGE BAD_FORM},
    {"AUTH CRAM-MD5\r\n*\r\n", CHALLENGE CANCELLED},
    {"AUTH CRAM-MD5 YWxpY2U=\r\n",
     "501 5.5.4 This mechanism takes no initial response: the server speaks first (RFC 4954 4)\n"},
    /* XOAUTH2: user=alice ^A auth=Bearer secret ^A ^A */
    {"AUTH XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciBzZWNyZXQBAQ==\r\n", OK},
    {"AUTH XOAUTH2\r\ndXNlcj1hbGljZQFhdXRoPUJlYXJlciBzZWNyZXQBAQ==\r\n", GO_ON OK},
    {"AUTH XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciBzZWNyZVQBAQ==\r\n\r\nNOOP\r\n", NO_TOKEN WRONG NOOP_OK},
    {"AUTH XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciBzZWNyZVQBAQ==\r\nAQ==\r\n", NO_TOKEN WRONG},
    {"AUTH XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciBzZWNyZVQBAQ==\r\nwhat?\r\n", NO_TOKEN WRONG},
    {"AUTH XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciBzZWNyZXQBAXg=\r\n",
     BAD_FORM}, /* something behind the last ^A */
    {"AUTH XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciBzZWNyZVQBAQ==\r\n*\r\n", NO_TOKEN CANCELLED},
    {"AUTH XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciBzZWNyZXQB\r\n", BAD_FORM}, /* one ^A */
    {"AUTH XOAUTH2 dXNlcj1hbGljZQ==\r\n", BAD_FORM},
    {"AUTH XOAUTH2 =\r\n", BAD_FORM},
    /* the command itself */
    {"AUTH\r\n", SYNTAX},
    {"AUTH GSSAPI\r\n", "504 5.5.4 Mechanism not available; EHLO lists them (RFC 4954 4)\n"},
    {"AUTH PLAINER\r\n", "504 5.5.4 Mechanism not available; EHLO lists them (RFC 4954 4)\n"},
};

static void every_mechanism_lets_in_whom_it_should(void **state) {
    (void)state;
    lab_check(logins, COUNT(logins), NULL);
}

/* --- when --- */

static void only_after_tls(struct lab *lab) {
    lab->config.auth_in_clear = false;
    lab->config.auth_required = true;
}

static void only_logged_in(struct lab *lab) {
    lab->config.auth_required = true;
}

#define TLS_REPLY                                                                                            \
    EHLO_LINES "250-AUTH LOGIN PLAIN CRAM-MD5 XOAUTH2\n250-VRFY\n250-HELP\n250 ENHANCEDSTATUSCODES\n"

static const struct exchange in_order[] = {
    {"AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n", "538 5.7.11 Encryption required: STARTTLS first (RFC 4954 4)\n"},
    {MAIL, "530 5.7.0 Must issue a STARTTLS command first, and log in then\n"},
    {MAIL RCPT, "530 5.7.0 Must issue a STARTTLS command first, and log in then\n"
                "503 5.5.1 Bad sequence of commands: MAIL first\n"},
};

static void a_password_waits_for_tls(void **state) {
    struct lab lab;
    static const struct exchange offered[] = {{MAIL, "530 5.7.0 Authentication required (RFC 4954 6)\n"}};
    static const char inside[] =
        EHLO MAIL "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n" MAIL "RSET\r\nAUTH PLAIN\r\n";

    (void)state;
    lab_check(in_order, COUNT(in_order), only_after_tls);
    lab_check(offered, COUNT(offered), only_logged_in);
    lab_init(&lab);
    only_after_tls(&lab);
    lab_run(&lab, EHLO, strlen(EHLO));
    assert_null(strstr(lab.said.data, "250-AUTH"));
    lab_feed(&lab, "STARTTLS\r\n", 10);
    buf_clear(&lab.said);
    lab_feed(&lab, inside, strlen(inside));
    assert_string_equal(lab.said.data,
                        TLS_REPLY "530 5.7.0 Authentication required (RFC 4954 6)\n" OK MAIL_OK RSET_OK
                                  "503 5.5.1 Already authenticated (RFC 4954 4)\n");
    lab_free(&lab);
}

/* TLS forgets the login, too (RFC 3207 4.2). */
static void a_login_in_clear_ends_with_tls(void **state) {
    struct lab lab;
    static const char client[] = "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n" MAIL "RSET\r\n";

    (void)state;
    lab_init(&lab);
    only_logged_in(&lab);
    assert_string_equal(lab_run_ehlo(&lab, client, strlen(client)), OK MAIL_OK RSET_OK);
    lab_feed(&lab, "STARTTLS\r\n", 10);
    lab_feed(&lab, EHLO, strlen(EHLO));
    buf_clear(&lab.said);
    lab_feed(&lab, MAIL, strlen(MAIL));
    lab_feed(&lab, client, strlen(client));
    assert_string_equal(lab.said.data, "530 5.7.0 Authentication required (RFC 4954 6)\n" OK MAIL_OK RSET_OK);
    lab_free(&lab);
}

static void nobody(struct lab *lab) {
    lab->config.user = NULL;
}

static void two_mechanisms(struct lab *lab) {
    lab->config.auth = SERVER_AUTH_PLAIN | SERVER_AUTH_CRAM_MD5;
}

static void only_what_is_offered_is_there(void **state) {
    static const struct exchange none[] = {
        {"AUTH PLAIN\r\n", "502 5.5.1 AUTH is not available here\n"},
        {"MAIL FROM:<alice@example.org> AUTH=<>\r\n",
         "555 5.5.4 Parameter not recognized; EHLO lists what there is (RFC 5321 "
         "4.1.1.11)\n"}};
    static const struct exchange two[] = {
        {"AUTH LOGIN\r\n", "504 5.5.4 Mechanism not available; EHLO lists them (RFC 4954 4)\n"},
        {"AUTH PLAIN\r\n", GO_ON}};
    struct lab lab;

    (void)state;
    lab_check(none, COUNT(none), nobody);
    lab_check(two, COUNT(two), two_mechanisms);
    lab_init(&lab);
    two_mechanisms(&lab);
    lab_run(&lab, EHLO, strlen(EHLO));
    assert_non_null(strstr(lab.said.data, "\n250-AUTH PLAIN CRAM-MD5\n"));
    lab_free(&lab);
}

/* --- limits --- */

/* A response of n octets, CR LF included. */
static void check_response(size_t n, const char *reply) {
    char line[SERVER_LINE_MAX + 16];
    struct lab lab;
    const char *said;

    memset(line, 'A', sizeof line);
    memcpy(line + n - 2, "\r\nNOOP\r\n", 8);
    lab_init(&lab);
    lab_run_ehlo(&lab, "AUTH PLAIN\r\n", 12);
    lab_feed(&lab, line, n + 6);
    said = lab.said.data + strlen(lab.said.data) - strlen(reply) - strlen(NOOP_OK);
    assert_memory_equal(said, reply, strlen(reply));
    assert_string_equal(said + strlen(reply), NOOP_OK);
    lab_free(&lab);
}

/* A line that fills the limit and does not end is not waited for: it is being thrown away. */
static void no_more_is_kept_than_the_limit(void **state) {
    static const size_t lengths[] = {SERVER_LINE_MAX - 1, SERVER_LINE_MAX, SERVER_LINE_MAX + 1};
    char line[SERVER_LINE_MAX + 1];

    (void)state;
    memset(line, 'A', sizeof line);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct lab lab;

        lab_init(&lab);
        lab_run_ehlo(&lab, "AUTH PLAIN\r\n", 12);
        lab_feed(&lab, line, lengths[i]);
        assert_int_equal(lab.rest.len, lengths[i] < SERVER_LINE_MAX ? lengths[i] : 0);
        lab_free(&lab);
    }
}

static void a_response_has_a_limit(void **state) {
    (void)state;
    check_response(SERVER_LINE_MAX - 2, BAD_FORM); /* 12,284 letters: four at a time; of NULs only */
    check_response(SERVER_LINE_MAX - 1, BAD_BASE64);
    check_response(SERVER_LINE_MAX, BAD_BASE64);
    check_response(SERVER_LINE_MAX + 1, "500 5.5.6 Line of the login too long (RFC 4954 4)\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mechanism_lets_in_whom_it_should),
        cmocka_unit_test(a_password_waits_for_tls),
        cmocka_unit_test(a_login_in_clear_ends_with_tls),
        cmocka_unit_test(only_what_is_offered_is_there),
        cmocka_unit_test(a_response_has_a_limit),
        cmocka_unit_test(no_more_is_kept_than_the_limit),
    };

    return cmocka_run_group_tests_name("server_auth", tests, NULL, NULL);
}
