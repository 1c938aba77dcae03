/* The command line of the client: the kit's, from run:, or any other program's. */
#include "scene_parts.h"

#include <stdlib.h>
#include <string.h>

#define ARGS_MAX 256

/* Words gathered into a NULL-terminated list that transcript_words_free() takes. */
struct words {
    char **list;
    size_t count;
};

static int add_word(struct words *w, const char *text, struct err *e) {
    if (w->list == NULL)
        w->list = calloc(ARGS_MAX + 1, sizeof *w->list);
    if (w->list == NULL || w->count == ARGS_MAX)
        return err_set(e, ERR_LIMIT, "more than %d arguments", ARGS_MAX);
    w->list[w->count] = strdup(text);
    return w->list[w->count++] != NULL ? 0 : err_set(e, ERR_SYSTEM, "out of memory");
}

const char *scene_known(const struct scene *s, const char *name) {
    return bindings_get(&s->bindings, name)->value;
}

static bool has_word(char *const *words, const char *word) {
    for (; *words != NULL; words++)
        if (strcmp(*words, word) == 0)
            return true;
    return false;
}

static bool logs_in(char *const *words) {
    for (; *words != NULL && words[1] != NULL; words++)
        if (strcmp(words[0], "--auth") == 0 && strcmp(words[1], "none") != 0)
            return true;
    return false;
}

/* What every run of the kit's client gets, unless the transcript says it itself. */
static int add_option(struct words *w, char *const *run, const char *option, const char *value,
                      struct err *e) {
    if (value == NULL || has_word(run, option))
        return 0;
    return add_word(w, option, e) == -1 ? -1 : add_word(w, value, e);
}

static int add_all(struct scene const *s, struct words *w, const char *program, char *const *run,
                   struct err *e) {
    const char *server = s->options->print_run != NULL ? s->options->print_run : s->addr;
    size_t i;

    if (add_word(w, program, e) == -1)
        return -1;
    for (i = 0; run[i] != NULL; i++)
        if (add_word(w, run[i], e) == -1)
            return -1;
    if (add_option(w, run, "--server", server, e) == -1 ||
        add_option(w, run, "--ca", scene_known(s, "ca"), e) == -1 ||
        add_option(w, run, "--lab", s->transcript->keys[KEY_LAB], e) == -1)
        return -1;
    return logs_in(run) ? add_option(w, run, "--password-file", scene_known(s, "password-file"), e) : 0;
}

char **scene_command(const struct scene *s, const char *program, struct err *e) {
    struct words w = {NULL, 0};
    struct buf text;
    char **run = NULL;
    bool ok;

    buf_init(&text, TRANSCRIPT_FILE_MAX);
    ok = template_expand(&s->transcript->run, &s->bindings, false, &text, e) == 0 &&
         transcript_words(text.data, &run, e) >= 0 && add_all(s, &w, program, run, e) == 0;
    buf_free(&text);
    transcript_words_free(run);
    if (ok)
        return w.list;
    transcript_words_free(w.list);
    return NULL;
}

/* One argument of a COMMAND. What is no field notation stays as it is: braces are common in other programs. */
static int add_argument(const struct scene *s, struct words *w, const char *argument, struct err *e) {
    struct template t;
    struct buf text;
    size_t at;
    int r;

    buf_init(&text, BINDING_VALUE_MAX);
    if (template_parse(&t, argument, strlen(argument), false, &at, NULL) == -1)
        return add_word(w, argument, e);
    r = template_expand(&t, &s->bindings, false, &text, NULL);
    r = add_word(w, r == 0 ? text.data : argument, e);
    template_free(&t);
    buf_free(&text);
    return r;
}

char **scene_other_command(const struct scene *s, struct err *e) {
    struct words w = {NULL, 0};
    size_t i;

    for (i = 0; s->options->command[i] != NULL; i++)
        if (add_argument(s, &w, s->options->command[i], e) == -1) {
            transcript_words_free(w.list);
            return NULL;
        }
    return w.list;
}
