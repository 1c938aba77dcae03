/* checks - what is judged when a run is over: how the client ended, what it told its user, what must never have been shown. */
#ifndef SMTPLAB_REPLAY_CHECKS_H
#define SMTPLAB_REPLAY_CHECKS_H

#include "scene.h"

/* All of output and errors, for the checks. */
struct spoken {
    struct buf output;
    struct buf errors;
};

/* Judge the run as a whole and add to the scene's findings. with_client: exit and stderr count (--client only). */
void checks_run(struct scene *s, const struct spoken *said, bool with_client);

#endif
