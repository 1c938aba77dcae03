/* A server in memory: what it was told, what it said, what it delivered. For the tests of server. */
#ifndef TESTS_SERVER_FIXTURE_H
#define TESTS_SERVER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/server.h"

#include <stdbool.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Client lines that most sessions begin with, and what is said to them. */
#define GREETING "220 mail.example.test ESMTP smtplab sandbox\n"
#define EHLO "EHLO client.example.test\r\n"
#define HELO "HELO client.example.test\r\n"
#define EHLO_LINES                                                                                           \
    "250-mail.example.test greets client.example.test\n250-PIPELINING\n250-SIZE 36700160\n250-8BITMIME\n"    \
    "250-SMTPUTF8\n250-DSN\n250-CHUNKING\n"
#define EHLO_REPLY                                                                                           \
    EHLO_LINES "250-STARTTLS\n250-AUTH LOGIN PLAIN CRAM-MD5 XOAUTH2\n250-VRFY\n250-HELP\n250 "               \
               "ENHANCEDSTATUSCODES\n"
#define MAIL "MAIL FROM:<alice@example.org>\r\n"
#define MAIL_OK "250 2.1.0 Ok\n"
#define RCPT "RCPT TO:<bob@example.org>\r\n"
#define RCPT_OK "250 2.1.5 Ok\n"
#define DATA "DATA\r\n"
#define DATA_OK "354 End data with <CR><LF>.<CR><LF>\n"
#define QUIT "QUIT\r\n"
#define QUIT_OK "221 2.0.0 Bye\n<close>"
#define RSET_OK "250 2.0.0 Ok\n"
#define NOOP_OK "250 2.0.0 Ok\n"

struct lab {
    struct server_config config; /* may be changed before lab_begin() */
    struct server_host host;
    struct server *server;
    struct buf rest;      /* fed, and not taken */
    struct buf said;      /* replies with LF for CR LF, and acts: "<close>", "<starttls>" ... */
    struct buf message;   /* of the one under way */
    struct buf delivered; /* "alice@example.org>bob@example.org,carol@example.org:bytes|" for each */
    enum server_act act;  /* the last */
    unsigned opened, committed, abandoned, writes;
    bool open;                              /* the host has a message under way */
    int fail_open, fail_write, fail_commit; /* the nth call fails; 0: none */
    unsigned times[FAULTS_MAX];
    size_t out_max; /* of the buffer for replies */
};

/* Everything on but the need to log in: AUTH in clear, too. The account is alice, the password "secret". */
void lab_init(struct lab *lab);
void lab_fault(struct lab *lab, const char *text);
void lab_begin(struct lab *lab);
/* Feed n bytes; goes through TLS, and on after a pace, as a caller would. */
void lab_feed(struct lab *lab, const char *bytes, size_t n);
void lab_free(struct lab *lab);

/* A whole session: greeting, these bytes in one piece; *lab is to be freed. */
void lab_run(struct lab *lab, const char *bytes, size_t n);

/* The same, with EHLO in front, and what was said after the reply to it. */
const char *lab_run_ehlo(struct lab *lab, const char *bytes, size_t n);

/* A row of the tables: what the client sends after EHLO, what is said to that. */
struct exchange {
    const char *client;
    const char *server;
};

/* Every row is a session of its own, set up by `prepare` (may be NULL). */
void lab_check(const struct exchange *rows, size_t count, void (*prepare)(struct lab *));

#endif
