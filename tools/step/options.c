/* See options.h. */
#include "options.h"

#include "../../lib/cli.h"

#include <string.h>

#define TIMEOUT_MAX 3600

const char options_help[] =
    "usage: smtp-step [options]                      talk to a sandbox inside this program\n"
    "       smtp-step [options] --server HOST[:PORT] talk to that server\n"
    "       smtp-step [options] --replay FILE.smtp   talk to a recorded server\n"
    "\n"
    "SMTP typed by hand, explained at every step. What you type goes to the server as\n"
    "it stands; lines that begin with ':' are for the stepper itself (:help lists\n"
    "them, '::' sends one colon). On a pipe it reads the same lines without a prompt:\n"
    "a lab sheet's session is a test.\n"
    "\n"
    "  --sandbox             the default: no network, no account, nothing is delivered\n"
    "  --server HOST[:PORT]  a real server (port: 587; 465 with --tls implicit; 25 with\n"
    "                        --tls none)\n"
    "  --replay FILE.smtp    converse with a transcript\n"
    "  --tls starttls|implicit|none\n"
    "                        implicit: TLS from the first byte. Else it begins when you\n"
    "                        type STARTTLS (default: starttls)\n"
    "  --ca FILE             the authorities to trust, as PEM (default: the system's)\n"
    "  --insecure            look at a server in spite of a bad certificate\n"
    "  --user NAME           who logs in with :auth\n"
    "  --password-file FILE  its first line is the password; without it :auth asks\n"
    "  --record FILE         write the conversation as a transcript, secrets left out\n"
    "  --keylog FILE         append TLS secrets, for Wireshark\n"
    "  --timeout SECONDS     what one reply may take in all (default 300)\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 all went well; 1 an :expect did not hold; 64 wrong usage;\n"
    "66 a file cannot be read or written; 68 no such host; 74 the connection was lost\n"
    "with lines still to be sent; 75 nobody listens there; 77 the certificate was\n"
    "refused; 2 the transcript is wrong.\n";

static int read_timeout(const char *text, void *to, struct err *e) {
    long n = 0;

    (void)e;
    if (cli_range(text, 1, TIMEOUT_MAX, &n) == -1)
        return -1;
    *(int *)to = (int)n;
    return 0;
}

static int read_tls(const char *text, void *to, struct err *e) {
    static const char *const modes[] = {
        [TLS_MODE_STARTTLS] = "starttls", [TLS_MODE_IMPLICIT] = "implicit", [TLS_MODE_NONE] = "none"};

    (void)e;
    for (int i = 0; i < (int)(sizeof modes / sizeof modes[0]); i++)
        if (strcmp(modes[i], text) == 0) {
            *(int *)to = i;
            return 0;
        }
    return -1;
}

static int check(const struct options *o, struct err *e) {
    if (o->sandbox + (o->server != NULL) + (o->replay != NULL) > 1)
        return err_set(e, ERR_INPUT, "--sandbox, --server and --replay exclude each other");
    if (o->server == NULL && (o->ca != NULL || o->insecure))
        return err_set(e, ERR_INPUT, "--ca and --insecure are for --server");
    if (o->replay != NULL && o->tls != TLS_MODE_STARTTLS)
        return err_set(e, ERR_INPUT, "--tls is not for --replay: the transcript says when TLS begins");
    return 0;
}

enum options_action options_parse(struct options *o, int argc, char **argv, struct err *e) {
    bool help = false, version = false;
    const struct cli_option rows[] = {
        {"--sandbox", NULL, &o->sandbox, NULL},
        {"--server", cli_text, &o->server, "HOST[:PORT]"},
        {"--replay", cli_text, &o->replay, "a transcript"},
        {"--tls", read_tls, &o->tls, "starttls, implicit or none"},
        {"--ca", cli_text, &o->ca, "a file"},
        {"--insecure", NULL, &o->insecure, NULL},
        {"--user", cli_text, &o->user, "a name"},
        {"--password-file", cli_text, &o->password_file, "a file"},
        {"--record", cli_text, &o->record, "a file"},
        {"--keylog", cli_text, &o->keylog, "a file"},
        {"--timeout", read_timeout, &o->timeout, "a number of seconds from 1 to 3600"},
        {"--help", NULL, &help, NULL},
        {"--version", NULL, &version, NULL},
        {NULL, NULL, NULL, NULL},
    };

    memset(o, 0, sizeof *o);
    o->timeout = TIMEOUT_DEFAULT;
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-' || argv[i][1] == '\0') {
            err_set(e, ERR_INPUT, "'%s' is no option; a transcript stands behind --replay", argv[i]);
            return OPTIONS_WRONG;
        }
        if (cli_take(rows, argc, argv, &i, e) == -1)
            return OPTIONS_WRONG;
    }
    if (help || version)
        return help ? OPTIONS_HELP : OPTIONS_VERSION;
    return check(o, e) == -1 ? OPTIONS_WRONG : OPTIONS_RUN;
}
