/* A transcript back to text: the canonical form (transcript.h). */
#include "transcript_internal.h"

#include <string.h>

static int print_header(const struct transcript *t, struct buf *out) {
    int r = buf_add_text(out, "smtp-transcript 1\n");
    for (enum transcript_key key = 0; key < KEY_COUNT && r == 0; key++) {
        const char *value = t->keys[key];
        if (value)
            r = buf_addf(out, "%s:%s%s\n", transcript_key_name(key), value[0] ? " " : "", value);
    }
    for (size_t i = 0; i < t->setting_count && r == 0; i++)
        r = buf_addf(out, "set: %s=%s\n", t->settings[i].name, t->settings[i].text);
    return r == 0 ? buf_add_char(out, '\n') : -1;
}

/* "S:" alone, or "S: text". */
static int print_marked(const struct item *it, const char *mark, struct buf *out) {
    return buf_addf(out, "%s%s%s\n", mark, it->len > 0 ? " " : "", it->text);
}

static int print_plain(const struct item *it, const char *mark, struct buf *out) {
    return buf_addf(out, "%s%s\n", mark, it->text);
}

static int print_client(const struct item *it, const char *mark, struct buf *out) {
    return print_marked(it, it->optional ? "C?" : it->exact ? "C=" : mark, out);
}

/* Raw lines as they are, but a line that starts with @ gets one more. */
static int print_raw_lines(const struct item *it, struct buf *out) {
    bool line_start = true;
    for (size_t i = 0; i < it->len; i++) {
        if (line_start && it->text[i] == '@' && buf_add_char(out, '@') != 0)
            return -1;
        if (buf_add_char(out, it->text[i]) != 0)
            return -1;
        line_start = it->text[i] == '\n';
    }
    return buf_add_text(out, "@end\n");
}

static int print_stdin(const struct item *it, const char *mark, struct buf *out) {
    return buf_addf(out, "%s\n", mark) != 0 ? -1 : print_raw_lines(it, out);
}

static int print_file(const struct item *it, const char *mark, struct buf *out) {
    const char *quote = strchr(it->name, ' ') ? "\"" : "";
    const char *readers = it->mode == 0640 ? " for-group" : it->mode == 0644 ? " for-all" : "";
    int r = buf_addf(out, "%s %s%s%s", mark, quote, it->name, quote);
    if (r == 0 && it->number != 1)
        r = buf_addf(out, " x%ld", it->number);
    if (r == 0)
        r = buf_addf(out, "%s%s%s\n", it->no_eol ? " no-eol" : "", readers, it->escaped ? " escaped" : "");
    return r != 0 ? -1 : print_raw_lines(it, out);
}

/* The kinds with a mark of their own; all others have their canonical line in `text`. */
static const struct {
    enum item_kind kind;
    const char *mark;
    int (*print)(const struct item *it, const char *mark, struct buf *out);
} printers[] = {
    {ITEM_COMMENT, "#", print_plain},        {ITEM_SERVER, "S:", print_marked},
    {ITEM_SERVER_RAW, "S>", print_marked},   {ITEM_CLIENT, "C:", print_client},
    {ITEM_CLIENT_EXACT, "C=", print_client}, {ITEM_MESSAGE_LINE, "C:", print_client},
    {ITEM_MESSAGE_END, "C:", print_client},  {ITEM_STDIN, "@stdin", print_stdin},
    {ITEM_FILE, "@file", print_file},
};

static int print_item(const struct item *it, struct buf *out) {
    for (size_t i = 0; i < sizeof printers / sizeof *printers; i++)
        if (printers[i].kind == it->kind)
            return printers[i].print(it, printers[i].mark, out);
    return print_plain(it, "", out);
}

int transcript_print(const struct transcript *t, struct buf *out) {
    if (print_header(t, out) != 0)
        return -1;
    for (size_t i = 0; i < t->item_count; i++)
        if (print_item(&t->items[i], out) != 0)
            return -1;
    return 0;
}
