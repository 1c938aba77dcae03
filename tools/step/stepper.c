/* See stepper.h. */
#include "commands.h"

#include <stdio.h>

int stepper_status(enum err_kind kind) {
    static const int statuses[] = {
        [ERR_INPUT] = STATUS_TRANSCRIPT, [ERR_FILE] = STATUS_FILE,      [ERR_HOST] = STATUS_HOST,
        [ERR_CONNECT] = STATUS_NOBODY,   [ERR_TIMEOUT] = STATUS_NOBODY, [ERR_TLS] = STATUS_TLS,
    };
    size_t i = (size_t)kind;

    return i < sizeof statuses / sizeof statuses[0] && statuses[i] != 0 ? statuses[i] : STATUS_LOST;
}

/* --- sending --- */

static const char *const ends[] = {
    [HEARD_SILENCE] = "no whole reply came in time; :wait waits on, :reconnect begins anew",
    [HEARD_INTERRUPT] =
        "you stopped waiting; the reply is still owed: :wait waits on, :reconnect begins anew",
};

static void not_sent(struct stepper *st) {
    screen_say(&st->screen, INK_BAD, "not sent: %s (:reconnect begins a new session, :quit leaves)",
               st->session.why.text);
    if (!st->interactive && st->status == STATUS_WELL)
        st->status = STATUS_LOST;
}

/* What the recording at the other end would have had otherwise; rules of SMTP itself were told when they were broken. */
static void tell_recording(struct stepper *st) {
    const struct log *log = &st->link.outcome.log;
    struct buf words;

    if (!st->link.played || st->link.running)
        return;
    buf_init(&words, STEPPER_TEXT_MAX);
    for (size_t i = 0; i < log->finding_count; i++) {
        const struct finding *f = &log->findings[i];

        if (f->expected == NULL || log_has(&st->session.log, f->rule))
            continue;
        buf_clear(&words);
        log_sentence(f, &words);
        screen_say(&st->screen, INK_DIM, "the recording goes another way: %s; there it is %s", words.data,
                   f->expected);
    }
    buf_free(&words);
}

/* A session that ends with 221 has ended as it should. */
static void lost(struct stepper *st) {
    enum verb to;
    int code = dialogue_last_reply(st->session.dialogue, &to);

    tell_recording(st);
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
               ":help lists the rest, :why explains the last reply, Ctrl-D or :quit leaves.");
}

/* What is left to say. */
static void farewell(struct stepper *st) {
    if (st->session.stream != NULL) {
        session_close(&st->session, true);
        tell_recording(st);
    }
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
