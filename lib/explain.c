/* See explain.h. */
#include "explain.h"

#include "reply.h"

#include <signal.h>
#include <string.h>

/* A number and what it means. */
struct meaning {
    int number;
    const char *words;
};

/* --- reply codes --- */

/* The first digit: how did it go (RFC 5321 4.2.1)? */
static const char *const outcomes[] = {
    [2] = "done: what you asked for has been accepted",
    [3] = "go on: the server waits for the rest of what you began",
    [4] = "not now: nothing has been done, but the same may work later",
    [5] = "no: nothing has been done, and the same will be refused again",
};

/* The second digit: what is it about? RFC 5321 leaves 3 and 4 free; AUTH took 3 (RFC 4954). */
static const char *const topics[] = {
    [0] = "about the command itself: its spelling or its place",
    [1] = "an answer that only informs, like help",
    [2] = "about the connection",
    [3] = "about logging in",
    [5] = "about the mail system: the mailbox, the message, the delivery",
};

static const struct meaning codes[] = {
    {211, "the state of the server, or help"},
    {214, "help for a person to read"},
    {220, "the server is ready; after STARTTLS: begin the TLS handshake"},
    {221, "goodbye: the server closes the connection"},
    {235, "the login succeeded"},
    {250, "the command was carried out"},
    {251, "the user is elsewhere, and the server will forward the mail"},
    {252, "the server will not say whether the user exists, but takes the mail and tries"},
    {253, "mail waits for that host, and its delivery begins now (ETRN)"},
    {334, "the server waits for the next line of the login, in base64"},
    {354, "send the message now, and end it with a line of one dot"},
    {421, "the server closes the connection; it may answer any command with this"},
    {422, "the mailbox is over its limit, or the password must be changed first"},
    {432, "the password must be converted for this way to log in"},
    {450, "the mailbox cannot take mail now: busy, or you are asked to come back later"},
    {451, "something failed inside the server"},
    {452, "the server has no room, or takes no more recipients for this message"},
    {453, "no mail waits for you (ATRN)"},
    {454, "the login, or TLS, is not available for the moment"},
    {455, "the server cannot do what a parameter asks for at the moment"},
    {458, "the server cannot send the mail that waits for that host now (ETRN)"},
    {459, "you may not ask for the mail of that host (ETRN)"},
    {500, "the server does not know this command, or the line is too long"},
    {501, "the command is known, but what follows it is wrong"},
    {502, "the command is known, but this server does not offer it"},
    {503, "the command came at the wrong moment"},
    {504, "the command is known, but not with this parameter"},
    {521, "this host takes no mail at all"},
    {525, "the account is switched off"},
    {530, "something must come first: mostly STARTTLS or a login"},
    {534, "this way to log in is too weak for the server"},
    {535, "the login was refused: user name or password is wrong"},
    {538, "this way to log in needs TLS first"},
    {550, "the mailbox does not exist, or policy forbids it"},
    {551, "the user is elsewhere, and the server will not forward the mail"},
    {552, "the mailbox is full, or the message too large"},
    {553, "the address is not allowed here"},
    {554, "the transaction failed; as a greeting: no SMTP service for you here"},
    {555, "a parameter of MAIL FROM or RCPT TO is not known"},
    {556, "the domain takes no mail"},
};

static const char *find(const struct meaning *table, size_t count, int number) {
    for (size_t i = 0; i < count; i++)
        if (table[i].number == number)
            return table[i].words;
    return NULL;
}

static const char *topic(int digit) {
    size_t d = (size_t)digit;

    return d < sizeof topics / sizeof topics[0] && topics[d] != NULL
               ? topics[d]
               : "a digit the standard does not use here";
}

int explain_code(struct buf *out, int code) {
    const char *own = find(codes, sizeof codes / sizeof codes[0], code);

    if (code < 200 || code > 599)
        return -1;
    if (buf_addf(out, "%d..  %s\n", code / 100, outcomes[code / 100]) == -1 ||
        buf_addf(out, ".%d.  %s\n", code / 10 % 10, topic(code / 10 % 10)) == -1)
        return -1;
    return own != NULL ? buf_addf(out, "%d  %s\n", code, own) : 0;
}

/* --- enhanced status codes (RFC 3463 and the registry that RFC 5248 began) --- */

static const char *const subjects[] = {
    "about nothing that has a number of its own",
    "about an address",
    "about a mailbox",
    "about a mail system",
    "about the network, or the way to the next server",
    "about the SMTP conversation",
    "about the content of the message",
    "about security, or what the server's owner allows",
};

