/* The notation of fields.h: parsing. Filling in is in fields_expand.c, matching in fields_match.c, names in bindings.c. */
#include "fields.h"

#include "encode.h"

#include <stdlib.h>
#include <string.h>

/* One text being parsed. `count` and `bytes` run through the nested templates too: limits are for the whole. */
struct parser {
    const char *text;
    size_t n;
    size_t pos;
    size_t count;
    size_t bytes;
    size_t *at;
    struct err *e;
};

static int parse_fields(struct parser *p, struct template *t, bool escapes, int depth);

static int fail_at(struct parser *p, size_t at, const char *expected) {
    if (p->at)
        *p->at = at;
    if (at >= p->n)
        return err_set(p->e, ERR_INPUT, "expected %s, found the end of the line", expected);
    struct buf found;
    buf_init(&found, 256);
    size_t n = p->n - at;
    (void)encode_escaped(&found, p->text + at, n > 20 ? 20 : n);
    int r = err_set(p->e, ERR_INPUT, "expected %s, found \"%s\"", expected, found.data);
    buf_free(&found);
    return r;
}

/* A new field at the end of t, its text copied. NULL: too many, or memory. */
static struct field *add_field(struct parser *p, struct template *t, enum field_kind kind, const char *text,
                               size_t n, size_t at) {
    char *copy = p->count < TEMPLATE_FIELDS_MAX ? malloc(n + 1) : NULL;
    struct field *grown = copy ? realloc(t->fields, (t->count + 1) * sizeof *grown) : NULL;
    if (grown == NULL) {
        free(copy);
        (void)err_set(p->e, ERR_LIMIT, "more than %d fields in one text", TEMPLATE_FIELDS_MAX);
        if (p->at)
            *p->at = at;
        return NULL;
    }
    if (n > 0)
        memcpy(copy, text, n);
    copy[n] = '\0';
    t->fields = grown;
    struct field *f = &grown[t->count++];
    *f = (struct field){.kind = kind, .text = copy, .len = n, .at = at};
    p->count++;
    return f;
}

/* --- fixed text --- */

/* How far one escape reaches: "\*N(text)" up to its ")", any other two characters (decode_escaped() judges them). */
static size_t escape_length(const char *s, size_t n) {
    if (n < 2 || s[1] != '*')
        return n < 2 ? n : 2;
    size_t i = 2;
    while (i < n && s[i] != ')')
        i += s[i] == '\\' ? 2 : 1;
    return i < n ? i + 1 : n;
}

/* Up to the next brace that means something. */
static size_t run_length(const struct parser *p, bool escapes, int depth) {
    size_t i = p->pos;
    while (i < p->n && p->text[i] != '{' && !(depth > 0 && p->text[i] == '}'))
        i += escapes && p->text[i] == '\\' ? escape_length(p->text + i, p->n - i) : 1;
    return i - p->pos;
}

static bool doubled_brace(const struct parser *p) {
    return p->pos + 1 < p->n && p->text[p->pos] == '{' && p->text[p->pos + 1] == '{';
}

static int add_run(struct parser *p, struct buf *bytes, bool escapes, size_t n) {
    size_t wrong = 0;
    if (!escapes && buf_add(bytes, p->text + p->pos, n) != 0)
        return err_set(p->e, ERR_LIMIT, "too much text");
    if (escapes && decode_escaped(bytes, p->text + p->pos, n, &wrong) != 0)
        return fail_at(p, p->pos + wrong, "\\r \\n \\t \\0 \\\\ \\xHH or \\*N(text)");
    p->pos += n;
    return 0;
}

static int parse_text(struct parser *p, struct template *t, bool escapes, int depth) {
    size_t start = p->pos;
    struct buf bytes;
    buf_init(&bytes, TEMPLATE_TEXT_MAX - p->bytes);
    int r = 0;
    for (bool more = true; more && r == 0;) {
        r = add_run(p, &bytes, escapes, run_length(p, escapes, depth));
        more = r == 0 && doubled_brace(p);
        if (more)
            r = buf_add_char(&bytes, '{'), p->pos += 2;
    }
    p->bytes += bytes.len;
    if (r == 0)
        r = add_field(p, t, FIELD_TEXT, bytes.data, bytes.len, start) ? 0 : -1;
    buf_free(&bytes);
    return r;
}

/* --- fields in braces --- */

/* [a-z][a-z0-9-]* at pos; how long. 0: none. */
static size_t name_length(const struct parser *p) {
    size_t i = p->pos;
    while (i < p->n && ((p->text[i] >= 'a' && p->text[i] <= 'z') ||
                        (i > p->pos && ((p->text[i] >= '0' && p->text[i] <= '9') || p->text[i] == '-'))))
        i++;
    return i - p->pos;
}

