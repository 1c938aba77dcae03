/* Words that EHLO lists and that follow AUTH, MAIL and RCPT. See explain.h. */
#include "explain.h"

#include <string.h>
#include <strings.h>

/* A word of the wire and what it means. */
struct word {
    const char *name;
    const char *words;
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *find(const struct word *table, size_t count, const char *name, size_t n) {
    for (size_t i = 0; i < count; i++)
        if (strlen(table[i].name) == n && strncasecmp(table[i].name, name, n) == 0)
            return table[i].words;
    return NULL;
}

/* --- what EHLO lists --- */

static const struct word extensions[] = {
    {"SIZE", "the largest message the server takes, in bytes; MAIL FROM may carry SIZE=n (RFC 1870)"},
    {"PIPELINING", "you may send several commands before reading their replies (RFC 2920)"},
    {"8BITMIME", "the message may hold bytes over 127; MAIL FROM says BODY=8BITMIME (RFC 6152)"},
    {"SMTPUTF8", "addresses and headers may use letters outside ASCII (RFC 6531)"},
    {"ENHANCEDSTATUSCODES", "replies begin with a finer code such as 5.1.1 (RFC 2034)"},
    {"DSN", "you may ask for a report when the mail is delivered, late or lost (RFC 3461)"},
    {"CHUNKING", "the message may be sent in counted pieces with BDAT, without dots (RFC 3030)"},
    {"BINARYMIME", "the message may hold any bytes at all, sent with BDAT (RFC 3030)"},
    {"STARTTLS", "the connection can be encrypted from now on (RFC 3207)"},
    {"AUTH", "you may log in, in one of the ways listed here (RFC 4954)"},
    {"HELP", "the command HELP is there (RFC 5321 4.1.1.8)"},
    {"VRFY", "the command VRFY is there: does this mailbox exist? (RFC 5321 4.1.1.6)"},
    {"EXPN", "the command EXPN is there: who is on this list? (RFC 5321 4.1.1.7)"},
    {"REQUIRETLS", "the sender may insist on TLS for the whole way (RFC 8689)"},
    {"LIMITS", "how many messages or recipients the server takes at most (RFC 9422)"},
    {"MT-PRIORITY", "the sender may say how urgent a message is (RFC 6710)"},
    {"DELIVERBY", "the sender may set a time by which the mail must arrive (RFC 2852)"},
    {"FUTURERELEASE", "the server can hold a message until a later time (RFC 4865)"},
    {"ETRN", "the command ETRN asks the server to send the mail that waits for a host (RFC 1985)"},
    {"ATRN", "the command ATRN turns the roles of the two sides round (RFC 2645)"},
    {"CHECKPOINT", "a broken transfer can be taken up where it stopped (RFC 1845)"},
    {"MTRK", "the way of a message can be followed later (RFC 3885)"},
    {"NO-SOLICITING", "the server does not want mail of the kinds listed here (RFC 3865)"},
    {"BURL", "the message may come from a mailbox instead of being sent again (RFC 4468)"},
    {"RRVS", "the sender may ask that the mailbox still has the same owner (RFC 7293)"},
    {"XCLIENT", "an extension of Postfix: a proxy may tell whom it speaks for"},
    {"XFORWARD", "an extension of Postfix: a filter may pass on who sent a message"},
};

const char *explain_extension(const char *keyword) {
    return find(extensions, COUNT(extensions), keyword, strlen(keyword));
}

/* --- ways to log in --- */

/* What passes, and what somebody who listens has then. */
static const struct word mechanisms[] = {
    {"PLAIN", "user name and password in one line, base64 of NUL user NUL password: no secret to whoever "
              "listens, so only inside TLS (RFC 4616)"},
    {"LOGIN", "the server asks for user name and password one after the other, each in base64: no secret to "
              "whoever listens, so only inside TLS; an old way without a standard"},
    {"CRAM-MD5",
     "the server sends a challenge, you answer with the user name and an HMAC-MD5 of it made with the "
     "password, which itself never passes; the server must keep it readable (RFC 2195)"},
    {"XOAUTH2", "instead of a password a token that a web login gave you and that soon ends, in one line of "
                "base64; whoever hears it can use it until then (Google, Microsoft)"},
    {"OAUTHBEARER", "the standard form of XOAUTH2: a token instead of a password (RFC 7628)"},
    {"SCRAM-SHA-1", "both sides prove that they know the password, and it never passes (RFC 5802)"},
    {"SCRAM-SHA-256", "both sides prove that they know the password, and it never passes (RFC 7677)"},
    {"SCRAM-SHA-1-PLUS", "as SCRAM-SHA-1, and tied to this one TLS connection (RFC 5802)"},
    {"SCRAM-SHA-256-PLUS", "as SCRAM-SHA-256, and tied to this one TLS connection (RFC 7677)"},
    {"DIGEST-MD5", "challenge and answer, like CRAM-MD5 but longer; given up as too weak (RFC 6331)"},
    {"EXTERNAL", "who you are is known already, from the certificate you showed in TLS (RFC 4422)"},
    {"ANONYMOUS", "no login: a line that says who you are, and that nobody checks (RFC 4505)"},
    {"GSSAPI", "a ticket of Kerberos instead of a password (RFC 4752)"},
    {"NTLM", "the login of old Windows networks: challenge and answer, too weak today"},
};

const char *explain_mechanism(const char *name) {
    return find(mechanisms, COUNT(mechanisms), name, strlen(name));
}

/* --- what MAIL and RCPT may carry --- */

static const struct word parameters[] = {
    {"SIZE",
     "on MAIL: how large the message is, in bytes, so that the server can refuse it before it is sent "
     "(RFC 1870)"},
    {"BODY", "on MAIL: 7BIT, 8BITMIME for bytes over 127, or BINARYMIME for any bytes with BDAT (RFC 6152, "
             "RFC 3030)"},
    {"SMTPUTF8", "on MAIL, without a value: addresses or header hold letters outside ASCII (RFC 6531)"},
    {"RET", "on MAIL: what a report of failure brings back, FULL the message or HDRS its header alone "
            "(RFC 3461)"},
    {"ENVID", "on MAIL: a name of your own for this mail, which a report about it repeats (RFC 3461)"},
    {"NOTIFY", "on RCPT: when a report is sent, NEVER or any of SUCCESS,FAILURE,DELAY (RFC 3461)"},
    {"ORCPT", "on RCPT: the address the mail was meant for first, as rfc822;bob@example.org, for the report "
              "(RFC 3461)"},
    {"AUTH", "on MAIL: who handed the message in, between servers that trust each other; <> for nobody known "
             "(RFC 4954)"},
    {"REQUIRETLS", "on MAIL, without a value: rather return the message than pass it on without TLS "
                   "(RFC 8689)"},
    {"MT-PRIORITY", "on MAIL: how urgent the message is, from -9 to 9 (RFC 6710)"},
    {"BY", "on MAIL: in how many seconds it must arrive, and whether it is then returned or reported "
           "(RFC 2852)"},
    {"HOLDFOR", "on MAIL: how many seconds the server shall keep the message before it sends it (RFC 4865)"},
    {"HOLDUNTIL", "on MAIL: until when the server shall keep the message before it sends it (RFC 4865)"},
    {"MTRK", "on MAIL: a token with which the message's way can be followed later (RFC 3885)"},
    {"SOLICIT", "on MAIL: what kind of advertisement the message is (RFC 3865)"},
    {"TRANSID",
     "on MAIL: a name for this transfer, so that it can be taken up where it broke off (RFC 1845)"},
    {"RRVS", "on RCPT: deliver only if the mailbox has had the same owner since this time (RFC 7293)"},
};

const char *explain_parameter(const char *text) {
    return find(parameters, COUNT(parameters), text, strcspn(text, "= "));
}
