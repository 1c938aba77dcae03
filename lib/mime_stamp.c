/* Date and Message-ID (RFC 5322 3.3, 3.6.4). */
#include "mime_internal.h"

#include <string.h>

/* A shape: 'A' one of the names behind it, '9' digits, all else itself. Each returns how much it took, 0: it does not fit. */
static size_t one_of(const char *text, size_t n, const char *names) {
    for (; *names; names += 3)
        if (n >= 3 && memcmp(text, names, 3) == 0)
            return 3;
    return 0;
}

static size_t digits(const char *text, size_t n, size_t min, size_t max, int *value) {
    size_t i = 0;
    *value = 0;
    for (; i < n && i < max && text[i] >= '0' && text[i] <= '9'; i++)
        *value = *value * 10 + (text[i] - '0');
    return i >= min ? i : 0;
}

static bool literal(const char **text, size_t *n, char c) {
    if (*n == 0 || **text != c)
        return false;
    ++*text;
    --*n;
    return true;
}

static bool number(const char **text, size_t *n, size_t min, size_t max, int least, int most) {
    int value;
    size_t taken = digits(*text, *n, min, max, &value);
    *text += taken;
    *n -= taken;
    return taken > 0 && value >= least && value <= most;
}

static bool name(const char **text, size_t *n, const char *names) {
    size_t taken = one_of(*text, *n, names);
    *text += taken;
    *n -= taken;
    return taken > 0;
}

static bool is_day(const char **text, size_t *n) {
    return number(text, n, 1, 2, 1, 31) && literal(text, n, ' ') &&
           name(text, n, "JanFebMarAprMayJunJulAugSepOctNovDec") && literal(text, n, ' ') &&
           number(text, n, 4, 4, 1900, 9999) && literal(text, n, ' ');
}

static bool is_time(const char **text, size_t *n) {
    if (!number(text, n, 2, 2, 0, 23) || !literal(text, n, ':') || !number(text, n, 2, 2, 0, 59))
        return false;
    return !literal(text, n, ':') || number(text, n, 2, 2, 0, 60); /* 60: a leap second */
}

bool mime_is_date(const char *text, size_t n) {
    if (n > 3 && text[3] == ',' &&
        (!name(&text, &n, "MonTueWedThuFriSatSun") || !literal(&text, &n, ',') || !literal(&text, &n, ' ')))
        return false;
    if (!is_day(&text, &n) || !is_time(&text, &n) || !literal(&text, &n, ' ') ||
        !(literal(&text, &n, '+') || literal(&text, &n, '-')) || !number(&text, &n, 4, 4, 0, 9959))
        return false;
    return n == 0 || *text == ' '; /* a comment may follow: (CET) */
}

/* A byte of a dot-atom (RFC 5322 3.2.3). */
static bool in_atom(char c) {
    return c > ' ' && c < 127 && strchr("()<>[]:;@\\,\"", c) == NULL;
}

static bool is_dot_atom(const char *text, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!in_atom(text[i]) || (text[i] == '.' && (i == 0 || i + 1 == n || text[i + 1] == '.')))
            return false;
    return n > 0;
}

static bool is_literal(const char *text, size_t n) {
    return n > 2 && text[0] == '[' && text[n - 1] == ']' && !memchr(text, ' ', n);
}

bool mime_is_message_id(const char *text, size_t n) {
    const char *at = n > 2 && text[0] == '<' && text[n - 1] == '>' ? memchr(text, '@', n) : NULL;
    if (at == NULL)
        return false;
    size_t left = (size_t)(at - text) - 1, right = n - left - 3;
    return is_dot_atom(text + 1, left) && (is_dot_atom(at + 1, right) || is_literal(at + 1, right));
}
