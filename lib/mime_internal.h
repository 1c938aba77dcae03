/* The parts of mime, seen only by mime*.c. */
#ifndef SMTPLAB_MIME_INTERNAL_H
#define SMTPLAB_MIME_INTERNAL_H

#include "message_lines.h"
#include "mime.h"

/* mime_field.c: field values. */
const struct header_field *mime_field(const struct message_header *h, const char *name); /* NULL: none */
bool mime_same(const char *a, size_t n, const char *b);                                  /* folds case */
void mime_type(const struct header_field *f, char type[2 * MIME_TYPE_MAX + 2]);

/* Append a parameter's value, put together from its pieces and decoded (RFC 2231). false: there is none. */
bool mime_parameter(const char *value, size_t n, const char *name, struct buf *out);

/* mime_word.c: encoded words decoded, the space between two of them dropped. Returns what is wrong with one, NULL: nothing. */
const char *mime_words(const char *text, size_t n, struct buf *out);
/* Is what stands here meant for an encoded word? Elsewhere "=?" is only text: a boundary may hold it (RFC 2046 5.1.1). */
bool mime_begins_word(const char *text, size_t n, size_t at);
bool mime_is_utf8(const char *text, size_t n);

/* mime_coding.c: a body decoded. Returns what is wrong, NULL: nothing; *at is the offset of that line. */
const char *mime_decode(const char *coding, size_t coding_len, struct message_lines lines, struct buf *out,
                        size_t *at);

/* mime_stamp.c: "Tue, 24 Nov 2026 15:04:05 +0100"; "<left@right>". */
bool mime_is_date(const char *text, size_t n);
bool mime_is_message_id(const char *text, size_t n);

/* mime.c: every entity is visited once, the whole message first. */
struct mime_entity {
    const char *path;
    const struct message_header *header;
    size_t at;                 /* of its first wire byte */
    struct message_lines body; /* from the byte behind the empty line to the end of the part */
    char type[2 * MIME_TYPE_MAX + 2];
    bool multipart;
    const char *wrong; /* of a multipart: what is wrong with its boundaries; NULL: nothing */
};

/* false: enough seen. */
typedef bool mime_visit_fn(void *arg, const struct mime_entity *entity);
void mime_walk(const char *wire, size_t n, mime_visit_fn *fn, void *arg);

#endif
