/*
 * smtp-sandbox - a mail server to practise on. Here: everything is opened, its
 * names are printed, and then only signals are waited for.
 */
#include "crew.h"
#include "options.h"
#include "sandbox.h"
#include "state.h"

#include "../../lib/net.h"
#include "../../lib/version.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_CANNOT 1
#define EXIT_AT_ONCE 130 /* 128 and the number of SIGINT, as a shell has it */
#define HELP_MAX 65536
#define HOSTS_MAX 600     /* addresses and names of a certificate */
#define RESERVED_FDS 64   /* standard streams, listeners, folders, log, and the crew's spare threads */
#define FDS_PER_SESSION 3 /* its socket, its message, its recording */

/* Everything that is open while we serve. */
struct program {
    struct options options;
    struct state state;
    struct sandbox sandbox;
    struct crew *crew;
    int listener, tls_listener; /* -1: none */
    unsigned short port, tls_port;
    int stop_pipe[2]; /* its reading end is sandbox.wake; closing the other makes it readable */
};

static pthread_t main_thread;
static bool once;
static atomic_bool visited;

/* --- open --- */

/* As many descriptors as we may have; and no more connections than they are enough for. */
static size_t connections(const struct options *o) {
    struct rlimit limit;
    size_t wanted = (size_t)o->connections;

    if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
        return wanted;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur == RLIM_INFINITY)
        return wanted;

    size_t enough =
        limit.rlim_cur > RESERVED_FDS ? (size_t)(limit.rlim_cur - RESERVED_FDS) / FDS_PER_SESSION : 1;

    return wanted < enough ? wanted : enough > 0 ? enough : 1;
}

/* All the names that clients may have dialled. */
static int open_tls(struct program *p, struct err *e) {
    const struct options *o = &p->options;
    bool everywhere = strcmp(o->bind, "0.0.0.0") == 0 || strcmp(o->bind, "::") == 0;
    bool local = everywhere || strcmp(o->bind, "127.0.0.1") == 0;
    char hosts[HOSTS_MAX];

    snprintf(hosts, sizeof(hosts), "%s%s%s", local ? "127.0.0.1 " : o->bind, local ? "" : " ",
             o->server.name);
    p->sandbox.tls = tls_server_ctx(p->state.ca, hosts, o->cert, e);
    if (p->sandbox.tls == NULL)
        return -1;
    return o->keylog == NULL ? 0 : tls_keylog(p->sandbox.tls, o->keylog, e);
}

static int open_record(const char *folder, struct err *e) {
    if (folder == NULL || mkdir(folder, 0700) == 0 || errno == EEXIST)
        return 0;
    return err_errno(e, ERR_FILE, "cannot make the folder %s", folder);
}

static int open_stop(struct program *p, struct err *e) {
    if (pipe(p->stop_pipe) == -1)
        return err_errno(e, ERR_SYSTEM, "cannot make a pipe");
    p->sandbox.wake = p->stop_pipe[0];
    return 0;
}

static int open_mail(struct program *p, struct err *e) {
    if (p->state.maildir[0] == '\0')
        return 0;
    p->sandbox.maildir = maildir_open(p->state.maildir, p->options.server.name, e);
    return p->sandbox.maildir == NULL ? -1 : 0;
}

static void set_config(struct program *p) {
    struct sandbox *s = &p->sandbox;

    s->config = p->options.server;
    s->config.tls = true;
    s->config.user = p->state.user;
    s->config.password = p->state.password.data;
    s->record = p->options.record;
    s->patience_ms = p->options.patience_ms;
    s->total_ms = p->options.total_ms;
}

static int open_log(struct program *p, struct err *e) {
    p->sandbox.report = report_open(p->options.log_file, p->options.log_json, p->options.server.weak, e);
    return p->sandbox.report == NULL ? -1 : 0;
}

static int open_chance(struct program *p, struct err *e) {
    p->sandbox.chance = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    return p->sandbox.chance != -1 ? 0 : err_errno(e, ERR_FILE, "cannot open /dev/urandom");
}

static int open_doors(struct program *p, struct err *e) {
    const struct options *o = &p->options;

    p->listener = net_listen(o->bind, o->port, &p->port, e);
    if (p->listener == -1)
        return -1;
    if (o->tls_port == -1)
        return 0;
    p->tls_listener = net_listen(o->bind, (unsigned short)o->tls_port, &p->tls_port, e);
    return p->tls_listener == -1 ? -1 : 0;
}

static int open_all(struct program *p, struct err *e) {
    if (open_chance(p, e) == -1 || state_open(&p->state, &p->options, p->sandbox.chance, e) == -1)
        return -1;
    set_config(p);
    if (open_tls(p, e) == -1 || open_mail(p, e) == -1 || open_record(p->options.record, e) == -1 ||
        open_log(p, e) == -1 || open_stop(p, e) == -1)
        return -1;
    return open_doors(p, e);
}

