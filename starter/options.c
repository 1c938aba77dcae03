/*
 * options.c - the command line. (Provided.)
 *
 * One table says what there is: the parser, --help and the complaints all read
 * it. `--name value` and `--name=value` are the same.
 */
#include "program.h"

#include <stdlib.h>
#include <string.h>

struct row;

/* Takes one option's value (NULL for a flag) into *o. -1: what is wrong, in *e. */
typedef int take_fn(struct options *o, const struct row *row, const char *value, struct err *e);

struct row {
    const char *name;
    take_fn *take;
    size_t field;      /* offset in struct options */
    const char *value; /* what --help calls the value, NULL: a flag, without one */
    const char *help;
    const char *const *choices; /* take_choice: the words, by number */
    long min, max;              /* take_number */
};

#define FIELD(name) offsetof(struct options, name)

static void *field(struct options *o, const struct row *row) {
    return (char *)o + row->field;
}

static int take_text(struct options *o, const struct row *row, const char *value, struct err *e) {
    (void)e;
    *(const char **)field(o, row) = value;
    return 0;
}

/* An option that may be given several times; options_parse() made room for as many as there are arguments. */
static int take_recipient(struct options *o, const struct row *row, const char *value, struct err *e) {
    (void)row;
    (void)e;
    o->to[o->to_count++] = value;
    return 0;
}

static int take_attachment(struct options *o, const struct row *row, const char *value, struct err *e) {
    (void)row;
    (void)e;
    o->attach[o->attach_count++] = value;
    return 0;
}

/* Of these only a file makes sense: "@" stands there so that it reads like --body. */
static int take_file(struct options *o, const struct row *row, const char *value, struct err *e) {
    if (value[0] != '@' || !value[1])
        return err_set(e, ERR_NONE, "--%s: @ and the name of a file, not '%s'", row->name, value);
    return take_text(o, row, value, e);
}

static int take_flag(struct options *o, const struct row *row, const char *value, struct err *e) {
    (void)value;
    (void)e;
    *(bool *)field(o, row) = true;
    return 0;
}

static int take_number(struct options *o, const struct row *row, const char *value, struct err *e) {
    char *end;
    long n = strtol(value, &end, 10);
    if (end == value || *end || n < row->min || n > row->max)
        return err_set(e, ERR_NONE, "--%s: a number from %ld to %ld, not '%s'", row->name, row->min, row->max,
                       value);
    *(int *)field(o, row) = (int)n;
    return 0;
}

static int take_choice(struct options *o, const struct row *row, const char *value, struct err *e) {
    for (unsigned i = 0; row->choices[i]; i++)
        if (strcmp(row->choices[i], value) == 0) {
            *(unsigned *)field(o, row) = i;
            return 0;
        }
    return err_set(e, ERR_NONE, "--%s %s: one of %s", row->name, value, row->value);
}

static const char *const tls_modes[] = {
    [TLS_MODE_STARTTLS] = "starttls", [TLS_MODE_IMPLICIT] = "implicit", [TLS_MODE_NONE] = "none", NULL};

static const char *const auth_methods[] = {
    [AUTH_METHOD_NONE] = "none",         [AUTH_METHOD_LOGIN] = "login",     [AUTH_METHOD_PLAIN] = "plain",
    [AUTH_METHOD_CRAM_MD5] = "cram-md5", [AUTH_METHOD_XOAUTH2] = "xoauth2", NULL};

static int print_help(struct options *o, const struct row *row, const char *value, struct err *e);
static int print_version(struct options *o, const struct row *row, const char *value, struct err *e);

/* clang-format off */
static const struct row rows[] = {
    {"server", take_text, FIELD(server), "HOST[:PORT]", "the server (port: 587 starttls, 465 implicit, 25 none)", NULL, 0, 0},
    {"tls", take_choice, FIELD(tls), "starttls|implicit|none", "when TLS begins (starttls)", tls_modes, 0, 0},
    {"ca", take_text, FIELD(ca), "FILE", "trust the authorities in this PEM file, and no others", NULL, 0, 0},
    {"auth", take_choice, FIELD(auth), "login|plain|cram-md5|xoauth2|none", "how to log in (with --user login, in lab 7 the best one; else none)", auth_methods, 0, 0},
    {"user", take_text, FIELD(user), "NAME", "the user name", NULL, 0, 0},
    {"password-file", take_text, FIELD(password_file), "FILE", "its first line is the password; without it you are asked", NULL, 0, 0},
    {"token-command", take_text, FIELD(token_command), "CMD", "lab 7: a command that prints an access token", NULL, 0, 0},
    {"from", take_text, FIELD(from), "ADDR", "the sender", NULL, 0, 0},
    {"to", take_recipient, 0, "ADDR", "a recipient; may be given several times", NULL, 0, 0},
    {"subject", take_text, FIELD(subject), "TEXT", "the subject", NULL, 0, 0},
    {"body", take_text, FIELD(body), "TEXT|@FILE|-", "the text, or the file it is in, or - for standard input (empty)", NULL, 0, 0},
    {"html", take_file, FIELD(html), "@FILE", "lab 6: an HTML version of the text", NULL, 0, 0},
    {"attach", take_attachment, 0, "FILE", "lab 6: send the file along; may be given several times", NULL, 0, 0},
    {"eml", take_file, FIELD(eml), "@FILE", "lab 8: send this message, header and all, in place of --subject and --body", NULL, 0, 0},
    {"keyboard", take_flag, FIELD(keyboard), NULL, "several messages from standard input: To:, Subject:, an empty line, text, a dot alone", NULL, 0, 0},
    {"helo", take_text, FIELD(helo), "NAME", "the name to say in EHLO", NULL, 0, 0},
    {"timeout", take_number, FIELD(timeout), "SECONDS", "how long the server may stay silent (300)", NULL, 1, 86400},
    {"show", take_flag, FIELD(show), NULL, "print the conversation", NULL, 0, 0},
    {"record", take_text, FIELD(record), "FILE", "write the conversation as a transcript, without secrets", NULL, 0, 0},
    {"keylog", take_text, FIELD(keylog), "FILE", "append the TLS secrets, for Wireshark", NULL, 0, 0},
    {"lab", take_number, FIELD(lab), "N", "the lab that is being worked on (0 to 8)", NULL, 0, 8},
    {"help", print_help, 0, NULL, "this", NULL, 0, 0},
    {"version", print_version, 0, NULL, "the version", NULL, 0, 0},
};
/* clang-format on */

