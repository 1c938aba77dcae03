/* See tape.h. */
#include "tape.h"

#include "software.h"

#include "../../lib/transcript.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TEXT_MAX 512
#define FIRST_MAX 4096 /* of a greeting, before it is taken as it is */
#define NUMBERS_MAX 1000000

/* --- names of files --- */

/* talk.smtp, talk-2.smtp, talk-3.smtp: as smtp-step names them. */
static int with_number(char path[TAPE_PATH_MAX], const char *out, unsigned number) {
    const char *slash = strrchr(out, '/');
    const char *dot = strrchr(out, '.');
    size_t stem = dot != NULL && (slash == NULL || dot > slash + 1) ? (size_t)(dot - out) : strlen(out);

    if (number == 1)
        return snprintf(path, TAPE_PATH_MAX, "%s", out);
    return snprintf(path, TAPE_PATH_MAX, "%.*s-%u%s", (int)stem, out, number, out + stem);
}

static int path_of(const struct proxy *p, unsigned number, char path[TAPE_PATH_MAX]) {
    const char *out = p->options->out;
    const char *field = strstr(out, "{n}");

    if (p->out_is_folder)
        return snprintf(path, TAPE_PATH_MAX, "%s/session-%u.smtp", out, number);
    if (field != NULL)
        return snprintf(path, TAPE_PATH_MAX, "%.*s%u%s", (int)(field - out), out, number, field + 3);
    return with_number(path, out, number);
}

/* 0600: a mail is nobody else's business, even without its password. In a folder nothing is written over. */
static int open_path(struct tape *t) {
    struct proxy *p = t->proxy;
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (p->out_is_folder ? O_EXCL : O_TRUNC);

    for (;;) {
        unsigned number = atomic_fetch_add(&p->files, 1) + 1;
        int n = path_of(p, number, t->path);
        int fd;

        if (n < 0 || n >= TAPE_PATH_MAX) {
            errno = ENAMETOOLONG;
            return -1;
        }
        fd = open(t->path, flags, 0600);
        if (fd != -1 || errno != EEXIST || number > NUMBERS_MAX)
            return fd;
    }
}

/* --- the head --- */

static void source_of(const struct tape *t, char text[TEXT_MAX]) {
    char said[SOFTWARE_MAX];
    const char *software = t->proxy->options->software;
    time_t now = time(NULL);
    struct tm day;

    software_of(t->first.data, t->first.len, said);
    gmtime_r(&now, &day);
    snprintf(text, TEXT_MAX, "recorded (%.300s, %04d-%02d-%02d)", software != NULL ? software : said,
             day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
}

static void open_file(struct tape *t) {
    const char *title = t->proxy->options->title;
    char source[TEXT_MAX];
    int fd = open_path(t);

    t->file = fd != -1 ? fdopen(fd, "w") : NULL;
    if (t->file == NULL) {
        err_errno(&t->trouble, ERR_FILE, "cannot write %s", t->path);
        if (fd != -1)
            close(fd);
        return;
    }
    source_of(t, source);
    recorder_begin(t->recorder, t->file, title != NULL ? title : "A recorded session", source);
    if (t->immediate)
        recorder_tls(t->recorder, true);
}

/* From here on something is to be written. false: there is no file to write it to. */
static bool ready(struct tape *t) {
    if (t->file == NULL && t->trouble.kind == ERR_NONE)
        open_file(t);
    return t->file != NULL;
}

/* --- what was carried --- */

void tape_server(struct tape *t, const char *bytes, size_t n) {
    if (t->file == NULL) {
        size_t room = FIRST_MAX - t->first.len;

        buf_add(&t->first, bytes, n < room ? n : room);
        if ((memchr(bytes, '\n', n) != NULL || n >= room) && !ready(t))
            return;
    }
    recorder_tap(t->recorder, STREAM_IN, bytes, n);
}

void tape_client(struct tape *t, const char *bytes, size_t n) {
    if (ready(t))
        recorder_tap(t->recorder, STREAM_OUT, bytes, n);
}

void tape_tls(struct tape *t, bool immediate) {
    if (immediate)
        t->immediate = true; /* written behind the head, which waits for the greeting */
    else if (ready(t))
        recorder_tls(t->recorder, false);
}

void tape_note(struct tape *t, const char *text) {
    if (t->file != NULL)
        recorder_note(t->recorder, text);
}

/* --- from make to free --- */

static void set_up(struct recorder *r, const struct proxy *p) {
    const struct options *o = p->options;

    recorder_learn(r);
    if (p->password.len > 0)
        recorder_know(r, "password", p->password.data, true);
    if (o->hide_messages)
        recorder_hide_messages(r);
    if (o->exact)
        recorder_exact(r);
    if (o->keep_names)
        return;
    recorder_private(r);
    recorder_private_host(r, o->host, true);
    recorder_private_host(r, p->machine, false);
}

int tape_begin(struct tape *t, struct proxy *proxy, struct err *e) {
    *t = (struct tape){.proxy = proxy, .trouble = {ERR_NONE, ""}};
    buf_init(&t->first, FIRST_MAX);
    t->recorder = recorder_prepare();
    if (t->recorder == NULL)
        return err_set(e, ERR_SYSTEM, "out of memory");
    set_up(t->recorder, proxy);
    return 0;
}

/* Such a file is a log, and no script: that is to be known before somebody counts on it. */
static void look_at_size(struct tape *t) {
    if (t->trouble.kind == ERR_NONE && t->file != NULL && ftell(t->file) > (long)TRANSCRIPT_FILE_MAX)
        err_set(&t->trouble, ERR_LIMIT,
                "recorded, but longer than the %lu bytes of a transcript that can be played",
                TRANSCRIPT_FILE_MAX);
}

void tape_end(struct tape *t) {
    /* A greeting without a line end is something to be written, too. */
    if (t->file != NULL || (t->first.len > 0 && ready(t)))
        recorder_close(t->recorder);
    if (t->recorder != NULL && t->trouble.kind == ERR_NONE)
        recorder_check(t->recorder, &t->trouble);
    recorder_free(t->recorder);
    look_at_size(t);
    if (t->file != NULL && fclose(t->file) != 0 && t->trouble.kind == ERR_NONE)
        err_errno(&t->trouble, ERR_FILE, "cannot write %s", t->path);
    buf_free(&t->first);
}