#define DETAIL(subject, detail) ((subject)*1000 + (detail))

static const struct meaning details[] = {
    {DETAIL(1, 1), "there is no such mailbox"},
    {DETAIL(1, 2), "there is no such domain, or it takes no mail"},
    {DETAIL(1, 3), "the recipient's address is not well formed"},
    {DETAIL(1, 4), "the address may mean more than one mailbox"},
    {DETAIL(1, 5), "the recipient's address is valid"},
    {DETAIL(1, 6), "the mailbox has moved, and nobody knows where"},
    {DETAIL(1, 7), "the sender's address is not well formed"},
    {DETAIL(1, 8), "the domain of the sender does not exist, or takes no answers"},
    {DETAIL(1, 9), "the message went on to a system that cannot report its delivery"},
    {DETAIL(1, 10), "the recipient's domain says that it takes no mail"},
    {DETAIL(2, 1), "the mailbox is switched off"},
    {DETAIL(2, 2), "the mailbox is full"},
    {DETAIL(2, 3), "the message is larger than this mailbox allows"},
    {DETAIL(2, 4), "the mailing list could not be expanded"},
    {DETAIL(3, 1), "the mail system is full"},
    {DETAIL(3, 2), "the system takes no mail at the moment"},
    {DETAIL(3, 3), "the system lacks something this message needs"},
    {DETAIL(3, 4), "the message is larger than the system allows"},
    {DETAIL(3, 5), "the system is not set up rightly"},
    {DETAIL(3, 6), "the message was taken, but its urgency was changed"},
    {DETAIL(4, 1), "the next server does not answer"},
    {DETAIL(4, 2), "the connection broke off"},
    {DETAIL(4, 3), "a name service did not answer"},
    {DETAIL(4, 4), "no way to the next server is known"},
    {DETAIL(4, 5), "the mail system has too much to do"},
    {DETAIL(4, 6), "the mail goes round in a circle"},
    {DETAIL(4, 7), "the message was on its way for too long"},
    {DETAIL(5, 1), "the command is not valid, or not at this moment"},
    {DETAIL(5, 2), "the command is not well formed"},
    {DETAIL(5, 3), "there are too many recipients for one message"},
    {DETAIL(5, 4), "what follows the command is not valid"},
    {DETAIL(5, 5), "the two sides speak different versions"},
    {DETAIL(5, 6), "a line of the login is too long"},
    {DETAIL(6, 1), "this kind of content is not accepted"},
    {DETAIL(6, 2), "the message would have to be converted, and that is not allowed"},
    {DETAIL(6, 3), "the message would have to be converted, and the server cannot do that"},
    {DETAIL(6, 4), "the message was converted, and something was lost on the way"},
    {DETAIL(6, 5), "the message could not be converted"},
    {DETAIL(6, 6), "the content of the message cannot be reached"},
    {DETAIL(6, 7), "addresses outside ASCII are not allowed here"},
    {DETAIL(6, 8), "the answer would need letters outside ASCII, and you did not allow them"},
    {DETAIL(6, 9), "a header outside ASCII cannot be passed on"},
    {DETAIL(6, 10), "the answer would need letters outside ASCII (an old number; 6.8 today)"},
    {DETAIL(7, 1), "you are not allowed to send this, or not to this recipient"},
    {DETAIL(7, 2), "you are not allowed to write to this mailing list"},
    {DETAIL(7, 3), "the message would have to be secured in another way, and that cannot be done"},
    {DETAIL(7, 4), "a security feature that was asked for is not there"},
    {DETAIL(7, 5), "encryption failed"},
    {DETAIL(7, 6), "the method of encryption is not supported"},
    {DETAIL(7, 7), "the message was changed on its way"},
    {DETAIL(7, 8), "user name or password is wrong"},
    {DETAIL(7, 9), "this way to log in is too weak for the server"},
    {DETAIL(7, 10), "the connection must be encrypted first"},
    {DETAIL(7, 11), "this way to log in needs an encrypted connection"},
    {DETAIL(7, 12), "the password must be converted for this way to log in"},
    {DETAIL(7, 13), "the account is switched off"},
    {DETAIL(7, 14), "the server wants a trust between the two that is not there"},
    {DETAIL(7, 15), "the message is not urgent enough for the server at the moment"},
    {DETAIL(7, 16), "the message is too large for the urgency it asks for"},
    {DETAIL(7, 17), "the mailbox belongs to somebody else now"},
    {DETAIL(7, 18), "the domain belongs to somebody else now"},
    {DETAIL(7, 19), "whether the mailbox still has the same owner cannot be checked"},
    {DETAIL(7, 20), "no signature of the message (DKIM) passed the check"},
    {DETAIL(7, 21), "the message is signed, but by nobody whose signature is accepted (DKIM)"},
    {DETAIL(7, 22), "no signature of the author's own domain passed the check (DKIM)"},
    {DETAIL(7, 23), "the sender's domain does not allow mail from your address (SPF)"},
    {DETAIL(7, 24), "what the sender's domain allows could not be found out (SPF)"},
    {DETAIL(7, 25), "your IP address has no name, or another one"},
    {DETAIL(7, 26), "several checks of the sender failed"},
    {DETAIL(7, 27), "the sender's domain says that it takes no mail"},
    {DETAIL(7, 28), "too much mail came at once"},
    {DETAIL(7, 29), "the seals of those who passed the message on are broken (ARC)"},
    {DETAIL(7, 30), "the message must travel over TLS all the way, and the next server has none"},
};

