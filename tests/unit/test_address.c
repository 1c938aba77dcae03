/* address: paths, mailboxes, domains, and how long they may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/address.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- what is a path --- */

static const struct {
    const char *text;
    const char *local;
    const char *domain;
    const char *rest; /* what follows the path */
} good[] = {
    {"<alice@example.org>", "alice", "example.org", ""},
    {"<alice@example.org> SIZE=10", "alice", "example.org", " SIZE=10"},
    {"<>", "", "", ""},
    {"<> SIZE=10", "", "", " SIZE=10"},
    {"<Postmaster>", "Postmaster", "", ""},
    {"<postMASTER>", "postMASTER", "", ""},
    {"<postmaster@example.org>", "postmaster", "example.org", ""},
    {"<a.b.c@x>", "a.b.c", "x", ""},
    {"<!#$%&'*+-/=?^_`{|}~@example.org>", "!#$%&'*+-/=?^_`{|}~", "example.org", ""},
    {"<\"a b\"@example.org>", "\"a b\"", "example.org", ""},
    {"<\"a@b>c\"@example.org>", "\"a@b>c\"", "example.org", ""},
    {"<\"a\\\"b\"@example.org>", "\"a\\\"b\"", "example.org", ""},
    {"<\"\"@example.org>", "\"\"", "example.org", ""},
    {"<a@[127.0.0.1]>", "a", "[127.0.0.1]", ""},
    {"<a@[IPv6:::1]>", "a", "[IPv6:::1]", ""},
    {"<a@[ipv6:2001:db8::25]>", "a", "[ipv6:2001:db8::25]", ""},
    {"<@one.test:a@example.org>", "a", "example.org", ""},
    {"<@one.test,@two.test:a@example.org>", "a", "example.org", ""},
    {"<a@under_score.example.org>", "a", "under_score.example.org", ""},
    {"<a@4you.test>", "a", "4you.test", ""},
    {"<b\xc3\xbc"
     "cher@b\xc3\xbc"
     "cher.test>",
     "b\xc3\xbc"
     "cher",
     "b\xc3\xbc"
     "cher.test",
     ""},
};

static void paths_are_parsed(void **state) {
    struct path p;
    size_t at;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        size_t n = strlen(good[i].text);
        assert_int_equal(address_path_parse(good[i].text, n, &p, &at), n - strlen(good[i].rest));
        assert_int_equal(p.local_len, strlen(good[i].local));
        assert_memory_equal(p.local, good[i].local, p.local_len);
        assert_int_equal(p.domain_len, strlen(good[i].domain));
        assert_memory_equal(p.domain, good[i].domain, p.domain_len);
    }
}

/* A path cut short is no path, and what is missing is missing at its end. */
static void every_prefix_is_refused_at_its_end(void **state) {
    struct path p;
    size_t at;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        size_t whole = strlen(good[i].text) - strlen(good[i].rest);
        for (size_t n = 0; n < whole; n++) {
            assert_int_equal(address_path_parse(good[i].text, n, &p, &at), -1);
            assert_in_range(at, 0, n);
        }
    }
    assert_int_equal(address_path_parse("<alice@example.org", 18, &p, &at), -1);
    assert_int_equal(at, 18);
}

static const struct {
    const char *text;
    size_t at;
} bad[] = {
    {"alice@example.org", 0},
    {" <alice@example.org>", 0},
    {"<<alice@example.org>>", 1},
    {"< alice@example.org>", 1},
    {"<alice>", 6},
    {"<alice@>", 7},
    {"<@example.org>", 13},
    {"<alice bob@example.org>", 6},
    {"<alice@example.org >", 18},
    {"<alice..bob@example.org>", 7},
    {"<.alice@example.org>", 1},
    {"<alice.@example.org>", 7},
    {"<alice@.example.org>", 7},
    {"<alice@example..org>", 15},
    {"<alice@example.org.>", 19},
    {"<alice@-example.org>", 7},
    {"<alice@example-.org>", 14},
    {"<alice@exa mple.org>", 10},
    {"<alice@bob@example.org>", 10},
    {"<alice,bob@example.org>", 6},
    {"<Alice Example <alice@example.org>>", 6},
    {"<alice@example.org\r\n>", 18},
    {"<al\ric@example.org>", 3},
    {"<\"a\nb\"@example.org>", 3},
    {"<\"ab@example.org>", 17},
    {"<a@[127.0.0.1>", 3},
    {"<a@[127.0.0.256]>", 4},
    {"<a@[127.0.0]>", 4},
    {"<a@[::1]>", 4},
    {"<a@[IPv6:1::2::3]>", 4},
    {"<a@[]>", 4},
    {"<@one.test a@example.org>", 10},
    {"<postmaster >", 11},
    {"< >", 1},
};

