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
#define SECRET_MAX 8192       /* a token has some 2000 characters */

/* What the run holds besides the session itself. */
struct run {
    struct options options;
    struct client client;
    struct message message;
    struct buf body;
    struct buf html;
    struct attachment *attachments;
    FILE *record;
};

static int complain(const struct err *e) {
    fprintf(stderr, "client: %s%s\n", e->text, e->kind == ERR_NONE ? " (try --help)" : "");
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
        recorder_know(r->client.recorder, "password", r->client.secret.data, true) == -1)
        return err_set(e, ERR_SYSTEM, "out of memory");
    return 0;
}

static int open_attachments(struct run *r, struct err *e) {
    const struct options *o = &r->options;
    r->attachments = calloc(o->attach_count + 1, sizeof *r->attachments);
    if (!r->attachments)
        return err_set(e, ERR_SYSTEM, "out of memory");
    for (size_t i = 0; i < o->attach_count; i++) {
        r->attachments[i] = (struct attachment){o->attach[i], fopen(o->attach[i], "rb")};
        if (!r->attachments[i].file)
            return err_errno(e, ERR_FILE, "%s", o->attach[i]);
    }
    return 0;
}

/* All that is read before the connection is there. */
static int read_files(struct run *r, struct err *e) {
    const struct options *o = &r->options;
    if ((o->body && read_body(o->body, &r->body, e) == -1) ||
        (o->html && read_body(o->html, &r->html, e) == -1) || open_attachments(r, e) == -1)
        return -1;
    r->message = (struct message){.from = o->from,
                                  .to = o->to,
                                  .to_count = o->to_count,
                                  .subject = o->subject,
                                  .body = r->body.data,
                                  .body_len = r->body.len,
                                  .html = o->html ? r->html.data : NULL,
                                  .html_len = r->html.len,
                                  .attachments = r->attachments,
                                  .attachment_count = o->attach_count,
                                  .eml = o->eml ? fopen(o->eml + 1, "rb") : NULL};
    return o->eml && !r->message.eml ? err_errno(e, ERR_FILE, "%s", o->eml + 1) : 0;
}

/* A file or a command is lab 7's; to ask at the terminal stays the foundation's. */
static int read_secret(struct client *c) {
    const struct options *o = c->options;
    return o->password_file || o->token_command ? part(c, 7, auth_secret, read_password) : read_password(c);
}

/* 0, -1, or NOT_DONE. */
static int prepare(struct run *r) {
    struct err *e = &r->client.err;
    if (read_files(r, e) == -1)
        return -1;
    int result = check_input(&r->client, &r->message);
    if (result == 0 && r->options.auth != AUTH_METHOD_NONE)
        result = read_secret(&r->client);
    if (result == 0)
        result = open_record(r, e) == 0 ? name_secrets(r, e) : -1;
    return result;
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
    buf_init(&r->html, BODY_MAX);
    buf_init(&r->client.secret, SECRET_MAX);
    buf_init(&r->client.inbox, ANSWER_TEXT_MAX);
    buf_init(&r->client.unsent, STREAM_OUT_MAX);
    buf_init(&r->client.line, ANSWER_LINE_MAX);
    buf_init(&r->client.unshown, SEND_LINE_MAX);
    buf_init(&r->client.unshown_reply, ANSWER_LINE_MAX);
}

static void close_files(struct run *r) {
    for (size_t i = 0; r->attachments && i < r->options.attach_count && r->attachments[i].file; i++)
        fclose(r->attachments[i].file);
    free(r->attachments);
    if (r->message.eml)
        fclose(r->message.eml);
    if (r->record)
        fclose(r->record);
}

static void run_free(struct run *r) {
    struct err e;
    if (r->client.recorder && recorder_check(r->client.recorder, &e) == -1)
        fprintf(stderr, "client: %s\n", e.text);
    recorder_free(r->client.recorder);
    close_files(r);
    buf_free(&r->body);
    buf_free(&r->html);
    buf_free(&r->client.secret);
    buf_free(&r->client.inbox);
    buf_free(&r->client.unsent);
    buf_free(&r->client.line);
    buf_free(&r->client.unshown);
    buf_free(&r->client.unshown_reply);
    options_free(&r->options);
}

int main(int argc, char **argv) {
    static struct run run; /* static: large, and all zero to begin with */
    struct err e = {0};
    setvbuf(stdout, NULL, _IOLBF, 0);
    int parsed = options_parse(&run.options, argc, argv, &e);
    if (parsed != 0) {
        options_free(&run.options);
        return parsed == -1 ? complain(&e) : 0;
    }
    run_init(&run);
    int ready = prepare(&run);
    int status = ready == 0 ? converse(&run) : ready == NOT_DONE ? OUTCOME_TODO : complain(&run.client.err);
    run_free(&run);
    return status;
}
