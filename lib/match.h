/*
 * match - is what the client sent what the transcript asks for? By meaning.
 *
 * Real clients write the same command in many ways: of eight of them, an exact
 * comparison accepts none. The rules (docs/transcripts.md):
 *   R1 verb and keywords fold case; local parts do not, domains do.
 *   R2 MAIL and RCPT parameters are a set; more are allowed if the last EHLO offered them.
 *   R3 any valid EHLO name or literal.
 *   R4 EHLO and HELO answer each other's line.
 *   R5 AUTH with and without an initial response are one; base64 is compared decoded.
 *   R8 a message is compared as a message (match_message).
 * (R6, R7 and R9 concern the order of lines: they are play's.) Pure.
 */
#ifndef SMTPLAB_MATCH_H
#define SMTPLAB_MATCH_H

#include "ehlo.h"
#include "fields.h"
#include "rules.h"

#include <stdbool.h>
#include <stddef.h>

enum match {
    MATCH_YES,
    MATCH_SWAPPED_HELLO, /* yes, but HELO for EHLO or EHLO for HELO (R4): the player answers HELO with one line */
    MATCH_NO_INITIAL, /* yes, but AUTH came without the initial response the transcript has: ask for it with 334 */
    MATCH_INITIAL, /* yes, but AUTH came with an initial response that the transcript has on its next C: line; it starts at *at */
    MATCH_DIFFERS, /* the same command with something wrong in it: *rule says what, *at where */
    MATCH_NO       /* another command */
};

struct match_result {
    enum match kind;
    enum rule
        rule;  /* MATCH_DIFFERS: the most useful of the rules named in docs/transcripts.md; else RULE_COUNT */
    size_t at; /* offset in the line: the first byte that differs, or the start of the initial response */
};

/*
 * A client line (line end left out by the caller) against a C: template.
 * Names bind in b on MATCH_YES and its variants only. What is merely untidy
 * (a space after the colon, no brackets) matches: dialogue reports it.
 * ehlo: what the server last offered.
 */
struct match_result match_line(const struct template *expected, const char *line, size_t n,
                               const struct ehlo *ehlo, struct bindings *b);

/* Against a C= template: bytes as they are, line end included. */
bool match_exact(const struct template *expected, const char *line, size_t n, struct bindings *b, size_t *at);

/* A finding of the comparison of messages. `at`: offset in the actual wire bytes. expected: the line or field asked for (escaped for showing), NULL if none. */
typedef void match_found_fn(void *arg, enum rule rule, size_t at, const char *expected);

/*
 * R8. expected: the transcript's message lines joined with CRLF, each ended by
 * CRLF, dots doubled, fields already expanded, no final dot; actual: the
 * bytes between 354 and the final "." CRLF, as they came. Both are un-stuffed;
 * each header field expected is there once with that value (name folds case,
 * folding undone), others are allowed, in any order; an empty line; the body
 * byte for byte, but for one empty line more at the end (extra-blank-line).
 * If it agrees only without un-stuffing the actual, the one finding is dot-stuffing. Lines
 * that end in LF alone count as lines here (dialogue reports bare-lf). Expected
 * without any header (its first line empty, or no field-like line) asks for none.
 * Returns the number of findings told of severity fail.
 */
int match_message(const char *expected, size_t expected_len, const char *actual, size_t actual_len,
                  match_found_fn *fn, void *arg);

/* {message}: any well-formed message: header fields, an empty line, a body; no-blank-line and header-missing are what can be told. */
int match_any_message(const char *actual, size_t actual_len, match_found_fn *fn, void *arg);

#endif
