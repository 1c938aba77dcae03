/* See options.h. */
#include "options.h"

#include "../../lib/cli.h"

#include <stdlib.h>
#include <string.h>

const char options_help[] =
    "usage: smtp-record [options] --to HOST:PORT --out FILE\n"
    "\n"
    "Stands between any mail client and any mail server, passes on what they say, and\n"
    "writes it down as a transcript, through STARTTLS too. Passwords, tokens and what is\n"
    "computed from them are replaced before anything is written.\n"
    "\n"
    "  --to HOST:PORT        the server\n"
    "  --out FILE            where the transcript goes. A second session at the same start\n"
    "                        gets FILE-2 (talk.smtp, talk-2.smtp), or its number where\n"
    "                        FILE has {n}. If FILE is a folder, each session gets a new\n"
    "                        session-N.smtp in it\n"
    "  --tls starttls|implicit|none\n"
    "                        starttls: in plain text until the client says STARTTLS and\n"
    "                        the server agrees; implicit: TLS from the first byte, on both\n"
    "                        sides; none: a session that asks for TLS is ended\n"
    "                        (default: starttls)\n"
    "  --listen ADDR:PORT    where clients come (default: 127.0.0.1 and any free port)\n"
    "  --ca FILE             the authorities to trust for the server's certificate, as PEM\n"
    "                        (default: the system's)\n"
    "  --password-file FILE  its first line is a password or token that is never to be\n"
    "                        written. Without it one is known from when it is sent on\n"
    "  --private             write {message} in the place of each message\n"
    "  --keep-names          do not replace the names and addresses of machines\n"
    "  --exact               write down, too, in what pieces and how late replies came\n"
    "  --software TEXT       what the server is, for source: (default: what it says itself)\n"
    "  --title TEXT          for title:\n"
    "  --once                end after one session\n"
    "  --help, --version\n"
    "\n"
    "The first line of the output is \"listening ADDRESS:PORT\", the second \"ca FILE\": the\n"
    "authority that clients have to trust for this run. Standard error has a line for\n"
    "each session. SIGTERM or SIGINT ends it; what was said has been written.\n"
    "\n"
    "Exit status: 0 ended as asked; 1 it cannot begin (a port, a file); 64 wrong usage;\n"
    "130 ended by a second SIGINT.\n";

/* --- values --- */

static int read_to(const char *text, void *to, struct err *e) {
    struct options *o = to;

    return net_split(text, "", o->host, o->port, e);
}

/* Port 0 is any free one, which net_split() does not take. */
static int read_listen(const char *text, void *to, struct err *e) {
    struct options *o = to;
    const char *colon = strrchr(text, ':');
    char port[NET_PORT_MAX];

    if (colon == NULL)
        return -1;
    if (cli_port(colon + 1, &o->listen_port, e) == -1)
        return err_set(e, ERR_INPUT, "'%s' is no port from 0 to 65535", colon + 1);

    size_t n = (size_t)(colon - text);
    char address[NET_HOST_MAX];

    if (n == 0 || n >= sizeof(address))
        return -1;
    memcpy(address, text, n);
    address[n] = '\0';
    return net_split(address, "1", o->address, port, e); /* takes the brackets off */
}

static int read_tls(const char *text, void *to, struct err *e) {
    static const char *const modes[] = {
        [TLS_MODE_STARTTLS] = "starttls", [TLS_MODE_IMPLICIT] = "implicit", [TLS_MODE_NONE] = "none"};

    (void)e;
    for (int i = 0; i < (int)(sizeof(modes) / sizeof(modes[0])); i++)
        if (strcmp(modes[i], text) == 0) {
            *(enum tls_mode *)to = (enum tls_mode)i;
            return 0;
        }
    return -1;
}

/* --- the whole --- */

static int check(const struct options *o, struct err *e) {
    if (o->host[0] == '\0')
        return err_set(e, ERR_INPUT, "say which server is to be recorded: --to HOST:PORT");
    if (o->out == NULL || o->out[0] == '\0')
        return err_set(e, ERR_INPUT, "say where the transcript goes: --out FILE");
    return 0;
}

enum options_action options_parse(struct options *o, int argc, char **argv, struct err *e) {
    bool help = false, version = false;
    const struct cli_option rows[] = {
        {"--to", read_to, o, "HOST:PORT"},
        {"--out", cli_text, &o->out, "a file or a folder"},
        {"--tls", read_tls, &o->tls, "starttls, implicit or none"},
        {"--listen", read_listen, o, "ADDR:PORT, the address in digits"},
        {"--ca", cli_text, &o->ca, "a file"},
        {"--password-file", cli_text, &o->password_file, "a file"},
        {"--private", NULL, &o->hide_messages, NULL},
        {"--keep-names", NULL, &o->keep_names, NULL},
        {"--exact", NULL, &o->exact, NULL},
        {"--software", cli_text, &o->software, "a text"},
        {"--title", cli_text, &o->title, "a text"},
        {"--once", NULL, &o->once, NULL},
        {"--help", NULL, &help, NULL},
        {"--version", NULL, &version, NULL},
        {NULL, NULL, NULL, NULL},
    };

    *o = (struct options){.tls = TLS_MODE_STARTTLS, .address = "127.0.0.1"};
    if (cli_take_all(rows, argc, argv, e) == -1)
        return OPTIONS_WRONG;
    if (help || version)
        return help ? OPTIONS_HELP : OPTIONS_VERSION;
    return check(o, e) == -1 ? OPTIONS_WRONG : OPTIONS_RUN;
}
