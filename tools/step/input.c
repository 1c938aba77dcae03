/* Lines from a person or a pipe; what needs no readline. See input.h and input_internal.h. */
#include "input.h"

#include "input_internal.h"

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define COLUMNS_UNKNOWN 80
#define ROWS_UNKNOWN 24

/* --- make, free --- */

/* A terminal on which a cursor can be placed. */
static bool can_draw(void) {
    const char *term = getenv("TERM");

    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term != NULL && term[0] != '\0' &&
           strcmp(term, "dumb") != 0;
}

/* Readline has set the locale's character set from the environment by now. */
static void look_round(struct input *in) {
    const char *no_colour = getenv("NO_COLOR");

    in->colour = no_colour == NULL || no_colour[0] == '\0'; /* as no-color.org has it */
    in->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

struct input *input_new(bool interactive, const struct input_hooks *hooks) {
    struct input *in = calloc(1, sizeof *in);

    if (in == NULL)
        return NULL;
    in->interactive = interactive && signals_open() == 0;
    in->editing = in->interactive && can_draw();
    if (hooks != NULL)
        in->hooks = *hooks;
    if (in->editing)
        input_edit_open(in);
    look_round(in);
    keys_init(&in->keys, in->utf8);
    buf_init(&in->kept, INPUT_LINE_MAX);
    buf_init(&in->pasted, INPUT_LINE_MAX + 1);
    return in;
}

void input_free(struct input *in) {
    if (in == NULL)
        return;
    input_history_save(in);
    if (in->interactive)
        signals_close();
    if (input_current == in)
        input_current = NULL;
    keys_free(&in->keys);
    buf_free(&in->kept);
    buf_free(&in->pasted);
    free(in);
}

/* --- reading --- */

enum wait input_wait(int also, int timeout) {
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = signals_fd(), .events = POLLIN},
                           {.fd = also, .events = POLLIN}};
    int n;

    do
        n = poll(fds, 3, timeout);
    while (n == -1 && errno == EINTR && signals_fd() == -1);
    if (n == -1)
        return errno == EINTR ? WAIT_SIGNAL : WAIT_FAILED;
    if (fds[1].revents != 0)
        return WAIT_SIGNAL;
    if (fds[2].revents != 0)
        return WAIT_ALSO;
    return WAIT_INPUT;
}

bool input_more(void) {
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};

    return poll(&fd, 1, 0) > 0;
}

bool input_fill(struct input *in) {
    char *room = buf_room(&in->keys.bytes, INPUT_CHUNK);
    ssize_t n;

    if (room == NULL)
        return false; /* not reached: what is there is used before more is read */
    do
        n = read(STDIN_FILENO, room, INPUT_CHUNK);
    while (n == -1 && errno == EINTR);
    buf_grew(&in->keys.bytes, n > 0 ? (size_t)n : 0);
    return n > 0;
}

enum input_kind input_too_long(struct err *e) {
    err_set(e, ERR_LIMIT, "the line is longer than %lu bytes and was dropped", INPUT_LINE_MAX);
    return INPUT_ERROR;
}

/* --- plain lines --- */

/* Hand out n bytes from the front as a line; `skip` of them are its end. */
static enum input_kind cut_line(struct input *in, size_t n, size_t skip, struct buf *line, struct err *e) {
    const char *bytes = in->keys.bytes.data;
    bool failed;

    if (skip > 0 && n > 0 && bytes[n - 1] == '\r') {
        n--;
        skip++;
    }
    failed = in->skipping || n > INPUT_LINE_MAX || buf_add(line, bytes, n) == -1;
    in->skipping = false;
    buf_take(&in->keys.bytes, n + skip);
    return failed ? input_too_long(e) : INPUT_LINE;
}

/* A line that is here already. */
static bool have_line(struct input *in, struct buf *line, struct err *e, enum input_kind *kind) {
    struct buf *bytes = &in->keys.bytes;
    char *end = memchr(bytes->data, '\n', bytes->len);

    if (end != NULL) {
        *kind = cut_line(in, (size_t)(end - bytes->data), 1, line, e);
        return true;
    }
    if (in->ended) { /* the last line may lack its end */
        *kind = bytes->len > 0 || in->skipping ? cut_line(in, bytes->len, 0, line, e) : INPUT_END;
        return true;
    }
    if (bytes->len > INPUT_LINE_MAX + 1) { /* one for CR */
        in->skipping = true;
        buf_clear(bytes);
    }
    return false;
}

