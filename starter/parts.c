/*
 * parts.c - the seams at which your parts take the place of the provided ones. (Provided; nothing to do here.)
 *
 * Until lab 4 the foundation does the work. From then on each lab writes a part
 * of it anew, and the program asks yours first:
 *
 *     --lab N    labs up to N must be yours: a stub there ends the run (status 70).
 *                Parts of later labs are not asked, so that they cannot spoil this one.
 *     no --lab   whatever you have written is used; for a stub the foundation steps in.
 */
#include "program.h"

#include <stdio.h>
#include <string.h>

#define PIECES                                                                                               \
    7 /* --eml is read in pieces of 1 to 7 bytes, then of EML_PIECE, and so on: an edge must mean nothing */
#define EML_PIECE 4096

/* Did the user ask for what only this lab can do? Then nothing provided can step in. */
static bool is_wished(const struct options *o, int lab) {
    switch (lab) {
    case 6:
        return o->html || o->attach_count > 0;
    case 7:
        return o->token_command || o->auth == AUTH_METHOD_CRAM_MD5 || o->auth == AUTH_METHOD_XOAUTH2;
    case 8:
        return o->eml;
    default:
        return false;
    }
}

bool is_due(const struct client *c, int lab) {
    return lab <= c->options->lab || is_wished(c->options, lab);
}

/* May the part of this lab be asked? */
static bool is_asked(const struct client *c, int lab) {
    return c->options->lab == 0 || is_due(c, lab);
}

/* Does this answer stand? A stub's does where it should be written by now. */
static bool stands(const struct client *c, int lab, int answer) {
    return answer != NOT_DONE || is_due(c, lab);
}

int part(struct client *c, int lab, part_fn *yours, part_fn *ours) {
    int answer = is_asked(c, lab) ? yours(c) : NOT_DONE;
    return stands(c, lab, answer) ? answer : ours(c);
}

int put_all(struct client *c, const void *bytes, size_t n) {
    int answer = is_asked(c, 4) ? wire_send(c, bytes, n) : NOT_DONE;
    return stands(c, 4, answer) ? answer : own_put_all(c, bytes, n);
}

int trust_in(struct client *c, struct ssl_ctx_st *ctx) {
    int answer = is_asked(c, 5) ? security_trust(c, ctx) : NOT_DONE;
    return stands(c, 5, answer) ? answer : own_trust(c, ctx);
}

/* ---- what the user typed, before anybody is called (lab 8) ---- */

static int own_check(struct client *c, const char *name, const char *text) {
    if (strpbrk(text, "\r\n"))
        return err_set(&c->err, ERR_INPUT, "%s: a line break in it would be sent as a command of its own",
                       name);
    return 0;
}

static int check_address(struct client *c, const char *name, const char *address) {
    int answer = is_asked(c, 8) ? guard_address(c, address) : NOT_DONE;
    return stands(c, 8, answer) ? answer : own_check(c, name, address);
}

static int check_header(struct client *c, const char *name, const char *text) {
    if (!text)
        return 0;
    int answer = is_asked(c, 8) ? guard_header(c, name, text) : NOT_DONE;
    return stands(c, 8, answer) ? answer : own_check(c, name, text);
}

int check_input(struct client *c, const struct message *m) {
    int answer = check_address(c, "--from", m->from);
    for (size_t i = 0; i < m->to_count && answer == 0; i++)
        answer = check_address(c, "--to", m->to[i]);
    if (answer == 0)
        answer = check_header(c, "--subject", m->subject);
    return answer == 0 ? check_header(c, "--helo", c->options->helo) : answer;
}

/* ---- the message (labs 6 and 8) ---- */

/* The file goes through the guard in pieces cut anywhere. */
static int send_eml(struct client *c, FILE *eml) {
    char piece[EML_PIECE];
    size_t n = 0;
    size_t round = 0;
    do {
        size_t size = round % (PIECES + 1) < PIECES ? round % (PIECES + 1) + 1 : sizeof piece;
        n = fread(piece, 1, size, eml);
        int sent = guard_text(c, piece, n); /* n = 0 is the end */
        if (sent != 0)
            return sent;
        round++;
    } while (n > 0);
    return send_line(c, ".") == -1 ? FAILED : get_reply(c);
}

int send_as_mime(struct client *c, const struct message *m) {
    if (m->eml)
        return send_eml(c, m->eml);
    int answer = is_asked(c, 6) ? mime_send(c, m) : NOT_DONE;
    return stands(c, 6, answer) ? answer : NO_MIME;
}

/* ---- a server's words on their way to a terminal (lab 8) ---- */

void harmless(struct client *c, struct buf *out, const char *text, size_t n) {
    struct buf theirs;
    buf_init(&theirs, out->max);
    if (is_asked(c, 8) && guard_words(c, &theirs, text, n) == 0)
        buf_add(out, theirs.data, theirs.len);
    else
        encode_escaped(out, text, n);
    buf_free(&theirs);
}
