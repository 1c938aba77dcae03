/* Back to a step and on from there; a transcript's lines, one at a time. See commands.h. */
#include "commands.h"

#include "../../lib/encode.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES (1UL << 20)

/* --- :steps --- */

static void show_step(struct stepper *st, size_t i) {
    const struct step *step = &st->session.steps[i];
    size_t n = strcspn(step->bytes.data, "\r\n");
    bool more = n + 2 < step->bytes.len;
    size_t shown = n < step->secret_from ? n : step->secret_from;
    char code[16] = "";

    if (step->code != 0)
        snprintf(code, sizeof code, "  %d", step->code);
    screen_say(&st->screen, INK_PLAIN, "%3zu  %.*s%s%s%s", i + 1, (int)(shown < 60 ? shown : 60),
               step->bytes.data, step->secret_from != SIZE_MAX ? "***" : "", more ? " ..." : "", code);
}

void do_steps(struct stepper *st, const char *args) {
    (void)args;
    for (size_t i = 0; i < st->session.step_count; i++)
        show_step(st, i);
    if (st->session.step_count == 0)
        screen_say(&st->screen, INK_PLAIN, "nothing has been sent on this connection");
}

/* --- :undo --- */

/* "" is the step before; -1: not a number of a step. */
static long wanted(const struct stepper *st, const char *args) {
    char *end;
    long n = strtol(args, &end, 10);

    if (args[0] == '\0')
        return (long)st->session.step_count - 1;
    return end == args || *end != '\0' || n < 0 || n > (long)st->session.step_count ? -1 : n;
}

static void go_back(struct stepper *st, size_t keep) {
    enum heard heard;

    st->screen.quiet = true;
    heard = session_again(&st->session, keep);
    st->screen.quiet = false;
    if (heard == HEARD_ALL)
        screen_say(&st->screen, INK_GOOD,
                   "a fresh connection, on which %zu step%s been said again; go on from here", keep,
                   keep == 1 ? " has" : "s have");
    else
        stepper_tell(st, heard);
}

void do_undo(struct stepper *st, const char *args) {
    long keep = wanted(st, args);

    if (!st->link.kind->can_branch)
        screen_say(&st->screen, INK_WARN,
                   "not with a real server: what it was told it has been told (:reconnect begins anew)");
    else if (st->session.step_count == 0)
        screen_say(&st->screen, INK_WARN, "nothing has been sent that could be undone");
    else if (keep == -1)
        screen_say(&st->screen, INK_WARN, ":undo wants a step from 0 to %zu (:steps lists them)",
                   st->session.step_count);
    else
        go_back(st, (size_t)keep);
}

/* --- :play --- */

void script_stop(struct stepper *st) {
    transcript_free(st->script.transcript);
    st->script = (struct script){0};
}

static bool is_line(const struct item *item) {
    return item->kind == ITEM_CLIENT || item->kind == ITEM_CLIENT_EXACT || item->kind == ITEM_MESSAGE_LINE ||
           item->kind == ITEM_MESSAGE_END;
}

/* Names the transcript leaves open get a value that will do. */
static const char *value_of(const struct stepper *st, const char *name, bool secret) {
    if (secret)
        return st->password != NULL ? st->password : "";
    if (strcmp(name, "user") == 0 || strcmp(name, "my-user") == 0)
        return st->user;
    return OWN_HOST;
}

static void bind_all(const struct stepper *st, const struct template *t, struct bindings *b) {
    for (size_t i = 0; i < t->count; i++) {
        const struct field *f = &t->fields[i];

        if (f->kind == FIELD_BASE64)
            bind_all(st, f->inner, b);
        else if (f->kind != FIELD_TEXT && f->kind != FIELD_MESSAGE && bindings_get(b, f->text) == NULL) {
            const char *value = value_of(st, f->text, f->kind == FIELD_SECRET);

            bindings_set(b, f->text, value, strlen(value), f->kind == FIELD_SECRET, NULL);
        }
    }
}

/* The line as it is to be sent, without its line end. false: nothing that can be said. */
static bool words_of(const struct stepper *st, const struct item *item, struct buf *line) {
    struct bindings b;
    bool good;

    if (item->kind == ITEM_MESSAGE_END)
        return buf_add_char(line, '.') == 0;
    if (template_has(&item->fields, FIELD_MESSAGE))
        return buf_add_text(line, "Subject: Hello\r\n\r\nThis stands for any message.") == 0;
    bindings_init(&b);
    bind_all(st, &item->fields, &b);
    good = template_expand(&item->fields, &b, false, line, NULL) == 0;
    bindings_free(&b);
    if (good &&
        (item->kind == ITEM_CLIENT_EXACT || item->exact)) /* the line end is in it, and is added again */
        while (line->len > 0 && strchr("\r\n", line->data[line->len - 1]) != NULL)
            line->data[--line->len] = '\0';
    return good;
}

/* The next line to say. false: the script is over. */
static bool next_line(struct stepper *st, struct buf *line) {
    struct script *s = &st->script;

    buf_clear(line);
    while (s->transcript != NULL && s->next < s->transcript->item_count) {
        const struct item *item = &s->transcript->items[s->next++];

        if (is_line(item) && words_of(st, item, line)) {
            s->step++;
            return true;
        }
    }
    return false;
}

void script_offer(struct stepper *st) {
    struct buf line;

    if (st->script.transcript == NULL)
        return;
    buf_init(&line, LINE_MAX_BYTES);
    if (next_line(st, &line)) {
        input_preset(st->input, line.data);
    } else {
        screen_say(&st->screen, INK_GOOD, "that was the last line of the script");
        script_stop(st);
    }
    buf_free(&line);
}

/* Lines before the step asked for, or on a pipe all of them, go without Enter. */
static void run_ahead(struct stepper *st, unsigned until) {
    struct buf line;

    buf_init(&line, LINE_MAX_BYTES);
    while ((until == 0 || st->script.step + 1 < until) && st->session.stream != NULL && next_line(st, &line))
        stepper_line(st, line.data);
    buf_free(&line);
    if (until == 0)
        script_stop(st);
}

/* "FILE [STEP]": the number is cut off. 0: none. */
static unsigned step_of(char *args) {
    char *space = strrchr(args, ' ');
    char *end;
    unsigned long n;

    if (space == NULL)
        return 0;
    n = strtoul(space + 1, &end, 10);
    if (end == space + 1 || *end != '\0' || n > UINT16_MAX)
        return 0;
    *space = '\0';
    return (unsigned)n;
}

static void begin_script(struct stepper *st, char *args) {
    unsigned step = step_of(args);
    struct err e;

    script_stop(st);
    st->script.transcript = transcript_load(args, &e);
    if (st->script.transcript == NULL) {
        screen_say(&st->screen, INK_BAD, "%s", e.text);
        return;
    }
    if (st->interactive)
        screen_say(&st->screen, INK_PLAIN,
                   "the client's lines of %s: Enter sends the one that stands there, :play off ends it",
                   args);
    run_ahead(st, st->interactive ? (step > 0 ? step : 1) : 0);
}

void do_play(struct stepper *st, const char *args) {
    char *copy = strdup(args[0] != '\0' ? args : st->options->replay != NULL ? st->options->replay : "");

    if (copy != NULL && strcmp(copy, "off") == 0)
        script_stop(st);
    else if (copy != NULL && copy[0] != '\0')
        begin_script(st, copy);
    else
        screen_say(&st->screen, INK_WARN, ":play wants a transcript");
    free(copy);
}
