/* What goes wrong where: the tables, and how an option is read. What a mailbox does: faults_mailbox.c. See faults.h. */
#include "faults.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CODE_MIN 100 /* by option any three digits may be answered, nonsense too: clients must survive it */
#define CODE_MAX 999
#define NTH_MAX 1000000

/* --- the tables --- */

/* Points beside the commands, which are called as the verb table calls them. */
static const struct {
    int at;
    const char *name;
    const char *help;
} points[] = {
    {FAULT_AT_GREETING, "greeting", "the first line of a session"},
    {FAULT_AT_DOT, "dot", "the reply to the final dot, or to BDAT LAST"},
    {FAULT_AT_HANDSHAKE, "handshake", "where TLS begins"},
    {FAULT_AT_ANY, "any", "every command"},
};

#define POINTS (sizeof points / sizeof points[0])

/* Where an action can sit. */
enum place { ANYWHERE, AT_REPLIES, AT_COMMANDS, AT_STARTTLS };

/* Does a ":NUMBER" follow the action's word? */
enum numbered { NO_NUMBER, MAY_NUMBER, MUST_NUMBER };

static const struct action {
    const char *name;
    enum fault_action action;
    enum place place;
    enum numbered numbered;
    int usual; /* the number where none is given */
    int max;
    const char *help;
} actions[] = {
    {"drop", FAULT_DROP, ANYWHERE, NO_NUMBER, 0, 0, "close the connection without an answer"},
    {"reset", FAULT_RESET, ANYWHERE, NO_NUMBER, 0, 0, "the same with a TCP reset"},
    {"stall", FAULT_STALL, ANYWHERE, NO_NUMBER, 0, 0, "say nothing until the client leaves"},
    {"delay", FAULT_DELAY, ANYWHERE, MUST_NUMBER, 0, FAULT_DELAY_MAX_MS,
     ":MS, answer so many milliseconds late"},
    {"tear", FAULT_TEAR, AT_REPLIES, MAY_NUMBER, 1, 512, "[:N], answer in writes of N bytes (1)"},
    {"strip", FAULT_STRIP, AT_COMMANDS, NO_NUMBER, 0, 0, "do not know the command, do not offer it in EHLO"},
    {"inject", FAULT_INJECT, AT_STARTTLS, NO_NUMBER, 0, 0, "send a reply in plain text behind the 220"},
};

#define ACTIONS (sizeof actions / sizeof actions[0])

static const char *const places[] = {
    [ANYWHERE] = "anywhere",
    [AT_REPLIES] = "where there is a reply: not at handshake",
    [AT_COMMANDS] = "at a command: starttls, auth ...",
    [AT_STARTTLS] = "at starttls",
};

/* --- reading an option --- */

/* A piece of the option's text. */
struct span {
    const char *at;
    size_t n;
};

static bool is_word(struct span s, const char *word) {
    return strlen(word) == s.n && strncasecmp(s.at, word, s.n) == 0;
}

/* Cut off what follows the separator; false, *rest empty: there is none. */
static bool cut(struct span *s, char separator, struct span *rest) {
    const char *at = s->n > 0 ? memchr(s->at, separator, s->n) : NULL;

    *rest = (struct span){s->at + s->n, 0};
    if (at == NULL)
        return false;
    *rest = (struct span){at + 1, (size_t)(s->at + s->n - at) - 1};
    s->n = (size_t)(at - s->at);
    return true;
}

/* Digits only, from min to max. */
static bool read_number(struct span s, long min, long max, long *out) {
    *out = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.at[i] < '0' || s.at[i] > '9' || *out > max)
            return false;
        *out = *out * 10 + (s.at[i] - '0');
    }
    return s.n > 0 && *out >= min && *out <= max;
}

/* -1: no such point. */
static int find_point(struct span name) {
    for (int v = 0; v < VERB_UNKNOWN; v++)
        if (is_word(name, verb_info((enum verb)v)->name))
            return v;
    for (size_t i = 0; i < POINTS; i++)
        if (is_word(name, points[i].name))
            return points[i].at;
    return -1;
}

static int read_point(struct span s, struct fault *fault, struct err *e) {
    struct span nth;
    bool counted = cut(&s, ':', &nth);
    long n = 0;

    fault->at = find_point(s);
    if (fault->at == -1)
        return err_set(
            e, ERR_INPUT,
            "fault: no point is called \"%.*s\"; right are a command (rcpt), greeting, dot, handshake or any",
            (int)s.n, s.at);
    if (counted && !read_number(nth, 1, NTH_MAX, &n))
        return err_set(e, ERR_INPUT, "fault: \"%.*s\" does not say which time; right is %.*s:2", (int)nth.n,
                       nth.at, (int)s.n, s.at);
    fault->nth = (unsigned)n;
    return 0;
}

static bool fits(enum place place, int at) {
    switch (place) {
    case ANYWHERE:
        return true;
    case AT_REPLIES:
        return at != FAULT_AT_HANDSHAKE;
    case AT_COMMANDS:
        return at < VERB_UNKNOWN;
    case AT_STARTTLS:
        return at == VERB_STARTTLS;
    }
    return false;
}

