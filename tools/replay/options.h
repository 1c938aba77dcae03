/* options - the command line of smtp-replay. */
#ifndef SMTPLAB_REPLAY_OPTIONS_H
#define SMTPLAB_REPLAY_OPTIONS_H

#include "../../lib/err.h"

#include <stdbool.h>
#include <stddef.h>

struct options {
    unsigned short port; /* 0: the kernel chooses */
    const char *json;    /* file to write; NULL: none */
    const char *record;  /* file for the recording of the (one) conversation */
    const char *keylog;  /* file for TLS secrets */
    long seed;           /* 0: the transcript's, or 1 */
    int jobs;
    double scale;          /* of the clock, for slow machines (SMTPLAB_SCALE too) */
    bool no_clock;         /* all clocks stopped, for a debugger */
    bool print;            /* print transcripts in canonical form, play nothing */
    bool judge;            /* judge recordings as they stand, play nothing */
    const char *print_run; /* --server for which the client's command line is printed, nothing played */
    bool conversation;     /* print all of it, also when it passed */
    bool quiet;            /* findings only */
    const char *client;    /* the kit's client; NULL: see command */
    char **command;        /* any other program and its arguments; NULL: whoever connects */
    size_t transcript_count;
    char **transcripts;
};

enum options_action { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_DOCTOR, OPTIONS_WRONG };

/* Read them. OPTIONS_WRONG: *e says what and what to do. The strings are argv's. */
enum options_action options_parse(struct options *o, int argc, char **argv, struct err *e);

/* --help. */
extern const char options_help[];

#endif
