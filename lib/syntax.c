/* See syntax.h. */
#include "syntax.h"

#include "address.h"

#include <string.h>
#include <strings.h>

/* One line under examination: where findings go, and what offsets are counted from. */
struct examination {
    const char *line;
    const struct command *command;
    const struct ehlo *ehlo;
    syntax_found_fn *fn;
    void *arg;
};

static void tell(const struct examination *x, enum rule rule, const char *where) {
    x->fn(x->arg, rule, (size_t)(where - x->line));
}

/* --- bytes --- */

/* Length without the line end; *ends_in_crlf says whether the end is the right one. */
static size_t without_line_end(const char *line, size_t n, bool *has_lf, bool *has_crlf) {
    *has_lf = n > 0 && line[n - 1] == '\n';
    *has_crlf = *has_lf && n > 1 && line[n - 2] == '\r';
    return *has_crlf ? n - 2 : *has_lf ? n - 1 : n;
}

void syntax_bytes(const char *line, size_t n, size_t max, syntax_found_fn *fn, void *arg) {
    bool has_lf, has_crlf;
    size_t len = without_line_end(line, n, &has_lf, &has_crlf);
    const char *nul = memchr(line, '\0', len);
    const char *cr = memchr(line, '\r', len);

    if (nul != NULL)
        fn(arg, RULE_NUL_BYTE, (size_t)(nul - line));
    if (cr != NULL)
        fn(arg, RULE_BARE_CR, (size_t)(cr - line));
    if (n > max)
        fn(arg, RULE_LINE_TOO_LONG, max);
    if (!has_lf)
        fn(arg, RULE_NO_LINE_END, n);
    else if (!has_crlf)
        fn(arg, RULE_BARE_LF, n - 1);
}

/* --- arguments --- */

/* A cursor over the arguments. */
struct cursor {
    const char *at;
    const char *end;
};

static bool skip_spaces(struct cursor *c) {
    const char *start = c->at;

    while (c->at < c->end && *c->at == ' ')
        c->at++;
    return c->at > start;
}

static bool skip_keyword(struct cursor *c, const char *keyword) {
    size_t n = strlen(keyword);

    if ((size_t)(c->end - c->at) < n || strncasecmp(c->at, keyword, n) != 0)
        return false;
    c->at += n;
    return true;
}

/* NAME or NAME=VALUE up to the next space. */
static void check_parameter(const struct examination *x, struct cursor *c) {
    const char *name = c->at;
    const char *stop = memchr(name, ' ', (size_t)(c->end - name));
    const char *equals;
    size_t value_len = 0;

    c->at = stop != NULL ? stop : c->end;
    equals = memchr(name, '=', (size_t)(c->at - name));
    if (equals != NULL)
        value_len = (size_t)(c->at - equals - 1);
    if (!ehlo_allows(x->ehlo, x->command->verb, name, (size_t)((equals != NULL ? equals : c->at) - name),
                     equals != NULL ? equals + 1 : NULL, value_len))
        tell(x, RULE_PARAMETER_NOT_OFFERED, name);
}

static void check_parameters(const struct examination *x, struct cursor *c) {
    if (c->at < c->end && *c->at != ' ') {
        tell(x, RULE_BAD_ARGUMENT, c->at);
        return;
    }
    while (skip_spaces(c) && c->at < c->end)
        check_parameter(x, c);
}

static const char *end_of_word(const struct cursor *c) {
    const char *space = memchr(c->at, ' ', (size_t)(c->end - c->at));

    return space != NULL ? space : c->end;
}

/* "<local@domain>", or what stands there instead. */
static void check_path(const struct examination *x, struct cursor *c) {
    struct path path;
    size_t at = 0;
    int used;

    if (c->at == c->end || *c->at != '<') {
        tell(x, c->at == c->end ? RULE_BAD_ADDRESS : RULE_NO_ANGLE_BRACKETS, c->at);
        c->at = end_of_word(c);
        return;
    }
    used = address_path_parse(c->at, (size_t)(c->end - c->at), &path, &at);
    if (used < 0) {
        tell(x, RULE_BAD_ADDRESS, c->at + at);
        c->at = c->end; /* where it ends nobody knows, so nothing behind it can be judged */
        return;
    }
    c->at += used;
}

/* The null sender "<>" is legal in MAIL (RFC 5321 4.5.5), not in RCPT. */
static void check_null_path(const struct examination *x, const struct cursor *c) {
    if (x->command->verb == VERB_RCPT && c->end - c->at >= 2 && memcmp(c->at, "<>", 2) == 0)
        tell(x, RULE_BAD_ADDRESS, c->at + 1);
}

