/*
 * mime.c - lab 6: Date and Message-ID, words beyond ASCII, HTML beside the text, files along with it.
 */
#include "client.h"

/*
 * Send the whole message, its header, its parts and the final dot, and return the code of the reply.
 *
 *   - From, To (one field for all recipients), Subject, and now Date and Message-ID
 *     (RFC 5322 section 3.6). A subject beyond ASCII goes in encoded words (RFC 2047).
 *   - MIME-Version, Content-Type, Content-Transfer-Encoding (RFC 2045). A text alone is no
 *     multipart. What you are given is UTF-8: say so wherever it has more than ASCII.
 *   - The letters of a text in 7 bits, whatever the server offers: MAIL said nothing of 8.
 *   - With m->html: text and HTML side by side, multipart/alternative, the best one last (RFC 2046).
 *   - With attachments: multipart/mixed; each file in base64, lines of 76 at most, its
 *     type by the end of its name or application/octet-stream, its name without the
 *     folders, in ASCII (RFC 2231) and harmless (RFC 2183). A file may be larger than the memory: read and send it in pieces.
 *   - No part may hold the line that parts are parted by.
 *   - Dots at the front of lines are yours to double: add_bytes() takes bytes as they are.
 *   - A file that cannot be read to its end: set c->lost and return FAILED with ERR_FILE. Half a message must not be ended with a dot.
 */
int mime_send(struct client *c, const struct message *m) {
    (void)m;
    return TODO_LAB(c, 6);
}
