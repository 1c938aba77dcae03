/* The message: DATA and BDAT, what becomes of it, and what is said to it. server_scan.c looks at its bytes. See server.h. */
#include "server_internal.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

/* --- bytes on their way to the host --- */

void server_spoil(struct server *s, enum server_refusal why) {
    if (s->mail.refusal == REFUSE_NOTHING || why < s->mail.refusal)
        s->mail.refusal = why;
    if (s->mail.open && s->host->message_abandon != NULL)
        s->host->message_abandon(s->host->arg);
    s->mail.open = false;
}

void server_keep(struct server *s, const char *from, const char *to) {
    size_t n = (size_t)(to - from);

    if (n == 0)
        return;
    s->mail.size += n;
    if (s->mail.size > server_size_max(s))
        server_spoil(s, REFUSE_SIZE);
    if (memchr(from, '\0', n) != NULL)
        server_spoil(s, REFUSE_TEXT_NUL);
    if (s->mail.refusal != REFUSE_NOTHING)
        return;
    if (s->host->message_write != NULL && s->host->message_write(s->host->arg, from, n) == -1)
        server_spoil(s, REFUSE_NO_ROOM);
    else if (server_is_weak(s, SERVER_WEAK_HEADER_INJECTION))
        server_weak_keep(s, from, n);
}

static enum server_refusal open_message(struct server *s) {
    struct server_envelope envelope;

    if (server_mail_envelope(s, &envelope) == -1)
        return REFUSE_NO_MEMORY;
    if (s->host->message_open != NULL && s->host->message_open(s->host->arg, &envelope) == -1)
        return REFUSE_NO_ROOM;
    s->mail.open = true;
    server_scan_begin(s);
    return REFUSE_NOTHING;
}

/* --- the end of a message --- */

static void account(struct server *s) {
    s->summary.messages++;
    s->summary.recipients += (unsigned)s->mail.count;
    s->summary.bytes += s->mail.size;
    s->idle = 0;
    server_work_done(s);
}

/* Whatever the host says, it is done with the message. */
static void deliver(struct server *s, bool answer) {
    struct server_envelope envelope;
    char id[SERVER_ID_MAX] = "";
    int result;

    server_weak_recipients(s);
    result = server_mail_envelope(s, &envelope);
    if (result == 0 && s->host->message_commit != NULL) {
        result = s->host->message_commit(s->host->arg, &envelope, id);
        s->mail.open = false;
    }
    if (result < 0) {
        if (answer)
            server_refuse(s, result == SERVER_NO_ROOM ? REFUSE_NO_ROOM : REFUSE_NOT_STORED);
        return;
    }
    s->mail.open = false;
    account(s);
    if (answer && s->good_code != 0)
        server_say(s, s->good_code, s->good_words);
    else if (answer)
        server_sayf(s, 250, id[0] != '\0' ? "2.0.0 Ok: queued as %s" : "2.0.0 Ok%s", id);
}

/* A fault may answer instead (then nothing is delivered), or keep silent (then it is: clients cannot know). */
static void end_message(struct server *s) {
    enum server_struck struck;

    server_count(s, FAULT_AT_DOT);
    if (s->mail.refusal != REFUSE_NOTHING) {
        server_refuse(s, s->mail.refusal);
    } else {
        struck = server_fault(s, FAULT_AT_DOT, VERB_DATA);
        if (struck == STRUCK_NOT && s->mail.late.local != NULL)
            struck = server_fault_mailbox(s, &s->mail.late);
        if (struck != STRUCK_REPLY)
            deliver(s, struck == STRUCK_NOT);
    }
    server_mail_reset(s);
    if (s->phase == PHASE_CLOSED)
        return;
    s->phase = PHASE_READY;
    s->reads = READS_COMMAND;
}

/* --- DATA --- */

