/*
 * smtp-record - any client's conversation with any server, written down. Here: everything is opened, the two
 * lines are printed, and then only signals are waited for.
 */
#include "options.h"
#include "proxy.h"
#include "session.h"

#include "../../lib/crew.h"
#include "../../lib/duty.h"
#include "../../lib/tls.h"
#include "../../lib/trust.h"
#include "../../lib/version.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_CANNOT 1
#define EXIT_USAGE 64
#define EXIT_AT_ONCE 130 /* 128 and the number of SIGINT, as a shell has it */
#define SESSIONS_MAX 1000
#define PATH_MAX_HERE 4096
#define PASSWORD_MAX 4096

struct program {
    struct options options;
    struct proxy proxy;
    struct crew *crew;
    int listener;
    unsigned short port;
    int stop_pipe[2];           /* its reading end is proxy.wake; closing the other makes it readable */
    char folder[PATH_MAX_HERE]; /* of the authority; "": none */
    char ca_file[PATH_MAX_HERE + 16];
};

/* --- open --- */

/* Clients may have been told any of these names: ours, and, where a hosts file leads them here, the server's. */
static int open_client_tls(struct program *p, struct err *e) {
    const struct options *o = &p->options;
    struct tls_ca *ca = tls_ca_new(e);
    char hosts[2 * NET_HOST_MAX + 16];
    int result = -1;

    snprintf(hosts, sizeof(hosts), "127.0.0.1%s%s%s%s", strcmp(o->address, "127.0.0.1") == 0 ? "" : " ",
             strcmp(o->address, "127.0.0.1") == 0 ? "" : o->address,
             strcmp(o->host, "127.0.0.1") == 0 ? "" : " ", strcmp(o->host, "127.0.0.1") == 0 ? "" : o->host);
    if (ca != NULL && tls_ca_save(ca, p->ca_file, e) == 0) {
        p->proxy.towards_client = tls_server_ctx(ca, hosts, TLS_CERT_GOOD, e);
        result = p->proxy.towards_client != NULL ? 0 : -1;
    }
    tls_ca_free(ca);
    return result;
}

static int open_server_tls(struct program *p, struct err *e) {
    struct trust trust = {.host = p->options.host, .ca = p->options.ca};

    p->proxy.towards_server = trust_client(&trust, e);
    return p->proxy.towards_server != NULL ? 0 : -1;
}

