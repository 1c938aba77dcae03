"""The mutants: the solution with one mistake each, and the rule by which it must lose points.

steps, session and keyboard are what students write. opening and foundation are provided: a mutant there
shows that a transcript of the greeting or of EHLO sees what it is for, and what a student's own version would lose.
"""

from __future__ import annotations

import mutants_auth
import mutants_guard
import mutants_mime
import mutants_security
import mutants_wire
from mutant import Mutant

BODY_LINE = 'add_bytes(c, text, len) == -1 || add_bytes(c, "\\r\\n", 2) == -1'
LINE_END = 'add_bytes(c, "\\r\\n", 2)'
MAIL_REPLY = "    if (!accepted(code))\n        return report(c, code, m->from);\n"
MAIL_STEP = 'if (send_line(c, "MAIL FROM:<%s>", sender) == -1)\n        return FAILED;\n    return get_reply(c);'
DOT_STEP = 'send_line(c, ".") == -1)\n        return FAILED;\n    return get_reply(c);'
RCPT_STEP = 'if (send_line(c, "RCPT TO:<%s>", recipient) == -1)\n        return FAILED;\n    return get_reply(c);'
DATA_STEP = 'if (send_line(c, "DATA") == -1)\n        return FAILED;\n    return get_reply(c);'
RCPT_LOOP = "i < m->to_count && !is_over(code); i++) {\n        code = send_rcpt_to"
STATUS = "        if (*outcome == OUTCOME_SENT)\n            *outcome = failure;"
OF_REPLY = "    return outcome_of_reply(code);\n}\n\n/* Addresses"
UNKNOWN_FATE = "what became of it is unknown: it may have been delivered"
DOT_ACCEPTED = "    if (accepted(code))\n        return OUTCOME_SENT;\n    if (code == FAILED &&"
NO_RECIPIENT = "    if (offer_recipients(c, m, &outcome) == 0)\n        return outcome;\n"
QUIT_IF = "if (c->reply.code != 421)\n        send_quit(c);"
SAVED = "        if (first == OUTCOME_SENT)\n            first = outcome;"
GO_ON = "c->reply.code != 421;"
EHLO_STEP = 'if (send_line(c, "EHLO %s", c->own_name) == -1)\n        return FAILED;\n    int code = get_reply(c);'
HELO_IF = "    if (code / 100 == 5)\n        return send_helo(c);"

FIRST_STEP = "int send_mail_from("
# In all of steps.c: each step says what it hopes for; or MAIL and RCPT do, and DATA reads all the replies.
NO_WAITING = "#define get_reply(c) ((void)(c), __func__[5] == 'b' ? 354 : 250)\n"
IN_ONE_GO = """static int unread;
static int later(void) {
    unread++;
    return 250;
}
static int all(struct client *c) {
    int code = get_reply(c);
    for (; unread > 0 && code != FAILED; unread--)
        code = get_reply(c);
    return code;
}
#define get_reply(c) (__func__[5] == 'r' || __func__[6] == 'a' ? later() : all(c))
"""

