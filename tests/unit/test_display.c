/* display: nothing that could act on a terminal gets through, and what can be read stays readable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/display.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(text) text, sizeof(text) - 1

/* --- text --- */

static const struct {
    const char *bytes;
    size_t n;
    const char *utf8;  /* NULL: as it is */
    const char *ascii; /* NULL: the same */
} texts[] = {
    {BYTES(""), NULL, NULL},
    {BYTES("250 mail.example.org"), NULL, NULL},
    {BYTES("C:\\mail"), NULL, NULL}, /* nothing to tell it from */
    {BYTES("C:\\mail\r"), "C:\\\\mail\\r", NULL},
    {BYTES("a\r\n\tb\0c"), "a\\r\\n\\tb\\0c", NULL},
    {BYTES("\x01\x07\x08\x1f\x7f"), "\\x01\\x07\\x08\\x1F\\x7F", NULL},
    {BYTES("\033[2J\033]52;c;aGk=\007"), "\\x1B[2J\\x1B]52;c;aGk=\\x07", NULL},
    {BYTES("\x9b"
           "2J"),
     "\\x9B2J", NULL},
    {BYTES("\xc2\x9b"
           "2J"),
     "\\xC2\\x9B2J", NULL}, /* C1 as UTF-8 */
    {BYTES("J\xc3\xb6rg"), NULL, "J\\xC3\\xB6rg"},
    {BYTES("\xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x93\xa7"), NULL,
     "\\xE6\\x97\\xA5\\xE6\\x9C\\xAC \\xF0\\x9F\\x93\\xA7"},
    {BYTES("e\xcc\x81"), NULL, "e\\xCC\\x81"},
    {BYTES("\xcc\x81"), "\\xCC\\x81", NULL},      /* a mark on nothing would stand on ours */
    {BYTES("\n\xcc\x81"), "\\n\\xCC\\x81", NULL}, /* nor on an escape */
    {BYTES("a\xcc\x81\xcc\x81\xcc\x81\xcc\x81"), NULL, "a\\xCC\\x81\\xCC\\x81\\xCC\\x81\\xCC\\x81"},
    {BYTES("a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81"), "a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\\xCC\\x81",
     "a\\xCC\\x81\\xCC\\x81\\xCC\\x81\\xCC\\x81\\xCC\\x81"},
    {BYTES("ok\xe2\x80\xae"
           "txt"),
     "ok\\xE2\\x80\\xAEtxt", NULL},                            /* bidi override */
    {BYTES("\xe2\x81\xa6"), "\\xE2\\x81\\xA6", NULL},          /* bidi isolate */
    {BYTES("\xd8\x9c"), "\\xD8\\x9C", NULL},                   /* Arabic letter mark */
    {BYTES("\xe2\x80\x8b"), "\\xE2\\x80\\x8B", NULL},          /* zero width space */
    {BYTES("\xe2\x80\x8d"), "\\xE2\\x80\\x8D", NULL},          /* zero width joiner */
    {BYTES("\xef\xbb\xbf"), "\\xEF\\xBB\\xBF", NULL},          /* byte order mark */
    {BYTES("\xc2\xa0"), "\\xC2\\xA0", NULL},                   /* a space that is none */
    {BYTES("\xc2\xad"), "\\xC2\\xAD", NULL},                   /* soft hyphen */
    {BYTES("\xe3\x85\xa4"), "\\xE3\\x85\\xA4", NULL},          /* Hangul filler: a letter one does not see */
    {BYTES("\xe2\x80\xa8"), "\\xE2\\x80\\xA8", NULL},          /* line separator */
    {BYTES("\xe2\x80\xa9"), "\\xE2\\x80\\xA9", NULL},          /* paragraph separator */
    {BYTES("a\xef\xb8\x8f"), "a\\xEF\\xB8\\x8F", NULL},        /* variation selector */
    {BYTES("\xf3\xa0\x81\x81"), "\\xF3\\xA0\\x81\\x81", NULL}, /* tag */
    {BYTES("\xee\x80\x80"), "\\xEE\\x80\\x80", NULL},          /* private use */
    {BYTES("\xef\xbf\xbe"), "\\xEF\\xBF\\xBE", NULL},          /* noncharacter */
    {BYTES("\xcd\xb8"), "\\xCD\\xB8", NULL},                   /* not assigned */
    {BYTES("\xc0\xaf"), "\\xC0\\xAF", NULL},                   /* overlong */
    {BYTES("\xe0\x9f\xbf"), "\\xE0\\x9F\\xBF", NULL},
    {BYTES("\xf0\x8f\xbf\xbf"), "\\xF0\\x8F\\xBF\\xBF", NULL},
    {BYTES("\xed\xa0\x80"), "\\xED\\xA0\\x80", NULL},          /* surrogate */
    {BYTES("\xf4\x90\x80\x80"), "\\xF4\\x90\\x80\\x80", NULL}, /* over 10FFFF */
    {BYTES("\xf8\x88\x80\x80\x80"), "\\xF8\\x88\\x80\\x80\\x80", NULL},
    {BYTES("\xff\xfe"), "\\xFF\\xFE", NULL},
    {BYTES("\x80"), "\\x80", NULL},
    {BYTES("\xc3(\xc3\xb6"), "\\xC3(\xc3\xb6",
     "\\xC3(\\xC3\\xB6"}, /* a broken one does not take the next along */
};

