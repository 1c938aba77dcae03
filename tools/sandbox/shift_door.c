/* The doors of the shift: who comes in, and when they are shut for a while. See shift_internal.h. */
#include "shift_internal.h"

#include "../../lib/net.h"

#ifdef SHIFT_EPOLL

#include <errno.h>

#define PAUSE_MS 1000 /* before doors that had no descriptor are looked at again, if nobody leaves */

/* Under the lock. Doors that are gone by now (shift_stop()) do not mind. */
static void set_doors(struct shift *s, bool shut) {
    s->shut = shut;
    for (size_t i = 0; i < s->door_count; i++)
        shift_watch(s, EPOLL_CTL_MOD, s->doors[i].listener, shut ? 0 : EPOLLIN, &s->doors[i]);
}

/*
 * accept() failed because the machine is short of something. Level-triggered doors would have us ask again at
 * once, for ever. A guest who leaves is what may change things.
 */
static void shut_doors(struct shift *s) {
    pthread_mutex_lock(&s->lock);
    set_doors(s, true);
    s->again = deadline_in(PAUSE_MS);
    shift_look_by(s, s->again);
    pthread_mutex_unlock(&s->lock);
}

static bool short_of_something(int why) {
    return why == EMFILE || why == ENFILE || why == ENOBUFS || why == ENOMEM;
}

void shift_doors_again(struct shift *s) {
    if (s->shut)
        set_doors(s, false);
}

void shift_open_door(struct worker *w, const struct door *d) {
    struct crew_guest guest = {.immediate = d->immediate, .address_size = sizeof(guest.address)};

    guest.fd = net_accept_ready(d->listener, &guest.address, &guest.address_size);
    if (guest.fd != -1)
        shift_welcome(w, &guest);
    else if (short_of_something(errno))
        shut_doors(w->shift);
}

#endif
