/* chart: the drawing is narrow, marks one place, and says of the protocol what the verb table and the dialogue say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/chart.h"
#include "../../lib/dialogue.h"
#include "../../lib/display.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PHASES 9
#define ROOM 20000

static void draw(struct buf *out, enum phase here, bool tls, struct chart_style style) {
    buf_init(out, ROOM);
    assert_int_equal(chart_draw(out, here, tls, &style), 0);
}

static size_t count_of(const char *text, const char *what) {
    size_t count = 0;

    while ((text = strstr(text, what)) != NULL) {
        count++;
        text += strlen(what);
    }
    return count;
}

static void every_phase_is_drawn_and_one_is_marked(void **state) {
    (void)state;
    for (int i = 0; i < PHASES * 2; i++) {
        enum phase here = (enum phase)(1 << i / 2);
        struct chart_style style = {80, i % 2 == 0, false};
        char marked[20];
        struct buf out;

        draw(&out, here, false, style);
        assert_int_equal(count_of(out.data, "you are here"), 1);
        for (int other = 0; other < PHASES; other++) {
            const char *name = phase_name((enum phase)(1 << other));

            marked[0] = '[';
            strcpy(marked + 1, name);
            strcat(marked, "]");
            assert_int_equal(count_of(out.data, marked), here == (enum phase)(1 << other));
            assert_non_null(strstr(out.data, name));
        }
        buf_free(&out);
    }
}

/* In the row of the phase itself, whatever else stands in it. */
static void the_mark_is_in_the_row_of_the_phase(void **state) {
    (void)state;
    for (int i = 0; i < PHASES; i++) {
        struct buf out;
        char *line;

        draw(&out, (enum phase)(1 << i), false, (struct chart_style){80, true, false});
        for (line = strtok(out.data, "\n"); line != NULL; line = strtok(NULL, "\n"))
            assert_int_equal(strchr(line, '[') != NULL, strstr(line, "you are here") != NULL);
        buf_free(&out);
    }
}

static void it_fits_its_columns(void **state) {
    static const unsigned widths[] = {30, 40, 71, 72, 73, 80, 120};

    (void)state;
    for (size_t w = 0; w < COUNT(widths); w++)
        for (int i = 0; i < PHASES * 8; i++) {
            struct chart_style style = {widths[w], (i & 1) != 0, (i & 2) != 0};
            struct buf out;
            char *line;

            draw(&out, (enum phase)(1 << i / 8), (i & 4) != 0, style);
            for (line = strtok(out.data, "\n"); line != NULL; line = strtok(NULL, "\n"))
                assert_true(display_width(line) <= (widths[w] < 72 ? widths[w] : 72));
            buf_free(&out);
        }
}

/* At full width nothing is cut, and ASCII is ASCII. */
static void nothing_is_cut_at_72_columns(void **state) {
    (void)state;
    for (int i = 0; i < PHASES; i++) {
        struct buf out;

        draw(&out, (enum phase)(1 << i), true, (struct chart_style){72, true, false});
        assert_null(strstr(out.data, "\u2026"));
        buf_free(&out);
        draw(&out, (enum phase)(1 << i), true, (struct chart_style){72, false, false});
        assert_null(strstr(out.data, "..."));
        for (size_t at = 0; at < out.len; at++)
            assert_true(out.data[at] == '\n' || (out.data[at] >= ' ' && out.data[at] <= '~'));
        buf_free(&out);
    }
}

/* Colour marks the same place and moves nothing. */
static void colour_changes_no_column(void **state) {
    (void)state;
    for (int i = 0; i < PHASES; i++) {
        struct buf plain, coloured;
        const char *a, *b;

        draw(&plain, (enum phase)(1 << i), false, (struct chart_style){80, true, false});
        draw(&coloured, (enum phase)(1 << i), false, (struct chart_style){80, true, true});
        assert_null(strchr(plain.data, '\033'));
        for (a = plain.data, b = coloured.data; *a != '\0'; a++, b++) {
            while (*b == '\033')
                b += strcspn(b, "m") + 1;
            assert_true(*a == *b || ((*a == '[' || *a == ']') && *b == ' '));
        }
        buf_free(&plain);
        buf_free(&coloured);
    }
}

