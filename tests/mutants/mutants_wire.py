"""Mutants of wire.c, lab 4."""

from __future__ import annotations

from mutant import Mutant

WHOLE_LINE = """    const char *end = memchr(c->inbox.data, '\\n', c->inbox.len);
    while (!end && c->inbox.len < ANSWER_LINE_MAX) {"""
ONE_READ = """    const char *end = NULL;
    for (bool first = c->inbox.len == 0; first; first = false) {"""
TAKE_LINE = "    buf_take(&c->inbox, n + 1);\n"
TOO_LONG = """    if (n >= ANSWER_LINE_MAX) {
        err_set(&c->err, ERR_PROTOCOL, "a line of more than %d bytes in a reply", ANSWER_LINE_MAX);
        return lose(c);
    }
"""
TWO_CODES = "    if (c->reply.code != 0 && c->reply.code != code)\n"
SEND_LOOP = "    while (n > 0) {\n        ssize_t taken"
ENCODED = "        result = send_secret(c, shown, line.data);"
AT_LOGIN = """    int code = send_line(c, "AUTH LOGIN") == 0 ? get_reply(c) : FAILED;
    if (code != 334)
        return not_logged_in(c, code);
"""
AT_USER = """strlen(c->options->user));
    if (code != 334)
        return not_logged_in(c, code);
"""

MUTANTS: tuple[Mutant, ...] = (
    Mutant("one read is one reply", "wire", "early-send", WHOLE_LINE, ONE_READ),
    Mutant("what stands behind the reply is thrown away", "wire", "waits-for-nothing",
           "            return more == FAILED ? FAILED : c->reply.code;",
           "        {\n            buf_clear(&c->inbox);\n            return more == FAILED ? FAILED : c->reply.code;\n"
           "        }"),
    Mutant("only the first line of a reply is read", "wire", "wrong-exit", "    return line[3] == '-';",
           "    return 0;"),
    Mutant("a reply must have a text", "wire", "wrong-exit", 'strchr(" -", line[3])', "!line[3]"),
    Mutant("two codes in one reply: the last counts", "wire", "wrong-exit", TWO_CODES,
           "    if (false)\n"),
    Mutant("any three characters are a code", "wire", "wrong-exit",
           "    if (line[0] < '2' || line[0] > '5' || strspn(line, \"0123456789\") != 3 || "
           '!strchr(" -", line[3]))\n        return -1;\n', ""),
    Mutant("a reply may have any number of lines", "wire", "waits-for-nothing", "lines < ANSWER_LINES_MAX", "lines >= 0"),
    Mutant("the end of file is not seen", "wire", "too-slow", "    if (got == 0) {", "    if (got == -2) {"),
    Mutant("a short write is taken for a whole one", "wire", "waits-for-nothing", SEND_LOOP,
           "    for (bool once = true; once && n > 0; once = false) {\n        ssize_t taken"),
    Mutant("SIGPIPE is not seen to", "wire", "crashed", "    signal(SIGPIPE, SIG_IGN);", "    signal(SIGPIPE, SIG_DFL);"),
    Mutant("the greeting is not looked at", "wire", "greeting-ignored",
           'code == 220 ? OUTCOME_SENT : refused(c, code, "greeting")', "code == FAILED ? OUTCOME_LOST : OUTCOME_SENT"),
    Mutant("no HELO when EHLO is refused", "wire", "closed-early", "    else if (code / 100 == 5)\n", "    else if (false)\n"),
    Mutant("HELO only after 500", "wire", "closed-early", "    else if (code / 100 == 5)\n", "    else if (code == 500)\n"),
    Mutant("base64 with a newline of its own", "wire", "auth-empty-line", ENCODED,
           "    {\n        buf_add_text(&line, \"\\r\\n\");\n        result = send_secret(c, shown, line.data);\n    }"),
    Mutant("a name follows a refused AUTH", "wire", "unknown-command", AT_LOGIN,
           '    int code = send_line(c, "AUTH LOGIN") == 0 ? get_reply(c) : FAILED;\n'),
    Mutant("a password follows a refused name", "wire", "unknown-command", AT_USER, "strlen(c->options->user));\n"),
    Mutant("mail is sent whatever the login came to", "wire", "auth-reply-ignored",
           "code == 235 ? OUTCOME_SENT", "code != FAILED ? OUTCOME_SENT"),
    Mutant("454 is a refusal for good", "wire", "wrong-exit", "outcome == OUTCOME_REFUSED ? OUTCOME_NO_LOGIN : outcome",
           "outcome == OUTCOME_LOST ? outcome : OUTCOME_NO_LOGIN"),
    Mutant("the user is told nothing", "wire", "user-not-told",
           '    tell(c, "%s: the server said %d %s; no mail was sent", what, code, c->reply.text);\n', "    (void)what;\n"),
)
