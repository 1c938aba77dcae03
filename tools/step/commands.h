/*
 * commands - the one table of ':' commands: what it is called, what follows, what it does, one line of help.
 *
 * :help prints it, TAB completes from it, the man page and the tests are held against it. A command is known by
 * any beginning that no other shares.
 */
#ifndef SMTPLAB_STEP_COMMANDS_H
#define SMTPLAB_STEP_COMMANDS_H

#include "stepper.h"

/* What can be completed behind the name. */
enum offer { OFFER_NOTHING, OFFER_WORDS, OFFER_COMMANDS, OFFER_TOPICS, OFFER_MECHANISMS, OFFER_FILES };

typedef void command_fn(struct stepper *st, const char *args);

struct local {
    const char *name; /* without the colon */
    const char *args; /* as a hint; OFFER_WORDS: the words stand in it, "on|off" */
    enum offer offer;
    const char *help; /* one line */
    command_fn *run;
};

/* Row i; NULL behind the last. */
const struct local *commands_row(size_t i);

/* The row of a name as typed (n bytes, without the colon), in full or shortened. NULL: none, or several. */
const struct local *commands_find(const char *name, size_t n);

/* Obey a line, its colon gone. */
void commands_obey(struct stepper *st, const char *line);

/* look.c */
command_fn do_why, do_next, do_state, do_explain, do_caps, do_findings, do_tls;
/* show.c */
command_fn do_bytes, do_diagram, do_b64, do_unb64;
/* login.c */
command_fn do_auth, do_user;
/* send.c */
command_fn do_send, do_raw, do_wait, do_expect, do_reconnect, do_record, do_keylog, do_quit, do_hints;
/* branch.c */
command_fn do_steps, do_undo, do_play;
/* guess.c */
command_fn do_predict;

#endif
