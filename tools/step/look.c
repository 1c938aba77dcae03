/* The commands that explain. Their words come from explain, verb, dialogue and the rulebook. See commands.h. */
#include "commands.h"
#include "hooks.h"

#include "../../lib/chart.h"
#include "../../lib/explain.h"
#include "../../lib/nearest.h"
#include "../../lib/reply.h"
#include "../../lib/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYWORD_COLUMN 20 /* where the words on a keyword begin */
#define SYNTAX_COLUMN 28  /* where the help of a command begins */

static struct buf text_buf(void) {
    struct buf b;

    buf_init(&b, STEPPER_TEXT_MAX);
    return b;
}

/* --- :next --- */

static const char *verb_syntax(const struct verb_info *v, char text[128]) {
    const char *gap = v->syntax[0] != '\0' ? " " : "";

    snprintf(text, 128, "%s%s%s", v->name, gap, v->syntax);
    return text;
}

/* In one sentence. */
static void say_next(struct stepper *st) {
    struct buf may = text_buf();

    if (st->session.stream == NULL)
        buf_add_text(&may, "nothing: there is no connection (:reconnect makes one)");
    else
        dialogue_expected(st->session.dialogue, &may);
    screen_say(&st->screen, INK_PLAIN, "now: %s", may.data);
    buf_free(&may);
}

void do_next(struct stepper *st, const char *args) {
    enum phase phase = session_phase(&st->session);
    char syntax[128];

    (void)args;
    say_next(st);
    for (int v = 0; v < VERB_UNKNOWN; v++)
        if (verb_legal((enum verb)v, phase) && verb_offered(st, (enum verb)v))
            screen_row(&st->screen, SYNTAX_COLUMN, verb_syntax(verb_info((enum verb)v), syntax),
                       verb_info((enum verb)v)->help);
}

/* --- :why --- */

/* The enhanced code at the beginning of a reply's text, explained. */
static void explain_text(struct buf *out, const char *text, size_t n) {
    int status[3];
    char code[32];

    if (!reply_enhanced(text, n, status))
        return;
    snprintf(code, sizeof code, "%d.%d.%d", status[0], status[1], status[2]);
    explain_enhanced(out, code);
}

static void why(struct stepper *st, const struct reply_line *line) {
    struct buf out = text_buf();
    enum verb to;

    dialogue_last_reply(st->session.dialogue, &to);
    if (to != VERB_UNKNOWN)
        buf_addf(&out, "the answer to %s (%s)\n", verb_info(to)->name, verb_info(to)->rfc);
    explain_code(&out, line->code);
    explain_text(&out, line->text, line->text_len);
    screen_lines(&st->screen, INK_PLAIN, out.data);
    buf_free(&out);
    say_next(st);
}

void do_why(struct stepper *st, const char *args) {
    const struct buf *reply = &st->session.reply;
    struct reply_line line;

    (void)args;
    if (reply->len == 0) {
        screen_say(&st->screen, INK_WARN, "the server has not said anything yet");
        return;
    }
    screen_say(&st->screen, INK_SERVER, "S: %.*s", (int)strcspn(reply->data, "\r\n"), reply->data);
    if (reply_line_parse(reply->data, reply->len, &line) > 0)
        why(st, &line);
    else
        screen_say(&st->screen, INK_WARN,
                   "that is no reply: one begins with three digits, from 200 to 599, and a space or a '-' "
                   "(RFC 5321 4.2)");
}

/* --- :state --- */

void do_state(struct stepper *st, const char *args) {
    struct chart_style style = {
        .width = screen_width(&st->screen), .utf8 = st->screen.utf8, .colour = st->screen.colour};
    struct buf out = text_buf();

    (void)args;
    if (chart_draw(&out, session_phase(&st->session), session_tls(&st->session), &style) == 0)
        screen_drawing(&st->screen, out.data);
    buf_free(&out);
}

/* --- :explain --- */

static void add_codes(struct buf *out, const char *label, const int *codes, size_t count) {
    for (size_t i = 0; i < count && codes[i] != 0; i++)
        buf_addf(out, "%s%d", i == 0 ? label : ", ", codes[i]);
}

static bool explain_verb(struct buf *out, const char *word) {
    const struct verb_info *v;
    struct command c;
    char syntax[128];

    verb_parse(word, strlen(word), &c);
    if (c.verb == VERB_UNKNOWN)
        return false;
    v = verb_info(c.verb);
    buf_addf(out, "%s (%s): %s\n", verb_syntax(v, syntax), v->rfc, v->help);
    add_codes(out, "it went well: ", v->success, sizeof v->success / sizeof v->success[0]);
    add_codes(out, "; it did not: ", v->failure, sizeof v->failure / sizeof v->failure[0]);
    buf_add_char(out, '\n');
    return true;
}

static bool explain_rule(struct buf *out, const char *word) {
    enum rule r = rules_named(word);
    const struct rule_info *rule;

    if (r == RULE_COUNT)
        return false;
    rule = rules_info(r);
    buf_addf(out, "rule %s%s%s: ", rule->slug, rule->rfc[0] != '\0' ? ", " : "", rule->rfc);
    rules_sentence(out, rule->seen, NULL);
    buf_addf(out, "\nwhy: %s\nwhat to do: %s\n", rule->why, rule->advice);
    return true;
}

static bool explain_keyword(struct buf *out, const char *word) {
    const char *words = explain_extension(word);

    return words != NULL && buf_addf(out, "EHLO may list %s: %s\n", word, words) == 0;
}

