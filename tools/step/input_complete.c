/*
 * Completion: what the caller's hook offers, through readline's own machinery,
 * so that the keys of ~/.inputrc (menu-complete ...) work. See input_internal.h.
 *
 * Readline splits the line at spaces here and nowhere else ("FROM:<a" is one
 * word to it), while the hook says itself where its words begin. So each word is made
 * to begin where readline's does.
 */
#include "input_internal.h"

#include "../../lib/display.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <readline/readline.h>

#define WORDS_MAX 65536

/* The words of one completion; readline's generator takes no argument, so they are here. */
static struct {
    struct buf words; /* each with LF, as readline is to see them */
    size_t next;
} offer;

static bool fits(const char *line, size_t from, const char *word, size_t n) {
    size_t typed = (size_t)rl_point > from ? (size_t)rl_point - from : 0;

    return n >= typed && strncasecmp(word, line + from, typed) == 0;
}

static void add_word(const char *line, size_t from, size_t start, const char *word, size_t n) {
    /* It may come from the server. */
    if (n == 0 || !fits(line, from, word, n) || !display_harmless(word, n, input_current->utf8))
        return;
    if (from >= start) {
        buf_addf(&offer.words, "%.*s%.*s\n", (int)(from - start), line + start, (int)n, word);
        return;
    }
    /* The word began before readline's: what stands already goes. */
    if (n > start - from)
        buf_addf(&offer.words, "%.*s\n", (int)(n - (start - from)), word + (start - from));
}

static void collect(size_t start) {
    struct input *in = input_current;
    struct buf words;
    size_t from = start, n;

    buf_init(&words, WORDS_MAX);
    in->hooks.complete(in->hooks.arg, rl_line_buffer, (size_t)rl_point, &from, &words);
    for (const char *word = words.data; *word != '\0'; word += n + (word[n] == '\n')) {
        n = strcspn(word, "\n");
        add_word(rl_line_buffer, from, start, word, n);
    }
    buf_free(&words);
}

static char *next_word(const char *text, int state) {
    const char *word = offer.words.data + offer.next;
    size_t n = strcspn(word, "\n");
    char *copy;

    (void)text;
    (void)state;
    if (n == 0)
        return NULL;
    offer.next += n + 1;
    rl_completion_suppress_append = strchr(":=<", word[n - 1]) != NULL;
    copy = malloc(n + 1); /* readline frees it */
    if (copy != NULL) {
        memcpy(copy, word, n);
        copy[n] = '\0';
    }
    return copy;
}

static char **complete(const char *text, int start, int end) {
    char **matches;

    (void)end;
    rl_attempted_completion_over = 1; /* never file names of readline's own */
    if (input_current->hooks.complete == NULL)
        return NULL;
    buf_init(&offer.words, 2 * WORDS_MAX);
    offer.next = 0;
    collect((size_t)start);
    matches = rl_completion_matches(text, next_word);
    buf_free(&offer.words);
    return matches;
}

void input_complete_open(void) {
    rl_attempted_completion_function = complete;
    rl_completer_word_break_characters = " ";
    rl_sort_completion_matches = 0; /* the caller's order means something */
    /* One TAB shows what may come: who does not know SMTP does not know that a second would. ~/.inputrc may say otherwise. */
    rl_variable_bind("show-all-if-ambiguous", "on");
}
