/* See options.h. */
#include "options.h"

#include "../../lib/cli.h"

#include <stdlib.h>
#include <string.h>

#define JOBS_MAX 64

const char options_help[] =
    "usage: smtp-replay [options] TRANSCRIPT... --client PROGRAM\n"
    "       smtp-replay [options] TRANSCRIPT... -- COMMAND ARGS...\n"
    "       smtp-replay [options] TRANSCRIPT\n"
    "\n"
    "Plays the server's side of recorded conversations and judges the client at the\n"
    "other end: the kit's client (PROGRAM, run with the options on the transcript's\n"
    "run: line), any other program ({host} {port} {addr} {ca} {user} {password}\n"
    "{password-file} {tmp} {dir} are replaced in its arguments; SMTP_HOST, SMTP_PORT\n"
    "and SSL_CERT_FILE are set), or whoever connects.\n"
    "\n"
    "  --port N          listen on 127.0.0.1 port N (default: any free one)\n"
    "  --json FILE       write verdicts, findings, events there ('-': standard output,\n"
    "                    and nothing else)\n"
    "  --record FILE     write the conversation as a transcript (one TRANSCRIPT only)\n"
    "  --keylog FILE     append TLS secrets, for Wireshark\n"
    "  --seed N          for values the transcript leaves open (default 1)\n"
    "  -j N              play N transcripts at a time (default 1)\n"
    "  -v                print the whole conversation, and the client's standard error\n"
    "  -q                print findings only\n"
    "  --scale X         give the backstop clock X times its 10 seconds (or SMTPLAB_SCALE)\n"
    "  --no-clock        stop all clocks, to debug the client\n"
    "  --print           print TRANSCRIPT in canonical form, play nothing\n"
    "  --print-run ADDR  print the client's command line for a server at ADDR, play nothing\n"
    "  --judge           judge recordings as they stand: rules broken, and what no\n"
    "                    conversation could have been; play nothing\n"
    "  --doctor          say what this machine can prove, play nothing\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 no finding of severity fail and every check holds; 1 otherwise;\n"
    "2 a transcript is wrong; 3 not judged (our own trouble); 64 wrong usage.\n";

static int read_seed(const char *text, void *to, struct err *e) {
    (void)e;
    return cli_range(text, 0, 1000000000, to);
}

static int read_jobs(const char *text, void *to, struct err *e) {
    long n = 0;

    (void)e;
    if (cli_range(text, 1, JOBS_MAX, &n) == -1)
        return -1;
    *(int *)to = (int)n;
    return 0;
}

static int read_scale(const char *text, void *to, struct err *e) {
    char *end;
    double x = strtod(text, &end);

    (void)e;
    if (end == text || *end != '\0' || !(x >= 0.01 && x <= 1000))
        return -1;
    *(double *)to = x;
    return 0;
}

static int check(const struct options *o, struct err *e) {
    bool plays = !o->print && !o->judge && o->print_run == NULL;

    if (o->transcript_count == 0)
        return err_set(e, ERR_INPUT, "no transcript given");
    if (o->command != NULL && o->command[0] == NULL)
        return err_set(e, ERR_INPUT, "-- wants a command behind it");
    if (o->client != NULL && o->command != NULL)
        return err_set(e, ERR_INPUT, "--client and -- exclude each other");
    if (plays && o->transcript_count > 1 && o->client == NULL && o->command == NULL)
        return err_set(e, ERR_INPUT, "several transcripts need --client or --");
    if (o->transcript_count > 1 && o->record != NULL)
        return err_set(e, ERR_INPUT, "--record takes one transcript");
    if (o->port != 0 && o->jobs > 1)
        return err_set(e, ERR_INPUT, "--port and -j exclude each other");
    return 0;
}

static void set_defaults(struct options *o) {
    const char *scale = getenv("SMTPLAB_SCALE");

    memset(o, 0, sizeof *o);
    o->jobs = 1;
    o->scale = 1;
    if (scale != NULL)
        read_scale(scale, &o->scale, NULL); /* nonsense in the environment changes nothing */
}

enum options_action options_parse(struct options *o, int argc, char **argv, struct err *e) {
    bool help = false, version = false, doctor = false;
    const struct cli_option rows[] = {
        {"--port", cli_port, &o->port, "a port from 0 to 65535"},
        {"--json", cli_text, &o->json, "a file"},
        {"--record", cli_text, &o->record, "a file"},
        {"--keylog", cli_text, &o->keylog, "a file"},
        {"--seed", read_seed, &o->seed, "a number from 0 to 1000000000"},
        {"-j", read_jobs, &o->jobs, "a number from 1 to 64"},
        {"--scale", read_scale, &o->scale, "a number from 0.01 to 1000"},
        {"--client", cli_text, &o->client, "a program"},
        {"--print-run", cli_text, &o->print_run, "HOST:PORT"},
        {"-v", NULL, &o->conversation, NULL},
        {"-q", NULL, &o->quiet, NULL},
        {"--no-clock", NULL, &o->no_clock, NULL},
        {"--judge", NULL, &o->judge, NULL},
        {"--print", NULL, &o->print, NULL},
        {"--doctor", NULL, &doctor, NULL},
        {"--help", NULL, &help, NULL},
        {"--version", NULL, &version, NULL},
        {NULL, NULL, NULL, NULL},
    };
    int i;

    set_defaults(o);
    o->transcripts = argv; /* they are gathered at its front: never more than have been read */
    for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (argv[i][0] != '-' || argv[i][1] == '\0')
            o->transcripts[o->transcript_count++] = argv[i];
        else if (cli_take(rows, argc, argv, &i, e) == -1)
            return OPTIONS_WRONG;
    }
    if (i < argc)
        o->command = argv + i + 1; /* argv ends in a NULL */
    if (help || version || doctor)
        return help ? OPTIONS_HELP : version ? OPTIONS_VERSION : OPTIONS_DOCTOR;
    return check(o, e) == -1 ? OPTIONS_WRONG : OPTIONS_RUN;
}
