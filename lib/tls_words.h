/*
 * tls_words - why TLS failed, in words for a person. Only tls.c calls these.
 */
#ifndef SMTPLAB_TLS_WORDS_H
#define SMTPLAB_TLS_WORDS_H

#include "err.h"

struct ssl_st; /* OpenSSL's SSL */

/* The first error in this thread's queue. Valid as long as the program. */
const char *tls_words_reason(void);

/*
 * After a failed handshake: -1 and ERR_TLS if it was because we do not trust the server's certificate,
 * or it is not for host (NULL: not known); else 0.
 */
int tls_words_untrusted(const struct ssl_st *ssl, const char *host, struct err *e);

#endif
