/*
 * watch_proc - see watch_proc.h.
 */
#include "watch_proc.h"

#include "watch_file.h"

#ifdef __linux__

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALL_RUNNING (-2) /* the call file said "running" */

/* What became of reading one thing: it is there, it has gone (processes end), it is not ours to read. */
enum found { FOUND, LEFT, DENIED };

static enum found found_by_errno(void) {
    return errno == ENOENT || errno == ESRCH || errno == ENOTDIR ? LEFT : DENIED;
}

static enum watch_seen seen(struct err *e, enum watch_seen what, const char *words) {
    err_set(e, ERR_SYSTEM, "%s", words);
    return what;
}

/* One task */

/* The number after "\nname:\t" in /proc/PID/status; 0 if it is not there. The line feed in front keeps a program's own name from passing for a field. */
static unsigned long long status_number(const char *status, const char *name) {
    const char *at = strstr(status, name);
    return at == NULL ? 0 : strtoull(at + strlen(name), NULL, 10);
}

static enum found read_status(struct watch_task *t) {
    char text[WATCH_FILE_MAX];
    if (watch_file_text(text, sizeof text, "/proc/%d/task/%d/status", (int)t->pid, (int)t->tid) < 0)
        return found_by_errno();
    const char *state = strstr(text, "\nState:\t");
    t->state = state == NULL ? '?' : state[strlen("\nState:\t")];
    t->switches = status_number(text, "\nvoluntary_ctxt_switches:\t") +
                  status_number(text, "\nnonvoluntary_ctxt_switches:\t");
    return FOUND;
}

/* "0 0x3 0x7ffc... (six arguments) stack-pointer program-counter", or "-1 sp pc", or "running". */
static void parse_call(struct watch_task *t, const char *text) {
    char *rest;
    t->call = strtol(text, &rest, 10);
    if (rest == text)
        t->call = CALL_RUNNING;
    for (size_t i = 0; t->call >= 0 && i < WATCH_ARGS; i++)
        t->args[i] = strtoul(rest, &rest, 16);
}

static enum found read_call(struct watch_task *t) {
    char text[256];
    if (watch_file_text(text, sizeof text, "/proc/%d/task/%d/syscall", (int)t->pid, (int)t->tid) < 0)
        return found_by_errno();
    parse_call(t, text);
    return FOUND;
}

static bool dead(const struct watch_task *t) {
    return t->state == 'Z' || t->state == 'X';
}

/* What a dead task's call file says, or whether it may be read, means nothing. */
static enum found read_task(struct watch_task *t, enum watch_order order) {
    enum found call = order == SLEEP_FIRST ? read_call(t) : FOUND;
    enum found status = read_status(t);
    if (status == FOUND && dead(t)) {
        *t = (struct watch_task){.pid = t->pid, .tid = t->tid, .state = t->state};
        return FOUND;
    }
    if (status == FOUND && order == COUNT_FIRST)
        call = read_call(t);
    return status == FOUND ? call : status;
}

static const struct {
    char state;
    const char *words;
} moving[] = {
    {'R', "the program runs"},
    {'D', "the program waits for a disk or another device"},
    {'T', "the program is stopped (a signal)"},
    {'t', "the program is stopped (a debugger)"},
};

static enum watch_seen judge_state(const struct watch_task *t, struct err *e) {
    char state = t->state == 'S' && t->call == CALL_RUNNING ? 'R' : t->state;
    if (state == 'S' || dead(t))
        return SEEN_ALL;
    for (size_t i = 0; i < sizeof moving / sizeof moving[0]; i++)
        if (moving[i].state == state)
            return seen(e, SEEN_MOVING, moving[i].words);
    return seen(e, SEEN_MOVING, "the program changes its state");
}

static enum watch_seen refused(const struct watch_task *t, struct err *e) {
    err_errno(e, ERR_SYSTEM, "/proc/%d/syscall cannot be read", (int)t->tid);
    return SEEN_REFUSED;
}

static enum watch_seen add_task(struct watch_tasks *all, pid_t pid, pid_t tid, enum watch_order order,
                                struct err *e) {
    if (all->count == WATCH_TASKS_MAX)
        return seen(e, SEEN_REFUSED, "the program has too many tasks to look at");
    struct watch_task *t = &all->list[all->count++];
    *t = (struct watch_task){.pid = pid, .tid = tid};
    enum found found = read_task(t, order);
    if (found == LEFT)
        return seen(e, SEEN_MOVING, "a task ended while it was looked at");
    return found == DENIED ? refused(t, e) : judge_state(t, e);
}

/* The tree of processes */

static bool known(const struct watch_tasks *all, pid_t pid) {
    for (size_t i = 0; i < all->process_count; i++)
        if (all->processes[i] == pid)
            return true;
    return false;
}

