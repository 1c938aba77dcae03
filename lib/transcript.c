/* Transcripts: reading a file, line by line; errors; free. The map of the other files is in transcript_internal.h. */
#include "transcript.h"

#include "encode.h"
#include "transcript_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const transcript_certs[] = {"good",       "expired", "self-signed", "wrong-host",
                                        "unknown-ca", "cn-only", NULL};

/* --- errors --- */

int parse_fail(struct parse *p, unsigned line, size_t column, const char *format, ...) {
    char words[ERR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(words, sizeof words, format, args);
    va_end(args);
    return err_set(p->e, ERR_INPUT, "%.120s:%u:%zu: %s", p->t->name, line, column, words);
}

/* The word at an offset of the line, made fit for a terminal. */
static void found_word(const struct parse *p, size_t at, struct buf *out) {
    size_t n = 0;
    while (at + n < p->len && n < 30 && (n == 0 || p->line[at + n] != ' '))
        n++;
    (void)encode_escaped(out, p->line + at, n);
}

int parse_expected(struct parse *p, size_t at, const char *what) {
    if (at >= p->len)
        return parse_fail(p, p->line_number, p->len + 1, "expected %s, found the end of the line", what);
    struct buf found;
    buf_init(&found, 256);
    found_word(p, at, &found);
    int r = parse_fail(p, p->line_number, at + 1, "expected %s, found \"%s\"", what, found.data);
    buf_free(&found);
    return r;
}

int parse_unknown(struct parse *p, size_t at, size_t len, const char *what, nearest_word_fn *word_at) {
    const char *meant = nearest_word(p->line + at, len, word_at, NULL);
    if (meant == NULL)
        return parse_expected(p, at, what);
    struct buf found;
    buf_init(&found, 256);
    found_word(p, at, &found);
    int r = parse_fail(p, p->line_number, at + 1, "expected %s, found \"%s\": did you mean \"%s\"?", what,
                       found.data, meant);
    buf_free(&found);
    return r;
}

int parse_no_memory(struct parse *p) {
    return err_set(p->e, ERR_SYSTEM, "%s: out of memory", p->t->name);
}

/* --- lines --- */

static int check_bytes(struct parse *p) {
    for (size_t i = 0; i < p->len; i++) {
        if (p->line[i] == '\0')
            return parse_fail(p, p->line_number, i + 1,
                              "expected text, found a NUL byte: write \\0 in an S> or C= line");
        if (p->line[i] == '\r')
            return parse_fail(p, p->line_number, i + 1,
                              "expected text, found a carriage return: write \\r in an S> or C= line");
    }
    return 1;
}

int parse_next_line(struct parse *p) {
    if (p->pos >= p->n)
        return 0;
    const char *start = p->text + p->pos;
    const char *end = memchr(start, '\n', p->n - p->pos);
    size_t len = end ? (size_t)(end - start) : p->n - p->pos;
    p->pos += len + (end != NULL);
    if (len > 0 && start[len - 1] == '\r')
        len--;
    p->line = start;
    p->len = len;
    p->line_number++;
    return check_bytes(p);
}

bool parse_blank(const struct parse *p) {
    for (size_t i = 0; i < p->len; i++)
        if (p->line[i] != ' ' && p->line[i] != '\t')
            return false;
    return true;
}

char *parse_copy(const char *text, size_t n) {
    char *copy = malloc(n + 1);
    if (copy == NULL)
        return NULL;
    if (n > 0)
        memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

/* --- the whole file --- */

struct item *parse_new_item(struct parse *p, enum item_kind kind) {
    struct transcript *t = p->t;
    if (t->item_count == TRANSCRIPT_ITEMS_MAX) {
        (void)parse_fail(p, p->line_number, 1, "expected at most %d lines", TRANSCRIPT_ITEMS_MAX);
        return NULL;
    }
    if (t->item_count == p->item_room) {
        size_t room = p->item_room ? 2 * p->item_room : 64;
        struct item *grown = realloc(t->items, room * sizeof *grown);
        if (grown == NULL) {
            (void)parse_no_memory(p);
            return NULL;
        }
        t->items = grown;
        p->item_room = room;
    }
    struct item *it = &t->items[t->item_count++];
    *it = (struct item){.kind = kind, .line = p->line_number, .column = 1};
    return it;
}

/* C?: it reaches to the last S: line before the next line of another kind. */
static size_t optional_end(const struct transcript *t, size_t i) {
    size_t end = i + 1;
    for (size_t j = i + 1; j < t->item_count; j++) {
        enum item_kind k = t->items[j].kind;
        if (k == ITEM_SERVER || k == ITEM_SERVER_RAW)
            end = j + 1;
        else if (k != ITEM_BLANK && k != ITEM_COMMENT && k != ITEM_WAIT && k != ITEM_WRITE &&
                 k != ITEM_HOLD && k != ITEM_GAP)
            break;
    }
    return end;
}

/* The recorder died, or one side left: what was said so far is a transcript all the same. */
void parse_cut_message(struct parse *p) {
    if (p->message == MESSAGE_BEGUN && p->t->unfinished_line == 0)
        p->t->unfinished_line = p->message_line;
    p->message = MESSAGE_NONE;
    p->after_data = false;
}

/* What can be said only when every line was read. */
static int finish(struct parse *p) {
    const struct transcript *t = p->t;
    parse_cut_message(p);
    if (p->depth > 0)
        return parse_fail(p, p->line_number, p->len + 1,
                          "expected @end for the block of line %u, found the end of the file",
                          t->items[p->open[p->depth - 1]].line);
    for (size_t i = 0; i < t->item_count; i++) {
        struct item *it = &t->items[i];
        if (it->optional)
            it->end = optional_end(t, i);
        if (it->kind == ITEM_CHECK && names_check(p, &it->fields, it->line, it->column) != 0)
            return -1;
    }
    return 0;
}

static int parse_file(struct parse *p) {
    if (names_begin(p) != 0 || parse_header(p) != 0)
        return -1;
    int more;
    while ((more = parse_next_line(p)) == 1)
        if (parse_item(p) != 0)
            return -1;
    return more == 0 ? finish(p) : -1;
}

struct transcript *transcript_parse(const char *text, size_t n, const char *name, struct err *e) {
    struct transcript *t = calloc(1, sizeof *t);
    struct parse *p = calloc(1, sizeof *p);
    int r = -1;
    if (t)
        t->name = parse_copy(name, strlen(name));
    if (p == NULL || t == NULL || t->name == NULL)
        r = err_set(e, ERR_SYSTEM, "%s: out of memory", name);
    else if (n > TRANSCRIPT_FILE_MAX)
        r = err_set(e, ERR_INPUT, "%s: expected at most %lu bytes, found %zu", name, TRANSCRIPT_FILE_MAX, n);
    else {
        *p = (struct parse){.t = t, .e = e, .text = text, .n = n, .connection = 1};
        r = parse_file(p);
    }
    free(p);
    if (r == 0)
        return t;
    transcript_free(t);
    return NULL;
}

/* One byte more than the limit is enough to know that it is passed. */
static int read_file(const char *path, struct buf *out, struct err *e) {
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return err_errno(e, ERR_FILE, "cannot open %s", path);
    char piece[4096];
    size_t n;
    int r = 0;
    errno = 0;
    while (r == 0 && out->len <= TRANSCRIPT_FILE_MAX && (n = fread(piece, 1, sizeof piece, file)) > 0)
        r = buf_add(out, piece, n);
    if (r != 0)
        r = err_set(e, ERR_SYSTEM, "%s: out of memory", path);
    else if (ferror(file))
        r = err_errno(e, ERR_FILE, "cannot read %s", path);
    (void)fclose(file);
    return r;
}

struct transcript *transcript_load(const char *path, struct err *e) {
    struct buf text;
    struct transcript *t = NULL;
    buf_init(&text, TRANSCRIPT_FILE_MAX + 8192);
    if (read_file(path, &text, e) == 0)
        t = transcript_parse(text.data, text.len, path, e);
    buf_free(&text);
    return t;
}

void transcript_free(struct transcript *t) {
    if (t == NULL)
        return;
    for (size_t i = 0; i < KEY_COUNT; i++)
        free(t->keys[i]);
    for (size_t i = 0; i < t->setting_count; i++) {
        template_free(&t->settings[i].value);
        free(t->settings[i].text);
    }
    for (size_t i = 0; i < t->item_count; i++) {
        template_free(&t->items[i].fields);
        free(t->items[i].text);
        free(t->items[i].name);
    }
    template_free(&t->run);
    template_free(&t->unexpected);
    free(t->settings);
    free(t->items);
    free(t->name);
    free(t);
}
