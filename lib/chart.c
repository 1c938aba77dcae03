/*
 * See chart.h.
 *
 * The picture stands here as it is seen; {name} is a phase, drawn in the columns
 * that the braces take too. What may come next is not in it: that is asked of
 * the verb table.
 */
#include "chart.h"

#include "display.h"

#include <string.h>

#define CHART_WIDTH 72
#define MARGIN 15 /* left of the picture, for the mark */
#define SPINE 31  /* a phase further right stands on the side: its mark comes behind it */
#define LINE_MAX 1000
#define INDENT 15 /* of the lists below */

/* clang-format off */
static const char *const picture[] = {
    "                  {connected}  the server has the first word",
    "                       │ 220",
    "                   {greeted}  ◄──────────────┐",
    "                       │ EHLO                │ handshake; EHLO again",
    "               ┌──► {ready}  ── STARTTLS ─► {tls}",
    "               │       │     ── AUTH ─────► {auth}  then back to ready",
    "               │       │ MAIL FROM",
    "               ├───  {mail}     RSET: back to ready, nothing is sent",
    "               │       │ RCPT TO",
    "               ├───  {rcpt}     RCPT TO again for each further receiver",
    "               │       │ DATA",
    "               └───  {data}     a line of one dot ends the message: 250,",
    "                                and you are ready for the next one",
    "                     QUIT  ───────────────► {closed}",
};

/* How each sign is drawn without Unicode. All take one column. */
static const struct {
    const char *utf8;
    char ascii;
} signs[] = {
    {"│", '|'}, {"─", '-'}, {"┌", '+'}, {"┐", '+'}, {"└", '+'}, {"├", '+'}, {"►", '>'}, {"◄", '<'},
};

/* What you are waiting for, or owe, where no command can come. */
static const struct {
    enum phase phase;
    const char *next;
} waits[] = {
    {PHASE_CONNECTED, "nothing from you: the server speaks first and says 220"},
    {PHASE_AUTH, "the line of the login that the server asks for, in base64; a line of one * gives up"},
    {PHASE_DATA, "the message: header, an empty line, text; then a line of one dot"},
    {PHASE_TLS, "the TLS handshake, and then EHLO again"},
    {PHASE_CLOSED, "nothing: the connection is closed"},
};
/* clang-format on */

struct pen {
    struct buf *out;
    enum phase here;
    bool tls;
    const struct chart_style *style;
    size_t width;
};

/* --- the picture --- */

static int add_mark(struct buf *line, const struct pen *p, const char *text) {
    return p->style->colour ? buf_addf(line, "\033[1m%s\033[0m", text) : buf_add_text(line, text);
}

/* A phase, {name} in the picture. Returns how much of the picture it took; 0: no room. */
static size_t add_phase(struct buf *line, const struct pen *p, const char *braced) {
    size_t n = strcspn(braced, "}") + 1;
    const char *name = phase_name(p->here);
    bool is_here = strlen(name) == n - 2 && strncmp(braced + 1, name, n - 2) == 0;
    const char *format = !is_here ? " %.*s " : p->style->colour ? "\033[1;7m %.*s \033[0m" : "[%.*s]";

    return buf_addf(line, format, (int)n - 2, braced + 1) == -1 ? 0 : n;
}

/* One sign of the picture, or a letter. Returns how much of the picture it took; 0: no room. */
static size_t add_sign(struct buf *line, const struct pen *p, const char *at) {
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        size_t n = strlen(signs[i].utf8);

        if (strncmp(at, signs[i].utf8, n) == 0)
            return (p->style->utf8 ? buf_add(line, at, n) : buf_add_char(line, signs[i].ascii)) == -1 ? 0 : n;
    }
    return buf_add_char(line, *at) == -1 ? 0 : 1;
}

/* Where in a line of the picture the phase that we are in stands; NULL: not in this one. */
static const char *find_here(const char *drawn, enum phase here) {
    const char *name = phase_name(here);
    const char *brace = strchr(drawn, '{');

    while (brace != NULL && strncmp(brace + 1, name, strlen(name)) != 0)
        brace = strchr(brace + 1, '{');
    return brace;
}

