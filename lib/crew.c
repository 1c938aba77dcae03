#include "crew.h"

#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SPARE 32 /* threads that stay at a door with nothing to do; each may hold a descriptor ready */
#define STACK (256 * 1024) /* OpenSSL's handshake is what needs most of it; pages not touched cost nothing */
#define PAUSE_SECONDS 1    /* before a door that had no descriptor looks again by itself */

struct door {
    struct crew *crew;
    int listener;
    bool immediate;
    size_t waiting; /* threads in accept() */
};

struct crew {
    struct crew_setup setup;
    struct door doors[CREW_DOORS_MAX];
    size_t door_count;
    pthread_t maker;
    pthread_mutex_t lock; /* of all below, and of the doors' counts */
    pthread_cond_t left;  /* a guest has */
    size_t busy;          /* threads with a guest */
    size_t alive;         /* threads */
    bool stopped;
    bool any_ended;
    pthread_t last_ended;
};

static int start_thread(struct door *d);

/* --- a thread's life --- */

/* accept() that fails because the machine is short of something, not because of this client. */
static bool short_of_something(int why) {
    return why == EMFILE || why == ENFILE || why == ENOBUFS || why == ENOMEM;
}

/* Asking again at once would keep a processor busy with failing. A session that ends is what may change things. */
static void wait_for_room(struct crew *c) {
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PAUSE_SECONDS;
    pthread_mutex_lock(&c->lock);
    if (!c->stopped)
        pthread_cond_timedwait(&c->left, &c->lock, &until);
    pthread_mutex_unlock(&c->lock);
}

static bool is_stopped(struct crew *c) {
    pthread_mutex_lock(&c->lock);

    bool stopped = c->stopped;

    pthread_mutex_unlock(&c->lock);
    return stopped;
}

/* The next guest. false: the door is closed. */
static bool wait_for_guest(struct door *d, struct crew_guest *guest) {
    for (;;) {
        guest->immediate = d->immediate;
        guest->address_size = sizeof(guest->address);
        guest->fd = net_accept_ready(d->listener, &guest->address, &guest->address_size);
        if (guest->fd != -1)
            return true;

        int why = errno;

        if (is_stopped(d->crew))
            return false;
        if (short_of_something(why))
            wait_for_room(d->crew);
    }
}

/* A guest is in: is there room for it? Somebody else goes to the door. */
static bool enter(struct door *d) {
    struct crew *c = d->crew;

    pthread_mutex_lock(&c->lock);
    d->waiting--;
    c->busy++;

    bool room = c->busy <= c->setup.max;

    if (d->waiting == 0 && !c->stopped)
        start_thread(d); /* if that fails, nobody is at the door until a session ends: leave() sees to it */
    pthread_mutex_unlock(&c->lock);
    return room;
}

/* The guest has gone. Back to the door? */
static bool leave(struct door *d) {
    struct crew *c = d->crew;

    pthread_mutex_lock(&c->lock);
    c->busy--;
    pthread_cond_broadcast(&c->left);

    bool back = d->waiting < SPARE && !c->stopped;

    d->waiting += back;
    pthread_mutex_unlock(&c->lock);
    return back;
}

/* Each thread that ends waits for the one that ended before it: so one is left to be waited for, and none is lost. */
static void end(struct crew *c) {
    pthread_mutex_lock(&c->lock);

    bool follows = c->any_ended;
    pthread_t before = c->last_ended;
    bool last = --c->alive == 0 && c->stopped;

    c->any_ended = true;
    c->last_ended = pthread_self();
    pthread_mutex_unlock(&c->lock);
    if (follows)
        pthread_join(before, NULL);
    if (last)
        pthread_kill(c->maker, c->setup.signal);
}

static void *work(void *arg) {
    struct door *d = arg;
    struct crew *c = d->crew;
    struct crew_guest guest;

    while (wait_for_guest(d, &guest)) {
        crew_fn *receive = enter(d) ? c->setup.serve : c->setup.refuse;

        receive(c->setup.arg, &guest);
        if (!leave(d))
            break;
    }
    end(c);
    return NULL;
}

/* Under the lock. */
static int start_thread(struct door *d) {
    pthread_attr_t attr;
    pthread_t thread;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK);

    int failure = pthread_create(&thread, &attr, work, d);

    pthread_attr_destroy(&attr);
    if (failure != 0)
        return failure;
    d->waiting++;
    d->crew->alive++;
    return 0;
}

/* --- the crew --- */

struct crew *crew_new(const struct crew_setup *setup) {
    struct crew *c = calloc(1, sizeof(*c));

    if (c == NULL)
        return NULL;
    c->setup = *setup;
    c->maker = pthread_self();
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->left, NULL);
    return c;
}

int crew_open(struct crew *c, int listener, bool immediate, struct err *e) {
    struct door *d = &c->doors[c->door_count++];
    int flags = fcntl(listener, F_GETFL);

    if (flags != -1)
        fcntl(listener, F_SETFL, flags & ~O_NONBLOCK); /* its threads sleep in accept() */
    *d = (struct door){.crew = c, .listener = listener, .immediate = immediate};
    pthread_mutex_lock(&c->lock);

    int failure = start_thread(d);

    pthread_mutex_unlock(&c->lock);
    errno = failure;
    return failure == 0 ? 0 : err_errno(e, ERR_SYSTEM, "cannot start a thread");
}

void crew_stop(struct crew *c) {
    pthread_mutex_lock(&c->lock);
    c->stopped = true;
    pthread_cond_broadcast(&c->left);

    bool nobody = c->alive == 0;

    pthread_mutex_unlock(&c->lock);
    for (size_t i = 0; i < c->door_count; i++)
        shutdown(c->doors[i].listener, SHUT_RDWR); /* wakes all that sleep in accept() */
    if (nobody)
        pthread_kill(c->maker, c->setup.signal);
}

bool crew_ended(struct crew *c) {
    pthread_mutex_lock(&c->lock);

    bool ended = c->stopped && c->alive == 0;

    pthread_mutex_unlock(&c->lock);
    return ended;
}

void crew_free(struct crew *c) {
    if (c == NULL)
        return;
    if (c->any_ended)
        pthread_join(c->last_ended, NULL);
    pthread_mutex_destroy(&c->lock);
    pthread_cond_destroy(&c->left);
    free(c);
}
