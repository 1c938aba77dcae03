/*
 * Signals while a person types. See input_internal.h.
 *
 * A handler gets no argument and may do next to nothing: it notes what it saw
 * and writes a byte into a pipe, on which poll() waits beside the terminal. So
 * none is missed between a look and a wait. That state has to be global.
 */
#include "input_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static struct {
    volatile sig_atomic_t seen[SEEN_COUNT];
    int pipe[2];
    volatile sig_atomic_t changed; /* the terminal is not as we found it */
    volatile sig_atomic_t drawing; /* and readline has switched things on in it */
    struct termios found;          /* how we found it */
    bool found_valid;
    struct sigaction before[SEEN_COUNT];
} state = {.pipe = {-1, -1}};

/* POSIX has it only since 2024; the number is the same everywhere. */
#ifndef SIGWINCH
#define SIGWINCH 28
#endif

static const int watched[SEEN_COUNT] = {
    [SEEN_INTERRUPT] = SIGINT, [SEEN_RESIZE] = SIGWINCH, [SEEN_STOP] = SIGTSTP, [SEEN_CONTINUE] = SIGCONT};

/* These end a program; unless someone else (a sanitizer) handles them, the terminal is put back first. */
static const int fatal[] = {SIGHUP, SIGQUIT, SIGTERM, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

#define FATAL_COUNT (sizeof fatal / sizeof fatal[0])

static void note(int signal) {
    int error = errno;

    for (int i = 0; i < SEEN_COUNT; i++)
        if (watched[i] == signal)
            state.seen[i] = 1;
    if (write(state.pipe[1], "", 1) == -1)
        errno = error; /* the pipe is full: then poll() wakes up anyway */
    errno = error;
}

/* Only calls that POSIX allows in a handler. */
static void put_back(void) {
    static const char paste_off[] = "\033[?2004l\033[0m\r\n";

    if (!state.changed || !state.found_valid)
        return;
    state.changed = 0;
    if (state.drawing && write(STDOUT_FILENO, paste_off, sizeof paste_off - 1) == -1)
        return; /* no terminal is left to put back */
    tcsetattr(STDIN_FILENO, TCSANOW, &state.found);
}

static void die(int signal) {
    put_back();
    raise(signal); /* by now the default action, which strikes when this handler returns */
}

static void handle(int signal, void (*handler)(int), int flags, struct sigaction *before) {
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, before);
}

static void catch_fatal(void) {
    struct sigaction now;

    for (size_t i = 0; i < FATAL_COUNT; i++)
        if (sigaction(fatal[i], NULL, &now) == 0 && now.sa_handler == SIG_DFL)
            handle(fatal[i], die, (int)SA_RESETHAND, NULL);
}

static void release_fatal(void) {
    struct sigaction now;

    for (size_t i = 0; i < FATAL_COUNT; i++)
        if (sigaction(fatal[i], NULL, &now) == 0 && now.sa_handler == die)
            handle(fatal[i], SIG_DFL, 0, NULL);
}

int signals_open(void) {
    static bool at_exit; /* once a process is enough */

    if (pipe(state.pipe) == -1)
        return -1;
    for (int i = 0; i < 2; i++) {
        fcntl(state.pipe[i], F_SETFL, O_NONBLOCK);
        fcntl(state.pipe[i], F_SETFD, FD_CLOEXEC);
    }
    state.found_valid = tcgetattr(STDIN_FILENO, &state.found) == 0;
    if (!at_exit)
        at_exit = atexit(put_back) == 0;
    handle(SIGINT, note, 0, &state.before[SEEN_INTERRUPT]);
    catch_fatal();
    return 0;
}

void signals_close(void) {
    if (state.pipe[0] == -1)
        return;
    put_back();
    sigaction(SIGINT, &state.before[SEEN_INTERRUPT], NULL);
    release_fatal();
    close(state.pipe[0]);
    close(state.pipe[1]);
    state.pipe[0] = state.pipe[1] = -1;
    memset((void *)state.seen, 0, sizeof state.seen);
}

int signals_fd(void) {
    return state.pipe[0];
}

bool signals_take(enum signal_seen which) {
    bool seen = state.seen[which] != 0;

    state.seen[which] = 0;
    return seen;
}

void signals_drain(void) {
    char bytes[64];

    while (state.pipe[0] != -1 && read(state.pipe[0], bytes, sizeof bytes) > 0)
        ;
}

bool signals_saw_interrupt(void) {
    return state.seen[SEEN_INTERRUPT] != 0;
}

/* Which signal is this key, by the terminal's own settings (stty intr ^C)? */
static int signal_of(int key) {
    static const struct {
        int character, signal;
    } keys[] = {{VINTR, SIGINT}, {VSUSP, SIGTSTP}, {VQUIT, SIGQUIT}};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (state.found_valid && key > 0 && state.found.c_cc[keys[i].character] == key)
            return keys[i].signal;
    return 0;
}

bool signals_key(int key) {
    int signal = signal_of(key);

    if (signal != 0)
        raise(signal);
    return signal != 0;
}

void signals_keys_off(void) {
    struct termios now;

    if (tcgetattr(STDIN_FILENO, &now) == -1)
        return;
    now.c_lflag &= ~(tcflag_t)ISIG;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &now);
}

void signals_edit(bool on, bool drawing) {
    for (int i = SEEN_RESIZE; i < SEEN_COUNT; i++)
        if (on)
            handle(watched[i], note, SA_RESTART, &state.before[i]);
        else
            sigaction(watched[i], &state.before[i], NULL);
    state.changed = on;
    state.drawing = drawing;
}

void signals_stop(void) {
    struct sigaction ours;

    handle(SIGTSTP, SIG_DFL, 0, &ours);
    raise(SIGTSTP);
    sigaction(SIGTSTP, &ours, NULL); /* here after SIGCONT */
}
