/* The loop over the items, and the ends of a play. See play.h. */
#include "play_internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define WORDS_MAX 1024 /* what a client may send, in words */

const char *const play_reached_names[REACHED_COUNT] = {
    "connect", "greeting", "hello", "tls", "auth", "mail", "rcpt", "data", "message", "accepted", "quit"};

/* --- findings and events --- */

size_t play_trouble(struct play *p) {
    p->failed = true;
    return PLAY_OVER;
}

void play_reached(struct play *p, enum reached what) {
    p->out->reached |= (unsigned)what;
}

void play_found(struct play *p, enum rule rule, size_t at, const char *expected) {
    struct finding f = {.rule = rule, .line = p->at_line, .event = p->event, .at = at, .count = 1};

    f.expected = (char *)expected; /* log_finding() copies it */
    log_finding(&p->out->log, &f);
}

/* Rules about the order of things: after a line that did not match they only follow from it. */
static bool follows_from_order(enum rule rule) {
    return rule >= RULE_TALK_BEFORE_GREETING && rule <= RULE_UNKNOWN_COMMAND;
}

/* Without a watch an early byte may be our own slowness: a warning then. */
static void soften(struct log *log, const struct play *p, enum rule rule, enum circumstance why) {
    bool early = rule == RULE_EARLY_SEND || rule == RULE_TALK_BEFORE_GREETING ||
                 (rule == RULE_DATA_BEFORE_354 && why == CIRCUMSTANCE_NONE);

    if (early && p->setup->watch == NULL && log->severities[rule] == SEVERITY_FAIL)
        log->severities[rule] = SEVERITY_WARN;
}

static void on_found(void *arg, enum rule rule, enum circumstance circumstance, size_t at) {
    struct play *p = arg;
    struct log *log = &p->out->log;
    struct finding f = {
        .rule = rule, .circumstance = circumstance, .line = p->at_line, .event = p->event, .at = at};

    if (p->strikes > 0 && follows_from_order(rule))
        return;
    soften(log, p, rule, circumstance);
    if (follows_from_order(rule))
        f.expected = p->may.data;
    if (p->event == LOG_NO_EVENT && p->line != NULL && !log_has(log, rule))
        f.event = p->event = play_note_line(p, p->line, p->line_len);
    if (log->severities[rule] == SEVERITY_FAIL)
        p->fails++;
    if (!log_has(log, rule) && p->event == LOG_NO_EVENT)
        p->early = log->finding_count;
    log_finding(log, &f);
}

size_t play_note_line(struct play *p, const char *shown, size_t n) {
    struct log *log = &p->out->log;
    size_t event = log_event(log, EVENT_CLIENT, p->at_line, dialogue_in_tls(p->d), shown, n);

    if (event != LOG_NO_EVENT)
        log->events[event].full_len = p->line_len > n ? p->line_len : n;
    if (p->early != LOG_NO_EVENT && p->early < log->finding_count)
        log->findings[p->early].event = event;
    p->early = LOG_NO_EVENT;
    return event;
}

static size_t last_client_line(const struct log *log) {
    size_t i = log->event_count;

    while (i > 0 && log->events[i - 1].kind != EVENT_CLIENT)
        i--;
    return i > 0 ? i - 1 : LOG_NO_EVENT;
}

size_t play_skip_nuls(struct play *p) {
    struct log *log = &p->out->log;
    size_t n, count = 0;
    const char *bytes = stream_peek(p->s, &n);

    while (count < n && bytes[count] == '\0')
        count++;
    if (count == 0)
        return 0;
    p->event = last_client_line(log);
    play_found(p, RULE_NUL_BYTE, p->event != LOG_NO_EVENT ? log->events[p->event].full_len : 0, NULL);
    if (p->event != LOG_NO_EVENT)
        log_extend(log, p->event, bytes, count);
    stream_take(p->s, count);
    return count;
}

void play_take(struct play *p, size_t n) {
    size_t have;
    const char *bytes = stream_peek(p->s, &have);

    buf_clear(&p->current);
    buf_add(&p->current, bytes, n < have ? n : have);
    stream_take(p->s, n);
    p->line = p->current.data;
    p->line_len = p->current.len;
    p->event = LOG_NO_EVENT;
    p->fails = 0;
}

void play_keep(struct play *p) {
    struct buf *heard = dialogue_in_tls(p->d) ? &p->out->inside_tls : &p->out->clear;

    if (buf_add(heard, p->line, p->line_len) == -1)
        play_found(p, RULE_FLOOD, 0, NULL);
}

