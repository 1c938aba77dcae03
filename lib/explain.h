/*
 * explain - plain words for what the wire says: reply codes digit by digit
 * (RFC 5321 4.2.1), enhanced status codes (RFC 3463), extensions, ways to log in,
 * parameters, signals of a dying program. For people who see SMTP for the first time. Pure.
 */
#ifndef SMTPLAB_EXPLAIN_H
#define SMTPLAB_EXPLAIN_H

#include "buf.h"

/* Append lines on a code, one for each of its first two digits, and the code's own meaning where it has one (RFC 5321 4.2.3, 4954 6, 7504). -1: not from 200 to 599, or no room. */
int explain_code(struct buf *out, int code);

/* Append a line each on class, subject and detail of "5.7.1". -1: not an enhanced code, or no room. */
int explain_enhanced(struct buf *out, const char *code);

/* What an EHLO keyword means, in one clause with its RFC; NULL: not known to us. Folds case. */
const char *explain_extension(const char *keyword);

/* What a way to log in does, and what whoever listens has of it: "PLAIN"; NULL: not known to us. Folds case. */
const char *explain_mechanism(const char *name);

/* What a parameter of MAIL or RCPT asks for: "SIZE", "SIZE=1000"; NULL: not known to us. Folds case. */
const char *explain_parameter(const char *text);

/* How the client ended, by its exit status (design: sysexits.h); 69: "refused for good: 5xx". NULL: not known. */
const char *explain_exit(int status);

/* What a signal says of the program it killed; SIGSEGV: "SIGSEGV, it used memory that is not its own ...". NULL: not known. */
const char *explain_signal(int signal);

#endif
