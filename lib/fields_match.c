/*
 * Matching bytes against a template (fields.h).
 *
 * A search with backtracking, as small as one can be: each field tries its
 * ways and asks the rest of the template whether it agrees. The rest of a
 * template inside base64 is what follows the base64; so a place in the search
 * knows the place behind it. Names found on the way are kept as spans in a
 * trial list and become bindings only when everything has agreed.
 *
 * SEARCH_STEPS_MAX bounds the work: a client must not be able to stop its
 * grader with a line that can be cut in a million ways.
 */
#include "fields.h"

#include "address.h"
#include "encode.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SEARCH_STEPS_MAX 100000
#define FOLD_NEVER SIZE_MAX

struct trial {
    const struct field *field;
    const char *value;
    size_t len;
};

struct search {
    struct bindings *known;
    struct trial trials[BINDINGS_MAX];
    size_t trial_count;
    unsigned long steps;
    size_t furthest;
};

/* Field i of t is to match the bytes from pos; when t is done, `behind` goes on (NULL: all is done). */
struct place {
    const struct template *t;
    size_t i;
    const char *bytes;
    size_t n;
    size_t pos;
    size_t fold_from; /* fixed text at or behind this offset folds case */
    const struct place *behind;
};

static bool match_here(struct search *s, const struct place *p);

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_char(char a, char b, bool fold) {
    return a == b || (fold && lower(a) == lower(b));
}

static bool match_next(struct search *s, const struct place *p, size_t taken) {
    struct place next = *p;
    next.i++;
    next.pos += taken;
    return match_here(s, &next);
}

static bool match_bytes(struct search *s, const struct place *p, const char *text, size_t len,
                        size_t fold_from) {
    size_t same = 0;
    while (same < len && p->pos + same < p->n &&
           same_char(text[same], p->bytes[p->pos + same], p->pos + same >= fold_from))
        same++;
    if (p->behind == NULL && p->pos + same > s->furthest)
        s->furthest = p->pos + same;
    return same == len && match_next(s, p, len);
}

/* --- names --- */

/* What the name stands for already, from the bindings or from this search. */
static bool known_value(const struct search *s, const char *name, const char **value, size_t *len) {
    const struct binding *b = bindings_get(s->known, name);
    if (b) {
        *value = b->value;
        *len = b->len;
        return true;
    }
    for (size_t i = 0; i < s->trial_count; i++) {
        if (strcmp(s->trials[i].field->text, name) != 0)
            continue;
        *value = s->trials[i].value;
        *len = s->trials[i].len;
        return true;
    }
    return false;
}

/* The most that an unbound name may take: up to white space or a NUL. */
static size_t reach(const struct place *p) {
    size_t i = p->pos;
    while (i < p->n && i - p->pos < BINDING_VALUE_MAX && p->bytes[i] != '\0' &&
           strchr(" \t\r\n\v\f", p->bytes[i]) == NULL)
        i++;
    return i - p->pos;
}

/* Could the next field begin behind `len` bytes? Spares a step of the search where one look will do. */
static bool worth_trying(const struct place *p, size_t len) {
    size_t next = p->pos + len;
    if (p->i + 1 == p->t->count)
        return next == p->n;
    const struct field *f = &p->t->fields[p->i + 1];
    if (f->kind != FIELD_TEXT)
        return true;
    return next < p->n && same_char(f->text[0], p->bytes[next], next >= p->fold_from);
}

static bool match_unbound(struct search *s, const struct place *p, const struct field *f) {
    size_t most = reach(p);
    if (p->behind == NULL && p->pos > s->furthest)
        s->furthest = p->pos;
    if (s->known->count + s->trial_count >= BINDINGS_MAX)
        return false;
    for (size_t len = 1; len <= most; len++) {
        const char *value = p->bytes + p->pos;
        if (!worth_trying(p, len) || (f->kind == FIELD_DOMAIN && !address_domain_valid(value, len)))
            continue;
        s->trials[s->trial_count++] = (struct trial){f, value, len};
        if (match_next(s, p, len))
            return true;
        s->trial_count--;
    }
    return false;
}

