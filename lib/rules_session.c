/* The rulebook, first part: the connection, and the order of what is said. See rules_table.h. */
#include "rules_table.h"

const struct rule_info rules_session[RULES_SESSION_COUNT] = {
    /* --- the connection --- */
    [RULE_NO_CONNECTION - RULES_SESSION_FIRST] =
        {
            .slug = "no-connection",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 3.1",
            .seen = "your program ended without connecting to the server",
            .why = "Nothing can be sent before a connection stands, so no later step could be judged.",
            .advice = "Run it by hand with the same options: the first message on standard error usually "
                      "says why. Check what the call that connects returns, and do not leave before it was "
                      "made.",
        },
    [RULE_INPUT_NOT_REFUSED - RULES_SESSION_FIRST] =
        {
            .slug = "input-not-refused",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 4.1.1",
            .seen = "what you were given breaks out of its line, and you called the server with it",
            .why =
                "What stands behind a line break, or behind a '>' in an address, is obeyed as a command, a "
                "parameter or a header field of its own, whoever wrote it.",
            .advice =
                "Look at every address, the subject and the EHLO name before you connect: if one could end "
                "its line or its brackets, say so and exit with 65.",
        },
    [RULE_SECOND_CONNECTION - RULES_SESSION_FIRST] =
        {
            .slug = "second-connection",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 3.3",
            .seen = "you connected a second time",
            .why = "One session carries any number of messages, and each new connection costs another "
                   "greeting, another TLS handshake and another login.",
            .advice = "Keep the connection open and begin the next message with MAIL FROM once the final dot "
                      "of the last one is answered. If the last one was refused half-way, send RSET first.",
        },
    [RULE_CLOSED_EARLY - RULES_SESSION_FIRST] =
        {
            .slug = "closed-early",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 4.1.1.10",
            .seen = "you hung up in the middle of the conversation",
            .why = "The server cannot tell a client that has finished from one that has crashed, and drops "
                   "the mail that was under way.",
            .advice = "Find the return or exit() that ends your program here. Carry on to QUIT, read its "
                      "221, and only then close the connection.",
        },
    [RULE_NO_QUIT - RULES_SESSION_FIRST] =
        {
            .slug = "no-quit",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 4.1.1.10",
            .seen = "you left without QUIT",
            .why = "QUIT and its 221 tell both sides that the session ended on purpose and that nothing is "
                   "still under way.",
            .advice = "After the last message send QUIT, read the reply (221), and then close the "
                      "connection.",
        },
    [RULE_WAITS_FOR_NOTHING - RULES_SESSION_FIRST] =
        {
            .slug = "waits-for-nothing",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 4.2",
            .seen = "you wait for a reply that will not come: the server has answered all you sent",
            .why = "Every command gets exactly one reply; once both sides wait, only a time limit ends it.",
            .advice = "Read one reply for each command, and none for the lines of the message: the next "
                      "reply comes after the final dot. If you have just sent something, check that it ended "
                      "in \"\\r\\n\" and has left your buffer. If you read the bytes yourself: one read may "
                      "bring more than one line; keep what stands behind the first.",
        },
    [RULE_WAITS_FOR_INPUT - RULES_SESSION_FIRST] =
        {
            .slug = "waits-for-input",
            .severity = SEVERITY_FAIL,
            .rfc = "",
            .seen = "your program waits for the keyboard, not for the server",
            .why = "Nobody is typing in this run, so the server waits for you while you wait for the "
                   "keyboard.",
            .advice = "Ask for input only where the exercise says so, and stop at its end: fgets() then "
                      "returns NULL and getline() returns -1. Take the password from --password-file if that "
                      "is given.",
        },
    [RULE_TOO_SLOW - RULES_SESSION_FIRST] =
        {
            .slug = "too-slow",
            .severity = SEVERITY_FAIL,
            .rfc = "",
            .seen = "your program was still running when the time was up",
            .why = "It was not seen to wait for anything in particular, so the clock alone ended this run.",
            .advice = "Run the same transcript by hand and watch where it stops. The usual causes are a loop "
                      "that never ends and a read for which nothing comes.",
        },

    /* --- order --- */
    [RULE_TALK_BEFORE_GREETING - RULES_SESSION_FIRST] =
        {
            .slug = "talk-before-greeting",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 4.3.1",
            .seen = "you sent this before the server's greeting",
            .why = "In SMTP the server speaks first; many servers hang up on a client that does not wait, "
                   "because senders of spam do not.",
            .advice = "Read one whole reply right after connecting, check that its code is 220, and only "
                      "then send EHLO.",
        },
    [RULE_GREETING_IGNORED - RULES_SESSION_FIRST] =
        {
            .slug = "greeting-ignored",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 3.1",
            .seen = "you went on although the greeting was a refusal",
            .why = "A greeting other than 220 says that the server takes no mail now (4xx) or none from you "
                   "(5xx).",
            .advice = "Check the code of the very first reply. If it is not 220, show the server's words to "
                      "your user, send QUIT at most, and leave with exit status 69 (75 if the code begins "
                      "with 4).",
        },
    [RULE_NO_HELLO - RULES_SESSION_FIRST] =
        {
            .slug = "no-hello",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 4.1.4",
            .seen = "you sent this without EHLO or HELO before it",
            .why = "The server wants to know who is calling before it takes mail; without that it "
                   "answers 503.",
            .advice = "After the 220 send EHLO with the name of your host. If the server refuses EHLO, try "
                      "HELO.",
        },
    [RULE_EARLY_SEND - RULES_SESSION_FIRST] =
        {
            .slug = "early-send",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 4.3.1",
            .seen = "you sent this before the server's reply was complete",
            .why = "A reply may arrive in pieces and may have several lines; whoever takes one recv() for "
                   "one reply reads every later answer one step too late.",
            .advice =
                "Read a whole reply after every line you send: collect bytes until you have a line, and "
                "lines until one whose 4th character is not '-'. Only then send the next.",
        },
    [RULE_REPLY_IGNORED - RULES_SESSION_FIRST] =
        {
            .slug = "reply-ignored",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 4.3.2",
            .seen = "you went on; %s",
            .why = "What follows a refusal cannot work, and your user is left to believe that the mail is on "
                   "its way.",
            .advice = "Check the code after every command. With nothing left to go on with (sender or DATA "
                      "refused, no recipient accepted), say why to your user and leave with exit status 69 "
                      "(75 if the code begins with 4).",
        },
    [RULE_AUTH_REPLY_IGNORED - RULES_SESSION_FIRST] =
        {
            .slug = "auth-reply-ignored",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 4954 4",
            .seen = "you went on although the login was refused",
            .why = "Without a login the server takes no mail from you, and your user never hears that the "
                   "password was wrong.",
            .advice = "Compare the code of the last reply to AUTH with 235. If it is another, show the "
                      "server's words to your user, send QUIT, and leave with exit status 77.",
        },
    [RULE_DATA_BEFORE_354 - RULES_SESSION_FIRST] =
        {
            .slug = "data-before-354",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 4.1.1.4",
            .seen = "you sent the message, but the server had not said 354; %s",
            .why = "Until it says 354 the server takes every line for a command, so each line of your mail "
                   "is answered with an error.",
            .advice = "Send DATA, read the reply, and compare its code with 354. Send the header and the "
                      "text only if it is 354; if not, tell your user what the server said.",
        },
    [RULE_BAD_SEQUENCE - RULES_SESSION_FIRST] =
        {
            .slug = "bad-sequence",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 4.1.4",
            .seen = "this command is not allowed at this moment",
            .why = "The commands have an order, EHLO, MAIL FROM, RCPT TO, DATA, and the server answers 503 "
                   "to one that comes too soon or once too often.",
            .advice =
                "Keep to the order EHLO, MAIL FROM, RCPT TO, DATA. To give up a mail that has begun, send "
                "RSET before the next MAIL FROM.",
        },
    [RULE_UNKNOWN_COMMAND - RULES_SESSION_FIRST] =
        {
            .slug = "unknown-command",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 4.2.4",
            .seen = "there is no such command",
            .why = "A server knows the commands of the standard and of the extensions it offers, and answers "
                   "500 to all else.",
            .advice = "Check the spelling. If this is a line of your message, it was sent outside DATA: look "
                      "for a missing 354, or for a line with one dot alone that ended the message too soon.",
        },
};
