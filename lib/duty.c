#include "duty.h"

#include <pthread.h>
#include <stdatomic.h>

static pthread_t main_thread;
static sigset_t awaited;
static bool only_once;
static atomic_bool visited;

void duty_begin(bool once) {
    main_thread = pthread_self();
    only_once = once;
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGINT);
    sigaddset(&awaited, SIGTERM);
    sigaddset(&awaited, DUTY_SIGNAL);
    pthread_sigmask(SIG_BLOCK, &awaited, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

void duty_visited(void) {
    if (!only_once)
        return;
    atomic_store(&visited, true);
    pthread_kill(main_thread, DUTY_SIGNAL);
}

bool duty_wait(const struct duty_work *work) {
    bool stopped = false;

    while (!work->ended(work->arg)) {
        int number = 0;

        if (sigwait(&awaited, &number) != 0)
            continue;
        if (stopped && number == SIGINT)
            return false;
        if (!stopped && (number != DUTY_SIGNAL || atomic_load(&visited))) {
            stopped = true;
            work->stop(work->arg);
        }
    }
    return true;
}
