/* options - the command line of smtp-sandbox. */
#ifndef SMTPLAB_SANDBOX_OPTIONS_H
#define SMTPLAB_SANDBOX_OPTIONS_H

#include "../../lib/buf.h"
#include "../../lib/err.h"
#include "../../lib/server.h"
#include "../../lib/tls.h"

#include <stdbool.h>

#define EXIT_USAGE 64

struct options {
    const char *bind;    /* address to listen on */
    unsigned short port; /* 0: the kernel chooses */
    long tls_port;       /* for TLS from the first byte; -1: none, 0: the kernel chooses */
    const char *maildir; /* NULL: in the folder of the state */
    bool discard;        /* messages are read and thrown away */
    const char *record;  /* folder for transcripts; NULL: none */
    const char *state;   /* folder that is kept: authority, password, mail; NULL: the user's own */
    const char *user;    /* NULL: an account is made */
    const char *password_file;
    const char *keylog;   /* file for TLS secrets; NULL: none */
    const char *log_file; /* NULL: standard error */
    bool log_json;
    enum tls_cert cert;
    long connections; /* at most so many at a time */
    int patience_ms;
    int total_ms;
    bool once;                   /* end after one session */
    struct server_config server; /* name, size, AUTH, weaknesses, faults; the rest is filled in later */
};

enum options_action { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_WRONG };

/* Texts point into argv. OPTIONS_WRONG: why in *e. */
enum options_action options_parse(struct options *o, int argc, char **argv, struct err *e);

/* Append what --help prints. -1: no room. */
int options_help(struct buf *out);

#endif
