/*
 * watch - see watch.h. Here the verdict; what it rests on is read by
 * watch_proc (tasks), watch_call (what each sleeps in) and watch_tcp (queues).
 */
#include "watch.h"

#include <stdio.h>
#include <stdlib.h>

#ifdef __linux__

#include "watch_call.h"
#include "watch_proc.h"
#include "watch_tcp.h"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX ERR_TEXT_MAX
#define PROBE_LOOKS 200 /* of watch_available(), with a millisecond between them */

struct watch {
    pid_t root;
    long patience_ms;
    struct watch_tcp tcp;
    struct watch_tasks first;
    struct watch_tasks second;
    char words[WORDS_MAX];
};

struct watch *watch_new(pid_t root, int patience_ms) {
    struct watch *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    w->root = root;
    w->patience_ms = patience_ms;
    watch_tcp_init(&w->tcp);
    snprintf(w->words, sizeof w->words, "not looked at yet");
    return w;
}

void watch_free(struct watch *w) {
    if (w == NULL)
        return;
    watch_tcp_free(&w->tcp);
    free(w);
}

void watch_connection(struct watch *w, int our_socket) {
    watch_tcp_set(&w->tcp, our_socket);
}

const char *watch_words(const struct watch *w) {
    return w->words;
}

static enum watch_state say(struct watch *w, enum watch_state state, const char *words) {
    snprintf(w->words, sizeof w->words, "%s", words);
    return state;
}

/* The verdict */

/* A limit of two tasks is the shorter one; none, and none that we saw, are negative. */
static long shorter(long a, long b) {
    if (a >= 0 && b >= 0)
        return a < b ? a : b;
    if (a >= 0 || b >= 0)
        return a > b ? a : b;
    return a < b ? a : b;
}

/* All tasks in one: the most telling sleep, with the shortest limit of those that could end the wait. */
static void explain_all(const struct watch *w, unsigned long connection, struct watch_sleep *all) {
    struct watch_sleep one;
    long limit = WATCH_FOREVER;
    *all = (struct watch_sleep){DOING_NOTHING, "", -1, WATCH_FOREVER};
    for (size_t i = 0; i < w->first.count; i++) {
        watch_call_explain(&w->first.list[i], &w->first, connection, &one);
        if (one.doing != DOING_NOTHING)
            limit = shorter(limit, one.limit_ms);
        if (one.doing > all->doing)
            *all = one;
    }
    all->limit_ms = limit;
}

static const struct {
    enum watch_state state;
    const char *words;
} verdicts[DOING_COUNT] = {
    [DOING_NOTHING] = {WATCH_GONE, "no process is left"},
    [DOING_IDLE] = {WATCH_ASLEEP, "waiting for a process or thread of its own"},
    [DOING_CONNECTION] = {WATCH_STUCK, "on the connection"},
    [DOING_OTHER] = {WATCH_ASLEEP, "waiting, but not on the connection"},
    [DOING_INPUT] = {WATCH_INPUT, "on standard input or the terminal"},
    [DOING_NAP] = {WATCH_ASLEEP, "waiting for a time to pass"},
    [DOING_UNTOLD] = {WATCH_BUSY, "in a wait that cannot be told"},
};

static void describe_limit(long ms, char *text, size_t size) {
    if (ms == WATCH_FOREVER)
        snprintf(text, size, ", no time limit");
    else if (ms == WATCH_UNSEEN)
        snprintf(text, size, ", no time limit that could be seen");
    else if (ms > 0)
        snprintf(text, size, ", at most %ld.%03ld s", ms / 1000, ms % 1000);
}

static void describe(struct watch *w, const struct watch_sleep *s) {
    char fd[32] = "";
    char limit[64] = "";
    if (s->fd >= 0)
        snprintf(fd, sizeof fd, "(%ld)", s->fd);
    if (s->doing == DOING_CONNECTION)
        describe_limit(s->limit_ms, limit, sizeof limit);
    snprintf(w->words, sizeof w->words, "%s%s%s%s%s", s->call, fd, s->doing == DOING_NOTHING ? "" : " ",
             verdicts[s->doing].words, limit);
}

static enum watch_state judge_sleep(struct watch *w, const struct watch_sleep *s) {
    describe(w, s);
    if (s->doing != DOING_CONNECTION)
        return verdicts[s->doing].state;
    return s->limit_ms < 0 || s->limit_ms > w->patience_ms ? WATCH_STUCK : WATCH_WAITING;
}

