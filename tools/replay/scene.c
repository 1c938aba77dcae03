/* See scene.h. In the order of a run: folder, bindings, listener, client, play, end, checks. */
#include "scene.h"

#include "checks.h"
#include "child.h"
#include "scene_parts.h"

#include "../../lib/net.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SLICE_MS 4

/* --- trouble of our own --- */

static void not_judged(struct scene *s, const char *why) {
    s->verdict = VERDICT_NOT_JUDGED;
    snprintf(s->reason, sizeof s->reason, "%s", why);
}

static int start_client(struct scene *s, struct child *c, struct err *e) {
    char input[SCENE_FILE_MAX], output[SCENE_FILE_MAX], errors[SCENE_FILE_MAX];
    const char *const environment[] = {
        "SMTP_HOST",     SCENE_HOST,           "SMTP_PORT", scene_known(s, "port"),
        "SSL_CERT_FILE", scene_known(s, "ca"), NULL};
    bool has_input;
    char **argv;
    int r;

    if (scene_write_blocks(s, &has_input, e) == -1)
        return -1;
    argv = s->options->client != NULL ? scene_command(s, s->options->client, e) : scene_other_command(s, e);
    if (argv == NULL)
        return -1;
    scene_path(s, SCENE_STDIN, input);
    scene_path(s, "standard-output", output);
    scene_path(s, "standard-error", errors);
    if (!has_input) /* other programs may read it by right: for them it is at its end */
        snprintf(input, sizeof input, "/dev/null");
    r = child_start(c, argv, has_input || s->options->client == NULL ? input : NULL, output, errors,
                    environment, e);
    transcript_words_free(argv);
    return r;
}

/* --- the run --- */

static int clock_ms(const struct options *o) {
    return o->no_clock ? 0 : (int)(PLAY_CLOCK_MS * o->scale);
}

static bool late(const struct scene *s, double since) {
    int most = clock_ms(s->options);

    return most > 0 && log_clock() - since > most;
}

static bool pending(const struct scene *s, int wait_ms) {
    struct pollfd fd = {.fd = s->listener, .events = POLLIN};

    return poll(&fd, 1, wait_ms) == 1;
}

static void found(struct scene *s, enum rule rule) {
    struct finding f = {.rule = rule, .event = LOG_NO_EVENT};

    log_finding(&s->outcome.log, &f);
}

static bool at_input(struct watch *w) {
    return w != NULL && watch_look(w) == WATCH_INPUT && watch_look(w) == WATCH_INPUT;
}

/* Until a client connects: its socket; -1 if none will (a finding says why), or on trouble of ours (*e). */
static int await_connection(struct scene *s, struct child *c, struct watch *w, struct err *e) {
    double since = log_clock();

    while (!pending(s, SLICE_MS)) {
        if (c == NULL)
            continue;
        if (child_ended(c) && !pending(s, 0)) {
            found(s, RULE_NO_CONNECTION);
            return -1;
        }
        if (at_input(w)) {
            found(s, RULE_WAITS_FOR_INPUT);
            return -1;
        }
        if (late(s, since)) {
            s->outcome.backstop = true;
            found(s, RULE_TOO_SLOW);
            return -1;
        }
    }
    return net_accept(s->listener, -1, e);
}

/* Do we start the client, or wait for whoever connects? */
static bool has_client(const struct scene *s) {
    return s->options->client != NULL || s->options->command != NULL;
}

static struct recorder *start_recorder(struct scene *s, FILE *to) {
    struct recorder *r = recorder_new(to, s->transcript->keys[KEY_TITLE], "recorded (smtp-replay)");

    if (r == NULL)
        return NULL;
    recorder_at_server(r);
    recorder_know(r, "user", scene_known(s, "user"), false);
    recorder_know(r, "password", scene_known(s, "password"), true);
    return r;
}

static int play(struct scene *s, int fd, struct watch *w, struct recorder *r, struct err *e) {
    char folder[SCENE_PATH_MAX];
    struct stream *stream = stream_from_fd(fd);
    struct play_setup setup = {
        .transcript = s->transcript, .bindings = &s->bindings, .ca = s->stage->ca, .host = SCENE_HOST};

    if (stream == NULL)
        return err_set(e, ERR_SYSTEM, "out of memory");
    scene_folder_of(s->transcript->name, folder);
    setup.dir = folder;
    setup.keylog = s->options->keylog;
    setup.watch = w;
    setup.recorder = r;
    setup.clock_ms = clock_ms(s->options);
    setup.listener = has_client(s) ? s->listener : 0;
    if (w != NULL)
        watch_connection(w, fd);
    return play_run(&setup, stream, &s->outcome, e);
}

static int play_recorded(struct scene *s, int fd, struct watch *w, struct err *e) {
    FILE *to = fopen(s->options->record, "w");
    struct recorder *r = to != NULL ? start_recorder(s, to) : NULL;
    int done;

    if (r == NULL) {
        if (to != NULL)
            fclose(to);
        close(fd);
        return err_errno(e, ERR_FILE, "%s", s->options->record);
    }
    done = play(s, fd, w, r, e);
    if (done == 0)
        done = recorder_check(r, e);
    recorder_free(r);
    return fclose(to) == 0 ? done : err_errno(e, ERR_FILE, "%s", s->options->record);
}

