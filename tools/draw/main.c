/*
 * smtp-draw - draw a transcript: the conversation as a ladder, or as plain lines.
 *
 * Nothing is played. What the file leaves open gets a name that will do, secrets are
 * ***, and of an @choice the first way is drawn. The slides get their dialogues from here,
 * so that a slide cannot show what no transcript says.
 */
#include "../../lib/cli.h"
#include "../../lib/ladder.h"
#include "../../lib/transcript.h"
#include "../../lib/version.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Exit statuses: 2 as smtp-replay has it, the others of sysexits.h. */
#define EXIT_TRANSCRIPT 2
#define EXIT_USAGE 64
#define EXIT_NO_FILE 66
#define EXIT_OUTPUT 74

#define WIDTH 78
#define WIDTH_MAX 400
#define OUT_MAX (16UL << 20)
#define LINE_BYTES_MAX (1UL << 20)

static const char usage[] =
    "usage: smtp-draw [options] FILE.smtp\n"
    "\n"
    "Draw the conversation of a transcript as a ladder: the client on the left, the\n"
    "server on the right, TLS as a double line. Nothing is played, nothing is judged.\n"
    "\n"
    "  --dialogue   plain lines, S: and C:, in place of the ladder\n"
    "  --lines A-B  only these lines of the conversation, counted from 1\n"
    "  --width N    columns of the ladder (40 to 400, default 78)\n"
    "  --ascii      no line-drawing characters\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 drawn; 2 the transcript is wrong; 64 wrong usage; 66 the file cannot\n"
    "be read; 74 the output could not be written.\n";

struct range {
    long first, last;
};

struct options {
    const char *file;
    bool dialogue, ascii, help, version;
    struct range lines;
    long width;
};

/* --- what the transcript leaves open --- */

static const char *value_of(const char *name) {
    static const char *const known[][2] = {
        {"user", "alice"}, {"my-user", "alice"}, {"host", "mail.example.test"}, {"me", "client.example.org"}};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i][0], name) == 0)
            return known[i][1];
    return name;
}

static void bind_all(const struct template *t, struct bindings *b) {
    for (size_t i = 0; i < t->count; i++) {
        const struct field *f = &t->fields[i];
        bool secret = f->kind == FIELD_SECRET || strcmp(f->text == NULL ? "" : f->text, "password") == 0;

        if (f->kind == FIELD_BASE64)
            bind_all(f->inner, b);
        else if (f->kind != FIELD_TEXT && f->kind != FIELD_MESSAGE && bindings_get(b, f->text) == NULL)
            bindings_set(b, f->text, value_of(f->text), strlen(value_of(f->text)), secret, NULL);
    }
}

/* set: name=value; a value may use the names before it. */
static void bind_settings(const struct transcript *t, struct bindings *b) {
    for (size_t i = 0; i < t->setting_count; i++) {
        const struct setting *set = &t->settings[i];
        struct buf value;

        buf_init(&value, BINDING_VALUE_MAX);
        bind_all(&set->value, b);
        if (template_expand(&set->value, b, false, &value, NULL) == 0)
            bindings_set(b, set->name, value.data, value.len, strcmp(set->name, "password") == 0, NULL);
        buf_free(&value);
    }
}

/* --- from items to events --- */

struct walk {
    const struct options *options;
    struct bindings bindings;
    struct log log;
    long number; /* of the line of the conversation */
    bool tls;
};

/* May what comes now be drawn? Events that are no line go with the line before them. */
static bool is_drawn(const struct walk *w) {
    const struct range *lines = &w->options->lines;

    return (w->number >= lines->first || (w->number == 0 && lines->first <= 1)) && w->number <= lines->last;
}

static void note(struct walk *w, enum event_kind kind, const char *text, size_t n) {
    if (is_drawn(w))
        log_event(&w->log, kind, 0, w->tls, text, n);
}

static void note_line(struct walk *w, const struct item *item) {
    bool server = item->kind == ITEM_SERVER || item->kind == ITEM_SERVER_RAW;
    bool raw = item->kind == ITEM_SERVER_RAW || item->kind == ITEM_CLIENT_EXACT || item->exact;
    struct buf line;

    buf_init(&line, LINE_BYTES_MAX);
    bind_all(&item->fields, &w->bindings);
    if (item->kind == ITEM_MESSAGE_END)
        buf_add_char(&line, '.');
    else if (template_has(&item->fields, FIELD_MESSAGE))
        buf_add_text(&line, "(a message)");
    else
        template_expand(&item->fields, &w->bindings, true, &line, NULL);
    if (!raw)
        buf_add_text(&line, "\r\n");
    w->number++;
    note(w, server ? EVENT_SERVER : EVENT_CLIENT, line.data, line.len);
    buf_free(&line);
}

static void note_tls(struct walk *w) {
    static const char words[] = "RFC 8446";

    w->tls = true;
    note(w, EVENT_TLS, words, sizeof words - 1);
}