static void close_fd(int fd) {
    if (fd != -1)
        close(fd);
}

static void close_all(struct program *p) {
    crew_free(p->crew);
    close_fd(p->listener);
    close_fd(p->tls_listener);
    close_fd(p->stop_pipe[0]);
    close_fd(p->stop_pipe[1]);
    close_fd(p->sandbox.chance);
    report_close(p->sandbox.report);
    maildir_close(p->sandbox.maildir);
    tls_ctx_free(p->sandbox.tls);
    state_close(&p->state);
}

/* --- say --- */

static void print_address(struct buf *out, const char *word, const char *address, unsigned port) {
    buf_addf(out, strchr(address, ':') != NULL ? "%s [%s]:%u\n" : "%s %s:%u\n", word, address, port);
}

static void print_weaknesses(struct buf *out, unsigned weak) {
    const char *name;
    const char *help;

    for (size_t i = 0; (name = server_weak_row(i, &help)) != NULL; i++)
        if ((server_weak_named(name) & weak) != 0)
            buf_addf(out, "weak %s\n", name);
}

/* In one write, and only when clients can come: whoever reads the first line may dial. */
static void print_all(const struct program *p) {
    struct buf out;

    buf_init(&out, HELP_MAX);
    print_address(&out, "listening", p->options.bind, p->port);
    if (p->tls_listener != -1)
        print_address(&out, "listening-tls", p->options.bind, p->tls_port);
    buf_addf(&out, "ca %s\nuser %s\npassword-file %s\n", p->state.ca_file, p->state.user,
             p->state.password_file);
    if (p->state.maildir[0] != '\0')
        buf_addf(&out, "maildir %s\n", p->state.maildir);
    print_weaknesses(&out, p->options.server.weak);
    buf_add_text(&out, "ready\n");
    fwrite(out.data, 1, out.len, stdout);
    fflush(stdout);
    buf_free(&out);
}

/* --- serve --- */

/* From the thread of a session that has ended: with --once that is the end of all. */
static void count_visit(void) {
    if (!once)
        return;
    atomic_store(&visited, true);
    pthread_kill(main_thread, SIGUSR1);
}

/*
 * Signals come to the main thread alone, and only when it waits for them: no handler interrupts anything.
 * SIGUSR1 is how our own threads say that there is something to look at.
 */
static void block_signals(sigset_t *awaited) {
    sigemptyset(awaited);
    sigaddset(awaited, SIGINT);
    sigaddset(awaited, SIGTERM);
    sigaddset(awaited, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, awaited, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of write() like a full disk */
}

static void stop(struct program *p) {
    if (atomic_exchange(&p->sandbox.stopping, true))
        return;
    close(p->stop_pipe[1]);
    p->stop_pipe[1] = -1;
    crew_stop(p->crew);
}

static int wait_for_end(struct program *p, const sigset_t *awaited) {
    while (!crew_ended(p->crew)) {
        int number = 0;

        if (sigwait(awaited, &number) != 0)
            continue;
        if (number == SIGINT && atomic_load(&p->sandbox.stopping))
            return EXIT_AT_ONCE;
        if (number != SIGUSR1 || atomic_load(&visited))
            stop(p);
    }
    return EXIT_SUCCESS;
}

static int open_crew(struct program *p, struct err *e) {
    struct crew_setup setup = {
        .max = connections(&p->options),
        .serve = visit_serve,
        .refuse = visit_refuse,
        .arg = &p->sandbox,
        .signal = SIGUSR1,
    };

    p->crew = crew_new(&setup);
    if (p->crew == NULL)
        return err_set(e, ERR_SYSTEM, "out of memory");
    if (crew_open(p->crew, p->listener, false, e) == -1)
        return -1;
    return p->tls_listener == -1 ? 0 : crew_open(p->crew, p->tls_listener, true, e);
}

static int complain(const struct err *e) {
    fprintf(stderr, "smtp-sandbox: %s\n", e->text);
    return EXIT_CANNOT;
}

static int run(struct program *p) {
    sigset_t awaited;
    struct err e;
    int status = EXIT_SUCCESS;

    main_thread = pthread_self();
    once = p->options.once;
    p->sandbox.visited = count_visit;
    block_signals(&awaited);
    if (open_all(p, &e) == -1)
        return complain(&e);
    if (open_crew(p, &e) == 0) {
        print_all(p);
    } else if (p->crew == NULL) {
        return complain(&e);
    } else {
        status = complain(&e);
        stop(p); /* one door may be open already */
    }
    if (wait_for_end(p, &awaited) == EXIT_AT_ONCE)
        _exit(EXIT_AT_ONCE); /* sessions are still running: nothing may be freed under them */
    return status;
}

static int print_help(void) {
    struct buf out;

    buf_init(&out, HELP_MAX);
    options_help(&out);
    fwrite(out.data, 1, out.len, stdout);
    buf_free(&out);
    return EXIT_SUCCESS;
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
    close_all(&program);
    return status;
}
