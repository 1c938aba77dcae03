/*
 * recorder_known, the part that prints: fields in the place of what is secret, other names in the place of what
 * is private. See recorder_known.h.
 */
#include "encode.h"
#include "recorder_known.h"

#include <string.h>

#define BASE64_LEAST 4 /* letters: fewer are no base64 of anything */

/* The longest secret that these bytes begin with. */
static const struct known_value *find_at(const struct known *s, const char *bytes, size_t n) {
    const struct known_value *found = NULL;
    for (size_t i = 0; i < s->count; i++) {
        const struct known_value *v = &s->values[i];
        if (v->everywhere && v->len <= n && memcmp(v->bytes, bytes, v->len) == 0 &&
            (found == NULL || v->len > found->len))
            found = v;
    }
    return found;
}

/* --- bytes --- */

static int put_char(struct buf *out, enum known_style style, char c) {
    if (style == KNOWN_BASE64 && (c == '{' || c == '}'))
        return buf_addf(out, "\\x%02X", (unsigned)c);
    if (c == '{')
        return buf_add_text(out, "{{");
    return style == KNOWN_TEXT ? buf_add_char(out, c) : encode_escaped(out, &c, 1);
}

int known_literal(struct buf *out, enum known_style style, const char *bytes, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (put_char(out, style, bytes[i]) != 0)
            return -1;
    return 0;
}

int known_field(struct buf *out, const struct known_value *v) {
    if (v->name[0] == '\0')
        return buf_add_text(out, KNOWN_HIDDEN);
    return buf_addf(out, v->secret ? "{secret:%s}" : "{%s}", v->name);
}

/* --- words of base64 --- */

static size_t base64_run(const char *bytes, size_t n) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t i = 0;
    while (i < n && bytes[i] != '\0' && strchr(letters, bytes[i]) != NULL)
        i++;
    for (size_t pads = 0; i < n && bytes[i] == '=' && pads < 2; pads++)
        i++;
    return i;
}

static bool holds_secret(const struct known *s, const struct buf *b) {
    for (size_t i = 0; i < b->len; i++)
        if (find_at(s, b->data + i, b->len - i) != NULL)
            return true;
    return false;
}

/* What the word stands for, if it is base64 that holds a secret. */
static bool word_reveals(const struct known *s, const char *word, size_t n, struct buf *decoded) {
    buf_clear(decoded);
    return n >= BASE64_LEAST && decode_base64(decoded, word, n) == 0 && holds_secret(s, decoded);
}

static int put_base64(const struct known *s, const struct buf *decoded, struct buf *out) {
    size_t taken;
    int result = buf_add_text(out, "{b64:");
    for (size_t i = 0; i < decoded->len && result == 0; i += taken) {
        const struct known_value *v = find_at(s, decoded->data + i, decoded->len - i);
        taken = v != NULL ? v->len : 1;
        result = v != NULL ? known_field(out, v) : put_char(out, KNOWN_BASE64, decoded->data[i]);
    }
    return result == 0 ? buf_add_text(out, "}") : result;
}

/* --- lines --- */

/* Print what begins at offset i, a secret or not; *taken: how much of the line that was. */
static int put_at(const struct known *s, const struct known_line *line, size_t i, struct buf *out,
                  size_t *taken) {
    const struct known_value *v = find_at(s, line->bytes + i, line->n - i);
    const char *name = NULL;

    *taken = 1;
    if (v != NULL) {
        *taken = v->len;
        return known_field(out, v);
    }
    if (line->cover != NULL && line->cover[i] != 0) {
        while (i + *taken < line->n && line->cover[i + *taken] != 0)
            ++*taken;
        return buf_add_text(out, KNOWN_HIDDEN);
    }
    if (line->hosts != NULL)
        name = hosts_at(line->hosts, line->bytes, line->n, i, taken);
    return name != NULL ? buf_add_text(out, name) : put_char(out, line->style, line->bytes[i]);
}

int known_mask(const struct known *s, const struct known_line *line, struct buf *out) {
    struct buf decoded;
    int result = 0;
    size_t next = 0; /* where the next word may begin */
    size_t taken;
    buf_init(&decoded, line->n);
    for (size_t i = 0; i < line->n && result == 0; i += taken) {
        size_t word = i >= next ? base64_run(line->bytes + i, line->n - i) : 0;
        if (word > 0)
            next = i + word;
        if (word > 0 && word_reveals(s, line->bytes + i, word, &decoded)) {
            result = put_base64(s, &decoded, out);
            taken = word;
        } else {
            result = put_at(s, line, i, out, &taken);
        }
    }
    memset(decoded.data, 0, decoded.len);
    buf_free(&decoded);
    return result;
}
