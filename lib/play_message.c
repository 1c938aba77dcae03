/*
 * The message: from 354 to the final dot.
 *
 * A client that forgets to double its dots, or ends the message with a bare
 * LF, must not leave the play standing: where no CRLF "." CRLF comes but the
 * client is seen waiting, what came is taken as the message.
 */
#include "play_internal.h"

#include <string.h>

#define SHOWN_LINES 40 /* of a message; the rest is counted */

/* What the transcript asks for. */
struct wanted {
    struct buf wire; /* dots doubled, lines ended by CRLF */
    bool any;        /* {message}: whatever is well formed */
};

/* Which lines of p->message were noted, and as which event. */
struct shown {
    size_t lines;
    size_t count;
    size_t starts[SHOWN_LINES];
    size_t events[SHOWN_LINES];
};

/* --- what is wanted --- */

static const struct field *message_field(const struct item *item) {
    if (item->fields.count == 1 && item->fields.fields[0].kind == FIELD_MESSAGE)
        return &item->fields.fields[0];
    return NULL;
}

static int add_wanted_line(struct play *p, const struct item *item, struct wanted *w) {
    const struct field *field = message_field(item);

    if (field != NULL && field->text[0] != '\0')
        return play_add_file(p, field->text, &w->wire);
    if (field != NULL) {
        w->any = true;
        return 0;
    }
    if (template_expand(&item->fields, p->setup->bindings, false, &w->wire, p->e) == -1)
        return -1;
    return item->exact ? 0 : buf_add(&w->wire, "\r\n", 2);
}

/* Gather the message lines from item i on. Returns the index behind C: . */
static size_t gather(struct play *p, size_t i, struct wanted *w) {
    for (; p->t->items[i].kind != ITEM_MESSAGE_END; i++)
        if (p->t->items[i].kind == ITEM_MESSAGE_LINE && add_wanted_line(p, &p->t->items[i], w) == -1)
            return play_trouble(p);
    return i + 1;
}

/* Has the message wanted a line that is a single dot, so that ".." stands on the wire? */
static bool has_lone_dot(const struct buf *wire) {
    return strncmp(wire->data, "..\r\n", 4) == 0 || strstr(wire->data, "\n..\r\n") != NULL;
}

/* --- what comes --- */

static bool is_dot_line(const char *line, size_t n) {
    return n > 0 && line[0] == '.' && (n == 1 || line[1] == '\r' || line[1] == '\n');
}

static bool is_given_up(const struct play *p, size_t n) {
    size_t have;
    const char *line = stream_peek(p->s, &have);

    return dialogue_phase(p->d) == PHASE_DATA && !is_dot_line(line, n) &&
           p->out->log.event_count < LOG_EVENTS_MAX;
}

/* Lines behind 354 are no mail until their end mark has come (RFC 5321 3.3): who hangs up without it may have sent some. */
enum await play_await_end(struct play *p, size_t *n) {
    enum await why = play_await(p, n);

    while (why == AWAIT_LINE && is_given_up(p, *n)) {
        play_take(p, *n);
        play_note_line(p, p->line, p->line_len);
        play_feed(p);
        why = play_await(p, n);
    }
    return why;
}

static void keep(struct play *p) {
    if (buf_add(&p->message, p->line, p->line_len) == -1)
        play_found(p, RULE_FLOOD, 0, NULL);
}

static void show(struct play *p, struct shown *s) {
    s->lines++;
    if (s->count == SHOWN_LINES)
        return;
    s->starts[s->count] = p->message.len;
    if (p->event == LOG_NO_EVENT) /* else it was noted before it was seen to be text */
        p->event = play_note_line(p, p->line, p->line_len);
    s->events[s->count++] = p->event;
}

/* After a dot line the client must wait. One that goes on with more text never meant to end here. */
static bool goes_on(struct play *p) {
    struct command next;
    const char *bytes, *lf;
    size_t n;

    play_hold(p);
    bytes = stream_peek(p->s, &n);
    lf = n > 0 ? memchr(bytes, '\n', n) : NULL;
    verb_parse(bytes, lf != NULL ? (size_t)(lf - bytes) + 1 : n, &next);
    return n > 0 && next.verb == VERB_UNKNOWN;
}

/* The client waits, or has nothing more to say, and no proper end came. */
static void end_anyway(struct play *p, const struct shown *s) {
    size_t last = p->message.len;

    while (last > 0 && (last == p->message.len || p->message.data[last - 1] != '\n'))
        last--;
    p->event = s->count > 0 ? s->events[s->count - 1] : LOG_NO_EVENT;
    if (is_dot_line(p->message.data + last, p->message.len - last))
        p->message.len = last;
    else
        play_found(p, RULE_NO_END_DOT, 0, NULL);
    dialogue_message_ended(p->d);
}

