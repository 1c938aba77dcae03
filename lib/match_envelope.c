/* MAIL FROM and RCPT TO against a transcript's line: the address by meaning, the parameters as a set. */
#include "match_internal.h"
#include "syntax.h"

#include <string.h>

/* The pieces of the template: the address without brackets, and where its parameters begin. */
struct wanted {
    struct template_place path;
    struct template_place path_end;
    struct template_place parameters;
};

static bool take_wanted(const struct comparison *c, struct wanted *w) {
    const struct template *t = c->expected;
    struct template_place colon = template_find(t, c->expected_args, ":");
    if (template_at_end(t, colon))
        return false;
    colon.offset++;
    struct template_place start = template_skip(t, colon, " ");
    w->path = template_skip(t, start, "<");
    bool brackets = w->path.field != start.field || w->path.offset != start.offset;
    w->path_end = template_find(t, w->path, brackets ? ">" : " ");
    w->parameters = template_skip(t, w->path_end, "> ");
    return true;
}

/* --- the address --- */

/* The domain folds case (RFC 5321 2.4); it starts behind the last @. */
static size_t domain_start(const char *address, size_t n) {
    size_t i = n;
    while (i > 0 && address[i - 1] != '@')
        i--;
    return i > 0 ? i : n;
}

static bool parse_path(const char *address, size_t n, struct buf *bracketed, struct path *out) {
    size_t at;
    return buf_add_char(bracketed, '<') == 0 && buf_add(bracketed, address, n) == 0 &&
           buf_add_char(bracketed, '>') == 0 &&
           address_path_parse(bracketed->data, bracketed->len, out, &at) == (int)bracketed->len;
}

/* The same mailbox, said differently: a source route, a domain in other letters behind a bound name. */
static bool same_mailbox(const struct comparison *c, const struct wanted *w, const char *address, size_t n) {
    struct template part;
    struct buf text, want_text, have_text;
    struct path want, have;
    if (template_part(c->expected, w->path, w->path_end, &part) != 0)
        return false;
    buf_init(&text, ADDRESS_PATH_MAX);
    buf_init(&want_text, 2 * ADDRESS_PATH_MAX);
    buf_init(&have_text, 2 * ADDRESS_PATH_MAX);
    bool same = template_expand(&part, &c->trial, false, &text, NULL) == 0 &&
                parse_path(text.data, text.len, &want_text, &want) &&
                parse_path(address, n, &have_text, &have) && address_equal(&want, &have);
    buf_free(&text);
    buf_free(&want_text);
    buf_free(&have_text);
    template_part_free(&part);
    return same;
}

static bool is_address(const char *address, size_t n) {
    struct buf text;
    struct path path;
    buf_init(&text, 2 * VERB_LINE_MAX);
    bool ok = parse_path(address, n, &text, &path);
    buf_free(&text);
    return ok;
}

/* --- the parameters --- */

/* The next word of the line at or behind *at. false: no more. */
static bool next_word(const struct comparison *c, size_t *at, size_t *len) {
    while (*at < c->n && c->line[*at] == ' ')
        (*at)++;
    *len = 0;
    while (*at + *len < c->n && c->line[*at + *len] != ' ')
        (*len)++;
    return *len > 0;
}

/* Is a word of the line, from offset `from` on, this parameter of the template? *best: where the likest one differs. */
static bool parameter_given(struct comparison *c, struct template_place start, struct template_place end,
                            size_t from, size_t *best) {
    size_t len, most = 0;
    for (size_t at = from; next_word(c, &at, &len); at += len) {
        size_t same = 0;
        if (match_part(c, start, end, c->line + at, len, 0, &same))
            return true;
        if (same > most) {
            most = same;
            *best = at + same;
        }
    }
    return false;
}

/* Every parameter of the template is in the line (R2). */
static bool wanted_given(struct comparison *c, const struct wanted *w, size_t from, size_t *best) {
    struct template_place start = w->parameters;
    while (!template_at_end(c->expected, start)) {
        struct template_place end = template_find(c->expected, start, " ");
        if (!parameter_given(c, start, end, from, best))
            return false;
        start = template_skip(c->expected, end, " ");
    }
    return true;
}

static bool offered(const struct comparison *c, size_t at, size_t len) {
    const char *name = c->line + at;
    const char *equals = memchr(name, '=', len);
    size_t name_len = equals ? (size_t)(equals - name) : len;
    return ehlo_allows(c->ehlo, c->command.verb, name, name_len, equals ? equals + 1 : NULL,
                       equals ? len - name_len - 1 : 0);
}

/* Does the template name the word at `at`? */
static bool word_wanted(struct comparison *c, const struct wanted *w, size_t at, size_t len) {
    struct template_place start = w->parameters;
    while (!template_at_end(c->expected, start)) {
        struct template_place end = template_find(c->expected, start, " ");
        size_t same;
        if (match_part(c, start, end, c->line + at, len, 0, &same))
            return true;
        start = template_skip(c->expected, end, " ");
    }
    return false;
}

static struct match_result compare_parameters(struct comparison *c, const struct wanted *w, size_t from) {
    size_t len, best = c->n;
    if (from < c->n && c->line[from] != ' ')
        return match_differs(RULE_BAD_ARGUMENT, from);
    for (size_t at = from; next_word(c, &at, &len); at += len)
        if (!offered(c, at, len) && !word_wanted(c, w, at, len))
            return match_differs(RULE_PARAMETER_NOT_OFFERED, at);
    if (!wanted_given(c, w, from, &best))
        return match_differs(RULE_BAD_ARGUMENT, best);
    return (struct match_result){MATCH_YES, RULE_COUNT, 0};
}

struct match_result match_envelope(struct comparison *c) {
    const char *address;
    size_t len, at = 0;
    struct wanted w;
    if (!syntax_address(&c->command, &address, &len) || !take_wanted(c, &w))
        return match_differs(RULE_BAD_ARGUMENT, match_offset(c, c->command.args));
    if (!match_part(c, w.path, w.path_end, address, len, domain_start(address, len), &at) &&
        !same_mailbox(c, &w, address, len)) {
        bool fine = is_address(address, len);
        return match_differs(fine ? RULE_WRONG_ADDRESS : RULE_BAD_ARGUMENT, match_offset(c, address) + at);
    }
    size_t end = match_offset(c, address) + len;
    if (end < c->n && c->line[end] == '>')
        end++;
    return compare_parameters(c, &w, end);
}
