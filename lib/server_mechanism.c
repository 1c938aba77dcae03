/* The mechanisms of AUTH: what each asks, and what it takes for a proof. See server_auth.c. */
#include "server_internal.h"

#include "encode.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

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
        server_auth_fail(s, REFUSE_RESPONSE);
        return;
    }
    identity_len = (size_t)(user++ - text);
    user_len = (size_t)(password++ - user);
    /* To act for somebody else is not allowed here; to name oneself twice is. */
    server_auth_finish(s, is_account(s, user, user_len, password, (size_t)(end - password)) &&
                              (identity_len == 0 || same(text, identity_len, s->config->user)));
}

/* --- LOGIN: the user, then the password --- */

static void login_password(struct server *s, const char *text, size_t n) {
    server_auth_finish(s, is_account(s, s->login.user.data, s->login.user.len, text, n));
}

static void login_user(struct server *s, const char *text, size_t n) {
    server_wipe(&s->login.user);
    if (buf_add(&s->login.user, text, n) == -1)
        server_auth_fail(s, REFUSE_NO_MEMORY);
    else
        server_auth_ask(s, "UGFzc3dvcmQ6", login_password); /* "Password:" */
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
        server_auth_fail(s, REFUSE_RESPONSE);
    else if (encode_hmac_md5(password, strlen(password), challenge, strlen(challenge), digest) == -1)
        server_auth_fail(s, REFUSE_NO_DIGEST);
    else
        server_auth_finish(s, same(text, (size_t)(space - text), s->config->user) &&
                                  same(space + 1, (size_t)(text + n - space - 1), digest));
}

/* A host without a nonce gives every session the same challenge: good enough for a test, not for a network. */
static void cram_challenge(struct server *s) {
    char nonce[SERVER_ID_MAX] = "0";

    if (s->host->nonce != NULL)
        s->host->nonce(s->host->arg, nonce);
    nonce[sizeof nonce - 1] = '\0';
    snprintf(s->login.challenge, sizeof s->login.challenge, "<%s@%s>", nonce, s->config->name);
    server_auth_ask_encoded(s, s->login.challenge, cram_response);
}

/* --- XOAUTH2: user=NAME ^A auth=Bearer TOKEN ^A ^A (Google's and Microsoft's) --- */

/* Whatever the client says to the bad news, mostly an empty line: only now comes the refusal. */
void server_xoauth2_failed(struct server *s, const char *text, size_t n) {
    (void)text;
    (void)n;
    server_auth_finish(s, false);
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
        server_auth_fail(s, REFUSE_RESPONSE);
    else if (is_account(s, user, user_len, token, token_len))
        server_auth_finish(s, true);
    else
        server_auth_ask_encoded(s, "{\"status\":\"401\",\"schemes\":\"bearer\",\"scope\":\"smtp\"}",
                                server_xoauth2_failed);
}

/* --- the table --- */

static const struct server_mechanism mechanisms[] = {
    {"LOGIN", SERVER_AUTH_LOGIN, "VXNlcm5hbWU6", NULL, login_user}, /* "Username:" */
    {"PLAIN", SERVER_AUTH_PLAIN, "", NULL, plain},
    {"CRAM-MD5", SERVER_AUTH_CRAM_MD5, NULL, cram_challenge, NULL},
    {"XOAUTH2", SERVER_AUTH_XOAUTH2, "", NULL, xoauth2},
};

#define MECHANISMS (sizeof mechanisms / sizeof mechanisms[0])

static bool has(const struct server *s, const struct server_mechanism *m) {
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

const struct server_mechanism *server_mechanism_find(const struct server *s, const char *name, size_t n) {
    for (size_t i = 0; i < MECHANISMS; i++)
        if (has(s, &mechanisms[i]) && strlen(mechanisms[i].name) == n &&
            strncasecmp(name, mechanisms[i].name, n) == 0)
            return &mechanisms[i];
    return NULL;
}
