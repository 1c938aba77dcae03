/* The addresses in a From or a To: what is left when all that is there for people is dropped (RFC 5322 3.4). */
#include "mime_internal.h"

#include <string.h>

/* What stands at `at` and may hold any byte: "a quoted name" or (a comment (in a comment)). Returns the offset behind it. */
static size_t behind_quoted(const char *text, size_t n, size_t at) {
    for (at++; at < n && text[at] != '"'; at++)
        if (text[at] == '\\')
            at++;
    return at < n ? at + 1 : n;
}

static size_t behind_comment(const char *text, size_t n, size_t at) {
    int depth = 0;
    for (; at < n; at++) {
        if (text[at] == '\\')
            at++;
        else if (text[at] == '(')
            depth++;
        else if (text[at] == ')' && --depth == 0)
            return at + 1;
    }
    return n;
}

static void end_address(struct buf *address, struct buf *out) {
    if (address->len > 0 && out->len > 0)
        (void)buf_add_text(out, ", ");
    (void)buf_add(out, address->data, address->len);
    buf_clear(address);
}

/* One character outside quotes and comments. '<' begins the address anew: what came before it was a name; ':' ends a group's name. */
static void take(char c, bool *closed, struct buf *address, struct buf *out) {
    switch (c) {
    case ',':
    case ';':
        end_address(address, out);
        *closed = false;
        break;
    case '<':
        buf_clear(address);
        break;
    case '>':
        *closed = true;
        break;
    case ' ':
    case '\t':
        break;
    default:
        if (!*closed)
            (void)buf_add_char(address, c);
    }
}

/* ':' ends the name of a group, but not inside [IPv6:::1]. */
static bool ends_group_name(const struct buf *address, char c) {
    return c == ':' && memchr(address->data, '[', address->len) == NULL;
}

void mime_addresses(const char *text, size_t n, struct buf *out) {
    struct buf address;
    bool closed = false; /* behind '>' */
    buf_init(&address, n + 1);
    for (size_t at = 0; at < n;) {
        size_t end = at + 1;
        if (text[at] == '(')
            end = behind_comment(text, n, at);
        else if (text[at] == '"') {
            end = behind_quoted(text, n, at);
            (void)buf_add(&address, text + at, end - at); /* "john doe"@example.org is an address */
        } else if (ends_group_name(&address, text[at]))
            buf_clear(&address);
        else
            take(text[at], &closed, &address, out);
        at = end;
    }
    end_address(&address, out);
    buf_free(&address);
}
