/* The head of a transcript: the version, the keys, set: lines, up to the first empty line. */
#include "transcript_internal.h"

#include <stdlib.h>
#include <string.h>

#define VERSION_LINE "smtp-transcript "

static int version_line(struct parse *p) {
    static const char wanted[] = "\"smtp-transcript 1\" (the first line of every transcript)";
    int more = parse_next_line(p);
    if (more == 0)
        return p->line_number = 1, parse_expected(p, 0, wanted);
    size_t n = strlen(VERSION_LINE);
    if (more == -1)
        return -1;
    if (p->len <= n || memcmp(p->line, VERSION_LINE, n) != 0)
        return parse_expected(p, 0, wanted);
    if (p->len == n + 1 && p->line[n] == '1')
        return 0;
    return parse_expected(p, n, "version 1, which is all that this kit reads");
}

/* --- one check for each key; `at`: where its value starts --- */

static int check_source(struct parse *p, size_t at, const char *value) {
    static const char *const kinds[] = {"recorded", "published", "authored"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t n = strlen(kinds[i]);
        if (strncmp(value, kinds[i], n) == 0 && (value[n] == '\0' || strchr(" ,:;(", value[n]) != NULL))
            return 0;
    }
    return parse_expected(p, at, "recorded, published or authored");
}

static int check_lab(struct parse *p, size_t at, const char *value) {
    long lab;
    return parse_number(p, at, strlen(value), 0, TRANSCRIPT_LAB_MAX, &lab);
}

static int check_seed(struct parse *p, size_t at, const char *value) {
    long seed;
    return parse_number(p, at, strlen(value), 0, (long)TRANSCRIPT_SEED_MAX, &seed);
}

static int check_teaches(struct parse *p, size_t at, const char *value) {
    size_t i = 0;
    while (value[i] != '\0') {
        size_t n = strcspn(value + i, " ");
        enum rule rule;
        if (parse_rule(p, at + i, n, &rule) != 0)
            return -1;
        i += n;
        i += strspn(value + i, " ");
    }
    return 0;
}

static int check_run(struct parse *p, size_t at, const char *value) {
    char **words;
    struct err why = {.kind = ERR_NONE};
    if (transcript_words(value, &words, &why) < 0)
        return parse_fail(p, p->line_number, at + 1, "%s", why.text);
    transcript_words_free(words);
    return parse_template(p, &p->t->run, at, strlen(value), false);
}

static int check_unexpected(struct parse *p, size_t at, const char *value) {
    bool code = strlen(value) >= 3 && value[0] >= '2' && value[0] <= '5' &&
                strspn(value, "0123456789") == 3 && (value[3] == '\0' || value[3] == ' ');
    if (!code)
        return parse_expected(p, at, "a reply, \"503 5.5.1 Bad sequence of commands\"");
    return parse_template(p, &p->t->unexpected, at, strlen(value), false);
}

/* In the order of enum transcript_key, which is the canonical one. */
static const struct {
    const char *name;
    bool may_be_empty;
    int (*check)(struct parse *p, size_t at, const char *value);
} keys[KEY_COUNT] = {
    [KEY_TITLE] = {"title", false, NULL},
    [KEY_SOURCE] = {"source", false, check_source},
    [KEY_LAB] = {"lab", false, check_lab},
    [KEY_TEACHES] = {"teaches", false, check_teaches},
    [KEY_RFC] = {"rfc", false, NULL},
    [KEY_RUN] = {"run", true, check_run},
    [KEY_UNEXPECTED] = {"unexpected", false, check_unexpected},
    [KEY_SEED] = {"seed", false, check_seed},
    [KEY_HINT] = {"hint", false, NULL},
};

const char *transcript_key_name(enum transcript_key key) {
    return keys[key].name;
}

static const char *key_word(const void *from, size_t i) {
    (void)from;
    if (i < KEY_COUNT)
        return keys[i].name;
    return i == KEY_COUNT ? "set" : NULL;
}

/* --- set: --- */

static bool setting_exists(const struct transcript *t, const char *name) {
    for (size_t i = 0; i < t->setting_count; i++)
        if (strcmp(t->settings[i].name, name) == 0)
            return true;
    return false;
}

static size_t name_length(const char *text, size_t n) {
    size_t i = 0;
    while (i < n && ((text[i] >= 'a' && text[i] <= 'z') ||
                     (i > 0 && ((text[i] >= '0' && text[i] <= '9') || text[i] == '-'))))
        i++;
    return i;
}

