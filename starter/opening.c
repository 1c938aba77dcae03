/*
 * opening.c - from nothing to a session in which mail may be sent. (Provided.)
 *
 * connect, greeting, EHLO, STARTTLS and EHLO again, login: each stage looks at
 * the answer, tells the user what was refused, and returns the outcome. The
 * first that is not OUTCOME_SENT ends the opening. This is how lab 2's
 * session.c can look, too.
 */
#include "program.h"

#include <ctype.h>
#include <netdb.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* An answer that ends the opening: tell it, and say what it comes to. */
static int problem(struct client *c, int code, const char *what) {
    if (code == NOT_DONE)
        return OUTCOME_TODO; /* TODO_LAB() has told */
    if (code == FAILED) {
        tell(c, "%s: %s; no mail was sent", what, client_error(c));
        return outcome_of_error(c->err.kind);
    }
    bool refusal = code / 100 == 4 || code / 100 == 5;
    tell(c, "%s: %s: %d %s", what, refusal ? "the server refused" : "not an answer to this", code,
         c->reply.text);
    return outcome_of_reply(code);
}

/* ---- our own name (RFC 5321 section 4.1.4) ---- */

static bool looks_like_domain(const char *name) {
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '-' && *p != '.')
            return false;
    return isalnum((unsigned char)name[0]) && strchr(name, '.');
}

/* A machine without a domain name gives the address it speaks from: [192.0.2.1] or [IPv6:2001:db8::1] (section 4.1.3). */
static void address_literal(struct client *c) {
    struct sockaddr_storage here;
    socklen_t len = sizeof here;
    char number[128];
    snprintf(c->own_name, sizeof c->own_name, "[127.0.0.1]");
    if (getsockname(stream_fd(c->stream), (struct sockaddr *)&here, &len) == -1 ||
        getnameinfo((struct sockaddr *)&here, len, number, sizeof number, NULL, 0, NI_NUMERICHOST) != 0)
        return;
    number[strcspn(number, "%")] = '\0'; /* "fe80::1%eth0": which network card is nobody else's business */
    snprintf(c->own_name, sizeof c->own_name, here.ss_family == AF_INET6 ? "[IPv6:%s]" : "[%s]", number);
}

static int choose_own_name(struct client *c) {
    const char *given = c->options->helo;
    char host[NET_HOST_MAX] = "";
    if (given)
        snprintf(c->own_name, sizeof c->own_name, "%s", given);
    else if (gethostname(host, sizeof host - 1) == 0 && looks_like_domain(host))
        snprintf(c->own_name, sizeof c->own_name, "%s", host);
    else
        address_literal(c);
    return OUTCOME_SENT;
}

/* ---- the stages ---- */

/* The commonest mistake with ports, and the least helpful messages come from it. */
static void hint_at_port(struct client *c) {
    const struct options *o = c->options;
    if (o->tls == TLS_MODE_IMPLICIT && (strcmp(o->port, "587") == 0 || strcmp(o->port, "25") == 0))
        tell(c, "hint: port %s begins in plain text; try --tls starttls", o->port);
    if (o->tls != TLS_MODE_IMPLICIT && strcmp(o->port, "465") == 0)
        tell(c, "hint: port 465 begins with TLS; try --tls implicit");
}

/* The connection or the greeting is not what it should be. */
static int no_entry(struct client *c, int code) {
    char where[NET_HOST_MAX + NET_PORT_MAX + sizeof " port "];
    snprintf(where, sizeof where, "%s port %s", c->options->host, c->options->port);
    int outcome = problem(c, code, where);
    if (code == FAILED)
        hint_at_port(c);
    return outcome;
}

static int dial(struct client *c) {
    int result = connect_to_server(c);
    return result == 0 ? OUTCOME_SENT : no_entry(c, result);
}

/* The server speaks first (RFC 5321 section 3.1). */
static int own_greet(struct client *c) {
    int code = get_reply(c);
    return code == 220 ? OUTCOME_SENT : no_entry(c, code);
}

static int own_hello(struct client *c) {
    int code = send_ehlo(c);
    return code / 100 == 2 ? OUTCOME_SENT : problem(c, code, "EHLO");
}

static int greet(struct client *c) {
    return part(c, 4, wire_greet, own_greet);
}

