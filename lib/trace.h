/*
 * trace - the lines that a server puts on top of a message that it takes
 * (RFC 5321 4.4): Return-Path: with the sender of the envelope, and Received:
 * with who brought it, to whom, by which protocol and when.
 *
 * The envelope is gone once a message is delivered; these lines are where its
 * reader can see it again, beside From: and To: of the header, which are another matter.
 * Pure: the date is given as text.
 */
#ifndef SMTPLAB_TRACE_H
#define SMTPLAB_TRACE_H

#include "buf.h"
#include "server.h"

struct trace {
    const struct server_envelope *envelope;
    const char *peer; /* the client's address, "127.0.0.1" */
    const char *by;   /* our name */
    const char *id;
    const char *date; /* "Tue, 24 Nov 2026 10:54:20 +0000" (RFC 5322 3.3) */
};

/*
 * Append both, with CRLFs. "for" may name one recipient only (RFC 5321 4.4); all of them stand in a
 * comment, one a line, so that the envelope can be compared with the header. (A server for
 * several people would not do that: it would tell each of them about the other's blind copy.)
 * -1: no room.
 */
int trace_print(const struct trace *t, struct buf *out);

/* "ESMTPSA" and its like: how the message came (RFC 3848, RFC 6531 4.3). */
const char *trace_protocol(const struct server_envelope *envelope);

#endif
