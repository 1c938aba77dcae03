/* See checks.h. */
#include "checks.h"

#include "child.h"

#include "../../lib/encode.h"
#include "../../lib/explain.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>

#define EXIT_SANITIZER 99 /* design: sanitizer builds exit so on a report */
#define EXIT_SENT 0
#define EXIT_REFUSED 69
#define EXIT_NOT_DONE 70
#define EXIT_LOST 74
#define EXIT_LATER 75
#define WORDS_MAX 1024
#define TOKEN_MIN 4 /* shorter words are not taken for base64 */

static void found(struct scene *s, enum rule rule, unsigned line, const char *expected, const char *detail) {
    struct finding f = {.rule = rule, .line = line, .event = LOG_NO_EVENT};

    f.expected = (char *)expected; /* log_finding() copies both */
    f.detail = (char *)detail;
    log_finding(&s->outcome.log, &f);
}

/* --- searching --- */

static const char *find(const char *in, size_t n, const char *what, size_t len) {
    size_t i;

    for (i = 0; len > 0 && i + len <= n; i++)
        if (in[i] == what[0] && memcmp(in + i, what, len) == 0)
            return in + i;
    return NULL;
}

/* The same, letters in either case. The text of a check holds no NUL, at which strncasecmp() would stop. */
static bool mentioned_in(const struct buf *in, const struct buf *what) {
    size_t i;

    for (i = 0; what->len > 0 && i + what->len <= in->len; i++)
        if (strncasecmp(in->data + i, what->data, what->len) == 0)
            return true;
    return false;
}

static bool in_base64(const char *token, size_t n, const struct buf *what) {
    struct buf plain;
    bool there = false;

    buf_init(&plain, n + 3);
    if (n >= TOKEN_MIN && decode_base64(&plain, token, n) == 0)
        there = find(plain.data, plain.len, what->data, what->len) != NULL;
    buf_free(&plain);
    return there;
}

/* Does it stand in the bytes, as it is or as base64? */
static bool shown_in(const struct buf *bytes, const struct buf *what) {
    size_t i = 0;

    if (find(bytes->data, bytes->len, what->data, what->len) != NULL)
        return true;
    while (i < bytes->len) {
        size_t start = i;

        while (i < bytes->len && !isspace((unsigned char)bytes->data[i]))
            i++;
        if (in_base64(bytes->data + start, i - start, what))
            return true;
        i++;
    }
    return false;
}

/* --- the transcript's checks --- */

/* We have refused a line that did not fit, and perhaps hung up then; a client that reports the one or the other (which it
   meets first is luck) is honest, not wrong once more. */
static bool says_what_we_refused(const struct scene *s, int got, long wanted) {
    return s->outcome.improvised && wanted == EXIT_SENT &&
           (got == EXIT_REFUSED || got == EXIT_LATER || got == EXIT_LOST);
}

static void check_exit(struct scene *s, const struct item *item) {
    struct buf words;
    int got = WIFEXITED(s->status) ? WEXITSTATUS(s->status) : -1;
    const char *meaning;

    if (!s->has_status || got < 0 || got == item->number || says_what_we_refused(s, got, item->number))
        return;
    buf_init(&words, WORDS_MAX);
    meaning = explain_exit((int)item->number);
    buf_addf(&words, "%d, but this outcome is %ld (%s)", got, item->number, meaning != NULL ? meaning : "");
    found(s, RULE_WRONG_EXIT, item->line, NULL, words.data);
    buf_free(&words);
}

static void check_told(struct scene *s, const struct item *item, const struct buf *text,
                       const struct spoken *said) {
    if (s->has_status && !mentioned_in(&said->errors, text))
        found(s, RULE_USER_NOT_TOLD, item->line, NULL, text->data);
}

/* What commands a terminal is no secret: it was to be shown in other letters. 0x80 to 0x9F are C1, which some terminals obey, too. */
static bool has_control_byte(const struct buf *text) {
    size_t i;

    for (i = 0; i < text->len; i++)
        if (((unsigned char)text->data[i] & 0x7F) < ' ' || text->data[i] == 127)
            return true;
    return false;
}

static void check_never(struct scene *s, const struct item *item, const struct buf *text,
                        const struct spoken *said) {
    bool shown = shown_in(&s->outcome.clear, text);

    if (!item->in_clear)
        shown = shown || shown_in(&s->outcome.inside_tls, text) || shown_in(&said->output, text) ||
                shown_in(&said->errors, text);
    if (shown)
        found(s, has_control_byte(text) ? RULE_RAW_BYTES_SHOWN : RULE_SECRET_SHOWN, item->line, NULL, NULL);
}

/* Here it is right to end without having called anybody. */
static void check_no_connection(struct scene *s, const struct item *item) {
    size_t i = 0;

    if (s->connected)
        found(s, RULE_INPUT_NOT_REFUSED, item->line, NULL, NULL);
    while (i < s->outcome.log.finding_count) {
        if (s->outcome.log.findings[i].rule == RULE_NO_CONNECTION)
            log_drop(&s->outcome.log, i);
        else
            i++;
    }
}

static void check_item(struct scene *s, const struct item *item, const struct spoken *said,
                       bool with_client) {
    struct buf text;

    buf_init(&text, BINDING_VALUE_MAX);
    if (template_expand(&item->fields, &s->bindings, false, &text, NULL) == 0) {
        if (item->check == CHECK_EXIT && with_client)
            check_exit(s, item);
        if (item->check == CHECK_STDERR && with_client)
            check_told(s, item, &text, said);
        if (item->check == CHECK_NEVER)
            check_never(s, item, &text, said);
        if (item->check == CHECK_NO_CONNECTION)
            check_no_connection(s, item);
    }
    buf_free(&text);
}

