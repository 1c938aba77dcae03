/*
 * guard.c - lab 8: attack and defend. Nothing that comes from outside passes unseen.
 */
#include "client.h"

/*
 * May this address stand in MAIL FROM:<> and RCPT TO:<>? One line, nothing that
 * could end the brackets, nothing that is not seen; no space, no '<' or '>', no
 * byte above 127. The empty address is the null sender. 0, or FAILED with
 * ERR_INPUT: err_set(&c->err, ERR_INPUT, "...") says why (lib/err.h).
 */
int guard_address(struct client *c, const char *address) {
    (void)address;
    return TODO_LAB(c, 8);
}

/*
 * May this text stand in a header line, or behind EHLO? A line break in it would
 * begin another one. Of the control bytes only the tab may pass. 0, or FAILED
 * with ERR_INPUT, as above; `name` says where the text comes from.
 */
int guard_header(struct client *c, const char *name, const char *text) {
    (void)name;
    (void)text;
    return TODO_LAB(c, 8);
}

/*
 * Send a piece of a message, n bytes, cut anywhere: between CR and LF, before a
 * dot. Every line goes out with CRLF, whatever ended it, and a dot that begins
 * one is doubled, so that the message ends for everybody where it ends for us.
 * n = 0: that was all; end the last line. A NUL is left out: no message may hold
 * one (RFC 5322 section 3.5), and for a server that drops it the dot behind it
 * is the first. Send with add_bytes(); the final dot and get_reply() are not yours.
 * c->text_state carries over from piece to piece; it is 0 at the beginning. 0, FAILED.
 */
int guard_text(struct client *c, const char *bytes, size_t n) {
    (void)bytes;
    (void)n;
    return TODO_LAB(c, 8);
}

/*
 * Append a server's words to `out` so that they harm no terminal: ESC, other
 * control bytes and bytes above 127 are shown as \xHH. 0, FAILED.
 */
int guard_words(struct client *c, struct buf *out, const char *text, size_t n) {
    (void)out;
    (void)text;
    (void)n;
    return TODO_LAB(c, 8);
}
