/* What a play knows at its start, and the files that the transcript brings along. */
#include "scene_parts.h"

#include "../../lib/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_SEED 1
#define PASSWORD_LETTERS 12

/* --- what is known at the start --- */

static int know(struct scene *s, const char *name, const char *value, bool secret, struct err *e) {
    return bindings_set(&s->bindings, name, value, strlen(value), secret, e);
}

/* The same letters for the same seed, on every machine. */
static void make_password(long seed, char password[PASSWORD_LETTERS + 1]) {
    unsigned long x = (unsigned long)seed * 2654435761UL + 12345UL;
    int i;

    for (i = 0; i < PASSWORD_LETTERS; i++) {
        x = x * 1103515245UL + 12345UL;
        password[i] = (char)('a' + (x >> 16) % 26);
    }
    password[PASSWORD_LETTERS] = '\0';
}

static long seed_of(const struct scene *s) {
    if (s->options->seed != 0)
        return s->options->seed;
    if (s->transcript->keys[KEY_SEED] != NULL)
        return atol(s->transcript->keys[KEY_SEED]);
    return DEFAULT_SEED;
}

static int know_settings(struct scene *s, struct err *e) {
    size_t i;

    for (i = 0; i < s->transcript->setting_count; i++) {
        const struct setting *set = &s->transcript->settings[i];
        struct buf value;
        int r;

        buf_init(&value, BINDING_VALUE_MAX);
        r = template_expand(&set->value, &s->bindings, false, &value, e);
        if (r == 0)
            r = know(s, set->name, value.data, strcmp(set->name, "password") == 0, e);
        buf_free(&value);
        if (r == -1)
            return -1;
    }
    return 0;
}

void scene_folder_of(const char *path, char folder[SCENE_PATH_MAX]) {
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        snprintf(folder, SCENE_PATH_MAX, ".");
    else
        snprintf(folder, SCENE_PATH_MAX, "%.*s", (int)(slash - path), path);
}

int scene_know_all(struct scene *s, const char *ca_file, struct err *e) {
    char port[NET_PORT_MAX], password[PASSWORD_LETTERS + 1], folder[SCENE_PATH_MAX], file[SCENE_FILE_MAX];
    const struct binding *set;

    snprintf(port, sizeof port, "%u", (unsigned)s->port);
    make_password(seed_of(s), password);
    scene_folder_of(s->transcript->name, folder);
    scene_path(s, "password", file);
    if (know(s, "host", SCENE_HOST, false, e) == -1 || know(s, "port", port, false, e) == -1 ||
        know(s, "addr", s->addr, false, e) == -1 || know(s, "ca", ca_file, false, e) == -1 ||
        know(s, "user", "alice", false, e) == -1 || know(s, "password", password, true, e) == -1 ||
        know(s, "password-file", file, false, e) == -1 || know(s, "tmp", s->tmp, false, e) == -1 ||
        know(s, "dir", folder, false, e) == -1 || know_settings(s, e) == -1)
        return -1;
    set = bindings_get(&s->bindings, "password");
    return scene_write_file(file, set->value, set->len, e);
}

/* --- @stdin and @file --- */

static int write_block(struct scene *s, const struct item *item, const char *name, struct err *e) {
    char path[SCENE_FILE_MAX];
    struct buf once, all;
    long i;
    int r;

    scene_path(s, name, path);
    buf_init(&once, TRANSCRIPT_FILE_MAX);
    buf_init(&all, PLAY_BYTES_MAX);
    r = template_expand(&item->fields, &s->bindings, false, &once, e);
    for (i = 0; r == 0 && i < (item->kind == ITEM_FILE ? item->number : 1); i++)
        r = buf_add(&all, once.data, once.len) == 0 ? 0 : err_set(e, ERR_LIMIT, "%s is too long", name);
    if (item->no_eol && all.len > 0)
        all.len--;
    if (r == 0)
        r = scene_write_file(path, all.data, all.len, e);
    if (r == 0 && item->kind == ITEM_FILE && chmod(path, (mode_t)item->mode) == -1)
        r = err_errno(e, ERR_SYSTEM, "%s", path);
    buf_free(&once);
    buf_free(&all);
    return r;
}

/* Writes the files that the transcript brings along; *has_input: it has an @stdin. */
int scene_write_blocks(struct scene *s, bool *has_input, struct err *e) {
    size_t i;

    *has_input = false;
    for (i = 0; i < s->transcript->item_count; i++) {
        const struct item *item = &s->transcript->items[i];

        if (item->kind == ITEM_STDIN)
            *has_input = true;
        if (item->kind == ITEM_STDIN && write_block(s, item, SCENE_STDIN, e) == -1)
            return -1;
        if (item->kind == ITEM_FILE && write_block(s, item, item->name, e) == -1)
            return -1;
    }
    return 0;
}
