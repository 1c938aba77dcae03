#include "nearest.h"

#include <string.h>

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/*
 * How many letters must be put in, taken out or changed to make a into b
 * (Levenshtein's distance): row i holds the answer for the first i letters of
 * a against every beginning of b, so two rows are all the memory it takes.
 */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len) {
    size_t above[NEAREST_WORD_MAX + 1], row[NEAREST_WORD_MAX + 1];
    for (size_t j = 0; j <= b_len; j++)
        above[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t changed = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(changed, 1 + least(above[j], row[j - 1]));
        }
        memcpy(above, row, (b_len + 1) * sizeof *row);
    }
    return above[b_len];
}

const char *nearest_word(const char *typed, size_t n, nearest_word_fn *word_at, const void *from) {
    const char *best = NULL;
    size_t best_distance = 3;
    for (size_t i = 0; n <= NEAREST_WORD_MAX && word_at(from, i) != NULL; i++) {
        const char *word = word_at(from, i);
        size_t len = strlen(word);
        size_t d = len <= NEAREST_WORD_MAX ? distance(typed, n, word, len) : best_distance;
        if (d < best_distance && d < n && d < len) {
            best = word;
            best_distance = d;
        }
    }
    return best;
}
