/*
 * auth.c - lab 7: who are you? PLAIN, CRAM-MD5 and XOAUTH2, and which of them.
 */
#include "client.h"

/*
 * Fill c->secret, before anybody is called: with the first line, without its LF
 * or CRLF, of c->options->password_file, which nobody but its owner may read (mode
 * 0600, else refuse and name the chmod that helps), or of what
 * c->options->token_command prints (popen()). An empty line, a line that is too
 * long for c->secret, a command that fails: ERR_FILE, and the text names the file or
 * says "command". 0, FAILED with c->err. One of the two is there.
 */
int auth_secret(struct client *c) {
    return TODO_LAB(c, 7);
}

/*
 * Which method? The one that the user named, with a note on standard error if the
 * server does not "offer" it (the grader looks for that word); else, of those that it
 * offers now, the best that fits the secret: XOAUTH2 for a token; inside TLS PLAIN, then LOGIN, then CRAM-MD5. Outside TLS
 * only CRAM-MD5, unless the user named another and the server is on this very
 * machine (a loopback address). FAILED: there is none.
 */
int auth_choose(struct client *c) {
    return TODO_LAB(c, 7);
}

/*
 * AUTH PLAIN (RFC 4616): base64 of NUL user NUL password, in the same line, unless
 * that has more than 512 octets with its CRLF: then AUTH PLAIN alone, and the base64 when
 * 334 asks for it (RFC 4954 section 4). A server may ask in any case, even for what
 * it has. One that goes on asking is left with a line "*"; it broke the protocol:
 * FAILED with ERR_PROTOCOL, and c->lost if even "*" is answered by 334. The code of the last reply, FAILED.
 */
int auth_plain(struct client *c) {
    return TODO_LAB(c, 7);
}

/*
 * AUTH CRAM-MD5 (RFC 2195): decode the challenge, encode_hmac_md5(), "user digest" in
 * base64. A challenge that is no base64: "*", and ERR_PROTOCOL with a text that says "base64".
 */
int auth_cram_md5(struct client *c) {
    return TODO_LAB(c, 7);
}

/*
 * AUTH XOAUTH2: base64 of "user=" user ^A "auth=Bearer " token ^A ^A. A 334 now is an
 * error with its reasons in base64: tell them, answer with an empty line, and read the refusal.
 */
int auth_xoauth2(struct client *c) {
    return TODO_LAB(c, 7);
}

/*
 * The login: choose, exchange, wipe c->secret, and say what a refusal means. Show
 * the server's code and text, and beside them one of these (the grader looks for
 * the words in quotes on standard error):
 *
 *   535                      "wrong user name or password"; of a token: "the token is wrong"
 *   534 or 535 of Gmail      "application password" (its words: "pplication-specific", "google.com")
 *   5.7.139, 5.7.30          "switched off": passwords are not taken there any more
 *   500, 502, 504            "another method"
 *   530, 538                 "TLS first"
 *   503                      "logged in already"
 *   4xx                      "later"
 *
 * 4xx is OUTCOME_LATER, 5xx and no method OUTCOME_NO_LOGIN. Returns the outcome.
 */
int auth_log_in(struct client *c) {
    return TODO_LAB(c, 7);
}
