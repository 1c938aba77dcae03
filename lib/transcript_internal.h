/*
 * transcript_internal - what the files of the transcript parser share; for
 * nobody else. The parser goes line by line: transcript.c feeds it,
 * transcript_header.c takes the keys, transcript_items.c the marks S: C: and
 * so on, transcript_words.c the @words, transcript_checks.c the ! checks,
 * transcript_names.c says whether a {name} can be known.
 *
 * Each parse_ function returns 0, or -1 with *p->e set.
 */
#ifndef SMTPLAB_TRANSCRIPT_INTERNAL_H
#define SMTPLAB_TRANSCRIPT_INTERNAL_H

#include "nearest.h"
#include "transcript.h"

/* Between a 354 and the final dot the C: lines are a message. */
enum message_state { MESSAGE_NONE, MESSAGE_DUE, MESSAGE_BEGUN };

struct parse {
    struct transcript *t;
    struct err *e;

    const char *text; /* the whole file */
    size_t n;
    size_t pos;           /* of the next line in it */
    const char *line;     /* the line in hand, without its line end */
    size_t len;           /* of the line */
    unsigned line_number; /* from 1 */

    size_t item_room; /* items allocated */
    size_t bytes;     /* fixed text so far (TRANSCRIPT_BYTES_MAX) */

    size_t open[TRANSCRIPT_DEPTH_MAX]; /* items of the blocks that are open, outermost first */
    size_t depth;

    bool key_seen[KEY_COUNT];
    unsigned key_line[KEY_COUNT];
    unsigned key_column[KEY_COUNT];

    enum message_state message;
    unsigned message_line; /* where it began */
    bool whole_message;    /* a {message} was its line */
    bool any_line;         /* it has had a line */
    bool after_data;       /* the last client command was DATA */
    bool spoken;           /* an S: or C: line was seen */
    bool stdin_seen;
    long connection; /* @connection in force */

    size_t name_count; /* names that have a value by now */
    char names[BINDINGS_MAX][FIELD_NAME_MAX + 1];
};

/* The words of an @ or ! line: words[0] is the one behind the mark. `at`: offset in the line. */
struct words {
    size_t count;
    struct word {
        size_t at;
        size_t len;
    } list[TRANSCRIPT_WORDS_MAX];
};

/* --- errors (transcript.c) --- */

/* "file:line:column: ...". column from 1. */
int parse_fail(struct parse *p, unsigned line, size_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "file:line:column: expected <what>, found <the word at `at` of the line in hand>". */
int parse_expected(struct parse *p, size_t at, const char *what);

/* The same, with `did you mean "..."?` when one of the words is near. */
int parse_unknown(struct parse *p, size_t at, size_t len, const char *what, nearest_word_fn *word_at);

int parse_no_memory(struct parse *p);

/* --- lines (transcript.c) --- */

/* The next line into p->line. 1: there is one; 0: the file is at its end; -1. */
int parse_next_line(struct parse *p);
bool parse_blank(const struct parse *p);

/* n bytes as a string of our own. NULL: memory. */
char *parse_copy(const char *text, size_t n);

/* --- pieces of a line --- */

/* Text of the line in hand from `at` to its end into a template. */
int parse_template(struct parse *p, struct template *t, size_t at, size_t len, bool escapes);

/* Cut the line behind its mark into words; quotes keep spaces together. */
int parse_words(struct parse *p, size_t from, struct words *w);
bool word_is(const struct parse *p, const struct word *w, const char *literal);
int parse_number(struct parse *p, size_t at, size_t len, long min, long max, long *out);
int parse_rule(struct parse *p, size_t at, size_t len, enum rule *out);

/* Word i must be there. */
int parse_need(struct parse *p, const struct words *w, size_t i, const char *what);

/* No word may follow word `last`. */
int parse_end(struct parse *p, const struct words *w, size_t last);

/* mark ("@" or "! ") and the words with one space between: the canonical line. */
int parse_canonical(struct parse *p, struct item *it, const char *mark, const struct words *w);

/* --- parts of the file --- */

int parse_header(struct parse *p);
int parse_item(struct parse *p);
int parse_at_line(struct parse *p);
int parse_check_line(struct parse *p);

/* The message in hand, if there is one, will have no end. */
void parse_cut_message(struct parse *p);

/* The name of a key as the file writes it. */
const char *transcript_key_name(enum transcript_key key);

/* What a row of the @words needs to parse its line; w->list[0] is the @word itself. */
typedef int parse_word_fn(struct parse *p, struct item *it, const struct words *w);

/* The @words that span lines (transcript_blocks.c). */
parse_word_fn parse_block, parse_repeat, parse_or, parse_block_end, parse_connection, parse_stdin_block,
    parse_file_block;

/* Append an item for the line in hand; valid until the next one. NULL: too many, or memory. */
struct item *parse_new_item(struct parse *p, enum item_kind kind);

/* --- names (transcript_names.c) --- */

int names_begin(struct parse *p);
int names_add(struct parse *p, const char *name, unsigned line, size_t column);

/* Every name of t (a C: line's) has a value from here on. */
int names_bind(struct parse *p, const struct template *t, unsigned line, size_t column);

/* Does every name of t have a value? line, column: of the first byte of the text that t was parsed from. */
int names_check(struct parse *p, const struct template *t, unsigned line, size_t column);

/* {message} only where it makes sense. */
int names_no_message(struct parse *p, const struct template *t, unsigned line, size_t column);

#endif
