/*
 * What stands on the screen round the line: the grey hint behind the cursor and
 * the warning on the row below. See input_internal.h.
 *
 * Readline moves the cursor relative to where it left it, so everything here
 * returns it to that place, and only by relative moves: an absolute place is
 * wrong as soon as the screen scrolls.
 */
#include "input_internal.h"

#include "../../lib/display.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/readline.h>

#define HINT_MAX 400
#define TAB_STOP 8
#define LONG_LINE 4096 /* longer than this, a line is drawn only when no more of it is waiting */

/* --- places --- */

struct place {
    size_t row, column; /* counted from where the prompt begins */
};

/* One step of readline's own layout: controls as ^X, tabs, line ends of a paste. */
static size_t advance(const char *text, struct place *p) {
    char character[5] = "";
    size_t n = 1;

    if (*text == '\n') {
        *p = (struct place){p->row + 1, 0};
    } else if (*text == '\t') {
        p->column += TAB_STOP - p->column % TAB_STOP;
    } else if ((unsigned char)*text < ' ' || *text == 127) {
        p->column += 2;
    } else {
        while (n < 4 && ((unsigned char)text[n] & 0xc0) == 0x80)
            n++;
        memcpy(character, text, n);
        p->column += display_width(character);
    }
    return n;
}

/* Where the n-th byte of the line stands. */
static struct place place_of(const struct input *in, size_t n, size_t columns) {
    struct place p = {0, display_width(in->prompt)};
    size_t i = 0;

    while (i < n) {
        i += advance(rl_line_buffer + i, &p);
        if (p.column >= columns) {
            p.row += p.column / columns;
            p.column %= columns;
        }
    }
    return p;
}

#define ROWS_FOR_WARNING 3 /* in fewer rows it would push away what one wants to read */

static size_t columns_of(const struct input *in) {
    unsigned columns, rows;

    input_size(in, &columns, &rows);
    return columns > 0 ? columns : 1;
}

/* --- the part that must not be seen --- */

static bool find_mask(const struct input *in, const char *text, size_t *from) {
    return in->hooks.mask != NULL && in->hooks.mask(in->hooks.arg, text, from) && *from < strlen(text);
}

void input_add_masked(const struct input *in, const char *text, struct buf *out) {
    size_t from, n = strlen(text);

    if (!find_mask(in, text, &from))
        from = n;
    buf_add(out, text, from);
    for (; from < n; from++)
        buf_add_char(out, '*');
}

/* Readline draws rl_line_buffer, whatever that points to: a star for each byte keeps all offsets right. */
static void redisplay_masked(struct input *in) {
    char *real = rl_line_buffer;
    struct buf shown;

    buf_init(&shown, 2 * INPUT_LINE_MAX);
    input_add_masked(in, real, &shown);
    rl_line_buffer = shown.data;
    rl_redisplay();
    rl_line_buffer = real;
    buf_free(&shown);
}

void input_redisplay(void) {
    struct input *in = input_current;
    size_t from;

    in->stale = rl_end > LONG_LINE && (in->keys.bytes.len > 0 || input_more());
    if (in->stale)
        return; /* drawing a long line for each of its letters would take minutes */
    if (find_mask(in, rl_line_buffer, &from))
        redisplay_masked(in);
    else
        rl_redisplay();
}

/* --- hint and warning --- */

static const struct paint {
    const char *hint, *hint_end, *warning, *warning_end;
} coloured = {"\033[2m", "\033[0m", "\033[33m", "\033[0m"}, plain = {"  (hint: ", ")", "", ""};

static const struct paint *paint_of(const struct input *in) {
    return in->colour ? &coloured : &plain;
}

/* What a hook has to say of the line, made safe: it may quote the server. */
static void ask(const struct input *in, void (*hook)(void *, const char *, struct buf *), struct buf *out) {
    struct buf raw;

    if (hook == NULL)
        return;
    buf_init(&raw, HINT_MAX);
    hook(in->hooks.arg, rl_line_buffer, &raw);
    display_text(out, raw.data, raw.len, in->utf8);
    buf_free(&raw);
}

