/* The grey words behind the cursor, and the warning below the line. See hooks.h. */
#include "commands.h"
#include "hooks.h"

#include "../../lib/dot.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- hints: what may come next --- */

/* The way on from each phase, for a line on which nothing stands yet. */
static const struct {
    enum phase phase;
    enum verb verb;
} ways_on[] = {
    {PHASE_GREETED, VERB_EHLO}, {PHASE_READY, VERB_MAIL}, {PHASE_MAIL, VERB_RCPT}, {PHASE_RCPT, VERB_DATA}};

/* Once a message is sent, and before TLS has begun where it could, there is a better way on. */
static enum verb way_on(const struct stepper *st, enum phase phase) {
    enum verb last;
    int code = dialogue_last_reply(st->session.dialogue, &last);

    if (phase == PHASE_READY && last == VERB_DATA && code / 100 == 2)
        return VERB_QUIT;
    if (phase == PHASE_READY && verb_offered(st, VERB_STARTTLS))
        return VERB_STARTTLS;
    for (size_t i = 0; i < sizeof ways_on / sizeof ways_on[0]; i++)
        if (ways_on[i].phase == phase)
            return ways_on[i].verb;
    return VERB_UNKNOWN;
}

static void hint_begin(const struct stepper *st, enum phase phase, struct buf *hint) {
    const struct verb_info *info = verb_info(way_on(st, phase));

    if (phase == PHASE_DATA)
        buf_add_text(hint, "the message; a lone . ends it");
    else if (phase == PHASE_AUTH)
        buf_add_text(hint, "base64 (not shown), or * to give up");
    else if (phase == PHASE_CLOSED)
        buf_add_text(hint, ":reconnect, or :quit");
    else if (info != verb_info(VERB_UNKNOWN))
        buf_addf(hint, "%s %.*s  (TAB offers, :next tells more)", info->name, (int)strcspn(info->syntax, " "),
                 info->syntax);
}

/* --- hints: the rest of a command --- */

/* Is this word of the syntax, "[SIZE=n]", among those typed? */
static bool is_typed(const char *word, size_t n, const char *args, size_t args_len) {
    size_t name = 0;

    while (1 + name < n && strchr("=]", word[1 + name]) == NULL)
        name++;
    for (size_t i = 0; i + name <= args_len; i++)
        if ((i == 0 || args[i - 1] == ' ') && strncasecmp(args + i, word + 1, name) == 0)
            return true;
    return false;
}

/* Of the first thing that follows, "FROM:<address>", what is not typed yet. false: it is complete. */
static bool hint_first(const char *word, size_t n, const char *args, size_t args_len, struct buf *hint) {
    size_t fixed = strcspn(word, "<");
    const char *end = memchr(args, '>', args_len);

    if (fixed > n) /* nothing in brackets: one free word */
        return args_len > 0 ? memchr(args, ' ', args_len) == NULL : buf_add(hint, word, n) == 0;
    if (args_len <= fixed) {
        if (strncasecmp(args, word, args_len) == 0)
            buf_add(hint, word + args_len, n - args_len);
        return true;
    }
    if (end == NULL)
        buf_addf(hint, "%s>", args_len == fixed + 1 ? "address" : "");
    return end == NULL;
}

/* The rest of the syntax; what EHLO does not offer is not hinted at. */
static void hint_options(const struct stepper *st, enum verb v, const char *words, const char *args,
                         size_t args_len, struct buf *hint) {
    while (*words == ' ') {
        size_t n = strcspn(++words, " ");
        size_t name = strcspn(words + (words[0] == '['), "=]");
        bool asked = words[0] == '[' && (v == VERB_MAIL || v == VERB_RCPT);

        if (!is_typed(words, n, args, args_len) &&
            (!asked || ehlo_allows(dialogue_ehlo(st->session.dialogue), v, words + 1, name, NULL, 0)))
            buf_addf(hint, "%s%.*s", hint->len > 0 || (args_len > 0 && args[args_len - 1] != ' ') ? " " : "",
                     (int)n, words);
        words += n;
    }
}

static void hint_mechanisms(const struct stepper *st, size_t args_len, struct buf *hint) {
    const char *list = ehlo_args(dialogue_ehlo(st->session.dialogue), "AUTH");

    if (args_len == 0 && list != NULL)
        buf_add_text(hint, list);
}

static void hint_arguments(const struct stepper *st, const struct command *c, struct buf *hint) {
    const char *syntax = verb_info(c->verb)->syntax;
    size_t first = strcspn(syntax, " ");

    if (c->verb == VERB_AUTH) {
        hint_mechanisms(st, c->args_len, hint);
        return;
    }
    if (syntax[0] == '[') {
        if (c->args_len == 0)
            buf_add_text(hint, syntax);
        return;
    }
    if (!hint_first(syntax, first, c->args, c->args_len, hint) || c->verb == VERB_MAIL ||
        c->verb == VERB_RCPT)
        hint_options(st, c->verb, syntax + first, c->args, c->args_len, hint);
}

