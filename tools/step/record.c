/* See record.h. */
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_LEN 4096

/* talk.smtp, talk-2.smtp, talk-3.smtp: one connection a file, as smtp-replay plays them. */
static void part_name(const struct record *r, char name[PATH_LEN]) {
    size_t n = strlen(r->path);
    size_t stem = n > 5 && strcmp(r->path + n - 5, ".smtp") == 0 ? n - 5 : n;

    if (r->part <= 1)
        snprintf(name, PATH_LEN, "%s", r->path);
    else
        snprintf(name, PATH_LEN, "%.*s-%u%s", (int)stem, r->path, r->part, r->path + stem);
}

/* 0600: a mail is nobody else's business, even without its password. */
static int open_file(struct record *r, struct err *e) {
    char name[PATH_LEN];
    int fd;

    part_name(r, name);
    fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    r->file = fd != -1 ? fdopen(fd, "w") : NULL;
    r->written = 0;
    if (r->file != NULL)
        return 0;
    err_errno(e, ERR_FILE, "%s", name);
    if (fd != -1)
        close(fd);
    return -1;
}

static void close_file(struct record *r) {
    if (r->file != NULL)
        fclose(r->file);
    r->file = NULL;
}

int record_sync(struct record *r, struct err *e) {
    size_t n = r->len - r->written;

    if (r->file == NULL || r->memory == NULL)
        return 0;
    if (fwrite(r->text + r->written, 1, n, r->file) != n || fflush(r->file) != 0)
        return err_errno(e, ERR_FILE, "the recording %s", r->path);
    r->written = r->len;
    return 0;
}

/*
 * The names are not "user" and "password": those have a value wherever the file is played, another one
 * than here, and then the same commands would not play again.
 */
static void know(struct recorder *recorder, const char *user, const char *password) {
    if (user != NULL)
        recorder_know(recorder, "my-user", user, false);
    if (password != NULL)
        recorder_know(recorder, "my-password", password, true);
}

int record_begin(struct record *r, const char *where, const char *user, const char *password, struct err *e) {
    char source[512];

    snprintf(source, sizeof source, "recorded (smtp-step, %.400s)", where);
    r->part++;
    r->memory = open_memstream(&r->text, &r->len);
    r->recorder = r->memory != NULL ? recorder_new(r->memory, "A session typed by hand", source) : NULL;
    if (r->recorder == NULL)
        return err_set(e, ERR_SYSTEM, "out of memory");
    know(r->recorder, user, password);
    return r->path != NULL ? open_file(r, e) : 0;
}

void record_end(struct record *r, bool again) {
    struct err ignored;

    recorder_free(r->recorder);
    r->recorder = NULL;
    record_sync(r, &ignored);
    close_file(r);
    if (r->memory != NULL)
        fclose(r->memory);
    r->memory = NULL;
    free(r->text);
    r->text = NULL;
    r->len = r->written = 0;
    if (again)
        r->part--;
}

int record_to(struct record *r, const char *path, struct err *e) {
    close_file(r);
    free(r->path);
    r->path = path != NULL ? strdup(path) : NULL;
    if (path == NULL)
        return 0;
    if (r->path == NULL)
        return err_set(e, ERR_SYSTEM, "out of memory");
    if (r->memory == NULL) /* it begins with the next connection */
        return 0;
    r->part = 1;
    return open_file(r, e) == -1 ? -1 : record_sync(r, e);
}

void record_free(struct record *r) {
    record_end(r, false);
    free(r->path);
    r->path = NULL;
}
