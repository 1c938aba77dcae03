/* How a stepper is put together, and what its session tells it. See stepper.h. */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PASSWORD_MAX 4096

/* --- what the session tells --- */

static void on_event(void *arg, const struct event *e) {
    struct stepper *st = arg;

    screen_event(&st->screen, e);
}

void stepper_finding(struct stepper *st, const struct finding *f) {
    struct buf words;

    buf_init(&words, STEPPER_TEXT_MAX);
    log_sentence(f, &words);
    screen_say(&st->screen, f->severity == SEVERITY_NOTE ? INK_DIM : INK_WARN, "  <- %s (:explain %s)",
               words.data, rules_info(f->rule)->slug);
    buf_free(&words);
}

/* Not while old lines are said again, nor before a guess: "there is no such command" would give it away. */
static void on_finding(void *arg, const struct finding *f) {
    struct stepper *st = arg;

    if (!st->session.replaying && !st->screen.hold)
        stepper_finding(st, f);
}

static void on_tls(void *arg, const char *text) {
    struct stepper *st = arg;

    if (st->screen.quiet || st->screen.hold)
        return;
    screen_lines(&st->screen, INK_DIM, text);
    screen_say(&st->screen, INK_DIM,
               "a bystander still sees who talks to whom, the server's name, how many bytes pass and when; "
               "no longer what "
               "is said. What was said before does not count any more: EHLO again");
}

static void on_unasked(void *arg) {
    struct stepper *st = arg;

    screen_say(&st->screen, INK_WARN, "the server says this unasked:");
}

static void on_waiting(void *arg) {
    struct stepper *st = arg;

    if (st->interactive)
        screen_say(&st->screen, INK_DIM, "waiting for the server; Ctrl-C stops waiting");
    fflush(stdout);
}

static bool on_interrupted(void *arg) {
    struct stepper *st = arg;

    return input_interrupted(st->input);
}

/* --- make and free --- */

/* Its first line. */
static char *read_password(const char *path, struct err *e) {
    char line[PASSWORD_MAX];
    FILE *f = fopen(path, "r");
    char *password = NULL;

    if (f == NULL || fgets(line, sizeof line, f) == NULL) {
        err_errno(e, ERR_FILE, "%s", path);
    } else {
        line[strcspn(line, "\r\n")] = '\0';
        password = strdup(line);
    }
    if (f != NULL)
        fclose(f);
    return password;
}

/* The server inside this program has an account; of others we know what we are told. */
static int know_account(struct stepper *st, struct err *e) {
    const struct options *o = st->options;
    bool own = o->server == NULL && (o->user == NULL || strcmp(o->user, LINK_USER) == 0);

    st->user = strdup(o->user != NULL ? o->user : LINK_USER);
    if (o->password_file != NULL)
        st->password = read_password(o->password_file, e);
    else if (own)
        st->password = strdup(LINK_PASSWORD);
    if (o->password_file != NULL && st->password == NULL)
        return -1;
    return st->user != NULL ? 0 : err_set(e, ERR_SYSTEM, "out of memory");
}

static int set_session(struct stepper *st, struct err *e) {
    struct session *s = &st->session;

    if (session_init(s, &st->link) == -1)
        return err_set(e, ERR_SYSTEM, "out of memory");
    s->on = (struct session_events){st, on_event, on_finding, on_tls, on_unasked, on_waiting, on_interrupted};
    st->keylog = st->options->keylog != NULL ? strdup(st->options->keylog) : NULL;
    s->keylog = st->keylog;
    s->user = st->user;
    s->password = st->password;
    s->timeout_ms = st->options->timeout * 1000;
    return st->options->record != NULL ? record_to(&s->record, st->options->record, e) : 0;
}

int stepper_init(struct stepper *st, const struct options *o, struct err *e) {
    struct input_hooks hooks;

    memset(st, 0, sizeof *st);
    st->options = o;
    st->interactive = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    hooks = hooks_for(st);
    st->input = input_new(st->interactive, &hooks);
    screen_init(&st->screen, st->interactive);
    st->screen.input = st->input;
    if (st->input == NULL)
        return err_set(e, ERR_SYSTEM, "out of memory");
    if (know_account(st, e) == -1 || link_init(&st->link, o, e) == -1)
        return -1;
    return set_session(st, e);
}

void stepper_free(struct stepper *st) {
    session_free(&st->session);
    link_free(&st->link);
    script_stop(st);
    guess_free(&st->guess);
    input_free(st->input);
    free(st->user);
    free(st->password);
    free(st->keylog);
}
