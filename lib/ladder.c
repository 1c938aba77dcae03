/* What is drawn, in which order, and what of a long message is not. See ladder_internal.h. */
#include "ladder_internal.h"

#include <string.h>

#define HEAD_LINES 5 /* of a message are drawn: the first header fields */
#define FOLD_FROM 4  /* fewer lines than that are not worth folding */

bool ladder_from_client(const struct event *v) {
    return v->kind == EVENT_CLIENT || v->kind == EVENT_CONNECT || v->kind == EVENT_SKIPPED ||
           ((v->kind == EVENT_CLOSE || v->kind == EVENT_RESET) && v->by_client);
}

static bool has_finding(const struct log *log, size_t event) {
    for (size_t i = 0; i < log->finding_count; i++)
        if (log->findings[i].event == event)
            return true;
    return false;
}

static bool is_dot(const struct event *v) {
    return strcmp(v->text, ".\r\n") == 0 || strcmp(v->text, ".\n") == 0 || strcmp(v->text, ".") == 0;
}

static bool is_message_line(const struct log *log, size_t event) {
    return event < log->event_count && log->events[event].kind == EVENT_CLIENT &&
           !is_dot(&log->events[event]);
}

/* Is this the 354 behind which the message comes? */
static bool opens_message(const struct event *v) {
    return v->kind == EVENT_SERVER && strncmp(v->text, "354", 3) == 0;
}

/* How many message lines from this one on can be folded: up to one that has a finding, or to the message's end. */
static size_t foldable(const struct log *log, size_t event) {
    size_t n = 0;

    while (is_message_line(log, event + n) && !has_finding(log, event + n))
        n++;
    return n >= FOLD_FROM ? n : 0;
}

static int draw_findings(const struct log *log, size_t event, const struct ladder_pen *pen) {
    for (size_t i = 0; i < log->finding_count; i++)
        if (log->findings[i].event == event && pen->finding(pen->arg, &log->findings[i]) == -1)
            return -1;
    return 0;
}

static int draw_event(const struct log *log, size_t event, const struct ladder_pen *pen) {
    return pen->event(pen->arg, &log->events[event]) == -1 ? -1 : draw_findings(log, event, pen);
}

/* The message from `event` on. Returns where it ends; 0: no room. */
static size_t draw_message(const struct log *log, size_t event, const struct ladder_pen *pen) {
    size_t first = event;

    while (is_message_line(log, event)) {
        size_t n = event - first >= HEAD_LINES ? foldable(log, event) : 0;

        if ((n > 0 ? pen->fold(pen->arg, &log->events[event], n) : draw_event(log, event, pen)) == -1)
            return 0;
        event += n > 0 ? n : 1;
    }
    return event;
}

int ladder_walk(const struct log *log, const struct ladder_pen *pen) {
    size_t i = 0;

    while (i < log->event_count) {
        bool opens = opens_message(&log->events[i]);

        if (draw_event(log, i, pen) == -1)
            return -1;
        i = opens ? draw_message(log, i + 1, pen) : i + 1;
        if (i == 0)
            return -1;
    }
    return draw_findings(log, LOG_NO_EVENT, pen);
}
