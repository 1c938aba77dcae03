/*
 * as_root.c - lets Postfix's master believe that it may change users.
 *
 * master starts each of its programs as the user that is meant for it, and so wants to be root. In a test all of them
 * may be the one ordinary user who runs the test: preloaded, these functions say yes and change nothing.
 */
#define _DEFAULT_SOURCE
#include <grp.h>
#include <sys/types.h>
#include <unistd.h>

static uid_t real, effective; // what was asked for last; 0 at first

uid_t getuid(void) {
    return real;
}

uid_t geteuid(void) {
    return effective;
}

int setuid(uid_t user) {
    real = effective = user;
    return 0;
}

int seteuid(uid_t user) {
    effective = user;
    return 0;
}

int setgid(gid_t group) {
    (void)group;
    return 0;
}

int setegid(gid_t group) {
    (void)group;
    return 0;
}

int setgroups(size_t count, const gid_t *groups) {
    (void)count;
    (void)groups;
    return 0;
}

int initgroups(const char *user, gid_t group) {
    (void)user;
    (void)group;
    return 0;
}
