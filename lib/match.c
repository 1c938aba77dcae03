/*
 * One client line against one C: line of a transcript (match.h, rules R1 to R5).
 *
 * First the line is tried as it is written. If that fails, both sides are
 * taken apart as the command they are, and compared by meaning: one row of
 * `comparers` for each verb that has a meaning beyond its letters.
 */
#include "match.h"

#include "match_internal.h"
#include "verb.h"

#include <string.h>

static struct match_result yes(enum match kind, size_t at) {
    return (struct match_result){kind, RULE_COUNT, at};
}

struct match_result match_differs(enum rule rule, size_t at) {
    return (struct match_result){MATCH_DIFFERS, rule, at};
}

size_t match_offset(const struct comparison *c, const char *p) {
    return (size_t)(p - c->line);
}

/* Does the part of the template agree with these bytes of the line? */
bool match_part(struct comparison *c, struct template_place from, struct template_place to, const char *bytes,
                size_t n, size_t fold_from, size_t *at) {
    struct template part;
    if (template_part(c->expected, from, to, &part) != 0)
        return false;
    bool agree = template_match_from(&part, bytes, n, fold_from, &c->trial, at);
    template_part_free(&part);
    return agree;
}

/* --- EHLO and HELO --- */

/* R3: any name or literal will do. The template's field takes it if it has no value yet. R4: either verb. */
static struct match_result compare_hello(struct comparison *c) {
    const char *name = c->command.args;
    size_t at = 0;
    if (!address_domain_valid(name, c->command.args_len))
        return match_differs(RULE_BAD_ARGUMENT, c->command.args_len > 0 ? match_offset(c, name) : c->n);
    (void)match_part(c, c->expected_args, template_end(c->expected), name, c->command.args_len, 0, &at);
    return yes(c->command.verb == c->expected_verb ? MATCH_YES : MATCH_SWAPPED_HELLO, 0);
}

/* --- AUTH --- */

/* R5: the response may come with the command or on a line of its own, whichever the transcript has. */
static struct match_result compare_auth(struct comparison *c) {
    const struct template *t = c->expected;
    const char *mechanism = c->command.args;
    const char *end = mechanism + c->command.args_len;
    const char *space = memchr(mechanism, ' ', c->command.args_len);
    const char *word_end = space ? space : end;
    const char *initial = word_end;
    struct template_place gap = template_find(t, c->expected_args, " ");
    struct template_place expected_initial = template_skip(t, gap, " ");
    size_t at = 0;
    while (initial < end && *initial == ' ')
        initial++;
    if (!match_part(c, c->expected_args, gap, mechanism, (size_t)(word_end - mechanism), 0, &at))
        return match_differs(RULE_WRONG_COMMAND, match_offset(c, mechanism) + at);
    bool want = !template_at_end(t, expected_initial), have = initial < end;
    if (want && have &&
        !match_part(c, expected_initial, template_end(t), initial, (size_t)(end - initial), MATCH_STRICT,
                    &at))
        return match_differs(RULE_WRONG_CREDENTIALS, match_offset(c, initial));
    if (want == have)
        return yes(MATCH_YES, 0);
    return have ? yes(MATCH_INITIAL, match_offset(c, initial)) : yes(MATCH_NO_INITIAL, 0);
}

/* --- the others --- */

/* Anything may follow NOOP and HELP (RFC 5321 4.1.1.8, 4.1.1.9). */
static struct match_result compare_free(struct comparison *c) {
    (void)c;
    return yes(MATCH_YES, 0);
}

static struct match_result compare_plain(struct comparison *c) {
    size_t at = 0;
    if (template_match_from(c->expected, c->line, c->n, 0, &c->trial, &at))
        return yes(MATCH_YES, 0);
    return match_differs(RULE_BAD_ARGUMENT, at);
}

static struct match_result (*const comparers[VERB_COUNT])(struct comparison *c) = {
    [VERB_EHLO] = compare_hello,  [VERB_HELO] = compare_hello,  [VERB_AUTH] = compare_auth,
    [VERB_MAIL] = match_envelope, [VERB_RCPT] = match_envelope, [VERB_NOOP] = compare_free,
    [VERB_HELP] = compare_free,
};

static bool is_hello(enum verb v) {
    return v == VERB_EHLO || v == VERB_HELO;
}

static struct match_result compare_command(struct comparison *c) {
    bool same =
        c->command.verb == c->expected_verb || (is_hello(c->command.verb) && is_hello(c->expected_verb));
    if (!same)
        return yes(MATCH_NO, 0);
    return comparers[c->expected_verb] ? comparers[c->expected_verb](c) : compare_plain(c);
}

/*
 * The template is no command we know: an AUTH response, or a command of some
 * extension ("XCLIENT NAME=x"), whose words fold case like all verbs.
 */
static struct match_result compare_other(struct comparison *c) {
    const struct template *t = c->expected;
    size_t at = 0;
    bool response = template_at_end(t, template_find(t, (struct template_place){0, 0}, " "));
    if (c->command.verb != VERB_UNKNOWN)
        return yes(MATCH_NO, 0);
    if (response)
        return match_differs(RULE_WRONG_CREDENTIALS, 0);
    if (template_match_from(t, c->line, c->n, 0, &c->trial, &at))
        return yes(MATCH_YES, 0);
    return at > 0 && at >= c->command.word_len ? match_differs(RULE_BAD_ARGUMENT, at) : yes(MATCH_NO, 0);
}

/* --- the whole --- */

/* White space at the end of a command means nothing (RFC 5321 4.1.1), nor does more than one space behind the verb. */
static void trim(struct comparison *c) {
    while (c->n > 0 && (c->line[c->n - 1] == ' ' || c->line[c->n - 1] == '\t'))
        c->n--;
    verb_parse(c->line, c->n, &c->command);
    while (c->command.args_len > 0 && c->command.args[0] == ' ') {
        c->command.args++;
        c->command.args_len--;
    }
}

/* The verb that the template starts with, and where its arguments start. */
static void take_expected(struct comparison *c) {
    const struct template *t = c->expected;
    struct command command;
    c->expected_verb = VERB_UNKNOWN;
    if (t->count == 0 || t->fields[0].kind != FIELD_TEXT)
        return;
    verb_parse(t->fields[0].text, t->fields[0].len, &command);
    c->expected_verb = command.verb;
    c->expected_args = template_skip(t, (struct template_place){0, command.word_len}, " ");
}

static struct match_result compare(struct comparison *c) {
    trim(c);
    take_expected(c);
    return c->expected_verb == VERB_UNKNOWN ? compare_other(c) : compare_command(c);
}

struct match_result match_line(const struct template *expected, const char *line, size_t n,
                               const struct ehlo *ehlo, struct bindings *b) {
    if (template_match(expected, line, n, false, b, NULL))
        return yes(MATCH_YES, 0);
    struct comparison c = {.expected = expected, .line = line, .n = n, .ehlo = ehlo};
    if (bindings_copy(&c.trial, b) != 0)
        return yes(MATCH_NO, 0);
    struct match_result r = compare(&c);
    if (r.kind == MATCH_NO || r.kind == MATCH_DIFFERS) {
        bindings_free(&c.trial);
        return r;
    }
    bindings_free(b);
    *b = c.trial;
    return r;
}

bool match_exact(const struct template *expected, const char *line, size_t n, struct bindings *b,
                 size_t *at) {
    return template_match(expected, line, n, false, b, at);
}
