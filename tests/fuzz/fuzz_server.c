/*
 * server: any bytes from a client. The first two bytes set the server up ("@@" is the usual one), the rest is the session.
 *
 * It is fed whole, in two pieces, and byte by byte; what is said and delivered must not depend on that. Every reply
 * must be one, every message is either committed or abandoned, and what DATA delivered must be the bytes between
 * 354 and the final dot, dots undone: those that `dot`, which reads line by line, finds.
 */
#include "fuzz.h"

#include "../../lib/address.h"
#include "../../lib/dot.h"
#include "../../lib/reply.h"
#include "../../lib/server.h"

#include <string.h>

#define ROOM ((size_t)16 << 20)
#define INPUT_MAX 16384 /* feeding byte by byte takes its time */

struct session {
    struct server *server;
    struct buf out;
    struct buf rest; /* fed, and not taken */
    struct buf said;
    struct buf message; /* under way */
    struct buf delivered;
    size_t fed;
    size_t began; /* where the message began: how much had been fed */
    bool open;
    bool by_data;
    enum server_act act;
    const char *bytes; /* all that is fed, if byte by byte; else NULL */
};

/* --- the host --- */

static int message_open(void *arg, const struct server_envelope *envelope) {
    struct session *x = arg;

    CHECK(!x->open && envelope->recipient_count > 0);
    CHECK(strlen(envelope->from) <= ADDRESS_PATH_MAX);
    for (size_t i = 0; i < envelope->recipient_count; i++)
        CHECK(envelope->recipients[i][0] != '\0');
    x->open = true;
    x->began = x->fed;
    buf_clear(&x->message);
    return 0;
}

static int message_write(void *arg, const char *bytes, size_t n) {
    struct session *x = arg;

    CHECK(x->open && n > 0);
    x->by_data = server_phase(x->server) == PHASE_DATA;
    return buf_add(&x->message, bytes, n);
}

/* Byte by byte we know where on the wire the message began and ended. */
static void check_wire(const struct session *x) {
    const char *wire = x->bytes + x->began;
    size_t n = x->fed - x->began;
    struct buf plain;

    buf_init(&plain, ROOM);
    CHECK(dot_end(wire, n) == n);
    CHECK(dot_unstuff(&plain, wire, n - 3) == 0);
    CHECK(plain.len == x->message.len && memcmp(plain.data, x->message.data, plain.len) == 0);
    buf_free(&plain);
}

static int message_commit(void *arg, const struct server_envelope *envelope, char id[SERVER_ID_MAX]) {
    struct session *x = arg;

    CHECK(x->open);
    x->open = false;
    if (x->bytes != NULL && server_phase(x->server) == PHASE_DATA)
        check_wire(x);
    strcpy(id, "id");
    CHECK(buf_addf(&x->delivered, "%s %zu ", envelope->from, envelope->recipient_count) == 0);
    return buf_add(&x->delivered, x->message.data, x->message.len);
}

static void message_abandon(void *arg) {
    struct session *x = arg;

    CHECK(x->open);
    x->open = false;
}

/* --- how it is set up --- */

static const char *const faults[] = {"",         "rcpt:2=451",   "any=delay:1",       "dot=drop",
                                     "data=250", "bdat:2=451",   "greeting=554",      "starttls=strip",
                                     "mail=421", "dot=tear:2",   "noop=reset",        "starttls=inject",
                                     "vrfy=999", "rcpt=stall*3", "handshake=delay:3", "auth:2=454*1"};

static void set_up(struct server_config *c, uint8_t one, uint8_t two) {
    *c = (struct server_config){.name = "mail.example.test",
                                .tls = (one & 1) != 0,
                                .auth_in_clear = (one & 2) == 0,
                                .auth_required = (one & 4) != 0,
                                .size_max = (one & 8) != 0 ? 50 : 0,
                                .auth = SERVER_AUTH_ALL,
                                .user = "alice",
                                .password = "secret",
                                .weak = (two >> 4) & 3U};
    if ((one & 16) != 0)
        c->weak |= SERVER_WEAK_HEADER_INJECTION;
    if ((two & 15) != 0)
        CHECK(faults_add(&c->faults, faults[two & 15], NULL) == 0);
}

/* --- a session --- */

