/*
 * Where the play stands in @repeat and @any-order: blocks through which the
 * client finds its own way.
 *
 * One number an item says it all (p->done): of a @repeat how many rounds were
 * begun, of a C: line in an @any-order whether it has come. They are counted when a
 * line is taken, wherever it stands, and forgotten when the block is left.
 */
#include "play_internal.h"

static const struct item *item_at(const struct play *p, size_t i) {
    return &p->t->items[i];
}

static bool opens(enum item_kind kind) {
    return kind == ITEM_OPTIONAL || kind == ITEM_ANY_ORDER || kind == ITEM_CHOICE || kind == ITEM_OR ||
           kind == ITEM_REPEAT;
}

size_t play_block_around(const struct play *p, size_t i) {
    size_t b = i;

    while (b-- > 0)
        if (opens(item_at(p, b)->kind) && item_at(p, b)->end > i)
            return b;
    return PLAY_OVER;
}

/* The block that ends here. */
static size_t block_before(const struct play *p, size_t end) {
    size_t b = end;

    while (b-- > 0)
        if (opens(item_at(p, b)->kind) && item_at(p, b)->end == end)
            return b;
    return PLAY_OVER;
}

/* The block of that kind which item i opens, ends, or is a C: line of; PLAY_OVER: none. */
static size_t block_at(const struct play *p, size_t i, enum item_kind kind) {
    enum item_kind own = item_at(p, i)->kind;
    size_t b = own == kind                      ? i
               : own == ITEM_END                ? block_before(p, i)
               : play_is_command(item_at(p, i)) ? play_block_around(p, i)
                                                : PLAY_OVER;

    return b != PLAY_OVER && item_at(p, b)->kind == kind ? b : PLAY_OVER;
}

size_t play_any_order_at(const struct play *p, size_t i) {
    return block_at(p, i, ITEM_ANY_ORDER);
}

/* A C: line inside is just that: only the block's two ends ask for another round. */
size_t play_repeat_at(const struct play *p, size_t i) {
    return play_is_command(item_at(p, i)) ? PLAY_OVER : block_at(p, i, ITEM_REPEAT);
}

bool play_is_due(const struct play *p, size_t any, size_t i) {
    return play_is_command(item_at(p, i)) && play_block_around(p, i) == any && p->done[i] == 0;
}

static bool nothing_is_due(const struct play *p, size_t any) {
    for (size_t i = any + 1; i < item_at(p, any)->end; i++)
        if (play_is_due(p, any, i))
            return false;
    return true;
}

static void forget(struct play *p, size_t block) {
    for (size_t i = block; i < item_at(p, block)->end; i++)
        p->done[i] = 0;
}

size_t play_leave_blocks(struct play *p, size_t i) {
    size_t any = play_any_order_at(p, i);
    size_t repeat = item_at(p, i)->kind == ITEM_END ? play_repeat_at(p, i) : PLAY_OVER;
    size_t full = any != PLAY_OVER && nothing_is_due(p, any)                                 ? any
                  : repeat != PLAY_OVER && p->done[repeat] >= item_at(p, repeat)->number_max ? repeat
                                                                                             : PLAY_OVER;

    if (full == PLAY_OVER)
        return i;
    forget(p, full);
    return item_at(p, full)->end + 1;
}

static bool is_inside(const struct play *p, size_t block, size_t i) {
    return block < i && i < item_at(p, block)->end;
}

/* A round begins from outside, from either end of the block, or by going back in it. */
static bool begins_a_round(const struct play *p, size_t repeat, size_t from, size_t taken) {
    return !is_inside(p, repeat, from) || (taken < from && play_any_order_at(p, from) == PLAY_OVER);
}

void play_note_taken(struct play *p, size_t from, size_t taken) {
    size_t b;

    for (b = play_block_around(p, from); b != PLAY_OVER; b = play_block_around(p, b))
        if (!is_inside(p, b, taken))
            forget(p, b);
    if (item_at(p, from)->kind == ITEM_END && (b = block_before(p, from)) != PLAY_OVER &&
        !is_inside(p, b, taken))
        forget(p, b);
    for (b = play_block_around(p, taken); b != PLAY_OVER; b = play_block_around(p, b))
        if (item_at(p, b)->kind == ITEM_REPEAT && begins_a_round(p, b, from, taken))
            p->done[b]++;
    if (play_any_order_at(p, taken) != PLAY_OVER)
        p->done[taken] = 1;
}