static void note_item(struct walk *w, const struct item *item) {
    switch (item->kind) {
    case ITEM_SERVER:
    case ITEM_SERVER_RAW:
    case ITEM_CLIENT:
    case ITEM_CLIENT_EXACT:
    case ITEM_MESSAGE_LINE:
    case ITEM_MESSAGE_END:
        note_line(w, item);
        break;
    case ITEM_TLS_START:
    case ITEM_TLS_IMMEDIATE:
        note_tls(w);
        break;
    case ITEM_CLOSE:
        note(w, EVENT_CLOSE, "", 0);
        break;
    case ITEM_RESET:
        note(w, EVENT_RESET, "", 0);
        break;
    default: /* blocks, delivery, checks: nothing that is said */
        break;
    }
}

static void note_all(struct walk *w, const struct transcript *t) {
    for (size_t i = 0; i < t->item_count; i++) {
        while (t->items[i].kind == ITEM_OR) /* the first way has been drawn */
            i = t->items[i].end;
        note_item(w, &t->items[i]);
    }
}

/* --- drawing --- */

/* "S: 220 ready", "C: QUIT"; what is no line begins with "--". */
static int print_dialogue(struct buf *out, const struct log *log, bool utf8) {
    int failed = 0;

    for (size_t i = 0; i < log->event_count; i++) {
        const struct event *v = &log->events[i];
        bool spoken = v->kind == EVENT_SERVER || v->kind == EVENT_CLIENT;

        failed |= buf_add_text(out, !spoken ? "-- " : v->kind == EVENT_SERVER ? "S: " : "C: ");
        failed |= log_show(v, utf8, out);
        failed |= buf_add_char(out, '\n');
    }
    return failed;
}

static int draw(const struct options *o, const struct transcript *t, struct buf *out) {
    struct walk w = {.options = o};
    const struct ladder_style style = {.width = (unsigned)o->width, .utf8 = !o->ascii};
    int result;

    bindings_init(&w.bindings);
    log_init(&w.log);
    bind_settings(t, &w.bindings);
    note_all(&w, t);
    result = o->dialogue ? print_dialogue(out, &w.log, !o->ascii) : ladder_text(out, &w.log, &style);
    log_free(&w.log);
    bindings_free(&w.bindings);
    return result;
}

/* --- the command line --- */

static int take_range(const char *text, void *to, struct err *e) {
    struct range *range = to;
    char end;

    (void)e;
    return sscanf(text, "%ld-%ld%c", &range->first, &range->last, &end) == 2 && range->first >= 1 &&
                   range->first <= range->last
               ? 0
               : -1;
}

static int take_width(const char *text, void *to, struct err *e) {
    (void)e;
    return cli_range(text, LADDER_WIDTH_MIN, WIDTH_MAX, to);
}

static int take_options(int argc, char **argv, struct options *o, struct err *e) {
    const struct cli_option rows[] = {{"--dialogue", NULL, &o->dialogue, NULL},
                                      {"--lines", take_range, &o->lines, "two numbers, as 3-9"},
                                      {"--width", take_width, &o->width, "a number from 40 to 400"},
                                      {"--ascii", NULL, &o->ascii, NULL},
                                      {"--help", NULL, &o->help, NULL},
                                      {"--version", NULL, &o->version, NULL},
                                      {NULL, NULL, NULL, NULL}};

    for (int i = 1; i < argc; i++)
        if (argv[i][0] != '-' && o->file == NULL)
            o->file = argv[i];
        else if (cli_take(rows, argc, argv, &i, e) == -1)
            return -1;
    if (o->file == NULL && !o->help && !o->version)
        return err_set(e, ERR_INPUT, "say which transcript");
    return 0;
}

/* Output that did not arrive must not pass for output. */
static int print(const char *text) {
    if (fputs(text, stdout) != EOF && fflush(stdout) == 0)
        return EXIT_SUCCESS;
    perror("smtp-draw: standard output");
    return EXIT_OUTPUT;
}

static int run(const struct options *o, struct err *e) {
    struct transcript *t = transcript_load(o->file, e);
    struct buf out;
    int status;

    if (t == NULL)
        return e->kind == ERR_FILE ? EXIT_NO_FILE : EXIT_TRANSCRIPT;
    buf_init(&out, OUT_MAX);
    status = draw(o, t, &out) == 0 ? print(out.data) : EXIT_OUTPUT;
    buf_free(&out);
    transcript_free(t);
    return status;
}

int main(int argc, char **argv) {
    struct options o = {.width = WIDTH, .lines = {1, LONG_MAX}};
    struct err e = {0};
    int status;

    if (take_options(argc, argv, &o, &e) == -1) {
        fprintf(stderr, "smtp-draw: %s\n%s", e.text, usage);
        return EXIT_USAGE;
    }
    if (o.help || o.version)
        return print(o.help ? usage : "smtp-draw (smtplab) " SMTPLAB_VERSION "\n");
    status = run(&o, &e);
    if (e.text[0] != '\0')
        fprintf(stderr, "smtp-draw: %s\n", e.text);
    return status;
}
