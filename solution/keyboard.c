/*
 * keyboard.c - lab 3: several messages, typed at the keyboard, over one connection.
 *
 * A message is read to its end, and only then judged and sent: so one that
 * cannot be sent does not spill its lines into the next.
 */
#include "client.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define TEXT_MAX (64UL << 20) /* bytes of one message's text */
#define TO_MAX (1UL << 20)    /* bytes of its To: lines */

struct draft {
    struct buf to; /* the addresses, each with a NUL behind it */
    size_t to_count;
    char *subject; /* NULL: none */
    struct buf text;
    const char *wrong; /* why it cannot be sent; NULL: it can */
};

enum got { GOT_MESSAGE, GOT_END, GOT_HALF };

static void draft_init(struct draft *d) {
    *d = (struct draft){0};
    buf_init(&d->to, TO_MAX);
    buf_init(&d->text, TEXT_MAX);
}

static void draft_free(struct draft *d) {
    buf_free(&d->to);
    buf_free(&d->text);
    free(d->subject);
}

/* The first thing wrong is the one to tell. */
static void spoil(struct draft *d, const char *why) {
    if (!d->wrong)
        d->wrong = why;
}

/* Move *text and its end inwards, past white space. */
static size_t trim(const char **text, size_t n) {
    while (n > 0 && isspace((unsigned char)**text)) {
        ++*text;
        n--;
    }
    while (n > 0 && isspace((unsigned char)(*text)[n - 1]))
        n--;
    return n;
}

/* One address, as typed: <bob@example.org> is bob@example.org. */
static void take_address(struct draft *d, const char *text, size_t n) {
    n = trim(&text, n);
    if (n >= 2 && text[0] == '<' && text[n - 1] == '>') {
        text++;
        n -= 2;
    }
    if (!memchr(text, '@', n) || text[0] == '@' || text[n - 1] == '@')
        spoil(d, "To: has something in it that is no address");
    for (size_t i = 0; i < n; i++)
        if (isspace((unsigned char)text[i]) || iscntrl((unsigned char)text[i]) || strchr("<>", text[i]))
            spoil(d, "To: wants plain addresses with commas between them");
    if (buf_add(&d->to, text, n) == -1 || buf_add_char(&d->to, '\0') == -1)
        spoil(d, "To: is too long");
    d->to_count++;
}

static void take_to(struct draft *d, const char *text) {
    for (;;) {
        size_t n = strcspn(text, ",");
        take_address(d, text, n);
        if (text[n] == '\0')
            return;
        text += n + 1;
    }
}

static void take_subject(struct draft *d, const char *text) {
    if (d->subject) {
        spoil(d, "there is more than one Subject:");
        return;
    }
    size_t n = trim(&text, strlen(text));
    d->subject = strndup(text, n);
    if (!d->subject)
        spoil(d, "out of memory");
}

static void take_header_line(struct draft *d, const char *line) {
    if (strncasecmp(line, "To:", 3) == 0)
        take_to(d, line + 3);
    else if (strncasecmp(line, "Subject:", 8) == 0)
        take_subject(d, line + 8);
    else
        spoil(d, "before the empty line only To: and Subject: can stand");
}

static void take_text_line(struct draft *d, const char *line, size_t n) {
    if (buf_add(&d->text, line, n) == -1 || buf_add_char(&d->text, '\n') == -1)
        spoil(d, "the text is too long");
}

/* One line of any length without its line end. -1: end of input. */
static ssize_t read_input(FILE *in, char **line, size_t *room) {
    ssize_t n = getline(line, room, in);
    if (n > 0 && (*line)[n - 1] == '\n')
        (*line)[--n] = '\0';
    if (n > 0 && (*line)[n - 1] == '\r')
        (*line)[--n] = '\0';
    return n;
}

/* Read one message up to its dot, or to the end of the input. */
static enum got read_draft(struct draft *d, FILE *in) {
    char *line = NULL;
    size_t room = 0;
    bool begun = false, in_text = false, ended = false;
    ssize_t n = 0;
    while (!ended && (n = read_input(in, &line, &room)) >= 0) {
        if (n == 1 && line[0] == '.')
            ended = true;
        else if (in_text)
            take_text_line(d, line, (size_t)n);
        else if (n > 0)
            take_header_line(d, line);
        else
            in_text = begun; /* empty lines in front of a message mean nothing */
        begun = begun || n > 0;
    }
    free(line);
    if (ended && !in_text)
        spoil(d, "there was no empty line between the header and the text");
    if (d->to_count == 0)
        spoil(d, "there was no To: line");
    return ended ? GOT_MESSAGE : begun ? GOT_HALF : GOT_END;
}

/* Drop what the server still holds of a message that failed (RFC 5321 section 4.1.1.5). */
static int reset(struct client *c) {
    if (!c->in_transaction)
        return OUTCOME_SENT;
    c->in_transaction = false;
    int code = send_line(c, "RSET") == -1 ? FAILED : get_reply(c);
    if (code == 250)
        return OUTCOME_SENT;
    if (code == FAILED)
        tell(c, "RSET: %s; the next message was not sent", client_error(c));
    else
        tell(c, "RSET was refused: %d %s", code, c->reply.text);
    return code == FAILED ? outcome_of_error(c->err.kind) : outcome_of_reply(code);
}

static int send_draft(struct client *c, const struct draft *d) {
    const char **to = calloc(d->to_count, sizeof *to);
    if (!to) {
        tell(c, "out of memory: the message was not sent");
        return OUTCOME_LOST;
    }
    const char *next = d->to.data;
    for (size_t i = 0; i < d->to_count; i++, next += strlen(next) + 1)
        to[i] = next;
    struct message m = {.from = c->options->from,
                        .to = to,
                        .to_count = d->to_count,
                        .subject = d->subject,
                        .body = d->text.data,
                        .body_len = d->text.len};
    int outcome = reset(c);
    if (outcome == OUTCOME_SENT)
        outcome = send_one(c, &m);
    free(to);
    return outcome;
}

static void prompt(FILE *in, unsigned number) {
    if (!isatty(fileno(in)))
        return;
    if (number == 1)
        puts("To: addresses with commas, Subject: if you like, an empty line, the text, a dot alone.\n"
             "End of input (Ctrl-D) ends the session.");
    printf("message %u:\n", number);
    fflush(stdout);
}

/* One message from the input to the server. *more: is there anything to go on with? */
static int next_message(struct client *c, FILE *in, unsigned number, bool *more) {
    struct draft d;
    draft_init(&d);
    prompt(in, number);
    enum got got = read_draft(&d, in);
    int outcome = OUTCOME_SENT;
    if (got == GOT_HALF) {
        tell(c, "message %u: the input ended before the dot; it was not sent", number);
        outcome = OUTCOME_BAD_INPUT;
    } else if (got == GOT_MESSAGE && d.wrong) {
        tell(c, "message %u: %s; it was not sent", number, d.wrong);
        outcome = OUTCOME_BAD_INPUT;
    } else if (got == GOT_MESSAGE)
        outcome = send_draft(c, &d);
    /* After an answer that is no answer we would take the next one for this one's. */
    *more = got == GOT_MESSAGE && !c->lost && !c->unanswered && c->reply.code != 421;
    draft_free(&d);
    return outcome;
}

int send_from_keyboard(struct client *c, FILE *in) {
    int first = OUTCOME_SENT;
    bool more = true;
    for (unsigned number = 1; more; number++) {
        int outcome = next_message(c, in, number, &more);
        if (first == OUTCOME_SENT)
            first = outcome;
    }
    return first;
}
