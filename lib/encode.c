#include "encode.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <string.h>

/* --- base64 --- */

/*
 * OpenSSL counts in int, so long input goes in pieces; whole groups, or padding would end up in the
 * middle.
 */
#define GROUPS_AT_ONCE ((size_t)1 << 24)

int encode_base64(struct buf *out, const void *bytes, size_t n) {
    const unsigned char *from = bytes;
    size_t groups = n / 3 + (n % 3 != 0);
    char *to = groups > out->max / 4 ? NULL : buf_room(out, groups * 4);

    if (to == NULL)
        return -1;
    for (size_t left = n; left > 0;) {
        size_t piece = left < GROUPS_AT_ONCE * 3 ? left : GROUPS_AT_ONCE * 3;

        to += EVP_EncodeBlock((unsigned char *)to, from, (int)piece);
        from += piece;
        left -= piece;
    }
    buf_grew(out, groups * 4);
    return 0;
}

/* What a letter stands for, 0..63; -1: not a letter of base64. */
static int letter_value(char c) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/*
 * OpenSSL's decoder lets white space, a '=' too many and left-over bits pass.
 * A server must not (RFC 4648 sections 3.3 and 3.5): two spellings of one
 * password would be a way around anything that compares them. So look first.
 * Returns the number of '=' at the end, or -1.
 */
static int padding_of(const char *text, size_t n) {
    static const int spare_bits[] = {0x00, 0x03, 0x0f}; /* of the last letter, by the number of '=' */
    int padding = 0;

    if (n % 4 != 0)
        return -1;
    while (padding < 2 && n > 0 && text[n - 1] == '=') {
        n--;
        padding++;
    }
    for (size_t i = 0; i < n; i++)
        if (letter_value(text[i]) == -1)
            return -1;
    if (n > 0 && (letter_value(text[n - 1]) & spare_bits[padding]) != 0)
        return -1;
    return padding;
}

/* Whole groups of four letters without padding. */
static int decode_groups(struct buf *out, const char *text, size_t groups) {
    char *to = groups > out->max / 3 ? NULL : buf_room(out, groups * 3);

    if (to == NULL)
        return -1;
    for (size_t left = groups; left > 0;) {
        size_t piece = left < GROUPS_AT_ONCE ? left : GROUPS_AT_ONCE;

        to += EVP_DecodeBlock((unsigned char *)to, (const unsigned char *)text, (int)(piece * 4));
        text += piece * 4;
        left -= piece;
    }
    buf_grew(out, groups * 3);
    return 0;
}

int decode_base64(struct buf *out, const char *text, size_t n) {
    int padding = padding_of(text, n);
    size_t before = out->len;

    if (padding == -1)
        return -1;
    if (n == 0)
        return 0;

    /* The last group apart: its three bytes may be one or two too many for the buffer. */
    unsigned char last[3];

    EVP_DecodeBlock(last, (const unsigned char *)text + n - 4, 4);
    if (decode_groups(out, text, n / 4 - 1) == 0 && buf_add(out, last, 3 - (size_t)padding) == 0)
        return 0;
    if (out->len > before) {
        out->len = before;
        out->data[before] = '\0';
    }
    return -1;
}

/* --- escapes --- */

static const struct {
    char byte;
    char letter; /* behind the backslash */
} escapes[] = {{'\r', 'r'}, {'\n', 'n'}, {'\t', 't'}, {'\0', '0'}, {'\\', '\\'}};

#define ESCAPES (sizeof(escapes) / sizeof(escapes[0]))

static int add_escaped(struct buf *out, char c) {
    static const char hex[] = "0123456789ABCDEF";
    unsigned char byte = (unsigned char)c;

    for (size_t i = 0; i < ESCAPES; i++)
        if (escapes[i].byte == c)
            return buf_add(out, (const char[]){'\\', escapes[i].letter}, 2);
    if (byte >= 0x20 && byte <= 0x7e)
        return buf_add_char(out, c);
    return buf_add(out, (const char[]){'\\', 'x', hex[byte >> 4], hex[byte & 15]}, 4);
}

