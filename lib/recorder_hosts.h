/*
 * recorder_hosts - the names and addresses of machines that are nobody else's business, and what is written
 * in their place. Internal to recorder*.c.
 *
 * A recording is passed on; which machine it was made on, and where, need not be. Replaced are: host names that
 * were named (hosts_add()), or that the two sides call themselves (greeting, EHLO); addresses of private networks
 * (RFC 1918, RFC 6598, loopback, link-local, RFC 4193); and any address in brackets, as "[203.0.113.7]" in a
 * reply to EHLO is the way out of the network it was made in. The same name always gets the same one, of those
 * set aside for examples (RFC 2606, RFC 5737, RFC 3849); such names stay as they are.
 *
 * A name with a dot is replaced wherever it stands alone; one without ("laptop") might be a word, and is replaced
 * only where a host is spoken of: behind "@", EHLO, "from", "by" and a reply code, and where a server greets its client.
 */
#ifndef SMTPLAB_RECORDER_HOSTS_H
#define SMTPLAB_RECORDER_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

#define HOSTS_MAX 128    /* later ones are not replaced */
#define HOSTS_LENGTH 255 /* octets of a domain (RFC 5321 4.5.3.1.2) */

enum hosts_side { HOSTS_SERVER, HOSTS_CLIENT, HOSTS_V4, HOSTS_V6, HOSTS_SIDES };

struct hosts {
    bool on; /* else nothing is replaced */
    size_t count;
    unsigned used[HOSTS_SIDES]; /* how many got a name of each kind */
    struct host {
        char from[HOSTS_LENGTH + 1];
        char to[64];
        bool domain; /* else an address */
    } list[HOSTS_MAX];
    bool greeted;   /* the server has said its name */
    bool hello_due; /* it will say it again: the answer to EHLO */
    bool welcome;   /* this line is that answer's first: every word of it may be a host's name */
};

/* make: a struct hosts of zeros replaces nothing. A host's name; one that is for examples, "localhost" or no name is left alone. */
void hosts_add(struct hosts *s, const char *name, size_t n, enum hosts_side side);

/* use: a line is about to be printed: which names does it bring? */
void hosts_hear_server(struct hosts *s, const char *line, size_t n);
void hosts_hear_client(struct hosts *s, const char *line, size_t n);

/* What is to be written for the name or address that begins at offset i of the line, *taken bytes long; NULL: none does. Valid until the next call. */
const char *hosts_at(struct hosts *s, const char *line, size_t n, size_t i, size_t *taken);

#endif
