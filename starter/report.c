/*
 * report.c - what the client says to its user. (Provided; nothing to do here.)
 *
 * Two voices, never mixed: the conversation goes to standard output when the
 * user asked for it, reasons go to standard error. What a server wrote is
 * printed escaped: a reply may hold bytes that move a terminal's cursor or
 * rename its window.
 */
#include "program.h"

#include <stdarg.h>
#include <string.h>

#define TELL_MAX (4UL << 20) /* the longest thing to tell is an address that was typed */

/* The lines of a reply become one line for people: "first / second". */
static void join_lines(struct client *c, struct buf *clean, const char *text, size_t n) {
    for (size_t at = 0; at < n;) {
        const char *end = memchr(text + at, '\n', n - at);
        size_t len = end ? (size_t)(end - text) - at : n - at;
        harmless(c, clean, text + at, len);
        if (end)
            buf_add_text(clean, " / ");
        at += len + 1;
    }
}

void tell(struct client *c, const char *format, ...) {
    struct buf text;
    struct buf clean;
    buf_init(&text, TELL_MAX);
    buf_init(&clean, 5 * TELL_MAX); /* \xHH is four bytes for one */
    va_list args;
    va_start(args, format);
    if (buf_vaddf(&text, format, args) == 0)
        join_lines(c, &clean, text.data, text.len);
    va_end(args);
    fprintf(stderr, "%s\n", clean.data);
    buf_free(&clean);
    buf_free(&text);
}

void show_line(const struct client *c, const char *who, const char *bytes, size_t n) {
    if (!c->options->show)
        return;
    struct buf clean;
    buf_init(&clean, 4 * n + 1);
    encode_escaped(&clean, bytes, n);
    printf("%s: %s\n", who, clean.data);
    buf_free(&clean);
}

static void show_kept(struct client *c, const char *who, struct buf *line) {
    size_t n = line->len;
    if (n > 0 && line->data[n - 1] == '\r')
        n--;
    show_line(c, who, line->data, n);
    buf_clear(line);
}

static void show_bytes(struct client *c, const char *who, struct buf *kept, const char *bytes, size_t n) {
    if (!c->options->show)
        return;
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '\n')
            show_kept(c, who, kept);
        else if (buf_add_char(kept, bytes[i]) == -1) {
            show_kept(c, who, kept); /* longer than we keep: shown as several lines */
            (void)buf_add_char(kept, bytes[i]);
        }
    }
}

void show_sent(struct client *c, const char *bytes, size_t n) {
    show_bytes(c, "CLIENT", &c->unshown, bytes, n);
}

void show_received(struct client *c, const char *bytes, size_t n) {
    show_bytes(c, "SERVER", &c->unshown_reply, bytes, n);
}

const char *client_error(const struct client *c) {
    return c->err.text;
}

int outcome_of_reply(int code) {
    switch (code / 100) {
    case 4:
        return OUTCOME_LATER;
    case 5:
        return OUTCOME_REFUSED;
    default:
        return OUTCOME_PROTOCOL;
    }
}

int outcome_of_error(enum err_kind kind) {
    static const enum outcome outcomes[] = {
        [ERR_NONE] = OUTCOME_LOST,      [ERR_INPUT] = OUTCOME_BAD_INPUT,   [ERR_FILE] = OUTCOME_NO_FILE,
        [ERR_HOST] = OUTCOME_NO_HOST,   [ERR_CONNECT] = OUTCOME_LATER,     [ERR_CLOSED] = OUTCOME_LOST,
        [ERR_TIMEOUT] = OUTCOME_LOST,   [ERR_PROTOCOL] = OUTCOME_PROTOCOL, [ERR_TLS] = OUTCOME_NO_LOGIN,
        [ERR_LIMIT] = OUTCOME_PROTOCOL, [ERR_SYSTEM] = OUTCOME_LOST,
    };
    return (int)outcomes[kind];
}

static bool already_named(const struct client *c, const char *function) {
    for (size_t i = 0; i < c->todo_count; i++)
        if (strcmp(c->todos[i], function) == 0)
            return true;
    return c->todo_count == TODO_NAMES_MAX;
}

int todo(struct client *c, int lab, const char *function, const char *file, int line) {
    if (lab > 0 && !is_due(c, lab))
        return NOT_DONE; /* the provided part does it */
    if (!already_named(c, function)) {
        c->todos[c->todo_count++] = function;
        tell(c, "not done yet: %s, %s:%d", function, file, line);
    }
    return NOT_DONE;
}
