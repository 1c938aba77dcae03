/*
 * auth.c - lab 7: who are you? PLAIN, CRAM-MD5 and XOAUTH2, and which of them.
 *
 * A secret is read late, sent once, only to whom it is meant for, and wiped. The rest
 * is three short conversations, and listening to what a refusal says.
 */
#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COMMAND_LINE_MAX                                                                                     \
    510 /* RFC 5321 4.5.3.1.4 without the CRLF; RFC 4954 4 holds AUTH with its response to it */

/*
 * Overwrite a secret. A plain memset() of what nobody reads afterwards may be left out by the compiler; a write through
 * volatile may not. All of cap: behind len there may be more than the secret.
 */
static void wipe(struct buf *b) {
    volatile char *byte = b->data;
    for (size_t i = 0; i < b->cap; i++)
        byte[i] = 0;
    buf_clear(b);
}

/* ---- the secret ---- */

/*
 * Read until a line is there, or the end. By read(2): stdio keeps a copy that nobody can wipe. The room is taken in
 * one piece, as a buffer that grows would leave copies behind, too.
 */
static int read_secret(struct client *c, int fd, const char *where) {
    struct buf *secret = &c->secret;
    char *room = buf_room(secret, secret->max);
    size_t n = 0;
    ssize_t got = 1;
    if (!room)
        return err_set(&c->err, ERR_SYSTEM, "out of memory");
    while (got > 0 && n < secret->max && !memchr(room, '\n', n)) {
        got = read(fd, room + n, secret->max - n);
        if (got == -1 && errno == EINTR)
            got = 1;
        else if (got == -1)
            return err_errno(&c->err, ERR_FILE, "%s", where);
        else
            n += (size_t)got;
    }
    buf_grew(secret, n);
    return 0;
}

/* The first line, without its end, whichever that is. What does not end within the buffer is no secret. */
static int keep_line(struct client *c, const char *where) {
    size_t len = strcspn(c->secret.data, "\r\n");
    if (len == c->secret.max)
        return err_set(&c->err, ERR_FILE, "%s: a first line of %zu bytes or more is no secret", where, len);
    if (len == 0)
        return err_set(&c->err, ERR_FILE, "%s: no secret in its first line", where);
    c->secret.data[len] = '\0';
    c->secret.len = len;
    return 0;
}

/* Asked of the open file, not of its name: between two questions by name it could become another one. */
static int check_private(struct client *c, int fd, const char *path) {
    struct stat st;
    if (fstat(fd, &st) == -1)
        return err_errno(&c->err, ERR_FILE, "%s", path);
    if (S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return err_set(&c->err, ERR_FILE, "%s: others may read it; chmod 600 it first", path);
    return 0;
}

static int secret_from_file(struct client *c, const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file == -1)
        return err_errno(&c->err, ERR_FILE, "%s", path);
    int result = check_private(c, file, path);
    if (result == 0)
        result = read_secret(c, file, path);
    close(file);
    return result == 0 ? keep_line(c, path) : result;
}

/* A command that has more to say after its line dies of SIGPIPE when we hang up, or its shell says so: that is no failure. */
static bool came_through(int status) {
    return (WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 128 + SIGPIPE)) ||
           (WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
}

/* It runs in a shell: it is the user's own, and no server has a say in it. */
static int secret_from_command(struct client *c, const char *command) {
    FILE *out = popen(command, "r");
    if (!out)
        return err_errno(&c->err, ERR_FILE, "--token-command");
    int result = read_secret(c, fileno(out), "--token-command");
    int status = pclose(out);
    if (result == 0 && (status == -1 || !came_through(status)))
        return err_set(&c->err, ERR_FILE, "--token-command: the command failed");
    return result == 0 ? keep_line(c, "--token-command") : result;
}

int auth_secret(struct client *c) {
    const struct options *o = c->options;
    int result =
        o->token_command ? secret_from_command(c, o->token_command) : secret_from_file(c, o->password_file);
    if (result == -1)
        wipe(&c->secret);
    return result;
}