static bool match_name(struct search *s, const struct place *p, const struct field *f) {
    const char *value;
    size_t len;
    if (known_value(s, f->text, &value, &len))
        return match_bytes(s, p, value, len, f->kind == FIELD_DOMAIN ? 0 : FOLD_NEVER);
    return match_unbound(s, p, f);
}

/* --- the other kinds --- */

static bool match_text(struct search *s, const struct place *p, const struct field *f) {
    return match_bytes(s, p, f->text, f->len, p->fold_from);
}

static bool base64_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '=';
}

/*
 * PLAIN is [authzid] NUL authcid NUL password (RFC 4616 section 2). Asking to act as oneself is asking for nothing: where
 * the template begins with the NUL, that name in front of it is passed over. How many bytes that is, 0 if there is none.
 */
static size_t own_name_in_front(const struct template *t, const struct buf *plain) {
    bool wants_nul = t->count > 0 && t->fields[0].kind == FIELD_TEXT && t->fields[0].text[0] == '\0';
    const char *nul = wants_nul && plain->len > 0 ? memchr(plain->data, '\0', plain->len) : NULL;
    size_t n = nul ? (size_t)(nul - plain->data) : 0;
    bool twice =
        n > 0 && plain->len > 2 * n + 1 && memcmp(plain->data, nul + 1, n) == 0 && nul[n + 1] == '\0';

    return twice ? n : 0;
}

/* "=" alone is how AUTH sends nothing at all (RFC 4954 section 4). */
static bool match_base64(struct search *s, const struct place *p, const struct field *f) {
    size_t len = 0;
    while (p->pos + len < p->n && base64_letter(p->bytes[p->pos + len]))
        len++;
    const char *token = p->bytes + p->pos;
    bool nothing = len == 1 && token[0] == '=';
    struct buf plain;
    buf_init(&plain, len + 1);
    struct place behind = *p;
    behind.i++;
    behind.pos += len;
    struct place inside = {f->inner, 0, NULL, 0, 0, FOLD_NEVER, &behind};
    bool yes = nothing || decode_base64(&plain, token, len) == 0;
    if (yes) {
        inside.bytes = plain.data;
        inside.n = plain.len;
        inside.pos = own_name_in_front(f->inner, &plain);
        yes = match_here(s, &inside);
    }
    buf_free(&plain);
    return yes;
}

static bool match_never(struct search *s, const struct place *p, const struct field *f) {
    (void)s;
    (void)p;
    (void)f;
    return false;
}

typedef bool match_field_fn(struct search *s, const struct place *p, const struct field *f);

static match_field_fn *const kinds[] = {
    [FIELD_TEXT] = match_text,     [FIELD_NAME] = match_name,   [FIELD_DOMAIN] = match_name,
    [FIELD_BASE64] = match_base64, [FIELD_SECRET] = match_name, [FIELD_MESSAGE] = match_never,
};

/* Everything agrees: the trials become bindings, all or none. */
static bool keep_trials(struct search *s) {
    struct bindings *b = s->known;
    size_t before = b->count;
    for (size_t i = 0; i < s->trial_count; i++) {
        const struct trial *t = &s->trials[i];
        if (bindings_set(b, t->field->text, t->value, t->len, t->field->kind == FIELD_SECRET, NULL) == 0)
            continue;
        while (b->count > before)
            free(b->list[--b->count].value);
        return false;
    }
    return true;
}

static bool match_here(struct search *s, const struct place *p) {
    if (++s->steps > SEARCH_STEPS_MAX)
        return false;
    if (p->i < p->t->count) {
        const struct field *f = &p->t->fields[p->i];
        return kinds[f->kind](s, p, f);
    }
    if (p->pos != p->n)
        return false;
    return p->behind ? match_here(s, p->behind) : keep_trials(s);
}

bool template_match_from(const struct template *t, const char *bytes, size_t n, size_t fold_from,
                         struct bindings *b, size_t *at) {
    struct search s = {.known = b};
    struct place start = {t, 0, bytes, n, 0, fold_from, NULL};
    bool yes = match_here(&s, &start);
    if (!yes && at)
        *at = s.furthest;
    return yes;
}

bool template_match(const struct template *t, const char *bytes, size_t n, bool fold, struct bindings *b,
                    size_t *at) {
    return template_match_from(t, bytes, n, fold ? 0 : FOLD_NEVER, b, at);
}
