/* See judge.h. Here: the lines of a recording, fed to the dialogue. What is made of it is in judge_report.c. */
#include "judge_parts.h"

#include "../../lib/dialogue.h"
#include "../../lib/reply.h"

#include <stdarg.h>
#include <string.h>

#define LINE_ROOM (TRANSCRIPT_FILE_MAX * 2) /* of one line, its fields filled in */
#define SENTENCE_MAX 512

/* --- what is wrong with it --- */

static void problem(struct judged *j, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void problem(struct judged *j, const char *format, ...) {
    char sentence[SENTENCE_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    json_array_append_new(j->problems, json_pack("{s:i, s:s}", "line", (int)j->line, "sentence", sentence));
}

/* A dialogue_found_fn. */
static void found(void *arg, enum rule rule, enum circumstance circumstance, size_t at) {
    struct judged *j = arg;
    struct finding f = {
        .rule = rule, .circumstance = circumstance, .line = j->line, .event = j->event, .at = at};

    log_finding(&j->scene.outcome.log, &f);
}

/* --- lines with their fields filled in --- */

/* A recording names what it left out, {secret:my-password}: any value will do, so the name is its own. */
static void know_names(struct judged *j, const struct template *t) {
    size_t i;

    for (i = 0; i < t->count; i++) {
        const struct field *f = &t->fields[i];
        struct err ignored;

        if (f->kind == FIELD_BASE64)
            know_names(j, f->inner);
        else if (f->kind != FIELD_TEXT && bindings_get(&j->scene.bindings, f->text) == NULL)
            bindings_set(&j->scene.bindings, f->text, f->text, f->len, f->kind == FIELD_SECRET, &ignored);
    }
}

/* The line as it was on the wire, or as it may be shown. Exact lines (S>, C=) bring their own end. */
static int line_of(struct judged *j, const struct item *item, bool masked, struct buf *out) {
    bool exact = item->kind == ITEM_SERVER_RAW || item->kind == ITEM_CLIENT_EXACT || item->exact;
    struct err e;

    buf_clear(out);
    know_names(j, &item->fields);
    if (template_expand(&item->fields, &j->scene.bindings, masked, out, &e) == -1 ||
        (!exact && buf_add_text(out, "\r\n") == -1)) {
        problem(j, "this line cannot be read: %s", e.text);
        return -1;
    }
    return 0;
}

static void log_line(struct judged *j, const struct item *item, enum event_kind kind, struct buf *shown) {
    if (line_of(j, item, true, shown) == 0)
        j->event = log_event(&j->scene.outcome.log, kind, item->line, dialogue_in_tls(j->dialogue),
                             shown->data, shown->len);
}

/* --- steps: what the client did, and the code that it was answered with --- */

static void step_begin(struct judged *j, const char *what, size_t dots) {
    json_array_append_new(j->steps,
                          json_pack("{s:i, s:s, s:s, s:b, s:i, s:i}", "line", (int)j->line, "what", what,
                                    "phase", phase_name(dialogue_phase(j->dialogue)), "tls",
                                    (int)dialogue_in_tls(j->dialogue), "dots", (int)dots, "code", 0));
}

/* The oldest step without an answer gets it. 334 is none: the login goes on. */
static void step_answered(struct judged *j, int code, enum verb to) {
    if (j->answered >= json_array_size(j->steps) || (to == VERB_AUTH && code == 334))
        return;
    json_object_set_new(json_array_get(j->steps, j->answered++), "code", json_integer(code));
}

/* --- the server's lines --- */

static bool in(const int *codes, size_t most, int code) {
    size_t i;

    for (i = 0; i < most && codes[i] != 0; i++)
        if (codes[i] == code)
            return true;
    return false;
}

/* Can this command be answered so? By the table of verbs, and by what may answer any command (RFC 5321 4.3.2). */
static bool plausible(enum verb to, int code) {
    static const int always[] = {421, 500, 501, 502, 503, 504, 530};
    const struct verb_info *v = verb_info(to);

    return in(always, sizeof always / sizeof always[0], code) || in(v->success, 3, code) ||
           in(v->failure, sizeof v->failure / sizeof v->failure[0], code) || v->standing == code;
}

/* The final dot is answered as a message is, not as DATA is. */
static bool plausible_for_message(int code) {
    static const int codes[] = {250, 421, 450, 451, 452, 550, 552, 554};

    return in(codes, sizeof codes / sizeof codes[0], code);
}

static void check_code(struct judged *j, enum verb to, int code) {
    const char *step = json_string_value(json_object_get(json_array_get(j->steps, j->answered), "what"));

    if (step == NULL || strcmp(step, "greeting") == 0)
        return;
    if (strcmp(step, "message") == 0 ? !plausible_for_message(code) : !plausible(to, code))
        problem(j, "%d is no answer to %s", code, strcmp(step, "message") == 0 ? "a message" : step);
}

static void server_line(struct judged *j, const struct item *item, struct buf *line) {
    struct reply_line reply;
    enum verb to;
    bool owed = dialogue_owes_reply(j->dialogue, &to);

    log_line(j, item, EVENT_SERVER, line);
    if (line_of(j, item, false, line) == -1)
        return;
    if (reply_line_parse(line->data, line->len, &reply) <= 0)
        problem(j, "this is no line of a reply");
    else if (!owed)
        problem(j, "the server answers, but nothing was said to it");
    else if (reply.last)
        check_code(j, to, reply.code);
    dialogue_server_line(j->dialogue, line->data, line->len);
    if (owed && reply.last)
        step_answered(j, reply.code, to);
}

/* --- the client's lines --- */

static bool is_message(const struct item *item) {
    return item->kind == ITEM_MESSAGE_LINE || item->kind == ITEM_MESSAGE_END;
}

static void command(struct judged *j, const struct buf *line) {
    struct command c;

    if (dialogue_phase(j->dialogue) == PHASE_AUTH && j->answered < json_array_size(j->steps))
        return; /* an answer within the login is no step of its own */
    verb_parse(line->data, line->len, &c);
    step_begin(j, c.verb == VERB_UNKNOWN ? "unknown" : verb_info(c.verb)->name, 0);
}

static void client_line(struct judged *j, const struct item *item, struct buf *line) {
    enum verb owed;

    log_line(j, item, EVENT_CLIENT, line);
    if (item->kind == ITEM_MESSAGE_END) {
        buf_clear(line);
        buf_add_text(line, ".\r\n");
        step_begin(j, "message", j->dots);
        j->dots = 0;
    } else if (line_of(j, item, false, line) == -1) {
        return;
    }
    if (!is_message(item)) {
        if (dialogue_owes_reply(j->dialogue, &owed))
            dialogue_early(j->dialogue, line->data, line->len, false);
        command(j, line);
    } else if (item->kind == ITEM_MESSAGE_LINE) {
        j->dots += line->len > 1 && line->data[0] == '.' && line->data[1] == '.';
    }
    dialogue_client_line(j->dialogue, line->data, line->len);
}

/* --- the whole --- */

static void tls_begins(struct judged *j, const struct item *item) {
    enum phase due = item->kind == ITEM_TLS_START ? PHASE_TLS : PHASE_CONNECTED;

    if (dialogue_phase(j->dialogue) != due)
        problem(j, "TLS begins here, but not behind STARTTLS and its 220");
    dialogue_tls_started(j->dialogue);
    log_event(&j->scene.outcome.log, EVENT_TLS, item->line, true, "", 0);
}

static void take(struct judged *j, const struct item *item, struct buf *line) {
    j->line = item->line;
    switch (item->kind) {
    case ITEM_BLANK:
    case ITEM_COMMENT:
    case ITEM_GAP:
    case ITEM_CLOSE:
    case ITEM_RESET:
        break;
    case ITEM_SERVER:
    case ITEM_SERVER_RAW:
        server_line(j, item, line);
        break;
    case ITEM_CLIENT:
    case ITEM_CLIENT_EXACT:
    case ITEM_MESSAGE_LINE:
    case ITEM_MESSAGE_END:
        client_line(j, item, line);
        break;
    case ITEM_TLS_START:
    case ITEM_TLS_IMMEDIATE:
        tls_begins(j, item);
        break;
    default:
        problem(j, "this line is for a server that is played; in a recording it has no place");
    }
}

static void check_source(struct judged *j) {
    const char *source = j->scene.transcript->keys[KEY_SOURCE];

    j->line = 0;
    if (strncmp(source, "recorded", strlen("recorded")) != 0)
        problem(j, "by its source: line this is no recording");
}

static void check_end(struct judged *j) {
    enum verb owed;

    if (dialogue_phase(j->dialogue) == PHASE_DATA)
        problem(j, "it ends in the middle of a message");
    else if (dialogue_owes_reply(j->dialogue, &owed))
        problem(j, "it ends before the server has answered");
}

int judge_feed(struct judged *j) {
    const struct transcript *t = j->scene.transcript;
    struct buf line;
    size_t i;

    j->dialogue = dialogue_new(found, j);
    if (j->dialogue == NULL)
        return -1;
    buf_init(&line, LINE_ROOM);
    check_source(j);
    step_begin(j, "greeting", 0);
    for (i = 0; i < t->item_count; i++)
        take(j, &t->items[i], &line);
    check_end(j);
    buf_free(&line);
    dialogue_free(j->dialogue);
    j->dialogue = NULL;
    return 0;
}
