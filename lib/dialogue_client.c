/* The client's side: its lines are held against the rules. See dialogue.h. */
#include "dialogue_internal.h"

#include "syntax.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The rule that a command breaks by going on in spite of a refusal. RULE_COUNT marks the end of the table. */
static const struct {
    enum circumstance refused;
    unsigned verbs; /* set of 1 << verb */
    enum rule rule;
} ignored[] = {
    {CIRCUMSTANCE_CLOSING, ~(1U << VERB_QUIT), RULE_REPLY_IGNORED},
    {CIRCUMSTANCE_GREETING_REFUSED, ~(1U << VERB_QUIT), RULE_GREETING_IGNORED},
    {CIRCUMSTANCE_HELLO_REFUSED, 1U << VERB_MAIL | 1U << VERB_AUTH | 1U << VERB_STARTTLS, RULE_REPLY_IGNORED},
    {CIRCUMSTANCE_TLS_REFUSED, 1U << VERB_AUTH | 1U << VERB_MAIL, RULE_STARTTLS_IGNORED},
    {CIRCUMSTANCE_LOGIN_REFUSED, 1U << VERB_MAIL, RULE_AUTH_REPLY_IGNORED},
    {CIRCUMSTANCE_SENDER_REFUSED, 1U << VERB_RCPT | 1U << VERB_DATA | 1U << VERB_UNKNOWN, RULE_REPLY_IGNORED},
    {CIRCUMSTANCE_NO_RECIPIENT, 1U << VERB_DATA | 1U << VERB_UNKNOWN, RULE_REPLY_IGNORED},
    {CIRCUMSTANCE_DATA_REFUSED, 1U << VERB_UNKNOWN, RULE_DATA_BEFORE_354},
    {CIRCUMSTANCE_NONE, 0, RULE_COUNT},
};

/* --- findings --- */

static void found(const struct dialogue *d, enum rule rule, enum circumstance circumstance, size_t at) {
    if (d->fn != NULL)
        d->fn(d->arg, rule, circumstance, at);
}

static void found_plain(void *dialogue, enum rule rule, size_t at) {
    found(dialogue, rule, CIRCUMSTANCE_NONE, at);
}

/* --- the client's lines --- */

static void message_line(struct dialogue *d, const char *bytes, size_t n) {
    size_t i;

    syntax_bytes(bytes, n, bytes[0] == '.' ? SYNTAX_TEXT_MAX + 1 : SYNTAX_TEXT_MAX, found_plain, d);
    for (i = 0; i < n && !d->eight_bit_told && !d->eight_bit_said; i++)
        if ((unsigned char)bytes[i] > 127) {
            d->eight_bit_told = true;
            found(d, RULE_EIGHT_BIT, CIRCUMSTANCE_NONE, i);
        }
    if (n == 3 && memcmp(bytes, ".\r\n", 3) == 0)
        dialogue_owe(d, ASKED_MESSAGE, NULL);
}

static void auth_line(struct dialogue *d, const char *bytes, size_t n) {
    syntax_bytes(bytes, n, SYNTAX_AUTH_MAX, found_plain, d);
    if (d->waits_for_value && n > 0 && (bytes[0] == '\r' || bytes[0] == '\n'))
        found(d, RULE_AUTH_EMPTY_LINE, CIRCUMSTANCE_NONE, 0);
    dialogue_owe(d, VERB_AUTH, NULL);
}

/* An empty line behind AUTH: base64 that came with a line feed of its own. */
static bool stray_line_of_auth(const struct dialogue *d, const struct command *command) {
    return command->word_len == 0 && d->last_question == VERB_AUTH;
}

/* Did this command go on although it was refused? At most one rule is told. */
static bool went_on(const struct dialogue *d, enum verb verb) {
    size_t i;

    for (i = 0; ignored[i].rule != RULE_COUNT; i++)
        if (ignored[i].refused == d->refused && (ignored[i].verbs & 1U << verb) != 0) {
            found(d, ignored[i].rule, d->refused, 0);
            return true;
        }
    if (d->wants_tls && !d->in_tls && d->phase == PHASE_READY && (verb == VERB_MAIL || verb == VERB_AUTH)) {
        found(d, RULE_STARTTLS_IGNORED, CIRCUMSTANCE_TLS_NOT_BEGUN, 0);
        return true;
    }
    return false;
}

