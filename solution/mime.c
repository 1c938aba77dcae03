/*
 * mime.c - lab 6: a message as mail programs write it today.
 *
 * SMTP carries lines of ASCII, 1000 octets at most. MIME is how everything else
 * is written in such lines: letters beyond ASCII, long lines, HTML, files. What goes
 * out here is made of
 *
 *     multipart/mixed             only with attachments
 *         multipart/alternative   only with HTML
 *             text/plain          what everybody can read comes first, the best last
 *             text/html
 *         a file in base64
 *         ...
 *
 * A part is parted from the next by a line that stands in none of them. Ours begin
 * with "--=_": base64 has no '_', in quoted-printable two digits follow every '=', and a
 * text that has such a line is never sent as it stands (fits_as_it_is()). So
 * there is nothing to search for, and a file need not be read twice.
 *
 * (Longer than other files here: a lab is one file.)
 */
#include "client.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define MIXED "=_mixed" /* neither begins with the other (RFC 2046 section 5.1.2) */
#define TEXTS "=_texts"

#define LINE_TIDY 78     /* RFC 5322 section 2.1.1: no line should be longer, 998 is the end */
#define ENCODED_LINE 76  /* RFC 2045 sections 6.7 and 6.8: nor one of quoted-printable or base64 */
#define WORD_MAX 75      /* RFC 2047 section 2: an encoded word; a line with one in it 76 */
#define PARAMETER_MAX 60 /* of a file name in one line; leaves room for " filename*10*=" and the ';' */

/* 57 bytes are one line of base64. A thousand lines make a piece: enough for large writes, and all the memory a file takes. */
#define BYTES_IN_LINE 57
#define PIECE_LINES 1024

/* ---- characters ---- */

static bool is_ascii(const char *text, size_t n) {
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] > 127)
            return false;
    return true;
}

