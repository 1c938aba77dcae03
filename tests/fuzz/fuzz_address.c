/* address: what is taken lies in the text, obeys the limits, and is taken again when written plainly. */
#include "fuzz.h"

#include "../../lib/address.h"
#include "../../lib/buf.h"

#include <string.h>

static void check_span(const char *text, size_t n, const char *start, size_t len) {
    CHECK(start >= text && len <= n && (size_t)(start - text) <= n - len);
}

/* "<local@domain>" without source route: the same mailbox. */
static void check_again(const struct path *path) {
    struct path again;
    struct buf text;

    if (path->domain_len == 0)
        return;
    buf_init(&text, ADDRESS_PATH_MAX);
    CHECK(buf_addf(&text, "<%.*s@%.*s>", (int)path->local_len, path->local, (int)path->domain_len,
                   path->domain) == 0);
    CHECK(address_path_parse(text.data, text.len, &again, NULL) == (int)text.len);
    CHECK(address_equal(path, &again));
    CHECK(address_mailbox_parse(text.data + 1, text.len - 2, &again, NULL) == 0);
    CHECK(address_path_parse(text.data, text.len - 1, &again, NULL) == -1);
    buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    const char *text = n > 0 ? (const char *)data : "";
    struct path path;
    size_t at = 0;
    int used = address_path_parse(text, n, &path, &at);

    CHECK(used >= -1 && used != 0 && used <= (int)n && at <= n);
    if (used > 0) {
        CHECK(used <= ADDRESS_PATH_MAX && text[used - 1] == '>');
        CHECK(path.local_len <= ADDRESS_LOCAL_MAX && path.domain_len <= ADDRESS_DOMAIN_MAX);
        check_span(text, n, path.local, path.local_len);
        check_span(text, n, path.domain, path.domain_len);
        CHECK(memchr(text, '\r', (size_t)used) == NULL && memchr(text, '\n', (size_t)used) == NULL);
        check_again(&path);
    }
    CHECK(address_mailbox_parse(text, n, &path, &at) == -1 || at == n);
    CHECK(!address_ascii(text, n) || address_utf8(text, n));
    (void)address_domain_valid(text, n);
    return 0;
}
