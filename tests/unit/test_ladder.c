/* ladder: the picture of a log is what the log holds, fits, folds, and cannot act on who looks at it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/display.h"
#include "../../lib/ladder.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ROOM (64UL << 20)
#define HEAD 5 /* lines of a message that are always drawn */
#define FOLD 4 /* the fewest that are folded */

static int make(void **state) {
    static struct log log; /* large: not for the stack */

    log_init(&log);
    *state = &log;
    return 0;
}

static int unmake(void **state) {
    log_free(*state);
    return 0;
}

static size_t event(struct log *l, enum event_kind kind, bool tls, const char *text, size_t n) {
    size_t at = log_event(l, kind, 0, tls, text, n);

    l->events[at].by_client = kind == EVENT_CLIENT;
    return at;
}

static size_t say(struct log *l, enum event_kind kind, bool tls, const char *text) {
    return event(l, kind, tls, text, strlen(text));
}

static void find(struct log *l, enum rule rule, size_t at) {
    struct finding f = {.rule = rule, .event = at};

    log_finding(l, &f);
}

static void draw(struct buf *out, const struct log *l, unsigned width, bool utf8, bool colour) {
    struct ladder_style style = {width, utf8, colour};

    buf_init(out, ROOM);
    assert_int_equal(ladder_text(out, l, &style), 0);
}

static void page(struct buf *out, const struct log *l, const char *title) {
    buf_init(out, ROOM);
    assert_int_equal(ladder_html(out, l, title), 0);
}

/* A session with TLS, a refusal, a finding of a line, one of none, and a message. */
static void fill(struct log *l) {
    size_t at;

    say(l, EVENT_CONNECT, false, "");
    say(l, EVENT_SERVER, false, "220 mail.example.test\r\n");
    say(l, EVENT_CLIENT, false, "STARTTLS\r\n");
    say(l, EVENT_TLS, true, "TLSv1.3");
    at = say(l, EVENT_CLIENT, true, "RCPT TO:<bob@example.org>\n");
    find(l, RULE_BARE_LF, at);
    say(l, EVENT_SERVER, true, "550 5.1.1 no such user, and a good deal of more words\r\n");
    say(l, EVENT_CLOSE, true, "");
    at = say(l, EVENT_RESET, false, "");
    l->events[at].by_client = true;
    find(l, RULE_NO_DATE, LOG_NO_EVENT);
}

/* --- text --- */

static void it_is_drawn_in_ascii(void **state) {
    struct buf out;

    fill(*state);
    draw(&out, *state, 50, false, false);
    assert_string_equal(out.data, "   client                                   server\n"
                                  "     |.. the client connects ...................>|\n"
                                  "   1 |<- 220 mail.example.test ------------------|\n"
                                  "   2 |-- STARTTLS ------------------------------>|\n"
                                  "     === TLS begins (TLSv1.3) ====================\n"
                                  "   3 #-- RCPT TO:<bob@example.org>\\n ----------->#\n"
                                  "      `- fail bare-lf: this line ends in LF alone\n"
                                  "   4 #<- 550 5.1.1 no such user, and a good... --#\n"
                                  "     #<. the server closes the connection .......#\n"
                                  "     |.. the client resets the connection ......>|\n"
                                  "      `- note no-date: the message has no Date\n"
                                  "         field\n");
    buf_free(&out);
}

static void it_is_drawn_in_unicode(void **state) {
    struct buf out;

    fill(*state);
    draw(&out, *state, 40, true, false);
    assert_string_equal(out.data, "   client                         server\n"
                                  "     │╌╌ the client connects ╌╌╌╌╌╌╌╌╌►│\n"
                                  "   1 │◄─ 220 mail.example.test ────────│\n"
                                  "   2 │── STARTTLS ────────────────────►│\n"
                                  "     ═══ TLS begins (TLSv1.3) ══════════\n"
                                  "   3 ║── RCPT TO:<bob@example.org>\\n ─►║\n"
                                  "      └─ fail bare-lf: this line ends in\n"
                                  "         LF alone\n"
                                  "   4 ║◄─ 550 5.1.1 no such user, an… ──║\n"
                                  "     ║◄╌ the server closes the conn… ╌╌║\n"
                                  "     │╌╌ the client resets the conn… ╌►│\n"
                                  "      └─ note no-date: the message has\n"
                                  "         no Date field\n");
    buf_free(&out);
}

static void no_line_is_wider_than_asked(void **state) {
    static const unsigned widths[] = {
        0, LADDER_WIDTH_MIN - 1, LADDER_WIDTH_MIN, LADDER_WIDTH_MIN + 1, 79, 80, 200};

    fill(*state);
    for (size_t i = 0; i < COUNT(widths) * 4; i++) {
        unsigned width = widths[i / 4];
        struct buf out;
        char *line;

        draw(&out, *state, width, i % 2 == 0, i % 4 > 1);
        for (line = strtok(out.data, "\n"); line != NULL; line = strtok(NULL, "\n"))
            assert_true(display_width(line) <= (width < LADDER_WIDTH_MIN ? LADDER_WIDTH_MIN : width));
        buf_free(&out);
    }
}

