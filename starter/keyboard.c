/*
 * keyboard.c - lab 3: several messages, typed at the keyboard, over one connection.
 */
#include "client.h"

/*
 * Read messages from `in` until its end and send each with send_one(). A message looks like this:
 *
 *     To: bob@example.org, carol@example.org
 *     Subject: Lunch                         (may be left out)
 *                                            (an empty line)
 *     any lines of text
 *     .                                      (a dot alone: the message ends, the next may begin)
 *
 *   - The sender is c->options->from.
 *   - A line may have any length: getline(). A dot alone always ends the message;
 *     any other line is text as it stands.
 *   - When a message fails, say so and go on with the next. The server may still
 *     hold the failed one open: c->in_transaction, and RSET (RFC 5321 section 4.1.1.5).
 *   - When the connection is lost, or after 421, there is nothing to go on with.
 *   - The input may end inside a message: do not send half of it, and say so (OUTCOME_BAD_INPUT).
 *   - Ask for input (a prompt) only if a person types: isatty().
 *   - Return the first failure's outcome, OUTCOME_SENT if there was none.
 */
int send_from_keyboard(struct client *c, FILE *in) {
    (void)in;
    return TODO(c);
}
