/*
 * A line edited with readline. See input_internal.h.
 *
 * Readline's callback interface: it is handed one key after another and never
 * waits, so that we can wait for the terminal, for signals and for the server at
 * once. The hint and the warning are painted only before we wait, and taken away before
 * the next key, so readline need not know of them.
 */
#include "input_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/readline.h>

#define CONTROL_G 7            /* readline's key for "stop this" */
#define PASTE_PATIENCE_MS 3000 /* a paste that has not gone on for so long is over */
#define GOING_ON (-1)

struct input *input_current;

/* Readline is in the middle of something of its own: a search, a count, a key of several bytes. */
static bool is_busy(void) {
    return RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH | RL_STATE_NUMERICARG | RL_STATE_MULTIKEY |
                      RL_STATE_METANEXT | RL_STATE_MOREINPUT | RL_STATE_VIMOTION | RL_STATE_CHARSEARCH);
}

/* A key that is a signal, and is not to be taken as it is (Ctrl-V before it, or in a paste). */
static bool is_signal(const struct input *in, int key) {
    return !in->keys.paste && !RL_ISSTATE(RL_STATE_METANEXT) && signals_key(key);
}

/* --- what readline calls --- */

/* It asks for a key that is not there yet: in its own questions ("Display all possibilities?") and in a paste. */
static int wait_for_key(struct input *in) {
    enum wait came = input_wait(-1, in->keys.paste ? PASTE_PATIENCE_MS : -1);

    if (came == WAIT_FAILED || (came == WAIT_INPUT && input_more() && !input_fill(in)))
        return EOF;
    if (came == WAIT_INPUT && in->keys.bytes.len == 0)
        keys_end_paste(&in->keys); /* its end has been lost */
    signals_drain();               /* what they were is looked at when the line goes on */
    return signals_saw_interrupt() ? CONTROL_G : 0;
}

/* Its next key. */
static int next_key(FILE *unused) {
    struct input *in = input_current;
    int key;

    (void)unused;
    while ((key = keys_next(&in->keys)) == -1 || is_signal(in, key)) {
        int instead = wait_for_key(in);

        if (instead != 0)
            return instead;
    }
    return key;
}

static int key_is_here(void) {
    return input_current->keys.unit_at < input_current->keys.unit_len || input_current->keys.bytes.len > 0;
}

static void accept_line(char *text) {
    struct input *in = input_current;

    in->accepted = text;
    in->done = true;
    rl_callback_handler_remove(); /* or it would show the prompt again */
}

static void prepare_terminal(int meta) {
    rl_prep_terminal(meta);
    signals_keys_off();
}

void input_edit_open(struct input *in) {
    input_current = in;
    rl_readline_name = "smtp-step";
    rl_prep_term_function = prepare_terminal;
    rl_catch_signals = 0; /* they are ours, see input_signals.c */
    rl_catch_sigwinch = 0;
    rl_change_environment = 0; /* LINES and COLUMNS would be wrong after a resize, for every child */
    rl_getc_function = next_key;
    rl_input_available_hook = key_is_here;
    input_complete_open();
    rl_initialize(); /* reads ~/.inputrc */
    /* Only now: a readline that is not to draw takes the terminal for one that cannot, and does without pastes. */
    rl_redisplay_function = input_redisplay;
}

/* --- a line begins and ends --- */

/* Readline must know which bytes of the prompt take no column. */
static void add_prompt(struct buf *out, const char *prompt) {
    while (*prompt != '\0') {
        size_t n = *prompt == '\033' ? strcspn(prompt, "m") + 1 : 0;

        if (n > 0 && n <= strlen(prompt)) {
            buf_addf(out, "\001%.*s\002", (int)n, prompt);
            prompt += n;
        } else {
            buf_add_char(out, *prompt++);
        }
    }
}

static void take_kept(struct input *in) {
    if (in->kept.len == 0)
        return;
    rl_insert_text(in->kept.data);
    rl_point = in->kept_point < in->kept.len ? (int)in->kept_point : rl_end;
    buf_clear(&in->kept);
}

static void begin(struct input *in, const char *prompt) {
    struct buf marked;

    buf_init(&marked, INPUT_CHUNK);
    add_prompt(&marked, prompt);
    in->prompt = prompt;
    in->accepted = NULL;
    in->done = false;
    signals_edit(true, true);
    fflush(stdout);
    rl_callback_handler_install(marked.data, accept_line); /* copies the prompt, prepares the terminal */
    take_kept(in);
    input_redisplay();
    buf_free(&marked);
}

