/*
 * AUTH with and without an initial response are one login (R5): whichever the client chose, the play goes on where
 * both arrive.
 */
#include "play_internal.h"

#include <string.h>

/* The line had the initial response that the transcript has on its next C: line: on behind that one. */
size_t play_take_initial(struct play *p, size_t taken, size_t at) {
    struct match_result r;
    const char *whole = p->line;
    size_t whole_len = p->line_len;
    size_t i = taken + 1;

    while (i < p->t->item_count && p->t->items[i].kind != ITEM_CLIENT)
        i++;
    if (i == p->t->item_count)
        return taken + 1;
    p->line = whole + at;
    p->line_len = whole_len - at;
    r = play_match(p, &p->t->items[i]);
    p->line = whole;
    p->line_len = whole_len;
    if (r.kind == MATCH_NO || r.kind == MATCH_DIFFERS)
        play_found(p, RULE_WRONG_CREDENTIALS, at, NULL);
    return i + 1;
}

/* A reply that asks: one line, 334. */
static bool asks(const struct item *item) {
    return item->kind == ITEM_SERVER && item->len >= 3 && memcmp(item->text, "334", 3) == 0;
}

/*
 * In the transcript the server has the initial response and asks for it all the same. Our own 334 was that question, if the
 * line just heard is what should follow it: on behind its C: line.
 */
static size_t behind_the_same_question(const struct play *p, size_t next) {
    const struct item *item = &p->t->items[next];
    bool again = next + 1 < p->t->item_count && asks(item) && item[1].kind == ITEM_CLIENT &&
                 play_match(p, item + 1).kind == MATCH_YES;

    return again ? next + 2 : next;
}

/* The transcript has an initial response, the line had none: ask for it, and judge both as one line. */
size_t play_ask_for_initial(struct play *p, size_t taken) {
    struct buf joined;
    struct match_result r;
    size_t n = 0, next;
    enum await why;

    buf_init(&joined, PLAY_LINE_MAX + VERB_LINE_MAX);
    buf_add(&joined, p->line, play_without_line_end(p->line, p->line_len));
    buf_add_char(&joined, ' ');
    play_answer(p, "334 ");
    why = play_await(p, &n);
    if (why != AWAIT_LINE && why != AWAIT_PART) {
        buf_free(&joined);
        return play_end(p, why, "the response to 334");
    }
    play_take(p, n);
    play_note_masked(p, NULL);
    play_feed(p);
    next = behind_the_same_question(p, taken + 1);
    buf_add(&joined, p->line, p->line_len);
    p->line = joined.data;
    p->line_len = joined.len;
    r = play_match(p, &p->t->items[taken]);
    if (r.kind != MATCH_YES)
        play_found(p, RULE_WRONG_CREDENTIALS, 0, NULL);
    p->line = NULL;
    buf_free(&joined);
    return next;
}
