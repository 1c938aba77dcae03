/*
 * The checks of a transcript that speak of a message in MIME: "! mime", "! part" and
 * "! header". A message has boundaries, dates and ids that no transcript can
 * foresee, so they say what a reader must find, not which bytes bring it there.
 */
#include "play_internal.h"

#include "encode.h"
#include "mime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define WORD_ROOM 4096
#define CLOCK_APART 1800LL /* seconds; the zones of the world are further apart */
#define SHOWN_MAX 60       /* bytes of a difference */

/* --- telling --- */

static void found_at(struct play *p, enum rule rule, size_t event, const char *detail) {
    struct finding f = {.rule = rule, .line = p->at_line, .event = event, .count = 1};

    f.detail = (char *)detail; /* log_finding() copies it */
    log_finding(&p->out->log, &f);
}

static void found(struct play *p, enum rule rule, const char *detail) {
    found_at(p, rule, LOG_NO_EVENT, detail);
}

static void on_mistake(void *arg, enum rule rule, size_t at, const char *detail) {
    (void)at;
    found(arg, rule, detail);
}

static void add_quoted(struct buf *out, const char *before, const char *bytes, size_t n) {
    (void)buf_addf(out, "%s\"", before);
    (void)encode_escaped(out, bytes, n);
    (void)buf_add_char(out, '"');
}

/* Append how two texts differ: both, if they are short; else where they part. */
static void add_difference(struct buf *out, const struct buf *want, const struct buf *have) {
    size_t at = 0;

    if (want->len <= SHOWN_MAX && have->len <= SHOWN_MAX) {
        add_quoted(out, "it is ", have->data, have->len);
        add_quoted(out, " and should be ", want->data, want->len);
        return;
    }

    while (at < want->len && at < have->len && want->data[at] == have->data[at])
        at++;
    size_t more = want->len - at > SHOWN_MAX ? SHOWN_MAX : want->len - at;
    size_t came = have->len - at > SHOWN_MAX ? SHOWN_MAX : have->len - at;
    (void)buf_addf(out, "of %zu bytes %zu came; from byte %zu on ", want->len, have->len, at + 1);
    add_quoted(out, "it is ", have->data + at, came);
    add_quoted(out, " and should be ", want->data + at, more);
}

/* --- words of a check --- */

/* The next word into `word`: quotes keep spaces together, and escapes hold in them. false: no more. */
static bool next_word(const char **rest, struct buf *word) {
    const char *start = *rest + strspn(*rest, " ");
    bool quoted = *start == '"';
    size_t n = strcspn(start + quoted, quoted ? "\"" : " ");

    buf_clear(word);
    if (*start == '\0')
        return false;
    *rest = start + quoted + n + (quoted && start[1 + n] == '"');
    if (quoted)
        (void)decode_escaped(word, start + 1, n, NULL);
    else
        (void)buf_add(word, start, n);
    return true;
}

/* --- ! mime --- */

/* No two messages of a session may have one id. Those seen stand in p->message_ids, each with a LF behind it. */
static void check_id_is_new(struct play *p) {
    struct buf id;

    buf_init(&id, WORD_ROOM);
    if (mime_header(p->message.data, p->message.len, "Message-ID", &id) && buf_add_char(&id, '\n') == 0) {
        if (strstr(p->message_ids.data, id.data) != NULL)
            found(p, RULE_BAD_MESSAGE_ID, "an earlier message has the same");
        (void)buf_add(&p->message_ids, id.data, id.len);
    }
    buf_free(&id);
}

/* The client's clock is ours: a date further off was copied, or its zone is not that of its hours. */
static void check_date_is_now(struct play *p) {
    struct buf date, told;
    long long moment;

    buf_init(&date, WORD_ROOM);
    buf_init(&told, 2 * WORD_ROOM);
    bool there = mime_header(p->message.data, p->message.len, "Date", &date);
    if (there && mime_moment(date.data, date.len, &moment) &&
        llabs(moment - (long long)time(NULL)) > CLOCK_APART) {
        (void)buf_addf(&told, "not the time at which it was sent: %s", date.data);
        found(p, RULE_BAD_DATE, told.data);
    }
    buf_free(&date);
    buf_free(&told);
}

