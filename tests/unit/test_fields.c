/* fields: the notation {name}, filled in and matched. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/fields.h"

static void parse_ok(struct template *t, const char *text, size_t n, bool escapes) {
    struct err e = {0};
    size_t at = 0;
    if (template_parse(t, text, n, escapes, &at, &e) != 0)
        fail_msg("\"%s\" at %zu: %s", text, at, e.text);
}

/* alice and a secret, as a play would have them. */
static void bind_some(struct bindings *b) {
    bindings_init(b);
    assert_int_equal(bindings_set(b, "user", "alice", 5, false, NULL), 0);
    assert_int_equal(bindings_set(b, "password", "two words", 9, true, NULL), 0);
    assert_int_equal(bindings_set(b, "me", "Client.Example", 14, false, NULL), 0);
}

/* --- parse --- */

static const struct {
    const char *text;
    bool escapes;
    int count; /* of fields; -1: wrong */
    size_t at; /* where it is wrong */
} parses[] = {
    {"", false, 0, 0},
    {"plain", false, 1, 0},
    {"{user}", false, 1, 0},
    {"a{user}b{me:domain}c", false, 5, 0},
    {"{{not a field}", false, 1, 0},
    {"{{{user}", false, 2, 0},
    {"}", false, 1, 0},
    {"{b64:\\0{user}\\0{secret:password}}", false, 1, 0},
    {"{b64:{b64:{b64:{b64:x}}}}", false, 1, 0},
    {"{message}", false, 1, 0},
    {"{message:one.eml}", false, 1, 0},
    {"a\\r\\n\\x41{user}", true, 2, 0},
    {"\\*3(ab)", true, 1, 0},
    {"\\*2({x})", true, 1, 0}, /* inside the brackets a brace is a brace */
    {"C:\\path", false, 1, 0},
    {"{", false, -1, 1},
    {"{}", false, -1, 1},
    {"{User}", false, -1, 1},
    {"{9}", false, -1, 1},
    {"{user", false, -1, 5},
    {"{user:host}", false, -1, 5},
    {"{secret}", false, -1, 7},
    {"{secret:}", false, -1, 8},
    {"{b64}", false, -1, 4},
    {"{b64:x", false, -1, 6},
    {"{b64:\\q}", false, -1, 6},
    {"{b64:{b64:{b64:{b64:{b64:x}}}}}", false, -1, 20},
    {"{message:/etc/passwd}", false, -1, 9},
    {"{message:../x}", false, -1, 9},
    {"{message:a/b}", false, -1, 10},
    {"{message:.hidden}", false, -1, 9},
    {"ab\\q", true, -1, 3},
    {"ab\\x4", true, -1, 5},
    {"\\*3(ab", true, -1, 6},
};

static void parses_or_says_where(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof parses / sizeof *parses; i++) {
        struct template t;
        struct err e = {0};
        size_t at = 99;
        int r = template_parse(&t, parses[i].text, strlen(parses[i].text), parses[i].escapes, &at, &e);
        if (parses[i].count < 0) {
            if (r != -1 || at != parses[i].at)
                fail_msg("\"%s\": %d at %zu (%s)", parses[i].text, r, at, e.text);
            assert_int_equal(e.kind, ERR_INPUT);
            continue;
        }
        if (r != 0 || (int)t.count != parses[i].count)
            fail_msg("\"%s\": %zu fields, %s", parses[i].text, t.count, e.text);
        template_free(&t);
    }
}

static void every_prefix_parses_or_is_refused(void **state) {
    (void)state;
    static const char text[] =
        "a{{b{user}{me:domain}\\r{b64:\\0{user}\\0{secret:password}}{message:f.eml}\\*3(x\\)y)";
    for (size_t n = 0; n < sizeof text; n++) {
        char *exact = malloc(n ? n : 1); /* so that a read too far is seen */
        assert_non_null(exact);
        memcpy(exact, text, n);
        struct template t;
        if (template_parse(&t, exact, n, true, NULL, NULL) == 0)
            template_free(&t);
        free(exact);
    }
}

static int parses_name_of(size_t n) {
    char text[FIELD_NAME_MAX + 10] = "{";
    memset(text + 1, 'a', n);
    text[n + 1] = '}';
    struct template t;
    int r = template_parse(&t, text, n + 2, false, NULL, NULL);
    if (r == 0)
        template_free(&t);
    return r;
}

