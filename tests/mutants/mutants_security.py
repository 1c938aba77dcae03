"""Mutants of security.c, lab 5."""

from __future__ import annotations

from mutant import Mutant

NOT_220 = "    if (code != 220)\n        return failed(c, code, \"STARTTLS\");\n"
VERIFY = "SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);"
OFFER = 'if (!server_offers(c, "STARTTLS", NULL)) {'

MUTANTS: tuple[Mutant, ...] = (
    Mutant("no certificate is looked at", "security", "bad-certificate-accepted", VERIFY,
           "SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);"),
    Mutant("the host is not compared", "security", "bad-certificate-accepted",
           "    if (!expect_host(ctx, c->options->host))", "    if (false && !expect_host(ctx, c->options->host))"),
    Mutant("the CN counts as a name", "security", "bad-certificate-accepted",
           "    return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1 ||\n",
           "    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT);\n    return\n"),
    Mutant("a date that is past does not matter", "security", "bad-certificate-accepted",
           "    X509_VERIFY_PARAM_set_hostflags(",
           "    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME);\n    X509_VERIFY_PARAM_set_hostflags("),
    Mutant("in plain text if STARTTLS is not offered", "security", "starttls-ignored",
           "        return OUTCOME_REFUSED;\n", "        return OUTCOME_SENT;\n"),
    Mutant("in plain text if STARTTLS is refused", "security", "starttls-ignored", NOT_220,
           "    if (code != 220)\n        return code == FAILED ? OUTCOME_LOST : OUTCOME_SENT;\n"),
    Mutant("a handshake whatever the reply was", "security", "tls-too-early", NOT_220,
           "    if (code == FAILED)\n        return failed(c, code, \"STARTTLS\");\n"),
    Mutant("what came behind the 220 is kept", "security", "injected-reply",
           "return c->inbox.len > 0 ? injected(c) : begin_tls(c);", "return begin_tls(c);"),
    Mutant("what came behind the 220 is thrown away", "security", "injected-reply",
           "return c->inbox.len > 0 ? injected(c) : begin_tls(c);", "buf_clear(&c->inbox);\n    return begin_tls(c);"),
    Mutant("no second EHLO", "security", "starttls-no-ehlo", "result == 0 ? say_hello(c)",
           "result == 0 ? OUTCOME_SENT"),
    Mutant("the second EHLO's answer is not kept", "security", "user-not-told",
           "    c->offered[0] = '\\0';\n    int result = handshake(c);\n",
           "    char old[ANSWER_TEXT_MAX];\n    memcpy(old, c->offered, sizeof old);\n"
           "    int result = handshake(c);\n    if (result == 0) {\n        int code = say_hello(c);\n"
           "        memcpy(c->offered, old, sizeof old);\n        return code;\n    }\n"),
    Mutant("implicit TLS without a handshake", "security", "tls-missing",
           "int security_implicit(struct client *c) {\n    return handshake(c);",
           "int security_implicit(struct client *c) {\n    (void)c;\n    return 0;"),
    Mutant("every trouble in a handshake is the certificate's", "security", "wrong-exit",
           "say_hello(c) : failed(c, result, \"TLS\")",
           "say_hello(c) : (failed(c, result, \"TLS\"), OUTCOME_NO_LOGIN)"),
    Mutant("abort() where the handshake fails", "security", "crashed", "    int result = handshake(c);\n",
           "    int result = handshake(c);\n    if (result != 0)\n        abort();\n"),
    Mutant("a refused certificate is a lost connection", "security", "wrong-exit",
           '        tell(c, "%s: %s; no mail was sent", what, client_error(c));\n'
           "        return outcome_of_error(c->err.kind);",
           '        tell(c, "%s: %s; no mail was sent", what, client_error(c));\n        return OUTCOME_LOST;'),
)
