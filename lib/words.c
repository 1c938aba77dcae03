/* transcript_words(): the run: line cut as a shell would, without anything else a shell does. */
#include "encode.h"
#include "transcript.h"

#include <stdlib.h>
#include <string.h>

struct cutter {
    const char *pos;
    char **words;
    size_t count;
    struct err *e;
};

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n';
}

/* $'...': the escapes of S> hold in it, so that a word can have a line break. There is none with a NUL: an argument of a program ends there. */
static int take_escaped(struct cutter *c, struct buf *word) {
    const char *text = c->pos + 1; /* behind the quote */
    const char *end = strchr(text, '\'');
    size_t before = word->len;
    if (end == NULL)
        return err_set(c->e, ERR_INPUT, "expected a ' that closes the quotes in run:");
    if (decode_escaped(word, text, (size_t)(end - text), NULL) == -1 ||
        strlen(word->data + before) < word->len - before)
        return err_set(c->e, ERR_INPUT, "expected the escapes of S> in $'...' of run:, and no NUL");
    c->pos = end + 1;
    return 0;
}

/* One more character of the word; *quote is the quote that is open, 0 outside. -1: a backslash with nothing behind. */
static int take_char(struct cutter *c, struct buf *word, char *quote) {
    char now = *c->pos++;
    if (*quote == 0 && now == '$' && *c->pos == '\'')
        return take_escaped(c, word);
    if (*quote == 0 && (now == '\'' || now == '"')) {
        *quote = now;
        return 0;
    }
    if (*quote != 0 && now == *quote) {
        *quote = 0;
        return 0;
    }
    if (now == '\\' && *quote != '\'') {
        if (*c->pos == '\0')
            return err_set(c->e, ERR_INPUT, "expected a character behind the \\ at the end of run:");
        now = *c->pos++;
    }
    return buf_add_char(word, now) == 0 ? 0 : err_set(c->e, ERR_LIMIT, "a word of run: is too long");
}

static int keep_word(struct cutter *c, struct buf *word) {
    char **grown = realloc(c->words, (c->count + 2) * sizeof *grown);
    if (grown != NULL)
        c->words = grown;
    char *text = grown != NULL ? buf_steal(word) : NULL;
    if (text == NULL)
        return err_set(c->e, ERR_SYSTEM, "out of memory");
    c->words[c->count++] = text;
    c->words[c->count] = NULL;
    return 0;
}

static int next_word(struct cutter *c) {
    struct buf word;
    buf_init(&word, TRANSCRIPT_FILE_MAX);
    char quote = 0;
    int r = 0;
    while (r == 0 && *c->pos != '\0' && (quote != 0 || !is_space(*c->pos)))
        r = take_char(c, &word, &quote);
    if (r == 0 && quote != 0)
        r = err_set(c->e, ERR_INPUT, "expected a %c that closes the quotes in run:", quote);
    if (r == 0)
        r = keep_word(c, &word);
    buf_free(&word);
    return r;
}

int transcript_words(const char *text, char ***out, struct err *e) {
    struct cutter c = {text, calloc(1, sizeof(char *)), 0, e};
    if (c.words == NULL)
        return err_set(e, ERR_SYSTEM, "out of memory");
    for (;;) {
        while (is_space(*c.pos))
            c.pos++;
        if (*c.pos == '\0')
            break;
        if (next_word(&c) != 0) {
            transcript_words_free(c.words);
            return -1;
        }
    }
    *out = c.words;
    return (int)c.count;
}

void transcript_words_free(char **words) {
    for (size_t i = 0; words != NULL && words[i] != NULL; i++)
        free(words[i]);
    free(words);
}
