/* The hooks of the line editor: each asks the part that knows. See hooks.h. */
#include "hooks.h"

#include <string.h>

static void complete(void *arg, const char *line, size_t cursor, size_t *from, struct buf *words) {
    offer_words(arg, line, cursor, from, words);
}

static void hint(void *arg, const char *line, struct buf *out) {
    hint_line(arg, line, out);
}

static void warning(void *arg, const char *line, struct buf *out) {
    warn_line(arg, line, out);
}

/* In AUTH every line is a secret, but ':' commands are none. */
static bool mask(void *arg, const char *line, size_t *from) {
    const struct stepper *st = arg;

    return line[0] != ':' && dialogue_secret(st->session.dialogue, line, strlen(line), from);
}

static bool secret(void *arg, const char *line) {
    size_t from;

    return mask(arg, line, &from);
}

struct input_hooks hooks_for(struct stepper *st) {
    return (struct input_hooks){
        .arg = st, .complete = complete, .hint = hint, .warning = warning, .secret = secret, .mask = mask};
}
