/* The commands that show what was on the wire: bytes, base64, the ladder. See commands.h. */
#include "commands.h"

#include "../../lib/display.h"
#include "../../lib/dot.h"
#include "../../lib/encode.h"
#include "../../lib/ladder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ROWS 12          /* of a dump */
#define ROWS_OF_CIPHER 4 /* nobody reads more of those */

/* --- :bytes --- */

static void dump(struct stepper *st, const char *bytes, size_t n, size_t rows) {
    struct buf out;

    buf_init(&out, STEPPER_TEXT_MAX);
    display_hex(&out, "    ", bytes, n, rows, st->screen.utf8);
    screen_drawing(&st->screen, out.data);
    buf_free(&out);
}

/* What a bystander sees of it. */
static void bystander(struct stepper *st, bool tls, const struct wire_side *side) {
    if (side->total == 0)
        return;
    if (!tls) {
        screen_say(&st->screen, INK_WARN, "  a bystander sees the very same: nothing hides it");
        return;
    }
    screen_say(&st->screen, INK_GOOD,
               "  a bystander sees %zu bytes of TLS, and only how many and when:", side->total);
    dump(st, side->bytes.data, side->bytes.len, ROWS_OF_CIPHER);
}

/* In the message a first dot is the sender's own: the receiver takes it off again. */
static void dots(struct stepper *st, const char *bytes, size_t n) {
    struct buf unstuffed;

    if (n < 2 || bytes[0] != '.' || bytes[1] == '\r' || session_phase(&st->session) != PHASE_DATA)
        return;
    buf_init(&unstuffed, SESSION_TURN_KEPT);
    dot_unstuff(&unstuffed, bytes, n);
    screen_say(
        &st->screen, INK_PLAIN,
        "  byte 0 is a dot in front of a line of the message; the receiver takes it off and keeps '%.*s'",
        (int)strcspn(unstuffed.data, "\r\n"), unstuffed.data);
    buf_free(&unstuffed);
}

static void show_side(struct stepper *st, const char *title, const struct buf *said, bool tls,
                      const struct wire_side *side) {
    screen_say(&st->screen, INK_CLIENT, "%s: %zu bytes%s", title, said->len, tls ? ", inside TLS" : "");
    dump(st, said->data, said->len, ROWS);
    dots(st, said->data, said->len);
    bystander(st, tls, side);
}

void do_bytes(struct stepper *st, const char *args) {
    const struct session *s = &st->session;

    (void)args;
    if (s->sent.len == 0 && s->heard.len == 0) {
        screen_say(&st->screen, INK_PLAIN, "nothing has been said yet");
        return;
    }
    if (s->sent.len > 0)
        show_side(st, "you wrote", &s->sent, s->sent_tls, &s->wire.sent);
    if (s->sent_secret)
        screen_say(&st->screen, INK_WARN,
                   s->sent_tls
                       ? "  *** stands for the secret; a bystander cannot read it"
                       : "  *** stands for the secret: it is not shown here, but a bystander has read it");
    if (s->heard.len > 0)
        show_side(st, "the server wrote", &s->heard, s->heard_tls, &s->wire.heard);
}

/* --- :diagram --- */

static int write_all(const char *path, const struct buf *text) {
    FILE *f = fopen(path, "w");
    size_t put;

    if (f == NULL)
        return -1;
    put = fwrite(text->data, 1, text->len, f);
    return fclose(f) == 0 && put == text->len ? 0 : -1;
}

static void write_page(struct stepper *st, const char *path) {
    struct buf page;

    buf_init(&page, SESSION_STEP_BYTES);
    if (ladder_html(&page, &st->session.log, st->link.where) == -1 || write_all(path, &page) == -1)
        screen_say(&st->screen, INK_BAD, "%s: %s", path, strerror(errno));
    else
        screen_say(&st->screen, INK_GOOD, "written to %s: a page that needs nothing beside it", path);
    buf_free(&page);
}

void do_diagram(struct stepper *st, const char *args) {
    struct ladder_style style = {
        .width = screen_width(&st->screen), .utf8 = st->screen.utf8, .colour = st->screen.colour};
    struct buf out;

    if (args[0] != '\0') {
        write_page(st, args);
        return;
    }
    buf_init(&out, SESSION_STEP_BYTES);
    if (ladder_text(&out, &st->session.log, &style) == 0)
        screen_drawing(&st->screen, out.data);
    buf_free(&out);
}

/* --- :b64 and :unb64 --- */

void do_b64(struct stepper *st, const char *args) {
    struct buf bytes, out;
    size_t at = 0;

    buf_init(&bytes, STEPPER_TEXT_MAX);
    buf_init(&out, STEPPER_TEXT_MAX);
    if (decode_escaped(&bytes, args, strlen(args), &at) == -1)
        screen_say(&st->screen, INK_WARN, "'%s' means nothing here; a backslash is written \\\\",
                   args + (at > 0 ? at - 1 : 0));
    else if (encode_base64(&out, bytes.data, bytes.len) == 0)
        screen_say(&st->screen, INK_PLAIN, "%s", out.data);
    buf_free(&bytes);
    buf_free(&out);
}

void do_unb64(struct stepper *st, const char *args) {
    struct buf bytes, out;

    buf_init(&bytes, STEPPER_TEXT_MAX);
    buf_init(&out, STEPPER_TEXT_MAX);
    if (decode_base64(&bytes, args, strlen(args)) == -1)
        screen_say(&st->screen, INK_WARN,
                   "that is no base64: letters, digits, + and /, in fours, filled up with =");
    else if (display_text(&out, bytes.data, bytes.len, st->screen.utf8) == 0)
        screen_say(&st->screen, INK_PLAIN, "%s", out.data);
    buf_free(&bytes);
    buf_free(&out);
}
