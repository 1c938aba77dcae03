/*
 * Two messages compared as messages (match.h, rule R8; RFC 5321 4.5.2, RFC 5322 2.1).
 *
 * Both are walked line by line with their transparency dot taken off, so that
 * every finding can say at which byte of the wire it is. The header is a set
 * of fields (message_lines.c), the body a list of lines. One cause is told
 * once: a header that never ends makes no finding of the body too.
 */
#include "match.h"

#include "encode.h"
#include "message_lines.h"
#include "mime.h"

#include <string.h>

#define SHOWN_MAX 200 /* bytes of an expected line that are shown */

/* What is told goes through here, and is counted. */
struct report {
    match_found_fn *fn;
    void *arg;
    int fails;
};

static void tell(struct report *r, enum rule rule, size_t at, const char *expected) {
    if (rules_info(rule)->severity == SEVERITY_FAIL)
        r->fails++;
    if (r->fn)
        r->fn(r->arg, rule, at, expected);
}

static void tell_line(struct report *r, enum rule rule, size_t at, const char *text, size_t len) {
    struct buf shown;
    buf_init(&shown, 4 * SHOWN_MAX + 1);
    (void)encode_escaped(&shown, text, len > SHOWN_MAX ? SHOWN_MAX : len);
    tell(r, rule, at, shown.data);
    buf_free(&shown);
}

/* --- the header --- */

/* "Subject: One" */
static void tell_field(struct report *r, size_t at, const struct header_field *f) {
    struct buf text;
    buf_init(&text, 2 * SHOWN_MAX);
    size_t n = f->value.len > SHOWN_MAX ? SHOWN_MAX : f->value.len;
    (void)buf_add(&text, f->name, f->name_len > SHOWN_MAX ? SHOWN_MAX / 2 : f->name_len);
    (void)buf_add_text(&text, ": ");
    (void)buf_add(&text, f->value.data, n > SHOWN_MAX / 2 ? SHOWN_MAX / 2 : n);
    tell_line(r, RULE_HEADER_MISSING, at, text.data, text.len);
    buf_free(&text);
}

static size_t common_prefix(const char *a, size_t a_len, const char *b, size_t b_len) {
    size_t i = 0;
    while (i < a_len && i < b_len && a[i] == b[i])
        i++;
    return i;
}

/* Where a field with another value differs; folding moves bytes, so only a value on one line can be pointed into. */
static size_t value_differs(const struct header_field *want, const struct header_field *have) {
    size_t same = common_prefix(want->value.data, want->value.len, have->value.data, have->value.len);
    return have->folded ? have->value_at : have->value_at + same;
}

/* One field of the transcript: there with its value, and its name no more often than in the transcript. */
static void compare_field(struct report *r, const struct message_header *want, size_t i,
                          const struct message_header *have) {
    const struct header_field *f = &want->fields[i];
    const struct header_field *same = NULL, *other = NULL;
    for (size_t j = 0; j < have->count; j++) {
        const struct header_field *g = &have->fields[j];
        if (!header_same_name(f, g))
            continue;
        if (same == NULL && header_same_value(f, g))
            same = g;
        else
            other = g;
    }
    if (same == NULL)
        tell_field(r, other ? value_differs(f, other) : have->end_at, f);
    else if (other && header_count(have, f) > header_count(want, f))
        tell_field(r, other->at, f);
}

static void compare_headers(struct report *r, const struct message_header *want,
                            const struct message_header *have) {
    if (have->count == 0 && want->count > 0) {
        tell_field(r, have->end_at, &want->fields[0]); /* no header at all is one cause */
        return;
    }
    for (size_t i = 0; i < want->count; i++)
        compare_field(r, want, i, have);
}

/* --- the body --- */

/* A dot that was not doubled: the line came as the transcript means it, or a lone dot ended the message. */
static bool not_stuffed(const struct message_line *want, const struct message_line *have, bool over) {
    if (want->len == 0 || want->text[0] != '.')
        return false;
    if (over)
        return want->len == 1;
    return have->dotted && have->len + 1 == want->len && memcmp(have->text - 1, want->text, want->len) == 0;
}

static void tell_body(struct report *r, const struct message_line *want, const struct message_line *have,
                      bool over, bool header_ended) {
    if (not_stuffed(want, have, over)) {
        struct buf stuffed;
        buf_init(&stuffed, want->len + 1);
        (void)buf_add_char(&stuffed, '.');
        (void)buf_add(&stuffed, want->text, want->len);
        tell_line(r, RULE_DOT_STUFFING, have->at, stuffed.data, stuffed.len);
        buf_free(&stuffed);
    } else if (header_ended) {
        size_t same = over ? 0 : common_prefix(want->text, want->len, have->text, have->len);
        tell_line(r, RULE_WRONG_BODY, have->at + have->dotted + same, want->text, want->len);
    }
}

