/* What is opened before the first client comes, and closed after the last. See program.h. */
#include "program.h"

#include "../../lib/net.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOSTS_MAX 600     /* addresses and names of a certificate */
#define RESERVED_FDS 64   /* standard streams, listeners, folders, log, and what the shift waits with */
#define FDS_PER_SESSION 3 /* its socket, its message, its recording */

/* As many descriptors as we may have; and no more connections than they are enough for. */
size_t program_connections(const struct options *o) {
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

int program_open(struct program *p, struct err *e) {
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

void program_close(struct program *p) {
    shift_free(p->shift);
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
