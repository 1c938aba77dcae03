/* The commands that do something with the connection. See commands.h. */
#include "commands.h"

#include "../../lib/encode.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- :send --- */

/* Lines end in CRLF on the wire, however they end in the file. */
static int add_line(struct buf *out, const char *line, size_t n) {
    if (n > 0 && line[n - 1] == '\n')
        n--;
    if (n > 0 && line[n - 1] == '\r')
        n--;
    return buf_add(out, line, n) | buf_add(out, "\r\n", 2);
}

/* -1: errno, or too long. *dots: lines that begin with one. */
static int read_lines(const char *path, struct buf *out, size_t *dots) {
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    int r = f == NULL ? -1 : 0;

    while (r == 0 && (n = getline(&line, &room, f)) > 0) {
        *dots += line[0] == '.';
        r = add_line(out, line, (size_t)n);
    }
    if (f != NULL && ferror(f))
        r = -1;
    if (f != NULL)
        fclose(f);
    free(line);
    return r;
}

void do_send(struct stepper *st, const char *args) {
    struct buf text;
    size_t dots = 0;

    buf_init(&text, SESSION_STEP_BYTES);
    errno = 0;
    if (read_lines(args, &text, &dots) == -1) {
        screen_say(&st->screen, INK_BAD, "%s: %s", args, errno != 0 ? strerror(errno) : "more than 64 MB");
    } else {
        if (dots > 0)
            screen_say(&st->screen, INK_WARN,
                       "%zu line%s begin%s with a dot and will lose it: nothing is doubled here (:explain "
                       "dot-stuffing)",
                       dots, dots == 1 ? "" : "s", dots == 1 ? "s" : "");
        if (session_phase(&st->session) != PHASE_DATA)
            screen_say(&st->screen, INK_WARN,
                       "this is no message yet: the server takes every line for a command");
        stepper_bytes(st, text.data, text.len);
    }
    buf_free(&text);
}

/* --- :raw --- */

void do_raw(struct stepper *st, const char *args) {
    struct buf bytes;
    size_t at = 0;

    buf_init(&bytes, SESSION_STEP_BYTES);
    if (decode_escaped(&bytes, args, strlen(args), &at) == -1)
        screen_say(&st->screen, INK_WARN,
                   "'%s' means nothing here: \\r \\n \\t \\0 \\\\ \\xHH, and \\*N(text) for text N times",
                   args + (at > 0 ? at - 1 : 0));
    else
        stepper_bytes(st, bytes.data, bytes.len);
    buf_free(&bytes);
}

/* --- :wait and :reconnect --- */

void do_wait(struct stepper *st, const char *args) {
    enum verb to;

    (void)args;
    if (!dialogue_owes_reply(st->session.dialogue, &to))
        screen_say(&st->screen, INK_PLAIN, "the server owes no reply; it is your turn (:next)");
    else
        stepper_tell(st, session_listen(&st->session));
}

void do_reconnect(struct stepper *st, const char *args) {
    (void)args;
    stepper_tell(st, session_reconnect(&st->session));
}

/* --- :expect --- */

/* "250", "25x", "2xx", "2": digits that must be there, from the left. */
static bool fits(const char *wanted, int code) {
    char digits[16];
    size_t n = strspn(wanted, "0123456789");

    snprintf(digits, sizeof digits, "%d", code);
    return strncmp(wanted, digits, n) == 0;
}

static bool is_code(const char *text) {
    size_t n = strspn(text, "0123456789");

    return n >= 1 && n <= 3 && strspn(text + n, "xX") == strlen(text + n) && strlen(text) <= 3;
}

/* The last line of that side, with no line end. */
static const char *last_line(const struct log *log, enum event_kind kind, int *n) {
    for (size_t i = log->event_count; i > 0; i--)
        if (log->events[i - 1].kind == kind) {
            *n = (int)strcspn(log->events[i - 1].text, "\r\n");
            return log->events[i - 1].text;
        }
    *n = 0;
    return "";
}

void do_expect(struct stepper *st, const char *args) {
    enum verb to;
    int code = dialogue_last_reply(st->session.dialogue, &to), n;
    const char *line;

    if (!is_code(args)) {
        screen_say(&st->screen, INK_WARN, ":expect wants a code, 250, or a part of one, 25x or 2xx");
        st->status = STATUS_EXPECT;
        return;
    }
    if (fits(args, code)) {
        screen_say(&st->screen, INK_GOOD, "as expected: %d", code);
        return;
    }
    st->status = STATUS_EXPECT;
    screen_say(&st->screen, INK_BAD, "expected %s, but it was %d:", args, code);
    line = last_line(&st->session.log, EVENT_CLIENT, &n);
    screen_say(&st->screen, INK_BAD, "  C: %.*s", n, line);
    line = last_line(&st->session.log, EVENT_SERVER, &n);
    screen_say(&st->screen, INK_BAD, "  S: %.*s", n, line);
}

/* --- :record, :keylog, :hints, :quit --- */

void do_record(struct stepper *st, const char *args) {
    const char *path = strcmp(args, "off") == 0 ? NULL : args;
    struct err e;

    if (args[0] == '\0')
        screen_say(&st->screen, INK_PLAIN,
                   st->session.record.path != NULL ? "this session is written to %s"
                                                   : "nothing is written (:record FILE)",
                   st->session.record.path);
    else if (record_to(&st->session.record, path, &e) == -1)
        screen_say(&st->screen, INK_BAD, "%s", e.text);
    else if (path != NULL)
        screen_say(&st->screen, INK_GOOD, "this session, from its beginning, is written to %s", path);
    else
        screen_say(&st->screen, INK_PLAIN, "nothing more is written");
}

void do_keylog(struct stepper *st, const char *args) {
    free(st->keylog);
    st->keylog = args[0] == '\0' || strcmp(args, "off") == 0 ? NULL : strdup(args);
    st->session.keylog = st->keylog;
    if (st->keylog != NULL)
        screen_say(&st->screen, INK_PLAIN,
                   "the secrets of the next TLS handshake go to %s: whoever has that file reads everything",
                   st->keylog);
    else
        screen_say(&st->screen, INK_PLAIN, "no TLS secrets are written");
}

void do_hints(struct stepper *st, const char *args) {
    st->no_hints = strcmp(args, "off") == 0;
    screen_say(&st->screen, INK_PLAIN, "hints are %s", st->no_hints ? "off" : "on");
}

void do_quit(struct stepper *st, const char *args) {
    (void)args;
    st->done = true;
}
