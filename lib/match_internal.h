/* match_internal - what match.c and match_envelope.c share; for nobody else. */
#ifndef SMTPLAB_MATCH_INTERNAL_H
#define SMTPLAB_MATCH_INTERNAL_H

#include "address.h"
#include "match.h"
#include "template_part.h"
#include "verb.h"

#include <stdint.h>

#define MATCH_STRICT SIZE_MAX /* fold_from: case counts everywhere */

/* One line beside one template. */
struct comparison {
    const struct template *expected;
    enum verb expected_verb;
    struct template_place expected_args;
    const char *line;
    size_t n;
    struct command command; /* of the line */
    const struct ehlo *ehlo;
    struct bindings trial; /* become the caller's if the line matches */
};

struct match_result match_differs(enum rule rule, size_t at);
size_t match_offset(const struct comparison *c, const char *p);
bool match_part(struct comparison *c, struct template_place from, struct template_place to, const char *bytes,
                size_t n, size_t fold_from, size_t *at);

/* MAIL and RCPT: the path (R1) and the parameters (R2). */
struct match_result match_envelope(struct comparison *c);

#endif
