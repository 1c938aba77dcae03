/* report - an outcome for people: findings first cause first, or the whole conversation. */
#ifndef SMTPLAB_REPLAY_REPORT_H
#define SMTPLAB_REPLAY_REPORT_H

#include "scene.h"

#include <stdio.h>

/*
 * Append a finding as lines of text without colour, each ended by LF: the
 * lines of the conversation that led to it, the breach marked "<-" with the
 * bytes that matter, and what was expected. The advice is not in it.
 */
void report_finding(const struct scene *s, const struct finding *f, struct buf *out);

/* Append one line of the conversation, without LF: "  7  S: 250 Ok", its text cut at `most` columns. */
void report_event(const struct event *v, size_t most, struct buf *out);

/* Print the scene: with -v the conversation, then the findings, a verdict line last. colour: SGR escapes. */
void report_scene(const struct scene *s, FILE *to, bool colour);

#endif
