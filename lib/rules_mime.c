/* The rulebook, fourth part: a message in MIME. See rules_table.h. */
#include "rules_table.h"

const struct rule_info rules_mime[RULES_MIME_COUNT] = {
    [RULE_BAD_DATE - RULES_MIME_FIRST] =
        {
            .slug = "bad-date",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5322 3.3",
            .seen = "the Date field is missing or wrong: %s",
            .why = "Every message must say when it was written; without it readers sort it anywhere, and "
                   "spam filters count it against you.",
            .advice = "Add one line like \"Date: Tue, 24 Nov 2026 15:04:05 +0100\": localtime() and "
                      "strftime() make it.",
        },
    [RULE_BAD_MESSAGE_ID - RULES_MIME_FIRST] =
        {
            .slug = "bad-message-id",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 5322 3.6.4",
            .seen = "the Message-ID is missing or is none: %s",
            .why = "Answers refer to a message by its Message-ID, and two messages with the same one are "
                   "taken for one: the second may never be shown.",
            .advice = "Add \"Message-ID: <something@domain>\": the time, the process and a counter in front "
                      "of the @, your sender's domain behind it, no spaces.",
        },
    [RULE_NO_MIME_VERSION - RULES_MIME_FIRST] =
        {
            .slug = "no-mime-version",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 2045 4",
            .seen = "the header has no MIME-Version field: %s",
            .why = "Without it a reader need not look at Content-Type, and may show boundaries and base64 "
                   "as the text.",
            .advice = "Send \"MIME-Version: 1.0\" once, in the header of the whole message.",
        },
    [RULE_EIGHT_BIT_HEADER - RULES_MIME_FIRST] =
        {
            .slug = "eight-bit-header",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 2047 1",
            .seen = "a header field holds what is not ASCII: %s",
            .why = "A header says nowhere what its bytes over 127 mean, so every reader guesses, and some "
                   "servers refuse it.",
            .advice = "Write such a subject as encoded words (\"=?UTF-8?B?...?=\") and such a file name as "
                      "filename*=UTF-8''name, its bytes in hexadecimal behind percent signs.",
        },
    [RULE_BAD_ENCODED_WORD - RULES_MIME_FIRST] =
        {
            .slug = "bad-encoded-word",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 2047 2",
            .seen = "an encoded word is not as it should be: %s",
            .why = "A reader that cannot decode a word shows it as it stands, or with a question mark for "
                   "each broken letter.",
            .advice = "Cut a long text into several words of 75 characters at most, between two characters "
                      "and never in one; write each in a line of its own that begins with a space.",
        },
    [RULE_BAD_MULTIPART - RULES_MIME_FIRST] =
        {
            .slug = "bad-multipart",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 2046 5.1.1",
            .seen = "the parts of the message are not parted as they should be: %s",
            .why = "Readers find the parts by the boundary alone: if it is not there, all is one text, and "
                   "attachments are lost.",
            .advice = "Give the boundary in Content-Type, in quotes; send \"--\" and the boundary on a line "
                      "before each part, and \"--\" boundary \"--\" behind the last.",
        },
    [RULE_BAD_ENCODING - RULES_MIME_FIRST] =
        {
            .slug = "bad-encoding",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 2045 6",
            .seen = "a part is not written as its Content-Transfer-Encoding says: %s",
            .why = "What cannot be decoded arrives broken: a file that does not open, a text with holes.",
            .advice =
                "In base64 send lines of 76 characters, and '=' at the very end only, so encode in pieces of "
                "57 bytes or a multiple. In quoted-printable send lines of 76, and \"=XX\" for all that is "
                "not "
                "printable ASCII, for '=', and for a space at a line's end.",
        },
    [RULE_UNSAFE_FILE_NAME - RULES_MIME_FIRST] =
        {
            .slug = "unsafe-file-name",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 2183 2.3",
            .seen = "the name of an attached file can do harm: %s",
            .why = "Your folders are nobody else's business, and a careless reader would write the file "
                   "where the name says.",
            .advice = "Send what stands behind the last '/', and take control bytes and '\\\\' out of it.",
        },
    [RULE_WRONG_PART - RULES_MIME_FIRST] =
        {
            .slug = "wrong-part",
            .severity = SEVERITY_FAIL,
            .rfc = "RFC 2046 5.1",
            .seen = "a part of the message is not the one that was given: %s",
            .why = "What the reader decodes is what counts: the right type in the right place, with every "
                   "byte of the file.",
            .advice = "Save the message (make try) and compare this part with what was given: the plain text "
                      "comes first, then the HTML, then each file in the order of the command line. Letters "
                      "beyond ASCII need charset=utf-8 behind the type; a file name stands in quotes.",
        },
};