static bool explain_login(struct buf *out, const char *word) {
    const char *words = explain_mechanism(word);

    return words != NULL && buf_addf(out, "AUTH %s: %s\n", word, words) == 0;
}

/* What both EHLO and a parameter are called (SIZE) is explained once, as what EHLO lists. */
static bool explain_argument(struct buf *out, const char *word) {
    const char *words = explain_extension(word) == NULL ? explain_parameter(word) : NULL;

    return words != NULL && buf_addf(out, "the parameter %s: %s\n", word, words) == 0;
}

/* Which commands may be answered so? */
static void add_verbs_of(struct buf *out, int code) {
    const char *gap = "may answer: ";

    for (int v = 0; v < VERB_UNKNOWN; v++) {
        const struct verb_info *info = verb_info((enum verb)v);
        bool named = false;

        for (size_t i = 0; i < sizeof info->failure / sizeof info->failure[0]; i++)
            named = named || info->failure[i] == code;
        for (size_t i = 0; i < sizeof info->success / sizeof info->success[0]; i++)
            named = named || info->success[i] == code;
        if (named)
            buf_addf(out, "%s%s", gap, info->name);
        gap = named ? ", " : gap;
    }
    if (gap[0] == ',')
        buf_add_char(out, '\n');
}

static bool explain_number(struct buf *out, const char *word) {
    if (strspn(word, "0123456789") != 3 || word[3] != '\0' || explain_code(out, atoi(word)) == -1)
        return false;
    add_verbs_of(out, atoi(word));
    return true;
}

static bool explain_dotted(struct buf *out, const char *word) {
    return explain_enhanced(out, word) == 0;
}

static const char *slug_at(const void *from, size_t i) {
    (void)from;
    return i < RULE_COUNT ? rules_info((enum rule)i)->slug : NULL;
}

static void not_explained(struct stepper *st, const char *word) {
    const char *near = nearest_word(word, strlen(word), slug_at, NULL);

    if (near != NULL)
        screen_say(&st->screen, INK_WARN, "'%s' is not known here; did you mean %s?", word, near);
    else
        screen_say(&st->screen, INK_WARN,
                   "'%s' is not known here: a code (550), an enhanced code (5.7.1), a command (MAIL), what "
                   "EHLO lists "
                   "(SIZE) or a rule (dot-stuffing)",
                   word);
}

void do_explain(struct stepper *st, const char *args) {
    static bool (*const kinds[])(struct buf *, const char *) = {
        explain_number, explain_dotted,   explain_verb, explain_keyword,
        explain_login,  explain_argument, explain_rule};
    struct buf out = text_buf();
    bool known = false;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        known = kinds[i](&out, args) || known; /* STARTTLS is a command and an extension */
    if (known)
        screen_lines(&st->screen, INK_PLAIN, out.data);
    else
        not_explained(st, args);
    buf_free(&out);
}

/* --- :caps --- */

static void show_keyword(struct stepper *st, const struct ehlo_keyword *k) {
    const char *words = explain_extension(k->name);
    char left[EHLO_KEYWORD_LEN + EHLO_ARGS_LEN + 1];

    snprintf(left, sizeof left, "%s%s%s", k->name, k->args[0] != '\0' ? " " : "", k->args);
    screen_row(&st->screen, KEYWORD_COLUMN, left, words != NULL ? words : "not known here");
}

void do_caps(struct stepper *st, const char *args) {
    const struct ehlo *ehlo = dialogue_ehlo(st->session.dialogue);

    (void)args;
    for (size_t i = 0; i < ehlo->count; i++)
        show_keyword(st, &ehlo->keywords[i]);
    if (ehlo->count == 0)
        screen_say(
            &st->screen, INK_PLAIN,
            session_tls(&st->session)
                ? "nothing is known to be offered: what was heard before TLS does not count, EHLO asks again"
                : "nothing is known to be offered: EHLO asks for it");
}

/* --- :findings --- */

static void show_finding(struct stepper *st, const struct finding *f) {
    const struct rule_info *rule = rules_info(f->rule);
    const struct event *e = f->event != LOG_NO_EVENT ? &st->session.log.events[f->event] : NULL;
    struct buf out = text_buf();

    log_sentence(f, &out);
    screen_say(&st->screen, f->severity == SEVERITY_FAIL ? INK_BAD : INK_WARN, "%s (%s%s%s), %u time%s: %s",
               rule->slug, severity_name(f->severity), rule->rfc[0] != '\0' ? ", " : "", rule->rfc, f->count,
               f->count == 1 ? "" : "s", out.data);
    if (e != NULL)
        screen_say(&st->screen, INK_PLAIN, "  line %u, C: %.*s", e->number, (int)strcspn(e->text, "\r\n"),
                   e->text);
    screen_say(&st->screen, INK_PLAIN, "  %s", rule->advice);
    buf_free(&out);
}

void do_findings(struct stepper *st, const char *args) {
    const struct log *log = &st->session.log;

    (void)args;
    for (size_t i = 0; i < log->finding_count; i++)
        show_finding(st, &log->findings[i]);
    if (log->finding_count == 0)
        screen_say(&st->screen, INK_GOOD, "no rule has been broken so far");
}

/* --- :tls --- */

void do_tls(struct stepper *st, const char *args) {
    struct buf out = text_buf();

    (void)args;
    if (session_tls(&st->session) && trust_describe(st->session.stream, &out) == 0)
        screen_lines(&st->screen, INK_PLAIN, out.data);
    else
        screen_say(&st->screen, INK_WARN, "no TLS: everybody on the way can read and change what is said");
    buf_free(&out);
}
