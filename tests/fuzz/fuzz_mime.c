/* mime: any message can be taken apart; what is called sound can be decoded, and no part is larger than the whole. */
#include "fuzz.h"

#include "../../lib/mime.h"

#include <string.h>

static void note(void *arg, enum rule rule, size_t at, const char *detail) {
    CHECK(rule < RULE_COUNT);
    CHECK(at <= *(size_t *)arg);
    CHECK(rule == RULE_NO_MIME_VERSION || strlen(detail) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static const char *const paths[] = {"0", "1", "2", "1.1", "1.2", "2.1"};
    const char *text = n > 0 ? (const char *)data : "";
    struct mime_part part;
    struct buf value;

    CHECK(mime_check(text, n, note, &n) >= 0);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        mime_part(text, n, paths[i], &part);
        CHECK(part.content.len <= n + 2 && part.name.len <= n && part.at <= n);
        mime_part_free(&part);
    }
    buf_init(&value, MIME_VALUE_MAX);
    if (!mime_header(text, n, "Subject", &value))
        CHECK(value.len == 0);
    buf_free(&value);
    return 0;
}