int encode_escaped(struct buf *out, const void *bytes, size_t n) {
    const char *from = bytes;

    for (size_t i = 0; i < n; i++)
        if (add_escaped(out, from[i]) == -1)
            return -1;
    return 0;
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* Where we are in an escaped text. */
struct cursor {
    const char *text;
    size_t n;
    size_t at;
};

static bool next_is(const struct cursor *c, char wanted) {
    return c->at < c->n && c->text[c->at] == wanted;
}

/* The two digits of \xHH. */
static int decode_hex(struct cursor *c, char *byte) {
    int value = 0;

    for (int i = 0; i < 2; i++, c->at++) {
        int digit = c->at < c->n ? hex_value(c->text[c->at]) : -1;

        if (digit == -1)
            return -1;
        value = value * 16 + digit;
    }
    *byte = (char)value;
    return 0;
}

/*
 * One byte of the result: a byte as it stands, or an escape that is no repetition. On -1 the cursor is
 * at what is wrong.
 */
static int decode_one(struct cursor *c, char *byte) {
    if (!next_is(c, '\\')) {
        *byte = c->text[c->at++];
        return 0;
    }
    c->at++;
    if (next_is(c, 'x')) {
        c->at++;
        return decode_hex(c, byte);
    }
    for (size_t i = 0; i < ESCAPES; i++)
        if (next_is(c, escapes[i].letter)) {
            *byte = escapes[i].byte;
            c->at++;
            return 0;
        }
    return -1;
}

static int add_decoded(struct cursor *c, struct buf *out) {
    size_t start = c->at;
    char byte;

    if (decode_one(c, &byte) == -1)
        return -1;
    if (buf_add_char(out, byte) == -1) {
        c->at = start; /* nothing is wrong with the text but that it is too long */
        return -1;
    }
    return 0;
}

/* The N of \*N(text). No zero in front: one number, one spelling. */
static int decode_count(struct cursor *c, size_t *count) {
    size_t start = c->at;

    *count = 0;
    while (c->at < c->n && c->text[c->at] >= '0' && c->text[c->at] <= '9') {
        size_t value = *count * 10 + (size_t)(c->text[c->at] - '0');

        if (value == 0 || value > ENCODE_REPEAT_MAX)
            return -1;
        *count = value;
        c->at++;
    }
    return c->at > start ? 0 : -1;
}

/* The "(text)" of \*N(text), decoded onto the end of `out`. */
static int decode_group(struct cursor *c, struct buf *out) {
    size_t before = out->len;

    if (!next_is(c, '('))
        return -1;
    c->at++;
    while (c->at < c->n && !next_is(c, ')'))
        if (add_decoded(c, out) == -1)
            return -1;
    if (c->at == c->n || out->len == before)
        return -1;
    c->at++;
    return 0;
}

/*
 * \*N(text), the cursor at its backslash. The first copy is decoded in place, the others are copied
 * from it.
 */
static int decode_repeat(struct cursor *c, struct buf *out) {
    size_t escape = c->at;
    size_t start = out->len;
    size_t count;

    c->at += 2;
    if (decode_count(c, &count) == -1 || decode_group(c, out) == -1)
        return -1;

    /*
     * Asked for in one go: a few letters in a file may stand for gigabytes, which the buffer's maximum
     * must stop first.
     */
    size_t once = out->len - start;
    size_t more = once * (count - 1);
    char *room = more / once == count - 1 ? buf_room(out, more) : NULL;

    if (room == NULL) {
        c->at = escape;
        return -1;
    }
    for (size_t i = 0; i < more; i += once)
        memcpy(room + i, out->data + start, once);
    buf_grew(out, more);
    return 0;
}

int decode_escaped(struct buf *out, const char *text, size_t n, size_t *at) {
    struct cursor c = {text, n, 0};

    while (c.at < n) {
        bool repeat = n - c.at >= 2 && text[c.at] == '\\' && text[c.at + 1] == '*';

        if ((repeat ? decode_repeat(&c, out) : add_decoded(&c, out)) == 0)
            continue;
        if (at != NULL)
            *at = c.at;
        return -1;
    }
    return 0;
}

/* --- CRAM-MD5 --- */

int encode_hmac_md5(const void *key, size_t key_len, const void *text, size_t n,
                    char hex[ENCODE_HMAC_MD5_LEN + 1]) {
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;

    if (key_len > INT_MAX || HMAC(EVP_md5(), key, (int)key_len, text, n, digest, &len) == NULL ||
        len * 2 != ENCODE_HMAC_MD5_LEN)
        return -1;
    for (unsigned int i = 0; i < len; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[ENCODE_HMAC_MD5_LEN] = '\0';
    return 0;
}
