/* Text measured, cut and wrapped in the columns of a terminal. See display.h. */
#include "display.h"

#include "display_internal.h"

#include <string.h>

#define ESCAPE '\033'

/* --- one step through text --- */

/* Length of an escape sequence of our own, ESC [ digits and semicolons m; 0: none stands here. */
static size_t colour_at(const char *text, size_t n) {
    size_t i = 2;

    if (n < 3 || text[0] != ESCAPE || text[1] != '[')
        return 0;
    while (i < n && (strchr("0123456789;", text[i]) != NULL && text[i] != '\0'))
        i++;
    return i < n && text[i] == 'm' ? i + 1 : 0;
}

/* Length of what stands here, and its columns. What is no character takes one, as terminals show it. */
static size_t step(const char *text, size_t n, size_t *columns) {
    uint32_t c;
    size_t length = colour_at(text, n);
    int width;

    *columns = 0;
    if (length > 0)
        return length;
    length = display_decode(text, n, &c);
    width = length > 0 ? display_columns(c) : -1;
    *columns = width >= 0 ? (size_t)width : 1;
    return length > 0 ? length : 1;
}

static size_t measure(const char *text, size_t n) {
    size_t total = 0, columns;

    for (size_t i = 0; i < n; total += columns)
        i += step(text + i, n - i, &columns);
    return total;
}

/* How many bytes of the text fit into `room` columns; *taken: how many columns they take. */
static size_t fitting(const char *text, size_t n, size_t room, size_t *taken) {
    size_t i = 0, columns;

    for (*taken = 0; i < n; *taken += columns) {
        size_t length = step(text + i, n - i, &columns);

        if (*taken + columns > room)
            break;
        i += length;
    }
    return i;
}

size_t display_width(const char *text) {
    return measure(text, strlen(text));
}

int display_cut(struct buf *out, const char *text, size_t width, bool utf8) {
    const char *mark = utf8 ? "\xe2\x80\xa6" : "...";
    size_t mark_width = display_width(mark);
    size_t taken, n = strlen(text);

    if (measure(text, n) <= width)
        return buf_add(out, text, n);
    if (mark_width > width)
        return 0;
    return buf_add(out, text, fitting(text, n, width - mark_width, &taken)) == -1 ? -1
                                                                                  : buf_add_text(out, mark);
}

/* --- wrapping --- */

struct wrap {
    struct buf *out;
    size_t width, indent;
    size_t column;
    bool fresh; /* nothing but the indent stands in this line */
};

/* In which column the text that is there ends. */
static size_t column_of(const struct buf *out) {
    size_t start = out->len;

    while (start > 0 && out->data[start - 1] != '\n')
        start--;
    return measure(out->data + start, out->len - start);
}

static int new_line(struct wrap *w) {
    w->column = w->indent;
    w->fresh = true;
    return buf_addf(w->out, "\n%*s", (int)w->indent, "");
}

static int add(struct wrap *w, const char *text, size_t n, size_t columns) {
    w->column += columns;
    w->fresh = w->fresh && n == 0;
    return buf_add(w->out, text, n);
}

/* A word that no line can hold is cut where it must be. */
static int add_long(struct wrap *w, const char *word, size_t n) {
    while (n > 0) {
        size_t taken, room = w->column < w->width ? w->width - w->column : 0;
        size_t part = fitting(word, n, room, &taken);

        if (part == 0 && w->fresh) /* not even one character: that one stands too far out, or we never end */
            part = step(word, n, &taken);
        if (add(w, word, part, taken) == -1)
            return -1;
        word += part;
        n -= part;
        if (n > 0 && new_line(w) == -1)
            return -1;
    }
    return 0;
}

/* The spaces that stand before a word, and the word. */
static int add_word(struct wrap *w, const char *text, size_t spaces, size_t n) {
    size_t columns = measure(text + spaces, n);

    if (w->column + spaces + columns <= w->width)
        return add(w, text, spaces + n, spaces + columns);
    if (!w->fresh && new_line(w) == -1)
        return -1;
    return add_long(w, text + spaces, n);
}

int display_wrap(struct buf *out, const char *text, size_t width, size_t indent) {
    struct wrap w = {.out = out, .width = width, .indent = indent < width ? indent : 0};

    w.column = column_of(out);
    w.fresh = w.column == 0;
    while (*text != '\0') {
        size_t spaces = strspn(text, " ");
        size_t n = strcspn(text + spaces, " \n");

        /* Spaces at the end of a line are nobody's. */
        if (n > 0 && add_word(&w, text, spaces, n) == -1)
            return -1;
        text += spaces + n;
        if (*text == '\n') {
            if (new_line(&w) == -1)
                return -1;
            text++;
        }
    }
    return 0;
}
