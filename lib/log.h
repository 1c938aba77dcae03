/*
 * log - what happened in one play, and what was found: the list of events
 * (every line of either side, TLS, the ends of connections) and the list of
 * findings, each tied to its event. Reports are made from nothing else.
 */
#ifndef SMTPLAB_LOG_H
#define SMTPLAB_LOG_H

#include "buf.h"
#include "rules.h"

#include <stdbool.h>
#include <stddef.h>

#define LOG_EVENTS_MAX 20000
#define LOG_EVENT_BYTES 8192 /* of one line kept for showing; the rest is counted */
#define LOG_FINDINGS_MAX 200

enum event_kind {
    EVENT_CONNECT,
    EVENT_SERVER,
    EVENT_CLIENT,
    EVENT_TLS,
    EVENT_CLOSE,
    EVENT_RESET,
    EVENT_SKIPPED,
    EVENT_UNSAID /* a reply that we kept back, as the client had gone on without it */
};

struct event {
    enum event_kind kind;
    unsigned number; /* lines of the conversation count from 1; 0 for events that are no line */
    unsigned line;   /* of the transcript at that moment; 0: none */
    double ms;       /* since the play began */
    bool tls;        /* protected by TLS */
    bool by_client;  /* EVENT_CLOSE, EVENT_RESET: whose doing */
    char *text;      /* lines: the bytes, secrets already as ***; TLS: protocol and cipher. NUL-terminated */
    size_t len;
    size_t full_len; /* bytes on the wire, where text was cut; EVENT_SKIPPED: lines left out */
};

struct finding {
    enum rule rule;
    enum severity severity; /* after forbid and allow */
    enum circumstance circumstance;
    unsigned line;  /* of the transcript; 0: none */
    size_t event;   /* index into events; LOG_NO_EVENT: of no line */
    size_t at;      /* offset in the event's bytes of the first wrong one */
    char *expected; /* in words or as a transcript line; NULL: nothing to set beside it */
    char *detail;   /* fills the rule's sentence; NULL: the circumstance does, or else `expected` */
    unsigned count; /* how often it was seen; only the first is kept */
};

#define LOG_NO_EVENT ((size_t)-1)

struct log {
    size_t event_count;
    struct event *events;
    size_t finding_count;
    struct finding findings[LOG_FINDINGS_MAX];
    enum severity severities[RULE_COUNT]; /* in force: the rulebook's, changed by forbid and allow */
    unsigned lines;                       /* numbered so far */
    double started;                       /* monotonic, milliseconds */
};

/* make: an empty log with the rulebook's severities; its clock starts. */
void log_init(struct log *l);

/* Milliseconds on a clock that only goes forward. */
double log_clock(void);

/* use: note an event; the bytes are copied. Returns its index, or LOG_NO_EVENT when the log is full. */
size_t log_event(struct log *l, enum event_kind kind, unsigned line, bool tls, const char *text, size_t n);

/* Bytes that belong to an event and came late; as many as it has room for. */
void log_extend(struct log *l, size_t event, const char *bytes, size_t n);

/*
 * Note a finding: its severity is looked up in `severities`. The second of the
 * same rule is only counted. expected and detail (both may be NULL) are copied.
 */
void log_finding(struct log *l, const struct finding *f);

/* Take a finding out again: it was only the shadow of another. */
void log_drop(struct log *l, size_t which);

/* The highest severity found; SEVERITY_NOTE when there is none. */
enum severity log_worst(const struct log *l);

/* Has a finding of this rule been noted? */
bool log_has(const struct log *l, enum rule rule);

/* What an event says, as one line that is safe to show: a line's bytes without its proper CRLF, or words ("the client connects"). -1: no room. */
int log_show(const struct event *v, bool utf8, struct buf *out);

/* What fills the "%s" of the rule's sentence, if it has one. */
const char *log_fill(const struct finding *f);

/* The rule's `seen` sentence for this finding. -1: no room. */
int log_sentence(const struct finding *f, struct buf *out);

/* free: */
void log_free(struct log *l);

#endif