CORE_MUTANTS = (
    # ---- lab 1: commands ----
    Mutant("no brackets round the address", "steps", "no-angle-brackets", "MAIL FROM:<%s>", "MAIL FROM:%s"),
    Mutant("no colon after TO", "steps", "bad-argument", "RCPT TO:<%s>", "RCPT TO <%s>"),
    Mutant("a verb misspelt", "steps", "unknown-command", "RCPT TO:<%s>", "RECIPIENT TO:<%s>"),
    Mutant("the sender as recipient", "session", "wrong-address", "send_rcpt_to(c, m->to[i])",
           "send_rcpt_to(c, m->from)"),
    Mutant("a recipient as sender", "session", "wrong-address", "send_mail_from(c, m->from)",
           "send_mail_from(c, m->to[0])"),
    Mutant("only the first of several recipients", "session", "wrong-command", RCPT_LOOP,
           RCPT_LOOP.replace("m->to_count", "1")),
    Mutant("MAIL FROM: the reply is not awaited", "steps", "early-send", MAIL_STEP,
           MAIL_STEP.replace("get_reply(c)", "250")),
    Mutant("RCPT TO: the reply is not awaited", "steps", "early-send", RCPT_STEP,
           RCPT_STEP.replace("get_reply(c)", "250")),
    Mutant("DATA: the reply is not awaited", "steps", "data-before-354", DATA_STEP,
           DATA_STEP.replace("get_reply(c)", "354")),
    Mutant("DATA left out", "steps", "unknown-command", DATA_STEP, "(void)c;\n    return 354;"),
    Mutant("the final dot: the reply is not awaited", "steps", "early-send", DOT_STEP,
           DOT_STEP.replace("get_reply(c)", "250")),
    Mutant("no reply is awaited at all", "steps", "early-send", FIRST_STEP, NO_WAITING + FIRST_STEP),
    Mutant("MAIL, RCPT and DATA in one go, not offered", "steps", "early-send", FIRST_STEP, IN_ONE_GO + FIRST_STEP),
    Mutant("no > at the end", "steps", "bad-address", "RCPT TO:<%s>", "RCPT TO:<%s"),
    Mutant("BODY= whether it is offered or not", "steps", "parameter-not-offered", "MAIL FROM:<%s>",
           "MAIL FROM:<%s> BODY=8BITMIME"),
    Mutant("MAIL FROM left out", "steps", "bad-sequence", MAIL_STEP, "(void)c;\n    (void)sender;\n    return 250;"),
    Mutant("RCPT TO left out", "steps", "bad-sequence", RCPT_STEP, "(void)c;\n    (void)recipient;\n    return 250;"),
    Mutant("MAIL for RCPT", "steps", "wrong-command", "RCPT TO:<%s>", "MAIL TO:<%s>"),
    Mutant("no QUIT", "session", "no-quit", QUIT_IF, "(void)c;"),
    Mutant("no QUIT after messages from the keyboard", "session", "no-quit", QUIT_IF,
           QUIT_IF.replace("!= 421", "!= 421 && !c->options->keyboard")),
    Mutant("leaves instead of DATA", "steps", "closed-early", DATA_STEP, "(void)c;\n    exit(0);"),
    Mutant("crashes instead of DATA", "steps", "crashed", DATA_STEP,
           "*(volatile int *)0 = (int)(size_t)c;\n    return 354;"),
    # ---- lab 1: the message ----
    Mutant("the text's own line ends", "steps", "bare-lf", LINE_END, 'add_bytes(c, "\\n", 1)'),
    Mutant("CR alone ends a line", "steps", "bare-cr", LINE_END, 'add_bytes(c, "\\r", 1)'),
    Mutant("a CR more than CRLF", "steps", "bare-cr", LINE_END, 'add_bytes(c, "\\r\\r\\n", 3)'),
    Mutant("a header line with a CR in it", "steps", "bare-cr", 'return add_line(c, "%s", "");',
           'return add_bytes(c, "X-Mailer: smtplab\\r\\r\\n", 20) == -1 ? -1 : add_line(c, "%s", "");'),
    Mutant("a header line sent with its NUL", "steps", "nul-byte", 'return add_line(c, "%s", "");',
           'return add_bytes(c, "X-Mailer: smtplab\\0\\r\\n", 20) == -1 ? -1 : add_line(c, "%s", "");'),
    Mutant("sizeof for strlen", "steps", "nul-byte", LINE_END, 'add_bytes(c, "\\r\\n", sizeof "\\r\\n")'),
    Mutant("the dot without CRLF", "steps", "no-line-end", 'send_line(c, ".") == -1', 'add_bytes(c, ".", 1) == -1'),
    Mutant("no dot at the end", "steps", "no-end-dot", ' || send_line(c, ".") == -1)', ")"),
    Mutant("no empty line after the header", "steps", "no-blank-line", 'return add_line(c, "%s", "");', "return 0;"),
    Mutant("no empty line before an empty text", "steps", "no-blank-line", 'return add_line(c, "%s", "");',
           'return m->body_len ? add_line(c, "%s", "") : 0;'),
    Mutant("a header line of 2000 bytes", "steps", "line-too-long", 'return add_line(c, "%s", "");',
           'return add_line(c, "X-Mailer: %2000s", "x") == -1 || add_line(c, "%s", "") == -1 ? -1 : 0;'),
    Mutant("no Subject", "steps", "header-missing", "m->subject && ", "!m->subject && "),
    Mutant("Subject: (null) where there is none", "steps", "header-missing",
           'm->subject && add_line(c, "Subject: %s", m->subject)',
           'add_line(c, "Subject: %s", m->subject ? m->subject : "(null)")'),
    Mutant("no From", "steps", "header-missing", 'add_line(c, "From: <%s>", m->from) == -1 || ', ""),
    Mutant("To: one of several recipients", "steps", "header-missing", "add_to(c, m) == -1",
           'add_line(c, "To: <%s>", m->to[0]) == -1'),
    Mutant("To: folded without a space", "steps", "no-blank-line", '"%s <%s>%s"', '"%s<%s>%s"'),
    Mutant("CR is no line end", "steps", "bare-cr", "text[len] != '\\r' && ", ""),
    Mutant("CRLF is two line ends", "steps", "wrong-body", "if (n >= 2 && text[0] == '\\r'",
           "if (n >= 2 && text[0] == 0"),
    Mutant("dots not doubled", "steps", "dot-stuffing", "if (*text == '.' &&", "if (*text == '\\0' &&"),
    Mutant("only a dot alone is doubled", "steps", "dot-stuffing", "if (*text == '.' &&",
           "if (*text == '.' && len == 1 &&"),
    Mutant("empty lines of the text dropped", "steps", "wrong-body", BODY_LINE, f"(len > 0 && ({BODY_LINE}))"),
    Mutant("lines cut at 256", "steps", "wrong-body", "while (len < n && text[len] != '\\r'",
           "while (len < n && len < 256 && text[len] != '\\r'"),
    Mutant("the text cut at 64 KiB", "steps", "wrong-body", "add_body(c, m->body, m->body_len)",
           "add_body(c, m->body, m->body_len > 65536 ? 65536 : m->body_len)"),
    Mutant("a text without a line end gets none", "steps", "no-end-dot", f"|| {LINE_END} == -1",
           f"|| (len < n && {LINE_END} == -1)"),
    Mutant("the text ends at QUIT", "steps", "wrong-body", "        if (*text == '.' &&",
           '        if (len == 4 && memcmp(text, "QUIT", 4) == 0)\n            return 0;\n'
           "        if (*text == '.' &&"),
    # ---- lab 2: who gets it ----
    Mutant("gives up at the first refusal", "session", "wrong-command", RCPT_LOOP,
           RCPT_LOOP.replace("!is_over", "(code == 0 || accepted(code)) && !is_over")),
    Mutant("the last recipient decides", "session", "wrong-command", "return is_over(code) ? 0 : count;",
           "return accepted(code) ? count : 0;"),
    Mutant("refused recipients do not count", "session", "reply-ignored", NO_RECIPIENT,
           "    offer_recipients(c, m, &outcome);\n"),
    Mutant("MAIL FROM: the reply is ignored", "session", "reply-ignored", MAIL_REPLY, ""),
    Mutant("DATA: the reply is ignored", "session", "data-before-354", "code == 354 ? send_text",
           "code != FAILED ? send_text"),
    Mutant("DATA: any reply but 421 is taken for 354", "session", "data-before-354", "code == 354 ? send_text",
           "code != FAILED && code != 421 ? send_text"),
    Mutant("the final dot: the reply is ignored", "session", "wrong-exit", DOT_ACCEPTED,
           DOT_ACCEPTED.replace("if (accepted(code))", "if (code != FAILED)")),
    Mutant("421 is a refusal like others", "session", "reply-ignored", "return code == FAILED || code == 421;",
           "return code == FAILED;"),
    Mutant("4xx is taken for yes", "session", "reply-ignored", "return code / 100 == 2;",
           "return code > 0 && code < 500;"),
    Mutant("only 250 is yes", "session", "wrong-exit", "return code / 100 == 2;", "return code == 250;"),
    # ---- lab 2: the exit status ----
    Mutant("refused recipients do not show in the status", "session", "wrong-exit", STATUS, "        (void)failure;"),
    Mutant("the last failure is the status", "session", "wrong-exit", STATUS, "        *outcome = failure;"),
    Mutant("every refusal is 69", "session", "wrong-exit", OF_REPLY, OF_REPLY.replace(
        "outcome_of_reply(code)", "OUTCOME_REFUSED")),
    Mutant("every refusal is 75", "session", "wrong-exit", OF_REPLY, OF_REPLY.replace(
        "outcome_of_reply(code)", "OUTCOME_LATER")),
    Mutant("every failure is 1", "session", "wrong-exit",
           "    return outcome;\n}\n\f", "    return outcome ? 1 : 0;\n}\n"),
    Mutant("a lost connection is 69", "session", "wrong-exit",
           "        return outcome_of_error(c->err.kind);\n    }", "        return OUTCOME_REFUSED;\n    }"),
    Mutant("a message lost on its way is sent", "session", "wrong-exit",
           "client_error(c));\n    return outcome_of_error(c->err.kind);",
           "client_error(c));\n    return OUTCOME_SENT;"),
    # ---- lab 2: what the user is told ----
    Mutant("nothing is told", "session", "user-not-told", 'tell(c, "%s %s: %d %s%s", what',
           '(void)snprintf(NULL, 0, "%s %s: %d %s%s", what'),
    Mutant("only the code is told", "session", "user-not-told", "code, c->reply.text,", 'code, "",'),
    Mutant("a message of unknown fate is said to be lost", "session", "user-not-told", UNKNOWN_FATE, "it was not sent"),
    # ---- lab 3 ----
    Mutant("one message only", "keyboard", "wrong-command", "unsigned number = 1; more;",
           "unsigned number = 1; more && number < 2;"),
    Mutant("two messages at most", "keyboard", "wrong-command", "unsigned number = 1; more;",
           "unsigned number = 1; more && number < 3;"),
    Mutant("hangs up before the third message", "keyboard", "closed-early", "} else if (got == GOT_MESSAGE)\n",
           "} else if (got == GOT_MESSAGE && number == 3)\n        exit(0);\n    else if (got == GOT_MESSAGE)\n"),
    Mutant("no RSET after a refusal", "keyboard", "bad-sequence", "    if (!c->in_transaction)\n", "    if (c)\n"),
    Mutant("gives up after a message that failed", "keyboard", "wrong-command", GO_ON,
           "c->reply.code != 421 && outcome == OUTCOME_SENT;"),
    Mutant("goes on after 421", "keyboard", "reply-ignored", f"!c->unanswered && {GO_ON}", "!c->unanswered;"),
    Mutant("the last message is the status", "keyboard", "wrong-exit", SAVED, "        first = outcome;"),
    Mutant("a connection lost between messages is no failure", "keyboard", "wrong-exit", SAVED,
           SAVED.replace("SENT)", "SENT && outcome != OUTCOME_LOST)")),
    Mutant("half a message is sent", "keyboard", "wrong-command",
           "return ended ? GOT_MESSAGE : begun ? GOT_HALF : GOT_END;",
           "return ended || begun ? GOT_MESSAGE : GOT_END;"),
    Mutant("a line that begins with a dot ends the message", "keyboard", "wrong-body",
           "if (n == 1 && line[0] == '.')", "if (n >= 1 && line[0] == '.')"),
    Mutant("typed dots are taken off", "keyboard", "dot-stuffing", "            take_text_line(d, line, (size_t)n);",
           "            take_text_line(d, line + (n > 1 && line[0] == '.'), (size_t)n - (n > 1 && line[0] == '.'));"),
    Mutant("only the first address of To:", "keyboard", "wrong-command",
           "        if (text[n] == '\\0')\n", "        if (d)\n"),
    Mutant("empty lines typed are dropped", "keyboard", "wrong-body",
           "else if (in_text)", "else if (in_text && n > 0)"),
    Mutant("an empty message is not sent", "keyboard", "wrong-command", "} else if (got == GOT_MESSAGE)\n",
           "} else if (got == GOT_MESSAGE && d.text.len)\n"),
    # ---- the provided parts ----
    Mutant("the greeting is not read", "opening", "talk-before-greeting",
           "int code = get_reply(c);\n    return code == 220", "int code = 220;\n    return code == 220"),
    Mutant("no EHLO", "foundation", "no-hello", EHLO_STEP, "(void)c;\n    return 250;\n    int code;"),
    Mutant("the greeting is not looked at", "opening", "greeting-ignored",
           "return code == 220 ? OUTCOME_SENT", "return code > 0 ? OUTCOME_SENT"),
    Mutant("only ESMTP in the greeting is yes", "opening", "wrong-command", "return code == 220 ? OUTCOME_SENT",
           'return code == 220 && strstr(c->reply.text, "ESMTP") ? OUTCOME_SENT'),
    Mutant("EHLO: the reply is ignored", "opening", "reply-ignored",
           'return code / 100 == 2 ? OUTCOME_SENT : problem(c, code, "EHLO");', "return OUTCOME_SENT;"),
    Mutant("a lost connection is 69 in the opening", "opening", "wrong-exit",
           "return outcome_of_error(c->err.kind);", "return OUTCOME_REFUSED;"),
    Mutant("no EHLO after STARTTLS", "opening", "starttls-no-ehlo", "return code == 220 ? say_hello(c) :",
           "return code == 220 ? OUTCOME_SENT :"),
    Mutant("no HELO when EHLO is refused", "foundation", "wrong-command",
           HELO_IF, HELO_IF.replace("code / 100 == 5", "0")),
    Mutant("HELO after 500 and 502 only", "foundation", "wrong-command", HELO_IF,
           HELO_IF.replace("code / 100 == 5", "code == 500 || code == 502")),
    Mutant("the first line is the reply", "foundation", "early-send", "return line[3] == '-';", "return 0;"),
    Mutant("a code alone is no reply", "foundation", "wrong-command", 'strchr(" -", line[3])',
           "(line[3] == ' ' || line[3] == '-')"),
    Mutant("reply lines of 128 at most", "foundation", "no-quit", "&c->line, ANSWER_LINE_MAX,", "&c->line, 128,"),
    Mutant("no time limit", "foundation", "waits-for-nothing",
           "stream_set_timeout(c->stream, c->options->timeout * 1000);", "stream_set_timeout(c->stream, -1);"),
)

MUTANTS = (*CORE_MUTANTS, *mutants_wire.MUTANTS, *mutants_security.MUTANTS, *mutants_mime.MUTANTS,
           *mutants_auth.MUTANTS, *mutants_guard.MUTANTS)

# Here it hangs on how much was written before the reset whether a mutant fails: it is in no row.
BY_TIMING = frozenset({"closed/reset-in-the-message.smtp"})

# Rules that no mutant breaks without breaking another: switched off, they give it some of its points back, not all.
NOT_ALONE = {
    "talk-before-greeting": "who does not wait for the greeting does not heed it either",
    "wrong-recipients": "whoever is missing was left out of the commands first",
}

# Transcripts that no mutant needs to fail in, and what they are there for.
CONTROLS: dict[str, str] = {**mutants_guard.CONTROLS}
