/*
 * maildir - a folder of messages, one a file, that never shows half a one.
 *
 * A message is written in tmp/, where nobody looks; when it is whole and on the disk
 * (fsync), its file is moved to new/, and that is put on the disk, too. Only then does
 * maildir_commit() say 0, and only then may a server say 250: from there on the
 * message is the server's to keep, whatever happens to power or process
 * (RFC 5321 6.1). What was left in tmp/ by a crash was promised to nobody.
 *
 *   - Bytes go in as they are: what they mean is the caller's business.
 *   - A message of any size passes through a small buffer.
 *   - Any number of threads may deliver at once; a message belongs to one of them.
 */
#ifndef SMTPLAB_MAILDIR_H
#define SMTPLAB_MAILDIR_H

#include "err.h"

#include <stddef.h>

#define MAILDIR_ID_MAX 64 /* of a message, NUL included */

struct maildir;
struct maildir_message;

/*
 * make: open a folder, making it and its tmp/, new/ and cur/ (0700) where they are missing. host is this
 * machine's name in those of the files. NULL: ERR_FILE.
 */
struct maildir *maildir_open(const char *path, const char *host, struct err *e);

/*
 * use: begin a message. NULL: ERR_FILE. On a full disk or with no descriptor left, that is for now;
 * what is in the folder stays as it is.
 */
struct maildir_message *maildir_begin(struct maildir *m, struct err *e);

/* What the message's file is called, without the host: the same in no other message. */
const char *maildir_id(const struct maildir_message *message);

/* Its next bytes. -1, ERR_FILE: the message can only be abandoned. */
int maildir_write(struct maildir_message *message, const void *bytes, size_t n, struct err *e);

/*
 * It is whole: when this returns 0 it is in new/, and safe. -1: it is nowhere, and errno says why.
 * Either way it is freed.
 */
int maildir_commit(struct maildir_message *message, struct err *e);

/* free: a message that is not to be; NULL is fine. */
void maildir_abandon(struct maildir_message *message);
void maildir_close(struct maildir *m);

#endif
