/*
 * :auth and :user. Each way to log in is a few steps, each told before it is
 * done: what is put together, what base64 makes of it, what the server asks. Secrets are told as ***. See commands.h.
 */
#include "commands.h"

#include "../../lib/encode.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LOGIN_MAX 12288 /* octets of a line of AUTH (RFC 4954 4) */

/* --- who, and with what --- */

void do_user(struct stepper *st, const char *args) {
    if (args[0] != '\0') {
        char *user = strdup(args);

        if (user == NULL)
            return;
        free(st->user);
        st->user = user;
        free(st->password);
        st->password = NULL;
        st->session.user = user;
        st->session.password = NULL;
    }
    screen_say(&st->screen, INK_PLAIN, "the user is %s", st->user);
    if (st->link.kind != &link_to_server && strcmp(st->user, LINK_USER) == 0)
        screen_say(&st->screen, INK_PLAIN,
                   "the server inside this program knows this one user; the password is '%s', and opens "
                   "nothing else",
                   LINK_PASSWORD);
}

static bool ask_password(struct stepper *st) {
    struct buf line;
    bool given;

    if (st->password != NULL)
        return true;
    if (!st->interactive) {
        screen_say(&st->screen, INK_BAD, "on a pipe the password comes from --password-file");
        return false;
    }
    buf_init(&line, LOGIN_MAX);
    given = stepper_ask_secret(st, "password (not shown): ", &line);
    if (given)
        st->password = buf_steal(&line);
    buf_free(&line);
    st->session.password = st->password;
    if (st->password != NULL && st->session.record.recorder != NULL)
        recorder_know(st->session.record.recorder, "my-password", st->password, true);
    return st->password != NULL;
}

/* --- steps --- */

/* Did the server ask for more? What it asks is told, decoded. */
static bool asked(struct stepper *st, struct buf *challenge) {
    const struct buf *reply = &st->session.reply;
    size_t n = strcspn(reply->data, "\r\n");

    buf_clear(challenge);
    if (session_phase(&st->session) != PHASE_AUTH || n < 4)
        return false;
    if (n > 4 && decode_base64(challenge, reply->data + 4, n - 4) == 0)
        screen_say(&st->screen, INK_DIM, "in base64 the server asks: %s", challenge->data);
    return true;
}

/* Send prefix and base64 of the bytes as one line. */
static void send_base64(struct stepper *st, const char *prefix, const struct buf *bytes) {
    struct buf line;

    buf_init(&line, LOGIN_MAX);
    if (buf_add_text(&line, prefix) == 0 && encode_base64(&line, bytes->data, bytes->len) == 0)
        stepper_line(st, line.data);
    else
        screen_say(&st->screen, INK_BAD, "the user name or the password is too long");
    buf_free(&line);
}

static void send_value(struct stepper *st, const char *what, const char *value) {
    struct buf bytes;

    screen_say(&st->screen, INK_DIM, "base64 of %s; anybody can turn it back, so it is not shown", what);
    buf_init(&bytes, LOGIN_MAX);
    buf_add_text(&bytes, value);
    send_base64(st, "", &bytes);
    buf_free(&bytes);
}

static void login(struct stepper *st) {
    struct buf challenge;

    buf_init(&challenge, LOGIN_MAX);
    screen_say(&st->screen, INK_DIM, "LOGIN: the server asks twice, the answers go in base64");
    stepper_line(st, "AUTH LOGIN");
    if (asked(st, &challenge))
        send_value(st, "the user name", st->user);
    if (asked(st, &challenge))
        send_value(st, "the password", st->password);
    buf_free(&challenge);
}

/* NUL user NUL password; what stands in front of the first NUL would be another user to act for (RFC 4616 2). */
static void plain(struct stepper *st) {
    struct buf bytes;

    screen_say(&st->screen, INK_DIM,
               "PLAIN: one string, \\0%s\\0***, a NUL before each part (RFC 4616); then base64 of it, which "
               "hides nothing",
               st->user);
    buf_init(&bytes, LOGIN_MAX);
    if (buf_add_char(&bytes, '\0') == 0 && buf_add_text(&bytes, st->user) == 0 &&
        buf_add_char(&bytes, '\0') == 0 && buf_add_text(&bytes, st->password) == 0)
        send_base64(st, "AUTH PLAIN ", &bytes);
    buf_free(&bytes);
}

/* The password stays here: what is sent proves that we know it, for this challenge alone (RFC 2195). */
static void answer_challenge(struct stepper *st, const struct buf *challenge) {
    char digest[ENCODE_HMAC_MD5_LEN + 1];
    struct buf bytes;

    if (encode_hmac_md5(st->password, strlen(st->password), challenge->data, challenge->len, digest) == -1) {
        screen_say(&st->screen, INK_BAD, "this system's OpenSSL has no MD5");
        return;
    }
    screen_say(
        &st->screen, INK_DIM,
        "the answer is base64 of '%s' and HMAC-MD5(password, challenge); the password itself is not sent",
        st->user);
    buf_init(&bytes, LOGIN_MAX);
    buf_addf(&bytes, "%s %s", st->user, digest);
    send_base64(st, "", &bytes);
    buf_free(&bytes);
}

static void cram_md5(struct stepper *st) {
    struct buf challenge;

    buf_init(&challenge, LOGIN_MAX);
    screen_say(&st->screen, INK_DIM,
               "CRAM-MD5: the server sends something new each time, and wants it mixed with the password "
               "(RFC 2195)");
    stepper_line(st, "AUTH CRAM-MD5");
    if (asked(st, &challenge))
        answer_challenge(st, &challenge);
    buf_free(&challenge);
}

/* With a token in place of the password, which opens the mail and nothing else. */
static void xoauth2(struct stepper *st) {
    struct buf bytes, challenge;

    screen_say(&st->screen, INK_DIM,
               "XOAUTH2: user=%s, a byte 1, auth=Bearer and a token (here: what you gave as password), two "
               "bytes 1; then base64",
               st->user);
    buf_init(&bytes, LOGIN_MAX);
    buf_init(&challenge, LOGIN_MAX);
    if (buf_addf(&bytes, "user=%s\001auth=Bearer %s\001\001", st->user, st->password) == 0)
        send_base64(st, "AUTH XOAUTH2 ", &bytes);
    if (asked(st, &challenge)) {
        screen_say(&st->screen, INK_DIM,
                   "that was a refusal; the server waits for an empty line before it says 535");
        stepper_line(st, "");
    }
    buf_free(&bytes);
    buf_free(&challenge);
}

/* --- :auth --- */

static const struct {
    const char *name;
    void (*run)(struct stepper *st);
} mechanisms[] = {{"login", login}, {"plain", plain}, {"cram-md5", cram_md5}, {"xoauth2", xoauth2}};

void do_auth(struct stepper *st, const char *args) {
    for (size_t i = 0; i < sizeof mechanisms / sizeof mechanisms[0]; i++)
        if (strcasecmp(mechanisms[i].name, args) == 0) {
            if (ask_password(st))
                mechanisms[i].run(st);
            return;
        }
    screen_say(&st->screen, INK_WARN,
               ":auth login, plain, cram-md5 or xoauth2; the server's own list stands in :caps");
}