static int parses_fields(size_t n) {
    char *text = malloc(3 * n + 1);
    assert_non_null(text);
    for (size_t i = 0; i < n; i++)
        (void)snprintf(text + 3 * i, 4, "{a}");
    struct template t;
    struct err e;
    int r = template_parse(&t, text, 3 * n, false, NULL, &e);
    if (r == 0)
        template_free(&t);
    else
        assert_int_equal(e.kind, ERR_LIMIT);
    free(text);
    return r;
}

static int parses_bytes(const char *text) {
    struct template t;
    int r = template_parse(&t, text, strlen(text), true, NULL, NULL);
    if (r == 0)
        template_free(&t);
    return r;
}

static void limits_of_parse(void **state) {
    (void)state;
    assert_int_equal(parses_name_of(FIELD_NAME_MAX - 1), 0);
    assert_int_equal(parses_name_of(FIELD_NAME_MAX), 0);
    assert_int_equal(parses_name_of(FIELD_NAME_MAX + 1), -1);
    assert_int_equal(parses_fields(TEMPLATE_FIELDS_MAX - 1), 0);
    assert_int_equal(parses_fields(TEMPLATE_FIELDS_MAX), 0);
    assert_int_equal(parses_fields(TEMPLATE_FIELDS_MAX + 1), -1);
    assert_int_equal(TEMPLATE_TEXT_MAX, 17825792);
    assert_int_equal(parses_bytes("\\*16777216(x)\\*1048575(x)"), 0);
    assert_int_equal(parses_bytes("\\*16777216(x)\\*1048576(x)"), 0);
    assert_int_equal(parses_bytes("\\*16777216(x)\\*1048577(x)"), -1);
    assert_int_equal(parses_bytes("\\*16777216(x){a}\\*1048577(x)"), -1);
}

/* --- bindings --- */

static void limits_of_bindings(void **state) {
    (void)state;
    static char value[BINDING_VALUE_MAX + 1];
    struct bindings b, copy;
    struct err e;
    char name[16];
    bindings_init(&b);
    for (int i = 0; i < BINDINGS_MAX; i++) {
        (void)snprintf(name, sizeof name, "n%d", i);
        assert_int_equal(bindings_set(&b, name, "v", 1, false, &e), 0);
    }
    assert_int_equal(bindings_set(&b, "more", "v", 1, false, &e), -1);
    assert_int_equal(e.kind, ERR_LIMIT);
    assert_int_equal(bindings_set(&b, "n3", value, BINDING_VALUE_MAX - 1, false, &e), 0);
    assert_int_equal(bindings_set(&b, "n3", value, BINDING_VALUE_MAX, true, &e), 0);
    assert_int_equal(bindings_set(&b, "n3", value, BINDING_VALUE_MAX + 1, true, &e), -1);
    assert_int_equal(bindings_copy(&copy, &b), 0);
    bindings_free(&b);
    assert_null(bindings_get(&b, "n3"));
    assert_int_equal(bindings_get(&copy, "n3")->len, BINDING_VALUE_MAX);
    assert_true(bindings_get(&copy, "n3")->secret);
    bindings_free(&copy);
}

/* --- expand --- */

static const struct {
    const char *text;
    bool masked;
    const char *expanded; /* NULL: a name without a value */
} expansions[] = {
    {"x {user} y", false, "x alice y"},
    {"{{user}", false, "{user}"},
    {"{me:domain}", false, "Client.Example"},
    {"{b64:{user}}", false, "YWxpY2U="},
    {"{b64:\\0{user}\\0{secret:password}}", false, "AGFsaWNlAHR3byB3b3Jkcw=="},
    {"{b64:\\0{user}\\0{secret:password}}", true, "***"},
    {"{b64:{user}}", true, "YWxpY2U="},
    {"{b64:{password}}", true, "***"},
    {"{secret:user} {password}", true, "*** ***"},
    {"{secret:password}", false, "two words"},
    {"{nobody}", false, NULL},
    {"{b64:{nobody}}", false, NULL},
    {"{message}", false, NULL},
};

