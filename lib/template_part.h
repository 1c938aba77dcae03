/*
 * template_part - views of a part of a template, for comparing a command
 * piece by piece: the path of MAIL FROM here, its parameters there. Pure.
 */
#ifndef SMTPLAB_TEMPLATE_PART_H
#define SMTPLAB_TEMPLATE_PART_H

#include "fields.h"

/* A place in a template: before byte `offset` of field `field`; field == count is the end. */
struct template_place {
    size_t field;
    size_t offset; /* 0 but in FIELD_TEXT */
};

/* The end of t. */
struct template_place template_end(const struct template *t);

/* The first of these characters in fixed text at or behind `from`; the end if there is none. Fields are never looked into. */
struct template_place template_find(const struct template *t, struct template_place from,
                                    const char *characters);

/* Over all these characters that stand at `from`. */
struct template_place template_skip(const struct template *t, struct template_place from,
                                    const char *characters);

bool template_at_end(const struct template *t, struct template_place place);

/* make: what stands between two places. The bytes stay t's. -1: memory. */
int template_part(const struct template *t, struct template_place from, struct template_place to,
                  struct template *out);

/* free: the view, not what it shows. */
void template_part_free(struct template *part);

#endif
