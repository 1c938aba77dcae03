/*
 * ehlo - what a server offered in its reply to EHLO (RFC 5321 4.1.1.1). Pure.
 */
#ifndef SMTPLAB_EHLO_H
#define SMTPLAB_EHLO_H

#include "verb.h"

#include <stdbool.h>
#include <stddef.h>

#define EHLO_KEYWORDS_MAX 64 /* our limit: later ones are not kept */
#define EHLO_KEYWORD_LEN 32
#define EHLO_ARGS_LEN 256

struct ehlo_keyword {
    char name[EHLO_KEYWORD_LEN]; /* upper case; a longer name is not kept: cut, it would be another */
    char args[EHLO_ARGS_LEN];    /* as given, one space between words; cut if longer */
};

struct ehlo {
    size_t count;
    struct ehlo_keyword keywords[EHLO_KEYWORDS_MAX];
};

/* Nothing offered: before EHLO, after HELO, and again after STARTTLS (RFC 3207 4.2). */
void ehlo_clear(struct ehlo *e);

/* Add one line's text ("SIZE 35882577", the code already gone). "AUTH=LOGIN" counts as "AUTH LOGIN". Not for the first line, which names the server. */
void ehlo_add(struct ehlo *e, const char *text, size_t n);

/* The keyword's arguments ("" if none), NULL if it was not offered. Folds case. */
const char *ehlo_args(const struct ehlo *e, const char *keyword);

/* Is `word` among the keyword's arguments (AUTH, "LOGIN")? Folds case. */
bool ehlo_offers(const struct ehlo *e, const char *keyword, const char *word);

/* Which keyword lets MAIL or RCPT carry this parameter ("SIZE" -> "SIZE", "BODY" -> "8BITMIME", "RET" -> "DSN" ...)? NULL: none known to us. */
const char *ehlo_parameter_keyword(enum verb v, const char *name, size_t n);

/* May MAIL or RCPT (v) carry the parameter now? BODY=BINARYMIME wants BINARYMIME; value may be NULL. */
bool ehlo_allows(const struct ehlo *e, enum verb v, const char *name, size_t n, const char *value,
                 size_t value_len);

#endif
