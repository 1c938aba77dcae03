/*
 * input - one line from the person at the terminal, or from a pipe.
 *
 * The only file of the kit that includes readline is input.c. On a terminal it
 * gives line editing, ~/.inputrc, history (XDG state, 0600), completion, and a
 * grey hint behind the cursor, which shrinks as you type; on a pipe, or with
 * TERM=dumb, plain lines.
 *
 * What may be completed and hinted is asked of the caller, so that it comes
 * from the verb table and the dialogue; this file knows no SMTP.
 *
 *   - One input at a time: readline's state is global, and so are signals.
 *   - On a terminal SIGINT is caught from input_new() to input_free(), and the
 *     signals that end a program put the terminal back first. Between two calls
 *     the terminal is as it was, so print what you like.
 *   - What is typed or pasted and would not be seen (zero width, bidi, controls in
 *     a paste) is left out, and a line above the prompt says so. The lines of a
 *     paste come one by one.
 *   - The hint is dim, with NO_COLOR "(hint: ...)" in plain text; it is shown only at the end of the
 *     line and when it fits the row. The warning stands on the row below.
 */
#ifndef SMTPLAB_STEP_INPUT_H
#define SMTPLAB_STEP_INPUT_H

#include "../../lib/buf.h"
#include "../../lib/err.h"

#include <stdbool.h>
#include <stddef.h>

#define INPUT_LINE_MAX (1UL << 20) /* a longer line is refused with a sentence */

struct input;

/* What the caller knows. All get the line as far as it is typed. */
struct input_hooks {
    void *arg;
    /*
     * Append the words that could stand at `from` (an offset in line), separated by LF. A word that ends in a colon, '=' or '<'
     * is not followed by a space. *from is set to where the word to be replaced begins.
     */
    void (*complete)(void *arg, const char *line, size_t cursor, size_t *from, struct buf *words);
    /* Append the hint to show in grey behind the cursor: what is still to come. Nothing: none. */
    void (*hint)(void *arg, const char *line, struct buf *hint);
    /* Append a warning to show under the line before Enter is pressed ("this will get 503 ..."). Nothing: none. */
    void (*warning)(void *arg, const char *line, struct buf *warning);
    /* Must the line be kept out of the history? */
    bool (*secret)(void *arg, const char *line);
    /* Is a part of the line not to be seen (the password in AUTH PLAIN ...)? From *from on it is shown as stars. */
    bool (*mask)(void *arg, const char *line, size_t *from);
};

enum input_kind {
    INPUT_LINE,      /* a line; may be empty */
    INPUT_END,       /* end of file, Ctrl-D on an empty line */
    INPUT_INTERRUPT, /* Ctrl-C: what was typed is dropped */
    INPUT_READABLE, /* `also` has something to read (the server spoke); what was typed is kept for the next call */
    INPUT_ERROR /* see err; with ERR_LIMIT the line was too long, it is dropped and you may go on */
};

/* make: reads from standard input. interactive: a person at a terminal (else plain lines, no prompt). hooks are copied; each may be NULL, and so may `hooks`. NULL: memory. */
struct input *input_new(bool interactive, const struct input_hooks *hooks);

/* use: one line, without its line end, into `line`, which is cleared first. also: a descriptor to watch meanwhile, -1 for none. prompt holds no unsafe bytes; colours (ESC [ ... m) are fine. */
enum input_kind input_line(struct input *in, const char *prompt, int also, struct buf *line, struct err *e);

/* The same for a secret: no echo, no history, no hints. */
enum input_kind input_secret(struct input *in, const char *prompt, struct buf *line, struct err *e);

/* Put text into the next line as if it had been typed (for :play). */
void input_preset(struct input *in, const char *text);

/* Was Ctrl-C pressed since the last call? For waits that are not input_line(). */
bool input_interrupted(struct input *in);

/* A descriptor that can be read once Ctrl-C was pressed, for such waits' poll(); -1: none, not interactive. Leave reading it to input_interrupted(). */
int input_interrupt_fd(const struct input *in);

/* Columns and rows of the terminal now (80 x 24 if unknown). */
void input_size(const struct input *in, unsigned *columns, unsigned *rows);

/* History: read at start, written at the end and when it grows; both quiet about a folder that cannot be had. */
void input_history_load(struct input *in);
void input_history_save(struct input *in);

/* free: puts the terminal back as it was. NULL is fine. */
void input_free(struct input *in);

#endif
