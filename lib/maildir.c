#include "maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BLOCK 32768       /* bytes gathered before a write() */
#define HOST_MAX 255      /* RFC 5321 4.5.3.1.2 */
#define NAME_MAX_HERE 512 /* id, dot and host, in which some letters take four */

/* The folders are held open: a name in them is then one step away, and renaming the whole moves nothing from under us. */
struct maildir {
    int tmp;
    int new;
    char host[NAME_MAX_HERE - MAILDIR_ID_MAX];
    atomic_uint count; /* of messages begun by this process */
};

struct maildir_message {
    struct maildir *home;
    int fd; /* in tmp/ */
    char id[MAILDIR_ID_MAX];
    char name[NAME_MAX_HERE];
    size_t gathered;
    char block[BLOCK];
};

/* --- the folder --- */

/* Open a folder, making it if it is missing. */
static int open_folder(int at, const char *path, struct err *e) {
    if (mkdirat(at, path, 0700) == -1 && errno != EEXIST)
        return err_errno(e, ERR_FILE, "cannot make the folder %s", path);

    int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd != -1 ? fd : err_errno(e, ERR_FILE, "cannot open the folder %s", path);
}

/* tmp/, new/ and cur/, of which readers want the third. */
static int open_rooms(struct maildir *m, int folder, struct err *e) {
    int cur;

    m->tmp = open_folder(folder, "tmp", e);
    m->new = m->tmp == -1 ? -1 : open_folder(folder, "new", e);
    cur = m->new == -1 ? -1 : open_folder(folder, "cur", e);
    if (cur == -1)
        return -1;
    close(cur);
    return 0;
}

/* A slash would lead elsewhere, and behind a colon readers keep their marks: both are written in octal. */
static void set_host(struct maildir *m, const char *host) {
    size_t n = 0;

    for (; *host != '\0' && n + 5 < sizeof(m->host); host++)
        if (*host == '/' || *host == ':')
            n += (size_t)sprintf(m->host + n, "\\%03o", (unsigned)*host);
        else
            m->host[n++] = *host;
    m->host[n] = '\0';
}

struct maildir *maildir_open(const char *path, const char *host, struct err *e) {
    struct maildir *m = calloc(1, sizeof(*m));

    if (m == NULL) {
        err_set(e, ERR_SYSTEM, "out of memory");
        return NULL;
    }
    m->tmp = m->new = -1;
    set_host(m, host);

    int folder = open_folder(AT_FDCWD, path, e);
    int result = folder == -1 ? -1 : open_rooms(m, folder, e);

    if (folder != -1)
        close(folder);
    if (result == 0)
        return m;
    maildir_close(m);
    return NULL;
}

void maildir_close(struct maildir *m) {
    if (m == NULL)
        return;
    if (m->tmp != -1)
        close(m->tmp);
    if (m->new != -1)
        close(m->new);
    free(m);
}

/* --- a message --- */

/* Time, process and a count of our own: no two messages of one machine have the three in common. */
static void set_name(struct maildir_message *message) {
    struct timespec now;
    unsigned count = atomic_fetch_add(&message->home->count, 1) + 1;

    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(message->id, sizeof(message->id), "%lld.M%06ldP%ldQ%u", (long long)now.tv_sec,
             now.tv_nsec / 1000, (long)getpid(), count);
    snprintf(message->name, sizeof(message->name), "%s.%s", message->id, message->home->host);
}

struct maildir_message *maildir_begin(struct maildir *m, struct err *e) {
    struct maildir_message *message = malloc(sizeof(*message));

    if (message == NULL) {
        err_set(e, ERR_SYSTEM, "out of memory");
        return NULL;
    }
    message->home = m;
    message->gathered = 0;
    set_name(message);
    message->fd = openat(m->tmp, message->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (message->fd != -1)
        return message;
    err_errno(e, ERR_FILE, "cannot make the file of a message");
    free(message);
    return NULL;
}

const char *maildir_id(const struct maildir_message *message) {
    return message->id;
}

static int write_out(struct maildir_message *message, const char *bytes, size_t n, struct err *e) {
    while (n > 0) {
        ssize_t put = write(message->fd, bytes, n);

        if (put == -1 && errno == EINTR)
            continue;
        if (put == -1)
            return err_errno(e, ERR_FILE, "cannot write a message");
        bytes += put;
        n -= (size_t)put;
    }
    return 0;
}

static int flush(struct maildir_message *message, struct err *e) {
    size_t n = message->gathered;

    message->gathered = 0;
    return write_out(message, message->block, n, e);
}

int maildir_write(struct maildir_message *message, const void *bytes, size_t n, struct err *e) {
    if (n > BLOCK - message->gathered && flush(message, e) == -1)
        return -1;
    if (n >= BLOCK)
        return write_out(message, bytes, n, e);
    memcpy(message->block + message->gathered, bytes, n);
    message->gathered += n;
    return 0;
}

/* Some file systems cannot sync a folder, and say so; then there is nothing more that we could do. */
static int sync_folder(int fd) {
    return fsync(fd) == 0 || errno == EINVAL ? 0 : -1;
}

/* From tmp/ to new/, for good. rename() shows the whole file or none. */
static int move_to_new(const struct maildir_message *message, struct err *e) {
    const struct maildir *m = message->home;

    if (renameat(m->tmp, message->name, m->new, message->name) == -1)
        return err_errno(e, ERR_FILE, "cannot move a message to new/");
    if (sync_folder(m->new) == 0)
        return 0;
    err_errno(e, ERR_FILE, "cannot make a message safe");
    unlinkat(m->new, message->name, 0); /* the client will hear that it was not taken */
    return -1;
}

int maildir_commit(struct maildir_message *message, struct err *e) {
    int result = flush(message, e);

    if (result == 0 && fsync(message->fd) == -1)
        result = err_errno(e, ERR_FILE, "cannot make a message safe");
    if (result == 0)
        result = move_to_new(message, e);
    if (result == 0)
        message->name[0] = '\0'; /* nothing is left in tmp/ */

    int why = errno;

    maildir_abandon(message);
    errno = why;
    return result;
}

void maildir_abandon(struct maildir_message *message) {
    if (message == NULL)
        return;
    close(message->fd);
    if (message->name[0] != '\0')
        unlinkat(message->home->tmp, message->name, 0);
    free(message);
}
