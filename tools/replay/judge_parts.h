/* The inside of judge, seen only by judge*.c. */
#ifndef SMTPLAB_REPLAY_JUDGE_PARTS_H
#define SMTPLAB_REPLAY_JUDGE_PARTS_H

#include "judge.h"
#include "scene.h"

#include <jansson.h>

struct dialogue;

/* One recording. Its findings are kept as those of a play are, so that reports and JSON are made by the same code. */
struct judged {
    struct scene scene;
    struct dialogue *dialogue;
    json_t *problems; /* {line, sentence}: why it can be no conversation */
    json_t *steps;    /* {line, what, phase, tls, dots, code}: a command or a message, and its answer */
    size_t answered;  /* so many steps have their answer */
    size_t event;     /* of the line just fed */
    unsigned line;    /* of the file */
    size_t dots;      /* lines with a doubled dot in the message so far */
};

/* judge.c: -1: no memory. */
int judge_feed(struct judged *j);

#endif
