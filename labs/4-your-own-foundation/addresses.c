/*
 * addresses.c - a getaddrinfo() to be loaded in front of the system's: every
 * name has the addresses listed in ADDRESSES, in that order. What a machine
 * makes of `localhost` is its own affair; with this you say it.
 *
 *     cc -shared -fPIC -o addresses.so labs/4-your-own-foundation/addresses.c
 *     ADDRESSES="::1 127.0.0.1" LD_PRELOAD=./addresses.so build/starter/client ...
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MAX 256 /* bytes of ADDRESSES */

typedef int look_up(const char *, const char *, const struct addrinfo *, struct addrinfo **);

/* The system reads each address: numbers need no name server, and hints that want one family leave out the other. */
int getaddrinfo(const char *name, const char *port, const struct addrinfo *hints, struct addrinfo **out) {
    look_up *of_the_system;
    const char *given = getenv("ADDRESSES");
    char list[LIST_MAX];
    char *rest = list;
    struct addrinfo **end = out;

    *(void **)&of_the_system = dlsym(RTLD_NEXT, "getaddrinfo"); /* ISO C has no cast for this */
    snprintf(list, sizeof list, "%s", given ? given : name ? name : "");
    *out = NULL;
    for (char *address = strsep(&rest, " "); address; address = strsep(&rest, " ")) {
        struct addrinfo *found;
        if (of_the_system(address, port, hints, &found) == 0)
            *end = found;
        while (*end)
            end = &(*end)->ai_next;
    }
    return *out ? 0 : EAI_NONAME;
}