void server_data(struct server *s, const struct command *c) {
    enum server_refusal why = s->mail.chunks ? REFUSE_CHUNKS_BEGUN : open_message(s);

    (void)c;
    if (why != REFUSE_NOTHING) {
        server_refuse(s, why);
        return;
    }
    server_work_done(s);
    s->phase = PHASE_DATA;
    s->reads = READS_MESSAGE;
    server_good(s, 354, "End data with <CR><LF>.<CR><LF>");
}

void server_read_message(struct server *s, struct server_input *in) {
    if (server_scan(s, in, true))
        end_message(s);
}

/* --- BDAT (RFC 3030): chunks whose length is told --- */

/* "length [LAST]". */
static bool take_size(const struct command *c, size_t *size, bool *last) {
    const char *at = c->args;
    const char *end = c->args + c->args_len;

    for (*size = 0; at < end && *at >= '0' && *at <= '9'; at++) {
        if (*size > (SIZE_MAX - 9) / 10)
            return false;
        *size = *size * 10 + (size_t)(*at - '0');
    }
    *last = end - at == 5 && strncasecmp(at, " LAST", 5) == 0;
    return at > c->args && (at == end || *last);
}

static enum server_refusal cannot_take_chunk(struct server *s) {
    enum server_refusal why = server_out_of_order(s, VERB_BDAT);

    if (why == REFUSE_NOTHING && s->mail.failed)
        return REFUSE_CHUNK_FAILED;
    if (why == REFUSE_NOTHING && !s->mail.chunks) {
        why = open_message(s);
        s->mail.chunks = why == REFUSE_NOTHING;
    }
    return why;
}

/* A chunk that was refused spoils what came before it, too (RFC 3030 4.2). */
static void fail_chunk(struct server *s) {
    if (s->phase != PHASE_RCPT)
        return;
    server_spoil(s, REFUSE_CHUNK_FAILED);
    s->mail.failed = true;
}

/* The chunk is there: now it is answered, by a fault, by a refusal, or well. */
static void end_chunk(struct server *s) {
    enum server_refusal why = s->chunk_refusal != REFUSE_NOTHING ? s->chunk_refusal : s->mail.refusal;
    bool last = s->chunk_last && s->chunk_refusal == REFUSE_NOTHING;
    bool struck = server_fault(s, VERB_BDAT, VERB_BDAT) != STRUCK_NOT ||
                  server_fault(s, FAULT_AT_ANY, VERB_BDAT) != STRUCK_NOT;

    if (!struck && last) {
        end_message(s);
        return;
    }
    if (!struck && why == REFUSE_NOTHING)
        server_sayf(s, s->good_code != 0 ? s->good_code : 250, "2.0.0 %zu octets received", s->chunk_size);
    else if (!struck)
        server_refuse(s, why);
    if (struck || why != REFUSE_NOTHING)
        fail_chunk(s);
}

static void chunk_done(struct server *s) {
    s->reads = READS_COMMAND;
    if (s->chunk_last && s->chunk_refusal == REFUSE_NOTHING)
        server_scan_end(s);
    end_chunk(s);
}

void server_bdat(struct server *s, const struct command *c) {
    if (c->args_len == 0) {
        server_refuse_syntax(s, VERB_BDAT);
        return;
    }
    if (!take_size(c, &s->chunk, &s->chunk_last)) {
        server_refuse(s, REFUSE_CHUNK_SIZE);
        server_close(s, SERVER_CLOSE);
        return;
    }
    s->chunk_size = s->chunk;
    s->chunk_refusal = cannot_take_chunk(s);
    s->reads = READS_CHUNK;
    if (s->chunk == 0)
        s->idle++; /* it moves nothing on */
    if (s->chunk == 0)
        chunk_done(s);
}

void server_read_chunk(struct server *s, struct server_input *in) {
    size_t here = (size_t)(in->end - in->at);
    struct server_input chunk = {in->at, in->at + (here < s->chunk ? here : s->chunk), false};

    s->chunk -= (size_t)(chunk.end - chunk.at);
    if (s->chunk_refusal == REFUSE_NOTHING)
        (void)server_scan(s, &chunk, false);
    in->at = chunk.end;
    if (s->chunk == 0)
        chunk_done(s);
}
