/*
 * rules_table - how the rulebook is stored: one table a group, each in the
 * order of enum rule. Only rules.c and the files of rows include this; everyone else
 * asks rules.h.
 *
 * To add a rule: a name in enum rule, at its group; a row at the same place here;
 * `make rules` for docs/rules.md.
 *
 * How the sentences are worded: `seen` stands behind "<-" beside the client's
 * line, so it is one short clause without a capital or a full stop, and says
 * "you" for the client. `why` is one sentence. `advice` says what to do, in terms of C
 * where that helps. No word that the student has not met is left unexplained.
 */
#ifndef SMTPLAB_RULES_TABLE_H
#define SMTPLAB_RULES_TABLE_H

#include "rules.h"

/* The first rule of each table; the table of a group ends where the next begins. */
#define RULES_SESSION_FIRST RULE_NO_CONNECTION
#define RULES_COMMAND_FIRST RULE_BARE_LF
#define RULES_MESSAGE_FIRST RULE_DOT_STUFFING
#define RULES_MIME_FIRST RULE_BAD_DATE

#define RULES_SESSION_COUNT (RULES_COMMAND_FIRST - RULES_SESSION_FIRST)
#define RULES_COMMAND_COUNT (RULES_MESSAGE_FIRST - RULES_COMMAND_FIRST)
#define RULES_MESSAGE_COUNT (RULES_MIME_FIRST - RULES_MESSAGE_FIRST)
#define RULES_MIME_COUNT (RULE_COUNT - RULES_MIME_FIRST)

extern const struct rule_info rules_session[RULES_SESSION_COUNT]; /* the connection, order */
extern const struct rule_info
    rules_command[RULES_COMMAND_COUNT]; /* lines and bytes, arguments, AUTH and TLS */
extern const struct rule_info rules_message[RULES_MESSAGE_COUNT]; /* the message, the program */
extern const struct rule_info rules_mime[RULES_MIME_COUNT];       /* a message in MIME */

#endif
