/* The rulebook, third part: the message, and the program itself. See rules_table.h. */
#include "rules_table.h"

const struct rule_info rules_message[RULES_MESSAGE_COUNT] = {
    /* --- the message --- */
    [RULE_DOT_STUFFING - RULES_MESSAGE_FIRST] =
        {
            .slug = "dot-stuffing",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 4.5.2",
            .seen = "a line of the message begins with a dot, and you did not double it",
            .why = "A dot alone on its line ends the message, and the server takes the first dot off every "
                   "other line that begins with one: text is lost, or the rest is read as commands.",
            .advice = "Before you send a line of the message, look at its first character: if it is '.', "
                      "send one more in front of it. Do so at the start of lines only, the very first line "
                      "included.",
        },
    [RULE_NO_END_DOT - RULES_MESSAGE_FIRST] =
        {
            .slug = "no-end-dot",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 4.1.1.4",
            .seen = "the message never ended",
            .why = "The server takes everything for text until a line with one dot alone, so it does not "
                   "answer.",
            .advice = "After the last line send \".\\r\\n\"; if that line does not end in \"\\r\\n\" yet, "
                      "send that first. A dot that stands between LFs without CR does not count.",
        },
    [RULE_NO_BLANK_LINE - RULES_MESSAGE_FIRST] =
        {
            .slug = "no-blank-line",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5322 2.1",
            .seen = "no empty line separates the header from the text",
            .why = "The first empty line is what ends the header; without it the text is taken for header "
                   "fields, or they for text.",
            .advice = "Send \"\\r\\n\" on a line of its own between the last header field and the first line "
                      "of the text.",
        },
    [RULE_HEADER_MISSING - RULES_MESSAGE_FIRST] =
        {
            .slug = "header-missing",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5322 3.6",
            .seen = "a header field is missing or has another value: %s",
            .why = "People see From, To and Subject as the header has them; MAIL FROM and RCPT TO are not "
                   "shown to anyone.",
            .advice = "Write each field once, as \"Name: value\\r\\n\", before the empty line.",
        },
    [RULE_WRONG_BODY - RULES_MESSAGE_FIRST] =
        {
            .slug = "wrong-body",
            .severity = SEVERITY_FAIL,
            .rfc = "",
            .seen = "the text of the message is not the one that was given",
            .why = "The server keeps what it is sent, so a byte lost or added here is lost or added for the "
                   "reader.",
            .advice = "Look at the first byte that differs. The usual causes: a line longer than the buffer, "
                      "a line end lost or doubled, the last line forgotten because no line feed follows it.",
        },
    [RULE_EXTRA_BLANK_LINE - RULES_MESSAGE_FIRST] =
        {
            .slug = "extra-blank-line",
            .severity = SEVERITY_WARN,
            .rfc = "RFC 5321 4.1.1.4",
            .seen = "there is an empty line before the final dot",
            .why = "The CR LF of the last line already belongs to the end mark, so a further one adds an "
                   "empty line to the mail.",
            .advice = "If the text ends in \"\\r\\n\", send only \".\\r\\n\" after it, not "
                      "\"\\r\\n.\\r\\n\".",
        },
    [RULE_NO_DATE - RULES_MESSAGE_FIRST] =
        {
            .slug = "no-date",
            .severity = SEVERITY_NOTE,
            .rfc = "RFC 5322 3.6.1",
            .seen = "the message has no Date field",
            .why = "The standard asks for Date and From in every message, and some receivers take a missing "
                   "date for a sign of spam.",
            .advice = "Add a line like \"Date: Mon, 05 Jan 2026 09:30:00 +0000\"; gmtime() and strftime() "
                      "make one.",
        },
    [RULE_EIGHT_BIT - RULES_MESSAGE_FIRST] =
        {
            .slug = "eight-bit",
            .severity = SEVERITY_WARN,
            .rfc = "RFC 6152 3",
            .seen = "there are bytes over 127 here, and MAIL FROM did not announce them",
            .why = "Plain SMTP carries 7-bit text only; without an agreement the letters outside ASCII may "
                   "be changed or refused.",
            .advice = "If EHLO offered 8BITMIME, add BODY=8BITMIME to MAIL FROM. If it did not, encode the "
                      "text as quoted-printable or base64 and say so in the header.",
        },
    [RULE_WRONG_RECIPIENTS - RULES_MESSAGE_FIRST] =
        {
            .slug = "wrong-recipients",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 3.3",
            .seen = "the message went to the wrong recipients: %s",
            .why = "Only RCPT TO decides who gets a mail: one too few is never told, one too many reads what "
                   "was not meant for them.",
            .advice = "Send one RCPT TO for each receiver of this message. Start from an empty list for the "
                      "next one, and after a refusal half-way send RSET.",
        },
    [RULE_WRONG_MESSAGE - RULES_MESSAGE_FIRST] =
        {
            .slug = "wrong-message",
            .severity = SEVERITY_FAIL,
            .rfc = "",
            .seen = "the message that arrived is not the one that was asked for",
            .why = "What the receiver gets is what counts, whatever the conversation looked like on the way.",
            .advice = "Compare the two messages from the top; the first difference often explains the rest.",
        },

    /* --- the program --- */
    [RULE_NOT_DONE - RULES_MESSAGE_FIRST] =
        {
            .slug = "not-done",
            .severity = SEVERITY_FAIL,
            .rfc = "",
            .seen = "a part of the exercise is not written yet: %s",
            .why = "The program stops at the first TODO, so nothing after it could be judged.",
            .advice = "Go to the file and line that standard error names, write that function, and take "
                      "TODO() out of it.",
        },
    [RULE_CRASHED - RULES_MESSAGE_FIRST] =
        {
            .slug = "crashed",
            .severity = SEVERITY_FAIL,
            .rfc = "",
            .seen = "your program was killed by a signal: %s",
            .why = "A program that dies in the middle cannot tell its user whether the mail was sent.",
            .advice = "Run it again under a debugger (make debug) and look where it stops. SIGPIPE means "
                      "that you wrote to a connection the server had closed: with "
                      "signal(SIGPIPE, SIG_IGN) that write returns -1 instead.",
        },
    [RULE_MEMORY_ERROR - RULES_MESSAGE_FIRST] =
        {
            .slug = "memory-error",
            .severity = SEVERITY_FAIL,
            .rfc = "",
            .seen = "the memory checker stopped your program: %s",
            .why = "It used memory that was not its own, or did what C leaves undefined; without the checker "
                   "it may work today and crash tomorrow.",
            .advice = "Read the report on standard error from the top: it names the line. The usual causes: "
                      "a buffer one byte too short for the NUL, a string without its NUL, memory used after "
                      "free().",
        },
    [RULE_FLOOD - RULES_MESSAGE_FIRST] =
        {
            .slug = "flood",
            .severity = SEVERITY_FAIL,
            .rfc = "",
            .seen = "your program sent or printed far more than any mail needs",
            .why = "A loop that never ends fills the disk and the line of everybody else, so the run was "
                   "stopped.",
            .advice = "Find the loop and make it stop at the end of input and at the first error: test for "
                      "NULL, 0 and -1, not only for what you hope to read.",
        },
    [RULE_WRONG_EXIT - RULES_MESSAGE_FIRST] =
        {
            .slug = "wrong-exit",
            .severity = SEVERITY_FAIL,
            .rfc = "",
            .seen = "your program ended with the wrong exit status: %s",
            .why = "Scripts do not read messages; the exit status is all that tells them whether the mail "
                   "was taken.",
            .advice =
                "Leave with 0 only if all was accepted; else with 69 (refused, 5xx), 75 (refused for "
                "now, 4xx), 74 (connection lost), 76 (no SMTP reply), 77 (login or certificate refused) "
                "or 65 (input that cannot be sent).",
        },
    [RULE_USER_NOT_TOLD - RULES_MESSAGE_FIRST] =
        {
            .slug = "user-not-told",
            .severity = SEVERITY_FAIL,
            .rfc = "",
            .seen = "standard error does not mention it: %s",
            .why = "The server's words are mostly all that your user has to find out what to change.",
            .advice = "Tell your user the server's reply, code and text, and the address or step it speaks "
                      "of, with tell() of client.h.",
        },
    [RULE_SECRET_SHOWN - RULES_MESSAGE_FIRST] =
        {
            .slug = "secret-shown",
            .severity = SEVERITY_FAIL,
            .rfc = "",
            .seen = "a secret is shown in clear",
            .why = "What was printed or sent in clear stays in logs, histories and recordings, and base64 "
                   "hides nothing.",
            .advice = "Leave passwords and the lines of AUTH out of all you print, and send them only after "
                      "TLS has begun.",
        },
    [RULE_RAW_BYTES_SHOWN - RULES_MESSAGE_FIRST] =
        {
            .slug = "raw-bytes-shown",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 4.2",
            .seen = "bytes that command a terminal were printed as they came",
            .why = "A reply is printable ASCII by the standard, but a hostile server keeps to none: ESC "
                   "clears the "
                   "screen, hides what was said, or renames the window.",
            .advice =
                "Print what others wrote byte by byte: what is printable ASCII as it is, everything else as "
                "\\xHH. ESC alone is not enough: some terminals take 0x9B for it.",
        },
};
