/*
 * syntax - is this client line well formed? Bytes and arguments of one line,
 * with no memory of the lines before it. Pure.
 *
 * Three calls for the three kinds of lines a client sends. Each tells every
 * breach through `fn`: the rule, and the offset in the line of the first
 * byte that is wrong.
 */
#ifndef SMTPLAB_SYNTAX_H
#define SMTPLAB_SYNTAX_H

#include "ehlo.h"
#include "rules.h"
#include "verb.h"

#include <stddef.h>

#define SYNTAX_TEXT_MAX                                                                                      \
    1000 /* octets of a text line with its CRLF, the doubled dot not counted (RFC 5321 4.5.3.1.6) */
#define SYNTAX_PARAMETERS_MAX 500 /* octets that extensions add to MAIL and RCPT (RFC 3461 3, RFC 4954 5) */
#define SYNTAX_AUTH_MAX 12288     /* octets of an AUTH response line (RFC 4954 4) */

typedef void syntax_found_fn(void *arg, enum rule rule, size_t at);

/* The bytes of a line: its CRLF, NULs, a CR alone, its length (at most max octets, line end included). */
void syntax_bytes(const char *line, size_t n, size_t max, syntax_found_fn *fn, void *arg);

/* How many lines have ended in these bytes: a line feed ends one, whatever stands before it. */
size_t syntax_line_ends(const char *bytes, size_t n);

/* What follows the verb. ehlo: what the server offered, for parameters. The spans of `command` point into `line`. */
void syntax_command(const char *line, const struct command *command, const struct ehlo *ehlo,
                    syntax_found_fn *fn, void *arg);

/*
 * The address of MAIL FROM or RCPT TO as sent, without brackets or parameters,
 * into *start and *len; also of lines that syntax_command() finds fault with:
 * the first word, where FROM: or TO: is missing. false: other verbs.
 */
bool syntax_address(const struct command *command, const char **start, size_t *len);

/* The same of lines without FROM: or TO: too, if brackets show what was meant ("RCPT <bob@example.org>"). */
bool syntax_address_meant(const struct command *command, const char **start, size_t *len);

#endif
