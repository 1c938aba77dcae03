/*
 * program.h - what the provided files of the client share. Lab files have no use for it.
 */
#ifndef SMTPLAB_PROGRAM_H
#define SMTPLAB_PROGRAM_H

#include "../lib/version.h"
#include "client.h"

/* options.c: read the command line into *o. 0; -1: *e; 1: --help or --version was printed. Freed with options_free() in every case. */
int options_parse(struct options *o, int argc, char **argv, struct err *e);
void options_free(struct options *o);

/*
 * parts.c: what a student may take over from lab 4 on. Each asks the student's part first, if --lab allows,
 * and takes the provided one where that is still a stub. NOT_DONE: it is a stub, and --lab asks for it.
 */
typedef int part_fn(struct client *c);
int part(struct client *c, int lab, part_fn *yours, part_fn *ours);
bool is_due(const struct client *c, int lab);               /* must it be written by now? */
int put_all(struct client *c, const void *bytes, size_t n); /* 0, FAILED, NOT_DONE */
int trust_in(struct client *c, struct ssl_ctx_st *ctx);     /* likewise */
int check_input(struct client *c, const struct message *m); /* 0; -1: c->err; NOT_DONE */
void harmless(struct client *c, struct buf *out, const char *text, size_t n);

/* foundation.c: what the parts above fall back on. */
int own_put_all(struct client *c, const void *bytes, size_t n);
int own_trust(struct client *c, struct ssl_ctx_st *ctx);

/* input.c: the password into c->secret (from its file, or asked for without echo), and the text of --body or --html. -1: ERR_FILE, ERR_INPUT. */
int read_password(struct client *c);
int read_body(const char *body, struct buf *out, struct err *e);

/* report.c: a line of the conversation on standard output, if it is to be shown: n bytes without line end. */
void show_line(const struct client *c, const char *who, const char *bytes, size_t n);

/* Bytes that were sent, or that get_some() brought, line by line; a line that is not whole yet is kept. */
void show_sent(struct client *c, const char *bytes, size_t n);
void show_received(struct client *c, const char *bytes, size_t n);

#endif
