/*
 * A small program round tools/step/input.h, for test_input.py: it says what it
 * read, and has hooks with a grammar of three verbs. Not a product.
 *
 *   input_program [--plain] [FIFO]     FIFO: what the server would speak through
 */
#include "../../lib/encode.h"
#include "../../tools/step/input.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char *const words[] = {"EHLO", "MAIL", "RCPT", "RSET", NULL};
static const char *const parameters[] = {"SIZE=", "SMTPUTF8", "BODY=8BITMIME", NULL};

static void offer(const char *const *list, const char *typed, size_t n, struct buf *out) {
    for (; *list != NULL; list++)
        if (strncasecmp(*list, typed, n) == 0)
            buf_addf(out, "%s\n", *list);
}

static void complete(void *arg, const char *line, size_t cursor, size_t *from, struct buf *out) {
    const char *space = strrchr(line, ' ');

    (void)arg;
    *from = space == NULL ? 0 : (size_t)(space + 1 - line);
    if (strncasecmp(line, "MAIL F", 6) == 0 && strchr(line, '<') == NULL) {
        buf_add_text(out, "FROM:<");
    } else if (strncasecmp(line, "MAIL FROM:<", 11) == 0 && strchr(line, '>') == NULL) {
        *from = 11; /* in the middle of what readline takes for a word */
        buf_add_text(out, "alice@example.org>\nalice@example.test>\nbad\033[31m@example.org>");
    } else {
        offer(space == NULL ? words : parameters, line + *from, cursor - *from, out);
    }
}

static void hint(void *arg, const char *line, struct buf *out) {
    static const char whole[] = "MAIL FROM:<address> [SIZE=n]";
    size_t n = strlen(line);

    (void)arg;
    if (n >= 4 && n < sizeof whole && strncasecmp(whole, line, n < 11 ? n : 11) == 0)
        buf_add_text(out, whole + n);
}

static void warning(void *arg, const char *line, struct buf *out) {
    (void)arg;
    if (strncasecmp(line, "RCPT", 4) == 0)
        buf_add_text(out, "this will get 503: no MAIL FROM yet; Enter sends it anyway");
}

static bool secret(void *arg, const char *line) {
    (void)arg;
    return strncasecmp(line, "AUTH ", 5) == 0;
}

static bool mask(void *arg, const char *line, size_t *from) {
    (void)arg;
    *from = strlen("AUTH PLAIN ");
    return strncasecmp(line, "AUTH PLAIN ", *from) == 0;
}

/* The server speaks: show it, as the stepper will. false: it has hung up. */
static bool show_server(int fd) {
    char bytes[200];
    ssize_t n = read(fd, bytes, sizeof bytes);

    if (n > 0)
        printf("S: %.*s", (int)n, bytes);
    fflush(stdout);
    return n > 0;
}

/* A wait that Ctrl-C ends. */
static void wait_long(struct input *in) {
    struct pollfd fd = {.fd = input_interrupt_fd(in), .events = POLLIN};

    puts("waiting");
    fflush(stdout);
    while (!input_interrupted(in))
        poll(&fd, 1, -1);
    puts("interrupted");
}

static void show(const char *what, const struct buf *line) {
    struct buf text;

    buf_init(&text, 8 * INPUT_LINE_MAX);
    encode_escaped(&text, line->data, line->len);
    if (line->len > 200)
        printf("%s of %zu bytes\n", what, line->len);
    else
        printf("%s <%s>\n", what, text.data);
    buf_free(&text);
}

static void obey(struct input *in, const struct buf *line) {
    struct buf word;
    struct err e;

    buf_init(&word, 100);
    if (strcmp(line->data, ":secret") == 0 && input_secret(in, "Password: ", &word, &e) == INPUT_LINE)
        show("secret", &word);
    else if (strncmp(line->data, ":preset ", 8) == 0)
        input_preset(in, line->data + 8);
    else if (strcmp(line->data, ":wait") == 0)
        wait_long(in);
    else if (strcmp(line->data, ":exit") == 0)
        exit(3);
    buf_free(&word);
}

static int run(struct input *in, int server) {
    struct buf line;
    struct err e;

    buf_init(&line, INPUT_LINE_MAX);
    for (;;) {
        enum input_kind kind = input_line(in, "\033[1msmtp\033[0m> ", server, &line, &e);

        if (kind == INPUT_READABLE && !show_server(server))
            server = -1;
        if (kind == INPUT_INTERRUPT)
            puts("interrupt");
        if (kind == INPUT_ERROR)
            printf("error %s\n", e.text);
        if (kind == INPUT_END || (kind == INPUT_ERROR && e.kind != ERR_LIMIT))
            break;
        if (kind == INPUT_LINE) {
            show("line", &line);
            obey(in, &line);
        }
        fflush(stdout);
    }
    puts("end");
    buf_free(&line);
    return 0;
}

int main(int argc, char **argv) {
    struct input_hooks hooks = {NULL, complete, hint, warning, secret, mask};
    bool is_plain = argc > 1 && strcmp(argv[1], "--plain") == 0;
    const char *fifo = argc > 1 + is_plain ? argv[1 + is_plain] : NULL;
    struct input *in = input_new(!is_plain, &hooks);
    int status;

    input_history_load(in);
    status = run(in, fifo != NULL ? open(fifo, O_RDWR) : -1);
    input_free(in);
    return status;
}