void play_feed(struct play *p) {
    play_keep(p);
    buf_clear(&p->may);
    dialogue_expected(p->d, &p->may);
    dialogue_client_line(p->d, p->line, p->line_len);
}

/* --- ends --- */

/* The rule each way of not getting a line breaks, when a line was due. */
static const enum rule ends[] = {
    [AWAIT_NOTHING] = RULE_WAITS_FOR_NOTHING, [AWAIT_INPUT] = RULE_WAITS_FOR_INPUT,
    [AWAIT_CLOSED] = RULE_CLOSED_EARLY,       [AWAIT_RESET] = RULE_CLOSED_EARLY,
    [AWAIT_SECOND] = RULE_SECOND_CONNECTION,  [AWAIT_CLOCK] = RULE_TOO_SLOW,
};

static void note_end(struct play *p, enum event_kind kind, bool by_client) {
    struct log *log = &p->out->log;
    size_t event = log_event(log, kind, p->at_line, dialogue_in_tls(p->d), "", 0);

    if (event != LOG_NO_EVENT)
        log->events[event].by_client = by_client;
    p->event = event;
}

void play_gone(struct play *p, enum await why) {
    if (!p->gone)
        note_end(p, why == AWAIT_RESET ? EVENT_RESET : EVENT_CLOSE, true);
    p->gone = true;
}

size_t play_end(struct play *p, enum await why, const char *expected) {
    if (why == AWAIT_CLOCK)
        p->out->backstop = true;
    play_found(p, ends[why], 0, expected);
    return PLAY_OVER;
}

static size_t close_ours(struct play *p, size_t i) {
    struct err ignored;

    while (stream_fill(p->s, 0, &ignored) > 0) { /* unread bytes would turn our close into a reset */
    }
    if (dialogue_in_tls(p->d))
        tls_shutdown(p->s);
    note_end(p, EVENT_CLOSE, false);
    if (p->setup->recorder != NULL)
        recorder_close(p->setup->recorder);
    stream_free(p->s);
    p->s = NULL;
    return i + 1;
}

