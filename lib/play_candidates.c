/*
 * Which client lines may come at a point of a transcript: blocks that may be
 * left out make it more than one.
 */
#include "play_internal.h"

static size_t collect(const struct play *p, size_t i, size_t stop, struct candidates *c);

static void add_candidate(struct candidates *c, size_t i) {
    if (c->count < CANDIDATES_MAX)
        c->list[c->count++] = i;
}

static void collect_arms(const struct play *p, size_t i, struct candidates *c) {
    while (p->t->items[i].kind != ITEM_END) {
        collect(p, i + 1, p->t->item_count, c);
        i = p->t->items[i].end;
    }
}

/* What is left of an @any-order. false: something of it must still come. */
static bool collect_any(const struct play *p, size_t any, struct candidates *c) {
    bool may_go_on = true;

    for (size_t i = any + 1; i < p->t->items[any].end; i++)
        if (play_is_due(p, any, i)) {
            add_candidate(c, i);
            may_go_on = may_go_on && p->t->items[i].optional;
        }
    return may_go_on;
}

/* One more round, if there can be one. false: there must be one. */
static bool collect_round(const struct play *p, size_t repeat, struct candidates *c) {
    const struct item *block = &p->t->items[repeat];

    if (p->done[repeat] < block->number_max)
        collect(p, repeat + 1, block->end, c);
    return p->done[repeat] >= block->number;
}

static size_t end_of_choice(const struct play *p, size_t i) {
    while (p->t->items[i].kind == ITEM_OR)
        i = p->t->items[i].end;
    return i;
}

static bool silent(enum item_kind kind) {
    return kind == ITEM_BLANK || kind == ITEM_COMMENT || kind == ITEM_CHECK || kind == ITEM_END;
}

bool play_is_command(const struct item *item) {
    return item->kind == ITEM_CLIENT || item->kind == ITEM_CLIENT_EXACT;
}

/*
 * All C: items that can come next from item i on, passing over what may be
 * left out, up to item `stop`. Returns where the play can go on without any
 * line: the first item that is not the client's, or PLAY_OVER if a line must come.
 */
static size_t collect(const struct play *p, size_t i, size_t stop, struct candidates *c) {
    for (; i < stop; i++) {
        const struct item *item = &p->t->items[i];
        size_t any = play_any_order_at(p, i);
        size_t repeat = play_repeat_at(p, i);

        if (item->kind == ITEM_OR) {
            i = end_of_choice(p, i);
        } else if (any != PLAY_OVER) {
            if (!collect_any(p, any, c))
                return PLAY_OVER;
            i = p->t->items[any].end;
        } else if (repeat != PLAY_OVER) {
            if (!collect_round(p, repeat, c))
                return PLAY_OVER;
            i = p->t->items[repeat].end;
        } else if (play_is_command(item)) {
            add_candidate(c, i);
            if (!item->optional)
                return PLAY_OVER;
            i = item->end - 1;
        } else if (item->kind == ITEM_OPTIONAL) {
            collect(p, i + 1, p->t->item_count, c);
            i = item->end;
        } else if (item->kind == ITEM_CHOICE) {
            collect_arms(p, i, c);
            return PLAY_OVER;
        } else if (!silent(item->kind)) {
            break;
        }
    }
    return i;
}

struct candidates play_candidates(const struct play *p, size_t i) {
    struct candidates c = {.count = 0, .without = PLAY_OVER};

    c.without = collect(p, i, p->t->item_count, &c);
    if (p->instead != PLAY_OVER)
        add_candidate(&c, p->instead);
    return c;
}

void play_words(const struct play *p, const struct candidates *c, struct buf *out) {
    size_t i;

    for (i = 0; i < c->count; i++) {
        const struct item *item = &p->t->items[c->list[i]];
        size_t before;

        if (i > 0)
            buf_add_text(out, " or ");
        before = out->len;
        if (template_expand(&item->fields, p->setup->bindings, true, out, NULL) == -1) {
            out->len = before; /* a name still to be bound: the line as the transcript has it */
            buf_add_text(out, item->text);
        }
    }
    if (c->count == 0) /* @expect-close */
        buf_add_text(out, "nothing more: you hang up here");
}
