/* Where trouble on purpose strikes. Which, where and how often: faults.h. */
#include "server_internal.h"

/* --- how often --- */

void server_count(struct server *s, int at) {
    s->count[at]++;
}

/* For a host that does not count: *TIMES over this session alone. */
static bool spent_here(void *arg, size_t index, unsigned times) {
    struct server *s = arg;

    return s->spent[index]++ >= times;
}

static const struct fault *due(struct server *s, unsigned kinds, int at) {
    bool own = s->host->fault_spent == NULL;

    return faults_of(&s->config->faults, kinds, at, s->count[at], own ? spent_here : s->host->fault_spent,
                     own ? s : s->host->arg);
}

/* --- what happens --- */

/* Does this code say there that it went well? */
static bool is_good(int at, enum verb v, int code) {
    static const int greeting[] = {220, 0}, dot[] = {250, 0};
    const int *good = at == FAULT_AT_GREETING ? greeting : at == FAULT_AT_DOT ? dot : verb_info(v)->success;

    for (int i = 0; i < 3 && good[i] != 0; i++)
        if (good[i] == code)
            return true;
    return false;
}

static void pace(struct server *s, enum fault_action action, int number) {
    s->paced = true;
    if (action == FAULT_DELAY)
        s->pace.delay_ms = number;
    else
        s->pace.piece = (size_t)number;
}

static enum server_struck silence(struct server *s, enum fault_action action) {
    server_close(s, action == FAULT_RESET   ? SERVER_RESET
                    : action == FAULT_STALL ? SERVER_STALL
                                            : SERVER_CLOSE);
    return STRUCK_SILENT;
}

static enum server_struck answer(struct server *s, int code, const char *words, bool good) {
    if (good) {
        s->good_code = code;
        s->good_words = words;
        return STRUCK_NOT;
    }
    server_say(s, code, words);
    return STRUCK_REPLY;
}

/* The faults that the options ordered for this point. */
enum server_struck server_fault(struct server *s, int at, enum verb v) {
    static const unsigned paces[] = {1U << FAULT_DELAY, 1U << FAULT_TEAR};
    const struct fault *fault;

    if (s->config->faults.count == 0)
        return STRUCK_NOT;
    for (size_t i = 0; i < 2; i++)
        if ((fault = due(s, paces[i], at)) != NULL)
            pace(s, fault->action, fault->number);
    fault = due(s, FAULTS_ANSWER, at);
    if (fault == NULL)
        return STRUCK_NOT;
    if (fault->action != FAULT_CODE)
        return silence(s, fault->action);
    return answer(s, fault->number, faults_words(fault->number), is_good(at, v, fault->number));
}

bool server_fault_injects(struct server *s) {
    return due(s, 1U << FAULT_INJECT, VERB_STARTTLS) != NULL;
}

/* A delay here comes behind the 220, which leaves at once. */
void server_fault_handshake(struct server *s) {
    if (!s->paced)
        s->pace.at = s->out->len - s->began;
    server_count(s, FAULT_AT_HANDSHAKE);
    (void)server_fault(s, FAULT_AT_HANDSHAKE, VERB_UNKNOWN);
}

/* --- mailboxes --- */

static bool is_first(struct server *s, const char *address) {
    bool first = !s->grey_seen;

    if (s->host->first_time != NULL)
        return s->host->first_time(s->host->arg, address);
    s->grey_seen = true;
    return first;
}

const struct fault_mailbox *server_mailbox(struct server *s, const char *address, size_t local_len,
                                           struct fault_mailbox *scratch) {
    const struct fault_mailbox *m = faults_mailbox(address, local_len, scratch);

    return m != NULL && m->first_time && !is_first(s, address) ? NULL : m;
}

enum server_struck server_fault_mailbox(struct server *s, const struct fault_mailbox *m) {
    bool paces = m->action == FAULT_DELAY || m->action == FAULT_TEAR;

    if (m->action == FAULT_CODE)
        return answer(s, m->number, m->text, is_good(m->at, VERB_RCPT, m->number));
    if (!paces)
        return silence(s, m->action);
    pace(s, m->action, m->number);
    return STRUCK_NOT;
}
