/*
 * What a session asks of the world (struct server_host): a place for its mail, a memory that outlives it, and
 * something that nobody can guess.
 */
#include "sandbox.h"

#include "../../lib/trace.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TRACE_MAX (1UL << 20) /* of a thousand recipients, each on a line */
#define DATE_MAX 64

/* --- mail --- */

static int troubled(struct visit *v, const struct err *e) {
    snprintf(v->trouble, sizeof(v->trouble), "%s", e->text);
    return -1;
}

/* RFC 5322 3.3. Not strftime(), whose days and months depend on where one lives. */
static void write_date(char text[DATE_MAX]) {
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t now = time(NULL);
    struct tm t;

    gmtime_r(&now, &t);
    snprintf(text, DATE_MAX, "%.3s, %d %.3s %d %02d:%02d:%02d +0000", days + 3 * t.tm_wday, t.tm_mday,
             months + 3 * t.tm_mon, t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

static int write_trace(struct visit *v, const struct server_envelope *envelope, struct err *e) {
    char date[DATE_MAX];
    struct buf lines;
    struct trace trace = {
        .envelope = envelope,
        .peer = v->peer,
        .by = v->sandbox->config.name,
        .id = maildir_id(v->message),
        .date = date,
    };

    write_date(date);
    buf_init(&lines, TRACE_MAX);

    int result = trace_print(&trace, &lines) == 0 ? maildir_write(v->message, lines.data, lines.len, e)
                                                  : err_set(e, ERR_SYSTEM, "out of memory");

    buf_free(&lines);
    return result;
}

static void message_abandon(void *arg) {
    struct visit *v = arg;

    if (v->message != NULL)
        visit_step_aside(v);
    maildir_abandon(v->message);
    v->message = NULL;
}

static int message_open(void *arg, const struct server_envelope *envelope) {
    struct visit *v = arg;
    struct err e;

    if (v->sandbox->maildir == NULL)
        return 0;
    visit_step_aside(v); /* a disk may be slow, and here and below it is waited for */
    v->message = maildir_begin(v->sandbox->maildir, &e);
    if (v->message != NULL && write_trace(v, envelope, &e) == 0)
        return 0;
    message_abandon(v);
    return troubled(v, &e);
}

static int message_write(void *arg, const char *bytes, size_t n) {
    struct visit *v = arg;
    struct err e;

    if (v->message == NULL)
        return 0;
    visit_step_aside(v);
    if (maildir_write(v->message, bytes, n, &e) == 0)
        return 0;
    return troubled(v, &e);
}

/* A disk, a quota or a limit of ours that is used up: another time there may be room. */
static bool no_room(int why) {
    return why == ENOSPC || why == EDQUOT || why == EFBIG;
}

static int discard(struct sandbox *s, char id[SERVER_ID_MAX]) {
    snprintf(id, SERVER_ID_MAX, "discarded-%u", atomic_fetch_add(&s->discarded, 1) + 1);
    return 0;
}

static int message_commit(void *arg, const struct server_envelope *envelope, char id[SERVER_ID_MAX]) {
    struct visit *v = arg;
    struct maildir_message *message = v->message;
    struct err e;

    (void)envelope;
    if (message == NULL)
        return discard(v->sandbox, id);
    visit_step_aside(v);
    v->message = NULL;
    snprintf(id, SERVER_ID_MAX, "%s", maildir_id(message));
    if (maildir_commit(message, &e) == 0)
        return 0;

    bool full = no_room(errno);

    troubled(v, &e);
    return full ? SERVER_NO_ROOM : -1;
}

/* --- memory --- */

/* FNV-1a, of which only equality matters. */
static uint64_t hash(const char *text) {
    uint64_t h = 14695981039346656037U;

    for (; *text != '\0'; text++)
        h = (h ^ (unsigned char)*text) * 1099511628211U;
    return h;
}

/*
 * A table in which a new address may push out an old one: that one is then new once more, and who sends to
 * it is asked to try again once more. In return no client can fill our memory.
 */
static bool first_time(void *arg, const char *address) {
    struct visit *v = arg;
    uint64_t h = hash(address);

    return atomic_exchange(&v->sandbox->memory[h % MEMORY_SLOTS], h) != h;
}

static bool fault_spent(void *arg, size_t index, unsigned times) {
    struct visit *v = arg;
    unsigned before = atomic_load(&v->sandbox->faults_spent[index]);

    /* It stops counting at the limit: it would start anew after four thousand million. */
    while (before < times)
        if (atomic_compare_exchange_weak(&v->sandbox->faults_spent[index], &before, before + 1))
            return false;
    return true;
}

/* --- chance --- */

static void nonce(void *arg, char text[SERVER_ID_MAX]) {
    struct visit *v = arg;
    unsigned char bytes[16] = {0};
    size_t n = 0;

    if (read(v->sandbox->chance, bytes, sizeof(bytes)) != (ssize_t)sizeof(bytes))
        snprintf(v->trouble, sizeof(v->trouble), "/dev/urandom cannot be read");
    for (size_t i = 0; i < sizeof(bytes); i++)
        n += (size_t)snprintf(text + n, SERVER_ID_MAX - n, "%02x", bytes[i]);
}

const struct server_host host_calls = {
    .message_open = message_open,
    .message_write = message_write,
    .message_commit = message_commit,
    .message_abandon = message_abandon,
    .first_time = first_time,
    .fault_spent = fault_spent,
    .nonce = nonce,
};
