/* What the server does wrong on purpose, for the attack lab. See server.h. */
#include "server_internal.h"

#include <string.h>
#include <strings.h>

#define HEADER_MAX 65536 /* of a message, looked through for Bcc: */

/* --- names --- */

static const struct {
    enum server_weak bit;
    const char *name;
    const char *help;
} weaknesses[] = {
    {SERVER_WEAK_SMUGGLING, "smuggling", "an LF alone ends lines, and LF.LF ends a message"},
    {SERVER_WEAK_STARTTLS_INJECTION, "starttls-injection",
     "commands sent in plain text behind STARTTLS are obeyed inside TLS"},
    {SERVER_WEAK_AUTH_IN_CLEAR, "auth-in-clear",
     "AUTH is offered without TLS, and the password is there for all to read"},
    {SERVER_WEAK_HEADER_INJECTION, "header-injection",
     "mail goes to whoever a Bcc: field of the message names"},
};

#define WEAKNESSES (sizeof weaknesses / sizeof weaknesses[0])

unsigned server_weak_named(const char *name) {
    for (size_t i = 0; i < WEAKNESSES; i++)
        if (strcasecmp(weaknesses[i].name, name) == 0)
            return (unsigned)weaknesses[i].bit;
    return 0;
}

const char *server_weak_row(size_t i, const char **help) {
    if (i >= WEAKNESSES)
        return NULL;
    if (help != NULL)
        *help = weaknesses[i].help;
    return weaknesses[i].name;
}

void server_weak_text(const struct server *s, struct buf *out) {
    const char *before = ", WEAK ON PURPOSE: ";

    for (size_t i = 0; i < WEAKNESSES; i++) {
        if (!server_is_weak(s, weaknesses[i].bit))
            continue;
        (void)buf_addf(out, "%s%s", before, weaknesses[i].name);
        before = ", ";
    }
}

/* --- header injection --- */

void server_weak_keep(struct server *s, const char *bytes, size_t n) {
    size_t room = s->header.len < HEADER_MAX ? HEADER_MAX - s->header.len : 0;

    (void)buf_add(&s->header, bytes, n < room ? n : room);
}

/* One entry of a list of addresses: "Name <a@example.org>" or "a@example.org". */
static void add_address(struct server *s, const char *text, size_t n) {
    const char *open = memchr(text, '<', n);
    const char *close = open != NULL ? memchr(open, '>', (size_t)(text + n - open)) : NULL;
    struct path path;

    if (close != NULL) {
        text = open + 1;
        n = (size_t)(close - text);
    }
    while (n > 0 && strchr(" \t\r\n", *text) != NULL)
        text++, n--;
    while (n > 0 && strchr(" \t\r\n", text[n - 1]) != NULL)
        n--;
    if (address_mailbox_parse(text, n, &path, NULL) == 0)
        (void)server_mail_add(s, text, n);
}

static void add_addresses(struct server *s, const char *at, const char *end) {
    while (at < end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma != NULL ? comma : end;

        add_address(s, at, (size_t)(stop - at));
        at = comma != NULL ? comma + 1 : end;
    }
}

/* Everything up to the end of the field, folded lines included. */
static const char *field_end(const char *text) {
    const char *lf;

    while ((lf = strchr(text, '\n')) != NULL && (lf[1] == ' ' || lf[1] == '\t'))
        text = lf + 1;
    return lf != NULL ? lf + 1 : text + strlen(text);
}

void server_weak_recipients(struct server *s) {
    const char *field = s->header.data;

    while (*field != '\0' && *field != '\r' && *field != '\n') {
        const char *end = field_end(field);

        if (strncasecmp(field, "Bcc:", 4) == 0)
            add_addresses(s, field + 4, end);
        field = end;
    }
}