static enum input_kind interrupted(struct input *in) {
    signals_drain();
    if (!signals_take(SEEN_INTERRUPT))
        return INPUT_LINE;
    buf_clear(&in->keys.bytes);
    fputc('\n', stdout);
    return INPUT_INTERRUPT;
}

static enum input_kind read_plain(struct input *in, int also, struct buf *line, struct err *e) {
    enum input_kind kind;

    for (;;) {
        /* The server first: what it has to say may end the session. But what is here needs no waiting. */
        bool here = memchr(in->keys.bytes.data, '\n', in->keys.bytes.len) != NULL || in->ended;
        enum wait came = input_wait(also, here ? 0 : -1);

        if (came == WAIT_ALSO)
            return INPUT_READABLE;
        if (came == WAIT_SIGNAL && interrupted(in) == INPUT_INTERRUPT)
            return INPUT_INTERRUPT;
        if (came == WAIT_FAILED) {
            err_errno(e, ERR_SYSTEM, "cannot wait for input");
            return INPUT_ERROR;
        }
        if (came == WAIT_INPUT && !here)
            in->ended = !input_fill(in);
        if (have_line(in, line, e, &kind))
            return kind;
    }
}

static enum input_kind plain_line(struct input *in, const char *prompt, int also, struct buf *line,
                                  struct err *e) {
    enum input_kind kind;

    if (in->interactive) {
        fputs(prompt, stdout);
        fflush(stdout);
    }
    kind = read_plain(in, also, line, e);
    if (in->interactive && (kind == INPUT_READABLE || kind == INPUT_END))
        fputc('\n', stdout);
    return kind;
}

enum input_kind input_line(struct input *in, const char *prompt, int also, struct buf *line, struct err *e) {
    buf_clear(line);
    return in->editing && !in->ended ? input_edit(in, prompt, also, line, e)
                                     : plain_line(in, prompt, also, line, e);
}

/* --- secrets --- */

/* What was typed ahead at readline's terminal ends its lines with CR. */
static void as_plain(struct buf *bytes) {
    for (size_t i = 0; i < bytes->len; i++)
        if (bytes->data[i] == '\r')
            bytes->data[i] = '\n';
}

/* A password pasted in one go with what led to it is a line of the paste. */
static bool secret_from_paste(struct input *in) {
    size_t n = strcspn(in->pasted.data, "\n");

    if (in->pasted.len == 0)
        return false;
    if (buf_add(&in->keys.bytes, in->pasted.data, n) == -1 || buf_add_char(&in->keys.bytes, '\n') == -1)
        return false;
    buf_take(&in->pasted, n + 1);
    return true;
}

enum input_kind input_secret(struct input *in, const char *prompt, struct buf *line, struct err *e) {
    struct termios before, quiet;
    bool terminal = in->interactive && tcgetattr(STDIN_FILENO, &before) == 0;
    enum input_kind kind;

    buf_clear(line);
    if (terminal) {
        quiet = before;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSADRAIN, &quiet);
        signals_edit(true, false);
    }
    if (in->editing)
        as_plain(&in->keys.bytes);
    secret_from_paste(in);
    kind = plain_line(in, prompt, -1, line, e);
    if (terminal) {
        signals_edit(false, false);
        signals_take(SEEN_STOP); /* with the echo off is no time to stop */
        tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
        if (kind == INPUT_LINE || kind == INPUT_ERROR)
            fputc('\n', stdout);
    }
    return kind;
}

/* --- the rest --- */

void input_preset(struct input *in, const char *text) {
    buf_clear(&in->kept);
    if (buf_add_text(&in->kept, text) == 0)
        in->kept_point = in->kept.len;
}

bool input_interrupted(struct input *in) {
    (void)in;
    signals_drain();
    return signals_take(SEEN_INTERRUPT);
}

int input_interrupt_fd(const struct input *in) {
    return in->interactive ? signals_fd() : -1;
}

void input_size(const struct input *in, unsigned *columns, unsigned *rows) {
    struct winsize size;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;

    (void)in;
    *columns = known ? size.ws_col : COLUMNS_UNKNOWN;
    *rows = known ? size.ws_row : ROWS_UNKNOWN;
}