/* "Content-Transfer-Encoding: 8bit" is true, and still no leave to send it (RFC 6152). */
static void check_eight_bit(struct play *p) {
    size_t i = 0;

    while (i < p->message.len && (unsigned char)p->message.data[i] < 128)
        i++;
    if (i < p->message.len && ehlo_args(dialogue_ehlo(p->d), "8BITMIME") == NULL)
        found(p, RULE_BAD_ENCODING, "bytes over 127, and this server did not offer 8BITMIME");
}

static void check_mime(struct play *p) {
    if (mime_check(p->message.data, p->message.len, on_mistake, p) == 0)
        check_eight_bit(p);
    check_date_is_now(p);
    check_id_is_new(p);
}

/* --- ! header --- */

/* Of these the addresses are compared, not what stands beside them for people (RFC 5322 3.4). */
static bool holds_addresses(const char *name) {
    static const char *const names[] = {"From", "Sender", "Reply-To", "To", "Cc", "Bcc"};
    size_t i = 0;

    while (i < sizeof names / sizeof *names && strcasecmp(name, names[i]) != 0)
        i++;
    return i < sizeof names / sizeof *names;
}

static void keep_addresses(struct buf *value) {
    struct buf all;

    buf_init(&all, PLAY_BYTES_MAX);
    mime_addresses(value->data, value->len, &all);
    buf_free(value);
    *value = all;
}

/* The line that begins with this field, of the message that came last, if it was noted; else LOG_NO_EVENT. */
static size_t event_of_field(const struct log *log, const char *name) {
    size_t n = strlen(name), i = log->event_count;

    while (i > 0) {
        const struct event *v = &log->events[--i];

        if (v->kind == EVENT_CLIENT && strncasecmp(v->text, name, n) == 0 && v->text[n] == ':')
            return i;
    }
    return LOG_NO_EVENT;
}

static void check_header(struct play *p, const char *rest) {
    struct buf name, want, have, told;

    buf_init(&name, WORD_ROOM);
    buf_init(&want, PLAY_BYTES_MAX);
    buf_init(&have, PLAY_BYTES_MAX);
    buf_init(&told, WORD_ROOM);
    (void)next_word(&rest, &name);
    (void)next_word(&rest, &want);
    bool there = mime_header(p->message.data, p->message.len, name.data, &have);
    if (holds_addresses(name.data)) {
        keep_addresses(&want);
        keep_addresses(&have);
    }
    (void)buf_addf(&told, holds_addresses(name.data) ? "%s: " : "%s, decoded: ", name.data);
    if (!there && want.len > 0)
        found(p, RULE_HEADER_MISSING, name.data);
    else if (want.len != have.len || memcmp(want.data, have.data, want.len) != 0) {
        add_difference(&told, &want, &have);
        found_at(p, RULE_HEADER_MISSING, event_of_field(&p->out->log, name.data), told.data);
    }
    buf_free(&name);
    buf_free(&want);
    buf_free(&have);
    buf_free(&told);
}

/* --- ! part --- */

static int read_file(struct play *p, const char *path, struct buf *out) {
    FILE *f = fopen(path, "rb");
    char piece[8192];
    size_t n;

    if (f == NULL)
        return err_errno(p->e, ERR_FILE, "%s:%u: %s", p->t->name, p->at_line, path);
    while ((n = fread(piece, 1, sizeof piece, f)) > 0)
        (void)buf_add(out, piece, n);
    fclose(f);
    return 0;
}

/* A text may have one line end more or less at its very end: whether the last one is the text's or the boundary's is taste. */
static void even_out(struct buf *want, struct buf *have) {
    struct buf *longer = want->len > have->len ? want : have;
    struct buf *other = longer == want ? have : want;

    if (longer->len == other->len + 2 && memcmp(longer->data + other->len, "\r\n", 2) == 0)
        longer->len -= 2;
}