static void begin(struct session *x, const struct server_config *config, struct server_host *host,
                  const char *bytes) {
    *x = (struct session){.bytes = bytes};
    *host = (struct server_host){.arg = x,
                                 .message_open = message_open,
                                 .message_write = message_write,
                                 .message_commit = message_commit,
                                 .message_abandon = message_abandon};
    buf_init(&x->out, SERVER_OUT_MAX);
    buf_init(&x->rest, ROOM);
    buf_init(&x->said, ROOM);
    buf_init(&x->message, ROOM);
    buf_init(&x->delivered, ROOM);
    x->server = server_new(config, host);
    CHECK(x->server != NULL);
    x->act = server_greet(x->server, false, &x->said);
}

static bool is_over(const struct session *x) {
    return x->act == SERVER_CLOSE || x->act == SERVER_RESET || x->act == SERVER_STALL;
}

static void feed(struct session *x, const char *bytes, size_t n) {
    bool moved = true;

    CHECK(buf_add(&x->rest, bytes, n) == 0);
    x->fed += n;
    while (moved && !is_over(x)) {
        size_t taken = 0;

        buf_clear(&x->out);
        x->act = server_feed(x->server, x->rest.data, x->rest.len, &taken, &x->out);
        CHECK(taken <= x->rest.len);
        CHECK(x->act != SERVER_PACED || server_pace(x->server).at <= x->out.len);
        CHECK(buf_add(&x->said, x->out.data, x->out.len) == 0);
        buf_take(&x->rest, taken);
        moved = taken > 0 || x->out.len > 0 || x->act != SERVER_MORE;
        if (x->act == SERVER_STARTTLS)
            server_tls_started(x->server);
    }
    if (!is_over(x))
        CHECK(x->rest.len <= SERVER_LINE_MAX);
}

/* Nothing but replies, each line of at most 512 octets. */
static void check_replies(const struct buf *said, bool nonsense_allowed) {
    const char *at = said->data;
    size_t left = said->len;
    struct reply_line line;

    CHECK(memchr(said->data, '\0', said->len) == NULL);
    while (left > 0) {
        const char *lf = memchr(at, '\n', left);
        size_t n;

        CHECK(lf != NULL && lf > at && lf[-1] == '\r' && lf + 1 - at <= REPLY_LINE_MAX);
        n = (size_t)(lf + 1 - at);
        CHECK(nonsense_allowed || reply_line_parse(at, n, &line) == (int)n);
        at += n;
        left -= n;
    }
}

static void end(struct session *x) {
    struct server_summary sum;

    server_summarize(x->server, &sum);
    CHECK(sum.hello != NULL && sum.last != NULL && sum.refused <= sum.commands + 1000);
    server_free(x->server);
    CHECK(!x->open);
    buf_free(&x->out);
    buf_free(&x->rest);
    buf_free(&x->said);
    buf_free(&x->message);
    buf_free(&x->delivered);
}

static void check_same(const struct session *a, const struct session *b) {
    CHECK(a->said.len == b->said.len && memcmp(a->said.data, b->said.data, a->said.len) == 0);
    CHECK(a->delivered.len == b->delivered.len &&
          memcmp(a->delivered.data, b->delivered.data, a->delivered.len) == 0);
    CHECK(a->act == b->act);
}

/* Where to cut: anywhere, but the same input is always cut at the same place. */
static size_t place_to_cut(const char *bytes, size_t n) {
    size_t hash = n;

    for (size_t i = 0; i < n; i++)
        hash = hash * 31 + (unsigned char)bytes[i];
    return n > 0 ? hash % n : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    struct server_config config;
    struct server_host hosts[3];
    struct session whole, halves, single;
    const char *bytes = (const char *)data + 2;
    size_t cut;

    if (n < 2 || n > INPUT_MAX)
        return 0;
    n -= 2;
    set_up(&config, data[0], data[1]);
    begin(&whole, &config, &hosts[0], NULL);
    begin(&halves, &config, &hosts[1], NULL);
    begin(&single, &config, &hosts[2], (config.weak & SERVER_WEAK_SMUGGLING) == 0 ? bytes : NULL);
    feed(&whole, bytes, n);
    cut = place_to_cut(bytes, n);
    feed(&halves, bytes, cut);
    feed(&halves, bytes + cut, n - cut);
    for (size_t i = 0; i < n; i++)
        feed(&single, bytes + i, 1);
    check_replies(&single.said, (data[1] & 15) == 12);
    check_replies(&whole.said, (data[1] & 15) == 12);
    /* STARTTLS with bytes behind it is refused, and whether they are there depends on how they come */
    if (!config.tls || (config.weak & SERVER_WEAK_STARTTLS_INJECTION) != 0) {
        check_same(&whole, &halves);
        check_same(&whole, &single);
    }
    end(&whole);
    end(&halves);
    end(&single);
    return 0;
}
