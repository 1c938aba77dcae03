/*
 * recorder - see recorder.h. Here: from bytes to lines, and from make to free. recorder_internal.h has the map.
 */
#include "recorder_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void recorder_fail(struct recorder *r, enum err_kind kind) {
    if (r->failed != ERR_NONE)
        return;
    r->failed = kind;
    r->failed_errno = errno;
}

/*
 * Flushed each time: what was said before a crash is what one wants to see after it. When a secret came that
 * cannot be remembered, nothing is safe to be written any more.
 */
void recorder_emit(struct recorder *r, const char *bytes, size_t n) {
    if (r->secrets.known.overflow)
        recorder_fail(r, ERR_SYSTEM);
    else if (n == 0 || r->to == NULL)
        return; /* it was never begun: there was nothing to be written but what broke off */
    else if (fwrite(bytes, 1, n, r->to) != n || fflush(r->to) != 0)
        recorder_fail(r, ERR_FILE);
}

/* Lines */

static void end_line(struct recorder *r, enum speaker who, bool chunk) {
    struct buf *line = &r->lines[who];
    if (!r->skipping[who] && line->len > 0) {
        if (chunk)
            recorder_chunk(r, line->data, line->len);
        else
            recorder_line(r, who, line->data, line->len);
    }
    memset(line->data, 0, line->len);
    buf_clear(line);
    r->skipping[who] = false;
}

/* A line that is too long is left out as a whole: half of it might hold half of a secret. recorder_check() tells. */
static void add(struct recorder *r, enum speaker who, const char *bytes, size_t n) {
    if (r->skipping[who] || buf_add(&r->lines[who], bytes, n) == 0)
        return;
    r->skipping[who] = true;
    recorder_fail(r, ERR_LIMIT);
}

/* Up to the end of a line, or of a chunk. Returns how many bytes that was. */
static size_t take_part(struct recorder *r, enum speaker who, const char *bytes, size_t n) {
    const char *lf = memchr(bytes, '\n', n);
    size_t part = lf == NULL ? n : (size_t)(lf - bytes) + 1;
    bool chunk = who == CLIENT && r->chunk_left > 0;
    if (chunk && part > r->chunk_left)
        part = r->chunk_left;
    add(r, who, bytes, part);
    if (chunk)
        r->chunk_left -= part;
    if (bytes[part - 1] == '\n' || (chunk && r->chunk_left == 0))
        end_line(r, who, chunk);
    return part;
}

void recorder_take(struct recorder *r, enum speaker who, const char *bytes, size_t n) {
    for (size_t part; n > 0; bytes += part, n -= part)
        part = take_part(r, who, bytes, n);
}

void recorder_tap(void *recorder, enum stream_side side, const void *bytes, size_t n) {
    struct recorder *r = recorder;
    enum speaker who = (side == STREAM_IN) != r->at_server ? SERVER : CLIENT;
    if (n == 0)
        return;
    if (who == SERVER && r->exact) {
        recorder_pieces_add(r, bytes, n);
        return;
    }
    recorder_take(r, who, bytes, n);
    recorder_moment(r, who == SERVER);
}

/* Events */

/* What stays incomplete for ever. */
static void end_lines(struct recorder *r) {
    recorder_pieces_end(r);
    end_line(r, SERVER, false);
    end_line(r, CLIENT, r->chunk_left > 0);
}

static void event(struct recorder *r, const char *line) {
    end_lines(r);
    recorder_emit(r, line, strlen(line));
    recorder_moment(r, false);
}

void recorder_tls(struct recorder *r, bool immediate) {
    event(r, immediate ? "@tls immediate\n" : "@tls start\n");
    secrets_restart(&r->secrets);
}

void recorder_close(struct recorder *r) {
    event(r, "@close\n");
}

/* From make to free */

/* A key's value is one line of visible text; what is not becomes a space. */
static void write_key(struct recorder *r, const char *key, const char *value) {
    struct buf line;
    buf_init(&line, RECORDER_LINE_MAX);
    int result = buf_addf(&line, value[0] == '\0' ? "%s:" : "%s: ", key);
    for (; *value != '\0'; value++)
        result |= buf_add_char(&line, (unsigned char)*value < ' ' || *value == 0x7F ? ' ' : *value);
    result |= buf_add_char(&line, '\n');
    if (result == 0)
        recorder_emit(r, line.data, line.len);
    else
        recorder_fail(r, ERR_LIMIT);
    buf_free(&line);
}

struct recorder *recorder_prepare(void) {
    struct recorder *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    secrets_init(&r->secrets);
    for (int who = 0; who < SPEAKERS; who++)
        buf_init(&r->lines[who], RECORDER_LINE_MAX);
    buf_init(&r->late, RECORDER_PRINTED_MAX);
    buf_init(&r->pieces.bytes, RECORDER_LINE_MAX);
    return r;
}

void recorder_begin(struct recorder *r, FILE *to, const char *title, const char *source) {
    static const char first[] = "smtp-transcript 1\n";
    r->to = to;
    recorder_emit(r, first, strlen(first));
    write_key(r, "title", title);
    write_key(r, "source", source);
    recorder_emit(r, "\n", 1);
}

struct recorder *recorder_new(FILE *to, const char *title, const char *source) {
    struct recorder *r = recorder_prepare();
    if (r != NULL)
        recorder_begin(r, to, title, source);
    return r;
}

int recorder_know(struct recorder *r, const char *name, const char *value, bool secret) {
    return known_add(&r->secrets.known, name, value, strlen(value), secret);
}

void recorder_learn(struct recorder *r) {
    r->secrets.learning = true;
}

void recorder_private(struct recorder *r) {
    r->secrets.hosts.on = true;
}

void recorder_private_host(struct recorder *r, const char *name, bool server) {
    hosts_add(&r->secrets.hosts, name, strlen(name), server ? HOSTS_SERVER : HOSTS_CLIENT);
}

void recorder_hide_messages(struct recorder *r) {
    r->hide_messages = true;
}

void recorder_exact(struct recorder *r) {
    r->exact = true;
}

void recorder_at_server(struct recorder *r) {
    r->at_server = true;
}

int recorder_check(const struct recorder *r, struct err *e) {
    if (r->failed == ERR_NONE)
        return 0;
    if (r->failed == ERR_LIMIT)
        return err_set(e, ERR_LIMIT, "the recording lacks a line of more than %lu bytes", RECORDER_LINE_MAX);
    if (r->failed == ERR_SYSTEM)
        return err_set(e, ERR_SYSTEM, "the recording breaks off: more logins came than can be kept secret");
    errno = r->failed_errno;
    return err_errno(e, ERR_FILE, "the recording could not be written");
}

void recorder_free(struct recorder *r) {
    if (r == NULL)
        return;
    end_lines(r);
    for (int who = 0; who < SPEAKERS; who++)
        buf_free(&r->lines[who]);
    buf_free(&r->late);
    buf_free(&r->pieces.bytes);
    secrets_free(&r->secrets);
    free(r);
}
