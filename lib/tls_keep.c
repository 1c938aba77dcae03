/*
 * tls, authorities that outlive the process: a class that has been told once whom to trust need not be
 * told again when the server is started anew.
 */
#include "tls.h"
#include "tls_ca.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATH_MAX_HERE 4096
#define SPARE_TIME (24L * 60 * 60) /* an authority that ends sooner is made anew */

struct keep {
    char cert[PATH_MAX_HERE];
    char key[PATH_MAX_HERE];
    char lock[PATH_MAX_HERE];
};

/* --- reading --- */

static EVP_PKEY *read_key(const char *path) {
    FILE *f = fopen(path, "r");
    EVP_PKEY *key = f == NULL ? NULL : PEM_read_PrivateKey(f, NULL, NULL, NULL);

    if (f != NULL)
        fclose(f);
    return key;
}

static X509 *read_cert(const char *path) {
    FILE *f = fopen(path, "r");
    X509 *cert = f == NULL ? NULL : PEM_read_X509(f, NULL, NULL, NULL);

    if (f != NULL)
        fclose(f);
    return cert;
}

static bool usable(const struct tls_ca *ca) {
    time_t soon = time(NULL) + SPARE_TIME;

    return ca->key != NULL && ca->cert != NULL && X509_check_private_key(ca->cert, ca->key) == 1 &&
           X509_cmp_time(X509_get0_notAfter(ca->cert), &soon) > 0;
}

/* NULL: there is none, it has come to its end, or key and certificate do not belong together. */
static struct tls_ca *read_ca(const struct keep *k) {
    struct tls_ca *ca = calloc(1, sizeof(*ca));

    if (ca == NULL)
        return NULL;
    ca->key = read_key(k->key);
    ca->cert = read_cert(k->cert);
    if (usable(ca))
        return ca;
    tls_ca_free(ca);
    return NULL;
}

/* --- writing --- */

/* The file is ours alone from its first byte on. */
static int write_key(const struct tls_ca *ca, const char *path, struct err *e) {
    int fd = (unlink(path), open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    FILE *f = fd == -1 ? NULL : fdopen(fd, "w");

    if (f == NULL) {
        err_errno(e, ERR_FILE, "cannot write %s", path);
        if (fd != -1)
            close(fd);
        return -1;
    }

    bool written = PEM_write_PKCS8PrivateKey(f, ca->key, NULL, NULL, 0, NULL, NULL) == 1;

    if (fclose(f) != 0 || !written)
        return err_errno(e, ERR_FILE, "cannot write %s", path);
    return 0;
}

static struct tls_ca *make_ca(const struct keep *k, struct err *e) {
    struct tls_ca *ca = tls_ca_new(e);

    if (ca == NULL)
        return NULL;
    if (write_key(ca, k->key, e) == 0 && tls_ca_save(ca, k->cert, e) == 0)
        return ca;
    tls_ca_free(ca);
    return NULL;
}

/* --- one at a time --- */

/* Two servers that are started at once shall have one authority. The lock goes with its descriptor. */
static int lock(const char *path, struct err *e) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    while (fd != -1 && fcntl(fd, F_SETLKW, &whole) == -1)
        if (errno != EINTR) {
            close(fd);
            fd = -1;
        }
    return fd != -1 ? fd : err_errno(e, ERR_FILE, "cannot lock %s", path);
}

static int name_files(struct keep *k, const char *folder, struct err *e) {
    int n = snprintf(k->cert, sizeof(k->cert), "%s/ca.pem", folder);

    snprintf(k->key, sizeof(k->key), "%s/ca-key.pem", folder);
    if (n < 0 || (size_t)n + 5 > sizeof(k->cert))
        return err_set(e, ERR_FILE, "the name of a folder is too long: %.40s...", folder);
    snprintf(k->lock, sizeof(k->lock), "%s/ca.lock", folder);
    return 0;
}

struct tls_ca *tls_ca_kept(const char *folder, struct err *e) {
    struct keep k;
    int locked = name_files(&k, folder, e) == -1 ? -1 : lock(k.lock, e);

    if (locked == -1)
        return NULL;

    struct tls_ca *ca = read_ca(&k);

    if (ca == NULL)
        ca = make_ca(&k, e);
    close(locked);
    return ca;
}
