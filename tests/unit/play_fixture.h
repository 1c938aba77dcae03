/*
 * play_fixture - a transcript, a client that speaks by script, and what came of
 * the two; for the tests of play.
 *
 * The client is a child process at the other end of a socket pair. It waits for
 * a whole reply before each step, so nothing here depends on time.
 */
#ifndef SMTPLAB_PLAY_FIXTURE_H
#define SMTPLAB_PLAY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/encode.h"
#include "../../lib/play.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define STEPS_MAX 24
#define BYTES_MAX (1 << 20)

/*
 * What the client does, one string a step, in the notation of encode.h:
 *   "QUIT"      wait for a reply, then send this line, CRLF added
 *   ">QUIT\\n"  wait for a reply, then send exactly these bytes
 *   "+QUIT\\n"  send exactly these bytes at once
 *   "reset"     wait for a reply, then reset the connection
 *   "leave"     wait for a reply, then close it
 *   "go"        close it at once
 * After the last step it waits for one reply more, and closes.
 */

/* --- the client --- */

static inline bool is_last_line(const char *line) {
    return strlen(line) >= 3 && line[3] != '-';
}

/* Read one whole reply, byte by byte. false: the server has gone. */
static inline bool client_hears(int fd) {
    char line[1000];
    size_t n = 0;

    for (;;) {
        if (n == sizeof line - 1 || read(fd, line + n, 1) != 1)
            return false;
        if (line[n++] != '\n')
            continue;
        line[n] = '\0';
        if (is_last_line(line))
            return true;
        n = 0;
    }
}

static inline void client_says(int fd, const char *text, bool line) {
    struct buf bytes;

    buf_init(&bytes, BYTES_MAX);
    if (decode_escaped(&bytes, text, strlen(text), NULL) == -1)
        _exit(1);
    if (line)
        buf_add_text(&bytes, "\r\n");
    if (send(fd, bytes.data, bytes.len, MSG_NOSIGNAL) == -1)
        _exit(0);
    buf_free(&bytes);
}

static inline void client_resets(int fd) {
    struct linger at_once = {1, 0};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    _exit(0);
}

static inline void client_runs(int fd, const char *const *steps) {
    for (; *steps != NULL; steps++) {
        const char *step = *steps;
        bool raw = step[0] == '>' || step[0] == '+';

        if (strcmp(step, "go") == 0)
            _exit(0);
        if (step[0] != '+' && !client_hears(fd))
            _exit(0);
        if (strcmp(step, "reset") == 0)
            client_resets(fd);
        if (strcmp(step, "leave") == 0)
            _exit(0);
        client_says(fd, raw ? step + 1 : step, !raw);
    }
    client_hears(fd);
    _exit(0);
}

/* --- the server --- */

struct played {
    struct play_outcome out;
    struct bindings bindings;
    struct transcript *transcript;
    struct err err;
    int result;       /* of play_run() */
    struct buf found; /* "bare-lf no-quit " */
    struct buf said;  /* all lines of the conversation: "S 220 hi|C QUIT|" */
};

static inline void describe(struct played *p) {
    size_t i;

    buf_init(&p->found, BYTES_MAX);
    buf_init(&p->said, BYTES_MAX);
    for (i = 0; i < p->out.log.finding_count; i++)
        buf_addf(&p->found, "%s ", rules_info(p->out.log.findings[i].rule)->slug);
    for (i = 0; i < p->out.log.event_count; i++) {
        const struct event *v = &p->out.log.events[i];

        if (v->kind == EVENT_SERVER || v->kind == EVENT_CLIENT)
            buf_addf(&p->said, "%c %.*s|", v->kind == EVENT_SERVER ? 'S' : 'C', (int)strcspn(v->text, "\r\n"),
                     v->text);
    }
}

static inline void know(struct played *p, const char *name, const char *value, bool secret) {
    assert_int_equal(bindings_set(&p->bindings, name, value, strlen(value), secret, NULL), 0);
}

