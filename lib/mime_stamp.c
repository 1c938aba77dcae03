/* Date and Message-ID (RFC 5322 3.3, 3.6.4). */
#include "mime_internal.h"

#include <string.h>

/* A shape: 'A' one of the names behind it, '9' digits, all else itself. Each returns how much it took, 0: it does not fit. */
static size_t one_of(const char *text, size_t n, const char *names, int *which) {
    for (*which = 0; *names; names += 3, ++*which)
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

/* One space or more: "%e" writes two in front of a day of one digit. */
static bool spaces(const char **text, size_t *n) {
    bool there = literal(text, n, ' ');
    while (literal(text, n, ' ')) {
    }
    return there;
}

static bool number(const char **text, size_t *n, size_t min, size_t max, int least, int most, int *value) {
    size_t taken = digits(*text, *n, min, max, value);
    *text += taken;
    *n -= taken;
    return taken > 0 && *value >= least && *value <= most;
}

/* *which counts from 0. */
static bool name(const char **text, size_t *n, const char *names, int *which) {
    size_t taken = one_of(*text, *n, names, which);
    *text += taken;
    *n -= taken;
    return taken > 0;
}

struct moment {
    int weekday; /* 0 is Monday; -1: not said */
    int day, month, year, hour, minute, second;
    int zone; /* as written: 530 is 5 hours and 30 minutes */
};

static bool is_day(const char **text, size_t *n, struct moment *m) {
    return number(text, n, 1, 2, 1, 31, &m->day) && spaces(text, n) &&
           name(text, n, "JanFebMarAprMayJunJulAugSepOctNovDec", &m->month) && spaces(text, n) &&
           number(text, n, 4, 4, 1900, 9999, &m->year) && spaces(text, n);
}

static bool is_time(const char **text, size_t *n, struct moment *m) {
    if (!number(text, n, 2, 2, 0, 23, &m->hour) || !literal(text, n, ':') ||
        !number(text, n, 2, 2, 0, 59, &m->minute))
        return false;
    return !literal(text, n, ':') || number(text, n, 2, 2, 0, 60, &m->second); /* 60: a leap second */
}

static bool is_zone(const char **text, size_t *n, struct moment *m) {
    bool west = *n > 0 && **text == '-';
    if ((!literal(text, n, '+') && !literal(text, n, '-')) || !number(text, n, 4, 4, 0, 9959, &m->zone))
        return false;
    m->zone = west ? -m->zone : m->zone;
    return *n == 0 || **text == ' '; /* a comment may follow: (CET) */
}

static bool read_moment(const char *text, size_t n, struct moment *m) {
    *m = (struct moment){.weekday = -1};
    if (n > 3 && text[3] == ',' &&
        (!name(&text, &n, "MonTueWedThuFriSatSun", &m->weekday) || !literal(&text, &n, ',') ||
         !spaces(&text, &n)))
        return false;
    return is_day(&text, &n, m) && is_time(&text, &n, m) && spaces(&text, &n) && is_zone(&text, &n, m);
}

/* Days from 1 January 1970 to that day. March begins the year, so that the leap day is the last of it. */
static long long days(int year, int month, int day) {
    long long y = month < 2 ? year - 1 : year;
    int m = (month + 10) % 12; /* 0 is March */
    return y * 365 + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1 - 719468;
}

/* There is no 31 April, and a day of the week must be that day's (RFC 5322 3.3). 1 January 1970 was a Thursday. */
static bool is_in_calendar(const struct moment *m) {
    int next = m->month + 1;
    long long day = days(m->year, m->month, m->day);
    return day < days(m->year + next / 12, next % 12, 1) &&
           (m->weekday == -1 || ((day + 3) % 7 + 7) % 7 == m->weekday);
}

bool mime_moment(const char *text, size_t n, long long *seconds) {
    struct moment m;
    if (!read_moment(text, n, &m) || !is_in_calendar(&m))
        return false;
    *seconds =
        ((days(m.year, m.month, m.day) * 24 + m.hour - m.zone / 100) * 60 + m.minute - m.zone % 100) * 60 +
        m.second;
    return true;
}

bool mime_is_date(const char *text, size_t n) {
    long long unused;
    return mime_moment(text, n, &unused);
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
