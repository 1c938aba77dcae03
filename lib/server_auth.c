/*
 * AUTH (RFC 4954): a command, then as many challenges (334) and responses as the mechanism wants. One table names the
 * mechanisms; each step says which function takes the next response. See server.h.
 */
#include "server_internal.h"

#include "encode.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- steps --- */

static void wipe(struct buf *b) {
    if (b->len > 0)
        memset(b->data, 0, b->len);
    buf_clear(b);
}

void server_auth_end(struct server *s) {
    s->login.next = NULL;
    wipe(&s->login.user);
    wipe(&s->login.text);
    if (s->phase == PHASE_AUTH)
        s->phase = PHASE_READY;
    if (s->reads == READS_RESPONSE)
        s->reads = READS_COMMAND;
}

/* 334 and a challenge, already in base64; `next` takes what comes back. */
static void ask(struct server *s, const char *challenge,
                void (*next)(struct server *, const char *, size_t)) {
    server_say(s, 334, challenge);
    s->login.next = next;
    s->phase = PHASE_AUTH;
    s->reads = READS_RESPONSE;
}

static void ask_encoded(struct server *s, const char *text,
                        void (*next)(struct server *, const char *, size_t)) {
    struct buf challenge;

    buf_init(&challenge, REPLY_LINE_MAX);
    if (encode_base64(&challenge, text, strlen(text)) == 0)
        ask(s, challenge.data, next);
    else
        server_refuse(s, REFUSE_NO_MEMORY);
    buf_free(&challenge);
}

static void fail(struct server *s, enum server_refusal why) {
    server_auth_end(s);
    server_refuse(s, why);
}

static void finish(struct server *s, bool right) {
    if (!right) {
        fail(s, REFUSE_LOGIN);
        return;
    }
    server_auth_end(s);
    s->summary.user = s->config->user;
    server_work_done(s);
    server_good(s, 235, "2.7.0 Authentication succeeded");
}

/* --- names and secrets --- */

/* All bytes are looked at, so that the time it takes does not tell how many were right. */
static bool same(const char *text, size_t n, const char *wanted) {
    unsigned difference = 0;

    if (wanted == NULL || strlen(wanted) != n)
        return false;
    for (size_t i = 0; i < n; i++)
        difference |= (unsigned char)(text[i] ^ wanted[i]);
    return difference == 0;
}

static bool is_account(const struct server *s, const char *user, size_t user_len, const char *secret,
                       size_t n) {
    bool user_right = same(user, user_len, s->config->user);
    bool secret_right = same(secret, n, s->config->password);

    return user_right && secret_right;
}

/* --- PLAIN: [identity] NUL user NUL password (RFC 4616) --- */

static void plain(struct server *s, const char *text, size_t n) {
    const char *end = text + n;
    const char *user = memchr(text, '\0', n);
    const char *password = user != NULL ? memchr(user + 1, '\0', (size_t)(end - user - 1)) : NULL;
    size_t identity_len, user_len;

    if (password == NULL || memchr(password + 1, '\0', (size_t)(end - password - 1)) != NULL) {
        fail(s, REFUSE_RESPONSE);
        return;
    }
    identity_len = (size_t)(user++ - text);
    user_len = (size_t)(password++ - user);
    /* To act for somebody else is not allowed here; to name oneself twice is. */
    finish(s, is_account(s, user, user_len, password, (size_t)(end - password)) &&
                  (identity_len == 0 || same(text, identity_len, s->config->user)));
}

/* --- LOGIN: the user, then the password --- */

static void login_password(struct server *s, const char *text, size_t n) {
    finish(s, is_account(s, s->login.user.data, s->login.user.len, text, n));
}

static void login_user(struct server *s, const char *text, size_t n) {
    wipe(&s->login.user);
    if (buf_add(&s->login.user, text, n) == -1)
        fail(s, REFUSE_NO_MEMORY);
    else
        ask(s, "UGFzc3dvcmQ6", login_password); /* "Password:" */
}

/* --- CRAM-MD5: user SP digest of the challenge (RFC 2195) --- */

static const char *last_space(const char *text, size_t n) {
    while (n > 0 && text[n - 1] != ' ')
        n--;
    return n > 0 ? text + n - 1 : NULL;
}

static void cram_response(struct server *s, const char *text, size_t n) {
    const char *challenge = s->login.challenge;
    const char *password = s->config->password != NULL ? s->config->password : "";
    const char *space = last_space(text, n);
    char digest[ENCODE_HMAC_MD5_LEN + 1];

    if (space == NULL)
        fail(s, REFUSE_RESPONSE);
    else if (encode_hmac_md5(password, strlen(password), challenge, strlen(challenge), digest) == -1)
        fail(s, REFUSE_NO_DIGEST);
    else
        finish(s, same(text, (size_t)(space - text), s->config->user) &&
                      same(space + 1, (size_t)(text + n - space - 1), digest));
}

/* A host without a nonce gives every session the same challenge: good enough for a test, not for a network. */
static void cram_challenge(struct server *s) {
    char nonce[SERVER_ID_MAX] = "0";

    if (s->host->nonce != NULL)
        s->host->nonce(s->host->arg, nonce);
    nonce[sizeof nonce - 1] = '\0';
    snprintf(s->login.challenge, sizeof s->login.challenge, "<%s@%s>", nonce, s->config->name);
    ask_encoded(s, s->login.challenge, cram_response);
}

/* --- XOAUTH2: user=NAME ^A auth=Bearer TOKEN ^A ^A (Google's and Microsoft's) --- */

/* Whatever the client says to the bad news, mostly an empty line: only now comes the refusal. */
static void xoauth2_failed(struct server *s, const char *text, size_t n) {
    (void)text;
    (void)n;
    finish(s, false);
}

