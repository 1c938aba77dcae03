/*
 * recorder_secret - see recorder_secret.h.
 */
#include "recorder_secret.h"

#include "encode.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The recorder is part of the students' library, which has no verb table. */
static const char *const verbs[] = {"EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA",
                                    "BDAT", "RSET", "NOOP",     "HELP", "VRFY", "EXPN", "QUIT"};

void secrets_init(struct secrets *s) {
    *s = (struct secrets){.learning = false};
    seam_init(&s->server_seam);
    seam_init(&s->client_seam);
    cram_init(&s->cram);
}

void secrets_restart(struct secrets *s) {
    s->mechanism = NULL;
    s->step = s->early = 0;
    s->suspect = s->challenged = s->data_pending = s->in_data = false;
}

void secrets_free(struct secrets *s) {
    known_free(&s->known);
    seam_free(&s->server_seam);
    seam_free(&s->client_seam);
    cram_free(&s->cram);
}

/* --- a line that is shown but for what is secret in it --- */

static int mask(struct secrets *s, struct seam *seam, const struct said *said, bool goes_on,
                struct buf *out) {
    unsigned char *cover = calloc(said->whole + 1, 1);
    if (cover == NULL)
        return -1;
    cram_line(&s->cram, &s->known, said->text, said->n);
    struct known_line line = {said->text, said->n, said->style, cover, &s->hosts};
    int result = seam_cover(seam, &s->known, said->text, said->whole, goes_on, cover);
    if (result == 0)
        result = known_mask(&s->known, &line, out);
    free(cover);
    return result;
}

/* --- commands --- */

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

static bool is_verb(const char *text, size_t n, const char *verb) {
    size_t start = spaces(text, n);
    return is_word(text + start, word_length(text + start, n - start), verb);
}

static bool is_command(const char *text, size_t n) {
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (is_verb(text, n, verbs[i]))
            return true;
    return false;
}

/* "AUTH", a mechanism of the table, and the spaces after each are printed; all that follows is a response. */
static int auth_line(struct secrets *s, const struct said *said, struct buf *out) {
    const char *text = said->text;
    size_t n = said->n;
    size_t at = spaces(text, n);
    at += word_length(text + at, n - at);
    at += spaces(text + at, n - at);
    size_t length = word_length(text + at, n - at);
    secrets_restart(s);
    s->suspect = true;
    s->mechanism = secrets_mechanism(text + at, length);
    if (secrets_mechanism_known(s->mechanism))
        at += length + spaces(text + at + length, n - at - length);
    if (known_literal(out, said->style, text, at) != 0)
        return -1;
    return at == n ? 0 : secrets_response(s, text + at, n - at, said->style, out);
}

/* BDAT's number. 0: there is none, or one that nobody can mean. */
static unsigned long chunk_size(const char *text, size_t n) {
    unsigned long size = 0;
    size_t at = spaces(text, n) + strlen("BDAT");
    at += spaces(text + at, n - at);
    for (unsigned digits = 0; at < n && text[at] >= '0' && text[at] <= '9'; at++)
        size = ++digits > 9 ? 0 : size * 10 + (unsigned long)(text[at] - '0');
    return size;
}

static int command_line(struct secrets *s, const struct said *said, struct buf *out) {
    s->suspect = false;
    s->stray = !is_command(said->text, said->n);
    if (is_verb(said->text, said->n, "DATA"))
        s->data_pending = true;
    if (is_verb(said->text, said->n, "BDAT"))
        s->chunk = chunk_size(said->text, said->n);
    return mask(s, &s->client_seam, said, s->stray, out);
}

static int response_line(struct secrets *s, const struct said *said, struct buf *out) {
    if (!s->challenged)
        s->early++;
    s->challenged = false;
    return secrets_response(s, said->text, said->n, said->style, out);
}

/* The dot ends a message, one that was sent before its 354 too. */
static int message_line(struct secrets *s, const struct said *said, struct buf *out) {
    if (said->n == 1 && said->text[0] == '.')
        s->in_data = s->data_pending = false;
    return mask(s, &s->client_seam, said, true, out);
}