/* As a careful reader does; that there are some is a finding of its own (unsafe-file-name). */
static void drop_folders(struct buf *name) {
    const char *slash = strrchr(name->data, '/');

    if (slash != NULL)
        buf_take(name, (size_t)(slash - name->data) + 1);
}

static void compare(struct play *p, const char *path, const char *what, const struct buf *want,
                    const struct buf *have) {
    struct buf told;

    if (want->len == have->len && memcmp(want->data, have->data, want->len) == 0)
        return;
    buf_init(&told, WORD_ROOM);
    (void)buf_addf(&told, "part %s: its %s: ", path, what);
    add_difference(&told, want, have);
    found(p, RULE_WRONG_PART, told.data);
    buf_free(&told);
}

/* The bytes of a transcript are UTF-8. A part that has the same and calls them something else shows other letters. */
static void check_charset(struct play *p, const char *path, const struct buf *want,
                          const struct mime_part *part) {
    struct buf told;
    size_t i = 0;

    while (i < want->len && (unsigned char)want->data[i] < 128)
        i++;
    if (i == want->len || strcmp(part->charset, "utf-8") == 0)
        return;
    buf_init(&told, WORD_ROOM);
    (void)buf_addf(&told, "part %s: it has letters beyond ASCII in UTF-8, and its Content-Type says %s%s",
                   path, part->charset[0] ? "charset=" : "no charset", part->charset);
    found(p, RULE_WRONG_PART, told.data);
    buf_free(&told);
}

/* The keywords behind the type: name "...", text "...", file PATH. */
static void compare_part(struct play *p, const char *path, const char *rest, struct mime_part *part) {
    struct buf key, value;

    buf_init(&key, WORD_ROOM);
    while (next_word(&rest, &key)) {
        buf_init(&value, PLAY_BYTES_MAX);
        (void)next_word(&rest, &value);
        if (strcmp(key.data, "name") == 0) {
            drop_folders(&part->name);
            compare(p, path, "file name", &value, &part->name);
        } else if (strcmp(key.data, "text") == 0) {
            even_out(&value, &part->content);
            compare(p, path, "text", &value, &part->content);
            check_charset(p, path, &value, part);
        } else {
            struct buf file;

            buf_init(&file, PLAY_BYTES_MAX);
            if (read_file(p, value.data, &file) == -1)
                play_trouble(p);
            else
                compare(p, path, "content", &file, &part->content);
            buf_free(&file);
        }
        buf_free(&value);
    }
    buf_free(&key);
}

/* Which type a file has is the sender's guess: these two say less than the transcript, and nothing wrong (RFC 2046 4.1.4, 4.5.1). */
static bool type_fits(const char *want, const char *have, const char *rest) {
    bool is_file = strstr(rest, " file ") != NULL;
    bool says_less = strcmp(have, "application/octet-stream") == 0 ||
                     (strcmp(have, "text/plain") == 0 && strncmp(want, "text/", 5) == 0);

    return strcmp(want, have) == 0 || (is_file && says_less);
}

static void check_part(struct play *p, const char *rest) {
    struct buf path, type, told;
    struct mime_part part;

    buf_init(&path, WORD_ROOM);
    buf_init(&type, WORD_ROOM);
    buf_init(&told, WORD_ROOM);
    (void)next_word(&rest, &path);
    (void)next_word(&rest, &type);
    bool there = mime_part(p->message.data, p->message.len, path.data, &part);
    if (there && type_fits(type.data, part.type, rest))
        compare_part(p, path.data, rest, &part);
    else {
        (void)buf_addf(&told, "part %s should be %s and is %s", path.data, type.data,
                       there ? part.type : "not there");
        found(p, RULE_WRONG_PART, told.data);
    }
    mime_part_free(&part);
    buf_free(&path);
    buf_free(&type);
    buf_free(&told);
}

void play_check_mime(struct play *p, enum check_kind kind, const char *words) {
    if (kind == CHECK_MIME)
        check_mime(p);
    else if (kind == CHECK_HEADER)
        check_header(p, words);
    else
        check_part(p, words);
}