static void end(struct input *in) {
    if (!in->done)
        rl_callback_handler_remove();
    fflush(stdout);
    signals_edit(false, false);
}

/* --- what comes while it is typed --- */

static enum input_kind interrupt(struct input *in) {
    input_leave_line(in, "^C");
    if (is_busy())
        rl_callback_sigcleanup();
    rl_free_line_state();
    rl_replace_line("", 0);
    buf_clear(&in->pasted);
    return INPUT_INTERRUPT;
}

/* Ctrl-Z: the terminal as it was, for as long as we are stopped. */
static void stop(struct input *in) {
    input_leave_line(in, "");
    rl_deprep_terminal();
    signals_stop();
    prepare_terminal(1);
    signals_take(SEEN_CONTINUE);
    input_redraw(in);
}

static void resize(struct input *in) {
    input_wipe(in);
    rl_reset_screen_size();
    input_redraw(in);
}

/* Someone else stopped us, and the shell has had the terminal since. */
static void continued(struct input *in) {
    rl_deprep_terminal();
    prepare_terminal(1);
    input_redraw(in);
}

static int on_signal(struct input *in) {
    signals_drain();
    if (signals_take(SEEN_INTERRUPT))
        return (int)interrupt(in);
    if (signals_take(SEEN_STOP))
        stop(in);
    if (signals_take(SEEN_CONTINUE))
        continued(in);
    if (signals_take(SEEN_RESIZE))
        resize(in);
    return GOING_ON;
}

/* The server spoke: the line leaves the screen and waits in `kept`. */
static int on_also(struct input *in) {
    input_wipe(in);
    if (buf_add(&in->kept, rl_line_buffer, (size_t)rl_end) == -1)
        buf_clear(&in->kept);
    in->kept_point = (size_t)rl_point;
    rl_free_line_state();
    rl_replace_line("", 0);
    return INPUT_READABLE;
}

static void feed(struct input *in) {
    while (!in->done && key_is_here()) {
        struct keys *k = &in->keys;

        if (!k->paste)
            k->room = (size_t)rl_end < INPUT_LINE_MAX ? INPUT_LINE_MAX - (size_t)rl_end : 0;
        if (rl_end == 0)
            k->too_long = false;
        int key = keys_next(k);

        if (key == -1 || is_signal(in, key))
            return;
        k->unit_at--; /* readline fetches it itself */
        rl_callback_read_char();
    }
}

static void tell_what_was_left_out(struct input *in) {
    if (in->keys.left_out.len == 0)
        return;
    input_wipe(in);
    fprintf(rl_outstream, "(left out, for it would not be seen: %s)\n", in->keys.left_out.data);
    buf_free(&in->keys.left_out);
    in->keys.left_out.max = INPUT_CHUNK;
    if (!in->done)
        input_redraw(in);
}

static int on_input(struct input *in) {
    input_undecorate(in);
    if (!input_fill(in)) {
        in->ended = true;
        rl_callback_read_char(); /* fetches EOF from next_key() and makes of it what it should */
        if (!in->done)
            accept_line(NULL);
    }
    feed(in);
    tell_what_was_left_out(in);
    return GOING_ON;
}

static int on_failure(struct err *e) {
    err_errno(e, ERR_SYSTEM, "cannot wait for the terminal");
    return INPUT_ERROR;
}

static int turn(struct input *in, int also, struct err *e) {
    int kind = on_signal(in);

    if (kind != GOING_ON)
        return kind;
    if (in->stale)
        input_redisplay();
    if (!is_busy() && !in->stale)
        input_decorate(in);
    fflush(rl_outstream);
    switch (input_wait(is_busy() ? -1 : also, -1)) {
    case WAIT_INPUT:
        return on_input(in);
    case WAIT_SIGNAL:
        return GOING_ON; /* the next turn sees which */
    case WAIT_ALSO:
        return on_also(in);
    default:
        return on_failure(e);
    }
}

/* --- the line --- */

enum input_kind input_edit(struct input *in, const char *prompt, int also, struct buf *line, struct err *e) {
    int kind = GOING_ON;

    if (in->pasted.len > 0)
        return input_next_of_paste(in, prompt, also, line, e);
    begin(in, prompt);
    feed(in); /* typed ahead */
    while (kind == GOING_ON && !in->done)
        kind = turn(in, also, e);
    end(in);
    if (kind != GOING_ON)
        return (enum input_kind)kind;
    if (in->accepted != NULL)
        return input_accepted(in, line, e);
    fputc('\n', rl_outstream);
    return INPUT_END;
}
