/*
 * dialogue - one SMTP session as seen from outside.
 *
 * Feed it every line of either side, with all its bytes, in the order they
 * passed. It knows the phase, what the client may send next, what EHLO
 * offered, and which rules were broken; it never reads, writes or waits. The
 * player judges a client with it, the stepper draws its state from it, the
 * sandbox and the recorder ask it what is secret.
 *
 * It judges what SMTP says, not what one transcript wants: that is match's part.
 */
#ifndef SMTPLAB_DIALOGUE_H
#define SMTPLAB_DIALOGUE_H

#include "address.h"
#include "ehlo.h"
#include "rules.h"
#include "verb.h"

#include <stdbool.h>
#include <stddef.h>

struct dialogue;

/*
 * A breach, told the moment it is seen. `at`: offset in the line just fed of
 * the first byte that is wrong. `circumstance` fills the rule's sentence.
 */
typedef void dialogue_found_fn(void *arg, enum rule rule, enum circumstance circumstance, size_t at);

/* make: NULL when memory is out. fn may be NULL. */
struct dialogue *dialogue_new(dialogue_found_fn *fn, void *arg);

/* use: a whole line of the server, line end included. Lines that are no reply lines are let pass without a change of phase. */
void dialogue_server_line(struct dialogue *d, const char *bytes, size_t n);

/* A line of the client, line end included; the last line before an end of file may lack it. Inside DATA: a line of the message. */
void dialogue_client_line(struct dialogue *d, const char *bytes, size_t n);

/* Client bytes have arrived although a reply is still owed or incomplete: a finding, and true, unless RFC 2920 lets them. Call before each write of a reply with all that is unread; begun: part of the reply is out. Lines sent early by right are not blamed for going on after a refusal. */
bool dialogue_early(struct dialogue *d, const char *bytes, size_t n, bool begun);

/* The user asked for TLS: a login or a mail in plain text is a breach from here on. Call it before the first line. */
void dialogue_require_tls(struct dialogue *d);

/* How many octets are still to come of the chunk that BDAT announced? The next client line is at most so long, wherever its LF is. */
size_t dialogue_chunk(const struct dialogue *d);

/* So many of them have passed, for who does not feed them as lines. */
void dialogue_chunk_took(struct dialogue *d, size_t n);

/* The TLS handshake is done: what was heard before is forgotten (RFC 3207 4.2). */
void dialogue_tls_started(struct dialogue *d);

/*
 * A lenient server takes a line for what was meant. withdraw: forget the
 * client's last command, to which no reply has come. suppose: a line the client
 * should have sent, as if it had; nothing is found in it.
 */
void dialogue_withdraw(struct dialogue *d);
void dialogue_suppose(struct dialogue *d, const char *bytes, size_t n);

/* The player takes what came as the end of the message although no CRLF "." CRLF did: a reply is owed now. Only in PHASE_DATA. */
void dialogue_message_ended(struct dialogue *d);

/* ask: */
enum phase dialogue_phase(const struct dialogue *d);
const struct ehlo *dialogue_ehlo(const struct dialogue *d);
bool dialogue_in_tls(const struct dialogue *d);

/* Is a reply owed, and to which verb? (VERB_UNKNOWN: to an unknown command; before the greeting the connection itself owes one.) */
bool dialogue_owes_reply(const struct dialogue *d, enum verb *to);

/* The verb of the last complete reply and its code; 0 before the first. The reply to the final dot counts as VERB_DATA. */
int dialogue_last_reply(const struct dialogue *d, enum verb *to);

/* Would this client line carry a secret: an AUTH response, or an initial response? *from: where in the line the secret starts. */
bool dialogue_secret(const struct dialogue *d, const char *line, size_t n, size_t *from);

/* Append what the client may send now, "one of: RSET, QUIT, another RCPT TO". -1: no room. */
int dialogue_expected(const struct dialogue *d, struct buf *out);

/* Which rules would this client line break if it were sent now? They are told to fn; nothing changes. */
void dialogue_foresee(const struct dialogue *d, const char *line, size_t n, dialogue_found_fn *fn, void *arg);

/* What has to come before this verb is legal, "no MAIL FROM yet"; NULL: it is legal now. */
const char *dialogue_lacks(const struct dialogue *d, enum verb v);

/* Did the last refusal leave nothing to do but to say so and go, perhaps with a RSET first? Then leaving without QUIT is no breach. */
bool dialogue_refused(const struct dialogue *d);

/* Recipients accepted for the transaction that is open, or that ended last; each in the bytes as sent, without brackets. Valid until the next line. */
size_t dialogue_recipients(const struct dialogue *d, const char *const **list);

/* free: NULL is fine. */
void dialogue_free(struct dialogue *d);

#endif
