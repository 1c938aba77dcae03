/*
 * The client's command lines: which of those that may come did, and what to
 * answer if none (rules R4, R5, R6 and R9 of docs/transcripts.md).
 */
#include "play_internal.h"

#include <string.h>

#define STRIKES_MAX 2 /* R9: so many unmatched lines in a row end the play */
#define WORDS_MAX 1024

/* The checks between item i and the item taken, for blocks that were left out do not count. */
static void pass_checks(struct play *p, size_t i, size_t taken) {
    while (i < taken && i < p->t->item_count) {
        const struct item *item = &p->t->items[i];

        if (item->kind == ITEM_CHECK)
            play_check(p, i);
        if (item->optional && item->end <= taken)
            i = item->end;
        else if ((item->kind == ITEM_OPTIONAL || item->kind == ITEM_REPEAT) && item->end < taken)
            i = item->end + 1;
        else
            i++;
    }
}

/* --- matching --- */

size_t play_without_line_end(const char *line, size_t n) {
    while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
        n--;
    return n;
}

struct match_result play_match(const struct play *p, const struct item *item) {
    struct match_result r = {MATCH_NO, RULE_WRONG_COMMAND, 0};
    size_t n = play_without_line_end(p->line, p->line_len);

    if (item->kind == ITEM_CLIENT)
        return match_line(&item->fields, p->line, n, dialogue_ehlo(p->d), p->setup->bindings);
    if (match_exact(&item->fields, p->line, p->line_len, p->setup->bindings, &r.at)) {
        r.kind = MATCH_YES;
    } else if (match_line(&item->fields, p->line, n, dialogue_ehlo(p->d), p->setup->bindings).kind !=
               MATCH_NO) {
        r.kind = MATCH_DIFFERS;
        r.rule = RULE_NOT_THESE_BYTES;
    }
    return r;
}

/* The candidate that fits best: the first that matches, else the first that is the same command gone wrong. */
static size_t best(const struct play *p, const struct candidates *c, struct match_result *result) {
    size_t chosen = PLAY_OVER;
    size_t i;

    for (i = 0; i < c->count; i++) {
        struct match_result r = play_match(p, &p->t->items[c->list[i]]);

        if (r.kind == MATCH_NO || (r.kind == MATCH_DIFFERS && chosen != PLAY_OVER))
            continue;
        *result = r;
        chosen = c->list[i];
        if (r.kind != MATCH_DIFFERS)
            break;
    }
    return chosen;
}

/* --- noting a line --- */

/* The line as it may be shown: secrets as ***. */
void play_note_masked(struct play *p, const struct item *matched) {
    size_t from = 0;

    buf_clear(&p->scratch);
    if (matched != NULL && template_has(&matched->fields, FIELD_SECRET) &&
        template_expand(&matched->fields, p->setup->bindings, true, &p->scratch, NULL) == 0) {
        buf_add_text(&p->scratch, "\r\n");
        p->event = play_note_line(p, p->scratch.data, p->scratch.len);
    } else if (matched == NULL && dialogue_secret(p->d, p->line, p->line_len, &from)) {
        buf_add(&p->scratch, p->line, from);
        buf_add_text(&p->scratch, "***\r\n");
        p->event = play_note_line(p, p->scratch.data, p->scratch.len);
    } else {
        p->event = play_note_line(p, p->line, p->line_len);
    }
}

static const enum reached reached_by[VERB_COUNT] = {
    [VERB_EHLO] = REACHED_HELLO, [VERB_HELO] = REACHED_HELLO, [VERB_AUTH] = REACHED_AUTH,
    [VERB_MAIL] = REACHED_MAIL,  [VERB_RCPT] = REACHED_RCPT,  [VERB_DATA] = REACHED_DATA,
    [VERB_QUIT] = REACHED_QUIT,
};

enum reached play_reached_by(enum verb verb) {
    return reached_by[verb];
}

static enum verb verb_of(const struct play *p) {
    struct command command;

    verb_parse(p->line, p->line_len, &command);
    return command.verb;
}

void play_note_reached(struct play *p) {
    play_reached(p, REACHED_GREETING);
    if (dialogue_phase(p->d) != PHASE_AUTH)
        play_reached(p, reached_by[verb_of(p)]);
}

