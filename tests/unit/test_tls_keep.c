/* tls: an authority that is kept in a folder, and what makes it be made anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/tls.h"
#include "tls_pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEM_MAX 4000
#define PATH 200

static void name(char path[PATH], const char *folder, const char *file) {
    snprintf(path, PATH, "%s/%s", folder, file);
}

static void read_file(const char *folder, const char *file, char text[PEM_MAX]) {
    char path[PATH];

    name(path, folder, file);
    FILE *f = fopen(path, "r");

    assert_non_null(f);
    text[fread(text, 1, PEM_MAX - 1, f)] = '\0';
    fclose(f);
}

static int new_folder(void **state) {
    char *folder = strdup("/tmp/smtplab-test-keep-XXXXXX");

    assert_non_null(mkdtemp(folder));
    *state = folder;
    return 0;
}

static int remove_folder(void **state) {
    static const char *const files[] = {"ca.pem", "ca-key.pem", "ca.lock"};
    char path[PATH];

    for (int i = 0; i < 3; i++) {
        name(path, *state, files[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(*state), 0);
    free(*state);
    return 0;
}

/* Trusted by name of the first, a certificate of the second is good. */
static void it_is_the_same_the_next_time(void **state) {
    struct tls_ca *first = tls_ca_kept(*state, NULL);
    struct tls_ca *second = tls_ca_kept(*state, NULL);
    struct tls_pair p;

    assert_non_null(first);
    assert_non_null(second);
    tls_pair_init(&p, tls_pair_strict(first, "mail.example.test", 0),
                  tls_server_ctx(second, "mail.example.test", TLS_CERT_GOOD, NULL), "mail.example.test");
    tls_pair_start(&p);
    tls_pair_join(&p);
    assert_int_equal(p.client_result, 0);
    assert_int_equal(p.server_result, 0);
    tls_pair_free(&p);
    tls_ca_free(first);
    tls_ca_free(second);
}

static void the_key_is_ours_alone(void **state) {
    char path[PATH];
    struct stat about;
    mode_t before = umask(0);
    struct tls_ca *ca = tls_ca_kept(*state, NULL);

    umask(before);
    assert_non_null(ca);
    name(path, *state, "ca-key.pem");
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    tls_ca_free(ca);
}

/* Half a pair, or rubbish, is replaced by a whole new one. */
static void what_is_broken_is_made_anew(void **state) {
    static const char *const broken[] = {"ca.pem", "ca-key.pem"};

    for (int i = 0; i < 2; i++) {
        char path[PATH], before[PEM_MAX], after[PEM_MAX];

        tls_ca_free(tls_ca_kept(*state, NULL));
        read_file(*state, "ca.pem", before);
        name(path, *state, broken[i]);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fputs("rubbish\n", f);
        fclose(f);

        struct tls_ca *ca = tls_ca_kept(*state, NULL);

        assert_non_null(ca);
        read_file(*state, "ca.pem", after);
        assert_string_not_equal(before, after);
        tls_ca_free(ca);
    }
}

/* Certificate and key, each good, but of two authorities. */
static void what_does_not_belong_together_is_made_anew(void **state) {
    char path[PATH], before[PEM_MAX], after[PEM_MAX];
    struct tls_ca *other = tls_ca_new(NULL);

    tls_ca_free(tls_ca_kept(*state, NULL));
    name(path, *state, "ca.pem");
    assert_int_equal(tls_ca_save(other, path, NULL), 0);
    read_file(*state, "ca.pem", before);
    tls_ca_free(tls_ca_kept(*state, NULL));
    read_file(*state, "ca.pem", after);
    assert_string_not_equal(before, after);
    tls_ca_free(other);
}

static void a_folder_that_is_not_there(void **state) {
    struct err e = {ERR_NONE, ""};

    (void)state;
    assert_null(tls_ca_kept("/no/such/folder", &e));
    assert_int_equal(e.kind, ERR_FILE);
    assert_non_null(strstr(e.text, "/no/such/folder"));
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, new_folder, remove_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(it_is_the_same_the_next_time),    IN_A_FOLDER(the_key_is_ours_alone),
        IN_A_FOLDER(what_is_broken_is_made_anew),     IN_A_FOLDER(what_does_not_belong_together_is_made_anew),
        cmocka_unit_test(a_folder_that_is_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