/* --- how the program ended --- */

/* "not done yet: send_rcpt_to, starter/steps.c:41", from standard error. */
static void check_not_done(struct scene *s, const struct spoken *said) {
    static const char mark[] = "not done yet: ";
    struct buf words;
    const char *at = said->errors.data;

    buf_init(&words, WORDS_MAX);
    while ((at = strstr(at, mark)) != NULL) {
        size_t n;

        at += sizeof mark - 1;
        n = strcspn(at, "\r\n");
        buf_addf(&words, "%s%.*s", words.len > 0 ? "; " : "", (int)n, at);
        at += n;
    }
    found(s, RULE_NOT_DONE, 0, NULL, words.len > 0 ? words.data : "exit status 70");
    buf_free(&words);
}

/* The sanitizer's own summary: "SUMMARY: AddressSanitizer: heap-buffer-overflow steps.c:12 in send_message". */
static void check_sanitizer(struct scene *s, const struct spoken *said) {
    const char *at = strstr(said->errors.data, "SUMMARY: ");
    struct buf words;

    buf_init(&words, WORDS_MAX);
    if (at != NULL)
        buf_addf(&words, "%.*s", (int)strcspn(at + 9, "\r\n"), at + 9);
    found(s, RULE_MEMORY_ERROR, 0, NULL, words.data);
    buf_free(&words);
}

static void check_signal(struct scene *s, int signal) {
    const char *words = explain_signal(signal);

    found(s, RULE_CRASHED, 0, NULL, words != NULL ? words : "a signal");
}

static void check_end(struct scene *s, const struct spoken *said, bool with_client) {
    if (!s->has_status)
        return;
    if (said->output.len >= CHILD_OUTPUT_MAX || said->errors.len >= CHILD_OUTPUT_MAX)
        found(s, RULE_FLOOD, 0, NULL, NULL);
    else if (WIFSIGNALED(s->status))
        check_signal(s, WTERMSIG(s->status));
    else if (WEXITSTATUS(s->status) == EXIT_SANITIZER)
        check_sanitizer(s, said);
    else if (with_client && WEXITSTATUS(s->status) == EXIT_NOT_DONE)
        check_not_done(s, said);
}

/* --- first cause first --- */

/* What a program does wrong because it ended too soon, or was never finished, is not another mistake. */
static bool is_shadow(enum rule of, enum rule rule) {
    bool about_order = rule <= RULE_UNKNOWN_COMMAND || rule == RULE_WRONG_COMMAND;
    bool about_end = rule == RULE_WRONG_EXIT || rule == RULE_USER_NOT_TOLD;

    if (of == RULE_NOT_DONE)
        return about_order || about_end || rule == RULE_WRONG_RECIPIENTS;
    if (of == RULE_CRASHED || of == RULE_MEMORY_ERROR || of == RULE_FLOOD)
        return about_end || rule == RULE_CLOSED_EARLY || rule == RULE_NO_QUIT || rule == RULE_NO_CONNECTION;
    if (of ==
        RULE_INPUT_NOT_REFUSED) /* what it sent then is shown as it was; what is due comes in no order */
        return about_order || about_end || rule == RULE_CLOSED_EARLY || rule == RULE_WRONG_RECIPIENTS;
    if (of == RULE_WAITS_FOR_NOTHING || of == RULE_WAITS_FOR_INPUT || of == RULE_TOO_SLOW ||
        of == RULE_NO_CONNECTION) /* we ended it, or nothing was begun: the status says no more than that */
        return about_end;
    return false;
}

/* Drop what only follows from the finding at `of` and stands behind it. */
static void drop_shadows(struct log *log, size_t of) {
    size_t i = of + 1;

    if (log->findings[of].severity != SEVERITY_FAIL) /* allowed: then what follows is judged for itself */
        return;
    while (i < log->finding_count) {
        if (is_shadow(log->findings[of].rule, log->findings[i].rule))
            log_drop(log, i);
        else
            i++;
    }
}

static void put_first(struct log *log, size_t which) {
    struct finding first = log->findings[which];

    memmove(log->findings + 1, log->findings, which * sizeof first);
    log->findings[0] = first;
}

/* How a program ended is seen last, but explains what came before. The first of these leads. */
static void lead(struct log *log) {
    static const enum rule leads[] = {RULE_NOT_DONE, RULE_CRASHED, RULE_MEMORY_ERROR, RULE_FLOOD,
                                      RULE_INPUT_NOT_REFUSED};
    size_t r, i;

    for (r = 0; r < sizeof leads / sizeof leads[0]; r++)
        for (i = 0; i < log->finding_count; i++)
            if (log->findings[i].rule == leads[r]) {
                put_first(log, i);
                return;
            }
}

static void order_findings(struct log *log) {
    size_t i;

    lead(log);
    for (i = 0; i < log->finding_count; i++)
        drop_shadows(log, i);
}

void checks_run(struct scene *s, const struct spoken *said, bool with_client) {
    size_t i;

    check_end(s, said, with_client);
    for (i = 0; i < s->transcript->item_count; i++)
        if (s->transcript->items[i].kind == ITEM_CHECK)
            check_item(s, &s->transcript->items[i], said, with_client);
    order_findings(&s->outcome.log);
}
