/*
 * steps.c - lab 1: the five steps of sending one email.
 *
 * Each step sends something, reads the server's reply with get_reply(), and
 * returns the reply's code. When sending failed it returns FAILED.
 * client.h shows a whole step; foundation.c has several more to read.
 * send_line() adds the CR LF at the end of the line: do not write it yourself.
 *
 * A step is written in place of the whole body of its function. The line
 * (void)sender; only keeps the compiler quiet while sender is not used: it goes
 * with the TODO.
 */
#include "client.h"

/*
 * Step 1: who sends (RFC 5321 section 4.1.1.2). The address stands in angle
 * brackets, and no space follows the colon:
 *
 *     MAIL FROM:<alice@example.org>
 */
int send_mail_from(struct client *c, const char *sender) {
    (void)sender;
    return TODO(c);
}

/*
 * Step 2: who receives (section 4.1.1.3), one command for each receiver:
 *
 *     RCPT TO:<bob@example.org>
 */
int send_rcpt_to(struct client *c, const char *recipient) {
    (void)recipient;
    return TODO(c);
}

/*
 * Step 3: ask to send the message (section 4.1.1.4). 354 says go ahead.
 *
 *     DATA
 */
int send_begin_data(struct client *c) {
    return TODO(c);
}

/*
 * Step 4: the message itself. The server answers only once, after the end mark:
 *
 *     From: <alice@example.org>
 *     To: <bob@example.org>            (several: all in this one field, commas between)
 *     Subject: Nothing much            (only when m->subject is not NULL)
 *                                      (an empty line ends the header: add_line(c, "%s", ""))
 *     Hello World
 *     .                                (a line with one dot ends the message)
 *
 * The text is m->body, m->body_len bytes. Every line goes out with CR LF,
 * whatever it ended in before (section 2.3.8). A line of the text that begins
 * with a dot gets one more dot in front, or the server would take it for the
 * end (section 4.5.2). Use add_line() and add_bytes() for many lines.
 */
int send_message(struct client *c, const struct message *m) {
    int code = send_as_mime(c, m); /* lab 6; until then it says NO_MIME */
    if (code != NO_MIME)
        return code;
    return TODO(c);
}

/*
 * Step 5: goodbye (section 4.1.1.10). The server answers 221 and closes.
 *
 *     QUIT
 */
int send_quit(struct client *c) {
    return TODO(c);
}
