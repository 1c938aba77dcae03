/* What some mailboxes do, and what replies on purpose say. See faults.h. */
#include "faults.h"

#include <string.h>
#include <strings.h>

/* --- words --- */

static const struct {
    int code;
    const char *words;
} replies[] = {
    {220, "2.0.0 Ready (on purpose)"},
    {221, "2.0.0 Bye (on purpose)"},
    {235, "2.7.0 Authentication succeeded (on purpose)"},
    {250, "2.0.0 Ok (on purpose)"},
    {251, "2.1.5 User not local; will forward (on purpose)"},
    {252, "2.5.2 Cannot verify the user (on purpose)"},
    {421, "4.3.2 Service closing the connection (on purpose)"},
    {450, "4.2.1 Mailbox unavailable, try later (on purpose)"},
    {451, "4.3.0 Local error, try later (on purpose)"},
    {452, "4.3.1 No room, try later (on purpose)"},
    {454, "4.7.0 Not available for the moment (on purpose)"},
    {500, "5.5.2 Command not recognized (on purpose)"},
    {501, "5.5.4 Wrong argument (on purpose)"},
    {502, "5.5.1 Command not implemented (on purpose)"},
    {503, "5.5.1 Bad sequence of commands (on purpose)"},
    {504, "5.5.4 Parameter not implemented (on purpose)"},
    {521, "5.3.2 This host takes no mail (on purpose)"},
    {530, "5.7.0 Authentication required (on purpose)"},
    {535, "5.7.8 Authentication credentials invalid (on purpose)"},
    {550, "5.1.1 Mailbox unavailable (on purpose)"},
    {551, "5.1.6 User not local (on purpose)"},
    {552, "5.3.4 Message too large (on purpose)"},
    {553, "5.1.3 Mailbox name not allowed (on purpose)"},
    {554, "5.0.0 Transaction failed (on purpose)"},
    {555, "5.5.4 Parameter not recognized (on purpose)"},
};

/* Codes without words of their own, by their first digit. */
static const char *const by_class[] = {
    [2] = "2.0.0 Good news (on purpose)",
    [3] = "Go on (on purpose)",
    [4] = "4.0.0 Trouble for now (on purpose)",
    [5] = "5.0.0 Trouble for good (on purpose)",
};

const char *faults_words(int code) {
    int class = code / 100;

    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++)
        if (replies[i].code == code)
            return replies[i].words;
    return class >= 2 && class <= 5 ? by_class[class] : "No such code exists in SMTP (on purpose)";
}

/* --- mailboxes --- */

/* Rows in the order in which a class meets them: accepted, refused for now, for good, later, silence. */
static const struct fault_mailbox mailboxes[] = {
    {"away", FAULT_CODE, 251, VERB_RCPT, false,
     "2.1.5 User not local; will forward to <home@elsewhere.example.org>",
     "251: elsewhere, and the server forwards"},
    {"grey", FAULT_CODE, 450, VERB_RCPT, true, "4.7.1 Greylisted: never seen before, try again in a moment",
     "450 the first time, accepted after that"},
    {"busy", FAULT_CODE, 451, VERB_RCPT, false, "4.3.0 Local error in processing, try again later",
     "451: an error inside the server"},
    {"full", FAULT_CODE, 452, VERB_RCPT, false, "4.2.2 Mailbox full, try again later", "452: no room left"},
    {"unknown", FAULT_CODE, 550, VERB_RCPT, false, "5.1.1 No such user here", "550: no such user"},
    {"blocked", FAULT_CODE, 550, VERB_RCPT, false, "5.7.1 Delivery not authorized, message refused",
     "550: policy forbids it"},
    {"moved", FAULT_CODE, 551, VERB_RCPT, false,
     "5.1.6 User not local; please try <home@elsewhere.example.org>", "551: elsewhere, ask there"},
    {"quota", FAULT_CODE, 552, VERB_RCPT, false, "5.2.2 Mailbox full for good",
     "552: no room, and none to come"},
    {"odd", FAULT_CODE, 553, VERB_RCPT, false, "5.1.3 Mailbox name not allowed",
     "553: a name it does not like"},
    {"closing", FAULT_CODE, 421, VERB_RCPT, false, "4.3.2 Service shutting down, closing the connection",
     "421: the server closes"},
    {"late", FAULT_CODE, 554, FAULT_AT_DOT, false, "5.6.0 Message content refused",
     "554, but only after the final dot"},
    {"later", FAULT_CODE, 451, FAULT_AT_DOT, false, "4.3.0 Could not store the message, try again later",
     "451, but only after the final dot"},
    {"slow", FAULT_DELAY, 3000, VERB_RCPT, false, "", "answered three seconds late"},
    {"slowdot", FAULT_DELAY, 3000, FAULT_AT_DOT, false, "", "the final dot is answered three seconds late"},
    {"torn", FAULT_TEAR, 1, VERB_RCPT, false, "", "answered in packets of one byte"},
    {"drop", FAULT_DROP, 0, VERB_RCPT, false, "", "the connection closes without an answer"},
    {"dropdot", FAULT_DROP, 0, FAULT_AT_DOT, false, "",
     "delivered, but the connection closes before the answer to the dot"},
    {"reset", FAULT_RESET, 0, VERB_RCPT, false, "", "the connection is reset"},
    {"stall", FAULT_STALL, 0, VERB_RCPT, false, "", "no answer, ever"},
};

#define MAILBOXES (sizeof mailboxes / sizeof mailboxes[0])

const struct fault_mailbox *faults_mailbox_row(size_t i) {
    return i < MAILBOXES ? &mailboxes[i] : NULL;
}

/* 200 to 599, or 0. */
static int code_of(const char *local, size_t n) {
    if (n != 3 || local[0] < '2' || local[0] > '5')
        return 0;
    for (size_t i = 1; i < n; i++)
        if (local[i] < '0' || local[i] > '9')
            return 0;
    return (local[0] - '0') * 100 + (local[1] - '0') * 10 + (local[2] - '0');
}

const struct fault_mailbox *faults_mailbox(const char *local, size_t n, struct fault_mailbox *scratch) {
    int code = code_of(local, n);

    for (size_t i = 0; i < MAILBOXES; i++)
        if (strlen(mailboxes[i].local) == n && strncasecmp(local, mailboxes[i].local, n) == 0)
            return &mailboxes[i];
    if (code == 0)
        return NULL;
    *scratch =
        (struct fault_mailbox){"421", FAULT_CODE, code, VERB_RCPT, false, faults_words(code), "that reply"};
    return scratch;
}