static int open_folder(struct program *p, struct err *e) {
    const char *tmp = getenv("TMPDIR");

    snprintf(p->folder, sizeof(p->folder), "%s/smtp-record-XXXXXX",
             tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
    if (mkdtemp(p->folder) == NULL) {
        err_errno(e, ERR_FILE, "cannot make the folder %s", p->folder);
        p->folder[0] = '\0';
        return -1;
    }
    snprintf(p->ca_file, sizeof(p->ca_file), "%s/ca.pem", p->folder);
    return 0;
}

static int open_password(struct program *p, struct err *e) {
    const char *path = p->options.password_file;
    char line[PASSWORD_MAX] = "";
    FILE *f = path != NULL ? fopen(path, "r") : NULL;

    if (path == NULL)
        return 0;
    if (f == NULL)
        return err_errno(e, ERR_FILE, "cannot read %s", path);

    bool read = fgets(line, sizeof(line), f) != NULL;

    fclose(f);
    line[strcspn(line, "\r\n")] = '\0';
    if (!read || line[0] == '\0')
        return err_set(e, ERR_FILE, "there is no password in %s", path);
    return buf_add_text(&p->proxy.password, line) == 0 ? 0 : err_set(e, ERR_SYSTEM, "out of memory");
}

/* Said now, not when the first session is lost. */
static int look_at_out(struct program *p, struct err *e) {
    const char *out = p->options.out;
    struct stat st;

    p->proxy.out_is_folder = stat(out, &st) == 0 && S_ISDIR(st.st_mode);
    if (!p->proxy.out_is_folder && out[strlen(out) - 1] == '/')
        return err_set(e, ERR_FILE, "there is no folder %s", out);
    return 0;
}

static int open_stop(struct program *p, struct err *e) {
    if (pipe(p->stop_pipe) == -1)
        return err_errno(e, ERR_SYSTEM, "cannot make a pipe");
    p->proxy.wake = p->stop_pipe[0];
    return 0;
}

static int open_all(struct program *p, struct err *e) {
    const struct options *o = &p->options;

    p->proxy.options = o;
    buf_init(&p->proxy.password, PASSWORD_MAX);
    if (gethostname(p->proxy.machine, sizeof(p->proxy.machine) - 1) == -1)
        p->proxy.machine[0] = '\0';
    if (look_at_out(p, e) == -1 || open_password(p, e) == -1 || open_server_tls(p, e) == -1 ||
        open_folder(p, e) == -1 || open_client_tls(p, e) == -1 || open_stop(p, e) == -1)
        return -1;
    p->listener = net_listen(o->address, o->listen_port, &p->port, e);
    return p->listener == -1 ? -1 : 0;
}

static void close_fd(int fd) {
    if (fd != -1)
        close(fd);
}

static void close_all(struct program *p) {
    crew_free(p->crew);
    close_fd(p->listener);
    close_fd(p->stop_pipe[0]);
    close_fd(p->stop_pipe[1]);
    tls_ctx_free(p->proxy.towards_client);
    tls_ctx_free(p->proxy.towards_server);
    memset(p->proxy.password.data, 0, p->proxy.password.len);
    buf_free(&p->proxy.password);
    if (p->folder[0] != '\0') {
        unlink(p->ca_file);
        rmdir(p->folder);
    }
}

/* --- serve --- */

static void stop(void *arg) {
    struct program *p = arg;

    atomic_store(&p->proxy.stopping, true);
    close(p->stop_pipe[1]);
    p->stop_pipe[1] = -1;
    crew_stop(p->crew);
}

static bool ended(void *arg) {
    struct program *p = arg;

    return crew_ended(p->crew);
}

static int open_crew(struct program *p, struct err *e) {
    struct crew_setup setup = {
        .max = SESSIONS_MAX,
        .serve = session_serve,
        .refuse = session_refuse,
        .arg = &p->proxy,
        .signal = DUTY_SIGNAL,
    };

    p->crew = crew_new(&setup);
    if (p->crew == NULL)
        return err_set(e, ERR_SYSTEM, "out of memory");
    return crew_open(p->crew, p->listener, false, e);
}

static void print_all(const struct program *p) {
    printf(strchr(p->options.address, ':') != NULL ? "listening [%s]:%u\n" : "listening %s:%u\n",
           p->options.address, (unsigned)p->port);
    printf("ca %s\n", p->ca_file);
    fflush(stdout);
}

static int run(struct program *p) {
    const struct duty_work work = {.ended = ended, .stop = stop, .arg = p};
    struct err e;

    duty_begin(p->options.once);
    p->proxy.visited = duty_visited;
    if (open_all(p, &e) == -1 || open_crew(p, &e) == -1) {
        fprintf(stderr, "smtp-record: %s\n", e.text);
        return EXIT_CANNOT;
    }
    print_all(p);
    if (!duty_wait(&work))
        _exit(EXIT_AT_ONCE); /* sessions are still running: nothing may be freed under them */
    return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
    static struct program program = {.listener = -1, .stop_pipe = {-1, -1}};
    struct err e;
    int status;

    switch (options_parse(&program.options, argc, argv, &e)) {
    case OPTIONS_HELP:
        fputs(options_help, stdout);
        return EXIT_SUCCESS;
    case OPTIONS_VERSION:
        puts("smtp-record (smtplab) " SMTPLAB_VERSION);
        return EXIT_SUCCESS;
    case OPTIONS_WRONG:
        fprintf(stderr, "smtp-record: %s (try --help)\n", e.text);
        return EXIT_USAGE;
    case OPTIONS_RUN:
        break;
    }
    status = run(&program);
    close_all(&program);
    return status;
}
