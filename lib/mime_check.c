/* What is wrong with a message in MIME: one row a rule of header fields, and the parts (mime.h). */
#include "mime_internal.h"

#include "encode.h"

#include <string.h>

#define SHOWN_MAX 100 /* bytes of a line that are shown */

struct check {
    const char *wire;
    size_t n;
    mime_found_fn *fn;
    void *arg;
    int count;
};

/* "what is wrong: the line as it was sent". */
static void tell(struct check *c, enum rule rule, size_t at, const char *what) {
    const char *end = at < c->n ? memchr(c->wire + at, '\n', c->n - at) : NULL;
    size_t len = end ? (size_t)(end - c->wire) + 1 - at : c->n - at;
    struct buf text;
    buf_init(&text, 8 * SHOWN_MAX);
    (void)buf_add_text(&text, what);
    if (len > 0) {
        (void)buf_add_text(&text, ": ");
        (void)encode_escaped(&text, c->wire + at, len > SHOWN_MAX ? SHOWN_MAX : len);
        if (len > SHOWN_MAX)
            (void)buf_add_text(&text, "...");
    }
    c->count++;
    c->fn(c->arg, rule, at, text.data);
    buf_free(&text);
}

/* --- the header of the whole --- */

static bool is_version(const char *text, size_t n) {
    return n >= 3 && memcmp(text, "1.0", 3) == 0 && (n == 3 || text[3] == ' ');
}

static const struct {
    const char *name;
    enum rule rule;
    bool (*fits)(const char *text, size_t n);
    const char *missing, *wrong;
} stamps[] = {
    {"Date", RULE_BAD_DATE, mime_is_date, "there is none",
     "not like \"Tue, 24 Nov 2026 15:04:05 +0100\", or no day of the calendar"},
    {"Message-ID", RULE_BAD_MESSAGE_ID, mime_is_message_id, "there is none", "not like <unique@example.org>"},
    {"MIME-Version", RULE_NO_MIME_VERSION, is_version, NULL, NULL},
};

/* RFC 5322 3.6: each of them once. */
static void check_stamps(struct check *c, const struct message_header *h) {
    for (size_t i = 0; i < sizeof stamps / sizeof *stamps; i++) {
        const struct header_field *f = mime_field(h, stamps[i].name);
        if (f == NULL) {
            c->count++;
            c->fn(c->arg, stamps[i].rule, h->end_at, stamps[i].missing);
        } else if (!stamps[i].fits(f->value.data, f->value.len))
            tell(c, stamps[i].rule, f->at, stamps[i].wrong ? stamps[i].wrong : "not 1.0");
        else if (header_count(h, f) > 1)
            tell(c, stamps[i].rule, f->at, "it is there more than once");
    }
}

/* What else may be there only once (RFC 5322 3.6, RFC 2045 3). */
static void check_single(struct check *c, const struct message_header *h) {
    static const char *const names[] = {"From",         "To",       "Cc",
                                        "Subject",      "Reply-To", "Sender",
                                        "Content-Type", "Bcc",      "Content-Transfer-Encoding"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct header_field *f = mime_field(h, names[i]);
        if (f && header_count(h, f) > 1)
            tell(c, RULE_HEADER_MISSING, f->at, "it is there more than once");
    }
}

/* --- every header --- */

static bool has_eight_bit(const struct buf *value) {
    for (size_t i = 0; i < value->len; i++)
        if ((unsigned char)value->data[i] > 127)
            return true;
    return false;
}

/* A line with an encoded word in it: 76 characters (RFC 2047 2). */
static const char *long_word_line(const struct check *c, const struct header_field *f, size_t *at) {
    struct message_lines lines = {c->wire, c->n, f->at};
    struct message_line line;
    bool first = true;
    while (message_next(&lines, &line) &&
           (first || (line.len > 0 && (*line.text == ' ' || *line.text == '\t')))) {
        first = false;
        *at = line.at;
        for (size_t i = 0; line.len > MIME_LINE_MAX && i < line.len; i++)
            if (mime_begins_word(line.text, line.len, i))
                return "a line with an encoded word has more than 76 characters";
    }
    *at = f->at;
    return NULL;
}

static void check_field(struct check *c, const struct header_field *f) {
    struct buf unused;
    size_t at = f->at;
    if (has_eight_bit(&f->value)) {
        tell(c, RULE_EIGHT_BIT_HEADER, f->at, "bytes over 127");
        return;
    }
    buf_init(&unused, MIME_VALUE_MAX);
    const char *wrong = mime_words(f->value.data, f->value.len, &unused);
    if (!wrong)
        wrong = long_word_line(c, f, &at);
    if (wrong)
        tell(c, RULE_BAD_ENCODED_WORD, at, wrong);
    buf_free(&unused);
}

/* --- file names --- */

static const char *name_wrong(const struct buf *name) {
    if (name->len == 0)
        return "it is empty";
    for (size_t i = 0; i < name->len; i++) {
        if (name->data[i] == '/' || name->data[i] == '\\')
            return "a folder in it";
        if ((unsigned char)name->data[i] < ' ' || name->data[i] == 127)
            return "a control byte in it";
    }
    return strcmp(name->data, ".") == 0 || strcmp(name->data, "..") == 0 ? "a folder, no file" : NULL;
}

static void check_name(struct check *c, const struct message_header *h) {
    const struct header_field *f = mime_field(h, "Content-Disposition");
    struct buf name;
    if (!f)
        return;
    buf_init(&name, MIME_VALUE_MAX);
    bool named = mime_parameter(f->value.data, f->value.len, "filename", &name);
    const char *wrong = named ? name_wrong(&name) : NULL;
    if (wrong)
        tell(c, RULE_UNSAFE_FILE_NAME, f->at, wrong);
    buf_free(&name);
}

/* --- parts --- */

static void check_coding(struct check *c, const struct mime_entity *e) {
    const struct header_field *f = mime_field(e->header, "Content-Transfer-Encoding");
    struct buf content;
    size_t at;
    buf_init(&content, c->n + 1);
    const char *wrong = mime_decode(f ? f->value.data : "7bit", f ? f->value.len : 4, e->body, &content, &at);
    if (wrong)
        tell(c, RULE_BAD_ENCODING, at, wrong);
    buf_free(&content);
}

static bool check_entity(void *arg, const struct mime_entity *e) {
    struct check *c = arg;
    if (strcmp(e->path, "0") == 0)
        check_stamps(c, e->header);
    check_single(c, e->header);
    for (size_t i = 0; i < e->header->count; i++)
        check_field(c, &e->header->fields[i]);
    if (e->type[0] == '\0')
        tell(c, RULE_BAD_MULTIPART, mime_field(e->header, "Content-Type")->at, "no type like text/plain");
    if (!e->header->ended && e->body.pos < e->body.n)
        tell(c, RULE_NO_BLANK_LINE, e->header->end_at, "no empty line in front of this");
    check_name(c, e->header);
    if (e->multipart && e->wrong)
        tell(c, RULE_BAD_MULTIPART, mime_field(e->header, "Content-Type")->at, e->wrong);
    else if (!e->multipart)
        check_coding(c, e);
    return true;
}

int mime_check(const char *wire, size_t n, mime_found_fn *fn, void *arg) {
    struct check c = {wire, n, fn, arg, 0};
    mime_walk(wire, n, check_entity, &c);
    return c.count;
}
