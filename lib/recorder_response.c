/*
 * recorder_secret, the responses of AUTH: what each mechanism puts in them, and how they are printed without it.
 */
#include "encode.h"
#include "recorder_secret.h"

#include <string.h>
#include <strings.h>

/* What stands around the values in a response: PLAIN is authzid NUL user NUL password (RFC 4616). */
#define SLOTS_MAX 3

struct piece {
    const char *bytes;
    size_t len;
};

struct secrets_mechanism {
    const char *name;
    unsigned slots; /* 0: a response is hidden as a whole */
    struct piece around[SLOTS_MAX + 1];
    const char *names[SLOTS_MAX]; /* of the values; the last one is the secret */
};

/*
 * Only names of this table are printed: what else follows AUTH may be a secret in the wrong place. The last row
 * stands for that. A token is called password: that is where the kit's client keeps it.
 */
static const struct secrets_mechanism mechanisms[] = {
    {"PLAIN", 3, {{"", 0}, {"\0", 1}, {"\0", 1}, {"", 0}}, {"authzid", "user", "password"}},
    {"LOGIN", 1, {{"", 0}, {"", 0}}, {"user"}}, /* a value a line: first the user, then the password */
    {"XOAUTH2", 2, {{"user=", 5}, {"\1auth=Bearer ", 13}, {"\1\1", 2}}, {"user", "password"}},
    {"CRAM-MD5", 2, {{"", 0}, {" ", 1}, {"", 0}}, {"user", "digest"}},
    {"OAUTHBEARER", /* RFC 7628: host and port may stand in the middle */
     3,
     {{"n,a=", 4}, {",\1", 2}, {"auth=Bearer ", 12}, {"\1\1", 2}},
     {"user", "where", "password"}},
    {.name = "DIGEST-MD5"},
    {.name = "SCRAM-SHA-1"},
    {.name = "SCRAM-SHA-1-PLUS"},
    {.name = "SCRAM-SHA-256"},
    {.name = "SCRAM-SHA-256-PLUS"},
    {.name = "NTLM"},
    {.name = "GSSAPI"},
    {.name = "EXTERNAL"},
    {.name = "ANONYMOUS"},
    {.name = NULL},
};

const struct secrets_mechanism *secrets_mechanism(const char *word, size_t n) {
    const struct secrets_mechanism *m = mechanisms;
    while (m->name != NULL && (strlen(m->name) != n || strncasecmp(word, m->name, n) != 0))
        m++;
    return m;
}

bool secrets_mechanism_known(const struct secrets_mechanism *m) {
    return m->name != NULL;
}

/* --- challenges --- */

static bool is_cram(const struct secrets_mechanism *m) {
    return m != NULL && m->name != NULL && strcmp(m->name, "CRAM-MD5") == 0;
}

void secrets_challenge(struct secrets *s, const char *text, size_t n) {
    struct buf decoded;
    if (!s->learning || !is_cram(s->mechanism))
        return;
    buf_init(&decoded, n);
    if (decode_base64(&decoded, text, n) == 0)
        cram_challenge(&s->cram, decoded.data, decoded.len);
    buf_free(&decoded);
}

/* --- the values in a response --- */

static bool is_piece(const struct piece *p, const char *bytes, size_t n) {
    return p->len <= n && memcmp(p->bytes, bytes, p->len) == 0;
}

/* How long the slot is that begins here: up to the piece behind it, which for the last one ends the response. */
static size_t slot_length(const struct piece *behind, bool last, const char *bytes, size_t n) {
    size_t i = last && behind->len <= n ? n - behind->len : 0;
    while (!last && i < n && !is_piece(behind, bytes + i, n - i))
        i++;
    return i;
}

/* false: it has not the mechanism's form. */
static bool cut(const struct secrets_mechanism *m, const char *bytes, size_t n,
                struct piece slots[SLOTS_MAX]) {
    if (m == NULL || m->slots == 0 || !is_piece(&m->around[0], bytes, n))
        return false;
    size_t at = m->around[0].len;
    for (unsigned slot = 0; slot < m->slots; slot++) {
        const struct piece *behind = &m->around[slot + 1];
        size_t length = slot_length(behind, slot + 1 == m->slots, bytes + at, n - at);
        if (!is_piece(behind, bytes + at + length, n - at - length))
            return false;
        slots[slot] = (struct piece){bytes + at, length};
        at += length + behind->len;
    }
    return true;
}

/* LOGIN asks twice, for the user and for the password; the others hold the secret in their last slot. */
static bool slot_is_secret(const struct secrets *s, unsigned slot) {
    return s->mechanism->slots == 1 ? s->step >= 2 : slot + 1 == s->mechanism->slots;
}

static const char *slot_name(const struct secrets *s, unsigned slot) {
    return s->mechanism->slots == 1 && s->step >= 2 ? "password" : s->mechanism->names[slot];
}

