/*
 * smtp-rulebook - print the rulebook (lib/rules.h) as Markdown.
 *
 * docs/rules.md is this program's output and nothing else (`make rules`), so
 * that what students read in the docs is what the tools tell them, word for word.
 */
#include "../../lib/buf.h"
#include "../../lib/rules.h"
#include "../../lib/version.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Exit statuses of sysexits.h. */
#define EXIT_OK 0
#define EXIT_USAGE 64
#define EXIT_OUTPUT 74

#define SENTENCE_MAX 4096

static const char usage[] =
    "usage: smtp-rulebook [--help | --version]\n"
    "Print the rulebook as Markdown to standard output; docs/rules.md is this text.\n";

static const char introduction[] = "<!-- Written by smtp-rulebook from the table in lib/rules*.c. To change "
                                   "it, change the table and run `make "
                                   "rules`. -->\n"
                                   "\n"
                                   "# The rulebook\n"
                                   "\n"
                                   "Every rule a client can break, in the words that all parts of the kit "
                                   "use: the replay, the grader's reports\n"
                                   "and the stepper (`:explain SLUG`). The short name of a rule never "
                                   "changes; transcripts and the rubric use it.\n"
                                   "\n"
                                   "What a breach weighs:\n"
                                   "\n"
                                   "- **fail**: real servers refuse it or lose mail over it, or the exercise "
                                   "asks for something else. It costs marks.\n"
                                   "- **warn**: most servers let it pass, some do not. Better put right.\n"
                                   "- **note**: not wrong; good to know.\n"
                                   "\n"
                                   "A transcript may weigh a rule otherwise for itself (`! forbid RULE`, `! "
                                   "allow RULE`). Where you read \"...\" below,\n"
                                   "the report says more about the case: which refusal, which address.\n";

/* Text in which Markdown shall see no markup: "<alice@example.org>" would become a link. */
static void print_text(const char *text) {
    for (; *text != '\0'; text++) {
        if (strchr("<*`", *text) != NULL)
            putchar('\\');
        putchar(*text);
    }
}

static void print_sentence(const char *sentence) {
    struct buf text;

    buf_init(&text, SENTENCE_MAX);
    if (rules_sentence(&text, sentence, "...") == 0)
        print_text(text.data);
    buf_free(&text);
}

/* "RFC 5321 4.3.2" as a link to that section. */
static void print_rfc(const char *rfc) {
    char number[16];
    char section[16];

    if (sscanf(rfc, "RFC %15s %15s", number, section) == 2)
        printf("[RFC %s, section %s](https://www.rfc-editor.org/rfc/rfc%s#section-%s)", number, section,
               number, section);
    else
        fputs("the exercise itself", stdout);
}

/* Does a new part of the book begin with this rule? */
static bool begins_group(int r) {
    return r == 0 || strcmp(rules_group((enum rule)r), rules_group((enum rule)(r - 1))) != 0;
}

static void print_contents(void) {
    for (int r = 0; r < RULE_COUNT; r++) {
        const struct rule_info *info = rules_info((enum rule)r);
        if (begins_group(r))
            printf("\n**%s**\n\n", rules_group((enum rule)r));
        printf("- [%s](#%s): ", info->slug, info->slug);
        print_sentence(info->seen);
        putchar('\n');
    }
}

static void print_rule(const struct rule_info *info) {
    printf("\n### %s\n\n", info->slug);
    printf("**%s**, from ", severity_name(info->severity));
    print_rfc(info->rfc);
    fputs("\n\n- Seen: ", stdout);
    print_sentence(info->seen);
    fputs(strstr(info->seen, "%s") == NULL ? "." : "", stdout);
    fputs("\n- Why it matters: ", stdout);
    print_sentence(info->why);
    fputs("\n- What to do: ", stdout);
    print_sentence(info->advice);
    putchar('\n');
}

static void print_book(void) {
    fputs(introduction, stdout);
    print_contents();
    for (int r = 0; r < RULE_COUNT; r++) {
        if (begins_group(r))
            printf("\n## %s\n", rules_group((enum rule)r));
        print_rule(rules_info((enum rule)r));
    }
}

/* Output that did not arrive must not pass for output: a full disk shows only here. */
static int finish(void) {
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return EXIT_OK;
    perror("smtp-rulebook: standard output");
    return EXIT_OUTPUT;
}

int main(int argc, char **argv) {
    if (argc == 1)
        print_book();
    else if (argc == 2 && strcmp(argv[1], "--help") == 0)
        fputs(usage, stdout);
    else if (argc == 2 && strcmp(argv[1], "--version") == 0)
        puts("smtp-rulebook (smtplab) " SMTPLAB_VERSION);
    else {
        fprintf(stderr, "smtp-rulebook: it takes no \"%s\" here\n%s", argv[argc == 2 ? 1 : 2], usage);
        return EXIT_USAGE;
    }
    return finish();
}
