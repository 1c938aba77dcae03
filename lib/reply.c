/* See reply.h. */
#include "reply.h"

#include <string.h>

#define CODE_DIGITS 3
#define REPLY_TEXT_MAX ((size_t)REPLY_LINES_MAX * REPLY_LINE_MAX)

/* --- one line --- */

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* The three digits at the start, or -1. The first says how it went; 1 and 6 to 9 are not in use (RFC 5321 4.2.1). */
static int parse_code(const char *text, size_t n) {
    if (n < CODE_DIGITS || text[0] < '2' || text[0] > '5' || !is_digit(text[1]) || !is_digit(text[2]))
        return -1;
    return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

int reply_line_parse(const char *bytes, size_t n, struct reply_line *out) {
    const char *lf = n > 0 ? memchr(bytes, '\n', n) : NULL;
    size_t len;
    int code;

    if (lf == NULL)
        return 0;
    len = (size_t)(lf - bytes);
    if (len > 0 && bytes[len - 1] == '\r')
        len--;
    code = parse_code(bytes, len);
    if (code == -1 || (len > CODE_DIGITS && bytes[CODE_DIGITS] != '-' && bytes[CODE_DIGITS] != ' '))
        return -1;
    out->code = code;
    /* A code with nothing behind it is allowed, and ends the reply (RFC 5321 4.2). */
    out->last = len == CODE_DIGITS || bytes[CODE_DIGITS] == ' ';
    out->text = bytes + (len > CODE_DIGITS ? CODE_DIGITS + 1 : len);
    out->text_len = (size_t)(bytes + len - out->text);
    return (int)(lf - bytes) + 1;
}

/* --- a whole reply --- */

/*
 * Walk over the lines of one reply. Returns as reply_parse() does; *lines
 * counts them, and *code is the code they agree on. `text` may be NULL: a
 * first walk finds out whether all is there before a second one keeps it.
 */
static int walk(const char *bytes, size_t n, int *code, size_t *lines, struct buf *text) {
    struct reply_line line = {.last = false};
    size_t at = 0;

    for (*lines = 0; !line.last; (*lines)++) {
        int used = *lines < REPLY_LINES_MAX ? reply_line_parse(bytes + at, n - at, &line) : -1;
        if (used <= 0)
            return used;
        if (*lines > 0 && line.code != *code)
            return -1;
        *code = line.code;
        at += (size_t)used;
        if (text != NULL &&
            ((*lines > 0 && buf_add_char(text, '\n') == -1) || buf_add(text, line.text, line.text_len) == -1))
            return -1;
    }
    return (int)at;
}

int reply_parse(const char *bytes, size_t n, struct reply *out) {
    int code = 0;
    size_t lines;
    int used = walk(bytes, n, &code, &lines, NULL);

    if (used <= 0)
        return used;
    buf_clear(&out->text);
    out->code = code;
    out->lines = lines;
    return walk(bytes, n, &code, &lines, &out->text);
}

/* A space follows the code even where no text does: some clients look for it (RFC 5321 4.2). */
int reply_print(struct buf *out, int code, const char *text) {
    const char *lf;

    while ((lf = strchr(text, '\n')) != NULL) {
        if (buf_addf(out, "%03d-%.*s\r\n", code, (int)(lf - text), text) == -1)
            return -1;
        text = lf + 1;
    }
    return buf_addf(out, "%03d %s\r\n", code, text);
}

/* --- what a reply says --- */

/* One to three digits at text[*at]; moves *at behind them. -1: none, or too many. */
static int parse_number(const char *text, size_t n, size_t *at) {
    size_t start = *at;
    int number = 0;

    while (*at < n && is_digit(text[*at]) && *at - start < 3)
        number = number * 10 + (text[(*at)++] - '0');
    return *at > start ? number : -1;
}

bool reply_enhanced(const char *text, size_t n, int status[3]) {
    size_t at = 0;

    for (int i = 0; i < 3; i++) {
        if (i > 0 && (at == n || text[at++] != '.'))
            return false;
        status[i] = parse_number(text, n, &at);
        if (status[i] == -1)
            return false;
    }
    if (at < n && text[at] != ' ' && text[at] != '\n')
        return false;
    return status[0] == 2 || status[0] == 4 || status[0] == 5;
}

int reply_class(int code) {
    return code / 100;
}

void reply_init(struct reply *r) {
    r->code = 0;
    r->lines = 0;
    buf_init(&r->text, REPLY_TEXT_MAX);
}

void reply_free(struct reply *r) {
    buf_free(&r->text);
    r->code = 0;
    r->lines = 0;
}
