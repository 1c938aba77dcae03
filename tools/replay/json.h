/* json - an outcome for programs. docs/man/smtp-replay.1 has the shape. */
#ifndef SMTPLAB_REPLAY_JSON_H
#define SMTPLAB_REPLAY_JSON_H

#include "scene.h"

#include <jansson.h>

/* One scene. A new reference; NULL: memory. */
json_t *json_scene(const struct scene *s);

#endif