/* --- lines --- */

static size_t without_line_end(const char *line, size_t n) {
    if (n > 0 && line[n - 1] == '\n')
        n--;
    return n > 0 && line[n - 1] == '\r' ? n - 1 : n;
}

static struct said said(const char *line, size_t n, bool escaped) {
    return (struct said){line, without_line_end(line, n), n, escaped ? KNOWN_ESCAPED : KNOWN_TEXT};
}

static int client_text(struct secrets *s, const struct said *said, struct buf *out) {
    if (s->in_data || (said->n == 1 && said->text[0] == '.' && !s->challenged))
        return message_line(s, said, out);
    if (s->challenged || (s->suspect && !is_command(said->text, said->n)))
        return response_line(s, said, out);
    if (is_verb(said->text, said->n, "AUTH"))
        return auth_line(s, said, out);
    return command_line(s, said, out);
}

int secrets_client_line(struct secrets *s, const char *line, size_t n, bool escaped, struct buf *out) {
    struct said it = said(line, n, escaped);
    s->stray = false;
    s->chunk = 0;
    hosts_hear_client(&s->hosts, line, it.n);
    if (client_text(s, &it, out) != 0 || s->known.overflow)
        return -1;
    return escaped ? known_literal(out, KNOWN_ESCAPED, line + it.n, n - it.n) : 0;
}

int secrets_chunk_line(struct secrets *s, const char *line, size_t n, struct buf *out) {
    struct said it = {line, n, n, KNOWN_ESCAPED};
    return mask(s, &s->client_seam, &it, true, out);
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

/* --- challenges --- */

#define GO_ON "334 "

/* The text with private names replaced. true: there were any. */
static bool rename_text(struct secrets *s, const struct buf *text, struct buf *out) {
    bool any = false;
    size_t taken;
    for (size_t i = 0; i < text->len; i += taken) {
        const char *name = hosts_at(&s->hosts, text->data, text->len, i, &taken);
        any = any || name != NULL;
        if (name == NULL)
            taken = 1;
        if ((name != NULL ? buf_add_text(out, name) : buf_add_char(out, text->data[i])) != 0)
            return false;
    }
    return any;
}

/*
 * The challenge of CRAM-MD5 names the server, in base64 (RFC 2195 2). false: the line has none, or no name in it.
 * The challenge with other names is in *other.
 */
static bool rename_challenge(struct secrets *s, const struct said *said, struct buf *other) {
    struct buf decoded;
    struct buf renamed;
    size_t start = strlen(GO_ON);
    if (!s->hosts.on || said->n < start)
        return false;
    buf_init(&decoded, said->n);
    buf_init(&renamed, 64 * said->n);
    bool done = decode_base64(&decoded, said->text + start, said->n - start) == 0 &&
                rename_text(s, &decoded, &renamed) && buf_add(other, said->text, start) == 0 &&
                encode_base64(other, renamed.data, renamed.len) == 0;
    buf_free(&decoded);
    buf_free(&renamed);
    return done;
}

static int challenge_line(struct secrets *s, const struct said *said, struct buf *out) {
    struct buf other;
    struct said renamed = *said;
    if (said->n > strlen(GO_ON))
        secrets_challenge(s, said->text + strlen(GO_ON), said->n - strlen(GO_ON));
    buf_init(&other, 256 * said->whole);
    if (rename_challenge(s, said, &other)) {
        renamed.text = other.data;
        renamed.n = renamed.whole = other.len;
    }
    int result = mask(s, &s->server_seam, &renamed, false, out);
    buf_free(&other);
    return result;
}

int secrets_server_line(struct secrets *s, const char *line, size_t n, bool escaped, struct buf *out) {
    struct said it = said(line, n, escaped);
    int code = final_code(line, n);
    follow_server(s, code);
    hosts_hear_server(&s->hosts, line, it.n);
    if (code == 334 && !escaped)
        return challenge_line(s, &it, out);
    if (escaped)
        it.n = n;
    return mask(s, &s->server_seam, &it, false, out);
}
