/* The ladder as text. See ladder.h. */
#include "ladder.h"

#include "display.h"
#include "ladder_internal.h"

#include <string.h>

#define NUMBER 5 /* columns left of the client's line: the number and a space */
#define EDGE 4   /* columns of an arrow before its text, and the space behind it */
#define TAIL 2   /* columns behind that, at least: "->" */
#define LINE_MAX 40000
#define FINDING_INDENT 9

/* The signs it is drawn with. */
struct signs {
    const char *open, *tls;   /* a side's line: in the clear, and inside TLS */
    const char *line, *dots;  /* of an arrow; of what is no line of the conversation */
    const char *left, *right; /* its point */
    const char *band;         /* where TLS begins */
    const char *fold, *mark;
};

static const struct signs in_utf8 = {"│", "║", "─", "╌", "◄", "►", "═", "┊", "└─"};
static const struct signs in_ascii = {"|", "#", "-", ".", "<", ">", "=", ":", "`-"};

struct paint {
    const char *client, *server, *dim, *fail, *warn, *off;
};

static const struct paint coloured = {"\033[36m", "\033[32m", "\033[2m", "\033[1;31m", "\033[33m", "\033[0m"};
static const struct paint plain = {"", "", "", "", "", ""};

struct drawing {
    struct buf *out;
    const struct ladder_style *style;
    const struct signs *signs;
    const struct paint *paint;
    size_t width;
};

/* Add a sign n times. */
static void repeat(struct buf *line, const char *sign, size_t n) {
    while (n-- > 0)
        buf_add_text(line, sign);
}

/* The line is done: it moves to the drawing. -1: one of the two has no room. */
static int finish(struct drawing *d, struct buf *line) {
    int result = buf_add_char(line, '\n') == -1 ? -1 : buf_add(d->out, line->data, line->len);

    buf_free(line);
    return result;
}

/* Between the two sides; `used` of its columns are taken already. */
static size_t span(const struct drawing *d, size_t used) {
    size_t whole = d->width - NUMBER - 2;

    return used < whole ? whole - used : 0;
}

/* "|-- text ---->|", or the other way. */
static void add_arrow(struct buf *line, const struct drawing *d, const struct event *v, const char *text) {
    const struct signs *s = d->signs;
    bool right = ladder_from_client(v);
    bool spoken = v->kind == EVENT_SERVER || v->kind == EVENT_CLIENT;
    const char *dash = spoken ? s->line : s->dots;
    const char *side = v->tls ? s->tls : s->open;
    const char *colour = !spoken ? d->paint->dim : right ? d->paint->client : d->paint->server;
    struct buf shown;

    buf_init(&shown, LINE_MAX);
    display_cut(&shown, text, span(d, EDGE + TAIL), d->style->utf8);
    buf_addf(line, "%s%s%s%s %s ", side, colour, right ? dash : s->left, dash, shown.data);
    repeat(line, dash, span(d, EDGE + display_width(shown.data) + right));
    buf_addf(line, "%s%s%s", right ? s->right : "", d->paint->off, side);
    buf_free(&shown);
}

/* Where TLS begins: a band across. */
static void add_band(struct buf *line, const struct drawing *d, const char *text) {
    struct buf shown;

    buf_init(&shown, LINE_MAX);
    display_cut(&shown, text, span(d, EDGE + TAIL), d->style->utf8);
    repeat(line, d->signs->band, 3);
    buf_addf(line, " %s ", shown.data);
    repeat(line, d->signs->band, span(d, EDGE + display_width(shown.data)) + 1);
    buf_free(&shown);
}

static int draw_event(void *arg, const struct event *v) {
    struct drawing *d = arg;
    struct buf line, text;

    buf_init(&line, LINE_MAX);
    buf_init(&text, LINE_MAX);
    log_show(v, d->style->utf8, &text);
    if (v->number > 0)
        buf_addf(&line, "%*u ", NUMBER - 1, v->number);
    else
        repeat(&line, " ", NUMBER);
    if (v->kind == EVENT_TLS)
        add_band(&line, d, text.data);
    else
        add_arrow(&line, d, v, text.data);
    buf_free(&text);
    return finish(d, &line);
}

static int draw_fold(void *arg, const struct event *first, size_t lines) {
    struct drawing *d = arg;
    const char *side = first->tls ? d->signs->tls : d->signs->open;
    struct buf line, text;

    buf_init(&line, LINE_MAX);
    buf_init(&text, LINE_MAX);
    buf_addf(&text, "%s %zu lines of the message", d->style->utf8 ? "…" : "...", lines);
    repeat(&line, " ", NUMBER);
    buf_addf(&line, "%s%s%s  %s", side, d->paint->dim, d->signs->fold, text.data);
    repeat(&line, " ", span(d, 3 + display_width(text.data)));
    buf_addf(&line, "%s%s", d->paint->off, side);
    buf_free(&text);
    return finish(d, &line);
}

/* Below its line, wrapped: severity, rule, sentence. */
static int draw_finding(void *arg, const struct finding *f) {
    struct drawing *d = arg;
    const char *colour = f->severity == SEVERITY_FAIL ? d->paint->fail : d->paint->warn;
    struct buf line, raw, words;

    buf_init(&line, LINE_MAX);
    buf_init(&raw, LINE_MAX);
    buf_init(&words, LINE_MAX);
    log_sentence(f, &raw);
    buf_addf(&words, "%s %s: ", severity_name(f->severity), rules_info(f->rule)->slug);
    display_text(&words, raw.data, raw.len, d->style->utf8); /* it may quote the client */
    buf_addf(&line, "%*s%s%s ", FINDING_INDENT - 3, "", colour, d->signs->mark);
    display_wrap(&line, words.data, d->width, FINDING_INDENT);
    buf_add_text(&line, d->paint->off);
    buf_free(&raw);
    buf_free(&words);
    return finish(d, &line);
}

static int draw_heads(struct drawing *d) {
    return buf_addf(d->out, "%*sclient%*sserver\n", NUMBER - 2, "", (int)span(d, 8), "");
}

int ladder_text(struct buf *out, const struct log *log, const struct ladder_style *style) {
    struct drawing d = {.out = out,
                        .style = style,
                        .signs = style->utf8 ? &in_utf8 : &in_ascii,
                        .paint = style->colour ? &coloured : &plain,
                        .width = style->width > LADDER_WIDTH_MIN ? style->width : LADDER_WIDTH_MIN};
    const struct ladder_pen pen = {&d, draw_event, draw_fold, draw_finding};

    return draw_heads(&d) == -1 ? -1 : ladder_walk(log, &pen);
}
