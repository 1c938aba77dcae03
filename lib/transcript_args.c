/* The words behind @ and !: cutting them, numbers, rules, and the canonical line. */
#include "transcript_internal.h"

#include <string.h>

/* A word ends at a space, but not inside "quotes". */
static size_t word_length(const struct parse *p, size_t at) {
    bool quoted = false;
    size_t i = at;
    while (i < p->len && (quoted || (p->line[i] != ' ' && p->line[i] != '\t'))) {
        if (p->line[i] == '"')
            quoted = !quoted;
        i++;
    }
    return i - at;
}

int parse_words(struct parse *p, size_t from, struct words *w) {
    w->count = 0;
    for (size_t i = from; i < p->len;) {
        if (p->line[i] == ' ' || p->line[i] == '\t') {
            i++;
            continue;
        }
        if (w->count == TRANSCRIPT_WORDS_MAX)
            return parse_expected(p, i, "at most 128 words on one line");
        size_t n = word_length(p, i);
        w->list[w->count++] = (struct word){i, n};
        i += n;
    }
    return 0;
}

bool word_is(const struct parse *p, const struct word *w, const char *literal) {
    return strlen(literal) == w->len && memcmp(p->line + w->at, literal, w->len) == 0;
}

int parse_need(struct parse *p, const struct words *w, size_t i, const char *what) {
    return i < w->count ? 0 : parse_expected(p, p->len, what);
}

int parse_end(struct parse *p, const struct words *w, size_t last) {
    return w->count > last + 1 ? parse_expected(p, w->list[last + 1].at, "the end of the line") : 0;
}

/* Ten digits are enough for every number of the language, and cannot overflow. */
int parse_number(struct parse *p, size_t at, size_t len, long min, long max, long *out) {
    long long value = 0;
    size_t i = 0;
    while (i < len && i < 10 && p->line[at + i] >= '0' && p->line[at + i] <= '9')
        value = value * 10 + (p->line[at + i++] - '0');
    if (i > 0 && i == len && value >= min && value <= max) {
        *out = (long)value;
        return 0;
    }
    struct buf what;
    buf_init(&what, 100);
    (void)buf_addf(&what, "a number from %ld to %ld", min, max);
    int r = parse_expected(p, at, what.data);
    buf_free(&what);
    return r;
}

static const char *slug_at(const void *from, size_t i) {
    (void)from;
    return i < RULE_COUNT ? rules_info((enum rule)i)->slug : NULL;
}

int parse_rule(struct parse *p, size_t at, size_t len, enum rule *out) {
    for (size_t i = 0; i < RULE_COUNT; i++) {
        const char *slug = slug_at(NULL, i);
        if (strlen(slug) != len || memcmp(slug, p->line + at, len) != 0)
            continue;
        *out = (enum rule)i;
        return 0;
    }
    return parse_unknown(p, at, len, "the name of a rule (docs/rules.md)", slug_at);
}

int parse_canonical(struct parse *p, struct item *it, const char *mark, const struct words *w) {
    struct buf line;
    buf_init(&line, TRANSCRIPT_FILE_MAX);
    int r = buf_add_text(&line, mark);
    for (size_t i = 0; i < w->count && r == 0; i++) {
        r = i > 0 ? buf_add_char(&line, ' ') : 0;
        if (r == 0)
            r = buf_add(&line, p->line + w->list[i].at, w->list[i].len);
    }
    it->len = line.len;
    it->text = r == 0 ? buf_steal(&line) : NULL;
    buf_free(&line);
    return it->text ? 0 : parse_no_memory(p);
}