/* A command at the wrong moment: which rule names it best? */
static enum rule out_of_order(const struct dialogue *d, enum phase phase) {
    if (phase == PHASE_CONNECTED)
        return RULE_TALK_BEFORE_GREETING;
    if (phase == PHASE_TLS)
        return RULE_TLS_MISSING;
    if (phase == PHASE_DATA)
        return RULE_DATA_BEFORE_354;
    if (phase == PHASE_GREETED)
        return d->in_tls ? RULE_STARTTLS_NO_EHLO : RULE_NO_HELLO;
    return RULE_BAD_SEQUENCE;
}

/* Phases in which any line at all is out of order, not only a command that we know. */
static bool takes_no_line(enum phase phase) {
    return phase == PHASE_CONNECTED || phase == PHASE_TLS || phase == PHASE_DATA;
}

/* ahead: the line was sent, as pipelining allows, before the reply that it ought to have heeded: it was right when it left. */
static void check_order(const struct dialogue *d, const struct command *command, enum phase phase,
                        bool ahead) {
    if (ahead || went_on(d, command->verb))
        return;
    if (stray_line_of_auth(d, command))
        found(d, RULE_AUTH_EMPTY_LINE, CIRCUMSTANCE_NONE, 0);
    else if (takes_no_line(phase) || (command->verb != VERB_UNKNOWN && !verb_legal(command->verb, phase)))
        found(d, out_of_order(d, phase), CIRCUMSTANCE_NONE, 0);
}

/* Arguments are judged only of commands: what followed a refusal as a stray message line was told already. */
static void check_arguments(struct dialogue *d, const char *bytes, const struct command *command,
                            enum phase phase) {
    bool stray = stray_line_of_auth(d, command) || takes_no_line(phase) ||
                 d->refused == CIRCUMSTANCE_DATA_REFUSED || d->refused == CIRCUMSTANCE_NO_RECIPIENT ||
                 d->refused == CIRCUMSTANCE_SENDER_REFUSED;

    if (command->verb != VERB_UNKNOWN || !stray)
        syntax_command(bytes, command, &d->ehlo, found_plain, d);
}

static void check_hello(struct dialogue *d, enum verb verb) {
    if (verb == VERB_HELO && d->in_tls && !d->tried_ehlo)
        found(d, RULE_HELO_AFTER_STARTTLS, CIRCUMSTANCE_NONE, 0);
    else if (verb == VERB_HELO && !d->tried_ehlo)
        found(d, RULE_HELO_ONLY, CIRCUMSTANCE_NONE, 0);
    if (verb == VERB_EHLO)
        d->tried_ehlo = true;
}

static bool begins_with_word(const char *text, size_t n, const char *word) {
    struct command c;

    verb_parse(text, n, &c);
    return c.word_len == strlen(word) && strncasecmp(c.word, word, c.word_len) == 0;
}

static void check_auth(struct dialogue *d, const struct command *command) {
    if (command->verb != VERB_AUTH)
        return;
    d->waits_for_value = begins_with_word(command->args, command->args_len, "LOGIN") ||
                         begins_with_word(command->args, command->args_len, "PLAIN");
    if (!d->in_tls && ehlo_args(&d->ehlo, "STARTTLS") != NULL)
        found(d, RULE_AUTH_IN_CLEAR, CIRCUMSTANCE_NONE, 0);
}

static bool mentions_eight_bit(const struct command *command) {
    static const char body[] = "BODY=8BITMIME";
    size_t i;

    for (i = 0; i + sizeof body - 1 <= command->args_len; i++)
        if (strncasecmp(command->args + i, body, sizeof body - 1) == 0)
            return true;
    return false;
}

static void remember(struct dialogue *d, const struct command *command) {
    const char *address = NULL;
    size_t len = 0;
    char *path = NULL;

    if (command->verb == VERB_MAIL) {
        d->eight_bit_said = mentions_eight_bit(command);
        d->eight_bit_told = false;
    }
    if (command->verb == VERB_RCPT && syntax_address_meant(command, &address, &len))
        path = strndup(address, len);
    dialogue_owe(d, (int)command->verb, path);
}

