/* The @words of a transcript: one row each, with the parser of its arguments. */
#include "transcript_internal.h"

#include <stdlib.h>
#include <string.h>

static int no_arguments(struct parse *p, struct item *it, const struct words *w) {
    (void)it;
    return parse_end(p, w, 0);
}

/* --- delivery --- */

static int parse_duration(struct parse *p, struct item *it, const struct words *w) {
    static const char what[] = "a time, 300ms or 5s";
    if (parse_need(p, w, 1, what) != 0 || parse_end(p, w, 1) != 0)
        return -1;
    const struct word *d = &w->list[1];
    const char *unit = p->line + d->at + d->len;
    bool ms = d->len > 2 && memcmp(unit - 2, "ms", 2) == 0;
    bool seconds = !ms && d->len > 1 && unit[-1] == 's';
    if (!ms && !seconds)
        return parse_expected(p, d->at, what);
    long scale = ms ? 1 : 1000;
    if (parse_number(p, d->at, d->len - (ms ? 2 : 1), 0, TRANSCRIPT_WAIT_MAX / scale, &it->number) != 0)
        return -1;
    it->number *= scale;
    return 0;
}

/* Lengths with commas between; "*" is the rest and comes last. */
static int parse_write(struct parse *p, struct item *it, const struct words *w) {
    if (parse_need(p, w, 1, "lengths with commas between, 1,5,*") != 0 || parse_end(p, w, 1) != 0)
        return -1;
    size_t at = w->list[1].at, end = at + w->list[1].len;
    for (;;) {
        const char *comma = memchr(p->line + at, ',', end - at);
        size_t n = comma ? (size_t)(comma - p->line) - at : end - at;
        if (it->piece_count == TRANSCRIPT_PIECES_MAX)
            return parse_expected(p, at, "at most 64 lengths");
        long *piece = &it->pieces[it->piece_count++];
        if (n == 1 && p->line[at] == '*' && comma == NULL)
            *piece = -1;
        else if (parse_number(p, at, n, 1, (long)TRANSCRIPT_FILE_MAX, piece) != 0)
            return -1;
        if (comma == NULL)
            return 0;
        at += n + 1;
    }
}

/* --- TLS --- */

static const char *cert_at(const void *from, size_t i) {
    (void)from;
    return transcript_certs[i];
}

static int parse_cert(struct parse *p, struct item *it, const struct word *w) {
    static const char prefix[] = "cert=";
    size_t skip = sizeof prefix - 1;
    if (w->len < skip || memcmp(p->line + w->at, prefix, skip) != 0)
        return parse_expected(p, w->at, "cert=good or another certificate");
    struct word name = {w->at + skip, w->len - skip};
    for (int i = 0; transcript_certs[i] != NULL; i++) {
        if (!word_is(p, &name, transcript_certs[i]))
            continue;
        it->cert = i;
        return 0;
    }
    return parse_unknown(p, name.at, name.len,
                         "good, expired, self-signed, wrong-host, unknown-ca or cn-only", cert_at);
}

static int parse_tls(struct parse *p, struct item *it, const struct words *w) {
    static const struct {
        const char *name;
        enum item_kind kind;
    } ways[] = {{"start", ITEM_TLS_START},
                {"immediate", ITEM_TLS_IMMEDIATE},
                {"expect-abort", ITEM_TLS_EXPECT_ABORT}};
    static const char what[] = "start, immediate or expect-abort";
    if (parse_need(p, w, 1, what) != 0)
        return -1;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (!word_is(p, &w->list[1], ways[i].name))
            continue;
        it->kind = ways[i].kind;
        if (it->kind != ITEM_TLS_EXPECT_ABORT && w->count > 2)
            return parse_cert(p, it, &w->list[2]) != 0 ? -1 : parse_end(p, w, 2);
        return parse_end(p, w, 1);
    }
    return parse_expected(p, w->list[1].at, what);
}

/* --- the table --- */

/* What may stand where a message is due or has begun. */
enum in_message {
    KEEPS, /* delivery of replies: the message goes on */
    ENDS,  /* only before the first line of the message: then there will be none */
    CUTS   /* there too, or inside the message, which breaks off */
};

static const struct at_word {
    const char *name;
    enum item_kind kind;
    enum in_message message;
    parse_word_fn *parse;
} at_words[] = {
    {"stdin", ITEM_STDIN, ENDS, parse_stdin_block},
    {"file", ITEM_FILE, ENDS, parse_file_block},
    {"optional", ITEM_OPTIONAL, ENDS, parse_block},
    {"any-order", ITEM_ANY_ORDER, ENDS, parse_block},
    {"choice", ITEM_CHOICE, ENDS, parse_block},
    {"or", ITEM_OR, ENDS, parse_or},
    {"repeat", ITEM_REPEAT, ENDS, parse_repeat},
    {"end", ITEM_END, ENDS, parse_block_end},
    {"connection", ITEM_CONNECTION, ENDS, parse_connection},
    {"wait", ITEM_WAIT, KEEPS, parse_duration},
    {"write", ITEM_WRITE, KEEPS, parse_write},
    {"hold", ITEM_HOLD, KEEPS, no_arguments},
    {"gap", ITEM_GAP, KEEPS, parse_duration},
    {"tls", ITEM_TLS_START, ENDS, parse_tls},
    {"close", ITEM_CLOSE, CUTS, no_arguments},
    {"reset", ITEM_RESET, CUTS, no_arguments},
    {"stall", ITEM_STALL, ENDS, parse_duration},
    {"expect-close", ITEM_EXPECT_CLOSE, ENDS, no_arguments},
};

#define AT_WORDS (sizeof at_words / sizeof *at_words)

static const char *at_word_at(const void *from, size_t i) {
    (void)from;
    return i < AT_WORDS ? at_words[i].name : NULL;
}

static int parse_row(struct parse *p, const struct at_word *row, const struct words *w) {
    if (row->message == ENDS && p->message == MESSAGE_BEGUN)
        return parse_fail(p, p->line_number, 1,
                          "the message that begins on line %u is not ended: expected \"C: .\", found @%s",
                          p->message_line, row->name);
    if (row->message == CUTS)
        parse_cut_message(p);
    else if (row->message == ENDS)
        p->message = MESSAGE_NONE;
    struct item *it = parse_new_item(p, row->kind);
    if (it == NULL)
        return -1;
    bool raw = row->kind == ITEM_STDIN || row->kind == ITEM_FILE;
    if (!raw && parse_canonical(p, it, "@", w) != 0)
        return -1;
    return row->parse(p, it, w);
}

int parse_at_line(struct parse *p) {
    struct words w;
    if (parse_words(p, 1, &w) != 0)
        return -1;
    if (w.count == 0)
        return parse_expected(p, p->len, "a word behind @");
    for (size_t i = 0; i < AT_WORDS; i++)
        if (word_is(p, &w.list[0], at_words[i].name))
            return parse_row(p, &at_words[i], &w);
    return parse_unknown(p, w.list[0].at, w.list[0].len,
                         "a word of the language behind @ (docs/transcripts.md lists them)", at_word_at);
}
