/* See rules.h. */
#include "rules.h"

#include "rules_table.h"

#include <string.h>

/* --- the rows --- */

const struct rule_info *rules_info(enum rule r) {
    if (r >= RULES_MIME_FIRST)
        return &rules_mime[r - RULES_MIME_FIRST];
    if (r >= RULES_MESSAGE_FIRST)
        return &rules_message[r - RULES_MESSAGE_FIRST];
    if (r >= RULES_COMMAND_FIRST)
        return &rules_command[r - RULES_COMMAND_FIRST];
    return &rules_session[r - RULES_SESSION_FIRST];
}

enum rule rules_named(const char *slug) {
    int r = 0;

    while (r < RULE_COUNT && strcmp(rules_info((enum rule)r)->slug, slug) != 0)
        r++;
    return (enum rule)r;
}

/* The groups by the first rule of each, in the order of enum rule. */
static const struct {
    enum rule first;
    const char *title;
} groups[] = {
    {RULE_NO_CONNECTION, "The connection"},
    {RULE_TALK_BEFORE_GREETING, "Order"},
    {RULE_BARE_LF, "Lines and bytes"},
    {RULE_NO_ANGLE_BRACKETS, "Arguments"},
    {RULE_AUTH_IN_CLEAR, "Logging in and TLS"},
    {RULE_DOT_STUFFING, "The message"},
    {RULE_NOT_DONE, "The program"},
    {RULE_BAD_DATE, "MIME"},
};

const char *rules_group(enum rule r) {
    size_t g = sizeof groups / sizeof groups[0] - 1;

    while (g > 0 && r < groups[g].first)
        g--;
    return groups[g].title;
}

/* --- the words --- */

static const char *const circumstances[CIRCUMSTANCE_COUNT] = {
    [CIRCUMSTANCE_NONE] = "",
    [CIRCUMSTANCE_GREETING_REFUSED] = "the server greeted with a refusal",
    [CIRCUMSTANCE_HELLO_REFUSED] = "EHLO and HELO were refused",
    [CIRCUMSTANCE_SENDER_REFUSED] = "the sender was refused",
    [CIRCUMSTANCE_NO_RECIPIENT] = "no recipient was accepted",
    [CIRCUMSTANCE_DATA_REFUSED] = "DATA was refused",
    [CIRCUMSTANCE_LOGIN_REFUSED] = "the login was refused",
    [CIRCUMSTANCE_TLS_REFUSED] = "STARTTLS was refused",
    [CIRCUMSTANCE_TLS_NOT_BEGUN] = "TLS was asked for and has not begun",
    [CIRCUMSTANCE_MESSAGE_REFUSED] = "the message was refused after the final dot",
    [CIRCUMSTANCE_CLOSING] = "421 says that the server closes the connection",
};

const char *rules_circumstance(enum circumstance c) {
    return (unsigned)c < CIRCUMSTANCE_COUNT ? circumstances[c] : "";
}

const char *severity_name(enum severity s) {
    static const char *const names[] = {
        [SEVERITY_NOTE] = "note", [SEVERITY_WARN] = "warn", [SEVERITY_FAIL] = "fail"};

    return (unsigned)s <= SEVERITY_FAIL ? names[s] : "?";
}

/* Length of the text before "%s", without the punctuation that would lead to it. */
static size_t without_lead(const char *text, size_t n) {
    while (n > 0 && strchr(" ;:,", text[n - 1]) != NULL)
        n--;
    return n;
}

/* "; " before an empty fill would promise something that does not come: it is left out as well. */
int rules_sentence(struct buf *out, const char *sentence, const char *fill) {
    const char *mark = strstr(sentence, "%s");
    size_t before;

    if (mark == NULL)
        return buf_add_text(out, sentence);
    before = (size_t)(mark - sentence);
    if (fill == NULL || *fill == '\0')
        return buf_addf(out, "%.*s%s", (int)without_lead(sentence, before), sentence, mark + 2);
    return buf_addf(out, "%.*s%s%s", (int)before, sentence, fill, mark + 2);
}