/* --- folding --- */

static const struct {
    size_t lines;   /* of the message */
    size_t finding; /* the one with a finding; 0: none has */
    size_t drawn;   /* lines drawn */
    const char *folds[2];
} messages[] = {
    {0, 0, 0, {NULL}},
    {HEAD, 0, HEAD, {NULL}},
    {HEAD + FOLD - 1, 0, HEAD + FOLD - 1, {NULL}},
    {HEAD + FOLD, 0, HEAD, {"... 4 lines of the message", NULL}},
    {HEAD + FOLD + 1, 0, HEAD, {"... 5 lines of the message", NULL}},
    {1000, 0, HEAD, {"... 995 lines of the message", NULL}},
    {30, 1, HEAD, {"... 25 lines of the message", NULL}},
    {30, HEAD + 1, HEAD + 1, {"... 24 lines of the message", NULL}},
    {30, 15, HEAD + 1, {"... 9 lines of the message", "... 15 lines of the message"}},
    {30, 30, HEAD + 1, {"... 24 lines of the message", NULL}},
    {30, 28, HEAD + 3, {"... 22 lines of the message", NULL}}, /* two behind it are not worth a fold */
};

static void a_long_message_is_folded_but_for_its_findings(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(messages); i++) {
        struct log *l;
        struct buf out;
        size_t drawn = 0;

        make((void **)&l);
        say(l, EVENT_CLIENT, false, "DATA\r\n");
        say(l, EVENT_SERVER, false, "354 go\r\n");
        for (size_t line = 1; line <= messages[i].lines; line++) {
            size_t at = say(l, EVENT_CLIENT, false, "text\r\n");

            if (line == messages[i].finding)
                find(l, RULE_DOT_STUFFING, at);
        }
        say(l, EVENT_CLIENT, false, ".\r\n");
        say(l, EVENT_SERVER, false, "250 Ok\r\n");
        for (int more = 0; more < 9; more++) /* no message: never folded */
            say(l, EVENT_CLIENT, false, "NOOP\r\n");
        draw(&out, l, 80, false, false);
        for (const char *at = out.data; (at = strstr(at, "-- text ")) != NULL; at++)
            drawn++;
        assert_int_equal(drawn, messages[i].drawn);
        for (int fold = 0; fold < 2 && messages[i].folds[fold] != NULL; fold++)
            assert_non_null(strstr(out.data, messages[i].folds[fold]));
        assert_int_equal(strstr(out.data, "lines of the message") != NULL, messages[i].folds[0] != NULL);
        assert_non_null(strstr(out.data, "-- . ---"));
        assert_int_equal(strstr(out.data, "dot-stuffing") != NULL, messages[i].finding != 0);
        buf_free(&out);
        log_free(l);
    }
}

/* --- hostile bytes --- */

static const char hostile[] =
    "250 <script>alert('x')</script> \"&amp; \033[2J\033]52;c;eA==\007 \x9b"
    "2J \xc2\x9b \xe2\x80\xae \xff\xfe ]]> --> </svg></title><img src=x onerror=y>\r\n";

static bool is_safe(const struct buf *out, bool colour) {
    for (size_t i = 0; i < out->len; i++) {
        unsigned char c = (unsigned char)out->data[i];

        if (c == 0x7f || (c < 0x20 && c != '\n' && !(colour && c == '\033')))
            return false;
    }
    return strstr(out->data, "\xc2\x9b") == NULL && strstr(out->data, "\xe2\x80\xae") == NULL &&
           strstr(out->data, "\xff") == NULL;
}

static void fill_hostile(struct log *l) {
    static char detail[] = "</desc><script>\033[2J";
    struct finding f = {.rule = RULE_HEADER_MISSING, .event = LOG_NO_EVENT, .detail = detail};

    event(l, EVENT_SERVER, false, hostile, sizeof hostile - 1);
    event(l, EVENT_CLIENT, false, "a\0b<i>\r\n", 8);
    say(l, EVENT_TLS, true, "TLSv1.3 <b>");
    log_finding(l, &f);
}

