/*
 * recorder_hosts - see recorder_hosts.h.
 */
#include "recorder_hosts.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- names --- */

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static size_t domain_length(const char *bytes, size_t n) {
    size_t i = 0;
    while (i < n && (is_letter(bytes[i]) || (bytes[i] == '.' && i + 1 < n && is_letter(bytes[i + 1]))))
        i++;
    return i;
}

static bool ends_with(const char *name, size_t n, const char *end) {
    size_t length = strlen(end);
    if (n < length || strncasecmp(name + n - length, end, length) != 0)
        return false;
    return n == length || name[n - length - 1] == '.';
}

/* RFC 2606, and "localhost", which every machine is. */
static bool for_examples(const char *name, size_t n) {
    static const char *const ends[] = {"test",        "example",     "invalid",     "localhost",
                                       "example.com", "example.net", "example.org", "localhost.localdomain"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (ends_with(name, n, ends[i]))
            return true;
    return false;
}

static const struct host *find(const struct hosts *s, const char *name, size_t n) {
    for (size_t i = 0; i < s->count; i++)
        if (strlen(s->list[i].from) == n && strncasecmp(s->list[i].from, name, n) == 0)
            return &s->list[i];
    return NULL;
}

/* The kth name of a kind. Of addresses there are enough in three networks; then they begin anew. */
static void invent(char *to, size_t size, enum hosts_side side, unsigned k) {
    static const char *const networks[] = {"192.0.2", "198.51.100", "203.0.113"};
    switch (side) {
    case HOSTS_SERVER:
        snprintf(to, size, k == 1 ? "mail.example.test" : "mail-%u.example.test", k);
        break;
    case HOSTS_CLIENT:
        snprintf(to, size, "client-%u.example", k);
        break;
    case HOSTS_V4:
        snprintf(to, size, "%s.%u", networks[(k - 1) / 254 % 3], (k - 1) % 254 + 1);
        break;
    default:
        snprintf(to, size, "2001:db8::%x", k);
        break;
    }
}

static const struct host *add(struct hosts *s, const char *name, size_t n, enum hosts_side side) {
    struct host *new = &s->list[s->count];
    if (s->count == HOSTS_MAX || n > HOSTS_LENGTH)
        return NULL;
    memcpy(new->from, name, n);
    new->from[n] = '\0';
    new->domain = side == HOSTS_SERVER || side == HOSTS_CLIENT;
    invent(new->to, sizeof new->to, side, ++s->used[side]);
    s->count++;
    return new;
}

/* A name has a letter in it: "250 2.1.0 Ok" has none. */
static bool is_domain(const char *name, size_t n) {
    bool letter = false;
    for (size_t i = 0; i < n; i++)
        letter = letter || (is_letter(name[i]) && (name[i] < '0' || name[i] > '9') && name[i] != '-');
    return letter && domain_length(name, n) == n;
}

void hosts_add(struct hosts *s, const char *name, size_t n, enum hosts_side side) {
    if (is_domain(name, n) && !for_examples(name, n) && find(s, name, n) == NULL)
        add(s, name, n, side);
}

/* --- names that are told --- */

/* "220-mail.example.org ESMTP": what stands behind the code. */
static void hear_reply(struct hosts *s, const char *line, size_t n) {
    if (n > 4)
        hosts_add(s, line + 4, domain_length(line + 4, n - 4), HOSTS_SERVER);
}

void hosts_hear_server(struct hosts *s, const char *line, size_t n) {
    s->welcome = false;
    if (!s->on || n < 4 || strspn(line, "0123456789") != 3)
        return;
    s->welcome = s->hello_due;
    if (!s->greeted || (s->hello_due && line[0] == '2'))
        hear_reply(s, line, n);
    s->greeted = true;
    s->hello_due = false;
}

void hosts_hear_client(struct hosts *s, const char *line, size_t n) {
    s->welcome = false;
    if (!s->on || n < 6 || (strncasecmp(line, "EHLO ", 5) != 0 && strncasecmp(line, "HELO ", 5) != 0))
        return;
    hosts_add(s, line + 5, domain_length(line + 5, n - 5), HOSTS_CLIENT);
    s->hello_due = true;
}

/* --- addresses --- */

struct network {
    uint32_t from;
    unsigned bits;
};

static bool in_any(const struct network *networks, size_t count, uint32_t address) {
    for (size_t i = 0; i < count; i++)
        if ((address ^ networks[i].from) >> (32 - networks[i].bits) == 0)
            return true;
    return false;
}

static bool private_v4(uint32_t address) {
    static const struct network networks[] = {
        {0x0A000000, 8},  {0xAC100000, 12}, {0xC0A80000, 16}, /* RFC 1918 */
        {0x64400000, 10},                                     /* RFC 6598 */
        {0x7F000000, 8},                                      /* this machine */
        {0xA9FE0000, 16},                                     /* this link, RFC 3927 */
    };
    return in_any(networks, sizeof networks / sizeof networks[0], address);
}

static bool example_v4(uint32_t address) {
    static const struct network networks[] = {{0xC0000200, 24}, {0xC6336400, 24}, {0xCB007100, 24}, {0, 32}};
    return in_any(networks, sizeof networks / sizeof networks[0], address);
}

/* Is this text one address, and one to be replaced? bracketed: then any is but those of examples. */
static bool replace_v4(const char *text, bool bracketed) {
    struct in_addr parsed;
    if (inet_pton(AF_INET, text, &parsed) != 1)
        return false;
    uint32_t address = ntohl(parsed.s_addr);
    return private_v4(address) || (bracketed && !example_v4(address));
}

/* ::1, fc00::/7, fe80::/10 */
static bool replace_v6(const char *text, bool bracketed) {
    static const unsigned char example[] = {0x20, 0x01, 0x0D, 0xB8};
    static const unsigned char loopback[16] = {[15] = 1};
    static const unsigned char nobody[16] = {0};
    unsigned char a[16];
    if (inet_pton(AF_INET6, text, a) != 1 || memcmp(a, nobody, 16) == 0)
        return false;
    bool local =
        memcmp(a, loopback, 16) == 0 || (a[0] & 0xFE) == 0xFC || (a[0] == 0xFE && (a[1] & 0xC0) == 0x80);
    return local || (bracketed && memcmp(a, example, sizeof example) != 0);
}

static size_t token_length(const char *bytes, size_t n, const char *letters) {
    size_t i = 0;
    while (i < n && i < INET6_ADDRSTRLEN - 1 && bytes[i] != '\0' && strchr(letters, bytes[i]) != NULL)
        i++;
    while (i > 0 && bytes[i - 1] == '.') /* "from 10.0.0.1." */
        i--;
    return i;
}

typedef bool replace_fn(const char *text, bool bracketed);

/* The address in these letters that begins here, if it is one to be replaced. */
static const char *token_at(struct hosts *s, const char *bytes, size_t n, bool bracketed,
                            enum hosts_side side, size_t *taken) {
    static const char *const letters[] = {
        [HOSTS_V4] = "0123456789.", [HOSTS_V6] = "0123456789abcdefABCDEF.:"};
    static replace_fn *const replace[] = {[HOSTS_V4] = replace_v4, [HOSTS_V6] = replace_v6};
    char text[INET6_ADDRSTRLEN] = "";
    size_t length = token_length(bytes, n, letters[side]);
    memcpy(text, bytes, length);
    if (length < 2 || (length < n && bytes[length] != '-' && is_letter(bytes[length])) ||
        !replace[side](text, bracketed))
        return NULL;
    const struct host *known = find(s, text, length);
    if (known == NULL)
        known = add(s, text, length, side);
    *taken = length;
    return known != NULL ? known->to : "192.0.2.0"; /* a list that is full hides all the same */
}

/* before: the letter in front. An address of IPv6 may not begin behind a colon: that would be the rest of a longer one. */
static const char *address_at(struct hosts *s, const char *bytes, size_t n, char before, bool tagged,
                              size_t *taken) {
    bool bracketed = before == '[' || before == '(' || tagged;
    const char *to = token_at(s, bytes, n, bracketed, HOSTS_V4, taken);
    if (to == NULL && (before != ':' || tagged))
        to = token_at(s, bytes, n, bracketed, HOSTS_V6, taken);
    return to;
}

/* --- where in a line --- */

/* Is a host spoken of here, so that a name without a dot is one? */
static bool speaks_of_host(const struct hosts *s, const char *line, size_t i) {
    static const char *const before[] = {"@",    "EHLO ", "HELO ", "from ", "by ",  "220 ",  "220-",
                                         "250 ", "250-",  "221 ",  "421 ",  "554 ", "2.0.0 "};
    for (size_t k = 0; k < sizeof before / sizeof before[0]; k++) {
        size_t n = strlen(before[k]);
        if (s->welcome || (i >= n && strncasecmp(line + i - n, before[k], n) == 0))
            return true;
    }
    return false;
}

static const char *domain_at(const struct hosts *s, const char *line, size_t n, size_t i, size_t *taken) {
    size_t length = domain_length(line + i, n - i);
    const struct host *known = length > 0 ? find(s, line + i, length) : NULL;
    if (known == NULL || !known->domain || (strchr(known->from, '.') == NULL && !speaks_of_host(s, line, i)))
        return NULL;
    *taken = length;
    return known->to;
}

/* Behind "250-" a name may begin, though a hyphen is a letter of names. */
static bool behind_code(const char *line, size_t i) {
    return i == 4 && strspn(line, "0123456789") == 3;
}

const char *hosts_at(struct hosts *s, const char *line, size_t n, size_t i, size_t *taken) {
    char before = i > 0 ? line[i - 1] : '\0';
    bool tagged = i >= 5 && strncasecmp(line + i - 5, "IPv6:", 5) == 0;
    if (!s->on || ((is_letter(before) || before == '.') && !behind_code(line, i)))
        return NULL;
    const char *name = domain_at(s, line, n, i, taken);
    return name != NULL ? name : address_at(s, line + i, n - i, before, tagged, taken);
}
