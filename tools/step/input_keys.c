/*
 * The bytes of a terminal on their way to readline, one character at a time.
 * Pure. See input_internal.h.
 *
 * Outside a paste, control bytes are keys. Inside one they would be text, and
 * so would a bidi mark or a zero width space from a web page: they are taken out
 * and remembered, because what is sent must be what is seen.
 */
#include "input_internal.h"

#include "../../lib/display.h"

#include <string.h>

static const char paste_begins[] = "\033[200~";
static const char paste_ends[] = "\033[201~";

#define MARKER_LEN (sizeof paste_begins - 1)
#define LEFT_OUT_MAX 200
#define CHARACTER_MAX 4

void keys_init(struct keys *k, bool utf8) {
    memset(k, 0, sizeof *k);
    k->utf8 = utf8;
    k->room = INPUT_LINE_MAX;
    buf_init(&k->bytes, INPUT_LINE_MAX + 2UL * INPUT_CHUNK);
    buf_init(&k->left_out, LEFT_OUT_MAX);
}

void keys_free(struct keys *k) {
    buf_free(&k->bytes);
    buf_free(&k->left_out);
}

/* How many bytes a character should have, by its first. */
static size_t length_by(unsigned char byte) {
    return byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : CHARACTER_MAX;
}

/* Behind a letter, because a combining mark is fine only there. */
static bool is_seen(const char *bytes, size_t n, bool utf8) {
    char text[1 + CHARACTER_MAX] = "a";

    memcpy(text + 1, bytes, n);
    return display_harmless(text, 1 + n, utf8);
}

/* The byte at the front is not for the line. */
static void leave_out(struct keys *k) {
    if (display_text(&k->left_out, k->bytes.data, 1, false) == -1)
        k->left_out.max = k->left_out.len; /* enough is told */
    buf_take(&k->bytes, 1);
}

void keys_end_paste(struct keys *k) {
    k->paste = false;
    memcpy(k->unit, paste_ends, MARKER_LEN);
    k->unit_len = MARKER_LEN;
    k->unit_at = 0;
}

/* The character at the front goes out, if there is room for it in the line. */
static void let_pass(struct keys *k, size_t n, bool is_text) {
    if (is_text && n > k->room) {
        k->too_long = true;
    } else {
        memcpy(k->unit, k->bytes.data, n);
        k->unit_len = n;
        k->unit_at = 0;
        k->room -= is_text ? n : 0;
    }
    buf_take(&k->bytes, n);
}

/* ESC inside a paste: its end, or nothing that should be in a line. false: more must be read to know. */
static bool paste_escape(struct keys *k) {
    size_t n = k->bytes.len < MARKER_LEN ? k->bytes.len : MARKER_LEN;

    if (memcmp(k->bytes.data, paste_ends, n) != 0) {
        leave_out(k);
        return true;
    }
    if (n < MARKER_LEN)
        return false;
    k->paste = false;
    let_pass(k, MARKER_LEN, false);
    return true;
}

/* A byte of ASCII. Keys pass; of a paste, text, tabs and line ends do. */
static bool plain_byte(struct keys *k) {
    char c = k->bytes.data[0];
    bool is_text = (c >= ' ' && c <= '~') || (k->paste && (c == '\t' || c == '\r' || c == '\n'));

    if (k->paste && c == '\033')
        return paste_escape(k);
    if (k->paste && !is_text) {
        leave_out(k);
        return true;
    }
    k->matched = c == paste_begins[k->matched] ? k->matched + 1 : c == '\033';
    /* What belongs to the mark of a paste is a key, not text. */
    is_text = is_text && k->matched == 0;
    if (k->matched == MARKER_LEN) {
        k->paste = true;
        k->matched = 0;
    }
    let_pass(k, 1, is_text);
    return true;
}

/* Does the sequence at the front end before it should, because what follows is no part of it? */
static bool is_broken(const struct buf *bytes) {
    size_t n = 1;

    while (n < bytes->len && ((unsigned char)bytes->data[n] & 0xc0) == 0x80)
        n++;
    return n < bytes->len;
}

/* One character over 127, or what claims to be one. false: more must be read to know. */
static bool high_bytes(struct keys *k) {
    size_t n = length_by((unsigned char)k->bytes.data[0]);

    if (k->bytes.len < n && !is_broken(&k->bytes))
        return false;
    if (k->bytes.len >= n && is_seen(k->bytes.data, n, k->utf8))
        let_pass(k, n, true);
    else
        leave_out(k);
    return true;
}

int keys_next(struct keys *k) {
    while (k->unit_at == k->unit_len) {
        k->unit_at = k->unit_len = 0;
        if (k->bytes.len == 0)
            return -1;
        if (!((unsigned char)k->bytes.data[0] < 0x80 ? plain_byte(k) : high_bytes(k)))
            return -1;
    }
    return (unsigned char)k->unit[k->unit_at++];
}