/* --- a line that matches --- */

static void blame(struct play *p, const struct candidates *c, enum rule rule, size_t at) {
    struct buf words;

    if (p->fails > 0) /* SMTP itself forbids the line: that is the cause, this only its shadow */
        return;
    buf_init(&words, WORDS_MAX);
    play_words(p, c, &words);
    play_found(p, rule, at, words.data);
    buf_free(&words);
}

static size_t matched(struct play *p, size_t taken, const struct match_result *r) {
    struct candidates only = {.count = 1, .list = {taken}, .without = PLAY_OVER};

    p->instead = PLAY_OVER;
    play_note_reached(p);
    play_note_masked(p, r->kind == MATCH_YES ? &p->t->items[taken] : NULL);
    play_feed(p); /* still with the strikes: our answer to the line before it was no real server's */
    p->strikes = 0;
    if (r->kind == MATCH_DIFFERS)
        blame(p, &only, r->rule, r->at);
    p->hello_in_one_line = r->kind == MATCH_SWAPPED_HELLO && verb_of(p) == VERB_HELO;
    if (r->kind == MATCH_INITIAL)
        return play_take_initial(p, taken, r->at);
    return taken + 1;
}

/* --- a line that does not --- */

static bool is_item_of(const struct play *p, size_t i, enum verb verb) {
    const struct item *item = &p->t->items[i];
    struct command command;

    verb_parse(item->text != NULL ? item->text : "", item->len, &command);
    return item->kind == ITEM_CLIENT && command.verb == verb;
}

/* The first C: line with that verb from item i on; PLAY_OVER: none. */
static size_t next_of(const struct play *p, size_t i, enum verb verb) {
    while (i < p->t->item_count && !is_item_of(p, i, verb))
        i++;
    return i < p->t->item_count ? i : PLAY_OVER;
}

/* The last MAIL before item i. */
static size_t own_mail(const struct play *p, size_t i) {
    size_t j = i;

    while (j > 0)
        if (is_item_of(p, --j, VERB_MAIL))
            return j;
    return i;
}

/*
 * RSET drops the transaction (R6): on with the next MAIL, and what the
 * transcript says of the message that will not come is judged now. If it was
 * the last, its own MAIL may come once more, or QUIT.
 */
static size_t after_reset(struct play *p, size_t i) {
    size_t next = next_of(p, i, VERB_MAIL);

    if (next == PLAY_OVER) {
        p->instead = next_of(p, i, VERB_QUIT);
        return own_mail(p, i);
    }
    pass_checks(p, i, next);
    return next;
}

static bool in_transaction(const struct play *p) {
    return dialogue_phase(p->d) == PHASE_MAIL || dialogue_phase(p->d) == PHASE_RCPT;
}

static bool has_standing_answer(const struct play *p, enum verb v) {
    return (v == VERB_NOOP || v == VERB_RSET || v == VERB_HELP || v == VERB_VRFY) &&
           verb_legal(v, dialogue_phase(p->d));
}

static void answer_standing(struct play *p, enum verb v) {
    const struct verb_info *info = verb_info(v);
    struct buf b;

    buf_init(&b, VERB_LINE_MAX);
    buf_addf(&b, "%d %s", info->standing, info->standing_text);
    play_answer(p, b.data);
    buf_free(&b);
}

/* R9: what the transcript says to unexpected lines, else what the verb table says. */
static void answer_unexpected(struct play *p, enum verb v) {
    buf_clear(&p->scratch);
    if (p->t->keys[KEY_UNEXPECTED] != NULL &&
        template_expand(&p->t->unexpected, p->setup->bindings, false, &p->scratch, NULL) == 0)
        play_answer(p, p->scratch.data);
    else
        answer_standing(p, v);
}