/* Until the client has ended. Its socket is closed by now: it has nothing to wait for. */
static void await_end(struct scene *s, struct child *c, struct watch *w) {
    double since = log_clock();

    if (w != NULL)
        watch_connection(w, -1);
    while (!child_ended(c)) {
        if (pending(s, SLICE_MS)) {
            found(s, RULE_SECOND_CONNECTION);
            return;
        }
        if (at_input(w)) {
            found(s, RULE_WAITS_FOR_INPUT);
            return;
        }
        if (late(s, since)) {
            s->outcome.backstop = true;
            found(s, RULE_TOO_SLOW);
            return;
        }
    }
    if (pending(s, 0))
        found(s, RULE_SECOND_CONNECTION);
}

static int converse(struct scene *s, struct child *c, struct err *e) {
    struct watch *w = c != NULL && s->stage->can_watch && !s->options->no_clock
                          ? watch_new(c->pid, PLAY_PATIENCE_MS)
                          : NULL;
    int fd, done = 0;

    e->kind = ERR_NONE;
    fd = await_connection(s, c, w, e);
    s->connected = fd != -1;
    if (fd == -1)
        done = e->kind == ERR_NONE ? 0 : -1;
    else if (s->options->record != NULL)
        done = play_recorded(s, fd, w, e);
    else
        done = play(s, fd, w, NULL, e);
    if (c != NULL && fd != -1 && done == 0 && !s->outcome.backstop &&
        !log_has(&s->outcome.log, RULE_SECOND_CONNECTION))
        await_end(s, c, w);
    watch_free(w);
    return done;
}

/* --- what it wrote --- */

static void read_all(const struct scene *s, const char *name, struct buf *out) {
    char path[SCENE_FILE_MAX], piece[8192];
    FILE *f;
    size_t n;

    scene_path(s, name, path);
    f = fopen(path, "r");
    if (f == NULL)
        return;
    while ((n = fread(piece, 1, sizeof piece, f)) > 0 && buf_add(out, piece, n) == 0) {
    }
    fclose(f);
}

static void keep_tail(const struct buf *all, struct buf *tail) {
    size_t n = all->len < SCENE_TAIL_MAX ? all->len : SCENE_TAIL_MAX;

    buf_add(tail, all->data + all->len - n, n);
}

static void judge(struct scene *s, const struct child *c) {
    struct spoken said;

    buf_init(&said.output, CHILD_OUTPUT_MAX + 1);
    buf_init(&said.errors, CHILD_OUTPUT_MAX + 1);
    if (c != NULL) {
        read_all(s, "standard-output", &said.output);
        read_all(s, "standard-error", &said.errors);
        keep_tail(&said.output, &s->standard_output);
        keep_tail(&said.errors, &s->standard_error);
        s->status = c->status;
    }
    checks_run(s, &said, s->options->client != NULL);
    buf_free(&said.output);
    buf_free(&said.errors);
}

/* --- all of it --- */

static int listen_somewhere(struct scene *s, struct err *e) {
    s->listener = net_listen(SCENE_HOST, s->options->port, &s->port, e);
    snprintf(s->addr, sizeof s->addr, "%s:%u", SCENE_HOST, (unsigned)s->port);
    return s->listener == -1 ? -1 : 0;
}

static int run_client(struct scene *s, struct err *e) {
    struct child c;
    int done;

    if (start_client(s, &c, e) == -1)
        return -1;
    done = converse(s, &c, e);
    s->has_status = child_ended(&c);
    child_kill(&c);
    if (done == 0)
        judge(s, &c);
    return done;
}

static int run_visitor(struct scene *s, struct err *e) {
    int done;

    printf("listening %s\n", s->addr);
    fflush(stdout);
    done = converse(s, NULL, e);
    if (done == 0)
        judge(s, NULL);
    return done;
}

static void begin(struct scene *s, const struct stage *stage, struct transcript *t) {
    memset(s, 0, sizeof *s);
    s->stage = stage;
    s->options = stage->options;
    s->transcript = t;
    s->listener = -1;
    bindings_init(&s->bindings);
    buf_init(&s->standard_output, SCENE_TAIL_MAX);
    buf_init(&s->standard_error, SCENE_TAIL_MAX);
    play_outcome_init(&s->outcome, t);
}

int scene_prepare(struct scene *s, const struct stage *stage, struct transcript *t, struct err *e) {
    begin(s, stage, t);
    if (folder_make(s->stage->folder, s->tmp, e) == -1)
        return -1;
    return scene_know_all(s, stage->ca_file, e);
}

static int run(struct scene *s, struct err *e) {
    if (folder_make(s->stage->folder, s->tmp, e) == -1 || listen_somewhere(s, e) == -1 ||
        scene_know_all(s, s->stage->ca_file, e) == -1)
        return -1;
    return has_client(s) ? run_client(s, e) : run_visitor(s, e);
}

void scene_run(struct scene *s, const struct stage *stage, struct transcript *t) {
    struct err e = {ERR_NONE, ""};
    double started = log_clock();

    begin(s, stage, t);
    if (run(s, &e) == -1)
        not_judged(s, e.text);
    else
        s->verdict = log_worst(&s->outcome.log) == SEVERITY_FAIL ? VERDICT_FAIL : VERDICT_PASS;
    s->ms = log_clock() - started;
    folder_remove(s->tmp);
    if (s->listener != -1)
        close(s->listener);
}

void scene_free(struct scene *s) {
    play_outcome_free(&s->outcome);
    bindings_free(&s->bindings);
    buf_free(&s->standard_output);
    buf_free(&s->standard_error);
}