/* Only behind the whole line, and only if it fits into the row: a hint that wraps would be taken for text. */
static void paint_hint(struct input *in, struct place cursor, size_t columns) {
    const struct paint *paint = paint_of(in);
    struct buf hint;

    buf_init(&hint, HINT_MAX);
    ask(in, in->hooks.hint, &hint);
    size_t width = hint.len == 0 ? 0
                                 : display_width(paint->hint) + display_width(hint.data) +
                                       display_width(paint->hint_end);

    if (width > 0 && cursor.column + width < columns) {
        fprintf(rl_outstream, "%s%s%s\r", paint->hint, hint.data, paint->hint_end);
        if (cursor.column > 0)
            fprintf(rl_outstream, "\033[%zuC", cursor.column);
        in->decorated = true;
    }
    buf_free(&hint);
}

static void paint_warning(struct input *in, struct place cursor, size_t columns) {
    const struct paint *paint = paint_of(in);
    unsigned unused, rows;
    struct buf warning, cut;

    buf_init(&warning, HINT_MAX);
    buf_init(&cut, HINT_MAX);
    ask(in, in->hooks.warning, &warning);
    display_cut(&cut, warning.data, columns - 1, in->utf8);
    input_size(in, &unused, &rows);
    if (cut.len > 0 && rows >= ROWS_FOR_WARNING) {
        fprintf(rl_outstream, "\n%s%s%s\r\033[A", paint->warning, cut.data, paint->warning_end);
        if (cursor.column > 0)
            fprintf(rl_outstream, "\033[%zuC", cursor.column);
        in->decorated = true;
    }
    buf_free(&cut);
    buf_free(&warning);
}

void input_decorate(struct input *in) {
    size_t columns = columns_of(in);

    if (in->decorated || rl_end > LONG_LINE)
        return;
    struct place cursor = place_of(in, (size_t)rl_point, columns);
    struct place last = place_of(in, (size_t)rl_end, columns);

    /* Behind the last column of a row a terminal has its own mind about where the cursor is. */
    if (cursor.row != last.row || cursor.column == 0 || last.column == 0)
        return;
    if (rl_point == rl_end)
        paint_hint(in, cursor, columns);
    paint_warning(in, cursor, columns);
}

/* Hint and warning stand behind the end of the line, and nothing else does. */
void input_undecorate(struct input *in) {
    size_t columns = columns_of(in);

    if (!in->decorated)
        return;
    in->decorated = false;
    struct place cursor = place_of(in, (size_t)rl_point, columns);
    struct place last = place_of(in, (size_t)rl_end, columns);
    size_t ahead = last.column - cursor.column; /* both are in one row, or there would be no decoration */

    if (ahead > 0)
        fprintf(rl_outstream, "\033[%zuC\033[J\033[%zuD", ahead, ahead);
    else
        fputs("\033[J", rl_outstream);
}

/* --- the whole line --- */

void input_wipe(struct input *in) {
    struct place cursor = place_of(in, (size_t)rl_point, columns_of(in));

    fputc('\r', rl_outstream);
    if (cursor.row > 0)
        fprintf(rl_outstream, "\033[%zuA", cursor.row);
    fputs("\033[J", rl_outstream);
    fflush(rl_outstream);
    in->decorated = false;
}

void input_redraw(struct input *in) {
    in->decorated = false;
    rl_forced_update_display();
}

void input_leave_line(struct input *in, const char *mark) {
    size_t columns = columns_of(in);
    struct place cursor = place_of(in, (size_t)rl_point, columns);
    struct place last = place_of(in, (size_t)rl_end, columns);

    input_undecorate(in);
    fputc('\r', rl_outstream);
    if (last.row > cursor.row)
        fprintf(rl_outstream, "\033[%zuB", last.row - cursor.row);
    if (last.column > 0)
        fprintf(rl_outstream, "\033[%zuC", last.column);
    fprintf(rl_outstream, "%s\n", mark);
    fflush(rl_outstream);
}
