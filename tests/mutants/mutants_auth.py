"""Mutants of auth.c, lab 7."""

from __future__ import annotations

from mutant import Mutant

FIRST_NUL = "    if (buf_add_char(&plain, '\\0') == -1 || buf_add_text(&plain, c->options->user) == -1 ||"
PRIVATE = "    int result = check_private(c, file, path);"
ASKED = "    if (code == 334 && (!fits || c->reply.text[0] == '\\0'))"
OFFERED = 'server_offers(c, "AUTH", m->name);'
SUITS = f"{OFFERED}\n}}\n\nint auth_choose"
ENCODED = "encode_base64(&line, bytes->data, bytes->len) == -1"
OUTCOME = "    return outcome == OUTCOME_REFUSED ? OUTCOME_NO_LOGIN : outcome;"

MUTANTS: tuple[Mutant, ...] = (
    # ---- the secret ----
    Mutant("a file that others can read is taken", "auth", "wrong-exit", PRIVATE, "    int result = 0;"),
    Mutant("a file that its group can read is taken", "auth", "wrong-exit", "(S_IRWXG | S_IRWXO)", "S_IRWXO"),
    Mutant("the chmod is not named", "auth", "user-not-told", "others may read it; chmod 600 it first",
           "others may read it"),
    Mutant("the status of the command is ignored", "auth", "wrong-exit",
           "if (result == 0 && (status == -1 || !came_through(status)))", "if (result == 0 && status == -1)"),
    Mutant("an empty secret is a secret", "auth", "wrong-exit", "    if (len == 0)\n", "    if (len == 0 && !c)\n"),
    Mutant("a line of megabytes is cut", "auth", "wrong-exit", "    if (len == c->secret.max)\n",
           "    if (len == c->secret.max && !c)\n"),
    Mutant("the line end belongs to the password", "auth", "wrong-credentials",
           'size_t len = strcspn(c->secret.data, "\\r\\n");', "size_t len = c->secret.len;"),
    Mutant("the CR belongs to the password", "auth", "wrong-credentials",
           'size_t len = strcspn(c->secret.data, "\\r\\n");', 'size_t len = strcspn(c->secret.data, "\\n");'),
    # ---- the choice ----
    Mutant("PLAIN before XOAUTH2 for a token", "auth", "wrong-command",
           "m->for_token == (c->options->token_command != NULL) &&", "!m->for_token &&"),
    Mutant("CRAM-MD5 before PLAIN inside TLS", "auth", "wrong-command",
           "        if (suits(c, &methods[i]))\n            return (int)methods[i].method;",
           "        if (suits(c, &methods[METHODS - 1 - i]))\n"
           "            return (int)methods[METHODS - 1 - i].method;"),
    Mutant("PLAIN without TLS, unasked", "auth", "secret-shown", "(c->secure || m->hides_secret) &&", "true &&"),
    Mutant("PLAIN whether it is offered or not", "auth", "wrong-command", SUITS, SUITS.replace(OFFERED, "true;")),
    Mutant("what the user named does not count", "auth", "wrong-command", "    if (named)\n", "    if (named && !c)\n"),
    Mutant("nothing is said of a method not offered", "auth", "user-not-told",
           '        tell(c, "note: the server does not offer',
           '        (void)snprintf(NULL, 0, "note: the server does not offer'),
    # ---- what is sent ----
    Mutant("PLAIN without the NUL in front", "auth", "wrong-credentials", FIRST_NUL,
           "    if (buf_add_text(&plain, c->options->user) == -1 ||"),
    Mutant("PLAIN in one line however long", "auth", "not-these-bytes",
           "bool fits = strlen(front) + (response->len + 2) / 3 * 4 <= COMMAND_LINE_MAX;", "bool fits = true;"),
    Mutant("PLAIN: 334 is a refusal", "auth", "wrong-credentials", ASKED, "    if (code == 334 && !fits)"),
    Mutant("CRAM-MD5 of the challenge in base64", "auth", "wrong-credentials",
           "c->secret.len, challenge->data, challenge->len, proof)",
           "c->secret.len, c->reply.text, strlen(c->reply.text), proof)"),
    Mutant("CRAM-MD5: key and text changed places", "auth", "wrong-credentials",
           "encode_hmac_md5(c->secret.data, c->secret.len, challenge->data, challenge->len, proof)",
           "encode_hmac_md5(challenge->data, challenge->len, c->secret.data, c->secret.len, proof)"),
    Mutant("XOAUTH2 with one ^A at the end", "auth", "wrong-credentials", 'buf_add_text(&response, "\\1\\1")',
           'buf_add_text(&response, "\\1")'),
    Mutant("base64 with a CRLF of its own", "auth", "early-send", ENCODED,
           f"{ENCODED} || buf_add_text(&line, \"\\r\\n\") == -1"),
    Mutant("base64 with a line feed of its own", "auth", "bare-lf", ENCODED,
           f"{ENCODED} || buf_add_char(&line, '\\n') == -1"),
    Mutant("the password in a message for debugging", "auth", "secret-shown",
           "    int code = m ? m->run(c) : FAILED;\n",
           '    tell(c, "debug: %s", c->secret.data);\n    int code = m ? m->run(c) : FAILED;\n'),
    # ---- listening ----
    Mutant("XOAUTH2: waits for more behind the reasons", "auth", "waits-for-nothing",
           'code = send_line(c, "%s", "") == 0 ? get_reply(c) : FAILED; /* only', "code = get_reply(c); /* only"),
    Mutant("XOAUTH2: the reasons are kept to itself", "auth", "user-not-told", "    tell_reasons(c);\n",
           "    (void)tell_reasons;\n"),
    Mutant("502 means nothing to it", "auth", "user-not-told", "    {502, NULL, NULL, NO_METHOD},\n", ""),
    Mutant("CRAM-MD5: the digest in capital letters", "auth", "wrong-credentials",
           "    buf_init(&answer, SEND_LINE_MAX);\n    int code =\n",
           "    for (char *at = proof; *at; at++)\n        *at = (char)(*at >= 'a' ? *at - 32 : *at);\n"
           "    buf_init(&answer, SEND_LINE_MAX);\n    int code =\n"),
    Mutant("XOAUTH2: the 334 with reasons is the last word", "auth", "wrong-command", "    tell_reasons(c);\n",
           "    tell_reasons(c);\n    return code;\n"),
    Mutant("a challenge that is no base64 is answered", "auth", "wrong-credentials",
           '        code = cancel(c, "the server\'s challenge is not base64");',
           "        code = answer_challenge(c, &challenge);"),
    Mutant("answers 334 as long as it comes", "auth", "wrong-command",
           '    return code == 334 ? cancel(c, "PLAIN has nothing more to say, but the server asks on") : code;',
           "    while (code == 334)\n        code = send_auth_plain(c);\n    return code;"),
    Mutant("a refused login is no failure", "auth", "auth-reply-ignored",
           "return code == 235 ? OUTCOME_SENT : not_logged_in(c, m, code);",
           "return code > 0 && code != 421 ? OUTCOME_SENT : not_logged_in(c, m, code);"),
    Mutant("a refused login is 69", "auth", "wrong-exit", OUTCOME, "    return outcome;"),
    Mutant("a login refused for now is 77", "auth", "wrong-exit", OUTCOME,
           "    (void)outcome;\n    return OUTCOME_NO_LOGIN;"),
    Mutant("every 535 is a wrong password", "auth", "user-not-told", '{535, NULL, "google.com", APPLICATION},\n', "\n"),
    Mutant("every refusal is a wrong password", "auth", "user-not-told", "            return r->meaning;",
           '            return "wrong user name or password";'),
    Mutant("what the server said is not shown", "auth", "user-not-told",
           'the server said %d %s: %s", m->name, code, c->reply.text, why);',
           'the server said %d: %s", m->name, code, why);'),
)
