/*
 * shift_internal - what the parts of shift_epoll share: who has the baton (shift_baton.c), a guest's seat and its
 * turns (shift_seat.c), doors (shift_door.c).
 *
 * Who has the baton leads: it waits in epoll_wait() for everybody and gives each guest who has said
 * something one turn. All its turns are short, but for those in which the session says first that this one may not be
 * (shift_step_aside()): then the thread hands the baton to another and finishes that turn at leisure.
 *
 *     leader    epoll_wait -> turn -> turn -> turn ... "this may take long" -> pass the baton
 *     aside                                                                  the rest of that turn -> park the guest
 *     idle      wait for the baton
 *
 * What belongs to whom:
 *
 *   - A seat is a guest's. It is either parked (in the list, its socket in the epoll set), or one thread is giving
 *     it a turn. Only the leader takes a seat out of the list. So of the events that one epoll_wait() brought
 *     it none is for a seat that somebody else has freed; and once it has lost the baton it must not look at the rest.
 *   - The socket stays in the epoll set (level-triggered) during a leader's turn, so that a turn is no more system calls
 *     than recv() and send(). Who steps aside takes it out before the baton is passed, else the next leader would
 *     hear of it, and puts it back under the lock, after the seat is in the list.
 *   - `lock` guards the list and all that stands below it in the struct. No turn is given under it.
 *
 * How nobody is forgotten: `look` is not later than any moment at which a parked guest is to have a turn without
 * having spoken, and the alarm goes off at `look`. Whoever makes it sooner sets the alarm anew (shift_look_by()).
 * It rings until the leader has looked at all of the list and set it to what is next: so if the leader loses the baton
 * on the way, the next one hears it too. A stop is such a moment for each guest that has had no turn since (`told`).
 *
 * Why an alarm, and no time limit for epoll_wait(): with one the kernel sets up a timer in every wait and takes it down
 * again, minutes before it would be of use: one or two microseconds of the 20 that a command costs. The alarm
 * stands for all waits, and is set again when it has gone off.
 */
#ifndef SMTPLAB_SANDBOX_SHIFT_INTERNAL_H
#define SMTPLAB_SANDBOX_SHIFT_INTERNAL_H

#include "shift.h"

#ifdef SHIFT_EPOLL

#include <pthread.h>
#include <sys/epoll.h>

struct seat {
    struct shift *shift;
    struct worker *worker; /* whose turn it is; NULL: parked */
    struct visit *visit;
    int fd;
    bool watched;        /* in the epoll set */
    bool told;           /* it has had a turn since all are to stop */
    struct deadline due; /* while parked */
    struct seat *before, *after;
};

struct door {
    int listener;
    bool immediate;
};

struct worker {
    struct shift *shift;
    bool leads;
};

struct shift {
    struct sandbox *sandbox;
    size_t max;
    int signal;
    pthread_t maker;
    int epoll;
    int alarm; /* timerfd, in the epoll set */
    struct door doors[CREW_DOORS_MAX];
    size_t door_count;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t baton; /* it is free, or all is over */
    bool baton_free;
    struct seat parked; /* a ring: head and end of the list */
    struct deadline look;
    bool shut;             /* the doors are, for want of descriptors ... */
    struct deadline again; /* ... until then */
    size_t guests;
    size_t idle;  /* threads that wait for the baton */
    size_t alive; /* threads */
    bool stopped;
    bool any_ended;
    pthread_t last_ended;
};

/* Under the lock: no guest is here, and none will come. */
static inline bool shift_over(const struct shift *s) {
    return s->stopped && s->guests == 0;
}

/* Add, change or remove what epoll_wait() listens for; whose is what it then says. -1: errno. */
int shift_watch(const struct shift *s, int operation, int fd, unsigned events, void *whose);

/* Under the lock: the leader is to look at all who are parked by then. */
void shift_look_by(struct shift *s, struct deadline when);

/* Lead until the baton is passed on, or all is over. */
void shift_lead(struct worker *w);

/* shift_baton.c */

/* Under the lock: another thread, which waits for the baton. 0, or why not (an errno). */
int shift_start_thread(struct shift *s);

/* The leader gives the baton away. If nobody can take it, it stays: all goes on, only slower. */
void shift_pass_baton(struct worker *w);

/* shift_seat.c */

/* A turn for one that is parked. */
void shift_call_up(struct worker *w, struct seat *seat);

/* Whoever has just come in: give it a seat, or send it away. */
void shift_welcome(struct worker *w, const struct crew_guest *guest);

/* shift_door.c */

/* Somebody is at the door. */
void shift_open_door(struct worker *w, const struct door *d);

/* Under the lock: doors that were shut for want of descriptors are tried again. */
void shift_doors_again(struct shift *s);

#endif
#endif
