/*
 * recorder - see recorder.h. What must not be written down is recorder_secret's part.
 */
#include "recorder.h"

#include "buf.h"
#include "recorder_secret.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define RECORDER_LINE_MAX (1UL << 20)     /* one line; as much as a whole transcript may have */
#define RECORDER_PRINTED_MAX (64UL << 20) /* the same line printed: "\x00" for each byte, and fields */

enum speaker { SERVER, CLIENT, SPEAKERS };

struct recorder {
    FILE *to;
    bool at_server;
    struct secrets secrets;
    struct buf lines[SPEAKERS]; /* what each has said since its last line end */
    bool skipping[SPEAKERS];    /* the rest of a line that was too long */
    enum err_kind failed;       /* the first thing that went wrong, ERR_NONE */
    int failed_errno;
};

static void fail(struct recorder *r, enum err_kind kind) {
    if (r->failed != ERR_NONE)
        return;
    r->failed = kind;
    r->failed_errno = errno;
}

/* Flushed each time: what was said before a crash is what one wants to see after it. */
static void emit(struct recorder *r, const char *bytes, size_t n) {
    if (fwrite(bytes, 1, n, r->to) != n || fflush(r->to) != 0)
        fail(r, ERR_FILE);
}

/* What is text */

/* Characters that are invisible, move the cursor or turn the writing direction: nobody would see them in a line of text. */
static const struct {
    uint32_t from;
    uint32_t to;
} invisible[] = {
    {0x00, 0x08},     {0x0A, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},
    {0x61C, 0x61C},   {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},
    {0xD800, 0xDFFF}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE0FFF},
};

static bool visible(uint32_t c) {
    for (size_t i = 0; i < sizeof invisible / sizeof invisible[0]; i++)
        if (c >= invisible[i].from && c <= invisible[i].to)
            return false;
    return c <= 0x10FFFF;
}

/* One character of UTF-8 (RFC 3629), which has one form only: the shortest. Its length, 0: it is none. */
static size_t utf8_character(const unsigned char *bytes, size_t n, uint32_t *c) {
    static const struct {
        unsigned char mask;
        unsigned char lead;
        uint32_t least;
    } forms[] = {{0x80, 0x00, 0}, {0xE0, 0xC0, 0x80}, {0xF0, 0xE0, 0x800}, {0xF8, 0xF0, 0x10000}};
    size_t form = 0;
    while (form < 4 && (bytes[0] & forms[form].mask) != forms[form].lead)
        form++;
    if (form == 4 || form + 1 > n)
        return 0;
    *c = bytes[0] & (unsigned char)~forms[form].mask;
    for (size_t i = 1; i <= form; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
        *c = *c << 6 | (bytes[i] & 0x3FU);
    }
    return *c >= forms[form].least ? form + 1 : 0;
}

/* Does a line fit S: or C:, which stand for visible text and a CRLF? */
static bool is_text(const char *line, size_t n) {
    if (n < 2 || line[n - 2] != '\r' || line[n - 1] != '\n')
        return false;
    for (size_t i = 0; i < n - 2;) {
        uint32_t c;
        size_t length = utf8_character((const unsigned char *)line + i, n - 2 - i, &c);
        if (length == 0 || !visible(c))
            return false;
        i += length;
    }
    return true;
}

/* Lines */

static void write_line(struct recorder *r, enum speaker who, const char *line, size_t n) {
    static const char *const marks[SPEAKERS][2] = {{"S>", "S:"}, {"C=", "C:"}};
    struct buf printed;
    struct buf whole;
    bool text = is_text(line, n);
    buf_init(&printed, RECORDER_PRINTED_MAX);
    buf_init(&whole, RECORDER_PRINTED_MAX);
    int result = who == SERVER ? secrets_server_line(&r->secrets, line, n, !text, &printed)
                               : secrets_client_line(&r->secrets, line, n, !text, &printed);
    result |= buf_add_text(&whole, marks[who][text]);
    result |= printed.len > 0 ? buf_add_char(&whole, ' ') : 0;
    result |= buf_add(&whole, printed.data, printed.len);
    result |= buf_add_char(&whole, '\n');
    if (result == 0)
        emit(r, whole.data, whole.len);
    else
        fail(r, ERR_LIMIT);
    buf_free(&printed);
    buf_free(&whole);
}

static void end_line(struct recorder *r, enum speaker who) {
    struct buf *line = &r->lines[who];
    if (!r->skipping[who] && line->len > 0)
        write_line(r, who, line->data, line->len);
    buf_clear(line);
    r->skipping[who] = false;
}

/* A line that is too long is left out as a whole: half of it might hold half of a secret. recorder_check() tells. */
static void add(struct recorder *r, enum speaker who, const char *bytes, size_t n) {
    if (r->skipping[who] || buf_add(&r->lines[who], bytes, n) == 0)
        return;
    r->skipping[who] = true;
    fail(r, ERR_LIMIT);
}

void recorder_tap(void *recorder, enum stream_side side, const void *bytes, size_t n) {
    struct recorder *r = recorder;
    enum speaker who = (side == STREAM_IN) != r->at_server ? SERVER : CLIENT;
    const char *at = bytes;
    while (n > 0) {
        const char *lf = memchr(at, '\n', n);
        size_t part = lf == NULL ? n : (size_t)(lf - at) + 1;
        add(r, who, at, part);
        if (lf != NULL)
            end_line(r, who);
        at += part;
        n -= part;
    }
}

/* Events */

static void event(struct recorder *r, const char *line) {
    end_line(r, SERVER);
    end_line(r, CLIENT);
    emit(r, line, strlen(line));
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
        emit(r, line.data, line.len);
    else
        fail(r, ERR_LIMIT);
    buf_free(&line);
}

struct recorder *recorder_new(FILE *to, const char *title, const char *source) {
    static const char first[] = "smtp-transcript 1\n";
    struct recorder *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    r->to = to;
    secrets_init(&r->secrets);
    for (int who = 0; who < SPEAKERS; who++)
        buf_init(&r->lines[who], RECORDER_LINE_MAX);
    emit(r, first, strlen(first));
    write_key(r, "title", title);
    write_key(r, "source", source);
    emit(r, "\n", 1);
    return r;
}

int recorder_know(struct recorder *r, const char *name, const char *value, bool secret) {
    return known_add(&r->secrets.known, name, value, strlen(value), secret);
}

void recorder_at_server(struct recorder *r) {
    r->at_server = true;
}

int recorder_check(const struct recorder *r, struct err *e) {
    if (r->failed == ERR_NONE)
        return 0;
    if (r->failed == ERR_LIMIT)
        return err_set(e, ERR_LIMIT, "the recording lacks a line of more than %lu bytes", RECORDER_LINE_MAX);
    errno = r->failed_errno;
    return err_errno(e, ERR_FILE, "the recording could not be written");
}

void recorder_free(struct recorder *r) {
    if (r == NULL)
        return;
    end_line(r, SERVER);
    end_line(r, CLIENT);
    for (int who = 0; who < SPEAKERS; who++)
        buf_free(&r->lines[who]);
    secrets_free(&r->secrets);
    free(r);
}
