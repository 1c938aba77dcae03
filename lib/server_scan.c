/*
 * The bytes of a message: where lines end, what must not be in them, where the message itself ends (RFC 5321 4.1.1.4,
 * 4.5.2, 2.3.8). See server.h.
 *
 * For speed it jumps from line end to line end with memchr(), and copies nothing: what lies between two doubled dots
 * goes to the host in one piece. As a rule that is the whole block.
 */
#include "server_internal.h"

#include "syntax.h"

#include <string.h>

struct scan {
    const char *piece; /* what the host has not got yet begins here */
    const char *at;
    const char *end;
    const char *cr; /* the next of each, at or behind `at`; `end` if there is none */
    const char *lf;
};

static const char *find(const char *from, const char *end, char c) {
    const char *found = memchr(from, c, (size_t)(end - from));

    return found != NULL ? found : end;
}

void server_scan_begin(struct server *s) {
    s->mail.text.after = BY_CRLF; /* the line of DATA ended so */
    s->mail.text.cr = false;
    s->mail.text.column = 0;
}

void server_scan_end(struct server *s) {
    if (s->mail.text.cr)
        server_spoil(s, REFUSE_TEXT_CR);
}

/* --- line ends --- */

static void end_line(struct server *s, enum server_ended by) {
    if (s->mail.text.column > SYNTAX_TEXT_MAX)
        server_spoil(s, REFUSE_TEXT_LONG);
    if (by == BY_LF && !server_is_weak(s, SERVER_WEAK_SMUGGLING))
        server_spoil(s, REFUSE_TEXT_LF);
    if (by == BY_CR)
        server_spoil(s, REFUSE_TEXT_CR);
    s->mail.text.column = 0;
    s->mail.text.after = by;
}

/* The block ended in a CR; here is the next byte. */
static void after_cr(struct server *s, struct scan *x) {
    bool crlf = *x->at == '\n';

    s->mail.text.cr = false;
    if (crlf) {
        s->mail.text.column++;
        x->at++;
    }
    end_line(s, crlf ? BY_CRLF : BY_CR);
}

/* Go on behind the next CR LF, LF or CR, or to the end of the block. */
static void next_line(struct server *s, struct scan *x) {
    const char *start = x->at;
    enum server_ended by = IN_TEXT;

    if (x->cr < start)
        x->cr = find(start, x->end, '\r');
    if (x->lf < start)
        x->lf = find(start, x->end, '\n');
    if (x->lf < x->cr)
        by = BY_LF;
    else if (x->cr < x->end)
        by = x->lf < x->end && x->lf - x->cr == 1 ? BY_CRLF : BY_CR;
    x->at = by == BY_CR ? x->cr + 1 : by == IN_TEXT ? x->end : x->lf + 1;
    s->mail.text.column += (size_t)(x->at - start);
    if (by == BY_CR && x->at == x->end)
        s->mail.text.cr = true; /* the last byte: whether an LF follows is not known yet */
    else if (by != IN_TEXT)
        end_line(s, by);
    else
        s->mail.text.after = IN_TEXT;
}

/* --- dots at the start of a line --- */

enum dot { DOT_IS_TEXT, DOT_DOUBLED, DOT_ENDS, DOT_DECEIVES, DOT_UNCLEAR };

/* What ends the line that begins with the dot at `at`: IN_TEXT, something else follows the dot. *n: bytes up to there. */
static enum server_ended behind_dot(const char *at, const char *end, size_t *n) {
    *n = 2;
    if (at[1] == '\n')
        return BY_LF;
    if (at[1] != '\r')
        return IN_TEXT;
    *n = end - at > 2 && at[2] == '\n' ? 3 : 2;
    return *n == 3 ? BY_CRLF : BY_CR;
}

static bool ends_lines(const struct server *s, enum server_ended by) {
    return by == BY_CRLF || (by == BY_LF && server_is_weak(s, SERVER_WEAK_SMUGGLING));
}

static enum dot judge(const struct server *s, const char *at, const char *end, size_t *n,
                      enum server_ended *by) {
    bool starts = ends_lines(s, s->mail.text.after);

    if (end - at < 2 || (at[1] == '\r' && end - at < 3))
        return DOT_UNCLEAR;
    *by = behind_dot(at, end, n);
    if (*by == IN_TEXT)
        return starts ? DOT_DOUBLED : DOT_IS_TEXT;
    return starts && ends_lines(s, *by) ? DOT_ENDS : DOT_DECEIVES;
}

/* What another server might take for the end of the message, with commands behind it: SMTP smuggling. */
static void refuse_deception(struct server *s, enum server_ended by) {
    static const char *const names[] = {[IN_TEXT] = "", [BY_CRLF] = "CRLF", [BY_LF] = "LF", [BY_CR] = "CR"};

    server_spoil(s, REFUSE_TEXT_LF);
    server_sayf(
        s, 554,
        "5.5.2 %s.%s looks like the end of a message, but only CRLF.CRLF is (RFC 5321 2.3.8): closing",
        names[s->mail.text.after], names[by]);
    server_close(s, SERVER_CLOSE);
}

/* true: there is no more to scan in this block. */
static bool take_dot(struct server *s, struct scan *x, struct server_input *in, bool *ended) {
    enum server_ended by = IN_TEXT;
    size_t n = 0;
    enum dot dot = judge(s, x->at, x->end, &n, &by);

    if (dot != DOT_IS_TEXT)
        server_keep(s, x->piece, x->at);
    if (dot == DOT_IS_TEXT || dot == DOT_DOUBLED) {
        s->mail.text.after = IN_TEXT;
        s->mail.text.column =
            dot == DOT_IS_TEXT ? 1 : 0; /* a doubled dot does not count (RFC 5321 4.5.3.1.6) */
        x->piece = dot == DOT_IS_TEXT ? x->piece : x->at + 1;
        x->at++;
        return false;
    }
    if (dot == DOT_DECEIVES)
        refuse_deception(s, by);
    *ended = dot == DOT_ENDS;
    in->at = x->at + (*ended ? n : 0);
    in->starved = dot == DOT_UNCLEAR;
    return true;
}

/* --- the block --- */

bool server_scan(struct server *s, struct server_input *in, bool dots) {
    struct scan x = {in->at, in->at, in->end, find(in->at, in->end, '\r'), find(in->at, in->end, '\n')};
    bool ended = false;

    while (x.at < x.end) {
        if (s->mail.text.cr)
            after_cr(s, &x);
        else if (dots && *x.at == '.' && s->mail.text.after != IN_TEXT) {
            if (take_dot(s, &x, in, &ended))
                return ended;
        } else
            next_line(s, &x);
    }
    server_keep(s, x.piece, x.end);
    in->at = x.end;
    return false;
}
