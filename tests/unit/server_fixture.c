/* See server_fixture.h. */
#include "server_fixture.h"

#include <stdlib.h>

#define ROOM ((size_t)64 << 20)

/* --- the host --- */

static int message_open(void *arg, const struct server_envelope *envelope) {
    struct lab *lab = arg;

    assert_false(lab->open);
    assert_true(envelope->recipient_count > 0);
    lab->opened++;
    if ((int)lab->opened == lab->fail_open)
        return -1;
    lab->open = true;
    buf_clear(&lab->message);
    return 0;
}

static int message_write(void *arg, const char *bytes, size_t n) {
    struct lab *lab = arg;

    assert_true(lab->open);
    assert_true(n > 0);
    lab->writes++;
    if ((int)lab->writes == lab->fail_write)
        return -1;
    return buf_add(&lab->message, bytes, n);
}

static int message_commit(void *arg, const struct server_envelope *envelope, char id[SERVER_ID_MAX]) {
    struct lab *lab = arg;

    assert_true(lab->open);
    lab->open = false;
    lab->committed++;
    if ((int)lab->committed == lab->fail_commit)
        return -1;
    strcpy(id, "id");
    buf_addf(&lab->delivered, "%s>", envelope->from);
    for (size_t i = 0; i < envelope->recipient_count; i++)
        buf_addf(&lab->delivered, "%s%s", i > 0 ? "," : "", envelope->recipients[i]);
    buf_add_char(&lab->delivered, ':');
    buf_add(&lab->delivered, lab->message.data, lab->message.len);
    return buf_add_char(&lab->delivered, '|');
}

static void message_abandon(void *arg) {
    struct lab *lab = arg;

    assert_true(lab->open); /* once, and never after commit */
    lab->open = false;
    lab->abandoned++;
}

static bool spent(void *arg, size_t index, unsigned times) {
    struct lab *lab = arg;

    return lab->times[index]++ >= times;
}

/* RFC 2195's own example. */
static void nonce(void *arg, char text[SERVER_ID_MAX]) {
    (void)arg;
    strcpy(text, "1896.697170952");
}

/* --- the caller --- */

static const char *const acts[] = {"", "<paced>", "<starttls>", "<close>", "<reset>", "<stall>"};

/* Replies end in CR LF, all of them. */
static void note_said(struct lab *lab, const struct buf *out) {
    for (size_t i = 0; i < out->len; i++) {
        assert_int_equal(out->data[i] == '\n', i > 0 && out->data[i - 1] == '\r');
        if (out->data[i] != '\r')
            buf_add_char(&lab->said, out->data[i]);
    }
}

static void note_act(struct lab *lab, const struct buf *out) {
    struct server_pace pace = server_pace(lab->server);

    if (lab->act != SERVER_RESET)
        note_said(lab, out);
    if (lab->act == SERVER_PACED && (pace.delay_ms > 0 || pace.piece > 0))
        buf_addf(&lab->said, "<%zu %dms %zu>", pace.at, pace.delay_ms, pace.piece);
    else if (lab->act != SERVER_PACED)
        buf_add_text(&lab->said, acts[lab->act]);
}

void lab_feed(struct lab *lab, const char *bytes, size_t n) {
    size_t taken = 0;
    bool moved = true;

    assert_int_equal(buf_add(&lab->rest, bytes, n), 0);
    while (moved && lab->act != SERVER_CLOSE && lab->act != SERVER_RESET && lab->act != SERVER_STALL) {
        struct buf out;

        buf_init(&out, lab->out_max);
        lab->act = server_feed(lab->server, lab->rest.data, lab->rest.len, &taken, &out);
        assert_true(taken <= lab->rest.len);
        note_act(lab, &out);
        buf_take(&lab->rest, taken);
        moved = taken > 0 || out.len > 0 || lab->act != SERVER_MORE;
        buf_free(&out);
        if (lab->act == SERVER_STARTTLS)
            server_tls_started(lab->server);
        if (lab->act == SERVER_MORE && !moved)
            assert_true(lab->rest.len <= SERVER_LINE_MAX);
    }
}

void lab_init(struct lab *lab) {
    *lab = (struct lab){.out_max = SERVER_OUT_MAX};
    lab->config = (struct server_config){.name = "mail.example.test",
                                         .tls = true,
                                         .auth_in_clear = true,
                                         .auth = SERVER_AUTH_ALL,
                                         .user = "alice",
                                         .password = "secret"};
    lab->host = (struct server_host){.arg = lab,
                                     .message_open = message_open,
                                     .message_write = message_write,
                                     .message_commit = message_commit,
                                     .message_abandon = message_abandon,
                                     .fault_spent = spent,
                                     .nonce = nonce};
    buf_init(&lab->rest, ROOM);
    buf_init(&lab->said, ROOM);
    buf_init(&lab->message, ROOM);
    buf_init(&lab->delivered, ROOM);
}

void lab_fault(struct lab *lab, const char *text) {
    struct err e;

    if (faults_add(&lab->config.faults, text, &e) == -1)
        fail_msg("%s", e.text);
}

void lab_begin(struct lab *lab) {
    struct buf out;

    lab->server = server_new(&lab->config, &lab->host);
    assert_non_null(lab->server);
    buf_init(&out, SERVER_OUT_MAX);
    lab->act = server_greet(lab->server, false, &out);
    note_act(lab, &out);
    buf_free(&out);
}

void lab_free(struct lab *lab) {
    server_free(lab->server);
    assert_false(lab->open);
    buf_free(&lab->rest);
    buf_free(&lab->said);
    buf_free(&lab->message);
    buf_free(&lab->delivered);
}

void lab_run(struct lab *lab, const char *bytes, size_t n) {
    lab_begin(lab);
    lab_feed(lab, bytes, n);
}

const char *lab_run_ehlo(struct lab *lab, const char *bytes, size_t n) {
    size_t before;

    lab_begin(lab);
    lab_feed(lab, EHLO, strlen(EHLO));
    before = lab->said.len;
    lab_feed(lab, bytes, n);
    return lab->said.data + before;
}

void lab_check(const struct exchange *rows, size_t count, void (*prepare)(struct lab *)) {
    for (size_t i = 0; i < count; i++) {
        struct lab lab;
        const char *said;

        lab_init(&lab);
        if (prepare != NULL)
            prepare(&lab);
        said = lab_run_ehlo(&lab, rows[i].client, strlen(rows[i].client));
        if (strcmp(said, rows[i].server) != 0)
            print_error("row %zu: %s\n", i, rows[i].client);
        assert_string_equal(said, rows[i].server);
        lab_free(&lab);
    }
}
