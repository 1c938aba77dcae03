/*
 * recorder, how the server's bytes came (--exact). A transcript says it before the lines that it is about, so
 * they wait until the bytes that came have an end of a line as theirs: nearly always that is at once.
 */
#include "recorder_internal.h"

#include <string.h>
#include <time.h>

#define WAIT_MAX_MS 600000 /* docs/transcripts.md: a time */

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void recorder_moment(struct recorder *r, bool server) {
    if (!r->exact)
        return;
    r->told_ms = now_ms();
    r->server_told = server;
}

static void add_time(struct buf *out, const char *word, int64_t ms) {
    buf_addf(out, "%s %ldms\n", word, (long)(ms < WAIT_MAX_MS ? ms : WAIT_MAX_MS));
}

/* Two writes with nothing of the client between them would be played as one, were there no @wait, if only of 0. */
static void add_delivery(const struct recorder *r, struct buf *out) {
    const struct pieces *p = &r->pieces;
    int64_t wait = r->told_ms > 0 ? p->first_ms - r->told_ms : 0;
    if (wait > 0 || r->server_told)
        add_time(out, "@wait", wait);
    if (p->count < 2)
        return;
    buf_add_text(out, "@write ");
    for (size_t i = 0; i + 1 < p->count; i++)
        buf_addf(out, "%zu,", p->lengths[i]);
    buf_add_text(out, "*\n");
    int64_t gap = (p->last_ms - p->first_ms) / (int64_t)(p->count - 1);
    if (gap > 0)
        add_time(out, "@gap", gap);
}

void recorder_pieces_end(struct recorder *r) {
    struct pieces *p = &r->pieces;
    struct buf delivery;
    if (p->count == 0)
        return;
    buf_init(&delivery, 2048);
    add_delivery(r, &delivery);
    if (r->message != MESSAGE_BEGUN)
        recorder_emit(r, delivery.data, delivery.len);
    buf_free(&delivery);
    recorder_take(r, SERVER, p->bytes.data, p->bytes.len);
    buf_clear(&p->bytes);
    p->count = 0;
    recorder_moment(r, true);
}

void recorder_pieces_add(struct recorder *r, const char *bytes, size_t n) {
    struct pieces *p = &r->pieces;
    if (buf_add(&p->bytes, bytes, n) != 0) { /* an endless line */
        recorder_pieces_end(r);
        recorder_take(r, SERVER, bytes, n);
        return;
    }
    p->last_ms = now_ms();
    if (p->count == 0)
        p->first_ms = p->last_ms;
    if (p->count < RECORDER_PIECES_MAX)
        p->lengths[p->count++] = n; /* later ones are part of "*" */
    if (bytes[n - 1] == '\n')
        recorder_pieces_end(r);
}
