/*
 * The sandbox at the other end: the very server of smtp-sandbox, in a thread. It
 * takes messages and delivers them nowhere. See link.h.
 */
#include "link.h"

#include "../../lib/serve.h"
#include "../../lib/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct sandbox {
    struct server_config config;
    struct serve_setup setup;
    struct serve_outcome outcome;
};

static const struct server_config config = {
    .name = LINK_HOST,
    .tls = true,
    .auth = SERVER_AUTH_ALL,
    .user = LINK_USER,
    .password = LINK_PASSWORD,
};

static void *serve(void *arg) {
    struct link *l = arg;
    struct stream *s = stream_from_fd(l->other_end);

    if (s != NULL)
        serve_run(&l->sandbox->setup, s, &l->sandbox->outcome);
    else
        close(l->other_end);
    return NULL;
}

/*
 * An authority and a certificate, for every connection of the program. They are made when the first
 * line is about to be sent, not before: OpenSSL takes longer to wake up than all else that stands between
 * the start and the first prompt. The server's thread looks at them only after it has read that line.
 */
static int prepare_tls(struct link *l, struct err *e) {
    struct serve_setup *setup = &l->sandbox->setup;

    if (setup->tls == NULL && link_ca(l, e) != NULL)
        setup->tls = tls_server_ctx(l->ca, LINK_HOST, TLS_CERT_GOOD, e);
    return setup->tls != NULL ? 0 : -1;
}

static int open_sandbox(struct link *l, struct err *e) {
    return l->immediate && prepare_tls(l, e) == -1 ? -1 : link_pair(l, serve, l, e);
}

const struct link_kind link_to_sandbox = {open_sandbox, prepare_tls, true};

int link_init_sandbox(struct link *l, struct err *e) {
    l->kind = &link_to_sandbox;
    l->sandbox = calloc(1, sizeof *l->sandbox);
    if (l->sandbox == NULL)
        return err_set(e, ERR_SYSTEM, "out of memory");
    l->sandbox->config = config;
    l->sandbox->setup = (struct serve_setup){
        .config = &l->sandbox->config,
        .immediate = l->immediate,
        .patience_ms = SERVE_TOTAL_MS, /* whoever thinks about the next line is not hurried */
        .total_ms = SERVE_TOTAL_MS,
    };
    snprintf(l->where, sizeof l->where, "a sandbox inside this program");
    return 0;
}

void link_free_sandbox(struct link *l) {
    if (l->sandbox != NULL)
        tls_ctx_free(l->sandbox->setup.tls);
    free(l->sandbox);
    l->sandbox = NULL;
}
