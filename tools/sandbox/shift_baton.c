/* The life of a thread of the shift: it waits for the baton, leads, steps aside, comes back. See shift_internal.h. */
#include "shift_internal.h"

#ifdef SHIFT_EPOLL

#include <signal.h>

#define SPARE 32           /* threads that wait for the baton at most */
#define STACK (256 * 1024) /* OpenSSL's handshake is what needs most of it; pages not touched cost nothing */

static void *work(void *arg);

int shift_start_thread(struct shift *s) {
    pthread_attr_t attr;
    pthread_t thread;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK);

    int failure = pthread_create(&thread, &attr, work, s);

    pthread_attr_destroy(&attr);
    s->alive += failure == 0;
    return failure;
}

void shift_pass_baton(struct worker *w) {
    struct shift *s = w->shift;

    pthread_mutex_lock(&s->lock);

    bool passed = s->idle > 0 || shift_start_thread(s) == 0;

    s->baton_free = passed;
    w->leads = !passed;
    if (passed)
        pthread_cond_signal(&s->baton);
    pthread_mutex_unlock(&s->lock);
}

/* false: the thread is not needed any more. */
static bool take_baton(struct worker *w) {
    struct shift *s = w->shift;

    pthread_mutex_lock(&s->lock);
    while (!shift_over(s) && !s->baton_free && s->idle < SPARE) {
        s->idle++;
        pthread_cond_wait(&s->baton, &s->lock);
        s->idle--;
    }
    w->leads = s->baton_free && !shift_over(s);
    if (w->leads)
        s->baton_free = false;
    pthread_mutex_unlock(&s->lock);
    return w->leads;
}

/* Each thread that ends waits for the one that ended before it: so one is left to be waited for, and none is lost. */
static void end(struct shift *s) {
    pthread_mutex_lock(&s->lock);

    bool follows = s->any_ended;
    pthread_t before = s->last_ended;
    bool last = --s->alive == 0 && s->stopped;

    s->any_ended = true;
    s->last_ended = pthread_self();
    pthread_mutex_unlock(&s->lock);
    if (follows)
        pthread_join(before, NULL);
    if (last)
        pthread_kill(s->maker, s->signal);
}

static void *work(void *arg) {
    struct worker w = {.shift = arg};

    while (take_baton(&w))
        shift_lead(&w);
    end(w.shift);
    return NULL;
}

#endif
