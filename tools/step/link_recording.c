/* The recording at the other end: a transcript, played by the same player that judges clients. See link.h. */
#include "link.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FOLDER_MAX 4096

static int know(struct link *l, const char *name, const char *value, bool secret, struct err *e) {
    return bindings_set(&l->bindings, name, value, strlen(value), secret, e);
}

static int know_setting(struct link *l, const struct setting *set, struct err *e) {
    struct buf value;
    int r;

    buf_init(&value, BINDING_VALUE_MAX);
    r = template_expand(&set->value, &l->bindings, false, &value, e);
    if (r == 0)
        r = know(l, set->name, value.data, strcmp(set->name, "password") == 0, e);
    buf_free(&value);
    return r;
}

static void folder_of(const char *path, char folder[FOLDER_MAX]) {
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        snprintf(folder, FOLDER_MAX, ".");
    else
        snprintf(folder, FOLDER_MAX, "%.*s", (int)(slash - path), path);
}

/* The names that docs/transcripts.md promises to be known at the start, each time anew. Files have no part in this. */
static int know_all(struct link *l, struct err *e) {
    const struct transcript *t = l->transcript;
    char folder[FOLDER_MAX];
    const struct {
        const char *name;
        const char *value;
    } known[] = {{"host", LINK_HOST},     {"port", "587"},     {"addr", LINK_HOST ":587"},
                 {"ca", "ca.pem"},        {"user", LINK_USER}, {"password", LINK_PASSWORD},
                 {"password-file", "pw"}, {"tmp", "/tmp"},     {"dir", folder}};
    size_t i;

    folder_of(t->name, folder);
    bindings_free(&l->bindings);
    bindings_init(&l->bindings);
    for (i = 0; i < sizeof known / sizeof known[0]; i++)
        if (know(l, known[i].name, known[i].value, strcmp(known[i].name, "password") == 0, e) == -1)
            return -1;
    for (i = 0; i < t->setting_count; i++)
        if (know_setting(l, &t->settings[i], e) == -1)
            return -1;
    return 0;
}

static bool has_item(const struct transcript *t, enum item_kind kind) {
    size_t i;

    for (i = 0; i < t->item_count; i++)
        if (t->items[i].kind == kind)
            return true;
    return false;
}

static bool wants_tls(const struct transcript *t) {
    return has_item(t, ITEM_TLS_START) || has_item(t, ITEM_TLS_IMMEDIATE);
}

/* All clocks stopped: nobody is hurried who is thinking about the next line. */
static void *play(void *arg) {
    struct link *l = arg;
    struct stream *s = stream_from_fd(l->other_end);
    char folder[FOLDER_MAX];
    struct play_setup setup = {
        .transcript = l->transcript, .bindings = &l->bindings, .ca = l->ca, .host = LINK_HOST};
    struct err ignored;

    folder_of(l->transcript->name, folder);
    setup.dir = folder;
    if (s != NULL)
        play_run(&setup, s, &l->outcome, &ignored);
    else
        close(l->other_end);
    return NULL;
}

static int open_recording(struct link *l, struct err *e) {
    if (know_all(l, e) == -1 || (wants_tls(l->transcript) && link_ca(l, e) == NULL))
        return -1;
    if (l->played)
        play_outcome_free(&l->outcome);
    play_outcome_init(&l->outcome, l->transcript);
    l->played = true;
    return link_pair(l, play, l, e);
}

const struct link_kind link_to_recording = {open_recording, NULL, true};

int link_init_recording(struct link *l, struct err *e) {
    l->kind = &link_to_recording;
    l->transcript = transcript_load(l->options->replay, e);
    if (l->transcript == NULL)
        return -1;
    l->immediate = has_item(l->transcript, ITEM_TLS_IMMEDIATE);
    snprintf(l->where, sizeof l->where, "the recording %.*s", NET_HOST_MAX, l->options->replay);
    return play_supported(l->transcript, e);
}