static void expands(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof expansions / sizeof *expansions; i++) {
        struct template t;
        struct bindings b;
        struct buf out;
        struct err e;
        parse_ok(&t, expansions[i].text, strlen(expansions[i].text), false);
        bind_some(&b);
        buf_init(&out, 1000);
        int r = template_expand(&t, &b, expansions[i].masked, &out, &e);
        assert_int_equal(r, expansions[i].expanded ? 0 : -1);
        if (r == 0)
            assert_string_equal(out.data, expansions[i].expanded);
        buf_free(&out);
        bindings_free(&b);
        template_free(&t);
    }
}

static void expansion_stops_at_the_room(void **state) {
    (void)state;
    for (size_t room = 4; room <= 6; room++) {
        struct template t;
        struct bindings b;
        struct buf out;
        struct err e = {0};
        parse_ok(&t, "{user}", 6, false);
        bind_some(&b);
        buf_init(&out, room);
        assert_int_equal(template_expand(&t, &b, false, &out, &e), room < 5 ? -1 : 0);
        assert_int_equal(e.kind, room < 5 ? ERR_LIMIT : ERR_NONE);
        buf_free(&out);
        bindings_free(&b);
        template_free(&t);
    }
}

static void quoting_is_undone_by_parsing(void **state) {
    (void)state;
    static const char css[] = "p{color:red} {{ {user}";
    struct buf quoted;
    struct template t;
    buf_init(&quoted, 100);
    assert_int_equal(template_quote(&quoted, css, strlen(css)), 0);
    parse_ok(&t, quoted.data, quoted.len, false);
    assert_int_equal(t.count, 1);
    assert_string_equal(t.fields[0].text, css);
    template_free(&t);
    buf_free(&quoted);
}

/* --- match --- */

static const struct {
    const char *text;
    bool fold;
    const char *bytes;
    bool yes;
    const char *name; /* that must be bound then, or NULL */
    const char *value;
    size_t at; /* on failure: as far as it agreed */
} matches[] = {
    {"abc", false, "abc", true, NULL, NULL, 0},
    {"abc", false, "abd", false, NULL, NULL, 2},
    {"abc", false, "ABC", false, NULL, NULL, 0},
    {"abc", true, "ABC", true, NULL, NULL, 0},
    {"abc", false, "ab", false, NULL, NULL, 2},
    {"abc", false, "abcd", false, NULL, NULL, 3},
    {"", false, "", true, NULL, NULL, 0},
    {"<{x}>", false, "<a@b>", true, "x", "a@b", 0},
    {"<{x}>", false, "<>", false, NULL, NULL, 1},
    {"<{x}>", false, "<a b>", false, NULL, NULL, 1},
    {"{x}@{y}", false, "a@b@c", true, "x", "a", 0}, /* as few as will do */
    {"{x}-{x}", false, "ab-ab", true, "x", "ab", 0},
    {"{x}-{x}", false, "a-b-a-b", true, "x", "a-b", 0}, /* but as many as it takes */
    {"{x}-{y}-{x}!", false, "q-w-e-r-t-q-w!", true, "y", "e-r-t", 0},
    {"{x}-{x}", false, "ab-cd", false, NULL, NULL, 3},
    {"{x}{y}", false, "ab", true, "y", "b", 0},
    {"{user}", false, "alice", true, NULL, NULL, 0},
    {"{user}", false, "Alice", false, NULL, NULL, 0},
    {"{user}", true, "Alice", false, NULL, NULL, 0}, /* only fixed text folds */
    {"{me:domain}", false, "client.EXAMPLE", true, NULL, NULL, 0},
    {"{me:domain}", false, "other.example", false, NULL, NULL, 0},
    {"{d:domain}", false, "[127.0.0.1]", true, "d", "[127.0.0.1]", 0},
    {"{d:domain}", false, "not a domain", false, NULL, NULL, 0},
    {"{d:domain} x", false, "a.example x", true, "d", "a.example", 0},
    {"{b64:{user}}", false, "YWxpY2U=", true, NULL, NULL, 0},
    {"{b64:{user}}", false, "Ym9i", false, NULL, NULL, 0},
    {"{b64:{user}}", false, "not base64!", false, NULL, NULL, 0},
    {"{b64:{who}}", false, "Ym9i", true, "who", "bob", 0},
    {"{b64:\\0{who}\\0{secret:key}}", false, "AGJvYgBrZXk=", true, "key", "key", 0},
    {"{b64:}", false, "", true, NULL, NULL, 0},
    {"{b64:}", false, "=", true, NULL, NULL, 0},
    {"{b64:{x}}-{x}", false, "Ym9i-bob", true, "x", "bob", 0},
    {"{b64:{x}}-{x}", false, "Ym9i-bib", false, NULL, NULL, 6},
    {"{message}", false, "x", false, NULL, NULL, 0},
};

