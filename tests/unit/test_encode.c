/* encode: base64 (RFC 4648) and escapes, there and back, and what must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/encode.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- base64 --- */

static const struct {
    const char *bytes;
    size_t n;
    const char *text;
} pairs[] = {
    /* RFC 4648 section 10 */
    {"", 0, ""},
    {"f", 1, "Zg=="},
    {"fo", 2, "Zm8="},
    {"foo", 3, "Zm9v"},
    {"foob", 4, "Zm9vYg=="},
    {"fooba", 5, "Zm9vYmE="},
    {"foobar", 6, "Zm9vYmFy"},
    /* what AUTH sends */
    {"Username:", 9, "VXNlcm5hbWU6"},
    {"\0alice\0secret", 13, "AGFsaWNlAHNlY3JldA=="},
    {"\x00", 1, "AA=="},
    {"\xff\xff\xff", 3, "////"},
    {"\xfb\xef\xbe", 3, "++++"},
};

static void base64_pairs(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct buf b;

        buf_init(&b, 1000);
        buf_add_text(&b, ">");
        assert_int_equal(encode_base64(&b, pairs[i].bytes, pairs[i].n), 0);
        assert_string_equal(b.data + 1, pairs[i].text);

        buf_clear(&b);
        buf_add_text(&b, ">");
        assert_int_equal(decode_base64(&b, pairs[i].text, strlen(pairs[i].text)), 0);
        assert_int_equal(b.len, pairs[i].n + 1);
        assert_memory_equal(b.data + 1, pairs[i].bytes, pairs[i].n);
        buf_free(&b);
    }
}

/* A prefix of base64 is base64 exactly where a group ends. */
static void base64_prefixes(void **state) {
    static const char text[] = "AGFsaWNlAHNlY3JldA==";

    (void)state;
    for (size_t n = 0; n < sizeof(text) - 1; n++) {
        struct buf b;

        buf_init(&b, 100);
        assert_int_equal(decode_base64(&b, text, n), n % 4 == 0 ? 0 : -1);
        assert_int_equal(b.len, n % 4 == 0 ? n / 4 * 3 : 0);
        buf_free(&b);
    }
}

static void base64_refused(void **state) {
    static const struct {
        const char *text;
        size_t n; /* 0: strlen */
    } bad[] = {
        {"Z", 0},        {"Zg", 0},       {"Zg=", 0},          {"Zg===", 0},
        {"=", 0},        {"====", 0},     {"Z===", 0},         {"Zm8=Zm8=", 0},
        {"Zg==Zg==", 0}, {"Zm=8", 0},     {"=Zm8", 0},         {" Zm9v", 0},
        {"Zm9v ", 0},    {"Zm9v\r\n", 0}, {"\r\nZm9v\r\n", 0}, {"Zm 9", 0},
        {"Zm\n9", 0},    {"   \n", 0},    {"Zm9-", 0},         {"Zm9_", 0},
        {"Zm9*", 0},     {"*", 0},        {"Zm\xc3\xa9", 0},   {"\xff\xff\xff\xff", 0},
        {"Zh==", 0},     {"Zo==", 0},     {"Zm9=", 0},         {"Zm+=", 0}, /* bits left over */
        {"Zm9\0", 4},    {"\0\0\0\0", 4},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct buf b;

        buf_init(&b, 100);
        buf_add_text(&b, "kept");
        assert_int_equal(decode_base64(&b, bad[i].text, bad[i].n ? bad[i].n : strlen(bad[i].text)), -1);
        assert_string_equal(b.data, "kept");
        assert_int_equal(b.len, 4);
        buf_free(&b);
    }
}

static void base64_of_every_length_comes_back(void **state) {
    unsigned char bytes[260];
    struct buf text;
    struct buf back;

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 37 + 11);
    buf_init(&text, SIZE_MAX);
    buf_init(&back, SIZE_MAX);
    for (size_t n = 0; n <= sizeof(bytes); n++) {
        buf_clear(&text);
        buf_clear(&back);
        assert_int_equal(encode_base64(&text, bytes, n), 0);
        assert_int_equal(text.len, (n + 2) / 3 * 4);
        assert_int_equal(decode_base64(&back, text.data, text.len), 0);
        assert_int_equal(back.len, n);
        assert_memory_equal(back.data, bytes, n);
    }
    buf_free(&text);
    buf_free(&back);
}

static void base64_obeys_the_maximum(void **state) {
    static const struct {
        size_t bytes, text;
    } sizes[] = {{1, 4}, {2, 4}, {3, 4}, {4, 8}, {5, 8}, {6, 8}, {31, 44}};
    const char zeros[31] = {0};
    struct buf text;

    (void)state;
    buf_init(&text, SIZE_MAX);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        buf_clear(&text);
        assert_int_equal(encode_base64(&text, zeros, sizes[i].bytes), 0);
        for (int more = -1; more <= 1; more++) {
            struct buf b;

            buf_init(&b, sizes[i].text + (size_t)more);
            assert_int_equal(encode_base64(&b, zeros, sizes[i].bytes), more < 0 ? -1 : 0);
            assert_int_equal(b.len, more < 0 ? 0 : sizes[i].text);
            buf_free(&b);

            buf_init(&b, sizes[i].bytes + (size_t)more);
            assert_int_equal(decode_base64(&b, text.data, text.len), more < 0 ? -1 : 0);
            assert_int_equal(b.len, more < 0 ? 0 : sizes[i].bytes);
            buf_free(&b);
        }
    }
    buf_free(&text);
}

