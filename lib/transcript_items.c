/* The conversation of a transcript: the marks S: S> C: C? C= @ ! # and what may follow each. */
#include "encode.h"
#include "transcript_internal.h"
#include "verb.h"

#include <stdlib.h>
#include <string.h>

/* --- pieces of a line, for all item parsers --- */

int parse_template(struct parse *p, struct template *t, size_t at, size_t len, bool escapes) {
    struct err why = {.kind = ERR_NONE};
    size_t wrong = 0;
    if (template_parse(t, p->line + at, len, escapes, &wrong, &why) != 0)
        return parse_fail(p, p->line_number, at + wrong + 1, "%s", why.text);
    for (size_t i = 0; i < t->count; i++)
        p->bytes += t->fields[i].len;
    if (p->bytes > TRANSCRIPT_BYTES_MAX)
        return parse_fail(p, p->line_number, at + 1,
                          "expected at most %lu bytes in all, \\*N(...) written out", TRANSCRIPT_BYTES_MAX);
    return 0;
}

/* Keep the line from `at` as the item's text, and as a template. */
static int take_text(struct parse *p, struct item *it, size_t at, bool escapes) {
    it->column = (unsigned)at + 1;
    it->len = p->len - at;
    it->text = parse_copy(p->line + at, it->len);
    if (it->text == NULL)
        return parse_no_memory(p);
    return parse_template(p, &it->fields, at, it->len, escapes);
}

/* "S:" [SP text]: one space belongs to the mark, all others to the text. */
static size_t text_start(const struct parse *p) {
    return p->len > 2 && p->line[2] == ' ' ? 3 : 2;
}

/* --- server lines --- */

/* 354 after DATA: the client's turn to send the message. */
static void after_server(struct parse *p, const struct item *it) {
    const struct field *first = it->fields.count > 0 ? &it->fields.fields[0] : NULL;
    bool go_ahead =
        first && first->kind == FIELD_TEXT && first->len >= 3 && memcmp(first->text, "354", 3) == 0;
    p->spoken = true;
    if (go_ahead && p->after_data)
        p->message = MESSAGE_DUE;
}

static int server_item(struct parse *p, struct item *it, size_t at, bool escapes) {
    if (p->message == MESSAGE_BEGUN)
        return parse_fail(
            p, p->line_number, 1,
            "the message that begins on line %u is not ended: expected \"C: .\", found a server "
            "line",
            p->message_line);
    if (take_text(p, it, at, escapes) != 0 || names_no_message(p, &it->fields, it->line, it->column) != 0 ||
        names_check(p, &it->fields, it->line, it->column) != 0)
        return -1;
    after_server(p, it);
    return 0;
}

static int parse_server(struct parse *p, struct item *it) {
    return server_item(p, it, text_start(p), false);
}

static int parse_server_raw(struct parse *p, struct item *it) {
    if (text_start(p) == p->len)
        return parse_expected(p, p->len, "the bytes to send (\\r\\n is the end of a line)");
    return server_item(p, it, text_start(p), true);
}

/* --- client lines --- */

/* The last command was DATA? C= lines end in an escape, so only the verb counts. */
static bool is_data(const struct item *it) {
    struct command c;
    size_t n = strcspn(it->text, "\\");
    verb_parse(it->text, n < it->len ? n : it->len, &c);
    return c.verb == VERB_DATA;
}

static int message_line(struct parse *p, struct item *it) {
    if (p->message == MESSAGE_DUE)
        p->message_line = it->line, p->any_line = p->whole_message = false;
    p->message = MESSAGE_BEGUN;
    if (!it->exact && it->len == 1 && it->text[0] == '.') {
        it->kind = ITEM_MESSAGE_END;
        p->message = MESSAGE_NONE;
        p->after_data = false;
        return 0;
    }
    bool whole = template_has(&it->fields, FIELD_MESSAGE);
    if ((whole && (it->fields.count != 1 || p->any_line)) || p->whole_message)
        return parse_fail(p, it->line, it->column,
                          "expected {message} as the only line of its message, before \"C: .\"");
    it->kind = ITEM_MESSAGE_LINE;
    p->any_line = true;
    p->whole_message = whole;
    return 0;
}

static int client_item(struct parse *p, struct item *it, size_t at, bool escapes) {
    if (take_text(p, it, at, escapes) != 0)
        return -1;
    p->spoken = true;
    it->exact = it->kind == ITEM_CLIENT_EXACT && p->message != MESSAGE_NONE;
    if (p->message != MESSAGE_NONE)
        return message_line(p, it);
    p->after_data = is_data(it);
    if (names_no_message(p, &it->fields, it->line, it->column) != 0)
        return -1;
    return names_bind(p, &it->fields, it->line, it->column);
}

static int parse_client(struct parse *p, struct item *it) {
    return client_item(p, it, text_start(p), false);
}

static int parse_client_optional(struct parse *p, struct item *it) {
    if (p->message != MESSAGE_NONE)
        return parse_expected(p, 0, "\"C:\" (no line of a message is optional)");
    it->optional = true;
    return client_item(p, it, text_start(p), false);
}

static int parse_client_exact(struct parse *p, struct item *it) {
    if (text_start(p) == p->len)
        return parse_expected(p, p->len, "the bytes asked for (\\r\\n is the end of a line)");
    return client_item(p, it, text_start(p), true);
}

/* --- the rest --- */

static int parse_comment(struct parse *p, struct item *it) {
    it->column = 2;
    it->len = p->len - 1;
    it->text = parse_copy(p->line + 1, it->len);
    return it->text ? 0 : parse_no_memory(p);
}

static int parse_blank_line(struct parse *p, struct item *it) {
    it->text = parse_copy("", 0);
    return it->text ? 0 : parse_no_memory(p);
}

static const struct mark {
    const char *mark;
    enum item_kind kind;
    int (*parse)(struct parse *p, struct item *it);
} marks[] = {
    {"S:", ITEM_SERVER, parse_server},
    {"S>", ITEM_SERVER_RAW, parse_server_raw},
    {"C:", ITEM_CLIENT, parse_client},
    {"C?", ITEM_CLIENT, parse_client_optional},
    {"C=", ITEM_CLIENT_EXACT, parse_client_exact},
    {"#", ITEM_COMMENT, parse_comment},
};

static int wrong_start(struct parse *p) {
    size_t spaces = 0;
    while (spaces < p->len && (p->line[spaces] == ' ' || p->line[spaces] == '\t'))
        spaces++;
    if (spaces > 0)
        return parse_fail(p, p->line_number, 1,
                          "expected a line that starts at the margin, found white space");
    return parse_expected(p, 0, "a line that starts with S: S> C: C? C= @ ! or #");
}

static int parse_marked(struct parse *p, const struct mark *m) {
    struct item *it = parse_new_item(p, m->kind);
    return it ? m->parse(p, it) : -1;
}

int parse_item(struct parse *p) {
    static const struct mark blank = {"", ITEM_BLANK, parse_blank_line};
    if (parse_blank(p))
        return parse_marked(p, &blank);
    if (p->line[0] == '@')
        return parse_at_line(p);
    if (p->line[0] == '!')
        return parse_check_line(p);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t n = strlen(marks[i].mark);
        if (p->len >= n && memcmp(p->line, marks[i].mark, n) == 0)
            return parse_marked(p, &marks[i]);
    }
    return wrong_start(p);
}
