/*
 * recorder_seam - see recorder_seam.h.
 */
#include "recorder_seam.h"

#include <stdlib.h>
#include <string.h>

#define TAIL_MAX (1UL << 20)

/* A text as its reader sees it: each letter with the bytes of the line that it was made of. */
struct sight {
    struct buf text;
    size_t *from;
    size_t *to;
    size_t old; /* letters in front that are from lines before */
};

/* --- the two ways to see a line --- */

static int see(struct sight *v, char c, size_t from, size_t to) {
    v->from[v->text.len] = from;
    v->to[v->text.len] = to;
    return buf_add_char(&v->text, c);
}

/* The alphabet for names of files and URLs (RFC 4648 5) is taken for the other one. */
static char base64_letter(char c) {
    return c == '-' ? '+' : c == '_' ? '/' : c;
}

static int see_base64(struct sight *v, const char *line, size_t n) {
    int result = 0;
    for (size_t i = 0; i < n && result == 0; i++)
        if (strchr(" \t\r\n", line[i]) == NULL || line[i] == '\0')
            result = see(v, base64_letter(line[i]), i, i + 1);
    return result;
}

static int digit(char c) {
    static const char digits[] = "0123456789ABCDEF0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(digits, c);
    return at == NULL ? -1 : (int)(at - digits) % 16;
}

int seam_quoted(const char *bytes, size_t n) {
    int high = n > 2 && bytes[0] == '=' ? digit(bytes[1]) : -1;
    int low = high >= 0 ? digit(bytes[2]) : -1;
    return low >= 0 ? high * 16 + low : -1;
}

/* How many bytes a soft line break takes: "=", perhaps spaces, and the end of the line. 0: it is none. */
static size_t soft_break(const char *bytes, size_t n) {
    size_t i = 1;
    while (i < n && (bytes[i] == ' ' || bytes[i] == '\t' || bytes[i] == '\r'))
        i++;
    return i < n && bytes[i] == '\n' ? i + 1 : 0;
}

/* A doubled dot at the front is one (RFC 5321 4.5.2). */
static int see_quoted(struct sight *v, const char *line, size_t n) {
    int result = 0;
    size_t taken;
    for (size_t i = n > 1 && line[0] == '.' && line[1] == '.' ? 1 : 0; i < n && result == 0; i += taken) {
        int value = seam_quoted(line + i, n - i);
        size_t gone = line[i] == '=' ? soft_break(line + i, n - i) : 0;
        taken = gone > 0 ? gone : value >= 0 ? 3 : 1;
        if (gone == 0)
            result = see(v, value >= 0 ? (char)value : line[i], i, i + taken);
    }
    return result;
}

/* --- what is looked for in each --- */

static const struct {
    int (*see)(struct sight *v, const char *line, size_t n);
    size_t forms; /* of a secret */
} views[SEAM_VIEWS] = {{see_base64, KNOWN_ALIGNMENTS}, {see_quoted, 1}};

static const char *form_of(const struct known_value *v, size_t view, size_t form, size_t *n) {
    *n = view == 0 ? v->cores[form].len : v->len;
    return view == 0 ? v->cores[form].data : v->bytes;
}

static void cover_letters(const struct sight *v, size_t at, size_t n, unsigned char *cover) {
    size_t first = at < v->old ? v->old : at;
    if (first < at + n)
        memset(cover + v->from[first], 1, v->to[at + n - 1] - v->from[first]);
}

/* Every place where the whole form stands. */
static void cover_whole(const struct sight *v, const char *form, size_t n, unsigned char *cover) {
    const char *text = v->text.data;
    for (size_t i = 0; i + n <= v->text.len; i++)
        if (text[i] == form[0] && memcmp(text + i, form, n) == 0)
            cover_letters(v, i, n, cover);
}

/* The longest beginning of the form with which the text ends. */
static void cover_beginning(const struct sight *v, const char *form, size_t n, unsigned char *cover) {
    size_t most = n - 1 < v->text.len ? n - 1 : v->text.len;
    for (size_t k = most; k >= SEAM_LEAST; k--)
        if (memcmp(v->text.data + v->text.len - k, form, k) == 0) {
            cover_letters(v, v->text.len - k, k, cover);
            return;
        }
}

static void cover_forms(const struct sight *v, const struct known *known, size_t view, bool goes_on,
                        unsigned char *cover) {
    for (size_t i = 0; i < known->count; i++)
        for (size_t form = 0; form < views[view].forms && known->values[i].everywhere; form++) {
            size_t n;
            const char *bytes = form_of(&known->values[i], view, form, &n);
            if (n < SEAM_LEAST)
                continue;
            cover_whole(v, bytes, n, cover);
            if (goes_on)
                cover_beginning(v, bytes, n, cover);
        }
}

/* --- from line to line --- */

/* The longest form of any secret, less one: so much of what came before may be the beginning of one. */
static size_t reach(const struct known *known) {
    size_t most = 0;
    for (size_t i = 0; i < known->count; i++)
        if (known->values[i].everywhere && 2 * known->values[i].len + 4 > most)
            most = 2 * known->values[i].len + 4;
    return most < TAIL_MAX ? most : TAIL_MAX;
}

static int keep_tail(struct buf *tail, const struct buf *text, size_t most) {
    size_t n = text->len < most ? text->len : most;
    memset(tail->data, 0, tail->len);
    buf_clear(tail);
    return buf_add(tail, text->data + text->len - n, n);
}

static int cover_view(struct seam *s, const struct known *known, size_t view, const char *line, size_t n,
                      bool goes_on, unsigned char *cover) {
    struct buf *tail = &s->tails[view];
    size_t room = tail->len + n + 1;
    struct sight v = {
        .from = calloc(room, sizeof(size_t)), .to = calloc(room, sizeof(size_t)), .old = tail->len};
    int result = v.from == NULL || v.to == NULL ? -1 : 0;
    buf_init(&v.text, room);
    result |= buf_add(&v.text, tail->data, tail->len);
    if (result == 0)
        result = views[view].see(&v, line, n);
    if (result == 0) {
        cover_forms(&v, known, view, goes_on, cover);
        result = keep_tail(tail, &v.text, reach(known));
    }
    memset(v.text.data, 0, v.text.len);
    buf_free(&v.text);
    free(v.from);
    free(v.to);
    return result;
}

int seam_cover(struct seam *s, const struct known *known, const char *line, size_t n, bool goes_on,
               unsigned char *cover) {
    int result = 0;
    if (reach(known) == 0)
        return 0;
    for (size_t view = 0; view < SEAM_VIEWS; view++)
        result |= cover_view(s, known, view, line, n, goes_on, cover);
    return result;
}

void seam_init(struct seam *s) {
    for (size_t view = 0; view < SEAM_VIEWS; view++)
        buf_init(&s->tails[view], TAIL_MAX);
}

void seam_free(struct seam *s) {
    for (size_t view = 0; view < SEAM_VIEWS; view++) {
        memset(s->tails[view].data, 0, s->tails[view].len);
        buf_free(&s->tails[view]);
    }
}
