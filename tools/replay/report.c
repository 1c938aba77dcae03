/* See report.h. */
#include "report.h"

#include "../../lib/display.h"
#include "../../lib/encode.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#define REPORT_MAX 65536
#define COLUMNS_MIN 40
#define COLUMNS_DEFAULT 80 /* in a log */
#define COLUMNS_MAX 110    /* longer lines are hard to read */

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
        report_event(&s->outcome.log.events[i], REPORT_MAX / 2, &line);
        fprintf(to, "  %s\n", line.data);
        buf_free(&line);
    }
}

/* What the client told its user: nobody else shows it, and advice speaks of it. */
static void print_told(const struct buf *told, FILE *to) {
    const char *line = told->data;

    while (*line != '\0') {
        size_t n = strcspn(line, "\n");
        struct buf text;

        buf_init(&text, REPORT_MAX);
        encode_escaped(&text, line, n);
        fprintf(to, "       -- standard error: %s\n", text.data);
        buf_free(&text);
        line += line[n] == '\n' ? n + 1 : n;
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

static void print_finding(const struct scene *s, const struct finding *f, FILE *to,
                          const struct paint *paint) {
    struct buf text;
    const char *line;

    buf_init(&text, REPORT_MAX);
    report_finding(s, f, &text);
    print_heading(s, f, to, paint);
    for (line = text.data; line != NULL && *line != '\0'; line += strcspn(line, "\n") + 1)
        fprintf(to, "  %.*s\n", (int)strcspn(line, "\n"), line);
    buf_clear(&text);
    buf_add_text(&text, "  ");
    display_wrap(&text, rules_info(f->rule)->advice, columns(stdout), 2);
    fprintf(to, "%s\n", text.data);
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

    if (s->options->conversation) {
        print_conversation(s, to);
        print_told(&s->standard_error, to);
    }
    for (i = 0; i < s->outcome.log.finding_count; i++)
        print_finding(s, &s->outcome.log.findings[i], to, paint);
    if (!s->options->quiet)
        print_verdict(s, to, paint);
}