/* --- chunks (RFC 3030): octets that are counted, not lines --- */

#define CHUNK_DIGITS_MAX 9 /* a chunk of more than 999999999 octets nobody can mean */

static size_t chunk_size(const struct command *c) {
    size_t size = 0;

    for (size_t i = 0; i < c->args_len && c->args[i] >= '0' && c->args[i] <= '9'; i++)
        size = i >= CHUNK_DIGITS_MAX ? 0 : size * 10 + (size_t)(c->args[i] - '0');
    return size;
}

size_t dialogue_chunk(const struct dialogue *d) {
    return d->chunk;
}

void dialogue_chunk_took(struct dialogue *d, size_t n) {
    d->chunk -= n < d->chunk ? n : d->chunk;
}

static size_t longest(enum verb verb) {
    if (verb == VERB_AUTH)
        return SYNTAX_AUTH_MAX;
    return verb == VERB_MAIL || verb == VERB_RCPT ? VERB_LINE_MAX + SYNTAX_PARAMETERS_MAX : VERB_LINE_MAX;
}

static void command_line(struct dialogue *d, const char *bytes, size_t n) {
    struct command command;
    enum phase phase = dialogue_hoped_phase(d);
    bool ahead = d->ahead > 0;

    if (ahead)
        d->ahead--;
    verb_parse(bytes, n, &command);
    syntax_bytes(bytes, n, longest(command.verb), found_plain, d);
    check_order(d, &command, phase, ahead);
    check_arguments(d, bytes, &command, phase);
    check_hello(d, command.verb);
    check_auth(d, &command);
    remember(d, &command);
    if (command.verb == VERB_BDAT)
        d->chunk = chunk_size(&command);
}

void dialogue_client_line(struct dialogue *d, const char *bytes, size_t n) {
    bool settled = d->owed_count == 0; /* else the phase is still that of the reply before */

    if (n == 0)
        return;
    if (d->chunk > 0)
        dialogue_chunk_took(d, n);
    else if (settled && d->phase == PHASE_DATA)
        message_line(d, bytes, n);
    else if (settled && d->phase == PHASE_AUTH)
        auth_line(d, bytes, n);
    else
        command_line(d, bytes, n);
}

void dialogue_withdraw(struct dialogue *d) {
    if (d->owed_count > 0)
        free(d->owed[--d->owed_count].path);
}

void dialogue_suppose(struct dialogue *d, const char *bytes, size_t n) {
    dialogue_found_fn *fn = d->fn;

    d->fn = NULL;
    dialogue_client_line(d, bytes, n);
    d->fn = fn;
}

void dialogue_message_ended(struct dialogue *d) {
    dialogue_owe(d, ASKED_MESSAGE, NULL);
}

/* What sending too early is called, by what it did not wait for. */
static enum rule too_early(const struct dialogue *d, bool begun) {
    if (d->phase == PHASE_CONNECTED)
        return RULE_TALK_BEFORE_GREETING;
    if (d->owed_count > 0 && d->owed[0].question == VERB_DATA && !begun)
        return RULE_DATA_BEFORE_354;
    return RULE_EARLY_SEND;
}

bool dialogue_early(struct dialogue *d, const char *bytes, size_t n, bool begun) {
    bool may_follow = d->owed_count > 0 && d->owed[0].question < VERB_UNKNOWN &&
                      ehlo_args(&d->ehlo, "PIPELINING") != NULL &&
                      !verb_info((enum verb)d->owed[0].question)->ends_group;

    d->ahead = may_follow ? syntax_line_ends(bytes, n) : 0;
    if (n == 0 || may_follow)
        return false;
    found(d, too_early(d, begun), CIRCUMSTANCE_NONE, 0);
    return true;
}

void dialogue_require_tls(struct dialogue *d) {
    d->wants_tls = true;
}

void dialogue_tls_started(struct dialogue *d) {
    d->in_tls = true;
    d->tried_ehlo = false;
    ehlo_clear(&d->ehlo);
    dialogue_forget_recipients(d);
    if (d->phase != PHASE_CONNECTED) /* implicit TLS: the greeting is still to come */
        d->phase = PHASE_GREETED;
}
