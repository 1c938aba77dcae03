/* See software.h. */
#include "software.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* What stands in the greeting, and how the software is called. */
static const struct {
    const char *said;
    const char *name;
} servers[] = {
    {"Postfix", "Postfix"},
    {"Exim", "Exim"},
    {"Dovecot", "Dovecot"},
    {"Python SMTP", "aiosmtpd"},
    {"OpenSMTPD", "OpenSMTPD"},
    {"Sendmail", "Sendmail"},
    {"qmail", "qmail"},
    {"Courier", "Courier"},
    {"Haraka", "Haraka"},
    {"Stalwart", "Stalwart"},
    {"Mailpit", "Mailpit"},
    {"MailHog", "MailHog"},
    {"Zimbra", "Zimbra"},
    {"gsmtp", "Gmail"},
    {"Microsoft ESMTP MAIL Service", "Microsoft Exchange"},
    {"smtplab", "smtp-sandbox"},
};

#define SERVERS (sizeof(servers) / sizeof(servers[0]))

static const char *find(const char *text, const char *word) {
    size_t n = strlen(word);

    for (; *text != '\0'; text++)
        if (strncasecmp(text, word, n) == 0)
            return text + n;
    return NULL;
}

/* "4.96" of " 4.96 Tue, ...". Its length; 0: no version follows. */
static size_t version_length(const char *text) {
    static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_+~";

    return strspn(text, "0123456789") > 0 ? strspn(text, letters) : 0;
}

/* Behind "220-mail.example.org ": a host may be called as it likes. */
static const char *behind_host(const char *text) {
    const char *space = strlen(text) > 4 ? strchr(text + 4, ' ') : NULL;

    return space != NULL ? space : "";
}

void software_of(const char *greeting, size_t n, char name[SOFTWARE_MAX]) {
    char text[512];

    snprintf(text, sizeof(text), "%.*s", (int)(n < sizeof(text) ? n : sizeof(text) - 1), greeting);
    snprintf(name, SOFTWARE_MAX, "a server that does not say what it is");
    for (size_t i = 0; i < SERVERS; i++) {
        const char *behind = find(behind_host(text), servers[i].said);

        if (behind == NULL)
            continue;
        behind += strspn(behind, " /");
        snprintf(name, SOFTWARE_MAX, "%s%s%.*s", servers[i].name, version_length(behind) > 0 ? " " : "",
                 (int)version_length(behind), behind);
        return;
    }
}
