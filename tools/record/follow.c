/* See follow.h. */
#include "follow.h"

#include "../../lib/verb.h"

#include <stdlib.h>
#include <string.h>

#define LINE_KEPT 2048 /* of a line: a longer one is no command */

int follow_begin(struct follow *f) {
    *f = (struct follow){.state = FOLLOW_PLAIN};
    buf_init(&f->client, LINE_KEPT);
    buf_init(&f->server, LINE_KEPT);
    f->dialogue = dialogue_new(NULL, NULL);
    return f->dialogue == NULL ? -1 : 0;
}

void follow_end(struct follow *f) {
    dialogue_free(f->dialogue);
    buf_free(&f->client);
    buf_free(&f->server);
}

bool follow_owes(const struct follow *f) {
    enum verb unused;

    return dialogue_owes_reply(f->dialogue, &unused);
}

void follow_tls(struct follow *f) {
    dialogue_tls_started(f->dialogue);
    f->state = FOLLOW_PLAIN;
}

/* --- lines --- */

/*
 * Add up to and with the line end. Returns how many bytes that was; *whole: there was one. What is too long loses its
 * middle, not its end: a message line stays a line.
 */
static size_t gather(struct buf *line, const char *bytes, size_t n, bool *whole) {
    const char *lf = memchr(bytes, '\n', n);
    size_t part = lf != NULL ? (size_t)(lf - bytes) + 1 : n;
    size_t room = LINE_KEPT - 2 - line->len;

    *whole = lf != NULL;
    if (line->len >= LINE_KEPT - 2 || part > room) {
        if (line->len < LINE_KEPT - 2)
            buf_add(line, bytes, room);
        if (*whole)
            buf_add(line, "\r\n", 2);
    } else {
        buf_add(line, bytes, part);
    }
    return part;
}

/* --- the client --- */

/* Else it is part of a message, or of a login. */
static bool is_command(const struct follow *f) {
    enum phase phase = dialogue_phase(f->dialogue);

    return follow_owes(f) || (phase != PHASE_DATA && phase != PHASE_AUTH);
}

/*
 * There STARTTLS has no place, and the word stands rather in a message of which the dialogue has not seen the
 * beginning (it counts no more than so many commands sent ahead). Nothing waits for an answer to it.
 */
static bool in_transaction(const struct follow *f) {
    return (dialogue_phase(f->dialogue) & (PHASE_MAIL | PHASE_RCPT)) != 0;
}

static void client_line(struct follow *f) {
    struct command c;
    bool command = is_command(f);

    verb_parse(f->client.data, f->client.len, &c);
    dialogue_client_line(f->dialogue, f->client.data, f->client.len);
    if (command && c.verb == VERB_STARTTLS && !in_transaction(f))
        f->state = FOLLOW_ASKED;
    buf_clear(&f->client);
}

static size_t take_chunk(struct follow *f, size_t n) {
    size_t chunk = dialogue_chunk(f->dialogue);
    size_t part = chunk < n ? chunk : n;

    dialogue_chunk_took(f->dialogue, part);
    return part;
}

size_t follow_client(struct follow *f, const char *bytes, size_t n) {
    size_t passed = 0;

    while (passed < n && f->state == FOLLOW_PLAIN) {
        bool whole = false;
        size_t left = n - passed;

        if (dialogue_chunk(f->dialogue) > 0) { /* octets, not lines (RFC 3030) */
            passed += take_chunk(f, left);
            continue;
        }
        passed += gather(&f->client, bytes + passed, left, &whole);
        if (whole)
            client_line(f);
    }
    return passed;
}

/* --- the server --- */

/* Refused: the reply was none that leads to TLS, and nothing else is owed. */
static void server_line(struct follow *f) {
    dialogue_server_line(f->dialogue, f->server.data, f->server.len);
    buf_clear(&f->server);
    if (dialogue_phase(f->dialogue) == PHASE_TLS)
        f->state = FOLLOW_AGREED;
    else if (f->state == FOLLOW_ASKED && !follow_owes(f))
        f->state = FOLLOW_PLAIN;
}

size_t follow_server(struct follow *f, const char *bytes, size_t n) {
    size_t passed = 0;

    while (passed < n && f->state != FOLLOW_AGREED) {
        bool whole = false;
        const char *lf = memchr(bytes + passed, '\n', n - passed);

        if (lf == NULL && f->state == FOLLOW_ASKED && n - passed < LINE_KEPT)
            break; /* a part of what may be the answer */
        passed += gather(&f->server, bytes + passed, n - passed, &whole);
        if (whole)
            server_line(f);
    }
    return passed;
}