static void wrong_characters_are_pointed_at(void **state) {
    struct path p;
    size_t at;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        at = 999;
        assert_int_equal(address_path_parse(bad[i].text, strlen(bad[i].text), &p, &at), -1);
        if (strchr(bad[i].text, '[') == NULL)
            assert_int_equal(at, bad[i].at);
        else
            assert_in_range(at, 3, 4); /* a literal is wrong as a whole */
    }
    assert_int_equal(address_path_parse("<a\0@example.org>", 16, &p, &at), -1);
    assert_int_equal(at, 2);
    assert_int_equal(address_path_parse("x", 1, &p, NULL), -1);
}

/* --- how long --- */

/* "<" local of that many letters "@" domain of that many ">"; the domain in labels of 59. */
static size_t write_path(char *out, size_t local, size_t domain) {
    char *p = out;

    *p++ = '<';
    memset(p, 'l', local);
    p += local;
    *p++ = '@';
    for (size_t i = 1; i <= domain; i++)
        *p++ = i % 60 == 0 && i < domain ? '.' : 'd';
    *p++ = '>';
    return (size_t)(p - out);
}

static void local_parts_end_at_64(void **state) {
    char text[400];
    struct path p;
    size_t at;

    (void)state;
    for (size_t n = ADDRESS_LOCAL_MAX - 1; n <= ADDRESS_LOCAL_MAX + 1; n++) {
        size_t len = write_path(text, n, 5);
        int wanted = n <= ADDRESS_LOCAL_MAX ? (int)len : -1;
        assert_int_equal(address_path_parse(text, len, &p, &at), wanted);
    }
    assert_int_equal(at, 1 + ADDRESS_LOCAL_MAX);
}

static void paths_end_at_256(void **state) {
    char text[400];
    struct path p;
    size_t at;

    (void)state;
    for (size_t n = ADDRESS_PATH_MAX - 1; n <= ADDRESS_PATH_MAX + 1; n++) {
        size_t len = write_path(text, 20, n - 20 - 3);
        assert_int_equal(len, n);
        assert_int_equal(address_path_parse(text, len, &p, &at), n <= ADDRESS_PATH_MAX ? (int)len : -1);
    }
    assert_int_equal(at, ADDRESS_PATH_MAX);
}

/* Alone: with a local part and brackets a domain of 255 does not fit in a path. */
static void domains_end_at_255(void **state) {
    char text[400];
    struct path p;
    size_t at;

    (void)state;
    for (size_t n = ADDRESS_DOMAIN_MAX - 1; n <= ADDRESS_DOMAIN_MAX + 1; n++) {
        size_t len = write_path(text, 1, n);
        bool fits = n <= ADDRESS_DOMAIN_MAX;
        assert_int_equal(address_domain_valid(text + 3, len - 4), fits);
        assert_int_equal(address_mailbox_parse(text + 1, len - 2, &p, &at), fits ? 0 : -1);
    }
    assert_int_equal(at, 2 + ADDRESS_DOMAIN_MAX);
}

static void labels_end_at_63(void **state) {
    char text[80];

    (void)state;
    memset(text, 'x', sizeof text);
    assert_true(address_domain_valid(text, 62));
    assert_true(address_domain_valid(text, 63));
    assert_false(address_domain_valid(text, 64));
}

/* --- mailboxes, domains, equality --- */

static void mailboxes_have_no_brackets(void **state) {
    struct path p;
    size_t at;

    (void)state;
    assert_int_equal(address_mailbox_parse("alice@example.org", 17, &p, &at), 0);
    assert_int_equal(p.local_len, 5);
    assert_int_equal(p.domain_len, 11);
    assert_int_equal(address_mailbox_parse("<alice@example.org>", 19, &p, &at), -1);
    assert_int_equal(at, 0);
    assert_int_equal(address_mailbox_parse("alice@example.org x", 19, &p, &at), -1);
    assert_int_equal(at, 17);
    assert_int_equal(address_mailbox_parse("alice@example.org\r\nRCPT TO:<x@y.test>", 37, &p, &at), -1);
    assert_int_equal(at, 17);
    assert_int_equal(address_mailbox_parse("", 0, &p, &at), -1);
    assert_int_equal(address_mailbox_parse("Postmaster", 10, &p, &at), -1);
}

