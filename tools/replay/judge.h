/*
 * judge - a recording judged as it stands: nothing is played.
 *
 * The lines of the file are fed to the dialogue as if they were passing now.
 * So every rule that a client can break on the wire is found by the code that
 * finds it in a play, and beside that what no conversation could have been: an
 * answer to nothing, a code that the command cannot get, an end in the middle.
 *
 * It cannot tell a recording from a good imitation. But whoever writes one that passes has had to
 * think of both sides' every line, and that is the exercise.
 */
#ifndef SMTPLAB_REPLAY_JUDGE_H
#define SMTPLAB_REPLAY_JUDGE_H

#include "jobs.h"

#include <jansson.h>

/*
 * Judge these: print findings and verdicts, unless options->json is set. Returns what belongs into the JSON, an
 * array as of jobs_run(), each with `problems` and `steps` besides; the caller's. *status: the exit status of smtp-replay.
 */
json_t *judge_all(const struct options *o, const struct job *jobs, size_t count, int *status);

#endif
