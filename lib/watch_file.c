/*
 * watch_file - see watch_file.h.
 *
 * No stdio here: a look is taken up to a thousand times a second, and half of
 * what it costs is opening files.
 */
#include "watch_file.h"

#ifdef __linux__

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static ssize_t read_all(int fd, char *text, size_t size) {
    size_t have = 0;
    ssize_t n = 1;
    while (n > 0 && have < size - 1) {
        n = read(fd, text + have, size - 1 - have);
        if (n > 0)
            have += (size_t)n;
    }
    text[have] = '\0';
    return n < 0 ? -1 : (ssize_t)have;
}

ssize_t watch_file_text(char *text, size_t size, const char *path, ...) {
    char full[WATCH_PATH_SIZE];
    va_list args;
    va_start(args, path);
    vsnprintf(full, sizeof full, path, args);
    va_end(args);
    int fd = open(full, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = read_all(fd, text, size);
    int kept = errno;
    close(fd);
    errno = kept;
    return n;
}

int watch_file_memory(pid_t pid, unsigned long address, void *bytes, size_t n) {
    char path[WATCH_PATH_SIZE];
    snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t got = pread(fd, bytes, n, (off_t)address);
    close(fd);
    return got == (ssize_t)n ? 0 : -1;
}

int watch_file_link(pid_t pid, long fd, char *text, size_t size) {
    char path[WATCH_PATH_SIZE];
    snprintf(path, sizeof path, "/proc/%d/fd/%ld", (int)pid, fd);
    ssize_t n = readlink(path, text, size - 1);
    text[n < 0 ? 0 : n] = '\0';
    return n < 0 ? -1 : 0;
}

/* The link of a descriptor is writable by its owner when the descriptor is open for writing. */
static bool writes(int fds, const char *name, const char *pipe) {
    char target[WATCH_PATH_SIZE];
    struct stat st;
    ssize_t n = readlinkat(fds, name, target, sizeof target - 1);
    if (n <= 0)
        return false;
    target[n] = '\0';
    return strcmp(target, pipe) == 0 && fstatat(fds, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           (st.st_mode & S_IWUSR) != 0;
}

bool watch_file_writes_pipe(pid_t pid, const char *pipe) {
    char path[WATCH_PATH_SIZE];
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *dir = opendir(path);
    bool found = false;
    if (dir == NULL)
        return false;
    for (struct dirent *d = readdir(dir); d != NULL && !found; d = readdir(dir))
        found = writes(dirfd(dir), d->d_name, pipe);
    closedir(dir);
    return found;
}

#endif