/* "451": no word, but a code. */
static int read_code(struct span s, struct fault *fault, struct err *e) {
    long code;

    if (s.n != 3 || !read_number(s, CODE_MIN, CODE_MAX, &code))
        return err_set(e, ERR_INPUT,
                       "fault: no action is called \"%.*s\"; right are a reply code (451), drop, reset, "
                       "stall, delay:300, tear, strip or inject",
                       (int)s.n, s.at);
    if (fault->at == FAULT_AT_HANDSHAKE)
        return err_set(
            e, ERR_INPUT,
            "fault: a handshake is no reply and has no code; right are drop, reset, stall or delay:300");
    fault->action = FAULT_CODE;
    fault->number = (int)code;
    return 0;
}

static const struct action *find_action(struct span name) {
    for (size_t i = 0; i < ACTIONS; i++)
        if (is_word(name, actions[i].name))
            return &actions[i];
    return NULL;
}

static int read_action(struct span s, struct fault *fault, struct err *e) {
    struct span number;
    bool numbered = cut(&s, ':', &number);
    const struct action *action = find_action(s);
    long n = action != NULL ? action->usual : 0;

    if (action == NULL)
        return read_code(s, fault, e);
    if (!fits(action->place, fault->at))
        return err_set(e, ERR_INPUT, "fault: %s can only be %s", action->name, places[action->place]);
    if (action->numbered == NO_NUMBER && numbered)
        return err_set(e, ERR_INPUT, "fault: %s takes no number", action->name);
    if (numbered ? !read_number(number, 1, action->max, &n) : action->numbered == MUST_NUMBER)
        return err_set(e, ERR_INPUT, "fault: %s:N takes a number from 1 to %d", action->name, action->max);
    fault->action = action->action;
    fault->number = (int)n;
    return 0;
}

static int read_times(struct span s, struct fault *fault, struct err *e) {
    long n;

    if (!read_number(s, 1, FAULT_TIMES_MAX, &n))
        return err_set(e, ERR_INPUT, "fault: \"*%.*s\" does not say how often; right is 451*2", (int)s.n,
                       s.at);
    fault->times = (unsigned)n;
    return 0;
}

/* What a server does not know it does not know the whole session long. */
static int check_strip(const struct fault *fault, struct err *e) {
    if (fault->action == FAULT_STRIP && (fault->nth != 0 || fault->times != 0))
        return err_set(e, ERR_INPUT, "fault: strip holds for every session; it takes neither :N nor *TIMES");
    return 0;
}

int faults_add(struct faults *f, const char *text, struct err *e) {
    struct span point = {text, strlen(text)};
    struct span action, times;
    struct fault fault = {.action = FAULT_NONE};

    if (!cut(&point, '=', &action))
        return err_set(e, ERR_INPUT, "fault: \"%s\" has no \"=\"; right is rcpt:2=451 or data=drop", text);
    bool limited = cut(&action, '*', &times);
    if (read_point(point, &fault, e) == -1 || read_action(action, &fault, e) == -1 ||
        (limited && read_times(times, &fault, e) == -1) || check_strip(&fault, e) == -1)
        return -1;
    if (f->count == FAULTS_MAX)
        return err_set(e, ERR_LIMIT, "fault: no more than %d of them", FAULTS_MAX);
    f->list[f->count++] = fault;
    return 0;
}

/* --- asking --- */

static bool is_due(const struct fault *fault, unsigned kinds, int at, unsigned nth) {
    return fault->at == at && (1U << fault->action & kinds) != 0 && (fault->nth == 0 || fault->nth == nth);
}

const struct fault *faults_of(const struct faults *f, unsigned kinds, int at, unsigned nth,
                              faults_spent_fn *spent, void *arg) {
    for (size_t i = 0; i < f->count; i++) {
        const struct fault *fault = &f->list[i];

        if (is_due(fault, kinds, at, nth) &&
            (fault->times == 0 || spent == NULL || !spent(arg, i, fault->times)))
            return fault;
    }
    return NULL;
}

const struct fault *faults_at(const struct faults *f, int at, unsigned nth, faults_spent_fn *spent,
                              void *arg) {
    return faults_of(f, ~0U, at, nth, spent, arg);
}

bool faults_stripped(const struct faults *f, enum verb v) {
    return faults_of(f, 1U << FAULT_STRIP, (int)v, 0, NULL, NULL) != NULL;
}

/* --- help --- */

int faults_help(struct buf *out) {
    int bad = buf_add_text(out, "POINT[:N]=ACTION[*TIMES], where POINT is a command (ehlo, rcpt ...) or\n");

    for (size_t i = 0; i < POINTS; i++)
        bad |= buf_addf(out, "  %-10s %s\n", points[i].name, points[i].help);
    bad |= buf_add_text(out, "and ACTION is\n  451        any reply code: this reply instead; 421 closes\n");
    for (size_t i = 0; i < ACTIONS; i++)
        bad |= buf_addf(out, "  %-10s %s\n", actions[i].name, actions[i].help);
    bad |= buf_add_text(out, "N: only the Nth time in a session. TIMES: only the first so many times.\n");
    return bad == 0 ? 0 : -1;
}
