/* One connection: its session, its recording, its line in the log. See sandbox.h. */
#include "sandbox.h"

#include "../../lib/version.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
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

struct recording {
    FILE *file;
    struct recorder *recorder;
};

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

static void record_begin(struct visit *v, struct recording *r) {
    char title[TITLE_MAX];
    char source[TITLE_MAX];
    unsigned number = atomic_fetch_add(&v->sandbox->visits, 1) + 1;

    *r = (struct recording){NULL, NULL};
    if (v->sandbox->record == NULL)
        return;
    r->file = open_file(v->sandbox, number);
    snprintf(title, sizeof(title), "Session %u of a sandbox", number);
    write_source(source, sizeof(source));
    if (r->file != NULL)
        r->recorder = recorder_new(r->file, title, source);
    if (r->recorder == NULL || !name_secrets(r->recorder, &v->sandbox->config)) {
        snprintf(v->trouble, sizeof(v->trouble), "not recorded: %s", strerror(errno));
        recorder_free(r->recorder);
        r->recorder = NULL;
    } else {
        recorder_at_server(r->recorder);
    }
}

static void record_end(struct visit *v, const struct recording *r) {
    struct err e;

    if (r->recorder != NULL && recorder_check(r->recorder, &e) == -1)
        snprintf(v->trouble, sizeof(v->trouble), "%s", e.text);
    recorder_free(r->recorder);
    if (r->file != NULL)
        fclose(r->file);
}

/* --- the session --- */

static void run(struct visit *v, const struct crew_guest *guest, struct serve_outcome *outcome) {
    struct sandbox *s = v->sandbox;
    struct server_host host = host_calls;
    struct stream *stream = stream_from_fd(guest->fd);
    struct recording recording;

    memset(outcome, 0, sizeof(*outcome));
    if (stream == NULL) {
        close(guest->fd);
        outcome->end = SERVE_TROUBLE;
        return;
    }
    host.arg = v;
    record_begin(v, &recording);

    struct serve_setup setup = {
        .config = &s->config,
        .host = &host,
        .tls = s->tls,
        .immediate = guest->immediate,
        .patience_ms = s->patience_ms,
        .total_ms = s->total_ms,
        .recorder = recording.recorder,
        .stopping = &s->stopping,
        .wake = s->wake,
    };

    serve_run(&setup, stream, outcome);
    record_end(v, &recording);
}

static unsigned long ms_since(const struct timespec *start) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long)((now.tv_sec - start->tv_sec) * 1000 + (now.tv_nsec - start->tv_nsec) / 1000000);
}

static void report(const struct visit *v, const struct serve_outcome *outcome, unsigned long ms) {
    char peer[REPORT_PEER_MAX + 16];
    struct report_entry entry = {.peer = peer, .ms = ms, .trouble = v->trouble, .outcome = outcome};

    snprintf(peer, sizeof(peer), strchr(v->peer, ':') != NULL ? "[%s]:%u" : "%s:%u", v->peer,
             (unsigned)v->peer_port);
    report_session(v->sandbox->report, &entry);
}

void visit_serve(void *sandbox, const struct crew_guest *guest) {
    struct visit v = {.sandbox = sandbox};
    struct serve_outcome outcome;
    struct timespec start;

    clock_gettime(CLOCK_MONOTONIC, &start);
    name_peer(&v, guest);
    run(&v, guest, &outcome);
    report(&v, &outcome, ms_since(&start));
    if (v.sandbox->visited != NULL)
        v.sandbox->visited();
}

/*
 * A client that has not spoken yet gets this whole: close() resets only what it has sent. In TLS it
 * could not read it.
 */
void visit_refuse(void *sandbox, const struct crew_guest *guest) {
    struct visit v = {.sandbox = sandbox};
    struct serve_outcome outcome = {.end = SERVE_REFUSED, .why = "too many connections"};
    char scrap[1024];

    if (!guest->immediate &&
        send(guest->fd, too_many, sizeof(too_many) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) == -1)
        snprintf(v.trouble, sizeof(v.trouble), "it could not be told: %s", strerror(errno));
    while (recv(guest->fd, scrap, sizeof(scrap), MSG_DONTWAIT) > 0)
        continue;
    close(guest->fd);
    outcome.summary.refused = 1;
    snprintf(outcome.last, sizeof(outcome.last), "%.*s", (int)sizeof(too_many) - 3, too_many);
    name_peer(&v, guest);
    report(&v, &outcome, 0);
}
