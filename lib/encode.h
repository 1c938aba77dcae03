/*
 * encode - base64, bytes made visible, and the digest of CRAM-MD5.
 */
#ifndef SMTPLAB_ENCODE_H
#define SMTPLAB_ENCODE_H

#include "buf.h"

#include <stddef.h>

/* Append n bytes as base64 (RFC 4648 section 4), in one line without a line end. -1: the buffer's maximum. */
int encode_base64(struct buf *out, const void *bytes, size_t n);

/*
 * Append what base64 text stands for. 0, or -1 if it is not base64 (bad letter, bad length, bad
 * padding, bits left over): `out` is then unchanged.
 */
int decode_base64(struct buf *out, const char *text, size_t n);

/*
 * Append n bytes as text that hides nothing and harms no terminal: \r \n \t
 * \0 \\ and \xHH (capital letters) for every other byte outside printable ASCII,
 * so also for ESC, C1 and bidi marks. The notation of S> lines in transcripts. -1: the buffer's maximum.
 */
int encode_escaped(struct buf *out, const void *bytes, size_t n);

/*
 * The way back, and \*N(text) for text N times (N from 1 to ENCODE_REPEAT_MAX,
 * text itself escaped, not empty, not nested; a ')' in it is \x29). A byte that
 * no backslash announces stands for itself, and HH may be in small letters.
 * 0, or -1 with *at (may be NULL) the offset of the first wrong character, which is n
 * if the text ends too early, or of what would pass the buffer's maximum.
 * `out` may then hold a part.
 */
#define ENCODE_REPEAT_MAX 16777216
int decode_escaped(struct buf *out, const char *text, size_t n, size_t *at);

/*
 * HMAC-MD5 (RFC 2104) as CRAM-MD5 writes it: 32 small hexadecimal digits and a NUL (RFC 2195 2).
 * 0, or -1 where the system has switched MD5 off.
 */
#define ENCODE_HMAC_MD5_LEN 32
int encode_hmac_md5(const void *key, size_t key_len, const void *text, size_t n,
                    char hex[ENCODE_HMAC_MD5_LEN + 1]);

#endif