static void matches_and_binds(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof matches / sizeof *matches; i++) {
        struct template t;
        struct bindings b;
        size_t at = 0;
        parse_ok(&t, matches[i].text, strlen(matches[i].text), false);
        bind_some(&b);
        bool yes = template_match(&t, matches[i].bytes, strlen(matches[i].bytes), matches[i].fold, &b, &at);
        if (yes != matches[i].yes || (!yes && at != matches[i].at))
            fail_msg("\"%s\" against \"%s\": %d at %zu", matches[i].text, matches[i].bytes, yes, at);
        if (matches[i].name) {
            assert_non_null(bindings_get(&b, matches[i].name));
            assert_string_equal(bindings_get(&b, matches[i].name)->value, matches[i].value);
        }
        assert_true(yes || b.count == 3);
        bindings_free(&b);
        template_free(&t);
    }
}

static void a_secret_binds_as_secret(void **state) {
    (void)state;
    struct template t;
    struct bindings b;
    bindings_init(&b);
    parse_ok(&t, "{secret:key}", 12, false);
    assert_true(template_match(&t, "xyz", 3, false, &b, NULL));
    assert_true(bindings_get(&b, "key")->secret);
    assert_true(template_has(&t, FIELD_SECRET));
    assert_true(template_secret(&t, &b));
    template_free(&t);
    bindings_free(&b);
}

static void only_the_domain_folds(void **state) {
    (void)state;
    struct template t;
    struct bindings b;
    bindings_init(&b);
    parse_ok(&t, "Bob@Example.ORG", 15, false);
    assert_true(template_match_from(&t, "Bob@example.org", 15, 4, &b, NULL));
    assert_false(template_match_from(&t, "bob@example.org", 15, 4, &b, NULL));
    template_free(&t);
    bindings_free(&b);
}

/* A line that can be cut in millions of ways must be given up soon: this test hangs if it is not. */
static void no_blow_up(void **state) {
    (void)state;
    static const char text[] = "{a}-{b}-{c}-{d}-{e}-{f}-{g}-{h}!";
    char line[512];
    struct template t;
    struct bindings b;
    memset(line, '-', sizeof line);
    bindings_init(&b);
    parse_ok(&t, text, strlen(text), false);
    assert_false(template_match(&t, line, sizeof line, false, &b, NULL));
    assert_int_equal(b.count, 0);
    template_free(&t);
    bindings_free(&b);
}

static void names_over_the_limit_do_not_match(void **state) {
    (void)state;
    struct bindings b;
    struct template t;
    char name[16];
    bindings_init(&b);
    for (int i = 0; i < BINDINGS_MAX - 1; i++) {
        (void)snprintf(name, sizeof name, "n%d", i);
        assert_int_equal(bindings_set(&b, name, "v", 1, false, NULL), 0);
    }
    parse_ok(&t, "{x} {y}", 7, false);
    assert_false(template_match(&t, "a b", 3, false, &b, NULL));
    assert_int_equal(b.count, BINDINGS_MAX - 1);
    template_free(&t);
    parse_ok(&t, "{x} {x}", 7, false);
    assert_true(template_match(&t, "a a", 3, false, &b, NULL));
    template_free(&t);
    bindings_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_or_says_where),
        cmocka_unit_test(every_prefix_parses_or_is_refused),
        cmocka_unit_test(limits_of_parse),
        cmocka_unit_test(limits_of_bindings),
        cmocka_unit_test(expands),
        cmocka_unit_test(expansion_stops_at_the_room),
        cmocka_unit_test(quoting_is_undone_by_parsing),
        cmocka_unit_test(matches_and_binds),
        cmocka_unit_test(a_secret_binds_as_secret),
        cmocka_unit_test(only_the_domain_folds),
        cmocka_unit_test(no_blow_up),
        cmocka_unit_test(names_over_the_limit_do_not_match),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
