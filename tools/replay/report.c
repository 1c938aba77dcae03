/* See report.h. */
#include "report.h"

#include "../../lib/encode.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#define REPORT_MAX 65536
#define CONTEXT_LINES 3 /* of the conversation, before the one at fault */
#define MARK_COLUMN 37  /* where "<-" stands, if the line is short enough */
#define TEXT_COLUMNS 66 /* of a line's text shown in a finding */
#define COLUMNS_MIN 40
#define COLUMNS_DEFAULT 80 /* in a log */
#define COLUMNS_MAX 110    /* longer lines are hard to read */
#define HEX_BYTES 16       /* shown round the first wrong byte */

/* --- one line of the conversation --- */

/* What stands before the text: who spoke. Events that are no lines speak for themselves. */
static const char *const sides[] = {
    [EVENT_CONNECT] = "--", [EVENT_SERVER] = "S:", [EVENT_CLIENT] = "C:",  [EVENT_TLS] = "--",
    [EVENT_CLOSE] = "--",   [EVENT_RESET] = "--",  [EVENT_SKIPPED] = "--",
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

static void add_event(const struct event *v, size_t most, struct buf *out) {
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

static void pad_to(struct buf *out, size_t start, size_t column) {
    do
        buf_add_char(out, ' ');
    while (out->len - start < column);
}

static void add_mark(const struct finding *f, struct buf *out, size_t start) {
    struct buf sentence;

    buf_init(&sentence, REPORT_MAX);
    log_sentence(f, &sentence);
    pad_to(out, start, MARK_COLUMN);
    buf_addf(out, "<- %s\n", sentence.data);
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
    struct buf sentence;

    for (; i < log->event_count; i++) {
        add_event(&log->events[i], TEXT_COLUMNS, out);
        buf_add_char(out, '\n');
    }
    buf_init(&sentence, REPORT_MAX);
    log_sentence(f, &sentence);
    buf_addf(out, "     <- %s\n", sentence.data);
    buf_free(&sentence);
}

static void add_with_line(const struct scene *s, const struct finding *f, struct buf *out) {
    const struct log *log = &s->outcome.log;
    size_t i, start = 0;

    for (i = context_start(log, f->event); i <= f->event; i++) {
        start = out->len;
        add_event(&log->events[i], TEXT_COLUMNS, out);
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

/* --- the whole --- */

struct paint {
    const char *fail, *warn, *good, *dim, *off;
};

static const struct paint coloured = {"\033[1;31m", "\033[33m", "\033[32m", "\033[2m", "\033[0m"};
static const struct paint plain = {"", "", "", "", ""};

static void print_conversation(const struct scene *s, FILE *to) {
    size_t i;

    for (i = 0; i < s->outcome.log.event_count; i++) {
        struct buf line;

        buf_init(&line, REPORT_MAX);
        add_event(&s->outcome.log.events[i], REPORT_MAX / 2, &line);
        fprintf(to, "  %s\n", line.data);
        buf_free(&line);
    }
}

static void print_heading(const struct scene *s, const struct finding *f, FILE *to,
                          const struct paint *paint) {
    const struct rule_info *rule = rules_info(f->rule);
    const char *lab = s->transcript->keys[KEY_LAB];

    if (lab != NULL)
        fprintf(to, "lab %s · ", lab);
    fprintf(to, "%s · %s%s%s %s%s%s%s\n", s->transcript->name,
            f->severity == SEVERITY_FAIL ? paint->fail : paint->warn,
            f->severity == SEVERITY_FAIL ? "rule" : severity_name(f->severity), paint->off, rule->slug,
            rule->rfc[0] != '\0' ? " (" : "", rule->rfc, rule->rfc[0] != '\0' ? ")" : "");
}

/* How wide the reader's terminal is. */
static size_t columns(FILE *to) {
    struct winsize size;

    if (ioctl(fileno(to), TIOCGWINSZ, &size) == -1 || size.ws_col < COLUMNS_MIN)
        return COLUMNS_DEFAULT;
    return size.ws_col < COLUMNS_MAX ? size.ws_col : COLUMNS_MAX;
}

/* Words in lines of two spaces and text, no wider than `width`. */
static void print_wrapped(const char *text, FILE *to, size_t width) {
    size_t column = 0;

    while (*text != '\0') {
        size_t n = strcspn(text, " ");

        if (column > 0 && column + 1 + n > width) {
            fputc('\n', to);
            column = 0;
        }
        fputs(column == 0 ? "  " : " ", to);
        fprintf(to, "%.*s", (int)n, text);
        column += n + (column == 0 ? 2 : 1);
        text += n + strspn(text + n, " ");
    }
    fputc('\n', to);
}

static void print_finding(const struct scene *s, const struct finding *f, FILE *to,
                          const struct paint *paint) {
    struct buf text;
    const char *line;

    buf_init(&text, REPORT_MAX);
    report_finding(s, f, &text);
    print_heading(s, f, to, paint);
    for (line = text.data; line != NULL && *line != '\0'; line += strcspn(line, "\n") + 1)
        fprintf(to, "  %.*s\n", (int)strcspn(line, "\n"), line);
    print_wrapped(rules_info(f->rule)->advice, to, columns(stdout));
    fputc('\n', to);
    buf_free(&text);
}

static void print_verdict(const struct scene *s, FILE *to, const struct paint *paint) {
    static const char *const words[] = {
        [VERDICT_PASS] = "pass", [VERDICT_FAIL] = "fail", [VERDICT_NOT_JUDGED] = "not judged"};
    const char *colour = s->verdict == VERDICT_PASS   ? paint->good
                         : s->verdict == VERDICT_FAIL ? paint->fail
                                                      : paint->warn;

    fprintf(to, "%s%s%s  %s", colour, words[s->verdict], paint->off, s->transcript->name);
    if (s->verdict == VERDICT_NOT_JUDGED)
        fprintf(to, ": %s", s->reason);
    if (s->outcome.backstop)
        fputs(" (ended by the clock alone)", to);
    if (s->has_status && WIFEXITED(s->status))
        fprintf(to, "  %s(exit %d)%s", paint->dim, WEXITSTATUS(s->status), paint->off);
    fputc('\n', to);
}

void report_scene(const struct scene *s, FILE *to, bool colour) {
    const struct paint *paint = colour ? &coloured : &plain;
    size_t i;

    if (s->options->conversation)
        print_conversation(s, to);
    for (i = 0; i < s->outcome.log.finding_count; i++)
        print_finding(s, &s->outcome.log.findings[i], to, paint);
    if (!s->options->quiet)
        print_verdict(s, to, paint);
}
