/* All that the server says to a mistake, in one table, and how a reply is written. See server_internal.h. */
#include "server_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CODE_LEN 4 /* "250 " */

/* One a line, so that the table reads as a list of what can go wrong: the formatter keeps out. */
/* clang-format off */
static const struct {
    int code;
    const char *text;
} refusals[REFUSE_COUNT] = {
    [REFUSE_NOTHING] = {250, "2.0.0 Ok"},
    /* --- lines --- */
    [REFUSE_LONG_LINE] = {500, "5.5.2 Line too long (RFC 5321 4.5.3.1.4)"},
    [REFUSE_LONG_RESPONSE] = {500, "5.5.6 Line of the login too long (RFC 4954 4)"},
    [REFUSE_BARE_LF] = {500, "5.5.2 LF without CR: a line ends in CR LF and in nothing else (RFC 5321 2.3.8)"},
    [REFUSE_BARE_CR] = {500, "5.5.2 CR without LF inside a line (RFC 5321 2.3.8)"},
    [REFUSE_NUL] = {500, "5.5.2 NUL byte in a command"},
    [REFUSE_HTTP] = {421, "4.7.0 This is SMTP, not HTTP: closing"},
    [REFUSE_TLS_BYTES] = {421, "4.7.0 TLS does not begin here: say EHLO, then STARTTLS, or use the port for implicit TLS"},
    [REFUSE_ERRORS] = {421, "4.7.0 Too many errors, closing"},
    [REFUSE_IDLING] = {421, "4.7.0 Too many commands without a mail, closing"},
    /* --- the order of things (RFC 5321 4.1.4) --- */
    [REFUSE_GREETED_BADLY] = {503, "5.5.1 There is no service here, as the greeting said: QUIT"},
    [REFUSE_HELLO_FIRST] = {503, "5.5.1 Bad sequence of commands: EHLO first"},
    [REFUSE_EHLO_FIRST] = {503, "5.5.1 Bad sequence of commands: this is an extension, EHLO first"},
    [REFUSE_MAIL_FIRST] = {503, "5.5.1 Bad sequence of commands: MAIL first"},
    [REFUSE_RCPT_FIRST] = {503, "5.5.1 Bad sequence of commands: RCPT first"},
    [REFUSE_MAIL_OPEN] = {503, "5.5.1 Bad sequence of commands: a mail is under way, end it or RSET"},
    [REFUSE_NO_RECIPIENTS] = {554, "5.5.1 No valid recipients (RFC 5321 3.3)"},
    [REFUSE_CHUNKS_BEGUN] = {503, "5.5.1 Bad sequence of commands: after BDAT come BDAT or RSET (RFC 3030 2)"},
    [REFUSE_CHUNK_FAILED] = {503, "5.5.1 A chunk was refused: RSET (RFC 3030 4.2)"},
    [REFUSE_NO_TOPIC] = {504, "5.5.4 No help on this; HELP alone lists what there is"},
    /* --- TLS --- */
    [REFUSE_NO_TLS] = {502, "5.5.1 STARTTLS is not available here"},
    [REFUSE_TLS_TWICE] = {503, "5.5.1 TLS is there already (RFC 3207 4.2)"},
    [REFUSE_TLS_BEHIND] = {554, "5.5.1 Bytes came behind STARTTLS without waiting for 220: closing (RFC 3207 4)"},
    /* --- login --- */
    [REFUSE_NO_AUTH] = {502, "5.5.1 AUTH is not available here"},
    [REFUSE_AUTH_TWICE] = {503, "5.5.1 Already authenticated (RFC 4954 4)"},
    [REFUSE_AUTH_CLEAR] = {538, "5.7.11 Encryption required: STARTTLS first (RFC 4954 4)"},
    [REFUSE_MECHANISM] = {504, "5.5.4 Mechanism not available; EHLO lists them (RFC 4954 4)"},
    [REFUSE_NO_INITIAL] = {501, "5.5.4 This mechanism takes no initial response: the server speaks first (RFC 4954 4)"},
    [REFUSE_BASE64] = {501, "5.5.2 Not base64 (RFC 4954 4)"},
    [REFUSE_RESPONSE] = {501, "5.5.2 Base64, but not what this mechanism sends"},
    [REFUSE_CANCELLED] = {501, "5.7.0 Authentication cancelled (RFC 4954 4)"},
    [REFUSE_LOGIN] = {535, "5.7.8 Authentication credentials invalid"},
    [REFUSE_TLS_FIRST] = {530, "5.7.0 Must issue a STARTTLS command first, and log in then"},
    [REFUSE_LOGIN_FIRST] = {530, "5.7.0 Authentication required (RFC 4954 6)"},
    [REFUSE_NO_DIGEST] = {454, "4.7.0 This system has no MD5: take another mechanism"},
    /* --- envelope --- */
    [REFUSE_BRACKETS] = {501, "5.5.4 The address stands in angle brackets: <user@example.org> (RFC 5321 4.1.2)"},
    [REFUSE_SYNTAX] = {501, "5.5.4 Syntax error in the arguments"},
    [REFUSE_SENDER] = {501, "5.1.7 Bad sender address syntax (RFC 5321 4.1.2)"},
    [REFUSE_RECIPIENT] = {501, "5.1.3 Bad recipient address syntax (RFC 5321 4.1.2)"},
    [REFUSE_LONG_PATH] = {501, "5.1.0 Path too long: 256 octets with the brackets (RFC 5321 4.5.3.1.3)"},
    [REFUSE_LONG_LOCAL] = {501, "5.1.0 Local part too long: 64 octets (RFC 5321 4.5.3.1.1)"},
    [REFUSE_UTF8_ADDRESS] = {553, "5.6.7 Address not ASCII: it needs MAIL ... SMTPUTF8 (RFC 6531 3.3)"},
    [REFUSE_NOT_UTF8] = {553, "5.6.7 Address neither ASCII nor UTF-8 (RFC 6531 3.3)"},
    [REFUSE_PARAMETER] = {555, "5.5.4 Parameter not recognized; EHLO lists what there is (RFC 5321 4.1.1.11)"},
    [REFUSE_PARAMETER_HELO] = {555, "5.5.4 Parameters belong to extensions: EHLO, not HELO (RFC 5321 2.2.1)"},
    [REFUSE_PARAMETER_TWICE] = {501, "5.5.4 The same parameter twice"},
    [REFUSE_VALUE] = {501, "5.5.4 Bad value of a parameter"},
    [REFUSE_SIZE] = {552, "5.3.4 Message too large; EHLO says SIZE (RFC 1870 6)"},
    [REFUSE_RECIPIENT_COUNT] = {452, "4.5.3 Too many recipients in one mail (RFC 5321 4.5.3.1.10)"},
    /* --- message --- */
    [REFUSE_NO_ROOM] = {452, "4.3.1 Insufficient system storage"},
    [REFUSE_NO_MEMORY] = {452, "4.3.0 Out of memory"},
    [REFUSE_CHUNK_SIZE] = {501, "5.5.4 Syntax: BDAT length [LAST]; what follows cannot be told from commands, closing"},
    [REFUSE_NOT_STORED] = {451, "4.3.0 The message could not be stored, try again later"},
    [REFUSE_TEXT_LF] = {554, "5.6.0 LF without CR in the message: lines end in CR LF (RFC 5321 2.3.8)"},
    [REFUSE_TEXT_CR] = {554, "5.6.0 CR without LF in the message (RFC 5321 2.3.8)"},
    [REFUSE_TEXT_NUL] = {554, "5.6.0 NUL byte in the message (RFC 5322 3.5)"},
    [REFUSE_TEXT_LONG] = {554, "5.6.0 Line of the message too long: 1000 octets with CR LF (RFC 5321 4.5.3.1.6)"},
};
/* clang-format on */

