/* A guest of the shift: in, turn after turn, out. See shift_internal.h. */
#include "shift_internal.h"

#ifdef SHIFT_EPOLL

#include <stdlib.h>

/* --- the list of those who are parked: a ring round its head --- */

static void unlink_seat(struct seat *seat) {
    seat->before->after = seat->after;
    seat->after->before = seat->before;
}

static void link_seat(struct shift *s, struct seat *seat) {
    seat->before = s->parked.before;
    seat->after = &s->parked;
    seat->before->after = seat;
    s->parked.before = seat;
}

/* --- a turn --- */

/* visit_aside_fn, in the middle of the seat's turn. */
static void step_aside(void *arg) {
    struct seat *seat = arg;
    struct worker *w = seat->worker;

    if (!w->leads)
        return;
    if (seat->watched)
        shift_watch(seat->shift, EPOLL_CTL_DEL, seat->fd, 0, NULL);
    seat->watched = false;
    shift_pass_baton(w);
}

/* Somebody has gone. */
static void count_out(struct shift *s) {
    pthread_mutex_lock(&s->lock);
    s->guests--;
    shift_doors_again(s);
    if (shift_over(s)) {
        pthread_cond_broadcast(&s->baton);
        shift_look_by(s, deadline_in(0));
    }
    pthread_mutex_unlock(&s->lock);
}

/* Back to those who wait. false: the kernel has no room to watch it. */
static bool park(struct shift *s, struct seat *seat) {
    bool watched = true;

    pthread_mutex_lock(&s->lock);
    seat->worker = NULL;
    seat->due = s->stopped && !seat->told ? deadline_in(0) : visit_due(seat->visit);
    link_seat(s, seat);
    if (!seat->watched)
        watched = seat->watched = shift_watch(s, EPOLL_CTL_ADD, seat->fd, EPOLLIN, seat) == 0;
    if (watched)
        shift_look_by(s, seat->due);
    else
        unlink_seat(seat);
    pthread_mutex_unlock(&s->lock);
    return watched;
}

/* One turn, of a seat that is in no list. What it says may have been the last: then it is freed. */
static void give_turn(struct worker *w, struct seat *seat) {
    struct shift *s = w->shift;

    seat->worker = w;
    if (visit_go(seat->visit)) {
        if (park(s, seat))
            return;
        seat->worker = w;
        visit_break_off(seat->visit, "the system cannot watch more connections");
    }
    free(seat);
    count_out(s);
}

/* Of one that is parked. `told` is said before the turn: a stop that comes during it may be seen or not. */
void shift_call_up(struct worker *w, struct seat *seat) {
    struct shift *s = w->shift;

    pthread_mutex_lock(&s->lock);
    unlink_seat(seat);
    seat->told = s->stopped;
    pthread_mutex_unlock(&s->lock);
    give_turn(w, seat);
}

/* --- who comes in --- */

/* Is there room? */
static bool count_in(struct shift *s, bool *told) {
    pthread_mutex_lock(&s->lock);

    bool room = ++s->guests <= s->max;

    *told = s->stopped;
    pthread_mutex_unlock(&s->lock);
    return room;
}

static struct seat *new_seat(struct shift *s, const struct crew_guest *guest, bool told) {
    struct seat *seat = calloc(1, sizeof(*seat));
    struct visit *visit = seat == NULL ? NULL : visit_new(s->sandbox, guest, step_aside, seat);

    if (visit == NULL) {
        free(seat);
        return NULL;
    }
    *seat = (struct seat){.shift = s, .visit = visit, .fd = guest->fd, .told = told};
    return seat;
}

static void send_away(struct worker *w, const struct crew_guest *guest) {
    if (report_may_wait(w->shift->sandbox->report))
        shift_pass_baton(w);
    visit_refuse(w->shift->sandbox, guest);
    count_out(w->shift);
}

void shift_welcome(struct worker *w, const struct crew_guest *guest) {
    bool told;
    bool room = count_in(w->shift, &told);
    struct seat *seat = room ? new_seat(w->shift, guest, told) : NULL;

    if (seat != NULL)
        give_turn(w, seat);
    else
        send_away(w, guest);
}

#endif
