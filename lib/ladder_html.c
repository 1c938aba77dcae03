/*
 * The ladder as a page. See ladder.h.
 *
 * The picture is drawn from top to bottom into one buffer, the stretches of TLS
 * that lie beneath it into another, the table that says the same in words into a
 * third; when the height is known they are put together. What comes from the
 * log or the caller passes through add_bytes(), which makes it safe to show and then
 * escapes it; nothing else does.
 */
#include "ladder.h"

#include "display.h"
#include "ladder_internal.h"

#include <string.h>

#define PART_MAX (64UL << 20)
#define TEXT_MAX (8UL * LOG_EVENT_BYTES)

/* The picture, in units of its own; the page scales it. */
#define WIDTH 800
#define CLIENT_X 70
#define SERVER_X 730
#define TEXT_X 86
#define SIDES_Y 30 /* where the two lines begin, below their names */
#define ROW 34     /* an arrow with its text above it */
#define WORDS 21   /* a line of words */
#define BELOW 8    /* from a text to the arrow below it */
#define COLUMNS 78 /* of text that fit between the sides */

struct page {
    struct buf shades, picture, table;
    unsigned y;        /* how far the picture has come */
    unsigned tls_from; /* where the stretch of TLS that goes on began; 0: none does */
    bool failed;       /* something had no room */
};

/* --- text --- */

static void add(struct page *p, struct buf *to, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add(struct page *p, struct buf *to, const char *format, ...) {
    va_list args;

    va_start(args, format);
    if (buf_vaddf(to, format, args) == -1)
        p->failed = true;
    va_end(args);
}

static const char *entity_of(char c) {
    static const struct {
        char c;
        const char *entity;
    } entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
        if (entities[i].c == c)
            return entities[i].entity;
    return NULL;
}

/* Bytes of whatever origin: safe to be shown, cut to so many columns, and no markup. */
static void add_bytes(struct page *p, struct buf *to, const char *bytes, size_t n, size_t columns) {
    struct buf shown, cut;

    buf_init(&shown, TEXT_MAX);
    buf_init(&cut, TEXT_MAX);
    if (display_text(&shown, bytes, n, true) == -1 || display_cut(&cut, shown.data, columns, true) == -1)
        p->failed = true;
    for (const char *c = cut.data; *c != '\0'; c++) {
        const char *entity = entity_of(*c);

        if ((entity != NULL ? buf_add_text(to, entity) : buf_add_char(to, *c)) == -1)
            p->failed = true;
    }
    buf_free(&shown);
    buf_free(&cut);
}

/* What an event says. log_show() has made it safe; being safe it is not changed again. */
static void add_event_text(struct page *p, struct buf *to, const struct event *v, size_t columns) {
    struct buf text;

    buf_init(&text, TEXT_MAX);
    if (log_show(v, true, &text) == -1)
        p->failed = true;
    add_bytes(p, to, text.data, text.len, columns);
    buf_free(&text);
}

/* --- the picture --- */

static void begin_text(struct page *p, const char *class, unsigned x) {
    add(p, &p->picture, "<text class=\"%s\" x=\"%u\" y=\"%u\">", class, x, p->y);
}

static void end_text(struct page *p) {
    add(p, &p->picture, "</text>\n");
}

static void add_shade(struct page *p, unsigned to) {
    if (p->tls_from > 0)
        add(p, &p->shades, "<rect x=\"%d\" y=\"%u\" width=\"%d\" height=\"%u\" rx=\"6\"/>\n", CLIENT_X - 55,
            p->tls_from, SERVER_X - CLIENT_X + 110, to - p->tls_from);
    p->tls_from = 0;
}

/* Where TLS begins and ends. */
static void note_tls(struct page *p, const struct event *v) {
    bool inside = v->tls || v->kind == EVENT_TLS;

    if (inside && p->tls_from == 0)
        p->tls_from = p->y + BELOW;
    else if (!inside)
        add_shade(p, p->y + ROW / 2);
}

static const char *class_of(const struct event *v) {
    return v->kind == EVENT_CLIENT ? "client" : v->kind == EVENT_SERVER ? "server" : "note";
}

static void draw_arrow(struct page *p, const struct event *v) {
    bool right = ladder_from_client(v);
    int back = right ? -9 : 9;

    add(p, &p->picture, "<path class=\"%s\" d=\"M%d %uH%dm%d -5l%d 5l%d 5\"/>\n", class_of(v),
        right ? CLIENT_X : SERVER_X, p->y + BELOW, right ? SERVER_X : CLIENT_X, back, -back, back);
}

static void draw_event(struct page *p, const struct event *v) {
    note_tls(p, v);
    p->y += ROW;
    if (v->number > 0) {
        begin_text(p, "number", CLIENT_X - 12);
        add(p, &p->picture, "%u", v->number);
        end_text(p);
    }
    if (v->kind == EVENT_TLS)
        begin_text(p, "bold", WIDTH / 2);
    else
        begin_text(p, class_of(v), TEXT_X);
    add_event_text(p, &p->picture, v, COLUMNS);
    end_text(p);
    if (v->kind != EVENT_TLS)
        draw_arrow(p, v);
}

/* --- the table --- */

static void tell_event(struct page *p, const struct event *v) {
    const char *who = v->kind == EVENT_CLIENT ? "client" : v->kind == EVENT_SERVER ? "server" : "";

    add(p, &p->table, "<tr class=\"%s\"><td>", class_of(v));
    if (v->number > 0)
        add(p, &p->table, "%u", v->number);
    add(p, &p->table, "</td><td>%s</td><td>%s</td><td><code>", who, v->tls ? "TLS" : "");
    add_event_text(p, &p->table, v, TEXT_MAX);
    add(p, &p->table, "</code></td></tr>\n");
}

/* --- what the walk brings --- */

static int on_event(void *arg, const struct event *v) {
    struct page *p = arg;

    draw_event(p, v);
    tell_event(p, v);
    return p->failed ? -1 : 0;
}

static int on_fold(void *arg, const struct event *first, size_t lines) {
    struct page *p = arg;

    p->y += ROW;
    begin_text(p, "note", TEXT_X);
    add(p, &p->picture, "… %zu lines of the message", lines);
    end_text(p);
    add(p, &p->table,
        "<tr class=\"note\"><td></td><td>client</td><td>%s</td><td>… %zu lines of the message</td></tr>\n",
        first->tls ? "TLS" : "", lines);
    return p->failed ? -1 : 0;
}

/* A sentence in the picture may take several lines. */
static void draw_sentence(struct page *p, const struct finding *f, const char *sentence) {
    struct buf words;
    size_t n;

    buf_init(&words, TEXT_MAX);
    if (buf_addf(&words, "▲ %s %s: ", severity_name(f->severity), rules_info(f->rule)->slug) == -1 ||
        display_wrap(&words, sentence, COLUMNS, 2) == -1)
        p->failed = true;
    p->y += BELOW;
    for (const char *line = words.data; *line != '\0'; line += n + (line[n] == '\n')) {
        n = strcspn(line, "\n");
        p->y += WORDS;
        begin_text(p, severity_name(f->severity), TEXT_X);
        add_bytes(p, &p->picture, line, n, COLUMNS + 2);
        end_text(p);
    }
    buf_free(&words);
}

static void tell_finding(struct page *p, const struct finding *f, const char *sentence) {
    const struct rule_info *rule = rules_info(f->rule);
    const char *const words[] = {sentence, rule->why, rule->advice};

    add(p, &p->table, "<tr class=\"%s\"><td></td><td colspan=\"2\">%s</td><td><strong>%s</strong> %s<br>",
        severity_name(f->severity), severity_name(f->severity), rule->slug, rule->rfc);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        add_bytes(p, &p->table, words[i], strlen(words[i]), TEXT_MAX);
        add(p, &p->table, i == 0 ? ".<br>" : " ");
    }
    add(p, &p->table, "</td></tr>\n");
}

