/* See mime.h. Here: entities found, walked and looked up. The mistakes in them: mime_check.c. */
#include "mime_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define PATH_ROOM (MIME_DEPTH_MAX * 5 + 2)

struct walk {
    mime_visit_fn *fn;
    void *arg;
    size_t count;
    bool enough;
};

static void walk_entity(struct walk *w, const char *wire, size_t from, size_t to, const char *path,
                        int depth);

/* What a line is to the parts of a multipart. */
enum edge { EDGE_NONE, EDGE_NEXT, EDGE_LAST };

static enum edge edge_of(const struct message_line *line, const struct buf *boundary) {
    size_t n = line->len;
    while (n > 0 && (line->text[n - 1] == ' ' || line->text[n - 1] == '\t')) /* RFC 2046 5.1.1: padding */
        n--;
    if (n < 2 + boundary->len || memcmp(line->text, "--", 2) != 0 ||
        memcmp(line->text + 2, boundary->data, boundary->len) != 0)
        return EDGE_NONE;
    const char *rest = line->text + 2 + boundary->len;
    n -= 2 + boundary->len;
    return n == 0 ? EDGE_NEXT : n == 2 && memcmp(rest, "--", 2) == 0 ? EDGE_LAST : EDGE_NONE;
}

/* The line end in front of a boundary belongs to it. */
static size_t before_edge(const char *wire, size_t from, size_t at) {
    if (at > from && wire[at - 1] == '\n')
        at--;
    if (at > from && wire[at - 1] == '\r')
        at--;
    return at;
}

struct parts {
    struct walk *walk; /* NULL: only count them */
    const char *path;
    int depth;
    int count;
    bool closed;
};

static void one_part(struct parts *p, const char *wire, size_t from, size_t to) {
    char path[PATH_ROOM];
    p->count++;
    if (!p->walk)
        return;
    if (strcmp(p->path, "0") == 0)
        snprintf(path, sizeof path, "%d", p->count);
    else
        snprintf(path, sizeof path, "%.*s.%d", PATH_ROOM - 6, p->path, p->count % 1000);
    walk_entity(p->walk, wire, from, to, path, p->depth + 1);
}

/* The parts between the boundaries: behind the last one, and in front of the first, nothing is read. */
static void split(struct parts *p, struct message_lines body, const struct buf *boundary) {
    struct message_line line;
    size_t from = 0;
    bool open = false;
    while (!p->closed && message_next(&body, &line)) {
        enum edge edge = edge_of(&line, boundary);
        if (edge == EDGE_NONE)
            continue;
        if (open)
            one_part(p, body.bytes, from, before_edge(body.bytes, from, line.at));
        open = true;
        from = body.pos;
        p->closed = edge == EDGE_LAST;
    }
    if (open && !p->closed)
        one_part(p, body.bytes, from, body.n);
}

static const char *boundary_wrong(const struct buf *boundary, const struct parts *counted) {
    if (boundary->len == 0)
        return "a multipart without a boundary";
    if (boundary->len > MIME_BOUNDARY_MAX)
        return "a boundary of more than 70 characters";
    if (counted->count == 0)
        return "the boundary that Content-Type names stands nowhere";
    return counted->closed ? NULL : "the last boundary, with \"--\" behind it, is missing";
}

static void walk_parts(struct walk *w, struct mime_entity *e, int depth) {
    const struct header_field *type = mime_field(e->header, "Content-Type");
    struct buf boundary;
    struct parts counted = {.path = e->path}, walked = {.walk = w, .path = e->path, .depth = depth};
    buf_init(&boundary, MIME_VALUE_MAX);
    (void)mime_parameter(type->value.data, type->value.len, "boundary", &boundary);
    if (boundary.len > 0)
        split(&counted, e->body, &boundary);
    e->wrong = boundary_wrong(&boundary, &counted);
    w->enough = !w->fn(w->arg, e);
    if (boundary.len > 0 && !w->enough && depth < MIME_DEPTH_MAX)
        split(&walked, e->body, &boundary);
    buf_free(&boundary);
}

static void walk_entity(struct walk *w, const char *wire, size_t from, size_t to, const char *path,
                        int depth) {
    struct message_lines lines = {wire, to, from};
    struct message_header header;
    struct mime_entity e = {.path = path, .header = &header, .at = from};
    if (w->enough || w->count++ == MIME_PARTS_MAX)
        return;
    message_header_take(&lines, &header);
    e.body = lines;
    mime_type(mime_field(&header, "Content-Type"), e.type);
    e.multipart = strncmp(e.type, "multipart/", strlen("multipart/")) == 0;
    if (e.multipart)
        walk_parts(w, &e, depth);
    else
        w->enough = !w->fn(w->arg, &e);
    message_header_free(&header);
}

void mime_walk(const char *wire, size_t n, mime_visit_fn *fn, void *arg) {
    struct walk w = {.fn = fn, .arg = arg};
    walk_entity(&w, wire, 0, n, "0", 0);
}

/* --- one part --- */

struct search {
    const char *path;
    struct mime_part *out;
    bool found;
};

static void take_charset(const struct header_field *f, char charset[MIME_CHARSET_MAX + 1]) {
    struct buf value;
    buf_init(&value, MIME_VALUE_MAX);
    if (f)
        (void)mime_parameter(f->value.data, f->value.len, "charset", &value);
    for (size_t i = 0; i < value.len && i < MIME_CHARSET_MAX; i++)
        charset[i] = (char)tolower((unsigned char)value.data[i]);
    buf_free(&value);
}

static bool take_part(void *arg, const struct mime_entity *e) {
    struct search *s = arg;
    const struct header_field *f;
    size_t unused;
    if (strcmp(e->path, s->path) != 0)
        return true;
    s->found = true;
    s->out->at = e->at;
    memcpy(s->out->type, e->type, sizeof e->type);
    f = mime_field(e->header, "Content-Disposition");
    if (f)
        (void)mime_parameter(f->value.data, f->value.len, "filename", &s->out->name);
    take_charset(mime_field(e->header, "Content-Type"), s->out->charset);
    f = mime_field(e->header, "Content-Transfer-Encoding");
    if (!e->multipart)
        (void)mime_decode(f ? f->value.data : "7bit", f ? f->value.len : 4, e->body, &s->out->content,
                          &unused);
    return false;
}

bool mime_part(const char *wire, size_t n, const char *path, struct mime_part *out) {
    struct search s = {path, out, false};
    *out = (struct mime_part){.at = 0};
    buf_init(&out->name, MIME_VALUE_MAX);
    buf_init(&out->content, n + 1);
    mime_walk(wire, n, take_part, &s);
    return s.found;
}

void mime_part_free(struct mime_part *part) {
    buf_free(&part->name);
    buf_free(&part->content);
}

bool mime_header(const char *wire, size_t n, const char *name, struct buf *out) {
    struct message_lines lines = message_lines(wire, n);
    struct message_header header;
    message_header_take(&lines, &header);
    const struct header_field *f = mime_field(&header, name);
    if (f)
        (void)mime_words(f->value.data, f->value.len, out);
    message_header_free(&header);
    return f != NULL;
}
