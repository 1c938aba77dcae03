/* A thread a connection: for systems without epoll. See shift.h. */
#include "shift.h"

#ifndef SHIFT_EPOLL

#include <stdlib.h>

struct shift {
    struct crew *crew;
};

static void refuse(void *sandbox, const struct crew_guest *guest) {
    visit_refuse(sandbox, guest);
}

static void serve(void *sandbox, const struct crew_guest *guest) {
    struct visit *v = visit_new(sandbox, guest, NULL, NULL);

    if (v == NULL) {
        visit_refuse(sandbox, guest);
        return;
    }
    while (visit_go(v))
        visit_wait(v);
}

struct shift *shift_new(struct sandbox *sandbox, size_t max, int signal, struct err *e) {
    struct crew_setup setup = {
        .max = max, .serve = serve, .refuse = refuse, .arg = sandbox, .signal = signal};
    struct shift *s = malloc(sizeof(*s));

    if (s != NULL)
        s->crew = crew_new(&setup);
    if (s != NULL && s->crew != NULL)
        return s;
    err_set(e, ERR_SYSTEM, "out of memory");
    free(s);
    return NULL;
}

int shift_open(struct shift *s, int listener, bool immediate, struct err *e) {
    return crew_open(s->crew, listener, immediate, e);
}

void shift_stop(struct shift *s) {
    crew_stop(s->crew);
}

bool shift_ended(struct shift *s) {
    return crew_ended(s->crew);
}

void shift_free(struct shift *s) {
    if (s == NULL)
        return;
    crew_free(s->crew);
    free(s);
}

#endif