static void what_acts_is_escaped_and_what_prints_stays(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        const char *utf8 = texts[i].utf8 != NULL ? texts[i].utf8 : texts[i].bytes;
        struct buf out;

        buf_init(&out, 1000);
        assert_int_equal(display_text(&out, texts[i].bytes, texts[i].n, true), 0);
        assert_string_equal(out.data, utf8);
        assert_int_equal(display_harmless(texts[i].bytes, texts[i].n, true), texts[i].utf8 == NULL);
        buf_clear(&out);
        assert_int_equal(display_text(&out, texts[i].bytes, texts[i].n, false), 0);
        assert_string_equal(out.data, texts[i].ascii != NULL ? texts[i].ascii : utf8);
        buf_free(&out);
    }
}

/* Whatever the bytes: no control, and nothing over 126 unless UTF-8 was asked for. */
static void every_pair_of_bytes_is_harmless(void **state) {
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    for (unsigned pair = 0; pair < 65536; pair++) {
        const char bytes[] = {(char)(pair >> 8), (char)(pair & 0xff)};

        for (int utf8 = 0; utf8 < 2; utf8++) {
            buf_clear(&out);
            assert_int_equal(display_text(&out, bytes, 2, utf8 != 0), 0);
            for (size_t i = 0; i < out.len; i++) {
                unsigned char c = (unsigned char)out.data[i];

                assert_true(c >= 0x20 && c != 0x7f && (utf8 || c < 0x7f));
            }
        }
    }
    buf_free(&out);
}

static void every_strict_prefix_of_a_character_is_shown_as_bytes(void **state) {
    static const char *const characters[] = {"\xc3\xb6", "\xe6\x97\xa5", "\xf0\x9f\x93\xa7"};

    (void)state;
    for (size_t i = 0; i < COUNT(characters); i++)
        for (size_t n = 1; n < strlen(characters[i]); n++) {
            struct buf out;

            buf_init(&out, 100);
            assert_int_equal(display_text(&out, characters[i], n, true), 0);
            assert_int_equal(out.len, 4 * n); /* \xNN each */
            buf_free(&out);
        }
}

static void text_keeps_the_maximum(void **state) {
    static const struct {
        const char *text;
        size_t needs;
    } cases[] = {{"abc", 3}, {"a\n", 3}, {"\033", 4}, {"\xc3\xb6", 2}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t max = cases[i].needs - 1; max <= cases[i].needs + 1; max++) {
            struct buf out;

            buf_init(&out, max);
            assert_int_equal(display_text(&out, cases[i].text, strlen(cases[i].text), true),
                             max < cases[i].needs ? -1 : 0);
            buf_free(&out);
        }
}

/* --- dumps --- */

static const struct {
    const char *bytes;
    size_t n, rows;
    const char *utf8;
    const char *ascii;
} dumps[] = {
    {BYTES(""), 4, "", ""},
    {BYTES("QUIT\r\n"), 4, "> 0000  51 55 49 54 0d 0a                                 QUIT\u240d\u240a\n",
     "> 0000  51 55 49 54 0d 0a                                 QUIT\\r\\n\n"},
    {BYTES("\0\033\x7f\x80\xffz"), 4,
     "> 0000  00 1b 7f 80 ff 7a                                 \u00b7\u00b7\u00b7\u00b7\u00b7z\n",
     "> 0000  00 1b 7f 80 ff 7a                                 .....z\n"},
    {BYTES("0123456789abcdef"), 1,
     "> 0000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef\n", NULL},
    {BYTES("0123456789abcdefg"), 1,
     "> 0000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef\n> ... 1 more bytes\n",
     NULL},
    {BYTES("0123456789abcdefg"), 2,
     "> 0000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef\n"
     "> 0010  67                                                g\n",
     NULL},
    {BYTES("x"), 0, "> ... 1 more bytes\n", NULL},
};

static void dumps_show_every_byte(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(dumps); i++) {
        struct buf out;

        buf_init(&out, 1000);
        assert_int_equal(display_hex(&out, "> ", dumps[i].bytes, dumps[i].n, dumps[i].rows, true), 0);
        assert_string_equal(out.data, dumps[i].utf8);
        buf_clear(&out);
        assert_int_equal(display_hex(&out, "> ", dumps[i].bytes, dumps[i].n, dumps[i].rows, false), 0);
        assert_string_equal(out.data, dumps[i].ascii != NULL ? dumps[i].ascii : dumps[i].utf8);
        for (size_t max = 0; max < out.len; max++) {
            struct buf small;

            buf_init(&small, max);
            assert_int_equal(display_hex(&small, "> ", dumps[i].bytes, dumps[i].n, dumps[i].rows, false), -1);
            buf_free(&small);
        }
        buf_free(&out);
    }
}