int say_hello(struct client *c) {
    return part(c, 4, wire_hello, own_hello);
}

static int own_starttls(struct client *c) {
    if (!server_offers(c, "STARTTLS", NULL)) {
        /* Perhaps it has none, perhaps someone between took the line out. To go on in plain text would serve both. */
        tell(c, "the server offers no STARTTLS, so nothing is protected and nothing was sent");
        return OUTCOME_REFUSED;
    }
    int code = start_tls(c);
    return code == 220 ? say_hello(c) : problem(c, code, "STARTTLS");
}

static int secure(struct client *c) {
    return c->options->tls == TLS_MODE_STARTTLS ? part(c, 5, security_starttls, own_starttls) : OUTCOME_SENT;
}

/* One exchange of a login, and the code that takes it on. */
struct exchange {
    int (*send)(struct client *c);
    int expected;
};

static const struct exchange logins[][4] = {
    [AUTH_METHOD_LOGIN] = {{send_auth_request, 334}, {send_username, 334}, {send_password, 235}, {NULL, 0}},
    [AUTH_METHOD_PLAIN] = {{send_auth_plain, 235}, {NULL, 0}},
};

/* CRAM-MD5 and XOAUTH2 come from lab 7 alone. */
static enum auth_method provided_method(const struct client *c) {
    return c->options->auth == AUTH_METHOD_PLAIN ? AUTH_METHOD_PLAIN : AUTH_METHOD_LOGIN;
}

/* Things the user should know, but may have asked for. */
static void remark_on_login(struct client *c) {
    const char *name = provided_method(c) == AUTH_METHOD_LOGIN ? "LOGIN" : "PLAIN";
    if (!server_offers(c, "AUTH", name))
        tell(c, "note: the server does not list AUTH %s; trying it, as you named it", name);
    if (c->options->tls == TLS_MODE_NONE)
        tell(c, "note: the password goes over the network in plain text, as you said --tls none");
}

static int exchange_words(struct client *c) {
    for (const struct exchange *x = logins[provided_method(c)]; x->send; x++) {
        int code = x->send(c);
        if (code == x->expected)
            continue;
        int outcome = problem(c, code, "login");
        return outcome == OUTCOME_REFUSED ? OUTCOME_NO_LOGIN : outcome;
    }
    return OUTCOME_SENT;
}

/* wire.c has LOGIN (lab 4), auth.c all methods and the choice between them (lab 7). */
static int own_login(struct client *c) {
    remark_on_login(c);
    return provided_method(c) == AUTH_METHOD_LOGIN ? part(c, 4, wire_login, exchange_words)
                                                   : exchange_words(c);
}

static int log_in(struct client *c) {
    return c->options->auth == AUTH_METHOD_NONE ? OUTCOME_SENT : part(c, 7, auth_log_in, own_login);
}

int open_session(struct client *c) {
    static part_fn *const stages[] = {dial, greet, choose_own_name, say_hello, secure, log_in};
    int outcome = OUTCOME_SENT;
    for (size_t i = 0; i < sizeof stages / sizeof stages[0] && outcome == OUTCOME_SENT; i++)
        outcome = stages[i](c);
    return outcome == NOT_DONE ? OUTCOME_TODO : outcome;
}

/* ---- what the server offered ---- */

/* Is the word among those of this line, from its `from`-th on? "AUTH=LOGIN" is an old way to write "AUTH LOGIN". */
static bool line_has(const char *line, size_t len, const char *word, bool first_only) {
    size_t n = strlen(word);
    for (size_t at = 0; at < len;) {
        size_t end = at;
        while (end < len && line[end] != ' ' && line[end] != '=')
            end++;
        if (end - at == n && strncasecmp(line + at, word, n) == 0)
            return true;
        if (first_only)
            return false;
        at = end + 1;
    }
    return false;
}

bool server_offers(const struct client *c, const char *keyword, const char *word) {
    const char *line = strchr(c->offered, '\n'); /* the first line names the server */
    for (; line; line = strchr(line, '\n')) {
        line++;
        size_t len = strcspn(line, "\n");
        if (line_has(line, len, keyword, true) && (!word || line_has(line, len, word, false)))
            return true;
    }
    return false;
}