/* The verb that is meant by a beginning: the first that is legal now, else any. */
static const struct verb_info *verb_begun(const struct stepper *st, const char *word, size_t n) {
    const struct verb_info *any = NULL;

    for (int v = VERB_UNKNOWN - 1; v >= 0; v--)
        if (strncasecmp(verb_info((enum verb)v)->name, word, n) == 0 &&
            (any == NULL || (any->phases & (unsigned)session_phase(&st->session)) == 0 ||
             verb_legal((enum verb)v, session_phase(&st->session))))
            any = verb_info((enum verb)v);
    return any;
}

static void hint_command(const struct stepper *st, const char *line, struct buf *hint) {
    const struct verb_info *info;
    struct command c;

    verb_parse(line, strlen(line), &c);
    if (line[c.word_len] == ' ') {
        if (c.verb != VERB_UNKNOWN)
            hint_arguments(st, &c, hint);
        return;
    }
    info = verb_begun(st, line, c.word_len);
    if (info != NULL)
        buf_addf(hint, "%s%s%s", info->name + c.word_len, info->syntax[0] != '\0' ? " " : "", info->syntax);
}

static void hint_local(const char *line, struct buf *hint) {
    size_t n = strcspn(line, " ");
    const struct local *row = commands_find(line + 1, n - 1);

    if (row == NULL)
        return;
    if (line[n] == '\0')
        buf_addf(hint, "%s %s%s%s", row->name + n - 1, row->args, row->args[0] != '\0' ? "  " : " ",
                 row->help);
    else if (line[n + 1] == '\0')
        buf_add_text(hint, row->args);
}

void hint_line(struct stepper *st, const char *line, struct buf *hint) {
    enum phase phase = session_phase(&st->session);

    if (st->no_hints)
        return;
    if (line[0] == '\0')
        hint_begin(st, phase, hint);
    else if (line[0] == ':')
        hint_local(line, hint);
    else if (phase != PHASE_DATA && phase != PHASE_AUTH)
        hint_command(st, line, hint);
}

/* --- warnings --- */

#define FORESEEN_MAX 4096 /* a longer line is not judged while it is typed */

static void warn_message(const char *line, struct buf *warning) {
    if (line[0] == '.' && line[1] == '\0')
        buf_add_text(warning, "a dot alone ends the message");
    else if (line[0] == '.')
        buf_addf(warning, "the server takes the first dot off and keeps '%s'; '.%s' would keep it all",
                 line + 1, line);
}

/* The first breach that would be found, if only in what is typed already. */
struct foresight {
    struct buf *warning;
    bool told;
};

static void tell_first(void *arg, enum rule rule, enum circumstance circumstance, size_t at) {
    struct foresight *f = arg;

    (void)at;
    if (f->told || rules_info(rule)->severity == SEVERITY_NOTE)
        return;
    f->told = true;
    rules_sentence(f->warning, rules_info(rule)->seen, rules_circumstance(circumstance));
    buf_addf(f->warning, " (%s); Enter sends it anyway", rules_info(rule)->slug);
}

/* Arguments are judged only once the line looks whole; before that every address is a bad one. */
static bool looks_whole(const struct command *c) {
    if (c->verb == VERB_MAIL || c->verb == VERB_RCPT)
        return memchr(c->args, '>', c->args_len) != NULL;
    return c->args_len > 0 && c->verb != VERB_UNKNOWN;
}

static void warn_arguments(struct stepper *st, const char *line, const struct command *c,
                           struct buf *warning) {
    struct foresight f = {.warning = warning};
    char whole[FORESEEN_MAX];

    if (looks_whole(c) && snprintf(whole, sizeof whole, "%s\r\n", line) < (int)sizeof whole)
        dialogue_foresee(st->session.dialogue, whole, strlen(whole), tell_first, &f);
}

static void warn_command(struct stepper *st, const char *line, struct buf *warning) {
    const char *lacks;
    struct command c;
    const struct verb_info *info;

    verb_parse(line, strlen(line), &c);
    info = verb_info(c.verb);
    if (c.verb == VERB_UNKNOWN && (line[c.word_len] == ' ' || verb_begun(st, line, c.word_len) == NULL))
        buf_addf(warning, "this will get %d: %s; Enter sends it anyway", info->standing, info->help);
    lacks = c.verb == VERB_UNKNOWN ? NULL : dialogue_lacks(st->session.dialogue, c.verb);
    if (lacks != NULL)
        buf_addf(warning, "this will get %d: %s; Enter sends it anyway", info->standing, lacks);
    else if (warning->len == 0)
        warn_arguments(st, line, &c, warning);
}

void warn_line(struct stepper *st, const char *line, struct buf *warning) {
    enum phase phase = session_phase(&st->session);

    if (line[0] == ':' || line[0] == '\0' || phase == PHASE_AUTH)
        return;
    if (phase == PHASE_DATA)
        warn_message(line, warning);
    else if (st->session.stream != NULL)
        warn_command(st, line, warning);
}
