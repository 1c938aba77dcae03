/* The rulebook, second part: lines and bytes, arguments, AUTH and TLS. See rules_table.h. */
#include "rules_table.h"

const struct rule_info rules_command[RULES_COMMAND_COUNT] = {
    /* --- lines and bytes --- */
    [RULE_BARE_LF - RULES_COMMAND_FIRST] =
        {
            .slug = "bare-lf",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 2.3.8",
            .seen = "this line ends in LF alone",
            .why = "A line of SMTP ends in the two bytes CR LF; some servers wait for ever for the CR, and "
                   "where two servers disagree on what ends a line, mail can be forged.",
            .advice = "End every line with \"\\r\\n\". In text from a file or the keyboard, turn each "
                      "\"\\n\" into \"\\r\\n\" before you send it.",
        },
    [RULE_BARE_CR - RULES_COMMAND_FIRST] =
        {
            .slug = "bare-cr",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 2.3.8",
            .seen = "there is a CR here without its LF",
            .why = "CR and LF may only come together, at the end of a line; servers disagree on what one of "
                   "them alone means.",
            .advice = "Look for \"\\r\" where \"\\r\\n\" was meant, and for a line end that was there "
                      "already when you added yours: that makes \"\\r\\r\\n\".",
        },
    [RULE_NUL_BYTE - RULES_COMMAND_FIRST] =
        {
            .slug = "nul-byte",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5322 2.1",
            .seen = "there is a NUL byte here",
            .why = "NUL ends a string in C but belongs in no line of SMTP; the server may drop the rest, or "
                   "refuse it all.",
            .advice = "Send strlen(text) bytes, not sizeof text: sizeof counts the whole array, and of a "
                      "literal the NUL at its end.",
        },
    [RULE_NO_LINE_END - RULES_COMMAND_FIRST] =
        {
            .slug = "no-line-end",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 2.3.8",
            .seen = "this line has no end",
            .why = "The server goes on reading until the line ends, so it does not answer, and both sides "
                   "wait.",
            .advice = "Put \"\\r\\n\" behind every command, and count both bytes in the length you send. One "
                      "write may take less than that: send what is left.",
        },
    [RULE_LINE_TOO_LONG - RULES_COMMAND_FIRST] =
        {
            .slug = "line-too-long",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 4.5.3.1",
            .seen = "this line is longer than a server has to take",
            .why = "A server need not take more than 512 bytes for a command and 1000 for a line of the "
                   "message, CR LF included; it may refuse or cut what is longer.",
            .advice = "Break long lines of the message, or send it in base64 or quoted-printable, which keep "
                      "lines short. In a command, look for text that does not belong there.",
        },
    [RULE_NOT_THESE_BYTES - RULES_COMMAND_FIRST] =
        {
            .slug = "not-these-bytes",
            .severity = SEVERITY_FAIL,
            .rfc = "",
            .seen = "the transcript wants other bytes here",
            .why = "In this place the exercise is about the bytes themselves, so a line that means the same "
                   "is not enough.",
            .advice = "Compare the two lines byte by byte, blanks and line end included. The first byte that "
                      "differs is marked.",
        },

    /* --- arguments --- */
    [RULE_NO_ANGLE_BRACKETS - RULES_COMMAND_FIRST] =
        {
            .slug = "no-angle-brackets",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 4.1.2",
            .seen = "there are no angle brackets round the address",
            .why = "The address in MAIL FROM and RCPT TO stands in < and >; many servers answer 501 if it "
                   "does not.",
            .advice = "Put the brackets in your format string: MAIL FROM:<alice@example.org>. If your user "
                      "may type them, take theirs off first.",
        },
    [RULE_SPACE_AFTER_COLON - RULES_COMMAND_FIRST] =
        {
            .slug = "space-after-colon",
            .severity = SEVERITY_WARN,
            .rfc = "RFC 5321 3.3",
            .seen = "there is a space after the colon",
            .why = "The standard allows none on either side of it; most servers let it pass, some answer "
                   "501.",
            .advice = "Write MAIL FROM:<alice@example.org> and RCPT TO:<bob@example.org>, with nothing "
                      "between colon and bracket.",
        },
    [RULE_BAD_ADDRESS - RULES_COMMAND_FIRST] =
        {
            .slug = "bad-address",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 4.1.2",
            .seen = "this is not an address that mail can go to",
            .why = "The server has to find a mailbox and a domain in it; it answers 501 or 553, or reads "
                   "something else than you meant.",
            .advice = "Send local-part@domain and nothing more: no name, no blank, no line break, at most 64 "
                      "bytes before the @ and 255 after it. Check what your user gave before you connect "
                      "(exit status 65).",
        },
    [RULE_BAD_ARGUMENT - RULES_COMMAND_FIRST] =
        {
            .slug = "bad-argument",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 4.1.1",
            .seen = "what follows the command is not what it takes",
            .why = "A server that cannot read the argument answers 501, and the command has not been done.",
            .advice = "Write EHLO and a host name, MAIL FROM:<address>, RCPT TO:<address>; DATA, RSET and "
                      "QUIT take nothing. There is no RCPT CC: every receiver, Cc and Bcc too, gets a RCPT "
                      "TO.",
        },
    [RULE_PARAMETER_NOT_OFFERED - RULES_COMMAND_FIRST] =
        {
            .slug = "parameter-not-offered",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 4.1.1.11",
            .seen = "the server did not offer this parameter",
            .why = "A server that did not list the extension in its reply to EHLO answers 555 and takes no "
                   "mail.",
            .advice = "Keep what the last EHLO listed, and add SIZE=, BODY= and the like only if their "
                      "extension is in it. Nothing is in it after HELO, or after STARTTLS until you say EHLO "
                      "again.",
        },
    [RULE_WRONG_ADDRESS - RULES_COMMAND_FIRST] =
        {
            .slug = "wrong-address",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5321 3.3",
            .seen = "this is not the address that was asked for",
            .why = "MAIL FROM names the sender, who hears of failures, and RCPT TO a receiver; with another "
                   "address the mail or the bad news goes to a stranger.",
            .advice = "Look at which variable goes into which command. Before the @ every letter counts, "
                      "capitals too; after it capitals do not matter.",
        },
    [RULE_WRONG_COMMAND - RULES_COMMAND_FIRST] =
        {
            .slug = "wrong-command",
            .severity = SEVERITY_FAIL,
            .rfc = "",
            .seen = "this is not what comes next in this conversation",
            .why = "The exercise goes on with another command, and the server answers only to that one.",
            .advice = "Compare your line with the expected one. One too early, one left out or one sent "
                      "twice mostly comes from a return value that nobody looked at, or a loop that runs "
                      "once too often.",
        },

    /* --- logging in and TLS --- */
    [RULE_AUTH_IN_CLEAR - RULES_COMMAND_FIRST] =
        {
            .slug = "auth-in-clear",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 4954 4",
            .seen = "you logged in before the connection was encrypted",
            .why = "Base64 is not encryption: whoever sees the packets on their way can read the password.",
            .advice = "Send STARTTLS, do the TLS handshake and say EHLO again before AUTH. If TLS was asked "
                      "for and the server does not offer it, stop without sending the password.",
        },
    [RULE_AUTH_EMPTY_LINE - RULES_COMMAND_FIRST] =
        {
            .slug = "auth-empty-line",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 4954 4",
            .seen = "you sent an empty line where the login goes on",
            .why = "The server takes it for an empty answer, and from then on every reply belongs to the "
                   "line before.",
            .advice = "Your base64 text ends in a line feed of its own: take that off before you add "
                      "\"\\r\\n\". The kit's encode_base64() adds none.",
        },
    [RULE_WRONG_CREDENTIALS - RULES_COMMAND_FIRST] =
        {
            .slug = "wrong-credentials",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 4954 4",
            .seen = "this is not the user name or password that was given",
            .why = "The server compares every byte, so one blank or line end too many is a refused login "
                   "(535).",
            .advice = "Decode what you sent and compare. The usual causes: the line feed at the end of the "
                      "password file was encoded too, sizeof counted a NUL, or the user name and the "
                      "password changed places.",
        },
    [RULE_STARTTLS_IGNORED - RULES_COMMAND_FIRST] =
        {
            .slug = "starttls-ignored",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 3207 4",
            .seen = "you went on without TLS; %s",
            .why = "After 220 the server understands nothing but the handshake, and after a refusal all that "
                   "follows can be read by others.",
            .advice = "Check the code of the reply to STARTTLS. If it is 220, do the handshake before "
                      "anything else; if not, and TLS was asked for, tell your user and stop.",
        },
    [RULE_STARTTLS_NO_EHLO - RULES_COMMAND_FIRST] =
        {
            .slug = "starttls-no-ehlo",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 3207 4.2",
            .seen = "you did not say EHLO again after TLS began",
            .why = "What was said in clear may have been changed on its way, so both sides must forget it, "
                   "and the server answers 503 until it hears EHLO.",
            .advice = "Send EHLO right after the handshake, and use only what this second reply offers.",
        },
    [RULE_HELO_AFTER_STARTTLS - RULES_COMMAND_FIRST] =
        {
            .slug = "helo-after-starttls",
            .severity = SEVERITY_NOTE,
            .rfc = "RFC 3207 4.2",
            .seen = "you said HELO after TLS began, not EHLO",
            .why = "The reply to HELO lists no extensions, so you cannot know which logins the server "
                   "offers.",
            .advice = "Say EHLO there; a server that has STARTTLS knows it.",
        },
    [RULE_HELO_ONLY - RULES_COMMAND_FIRST] =
        {
            .slug = "helo-only",
            .severity = SEVERITY_NOTE,
            .rfc = "RFC 5321 2.2.1",
            .seen = "you said HELO, not EHLO",
            .why = "Every server of today knows EHLO, and only its reply lists the extensions: TLS, login, "
                   "the largest size.",
            .advice = "Say EHLO first, and HELO only if the server answers 500, 502 or 504.",
        },
    [RULE_TLS_FAILED - RULES_COMMAND_FIRST] =
        {
            .slug = "tls-failed",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 3207 4.1",
            .seen = "the TLS handshake broke off: %s",
            .why = "Without a handshake that both sides agree on, nobody knows who is at the other end.",
            .advice = "Read the reason on standard error (V=1 shows it). Trust the certificates of --ca and "
                      "no others, "
                      "check the name given with --server, and allow TLS 1.2 and 1.3.",
        },
    [RULE_TLS_TOO_EARLY - RULES_COMMAND_FIRST] =
        {
            .slug = "tls-too-early",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 3207 4",
            .seen = "you began the TLS handshake where plain text was due",
            .why = "The server reads these bytes as a command it does not know, and the handshake fails.",
            .advice = "With --tls starttls (port 587) the greeting, EHLO and STARTTLS go in plain text, and "
                      "the handshake follows the 220 to STARTTLS. Only --tls implicit (port 465) begins with "
                      "it.",
        },
    [RULE_TLS_MISSING - RULES_COMMAND_FIRST] =
        {
            .slug = "tls-missing",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 8314 3.3",
            .seen = "the TLS handshake was due here",
            .why = "The server understands nothing but a handshake now, and what you send in clear can be "
                   "read by others.",
            .advice = "With --tls implicit (port 465) do the handshake as soon as the connection stands, "
                      "before the greeting. With --tls starttls do it right after the 220 to STARTTLS.",
        },
    [RULE_BAD_CERTIFICATE_ACCEPTED - RULES_COMMAND_FIRST] =
        {
            .slug = "bad-certificate-accepted",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 9525 6",
            .seen = "you took a certificate that proves nothing: %s",
            .why = "TLS without a look at the certificate is a secret talk with whoever answers, and that "
                   "may be a "
                   "thief.",
            .advice =
                "Ask for SSL_VERIFY_PEER, name the host to expect with X509_VERIFY_PARAM_set1_host() (or "
                "set1_ip_asc()), trust only the authorities of --ca, and leave with exit status 77 when the "
                "handshake fails.",
        },
    [RULE_INJECTED_REPLY - RULES_COMMAND_FIRST] =
        {
            .slug = "injected-reply",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 3207 4.2",
            .seen = "you went on although more than the 220 had come in plain text",
            .why = "Behind its 220 the server has nothing to say: somebody between you and it put words "
                   "there, to be "
                   "read later as if they had come through TLS.",
            .advice = "After the 220 to STARTTLS look whether anything is left of what you have read "
                      "(c->inbox). If "
                      "so, tell your user, hang up without a further word, and leave with exit status 76.",
        },
};