static void nothing_of_the_wire_acts(void **state) {
    struct buf out;

    fill_hostile(*state);
    draw(&out, *state, 200, true, false);
    assert_true(is_safe(&out, false));
    assert_non_null(strstr(out.data, "\\x1B[2J"));
    assert_non_null(strstr(out.data, "a\\0b"));
    buf_free(&out);
    page(&out, *state, "<title>\033[2J & \"more\"");
    assert_true(is_safe(&out, false));
    assert_null(strstr(out.data, "<script"));
    assert_null(strstr(out.data, "<img"));
    assert_null(strstr(out.data, "<i>"));
    assert_null(strstr(out.data, "<b>"));
    assert_null(strstr(out.data, "&amp;amp;amp;"));
    assert_non_null(strstr(out.data, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &quot;&amp;amp;"));
    assert_non_null(strstr(out.data, "<title>&lt;title&gt;\\x1B[2J &amp; &quot;more&quot;</title>"));
    buf_free(&out);
}

/* --- the page --- */

/* Every tag that opens is closed, in order; what HTML does not close is left out. */
static void check_tags(const char *html) {
    static const char *const no_end[] = {"meta", "br", "path", "rect", "!DOCTYPE"};
    char open[50][20];
    size_t depth = 0;

    for (const char *tag = strchr(html, '<'); tag != NULL; tag = strchr(tag + 1, '<')) {
        bool closes = tag[1] == '/';
        size_t n = strcspn(tag + 1 + closes, " >/");
        char name[20] = "";
        bool counts = true;

        assert_true(n > 0 && n < sizeof name);
        memcpy(name, tag + 1 + closes, n);
        for (size_t i = 0; i < COUNT(no_end); i++)
            counts = counts && strcmp(name, no_end[i]) != 0;
        if (counts && closes) {
            assert_true(depth > 0);
            assert_string_equal(open[--depth], name);
        } else if (counts) {
            assert_true(depth < COUNT(open));
            strcpy(open[depth++], name);
        }
    }
    assert_int_equal(depth, 0);
}

static void the_page_is_whole_and_needs_nothing_beside_it(void **state) {
    static const char *const there[] = {
        "<html lang=\"en\">",
        "<meta charset=\"utf-8\">",
        "<title>A session</title>",
        "default-src 'none'",
        "prefers-color-scheme: dark",
        "@media print",
        "role=\"img\" aria-labelledby=\"picture-title picture-words\"",
        "<title id=\"picture-title\">",
        "<desc id=\"picture-words\">",
        "<th scope=\"col\">",
        "<tr class=\"client\"><td>2</td><td>client</td><td></td><td><code>STARTTLS</code></td></tr>",
        "<td>TLS</td><td><code>550 5.1.1 no such user, and a good deal of more words</code>",
        "<strong>bare-lf</strong> RFC 5321",
        "<strong>no-date</strong>",
        "4 lines of conversation, 2 findings",
        "<rect ",
    };
    static const char *const absent[] = {
        "http://", "https://", "src=", "href=", "url(", "<script", "@import"};
    struct buf out;

    fill(*state);
    page(&out, *state, "A session");
    for (size_t i = 0; i < COUNT(there); i++)
        assert_non_null(strstr(out.data, there[i]));
    for (size_t i = 0; i < COUNT(absent); i++)
        assert_null(strstr(out.data, absent[i]));
    check_tags(out.data);
    buf_free(&out);
    log_free(*state);
    log_init(*state);
    fill_hostile(*state);
    page(&out, *state, "");
    check_tags(out.data);
    buf_free(&out);
}

static void an_empty_log_can_be_drawn(void **state) {
    struct buf out;

    draw(&out, *state, 40, false, false);
    assert_string_equal(out.data, "   client                         server\n");
    buf_free(&out);
    page(&out, *state, "");
    check_tags(out.data);
    buf_free(&out);
}

static void the_largest_log_can_be_drawn(void **state) {
    struct buf out;

    while (say(*state, EVENT_SERVER, true, "250-x\r\n") != LOG_EVENTS_MAX - 1)
        ;
    draw(&out, *state, 80, true, true);
    assert_non_null(strstr(out.data, "20000 "));
    buf_free(&out);
    page(&out, *state, "long");
    assert_non_null(strstr(out.data, "<td>20000</td>"));
    buf_free(&out);
}

static void the_maximum_is_kept(void **state) {
    struct ladder_style style = {60, true, true};
    struct buf text, html;

    fill(*state);
    draw(&text, *state, 60, true, true);
    page(&html, *state, "t");
    for (size_t max = 0; max <= text.len; max++) {
        struct buf out;

        buf_init(&out, max);
        assert_int_equal(ladder_text(&out, *state, &style), max < text.len ? -1 : 0);
        buf_free(&out);
    }
    for (size_t max = html.len % 37; max <= html.len; max += 37) {
        struct buf out;

        buf_init(&out, max);
        assert_int_equal(ladder_html(&out, *state, "t"), max < html.len ? -1 : 0);
        buf_free(&out);
    }
    buf_free(&text);
    buf_free(&html);
}

int main(void) {
#define WITH_LOG(test) cmocka_unit_test_setup_teardown(test, make, unmake)
    const struct CMUnitTest tests[] = {
        WITH_LOG(it_is_drawn_in_ascii),
        WITH_LOG(it_is_drawn_in_unicode),
        WITH_LOG(no_line_is_wider_than_asked),
        cmocka_unit_test(a_long_message_is_folded_but_for_its_findings),
        WITH_LOG(nothing_of_the_wire_acts),
        WITH_LOG(the_page_is_whole_and_needs_nothing_beside_it),
        WITH_LOG(an_empty_log_can_be_drawn),
        WITH_LOG(the_largest_log_can_be_drawn),
        WITH_LOG(the_maximum_is_kept),
    };

    return cmocka_run_group_tests_name("ladder", tests, NULL, NULL);
}
