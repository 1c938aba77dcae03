/*
 * program.h - what the provided files of the client share. Lab files have no use for it.
 */
#ifndef SMTPLAB_PROGRAM_H
#define SMTPLAB_PROGRAM_H

#include "../lib/version.h"
#include "client.h"

/* options.c: read the command line into *o. 0; -1 with ERR_INPUT (*status is the exit status for it); 1: --help or --version was printed. Freed with options_free() in every case. */
int options_parse(struct options *o, int argc, char **argv, enum outcome *status, struct err *e);
void options_free(struct options *o);

/* opening.c: connect, greet, TLS, log in. OUTCOME_SENT: mail may be sent now; else the reason has been told. */
int open_session(struct client *c);

/* input.c: the password (from its file, or asked for without echo), and the text of --body. -1: ERR_FILE, ERR_INPUT. */
int read_password(const struct options *o, struct buf *password, struct err *e);
int read_body(const char *body, struct buf *out, struct err *e);

/* report.c: a line of the conversation on standard output, if it is to be shown: n bytes without line end. */
void show_line(const struct client *c, const char *who, const char *bytes, size_t n);

/* Bytes that were sent, line by line; a line that is not whole yet is kept. */
void show_sent(struct client *c, const char *bytes, size_t n);

#endif