/* ---- which method ---- */

struct method {
    enum auth_method method;
    const char *name;
    bool for_token;    /* takes an access token in place of a password */
    bool hides_secret; /* the secret itself does not go over the wire */
    int (*run)(struct client *c);
};

/* LOGIN with the provided steps: it was lab 4's. A name or a password goes out only when it was asked for. */
static int auth_login(struct client *c) {
    int code = send_auth_request(c);
    if (code == 334)
        code = send_username(c);
    return code == 334 ? send_password(c) : code;
}

/* The best one first. PLAIN before CRAM-MD5: inside TLS nothing is gained by the digest, for which the server must store the password itself. */
static const struct method methods[] = {
    {AUTH_METHOD_XOAUTH2, "XOAUTH2", true, false, auth_xoauth2},
    {AUTH_METHOD_PLAIN, "PLAIN", false, false, auth_plain},
    {AUTH_METHOD_LOGIN, "LOGIN", false, false, auth_login},
    {AUTH_METHOD_CRAM_MD5, "CRAM-MD5", false, true, auth_cram_md5},
};

#define METHODS (sizeof methods / sizeof methods[0])

static const struct method *method_of(enum auth_method wanted) {
    for (size_t i = 0; i < METHODS; i++)
        if (methods[i].method == wanted)
            return &methods[i];
    return NULL;
}

/* Is the other end on this machine? Then no network is between us that could listen. */
static bool is_here(const struct client *c) {
    struct sockaddr_storage there;
    socklen_t len = sizeof there;
    if (getpeername(stream_fd(c->stream), (struct sockaddr *)&there, &len) == -1)
        return false;
    if (there.ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)&there)->sin6_addr);
    return there.ss_family == AF_INET &&
           ntohl(((struct sockaddr_in *)&there)->sin_addr.s_addr) >> 24 == 127; /* 127.0.0.0/8 */
}

/* The user's word counts, even where the server does not list the method; but not so far that a network hears the password. */
static int check_named(struct client *c, const struct method *m) {
    if (!c->secure && !m->hides_secret && !is_here(c))
        return err_set(&c->err, ERR_INPUT, "AUTH %s without TLS would show the password to the network",
                       m->name);
    if (!server_offers(c, "AUTH", m->name))
        tell(c, "note: the server does not offer AUTH %s; trying it, as you named it", m->name);
    return (int)m->method;
}

static bool suits(const struct client *c, const struct method *m) {
    return m->for_token == (c->options->token_command != NULL) && (c->secure || m->hides_secret) &&
           server_offers(c, "AUTH", m->name);
}

int auth_choose(struct client *c) {
    const struct method *named = method_of(c->options->auth);
    if (named)
        return check_named(c, named);
    for (size_t i = 0; i < METHODS; i++)
        if (suits(c, &methods[i]))
            return (int)methods[i].method;
    return err_set(&c->err, ERR_INPUT, "the server offers no method that %s",
                   c->secure ? "fits the secret" : "keeps the secret without TLS");
}

/* ---- the conversations ---- */

/* Leave an exchange that leads nowhere (RFC 4954 section 4). A server that does not even take the "*" hears nothing more from us. */
static int cancel(struct client *c, const char *why) {
    if (send_line(c, "*") == -1 || get_reply(c) / 100 != 5)
        c->lost = true;
    return err_set(&c->err, ERR_PROTOCOL, "%s", why);
}

/* One line that holds a secret: what stands in front, and the bytes in base64. The copy is wiped. */
static int say_encoded(struct client *c, const char *front, const struct buf *bytes) {
    struct buf line;
    char shown[64];
    int result = FAILED;
    buf_init(&line, SEND_LINE_MAX);
    snprintf(shown, sizeof shown, "%s***", front);
    if (!buf_room(&line, SEND_LINE_MAX) || buf_add_text(&line, front) == -1 ||
        encode_base64(&line, bytes->data, bytes->len) == -1)
        err_set(&c->err, ERR_INPUT, "the user name or the secret is too long");
    else
        result = send_secret(c, shown, line.data);
    wipe(&line);
    buf_free(&line);
    return result == 0 ? get_reply(c) : FAILED;
}

