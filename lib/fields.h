/*
 * fields - the one notation for what is not fixed text in a transcript:
 * {name} {name:domain} {b64:text} {secret:name} {message} {message:FILE}; "{{" is a brace.
 *
 * The same notation stands in S:, C:, run:, set:, checks and blocks. Text is
 * parsed once into a template; a template is expanded (what the server sends,
 * what the program is run with) or matched (what the client sent), against
 * one set of bindings. A name binds at its first match and must agree from
 * then on. Pure: FILE names are not opened here.
 */
#ifndef SMTPLAB_FIELDS_H
#define SMTPLAB_FIELDS_H

#include "buf.h"
#include "err.h"

#include <stdbool.h>
#include <stddef.h>

#define FIELD_NAME_MAX 32              /* [a-z][a-z0-9-]*, at most so long */
#define BINDINGS_MAX 64                /* names in one play */
#define BINDING_VALUE_MAX 16384        /* bytes of one value */
#define TEMPLATE_FIELDS_MAX 1024       /* fields and texts of one template, those inside base64 too */
#define TEMPLATE_TEXT_MAX (17UL << 20) /* bytes of its fixed text: \*N(x) makes much of little */
#define TEMPLATE_DEPTH_MAX 4           /* base64 in base64 */

enum field_kind {
    FIELD_TEXT,   /* bytes as they are */
    FIELD_NAME,   /* {name}: no white space in what it matches */
    FIELD_DOMAIN, /* {name:domain}: a domain or an address literal; compares without case */
    FIELD_BASE64, /* {b64:...}: base64 of its inner template; compared decoded. Escapes of encode.h hold inside: {b64:\0{user}\0{secret:password}} */
    FIELD_SECRET, /* {secret:name}: as {name}, but printed as *** */
    FIELD_MESSAGE /* {message} or {message:FILE}: name is FILE or "" */
};

struct field {
    enum field_kind kind;
    char *text;             /* FIELD_TEXT: the bytes; else the name, NUL-terminated */
    size_t len;             /* how many, without the NUL */
    size_t at;              /* where it starts in the text parsed */
    struct template *inner; /* FIELD_BASE64 */
};

struct template {
    size_t count;
    struct field *fields;
};

struct binding {
    char name[FIELD_NAME_MAX + 1];
    char *value;
    size_t len;
    bool secret; /* printed as *** wherever it stands */
};

struct bindings {
    size_t count;
    struct binding list[BINDINGS_MAX];
};

/* make: parse text. escapes: \r \n \xHH ... hold in the fixed text (S> and C= lines). -1: the error in *e, its offset in *at. */
int template_parse(struct template *t, const char *text, size_t n, bool escapes, size_t *at, struct err *e);
void bindings_init(struct bindings *b);

/* use: set or replace a value. -1: too many names or bytes (ERR_LIMIT). */
int bindings_set(struct bindings *b, const char *name, const void *value, size_t n, bool secret,
                 struct err *e);
const struct binding *bindings_get(const struct bindings *b, const char *name); /* NULL: not bound */

/* A copy to try a match on; bindings_free() both. -1: memory. */
int bindings_copy(struct bindings *to, const struct bindings *from);

/* Append the text with its fields filled in. masked: secrets as *** (and base64 that holds one as ***). -1: a name that is not bound, or no room. */
int template_expand(const struct template *t, const struct bindings *b, bool masked, struct buf *out,
                    struct err *e);

/* Append bytes so that template_parse() (escapes false) gives them back: every '{' doubled. -1: no room. */
int template_quote(struct buf *out, const void *bytes, size_t n);

/*
 * Is `bytes` what the template asks for? Binds new names on success, leaves
 * the bindings alone otherwise. fold: fixed text compares without case.
 * *at (may be NULL): on failure, the furthest offset in `bytes` that agreed. FIELD_MESSAGE never matches here.
 * A name that is not bound takes at least one byte, no white space and no NUL, and as few as will do. The work is
 * bounded: a text with so many ways to cut it that the search gives up does not match.
 */
bool template_match(const struct template *t, const char *bytes, size_t n, bool fold, struct bindings *b,
                    size_t *at);

/* The same where only fixed text at or behind offset fold_from compares without case: the domain of an address folds, its local part does not. */
bool template_match_from(const struct template *t, const char *bytes, size_t n, size_t fold_from,
                         struct bindings *b, size_t *at);

/* Does it hold a field of this kind (inside base64 too)? */
bool template_has(const struct template *t, enum field_kind kind);

/* Does it hold something that is printed as ***: a {secret:...}, or a name bound as secret? */
bool template_secret(const struct template *t, const struct bindings *b);

/* free: */
void template_free(struct template *t);
void bindings_free(struct bindings *b);

#endif
