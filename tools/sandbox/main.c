/*
 * smtp-sandbox - a mail server to practise on. Here: everything is opened, its
 * names are printed, and then only signals are waited for.
 */
#include "program.h"

#include "../../lib/duty.h"
#include "../../lib/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_CANNOT 1
#define EXIT_AT_ONCE 130 /* 128 and the number of SIGINT, as a shell has it */
#define WORDS_MAX 65536

/* --- say --- */

static int add_address(struct buf *out, const char *word, const char *address, unsigned port) {
    return buf_addf(out, strchr(address, ':') != NULL ? "%s [%s]:%u\n" : "%s %s:%u\n", word, address, port);
}

static int add_weaknesses(struct buf *out, unsigned weak) {
    const char *name;
    const char *help;
    int result = 0;

    for (size_t i = 0; (name = server_weak_row(i, &help)) != NULL; i++)
        if ((server_weak_named(name) & weak) != 0)
            result |= buf_addf(out, "weak %s\n", name);
    return result;
}

/* All of it or -1: a script that waits for a line that was left out would wait for ever. */
static int add_all(struct buf *out, const struct program *p, struct err *e) {
    int result = add_address(out, "listening", p->options.bind, p->port);

    if (p->tls_listener != -1)
        result |= add_address(out, "listening-tls", p->options.bind, p->tls_port);
    result |= buf_addf(out, "ca %s\nuser %s\npassword-file %s\n", p->state.ca_file, p->state.user,
                       p->state.password_file);
    if (p->state.maildir[0] != '\0')
        result |= buf_addf(out, "maildir %s\n", p->state.maildir);
    result |= add_weaknesses(out, p->options.server.weak);
    result |= buf_add_text(out, "ready\n");
    return result == 0 ? 0 : err_set(e, ERR_SYSTEM, "out of memory");
}

/* In one write, and only when clients can come: whoever reads the first line may dial. */
static void print(const struct buf *out) {
    fwrite(out->data, 1, out->len, stdout);
    fflush(stdout);
}

/* --- serve --- */

static void stop(void *arg) {
    struct program *p = arg;

    if (atomic_exchange(&p->sandbox.stopping, true))
        return;
    close(p->stop_pipe[1]);
    p->stop_pipe[1] = -1;
    shift_stop(p->shift);
}

static bool ended(void *arg) {
    struct program *p = arg;

    return shift_ended(p->shift);
}

static int open_shift(struct program *p, struct err *e) {
    p->shift = shift_new(&p->sandbox, program_connections(&p->options), DUTY_SIGNAL, e);
    if (p->shift == NULL || shift_open(p->shift, p->listener, false, e) == -1)
        return -1;
    return p->tls_listener == -1 ? 0 : shift_open(p->shift, p->tls_listener, true, e);
}

static int complain(const struct err *e) {
    fprintf(stderr, "smtp-sandbox: %s\n", e->text);
    return EXIT_CANNOT;
}

static int serve(struct program *p, const struct buf *words) {
    const struct duty_work work = {.ended = ended, .stop = stop, .arg = p};
    struct err e;
    int status = EXIT_SUCCESS;

    if (open_shift(p, &e) == 0) {
        print(words);
    } else if (p->shift == NULL) {
        return complain(&e);
    } else {
        status = complain(&e);
        stop(p); /* one door may be open already */
    }
    if (!duty_wait(&work))
        _exit(EXIT_AT_ONCE); /* sessions are still running: nothing may be freed under them */
    return status;
}

static int run(struct program *p) {
    struct buf words;
    struct err e;

    duty_begin(p->options.once);
    p->sandbox.visited = duty_visited;
    buf_init(&words, WORDS_MAX);

    int status = program_open(p, &e) == 0 && add_all(&words, p, &e) == 0 ? serve(p, &words) : complain(&e);

    buf_free(&words);
    return status;
}

static int print_help(void) {
    struct buf out;
    int status = EXIT_SUCCESS;

    buf_init(&out, WORDS_MAX);
    if (options_help(&out) == 0)
        print(&out);
    else
        status = complain(&(struct err){ERR_SYSTEM, "out of memory"});
    buf_free(&out);
    return status;
}

/* Not on the stack: it holds the memory of grey@. */
static struct program program = {.listener = -1, .tls_listener = -1, .stop_pipe = {-1, -1}};

int main(int argc, char **argv) {
    struct err e;
    int status;

    switch (options_parse(&program.options, argc, argv, &e)) {
    case OPTIONS_HELP:
        return print_help();
    case OPTIONS_VERSION:
        puts("smtp-sandbox (smtplab) " SMTPLAB_VERSION);
        return EXIT_SUCCESS;
    case OPTIONS_WRONG:
        fprintf(stderr, "smtp-sandbox: %s (try --help)\n", e.text);
        return EXIT_USAGE;
    case OPTIONS_RUN:
        break;
    }
    program.sandbox.chance = -1;
    status = run(&program);
    program_close(&program);
    return status;
}
