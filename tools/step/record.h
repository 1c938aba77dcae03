/*
 * record - the recording of a session: kept from the first byte on, written to a file when one is asked for.
 *
 * So `:record FILE` in the middle of a session still gives the whole of it, and
 * the file is a transcript that smtp-replay can play. Secrets are replaced before
 * anything is kept (recorder).
 */
#ifndef SMTPLAB_STEP_RECORD_H
#define SMTPLAB_STEP_RECORD_H

#include "../../lib/recorder.h"

struct record {
    struct recorder *recorder; /* NULL: between two connections */
    FILE *memory;
    char *text;
    size_t len;
    size_t written; /* of these bytes, to the file */
    char *path;     /* as asked for; NULL: no file */
    FILE *file;
    unsigned part; /* which connection of the session: the second goes to a file of its own */
};

/* use: a connection begins. where: for the source: line. user, password: NULL if not known. -1: memory, or the file. */
int record_begin(struct record *r, const char *where, const char *user, const char *password, struct err *e);

/* What was recorded so far goes to the file. -1: ERR_FILE. */
int record_sync(struct record *r, struct err *e);

/* The connection has ended. again: what comes next takes its place (:undo), else it gets the next part. */
void record_end(struct record *r, bool again);

/* From now on into this file, what was said before included. NULL: into none. -1: ERR_FILE. */
int record_to(struct record *r, const char *path, struct err *e);

/* free: */
void record_free(struct record *r);

#endif