static int add_drawn(struct buf *line, const struct pen *p, const char *from, const char *to) {
    while (from < to) {
        size_t n = *from == '{' ? add_phase(line, p, from) : add_sign(line, p, from);

        if (n == 0)
            return -1;
        from += n;
    }
    return 0;
}

/* The mark stands before a phase on the spine, and behind one on the side in place of its words. */
static int add_line(struct buf *line, const struct pen *p, const char *drawn) {
    const char *here = find_here(drawn, p->here);
    const char *end = drawn + strlen(drawn);
    bool utf8 = p->style->utf8;

    if (here == NULL)
        return add_drawn(line, p, drawn, end);
    if (display_width(drawn) - display_width(here) < SPINE)
        return add_mark(line, p, utf8 ? "you are here ► " : "you are here > ") == -1
                   ? -1
                   : add_drawn(line, p, drawn + MARGIN, end);
    if (add_drawn(line, p, drawn, strchr(here, '}') + 1) == -1)
        return -1;
    return add_mark(line, p, utf8 ? " ◄ you are here" : " < you are here");
}

static int draw(const struct pen *p) {
    for (size_t i = 0; i < sizeof picture / sizeof picture[0]; i++) {
        struct buf line;
        int failed;

        buf_init(&line, LINE_MAX);
        failed = add_line(&line, p, picture[i]) == -1 ||
                 display_cut(p->out, line.data, p->width, p->style->utf8) == -1 ||
                 buf_add_char(p->out, '\n') == -1;
        buf_free(&line);
        if (failed)
            return -1;
    }
    return 0;
}

/* --- what may come --- */

static const char *wait_of(enum phase here) {
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++)
        if (waits[i].phase == here)
            return waits[i].next;
    return NULL;
}

/* STARTTLS inside TLS is refused, though the phase would allow it (RFC 3207 4.2: it is offered no more). */
static bool may_come(const struct pen *p, enum verb v) {
    return verb_legal(v, p->here) && !(v == VERB_STARTTLS && p->tls);
}

static void add_verbs(struct buf *words, const struct pen *p, bool legal) {
    for (int v = 0; v < VERB_UNKNOWN; v++)
        if (may_come(p, (enum verb)v) == legal)
            buf_addf(words, "%s%s", words->len > 0 ? ", " : "", verb_info((enum verb)v)->name);
}

static int add_list(const struct pen *p, const char *title, const char *words) {
    if (buf_addf(p->out, "%-*s", INDENT, title) == -1 || display_wrap(p->out, words, p->width, INDENT) == -1)
        return -1;
    return buf_add_char(p->out, '\n');
}

static int list_place(const struct pen *p) {
    struct buf words;
    int result;

    buf_init(&words, LINE_MAX);
    buf_addf(&words, "%s%s", phase_name(p->here),
             p->tls ? ", inside TLS: nobody on the way can read it" : "");
    result = add_list(p, "you are:", words.data);
    buf_free(&words);
    return result;
}

static int list(const struct pen *p) {
    const char *wait = wait_of(p->here);
    struct buf words;
    int result;

    buf_init(&words, LINE_MAX);
    add_verbs(&words, p, true);
    result = add_list(p, "next:", wait != NULL ? wait : words.data);
    buf_clear(&words);
    add_verbs(&words, p, false);
    if (result == 0 && wait == NULL)
        result = add_list(p, "not now (503):", words.data);
    buf_free(&words);
    return result;
}

int chart_draw(struct buf *out, enum phase here, bool tls, const struct chart_style *style) {
    struct pen p = {out, here, tls, style, style->width < CHART_WIDTH ? style->width : CHART_WIDTH};

    if (draw(&p) == -1 || buf_add_char(out, '\n') == -1)
        return -1;
    return list_place(&p) == -1 ? -1 : list(&p);
}