static size_t reset_ours(struct play *p, size_t i) {
    struct linger at_once = {1, 0};

    setsockopt(stream_fd(p->s), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    note_end(p, EVENT_RESET, false);
    stream_free(p->s);
    p->s = NULL;
    return i + 1;
}

/* --- the loop --- */

static size_t next_item(struct play *p, size_t i) {
    (void)p;
    return i + 1;
}

static size_t set_cut(struct play *p, size_t i) {
    p->cut = &p->t->items[i];
    return i + 1;
}

static size_t set_hold(struct play *p, size_t i) {
    p->hold = true;
    return i + 1;
}

static size_t set_gap(struct play *p, size_t i) {
    p->gap_ms = p->t->items[i].number;
    return i + 1;
}

static size_t do_pause(struct play *p, size_t i) {
    play_pause(p, p->t->items[i].number);
    return i + 1;
}

/* The end of a round, or of one order of several: perhaps not the last. */
static size_t end_block(struct play *p, size_t i) {
    bool asks = play_repeat_at(p, i) != PLAY_OVER || play_any_order_at(p, i) != PLAY_OVER;

    return asks ? play_client(p, i) : i + 1;
}

/* An arm of @choice is done: on behind its @end. */
static size_t leave_choice(struct play *p, size_t i) {
    while (p->t->items[i].kind == ITEM_OR)
        i = p->t->items[i].end;
    return i + 1;
}

/* What each item does. Items without a row cannot be played yet: play_supported() says so. */
static size_t (*const steps[])(struct play *, size_t) = {
    [ITEM_BLANK] = next_item,
    [ITEM_COMMENT] = next_item,
    [ITEM_SERVER] = play_send,
    [ITEM_SERVER_RAW] = play_send,
    [ITEM_CLIENT] = play_client,
    [ITEM_CLIENT_EXACT] = play_client,
    [ITEM_MESSAGE_LINE] = play_message,
    [ITEM_MESSAGE_END] = play_message,
    [ITEM_STDIN] = next_item,
    [ITEM_FILE] = next_item,
    [ITEM_OPTIONAL] = play_client,
    [ITEM_CHOICE] = play_client,
    [ITEM_OR] = leave_choice,
    [ITEM_ANY_ORDER] = play_client,
    [ITEM_REPEAT] = play_client,
    [ITEM_END] = end_block,
    [ITEM_WAIT] = do_pause,
    [ITEM_STALL] = do_pause,
    [ITEM_WRITE] = set_cut,
    [ITEM_HOLD] = set_hold,
    [ITEM_GAP] = set_gap,
    [ITEM_TLS_START] = play_tls,
    [ITEM_TLS_IMMEDIATE] = play_tls,
    [ITEM_TLS_EXPECT_ABORT] = next_item, /* the handshake before it has seen to it */
    [ITEM_CLOSE] = close_ours,
    [ITEM_RESET] = reset_ours,
    [ITEM_EXPECT_CLOSE] = play_expect_close,
    [ITEM_CHECK] = play_check,
};

int play_supported(const struct transcript *t, struct err *e) {
    size_t i;

    if (t->unfinished_line > 0)
        return err_set(
            e, ERR_INPUT,
            "%s:%u:1: the message that begins here has no \"C: .\": the recording broke off in it, "
            "it can be read but not played",
            t->name, t->unfinished_line);
    for (i = 0; i < t->item_count; i++) {
        size_t kind = (size_t)t->items[i].kind;

        if (kind >= sizeof steps / sizeof steps[0] || steps[kind] == NULL)
            return err_set(e, ERR_INPUT, "%s:%u:1: '%s' is read but not played by this version", t->name,
                           t->items[i].line, t->items[i].text);
        if (kind == ITEM_TLS_EXPECT_ABORT && !play_abort_belongs(t, i))
            return err_set(e, ERR_INPUT,
                           "%s:%u:1: @tls expect-abort stands right behind a @tls start or immediate",
                           t->name, t->items[i].line);
    }
    return 0;
}

/* Items that need the connection are skipped once we have closed it. */
static bool playable(const struct play *p, const struct item *item) {
    return p->s != NULL || item->kind == ITEM_CHECK || steps[item->kind] == next_item;
}

static void play_items(struct play *p) {
    size_t i = 0;

    while (i < p->t->item_count) {
        const struct item *item = &p->t->items[i];

        p->at_line = item->line;
        if (!p->again)
            p->event = LOG_NO_EVENT;
        i = playable(p, item) ? steps[item->kind](p, i) : i + 1;
    }
}

static void apply_severity(struct log *log, const struct item *item) {
    if (item->kind == ITEM_CHECK && item->check == CHECK_FORBID)
        log->severities[item->rule] = SEVERITY_FAIL;
    if (item->kind == ITEM_CHECK && item->check == CHECK_ALLOW)
        log->severities[item->rule] = SEVERITY_NOTE;
}

void play_outcome_init(struct play_outcome *out, const struct transcript *t) {
    size_t i;

    log_init(&out->log);
    out->reached = 0;
    out->backstop = false;
    out->improvised = false;
    buf_init(&out->clear, PLAY_BYTES_MAX);
    buf_init(&out->inside_tls, PLAY_BYTES_MAX);
    for (i = 0; i < t->item_count; i++)
        apply_severity(&out->log, &t->items[i]);
}

int play_run(const struct play_setup *setup, struct stream *stream, struct play_outcome *out, struct err *e) {
    struct play p = {.setup = setup, .t = setup->transcript, .s = stream, .out = out, .e = e};

    p.early = LOG_NO_EVENT;
    p.event = LOG_NO_EVENT;
    p.instead = PLAY_OVER;
    p.deadline = setup->clock_ms > 0 ? log_clock() + setup->clock_ms : 0;
    buf_init(&p.may, WORDS_MAX);
    buf_init(&p.current, PLAY_BYTES_MAX);
    buf_init(&p.message, PLAY_BYTES_MAX);
    buf_init(&p.message_ids, PLAY_BYTES_MAX);
    buf_init(&p.scratch, PLAY_BYTES_MAX);
    buf_init(&p.unsaid, PLAY_BYTES_MAX);
    p.d = dialogue_new(on_found, &p);
    if (p.d != NULL && play_asks_for_tls(p.t))
        dialogue_require_tls(p.d);
    p.done = calloc(p.t->item_count + 1, sizeof *p.done);
    if (p.d == NULL || p.done == NULL) {
        err_set(e, ERR_SYSTEM, "out of memory");
        p.failed = true;
    } else {
        if (setup->recorder != NULL)
            stream_tap(stream, recorder_tap, setup->recorder);
        play_reached(&p, REACHED_CONNECT);
        log_event(&out->log, EVENT_CONNECT, 0, false, "", 0);
        play_items(&p);
    }
    dialogue_free(p.d);
    free(p.done);
    stream_free(p.s);
    buf_free(&p.may);
    buf_free(&p.current);
    buf_free(&p.message);
    buf_free(&p.message_ids);
    buf_free(&p.scratch);
    buf_free(&p.unsaid);
    return p.failed ? -1 : 0;
}

void play_outcome_free(struct play_outcome *out) {
    log_free(&out->log);
    buf_free(&out->clear);
    buf_free(&out->inside_tls);
}