/* The arrows of the picture: what leads from where to where, and how the picture says it. */
static const struct {
    const char *before[12]; /* the conversation so far, in turns from the server's greeting on */
    enum phase from;
    const char *line, *reply;
    enum phase to;
    const char *drawn;
} arrows[] = {
    {{NULL}, PHASE_CONNECTED, NULL, "220 hi\r\n", PHASE_GREETED, "220\n"},
    {{"220 hi\r\n"}, PHASE_GREETED, "EHLO a.example.org\r\n", "250 ok\r\n", PHASE_READY, " EHLO "},
    {{"220 hi\r\n", "EHLO a.example.org\r\n", "250-hi\r\n250 STARTTLS\r\n"},
     PHASE_READY,
     "STARTTLS\r\n",
     "220 go\r\n",
     PHASE_TLS,
     "-- STARTTLS ->  tls "},
    {{"220 hi\r\n", "EHLO a.example.org\r\n", "250 AUTH LOGIN\r\n"},
     PHASE_READY,
     "AUTH LOGIN\r\n",
     "334 VXNlcm5hbWU6\r\n",
     PHASE_AUTH,
     "-- AUTH ----->  auth "},
    {{"220 hi\r\n", "EHLO a.example.org\r\n", "250 AUTH LOGIN\r\n", "AUTH LOGIN\r\n", "334 VXNlcm5hbWU6\r\n"},
     PHASE_AUTH,
     "*\r\n",
     "501 no\r\n",
     PHASE_READY,
     "then back to ready"},
    {{"220 hi\r\n", "EHLO a.example.org\r\n", "250 hi\r\n"},
     PHASE_READY,
     "MAIL FROM:<a@example.org>\r\n",
     "250 ok\r\n",
     PHASE_MAIL,
     "MAIL FROM\n"},
    {{"220 hi\r\n", "EHLO a.example.org\r\n", "250 hi\r\n", "MAIL FROM:<a@example.org>\r\n", "250 ok\r\n"},
     PHASE_MAIL,
     "RSET\r\n",
     "250 ok\r\n",
     PHASE_READY,
     "RSET: back to ready"},
    {{"220 hi\r\n", "EHLO a.example.org\r\n", "250 hi\r\n", "MAIL FROM:<a@example.org>\r\n", "250 ok\r\n"},
     PHASE_MAIL,
     "RCPT TO:<b@example.org>\r\n",
     "250 ok\r\n",
     PHASE_RCPT,
     "RCPT TO\n"},
    {{"220 hi\r\n", "EHLO a.example.org\r\n", "250 hi\r\n", "MAIL FROM:<a@example.org>\r\n", "250 ok\r\n",
      "RCPT TO:<b@example.org>\r\n", "250 ok\r\n"},
     PHASE_RCPT,
     "RCPT TO:<c@example.org>\r\n",
     "250 ok\r\n",
     PHASE_RCPT,
     "RCPT TO again"},
    {{"220 hi\r\n", "EHLO a.example.org\r\n", "250 hi\r\n", "MAIL FROM:<a@example.org>\r\n", "250 ok\r\n",
      "RCPT TO:<b@example.org>\r\n", "250 ok\r\n"},
     PHASE_RCPT,
     "DATA\r\n",
     "354 go\r\n",
     PHASE_DATA,
     "DATA\n"},
    {{"220 hi\r\n", "EHLO a.example.org\r\n", "250 hi\r\n", "MAIL FROM:<a@example.org>\r\n", "250 ok\r\n",
      "RCPT TO:<b@example.org>\r\n", "250 ok\r\n", "DATA\r\n", "354 go\r\n"},
     PHASE_DATA,
     ".\r\n",
     "250 ok\r\n",
     PHASE_READY,
     "one dot ends the message: 250"},
    {{"220 hi\r\n", "EHLO a.example.org\r\n", "250 hi\r\n"},
     PHASE_READY,
     "QUIT\r\n",
     "221 bye\r\n",
     PHASE_CLOSED,
     "QUIT  --------------->  closed"},
};

