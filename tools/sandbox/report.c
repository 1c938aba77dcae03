#include "report.h"

#include "../../lib/buf.h"
#include "../../lib/encode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_HERE 16384
#define WEAK_MAX 256
#define TIME_MAX 80 /* 20 in this century; the compiler reckons with any year */

struct report {
    int fd;
    bool json;
    bool is_file;
    char weak[WEAK_MAX]; /* names of the weaknesses, with commas */
};

struct column {
    const char *name;
    const char *text; /* NULL: a number */
    unsigned long number;
    bool bare; /* in a text line its value stands alone, without name and quotes */
};

/* --- a line --- */

/* Each returns 0, or -1 if memory is out. */

/* In quotes: escaped for the eye, then its quotes and, in JSON, its backslashes once more for the parser. */
static int add_quoted(struct buf *line, const char *text, bool json) {
    struct buf escaped;

    buf_init(&escaped, LINE_MAX_HERE);

    int result = encode_escaped(&escaped, text, strlen(text)) | buf_add_char(line, '"');

    for (size_t i = 0; i < escaped.len; i++) {
        if (escaped.data[i] == '"' || (json && escaped.data[i] == '\\'))
            result |= buf_add_char(line, '\\');
        result |= buf_add_char(line, escaped.data[i]);
    }
    buf_free(&escaped);
    return result | buf_add_char(line, '"');
}

static int add_to_text(struct buf *line, const struct column *c) {
    if (c->text != NULL && c->text[0] == '\0')
        return 0;

    int result = line->len > 0 ? buf_add_char(line, ' ') : 0;

    if (c->bare)
        return result | buf_add_text(line, c->text);
    result |= buf_add_text(line, c->name) | buf_add_char(line, '=');
    return result | (c->text == NULL ? buf_add_number(line, c->number) : add_quoted(line, c->text, false));
}

static int add_to_json(struct buf *line, const struct column *c) {
    int result = buf_add_text(line, line->len > 0 ? ", \"" : "{\"") | buf_add_text(line, c->name) |
                 buf_add_text(line, "\": ");

    if (c->text == NULL)
        return result | buf_add_number(line, c->number);
    if (c->text[0] == '\0')
        return result | buf_add_text(line, "null");
    return result | add_quoted(line, c->text, true);
}

/* One write: the lines of two threads never mix. A line that has not room in memory is lost whole, and no half one written. */
static void write_line(const struct report *r, const struct column *columns, size_t count) {
    struct buf line;
    int result = 0;

    buf_init(&line, LINE_MAX_HERE);
    for (size_t i = 0; i < count; i++)
        result |= (r->json ? add_to_json : add_to_text)(&line, &columns[i]);
    result |= buf_add_text(&line, r->json ? "}\n" : "\n");
    if (result != 0 || write(r->fd, line.data, line.len) == -1)
        errno = 0; /* there is nobody to tell */
    buf_free(&line);
}

/* Not strftime(), which looks at the locale each time. */
static void write_time(char text[TIME_MAX]) {
    time_t now = time(NULL);
    struct tm t;

    gmtime_r(&now, &t);
    snprintf(text, TIME_MAX, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
             t.tm_hour, t.tm_min, t.tm_sec);
}

void report_session(const struct report *r, const struct report_entry *entry) {
    const struct serve_outcome *o = entry->outcome;
    char time[TIME_MAX];

    write_time(time);

    const struct column columns[] = {
        {"time", time, 0, true},
        {"peer", entry->peer, 0, true},
        {"end", serve_end_name(o->end), 0, true},
        {"hello", o->hello, 0, false},
        {"tls", o->protocol, 0, false},
        {"user", o->user, 0, false},
        {"messages", NULL, o->summary.messages, false},
        {"recipients", NULL, o->summary.recipients, false},
        {"bytes", NULL, o->summary.bytes, false},
        {"commands", NULL, o->summary.commands, false},
        {"refused", NULL, o->summary.refused, false},
        {"ms", NULL, entry->ms, false},
        {"last", o->last, 0, false},           /* the last refusal */
        {"why", o->why, 0, false},             /* why the session ended, if not by QUIT */
        {"injected", o->injected, 0, false},   /* SERVER_WEAK_STARTTLS_INJECTION at work */
        {"trouble", entry->trouble, 0, false}, /* ours */
        {"weak", r->weak, 0, false},
    };

    write_line(r, columns, sizeof(columns) / sizeof(columns[0]));
}

bool report_may_wait(const struct report *r) {
    return !r->is_file;
}

/* --- make, free --- */

static bool is_file(int fd) {
    struct stat s;

    return fstat(fd, &s) == 0 && S_ISREG(s.st_mode);
}

static void name_weaknesses(struct report *r, unsigned weak) {
    const char *name;
    const char *help;
    size_t n = 0;

    for (size_t i = 0; (name = server_weak_row(i, &help)) != NULL; i++)
        if ((server_weak_named(name) & weak) != 0)
            n += (size_t)snprintf(r->weak + n, sizeof(r->weak) - n, "%s%s", n > 0 ? "," : "", name);
}

struct report *report_open(const char *file, bool json, unsigned weak, struct err *e) {
    struct report *r = calloc(1, sizeof(*r));

    if (r == NULL) {
        err_set(e, ERR_SYSTEM, "out of memory");
        return NULL;
    }
    r->json = json;
    name_weaknesses(r, weak);
    r->fd = file == NULL ? STDERR_FILENO : open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    r->is_file = is_file(r->fd);
    if (r->fd != -1)
        return r;
    err_errno(e, ERR_FILE, "cannot write %s", file);
    free(r);
    return NULL;
}

void report_close(struct report *r) {
    if (r == NULL)
        return;
    if (r->fd != STDERR_FILENO)
        close(r->fd);
    free(r);
}
