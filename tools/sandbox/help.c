/* What --help prints: the options, and what the tables of faults, mailboxes and weaknesses know. */
#include "options.h"

#include <stdio.h>

static const char head[] =
    "usage: smtp-sandbox [options]\n"
    "\n"
    "A mail server to practise on: it takes mail from anyone for anyone, delivers all of\n"
    "it into one Maildir, and fails in the ways you ask it to.\n"
    "\n"
    "  --port N             listen on this port (default: any free one)\n"
    "  --tls-port N         on this one too, with TLS from the first byte (0: any free one)\n"
    "  --bind ADDRESS       of this address (default 127.0.0.1: this machine only)\n"
    "  --host NAME          what it calls itself, and what its certificate is for besides\n"
    "                       the address (default mail.example.test)\n"
    "  --maildir DIR        where mail goes (default: Maildir in the folder of --state)\n"
    "  --discard            nowhere\n"
    "  --record DIR         write each session there as a transcript, secrets replaced\n"
    "  --state DIR          what is kept: certificate authority, password, mail\n"
    "                       (default: smtplab in $XDG_STATE_HOME or ~/.local/state)\n"
    "  --user NAME          the one account (default: student, with a password that is made)\n"
    "  --password-file FILE and its password\n"
    "  --auth-in-clear      take a login without TLS too\n"
    "  --auth-required      take no mail without a login\n"
    "  --cert good|expired|self-signed|wrong-host|unknown-ca|cn-only\n"
    "                       what to show in TLS (default good)\n"
    "  --keylog FILE        append TLS secrets, for Wireshark\n"
    "  --fault POINT[:N]=ACTION[*TIMES]\n"
    "                       fail there; repeatable, see below\n"
    "  --weak NAME          be wrong on purpose; repeatable, see below\n"
    "  --size N             take messages of up to N octets (default 36700160)\n"
    "  --max-connections N  at a time (default 2000)\n"
    "  --patience SECONDS   for a line, or a piece of a message (default 300)\n"
    "  --total SECONDS      for a session (default 3600)\n"
    "  --log text|json      one line a session (default text)\n"
    "  --log-file FILE      append it there (default: standard error)\n"
    "  --once               end after one session\n"
    "  --help, --version\n"
    "\n"
    "The first line of the output is \"listening ADDRESS:PORT\"; then come, each with its\n"
    "value, listening-tls, ca, user, password-file, maildir, weak, and in the end \"ready\".\n"
    "SIGTERM or SIGINT: no new sessions; those under way end after their mail. A second\n"
    "SIGINT does not wait.\n"
    "\n"
    "Faults:\n";

static const char tail[] =
    "\n"
    "Exit status: 0 ended as asked; 1 it cannot serve (a port, a file); 64 wrong usage;\n"
    "130 ended by a second SIGINT.\n";

static int add_mailboxes(struct buf *out) {
    const struct fault_mailbox *m;
    int result = buf_add_text(out, "\nRecipients that fail, whatever their domain:\n");

    for (size_t i = 0; (m = faults_mailbox_row(i)) != NULL; i++)
        result |= buf_addf(out, "  %-10s %s\n", m->local, m->help);
    return result;
}

static int add_weaknesses(struct buf *out) {
    const char *help;
    const char *name;
    int result = buf_add_text(out, "\nWeaknesses:\n");

    for (size_t i = 0; (name = server_weak_row(i, &help)) != NULL; i++)
        result |= buf_addf(out, "  %-20s %s\n", name, help);
    return result;
}

int options_help(struct buf *out) {
    return buf_add_text(out, head) | faults_help(out) | add_mailboxes(out) | add_weaknesses(out) |
           buf_add_text(out, tail);
}
