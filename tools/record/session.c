/* One connection: who is at either end of it, and what is told when it is over. See session.h. */
#include "session.h"

#include "../../lib/deadline.h"
#include "../../lib/tls.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WORDS_MAX 900

/* --- what went wrong --- */

bool session_fail(struct session *s, const char *what, const struct err *e) {
    char reply[WORDS_MAX];
    char note[WORDS_MAX];
    struct err ignored;

    snprintf(s->why, sizeof(s->why), "%.150s: %.350s", what, e->text);
    snprintf(note, sizeof(note), "smtp-record ended the session here: %s", s->why);
    tape_note(&s->tape, note);
    snprintf(reply, sizeof(reply), "421 4.3.0 smtp-record: %.400s\r\n", s->why);
    if (!s->ended[CLIENT_SIDE] && stream_write(s->streams[CLIENT_SIDE], reply, strlen(reply), &ignored) == 0)
        relay_flush(s, CLIENT_SIDE, GOODBYE_MS, &ignored);
    s->over = true;
    return false;
}

/* --- hanging up --- */

/* TCP answers a close() over unread bytes with a reset, which can overtake our last words. */
static void drain(int fd) {
    struct deadline until = deadline_in(GOODBYE_MS);
    char scrap[4096];

    while (deadline_left(until) > 0 && deadline_poll(until, fd, POLLIN) > 0)
        if (recv(fd, scrap, sizeof(scrap), MSG_DONTWAIT) <= 0)
            return;
}

static void hang_up(struct session *s, enum side side) {
    struct stream *stream = s->streams[side];

    if (stream == NULL)
        return;
    stream_set_timeout(stream, GOODBYE_MS);
    tls_shutdown(stream);
    shutdown(stream_fd(stream), SHUT_WR);
    if (!s->ended[side] && !atomic_load(&s->proxy->stopping))
        drain(stream_fd(stream));
    stream_free(stream);
}

/* --- the two ends --- */

static struct stream *stream_of(int fd) {
    struct stream *stream = fd != -1 ? stream_from_fd(fd) : NULL;

    if (stream == NULL && fd != -1)
        close(fd);
    return stream;
}

static bool dial(struct session *s) {
    const struct options *o = s->proxy->options;
    struct err e = {ERR_SYSTEM, "out of memory"};

    s->streams[SERVER_SIDE] = stream_of(net_dial(o->host, o->port, DIAL_MS, &e));
    if (s->streams[SERVER_SIDE] != NULL)
        return true;
    s->over = true;
    if (o->tls != TLS_MODE_IMPLICIT) /* a client that waits for TLS could not read it */
        return session_fail(s, "the server cannot be reached", &e);
    snprintf(s->why, sizeof(s->why), "the server cannot be reached: %.400s", e.text);
    return false;
}

static void converse(struct session *s) {
    if (!dial(s))
        return;
    if (s->proxy->options->tls == TLS_MODE_IMPLICIT && !handshake_immediate(s))
        return;
    relay_run(s);
}

/* --- the whole --- */

/* In one write, so that the lines of several sessions do not mix. */
static void report(const struct session *s) {
    const char *path = s->tape.path[0] != '\0' ? s->tape.path : "a session of which nothing was heard";
    const char *trouble = s->tape.trouble.kind != ERR_NONE ? s->tape.trouble.text : s->why;

    fprintf(stderr, "smtp-record: %s: %s\n", path, trouble[0] != '\0' ? trouble : "recorded");
}

static int begin(struct session *s, struct proxy *proxy, int fd, struct err *e) {
    *s = (struct session){.proxy = proxy};
    buf_init(&s->go_ahead, WORDS_MAX);
    s->streams[CLIENT_SIDE] = stream_of(fd);
    if (s->streams[CLIENT_SIDE] == NULL || follow_begin(&s->follow) == -1)
        return err_set(e, ERR_SYSTEM, "out of memory");
    return tape_begin(&s->tape, proxy, e);
}

void session_serve(void *proxy, const struct crew_guest *guest) {
    struct session s;
    struct err e;

    if (begin(&s, proxy, guest->fd, &e) == 0)
        converse(&s);
    else
        snprintf(s.why, sizeof(s.why), "%s", e.text);
    tape_end(&s.tape);
    report(&s);
    hang_up(&s, SERVER_SIDE);
    hang_up(&s, CLIENT_SIDE);
    follow_end(&s.follow);
    buf_free(&s.go_ahead);
    if (s.proxy->visited != NULL)
        s.proxy->visited();
}

void session_refuse(void *proxy, const struct crew_guest *guest) {
    (void)proxy;
    fprintf(stderr, "smtp-record: too many sessions at a time, one was sent away\n");
    close(guest->fd);
}
