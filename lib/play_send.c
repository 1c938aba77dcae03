/*
 * The server's lines: a run of S: items leaves in one write, or cut into pieces
 * as @write, @hold and @gap ask. Before each piece it looks for client bytes
 * that came too early.
 *
 * Where it can be proved what the client does, no reply begins before it is seen
 * waiting: whether it sends too early is then no question of who is faster.
 */
#include "play_internal.h"

#include "encode.h"
#include "reply.h"
#include "syntax.h"

#include <string.h>

#define RUN_MAX (64UL << 20) /* bytes of one S: run: an endless reply must fit */
#define SO_FAR_MAX 40        /* bytes of it shown when a client did not wait for the rest */

/* Every line of what was sent, to the dialogue. */
static void tell_dialogue(struct play *p, const char *bytes, size_t n) {
    while (n > 0) {
        const char *lf = memchr(bytes, '\n', n);
        size_t len = lf != NULL ? (size_t)(lf - bytes) + 1 : n;

        dialogue_server_line(p->d, bytes, len);
        bytes += len;
        n -= len;
    }
}

static void write_piece(struct play *p, const char *bytes, size_t n) {
    struct err ignored; /* the client has gone: the next wait for it says so */

    if (stream_write(p->s, bytes, n, &ignored) == -1 || stream_flush(p->s, &ignored) == -1)
        p->gone = true;
}

/* For a client that spoke too soon: how much of the reply it had. */
static void say_so_far(struct play *p, const char *sent, size_t n) {
    size_t start = n > SO_FAR_MAX ? n - SO_FAR_MAX : 0;

    buf_clear(&p->may);
    if (n == 0) {
        buf_add_text(&p->may, "nothing yet: the reply had not come");
        return;
    }
    buf_addf(&p->may, "nothing yet: the reply so far was \"%s", start > 0 ? "..." : "");
    encode_escaped(&p->may, sent + start, n - start);
    buf_add_char(&p->may, '"');
}

/* What has arrived although a reply is owed, of which n bytes are sent. true: lines that should have waited. */
static bool check_early(struct play *p, const char *sent, size_t n) {
    struct err ignored;
    const char *bytes;
    size_t unread;

    stream_fill(p->s, 0, &ignored);
    play_skip_nuls(p);
    bytes = stream_peek(p->s, &unread);
    p->line = NULL;
    p->event = LOG_NO_EVENT;
    say_so_far(p, sent, n);
    if (play_is_client_hello(p, bytes, unread))
        play_found(p, RULE_TLS_TOO_EARLY, 0, NULL);
    else
        return dialogue_early(p->d, bytes, unread, n > 0);
    return false;
}

/*
 * Who has gone on without a reply takes it for the answer to the next line, and
 * from then on every one for that of a line before. So it is kept back from a
 * client that sent one command more, or its text without 354, and rests then. A
 * whole group of commands is another thing: who sends one reads all its replies.
 */
static bool forgot_to_wait(struct play *p) {
    enum verb to = VERB_UNKNOWN;
    const char *bytes;
    size_t n;

    if (p->setup->watch == NULL)
        return false;
    play_hear_out(p);
    bytes = stream_peek(p->s, &n);
    if (dialogue_owes_reply(p->d, &to) && to == VERB_DATA && dialogue_phase(p->d) == PHASE_RCPT)
        return true;
    p->in_group = p->in_group || syntax_line_ends(bytes, n) > 1;
    return !p->in_group;
}

static size_t piece_length(const struct item *cut, size_t which, size_t left) {
    long wanted = cut != NULL && which < cut->piece_count ? cut->pieces[which] : -1;

    return wanted < 0 || (size_t)wanted > left ? left : (size_t)wanted;
}

/* Send bytes as @write, @hold and @gap ask. false: they are kept back. */
static bool send_pieces(struct play *p, const char *bytes, size_t n) {
    size_t done = 0;
    size_t which = 0;

    while (done < n) {
        size_t len = piece_length(p->cut, which++, n - done);
        bool early;

        if (p->hold)
            play_hold(p);
        else if (done > 0 && p->gap_ms > 0)
            play_pause(p, p->gap_ms);
        else if (done == 0)
            play_hold_briefly(p);
        early = check_early(p, bytes, done);
        if (early && done == 0 && forgot_to_wait(p))
            return buf_add(&p->unsaid, bytes, n) == -1;
        p->in_group = p->in_group && early;
        write_piece(p, bytes + done, len);
        done += len;
    }
    return true;
}