static const char *detail(const int status[3]) {
    const char *words = find(details, sizeof details / sizeof details[0], DETAIL(status[1], status[2]));

    if (words != NULL)
        return words;
    return status[2] == 0 ? "nothing more is said" : "a detail that this kit does not know";
}

static const char *subject(int number) {
    size_t n = (size_t)number;

    return n < sizeof subjects / sizeof subjects[0] ? subjects[n] : "a subject that this kit does not know";
}

int explain_enhanced(struct buf *out, const char *code) {
    size_t n = strlen(code);
    int status[3];

    if (strcspn(code, " \n") != n || !reply_enhanced(code, n, status))
        return -1;
    if (buf_addf(out, "%d.x.x  %s\n", status[0], outcomes[status[0]]) == -1 ||
        buf_addf(out, "x.%d.x  %s\n", status[1], subject(status[1])) == -1)
        return -1;
    return buf_addf(out, "x.%d.%d  %s\n", status[1], status[2], detail(status));
}

/* --- how a program ended --- */

const char *explain_exit(int status) {
    static const struct meaning exits[] = {
        {0, "everything was accepted"},
        {64, "the program was called in a wrong way"},
        {65, "what the user gave cannot be sent"},
        {66, "a file cannot be read"},
        {68, "no such host"},
        {69, "refused for good: 5xx"},
        {70, "a part of the exercise is not written yet"},
        {74, "the connection was lost or timed out"},
        {75, "refused for now: 4xx, 421, or nobody listening"},
        {76, "the server broke the protocol"},
        {77, "the login or the certificate was refused"},
        {99, "the memory checker (sanitizer) stopped the program"},
    };

    return find(exits, sizeof exits / sizeof exits[0], status);
}

const char *explain_signal(int signal) {
    static const struct meaning signals[] = {
        {SIGHUP, "SIGHUP, its terminal went away"},
        {SIGINT, "SIGINT, it was interrupted with Ctrl-C"},
        {SIGQUIT, "SIGQUIT, it was told to stop and leave a core file"},
        {SIGILL, "SIGILL, it ran into something that is no instruction"},
        {SIGTRAP, "SIGTRAP, it stopped at a trap for debuggers"},
        {SIGABRT, "SIGABRT, it ended itself with abort(), as assert() and free() do when something is wrong"},
        {SIGBUS, "SIGBUS, it used memory in a way the machine cannot"},
        {SIGFPE, "SIGFPE, it calculated something impossible, like a division by zero"},
        {SIGKILL, "SIGKILL, it was ended from outside"},
        {SIGSEGV, "SIGSEGV, it used memory that is not its own (segmentation fault)"},
        {SIGSYS, "SIGSYS, it made a system call that is not allowed here"},
        {SIGPIPE, "SIGPIPE, it wrote to a connection that the other side had closed"},
        {SIGALRM, "SIGALRM, a timer went off that it did not wait for"},
        {SIGTERM, "SIGTERM, it was asked to end"},
        {SIGXCPU, "SIGXCPU, it used more processor time than allowed; mostly a loop that never ends"},
        {SIGXFSZ, "SIGXFSZ, it wrote a larger file than allowed"},
    };

    return find(signals, sizeof signals / sizeof signals[0], signal);
}
