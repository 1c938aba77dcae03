/* The @words that span lines: blocks of items with their @end, raw blocks, @connection. */
#include "transcript_internal.h"

#include <string.h>

/* --- blocks --- */

static size_t this_item(const struct parse *p) {
    return p->t->item_count - 1;
}

int parse_block(struct parse *p, struct item *it, const struct words *w) {
    (void)it;
    if (p->depth == TRANSCRIPT_DEPTH_MAX)
        return parse_expected(p, 0, "at most 8 blocks in one another");
    p->open[p->depth++] = this_item(p);
    return parse_end(p, w, 0);
}

int parse_repeat(struct parse *p, struct item *it, const struct words *w) {
    if (parse_need(p, w, 1, "MIN and MAX") != 0 || parse_need(p, w, 2, "MAX") != 0)
        return -1;
    const struct word *min = &w->list[1], *max = &w->list[2];
    if (parse_number(p, min->at, min->len, 0, TRANSCRIPT_REPEAT_MAX, &it->number) != 0 ||
        parse_number(p, max->at, max->len, it->number > 0 ? it->number : 1, TRANSCRIPT_REPEAT_MAX,
                     &it->number_max) != 0 ||
        parse_end(p, w, 2) != 0)
        return -1;
    return parse_block(p, it, &(struct words){.count = 1});
}

/* The innermost block ends here: its first line, or its last @or, points to this one. */
static struct item *innermost(struct parse *p) {
    return p->depth > 0 ? &p->t->items[p->open[p->depth - 1]] : NULL;
}

int parse_or(struct parse *p, struct item *it, const struct words *w) {
    (void)it;
    struct item *block = innermost(p);
    if (block == NULL || (block->kind != ITEM_CHOICE && block->kind != ITEM_OR))
        return parse_expected(p, 0, "@or only inside @choice");
    block->end = this_item(p);
    p->open[p->depth - 1] = this_item(p);
    return parse_end(p, w, 0);
}

int parse_block_end(struct parse *p, struct item *it, const struct words *w) {
    (void)it;
    struct item *block = innermost(p);
    if (block == NULL)
        return parse_expected(p, 0, "@end only where a block is open");
    if (block->kind == ITEM_CHOICE)
        return parse_expected(p, 0, "@or: a @choice has at least two ways");
    block->end = this_item(p);
    p->depth--;
    return parse_end(p, w, 0);
}

int parse_connection(struct parse *p, struct item *it, const struct words *w) {
    if (parse_need(p, w, 1, "the number of the connection") != 0)
        return -1;
    const struct word *n = &w->list[1];
    if (p->depth > 0)
        return parse_expected(p, 0, "@connection outside of every block");
    long first = p->spoken || p->connection > 1 ? p->connection + 1 : 1;
    if (parse_number(p, n->at, n->len, 1, TRANSCRIPT_CONNECTIONS_MAX, &it->number) != 0)
        return -1;
    if (it->number != first)
        return parse_fail(p, p->line_number, n->at + 1, "expected connection %ld, found %ld", first,
                          it->number);
    p->connection = it->number;
    p->spoken = true;
    return parse_end(p, w, 1);
}

/* --- raw blocks: lines as they are, to the @end --- */

static int raw_line(struct parse *p, struct buf *text) {
    size_t at = p->line[0] == '@' && p->len > 0 ? 1 : 0;
    if (at == 1 && (p->len < 2 || p->line[1] != '@'))
        return parse_expected(p, 0, "@end, or @@ for a line that starts with @");
    struct template fields = {0};
    int r = parse_template(p, &fields, at, p->len - at, false);
    if (r == 0)
        r = names_no_message(p, &fields, p->line_number, at + 1);
    if (r == 0)
        r = names_check(p, &fields, p->line_number, at + 1);
    template_free(&fields);
    if (r == 0 && (buf_add(text, p->line + at, p->len - at) != 0 || buf_add_char(text, '\n') != 0))
        r = parse_no_memory(p);
    return r;
}

