/*
 * :predict. The reply is held back until its code has been guessed: who has to
 * say what comes next finds out what they have not understood. See stepper.h.
 */
#include "commands.h"

#include "../../lib/explain.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 3
#define GUESS_MAX 256
#define MISSES_MAX 1000

void guess_before(struct stepper *st) {
    st->guess.findings = st->session.log.finding_count;
    st->screen.hold = st->guess.on;
}

/* --- one guess --- */

/* How near: 3 digits right, only the class, or nothing. */
enum nearness { GUESS_NONE, GUESS_WRONG, GUESS_CLASS, GUESS_RIGHT };

static enum nearness judge(const char *guess, int code) {
    int n = atoi(guess);

    if (!isdigit((unsigned char)guess[0]))
        return GUESS_NONE;
    if (n == code || (guess[0] - '0' == code / 100 && (guess[1] == '\0' || guess[1] == 'x')))
        return GUESS_RIGHT;
    return guess[0] - '0' == code / 100 ? GUESS_CLASS : GUESS_WRONG;
}

static const char *const comments[] = {
    [GUESS_WRONG] = "no; 2 is done, 3 go on, 4 not now, 5 no",
    [GUESS_CLASS] = "the first digit is right, the rest is not",
    [GUESS_RIGHT] = "right",
};

/* Up to TRIES guesses; their text into `all`. true: right at the first. */
static bool guesses(struct stepper *st, int code, struct buf *all) {
    struct buf line;
    unsigned tries = 0;
    enum nearness near = GUESS_WRONG;

    buf_init(&line, INPUT_LINE_MAX);
    while (tries < TRIES && near != GUESS_RIGHT &&
           stepper_ask(st, "which code comes? (250, or 2; Enter shows it) ", &line)) {
        near = judge(line.data, code);
        if (near == GUESS_NONE)
            break;
        tries++;
        buf_addf(all, "%s%.10s", tries > 1 ? ", " : "", line.data);
        screen_say(&st->screen, near == GUESS_RIGHT ? INK_GOOD : INK_WARN, "%s", comments[near]);
    }
    buf_free(&line);
    return near == GUESS_RIGHT && tries == 1;
}

/* What had been sent last. */
static char *last_sent(const struct log *log) {
    for (size_t i = log->event_count; i > 0; i--)
        if (log->events[i - 1].kind == EVENT_CLIENT)
            return strndup(log->events[i - 1].text, strcspn(log->events[i - 1].text, "\r\n"));
    return strdup("(nothing)");
}

static void remember(struct stepper *st, const char *tried, int code) {
    struct guess *g = &st->guess;
    struct miss *bigger =
        g->miss_count < MISSES_MAX ? realloc(g->misses, (g->miss_count + 1) * sizeof *bigger) : NULL;

    if (bigger == NULL)
        return;
    g->misses = bigger;
    g->misses[g->miss_count++] =
        (struct miss){last_sent(&st->session.log), strdup(tried[0] != '\0' ? tried : "no guess"), code};
}

/* --- showing what was held back --- */

/* What the client's last line broke, then the server's lines since, TLS and the end included. */
static void reveal(struct stepper *st) {
    const struct log *log = &st->session.log;
    size_t i = log->event_count;

    st->screen.hold = false;
    while (st->guess.findings < log->finding_count)
        stepper_finding(st, &log->findings[st->guess.findings++]);
    while (i > 0 && log->events[i - 1].kind != EVENT_CLIENT)
        i--;
    for (; i < log->event_count; i++)
        screen_event(&st->screen, &log->events[i]);
    screen_pause(&st->screen);
}

void guess_after(struct stepper *st, enum heard heard) {
    enum verb to;
    int code = dialogue_last_reply(st->session.dialogue, &to);
    struct buf tried;

    if (!st->screen.hold)
        return;
    buf_init(&tried, GUESS_MAX);
    if (st->session.heard.len > 0 && (heard == HEARD_ALL || heard == HEARD_CLOSED)) {
        st->guess.asked++;
        if (guesses(st, code, &tried))
            st->guess.right++;
        else
            remember(st, tried.data, code);
    }
    reveal(st);
    buf_free(&tried);
}

/* --- the score --- */

/* The last line of what explain says of a code is its own meaning. */
static void show_miss(struct stepper *st, const struct miss *m) {
    struct buf words;
    const char *own;

    buf_init(&words, STEPPER_TEXT_MAX);
    explain_code(&words, m->code);
    if (words.len > 0)
        words.data[words.len - 1] = '\0';
    own = strrchr(words.data, '\n');
    screen_say(&st->screen, INK_PLAIN, "  C: %s", m->line);
    screen_say(&st->screen, INK_PLAIN, "     you said %s; it was %s", m->guesses,
               own != NULL ? own + 1 : words.data);
    buf_free(&words);
}

void guess_score(struct stepper *st) {
    const struct guess *g = &st->guess;

    if (g->asked == 0)
        return;
    screen_say(&st->screen, INK_GOOD, "%u of %u replies guessed at the first try", g->right, g->asked);
    for (size_t i = 0; i < g->miss_count; i++)
        show_miss(st, &g->misses[i]);
}

void guess_free(struct guess *g) {
    while (g->miss_count > 0) {
        g->miss_count--;
        free(g->misses[g->miss_count].line);
        free(g->misses[g->miss_count].guesses);
    }
    free(g->misses);
    *g = (struct guess){0};
}

void do_predict(struct stepper *st, const char *args) {
    if (strcmp(args, "on") == 0) {
        st->guess.on = true;
        screen_say(&st->screen, INK_PLAIN,
                   "from now on each reply waits until you have guessed its code, or its first digit");
    } else if (strcmp(args, "off") == 0) {
        guess_score(st);
        guess_free(&st->guess);
        screen_say(&st->screen, INK_PLAIN, "replies are shown at once");
    } else {
        screen_say(&st->screen, INK_WARN, ":predict on, or :predict off");
    }
}
