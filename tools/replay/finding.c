/* A finding as lines of text: what led to it, the line at fault, its bytes, what was expected. See report.h. */
#include "report.h"

#include "../../lib/display.h"
#include "../../lib/encode.h"

#include <string.h>

#define REPORT_MAX 65536
#define WIDTH 78 /* of all lines, unless bytes force more: a report is indented, and read at 80 columns */
#define CONTEXT_LINES 3 /* of the conversation, before the one at fault */
#define MARK_COLUMN 37  /* where "<-" stands, if the line is short enough */
#define MARK_LEN 3      /* of "<- " */
#define BELOW_COLUMN 5  /* and where, if it stands below the line */
#define TEXT_COLUMNS 66 /* of a line's text shown in a finding */
#define HEX_BYTES 12    /* shown round the first wrong byte */

/* --- one line of the conversation --- */

/* What stands before the text: who spoke. Events that are no lines speak for themselves. */
static const char *const sides[] = {
    [EVENT_CONNECT] = "--", [EVENT_SERVER] = "S:", [EVENT_CLIENT] = "C:",  [EVENT_TLS] = "--",
    [EVENT_CLOSE] = "--",   [EVENT_RESET] = "--",  [EVENT_SKIPPED] = "--", [EVENT_UNSAID] = "--",
};

void report_event(const struct event *v, size_t most, struct buf *out) {
    struct buf text;

    buf_init(&text, REPORT_MAX);
    log_show(v, false, &text);
    if (v->number > 0)
        buf_addf(out, "%3u  %s ", v->number, sides[v->kind]);
    else
        buf_addf(out, "     %s ", sides[v->kind]);
    display_cut(out, text.data, most, false);
    buf_free(&text);
}

/* --- a finding --- */

/* The first event to show: a few lines before the one at fault. */
static size_t context_start(const struct log *log, size_t event) {
    size_t lines = 0;

    while (event > 0 && lines < CONTEXT_LINES) {
        event--;
        lines++;
    }
    (void)log;
    return event;
}

/* At least one space, unless the line is still empty. */
static void pad_to(struct buf *out, size_t start, size_t column) {
    do
        buf_add_char(out, ' ');
    while (out->len - start < column);
}

/* The sentence beside the line if there is room, else below it. start: where the line began. */
static void add_mark(const struct finding *f, struct buf *out, size_t start) {
    size_t line = out->len - start;
    size_t column = MARK_COLUMN;
    struct buf sentence;

    buf_init(&sentence, REPORT_MAX);
    log_sentence(f, &sentence);
    if (column + MARK_LEN + sentence.len > WIDTH && MARK_LEN + sentence.len < WIDTH)
        column = WIDTH - MARK_LEN - sentence.len; /* further left, so that all fits */
    if (line >= column) {
        buf_add_char(out, '\n');
        start = out->len;
        column = BELOW_COLUMN;
    }
    pad_to(out, start, line == 0 ? BELOW_COLUMN : column);
    buf_add_text(out, "<- ");
    display_wrap(out, sentence.data, WIDTH, BELOW_COLUMN + MARK_LEN);
    buf_add_char(out, '\n');
    buf_free(&sentence);
}

/* Rules about single bytes: the hex of what stands there, and a caret. */
static bool about_bytes(enum rule rule) {
    return (rule >= RULE_BARE_LF && rule <= RULE_NOT_THESE_BYTES && rule != RULE_LINE_TOO_LONG) ||
           rule == RULE_SPACE_AFTER_COLON || rule == RULE_BAD_ADDRESS || rule == RULE_BAD_ARGUMENT ||
           rule == RULE_WRONG_ADDRESS || rule == RULE_WRONG_BODY || rule == RULE_EIGHT_BIT ||
           rule == RULE_DOT_STUFFING || rule == RULE_NO_ANGLE_BRACKETS;
}

static void add_hex(const struct event *v, size_t at, struct buf *out) {
    size_t first = at > HEX_BYTES / 2 ? at - HEX_BYTES / 2 : 0;
    size_t last = first + HEX_BYTES < v->len ? first + HEX_BYTES : v->len;
    size_t i;

    if (first >= last)
        return;
    buf_addf(out, "     bytes %zu-%zu:", first, last - 1);
    for (i = first; i < last; i++)
        buf_addf(out, " %02x", (unsigned)(unsigned char)v->text[i]);
    buf_add_text(out, "   ");
    encode_escaped(out, v->text + first, last - first);
    buf_add_char(out, '\n');
    if (at >= v->len)
        return;
    i = out->len;
    pad_to(out, i,
           strlen("     bytes -:") + (first > 9 ? 2 : 1) + (last - 1 > 9 ? 2 : 1) + 1 + (at - first) * 3);
    buf_add_text(out, "^^\n");
}

static bool fills_sentence(const struct finding *f) {
    return strstr(rules_info(f->rule)->seen, "%s") != NULL && log_fill(f) == f->expected;
}

static void add_expected(const struct finding *f, struct buf *out) {
    if (f->expected != NULL && f->expected[0] != '\0' && !fills_sentence(f))
        buf_addf(out, "     expected %s\n", f->expected);
}

/* A finding that belongs to no line: the end of the conversation, then the sentence. */
static void add_without_line(const struct scene *s, const struct finding *f, struct buf *out) {
    const struct log *log = &s->outcome.log;
    size_t i = context_start(log, log->event_count);

    for (; i < log->event_count; i++) {
        report_event(&log->events[i], TEXT_COLUMNS, out);
        buf_add_char(out, '\n');
    }
    add_mark(f, out, out->len);
}

static void add_with_line(const struct scene *s, const struct finding *f, struct buf *out) {
    const struct log *log = &s->outcome.log;
    size_t i, start = 0;

    for (i = context_start(log, f->event); i <= f->event; i++) {
        start = out->len;
        report_event(&log->events[i], TEXT_COLUMNS, out);
        if (i < f->event)
            buf_add_char(out, '\n');
    }
    add_mark(f, out, start);
    if (about_bytes(f->rule) && log->events[f->event].kind == EVENT_CLIENT)
        add_hex(&log->events[f->event], f->at, out);
}

void report_finding(const struct scene *s, const struct finding *f, struct buf *out) {
    if (f->event == LOG_NO_EVENT || f->event >= s->outcome.log.event_count)
        add_without_line(s, f, out);
    else
        add_with_line(s, f, out);
    add_expected(f, out);
    if (f->count == 2)
        buf_add_text(out, "     (and once more)\n");
    else if (f->count > 2)
        buf_addf(out, "     (and %u times more)\n", f->count - 1);
}