/* A new row at the end of the settings. NULL: memory. */
static struct setting *new_setting(struct parse *p) {
    struct transcript *t = p->t;
    struct setting *grown = realloc(t->settings, (t->setting_count + 1) * sizeof *grown);
    if (grown == NULL) {
        (void)parse_no_memory(p);
        return NULL;
    }
    t->settings = grown;
    grown[t->setting_count] = (struct setting){.text = NULL};
    return &grown[t->setting_count++];
}

static int setting_name(struct parse *p, size_t at, size_t end, char *name) {
    static const char *const given[] = {"host", "port", "addr", "ca", "password-file", "tmp", "dir"};
    size_t n = name_length(p->line + at, end - at);
    if (n == 0 || n > FIELD_NAME_MAX || at + n == end || p->line[at + n] != '=')
        return parse_expected(p, at, "name=value, the name in small letters, digits and -");
    memcpy(name, p->line + at, n);
    name[n] = '\0';
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (strcmp(given[i], name) == 0)
            return parse_expected(p, at,
                                  "a name of your own (this one is given when the transcript is played)");
    if (setting_exists(p->t, name))
        return parse_expected(p, at, "a name that is not set yet");
    return 0;
}

static int parse_setting(struct parse *p, size_t at, size_t end) {
    char name[FIELD_NAME_MAX + 1];
    if (setting_name(p, at, end, name) != 0)
        return -1;
    size_t value = at + strlen(name) + 1;
    if (end - value > BINDING_VALUE_MAX)
        return parse_expected(p, value, "a shorter value");
    struct setting *s = new_setting(p);
    if (s == NULL)
        return -1;
    memcpy(s->name, name, sizeof name);
    s->text = parse_copy(p->line + value, end - value);
    if (s->text == NULL)
        return parse_no_memory(p);
    if (parse_template(p, &s->value, value, end - value, false) != 0 ||
        names_no_message(p, &s->value, p->line_number, value + 1) != 0 ||
        names_check(p, &s->value, p->line_number, value + 1) != 0)
        return -1;
    return names_add(p, s->name, p->line_number, at + 1);
}

/* --- lines of the head --- */

static int parse_key(struct parse *p, enum transcript_key key, size_t at, size_t end) {
    if (p->key_seen[key])
        return parse_fail(p, p->line_number, 1,
                          "expected each key once, found \"%s:\" again (it was on line %u)", keys[key].name,
                          p->key_line[key]);
    p->key_seen[key] = true;
    p->key_line[key] = p->line_number;
    p->key_column[key] = (unsigned)at + 1;
    if (at == end && !keys[key].may_be_empty)
        return parse_expected(p, at, "a value");
    char *value = parse_copy(p->line + at, end - at);
    if (value == NULL)
        return parse_no_memory(p);
    p->t->keys[key] = value;
    return keys[key].check ? keys[key].check(p, at, value) : 0;
}

static int header_line(struct parse *p) {
    const char *colon = memchr(p->line, ':', p->len);
    size_t n = colon ? (size_t)(colon - p->line) : 0;
    if (n == 0)
        return parse_expected(p, 0, "\"key: value\", or an empty line before the conversation");
    size_t at = n + 1, end = p->len;
    while (at < end && (p->line[at] == ' ' || p->line[at] == '\t'))
        at++;
    while (end > at && (p->line[end - 1] == ' ' || p->line[end - 1] == '\t'))
        end--;
    for (size_t i = 0; key_word(NULL, i) != NULL; i++) {
        if (strlen(key_word(NULL, i)) != n || memcmp(key_word(NULL, i), p->line, n) != 0)
            continue;
        return i == KEY_COUNT ? parse_setting(p, at, end) : parse_key(p, (enum transcript_key)i, at, end);
    }
    return parse_unknown(
        p, 0, n, "a key (title, source, lab, teaches, rfc, run, set, unexpected, seed, hint)", key_word);
}

/* run: and unexpected: may stand above the set: lines they need. */
static int check_names(struct parse *p, enum transcript_key key, const struct template *t) {
    if (names_no_message(p, t, p->key_line[key], p->key_column[key]) != 0)
        return -1;
    return names_check(p, t, p->key_line[key], p->key_column[key]);
}

int parse_header(struct parse *p) {
    if (version_line(p) != 0)
        return -1;
    int more;
    while ((more = parse_next_line(p)) == 1 && !parse_blank(p))
        if (header_line(p) != 0)
            return -1;
    if (more == -1)
        return -1;
    if (!p->key_seen[KEY_SOURCE])
        return parse_fail(
            p, p->line_number, 1,
            "expected \"source:\" (recorded, published or authored, and by whom), found the end of "
            "the head");
    if (check_names(p, KEY_RUN, &p->t->run) != 0)
        return -1;
    return check_names(p, KEY_UNEXPECTED, &p->t->unexpected);
}
