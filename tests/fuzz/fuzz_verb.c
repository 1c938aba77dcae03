/* verb and syntax: any line is taken apart, and what is pointed at lies in it. */
#include "fuzz.h"

#include "../../lib/syntax.h"

#include <string.h>
#include <strings.h>

struct line {
    const char *text;
    size_t n;
};

static void found(void *arg, enum rule rule, size_t at) {
    const struct line *line = arg;

    (void)rule;
    CHECK(at <= line->n);
}

static void check_inside(const struct line *line, const char *start, size_t len) {
    CHECK(start >= line->text && len <= line->n && (size_t)(start - line->text) <= line->n - len);
}

static void check_command(const struct line *line, const struct command *c) {
    CHECK((int)c->verb >= 0 && c->verb <= VERB_UNKNOWN);
    check_inside(line, c->word, c->word_len);
    check_inside(line, c->args, c->args_len);
    CHECK(memchr(c->word, ' ', c->word_len) == NULL);
    if (c->verb != VERB_UNKNOWN)
        CHECK(strncasecmp(c->word, verb_info(c->verb)->name, c->word_len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    struct line line = {(const char *)data, n};
    static const struct ehlo ehlo = {1, {{"SIZE", ""}}};
    struct command c;
    const char *start;
    size_t len;

    verb_parse(line.text, n, &c);
    check_command(&line, &c);
    if (n > 0)
        syntax_bytes(line.text, n, VERB_LINE_MAX, found, &line);
    syntax_command(line.text, &c, &ehlo, found, &line);
    if (syntax_address(&c, &start, &len))
        check_inside(&line, start, len);
    if (syntax_address_meant(&c, &start, &len))
        check_inside(&line, start, len);
    return 0;
}
