/* See commands.h. */
#include "commands.h"

#include "../../lib/nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELP_COLUMN 21 /* where the help of a command begins */

static command_fn do_help;

/* clang-format off */
static const struct local table[] = {
    /* what it means */
    {"help", "[command]", OFFER_COMMANDS, "this list, or one line of it", do_help},
    {"next", "", OFFER_NOTHING, "what you may send now, and what each command is for", do_next},
    {"why", "", OFFER_NOTHING, "the last reply, digit by digit", do_why},
    {"explain", "word", OFFER_TOPICS, "a code (550, 5.7.1), a command, an extension, or a rule", do_explain},
    {"state", "", OFFER_NOTHING, "the way through a session, and where you are", do_state},
    {"caps", "", OFFER_NOTHING, "what the server offered after EHLO", do_caps},
    {"findings", "", OFFER_NOTHING, "the rules broken so far, and what to do about them", do_findings},
    /* what was on the wire */
    {"bytes", "", OFFER_NOTHING, "the last write and read, byte by byte, and what a bystander saw", do_bytes},
    {"tls", "", OFFER_NOTHING, "protocol, cipher and certificates of this connection", do_tls},
    {"diagram", "[file.html]", OFFER_FILES, "the conversation as a ladder, here or as a page", do_diagram},
    {"steps", "", OFFER_NOTHING, "what was sent so far, numbered for :undo", do_steps},
    /* doing */
    {"auth", "login|plain|cram-md5|xoauth2", OFFER_MECHANISMS, "log in, every step of the encoding shown", do_auth},
    {"user", "[name]", OFFER_NOTHING, "who logs in with :auth", do_user},
    {"b64", "text", OFFER_NOTHING, "text as base64 (\\0 is a NUL)", do_b64},
    {"unb64", "base64", OFFER_NOTHING, "what base64 stands for", do_unb64},
    {"send", "file", OFFER_FILES, "the lines of a file, as if typed: dots are not doubled", do_send},
    {"raw", "bytes", OFFER_NOTHING, "exactly these bytes and no line end (\\r \\n \\0 \\xHH)", do_raw},
    {"wait", "", OFFER_NOTHING, "wait on for a reply that is late", do_wait},
    {"reconnect", "", OFFER_NOTHING, "hang up and begin a new session", do_reconnect},
    /* back, and again */
    {"undo", "[step]", OFFER_NOTHING, "back to the step before, or to that one, on a fresh connection", do_undo},
    {"predict", "on|off", OFFER_WORDS, "guess each reply before you see it; off tells the score", do_predict},
    {"expect", "code", OFFER_NOTHING, "was the last reply 250, 25x, 2xx? If not, the exit status is 1", do_expect},
    {"play", "file [step]|off", OFFER_FILES, "the client's lines of a transcript, one at each Enter", do_play},
    {"record", "file|off", OFFER_FILES, "write this session as a transcript, secrets left out", do_record},
    {"keylog", "file|off", OFFER_FILES, "append TLS secrets of the next handshake, for Wireshark", do_keylog},
    {"hints", "on|off", OFFER_WORDS, "the grey words behind the cursor", do_hints},
    {"quit", "", OFFER_NOTHING, "leave without a word; QUIT is what a client owes the server", do_quit},
    {NULL, NULL, OFFER_NOTHING, NULL, NULL},
};
/* clang-format on */

const struct local *commands_row(size_t i) {
    return table[i].name != NULL ? &table[i] : NULL;
}

const struct local *commands_find(const char *name, size_t n) {
    const struct local *only = NULL;
    size_t i;

    for (i = 0; table[i].name != NULL; i++) {
        if (strncmp(table[i].name, name, n) != 0)
            continue;
        if (table[i].name[n] == '\0')
            return &table[i];
        if (only != NULL || n == 0)
            return NULL;
        only = &table[i];
    }
    return only;
}

static const char *name_at(const void *from, size_t i) {
    (void)from;
    return table[i].name;
}

static void unknown(struct stepper *st, const char *name, size_t n) {
    const char *near = nearest_word(name, n, name_at, NULL);
    char shown[NEAREST_WORD_MAX + 1];

    snprintf(shown, sizeof shown, "%.*s", (int)(n < NEAREST_WORD_MAX ? n : NEAREST_WORD_MAX), name);
    if (near != NULL)
        screen_say(&st->screen, INK_WARN, "there is no :%s; did you mean :%s?", shown, near);
    else
        screen_say(&st->screen, INK_WARN, "there is no :%s, or it is short for several (:help)", shown);
}

/* What follows the name, without the spaces around it. */
static const char *args_of(char *line, size_t name_len) {
    char *args = line + name_len;
    size_t n;

    args += strspn(args, " \t");
    for (n = strlen(args); n > 0 && strchr(" \t\r", args[n - 1]) != NULL; n--)
        args[n - 1] = '\0';
    return args;
}

void commands_obey(struct stepper *st, const char *line) {
    size_t n = strcspn(line, " \t\r");
    const struct local *row = commands_find(line, n);
    char *copy = strdup(line);

    if (row == NULL)
        unknown(st, line, n);
    else if (copy != NULL)
        row->run(st, args_of(copy, n));
    free(copy);
}

/* --- :help --- */

static void help_line(struct stepper *st, const struct local *row) {
    char words[64];

    snprintf(words, sizeof words, ":%s%s%s", row->name, row->args[0] != '\0' ? " " : "", row->args);
    screen_row(&st->screen, HELP_COLUMN, words, row->help);
}

static void do_help(struct stepper *st, const char *args) {
    const struct local *one = commands_find(args + (args[0] == ':'), strlen(args + (args[0] == ':')));
    size_t i;

    if (args[0] != '\0' && one == NULL) {
        unknown(st, args, strlen(args));
        return;
    }
    for (i = 0; table[i].name != NULL; i++)
        if (one == NULL || one == &table[i])
            help_line(st, &table[i]);
    if (one == NULL)
        screen_say(
            &st->screen, INK_DIM,
            "All other lines go to the server as typed; '::' sends one colon. A command may be shortened.");
}