/*
 * AUTH with the response in the same line, which saves a round trip, unless the line grew too long for a command: then 334
 * asks for it. A server may ask all the same.
 */
static int respond(struct client *c, const char *name, const struct buf *response) {
    char front[32];
    snprintf(front, sizeof front, "AUTH %s ", name);
    bool fits = strlen(front) + (response->len + 2) / 3 * 4 <= COMMAND_LINE_MAX;
    int code = fits                                 ? say_encoded(c, front, response)
               : send_line(c, "AUTH %s", name) == 0 ? get_reply(c)
                                                    : FAILED;
    if (code == 334 && (!fits || c->reply.text[0] == '\0'))
        code = say_encoded(c, "", response);
    return code;
}

/* All at once, so that no copy is left behind where it grew. */
static bool make_room(struct client *c, struct buf *b) {
    buf_init(b, SEND_LINE_MAX);
    if (buf_room(b, SEND_LINE_MAX))
        return true;
    err_set(&c->err, ERR_SYSTEM, "out of memory");
    return false;
}

static int too_long(struct client *c) {
    return err_set(&c->err, ERR_INPUT, "the user name or the secret is too long");
}

/* NUL user NUL password; the empty part in front says "in nobody else's name" (RFC 4616 section 2). */
int auth_plain(struct client *c) {
    struct buf plain;
    if (!make_room(c, &plain))
        return FAILED;
    int code = FAILED;
    if (buf_add_char(&plain, '\0') == -1 || buf_add_text(&plain, c->options->user) == -1 ||
        buf_add_char(&plain, '\0') == -1 || buf_add(&plain, c->secret.data, c->secret.len) == -1)
        too_long(c);
    else
        code = respond(c, "PLAIN", &plain);
    wipe(&plain);
    buf_free(&plain);
    return code == 334 ? cancel(c, "PLAIN has nothing more to say, but the server asks on") : code;
}

/* "user proof": the digest proves that we know the password, and does not tell it (RFC 2195 section 2). */
static int answer_challenge(struct client *c, const struct buf *challenge) {
    char proof[ENCODE_HMAC_MD5_LEN + 1];
    struct buf answer;
    if (encode_hmac_md5(c->secret.data, c->secret.len, challenge->data, challenge->len, proof) == -1)
        return cancel(c, "this machine has MD5 switched off");
    buf_init(&answer, SEND_LINE_MAX);
    int code =
        buf_addf(&answer, "%s %s", c->options->user, proof) == 0 ? say_encoded(c, "", &answer) : too_long(c);
    buf_free(&answer);
    return code == 334 ? cancel(c, "CRAM-MD5 has nothing more to say, but the server asks on") : code;
}

int auth_cram_md5(struct client *c) {
    int code = send_line(c, "AUTH CRAM-MD5") == 0 ? get_reply(c) : FAILED;
    if (code != 334)
        return code;
    struct buf challenge;
    buf_init(&challenge, ANSWER_TEXT_MAX);
    if (decode_base64(&challenge, c->reply.text, strlen(c->reply.text)) == -1)
        code = cancel(c, "the server's challenge is not base64");
    else
        code = answer_challenge(c, &challenge);
    buf_free(&challenge);
    return code;
}

/* The reasons of the refusal, as the server gives them: {"status":"401",...}. They are no command: not base64, not shown. */
static void tell_reasons(struct client *c) {
    struct buf reasons;
    buf_init(&reasons, ANSWER_TEXT_MAX);
    if (decode_base64(&reasons, c->reply.text, strlen(c->reply.text)) == 0 && reasons.len > 0)
        tell(c, "login: the server gives as its reasons %s", reasons.data);
    buf_free(&reasons);
}

