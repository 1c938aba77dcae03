/* See address.h. */
#include "address.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#define LABEL_MAX 63   /* octets between two dots of a domain (RFC 1035 2.3.4) */
#define IP_TEXT_MAX 45 /* the longest way to write an IPv6 address */
#define LITERAL_TAG "IPv6:"

/*
 * A scanner stands on the next character to look at. Each scan_ function moves
 * it over what the grammar rule of that name allows and returns true, or
 * returns false and leaves it on the first character that is wrong.
 */
struct scanner {
    const char *text;
    size_t n;
    size_t at;
};

/* The character it stands on; -1 at the end. */
static int peek(const struct scanner *s) {
    return s->at < s->n ? (unsigned char)s->text[s->at] : -1;
}

static bool scan_char(struct scanner *s, char c) {
    if (peek(s) != c)
        return false;
    s->at++;
    return true;
}

/* What began at `start` may be max octets long: further ones are wrong. */
static bool within(struct scanner *s, size_t start, size_t max) {
    if (s->at - start <= max)
        return true;
    s->at = start + max;
    return false;
}

/* --- characters --- */

/* Letters and digits; every byte of a UTF-8 letter beyond ASCII counts as one (RFC 6531 3.3). */
static bool is_letter_or_digit(int c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

/* What may stand in a local part without quotes (RFC 5322 3.2.3). */
static bool is_atom_char(int c) {
    return is_letter_or_digit(c) || (c > 0 && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool is_label_char(int c) {
    return is_letter_or_digit(c) || c == '-' || c == '_';
}

static bool is_quotable(int c) {
    return (c >= ' ' && c <= '~') || c >= 0x80;
}

/* --- the local part --- */

/* Dot-string: atoms with single dots between them. */
static bool scan_dot_string(struct scanner *s) {
    do {
        if (!is_atom_char(peek(s)))
            return false;
        while (is_atom_char(peek(s)))
            s->at++;
    } while (scan_char(s, '.'));
    return true;
}

/* Quoted-string: "anything printable", where \ takes the next character as it is. */
static bool scan_quoted_string(struct scanner *s) {
    if (!scan_char(s, '"'))
        return false;
    while (peek(s) != '"') {
        scan_char(s, '\\');
        if (!is_quotable(peek(s)))
            return false;
        s->at++;
    }
    return scan_char(s, '"');
}

static bool scan_local(struct scanner *s) {
    size_t start = s->at;
    bool ok = peek(s) == '"' ? scan_quoted_string(s) : scan_dot_string(s);

    return ok && within(s, start, ADDRESS_LOCAL_MAX);
}

/* --- the domain --- */

/* A label begins and ends with a letter or digit (here: or an underscore). */
static bool scan_label(struct scanner *s) {
    size_t start = s->at;

    if (peek(s) == '-' || !is_label_char(peek(s)))
        return false;
    while (is_label_char(peek(s)))
        s->at++;
    if (s->text[s->at - 1] == '-') {
        s->at--;
        return false;
    }
    return within(s, start, LABEL_MAX);
}

/* "127.0.0.1", or "IPv6:" and an IPv6 address. */
static bool is_literal(const char *text, size_t n) {
    char ip[IP_TEXT_MAX + 1];
    unsigned char parsed[sizeof(struct in6_addr)];
    size_t tag = strlen(LITERAL_TAG);
    int family = AF_INET;

    if (n > tag && strncasecmp(text, LITERAL_TAG, tag) == 0) {
        family = AF_INET6;
        text += tag;
        n -= tag;
    }
    if (n >= sizeof ip || memchr(text, '\0', n) != NULL)
        return false;
    memcpy(ip, text, n);
    ip[n] = '\0';
    return inet_pton(family, ip, parsed) == 1;
}

/* address-literal: an IP address in square brackets (RFC 5321 4.1.3). */
static bool scan_literal(struct scanner *s) {
    const char *start = s->text + s->at + 1;
    const char *close;

    if (!scan_char(s, '['))
        return false;
    close = memchr(start, ']', s->n - s->at);
    if (close == NULL || !is_literal(start, (size_t)(close - start)))
        return false;
    s->at = (size_t)(close + 1 - s->text);
    return true;
}

static bool scan_name(struct scanner *s) {
    size_t start = s->at;

    do {
        if (!scan_label(s))
            return false;
    } while (scan_char(s, '.'));
    return within(s, start, ADDRESS_DOMAIN_MAX);
}

static bool scan_domain(struct scanner *s) {
    return peek(s) == '[' ? scan_literal(s) : scan_name(s);
}

/* --- the whole --- */

static bool scan_mailbox(struct scanner *s, struct path *out) {
    out->local = s->text + s->at;
    if (!scan_local(s))
        return false;
    out->local_len = (size_t)(s->text + s->at - out->local);
    if (!scan_char(s, '@'))
        return false;
    out->domain = s->text + s->at;
    if (!scan_domain(s))
        return false;
    out->domain_len = (size_t)(s->text + s->at - out->domain);
    return true;
}

/* "@a.example,@b.example:" in front of the mailbox, which once named a way to it; to be accepted and ignored (RFC 5321 4.1.1.3, appendix C). */
static bool scan_source_route(struct scanner *s) {
    if (peek(s) != '@')
        return true;
    do {
        if (!scan_char(s, '@') || !scan_domain(s))
            return false;
    } while (scan_char(s, ','));
    return scan_char(s, ':');
}

/* The one mailbox that every server has, with or without a domain (RFC 5321 4.5.1). */
static bool scan_postmaster(struct scanner *s, struct path *out) {
    static const char name[] = "Postmaster>";
    const size_t n = sizeof name - 1;

    if (s->n - s->at < n || strncasecmp(s->text + s->at, name, n) != 0)
        return false;
    *out = (struct path){s->text + s->at, n - 1, s->text + s->at + n - 1, 0};
    s->at += n - 1;
    return true;
}

/* "<>", the sender of reports about mail, so that no report is answered by a report (RFC 5321 4.5.5). */
static bool scan_null(const struct scanner *s, struct path *out) {
    *out = (struct path){s->text + s->at, 0, s->text + s->at, 0};
    return peek(s) == '>';
}

static bool scan_path(struct scanner *s, struct path *out) {
    if (!scan_char(s, '<'))
        return false;
    if (!scan_null(s, out) && !scan_postmaster(s, out) && !(scan_source_route(s) && scan_mailbox(s, out)))
        return false;
    return scan_char(s, '>') && within(s, 0, ADDRESS_PATH_MAX);
}

int address_path_parse(const char *text, size_t n, struct path *out, size_t *at) {
    struct scanner s = {text, n, 0};
    bool ok = scan_path(&s, out);

    if (at != NULL)
        *at = s.at;
    return ok ? (int)s.at : -1;
}

int address_mailbox_parse(const char *text, size_t n, struct path *out, size_t *at) {
    struct scanner s = {text, n, 0};
    bool ok = scan_mailbox(&s, out) && s.at == n;

    if (at != NULL)
        *at = s.at;
    return ok ? 0 : -1;
}

bool address_equal(const struct path *a, const struct path *b) {
    return a->local_len == b->local_len && a->domain_len == b->domain_len &&
           memcmp(a->local, b->local, a->local_len) == 0 &&
           strncasecmp(a->domain, b->domain, a->domain_len) == 0;
}

bool address_domain_valid(const char *text, size_t n) {
    struct scanner s = {text, n, 0};

    return scan_domain(&s) && s.at == n;
}

/* --- characters beyond ASCII --- */

bool address_ascii(const char *text, size_t n) {
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] >= 0x80)
            return false;
    return true;
}

/*
 * The first bytes of longer characters, and the range of the second byte, which is where overlong forms, surrogates
 * and numbers too high differ from good ones (RFC 3629 4). Further bytes are 80..BF.
 */
static const struct {
    unsigned char first, last, second_first, second_last;
    size_t len;
} utf8_forms[] = {
    {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static bool in_range(char c, unsigned char first, unsigned char last) {
    return (unsigned char)c >= first && (unsigned char)c <= last;
}

/* Length of the character at text; 0: it is none. */
static size_t utf8_length(const char *text, size_t n) {
    for (size_t i = 0; i < sizeof utf8_forms / sizeof utf8_forms[0]; i++) {
        size_t len = utf8_forms[i].len;

        if (!in_range(text[0], utf8_forms[i].first, utf8_forms[i].last))
            continue;
        if (len > n || (len > 1 && !in_range(text[1], utf8_forms[i].second_first, utf8_forms[i].second_last)))
            return 0;
        for (size_t at = 2; at < len; at++)
            if (!in_range(text[at], 0x80, 0xbf))
                return 0;
        return len;
    }
    return 0;
}

bool address_utf8(const char *text, size_t n) {
    size_t len;

    for (; n > 0; text += len, n -= len) {
        len = utf8_length(text, n);
        if (len == 0)
            return false;
    }
    return true;
}
