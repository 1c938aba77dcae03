/* reply: what is parsed and printed can be parsed again; what is one byte short is not there yet. */
#include "fuzz.h"

#include "../../lib/reply.h"

#include <string.h>

static void check_line(const char *text, size_t n) {
    struct reply_line line;
    int used = reply_line_parse(text, n, &line);

    CHECK(used >= -1 && used <= (int)n);
    if (used <= 0)
        return;
    CHECK(line.code >= 200 && line.code <= 599);
    CHECK(line.text >= text && line.text + line.text_len <= text + used);
    CHECK(text[used - 1] == '\n');
    CHECK(reply_line_parse(text, (size_t)used - 1, &line) == 0);
}

/* Printed, it is the same reply; unless there was a NUL in it, which ends what is printed. */
static void check_round(const struct reply *r) {
    struct reply again;
    struct buf wire;

    if (memchr(r->text.data, '\0', r->text.len) != NULL)
        return;
    buf_init(&wire, (size_t)1 << 20);
    reply_init(&again);
    CHECK(reply_print(&wire, r->code, r->text.data) == 0);
    CHECK(reply_parse(wire.data, wire.len, &again) == (int)wire.len);
    CHECK(again.code == r->code && again.lines == r->lines);
    CHECK(again.text.len == r->text.len && memcmp(again.text.data, r->text.data, r->text.len) == 0);
    reply_free(&again);
    buf_free(&wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    const char *text = (const char *)data;
    struct reply r;
    int status[3];
    int used;

    check_line(text, n);
    reply_init(&r);
    used = reply_parse(text, n, &r);
    CHECK(used >= -1 && used <= (int)n);
    if (used > 0) {
        check_round(&r);
        CHECK(reply_parse(text, (size_t)used - 1, &r) == 0);
    }
    if (reply_enhanced(text, n, status))
        CHECK(status[0] == 2 || status[0] == 4 || status[0] == 5);
    reply_free(&r);
    return 0;
}
