/* One connection: its session, its recording, its line in the log. See sandbox.h. */
#include "sandbox.h"

#include "../../lib/version.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TITLE_MAX 64
#define FILE_MAX 4096

static const char too_many[] = "421 4.3.2 Too many connections at the moment, try again later\r\n";

/* --- who it is --- */

static void name_peer(struct visit *v, const struct crew_guest *guest) {
    const struct sockaddr *a = (const struct sockaddr *)&guest->address;
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)a;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)a;
    bool is_v6 = a->sa_family == AF_INET6;
    const void *digits = is_v6 ? (const void *)&v6->sin6_addr : (const void *)&v4->sin_addr;

    if (inet_ntop(a->sa_family, digits, v->peer, sizeof(v->peer)) == NULL)
        snprintf(v->peer, sizeof(v->peer), "unknown");
    v->peer_port = ntohs(is_v6 ? v6->sin6_port : v4->sin_port);
}

/* --- the recording --- */

static void write_source(char *text, size_t size) {
    time_t now = time(NULL);
    struct tm t;

    gmtime_r(&now, &t);
    snprintf(text, size, "recorded (smtp-sandbox %s, %04d-%02d-%02d)", SMTPLAB_VERSION, t.tm_year + 1900,
             t.tm_mon + 1, t.tm_mday);
}

/* Each session has a file of its own, which only we may read: mail is in it. */
static FILE *open_file(const struct sandbox *s, unsigned number) {
    char path[FILE_MAX];

    snprintf(path, sizeof(path), "%s/session-%ld-%06u.smtp", s->record, (long)getpid(), number);

    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    return fd == -1 ? NULL : fdopen(fd, "w");
}

static bool name_secrets(struct recorder *r, const struct server_config *config) {
    return recorder_know(r, "user", config->user, false) == 0 &&
           recorder_know(r, "password", config->password, true) == 0;
}

static void record_begin(struct visit *v) {
    char title[TITLE_MAX];
    char source[TITLE_MAX];
    unsigned number = atomic_fetch_add(&v->sandbox->visits, 1) + 1;

    if (v->sandbox->record == NULL)
        return;
    visit_step_aside(v);
    v->file = open_file(v->sandbox, number);
    snprintf(title, sizeof(title), "Session %u of a sandbox", number);
    write_source(source, sizeof(source));
    if (v->file != NULL)
        v->recorder = recorder_new(v->file, title, source);
    if (v->recorder == NULL || !name_secrets(v->recorder, &v->sandbox->config)) {
        snprintf(v->trouble, sizeof(v->trouble), "not recorded: %s", strerror(errno));
        recorder_free(v->recorder);
        v->recorder = NULL;
    } else {
        recorder_at_server(v->recorder);
    }
}

static void record_end(struct visit *v) {
    struct err e;

    if (v->recorder != NULL && recorder_check(v->recorder, &e) == -1)
        snprintf(v->trouble, sizeof(v->trouble), "%s", e.text);
    recorder_free(v->recorder);
    if (v->file != NULL)
        fclose(v->file);
}

/* --- its line in the log --- */

static unsigned long ms_since(const struct timespec *start) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long)((now.tv_sec - start->tv_sec) * 1000 + (now.tv_nsec - start->tv_nsec) / 1000000);
}

static void report(const struct visit *v, unsigned long ms) {
    char peer[REPORT_PEER_MAX + 16];
    struct report_entry entry = {.peer = peer, .ms = ms, .trouble = v->trouble, .outcome = &v->outcome};

    snprintf(peer, sizeof(peer), strchr(v->peer, ':') != NULL ? "[%s]:%u" : "%s:%u", v->peer,
             (unsigned)v->peer_port);
    report_session(v->sandbox->report, &entry);
}

/* --- the session --- */

struct visit *visit_new(struct sandbox *sandbox, const struct crew_guest *guest, visit_aside_fn *aside,
                        void *aside_arg) {
    struct visit *v = calloc(1, sizeof(*v));

    if (v == NULL)
        return NULL;
    v->sandbox = sandbox;
    v->fd = guest->fd;
    v->immediate = guest->immediate;
    v->aside = aside;
    v->aside_arg = aside_arg;
    clock_gettime(CLOCK_MONOTONIC, &v->start);
    name_peer(v, guest);
    return v;
}

void visit_step_aside(const struct visit *v) {
    if (v->aside != NULL)
        v->aside(v->aside_arg);
}

static struct serve_setup setup_of(struct visit *v) {
    struct sandbox *s = v->sandbox;

    return (struct serve_setup){
        .config = &s->config,
        .host = &v->host,
        .tls = s->tls,
        .immediate = v->immediate,
        .patience_ms = s->patience_ms,
        .total_ms = s->total_ms,
        .recorder = v->recorder,
        .stopping = &s->stopping,
        .wake = s->wake,
        .aside = v->aside,
        .aside_arg = v->aside_arg,
    };
}

static void begin(struct visit *v) {
    struct stream *stream = stream_from_ready(v->fd);

    v->begun = true;
    v->outcome =
        (struct serve_outcome){.end = SERVE_TROUBLE, .why = "out of memory"}; /* if no session begins */
    if (stream == NULL) {
        close(v->fd);
        return;
    }
    v->host = host_calls;
    v->host.arg = v;
    record_begin(v);
    v->setup = setup_of(v);
    v->serving = serve_new(&v->setup, stream, &v->outcome);
}

static void end(struct visit *v) {
    void (*visited)(void) = v->sandbox->visited;

    if (v->recorder != NULL || report_may_wait(v->sandbox->report))
        visit_step_aside(v);
    serve_free(v->serving);
    record_end(v);
    report(v, ms_since(&v->start));
    free(v);
    if (visited != NULL)
        visited();
}

bool visit_go(struct visit *v) {
    if (!v->begun)
        begin(v);
    if (v->serving != NULL && serve_go(v->serving))
        return true;
    end(v);
    return false;
}

struct deadline visit_due(const struct visit *v) {
    return serve_due(v->serving);
}

void visit_wait(struct visit *v) {
    serve_wait(v->serving);
}

void visit_break_off(struct visit *v, const char *why) {
    v->outcome.end = SERVE_TROUBLE;
    snprintf(v->outcome.why, sizeof(v->outcome.why), "%s", why);
    end(v);
}

/*
 * A client that has not spoken yet gets this whole: close() resets only what it has sent. In TLS it
 * could not read it.
 */
void visit_refuse(struct sandbox *sandbox, const struct crew_guest *guest) {
    struct visit v = {.sandbox = sandbox, .outcome = {.end = SERVE_REFUSED, .why = "too many connections"}};
    char scrap[1024];

    if (!guest->immediate &&
        send(guest->fd, too_many, sizeof(too_many) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) == -1)
        snprintf(v.trouble, sizeof(v.trouble), "it could not be told: %s", strerror(errno));
    while (recv(guest->fd, scrap, sizeof(scrap), MSG_DONTWAIT) > 0)
        continue;
    close(guest->fd);
    v.outcome.summary.refused = 1;
    snprintf(v.outcome.last, sizeof(v.outcome.last), "%.*s", (int)sizeof(too_many) - 3, too_many);
    name_peer(&v, guest);
    report(&v, 0);
}