/* --- escapes --- */

static void escapes_of_every_byte(void **state) {
    struct buf b;
    struct buf back;
    size_t at;

    (void)state;
    buf_init(&b, SIZE_MAX);
    buf_init(&back, SIZE_MAX);
    for (int c = 0; c < 256; c++) {
        char byte = (char)c;

        buf_clear(&b);
        buf_clear(&back);
        assert_int_equal(encode_escaped(&b, &byte, 1), 0);
        for (size_t i = 0; i < b.len; i++)
            assert_in_range(b.data[i], 0x20, 0x7e);
        if (c >= 0x20 && c < 0x7f && c != '\\')
            assert_int_equal(b.len, 1);
        assert_int_equal(decode_escaped(&back, b.data, b.len, &at), 0);
        assert_int_equal(back.len, 1);
        assert_int_equal(back.data[0], byte);
    }
    buf_free(&b);
    buf_free(&back);
}

static const struct {
    const char *bytes;
    size_t n;
    const char *text;
} shown[] = {
    {"", 0, ""},
    {"250 Ok\r\n", 8, "250 Ok\\r\\n"},
    {"\0alice\0x", 8, "\\0alice\\0x"},
    {"\0"
     "1",
     2, "\\01"}, /* not an octal number */
    {"a\\n", 3, "a\\\\n"},
    {"\033[2J", 4, "\\x1B[2J"},
    {"\t\x7f\xc3\xa9", 4, "\\t\\x7F\\xC3\\xA9"},
    {"\\*3(x)", 6, "\\\\*3(x)"},
};

static void escapes_shown(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(shown); i++) {
        struct buf b;

        buf_init(&b, 100);
        assert_int_equal(encode_escaped(&b, shown[i].bytes, shown[i].n), 0);
        assert_string_equal(b.data, shown[i].text);
        buf_clear(&b);
        assert_int_equal(decode_escaped(&b, shown[i].text, strlen(shown[i].text), NULL), 0);
        assert_int_equal(b.len, shown[i].n);
        assert_memory_equal(b.data, shown[i].bytes, shown[i].n);
        buf_free(&b);
    }
}

static const struct {
    const char *text;
    const char *bytes; /* NULL: refused */
    size_t at;         /* where, when refused */
} read_back[] = {
    {"\\*1(x)", "x", 0},
    {"\\*3(ab)c", "abababc", 0},
    {"\\*2(\\r\\n)", "\r\n\r\n", 0},
    {"\\*2((\\x29)", "()()", 0},
    {"\\*2(a)\\*2(b)", "aabb", 0},
    {"\\*10(x)", "xxxxxxxxxx", 0},
    {"\\x1b\\x1B", "\033\033", 0},
    {"caf\xc3\xa9 (1)", "caf\xc3\xa9 (1)", 0},
    {"*2(a)", "*2(a)", 0},
    {"\\", NULL, 1},
    {"abc\\", NULL, 4},
    {"ab\\q", NULL, 3},
    {"\\x", NULL, 2},
    {"\\x4", NULL, 3},
    {"\\xg0", NULL, 2},
    {"\\x0g", NULL, 3},
    {"\\*", NULL, 2},
    {"\\*(x)", NULL, 2},
    {"\\*0(x)", NULL, 2},
    {"\\*01(x)", NULL, 2},
    {"\\*-1(x)", NULL, 2},
    {"\\*3x)", NULL, 3},
    {"\\*3(x", NULL, 5},
    {"\\*3(", NULL, 4},
    {"\\*3()", NULL, 4},
    {"\\*3(\\*2(x))", NULL, 5},
    {"\\*3(\\q)", NULL, 5},
    {"\\*99999999999999999999(x)", NULL, 9},
};

static void escapes_read_back(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(read_back); i++) {
        struct buf b;
        size_t at = 0;
        int expected = read_back[i].bytes == NULL ? -1 : 0;

        buf_init(&b, 100);
        assert_int_equal(decode_escaped(&b, read_back[i].text, strlen(read_back[i].text), &at), expected);
        assert_int_equal(at, read_back[i].at);
        if (expected == 0)
            assert_string_equal(b.data, read_back[i].bytes);
        buf_free(&b);
    }
}

