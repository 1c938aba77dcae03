/*
 * auth.c - lab 7: who are you? PLAIN, CRAM-MD5 and XOAUTH2, and which of them.
 */
#include "client.h"

/*
 * Fill c->secret, before anybody is called: with the first line of
 * c->options->password_file, which nobody but its owner may read (mode 0600, else
 * say so and refuse: ERR_FILE), or with what c->options->token_command prints. 0, FAILED with c->err.
 */
int auth_secret(struct client *c) {
    return TODO_LAB(c, 7);
}

/*
 * Which method? The one that the user named; else, of those that the server
 * offers now, the best that fits the secret: XOAUTH2 for a token; inside TLS PLAIN, then
 * LOGIN, then CRAM-MD5; outside TLS only CRAM-MD5. FAILED: there is none.
 */
int auth_choose(struct client *c) {
    return TODO_LAB(c, 7);
}

/* AUTH PLAIN (RFC 4616): base64 of NUL user NUL password, in the same line. The code of the last reply, FAILED. */
int auth_plain(struct client *c) {
    return TODO_LAB(c, 7);
}

/* AUTH CRAM-MD5 (RFC 2195): decode the challenge, encode_hmac_md5(), "user digest" in base64. */
int auth_cram_md5(struct client *c) {
    return TODO_LAB(c, 7);
}

/*
 * AUTH XOAUTH2: base64 of "user=" user ^A "auth=Bearer " token ^A ^A. A 334 now is an
 * error with its reasons in base64: answer with an empty line, and read the refusal.
 */
int auth_xoauth2(struct client *c) {
    return TODO_LAB(c, 7);
}

/*
 * The login: choose, exchange, wipe c->secret, and say what a refusal means: a
 * wrong password is something else than an application password that is needed, or a method that is switched off.
 * 4xx is "later", 5xx OUTCOME_NO_LOGIN. Returns the outcome.
 */
int auth_log_in(struct client *c) {
    return TODO_LAB(c, 7);
}
