/* server: whole sessions, client bytes in, replies out. Commands, envelope, order. */
#include "server_fixture.h"

/* One session. */
static const struct {
    const char *client;
    const char *server;    /* behind the greeting */
    const char *delivered; /* NULL: nothing */
} sessions[] = {
    /* a mail, two mails, two recipients, the null sender, a source route, postmaster */
    {EHLO MAIL RCPT DATA "Subject: One\r\n\r\n..dot\r\n.\r\n" QUIT,
     EHLO_REPLY MAIL_OK RCPT_OK DATA_OK "250 2.0.0 Ok: queued as id\n" QUIT_OK,
     "alice@example.org>bob@example.org:Subject: One\r\n\r\n.dot\r\n|"},
    {HELO MAIL RCPT DATA
     ".\r\nmail from: <>\r\nrcpt to:<@relay.example.org:Carol@example.org>\r\nRcpt To:<postmaster>\r\ndata  "
     "\r\nx\r\n.\r\nquit\r\n",
     "250 mail.example.test greets client.example.test\n" MAIL_OK RCPT_OK DATA_OK
     "250 2.0.0 Ok: queued as id\n" MAIL_OK RCPT_OK RCPT_OK DATA_OK "250 2.0.0 Ok: queued as id\n" QUIT_OK,
     "alice@example.org>bob@example.org:|>Carol@example.org,postmaster:x\r\n|"},
    {EHLO MAIL RCPT "RSET\r\n" MAIL "RSET\r\n" DATA,
     EHLO_REPLY MAIL_OK RCPT_OK RSET_OK MAIL_OK RSET_OK "503 5.5.1 Bad sequence of commands: MAIL first\n",
     NULL},
};

static void sessions_go_as_they_should(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(sessions); i++) {
        struct lab lab;

        lab_init(&lab);
        lab_run(&lab, sessions[i].client, strlen(sessions[i].client));
        assert_memory_equal(lab.said.data, GREETING, strlen(GREETING));
        assert_string_equal(lab.said.data + strlen(GREETING), sessions[i].server);
        assert_string_equal(lab.delivered.data, sessions[i].delivered != NULL ? sessions[i].delivered : "");
        lab_free(&lab);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_go_as_they_should),
    };

    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