/* Every prefix is either whole, or what is missing is missing at its very end. */
static void escapes_prefixes(void **state) {
    static const struct {
        const char *text;
        size_t whole; /* how many of its prefixes are whole, the empty one and itself among them */
    } cases[] = {{"ab\\r\\n", 5}, {"\\x41\\\\z", 4}, {"\\*12(x\\t\\x42y)z", 3}, {"\\0\\*2(\\\\)", 3}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t whole = 0;

        for (size_t n = 0; n <= strlen(cases[i].text); n++) {
            char *copy = test_malloc(n + 1); /* of this size, so that a read past the end is seen */
            struct buf b;
            size_t at;

            memcpy(copy, cases[i].text, n);
            buf_init(&b, 1000);
            if (decode_escaped(&b, copy, n, &at) == 0)
                whole++;
            else
                assert_int_equal(at, n);
            buf_free(&b);
            test_free(copy);
        }
        assert_int_equal(whole, cases[i].whole);
    }
}

static void repetition_has_its_limits(void **state) {
    static const struct {
        const char *text;
        size_t len; /* 0: refused */
        size_t at;
    } cases[] = {
        {"\\*16777215(x)", ENCODE_REPEAT_MAX - 1, 0},
        {"\\*16777216(x)", ENCODE_REPEAT_MAX, 0},
        {"\\*16777217(x)", 0, 9}, /* the digit that makes it too much */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf b;
        size_t at = 0;

        buf_init(&b, SIZE_MAX);
        assert_int_equal(decode_escaped(&b, cases[i].text, strlen(cases[i].text), &at),
                         cases[i].len ? 0 : -1);
        assert_int_equal(at, cases[i].at);
        if (cases[i].len != 0)
            assert_int_equal(b.len, cases[i].len);
        buf_free(&b);
    }
}

static void escapes_obey_the_maximum(void **state) {
    static const struct {
        const char *text;
        size_t max;
        int result;
        size_t at;
    } cases[] = {
        {"abc", 2, -1, 2},       {"abc", 3, 0, 0},
        {"ab\\n", 2, -1, 2},     {"a\\*4(bc)", 8, -1, 1},
        {"a\\*4(bc)", 9, 0, 0},  {"a\\*4(bc)", 10, 0, 0},
        {"a\\*1(bc)", 2, -1, 6}, {"\\*16777216(xxxxxxxx)", 1000, -1, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf b;
        size_t at = 0;

        buf_init(&b, cases[i].max);
        assert_int_equal(decode_escaped(&b, cases[i].text, strlen(cases[i].text), &at), cases[i].result);
        assert_int_equal(at, cases[i].at);
        buf_free(&b);
    }
    for (size_t max = 7; max <= 9; max++) { /* "a\r\n\x1B" takes 9 */
        struct buf b;

        buf_init(&b, max);
        assert_int_equal(encode_escaped(&b, "a\r\n\033", 4), max < 9 ? -1 : 0);
        buf_free(&b);
    }
}

/* --- HMAC-MD5 --- */

static const struct {
    const char *key, *text, *hex;
} hmacs[] = {
    /* RFC 2195 2 */
    {"tanstaaftanstaaf", "<1896.697170952@postoffice.reston.mci.net>", "b913a602c7eda7a495b4e6e7334d3890"},
    /* RFC 2202 2, cases 1, 2 and 6: the last key is longer than a block */
    {"\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b", "Hi There",
     "9294727a3638bb1c13f48ef8158bfc9d"},
    {"Jefe", "what do ya want for nothing?", "750c783e6ab0b503eaa86e310a5db738"},
    {NULL, "Test Using Larger Than Block-Size Key - Hash Key First", "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"},
};

static void hmac_md5_is_that_of_the_rfcs(void **state) {
    char hex[ENCODE_HMAC_MD5_LEN + 1];
    char long_key[81];

    (void)state;
    memset(long_key, 0xaa, 80);
    long_key[80] = '\0';
    for (size_t i = 0; i < sizeof hmacs / sizeof hmacs[0]; i++) {
        const char *key = hmacs[i].key != NULL ? hmacs[i].key : long_key;

        assert_int_equal(encode_hmac_md5(key, strlen(key), hmacs[i].text, strlen(hmacs[i].text), hex), 0);
        assert_string_equal(hex, hmacs[i].hex);
    }
    assert_int_equal(encode_hmac_md5("", 0, "", 0, hex), 0);
    assert_string_equal(hex, "74e6f7298a9c2d168935f58c001bad88");
    assert_int_equal(encode_hmac_md5("k", SIZE_MAX, "", 0, hex), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_pairs),
        cmocka_unit_test(base64_prefixes),
        cmocka_unit_test(base64_refused),
        cmocka_unit_test(base64_of_every_length_comes_back),
        cmocka_unit_test(base64_obeys_the_maximum),
        cmocka_unit_test(escapes_of_every_byte),
        cmocka_unit_test(escapes_shown),
        cmocka_unit_test(escapes_read_back),
        cmocka_unit_test(escapes_prefixes),
        cmocka_unit_test(repetition_has_its_limits),
        cmocka_unit_test(escapes_obey_the_maximum),
        cmocka_unit_test(hmac_md5_is_that_of_the_rfcs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
