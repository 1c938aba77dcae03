/*
 * watch_proc - the files of /proc that watch reads. Internal to watch*.c; Linux only.
 *
 * A look is a list of every task (a thread, to the kernel) of a process and
 * of its descendants: its state, the system call it sleeps in, and how often it was
 * switched off and on. Two looks, taken in the two orders below, tell whether
 * a task slept all the time between them.
 */
#ifndef SMTPLAB_WATCH_PROC_H
#define SMTPLAB_WATCH_PROC_H

#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define WATCH_TASKS_MAX 256     /* our limit: a client with more is not judged by its tasks */
#define WATCH_PROCESSES_MAX 128 /* our limit, likewise */
#define WATCH_ARGS 6            /* arguments of a system call */

struct watch_task {
    pid_t pid;                   /* the process ... */
    pid_t tid;                   /* ... and its thread */
    char state;                  /* S asleep, R runs, D in a device, T and t stopped, Z and X dead */
    unsigned long long switches; /* context switches until now, of both kinds */
    long call;                   /* SYS_read ...; -1: asleep, but in no system call */
    unsigned long args[WATCH_ARGS];
};

struct watch_tasks {
    size_t process_count;
    pid_t processes[WATCH_PROCESSES_MAX];
    size_t count;
    struct watch_task list[WATCH_TASKS_MAX];
};

enum watch_seen {
    SEEN_ALL,    /* every task is asleep or dead */
    SEEN_MOVING, /* one runs, is stopped, or left while we looked; the reason is in *e */
    SEEN_REFUSED /* /proc cannot be read; the reason is in *e */
};

/*
 * The order in which a task's two files are read. The count of switches goes
 * up when a task falls asleep, not when it wakes. So the first look notes the count
 * and then sees the task asleep; the second sees it asleep and then notes the
 * count. Between the two sights of it, it cannot have woken and gone back to
 * sleep without the counts differing. With the same order twice it could.
 */
enum watch_order { COUNT_FIRST, SLEEP_FIRST };

/* Look at every task of root and its descendants. */
enum watch_seen watch_proc_look(struct watch_tasks *t, pid_t root, enum watch_order order, struct err *e);

/* Do two looks show the same tasks in the same sleep? */
bool watch_proc_same(const struct watch_tasks *a, const struct watch_tasks *b);

#endif
