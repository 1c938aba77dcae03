#include "trace.h"

#include <string.h>

const char *trace_protocol(const struct server_envelope *e) {
    /* [SMTPUTF8][TLS][login] */
    static const char *const names[2][2][2] = {
        {{"ESMTP", "ESMTPA"}, {"ESMTPS", "ESMTPSA"}},
        {{"UTF8SMTP", "UTF8SMTPA"}, {"UTF8SMTPS", "UTF8SMTPSA"}},
    };

    return e->esmtp ? names[e->utf8][e->tls][e->user != NULL] : "SMTP";
}

/* In a comment these three would end it, open another, or hide what follows (RFC 5322 3.2.2). */
static int add_in_comment(struct buf *out, const char *text) {
    int result = 0;

    for (; *text != '\0'; text++) {
        if (strchr("()\\", *text) != NULL)
            result |= buf_add_char(out, '\\');
        result |= buf_add_char(out, *text);
    }
    return result;
}

static int add_recipients(struct buf *out, const struct server_envelope *e) {
    int result = buf_add_text(out, "\t(envelope: from <");

    result |= add_in_comment(out, e->from);
    for (size_t i = 0; i < e->recipient_count; i++) {
        result |= buf_add_text(out, i == 0 ? ">\r\n\t to <" : ">,\r\n\t <");
        result |= add_in_comment(out, e->recipients[i]);
    }
    return result | buf_add_text(out, ">)");
}

int trace_print(const struct trace *t, struct buf *out) {
    const struct server_envelope *e = t->envelope;
    const char *v6 = strchr(t->peer, ':') != NULL ? "IPv6:" : "";
    int result = buf_addf(out, "Return-Path: <%s>\r\n", e->from);

    result |= buf_addf(out, "Received: from %s ([%s%s])\r\n", e->hello, v6, t->peer);
    result |= buf_addf(out, "\tby %s (smtp-sandbox) with %s id %s\r\n", t->by, trace_protocol(e), t->id);
    result |= add_recipients(out, e);
    if (e->recipient_count == 1)
        result |= buf_addf(out, "\r\n\tfor <%s>", e->recipients[0]);
    return result | buf_addf(out, "; %s\r\n", t->date);
}