static size_t unmatched(struct play *p, size_t i, const struct candidates *c) {
    enum verb v = verb_of(p);
    size_t next;

    play_note_masked(p, NULL);
    if (has_standing_answer(p, v)) {
        bool drops = v == VERB_RSET && in_transaction(p);

        play_feed(p);
        answer_standing(p, v);
        return drops ? after_reset(p, i) : i;
    }
    next = play_misspelt(p, c);
    if (next == PLAY_OVER) {
        play_feed(p);
        if (p->strikes == 0)
            blame(p, c, RULE_WRONG_COMMAND, 0);
        next = play_lenient(p, c);
    }
    if (next != PLAY_OVER) {
        p->strikes = 0;
        play_note_taken(p, i, c->list[0]);
        return next;
    }
    p->strikes++;
    if (p->strikes >= STRIKES_MAX)
        return PLAY_OVER;
    answer_unexpected(p, v);
    p->out->improvised = p->out->improvised || v != VERB_QUIT;
    return v == VERB_QUIT ? PLAY_OVER : i; /* a server hangs up after QUIT, whenever it comes */
}

/* --- the client's turn --- */

bool play_is_client_hello(const struct play *p, const char *bytes, size_t n) {
    return n > 0 && (unsigned char)bytes[0] == PLAY_CLIENT_HELLO && !dialogue_in_tls(p->d);
}

static size_t judge(struct play *p, size_t i, size_t n, const struct candidates *c) {
    struct match_result r = {MATCH_NO, RULE_WRONG_COMMAND, 0};
    size_t taken, next;

    play_take(p, n);
    if (play_is_client_hello(p, p->line, n)) {
        play_found(p, RULE_TLS_TOO_EARLY, 0, NULL);
        return PLAY_OVER;
    }
    taken = best(p, c, &r);
    if (taken == PLAY_OVER)
        return unmatched(p, i, c);
    pass_checks(p, i, taken);
    play_note_taken(p, i, taken);
    next = matched(p, taken, &r);
    return r.kind == MATCH_NO_INITIAL ? play_ask_for_initial(p, taken) : next;
}

static bool only_quit(const struct play *p, const struct candidates *c) {
    size_t i;

    for (i = 0; i < c->count; i++) {
        struct command command;
        const struct item *item = &p->t->items[c->list[i]];

        verb_parse(item->text, item->len, &command);
        if (command.verb == VERB_QUIT)
            return true;
    }
    return false;
}

/* The client left. Clients leave without QUIT after a refusal, and nobody minds. */
static size_t left(struct play *p, const struct candidates *c, enum await why, const char *expected) {
    play_gone(p, why);
    if (c->without != PLAY_OVER && c->count > 0)
        return c->without;
    if (!only_quit(p, c))
        return play_end(p, why, expected);
    if (!dialogue_refused(p->d))
        play_found(p, RULE_NO_QUIT, 0, expected);
    return PLAY_OVER;
}

/* No line came. */
static size_t no_line(struct play *p, const struct candidates *c, enum await why) {
    struct buf words;
    size_t next;

    buf_init(&words, WORDS_MAX);
    play_words(p, c, &words);
    if (why == AWAIT_NOTHING && c->without != PLAY_OVER && c->count > 0)
        next = c->without;
    else if (why == AWAIT_CLOSED || why == AWAIT_RESET)
        next = left(p, c, why, words.data);
    else
        next = play_end(p, why, words.data);
    buf_free(&words);
    return next;
}

static size_t one_line(struct play *p, size_t i) {
    struct candidates c = play_candidates(p, i);
    size_t n = 0;
    enum await why = play_await(p, &n);

    if (play_skip_nuls(p) > 0)
        return i;
    if (p->out->log.event_count == LOG_EVENTS_MAX) { /* it would talk for ever */
        play_found(p, RULE_FLOOD, 0, NULL);
        return PLAY_OVER;
    }
    if (why == AWAIT_LINE || why == AWAIT_PART || (n > 0 && why == AWAIT_CLOSED))
        return judge(p, i, n, &c);
    return no_line(p, &c, why);
}

size_t play_client(struct play *p, size_t i) {
    size_t on = play_leave_blocks(p, i);

    return on == i ? one_line(p, i) : on;
}

size_t play_expect_close(struct play *p, size_t i) {
    struct candidates none = {.count = 0, .without = PLAY_OVER};
    size_t n = 0;
    enum await why = play_await_end(p, &n);

    if (why == AWAIT_CLOSED || why == AWAIT_RESET)
        return i + 1;
    if (why == AWAIT_LINE || why == AWAIT_PART)
        return judge(p, i, n, &none);
    return no_line(p, &none, why);
}