/* Bytes 10xxxxxx continue a character of UTF-8 (RFC 3629 section 3). */
static bool continues(char byte) {
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Length of the character that this byte begins; 0: it begins none. */
static size_t character_length(char byte) {
    unsigned char b = (unsigned char)byte;
    return b < 0x80 ? 1 : b < 0xC2 ? 0 : b < 0xE0 ? 2 : b < 0xF0 ? 3 : b < 0xF5 ? 4 : 0;
}

static bool is_utf8(const char *text, size_t n) {
    for (size_t at = 0; at < n;) {
        size_t len = character_length(text[at]);
        if (len == 0 || len > n - at)
            return false;
        for (size_t i = 1; i < len; i++)
            if (!continues(text[at + i]))
                return false;
        at += len;
    }
    return true;
}

/* What is no UTF-8 is something older, and we cannot know what: RFC 1428 has a name for that. */
static const char *charset_of(const char *text, size_t n) {
    return is_ascii(text, n) ? "US-ASCII" : is_utf8(text, n) ? "UTF-8" : "unknown-8bit";
}

/* At most `max` bytes from the front of the text, cut between two characters. */
static size_t whole_characters(const char *text, size_t n, size_t max) {
    if (n <= max)
        return n;
    size_t len = max;
    while (len > 0 && continues(text[len]))
        len--;
    return len > 0 ? len : max;
}

/* ---- the header ---- */

/*
 * "Tue, 24 Nov 2026 15:04:05 +0100": the time here, and how far that is from
 * Greenwich (RFC 5322 section 3.3). The names are English whatever language the
 * machine speaks, as nobody has called setlocale().
 */
static int add_date(struct client *c) {
    char date[64];
    time_t now = time(NULL);
    struct tm here;
    if (!localtime_r(&now, &here) || strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S %z", &here) == 0)
        return err_set(&c->err, ERR_SYSTEM, "what time it is cannot be found out");
    return add_line(c, "Date: %s", date);
}

/*
 * <number@domain>: no other message in the world may have the same (RFC 5322 section 3.6.4). The domain is
 * the sender's own, or what we said in EHLO; within it, the nanosecond, this process and a counter make it unique.
 */
static int add_message_id(struct client *c, const struct message *m) {
    static unsigned count;
    struct timespec now;
    const char *at = strrchr(m->from, '@');
    clock_gettime(CLOCK_REALTIME, &now);
    return add_line(c, "Message-ID: <%lld.%09ld.%ld.%u@%s>", (long long)now.tv_sec, now.tv_nsec,
                    (long)getpid(), ++count, at ? at + 1 : c->own_name);
}

/* All recipients, one a line: a line that begins with a space continues the field. */
static int add_to(struct client *c, const struct message *m) {
    for (size_t i = 0; i < m->to_count; i++)
        if (add_line(c, "%s <%s>%s", i == 0 ? "To:" : "", m->to[i], i + 1 < m->to_count ? "," : "") == -1)
            return -1;
    return 0;
}

/* Would this come out as something else: as bytes that no header may hold, as an encoded word that it is not, or without its outer spaces? */
static bool needs_words(const char *text, size_t n) {
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < ' ' || (unsigned char)text[i] > '~')
            return true;
    return strstr(text, "=?") || (n > 0 && (text[0] == ' ' || text[n - 1] == ' '));
}

/* =?UTF-8?B?R3LDvMOfZQ==?=, up to 75 characters, one a line, no character cut in two (RFC 2047 sections 2 and 5). */
static int add_words(struct client *c, const char *name, const char *text, size_t n) {
    const char *charset = charset_of(text, n);
    size_t room = WORD_MAX -
                  strlen("=?"
                         "?B?"
                         "?=") -
                  strlen(charset);
    struct buf word;
    int result = 0;
    buf_init(&word, WORD_MAX);
    for (size_t at = 0, len; at < n && result == 0; at += len) {
        size_t used = at == 0 ? strlen(name) : 0; /* the first line has the name, too */
        len = whole_characters(text + at, n - at, (room - used) / 4 * 3);
        buf_clear(&word);
        encode_base64(&word, text + at, len);
        result = add_line(c, "%s =?%s?B?%s?=", at == 0 ? name : "", charset, word.data);
    }
    buf_free(&word);
    return result;
}

/* Where to fold: before the last space that leaves the line tidy, else before the first one there is (RFC 5322 section 2.2.3). */
static size_t fold_at(const char *text, size_t n, size_t max) {
    size_t best = 0;
    for (size_t i = 1; i < n && (i <= max || best == 0); i++)
        if (text[i] == ' ' && text[i - 1] != ' ')
            best = i;
    return n > max && best > 0 ? best : n;
}

static int add_folded(struct client *c, const char *name, const char *text, size_t n) {
    size_t len = fold_at(text, n, LINE_TIDY - strlen(name) - 1);
    int result = add_line(c, "%s %.*s", name, (int)len, text);
    for (size_t at = len; at < n && result == 0; at += len) {
        len = fold_at(text + at, n - at, LINE_TIDY);
        result = add_line(c, "%.*s", (int)len, text + at);
    }
    return result;
}

static int add_subject(struct client *c, const char *subject) {
    if (!subject)
        return 0;
    size_t n = strlen(subject);
    return needs_words(subject, n) ? add_words(c, "Subject:", subject, n)
                                   : add_folded(c, "Subject:", subject, n);
}

static int add_header(struct client *c, const struct message *m) {
    if (add_date(c) == -1 || add_message_id(c, m) == -1 || add_line(c, "From: <%s>", m->from) == -1 ||
        add_to(c, m) == -1 || add_subject(c, m->subject) == -1)
        return -1;
    return add_line(c, "MIME-Version: 1.0");
}

/* ---- text ---- */

/* One line of a text and where the next begins. Lines end in CRLF, LF or CR, the last perhaps in nothing. */
struct line {
    const char *text;
    size_t len;
    const char *next;
};

static struct line line_at(const char *text, const char *end) {
    struct line line = {text, 0, end};
    while (text + line.len < end && text[line.len] != '\r' && text[line.len] != '\n')
        line.len++;
    const char *stop = text + line.len;
    if (stop < end)
        line.next = stop + (end - stop >= 2 && stop[0] == '\r' && stop[1] == '\n' ? 2 : 1);
    return line;
}

/* Old mailbox files begin each message with "From ", and programs that write them put '>' before such a line. */
static bool is_from_line(const char *text, size_t n) {
    return n >= 5 && memcmp(text, "From ", 5) == 0;
}

static bool begins_like_boundary(const char *text, size_t n) {
    return n >= 4 && memcmp(text, "--=_", 4) == 0;
}

/* May the line go out as it stands, and arrive so? */
static bool line_fits(const struct line *line) {
    for (size_t i = 0; i < line->len; i++) {
        unsigned char b = (unsigned char)line->text[i];
        if (b > '~' || (b < ' ' && b != '\t'))
            return false;
    }
    char last = line->len > 0 ? line->text[line->len - 1] : '.';
    return line->len <= LINE_TIDY && last != ' ' && last != '\t' && !is_from_line(line->text, line->len) &&
           !begins_like_boundary(line->text, line->len);
}

static bool fits_as_it_is(const char *text, size_t n) {
    for (const char *at = text, *end = text + n; at < end;) {
        struct line line = line_at(at, end);
        if (!line_fits(&line))
            return false;
        at = line.next;
    }
    return true;
}

/* The dot in front is doubled, as in lab 1 (RFC 5321 section 4.5.2). */
static int add_line_as_it_is(struct client *c, const struct line *line) {
    if (line->len > 0 && line->text[0] == '.' && add_bytes(c, ".", 1) == -1)
        return -1;
    return add_bytes(c, line->text, line->len) == -1 ? -1 : add_bytes(c, "\r\n", 2);
}

/*
 * Must this byte be written as =XX? So must a space that would end the line
 * (servers cut it off), and whatever has a meaning where a line begins: the dot,
 * and the F of "From " (RFC 2045 section 6.7, RFC 2049 section 3).
 */
static bool needs_code(const struct line *line, size_t i, bool first) {
    unsigned char b = (unsigned char)line->text[i];
    if (b == ' ' || b == '\t')
        return i + 1 == line->len;
    return b < ' ' || b > '~' || b == '=' ||
           (first && (b == '.' || is_from_line(line->text + i, line->len - i)));
}

/* Quoted-printable. A line that is too long is cut behind a '=', which is taken away together with the line end. */
static int add_line_quoted(struct client *c, const struct line *line) {
    static const char digits[] = "0123456789ABCDEF";
    char out[ENCODED_LINE + 2];
    size_t used = 0;
    for (size_t i = 0; i < line->len; i++) {
        unsigned char b = (unsigned char)line->text[i];
        if (used + 3 > ENCODED_LINE - 1) { /* room for the longest, and for the '=' */
            memcpy(out + used, "=\r\n", 3);
            if (add_bytes(c, out, used + 3) == -1)
                return -1;
            used = 0;
        }
        if (needs_code(line, i, used == 0)) {
            out[used++] = '=';
            out[used++] = digits[b >> 4];
            out[used++] = digits[b & 15];
        } else
            out[used++] = (char)b;
    }
    memcpy(out + used, "\r\n", 2);
    return add_bytes(c, out, used + 2);
}

/* One text as a part, or as all there is: its three header lines, an empty one, the text. */
static int add_text(struct client *c, const char *type, const char *text, size_t n) {
    bool fits = fits_as_it_is(text, n);
    if (add_line(c, "Content-Type: text/%s; charset=%s", type, charset_of(text, n)) == -1 ||
        add_line(c, "Content-Transfer-Encoding: %s", fits ? "7bit" : "quoted-printable") == -1 ||
        add_line(c, "%s", "") == -1)
        return -1;
    for (const char *at = text, *end = text + n; at < end;) {
        struct line line = line_at(at, end);
        if ((fits ? add_line_as_it_is(c, &line) : add_line_quoted(c, &line)) == -1)
            return -1;
        at = line.next;
    }
    return 0;
}

/* ---- parts ---- */

/* No empty line behind it: next_part() begins with one, which ends this header. */
static int begin_parts(struct client *c, const char *kind, const char *boundary) {
    return add_line(c, "Content-Type: multipart/%s; boundary=\"%s\"", kind, boundary);
}

/* The line end in front belongs to the boundary, not to the part: with it a text keeps its own last one (RFC 2046 section 5.1.1). */
static int next_part(struct client *c, const char *boundary) {
    return add_line(c, "%s", "") == -1 ? -1 : add_line(c, "--%s", boundary);
}

static int end_parts(struct client *c, const char *boundary) {
    return add_line(c, "%s", "") == -1 ? -1 : add_line(c, "--%s--", boundary);
}

/* A reader shows the last part that it understands, so the best comes last (RFC 2046 section 5.1.4). */
static int add_texts(struct client *c, const struct message *m) {
    if (!m->html)
        return add_text(c, "plain", m->body, m->body_len);
    if (begin_parts(c, "alternative", TEXTS) == -1 || next_part(c, TEXTS) == -1 ||
        add_text(c, "plain", m->body, m->body_len) == -1 || next_part(c, TEXTS) == -1 ||
        add_text(c, "html", m->html, m->html_len) == -1)
        return -1;
    return end_parts(c, TEXTS);
}

/* ---- attachments ---- */

static const struct {
    const char *ending;
    const char *type;
} types[] = {
    {".txt", "text/plain"},      {".csv", "text/csv"},        {".html", "text/html"},
    {".pdf", "application/pdf"}, {".zip", "application/zip"}, {".gz", "application/gzip"},
    {".png", "image/png"},       {".jpg", "image/jpeg"},      {".jpeg", "image/jpeg"},
    {".gif", "image/gif"},       {".mp3", "audio/mpeg"},      {".mp4", "video/mp4"},
};

/* What nobody knows is "some bytes", never a guess (RFC 2046 section 4.5.1). */
static const char *type_of(const char *name) {
    const char *ending = strrchr(name, '.');
    for (size_t i = 0; ending && i < sizeof types / sizeof types[0]; i++)
        if (strcasecmp(ending, types[i].ending) == 0)
            return types[i].type;
    return "application/octet-stream";
}

/* The name alone: which folders it lay in is nobody else's business, and must lead nobody into theirs (RFC 2183 section 2.3). */
static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The bytes of a name that mean nothing to anybody: letters, digits and a few marks. */
static bool is_harmless(char byte) {
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    return byte != '\0' && strchr(safe, byte);
}

static bool is_harmless_name(const char *name) {
    size_t n = 0;
    while (is_harmless(name[n]))
        n++;
    return n > 0 && n <= PARAMETER_MAX && name[n] == '\0';
}

/* A control byte could begin another header line, and a '\' is a folder's edge to some: neither reaches the reader. */
static char tame(char byte) {
    unsigned char b = (unsigned char)byte;
    return b < ' ' || b == 127 || b == '\\' ? '_' : byte;
}

/*
 * Any other name: bytes as %XX, in as many lines as it takes (RFC 2231 sections 3 and 4):
 *     filename*0*=UTF-8''Men%C3%BC%20;
 *     filename*1*=Montag.pdf
 */
static int add_coded_name(struct client *c, const char *name) {
    size_t number = 0;
    struct buf piece;
    int result = 0;
    buf_init(&piece, PARAMETER_MAX + 3);
    const char *charset = charset_of(name, strlen(name));
    do {
        buf_clear(&piece);
        for (; *name && piece.len < PARAMETER_MAX - 20; name++) { /* 20: the charset in front of the first */
            char b = tame(*name);
            buf_addf(&piece, is_harmless(b) ? "%c" : "%%%02X", (unsigned char)b);
        }
        result = add_line(c, " filename*%zu*=%s%s%s%s", number, number == 0 ? charset : "",
                          number == 0 ? "''" : "", piece.data, *name ? ";" : "");
        number++;
    } while (*name && result == 0);
    buf_free(&piece);
    return result;
}

static int add_disposition(struct client *c, const char *name) {
    if (is_harmless_name(name))
        return add_line(c, "Content-Disposition: attachment; filename=\"%s\"", name);
    if (add_line(c, "Content-Disposition: attachment;") == -1)
        return -1;
    return add_coded_name(c, name);
}

/* Cut base64 into lines. `lines` has room for all of them. Returns how many bytes they are. */
static size_t cut_lines(const struct buf *encoded, char *lines) {
    char *out = lines;
    for (size_t at = 0, len; at < encoded->len; at += len) {
        len = encoded->len - at < ENCODED_LINE ? encoded->len - at : ENCODED_LINE;
        memcpy(out, encoded->data + at, len);
        memcpy(out + len, "\r\n", 2);
        out += len + 2;
    }
    return (size_t)(out - lines);
}

/*
 * Piece by piece, so that a file may be larger than the memory. Each piece is
 * whole lines, whole groups of three bytes: padding ("=") comes at the very end only.
 * A file that cannot be read any more leaves half a message on the wire. It must not be ended with
 * a dot, or the server would deliver it: all that is left is to hang up.
 */
static int add_base64(struct client *c, const struct attachment *a) {
    char bytes[PIECE_LINES * BYTES_IN_LINE];
    char lines[PIECE_LINES * (ENCODED_LINE + 2)];
    struct buf encoded;
    size_t n;
    int result = 0;
    buf_init(&encoded, PIECE_LINES * ENCODED_LINE);
    while (result == 0 && (n = fread(bytes, 1, sizeof bytes, a->file)) > 0) {
        buf_clear(&encoded);
        if (encode_base64(&encoded, bytes, n) == -1)
            result = err_set(&c->err, ERR_SYSTEM, "out of memory");
        else
            result = add_bytes(c, lines, cut_lines(&encoded, lines));
    }
    if (result == 0 && ferror(a->file))
        result = err_errno(&c->err, ERR_FILE, "%s", a->path);
    buf_free(&encoded);
    return result;
}

static int add_attachment(struct client *c, const struct attachment *a) {
    const char *name = base_name(a->path);
    if (next_part(c, MIXED) == -1 || add_line(c, "Content-Type: %s", type_of(name)) == -1 ||
        add_line(c, "Content-Transfer-Encoding: base64") == -1 || add_disposition(c, name) == -1 ||
        add_line(c, "%s", "") == -1)
        return -1;
    return add_base64(c, a);
}

/* ---- the whole ---- */

static int add_content(struct client *c, const struct message *m) {
    if (m->attachment_count == 0)
        return add_texts(c, m);
    if (begin_parts(c, "mixed", MIXED) == -1 || next_part(c, MIXED) == -1 || add_texts(c, m) == -1)
        return -1;
    for (size_t i = 0; i < m->attachment_count; i++)
        if (add_attachment(c, &m->attachments[i]) == -1)
            return -1;
    return end_parts(c, MIXED);
}

int mime_send(struct client *c, const struct message *m) {
    if (add_header(c, m) == -1 || add_content(c, m) == -1) {
        c->lost = true; /* see add_base64() */
        return FAILED;
    }
    return send_line(c, ".") == -1 ? FAILED : get_reply(c);
}