/* One line of the message, in p->line; true: it was the end. */
static bool take_line(struct play *p, const struct wanted *w, struct shown *s) {
    enum verb unused;

    show(p, s);
    if (is_dot_line(p->line, p->line_len) && has_lone_dot(&w->wire) && goes_on(p)) {
        play_found(p, RULE_DOT_STUFFING, 0, NULL);
        keep(p);
        return false;
    }
    play_feed(p);
    if (dialogue_owes_reply(p->d, &unused))
        return true;
    keep(p);
    return false;
}

/* All of it. false: the play is over. */
static bool receive(struct play *p, const struct wanted *w, struct shown *s) {
    if (p->again && take_line(p, w, s))
        return true;
    for (;;) {
        size_t n = 0;
        enum await why = play_await(p, &n);

        if (why == AWAIT_LINE || n > 0) {
            play_take(p, n);
            if (take_line(p, w, s))
                return true;
            if (log_has(&p->out->log, RULE_FLOOD))
                return false;
        } else if (why == AWAIT_NOTHING) {
            end_anyway(p, s);
            return true;
        } else {
            if (why == AWAIT_CLOSED || why == AWAIT_RESET)
                play_gone(p, why);
            play_end(p, why, "the end of the message: a line with a single dot");
            return false;
        }
    }
}

/* --- holding both together --- */

struct comparison {
    struct play *p;
    struct shown *shown;
};

static size_t end_of_line(const struct buf *b, size_t at) {
    const char *lf = at < b->len ? memchr(b->data + at, '\n', b->len - at) : NULL;

    return lf != NULL ? (size_t)(lf - b->data) + 1 : b->len;
}

/* The event of the line that holds offset `at`; *start is where that line begins. */
static size_t event_at(struct play *p, const struct shown *s, size_t at, size_t *start) {
    size_t i;

    for (i = s->count; i > 0; i--)
        if (s->starts[i - 1] <= at)
            break;
    if (i == 0)
        return LOG_NO_EVENT;
    *start = s->starts[i - 1];
    if (at < end_of_line(&p->message, *start) || at >= p->message.len)
        return s->events[i - 1];
    while (*start < p->message.len && end_of_line(&p->message, *start) <= at)
        *start = end_of_line(&p->message, *start);
    p->line_len = 0;
    return play_note_line(p, p->message.data + *start, end_of_line(&p->message, *start) - *start);
}

static void on_difference(void *arg, enum rule rule, size_t at, const char *expected) {
    struct comparison *c = arg;
    size_t start = at;

    c->p->event = event_at(c->p, c->shown, at, &start);
    play_found(c->p, rule, at - start, expected);
}

static void compare(struct play *p, const struct wanted *w, struct shown *s) {
    struct comparison c = {p, s};

    if (log_has(&p->out->log, RULE_NO_END_DOT))
        return;
    if (w->any)
        match_any_message(p->message.data, p->message.len, on_difference, &c);
    else
        match_message(w->wire.data, w->wire.len, p->message.data, p->message.len, on_difference, &c);
}

static void note_rest(struct play *p, const struct shown *s) {
    size_t event;

    if (s->lines <= s->count)
        return;
    event = log_event(&p->out->log, EVENT_SKIPPED, p->at_line, dialogue_in_tls(p->d), "", 0);
    if (event != LOG_NO_EVENT)
        p->out->log.events[event].full_len = s->lines - s->count;
}

bool play_swallow(struct play *p) {
    struct wanted w = {.any = true};
    struct shown s = {.lines = 0, .count = 0};
    bool ended;

    buf_init(&w.wire, 1);
    buf_clear(&p->message);
    p->again = true;
    ended = receive(p, &w, &s);
    p->again = false;
    note_rest(p, &s);
    buf_free(&w.wire);
    return ended;
}

size_t play_message(struct play *p, size_t i) {
    struct wanted w = {.any = false};
    struct shown s = {.lines = 0, .count = 0};
    size_t next;

    buf_init(&w.wire, PLAY_BYTES_MAX);
    buf_clear(&p->message);
    next = gather(p, i, &w);
    if (next != PLAY_OVER && !receive(p, &w, &s))
        next = PLAY_OVER;
    if (next != PLAY_OVER) {
        note_rest(p, &s);
        compare(p, &w, &s);
        play_reached(p, REACHED_MESSAGE);
    }
    p->again = false;
    buf_free(&w.wire);
    return next;
}
