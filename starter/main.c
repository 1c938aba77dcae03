/*
 * main.c - wires the client together. (Provided; nothing to do here.)
 *
 * Reads the command line, opens the session, hands over to your session.c or
 * keyboard.c, ends the session, and turns the outcome into the exit status.
 */
#include "program.h"

#include "../lib/recorder.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BODY_MAX (64UL << 20) /* more than any provider takes */
#define PASSWORD_MAX 4096

/* What the run holds besides the session itself. */
struct run {
    struct options options;
    struct client client;
    struct message message;
    struct buf body;
    struct buf password;
    FILE *record;
};

static int complain(const struct err *e) {
    fprintf(stderr, "client: %s\n", e->text);
    return e->kind == ERR_NONE ? OUTCOME_USAGE : outcome_of_error(e->kind);
}

/* The files are opened before the connection: a wrong name should not cost a session. */
static int open_record(struct run *r, struct err *e) {
    const struct options *o = &r->options;
    if (!o->record)
        return 0;
    r->record = fopen(o->record, "w");
    if (!r->record)
        return err_errno(e, ERR_FILE, "%s", o->record);
    char day[16] = "";
    struct tm now;
    time_t seconds = time(NULL);
    if (gmtime_r(&seconds, &now))
        strftime(day, sizeof day, "%Y-%m-%d", &now);
    char source[NET_HOST_MAX + 64];
    snprintf(source, sizeof source, "recorded (%s, %s)", o->host, day);
    r->client.recorder = recorder_new(r->record, "A conversation of the client", source);
    return r->client.recorder ? 0 : err_set(e, ERR_SYSTEM, "out of memory");
}

/* What AUTH will send is named, so that the recording has the names in its place. */
static int name_secrets(struct run *r, struct err *e) {
    if (!r->client.recorder || r->options.auth == AUTH_METHOD_NONE)
        return 0;
    if (recorder_know(r->client.recorder, "user", r->options.user, false) == -1 ||
        recorder_know(r->client.recorder, "password", r->password.data, true) == -1)
        return err_set(e, ERR_SYSTEM, "out of memory");
    return 0;
}

static int prepare(struct run *r, struct err *e) {
    const struct options *o = &r->options;
    if (read_password(o, &r->password, e) == -1 || (o->body && read_body(o->body, &r->body, e) == -1))
        return -1;
    r->client.password = r->password.data;
    r->message = (struct message){.from = o->from,
                                  .to = o->to,
                                  .to_count = o->to_count,
                                  .subject = o->subject,
                                  .body = r->body.data,
                                  .body_len = r->body.len};
    return open_record(r, e) == 0 && name_secrets(r, e) == 0 ? 0 : -1;
}

static void hang_up(struct client *c) {
    if (c->stream && !c->lost)
        tls_shutdown(c->stream);
    if (c->recorder)
        recorder_close(c->recorder);
    stream_free(c->stream);
    c->stream = NULL;
}

/* A TODO that was met outranks everything: whatever came after it means nothing. */
static int converse(struct run *r) {
    struct client *c = &r->client;
    int outcome = open_session(c);
    if (outcome == OUTCOME_SENT)
        outcome = r->options.keyboard ? send_from_keyboard(c, stdin) : send_one(c, &r->message);
    if (!c->lost)
        outcome = end_session(c, outcome);
    hang_up(c);
    return c->todo_count > 0 ? OUTCOME_TODO : outcome;
}

static void run_init(struct run *r) {
    r->client.options = &r->options;
    buf_init(&r->body, BODY_MAX);
    buf_init(&r->password, PASSWORD_MAX);
    buf_init(&r->client.line, ANSWER_LINE_MAX);
    buf_init(&r->client.unshown, SEND_LINE_MAX);
}

static void run_free(struct run *r) {
    struct err e;
    if (r->client.recorder && recorder_check(r->client.recorder, &e) == -1)
        fprintf(stderr, "client: %s\n", e.text);
    recorder_free(r->client.recorder);
    if (r->record)
        fclose(r->record);
    buf_free(&r->body);
    buf_free(&r->password);
    buf_free(&r->client.line);
    buf_free(&r->client.unshown);
    options_free(&r->options);
}

int main(int argc, char **argv) {
    static struct run run; /* static: large, and all zero to begin with */
    struct err e = {0};
    enum outcome usage;
    setvbuf(stdout, NULL, _IOLBF, 0);
    int parsed = options_parse(&run.options, argc, argv, &usage, &e);
    if (parsed == -1)
        fprintf(stderr, "client: %s%s\n", e.text, usage == OUTCOME_USAGE ? " (try --help)" : "");
    if (parsed != 0) {
        options_free(&run.options);
        return parsed == -1 ? (int)usage : 0;
    }
    run_init(&run);
    int status = prepare(&run, &e) == 0 ? converse(&run) : complain(&e);
    run_free(&run);
    return status;
}
