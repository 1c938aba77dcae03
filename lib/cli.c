#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int cli_text(const char *text, void *to, struct err *e) {
    (void)e;
    *(const char **)to = text;
    return 0;
}

int cli_range(const char *text, long min, long max, long *to) {
    char *end;
    long n;

    errno = 0;
    n = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || n < min || n > max)
        return -1;
    *to = n;
    return 0;
}

int cli_port(const char *text, void *to, struct err *e) {
    long n = 0;

    (void)e;
    if (cli_range(text, 0, 65535, &n) == -1)
        return -1;
    *(unsigned short *)to = (unsigned short)n;
    return 0;
}

static const struct cli_option *find(const struct cli_option *rows, const char *name, size_t n) {
    for (; rows->name != NULL; rows++)
        if (strlen(rows->name) == n && strncmp(rows->name, name, n) == 0)
            return rows;
    return NULL;
}

/* The value written in the same word, "--name=value" or "-j4"; *n is the length of the name. NULL: none. */
static const char *attached(const char *arg, size_t *n) {
    const char *equals = arg[1] == '-' ? strchr(arg, '=') : NULL;

    *n = equals != NULL ? (size_t)(equals - arg) : strlen(arg);
    if (arg[1] != '-' && *n > 2) {
        *n = 2;
        return arg + 2;
    }
    return equals != NULL ? equals + 1 : NULL;
}

static int take_switch(const struct cli_option *row, const char *value, struct err *e) {
    if (value != NULL)
        return err_set(e, ERR_INPUT, "%s takes no value", row->name);
    *(bool *)row->to = true;
    return 0;
}

static int take_value(const struct cli_option *row, const char *value, struct err *e) {
    struct err why = {ERR_NONE, ""};

    if (value == NULL)
        return err_set(e, ERR_INPUT, "%s wants %s", row->name, row->wants);
    if (row->value(value, row->to, &why) == 0)
        return 0;
    if (why.kind != ERR_NONE)
        return err_set(e, ERR_INPUT, "%s: %s", row->name, why.text);
    return err_set(e, ERR_INPUT, "%s wants %s, not '%s'", row->name, row->wants, value);
}

int cli_take(const struct cli_option *rows, int argc, char **argv, int *i, struct err *e) {
    size_t n;
    const char *value = attached(argv[*i], &n);
    const struct cli_option *row = find(rows, argv[*i], n);

    if (row == NULL)
        return err_set(e, ERR_INPUT, "unknown option %s", argv[*i]);
    if (row->value == NULL)
        return take_switch(row, value, e);
    if (value == NULL && *i + 1 < argc)
        value = argv[++*i];
    return take_value(row, value, e);
}

int cli_take_all(const struct cli_option *rows, int argc, char **argv, struct err *e) {
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-')
            return err_set(e, ERR_INPUT, "'%s' is no option", argv[i]);
        if (cli_take(rows, argc, argv, &i, e) == -1)
            return -1;
    }
    return 0;
}
