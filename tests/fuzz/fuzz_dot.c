/* dot: doubling dots and undoing it gives the message back, and no message holds its own end. */
#include "fuzz.h"

#include "../../lib/dot.h"

#include <string.h>

#define ROOM ((size_t)4 << 20)

static void check_round(const char *message, size_t n) {
    struct buf wire, back;

    buf_init(&wire, ROOM);
    buf_init(&back, ROOM);
    CHECK(dot_stuff(&wire, message, n) == 0);
    CHECK(dot_unstuff(&back, wire.data, wire.len) == 0);
    CHECK(back.len == n && memcmp(back.data, message, n) == 0);
    CHECK(dot_end(wire.data, wire.len) == 0);
    /* with its last line ended, the dot behind it is the end, and the only one */
    if (n == 0 || (n > 1 && memcmp(message + n - 2, "\r\n", 2) == 0)) {
        CHECK(buf_add_text(&wire, ".\r\n") == 0);
        CHECK(dot_end(wire.data, wire.len) == wire.len);
        CHECK(dot_end(wire.data, wire.len - 1) == 0);
    }
    buf_free(&wire);
    buf_free(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    const char *text = n > 0 ? (const char *)data : "";
    size_t end = dot_end(text, n);
    struct buf out;

    CHECK(end <= n);
    CHECK(end == 0 || (end >= 3 && memcmp(text + end - 3, ".\r\n", 3) == 0));
    check_round(text, n);
    buf_init(&out, ROOM);
    CHECK(dot_unstuff(&out, text, n) == 0);
    CHECK(out.len <= n);
    buf_free(&out);
    return 0;
}
