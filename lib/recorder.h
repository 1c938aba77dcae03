/*
 * recorder - makes a transcript from what passes through a stream.
 *
 * Fits stream_tap(): set recorder_tap as the function and the recorder as its
 * argument. It rebuilds each side's lines and writes each as it becomes whole
 * (S:, C:, or S> and C= where bytes do not fit a text line), so that a crash
 * loses nothing that was said. What it has written is a transcript at every
 * moment; where it breaks off inside a message, one that can be read but not played.
 *
 * A secret never reaches the file: the response lines of AUTH (after a 334,
 * and the initial response) are replaced as they are captured. Values the
 * caller has named with recorder_know() come back as {name} or {secret:name},
 * inside base64 as {b64:...}; a response it does not know becomes
 * {b64:{secret:response1}}, response2 and so on, or, after recorder_learn(), what is in
 * it. From then on they are looked for in every line: as they are, in base64
 * wherever it begins, in quoted-printable, and across line ends. The password of CRAM-MD5, which is
 * not sent, is found where a later line has it as a word. Depends on err, buf, encode
 * alone, so that the student's client can be recorded too.
 */
#ifndef SMTPLAB_RECORDER_H
#define SMTPLAB_RECORDER_H

#include "err.h"
#include "stream.h"

#include <stdbool.h>
#include <stdio.h>

struct recorder;

/* make: writes to `to`, which the caller closes after recorder_free(), and flushes it after every line. The header ("smtp-transcript 1", title:, source:) is written at once. NULL: memory. */
struct recorder *recorder_new(FILE *to, const char *title, const char *source);

/* The same for one who will only know later what to call it: recorder_begin() must come before the first whole line and the first event. */
struct recorder *recorder_prepare(void);
void recorder_begin(struct recorder *r, FILE *to, const char *title, const char *source);

/* use: name a value, so that the recording says {name} (or {secret:name}) in its place in AUTH lines. -1: not a name ([a-z][a-z0-9-]*, up to 32), an empty value, too many, or memory. A secret is looked for in every line, plain and in base64. */
int recorder_know(struct recorder *r, const char *name, const char *value, bool secret);

/* Whoever logs in is {user}, the password or token {secret:password}, as if the caller had named them; later ones are password-2 and so on. */
void recorder_learn(struct recorder *r);

/* Other names for hosts, and other addresses, in the place of private ones (recorder_hosts.h says which); the same ones for all of the recording. */
void recorder_private(struct recorder *r);

/* A host that has a private name besides those that the two sides tell; server: the one that is recorded. */
void recorder_private_host(struct recorder *r, const char *name, bool server);

/* In the place of each message stands {message}, and a comment in the place of what may be part of one. */
void recorder_hide_messages(struct recorder *r);

/* Write down, too, how the server's bytes came: @wait, @write, @gap. Its lines are written when the bytes have come to the end of one. */
void recorder_exact(struct recorder *r);

/* A stream_tap_fn. STREAM_IN is the server's side when the recorder sits in a client; see recorder_at_server(). */
void recorder_tap(void *recorder, enum stream_side side, const void *bytes, size_t n);

/* The tapped stream is a server's: what comes in is the client's. */
void recorder_at_server(struct recorder *r);

/* Events that are no bytes. immediate: TLS from the first byte. */
void recorder_tls(struct recorder *r, bool immediate);
void recorder_close(struct recorder *r);

/* A comment: one line, of our own words. */
void recorder_note(struct recorder *r, const char *text);

/* Did every write reach the file? -1 and why: ERR_FILE; ERR_LIMIT if a line of more than 1 MiB was left out. */
int recorder_check(const struct recorder *r, struct err *e);

/* free: a line still incomplete is written as C= or S>. */
void recorder_free(struct recorder *r);

#endif
