/*
 * seeing_free - for LD_PRELOAD: looks into every block of memory at the moment when it is given back. A block that holds
 * the bytes of LOOK_FOR was not wiped; the file FOUND_IN then gets a line for it.
 *
 * Only the client's free() is watched, not that of commands it runs; what realloc() moves away from is not seen, nor what stands on the stack.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern void __libc_free(void *p);

static __thread int busy; /* what stdio frees while we write is none of our business */

static void tell(void) {
    const char *name = getenv("FOUND_IN");
    FILE *out = name != NULL ? fopen(name, "a") : NULL;

    if (out == NULL)
        return;
    fputs("a block that holds the secret was freed\n", out);
    fclose(out);
}

void free(void *p) {
    const char *secret = getenv("LOOK_FOR");

    if (p != NULL && secret != NULL && !busy && strcmp(program_invocation_short_name, "client") == 0) {
        busy = 1;
        if (memmem(p, malloc_usable_size(p), secret, strlen(secret)) != NULL)
            tell();
        busy = 0;
    }
    __libc_free(p);
}
