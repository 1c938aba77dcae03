/* The key log of tls.h, apart from tls.c because it hangs on a context, not on a stream. */
#include "tls.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_BYTES 512 /* a label and two numbers in hex take less than 250 */

struct keylog {
    int fd;
};

static void keylog_free(struct keylog *log) {
    if (log == NULL)
        return;
    close(log->fd);
    free(log);
}

/* OpenSSL calls this when the context goes, whoever frees it. */
static void context_gone(void *ctx, void *log, CRYPTO_EX_DATA *data, int slot, long number, void *pointer) {
    (void)ctx;
    (void)data;
    (void)slot;
    (void)number;
    (void)pointer;
    keylog_free(log);
}

/* The place in every context where our pointer lies; -1: none was to be had. */
static int slot = -1;

static void get_slot(void) {
    slot = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, context_gone);
}

/* One write per line to a file opened for appending: lines of several programs do not mix. */
static void log_line(const SSL *ssl, const char *line) {
    const struct keylog *log = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), slot);
    char whole[LINE_MAX_BYTES];
    int n = snprintf(whole, sizeof(whole), "%s\n", line);

    if (log == NULL || n < 0 || (size_t)n >= sizeof(whole))
        return;
    /* A log that fails (a full disk) must not break the connection it watches. */
    if (write(log->fd, whole, (size_t)n) == -1)
        return;
}

int tls_keylog(SSL_CTX *ctx, const char *path, struct err *e) {
    static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
    struct keylog *log = malloc(sizeof(*log));

    if (log == NULL || CRYPTO_THREAD_run_once(&once, get_slot) == 0 || slot == -1) {
        free(log);
        return err_set(e, ERR_SYSTEM, "out of memory");
    }
    /* 0600: whoever reads this file reads the connection, passwords and all. */
    log->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (log->fd == -1) {
        free(log);
        return err_errno(e, ERR_FILE, "cannot write the key log %s", path);
    }
    keylog_free(SSL_CTX_get_ex_data(ctx, slot));
    SSL_CTX_set_ex_data(ctx, slot, log);
    SSL_CTX_set_keylog_callback(ctx, log_line);
    return 0;
}
