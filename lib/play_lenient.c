/*
 * A line that matched nothing, taken for what was due: one mistake must not hide
 * what the client does right after it (R9).
 *
 * Three things can have happened, tried in this order: the command is there but
 * its verb is wrong; it is a later command of the same transaction, and those
 * before it were left out; it is text of the message, and DATA was left out. A
 * transcript that says itself what unexpected lines get has its way.
 */
#include "play_internal.h"

#include "nearest.h"
#include "reply.h"

#include <string.h>

static bool has_its_own_way(const struct play *p) {
    return p->t->keys[KEY_UNEXPECTED] != NULL;
}

static void due_command(const struct item *item, struct command *due) {
    verb_parse(item->text != NULL ? item->text : "", item->len, due);
}

/* --- the verb is wrong --- */

static const char *only_word(const void *word, size_t i) {
    return i == 0 ? word : NULL;
}

/* "DTA" is near to DATA; "Date:" is a header field, whatever it is near to. */
static bool is_near(const struct command *typed, enum verb due) {
    char word[NEAREST_WORD_MAX + 1];
    size_t n = typed->word_len;
    size_t i;

    if (n == 0 || n > NEAREST_WORD_MAX || typed->word[n - 1] == ':')
        return false;
    for (i = 0; i < n; i++)
        word[i] = (char)(typed->word[i] >= 'a' && typed->word[i] <= 'z' ? typed->word[i] - 'a' + 'A'
                                                                        : typed->word[i]);
    return nearest_word(word, n, only_word, verb_info(due)->name) != NULL;
}

/* The typed line with the verb that was due. */
static void repair(const struct play *p, const struct command *typed, enum verb due, struct buf *out) {
    const char *behind = typed->word + typed->word_len;

    buf_add_text(out, verb_info(due)->name);
    buf_add(out, behind, (size_t)(p->line + p->line_len - behind));
}

/* With p->line repaired: is it the item's? Arguments that agree say so, and so does a verb that nearly does. */
static bool fits(const struct play *p, const struct item *item, const struct command *typed, enum verb due) {
    struct match_result r = play_match(p, item);

    bool any_will_do =
        due == VERB_EHLO || due == VERB_HELO; /* "AUTH LOGIN" is no EHLO to a host called LOGIN */

    if (r.kind == MATCH_YES && typed->args_len > 0 && !any_will_do)
        return true;
    return (r.kind == MATCH_YES || r.kind == MATCH_DIFFERS) && is_near(typed, due);
}

/* Could the line be this item's, with another verb? Then the session goes on as if that had been sent. */
static bool try_item(struct play *p, const struct item *item, const struct command *typed,
                     struct buf *repaired) {
    const char *line = p->line;
    size_t len = p->line_len;
    struct command due;
    bool fit;

    due_command(item, &due);
    if (item->kind != ITEM_CLIENT || due.verb == VERB_UNKNOWN || typed->word_len == 0)
        return false;
    buf_clear(repaired);
    repair(p, typed, due.verb, repaired);
    p->line = repaired->data;
    p->line_len = repaired->len;
    fit = fits(p, item, typed, due.verb);
    if (fit) {
        play_note_reached(p);
        dialogue_suppose(p->d, p->line, p->line_len);
    }
    p->line = line;
    p->line_len = len;
    return fit;
}

static void blame_verb(struct play *p, const struct candidates *c, size_t which,
                       const struct command *typed) {
    struct candidates only = {.count = 1, .list = {c->list[which]}, .without = PLAY_OVER};

    buf_clear(&p->may);
    play_words(p, &only, &p->may);
    play_found(p, typed->verb == VERB_UNKNOWN ? RULE_UNKNOWN_COMMAND : RULE_WRONG_COMMAND, 0, p->may.data);
}

size_t play_misspelt(struct play *p, const struct candidates *c) {
    struct command typed;
    struct buf repaired;
    size_t which = 0;

    if (has_its_own_way(p))
        return PLAY_OVER;
    verb_parse(p->line, p->line_len, &typed);
    buf_init(&repaired, PLAY_LINE_MAX + VERB_LINE_MAX);
    while (which < c->count && !try_item(p, &p->t->items[c->list[which]], &typed, &repaired))
        which++;
    buf_free(&repaired);
    if (which == c->count)
        return PLAY_OVER;
    play_keep(p);
    blame_verb(p, c, which, &typed);
    return c->list[which] + 1;
}

/* --- steps were left out --- */

