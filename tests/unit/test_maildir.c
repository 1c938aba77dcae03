/* maildir: whole or nothing, byte for byte, unique; and what happens when there is no room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/buf.h"
#include "../../lib/maildir.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define BIG 300001
#define NAME 1000 /* more than a path here has */
#define THREADS 4
#define EACH 50

struct box {
    char path[64];
    struct maildir *m;
};

static int open_box(void **state) {
    struct box *b = calloc(1, sizeof(*b));

    snprintf(b->path, sizeof(b->path), "/tmp/maildir-XXXXXX");
    assert_non_null(mkdtemp(b->path));
    b->m = maildir_open(b->path, "mail.example.test", NULL);
    assert_non_null(b->m);
    *state = b;
    return 0;
}

/* How many files there are in a room; the name of one of them. */
static unsigned count(const struct box *b, const char *room, char *name) {
    char path[400];
    struct dirent *entry;
    unsigned n = 0;

    snprintf(path, sizeof(path), "%s/%s", b->path, room);

    DIR *d = opendir(path);

    assert_non_null(d);
    while ((entry = readdir(d)) != NULL)
        if (entry->d_name[0] != '.') {
            n++;
            if (name != NULL)
                snprintf(name, NAME, "%s/%s", path, entry->d_name);
        }
    closedir(d);
    return n;
}

static void empty(const struct box *b, const char *room) {
    char name[NAME];

    while (count(b, room, name) > 0)
        assert_int_equal(unlink(name), 0);
    snprintf(name, sizeof(name), "%s/%s", b->path, room);
    assert_int_equal(rmdir(name), 0);
}

static int close_box(void **state) {
    struct box *b = *state;

    maildir_close(b->m);
    empty(b, "tmp");
    empty(b, "new");
    empty(b, "cur");
    rmdir(b->path);
    free(b);
    return 0;
}

static void expect_content(const char *path, const char *bytes, size_t n) {
    char *got = malloc(n + 1);
    FILE *f = fopen(path, "rb");

    assert_non_null(f);
    assert_int_equal(fread(got, 1, n + 1, f), n);
    assert_memory_equal(got, bytes, n);
    fclose(f);
    free(got);
}

