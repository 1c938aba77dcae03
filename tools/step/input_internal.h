/*
 * input_internal - what the files of input share.
 *
 *   input.c           make, free, plain lines, secrets
 *   input_keys.c      the bytes of a terminal, what must not be seen taken out
 *   input_edit.c      a line edited with readline, and the waiting
 *   input_paste.c     the lines of a paste, one by one
 *   input_screen.c    the hint, the warning, the line wiped and drawn again
 *   input_complete.c  completion
 *   input_history.c   the history and its file
 *   input_signals.c   Ctrl-C, Ctrl-Z, resizing, dying
 */
#ifndef SMTPLAB_STEP_INPUT_INTERNAL_H
#define SMTPLAB_STEP_INPUT_INTERNAL_H

#include "input.h"

#include <stdbool.h>
#include <stddef.h>

#define INPUT_CHUNK 4096 /* bytes asked of a read; as much as a terminal holds */

/* The bytes from a terminal on their way to readline. */
struct keys {
    struct buf bytes; /* read and not yet used */
    bool utf8;
    bool paste;     /* between ESC [200~ and ESC [201~ */
    size_t matched; /* bytes of ESC [200~ that have just passed */
    size_t room;    /* bytes of text that the line may still take; what comes then is dropped */
    bool too_long;  /* something was */
    char unit[8];   /* a character, or the end of a paste, on its way out */
    size_t unit_len, unit_at;
    struct buf left_out; /* what would not have been seen, as escapes */
};

struct input {
    bool interactive; /* a person */
    bool editing;     /* at a terminal that readline can draw on */
    bool colour;
    bool utf8;
    struct input_hooks hooks;
    struct keys keys;   /* its bytes serve plain lines too */
    bool skipping;      /* plain lines: inside one that was too long */
    bool ended;         /* nothing more can be read */
    struct buf kept;    /* typed when the server spoke, or preset: goes into the next line */
    size_t kept_point;  /* where the cursor stood */
    struct buf pasted;  /* lines behind the first of a paste, each with LF */
    const char *prompt; /* of the line that is edited now */
    char *accepted;     /* by readline; NULL: end of file */
    bool done;          /* readline has ended the line */
    bool stale;         /* the screen does not show the whole line yet */
    bool decorated;     /* a hint or a warning stands on the screen */
    bool history;       /* wanted: input_history_load() was called */
    size_t history_new; /* lines at the end of the list that are not in the file yet */
};

/* --- keys --- */
void keys_init(struct keys *k, bool utf8);
/* The next byte for readline; -1: more must be read first. */
int keys_next(struct keys *k);
/* Its end will not come: make one. */
void keys_end_paste(struct keys *k);
void keys_free(struct keys *k);

/* --- reading --- */
/* Wait for standard input, a signal, and `also`. What came. */
enum wait { WAIT_INPUT, WAIT_SIGNAL, WAIT_ALSO, WAIT_FAILED };
enum wait input_wait(int also, int timeout);
/* Is there something to read now? */
bool input_more(void);
/* Read what there is into keys.bytes. false: the end, for good. */
bool input_fill(struct input *in);
/* What was typed is too long for us, or for the caller's buffer. */
enum input_kind input_too_long(struct err *e);

/* --- edit --- */
void input_edit_open(struct input *in);
enum input_kind input_edit(struct input *in, const char *prompt, int also, struct buf *line, struct err *e);

/* --- paste --- */
/* The line that readline accepted; what stands behind a line end in it waits. */
enum input_kind input_accepted(struct input *in, struct buf *line, struct err *e);
/* The next line of a paste, shown as if it had been typed. */
enum input_kind input_next_of_paste(struct input *in, const char *prompt, int also, struct buf *line,
                                    struct err *e);

/* --- screen --- */
void input_redisplay(void); /* readline's rl_redisplay_function */
void input_decorate(struct input *in);
void input_undecorate(struct input *in);
void input_wipe(struct input *in);   /* the whole line away, cursor where the prompt began */
void input_redraw(struct input *in); /* after a wipe */
void input_leave_line(struct input *in, const char *mark); /* behind the text, mark, a new line */
/* Append text with the part that must not be seen as stars. */
void input_add_masked(const struct input *in, const char *text, struct buf *out);

/* --- completion, history --- */
void input_complete_open(void);
void input_history_add(struct input *in, const char *text);

/* --- signals --- */
enum signal_seen { SEEN_INTERRUPT, SEEN_RESIZE, SEEN_STOP, SEEN_CONTINUE, SEEN_COUNT };
int signals_open(void); /* -1: no pipe to be had */
void signals_close(void);
int signals_fd(void);
/* Was it seen since the last time? */
bool signals_take(enum signal_seen which);
void signals_drain(void);
bool signals_saw_interrupt(void); /* without taking it */
/* While a line is typed Ctrl-Z and resizing are ours, too, and the terminal has to be put back. drawing: readline has it. */
void signals_edit(bool on, bool drawing);
/*
 * Ctrl-C in a paste is no wish to stop, but the terminal cannot tell: while a line is edited it makes
 * no signals of keys, and signals_key() does: it raises the key's signal; false: the key has none.
 */
void signals_keys_off(void);
bool signals_key(int key);
/* Stop as Ctrl-Z should; returns when continued. */
void signals_stop(void);

/* The one input: readline's callbacks and its hooks take no argument of ours. */
extern struct input *input_current;

#endif
