/*
 * report - the sandbox's log: one line a session, as text or as JSON, written whole or not at all.
 *
 * Clients choose much of what stands in it, so nothing of theirs gets there as it is: what is not
 * printable ASCII is escaped (\x1B), and no line end of theirs ends a line of ours.
 */
#ifndef SMTPLAB_SANDBOX_REPORT_H
#define SMTPLAB_SANDBOX_REPORT_H

#include "../../lib/err.h"
#include "../../lib/serve.h"

#include <stdbool.h>

#define REPORT_PEER_MAX 64 /* an address in digits, and its port */

struct report;

struct report_entry {
    const char *peer;    /* "127.0.0.1:40000" */
    unsigned long ms;    /* how long it lasted */
    const char *trouble; /* ours; "" for none */
    const struct serve_outcome *outcome;
};

/* make: file NULL: standard error. weak: the set that stands in every line, 0 for none. NULL: ERR_FILE. */
struct report *report_open(const char *file, bool json, unsigned weak, struct err *e);

/* use: from any thread. A line that cannot be written is lost: a full disk must not stop the mail. */
void report_session(const struct report *r, const struct report_entry *entry);

/* Whoever reads the log may be slow: it is a pipe or a terminal, and no file. */
bool report_may_wait(const struct report *r);

/* free: NULL is fine. */
void report_close(struct report *r);

#endif
