"""Mutants of wire.c, lab 4."""

from __future__ import annotations

from mutant import Mutant

WHOLE_LINE = """    const char *end = memchr(c->inbox.data, '\\n', c->inbox.len);
    while (!end && c->inbox.len < ANSWER_LINE_MAX) {
        if (read_more(c) == FAILED)
            return FAILED;
        end = memchr(c->inbox.data, '\\n', c->inbox.len);
    }
"""
AT_THE_CR = """    if (c->inbox.len == 0 && read_more(c) == FAILED)
        return FAILED;
    if (c->inbox.data[0] == '\\n')
        buf_take(&c->inbox, 1);
""" + WHOLE_LINE.replace("'\\n'", "'\\r'")
ONE_READ = """    const char *end = NULL;
    if (c->inbox.len == 0 && read_more(c) == FAILED)
        return FAILED;
    end = memchr(c->inbox.data, '\\n', c->inbox.len);
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
    Mutant("a line is whole at its CR", "wire", "early-send", WHOLE_LINE, AT_THE_CR),
    Mutant("one read is one line", "wire", "early-send", WHOLE_LINE, ONE_READ),
    Mutant("the greeting has one line", "wire", "talk-before-greeting",
           "    int code = get_reply(c); /* the server speaks first */",
           "    int code = read_reply_line(c) == FAILED ? FAILED : c->reply.code;"),
    Mutant("a line may be as long as it likes", "wire", "waits-for-nothing",
           "    while (!end && c->inbox.len < ANSWER_LINE_MAX) {\n",
           "    while (!end) {\n        if (c->inbox.len >= ANSWER_LINE_MAX)\n            buf_clear(&c->inbox);\n"),
    Mutant("what is no reply is passed over", "wire", "waits-for-nothing",
           '        return err_set(&c->err, ERR_PROTOCOL, "the server sent what is no SMTP reply: %.200s", line);',
           "        return 1;"),
    Mutant("any yes is a greeting", "wire", "wrong-command",
           '    return code == 220 ? OUTCOME_SENT : refused(c, code, "greeting");',
           '    return code / 100 == 2 ? OUTCOME_SENT : refused(c, code, "greeting");'),
    Mutant("a read that failed is tried again", "wire", "too-slow",
           "        return FAILED; /* get_some() has said why */", "        return 0;"),
    Mutant("what stands behind the reply is thrown away", "wire", "waits-for-nothing",
           "            return more == FAILED ? FAILED : c->reply.code;",
           "        {\n            buf_clear(&c->inbox);\n            return more == FAILED ? FAILED : c->reply.code;\n"
           "        }"),
    Mutant("only the first line of a reply is read", "wire", "early-send", "    return line[3] == '-';",
           "    return 0;"),
    Mutant("a reply must have a text", "wire", "wrong-command", 'strchr(" -", line[3])',
           "strchr(\" -\", line[3] ? line[3] : 'x')"),
    Mutant("two codes in one reply: the last counts", "wire", "wrong-command", TWO_CODES,
           "    if (false)\n"),
    Mutant("any three characters are a code", "wire", "wrong-command",
           "    if (line[0] < '2' || line[0] > '5' || strspn(line, \"0123456789\") != 3 || "
           '!strchr(" -", line[3]))\n        return -1;\n', ""),
    Mutant("a reply may have any number of lines", "wire", "waits-for-nothing", "lines < ANSWER_LINES_MAX",
           "lines >= 0"),
    Mutant("the end of file is not seen", "wire", "too-slow", "    if (got == 0) {", "    if (got == -2) {"),
    Mutant("a short write is taken for a whole one", "wire", "no-line-end", SEND_LOOP,
           "    for (bool once = true; once && n > 0; once = false) {\n        ssize_t taken"),
    Mutant("SIGPIPE is not seen to", "wire", "crashed", "    signal(SIGPIPE, SIG_IGN);",
           "    signal(SIGPIPE, SIG_DFL);"),
    Mutant("a refusing greeting is told, and that is all", "wire", "greeting-ignored",
           'code == 220 ? OUTCOME_SENT : refused(c, code, "greeting")',
           'code / 100 < 4 && code != 220 ? refused(c, code, "greeting") : (refused(c, code, '
           '"greeting"), OUTCOME_SENT)'),
    Mutant("EHLO refused, no HELO tried", "wire", "wrong-command", "    else if (code / 100 == 5)\n",
           "    else if (false)\n"),
    Mutant("HELO only after 500", "wire", "wrong-command", "    else if (code / 100 == 5)\n",
           "    else if (code == 500)\n"),
    Mutant("base64 with a newline of its own", "wire", "early-send", ENCODED,
           '    {\n        buf_add_text(&line, "\\r\\n");\n        result = send_secret(c, shown, line.data);\n    }'),
    Mutant("a name follows a refused AUTH", "wire", "unknown-command", AT_LOGIN,
           '    int code = send_line(c, "AUTH LOGIN") == 0 ? get_reply(c) : FAILED;\n'),
    Mutant("a password follows a refused name", "wire", "unknown-command", AT_USER, "strlen(c->options->user));\n"),
    Mutant("mail is sent whatever the login came to", "wire", "auth-reply-ignored",
           "code == 235 ? OUTCOME_SENT", "code != FAILED ? OUTCOME_SENT"),
    Mutant("454 is a refusal for good", "wire", "wrong-exit", "outcome == OUTCOME_REFUSED ? OUTCOME_NO_LOGIN : outcome",
           "outcome == OUTCOME_LOST ? outcome : OUTCOME_NO_LOGIN"),
    Mutant("the user is told nothing", "wire", "user-not-told",
           '    tell(c, "%s: the server said %d %s; no mail was sent", what, code, c->reply.text);\n',
           "    (void)what;\n"),
)
