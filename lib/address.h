/*
 * address - paths and mailboxes as MAIL FROM and RCPT TO carry them
 * (RFC 5321 4.1.2; UTF-8 of RFC 6531 is let through). Pure.
 */
#ifndef SMTPLAB_ADDRESS_H
#define SMTPLAB_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#define ADDRESS_LOCAL_MAX 64   /* RFC 5321 4.5.3.1.1 */
#define ADDRESS_DOMAIN_MAX 255 /* RFC 5321 4.5.3.1.2 */
#define ADDRESS_PATH_MAX 256   /* with the brackets (RFC 5321 4.5.3.1.3) */

/* Spans into the text parsed. "<>" has both empty; "<Postmaster>" has no domain. */
struct path {
    const char *local;
    size_t local_len;
    const char *domain; /* a name, or a literal with its square brackets */
    size_t domain_len;
};

/* Parse "<local@domain>" (an obsolete source route in front is skipped). > 0: bytes consumed, the '>' included; -1: not a path, with *at the offset of the first wrong character. */
int address_path_parse(const char *text, size_t n, struct path *out, size_t *at);

/* Parse "local@domain" without brackets, all n bytes of it. 0 or -1 as above; the limit of the path is not asked for. */
int address_mailbox_parse(const char *text, size_t n, struct path *out, size_t *at);

/* The same mailbox? Domains fold case, local parts do not (RFC 5321 2.4). */
bool address_equal(const struct path *a, const struct path *b);

/* A domain name or an address literal, as EHLO takes it (RFC 5321 4.1.3, 4.1.4)? Underscores are let through: real hosts have them. */
bool address_domain_valid(const char *text, size_t n);

/* Nothing but ASCII? And: well-formed UTF-8 (RFC 3629: shortest forms, no surrogates, nothing beyond U+10FFFF)? */
bool address_ascii(const char *text, size_t n);
bool address_utf8(const char *text, size_t n);

#endif
