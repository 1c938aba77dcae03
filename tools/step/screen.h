/*
 * screen - all that the stepper shows: the two sides' lines, and its own words.
 *
 * Lines of the conversation stand as in a transcript, "S:" and "C:", behind
 * "tls" when TLS covered them. Whatever comes from outside passes through
 * display on its way; words of our own are wrapped to the terminal.
 */
#ifndef SMTPLAB_STEP_SCREEN_H
#define SMTPLAB_STEP_SCREEN_H

#include "../../lib/log.h"
#include "input.h"

#include <stdbool.h>

#define SCREEN_TEXT_MAX (1UL << 20)
#define SCREEN_LINE_SHOWN 1500 /* bytes of one line of the conversation */
#define SCREEN_RUN_SHOWN                                                                                     \
    100 /* lines of one side in a row; a reply of 10,000 lines would push all else away */
#define SCREEN_WIDTH_MAX 100 /* longer lines of prose are hard to read */

enum ink { INK_PLAIN, INK_DIM, INK_GOOD, INK_WARN, INK_BAD, INK_SERVER, INK_CLIENT, INK_COUNT };

struct screen {
    const struct input *input; /* knows the width */
    bool interactive;
    bool colour;
    bool utf8;
    bool quiet;      /* show nothing of the conversation (:undo) */
    bool hold;       /* show only what the client says (:predict) */
    bool typed;      /* the client's line stands on the screen already: it was typed there */
    size_t run;      /* lines of one side shown in a row */
    size_t left_out; /* and not shown */
    enum event_kind side;
};

/* make: colour and UTF-8 as the environment wants it. */
void screen_init(struct screen *sc, bool interactive);

/* use: an event of the conversation. */
void screen_event(struct screen *sc, const struct event *e);

/* The reply is complete: tell what was left out. */
void screen_pause(struct screen *sc);

/* Words of our own, a paragraph; printf style. Bytes from outside in them are made safe. */
void screen_say(struct screen *sc, enum ink ink, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Several lines of text, each a paragraph. */
void screen_lines(struct screen *sc, enum ink ink, const char *text);

/* Two columns, the second from this column on; it hangs there if it is long. */
void screen_row(struct screen *sc, size_t column, const char *left, const char *right);

/* A drawing, or what else is laid out already and safe. */
void screen_drawing(struct screen *sc, const char *text);

/* Columns for prose and drawings. */
unsigned screen_width(const struct screen *sc);

/* The escape sequence that begins an ink, or ends all ("" without colour). */
const char *screen_ink(const struct screen *sc, enum ink ink);
const char *screen_no_ink(const struct screen *sc);

#endif
