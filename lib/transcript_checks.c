/* The ! checks of a transcript: one row each, with the parser of its arguments. */
#include "address.h"
#include "encode.h"
#include "transcript_internal.h"

#include <string.h>

typedef int parse_check_fn(struct parse *p, struct item *it, const struct words *w);

/* The text of a check: its names are looked at when the whole file is known. */
static int check_text(struct parse *p, struct item *it, size_t at, size_t len, bool escapes) {
    it->column = (unsigned)at + 1;
    return parse_template(p, &it->fields, at, len, escapes);
}

static int parse_exit(struct parse *p, struct item *it, const struct words *w) {
    if (parse_need(p, w, 1, "an exit status, 0 to 255") != 0 || parse_end(p, w, 1) != 0)
        return -1;
    return parse_number(p, w->list[1].at, w->list[1].len, 0, 255, &it->number);
}

/* "text" in quotes, where escapes hold (\x22 is a quote), or one word without. */
static int parse_quoted(struct parse *p, struct item *it, const struct word *w) {
    const char *s = p->line + w->at;
    if (s[0] != '"')
        return check_text(p, it, w->at, w->len, false) != 0
                   ? -1
                   : names_no_message(p, &it->fields, it->line, it->column);
    const char *close = memchr(s + 1, '"', w->len - 1);
    if (close == NULL)
        return parse_expected(p, p->len, "a quote that closes the text");
    if (close != s + w->len - 1)
        return parse_expected(p, w->at + (size_t)(close - s) + 1,
                              "a space behind the quote (write \\x22 for a quote in the text)");
    if (w->len == 2)
        return parse_expected(p, w->at, "a text that is not empty");
    if (check_text(p, it, w->at + 1, w->len - 2, true) != 0)
        return -1;
    return names_no_message(p, &it->fields, it->line, it->column);
}

static int parse_stderr(struct parse *p, struct item *it, const struct words *w) {
    if (parse_need(p, w, 1, "a text in quotes") != 0 || parse_end(p, w, 1) != 0)
        return -1;
    return parse_quoted(p, it, &w->list[1]);
}

static int parse_never(struct parse *p, struct item *it, const struct words *w) {
    if (parse_need(p, w, 1, "a text in quotes, or {secret:password}") != 0 || parse_end(p, w, 2) != 0)
        return -1;
    if (w->count == 3 && !word_is(p, &w->list[2], "in-clear"))
        return parse_expected(p, w->list[2].at, "in-clear, or the end of the line");
    it->in_clear = w->count == 3;
    return parse_quoted(p, it, &w->list[1]);
}

/* Addresses without brackets. One that holds a field is looked at when it is played. */
static int check_address(struct parse *p, const struct word *w) {
    struct path path;
    size_t wrong = 0;
    if (memchr(p->line + w->at, '{', w->len) != NULL)
        return 0;
    if (address_mailbox_parse(p->line + w->at, w->len, &path, &wrong) == 0)
        return 0;
    return parse_fail(p, p->line_number, w->at + wrong + 1, "expected an address, found \"%.*s\"",
                      (int)w->len, p->line + w->at);
}

/* The words from the second on, with one space between, as one text. */
static int parse_rest(struct parse *p, struct item *it, const struct words *w) {
    it->column = (unsigned)w->list[1].at + 1;
    size_t skip = strlen("! ") + w->list[0].len + 1; /* it->text is the canonical line */
    struct err why = {.kind = ERR_NONE};
    size_t wrong = 0;
    if (template_parse(&it->fields, it->text + skip, it->len - skip, false, &wrong, &why) != 0)
        return parse_fail(p, p->line_number, it->column + wrong, "%s", why.text);
    return names_no_message(p, &it->fields, it->line, it->column);
}

static int parse_rcpts(struct parse *p, struct item *it, const struct words *w) {
    if (parse_need(p, w, 1, "the addresses that the message must have gone to") != 0)
        return -1;
    for (size_t i = 1; i < w->count; i++)
        if (check_address(p, &w->list[i]) != 0)
            return -1;
    return parse_rest(p, it, w);
}

/* FILE, {message:FILE} or {message}. */
static int parse_message_check(struct parse *p, struct item *it, const struct words *w) {
    if (parse_need(p, w, 1, "a file beside the transcript, or {message}") != 0 || parse_end(p, w, 1) != 0 ||
        check_text(p, it, w->list[1].at, w->list[1].len, false) != 0)
        return -1;
    if (template_has(&it->fields, FIELD_MESSAGE) && it->fields.count != 1)
        return parse_expected(p, w->list[1].at, "a file, {message:FILE} or {message}");
    struct field *field = it->fields.count > 0 ? &it->fields.fields[0] : NULL;
    if (field && field->kind == FIELD_MESSAGE && field->len > 0)
        field->kind = FIELD_TEXT; /* two notations, one meaning: the name of the file */
    if (p->line[w->list[1].at] == '/' || p->line[w->list[1].at] == '.')
        return parse_expected(p, w->list[1].at, "the name of a file beside the transcript");
    return 0;
}

static int parse_bare(struct parse *p, struct item *it, const struct words *w) {
    (void)it;
    return parse_end(p, w, 0);
}