static struct cursor arguments(const struct command *command) {
    struct cursor c = {command->args, command->args + command->args_len};

    return c;
}

static const char *path_keyword(enum verb v) {
    return v == VERB_MAIL ? "FROM:" : "TO:";
}

static void check_envelope(const struct examination *x) {
    struct cursor c = arguments(x->command);
    const char *colon;

    skip_spaces(&c);
    if (!skip_keyword(&c, path_keyword(x->command->verb))) {
        tell(x, RULE_BAD_ARGUMENT, c.at);
        return;
    }
    colon = c.at;
    if (skip_spaces(&c))
        tell(x, RULE_SPACE_AFTER_COLON, colon);
    check_null_path(x, &c);
    check_path(x, &c);
    check_parameters(x, &c);
}

static void check_hello(const struct examination *x) {
    struct cursor c = arguments(x->command);

    while (c.end > c.at && c.end[-1] == ' ')
        c.end--;
    if (!address_domain_valid(c.at, (size_t)(c.end - c.at)))
        tell(x, RULE_BAD_ARGUMENT, c.at);
}

/* White space at the end is let through (RFC 5321 4.1.1: servers should tolerate it). */
static void check_nothing_follows(const struct examination *x) {
    struct cursor c = arguments(x->command);

    skip_spaces(&c);
    if (c.at < c.end)
        tell(x, RULE_BAD_ARGUMENT, c.at);
}

static void check_something_follows(const struct examination *x) {
    struct cursor c = arguments(x->command);

    skip_spaces(&c);
    if (c.at == c.end)
        tell(x, RULE_BAD_ARGUMENT, c.at);
}

static void check_known(const struct examination *x) {
    tell(x, RULE_UNKNOWN_COMMAND, x->line);
}

/* What each verb's arguments must be; verbs without a row take anything. */
static void (*const checks[VERB_COUNT])(const struct examination *) = {
    [VERB_EHLO] = check_hello,
    [VERB_HELO] = check_hello,
    [VERB_STARTTLS] = check_nothing_follows,
    [VERB_AUTH] = check_something_follows,
    [VERB_MAIL] = check_envelope,
    [VERB_RCPT] = check_envelope,
    [VERB_DATA] = check_nothing_follows,
    [VERB_BDAT] = check_something_follows,
    [VERB_RSET] = check_nothing_follows,
    [VERB_VRFY] = check_something_follows,
    [VERB_EXPN] = check_something_follows,
    [VERB_QUIT] = check_nothing_follows,
    [VERB_UNKNOWN] = check_known,
};

void syntax_command(const char *line, const struct command *command, const struct ehlo *ehlo,
                    syntax_found_fn *fn, void *arg) {
    const struct examination x = {line, command, ehlo, fn, arg};

    if (checks[command->verb] != NULL)
        checks[command->verb](&x);
}

/* Up to the closing bracket, or, if there is none, to the next space. */
static void take_bracketed(struct cursor c, const char **start, size_t *len) {
    const char *close = memchr(c.at, '>', (size_t)(c.end - c.at));

    *start = c.at;
    *len = (size_t)((close != NULL ? close : end_of_word(&c)) - c.at);
}

bool syntax_address(const struct command *command, const char **start, size_t *len) {
    struct cursor c = arguments(command);

    if (command->verb != VERB_MAIL && command->verb != VERB_RCPT)
        return false;
    skip_spaces(&c);
    if (!skip_keyword(&c, path_keyword(command->verb)))
        return false;
    skip_spaces(&c);
    if (c.at < c.end && *c.at == '<') {
        c.at++;
        take_bracketed(c, start, len);
    } else {
        *start = c.at;
        *len = (size_t)(end_of_word(&c) - c.at);
    }
    return true;
}

bool syntax_address_meant(const struct command *command, const char **start, size_t *len) {
    struct cursor c = arguments(command);
    const char *open = memchr(c.at, '<', (size_t)(c.end - c.at));

    if (syntax_address(command, start, len))
        return true;
    if (open == NULL || (command->verb != VERB_MAIL && command->verb != VERB_RCPT))
        return false;
    c.at = open + 1;
    take_bracketed(c, start, len);
    return true;
}

size_t syntax_line_ends(const char *bytes, size_t n) {
    size_t count = 0;
    size_t i;

    for (i = 0; i < n; i++)
        count += bytes[i] == '\n';
    return count;
}
