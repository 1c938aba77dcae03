/*
 * guard.c - lab 8: attack and defend. Nothing that comes from outside passes unseen.
 *
 * All attacks of this lab are the same trick: bytes that two programs cut into
 * different lines. So the defence is one rule, too: what goes out has only one
 * reading, and what comes in is shown, never obeyed.
 */
#include "client.h"

/* ---- what the user typed ---- */

/* A letter, digit or sign of ASCII. Spaces, line ends, ESC, DEL and all bytes above 127 are none. */
static bool is_visible(unsigned char byte) {
    return byte > ' ' && byte < 127;
}

/*
 * In "MAIL FROM:<%s>" a '>' would end the brackets, and what follows would be a
 * parameter that nobody asked for. A quoted local part may hold a space or a '>'
 * ("a b"@example.org); nobody should have such a mailbox (RFC 5321 section 4.1.2), and servers that
 * misread them exist, so it is refused. Letters beyond ASCII would need SMTPUTF8 (RFC 6531).
 */
int guard_address(struct client *c, const char *address) {
    for (const char *at = address; *at; at++)
        if (!is_visible((unsigned char)*at) || *at == '<' || *at == '>')
            return err_set(&c->err, ERR_INPUT, "an address with the byte \\x%02X in it, which could end it",
                           (unsigned char)*at);
    return 0;
}

/*
 * A field's text may hold anything but control bytes (RFC 5322 section 3.2.5): CR or
 * LF begin another field, or end the header. The tab is white space like any other.
 */
int guard_header(struct client *c, const char *name, const char *text) {
    for (const char *at = text; *at; at++)
        if (((unsigned char)*at < ' ' && *at != '\t') || *at == 127)
            return err_set(&c->err, ERR_INPUT, "%s: the byte \\x%02X in it could begin another line", name,
                           (unsigned char)*at);
    return 0;
}

/* ---- a message, in pieces ---- */

/* What the message sent so far ends in. The pieces are cut anywhere, so this must outlive them. */
enum text_state {
    LINE_BEGINS, /* 0: nothing yet, or a line end */
    CR_CAME,     /* a line end, too, and sent as one; an LF that comes next belongs to it */
    IN_LINE
};

/* How many bytes from here on stand in a line and mean nothing. */
static size_t plain_length(const char *bytes, size_t n) {
    size_t len = 0;
    while (len < n && bytes[len] != '\r' && bytes[len] != '\n' && bytes[len] != '\0')
        len++;
    return len;
}

/* A piece of a line. A dot in front of all others is doubled (RFC 5321 section 4.5.2). */
static int add_plain(struct client *c, const char *bytes, size_t n) {
    bool dot_first = c->text_state != IN_LINE && bytes[0] == '.';
    c->text_state = IN_LINE;
    return dot_first && add_bytes(c, ".", 1) == -1 ? FAILED : add_bytes(c, bytes, n);
}

/*
 * A CR, an LF, or a NUL. CR alone and LF alone end a line for some servers and not
 * for others; a message sent as it is could end for one of them in the middle, and its rest
 * be obeyed as commands (SMTP smuggling). As CR LF, which is all that SMTP allows (RFC 5321
 * section 2.3.8), there is but one reading. A NUL is left out: no message may hold
 * one (RFC 5322 section 3.5), and where a server drops it, a dot behind it comes first.
 */
static int add_special(struct client *c, char byte) {
    int before = c->text_state;
    if (byte == '\0')
        return 0;
    c->text_state = byte == '\r' ? CR_CAME : LINE_BEGINS;
    return byte == '\n' && before == CR_CAME ? 0 : add_bytes(c, "\r\n", 2);
}

/* The dot that follows must stand on a line of its own. The next message begins anew. */
static int end_text(struct client *c) {
    int before = c->text_state;
    c->text_state = LINE_BEGINS;
    return before == IN_LINE ? add_bytes(c, "\r\n", 2) : 0;
}

int guard_text(struct client *c, const char *bytes, size_t n) {
    if (n == 0)
        return end_text(c);
    int sent = 0;
    for (size_t at = 0; at < n && sent == 0;) {
        size_t len = plain_length(bytes + at, n - at);
        sent = len > 0 ? add_plain(c, bytes + at, len) : add_special(c, bytes[at]);
        at += len > 0 ? len : 1;
    }
    return sent;
}

/* ---- what the server said ---- */

/* To a terminal ESC begins an order: clear the screen, rename the window. Some take 0x9B for ESC [ as well. */
int guard_words(struct client *c, struct buf *out, const char *text, size_t n) {
    for (size_t i = 0; i < n; i++) {
        unsigned char byte = (unsigned char)text[i];
        bool shown = is_visible(byte) || byte == ' ';
        if ((shown ? buf_add_char(out, text[i]) : buf_addf(out, "\\x%02X", byte)) == -1)
            return err_set(&c->err, ERR_LIMIT, "the server said too much to be shown");
    }
    return 0;
}
