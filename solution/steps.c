/*
 * steps.c - lab 1: the five steps of sending one email.
 */
#include "client.h"

int send_mail_from(struct client *c, const char *sender) {
    if (send_line(c, "MAIL FROM:<%s>", sender) == -1)
        return FAILED;
    return get_reply(c);
}

int send_rcpt_to(struct client *c, const char *recipient) {
    if (send_line(c, "RCPT TO:<%s>", recipient) == -1)
        return FAILED;
    return get_reply(c);
}

int send_begin_data(struct client *c) {
    if (send_line(c, "DATA") == -1)
        return FAILED;
    return get_reply(c);
}

/* "To:" and all recipients, one a line: a line that begins with a space continues the field (RFC 5322 section 2.2.3). */
static int add_to(struct client *c, const struct message *m) {
    for (size_t i = 0; i < m->to_count; i++)
        if (add_line(c, "%s <%s>%s", i == 0 ? "To:" : "", m->to[i], i + 1 < m->to_count ? "," : "") == -1)
            return -1;
    return 0;
}

/* The header is for people: the server has routed by MAIL and RCPT already. (Date and Message-ID come with MIME, in lab 6.) */
static int add_header(struct client *c, const struct message *m) {
    if (add_line(c, "From: <%s>", m->from) == -1 || add_to(c, m) == -1)
        return -1;
    if (m->subject && add_line(c, "Subject: %s", m->subject) == -1)
        return -1;
    return add_line(c, "%s", "");
}

/* A line ends at CRLF, LF or CR, or where the text does. */
static size_t line_length(const char *text, size_t n) {
    size_t len = 0;
    while (len < n && text[len] != '\r' && text[len] != '\n')
        len++;
    return len;
}

static size_t line_end_length(const char *text, size_t n) {
    if (n >= 2 && text[0] == '\r' && text[1] == '\n')
        return 2;
    return n > 0 ? 1 : 0;
}

/*
 * Every line goes out with CRLF, so that no server can see other lines than we
 * do, and with one more dot in front if it begins with a dot (RFC 5321 section
 * 4.5.2). Bytes above 127 go as they are; declaring them is lab 6's.
 */
static int add_body(struct client *c, const char *text, size_t n) {
    while (n > 0) {
        size_t len = line_length(text, n);
        if (*text == '.' && add_bytes(c, ".", 1) == -1)
            return -1;
        if (add_bytes(c, text, len) == -1 || add_bytes(c, "\r\n", 2) == -1)
            return -1;
        len += line_end_length(text + len, n - len);
        text += len;
        n -= len;
    }
    return 0;
}

int send_message(struct client *c, const struct message *m) {
    int code = send_as_mime(c, m);
    if (code != NO_MIME)
        return code;
    if (add_header(c, m) == -1 || add_body(c, m->body, m->body_len) == -1 || send_line(c, ".") == -1)
        return FAILED;
    return get_reply(c);
}

int send_quit(struct client *c) {
    if (send_line(c, "QUIT") == -1)
        return FAILED;
    return get_reply(c);
}
