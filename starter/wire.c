/*
 * wire.c - lab 4: your own foundation, on the bare connection.
 *
 * So far foundation.c has connected, sent your lines whole and read replies
 * whole. Now you do. put_some() and get_some() are all there is: like write(2)
 * and read(2) they may move less than you asked for, and TCP cuts where it likes.
 * With TLS (lab 5) they work just the same.
 *
 * c->inbox is yours: what came behind a reply waits there for the next. It is
 * empty when you first see it, and frees itself. The functions from wire_greet()
 * on are like session.c: send_line(), get_reply(), which comes to your
 * wire_reply(), and tell().
 */
#include "client.h"

/*
 * Connect to c->options->host, port c->options->port (both are text). The name
 * may have several addresses, IPv6 and IPv4: getaddrinfo(), and try each in its
 * order (RFC 5321 section 5.1). A server that does not answer at all must not
 * hold you longer than c->options->timeout seconds, however many addresses it
 * has: a socket that does not block, and poll(). And see to SIGPIPE here: a
 * server that hangs up must not kill you.
 *
 * Returns the socket. FAILED: ERR_HOST (no such host), ERR_CONNECT (nobody
 * listens), ERR_TIMEOUT, by err_set(&c->err, ...), which returns -1. Of several
 * addresses the last one's failure will do.
 */
int wire_dial(struct client *c) {
    return TODO_LAB(c, 4);
}

/* Send all n bytes, however few put_some() takes at once. 0, FAILED. */
int wire_send(struct client *c, const void *bytes, size_t n) {
    (void)bytes;
    (void)n;
    return TODO_LAB(c, 4);
}

/*
 * Read one whole reply into c->reply (RFC 5321 section 4.2): lines up to the one
 * whose fourth character is no '-'. "250" alone is a reply, too. The text of
 * the lines, without codes and line ends, is joined with LF; what does not fit is dropped.
 * Returns the code. FAILED, with c->err:
 *
 *   - ERR_CLOSED, "closed" in its words: the end came before the reply was whole (c->lost);
 *   - ERR_PROTOCOL: what came is no reply (three digits, 200 to 599), two codes in
 *     one reply, more than ANSWER_LINES_MAX lines, a line of more than
 *     ANSWER_LINE_MAX bytes. For the last two set c->lost: nobody knows where the next one begins.
 *
 * Several replies may come at once: keep what is behind this one in c->inbox.
 */
int wire_reply(struct client *c) {
    return TODO_LAB(c, 4);
}

/* Read the greeting and look at it: 220 is welcome, anything else is not (section 3.1). Tell the user, return the outcome, as in session.c. */
int wire_greet(struct client *c) {
    return TODO_LAB(c, 4);
}

/*
 * EHLO with c->own_name; a server that refuses it with 5xx gets HELO (section 3.2).
 * c->offered becomes the text of the reply to EHLO, and empty after HELO.
 */
int wire_hello(struct client *c) {
    return TODO_LAB(c, 4);
}

/*
 * AUTH LOGIN: 334, the user name (c->options->user), 334, the password (c->secret),
 * 235. Both go in base64, encode_base64(), one line each, by send_secret(). A
 * refusal (5xx) is OUTCOME_NO_LOGIN.
 */
int wire_login(struct client *c) {
    return TODO_LAB(c, 4);
}
