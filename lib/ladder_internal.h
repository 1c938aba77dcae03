/* ladder_internal - how the two drawings of a log, text and HTML, walk along it. */
#ifndef SMTPLAB_LADDER_INTERNAL_H
#define SMTPLAB_LADDER_INTERNAL_H

#include "log.h"

/* What draws. Each returns 0, or -1 when there is no room. */
struct ladder_pen {
    void *arg;
    int (*event)(void *arg, const struct event *v);
    int (*fold)(void *arg, const struct event *first,
                size_t lines); /* that many lines of a message, not drawn one by one */
    int (*finding)(void *arg, const struct finding *f);
};

/* From top to bottom: events, each followed by its findings; at the end the findings that belong to no line. */
int ladder_walk(const struct log *log, const struct ladder_pen *pen);

/* Does this event go from left to right? */
bool ladder_from_client(const struct event *v);

/* The page from its first byte to the end of its style; the title is to come. */
extern const char ladder_page_head[];

#endif
