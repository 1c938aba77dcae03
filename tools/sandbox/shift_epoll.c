/*
 * One thread for all connections, for as long as nothing takes long: see shift.h, and shift_internal.h for how its parts
 * play together. Here: what the leader does, and how all of it is made and ended.
 */
#include "shift_internal.h"

#ifdef SHIFT_EPOLL

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define BATCH 64 /* events looked at in one go */
#define NS_PER_SECOND 1000000000

/* Under the lock: let the alarm go off at `look`. One that rings is silent until then. */
static void set_alarm(const struct shift *s) {
    int64_t at = s->look.at > 0 ? s->look.at : 1; /* 0 would switch it off */
    struct itimerspec when = {.it_value = {at / NS_PER_SECOND, at % NS_PER_SECOND}};

    if (at == deadline_in(-1).at)
        when.it_value = (struct timespec){0};
    timerfd_settime(s->alarm, TFD_TIMER_ABSTIME, &when, NULL);
}

void shift_look_by(struct shift *s, struct deadline when) {
    if (when.at >= s->look.at)
        return;
    s->look = when;
    set_alarm(s);
}

int shift_watch(const struct shift *s, int operation, int fd, unsigned events, void *whose) {
    struct epoll_event event = {.events = events, .data = {.ptr = whose}};

    return epoll_ctl(s->epoll, operation, fd, &event);
}

/* --- to lead --- */

/* Under the lock: is it time for this one although it has said nothing? */
static bool is_due(const struct shift *s, const struct seat *seat, struct deadline now) {
    return (s->stopped && !seat->told) || seat->due.at <= now.at;
}

/*
 * The first who is due, or NULL: then `look` is made exact, and the alarm set to it. Those who have had their turn stand
 * behind the others.
 */
static struct seat *next_due(struct shift *s) {
    struct deadline now = deadline_now();
    struct deadline soonest = deadline_in(-1);
    struct seat *seat;

    pthread_mutex_lock(&s->lock);
    if (s->again.at <= now.at)
        shift_doors_again(s);
    if (s->shut)
        soonest = s->again;
    for (seat = s->parked.after; seat != &s->parked && !is_due(s, seat, now); seat = seat->after)
        soonest = deadline_sooner(soonest, seat->due);
    if (seat == &s->parked) {
        s->look = soonest;
        set_alarm(s);
        seat = NULL;
    }
    pthread_mutex_unlock(&s->lock);
    return seat;
}

static void look_around(struct worker *w) {
    struct seat *seat;

    while (w->leads && (seat = next_due(w->shift)) != NULL)
        shift_call_up(w, seat);
}

static bool goes_on(struct shift *s) {
    pthread_mutex_lock(&s->lock);

    bool over = shift_over(s);

    pthread_mutex_unlock(&s->lock);
    return !over;
}

/* data.ptr is a door, the shift itself for its alarm, or a seat. true: it is the alarm. */
static bool answer(struct worker *w, void *whose) {
    struct door *doors = w->shift->doors;

    if (whose == w->shift)
        return true;
    if (whose == &doors[0] || whose == &doors[1])
        shift_open_door(w, whose);
    else
        shift_call_up(w, whose);
    return false;
}

/* To look around may free seats: only after all the events have been answered that may be theirs. */
void shift_lead(struct worker *w) {
    struct shift *s = w->shift;
    struct epoll_event events[BATCH];

    while (w->leads && goes_on(s)) {
        int count = epoll_wait(s->epoll, events, BATCH, -1);
        bool alarm = false;

        for (int i = 0; i < count && w->leads; i++)
            alarm |= answer(w, events[i].data.ptr);
        if (alarm)
            look_around(w);
    }
}

/* --- make, stop, free --- */

static int open_ears(struct shift *s, struct err *e) {
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    s->alarm = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (s->epoll != -1 && s->alarm != -1 && shift_watch(s, EPOLL_CTL_ADD, s->alarm, EPOLLIN, s) == 0)
        return 0;
    return err_errno(e, ERR_SYSTEM, "cannot wait for connections");
}

static void free_all(struct shift *s) {
    if (s->epoll != -1)
        close(s->epoll);
    if (s->alarm != -1)
        close(s->alarm);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->baton);
    free(s);
}

struct shift *shift_new(struct sandbox *sandbox, size_t max, int signal, struct err *e) {
    struct shift *s = calloc(1, sizeof(*s));

    if (s == NULL) {
        err_set(e, ERR_SYSTEM, "out of memory");
        return NULL;
    }
    s->sandbox = sandbox;
    s->max = max;
    s->signal = signal;
    s->maker = pthread_self();
    s->baton_free = true;
    s->look = deadline_in(-1);
    s->parked.before = s->parked.after = &s->parked;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->baton, NULL);
    if (open_ears(s, e) == 0)
        return s;
    free_all(s);
    return NULL;
}

/* The first door brings the first thread. */
int shift_open(struct shift *s, int listener, bool immediate, struct err *e) {
    pthread_mutex_lock(&s->lock);

    struct door *d = &s->doors[s->door_count++];

    *d = (struct door){.listener = listener, .immediate = immediate};

    int failure = shift_watch(s, EPOLL_CTL_ADD, listener, EPOLLIN, d) == 0 ? 0 : errno;

    if (failure == 0 && s->alive == 0)
        failure = shift_start_thread(s);
    pthread_mutex_unlock(&s->lock);
    errno = failure;
    return failure == 0 ? 0 : err_errno(e, ERR_SYSTEM, "cannot start a thread");
}

/* A door that is only shut down would be an event for ever. */
void shift_stop(struct shift *s) {
    pthread_mutex_lock(&s->lock);
    s->stopped = true;
    shift_look_by(s, deadline_in(0));
    for (size_t i = 0; i < s->door_count; i++) {
        shift_watch(s, EPOLL_CTL_DEL, s->doors[i].listener, 0, NULL);
        shutdown(s->doors[i].listener, SHUT_RDWR);
    }
    pthread_cond_broadcast(&s->baton);

    bool nobody = s->alive == 0;

    pthread_mutex_unlock(&s->lock);
    if (nobody)
        pthread_kill(s->maker, s->signal);
}

bool shift_ended(struct shift *s) {
    pthread_mutex_lock(&s->lock);

    bool ended = s->stopped && s->alive == 0;

    pthread_mutex_unlock(&s->lock);
    return ended;
}

void shift_free(struct shift *s) {
    if (s == NULL)
        return;
    if (s->any_ended)
        pthread_join(s->last_ended, NULL);
    free_all(s);
}

#endif
