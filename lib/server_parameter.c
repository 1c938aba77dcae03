/* Parameters of MAIL and RCPT: a table of names and of what their values must look like. See server.h. */
#include "server_internal.h"

#include <string.h>
#include <strings.h>

#define SIZE_DIGITS 20 /* RFC 1870 3 */
#define ENVID_MAX 100  /* RFC 3461 4.4 */
#define ORCPT_MAX 500  /* RFC 3461 4.2 */

/* A piece of the line; at is NULL where a parameter has no value. */
struct value {
    const char *at;
    size_t n;
};

static bool is_word(struct value v, const char *word) {
    return strlen(word) == v.n && strncasecmp(v.at, word, v.n) == 0;
}

/* Cut off the first part, up to the separator or the end. */
static struct value part(struct value *rest, char separator) {
    const char *at = rest->n > 0 ? memchr(rest->at, separator, rest->n) : NULL;
    struct value first = {rest->at, at != NULL ? (size_t)(at - rest->at) : rest->n};
    size_t used = first.n + (at != NULL ? 1 : 0);

    if (used > 0)
        rest->at += used;
    rest->n -= used;
    return first;
}

/* --- values --- */

static bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

/* xtext: printable ASCII, where +HH stands for a byte (RFC 3461 4); not for a control character, a line break say. */
static bool is_xtext(struct value v) {
    for (size_t i = 0; i < v.n; i++) {
        if (v.at[i] < '!' || v.at[i] > '~' || v.at[i] == '=')
            return false;
        if (v.at[i] != '+')
            continue;
        if (v.n - i < 3 || !is_hex(v.at[i + 1]) || !is_hex(v.at[i + 2]) || v.at[i + 1] < '2')
            return false;
        i += 2;
    }
    return v.n > 0;
}

static enum server_refusal value_if(bool good) {
    return good ? REFUSE_NOTHING : REFUSE_VALUE;
}

/* A number of more octets than we take is too large, however long it is. */
static enum server_refusal take_size(struct server *s, struct value v) {
    size_t size = 0;

    for (size_t i = 0; i < v.n; i++) {
        if (v.at[i] < '0' || v.at[i] > '9' || i == SIZE_DIGITS)
            return REFUSE_VALUE;
        if (size <= server_size_max(s))
            size = size * 10 + (size_t)(v.at[i] - '0');
    }
    if (v.n == 0)
        return REFUSE_VALUE;
    return size > server_size_max(s) ? REFUSE_SIZE : REFUSE_NOTHING;
}

static enum server_refusal take_body(struct server *s, struct value v) {
    s->mail.eight_bit = is_word(v, "8BITMIME");
    return value_if(s->mail.eight_bit || is_word(v, "7BIT"));
}

static enum server_refusal take_utf8(struct server *s, struct value v) {
    s->mail.utf8 = true;
    return value_if(v.at == NULL); /* it takes no value */
}

static enum server_refusal take_ret(struct server *s, struct value v) {
    (void)s;
    return value_if(is_word(v, "FULL") || is_word(v, "HDRS"));
}

static enum server_refusal take_envid(struct server *s, struct value v) {
    (void)s;
    return value_if(v.n <= ENVID_MAX && is_xtext(v));
}

/* Who submitted it, as another server believes; we do not, and only look at its form (RFC 4954 5). */
static enum server_refusal take_auth(struct server *s, struct value v) {
    if (!server_auth_offered(s))
        return REFUSE_PARAMETER;
    return value_if(is_word(v, "<>") || is_xtext(v));
}

/* NEVER stands alone; the others may be listed (RFC 3461 4.1). */
static enum server_refusal take_notify(struct server *s, struct value v) {
    bool good = v.n > 0 && v.at[v.n - 1] != ',';

    (void)s;
    if (is_word(v, "NEVER"))
        return REFUSE_NOTHING;
    while (good && v.n > 0) {
        struct value when = part(&v, ',');

        good = is_word(when, "SUCCESS") || is_word(when, "FAILURE") || is_word(when, "DELAY");
    }
    return value_if(good);
}

/* "rfc822;bob@example.org" (RFC 3461 4.2; utf-8 is RFC 6533's). */
static enum server_refusal take_orcpt(struct server *s, struct value v) {
    bool short_enough = v.n <= ORCPT_MAX;
    struct value type = part(&v, ';');

    if (is_word(type, "utf-8"))
        return value_if(short_enough && v.n > 0 && (s->mail.utf8 ? address_utf8(v.at, v.n) : is_xtext(v)));
    return value_if(short_enough && type.n > 0 && is_xtext(type) && is_xtext(v));
}

/* --- the table --- */

static const struct {
    enum verb verb;
    const char *name;
    enum server_refusal (*take)(struct server *s, struct value v);
} parameters[] = {
    {VERB_MAIL, "SIZE", take_size},     {VERB_MAIL, "BODY", take_body},   {VERB_MAIL, "SMTPUTF8", take_utf8},
    {VERB_MAIL, "RET", take_ret},       {VERB_MAIL, "ENVID", take_envid}, {VERB_MAIL, "AUTH", take_auth},
    {VERB_RCPT, "NOTIFY", take_notify}, {VERB_RCPT, "ORCPT", take_orcpt},
};

#define PARAMETERS (sizeof parameters / sizeof parameters[0])

/* NAME or NAME=VALUE; *seen is the set of rows that have been there. */
static enum server_refusal take_one(struct server *s, enum verb v, struct value word, unsigned *seen) {
    bool has_value = memchr(word.at, '=', word.n) != NULL;
    struct value name = part(&word, '=');

    if (!has_value)
        word = (struct value){NULL, 0};
    for (size_t i = 0; i < PARAMETERS; i++) {
        if (parameters[i].verb != v || !is_word(name, parameters[i].name))
            continue;
        if ((*seen & 1U << i) != 0)
            return REFUSE_PARAMETER_TWICE;
        *seen |= 1U << i;
        return parameters[i].take(s, word);
    }
    return REFUSE_PARAMETER;
}

enum server_refusal server_parameters(struct server *s, enum verb v, const char *text, size_t n) {
    struct value rest = {text, n};
    enum server_refusal why = REFUSE_NOTHING;
    unsigned seen = 0;

    while (rest.n > 0 && why == REFUSE_NOTHING) {
        struct value word = part(&rest, ' ');

        if (word.n > 0)
            why = s->esmtp ? take_one(s, v, word, &seen) : REFUSE_PARAMETER_HELO;
    }
    return why;
}
