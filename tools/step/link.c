/* See link.h. */
#include "link.h"

#include "../../lib/tls.h"
#include "../../lib/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATH_LEN 4096

/* --- a server on the network --- */

static int dial(struct link *l, struct err *e) {
    return net_dial(l->host, l->port, LINK_DIAL_MS, e);
}

const struct link_kind link_to_server = {dial, NULL, false};

static int init_server(struct link *l, struct err *e) {
    static const char *const ports[] = {
        [TLS_MODE_STARTTLS] = "587", [TLS_MODE_IMPLICIT] = "465", [TLS_MODE_NONE] = "25"};

    l->kind = &link_to_server;
    if (net_split(l->options->server, ports[l->options->tls], l->host, l->port, e) == -1)
        return -1;
    snprintf(l->where, sizeof l->where, "%s, port %s", l->host, l->port);
    return 0;
}

/* --- a server inside this program --- */

int link_pair(struct link *l, void *(*serve)(void *), void *arg, struct err *e) {
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1)
        return err_errno(e, ERR_SYSTEM, "no pair of sockets to be had");
    l->other_end = ends[1];
    if (pthread_create(&l->thread, NULL, serve, arg) != 0) {
        close(ends[0]);
        close(ends[1]);
        return err_set(e, ERR_SYSTEM, "no thread to be had");
    }
    l->running = true;
    return ends[0];
}

void link_closed(struct link *l) {
    if (l->running)
        pthread_join(l->thread, NULL);
    l->running = false;
}

struct tls_ca *link_ca(struct link *l, struct err *e) {
    if (l->ca == NULL)
        l->ca = tls_ca_new(e);
    return l->ca;
}

/* --- trust --- */

/* A file of its own is what OpenSSL wants to load authorities from; it is gone before anyone could miss it. */
static struct ssl_ctx_st *trust_own(struct link *l, struct trust *trust, struct err *e) {
    const char *base = getenv("TMPDIR");
    struct ssl_ctx_st *ctx = NULL;
    struct tls_ca *ca = link_ca(l, e);
    char path[PATH_LEN];
    int fd;

    if (ca == NULL)
        return NULL;
    snprintf(path, sizeof path, "%s/smtplab-XXXXXX", base != NULL && base[0] != '\0' ? base : "/tmp");
    fd = mkstemp(path);
    if (fd == -1) {
        err_errno(e, ERR_FILE, "no temporary file to be had");
        return NULL;
    }
    trust->ca = path;
    if (tls_ca_save(ca, path, e) == 0)
        ctx = trust_client(trust, e);
    trust->ca = NULL; /* path ends here */
    close(fd);
    unlink(path);
    return ctx;
}

struct ssl_ctx_st *link_trust(struct link *l, const char *keylog, struct err *e) {
    struct trust trust = {
        .host = l->host, .ca = l->options->ca, .anyone = l->options->insecure, .keylog = keylog};

    return l->kind == &link_to_server ? trust_client(&trust, e) : trust_own(l, &trust, e);
}

/* --- make and free --- */

int link_init(struct link *l, const struct options *o, struct err *e) {
    memset(l, 0, sizeof *l);
    l->options = o;
    bindings_init(&l->bindings);
    l->immediate = o->tls == TLS_MODE_IMPLICIT;
    snprintf(l->host, sizeof l->host, "%s", LINK_HOST);
    if (o->server != NULL)
        return init_server(l, e);
    return o->replay != NULL ? link_init_recording(l, e) : link_init_sandbox(l, e);
}

int link_open(struct link *l, struct stream **s, struct err *e) {
    int fd = l->kind->open(l, e);

    if (fd == -1)
        return -1;
    *s = stream_from_fd(fd);
    if (*s != NULL)
        return 0;
    close(fd);
    link_closed(l);
    return err_set(e, ERR_SYSTEM, "out of memory");
}

int link_prepare(struct link *l, struct err *e) {
    return l->kind->prepare != NULL ? l->kind->prepare(l, e) : 0;
}

void link_free(struct link *l) {
    link_closed(l);
    link_free_sandbox(l);
    if (l->played)
        play_outcome_free(&l->outcome);
    bindings_free(&l->bindings);
    transcript_free(l->transcript);
    tls_ca_free(l->ca);
}