/* Skip the word at *at. */
static bool skip(const char **at, const char *end, const char *word) {
    size_t n = strlen(word);

    if ((size_t)(end - *at) < n || strncasecmp(*at, word, n) != 0)
        return false;
    *at += n;
    return true;
}

/* What stands up to the next ^A, which is skipped. */
static bool take_field(const char **at, const char *end, const char **field, size_t *len) {
    const char *stop = memchr(*at, '\1', (size_t)(end - *at));

    if (stop == NULL)
        return false;
    *field = *at;
    *len = (size_t)(stop - *at);
    *at = stop + 1;
    return true;
}

static void xoauth2(struct server *s, const char *text, size_t n) {
    const char *end = text + n, *user, *token;
    size_t user_len, token_len;

    if (!skip(&text, end, "user=") || !take_field(&text, end, &user, &user_len) ||
        !skip(&text, end, "auth=Bearer ") || !take_field(&text, end, &token, &token_len) || end - text != 1 ||
        *text != '\1')
        fail(s, REFUSE_RESPONSE);
    else if (is_account(s, user, user_len, token, token_len))
        finish(s, true);
    else
        ask_encoded(s, "{\"status\":\"401\",\"schemes\":\"bearer\",\"scope\":\"smtp\"}", xoauth2_failed);
}

/* --- the command --- */

static const struct mechanism {
    const char *name;
    enum server_auth bit;
    const char *prompt;                                      /* for a response without an initial one */
    void (*challenge)(struct server *);                      /* instead: the server has to speak first */
    void (*response)(struct server *, const char *, size_t); /* takes the first response */
} mechanisms[] = {
    {"LOGIN", SERVER_AUTH_LOGIN, "VXNlcm5hbWU6", NULL, login_user}, /* "Username:" */
    {"PLAIN", SERVER_AUTH_PLAIN, "", NULL, plain},
    {"CRAM-MD5", SERVER_AUTH_CRAM_MD5, NULL, cram_challenge, NULL},
    {"XOAUTH2", SERVER_AUTH_XOAUTH2, "", NULL, xoauth2},
};

#define MECHANISMS (sizeof mechanisms / sizeof mechanisms[0])

static bool has(const struct server *s, const struct mechanism *m) {
    return (s->config->auth & (unsigned)m->bit) != 0;
}

bool server_auth_offered(const struct server *s) {
    bool safe = s->tls || s->config->auth_in_clear || server_is_weak(s, SERVER_WEAK_AUTH_IN_CLEAR);

    return safe && s->config->user != NULL && (s->config->auth & SERVER_AUTH_ALL) != 0;
}

int server_auth_list(const struct server *s, struct buf *out) {
    int bad = 0;

    for (size_t i = 0; i < MECHANISMS; i++)
        if (has(s, &mechanisms[i]))
            bad |= buf_addf(out, " %s", mechanisms[i].name);
    return bad;
}

static const struct mechanism *find(const struct server *s, const char *name, size_t n) {
    for (size_t i = 0; i < MECHANISMS; i++)
        if (has(s, &mechanisms[i]) && strlen(mechanisms[i].name) == n &&
            strncasecmp(name, mechanisms[i].name, n) == 0)
            return &mechanisms[i];
    return NULL;
}

static void take(struct server *s, const char *text, size_t n,
                 void (*next)(struct server *, const char *, size_t)) {
    wipe(&s->login.text);
    if (decode_base64(&s->login.text, text, n) == -1)
        fail(s, REFUSE_BASE64);
    else
        next(s, s->login.text.data, s->login.text.len);
}

void server_auth_response(struct server *s, const char *line, size_t n) {
    void (*next)(struct server *, const char *, size_t) = s->login.next;

    if (n == 1 && *line == '*')
        fail(s, REFUSE_CANCELLED);
    else if (next == xoauth2_failed)
        next(s, line, n); /* some answer with base64, some with nothing */
    else
        take(s, line, n, next);
    if (s->login.next == next)
        server_auth_end(s); /* it was the last step */
}

static enum server_refusal cannot_log_in(const struct server *s) {
    if (s->config->user == NULL || (s->config->auth & SERVER_AUTH_ALL) == 0)
        return REFUSE_NO_AUTH;
    if (!s->esmtp)
        return REFUSE_EHLO_FIRST;
    if (s->summary.user != NULL)
        return REFUSE_AUTH_TWICE;
    return server_auth_offered(s) ? REFUSE_NOTHING : REFUSE_AUTH_CLEAR;
}

/* "=" stands for an initial response of no bytes (RFC 4954 4). */
static void begin(struct server *s, const struct mechanism *m, const char *initial, size_t n) {
    if (m->challenge != NULL && n > 0)
        server_refuse(s, REFUSE_NO_INITIAL);
    else if (m->challenge != NULL)
        m->challenge(s);
    else if (n == 0)
        ask(s, m->prompt, m->response);
    else
        take(s, initial, n == 1 && *initial == '=' ? 0 : n, m->response);
}

void server_auth(struct server *s, const struct command *c) {
    enum server_refusal why = cannot_log_in(s);
    const char *space = c->args_len > 0 ? memchr(c->args, ' ', c->args_len) : NULL;
    size_t name_len = space != NULL ? (size_t)(space - c->args) : c->args_len;
    const struct mechanism *m = find(s, c->args, name_len);

    if (why != REFUSE_NOTHING)
        server_refuse(s, why);
    else if (name_len == 0)
        server_refuse_syntax(s, VERB_AUTH);
    else if (m == NULL)
        server_refuse(s, REFUSE_MECHANISM);
    else if (space != NULL)
        begin(s, m, space + 1, c->args_len - name_len - 1);
    else
        begin(s, m, "", 0);
}
