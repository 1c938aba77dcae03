/* See log.h. */
#include "log.h"

#include "display.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

double log_clock(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

void log_init(struct log *l) {
    int r;

    memset(l, 0, sizeof *l);
    l->started = log_clock();
    for (r = 0; r < RULE_COUNT; r++)
        l->severities[r] = rules_info((enum rule)r)->severity;
}

static char *copy(const char *bytes, size_t n) {
    char *text = malloc(n + 1);

    if (text == NULL)
        return NULL;
    if (n > 0)
        memcpy(text, bytes, n);
    text[n] = '\0';
    return text;
}

static char *copy_text(const char *text) {
    return text != NULL ? copy(text, strlen(text)) : NULL;
}

/* Room for one event more: the array doubles, so that a long message costs little. */
static bool grow(struct log *l) {
    size_t count = l->event_count;
    struct event *bigger;

    if (count >= LOG_EVENTS_MAX)
        return false;
    if (count != 0 && (count < 16 || (count & (count - 1)) != 0))
        return true;
    bigger = realloc(l->events, (count < 16 ? 16 : count * 2) * sizeof *bigger);
    if (bigger == NULL)
        return false;
    l->events = bigger;
    return true;
}

size_t log_event(struct log *l, enum event_kind kind, unsigned line, bool tls, const char *text, size_t n) {
    struct event e = {.kind = kind, .line = line, .tls = tls, .ms = log_clock() - l->started};

    if (!grow(l))
        return LOG_NO_EVENT;
    if (kind == EVENT_SERVER || kind == EVENT_CLIENT)
        e.number = ++l->lines;
    e.full_len = n;
    e.len = n < LOG_EVENT_BYTES ? n : LOG_EVENT_BYTES;
    e.text = copy(text, e.len);
    if (e.text == NULL)
        return LOG_NO_EVENT;
    l->events[l->event_count] = e;
    return l->event_count++;
}

void log_extend(struct log *l, size_t event, const char *bytes, size_t n) {
    struct event *v = &l->events[event];
    size_t more = n < LOG_EVENT_BYTES - v->len ? n : LOG_EVENT_BYTES - v->len;
    char *bigger = realloc(v->text, v->len + more + 1);

    v->full_len += n;
    if (bigger == NULL)
        return;
    memcpy(bigger + v->len, bytes, more);
    v->text = bigger;
    v->len += more;
    bigger[v->len] = '\0';
}

static struct finding *earlier(struct log *l, enum rule rule) {
    size_t i;

    for (i = 0; i < l->finding_count; i++)
        if (l->findings[i].rule == rule)
            return &l->findings[i];
    return NULL;
}

void log_finding(struct log *l, const struct finding *f) {
    struct finding *same = earlier(l, f->rule);
    struct finding *kept;

    if (same != NULL) {
        same->count++;
        return;
    }
    if (l->finding_count == LOG_FINDINGS_MAX)
        return;
    kept = &l->findings[l->finding_count++];
    *kept = *f;
    kept->count = 1;
    kept->severity = l->severities[f->rule];
    kept->expected = copy_text(f->expected);
    kept->detail = copy_text(f->detail);
}

void log_drop(struct log *l, size_t which) {
    free(l->findings[which].expected);
    free(l->findings[which].detail);
    l->finding_count--;
    memmove(l->findings + which, l->findings + which + 1, (l->finding_count - which) * sizeof l->findings[0]);
}

enum severity log_worst(const struct log *l) {
    enum severity worst = SEVERITY_NOTE;
    size_t i;

    for (i = 0; i < l->finding_count; i++)
        if (l->findings[i].severity > worst)
            worst = l->findings[i].severity;
    return worst;
}

bool log_has(const struct log *l, enum rule rule) {
    size_t i;

    for (i = 0; i < l->finding_count; i++)
        if (l->findings[i].rule == rule)
            return true;
    return false;
}

/* A proper line end is left out, anything else is shown: that is what students do not see. */
static size_t shown_length(const struct event *v) {
    bool proper = v->len >= 2 && memcmp(v->text + v->len - 2, "\r\n", 2) == 0;

    return proper ? v->len - 2 : v->len;
}

/* A reply that was kept back: its first line will do. */
static int show_unsaid(const struct event *v, bool utf8, struct buf *out) {
    if (buf_add_text(out, "(you had gone on, so this was not sent: ") == -1 ||
        display_text(out, v->text, strcspn(v->text, "\r\n"), utf8) == -1)
        return -1;
    return buf_add_char(out, ')');
}

int log_show(const struct event *v, bool utf8, struct buf *out) {
    const char *who = v->by_client ? "the client" : "the server";

    switch (v->kind) {
    case EVENT_SERVER:
    case EVENT_CLIENT:
        return display_text(out, v->text, shown_length(v), utf8);
    case EVENT_CONNECT:
        return buf_add_text(out, "the client connects");
    case EVENT_TLS:
        return buf_addf(out, "TLS begins (%s)", v->text);
    case EVENT_CLOSE:
        return buf_addf(out, "%s closes the connection", who);
    case EVENT_RESET:
        return buf_addf(out, "%s resets the connection", who);
    case EVENT_UNSAID:
        return show_unsaid(v, utf8, out);
    default:
        return buf_addf(out, "(%zu more lines of the message)", v->full_len);
    }
}

const char *log_fill(const struct finding *f) {
    const char *words = rules_circumstance(f->circumstance);

    if (f->detail != NULL)
        return f->detail;
    return words[0] == '\0' && f->expected != NULL ? f->expected : words;
}

int log_sentence(const struct finding *f, struct buf *out) {
    return rules_sentence(out, rules_info(f->rule)->seen, log_fill(f));
}

void log_free(struct log *l) {
    size_t i;

    for (i = 0; i < l->event_count; i++)
        free(l->events[i].text);
    free(l->events);
    for (i = 0; i < l->finding_count; i++) {
        free(l->findings[i].expected);
        free(l->findings[i].detail);
    }
    l->event_count = l->finding_count = 0;
    l->events = NULL;
}
