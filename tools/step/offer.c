/* Completion. See hooks.h. */
#include "commands.h"
#include "hooks.h"

#include "../../lib/explain.h"
#include "../../lib/faults.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* What is being completed: the text typed so far of it, and where the answers go. */
struct wish {
    const char *text;
    size_t n;
    struct buf *words;
};

static void offer(const struct wish *w, const char *word, const char *behind) {
    if (strncasecmp(word, w->text, w->n) == 0)
        buf_addf(w->words, "%s%s\n", word, behind);
}

/* --- verbs --- */

bool verb_offered(const struct stepper *st, enum verb v) {
    const char *keyword = v == VERB_BDAT ? "CHUNKING" : verb_info(v)->name;
    const struct ehlo *ehlo = dialogue_ehlo(st->session.dialogue);

    return (v != VERB_STARTTLS && v != VERB_AUTH && v != VERB_BDAT) || ehlo_args(ehlo, keyword) != NULL;
}

/* Of the syntax "FROM:<address> [SIZE=n]" as much as stands before the first thing that is yours to fill in. */
int verb_fixed_part(enum verb v, bool *open, struct buf *out) {
    const struct verb_info *info = verb_info(v);
    size_t fixed = strcspn(info->syntax, "<");

    *open = info->syntax[0] != '\0' && info->syntax[0] != '[';
    if (info->syntax[fixed] == '<')
        return buf_addf(out, "%s %.*s<", info->name, (int)fixed, info->syntax);
    return buf_add_text(out, info->name);
}

static void offer_verb(const struct wish *w, enum verb v) {
    bool open;
    struct buf word;

    buf_init(&word, VERB_LINE_MAX);
    verb_fixed_part(v, &open, &word);
    offer(w, word.data, open && strchr(word.data, '<') == NULL ? " " : "");
    buf_free(&word);
}

static void offer_verbs(struct stepper *st, const struct wish *w) {
    for (int v = 0; v < VERB_UNKNOWN; v++)
        if (verb_legal((enum verb)v, session_phase(&st->session)) && verb_offered(st, (enum verb)v))
            offer_verb(w, (enum verb)v);
}

/* --- what stands behind a verb --- */

static void offer_mechanisms(const struct stepper *st, const struct wish *w, const char *behind) {
    const char *list = ehlo_args(dialogue_ehlo(st->session.dialogue), "AUTH");
    char word[EHLO_ARGS_LEN];

    while (list != NULL && *list != '\0') {
        size_t n = strcspn(list, " ");

        snprintf(word, sizeof word, "%.*s", (int)n, list);
        offer(w, word, behind);
        list += n + (list[n] == ' ');
    }
}

/* The sandbox has mailboxes that make trouble on purpose. */
static void offer_mailboxes(const struct stepper *st, const struct wish *w) {
    const struct fault_mailbox *row;
    char word[128];

    for (size_t i = 0; st->link.kind == &link_to_sandbox && (row = faults_mailbox_row(i)) != NULL; i++) {
        snprintf(word, sizeof word, "%s@example.org>", row->local);
        offer(w, word, "");
    }
}

static void offer_address(const struct stepper *st, enum verb v, const struct wish *w) {
    if (v == VERB_MAIL) {
        offer(w, "alice@example.org>", "");
        return;
    }
    offer(w, "bob@example.org>", "");
    if (w->n > 0)
        offer_mailboxes(st, w);
}

/* The parameters of MAIL and RCPT, and how each begins. EHLO says which of them may be used. */
static const struct {
    enum verb verb;
    const char *name;
    const char *word;
} parameters[] = {
    {VERB_MAIL, "SIZE", "SIZE="},
    {VERB_MAIL, "BODY", "BODY=8BITMIME"},
    {VERB_MAIL, "SMTPUTF8", "SMTPUTF8"},
    {VERB_MAIL, "RET", "RET=HDRS"},
    {VERB_MAIL, "ENVID", "ENVID="},
    {VERB_MAIL, "AUTH", "AUTH=<>"},
    {VERB_RCPT, "NOTIFY", "NOTIFY=SUCCESS"},
    {VERB_RCPT, "ORCPT", "ORCPT=rfc822;"},
};

static void offer_parameters(const struct stepper *st, enum verb v, const struct wish *w) {
    const struct ehlo *ehlo = dialogue_ehlo(st->session.dialogue);

    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++)
        if (parameters[i].verb == v &&
            ehlo_allows(ehlo, v, parameters[i].name, strlen(parameters[i].name), NULL, 0))
            offer(w, parameters[i].word, "");
}

static void offer_names(const struct wish *w) {
    for (int v = 0; v < VERB_UNKNOWN; v++)
        offer(w, verb_info((enum verb)v)->name, "");
}

/* Where in the line the last word begins: behind the last space, or behind the bracket of an address that is open. */
static size_t last_word(const char *line, size_t n) {
    size_t at = n;

    while (at > 0 && line[at - 1] != ' ' && line[at - 1] != '<')
        at--;
    return at;
}