/* --- columns --- */

static const struct {
    const char *text;
    size_t columns;
} widths[] = {
    {"", 0},
    {"abc", 3},
    {"J\xc3\xb6rg", 4},
    {"e\xcc\x81", 1},
    {"\xe6\x97\xa5\xe6\x9c\xac", 4},
    {"\xf0\x9f\x93\xa7", 2},
    {"\xe2\x94\x82\xe2\x96\xb6\xe2\x80\xa6", 3},
    {"\033[1;31mred\033[0m", 3},
    {"\033[m", 0},
    {"\033[2J", 4},  /* none of ours: counted, not trusted */
    {"\033[31", 4},  /* cut */
    {"\xff\xc3", 2}, /* no characters */
};

static void width_is_in_columns(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(widths); i++)
        assert_int_equal(display_width(widths[i].text), widths[i].columns);
}

static const struct {
    const char *text;
    size_t width;
    const char *utf8;
    const char *ascii;
} cuts[] = {
    {"abcdef", 7, "abcdef", "abcdef"},
    {"abcdef", 6, "abcdef", "abcdef"},
    {"abcdef", 5, "abcd\u2026", "ab..."},
    {"abcdef", 3, "ab\u2026", "..."},
    {"abcdef", 2, "a\u2026", ""},
    {"abcdef", 0, "", ""},
    {"\xe6\x97\xa5\xe6\x9c\xac", 3, "\xe6\x97\xa5\u2026", "..."},
    {"\xe6\x97\xa5\xe6\x9c\xac", 2, "\u2026", ""}, /* half a wide character is none */
};

static void text_is_cut_to_fit(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(cuts); i++) {
        struct buf out;

        buf_init(&out, 100);
        assert_int_equal(display_cut(&out, cuts[i].text, cuts[i].width, true), 0);
        assert_string_equal(out.data, cuts[i].utf8);
        buf_clear(&out);
        assert_int_equal(display_cut(&out, cuts[i].text, cuts[i].width, false), 0);
        assert_string_equal(out.data, cuts[i].ascii);
        buf_free(&out);
    }
}

static const struct {
    const char *before;
    const char *text;
    size_t width, indent;
    const char *wrapped;
} wraps[] = {
    {"", "", 10, 2, ""},
    {"", "one two", 7, 2, "one two"},
    {"", "one two", 6, 2, "one\n  two"},
    {"", "one two", 8, 2, "one two"},
    {"", "  one   two", 40, 0, "  one   two"},
    {"", "  one   two", 8, 0, "  one\ntwo"},
    {"", "one two  ", 6, 0, "one\ntwo"},
    {"<- ", "one two", 7, 3, "<- one\n   two"},
    {"a\n<- ", "one two", 10, 3, "a\n<- one two"},
    {"", "a\nb", 10, 2, "a\n  b"},
    {"", "a\n", 10, 0, "a\n"},
    {"", "abcdefgh", 3, 0, "abc\ndef\ngh"},
    {"", "x abcdefgh", 5, 2, "x\n  abc\n  def\n  gh"},
    {"", "\xe6\x97\xa5\xe6\x9c\xac", 3, 0, "\xe6\x97\xa5\n\xe6\x9c\xac"},
    {"", "\xe6\x97\xa5\xe6\x9c\xac", 1, 0, "\xe6\x97\xa5\n\xe6\x9c\xac"}, /* too narrow, and still an end */
    {"", "ab", 0, 0, "a\nb"},
    {"", "\033[2mone\033[0m two", 7, 0, "\033[2mone\033[0m two"},
    {"", "one two", 3, 5, "one\ntwo"}, /* no room for the indent */
};

static void text_is_wrapped_at_spaces(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(wraps); i++) {
        struct buf out;

        buf_init(&out, 1000);
        assert_int_equal(buf_add_text(&out, wraps[i].before), 0);
        assert_int_equal(display_wrap(&out, wraps[i].text, wraps[i].width, wraps[i].indent), 0);
        assert_string_equal(out.data, wraps[i].wrapped);
        for (size_t max = 0; max < strlen(wraps[i].wrapped); max++) {
            struct buf small;

            buf_init(&small, max);
            if (buf_add_text(&small, wraps[i].before) == 0)
                assert_int_equal(display_wrap(&small, wraps[i].text, wraps[i].width, wraps[i].indent), -1);
            buf_free(&small);
        }
        buf_free(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_acts_is_escaped_and_what_prints_stays),
        cmocka_unit_test(every_pair_of_bytes_is_harmless),
        cmocka_unit_test(every_strict_prefix_of_a_character_is_shown_as_bytes),
        cmocka_unit_test(text_keeps_the_maximum),
        cmocka_unit_test(dumps_show_every_byte),
        cmocka_unit_test(width_is_in_columns),
        cmocka_unit_test(text_is_cut_to_fit),
        cmocka_unit_test(text_is_wrapped_at_spaces),
    };

    return cmocka_run_group_tests_name("display", tests, NULL, NULL);
}