static const struct {
    const char *text;
    bool valid;
} domains[] = {
    {"example.org", true},  {"localhost", true},     {"my_host", true},     {"[127.0.0.1]", true},
    {"[IPv6:::1]", true},   {"127.0.0.1", true},     {"a-b.example", true}, {"", false},
    {".", false},           {"example.org.", false}, {"-a", false},         {"a-", false},
    {"a b", false},         {"[127.0.0.1", false},   {"127.0.0.1]", false}, {"[127.0.0.1]x", false},
    {"[localhost]", false}, {"a\r\n", false},        {"<a>", false},        {"a@b", false},
};

static void domains_are_judged(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(domains); i++)
        assert_int_equal(address_domain_valid(domains[i].text, strlen(domains[i].text)), domains[i].valid);
}

static const struct {
    const char *a;
    const char *b;
    bool equal;
} equals[] = {
    {"<a@example.org>", "<a@EXAMPLE.org>", true},
    {"<a@example.org>", "<A@example.org>", false},
    {"<a@example.org>", "<a@example.com>", false},
    {"<a@example.org>", "<ab@example.org>", false},
    {"<a@example.org>", "<a@example.or>", false},
    {"<>", "<>", true},
    {"<>", "<a@example.org>", false},
    {"<@r.test:a@example.org>", "<a@example.org>", true},
};

static void only_domains_fold_case(void **state) {
    struct path a;
    struct path b;

    (void)state;
    for (size_t i = 0; i < COUNT(equals); i++) {
        assert_true(address_path_parse(equals[i].a, strlen(equals[i].a), &a, NULL) > 0);
        assert_true(address_path_parse(equals[i].b, strlen(equals[i].b), &b, NULL) > 0);
        assert_int_equal(address_equal(&a, &b), equals[i].equal);
    }
}

/* --- letters --- */

static const struct {
    const char *text;
    bool ascii, utf8;
} letters[] = {
    {"", true, true},
    {"bob\x7f", true, true},
    {"caf\xc3\xa9", false, true},
    {"\xc2\x80", false, true},                     /* U+0080 */
    {"\xdf\xbf\xe0\xa0\x80", false, true},         /* U+07FF U+0800 */
    {"\xed\x9f\xbf\xee\x80\x80", false, true},     /* U+D7FF U+E000: round the surrogates */
    {"\xef\xbf\xbf\xf0\x90\x80\x80", false, true}, /* U+FFFF U+10000 */
    {"\xf4\x8f\xbf\xbf", false, true},             /* U+10FFFF */
    {"\x80", false, false},
    {"\xc0\x80", false, false}, /* overlong forms of 0, 7F, 7FF and FFFF */
    {"\xc1\xbf", false, false},
    {"\xe0\x9f\xbf", false, false},
    {"\xf0\x8f\xbf\xbf", false, false},
    {"\xed\xa0\x80", false, false},     /* a surrogate */
    {"\xf4\x90\x80\x80", false, false}, /* beyond the last */
    {"\xf5\x80\x80\x80", false, false},
    {"\xc3", false, false}, /* cut */
    {"\xe2\x82", false, false},
    {"\xc3 ", false, false},
    {"\xe2\x82\x28", false, false},
    {"\xf0\x9f\x98\xc0", false, false},
};

static void letters_beyond_ascii_are_judged(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        assert_int_equal(address_ascii(letters[i].text, strlen(letters[i].text)), letters[i].ascii);
        assert_int_equal(address_utf8(letters[i].text, strlen(letters[i].text)), letters[i].utf8);
    }
    assert_false(address_utf8("\xc3\xa9", 1)); /* what stands behind the end is none of its business */
    assert_false(address_utf8("\xe2\x82\xac", 2));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_parsed),
        cmocka_unit_test(every_prefix_is_refused_at_its_end),
        cmocka_unit_test(wrong_characters_are_pointed_at),
        cmocka_unit_test(local_parts_end_at_64),
        cmocka_unit_test(paths_end_at_256),
        cmocka_unit_test(domains_end_at_255),
        cmocka_unit_test(labels_end_at_63),
        cmocka_unit_test(mailboxes_have_no_brackets),
        cmocka_unit_test(domains_are_judged),
        cmocka_unit_test(only_domains_fold_case),
        cmocka_unit_test(letters_beyond_ascii_are_judged),
    };

    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
