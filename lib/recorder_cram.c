/*
 * recorder_cram - see recorder_cram.h.
 */
#include "recorder_cram.h"

#include "recorder_seam.h"

#include <string.h>

#define CHALLENGE_MAX 12288 /* as long as a line of AUTH may be (RFC 4954 4) */

void cram_init(struct cram *g) {
    *g = (struct cram){.tries = 0};
    buf_init(&g->challenge, CHALLENGE_MAX);
}

void cram_free(struct cram *g) {
    buf_free(&g->challenge);
}

void cram_challenge(struct cram *g, const char *bytes, size_t n) {
    buf_clear(&g->challenge);
    g->digest[0] = '\0';
    buf_add(&g->challenge, bytes, n);
}

void cram_digest(struct cram *g, const char *bytes, size_t n) {
    if (n != ENCODE_HMAC_MD5_LEN || g->challenge.len == 0)
        return;
    memcpy(g->digest, bytes, n);
    g->digest[n] = '\0';
}

/* --- one word --- */

static void try_word(struct cram *g, struct known *known, const char *word, size_t n) {
    char hex[ENCODE_HMAC_MD5_LEN + 1];
    if (g->digest[0] == '\0' || n < KNOWN_SHORT || n > CRAM_LENGTH_MAX || ++g->tries > CRAM_TRIES_MAX)
        return;
    if (encode_hmac_md5(word, n, g->challenge.data, g->challenge.len, hex) != 0 ||
        strcmp(hex, g->digest) != 0)
        return;
    known_learn(known, NULL, word, n, true);
    g->digest[0] = '\0'; /* found */
}

static bool is_one_of(char c, const char *letters) {
    return c != '\0' && strchr(letters, c) != NULL;
}

/* In a sentence a word has signs round it; behind "password:" it has a name in front. */
static void try_parts(struct cram *g, struct known *known, const char *word, size_t n) {
    static const char signs[] = "\"'`<>()[]{}.,;:!?*=";
    size_t start = 0;
    size_t end = n;
    try_word(g, known, word, n);
    while (start < end && is_one_of(word[start], signs))
        start++;
    while (end > start && is_one_of(word[end - 1], signs))
        end--;
    if (start > 0 || end < n)
        try_word(g, known, word + start, end - start);
    for (size_t i = start; i + 1 < end; i++)
        if (is_one_of(word[i], ":=<>@/"))
            try_word(g, known, word + i + 1, end - i - 1);
}

typedef void word_fn(struct cram *g, struct known *known, const char *word, size_t n);

static void each_word(struct cram *g, struct known *known, const char *text, size_t n, word_fn *fn) {
    static const char white[] = " \t\r\n";
    for (size_t at = 0, length; at < n; at += length + 1) {
        length = 0;
        while (at + length < n && !is_one_of(text[at + length], white))
            length++;
        if (length > 0)
            fn(g, known, text + at, length);
    }
}

static void try_decoded(struct cram *g, struct known *known, const char *word, size_t n) {
    struct buf decoded;
    try_parts(g, known, word, n);
    buf_init(&decoded, n);
    if (decode_base64(&decoded, word, n) == 0) {
        try_word(g, known, decoded.data, decoded.len);
        each_word(g, known, decoded.data, decoded.len, try_parts);
    }
    buf_free(&decoded);
}

/* --- a line --- */

/* "=41" is "A" (RFC 2045 6.7). false: nothing in it was such. */
static bool unquote(const char *line, size_t n, struct buf *out) {
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        int value = seam_quoted(line + i, n - i);
        buf_add_char(out, value >= 0 ? (char)value : line[i]);
        i += value >= 0 ? 2 : 0;
        any = any || value >= 0;
    }
    return any;
}

void cram_line(struct cram *g, struct known *known, const char *line, size_t n) {
    struct buf plain;
    if (g->digest[0] == '\0')
        return;
    each_word(g, known, line, n, try_decoded);
    buf_init(&plain, n);
    if (unquote(line, n, &plain))
        each_word(g, known, plain.data, plain.len, try_parts);
    buf_free(&plain);
}
