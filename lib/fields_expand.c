/* Templates filled in (fields.h), and what can be asked of them. */
#include "fields.h"

#include "encode.h"

static int expand_base64(const struct field *f, const struct bindings *b, struct buf *out, struct err *e) {
    struct buf plain;
    buf_init(&plain, out->max);
    int r = template_expand(f->inner, b, false, &plain, e);
    if (r == 0 && encode_base64(out, plain.data, plain.len) != 0)
        r = err_set(e, ERR_LIMIT, "no room for the text of a {b64:...}");
    buf_free(&plain);
    return r;
}

static int expand_name(const struct field *f, const struct bindings *b, bool masked, struct buf *out,
                       struct err *e) {
    const struct binding *found = bindings_get(b, f->text);
    if (found == NULL)
        return err_set(e, ERR_INPUT, "{%s} has no value here", f->text);
    bool hide = masked && (found->secret || f->kind == FIELD_SECRET);
    int r = hide ? buf_add_text(out, "***") : buf_add(out, found->value, found->len);
    return r == 0 ? 0 : err_set(e, ERR_LIMIT, "no room for the value of {%s}", f->text);
}

static int expand_field(const struct field *f, const struct bindings *b, bool masked, struct buf *out,
                        struct err *e) {
    switch (f->kind) {
    case FIELD_TEXT:
        return buf_add(out, f->text, f->len) == 0 ? 0 : err_set(e, ERR_LIMIT, "too much text");
    case FIELD_MESSAGE:
        return err_set(e, ERR_INPUT, "{message} stands for what a client sends, it has no value");
    case FIELD_BASE64:
        if (masked && template_secret(f->inner, b))
            return buf_add_text(out, "***") == 0 ? 0 : err_set(e, ERR_LIMIT, "too much text");
        return expand_base64(f, b, out, e);
    case FIELD_NAME:
    case FIELD_DOMAIN:
    case FIELD_SECRET:
        break;
    }
    return expand_name(f, b, masked, out, e);
}

int template_expand(const struct template *t, const struct bindings *b, bool masked, struct buf *out,
                    struct err *e) {
    for (size_t i = 0; i < t->count; i++)
        if (expand_field(&t->fields[i], b, masked, out, e) != 0)
            return -1;
    return 0;
}

int template_quote(struct buf *out, const void *bytes, size_t n) {
    const char *s = bytes;
    for (size_t i = 0; i < n; i++)
        if (buf_add_char(out, s[i]) != 0 || (s[i] == '{' && buf_add_char(out, '{') != 0))
            return -1;
    return 0;
}

bool template_has(const struct template *t, enum field_kind kind) {
    for (size_t i = 0; i < t->count; i++) {
        const struct field *f = &t->fields[i];
        if (f->kind == kind || (f->inner && template_has(f->inner, kind)))
            return true;
    }
    return false;
}

bool template_secret(const struct template *t, const struct bindings *b) {
    for (size_t i = 0; i < t->count; i++) {
        const struct field *f = &t->fields[i];
        if (f->kind == FIELD_SECRET || (f->inner && template_secret(f->inner, b)))
            return true;
        const struct binding *found =
            f->kind == FIELD_NAME || f->kind == FIELD_DOMAIN ? bindings_get(b, f->text) : NULL;
        if (found && found->secret)
            return true;
    }
    return false;
}
