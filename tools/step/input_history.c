/*
 * The history and its file: XDG_STATE_HOME/smtplab/history, 0600, at most
 * HISTORY_MAX lines. See input_internal.h.
 *
 * New lines are appended, so that two sessions at a time lose nothing of each
 * other; only when the file has grown too long it is written anew, beside the old
 * one, and put in its place.
 */
#include "input_internal.h"

#include "../../lib/display.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>

#define HISTORY_MAX 1000
#define FILE_MAX (4UL << 20) /* a larger file is not ours */
#define PATH_LEN_MAX 4096

/* --- where --- */

/* Make every folder of a path, for us alone. */
static void make_folders(char *path) {
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700); /* mostly it is there; if it cannot be had, open() fails next */
        *slash = '/';
    }
}

/* The XDG specification: a relative path in XDG_STATE_HOME is as good as none. */
static bool find_file(struct buf *path) {
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");

    if (state != NULL && state[0] == '/')
        return buf_addf(path, "%s/smtplab/history", state) == 0;
    return home != NULL && home[0] == '/' && buf_addf(path, "%s/.local/state/smtplab/history", home) == 0;
}

/* --- reading --- */

static void add_lines(char *text) {
    char *rest = text;

    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        if (display_harmless(line, strlen(line), true)) /* whoever wrote it: it is going to be shown */
            add_history(line);
}

static bool read_all(int fd, struct buf *text) {
    ssize_t n = 1;

    while (n > 0) {
        char *room = buf_room(text, INPUT_CHUNK);

        if (room == NULL)
            return false;
        n = read(fd, room, INPUT_CHUNK);
        buf_grew(text, n > 0 ? (size_t)n : 0);
    }
    return n == 0;
}

static void load_from(const char *path) {
    struct buf text;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd == -1)
        return;
    buf_init(&text, FILE_MAX);
    if (read_all(fd, &text))
        add_lines(text.data);
    buf_free(&text);
    close(fd);
}

void input_history_load(struct input *in) {
    struct buf path;

    if (!in->editing)
        return;
    buf_init(&path, PATH_LEN_MAX);
    using_history();
    stifle_history(HISTORY_MAX);
    in->history = find_file(&path);
    if (in->history)
        load_from(path.data);
    buf_free(&path);
}

/* --- writing --- */

/* The last n lines of the list, in one write: another session's do not get between. */
static bool write_last(int fd, size_t n) {
    HIST_ENTRY **list = history_list();
    size_t count = (size_t)history_length;
    struct buf text;
    bool done;

    buf_init(&text, FILE_MAX);
    for (size_t i = n < count ? count - n : 0; list != NULL && i < count; i++)
        buf_addf(&text, "%s\n", list[i]->line);
    done = write(fd, text.data, text.len) == (ssize_t)text.len;
    buf_free(&text);
    return done;
}

static size_t lines_in(const char *path) {
    struct buf text;
    size_t lines = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    buf_init(&text, FILE_MAX);
    if (fd != -1 && !read_all(fd, &text))
        lines = HISTORY_MAX + 1; /* too long to be read */
    for (size_t i = 0; i < text.len; i++)
        lines += text.data[i] == '\n';
    buf_free(&text);
    if (fd != -1)
        close(fd);
    return lines;
}

static void write_anew(const char *path) {
    struct buf beside;
    int fd;

    buf_init(&beside, PATH_LEN_MAX);
    buf_addf(&beside, "%s.%ld", path, (long)getpid());
    fd = open(beside.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd != -1) {
        bool good = write_last(fd, HISTORY_MAX);

        close(fd);
        if (!good || rename(beside.data, path) == -1)
            unlink(beside.data);
    }
    buf_free(&beside);
}

static bool append(const char *path, size_t n) {
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    bool good = fd != -1 && fchmod(fd, 0600) == 0 && write_last(fd, n);

    if (fd != -1)
        close(fd);
    return good;
}

void input_history_save(struct input *in) {
    struct buf path;

    if (!in->history || in->history_new == 0)
        return;
    buf_init(&path, PATH_LEN_MAX);
    if (find_file(&path)) {
        make_folders(path.data);
        if (append(path.data, in->history_new))
            in->history_new = 0;
        if (lines_in(path.data) > HISTORY_MAX)
            write_anew(path.data);
    }
    buf_free(&path);
}

/* --- growing --- */

static bool is_last(const char *text) {
    HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;

    return last != NULL && strcmp(last->line, text) == 0;
}

void input_history_add(struct input *in, const char *text) {
    bool secret = in->hooks.secret != NULL && in->hooks.secret(in->hooks.arg, text);

    if (!in->history || secret || text[0] == '\0' || is_last(text))
        return;
    add_history(text);
    in->history_new++;
}