/* The same, and what they asked is forgotten. Returns what the log calls it. */
static enum event_kind send_cut(struct play *p, const char *bytes, size_t n) {
    bool sent = !p->gone && send_pieces(p, bytes, n);

    p->cut = NULL;
    p->hold = false;
    p->gap_ms = 0;
    return sent ? EVENT_SERVER : EVENT_UNSAID;
}

static bool in_run(enum item_kind kind) {
    return kind == ITEM_SERVER || kind == ITEM_SERVER_RAW || kind == ITEM_BLANK || kind == ITEM_COMMENT;
}

/* R4: HELO gets the first line of EHLO's reply, as a last line. */
static void only_first_line(struct buf *run) {
    char *lf = memchr(run->data, '\n', run->len);

    if (lf != NULL)
        run->len = (size_t)(lf - run->data) + 1;
    if (run->len > 3 && run->data[3] == '-')
        run->data[3] = ' ';
}

/* One item's bytes, secrets shown or masked. */
static int server_bytes(const struct play *p, const struct item *item, bool masked, struct buf *out) {
    if (template_expand(&item->fields, p->setup->bindings, masked, out, p->e) == -1)
        return -1;
    if (item->kind == ITEM_SERVER_RAW || buf_add(out, "\r\n", 2) == 0)
        return 0;
    return err_set(p->e, ERR_LIMIT, "%s:%u: the reply is too long", p->t->name, item->line);
}

/* The bytes of the run that starts at item i, and the item after it. */
static size_t gather_run(struct play *p, size_t i, struct buf *run) {
    for (; i < p->t->item_count && in_run(p->t->items[i].kind); i++) {
        const struct item *item = &p->t->items[i];

        if (item->kind != ITEM_SERVER && item->kind != ITEM_SERVER_RAW)
            continue;
        if (server_bytes(p, item, false, run) == -1)
            return play_trouble(p);
    }
    return i;
}

static void note_server(struct play *p, enum event_kind kind, unsigned line, const char *bytes, size_t n) {
    log_event(&p->out->log, kind, line, dialogue_in_tls(p->d), bytes, n);
}

static int note_run(struct play *p, enum event_kind kind, size_t i, size_t end) {
    bool one_line = p->hello_in_one_line;

    for (; i < end; i++) {
        const struct item *item = &p->t->items[i];

        if (item->kind != ITEM_SERVER && item->kind != ITEM_SERVER_RAW)
            continue;
        buf_clear(&p->scratch);
        if (server_bytes(p, item, true, &p->scratch) == -1)
            return -1;
        if (one_line)
            only_first_line(&p->scratch);
        note_server(p, kind, item->line, p->scratch.data, p->scratch.len);
        if (one_line)
            break;
    }
    return 0;
}

static void note_accepted(struct play *p) {
    enum verb verb;
    int code = dialogue_last_reply(p->d, &verb);

    if (verb == VERB_DATA && reply_class(code) == 2)
        play_reached(p, REACHED_ACCEPTED);
}

/* Who has left without listening may have said a lot before: that is judged as if we had answered. */
static bool has_said_more(const struct play *p) {
    size_t n;

    stream_peek(p->s, &n);
    return n > 0;
}

size_t play_send(struct play *p, size_t i) {
    struct buf run;
    size_t end;

    buf_init(&run, RUN_MAX);
    end = gather_run(p, i, &run);
    if (end != PLAY_OVER && p->hello_in_one_line)
        only_first_line(&run);
    if (end != PLAY_OVER && (!p->gone || has_said_more(p))) {
        enum event_kind kind = send_cut(p, run.data, run.len);

        tell_dialogue(p, run.data, run.len);
        if (note_run(p, kind, i, end) == -1)
            end = play_trouble(p);
        note_accepted(p);
    }
    p->hello_in_one_line = false;
    buf_free(&run);
    return end;
}

void play_answer(struct play *p, const char *reply) {
    struct buf line;

    buf_init(&line, REPLY_LINE_MAX * 2);
    if (buf_add_text(&line, reply) == 0 && buf_add(&line, "\r\n", 2) == 0) {
        play_hold_briefly(p);
        check_early(p, "", 0);
        write_piece(p, line.data, line.len);
        tell_dialogue(p, line.data, line.len);
        note_server(p, EVENT_SERVER, 0, line.data, line.len);
    }
    buf_free(&line);
}