#define ROWS (sizeof rows / sizeof rows[0])

static int print_help(struct options *o, const struct row *row, const char *value, struct err *e) {
    (void)o;
    (void)row;
    (void)value;
    (void)e;
    puts("client: send email by SMTP\n\n"
         "  client --server HOST[:PORT] --from ADDR --to ADDR [--subject TEXT] [--body TEXT] ...\n");
    for (size_t i = 0; i < ROWS; i++) {
        char head[64];
        snprintf(head, sizeof head, "--%s %s", rows[i].name, rows[i].value ? rows[i].value : "");
        printf("  %-24s %s%s\n", head, strlen(head) > 24 ? "\n                           " : "",
               rows[i].help);
    }
    puts("\nExit status: 0 accepted, 64 wrong usage, 65 input refused, 66 a file cannot be read, 68 no such "
         "host,\n"
         "69 refused (5xx), 70 a TODO is not done, 74 connection lost or timed out, 75 refused for now (4xx) "
         "or\n"
         "nobody listening, 76 the server broke the protocol, 77 login or certificate refused.");
    return 1;
}

static int print_version(struct options *o, const struct row *row, const char *value, struct err *e) {
    (void)o;
    (void)row;
    (void)value;
    (void)e;
    puts("client (smtplab) " SMTPLAB_VERSION);
    return 1;
}

/* The row of "name" or "name=value"; NULL: there is none. */
static const struct row *find_row(const char *text) {
    size_t n = strcspn(text, "=");
    for (size_t i = 0; i < ROWS; i++)
        if (strlen(rows[i].name) == n && strncmp(rows[i].name, text, n) == 0)
            return &rows[i];
    return NULL;
}

/* The option at argv[*at] and its value; *at ends on the last argument used. */
static int take_option(struct options *o, int argc, char **argv, int *at, struct err *e) {
    const char *text = argv[*at];
    const struct row *row = strncmp(text, "--", 2) == 0 ? find_row(text + 2) : NULL;
    if (!row)
        return err_set(e, ERR_NONE, "what is '%s'?", text);
    const char *value = strchr(text, '=');
    if (value)
        value++;
    else if (row->value && *at + 1 < argc)
        value = argv[++*at];
    if (!value && row->value)
        return err_set(e, ERR_NONE, "--%s needs a value: %s", row->name, row->value);
    if (value && !row->value)
        return err_set(e, ERR_NONE, "--%s takes no value", row->name);
    return row->take(o, row, value, e);
}

/* What does not fit together. NULL: it all does. */
static const char *contradiction(const struct options *o) {
    if (!o->server)
        return "--server HOST[:PORT] is missing";
    if (!o->from)
        return "--from ADDR is missing";
    if (o->eml && (o->subject || o->body || o->html || o->attach_count > 0 || o->keyboard))
        return "--eml is a whole message: leave --subject, --body, --html, --attach and --keyboard out";
    if (o->keyboard && (o->html || o->attach_count > 0))
        return "--keyboard sends text: leave --html and --attach out";
    if (o->keyboard && (o->to_count > 0 || o->subject || o->body))
        return "--keyboard reads To:, Subject: and the text from standard input: leave --to, --subject and "
               "--body out";
    if (!o->keyboard && o->to_count == 0)
        return "--to ADDR is missing";
    if (o->auth != AUTH_METHOD_NONE && !o->user)
        return "--auth needs --user NAME";
    if (o->token_command && o->password_file)
        return "--token-command and --password-file: one of them";
    return NULL;
}

static int check_options(struct options *o, struct err *e) {
    static const char *const ports[] = {
        [TLS_MODE_STARTTLS] = "587", [TLS_MODE_IMPLICIT] = "465", [TLS_MODE_NONE] = "25"};
    const char *wrong = contradiction(o);
    if (wrong)
        return err_set(e, ERR_NONE, "%s", wrong);
    if (net_split(o->server, ports[o->tls], o->host, o->port, e) == -1) {
        e->kind = ERR_NONE; /* a wrong --server is wrong usage */
        return -1;
    }
    return 0;
}

#define AUTH_UNSAID ((enum auth_method) - 1)

int options_parse(struct options *o, int argc, char **argv, struct err *e) {
    *o = (struct options){.timeout = 300, .auth = AUTH_UNSAID}; /* 300 s: RFC 5321 section 4.5.3.2 */
    o->to = calloc((size_t)argc, sizeof *o->to);
    o->attach = calloc((size_t)argc, sizeof *o->attach);
    if (!o->to || !o->attach)
        return err_set(e, ERR_SYSTEM, "out of memory");
    int result = 0;
    for (int i = 1; i < argc && result == 0; i++)
        result = take_option(o, argc, argv, &i, e);
    if (result == 0 && o->auth == AUTH_UNSAID)
        o->auth = o->user ? AUTH_METHOD_ANY : AUTH_METHOD_NONE;
    return result == 0 ? check_options(o, e) : result;
}

void options_free(struct options *o) {
    free(o->to);
    free(o->attach);
}