static bool is_end(const struct parse *p) {
    size_t n = p->len;
    while (n > 0 && (p->line[n - 1] == ' ' || p->line[n - 1] == '\t'))
        n--;
    return n == 4 && memcmp(p->line, "@end", 4) == 0;
}

static int raw_lines(struct parse *p, const struct item *it, struct buf *text) {
    for (;;) {
        int more = parse_next_line(p);
        if (more == 0)
            return parse_fail(p, p->line_number, p->len + 1,
                              "expected @end for the block of line %u, found the end of the file", it->line);
        if (more == -1)
            return -1;
        if (is_end(p))
            return 0;
        if (raw_line(p, text) != 0)
            return -1;
    }
}

static int raw_block(struct parse *p, struct item *it) {
    struct buf text;
    buf_init(&text, TRANSCRIPT_FILE_MAX);
    int r = raw_lines(p, it, &text);
    if (r == 0) {
        it->len = text.len;
        it->text = buf_steal(&text);
        r = it->text ? 0 : parse_no_memory(p);
    }
    buf_free(&text);
    struct err why = {.kind = ERR_NONE};
    if (r == 0 && template_parse(&it->fields, it->text, it->len, it->escaped, NULL, &why) != 0)
        r = parse_fail(p, it->line, 1, "%s", why.text);
    return r;
}

int parse_stdin_block(struct parse *p, struct item *it, const struct words *w) {
    if (parse_end(p, w, 0) != 0)
        return -1;
    if (p->spoken)
        return parse_expected(p, 0, "@stdin only before the first S: line");
    if (p->stdin_seen || p->depth > 0)
        return parse_expected(p, 0, "@stdin once, outside of every block");
    p->stdin_seen = true;
    return raw_block(p, it);
}

/* Letters beyond ASCII too, for a client must send such a name along, but nothing that means something to a shell. A space only in "quotes". */
static bool plain_file_name(const char *s, size_t n) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t i = 0;
    while (i < n && ((unsigned char)s[i] > 127 || (i > 0 && s[i] == ' ') || strchr(letters, s[i])))
        i++;
    return n > 0 && n < 256 && s[0] != '.' && s[0] != '-' && i == n;
}

/* Who may read the file: a client of lab 7 refuses a password that is not its owner's alone. */
static const struct {
    const char *word;
    unsigned mode;
} modes[] = {{"for-group", 0640}, {"for-all", 0644}};

static bool take_mode(struct parse *p, struct item *it, const struct word *w) {
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (!word_is(p, w, modes[i].word))
            continue;
        it->mode = modes[i].mode;
        return true;
    }
    return false;
}

static int parse_file_option(struct parse *p, struct item *it, const struct word *w) {
    if (word_is(p, w, "no-eol")) {
        it->no_eol = true;
        return 0;
    }
    if (take_mode(p, it, w))
        return 0;
    if (word_is(p, w, "escaped")) {
        it->escaped = true;
        return 0;
    }
    if (p->line[w->at] != 'x')
        return parse_expected(p, w->at, "xN, no-eol, for-group, for-all or escaped");
    return parse_number(p, w->at + 1, w->len - 1, 1, TRANSCRIPT_COPIES_MAX, &it->number);
}

int parse_file_block(struct parse *p, struct item *it, const struct words *w) {
    if (parse_need(p, w, 1, "the name of the file") != 0 || parse_end(p, w, 5) != 0)
        return -1;
    if (p->depth > 0)
        return parse_expected(p, 0, "@file outside of every block");
    const struct word *word = &w->list[1], *name = &(struct word){word->at + 1, word->len - 2};
    if (word->len < 2 || p->line[word->at] != '"' || p->line[word->at + word->len - 1] != '"')
        name = word;
    it->name = parse_copy(p->line + name->at, name->len);
    if (it->name == NULL)
        return parse_no_memory(p);
    if (!plain_file_name(it->name, name->len))
        return parse_expected(p, name->at, "a plain file name (it is made in {tmp})");
    it->number = 1;
    it->mode = 0600;
    for (size_t i = 2; i < w->count; i++)
        if (parse_file_option(p, it, &w->list[i]) != 0)
            return -1;
    return raw_block(p, it);
}
