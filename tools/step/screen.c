/* See screen.h. */
#include "screen.h"

#include "../../lib/display.h"

#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INDENT 2
#define WIDTH_MIN 20
#define COLUMN_MIN 30

/* --- inks --- */

static const char *const inks[INK_COUNT] = {
    [INK_PLAIN] = "",       [INK_DIM] = "\033[2m",     [INK_GOOD] = "\033[32m",  [INK_WARN] = "\033[33m",
    [INK_BAD] = "\033[31m", [INK_SERVER] = "\033[36m", [INK_CLIENT] = "\033[1m",
};

const char *screen_ink(const struct screen *sc, enum ink ink) {
    return sc->colour ? inks[ink] : "";
}

const char *screen_no_ink(const struct screen *sc) {
    return sc->colour ? "\033[0m" : "";
}

/* NO_COLOR set to anything but the empty string (no-color.org), a dumb terminal, no terminal: no colour. */
static bool wants_colour(void) {
    const char *no = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && (no == NULL || no[0] == '\0') && term != NULL &&
           strcmp(term, "dumb") != 0;
}

void screen_init(struct screen *sc, bool interactive) {
    memset(sc, 0, sizeof *sc);
    sc->interactive = interactive;
    sc->colour = wants_colour();
    setlocale(LC_CTYPE, "");
    sc->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

unsigned screen_width(const struct screen *sc) {
    unsigned columns = 80, rows;

    if (sc->interactive)
        input_size(sc->input, &columns, &rows);
    if (columns < WIDTH_MIN)
        return WIDTH_MIN;
    return columns < SCREEN_WIDTH_MAX ? columns : SCREEN_WIDTH_MAX;
}

/* --- words of our own --- */

/* One paragraph of unknown bytes: safe, wrapped; its later lines hang `hang` columns in. */
static void paragraph(const struct screen *sc, enum ink ink, size_t hang, const char *text, size_t n) {
    struct buf safe, wrapped;

    buf_init(&safe, SCREEN_TEXT_MAX);
    buf_init(&wrapped, SCREEN_TEXT_MAX);
    display_text(&safe, text, n, sc->utf8);
    display_wrap(&wrapped, safe.data, screen_width(sc) - INDENT, INDENT + hang);
    printf("%*s%s%s%s\n", INDENT, "", screen_ink(sc, ink), wrapped.data, screen_no_ink(sc));
    buf_free(&safe);
    buf_free(&wrapped);
}

void screen_lines(struct screen *sc, enum ink ink, const char *text) {
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");

        paragraph(sc, ink, strspn(text, " "), text, n);
        text += n + (text[n] == '\n');
    }
}

void screen_say(struct screen *sc, enum ink ink, const char *format, ...) {
    struct buf text;
    va_list args;

    buf_init(&text, SCREEN_TEXT_MAX);
    va_start(args, format);
    buf_vaddf(&text, format, args);
    va_end(args);
    paragraph(sc, ink, strspn(text.data, " "), text.data, text.len);
    buf_free(&text);
}

void screen_row(struct screen *sc, size_t column, const char *left, const char *right) {
    struct buf text;

    buf_init(&text, SCREEN_TEXT_MAX);
    if (column + COLUMN_MIN > screen_width(sc)) /* no room for two columns */
        column = 0;
    if (strlen(left) > column) { /* one below the other */
        screen_say(sc, INK_PLAIN, "%s", left);
        left = "";
    }
    buf_addf(&text, "%-*s %s", (int)column, left, right);
    paragraph(sc, INK_PLAIN, column + 1, text.data + (column == 0), text.len - (column == 0));
    buf_free(&text);
}

void screen_drawing(struct screen *sc, const char *text) {
    (void)sc;
    fputs(text, stdout);
}

/* --- the conversation --- */

/* The line without its CRLF; any other end, or none, is shown for what it is. */
static size_t without_crlf(const char *line, size_t n) {
    return n >= 2 && line[n - 2] == '\r' && line[n - 1] == '\n' ? n - 2 : n;
}

static enum ink ink_of(const struct event *e) {
    if (e->kind == EVENT_CLIENT)
        return INK_CLIENT;
    if (e->text[0] == '4')
        return INK_WARN;
    return e->text[0] == '5' ? INK_BAD : INK_SERVER;
}

static void show_line(const struct screen *sc, const struct event *e) {
    size_t n = without_crlf(e->text, e->len);
    size_t shown = n < SCREEN_LINE_SHOWN ? n : SCREEN_LINE_SHOWN;
    struct buf safe;

    buf_init(&safe, SCREEN_TEXT_MAX);
    display_text(&safe, e->text, shown, sc->utf8);
    printf("%s%s%s %s%s:%s%s%s", screen_ink(sc, INK_DIM), e->tls ? "tls" : "   ", screen_no_ink(sc),
           screen_ink(sc, ink_of(e)), e->kind == EVENT_SERVER ? "S" : "C", shown > 0 ? " " : "", safe.data,
           screen_no_ink(sc));
    if (shown < n || e->full_len > e->len)
        printf(" ... (%zu bytes in all)", e->full_len);
    putchar('\n');
    buf_free(&safe);
}

void screen_pause(struct screen *sc) {
    if (sc->left_out > 0)
        screen_say(sc, INK_DIM, "(%zu lines more, not shown)", sc->left_out);
    sc->run = sc->left_out = 0;
}

/* Of a long run of lines only the first are shown. */
static bool shows(struct screen *sc, const struct event *e) {
    if (e->kind != sc->side)
        screen_pause(sc);
    sc->side = e->kind;
    if (sc->run++ < SCREEN_RUN_SHOWN)
        return true;
    sc->left_out++;
    return false;
}

static void show_close(struct screen *sc, const struct event *e) {
    screen_pause(sc);
    screen_say(sc, INK_DIM, "-- the connection is closed, by %s", e->by_client ? "us" : "the server");
}

void screen_event(struct screen *sc, const struct event *e) {
    bool client = e->kind == EVENT_CLIENT;

    if (sc->quiet || (client ? sc->typed : sc->hold))
        return;
    if (e->kind == EVENT_CLOSE)
        show_close(sc, e);
    else if (e->kind == EVENT_TLS)
        screen_say(sc, INK_GOOD, "-- TLS begins: %s", e->text);
    else if ((e->kind == EVENT_SERVER || e->kind == EVENT_CLIENT) && shows(sc, e))
        show_line(sc, e);
}
