/* See stepper.h. */
#include "commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PASSWORD_MAX 4096

int stepper_status(enum err_kind kind) {
    static const int statuses[] = {
        [ERR_INPUT] = STATUS_TRANSCRIPT, [ERR_FILE] = STATUS_FILE,      [ERR_HOST] = STATUS_HOST,
        [ERR_CONNECT] = STATUS_NOBODY,   [ERR_TIMEOUT] = STATUS_NOBODY, [ERR_TLS] = STATUS_TLS,
    };
    size_t i = (size_t)kind;

    return i < sizeof statuses / sizeof statuses[0] && statuses[i] != 0 ? statuses[i] : STATUS_LOST;
}

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

/* --- sending --- */

static const char *const ends[] = {
    [HEARD_SILENCE] = "no whole reply came in time; :wait waits on, :reconnect begins anew",
    [HEARD_INTERRUPT] =
        "you stopped waiting; the reply is still owed: :wait waits on, :reconnect begins anew",
};

static void not_sent(struct stepper *st) {
    screen_say(&st->screen, INK_BAD, "not sent: %s (:reconnect begins a new session)", st->session.why.text);
    if (!st->interactive && st->status == STATUS_WELL)
        st->status = STATUS_LOST;
}

/* A session that ends with 221 has ended as it should. */
static void lost(struct stepper *st) {
    enum verb to;
    int code = dialogue_last_reply(st->session.dialogue, &to);

    if (code == 221 && st->session.why.kind == ERR_CLOSED)
        return;
    screen_say(&st->screen, INK_WARN, "%s", st->session.why.text);
    if (st->session.why.kind == ERR_TLS)
        st->status = STATUS_TLS;
}

void stepper_tell(struct stepper *st, enum heard heard) {
    struct err e;

    screen_pause(&st->screen);
    if (heard == HEARD_TROUBLE)
        not_sent(st);
    else if (heard == HEARD_CLOSED)
        lost(st);
    else if (heard != HEARD_ALL)
        screen_say(&st->screen, INK_WARN, "%s", ends[heard]);
    if (record_sync(&st->session.record, &e) == -1) {
        screen_say(&st->screen, INK_BAD, "%s; nothing more is written", e.text);
        record_to(&st->session.record, NULL, NULL);
        st->status = STATUS_FILE;
    }
    fflush(stdout);
}

void stepper_bytes(struct stepper *st, const char *bytes, size_t n) {
    enum heard heard;

    guess_before(st);
    heard = session_send(&st->session, bytes, n);
    guess_after(st, heard);
    stepper_tell(st, heard);
}

static void send_line(struct stepper *st, struct buf *line) {
    if (buf_add(line, "\r\n", 2) == 0)
        stepper_bytes(st, line->data, line->len);
}

void stepper_line(struct stepper *st, const char *text) {
    struct buf line;
    bool typed = st->screen.typed;

    buf_init(&line, SESSION_STEP_BYTES);
    st->screen.typed = false;
    if (buf_add_text(&line, text) == 0)
        send_line(st, &line);
    st->screen.typed = typed;
    buf_free(&line);
}

/* --- lines in --- */

bool stepper_ask(struct stepper *st, const char *prompt, struct buf *line) {
    struct err e;

    return input_line(st->input, prompt, -1, line, &e) == INPUT_LINE;
}

bool stepper_ask_secret(struct stepper *st, const char *prompt, struct buf *line) {
    struct err e;

    return input_secret(st->input, prompt, line, &e) == INPUT_LINE;
}

/* Outside of the message and the login an empty line means nothing to a server; on a pipe '#' begins a remark. */
static bool is_for_nobody(const struct stepper *st, const struct buf *line) {
    enum phase phase = session_phase(&st->session);

    if (phase == PHASE_DATA || phase == PHASE_AUTH)
        return false;
    return line->len == 0 || (!st->interactive && line->data[0] == '#');
}

static void obey(struct stepper *st, struct buf *line) {
    if (line->data[0] == ':' && line->data[1] != ':') {
        commands_obey(st, line->data + 1);
    } else if (is_for_nobody(st, line)) {
        if (st->interactive)
            do_next(st, "");
    } else {
        buf_take(line, line->data[0] == ':'); /* "::" is one colon */
        st->screen.typed = st->interactive;
        send_line(st, line);
        st->screen.typed = false;
    }
    fflush(stdout);
}

/* The phase; inside the message just a margin. */
static const char *prompt_of(const struct stepper *st, char prompt[64]) {
    enum phase phase = session_phase(&st->session);
    const char *sign = phase == PHASE_DATA ? "|" : ">";

    snprintf(prompt, 64, "%s%s%s%s%s ", screen_ink(&st->screen, INK_GOOD),
             session_tls(&st->session) ? "tls " : "", phase_name(phase), sign, screen_no_ink(&st->screen));
    return prompt;
}

static void look(struct stepper *st) {
    if (st->session.stream != NULL)
        stepper_tell(st, session_look(&st->session));
}

/* Ctrl-D, or the end of the pipe. Whoever sits there leaves as a client should. */
static void end_of_input(struct stepper *st) {
    enum phase phase = session_phase(&st->session);

    if (st->interactive && verb_legal(VERB_QUIT, phase))
        stepper_line(st, "QUIT");
    st->done = true;
}

static void take_input(struct stepper *st, struct buf *line) {
    int fd = st->session.stream != NULL ? stream_fd(st->session.stream) : -1;
    struct err e = {ERR_NONE, ""};
    char prompt[64];

    switch (input_line(st->input, prompt_of(st, prompt), fd, line, &e)) {
    case INPUT_LINE:
        obey(st, line);
        break;
    case INPUT_END:
        end_of_input(st);
        break;
    case INPUT_READABLE:
        look(st);
        break;
    case INPUT_INTERRUPT:
        script_stop(st);
        break;
    case INPUT_ERROR:
        screen_say(&st->screen, INK_BAD, "%s", e.text);
        st->done = e.kind != ERR_LIMIT;
        break;
    }
}

/* --- from the first line to the last --- */

static void welcome(struct stepper *st) {
    if (!st->interactive)
        return;
    screen_say(&st->screen, INK_PLAIN, "You talk to %s; lines go there as typed.", st->link.where);
    screen_say(&st->screen, INK_PLAIN,
               "TAB offers what may come now; the grey words say what is still missing.");
    screen_say(&st->screen, INK_PLAIN,
               ":help lists what else there is, :why explains the last reply, Ctrl-D leaves.");
}

/* What is left to say: the score, and what the recording at the other end would have had otherwise. */
static void farewell(struct stepper *st) {
    guess_score(st);
    if (st->interactive && st->session.log.finding_count > 0)
        screen_say(&st->screen, INK_WARN, "rules broken: %zu (:findings tells of them before you leave)",
                   st->session.log.finding_count);
}

static bool begin(struct stepper *st) {
    enum heard heard;

    welcome(st);
    heard = session_open(&st->session);
    if (heard == HEARD_TROUBLE) {
        fflush(stdout);
        fprintf(stderr, "smtp-step: %s\n", st->session.why.text);
        st->status = stepper_status(st->session.why.kind);
        return false;
    }
    stepper_tell(st, heard);
    return true;
}

int stepper_run(struct stepper *st) {
    struct buf line;

    buf_init(&line, INPUT_LINE_MAX + 4);
    if (st->interactive)
        input_history_load(st->input);
    if (begin(st))
        while (!st->done) {
            script_offer(st);
            take_input(st, &line);
        }
    farewell(st);
    if (st->interactive)
        input_history_save(st->input);
    buf_free(&line);
    return st->status;
}
