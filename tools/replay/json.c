/* See json.h. */
#include "json.h"

#include "report.h"

#include "../../lib/encode.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define TEXT_MAX 262144

static const char *const verdicts[] = {
    [VERDICT_PASS] = "pass", [VERDICT_FAIL] = "fail", [VERDICT_NOT_JUDGED] = "not-judged"};

static const char *const kinds[] = {
    [EVENT_CONNECT] = "connect", [EVENT_SERVER] = "server", [EVENT_CLIENT] = "client",
    [EVENT_TLS] = "tls",         [EVENT_CLOSE] = "close",   [EVENT_RESET] = "reset",
    [EVENT_SKIPPED] = "skipped", [EVENT_UNSAID] = "unsaid",
};

static json_t *text_or_null(const char *text) {
    return text != NULL ? json_string(text) : json_null();
}

static json_t *escaped(const char *bytes, size_t n) {
    struct buf out;
    json_t *j;

    buf_init(&out, TEXT_MAX);
    encode_escaped(&out, bytes, n);
    j = json_stringn(out.data, out.len);
    buf_free(&out);
    return j;
}

/* A program's output: lines stay lines, all else is escaped. */
static json_t *output(const struct buf *b) {
    struct buf out;
    json_t *j;
    size_t i = 0;

    buf_init(&out, TEXT_MAX);
    while (i < b->len) {
        const char *lf = memchr(b->data + i, '\n', b->len - i);
        size_t n = lf != NULL ? (size_t)(lf - b->data) - i : b->len - i;

        encode_escaped(&out, b->data + i, n);
        if (lf != NULL)
            buf_add_char(&out, '\n');
        i += n + 1;
    }
    j = json_stringn(out.data, out.len);
    buf_free(&out);
    return j;
}

/* Words separated by spaces, or lines: an array of them. */
static json_t *split(const char *text, const char *separator) {
    json_t *list = json_array();

    while (text != NULL && *text != '\0') {
        size_t n = strcspn(text, separator);

        if (n > 0)
            json_array_append_new(list, json_stringn(text, n));
        text += n + (text[n] != '\0');
    }
    return list;
}

static json_t *reached(unsigned set) {
    json_t *list = json_array();
    unsigned i;

    for (i = 0; i < REACHED_COUNT; i++)
        if ((set & 1U << i) != 0)
            json_array_append_new(list, json_string(play_reached_names[i]));
    return list;
}

static json_t *finding_text(const struct scene *s, const struct finding *f) {
    struct buf text;
    json_t *lines;

    buf_init(&text, TEXT_MAX);
    report_finding(s, f, &text);
    lines = split(text.data, "\n");
    buf_free(&text);
    return lines;
}

static json_t *sentence(const struct finding *f) {
    struct buf text;
    json_t *j;

    buf_init(&text, TEXT_MAX);
    log_sentence(f, &text);
    j = json_string(text.data);
    buf_free(&text);
    return j;
}

static const struct event *event_of(const struct scene *s, const struct finding *f) {
    return f->event < s->outcome.log.event_count ? &s->outcome.log.events[f->event] : NULL;
}

/* A mistake anywhere else: here the transcript takes it (! allow), and whoever makes none may do it, too. */
static bool is_allowed(const struct finding *f) {
    return f->severity == SEVERITY_NOTE && rules_info(f->rule)->severity != SEVERITY_NOTE;
}

static json_t *finding(const struct scene *s, const struct finding *f) {
    const struct rule_info *rule = rules_info(f->rule);
    const struct event *v = event_of(s, f);

    return json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:o, s:s, s:s, s:o, s:o, s:i, s:o, s:b}", "rule",
                     rule->slug, "severity", severity_name(f->severity), "rfc", rule->rfc, "line",
                     (int)f->line, "event", v != NULL ? (int)v->number : 0, "count", (int)f->count,
                     "sentence", sentence(f), "why", rule->why, "advice", rule->advice, "expected",
                     text_or_null(f->expected), "got",
                     v != NULL && v->kind == EVENT_CLIENT ? escaped(v->text, v->len) : json_null(), "at",
                     (int)f->at, "text", finding_text(s, f), "allowed", (int)is_allowed(f));
}

static json_t *findings(const struct scene *s) {
    json_t *list = json_array();
    size_t i;

    for (i = 0; i < s->outcome.log.finding_count; i++)
        json_array_append_new(list, finding(s, &s->outcome.log.findings[i]));
    return list;
}

static json_t *event(const struct event *v) {
    return json_pack("{s:i, s:f, s:s, s:i, s:b, s:s, s:I, s:o}", "n", (int)v->number, "ms", v->ms, "kind",
                     kinds[v->kind], "line", (int)v->line, "tls", (int)v->tls, "by",
                     v->kind == EVENT_CLIENT || v->by_client ? "client" : "server", "length",
                     (json_int_t)v->full_len, "text", escaped(v->text, v->len));
}

static json_t *events(const struct scene *s) {
    json_t *list = json_array();
    size_t i;

    for (i = 0; i < s->outcome.log.event_count; i++)
        json_array_append_new(list, event(&s->outcome.log.events[i]));
    return list;
}

static json_t *number_or_null(bool there, int n) {
    return there ? json_integer(n) : json_null();
}

static json_t *lab_of(const struct scene *s) {
    const char *lab = s->transcript->keys[KEY_LAB];

    return number_or_null(lab != NULL, lab != NULL ? atoi(lab) : 0);
}

json_t *json_scene(const struct scene *s) {
    const struct transcript *t = s->transcript;
    bool exited = s->has_status && WIFEXITED(s->status);
    bool killed = s->has_status && WIFSIGNALED(s->status);
    bool judged = s->verdict != VERDICT_NOT_JUDGED;

    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:b, s:f, s:o, s:o, s:o, s:o, s:o}",
                     "transcript", t->name, "title", text_or_null(t->keys[KEY_TITLE]), "lab", lab_of(s),
                     "teaches", split(t->keys[KEY_TEACHES], " "), "hint", text_or_null(t->keys[KEY_HINT]),
                     "verdict", verdicts[s->verdict], "reason", text_or_null(judged ? NULL : s->reason),
                     "exit", number_or_null(exited, exited ? WEXITSTATUS(s->status) : 0), "signal",
                     number_or_null(killed, killed ? WTERMSIG(s->status) : 0), "backstop",
                     (int)s->outcome.backstop, "ms", s->ms, "reached", reached(s->outcome.reached),
                     "findings", findings(s), "events", events(s), "stderr", output(&s->standard_error),
                     "stdout", output(&s->standard_output));
}
