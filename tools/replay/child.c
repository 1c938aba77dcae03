/* See child.h. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#define EXIT_CANNOT_RUN 126 /* as the shell says it; we hear of it through a pipe */
#define KILL_ROUNDS_MAX 100 /* a fork bomb may be faster than one sweep */

void child_adopt_orphans(void) {
#ifdef __linux__
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
#endif
}

/* --- in the child, between fork() and exec() --- */

/* Where the kernel can do it: nobody is left to judge a client whose player was killed. */
static void die_with_parent(void) {
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
#endif
}

static void limit(int what, rlim_t most) {
    struct rlimit r = {most, most};

    setrlimit(what, &r);
}

static void set_limits(void) {
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, CHILD_CPU_SECONDS);
    limit(RLIMIT_FSIZE, CHILD_OUTPUT_MAX);
    limit(RLIMIT_NOFILE, CHILD_FILES_MAX);
}

static int redirect(const char *path, int flags, int to) {
    int fd = open(path, flags, 0600);

    if (fd == -1)
        return -1;
    if (fd == to)
        return 0;
    if (dup2(fd, to) == -1)
        return -1;
    return close(fd);
}

/* Pipes whose ends do not outlive exec(). */
struct pipes {
    int idle[2]; /* standard input, unless it is a file */
    int news[2]; /* errno, if exec() fails; else the end of file that exec() makes */
};

static int redirect_all(const char *input, const char *output, const char *errors, const struct pipes *p) {
    int done = input != NULL ? redirect(input, O_RDONLY, STDIN_FILENO) : dup2(p->idle[0], STDIN_FILENO);

    if (done == -1)
        return -1;
    if (redirect(output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, STDOUT_FILENO) == -1)
        return -1;
    return redirect(errors, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, STDERR_FILENO);
}

static void become(char *const *argv, const char *input, const char *output, const char *errors,
                   const char *const *environment, const struct pipes *p) {
    size_t i;
    int why;

    setsid();
    die_with_parent();
    signal(SIGPIPE, SIG_DFL);
    if (redirect_all(input, output, errors, p) == 0) {
        for (i = 0; environment[i] != NULL; i += 2)
            setenv(environment[i], environment[i + 1], 1);
        set_limits();
        execvp(argv[0], argv);
    }
    why = errno;
    while (write(p->news[1], &why, sizeof why) == -1 && errno == EINTR) {
    }
    _exit(EXIT_CANNOT_RUN);
}

/* --- in the parent --- */

static int make_pipe(int ends[2]) {
    if (pipe(ends) == -1)
        return -1;
    return fcntl(ends[0], F_SETFD, FD_CLOEXEC) == -1 || fcntl(ends[1], F_SETFD, FD_CLOEXEC) == -1 ? -1 : 0;
}

static void close_end(int *fd) {
    if (*fd != -1)
        close(*fd);
    *fd = -1;
}

static void close_all(struct pipes *p) {
    close_end(&p->idle[0]);
    close_end(&p->idle[1]);
    close_end(&p->news[0]);
    close_end(&p->news[1]);
}

/* Has the child become the program? That takes no longer than exec() itself. */
static int hear_of_exec(struct child *c, struct pipes *p, const char *program, struct err *e) {
    int why = 0;
    ssize_t n;

    close_end(&p->news[1]);
    while ((n = read(p->news[0], &why, sizeof why)) == -1 && errno == EINTR) {
    }
    close_all(p);
    if (n != (ssize_t)sizeof why)
        return 0;
    child_kill(c);
    errno = why;
    return err_errno(e, ERR_FILE, "cannot run %s", program);
}

int child_start(struct child *c, char *const *argv, const char *input, const char *output, const char *errors,
                const char *const *environment, struct err *e) {
    struct pipes p = {{-1, -1}, {-1, -1}};

    *c = (struct child){.pid = -1, .idle = -1};
    if ((input == NULL && make_pipe(p.idle) == -1) || make_pipe(p.news) == -1 || (c->pid = fork()) == -1) {
        err_errno(e, ERR_SYSTEM, "cannot start %s", argv[0]);
        close_all(&p);
        return -1;
    }
    if (c->pid == 0)
        become(argv, input, output, errors, environment, &p);
    c->idle = p.idle[1];
    p.idle[1] = -1;
    return hear_of_exec(c, &p, argv[0], e);
}

bool child_ended(struct child *c) {
    if (!c->ended && waitpid(c->pid, &c->status, WNOHANG) == c->pid)
        c->ended = true;
    return c->ended;
}

#ifdef __linux__
/* Kill every child we have, adopted ones included. */
static void kill_children(void) {
    char path[64];
    FILE *f;
    long pid;

    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
    f = fopen(path, "r");
    if (f == NULL)
        return;
    while (fscanf(f, "%ld", &pid) == 1)
        kill((pid_t)pid, SIGKILL);
    fclose(f);
}
#else
static void kill_children(void) {
}
#endif

void child_sweep(void) {
    int rounds;

    for (rounds = 0; rounds < KILL_ROUNDS_MAX; rounds++) {
        kill_children();
        if (waitpid(-1, NULL, 0) == -1 && errno == ECHILD)
            break;
    }
}

void child_kill(struct child *c) {
    kill(-c->pid, SIGKILL);
    if (!c->ended) {
        kill(c->pid, SIGKILL);
        while (waitpid(c->pid, &c->status, 0) == -1 && errno == EINTR) {
        }
        c->ended = true;
    }
    child_sweep();
}
