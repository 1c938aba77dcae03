/*
 * nearest - which of these words was meant? For error messages: unknown key
 * "titel", did you mean "title"? Pure.
 */
#ifndef SMTPLAB_NEAREST_H
#define SMTPLAB_NEAREST_H

#include <stddef.h>

#define NEAREST_WORD_MAX 40 /* longer words are like nothing */

/* The words to choose from: word i, NULL behind the last. `from` is what nearest_word() was given. */
typedef const char *nearest_word_fn(const void *from, size_t i);

/* The word that is at most two typing errors away and not wholly different; NULL: none. */
const char *nearest_word(const char *typed, size_t n, nearest_word_fn *word_at, const void *from);

#endif
