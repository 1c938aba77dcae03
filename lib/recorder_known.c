/*
 * recorder_known - see recorder_known.h.
 */
#include "recorder_known.h"

#include "encode.h"

#include <stdlib.h>
#include <string.h>

#define BASE64_LEAST 4 /* letters: fewer are no base64 of anything */

/* Values */

void known_free(struct known *s) {
    for (size_t i = 0; i < s->count; i++) {
        memset(s->values[i].bytes, 0, s->values[i].len);
        free(s->values[i].bytes);
    }
    *s = (struct known){0};
}

static bool name_valid(const char *name) {
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return name[0] >= 'a' && name[0] <= 'z' && name[n] == '\0' && n <= KNOWN_NAME_MAX;
}

int known_add(struct known *s, const char *name, const void *value, size_t n, bool secret) {
    if (!name_valid(name) || n == 0 || s->count == KNOWN_MAX)
        return -1;
    struct known_value *v = &s->values[s->count];
    v->bytes = malloc(n);
    if (v->bytes == NULL)
        return -1;
    memcpy(v->bytes, value, n);
    v->len = n;
    v->secret = secret;
    memcpy(v->name, name, strlen(name) + 1);
    s->count++;
    return 0;
}

const struct known_value *known_exact(const struct known *s, const char *bytes, size_t n,
                                      bool prefer_secret) {
    const struct known_value *found = NULL;
    for (size_t i = 0; i < s->count; i++) {
        const struct known_value *v = &s->values[i];
        if (v->len == n && memcmp(v->bytes, bytes, n) == 0 && (found == NULL || v->secret == prefer_secret))
            found = v;
    }
    return found;
}

/* The longest secret that these bytes begin with. */
static const struct known_value *find_at(const struct known *s, const char *bytes, size_t n) {
    const struct known_value *found = NULL;
    for (size_t i = 0; i < s->count; i++) {
        const struct known_value *v = &s->values[i];
        if (v->secret && v->len <= n && memcmp(v->bytes, bytes, v->len) == 0 &&
            (found == NULL || v->len > found->len))
            found = v;
    }
    return found;
}

/* Printing */

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
    return buf_addf(out, v->secret ? "{secret:%s}" : "{%s}", v->name);
}

int known_response(struct known *s, const char *bytes, size_t n, bool keep, struct buf *out) {
    char name[KNOWN_NAME_MAX + 1] = "response";
    const struct known_value *known = known_exact(s, bytes, n, true);
    if (known != NULL && known->secret)
        return known_field(out, known);
    struct buf number;
    buf_init(&number, sizeof name);
    if (buf_addf(&number, "%u", ++s->responses) == 0)
        strncat(name, number.data, sizeof name - strlen(name) - 1);
    buf_free(&number);
    if (keep && n >= KNOWN_SHORT)
        known_add(s, name, bytes, n, true);
    return buf_addf(out, "{secret:%s}", name);
}

/* Lines in which only known secrets are looked for */

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

static int put_masked(const struct known *s, const char *bytes, size_t n, enum known_style style,
                      struct buf *out, size_t *taken) {
    const struct known_value *v = find_at(s, bytes, n);
    *taken = v != NULL ? v->len : 1;
    return v != NULL ? known_field(out, v) : put_char(out, style, bytes[0]);
}

static int put_masked_base64(const struct known *s, const struct buf *decoded, struct buf *out) {
    size_t taken;
    int result = buf_add_text(out, "{b64:");
    for (size_t i = 0; i < decoded->len && result == 0; i += taken)
        result = put_masked(s, decoded->data + i, decoded->len - i, KNOWN_BASE64, out, &taken);
    return result == 0 ? buf_add_text(out, "}") : result;
}

int known_mask(const struct known *s, const char *bytes, size_t n, enum known_style style, struct buf *out) {
    struct buf decoded;
    int result = 0;
    size_t next = 0; /* where the next word may begin */
    size_t taken;
    buf_init(&decoded, n);
    for (size_t i = 0; i < n && result == 0; i += taken) {
        size_t word = i >= next ? base64_run(bytes + i, n - i) : 0;
        if (word > 0)
            next = i + word;
        if (word > 0 && word_reveals(s, bytes + i, word, &decoded)) {
            result = put_masked_base64(s, &decoded, out);
            taken = word;
        } else {
            result = put_masked(s, bytes + i, n - i, style, out, &taken);
        }
    }
    memset(decoded.data, 0, decoded.len);
    buf_free(&decoded);
    return result;
}