static int on_finding(void *arg, const struct finding *f) {
    struct page *p = arg;
    struct buf sentence, shown;

    buf_init(&sentence, TEXT_MAX);
    buf_init(&shown, TEXT_MAX);
    if (log_sentence(f, &sentence) == -1 || display_text(&shown, sentence.data, sentence.len, true) == -1)
        p->failed = true;
    draw_sentence(p, f, shown.data);
    tell_finding(p, f, shown.data);
    buf_free(&sentence);
    buf_free(&shown);
    return p->failed ? -1 : 0;
}

/* --- the page --- */

static void add_svg(struct page *p, struct buf *out, const struct log *log) {
    unsigned height = p->y + ROW;

    add(p, out,
        "<svg viewBox=\"0 0 %d %u\" role=\"img\" aria-labelledby=\"picture-title picture-words\">\n"
        "<title id=\"picture-title\">The conversation as a ladder diagram</title>\n"
        "<desc id=\"picture-words\">Client on the left, server on the right, %u lines, %zu findings; the "
        "table "
        "below says the same in words.</desc>\n",
        WIDTH, height, log->lines, log->finding_count);
    add(p, out, "%s", p->shades.data);
    add(p, out,
        "<text class=\"head\" x=\"%d\" y=\"20\">client</text><text class=\"head\" x=\"%d\" "
        "y=\"20\">server</text>\n",
        CLIENT_X, SERVER_X);
    add(p, out, "<path class=\"side\" d=\"M%d %dV%u\"/><path class=\"side\" d=\"M%d %dV%u\"/>\n", CLIENT_X,
        SIDES_Y, height - BELOW, SERVER_X, SIDES_Y, height - BELOW);
    add(p, out, "%s</svg>\n", p->picture.data);
}

static void add_page(struct page *p, struct buf *out, const struct log *log, const char *title) {
    add(p, out, "%s<title>", ladder_page_head);
    add_bytes(p, out, title, strlen(title), TEXT_MAX);
    add(p, out, "</title>\n</head>\n<body>\n<main>\n<h1>");
    add_bytes(p, out, title, strlen(title), TEXT_MAX);
    add(p, out,
        "</h1>\n<p>%u lines of conversation, %zu %s. What lies on a shaded ground went through TLS.</p>\n",
        log->lines, log->finding_count, log->finding_count == 1 ? "finding" : "findings");
    add_svg(p, out, log);
    add(p, out,
        "<h2>The same in words</h2>\n<table>\n<thead><tr><th scope=\"col\">line</th><th "
        "scope=\"col\">from</th>"
        "<th scope=\"col\">cover</th><th scope=\"col\">what passed</th></tr></thead>\n<tbody>\n");
    add(p, out, "%s</tbody>\n</table>\n</main>\n</body>\n</html>\n", p->table.data);
}

int ladder_html(struct buf *out, const struct log *log, const char *title) {
    struct page p = {.y = SIDES_Y};
    const struct ladder_pen pen = {&p, on_event, on_fold, on_finding};

    buf_init(&p.shades, PART_MAX);
    buf_init(&p.picture, PART_MAX);
    buf_init(&p.table, PART_MAX);
    if (ladder_walk(log, &pen) == 0) {
        add_shade(&p, p.y + ROW / 2);
        add_page(&p, out, log, title);
    }
    buf_free(&p.shades);
    buf_free(&p.picture);
    buf_free(&p.table);
    return p.failed ? -1 : 0;
}
