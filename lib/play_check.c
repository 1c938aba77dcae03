/* The checks of a transcript that speak of a message: who got it, and what was in it. */
#include "play_internal.h"

#include "address.h"
#include "dot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_TEXT_MAX 4096

/* Append one line of a file with its dot doubled and its end made CRLF. */
static int add_file_line(struct buf *out, const char *line, size_t n) {
    struct buf text;
    int r;

    while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
        n--;
    buf_init(&text, PLAY_BYTES_MAX);
    r = buf_add(&text, line, n) == -1 || buf_add(&text, "\r\n", 2) == -1
            ? -1
            : dot_stuff(out, text.data, text.len);
    buf_free(&text);
    return r;
}

static int add_file_lines(struct buf *out, FILE *f) {
    char *line = NULL;
    size_t size = 0;
    ssize_t n;
    int r = 0;

    while (r == 0 && (n = getline(&line, &size, f)) > 0)
        r = add_file_line(out, line, (size_t)n);
    free(line);
    return r;
}

/* A message file beside the transcript, as it goes over the wire. */
int play_add_file(struct play *p, const char *name, struct buf *out) {
    char path[PATH_TEXT_MAX];
    FILE *f;
    int r;

    snprintf(path, sizeof path, "%s/%s", p->setup->dir, name);
    f = fopen(path, "r");
    if (f == NULL)
        return err_errno(p->e, ERR_FILE, "%s:%u: %s", p->t->name, p->at_line, path);
    r = add_file_lines(out, f);
    fclose(f);
    return r == 0 ? 0 : err_set(p->e, ERR_LIMIT, "%s: too long", path);
}

static bool same_mailbox(const char *a, size_t a_len, const char *b) {
    struct path x, y;
    size_t at;

    if (address_mailbox_parse(a, a_len, &x, &at) == -1 || address_mailbox_parse(b, strlen(b), &y, &at) == -1)
        return a_len == strlen(b) && memcmp(a, b, a_len) == 0;
    return address_equal(&x, &y);
}

static bool among(const char *address, size_t n, const char *const *list, size_t count) {
    size_t i;

    for (i = 0; i < count; i++)
        if (same_mailbox(address, n, list[i]))
            return true;
    return false;
}

static void found_recipients(struct play *p, const char *wanted, const char *const *list, size_t count) {
    struct finding f = {.rule = RULE_WRONG_RECIPIENTS, .line = p->at_line, .event = LOG_NO_EVENT};
    struct buf got;
    size_t i;

    buf_init(&got, PATH_TEXT_MAX);
    for (i = 0; i < count; i++)
        buf_addf(&got, "%s%s", i > 0 ? ", " : "", list[i]);
    f.expected = (char *)wanted; /* log_finding() copies both */
    f.detail = count > 0 ? got.data : (char *)"nobody";
    log_finding(&p->out->log, &f);
    buf_free(&got);
}

/* The recipients accepted are those listed, in any order. */
static void check_recipients(struct play *p, const char *wanted) {
    const char *const *list;
    size_t count = dialogue_recipients(p->d, &list);
    size_t listed = 0;
    bool all = true;
    const char *word = wanted;

    while (*word != '\0') {
        size_t n = strcspn(word, " ");

        if (n > 0) {
            listed++;
            all = all && among(word, n, list, count);
        }
        word += n + (word[n] == ' ');
    }
    if (!all || listed != count)
        found_recipients(p, wanted, list, count);
}

static void on_wrong_message(void *arg, enum rule rule, size_t at, const char *expected) {
    (void)rule;
    (void)at;
    play_found(arg, RULE_WRONG_MESSAGE, 0, expected);
}

static void check_message(struct play *p, const char *name) {
    struct buf wire;

    buf_init(&wire, PLAY_BYTES_MAX);
    if (play_add_file(p, name, &wire) == -1)
        play_trouble(p);
    else
        match_message(wire.data, wire.len, p->message.data, p->message.len, on_wrong_message, p);
    buf_free(&wire);
}

/* Does it speak of the message that ended last, and not of the whole run? */
static bool of_message(enum check_kind kind) {
    return kind == CHECK_RCPTS || kind == CHECK_MESSAGE || kind == CHECK_MIME || kind == CHECK_PART ||
           kind == CHECK_HEADER;
}

size_t play_check(struct play *p, size_t i) {
    const struct item *item = &p->t->items[i];
    struct buf text;

    if (!of_message(item->check))
        return i + 1;
    p->at_line = item->line;
    p->event = LOG_NO_EVENT;
    if (template_has(&item->fields, FIELD_MESSAGE)) { /* ! message {message} */
        match_any_message(p->message.data, p->message.len, on_wrong_message, p);
        return i + 1;
    }
    buf_init(&text, PATH_TEXT_MAX);
    if (template_expand(&item->fields, p->setup->bindings, false, &text, p->e) == -1)
        play_trouble(p);
    else if (item->check == CHECK_RCPTS)
        check_recipients(p, text.data);
    else if (item->check == CHECK_MESSAGE)
        check_message(p, text.data);
    else
        play_check_mime(p, item->check, text.data);
    buf_free(&text);
    return i + 1;
}
