/*
 * hooks - what the line editor may offer, hint at, and warn of. What is legal comes from the verb
 * table and the dialogue, what a server can do from its EHLO, what a line would break from the rulebook.
 */
#ifndef SMTPLAB_STEP_HOOKS_H
#define SMTPLAB_STEP_HOOKS_H

#include "stepper.h"

/* Append the words that may stand at *from of a line typed so far, each with an LF; a word that wants a space behind it ends in one. */
void offer_words(struct stepper *st, const char *line, size_t n, size_t *from, struct buf *words);

/* Append what is still to come of a line. */
void hint_line(struct stepper *st, const char *line, struct buf *hint);

/* Append what would come of it. */
void warn_line(struct stepper *st, const char *line, struct buf *warning);

/* Does a server offer this verb, as far as is known? */
bool verb_offered(const struct stepper *st, enum verb v);

/* "MAIL FROM:<" of MAIL: what of a command is the same every time; to be followed by something if *open. */
int verb_fixed_part(enum verb v, bool *open, struct buf *out);

#endif