/* Bytes under way that may change what is seen. What the client has not read matters only to one who waits for it: asleep elsewhere it may leave them for ever. */
static const char *under_way(const struct watch_queues *q, enum watch_doing doing) {
    if (doing == DOING_NOTHING)
        return NULL;
    if (q->arrived > 0)
        return "bytes of the client have arrived and are not read yet";
    if (q->coming > 0)
        return "bytes of the client are under way";
    if (doing == DOING_CONNECTION && (q->undelivered > 0 || q->unread > 0))
        return "bytes to the client are under way";
    return NULL;
}

enum watch_state watch_look(struct watch *w) {
    struct err e = {0};
    struct watch_queues queues;
    struct watch_sleep sleep;
    enum watch_seen seen = watch_proc_look(&w->first, w->root, COUNT_FIRST, &e);
    if (seen == SEEN_ALL) {
        watch_tcp_queues(&w->tcp, &w->first, &queues);
        explain_all(w, queues.inode, &sleep);
        seen = watch_proc_look(&w->second, w->root, SLEEP_FIRST, &e);
    }
    if (seen != SEEN_ALL)
        return say(w, seen == SEEN_MOVING ? WATCH_BUSY : WATCH_UNKNOWN, e.text);
    if (!watch_proc_same(&w->first, &w->second))
        return say(w, WATCH_BUSY, "the program moved between two looks");
    const char *moving = under_way(&queues, sleep.doing);
    if (moving != NULL)
        return say(w, WATCH_BUSY, moving);
    return judge_sleep(w, &sleep);
}

/* The probe: a child of our own that reads from a connection on which nothing comes. */

/* Both ends of a connection to ourselves. 0, or -1. */
static int connect_to_self(int *ours, int *childs) {
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t n = sizeof a;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    *ours = -1;
    *childs = socket(AF_INET, SOCK_STREAM, 0);
    if (listener >= 0 && *childs >= 0 && bind(listener, (struct sockaddr *)&a, n) == 0 &&
        listen(listener, 1) == 0 && getsockname(listener, (struct sockaddr *)&a, &n) == 0 &&
        connect(*childs, (struct sockaddr *)&a, n) == 0)
        *ours = accept(listener, NULL, NULL);
    if (listener >= 0)
        close(listener);
    if (*ours < 0 && *childs >= 0)
        close(*childs);
    return *ours < 0 ? -1 : 0;
}

static pid_t start_reader(int ours, int childs) {
    char byte;
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    close(ours); /* so that it ends with us, whatever happens */
    while (read(childs, &byte, 1) > 0)
        ;
    _exit(0);
}

static int probe(struct watch *w, int ours, struct err *e) {
    enum watch_state state = WATCH_BUSY;
    watch_connection(w, ours);
    for (int i = 0; i < PROBE_LOOKS && state == WATCH_BUSY; i++) {
        state = watch_look(w);
        if (state == WATCH_BUSY)
            poll(NULL, 0, 1);
    }
    if (state == WATCH_STUCK)
        return 0;
    return err_set(e, ERR_SYSTEM, "a sleeping child of our own is not seen as one: %s", watch_words(w));
}

int watch_available(struct err *e) {
    int ours;
    int childs;
    if (connect_to_self(&ours, &childs) != 0)
        return err_errno(e, ERR_SYSTEM, "no connection to this machine itself");
    pid_t pid = start_reader(ours, childs);
    close(childs);
    struct watch *w = pid < 0 ? NULL : watch_new(pid, 0);
    int result = w == NULL ? err_errno(e, ERR_SYSTEM, "no child can be made") : probe(w, ours, e);
    watch_free(w);
    close(ours);
    if (pid > 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    return result;
}

#else /* no Linux: nothing is proved, and the caller goes by the clock */

struct watch {
    int unused;
};

struct watch *watch_new(pid_t root, int patience_ms) {
    (void)root;
    (void)patience_ms;
    return calloc(1, sizeof(struct watch));
}

void watch_connection(struct watch *w, int our_socket) {
    (void)w;
    (void)our_socket;
}

enum watch_state watch_look(struct watch *w) {
    (void)w;
    return WATCH_UNKNOWN;
}

const char *watch_words(const struct watch *w) {
    (void)w;
    return "this system has no /proc like Linux's";
}

int watch_available(struct err *e) {
    return err_set(e, ERR_SYSTEM, "this system has no /proc like Linux's");
}

void watch_free(struct watch *w) {
    free(w);
}

#endif