/* --- writing --- */

/* "250-first" CRLF "250 last" CRLF. No printf: a busy server says little else. */
static int write_reply(struct buf *out, int code, const char *text) {
    char start[CODE_LEN] = {(char)('0' + code / 100), (char)('0' + code / 10 % 10), (char)('0' + code % 10),
                            '-'};
    const char *lf;
    int bad = 0;

    for (; (lf = strchr(text, '\n')) != NULL; text = lf + 1)
        bad |=
            buf_add(out, start, CODE_LEN) | buf_add(out, text, (size_t)(lf - text)) | buf_add(out, "\r\n", 2);
    start[CODE_LEN - 1] = ' ';
    return bad | buf_add(out, start, CODE_LEN) | buf_add_text(out, text) | buf_add(out, "\r\n", 2);
}

/* What the log will show. */
static void remember_refusal(struct server *s, int code, const char *text) {
    s->summary.refused++;
    s->errors++;
    snprintf(s->last, sizeof s->last, "%03d %.*s", code, (int)strcspn(text, "\n"), text);
}

void server_say(struct server *s, int code, const char *text) {
    if (code >= 400 && code < 600)
        remember_refusal(s, code, text);
    if (s->errors > SERVER_ERRORS_MAX && code != 421) {
        server_refuse(s, REFUSE_ERRORS);
        return;
    }
    if (code == 421)
        server_close(s, SERVER_CLOSE);
    if (write_reply(s->out, code, text) != 0)
        server_close(s, SERVER_CLOSE); /* no memory for a reply: there is nothing left to say */
}

void server_sayf(struct server *s, int code, const char *format, ...) {
    char text[REPLY_LINE_MAX - CODE_LEN - 1];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    server_say(s, code, text);
}

void server_good(struct server *s, int code, const char *text) {
    if (s->good_code != 0)
        server_say(s, s->good_code, s->good_words);
    else
        server_say(s, code, text);
}

void server_refuse(struct server *s, enum server_refusal why) {
    server_say(s, refusals[why].code, refusals[why].text);
}

void server_refuse_syntax(struct server *s, enum verb v) {
    const struct verb_info *info = verb_info(v);

    server_sayf(s, 501, "5.5.4 Syntax: %s%s%s (%s)", info->name, info->syntax[0] != '\0' ? " " : "",
                info->syntax, info->rfc);
}
