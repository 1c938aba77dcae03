/*
 * Lines of commands and of AUTH: CR LF ends one, and nothing else does. See server.h.
 *
 * A line with an LF alone in it is refused in pieces, one reply for each LF: a client that takes every LF for a line
 * end gets as many replies as it waits for. None of the pieces is carried out, not even the last,
 * which ends as it should: to a strict reader it is still the same line.
 */
#include "server_internal.h"

#include "syntax.h"

#include <string.h>
#include <strings.h>

/* --- limits --- */

/* How long may a line be, its end included, that begins so? Extensions gave some commands more room. */
static size_t command_limit(const char *line, size_t n) {
    struct command c;

    verb_parse(line, n, &c);
    switch (c.verb) {
    case VERB_AUTH:
        return SYNTAX_AUTH_MAX;
    case VERB_MAIL:
    case VERB_RCPT:
        return VERB_LINE_MAX + SYNTAX_PARAMETERS_MAX;
    default:
        return VERB_LINE_MAX;
    }
}

/* Only lines that are too long for any command have to be looked at. */
static size_t limit_of(const struct server *s, const struct server_input *in, size_t n) {
    if (s->reads == READS_RESPONSE)
        return SYNTAX_AUTH_MAX;
    return n < VERB_LINE_MAX ? VERB_LINE_MAX : command_limit(in->at, n);
}

/* --- what must not be in a line --- */

/* The first words of browsers, and of web pages that make a browser talk to a mail server. */
static bool is_http(const char *line, size_t n) {
    static const char *const words[] = {"GET ", "POST ", "PUT ", "HEAD ", "OPTIONS ", "CONNECT "};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (n > strlen(words[i]) && strncasecmp(line, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

/* A client that speaks TLS sends no line end and waits: so it is told at its first byte. */
static bool is_tls(const struct server *s, const char *line) {
    return s->phase == PHASE_GREETED && line[0] == 0x16; /* a record of the kind "handshake" (RFC 8446 5.1) */
}

/* n: with the LF at its end. */
static enum server_refusal examine(struct server *s, const char *line, size_t n) {
    bool ends_well = n > 1 && line[n - 2] == '\r';
    bool lf_alone = !ends_well && !server_is_weak(s, SERVER_WEAK_SMUGGLING);
    size_t len = n - (ends_well ? 2 : 1);
    bool broken = s->bad_line || lf_alone;

    s->bad_line = lf_alone;
    if (s->phase == PHASE_GREETED && is_http(line, n))
        return REFUSE_HTTP;
    if (broken)
        return REFUSE_BARE_LF;
    if (memchr(line, '\r', len) != NULL)
        return REFUSE_BARE_CR;
    return memchr(line, '\0', len) != NULL ? REFUSE_NUL : REFUSE_NOTHING;
}

/* --- reading --- */

/*
 * Take a line. Its length with the LF, or 0 if there is none (yet): then either more is needed, or it is too long and
 * the rest of it will be skipped.
 */
static size_t take_line(struct server *s, struct server_input *in) {
    size_t n = (size_t)(in->end - in->at);
    const char *lf = memchr(in->at, '\n', n);
    size_t len = lf != NULL ? (size_t)(lf - in->at) + 1 : n;
    size_t limit = limit_of(s, in, len);

    if (len > limit || (lf == NULL && len == limit)) {
        s->login_line = s->reads == READS_RESPONSE;
        s->reads = READS_LONG;
        return 0;
    }
    if (lf == NULL) {
        in->starved = true;
        return 0;
    }
    in->at += len;
    return len;
}

/* A CR at the end of the block stays there: with it in sight one can tell whether an LF stands alone. */
void server_read_long(struct server *s, struct server_input *in) {
    const char *start = in->at;
    const char *lf = memchr(start, '\n', (size_t)(in->end - start));

    if (lf == NULL) {
        in->at = in->end[-1] == '\r' ? in->end - 1 : in->end;
        in->starved = true;
        return;
    }
    in->at = lf + 1;
    s->bad_line = (lf == start || lf[-1] != '\r') && !server_is_weak(s, SERVER_WEAK_SMUGGLING);
    s->reads = READS_COMMAND;
    if (s->login_line)
        server_auth_end(s);
    server_refuse(s, s->login_line ? REFUSE_LONG_RESPONSE : REFUSE_LONG_LINE);
}

void server_read_command(struct server *s, struct server_input *in) {
    const char *line = in->at;
    enum server_refusal why;
    size_t n;

    if (is_tls(s, line)) {
        server_refuse(s, REFUSE_TLS_BYTES);
        return;
    }
    n = take_line(s, in);
    if (n == 0)
        return;
    s->summary.commands++;
    s->behind = (size_t)(in->end - in->at);
    why = examine(s, line, n);
    if (why != REFUSE_NOTHING)
        server_refuse(s, why);
    else
        server_command(s, line, n);
}

void server_read_response(struct server *s, struct server_input *in) {
    const char *line = in->at;
    size_t n = take_line(s, in);
    enum server_refusal why;

    if (n == 0)
        return;
    why = examine(s, line, n);
    if (why == REFUSE_NOTHING) {
        server_auth_response(s, line, n - (n > 1 && line[n - 2] == '\r' ? 2 : 1));
        return;
    }
    server_auth_end(s);
    server_refuse(s, why);
}
