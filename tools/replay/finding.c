/* A finding as lines of text: what led to it, the line at fault, its bytes, what was expected. See report.h. */
#include "report.h"

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

static void add_words(const struct event *v, struct buf *out) {
    const char *who = v->by_client ? "the client" : "the server";

    if (v->kind == EVENT_CONNECT)
        buf_add_text(out, "the client connects");
    else if (v->kind == EVENT_TLS)
        buf_addf(out, "TLS begins (%s)", v->text);
    else if (v->kind == EVENT_CLOSE)
        buf_addf(out, "%s closes the connection", who);
    else if (v->kind == EVENT_RESET)
        buf_addf(out, "%s resets the connection", who);
    else if (v->kind == EVENT_UNSAID)
        buf_addf(out, "(you had gone on, so this was not sent: %.*s)", (int)strcspn(v->text, "\r\n"),
                 v->text);
    else
        buf_addf(out, "(%zu more lines of the message)", v->full_len);
}

/* A proper line end is left out, anything else is shown: that is what students do not see. */
static size_t shown_length(const struct event *v) {
    bool proper = v->len >= 2 && memcmp(v->text + v->len - 2, "\r\n", 2) == 0;

    return proper ? v->len - 2 : v->len;
}

static bool plain_text(const char *bytes, size_t n) {
    size_t i;

    for (i = 0; i < n; i++)
        if ((unsigned char)bytes[i] < 32 || (unsigned char)bytes[i] > 126)
            return false;
    return true;
}

/* The text of a line. A backslash is doubled only where escapes are about. */
static void add_text(const struct event *v, struct buf *out) {
    size_t n = shown_length(v);

    if (plain_text(v->text, n))
        buf_add(out, v->text, n);
    else
        encode_escaped(out, v->text, n);
}

void report_event(const struct event *v, size_t most, struct buf *out) {
    struct buf text;

    buf_init(&text, REPORT_MAX);
    if (v->kind == EVENT_SERVER || v->kind == EVENT_CLIENT)
        add_text(v, &text);
    else
        add_words(v, &text);
    if (v->number > 0)
        buf_addf(out, "%3u  %s ", v->number, sides[v->kind]);
    else
        buf_addf(out, "     %s ", sides[v->kind]);
    if (text.len > most)
        buf_addf(out, "%.*s...", (int)most - 3, text.data);
    else
        buf_add(out, text.data, text.len);
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

/* Words behind `out`, in lines of at most `width` columns; the first starts at `column`, the others at `indent`. */
void report_wrap(struct buf *out, const char *text, size_t column, size_t indent, size_t width) {
    bool fresh = true;

    while (*text != '\0') {
        size_t n = strcspn(text, " ");

        if (!fresh && column + 1 + n > width) {
            buf_addf(out, "\n%*s", (int)indent, "");
            column = indent;
            fresh = true;
        }
        buf_addf(out, "%s%.*s", fresh ? "" : " ", (int)n, text);
        column += n + !fresh;
        fresh = false;
        text += n + strspn(text + n, " ");
    }
    buf_add_char(out, '\n');
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
    report_wrap(out, sentence.data, out->len - start, BELOW_COLUMN + MARK_LEN, WIDTH);
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
    if (f->count > 1)
        buf_addf(out, "     (and %u times more)\n", f->count - 1);
}
