/* options - the command line of smtp-record. */
#ifndef SMTPLAB_RECORD_OPTIONS_H
#define SMTPLAB_RECORD_OPTIONS_H

#include "../../lib/err.h"
#include "../../lib/net.h"

#include <stdbool.h>

enum tls_mode {
    TLS_MODE_STARTTLS, /* both sides begin in plain text, and go over to TLS together */
    TLS_MODE_IMPLICIT, /* both begin in TLS */
    TLS_MODE_NONE      /* there is none */
};

struct options {
    char host[NET_HOST_MAX]; /* the server that is recorded */
    char port[NET_PORT_MAX];
    enum tls_mode tls;
    const char *out;            /* a file, a name with {n} in it, or a folder */
    char address[NET_HOST_MAX]; /* to listen on, in digits */
    unsigned short listen_port; /* 0: the kernel chooses */
    const char *ca;             /* authorities to believe about the server; NULL: the system's */
    const char *password_file;  /* its first line is hidden from the first byte on; NULL: none */
    const char *title;          /* NULL: one is made */
    const char *software;       /* what the server is; NULL: what it says itself */
    bool exact;
    bool hide_messages;
    bool keep_names;
    bool once; /* end after one session */
};

enum options_action { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_WRONG };

extern const char options_help[];

/* Texts point into argv. OPTIONS_WRONG: why in *e. */
enum options_action options_parse(struct options *o, int argc, char **argv, struct err *e);

#endif
