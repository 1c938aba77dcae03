/*
 * cli - a program's command line, read by a table: one row an option.
 *
 * "--name value", "--name=value", "-n value" and "-n4" are understood. Each row names a function that reads
 * the value and where it puts it; a row without one is a switch. Pure.
 */
#ifndef SMTPLAB_CLI_H
#define SMTPLAB_CLI_H

#include "err.h"

#include <stdbool.h>

/*
 * Read a value into *to: 0, or -1 if the text is none. It may say in *e what is wrong (ERR_INPUT); else the row's
 * `wants` does.
 */
typedef int cli_value_fn(const char *text, void *to, struct err *e);

struct cli_option {
    const char *name;    /* "--port", "-j"; NULL ends the table */
    cli_value_fn *value; /* NULL: a switch */
    void *to;            /* of a switch: a bool, which becomes true */
    const char *wants;   /* "a port from 0 to 65535" */
};

/* Take the option at argv[*i]; *i moves on to its value if that is a word of its own. -1, ERR_INPUT: a sentence for the user. */
int cli_take(const struct cli_option *rows, int argc, char **argv, int *i, struct err *e);

/* All of argv[1] on, for a program whose words are all options. -1, ERR_INPUT: a sentence for the user. */
int cli_take_all(const struct cli_option *rows, int argc, char **argv, struct err *e);

/* Readers of values, into: */
cli_value_fn cli_text; /* const char *, the text itself */
cli_value_fn cli_port; /* unsigned short, 0 to 65535 */

/* For readers of one's own: a whole number from min to max. */
int cli_range(const char *text, long min, long max, long *to);

#endif
