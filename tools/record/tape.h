/*
 * tape - the file of one session.
 *
 * It is made when the first line is whole: by then the greeting has said what
 * the server is, which stands in the head, and who only looks whether somebody listens leaves no file.
 */
#ifndef SMTPLAB_RECORD_TAPE_H
#define SMTPLAB_RECORD_TAPE_H

#include "proxy.h"

#include "../../lib/recorder.h"

#define TAPE_PATH_MAX 4096

struct tape {
    struct proxy *proxy;
    struct recorder *recorder;
    FILE *file;               /* NULL: not yet, or it could not be */
    char path[TAPE_PATH_MAX]; /* "": no file yet */
    struct buf first;         /* the server's first bytes */
    bool immediate;           /* TLS came before them */
    struct err trouble;       /* the first; ERR_NONE */
};

/* make: -1: memory. */
int tape_begin(struct tape *t, struct proxy *proxy, struct err *e);

/* use: what was carried. */
void tape_server(struct tape *t, const char *bytes, size_t n);
void tape_client(struct tape *t, const char *bytes, size_t n);
void tape_tls(struct tape *t, bool immediate);

/* A comment, in our own words; none, where nothing has been said. */
void tape_note(struct tape *t, const char *text);

/* free: the connection has closed. What went wrong is in t->trouble. */
void tape_end(struct tape *t);

#endif