static void a_message_is_in_new_only_when_it_is_whole(void **state) {
    struct box *b = *state;
    struct maildir_message *message = maildir_begin(b->m, NULL);
    char name[NAME];
    char id[MAILDIR_ID_MAX];
    struct stat about;

    snprintf(id, sizeof(id), "%s", maildir_id(message));
    assert_int_equal(maildir_write(message, "a\0b\r\n", 5, NULL), 0);
    assert_int_equal(maildir_write(message, "", 0, NULL), 0);
    assert_int_equal(count(b, "tmp", NULL), 1);
    assert_int_equal(count(b, "new", NULL), 0);
    assert_int_equal(maildir_commit(message, NULL), 0);
    assert_int_equal(count(b, "tmp", NULL), 0);
    assert_int_equal(count(b, "new", name), 1);
    expect_content(name, "a\0b\r\n", 5);
    assert_non_null(strstr(name, id));
    assert_non_null(strstr(name, ".mail.example.test"));
    assert_int_equal(stat(name, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void an_abandoned_one_leaves_nothing(void **state) {
    struct box *b = *state;
    struct maildir_message *message = maildir_begin(b->m, NULL);

    assert_int_equal(maildir_write(message, "half", 4, NULL), 0);
    maildir_abandon(message);
    maildir_abandon(NULL);
    assert_int_equal(count(b, "tmp", NULL), 0);
    assert_int_equal(count(b, "new", NULL), 0);
}

/* In pieces of every kind, smaller and larger than what is gathered. */
static void bytes_stay_in_order(void **state) {
    static const size_t pieces[] = {1, 32767, 2, 32768, 32769, 5, 100000};
    struct box *b = *state;
    char *bytes = malloc(BIG);
    char name[NAME];
    struct maildir_message *message = maildir_begin(b->m, NULL);

    for (size_t i = 0; i < BIG; i++)
        bytes[i] = (char)(i * 7 % 251);
    for (size_t at = 0, i = 0; at < BIG; i++) {
        size_t n = pieces[i % 7] < BIG - at ? pieces[i % 7] : BIG - at;

        assert_int_equal(maildir_write(message, bytes + at, n, NULL), 0);
        at += n;
    }
    assert_int_equal(maildir_commit(message, NULL), 0);
    assert_int_equal(count(b, "new", name), 1);
    expect_content(name, bytes, BIG);
    free(bytes);
}

static void *deliver_many(void *arg) {
    struct box *b = arg;

    for (int i = 0; i < EACH; i++) {
        struct maildir_message *message = maildir_begin(b->m, NULL);

        if (message == NULL || maildir_write(message, "x", 1, NULL) == -1 ||
            maildir_commit(message, NULL) == -1)
            return "failed";
    }
    return NULL;
}

static void names_never_meet(void **state) {
    struct box *b = *state;
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, deliver_many, b), 0);
    for (int i = 0; i < THREADS; i++) {
        void *result;

        pthread_join(threads[i], &result);
        assert_null(result);
    }
    assert_int_equal(count(b, "new", NULL), THREADS * EACH);
}

static void a_host_with_odd_letters_stays_in_the_folder(void **state) {
    struct box *b = *state;
    char name[NAME];

    maildir_close(b->m);
    b->m = maildir_open(b->path, "../a:b", NULL);
    assert_non_null(b->m);
    assert_int_equal(maildir_commit(maildir_begin(b->m, NULL), NULL), 0);
    assert_int_equal(count(b, "new", name), 1);
    assert_non_null(strstr(name, "..\\057a\\072b"));
}

/* A file system that is full says so at write(); a limit on the size of files does the same, and everyone can set one. */
static void no_room_loses_nothing(void **state) {
    struct box *b = *state;
    struct rlimit before;
    struct err e = {ERR_NONE, ""};
    char bytes[1000] = {0};
    struct maildir_message *first = maildir_begin(b->m, NULL);
    struct maildir_message *second = maildir_begin(b->m, NULL);

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(maildir_write(first, "good", 4, NULL), 0);
    assert_int_equal(maildir_write(second, bytes, sizeof(bytes), NULL), 0);
    getrlimit(RLIMIT_FSIZE, &before);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){.rlim_cur = 100, .rlim_max = before.rlim_max});
    assert_int_equal(maildir_commit(second, &e), -1);
    assert_int_equal(errno, EFBIG);
    assert_int_equal(e.kind, ERR_FILE);
    assert_int_equal(maildir_commit(first, NULL), 0);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(count(b, "new", NULL), 1);
    assert_int_equal(count(b, "tmp", NULL), 0);
}

static void no_descriptor_is_an_error(void **state) {
    struct box *b = *state;
    struct rlimit before;
    struct err e = {ERR_NONE, ""};

    getrlimit(RLIMIT_NOFILE, &before);
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){.rlim_cur = 3, .rlim_max = before.rlim_max});
    assert_null(maildir_begin(b->m, &e));
    setrlimit(RLIMIT_NOFILE, &before);
    assert_int_equal(e.kind, ERR_FILE);
    assert_non_null(strstr(e.text, strerror(EMFILE)));
}

static void a_folder_that_cannot_be(void **state) {
    struct err e = {ERR_NONE, ""};

    (void)state;
    assert_null(maildir_open("/no/such/folder", "mail.example.test", &e));
    assert_int_equal(e.kind, ERR_FILE);
    assert_null(maildir_open("/dev/null", "mail.example.test", &e));
}

#define IN_A_BOX(test) cmocka_unit_test_setup_teardown(test, open_box, close_box)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_BOX(a_message_is_in_new_only_when_it_is_whole),
        IN_A_BOX(an_abandoned_one_leaves_nothing),
        IN_A_BOX(bytes_stay_in_order),
        IN_A_BOX(names_never_meet),
        IN_A_BOX(a_host_with_odd_letters_stays_in_the_folder),
        IN_A_BOX(no_room_loses_nothing),
        IN_A_BOX(no_descriptor_is_an_error),
        cmocka_unit_test(a_folder_that_cannot_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