static bool is_good_news(const struct item *item) {
    int class = item->text != NULL ? item->text[0] - '0' : 0;

    return class == 2 || class == 3;
}

/* Items that a leap may pass: commands that would have been taken, their replies, and what says nothing. */
static bool may_pass(const struct item *item) {
    switch (item->kind) {
    case ITEM_CLIENT:
        return !item->optional;
    case ITEM_SERVER:
        return is_good_news(item);
    case ITEM_BLANK:
    case ITEM_COMMENT:
    case ITEM_HOLD:
    case ITEM_WRITE:
        return true;
    default:
        return false;
    }
}

/* As if the item had been played: its line sent, its reply heard. */
static void pass(struct play *p, const struct item *item) {
    static const char nobody[] = "RCPT\r\n";
    struct command due;

    if (item->kind != ITEM_CLIENT && item->kind != ITEM_SERVER)
        return;
    due_command(item, &due);
    buf_clear(&p->scratch);
    if (template_expand(&item->fields, p->setup->bindings, false, &p->scratch, NULL) == -1)
        return;
    buf_add_text(&p->scratch, "\r\n");
    if (item->kind == ITEM_SERVER)
        dialogue_server_line(p->d, p->scratch.data, p->scratch.len);
    else if (due.verb == VERB_RCPT) /* nobody was named: who is missing in the end is seen at "! rcpts" */
        dialogue_suppose(p->d, nobody, sizeof nobody - 1);
    else
        dialogue_suppose(p->d, p->scratch.data, p->scratch.len);
    if (item->kind == ITEM_CLIENT)
        play_reached(p, play_reached_by(due.verb));
}

/* The item further on that this line matches; PLAY_OVER: none before the transaction's text. */
static size_t later(const struct play *p, size_t first) {
    size_t i;

    for (i = first; i < p->t->item_count && may_pass(&p->t->items[i]); i++)
        if (i > first && p->t->items[i].kind == ITEM_CLIENT &&
            play_match(p, &p->t->items[i]).kind == MATCH_YES)
            return i;
    return PLAY_OVER;
}

static void pass_all(struct play *p, size_t from, size_t to) {
    dialogue_withdraw(p->d);
    for (; from < to; from++)
        pass(p, &p->t->items[from]);
}

static size_t steps_left_out(struct play *p, size_t due) {
    size_t to = later(p, due);

    if (to == PLAY_OVER)
        return PLAY_OVER;
    pass_all(p, due, to);
    play_note_reached(p);
    dialogue_suppose(p->d, p->line, p->line_len);
    return to + 1;
}

/* --- text without DATA --- */

/* A command would be followed by a wait for its reply. */
static bool goes_on_at_once(struct play *p) {
    size_t n;

    play_hear_out(p);
    stream_peek(p->s, &n);
    return n > 0;
}

/* The item behind C: DATA and its good reply. */
static size_t behind_data(const struct play *p, size_t i) {
    for (i++; i < p->t->item_count && may_pass(&p->t->items[i]); i++) {
    }
    return i;
}

static bool is_text(const struct play *p, size_t i) {
    return i < p->t->item_count &&
           (p->t->items[i].kind == ITEM_MESSAGE_LINE || p->t->items[i].kind == ITEM_MESSAGE_END);
}

/* Where DATA would have been refused the whole message is heard, and gets that reply. */
static size_t refuse_text(struct play *p, size_t due) {
    static const char go_on[] = "354 \r\n";

    pass_all(p, due, due + 1);
    dialogue_server_line(p->d, go_on, sizeof go_on - 1);
    return play_swallow(p) ? due + 1 : PLAY_OVER;
}

static size_t data_left_out(struct play *p, size_t due) {
    struct command typed, data;
    size_t text = behind_data(p, due);

    due_command(&p->t->items[due], &data);
    verb_parse(p->line, p->line_len, &typed);
    if (data.verb != VERB_DATA || typed.verb != VERB_UNKNOWN || !goes_on_at_once(p))
        return PLAY_OVER;
    if (text == due + 1)
        return refuse_text(p, due);
    pass_all(p, due, text);
    p->again = is_text(p, text); /* else we hang up in the middle of it */
    return text;
}

/* After a refusal, and where several lines may come, no one thing is due. */
size_t play_lenient(struct play *p, const struct candidates *c) {
    size_t next;

    if (c->count != 1 || dialogue_refused(p->d) || has_its_own_way(p))
        return PLAY_OVER;
    next = steps_left_out(p, c->list[0]);
    return next != PLAY_OVER ? next : data_left_out(p, c->list[0]);
}
