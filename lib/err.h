/*
 * err - the one error value of the kit.
 *
 * A local failure (no such host, a full buffer, a broken pipe) is -1 plus a
 * struct err that says what went wrong in words. What the *server* answers is
 * never an error: a refusal is a value (struct reply) that the caller reads.
 *
 *   - The caller owns the struct err, usually on its stack, and may pass NULL
 *     when it does not care why.
 *   - A call that succeeds leaves it alone: look at it only after a -1.
 */
#ifndef SMTPLAB_ERR_H
#define SMTPLAB_ERR_H

#define ERR_TEXT_MAX 512

/* What kind of trouble: a program picks its exit status by it. */
enum err_kind {
    ERR_NONE,
    ERR_INPUT,    /* what the user gave cannot be sent (a line break in an address) */
    ERR_FILE,     /* a file cannot be read or written */
    ERR_HOST,     /* no such host */
    ERR_CONNECT,  /* nobody listens there */
    ERR_CLOSED,   /* the other side closed or reset the connection */
    ERR_TIMEOUT,  /* the other side said nothing for too long */
    ERR_PROTOCOL, /* the other side broke the protocol */
    ERR_TLS,      /* the handshake failed or the certificate is not trusted */
    ERR_LIMIT,    /* a line or a buffer would outgrow its named maximum */
    ERR_SYSTEM    /* everything else: out of memory, a failed system call */
};

struct err {
    enum err_kind kind;
    char text[ERR_TEXT_MAX]; /* one line for a person, no trailing line feed */
};

/*
 * Set kind and text (printf style, cut at ERR_TEXT_MAX - 1). Returns -1, so that `return err_set(...)`
 * reads well.
 */
int err_set(struct err *e, enum err_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same, with ": " and the words for errno appended. Leaves errno as it was. Returns -1. */
int err_errno(struct err *e, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
