/*
 * stepper - the program as a whole: one line in, sent or obeyed, what came of it shown.
 *
 * A line that begins with ':' is for the stepper (commands.h), any other goes to
 * the server as it is. The parts below each own a handful of the ':' commands:
 * look (explanations), show (bytes and drawings), login, branch (back and again),
 * guess, hooks (what the line editor may offer).
 */
#ifndef SMTPLAB_STEP_STEPPER_H
#define SMTPLAB_STEP_STEPPER_H

#include "input.h"
#include "options.h"
#include "screen.h"
#include "session.h"

#define STEPPER_TEXT_MAX (1UL << 20)
#define OWN_HOST "client.example.org" /* what we call ourselves where someone must */

/* Exit statuses, see --help. */
enum {
    STATUS_WELL = 0,
    STATUS_EXPECT = 1,
    STATUS_TRANSCRIPT = 2,
    STATUS_USAGE = 64,
    STATUS_FILE = 66,
    STATUS_HOST = 68,
    STATUS_LOST = 74,
    STATUS_NOBODY = 75,
    STATUS_TLS = 77
};

/* :predict */
struct miss {
    char *line;    /* what had been sent */
    char *guesses; /* in their order */
    int code;      /* what came */
};

struct guess {
    bool on;
    size_t findings; /* in the log when the line under guess was sent */
    unsigned asked;
    unsigned right; /* at the first try */
    size_t miss_count;
    struct miss *misses;
};

/* :play: the client's lines of a transcript that are still to come. */
struct script {
    struct transcript *transcript; /* NULL: none is played */
    size_t next;                   /* item */
    unsigned step;                 /* lines offered so far */
};

struct stepper {
    const struct options *options;
    struct screen screen;
    struct input *input;
    struct link link;
    struct session session;
    struct guess guess;
    struct script script;
    char *user;     /* never NULL once begun */
    char *password; /* NULL: not known yet */
    char *keylog;
    bool interactive;
    bool no_hints;
    bool done;
    int status;
};

/* make: settle where to talk; nothing is connected yet. -1: *e. */
int stepper_init(struct stepper *st, const struct options *o, struct err *e);

/* use: connect, then take lines until the end. The exit status. */
int stepper_run(struct stepper *st);

/* The status of a failure to begin. */
int stepper_status(enum err_kind kind);

/* Send one line as typed (CRLF is added), or bytes as they are; show and explain what comes of it. */
void stepper_line(struct stepper *st, const char *text);
void stepper_bytes(struct stepper *st, const char *bytes, size_t n);

/* Tell how a wait ended, if not well. */
void stepper_tell(struct stepper *st, enum heard heard);

/* A rule was broken. */
void stepper_finding(struct stepper *st, const struct finding *f);

/* One more line from whoever types, or from the pipe. false: there is none. */
bool stepper_ask(struct stepper *st, const char *prompt, struct buf *line);

/* A secret likewise, unseen. false: none was given. */
bool stepper_ask_secret(struct stepper *st, const char *prompt, struct buf *line);

/* free: */
void stepper_free(struct stepper *st);

/* guess.c: hold the reply back until it has been guessed. */
void guess_before(struct stepper *st);
void guess_after(struct stepper *st, enum heard heard);
void guess_score(struct stepper *st);
void guess_free(struct guess *g);

/* branch.c: the next line of a script, offered or sent. */
void script_offer(struct stepper *st);
void script_stop(struct stepper *st);

/* hooks.c */
struct input_hooks hooks_for(struct stepper *st);

#endif