static void feed_server(struct dialogue *d, const char *lines) {
    while (*lines != '\0') {
        size_t n = strcspn(lines, "\n") + 1;

        dialogue_server_line(d, lines, n);
        lines += n;
    }
}

static void the_arrows_are_the_dialogues(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(arrows); i++) {
        struct dialogue *d = dialogue_new(NULL, NULL);
        struct buf out;

        for (size_t turn = 0; arrows[i].before[turn] != NULL; turn++)
            if (turn % 2 == 0)
                feed_server(d, arrows[i].before[turn]);
            else
                dialogue_client_line(d, arrows[i].before[turn], strlen(arrows[i].before[turn]));
        assert_int_equal(dialogue_phase(d), arrows[i].from);
        if (arrows[i].line != NULL)
            dialogue_client_line(d, arrows[i].line, strlen(arrows[i].line));
        feed_server(d, arrows[i].reply);
        assert_int_equal(dialogue_phase(d), arrows[i].to);
        draw(&out, PHASE_GREETED, false, (struct chart_style){80, false, false});
        assert_non_null(strstr(out.data, arrows[i].drawn));
        buf_free(&out);
        dialogue_free(d);
    }
}

static const struct {
    enum phase here;
    bool tls;
    const char *words;
} lists[] = {
    {PHASE_CONNECTED, false, "next:          nothing from you: the server speaks first and says 220\n"},
    {PHASE_GREETED, false,
     "next:          EHLO, HELO, RSET, NOOP, HELP, VRFY, EXPN, QUIT\n"
     "not now (503): STARTTLS, AUTH, MAIL, RCPT, DATA, BDAT\n"},
    {PHASE_READY, false,
     "next:          EHLO, HELO, STARTTLS, AUTH, MAIL, RSET, NOOP, HELP, VRFY,\n               EXPN, QUIT\n"
     "not now (503): RCPT, DATA, BDAT\n"},
    {PHASE_READY, true, "not now (503): STARTTLS, RCPT, DATA, BDAT\n"},
    {PHASE_MAIL, true,
     "you are:       mail, inside TLS: nobody on the way can read it\nnext:          EHLO, HELO, RCPT, RSET"},
    {PHASE_RCPT, false, "you are:       rcpt\nnext:          EHLO, HELO, RCPT, DATA, BDAT, RSET"},
    {PHASE_DATA, false, "next:          the message: header, an empty line, text; then a"},
    {PHASE_AUTH, false, "base64; a line of one * gives up\n"},
    {PHASE_TLS, false, "next:          the TLS handshake, and then EHLO again\n"},
    {PHASE_CLOSED, false, "next:          nothing: the connection is closed\n"},
};

static void what_may_come_is_named(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++) {
        struct buf out;

        draw(&out, lists[i].here, lists[i].tls, (struct chart_style){80, true, false});
        assert_non_null(strstr(out.data, lists[i].words));
        buf_free(&out);
    }
}

static void the_maximum_is_kept(void **state) {
    struct chart_style style = {80, true, true};
    struct buf whole;

    (void)state;
    draw(&whole, PHASE_READY, true, style);
    for (size_t max = 0; max <= whole.len + 1; max++) {
        struct buf out;

        buf_init(&out, max);
        assert_int_equal(chart_draw(&out, PHASE_READY, true, &style), max < whole.len ? -1 : 0);
        buf_free(&out);
    }
    buf_free(&whole);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_phase_is_drawn_and_one_is_marked),
        cmocka_unit_test(the_mark_is_in_the_row_of_the_phase),
        cmocka_unit_test(it_fits_its_columns),
        cmocka_unit_test(nothing_is_cut_at_72_columns),
        cmocka_unit_test(colour_changes_no_column),
        cmocka_unit_test(the_arrows_are_the_dialogues),
        cmocka_unit_test(what_may_come_is_named),
        cmocka_unit_test(the_maximum_is_kept),
    };

    return cmocka_run_group_tests_name("chart", tests, NULL, NULL);
}