/* Is this empty line the last one? */
static bool last_and_empty(struct message_lines rest, const struct message_line *line) {
    struct message_line next;
    return line->len == 0 && !message_next(&rest, &next);
}

/* The first difference is the finding; one empty line more or less before the dot is none that matters. */
static void compare_bodies(struct report *r, struct message_lines want, struct message_lines have,
                           bool header_ended) {
    struct message_line w, h;
    for (;;) {
        bool more_w = message_next(&want, &w), more_h = message_next(&have, &h);
        if (!more_w && !more_h)
            return;
        if (more_w && more_h && w.len == h.len && memcmp(w.text, h.text, w.len) == 0)
            continue;
        if (!more_w && last_and_empty(have, &h))
            tell(r, RULE_EXTRA_BLANK_LINE, h.at, NULL);
        else if (!more_w && header_ended)
            tell(r, RULE_WRONG_BODY, h.at, NULL);
        else if (more_w && (more_h || !last_and_empty(want, &w)))
            tell_body(r, &w, &h, !more_h, header_ended);
        return;
    }
}

/* --- a body in base64 or quoted-printable --- */

static const struct header_field *coding_of(const struct message_header *h) {
    static const struct header_field coding = {.name = "Content-Transfer-Encoding", .name_len = 25};
    for (size_t i = 0; i < h->count; i++)
        if (header_same_name(&h->fields[i], &coding))
            return &h->fields[i];
    return NULL;
}

/* The transcript's body as a reader has it: the transparency dots taken off. */
static void read_body(struct message_lines want, struct buf *out) {
    struct message_line line;
    while (message_next(&want, &line)) {
        (void)buf_add(out, line.text, line.len);
        (void)buf_add_text(out, "\r\n");
    }
}

/* Does `have` begin with all of `want`, and hold no more than one line end behind it? */
static bool same_but_for_an_end(const struct buf *want, const struct buf *have) {
    size_t more = have->len - want->len; /* if it is longer */
    return have->len >= want->len && memcmp(want->data, have->data, want->len) == 0 &&
           (more == 0 || (more == 2 && memcmp(have->data + want->len, "\r\n", 2) == 0));
}

/* A client that says how it wrote the body is judged by what its reader has. */
static bool reads_the_same(const struct message_header *want_header, struct message_lines want,
                           const struct message_header *have_header, const char *actual, size_t n) {
    if (coding_of(want_header) || !coding_of(have_header))
        return false;
    struct mime_part part;
    struct buf text;
    buf_init(&text, want.n * 2 + 2);
    read_body(want, &text);
    bool same = mime_part(actual, n, "0", &part) &&
                (same_but_for_an_end(&text, &part.content) || same_but_for_an_end(&part.content, &text));
    mime_part_free(&part);
    buf_free(&text);
    return same;
}

/* --- the whole --- */

/* Where the empty line is missing: before the first line that is no field. */
static bool header_ends(struct report *r, const struct message_header *want,
                        const struct message_header *have) {
    if (!want->ended || have->ended || have->count == 0)
        return true;
    tell(r, RULE_NO_BLANK_LINE, have->end_at, NULL);
    return false;
}

int match_message(const char *expected, size_t expected_len, const char *actual, size_t actual_len,
                  match_found_fn *fn, void *arg) {
    struct report r = {fn, arg, 0};
    struct message_lines want = message_lines(expected, expected_len);
    struct message_lines have = message_lines(actual, actual_len);
    struct message_header want_header, have_header;
    message_header_take(&want, &want_header);
    message_header_take(&have, &have_header);
    bool ended = header_ends(&r, &want_header, &have_header);
    compare_headers(&r, &want_header, &have_header);
    bool nothing = actual_len == 0 && want_header.count > 0; /* told already: no header */
    if (!ended || nothing || !reads_the_same(&want_header, want, &have_header, actual, actual_len))
        compare_bodies(&r, want, have, ended && !nothing);
    message_header_free(&want_header);
    message_header_free(&have_header);
    return r.fails;
}

int match_any_message(const char *actual, size_t actual_len, match_found_fn *fn, void *arg) {
    struct report r = {fn, arg, 0};
    struct message_lines have = message_lines(actual, actual_len);
    struct message_header header;
    message_header_take(&have, &header);
    if (header.count == 0)
        tell(&r, RULE_HEADER_MISSING, 0, NULL);
    else if (!header.ended && have.pos < have.n)
        tell(&r, RULE_NO_BLANK_LINE, header.end_at, NULL);
    message_header_free(&header);
    return r.fails;
}