int auth_xoauth2(struct client *c) {
    struct buf response;
    if (!make_room(c, &response))
        return FAILED;
    int code = FAILED;
    if (strchr(c->options->user, '\1'))
        err_set(&c->err, ERR_INPUT, "the user name has a ^A in it, which would end it");
    else if (buf_addf(&response, "user=%s\1auth=Bearer ", c->options->user) == -1 ||
             buf_add(&response, c->secret.data, c->secret.len) == -1 || buf_add_text(&response, "\1\1") == -1)
        too_long(c);
    else
        code = respond(c, "XOAUTH2", &response);
    wipe(&response);
    buf_free(&response);
    if (code != 334)
        return code;
    tell_reasons(c);
    code = send_line(c, "%s", "") == 0 ? get_reply(c) : FAILED; /* only then does it say no */
    return code == 334 ? cancel(c, "XOAUTH2 has nothing more to say, but the server asks on") : code;
}

/* ---- what a refusal means ---- */

struct refusal {
    int code;           /* 0: any */
    const char *status; /* the enhanced code at the beginning of the text (RFC 3463), NULL: any */
    const char *word;   /* somewhere in the text, NULL: any */
    const char *meaning;
};

#define SWITCHED_OFF "logging in by password is switched off there; it takes a token (--auth xoauth2)"
#define APPLICATION "it wants an application password, made in the account's settings, not the account's own"
#define TLS_FIRST "it wants TLS first; try --tls starttls or --tls implicit"
#define NO_METHOD "it does not know this method; name another method with --auth"

/* The first row that fits. Providers use one code for several reasons: their words come before the codes' own meaning (RFC 4954 section 6). */
static const struct refusal refusals[] = {
    {0, "5.7.139", NULL, SWITCHED_OFF},
    {0, "5.7.30", NULL, SWITCHED_OFF},
    {534, NULL, "pplication-specific", APPLICATION},
    {535, NULL, "google.com", APPLICATION},
    {534, NULL, NULL, "this method is too weak for it; name another method with --auth"},
    {535, NULL, NULL, "wrong user name or password"},
    {530, NULL, NULL, TLS_FIRST},
    {538, NULL, NULL, TLS_FIRST},
    {500, NULL, NULL, NO_METHOD},
    {502, NULL, NULL, NO_METHOD},
    {504, NULL, NULL, NO_METHOD},
    {503, NULL, NULL, "it takes no login at this moment: you are logged in already, or EHLO is missing"},
};

static bool begins_with(const char *text, const char *status) {
    return strncmp(text, status, strlen(status)) == 0 && strchr(" \n", text[strlen(status)]);
}

static const char *meaning(int code, const char *text) {
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const struct refusal *r = &refusals[i];
        if ((r->code == 0 || r->code == code) && (!r->status || begins_with(text, r->status)) &&
            (!r->word || strstr(text, r->word)))
            return r->meaning;
    }
    return code / 100 == 4 ? "it is not the password; try again later" : "it gives no reason that we know";
}

static int not_logged_in(struct client *c, const struct method *m, int code) {
    if (code == FAILED) {
        tell(c, "login by %s: %s; no mail was sent", m->name, client_error(c));
        return outcome_of_error(c->err.kind);
    }
    const char *why =
        m->for_token && code == 535 ? "the token is wrong or has run out" : meaning(code, c->reply.text);
    tell(c, "login by %s: the server said %d %s: %s", m->name, code, c->reply.text, why);
    int outcome = outcome_of_reply(code);
    return outcome == OUTCOME_REFUSED ? OUTCOME_NO_LOGIN : outcome;
}

int auth_log_in(struct client *c) {
    int chosen = auth_choose(c);
    const struct method *m = chosen == FAILED ? NULL : method_of((enum auth_method)chosen);
    int code = m ? m->run(c) : FAILED;
    wipe(&c->secret);
    if (m)
        return code == 235 ? OUTCOME_SENT : not_logged_in(c, m, code);
    tell(c, "login: %s; no mail was sent", client_error(c));
    return OUTCOME_NO_LOGIN;
}