static void offer_arguments(struct stepper *st, enum verb v, const char *line, size_t n, size_t *from,
                            struct buf *words) {
    struct wish w = {.words = words};

    *from = last_word(line, n);
    w.text = line + *from;
    w.n = n - *from;
    if (v == VERB_EHLO || v == VERB_HELO)
        offer(&w, OWN_HOST, "");
    else if (v == VERB_AUTH)
        offer_mechanisms(st, &w, "");
    else if (v == VERB_HELP)
        offer_names(&w);
    else if ((v == VERB_MAIL || v == VERB_RCPT) && *from > 0 && line[*from - 1] == '<')
        offer_address(st, v, &w);
    else if ((v == VERB_MAIL || v == VERB_RCPT) && memchr(line, '>', n) != NULL)
        offer_parameters(st, v, &w);
}

/* "MAIL FR": the verb is there, and a part of what always follows it. */
static void offer_fixed_part(enum verb v, const char *line, size_t n, size_t *from, struct buf *words) {
    *from = 0;
    offer_verb(&(struct wish){line, n, words}, v);
}

static void offer_command(struct stepper *st, const char *line, size_t n, size_t *from, struct buf *words) {
    struct command c;

    verb_parse(line, n, &c);
    if (c.word_len == n) {
        *from = 0;
        offer_verbs(st, &(struct wish){line, n, words});
    } else if ((c.verb == VERB_MAIL || c.verb == VERB_RCPT) && memchr(line, '<', n) == NULL) {
        offer_fixed_part(c.verb, line, n, from, words);
    } else {
        offer_arguments(st, c.verb, line, n, from, words);
    }
}

/* --- the message --- */

static void offer_message(const char *line, size_t n, size_t *from, struct buf *words) {
    static const char *const beginnings[] = {"From: <alice@example.org>", "To: <bob@example.org>",
                                             "Subject: ", "."};
    struct wish w = {line, n, words};

    *from = 0;
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++)
        offer(&w, beginnings[i], "");
}

/* --- ':' commands --- */

static void offer_commands(const struct wish *w, const char *colon, bool space) {
    const struct local *row;
    char word[64];

    for (size_t i = 0; (row = commands_row(i)) != NULL; i++) {
        snprintf(word, sizeof word, "%s%s", colon, row->name);
        offer(w, word, space && row->args[0] != '\0' ? " " : "");
    }
}

/* The words of "on|off", "file|off": those in capitals or in the middle of a sentence are none. */
static void offer_listed(const struct wish *w, const char *args) {
    char word[64];

    while (*args != '\0') {
        size_t n = strcspn(args, "| ");

        snprintf(word, sizeof word, "%.*s", (int)n, args);
        offer(w, word, "");
        args += n + (args[n] != '\0');
    }
}

static void offer_topics(const struct wish *w) {
    offer_names(w);
    for (int r = 0; w->n > 0 && r < RULE_COUNT; r++)
        offer(w, rules_info((enum rule)r)->slug, "");
}

static bool is_folder(const char *path) {
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void offer_file(const struct wish *w, const char *folder, const char *prefix,
                       const struct dirent *entry) {
    char path[4096], word[4096];

    if (entry->d_name[0] == '.' && w->n == strlen(prefix))
        return;
    if (snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path ||
        snprintf(word, sizeof word, "%s%s", prefix, entry->d_name) >= (int)sizeof word)
        return;
    if (strncmp(word, w->text, w->n) == 0)
        buf_addf(w->words, "%s%s\n", word, is_folder(path) ? "/" : "");
}

/* The files in the folder that is named so far. */
static void offer_files(const struct wish *w) {
    const struct dirent *entry;
    char prefix[2048], folder[2048];
    size_t n = w->n;
    DIR *dir;

    while (n > 0 && w->text[n - 1] != '/')
        n--;
    snprintf(prefix, sizeof prefix, "%.*s", (int)n, w->text);
    snprintf(folder, sizeof folder, "%s", n > 0 ? prefix : ".");
    dir = opendir(folder);
    while (dir != NULL && (entry = readdir(dir)) != NULL)
        offer_file(w, folder, prefix, entry);
    if (dir != NULL)
        closedir(dir);
}

static void offer_kind(struct stepper *st, const struct local *row, const struct wish *w) {
    switch (row->offer) {
    case OFFER_WORDS:
        offer_listed(w, row->args);
        break;
    case OFFER_COMMANDS:
        offer_commands(w, "", false);
        break;
    case OFFER_TOPICS:
        offer_topics(w);
        break;
    case OFFER_MECHANISMS:
        offer_listed(w, row->args);
        break;
    case OFFER_FILES:
        offer_files(w);
        break;
    case OFFER_NOTHING:
        break;
    }
    (void)st;
}

static void offer_local(struct stepper *st, const char *line, size_t n, size_t *from, struct buf *words) {
    size_t name = 1;
    const struct local *row;

    while (name < n && line[name] != ' ')
        name++;
    if (name == n) {
        *from = 0;
        offer_commands(&(struct wish){line, n, words}, ":", true);
        return;
    }
    *from = name + strspn(line + name, " ");
    row = commands_find(line + 1, name - 1);
    if (row != NULL && *from <= n)
        offer_kind(st, row, &(struct wish){line + *from, n - *from, words});
}

void offer_words(struct stepper *st, const char *line, size_t n, size_t *from, struct buf *words) {
    if (n > 0 && line[0] == ':')
        offer_local(st, line, n, from, words);
    else if (session_phase(&st->session) == PHASE_DATA)
        offer_message(line, n, from, words);
    else if (session_phase(&st->session) != PHASE_AUTH)
        offer_command(st, line, n, from, words);
}
