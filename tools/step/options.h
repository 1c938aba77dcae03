/* options - the command line of smtp-step. */
#ifndef SMTPLAB_STEP_OPTIONS_H
#define SMTPLAB_STEP_OPTIONS_H

#include "../../lib/err.h"

#include <stdbool.h>

#define TIMEOUT_DEFAULT 300 /* seconds for a reply (RFC 5321 4.5.3.2) */

enum tls_mode { TLS_MODE_STARTTLS, TLS_MODE_IMPLICIT, TLS_MODE_NONE };

struct options {
    bool sandbox;       /* said explicitly */
    const char *server; /* HOST[:PORT]; NULL: not a server */
    const char *replay; /* transcript; NULL: none. With neither: the sandbox */
    int tls;            /* enum tls_mode */
    const char *ca;
    bool insecure;
    const char *user;
    const char *password_file;
    const char *record;
    const char *keylog;
    int timeout; /* seconds that one reply may take in all */
};

enum options_action { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_WRONG };

/* Read them. OPTIONS_WRONG: *e says what and what to do. The strings are argv's. */
enum options_action options_parse(struct options *o, int argc, char **argv, struct err *e);

/* --help. */
extern const char options_help[];

#endif
