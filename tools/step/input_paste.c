/*
 * Several lines pasted at once: readline takes them as one text with line ends
 * in it; the first is a line, the others wait for the next calls. See input_internal.h.
 */
#include "input_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum input_kind input_accepted(struct input *in, struct buf *line, struct err *e) {
    char *text = in->accepted;
    size_t n = strcspn(text, "\n"), all = strlen(text);
    bool failed = in->keys.too_long || buf_add(line, text, n) == -1;

    if (!failed && n + 1 < all) {
        /* The line end behind the last line of a paste is not an empty line more. */
        failed = buf_add(&in->pasted, text + n + 1, all - n - 1) == -1 ||
                 (text[all - 1] != '\n' && buf_add_char(&in->pasted, '\n') == -1);
    }
    free(text);
    in->accepted = NULL;
    in->keys.too_long = false;
    if (failed)
        return input_too_long(e);
    input_history_add(in, line->data);
    return INPUT_LINE;
}

static enum input_kind take_pasted(struct input *in, const char *prompt, struct buf *line, struct err *e) {
    size_t n = strcspn(in->pasted.data, "\n");
    bool failed = buf_add(line, in->pasted.data, n) == -1;
    struct buf shown;

    buf_take(&in->pasted, n + 1);
    if (failed)
        return input_too_long(e);
    buf_init(&shown, INPUT_LINE_MAX);
    input_add_masked(in, line->data, &shown);
    fprintf(stdout, "%s%s\n", prompt, shown.data);
    fflush(stdout);
    buf_free(&shown);
    input_history_add(in, line->data);
    return INPUT_LINE;
}

enum input_kind input_next_of_paste(struct input *in, const char *prompt, int also, struct buf *line,
                                    struct err *e) {
    switch (input_wait(also, 0)) {
    case WAIT_ALSO:
        return INPUT_READABLE;
    case WAIT_SIGNAL:
        signals_drain();
        if (!signals_take(SEEN_INTERRUPT))
            break;
        buf_clear(&in->pasted);
        return INPUT_INTERRUPT;
    default:
        break;
    }
    return take_pasted(in, prompt, line, e);
}
