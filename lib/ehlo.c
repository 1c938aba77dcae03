/* See ehlo.h. */
#include "ehlo.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* --- what the server listed --- */

void ehlo_clear(struct ehlo *e) {
    e->count = 0;
}

static bool is_separator(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The keyword ends at white space, or at the '=' of the old spelling "AUTH=LOGIN". */
static size_t keyword_length(const char *text, size_t n) {
    size_t len = 0;

    while (len < n && !is_separator(text[len]) && text[len] != '=')
        len++;
    return len;
}

/* Copy words with one space between them; what does not fit is cut. */
static void copy_args(char *args, const char *text, size_t n) {
    size_t len = 0;

    for (size_t i = 0; i < n && len < EHLO_ARGS_LEN - 1; i++) {
        if (!is_separator(text[i]))
            args[len++] = text[i];
        else if (len > 0 && args[len - 1] != ' ')
            args[len++] = ' ';
    }
    if (len > 0 && args[len - 1] == ' ')
        len--;
    args[len] = '\0';
}

void ehlo_add(struct ehlo *e, const char *text, size_t n) {
    struct ehlo_keyword *k;
    size_t len;

    while (n > 0 && is_separator(*text))
        text++, n--;
    len = keyword_length(text, n);
    /* A name that does not fit is not kept at all: cut, it would be another name. */
    if (len == 0 || len >= EHLO_KEYWORD_LEN || e->count == EHLO_KEYWORDS_MAX)
        return;
    k = &e->keywords[e->count++];
    for (size_t i = 0; i < len; i++)
        k->name[i] = (char)toupper((unsigned char)text[i]);
    k->name[len] = '\0';
    if (len < n)
        len++; /* the separator */
    copy_args(k->args, text + len, n - len);
}

const char *ehlo_args(const struct ehlo *e, const char *keyword) {
    for (size_t i = 0; i < e->count; i++)
        if (strcasecmp(e->keywords[i].name, keyword) == 0)
            return e->keywords[i].args;
    return NULL;
}

static bool has_word(const char *args, const char *word) {
    size_t n = strlen(word);

    while (*args != '\0') {
        size_t len = strcspn(args, " ");
        if (len == n && strncasecmp(args, word, n) == 0)
            return true;
        args += len;
        args += strspn(args, " ");
    }
    return false;
}

bool ehlo_offers(const struct ehlo *e, const char *keyword, const char *word) {
    /* All rows are looked at: a server may list "AUTH PLAIN" and "AUTH=LOGIN" one below the other. */
    for (size_t i = 0; i < e->count; i++)
        if (strcasecmp(e->keywords[i].name, keyword) == 0 && has_word(e->keywords[i].args, word))
            return true;
    return false;
}

/* --- what that lets MAIL and RCPT carry --- */

static const struct {
    enum verb verb;
    const char *parameter;
    const char *keyword;
} parameters[] = {
    {VERB_MAIL, "SIZE", "SIZE"},               /* RFC 1870 */
    {VERB_MAIL, "BODY", "8BITMIME"},           /* RFC 6152; BODY=BINARYMIME: RFC 3030 */
    {VERB_MAIL, "SMTPUTF8", "SMTPUTF8"},       /* RFC 6531 */
    {VERB_MAIL, "RET", "DSN"},                 /* RFC 3461 */
    {VERB_MAIL, "ENVID", "DSN"},               /* RFC 3461 */
    {VERB_MAIL, "AUTH", "AUTH"},               /* RFC 4954 5 */
    {VERB_MAIL, "REQUIRETLS", "REQUIRETLS"},   /* RFC 8689 */
    {VERB_MAIL, "MT-PRIORITY", "MT-PRIORITY"}, /* RFC 6710 */
    {VERB_MAIL, "BY", "DELIVERBY"},            /* RFC 2852 */
    {VERB_MAIL, "HOLDFOR", "FUTURERELEASE"},   /* RFC 4865 */
    {VERB_MAIL, "HOLDUNTIL", "FUTURERELEASE"}, /* RFC 4865 */
    {VERB_MAIL, "MTRK", "MTRK"},               /* RFC 3885 */
    {VERB_MAIL, "SOLICIT", "NO-SOLICITING"},   /* RFC 3865 */
    {VERB_MAIL, "TRANSID", "CHECKPOINT"},      /* RFC 1845 */
    {VERB_RCPT, "NOTIFY", "DSN"},              /* RFC 3461 */
    {VERB_RCPT, "ORCPT", "DSN"},               /* RFC 3461 */
    {VERB_RCPT, "RRVS", "RRVS"},               /* RFC 7293 */
};

static bool same_word(const char *text, size_t n, const char *word) {
    return strlen(word) == n && strncasecmp(text, word, n) == 0;
}

const char *ehlo_parameter_keyword(enum verb v, const char *name, size_t n) {
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++)
        if (parameters[i].verb == v && same_word(name, n, parameters[i].parameter))
            return parameters[i].keyword;
    return NULL;
}

/* Extensions we have never heard of mostly name their parameter like themselves. */
static bool offered_by_name(const struct ehlo *e, const char *name, size_t n) {
    for (size_t i = 0; i < e->count; i++)
        if (same_word(name, n, e->keywords[i].name))
            return true;
    return false;
}

static bool of_other_verb(const char *name, size_t n) {
    return ehlo_parameter_keyword(VERB_MAIL, name, n) != NULL ||
           ehlo_parameter_keyword(VERB_RCPT, name, n) != NULL;
}

bool ehlo_allows(const struct ehlo *e, enum verb v, const char *name, size_t n, const char *value,
                 size_t value_len) {
    const char *keyword = ehlo_parameter_keyword(v, name, n);

    if (keyword ==
        NULL) /* a parameter we know belongs to its own command; of those we do not, the server may */
        return !of_other_verb(name, n) && (v == VERB_MAIL || v == VERB_RCPT) && offered_by_name(e, name, n);
    if (same_word(name, n, "BODY") && value != NULL && same_word(value, value_len, "BINARYMIME"))
        keyword = "BINARYMIME";
    return ehlo_args(e, keyword) != NULL;
}