static int expect(struct parser *p, const char *literal, const char *words) {
    size_t n = strlen(literal);
    if (p->n - p->pos < n || memcmp(p->text + p->pos, literal, n) != 0)
        return fail_at(p, p->pos, words);
    p->pos += n;
    return 0;
}

static int check_name(struct parser *p, size_t n) {
    if (n == 0)
        return fail_at(p, p->pos, "a name in small letters (for a brace as it is, write {{)");
    if (n > FIELD_NAME_MAX)
        return fail_at(p, p->pos, "a name of at most 32 characters");
    return 0;
}

static int parse_base64(struct parser *p, struct template *t, size_t open, int depth) {
    if (expect(p, ":", "{b64:text}") != 0)
        return -1;
    if (depth >= TEMPLATE_DEPTH_MAX)
        return fail_at(p, open, "less base64 inside base64");
    struct field *f = add_field(p, t, FIELD_BASE64, "b64", 3, open);
    struct template *inner = f ? calloc(1, sizeof *inner) : NULL;
    if (inner == NULL)
        return f ? err_set(p->e, ERR_SYSTEM, "out of memory") : -1;
    f->inner = inner;
    if (parse_fields(p, inner, true, depth + 1) != 0)
        return -1;
    return expect(p, "}", "}");
}

static int parse_secret(struct parser *p, struct template *t, size_t open, int depth) {
    (void)depth;
    if (expect(p, ":", "{secret:name}") != 0)
        return -1;
    size_t start = p->pos, n = name_length(p);
    if (check_name(p, n) != 0)
        return -1;
    p->pos += n;
    return expect(p, "}", "}") == 0 && add_field(p, t, FIELD_SECRET, p->text + start, n, open) ? 0 : -1;
}

static bool file_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* FILE lies beside the transcript: a plain name, no way out of the folder. */
static int parse_message(struct parser *p, struct template *t, size_t open, int depth) {
    (void)depth;
    if (p->pos < p->n && p->text[p->pos] == '}')
        return p->pos++, add_field(p, t, FIELD_MESSAGE, "", 0, open) ? 0 : -1;
    if (expect(p, ":", "{message} or {message:FILE}") != 0)
        return -1;
    size_t start = p->pos;
    while (p->pos < p->n && (file_char(p->text[p->pos]) || (p->pos > start && p->text[p->pos] == '.')))
        p->pos++;
    if (p->pos == start)
        return fail_at(p, p->pos, "the name of a file beside the transcript");
    size_t n = p->pos - start;
    return expect(p, "}", "}") == 0 && add_field(p, t, FIELD_MESSAGE, p->text + start, n, open) ? 0 : -1;
}

static int parse_name(struct parser *p, struct template *t, size_t open, size_t start, size_t n) {
    enum field_kind kind = FIELD_NAME;
    if (p->pos < p->n && p->text[p->pos] == ':') {
        if (expect(p, ":domain", "} or :domain}") != 0)
            return -1;
        kind = FIELD_DOMAIN;
    }
    return expect(p, "}", "}") == 0 && add_field(p, t, kind, p->text + start, n, open) ? 0 : -1;
}

/* The words that are no names. */
static const struct {
    const char *word;
    int (*parse)(struct parser *p, struct template *t, size_t open, int depth);
} forms[] = {{"b64", parse_base64}, {"secret", parse_secret}, {"message", parse_message}};

static int parse_field(struct parser *p, struct template *t, int depth) {
    size_t open = p->pos++;
    size_t start = p->pos, n = name_length(p);
    if (check_name(p, n) != 0)
        return -1;
    p->pos += n;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strlen(forms[i].word) == n && memcmp(forms[i].word, p->text + start, n) == 0)
            return forms[i].parse(p, t, open, depth);
    return parse_name(p, t, open, start, n);
}

static int parse_fields(struct parser *p, struct template *t, bool escapes, int depth) {
    int r = 0;
    while (r == 0 && p->pos < p->n) {
        if (depth > 0 && p->text[p->pos] == '}')
            return 0;
        bool field = p->text[p->pos] == '{' && !doubled_brace(p);
        r = field ? parse_field(p, t, depth) : parse_text(p, t, escapes, depth);
    }
    return r;
}

int template_parse(struct template *t, const char *text, size_t n, bool escapes, size_t *at, struct err *e) {
    struct parser p = {.text = text, .n = n, .at = at, .e = e};
    *t = (struct template){0};
    if (parse_fields(&p, t, escapes, 0) == 0)
        return 0;
    template_free(t);
    return -1;
}

void template_free(struct template *t) {
    for (size_t i = 0; i < t->count; i++) {
        free(t->fields[i].text);
        if (t->fields[i].inner) {
            template_free(t->fields[i].inner);
            free(t->fields[i].inner);
        }
    }
    free(t->fields);
    *t = (struct template){0};
}
