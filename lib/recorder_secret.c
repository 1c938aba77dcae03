/*
 * recorder_secret - see recorder_secret.h.
 */
#include "recorder_secret.h"

#include "encode.h"

#include <stdlib.h>
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
    unsigned slots; /* 0: a response holds something computed, it is hidden as a whole */
    struct piece around[SLOTS_MAX + 1];
};

/* Only names of this table are printed: what else follows AUTH may be a secret in the wrong place. The last row stands for that. */
static const struct secrets_mechanism mechanisms[] = {
    {"PLAIN", 3, {{"", 0}, {"\0", 1}, {"\0", 1}, {"", 0}}},
    {"LOGIN", 1, {{"", 0}, {"", 0}}},
    {"XOAUTH2", 2, {{"user=", 5}, {"\1auth=Bearer ", 13}, {"\1\1", 2}}},
    {.name = "CRAM-MD5"},
    {.name = "OAUTHBEARER"},
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

/* The recorder is part of the students' library, which has no verb table. */
static const char *const verbs[] = {"EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA",
                                    "BDAT", "RSET", "NOOP",     "HELP", "VRFY", "EXPN", "QUIT"};

void secrets_init(struct secrets *s) {
    *s = (struct secrets){0};
}

void secrets_restart(struct secrets *s) {
    s->mechanism = NULL;
    s->step = s->early = 0;
    s->suspect = s->challenged = s->data_pending = s->in_data = false;
}

void secrets_free(struct secrets *s) {
    known_free(&s->known);
}

/* Responses of AUTH */

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

/* LOGIN asks twice, for the user and for the password; the others hold the secret in their last slot. */
static bool slot_is_secret(const struct secrets *s, unsigned slot) {
    return s->mechanism->slots == 1 ? s->step >= 2 : slot + 1 == s->mechanism->slots;
}

/* Print a response piece by piece. -1: it has not the mechanism's form, or holds what is not known. */
static int put_known_response(const struct secrets *s, const char *bytes, size_t n, struct buf *out) {
    const struct secrets_mechanism *m = s->mechanism;
    if (m == NULL || m->slots == 0 || !is_piece(&m->around[0], bytes, n))
        return -1;
    size_t at = m->around[0].len;
    int result = known_literal(out, KNOWN_BASE64, bytes, at);
    for (unsigned slot = 0; slot < m->slots && result == 0; slot++) {
        const struct piece *behind = &m->around[slot + 1];
        size_t length = slot_length(behind, slot + 1 == m->slots, bytes + at, n - at);
        const struct known_value *v = known_exact(&s->known, bytes + at, length, slot_is_secret(s, slot));
        if (!is_piece(behind, bytes + at + length, n - at - length) || (v == NULL && length > 0))
            return -1;
        if (v != NULL)
            result = known_field(out, v);
        at += length;
        result |= known_literal(out, KNOWN_BASE64, bytes + at, behind->len);
        at += behind->len;
    }
    return result;
}

static int put_base64_response(struct secrets *s, const struct buf *decoded, bool keep, struct buf *out) {
    struct buf known;
    int result = buf_add_text(out, "{b64:");
    buf_init(&known, out->max);
    if (put_known_response(s, decoded->data, decoded->len, &known) == 0)
        result |= buf_add(out, known.data, known.len);
    else
        result |= known_response(&s->known, decoded->data, decoded->len, keep, out);
    buf_free(&known);
    return result | buf_add_text(out, "}");
}

/* "*" gives up, "=" and an empty line say nothing (RFC 4954 section 4). */
static bool says_nothing(const char *text, size_t n) {
    return n == 0 || (n == 1 && (text[0] == '*' || text[0] == '='));
}

/* The first response of LOGIN is a user name, which may well stand in later lines: it is hidden here alone. */
static int put_secret_text(struct secrets *s, const char *text, size_t n, struct buf *out) {
    bool keep = s->mechanism == NULL || s->mechanism->slots != 1 || s->step != 1;
    struct buf decoded;
    const struct known_value *v = known_exact(&s->known, text, n, true);
    int result;
    buf_init(&decoded, n);
    if (v != NULL)
        result = known_field(out, v); /* a known value, sent without base64 */
    else if (decode_base64(&decoded, text, n) == 0)
        result = put_base64_response(s, &decoded, keep, out);
    else
        result = known_response(&s->known, text, n, keep, out);
    memset(decoded.data, 0, decoded.len);
    buf_free(&decoded);
    return result;
}

static int response_line(struct secrets *s, const char *text, size_t n, enum known_style style,
                         struct buf *out) {
    if (!s->challenged)
        s->early++;
    s->challenged = false;
    s->step++;
    return says_nothing(text, n) ? known_literal(out, style, text, n) : put_secret_text(s, text, n, out);
}

/* Commands */

static size_t word_length(const char *text, size_t n) {
    const char *space = memchr(text, ' ', n);
    return space == NULL ? n : (size_t)(space - text);
}

static size_t spaces(const char *text, size_t n) {
    size_t i = 0;
    while (i < n && text[i] == ' ')
        i++;
    return i;
}

static bool is_word(const char *text, size_t n, const char *word) {
    return strlen(word) == n && strncasecmp(text, word, n) == 0;
}

static bool is_command(const char *text, size_t n) {
    size_t start = spaces(text, n);
    size_t length = word_length(text + start, n - start);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (is_word(text + start, length, verbs[i]))
            return true;
    return false;
}

static bool is_verb(const char *text, size_t n, const char *verb) {
    size_t start = spaces(text, n);
    return is_word(text + start, word_length(text + start, n - start), verb);
}

static const struct secrets_mechanism *find_mechanism(const char *word, size_t n) {
    const struct secrets_mechanism *m = mechanisms;
    while (m->name != NULL && !is_word(word, n, m->name))
        m++;
    return m;
}

/* "AUTH", a mechanism of the table, and the spaces after each are printed; all that follows is a response. */
static int auth_line(struct secrets *s, const char *text, size_t n, enum known_style style, struct buf *out) {
    size_t at = spaces(text, n);
    at += word_length(text + at, n - at);
    at += spaces(text + at, n - at);
    size_t length = word_length(text + at, n - at);
    secrets_restart(s);
    s->suspect = true;
    s->mechanism = find_mechanism(text + at, length);
    if (s->mechanism->name != NULL)
        at += length + spaces(text + at + length, n - at - length);
    if (known_literal(out, style, text, at) != 0)
        return -1;
    if (at == n)
        return 0;
    s->step++;
    return says_nothing(text + at, n - at) ? known_literal(out, style, text + at, n - at)
                                           : put_secret_text(s, text + at, n - at, out);
}

static int command_line(struct secrets *s, const char *text, size_t n, enum known_style style,
                        struct buf *out) {
    s->suspect = false;
    if (is_verb(text, n, "DATA"))
        s->data_pending = true;
    return known_mask(&s->known, text, n, style, out);
}

/* The dot ends a message, one that was sent before its 354 too. */
static int message_line(struct secrets *s, const char *text, size_t n, enum known_style style,
                        struct buf *out) {
    if (n == 1 && text[0] == '.')
        s->in_data = s->data_pending = false;
    return known_mask(&s->known, text, n, style, out);
}

/* Lines */

static size_t without_line_end(const char *line, size_t n) {
    if (n > 0 && line[n - 1] == '\n')
        n--;
    return n > 0 && line[n - 1] == '\r' ? n - 1 : n;
}

static int client_text(struct secrets *s, const char *text, size_t n, enum known_style style,
                       struct buf *out) {
    if (s->in_data || (n == 1 && text[0] == '.' && !s->challenged))
        return message_line(s, text, n, style, out);
    if (s->challenged || (s->suspect && !is_command(text, n)))
        return response_line(s, text, n, style, out);
    if (is_verb(text, n, "AUTH"))
        return auth_line(s, text, n, style, out);
    return command_line(s, text, n, style, out);
}

int secrets_client_line(struct secrets *s, const char *line, size_t n, bool escaped, struct buf *out) {
    size_t text = without_line_end(line, n);
    if (client_text(s, line, text, escaped ? KNOWN_ESCAPED : KNOWN_TEXT, out) != 0)
        return -1;
    return escaped ? known_literal(out, KNOWN_ESCAPED, line + text, n - text) : 0;
}

/* The code of a reply's last line; 0: no such line. */
static int final_code(const char *line, size_t n) {
    if (n < 3 || (n > 3 && line[3] == '-'))
        return 0;
    int code = 0;
    for (size_t i = 0; i < 3; i++) {
        if (line[i] < '0' || line[i] > '9')
            return 0;
        code = code * 10 + (line[i] - '0');
    }
    return code;
}

/* 334 asks for a response, unless that was sent before it was asked for; a refusal or 235 ends AUTH. */
static void follow_server(struct secrets *s, int code) {
    s->in_data = code == 354 ? s->data_pending : s->in_data && code == 0;
    if (code == 354)
        s->data_pending = false;
    if (code == 334 && s->early > 0)
        s->early--;
    else if (code != 0)
        s->challenged = code == 334;
    if (code >= 400 || code == 235)
        s->early = 0;
}

int secrets_server_line(struct secrets *s, const char *line, size_t n, bool escaped, struct buf *out) {
    follow_server(s, final_code(line, n));
    return known_mask(&s->known, line, escaped ? n : without_line_end(line, n),
                      escaped ? KNOWN_ESCAPED : KNOWN_TEXT, out);
}