/* "text" with its escapes, or one word. They are decoded when it is played; here they are looked at. */
static int check_quoted(struct parse *p, const struct word *w) {
    const char *s = p->line + w->at;
    struct buf unused;
    size_t wrong = 0;
    if (s[0] != '"')
        return 0;
    if (w->len < 2 || memchr(s + 1, '"', w->len - 1) != s + w->len - 1)
        return parse_expected(p, w->at, "a quote that closes the text, and a space behind it");
    buf_init(&unused, TRANSCRIPT_BYTES_MAX);
    int bad = decode_escaped(&unused, s + 1, w->len - 2, &wrong);
    buf_free(&unused);
    return bad == 0 ? 0 : parse_expected(p, w->at + 1 + wrong, "an escape (\\r \\n \\t \\0 \\\\ \\xHH)");
}

/* ! header NAME "VALUE" */
static int parse_header_check(struct parse *p, struct item *it, const struct words *w) {
    if (parse_need(p, w, 1, "the name of a header field") != 0 ||
        parse_need(p, w, 2, "its value in quotes, decoded") != 0 || parse_end(p, w, 2) != 0 ||
        check_quoted(p, &w->list[2]) != 0)
        return -1;
    return parse_rest(p, it, w);
}

/* "0", "1", "2.1" */
static int check_path(struct parse *p, const struct word *w) {
    const char *s = p->line + w->at;
    for (size_t i = 0; i < w->len; i++)
        if ((s[i] < '0' || s[i] > '9') && (s[i] != '.' || i == 0 || i + 1 == w->len || s[i - 1] == '.'))
            return parse_expected(p, w->at, "which part: 0 for the whole message, 1, 2, 2.1");
    return 0;
}

/* ! part PATH TYPE [name "NAME"] [text "TEXT" / file PATH] */
static int parse_part_check(struct parse *p, struct item *it, const struct words *w) {
    if (parse_need(p, w, 1, "which part: 0 for the whole message, 1, 2, 2.1") != 0 ||
        check_path(p, &w->list[1]) != 0 || parse_need(p, w, 2, "the type of the part, like text/plain") != 0)
        return -1;
    if (memchr(p->line + w->list[2].at, '/', w->list[2].len) == NULL)
        return parse_expected(p, w->list[2].at, "the type of the part, like text/plain");
    for (size_t i = 3; i < w->count; i += 2) {
        const struct word *key = &w->list[i];
        if (!word_is(p, key, "name") && !word_is(p, key, "text") && !word_is(p, key, "file"))
            return parse_expected(p, key->at, "name, text, file, or the end of the line");
        if (parse_need(p, w, i + 1, "a text in quotes") != 0 || check_quoted(p, &w->list[i + 1]) != 0)
            return -1;
    }
    return parse_rest(p, it, w);
}

static int parse_rule_check(struct parse *p, struct item *it, const struct words *w) {
    if (parse_need(p, w, 1, "the name of a rule") != 0 || parse_end(p, w, 1) != 0)
        return -1;
    return parse_rule(p, w->list[1].at, w->list[1].len, &it->rule);
}

/* Free text to the end of the line: one word that happens to hold spaces. */
static int parse_hint(struct parse *p, struct item *it, const struct words *w) {
    if (parse_need(p, w, 1, "a hint for the student") != 0)
        return -1;
    size_t at = w->list[1].at;
    if (check_text(p, it, at, p->len - at, false) != 0)
        return -1;
    return names_no_message(p, &it->fields, it->line, it->column);
}

static const struct check {
    const char *name;
    enum check_kind kind;
    parse_check_fn *parse;
} checks[] = {
    {"exit", CHECK_EXIT, parse_exit},
    {"stderr", CHECK_STDERR, parse_stderr},
    {"never", CHECK_NEVER, parse_never},
    {"rcpts", CHECK_RCPTS, parse_rcpts},
    {"message", CHECK_MESSAGE, parse_message_check},
    {"mime", CHECK_MIME, parse_bare},
    {"part", CHECK_PART, parse_part_check},
    {"header", CHECK_HEADER, parse_header_check},
    {"forbid", CHECK_FORBID, parse_rule_check},
    {"allow", CHECK_ALLOW, parse_rule_check},
    {"no-connection", CHECK_NO_CONNECTION, parse_bare},
    {"hint:", CHECK_HINT, parse_hint},
};

#define CHECKS (sizeof checks / sizeof *checks)

static const char *check_at(const void *from, size_t i) {
    (void)from;
    return i < CHECKS ? checks[i].name : NULL;
}

/* A hint is free text, so quotes in it keep nothing together: all behind "hint:" is one word. */
static void hint_words(const struct parse *p, struct words *w) {
    if (w->count > 2) {
        w->list[1].len = p->len - w->list[1].at;
        w->count = 2;
    }
}

static int parse_check(struct parse *p, const struct check *row, struct words *w) {
    if (p->message == MESSAGE_BEGUN)
        return parse_fail(p, p->line_number, 1,
                          "the message that begins on line %u is not ended: expected \"C: .\", found a check",
                          p->message_line);
    struct item *it = parse_new_item(p, ITEM_CHECK);
    if (it == NULL)
        return -1;
    it->check = row->kind;
    if (row->kind == CHECK_HINT)
        hint_words(p, w);
    if (parse_canonical(p, it, "! ", w) != 0)
        return -1;
    return row->parse(p, it, w);
}

int parse_check_line(struct parse *p) {
    static const char what[] =
        "a check (exit stderr never rcpts message mime part header forbid allow no-connection hint:)";
    struct words w;
    if (parse_words(p, 1, &w) != 0)
        return -1;
    if (w.count == 0)
        return parse_expected(p, p->len, what);
    for (size_t i = 0; i < CHECKS; i++)
        if (word_is(p, &w.list[0], checks[i].name))
            return parse_check(p, &checks[i], &w);
    return parse_unknown(p, w.list[0].at, w.list[0].len, what, check_at);
}
