/* See options.h. */
#include "options.h"

#include "../../lib/address.h"
#include "../../lib/cli.h"
#include "../../lib/serve.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS 2000 /* a class, each with several windows open, and a thousand that do nothing */
#define CONNECTIONS_MAX 100000
#define SECONDS_MAX 86400
#define NAME "mail.example.test"

/* --- values --- */

static int read_size(const char *text, void *to, struct err *e) {
    long n = 0;

    (void)e;
    if (cli_range(text, 1, LONG_MAX, &n) == -1)
        return -1;
    *(size_t *)to = (size_t)n;
    return 0;
}

static int read_connections(const char *text, void *to, struct err *e) {
    (void)e;
    return cli_range(text, 1, CONNECTIONS_MAX, to);
}

static int read_tls_port(const char *text, void *to, struct err *e) {
    (void)e;
    return cli_range(text, 0, 65535, to);
}

/* Seconds, with a fraction for whoever tests with it; kept in milliseconds. */
static int read_seconds(const char *text, void *to, struct err *e) {
    char *end;
    double seconds = strtod(text, &end);

    (void)e;
    if (end == text || *end != '\0' || !(seconds >= 0.001 && seconds <= SECONDS_MAX))
        return -1;
    *(int *)to = (int)(seconds * 1000);
    return 0;
}

static int read_name(const char *text, void *to, struct err *e) {
    return address_domain_valid(text, strlen(text)) ? cli_text(text, to, e) : -1;
}

static int read_cert(const char *text, void *to, struct err *e) {
    int cert = tls_cert_named(text);

    (void)e;
    if (cert == -1)
        return -1;
    *(enum tls_cert *)to = (enum tls_cert)cert;
    return 0;
}

static int read_log(const char *text, void *to, struct err *e) {
    (void)e;
    *(bool *)to = strcmp(text, "json") == 0;
    return *(bool *)to || strcmp(text, "text") == 0 ? 0 : -1;
}

static int read_fault(const char *text, void *to, struct err *e) {
    return faults_add(to, text, e);
}

static int read_weak(const char *text, void *to, struct err *e) {
    unsigned bit = server_weak_named(text);

    (void)e;
    *(unsigned *)to |= bit;
    return bit != 0 ? 0 : -1;
}

/* --- the whole --- */

static void set_defaults(struct options *o) {
    *o = (struct options){
        .bind = "127.0.0.1",
        .tls_port = -1,
        .cert = TLS_CERT_GOOD,
        .connections = CONNECTIONS,
        .patience_ms = SERVE_PATIENCE_MS,
        .total_ms = SERVE_TOTAL_MS,
        .server = {.name = NAME, .size_max = SERVER_SIZE_MAX, .auth = SERVER_AUTH_ALL},
    };
}

static int check(const struct options *o, struct err *e) {
    if (o->maildir != NULL && o->discard)
        return err_set(e, ERR_INPUT, "--maildir and --discard exclude each other");
    if ((o->user == NULL) != (o->password_file == NULL))
        return err_set(e, ERR_INPUT, "--user and --password-file belong together");
    if (o->tls_port > 0 && o->tls_port == o->port)
        return err_set(e, ERR_INPUT, "--port and --tls-port must differ");
    return 0;
}

enum options_action options_parse(struct options *o, int argc, char **argv, struct err *e) {
    bool help = false, version = false;
    const struct cli_option rows[] = {
        {"--port", cli_port, &o->port, "a port from 0 to 65535"},
        {"--tls-port", read_tls_port, &o->tls_port, "a port from 0 to 65535"},
        {"--bind", cli_text, &o->bind, "an address"},
        {"--host", read_name, &o->server.name, "a host name"},
        {"--maildir", cli_text, &o->maildir, "a folder"},
        {"--discard", NULL, &o->discard, NULL},
        {"--record", cli_text, &o->record, "a folder"},
        {"--state", cli_text, &o->state, "a folder"},
        {"--user", cli_text, &o->user, "a name"},
        {"--password-file", cli_text, &o->password_file, "a file"},
        {"--auth-in-clear", NULL, &o->server.auth_in_clear, NULL},
        {"--auth-required", NULL, &o->server.auth_required, NULL},
        {"--cert", read_cert, &o->cert, "good, expired, self-signed, wrong-host, unknown-ca or cn-only"},
        {"--keylog", cli_text, &o->keylog, "a file"},
        {"--fault", read_fault, &o->server.faults, "POINT[:N]=ACTION[*TIMES]"},
        {"--weak", read_weak, &o->server.weak, "a weakness that --help lists"},
        {"--size", read_size, &o->server.size_max, "a number of octets"},
        {"--max-connections", read_connections, &o->connections, "a number from 1 to 100000"},
        {"--patience", read_seconds, &o->patience_ms, "seconds, up to 86400"},
        {"--total", read_seconds, &o->total_ms, "seconds, up to 86400"},
        {"--log", read_log, &o->log_json, "text or json"},
        {"--log-file", cli_text, &o->log_file, "a file"},
        {"--once", NULL, &o->once, NULL},
        {"--help", NULL, &help, NULL},
        {"--version", NULL, &version, NULL},
        {NULL, NULL, NULL, NULL},
    };

    set_defaults(o);
    if (cli_take_all(rows, argc, argv, e) == -1)
        return OPTIONS_WRONG;
    if (help || version)
        return help ? OPTIONS_HELP : OPTIONS_VERSION;
    return check(o, e) == -1 ? OPTIONS_WRONG : OPTIONS_RUN;
}
