/*
 * watch_file - single files of /proc, of any process. Internal to watch*.c; Linux only.
 */
#ifndef SMTPLAB_WATCH_FILE_H
#define SMTPLAB_WATCH_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define WATCH_FILE_MAX 8192 /* room for /proc/PID/status and its like */
#define WATCH_PATH_SIZE 64  /* "/proc/2147483647/task/2147483647/status" and some more */

/* Read a file whose path is given printf style; the text is NUL-terminated and cut at size - 1. Its length, or -1 with errno. */
ssize_t watch_file_text(char *text, size_t size, const char *path, ...) __attribute__((format(printf, 3, 4)));

/* Copy n bytes from the memory of a process. 0, or -1. */
int watch_file_memory(pid_t pid, unsigned long address, void *bytes, size_t n);

/* What a file descriptor of a process leads to, "socket:[4711]" or "/dev/pts/3". 0, or -1: not open, not ours to see. */
int watch_file_link(pid_t pid, long fd, char *text, size_t size);

/* Has the process the writing end of this pipe ("pipe:[4711]") open? */
bool watch_file_writes_pipe(pid_t pid, const char *pipe);

#endif
