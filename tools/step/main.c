/*
 * smtp-step - SMTP typed by hand, explained at every step. Here: options in, exit status out.
 */
#include "stepper.h"

#include "../../lib/version.h"

#include <stdio.h>

static int run(const struct options *o) {
    struct stepper st;
    struct err e = {ERR_NONE, ""};
    int status;

    if (stepper_init(&st, o, &e) == -1) {
        fprintf(stderr, "smtp-step: %s\n", e.text);
        status = o->server != NULL && e.kind == ERR_INPUT ? STATUS_USAGE : stepper_status(e.kind);
    } else {
        status = stepper_run(&st);
    }
    stepper_free(&st);
    return status;
}

int main(int argc, char **argv) {
    struct options o;
    struct err e;

    switch (options_parse(&o, argc, argv, &e)) {
    case OPTIONS_HELP:
        fputs(options_help, stdout);
        return STATUS_WELL;
    case OPTIONS_VERSION:
        puts("smtp-step (smtplab) " SMTPLAB_VERSION);
        return STATUS_WELL;
    case OPTIONS_WRONG:
        fprintf(stderr, "smtp-step: %s (try --help)\n", e.text);
        return STATUS_USAGE;
    case OPTIONS_RUN:
        break;
    }
    return run(&o);
}