/* `keys` stands between title and lab; `items` is all that follows the header. */
static inline struct transcript *transcript_of(const char *keys, const char *items) {
    struct buf text;
    struct err e = {ERR_NONE, ""};
    struct transcript *t;

    buf_init(&text, BYTES_MAX);
    buf_addf(&text, "smtp-transcript 1\ntitle: A play\nsource: authored (RFC 5321)\nlab: 1\n%s\n%s", keys,
             items);
    t = transcript_parse(text.data, text.len, "t.smtp", &e);
    if (t == NULL)
        print_error("%s\n%s", e.text, text.data);
    assert_non_null(t);
    buf_free(&text);
    return t;
}

/* Play over any stream. */
static inline void play_over(struct played *p, const char *keys, const char *items, const char *dir,
                             struct stream *s) {
    struct play_setup setup = {.host = "localhost", .dir = dir, .clock_ms = PLAY_CLOCK_MS};

    p->transcript = transcript_of(keys, items);
    p->err = (struct err){ERR_NONE, ""};
    bindings_init(&p->bindings);
    know(p, "user", "alice", false);
    know(p, "password", "secret", true);
    setup.transcript = p->transcript;
    setup.bindings = &p->bindings;
    play_outcome_init(&p->out, p->transcript);
    p->result = play_run(&setup, s, &p->out, &p->err);
    describe(p);
}

/* Play against the client that takes these steps; dir has the files of the transcript. played_free() afterwards. */
static inline void play_in(struct played *p, const char *keys, const char *items, const char *dir,
                           const char *const *steps) {
    int ends[2];
    pid_t pid;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ends[0]);
        client_runs(ends[1], steps);
    }
    close(ends[1]);
    play_over(p, keys, items, dir, stream_from_fd(ends[0]));
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static inline void play(struct played *p, const char *keys, const char *items, const char *const *steps) {
    play_in(p, keys, items, ".", steps);
}

static inline void played_free(struct played *p) {
    play_outcome_free(&p->out);
    bindings_free(&p->bindings);
    transcript_free(p->transcript);
    buf_free(&p->found);
    buf_free(&p->said);
}

/* --- how plays begin and end --- */

#define HELLO "S: 220 hi\nC: EHLO {me:domain}\nS: 250-hi\nS: 250 SIZE 1000\n"
#define MAIL "C: MAIL FROM:<alice@example.org>\nS: 250 sender ok\n"
#define RCPT "C: RCPT TO:<bob@example.org>\nS: 250 recipient ok\n"
#define DATA "C: DATA\nS: 354 go on\n"
#define TEXT "C: Subject: One\nC:\nC: text\nC: .\nS: 250 queued\n"
#define QUIT "C: QUIT\nS: 221 bye\n@close\n"
#define WHOLE HELLO MAIL RCPT DATA TEXT QUIT

#define SAY_HELLO "EHLO client.example.test"
#define SAY_MAIL "MAIL FROM:<alice@example.org>"
#define SAY_RCPT "RCPT TO:<bob@example.org>"
#define SAY_TEXT "Subject: One\\r\\n\\r\\ntext\\r\\n."
#define SAY_WHOLE SAY_HELLO, SAY_MAIL, SAY_RCPT, "DATA", SAY_TEXT, "QUIT"

#define SAID_HELLO "S 220 hi|C EHLO client.example.test|S 250-hi|S 250 SIZE 1000|"
#define SAID_QUIT "C QUIT|S 221 bye|"

/* --- tables of plays --- */

/* One play: what is found, and (if not NULL) all that was said. */
struct scene {
    const char *items;
    const char *steps[STEPS_MAX];
    const char *found;
    const char *said;
};

static inline void check_scene(const struct scene *scene, size_t which) {
    struct played p;

    play(&p, "", scene->items, scene->steps);
    if (strcmp(p.found.data, scene->found) != 0 ||
        (scene->said != NULL && strcmp(p.said.data, scene->said) != 0))
        print_error("scene %zu: %s\n%s\n", which, p.found.data, p.said.data);
    assert_int_equal(p.result, 0);
    assert_string_equal(p.found.data, scene->found);
    if (scene->said != NULL)
        assert_string_equal(p.said.data, scene->said);
    assert_false(p.out.backstop);
    played_free(&p);
}

static inline void check_scenes(const struct scene *scenes, size_t count) {
    for (size_t i = 0; i < count; i++)
        check_scene(&scenes[i], i);
}

#endif