static void add_process(struct watch_tasks *all, pid_t pid) {
    if (all->process_count < WATCH_PROCESSES_MAX && !known(all, pid))
        all->processes[all->process_count++] = pid;
}

/* The children that this thread has made; false: a kernel without CONFIG_PROC_CHILDREN. */
static bool add_children(struct watch_tasks *all, pid_t pid, pid_t tid) {
    char text[WATCH_FILE_MAX];
    if (watch_file_text(text, sizeof text, "/proc/%d/task/%d/children", (int)pid, (int)tid) < 0)
        return false;
    char *at = text;
    for (long child = strtol(at, &at, 10); child > 0; child = strtol(at, &at, 10))
        add_process(all, (pid_t)child);
    return true;
}

/*
 * Children are listed before the task is sampled in one look and again in the
 * next: a child made in between is missed by the first and found by the second,
 * as all the parents slept from the first to the second.
 */
static enum watch_seen add_tasks(struct watch_tasks *all, pid_t pid, enum watch_order order, bool *listed,
                                 struct err *e) {
    char path[WATCH_PATH_SIZE];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *dir = opendir(path);
    if (dir == NULL)
        return SEEN_ALL; /* it has ended: if that is news, the second look differs */
    enum watch_seen result = SEEN_ALL;
    for (struct dirent *d = readdir(dir); d != NULL && result == SEEN_ALL; d = readdir(dir)) {
        pid_t tid = (pid_t)strtol(d->d_name, NULL, 10);
        if (tid <= 0)
            continue;
        *listed = add_children(all, pid, tid) && *listed;
        result = add_task(all, pid, tid, order, e);
    }
    closedir(dir);
    return result;
}

/* Parent and session of a process. The name in field 2 may hold anything, brackets too: count from the last one. */
static bool read_kin(long pid, long *parent, long *session) {
    char text[512];
    long group;
    if (watch_file_text(text, sizeof text, "/proc/%ld/stat", pid) < 0)
        return false;
    const char *at = strrchr(text, ')');
    if (at == NULL || strlen(at) < strlen(") S 0"))
        return false;
    char *rest;
    *parent = strtol(at + strlen(") S "), &rest, 10);
    group = strtol(rest, &rest, 10);
    *session = strtol(rest, NULL, 10);
    return group >= 0;
}

/* One pass over all processes of the machine. */
static void scan_once(struct watch_tasks *all, DIR *dir, pid_t root) {
    for (struct dirent *d = readdir(dir); d != NULL; d = readdir(dir)) {
        long parent;
        long session;
        long pid = isdigit((unsigned char)d->d_name[0]) ? strtol(d->d_name, NULL, 10) : 0;
        if (pid > 0 && read_kin(pid, &parent, &session) && (session == root || known(all, (pid_t)parent)))
            add_process(all, (pid_t)pid);
    }
}

/* The slow way to the family: by the session that root leads (daemons that left their parent keep it), and by parents, until nobody new turns up. */
static void scan(struct watch_tasks *all, pid_t root) {
    DIR *dir = opendir("/proc");
    size_t before;
    if (dir == NULL)
        return;
    do {
        before = all->process_count;
        rewinddir(dir);
        scan_once(all, dir, root);
    } while (all->process_count > before);
    closedir(dir);
}

static bool root_lives(const struct watch_tasks *all, pid_t root) {
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].pid == root && !dead(&all->list[i]))
            return true;
    return false;
}

enum watch_seen watch_proc_look(struct watch_tasks *t, pid_t root, enum watch_order order, struct err *e) {
    bool listed = true;
    bool scanned = false;
    t->count = 0;
    t->process_count = 0;
    add_process(t, root);
    for (size_t i = 0; i < t->process_count; i++) {
        enum watch_seen result = add_tasks(t, t->processes[i], order, &listed, e);
        if (result != SEEN_ALL)
            return result;
        if (!scanned && (!listed || !root_lives(t, root))) {
            scan(t, root);
            scanned = true;
        }
    }
    if (t->process_count == WATCH_PROCESSES_MAX)
        return seen(e, SEEN_REFUSED, "the program has too many processes to look at");
    return SEEN_ALL;
}

static bool same_task(const struct watch_task *a, const struct watch_task *b) {
    return a->pid == b->pid && a->tid == b->tid && a->state == b->state && a->switches == b->switches &&
           a->call == b->call && memcmp(a->args, b->args, sizeof a->args) == 0;
}

bool watch_proc_same(const struct watch_tasks *a, const struct watch_tasks *b) {
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!same_task(&a->list[i], &b->list[i]))
            return false;
    return true;
}

#endif
