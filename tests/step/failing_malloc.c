/*
 * failing_malloc - for LD_PRELOAD: the FAIL_AT-th allocation that the program itself asks for, and only that one, is
 * refused. COUNT_TO names a file for the number of such allocations, written at the end.
 *
 * What libraries ask for themselves is left alone: OpenSSL 3.0's start does not survive a refusal, and that is not ours
 * to mend. Who asks is told by the return address: the program is the first object the loader names.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t count, size_t n);
extern void *__libc_realloc(void *p, size_t n);

static atomic_long calls;
static long fail_at;
static uintptr_t from;
static uintptr_t to;

/* Stops at the first object. */
static int take_range(struct dl_phdr_info *info, size_t size, void *arg) {
    (void)size;
    (void)arg;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X) != 0) {
            from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            to = from + info->dlpi_phdr[i].p_memsz;
        }
    return 1;
}

__attribute__((constructor)) static void begin(void) {
    const char *text = getenv("FAIL_AT");

    fail_at = text != NULL ? atol(text) : 0;
    dl_iterate_phdr(take_range, NULL);
}

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("COUNT_TO");
    long n = atomic_load(&calls);
    FILE *out = path != NULL ? fopen(path, "w") : NULL;

    if (out == NULL)
        return;
    fprintf(out, "%ld\n", n);
    fclose(out);
}

static bool refused(const void *caller) {
    if ((uintptr_t)caller < from || (uintptr_t)caller >= to || atomic_fetch_add(&calls, 1) + 1 != fail_at)
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t n) {
    return refused(__builtin_return_address(0)) ? NULL : __libc_malloc(n);
}

void *calloc(size_t count, size_t n) {
    return refused(__builtin_return_address(0)) ? NULL : __libc_calloc(count, n);
}

void *realloc(void *p, size_t n) {
    return refused(__builtin_return_address(0)) ? NULL : __libc_realloc(p, n);
}