/* From the last slot back: that of a user before that of one he acts for, who is most often the same. */
static void learn(struct secrets *s, const char *bytes, size_t n) {
    struct piece slots[SLOTS_MAX] = {{NULL, 0}};
    if (!s->learning || !cut(s->mechanism, bytes, n, slots))
        return;
    for (unsigned slot = s->mechanism->slots; slot-- > 0;)
        known_learn(&s->known, slot_name(s, slot), slots[slot].bytes, slots[slot].len,
                    slot_is_secret(s, slot));
    if (is_cram(s->mechanism))
        cram_digest(&s->cram, slots[1].bytes, slots[1].len);
}

/* Words that are no base64, or of a mechanism unheard of: any may be a secret, as it is or decoded. The first may be the mechanism. */
static void learn_words(struct secrets *s, const char *text, size_t n) {
    struct buf decoded;
    bool first = s->step == 1 && s->mechanism != NULL && !secrets_mechanism_known(s->mechanism);
    buf_init(&decoded, n);
    for (size_t at = 0, length; s->learning && at < n; at += length + 1, first = false) {
        const char *space = memchr(text + at, ' ', n - at);
        length = space != NULL ? (size_t)(space - text) - at : n - at;
        buf_clear(&decoded);
        if (first && length < n)
            continue;
        if (decode_base64(&decoded, text + at, length) == 0)
            known_learn(&s->known, NULL, decoded.data, decoded.len, true);
        known_learn(&s->known, NULL, text + at, length, true);
    }
    memset(decoded.data, 0, decoded.len);
    buf_free(&decoded);
}

/* A token in a response of another form than it should have is a token all the same. */
static void learn_token(struct secrets *s, const char *bytes, size_t n) {
    static const char mark[] = "Bearer ";
    size_t length = sizeof mark - 1;
    for (size_t i = 0; s->learning && i + length < n; i++)
        if (strncasecmp(bytes + i, mark, length) == 0) {
            const char *token = bytes + i + length;
            const char *end = memchr(token, '\1', n - i - length);
            known_learn(&s->known, NULL, token, end != NULL ? (size_t)(end - token) : n - i - length, true);
        }
}

/* --- printing --- */

/* Print a response piece by piece. -1: it has not the mechanism's form, or holds what is not known. */
static int put_known(const struct secrets *s, const char *bytes, size_t n, struct buf *out) {
    const struct secrets_mechanism *m = s->mechanism;
    struct piece slots[SLOTS_MAX];
    if (!cut(m, bytes, n, slots))
        return -1;
    int result = known_literal(out, KNOWN_BASE64, m->around[0].bytes, m->around[0].len);
    for (unsigned slot = 0; slot < m->slots && result == 0; slot++) {
        const struct piece *value = &slots[slot];
        const struct known_value *v =
            known_exact(&s->known, value->bytes, value->len, slot_is_secret(s, slot));
        if (v == NULL && value->len > 0)
            return -1;
        if (v != NULL)
            result = known_field(out, v);
        result |= known_literal(out, KNOWN_BASE64, m->around[slot + 1].bytes, m->around[slot + 1].len);
    }
    return result;
}

static int put_base64(struct secrets *s, const struct buf *decoded, bool keep, struct buf *out) {
    struct buf known;
    int result = buf_add_text(out, "{b64:");
    buf_init(&known, out->max);
    learn(s, decoded->data, decoded->len);
    learn_token(s, decoded->data, decoded->len);
    if (put_known(s, decoded->data, decoded->len, &known) == 0)
        result |= buf_add(out, known.data, known.len);
    else
        result |= known_response(&s->known, decoded->data, decoded->len, keep, out);
    buf_free(&known);
    return result | buf_add_text(out, "}");
}

/* The first response of LOGIN is a user name, which may well stand in later lines: it is hidden here alone. */
static int put_secret(struct secrets *s, const char *text, size_t n, struct buf *out) {
    bool keep = s->mechanism == NULL || s->mechanism->slots != 1 || s->step != 1;
    struct buf decoded;
    const struct known_value *v = known_exact(&s->known, text, n, true);
    int result;
    buf_init(&decoded, n);
    if (v != NULL)
        result = known_field(out, v); /* a known value, sent without base64 */
    else if (decode_base64(&decoded, text, n) == 0)
        result = put_base64(s, &decoded, keep, out);
    else {
        result = known_response(&s->known, text, n, keep, out);
        learn_words(s, text, n);
    }
    memset(decoded.data, 0, decoded.len);
    buf_free(&decoded);
    return result;
}

/* "*" gives up, "=" and an empty line say nothing (RFC 4954 section 4). */
static bool says_nothing(const char *text, size_t n) {
    return n == 0 || (n == 1 && (text[0] == '*' || text[0] == '='));
}

int secrets_response(struct secrets *s, const char *text, size_t n, enum known_style style, struct buf *out) {
    s->step++;
    return says_nothing(text, n) ? known_literal(out, style, text, n) : put_secret(s, text, n, out);
}
