"""Small mistakes of students, each made in a copy of the solution: each is found, and by its own rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLAIN = "transcripts/plain/one-message.smtp"
TORN = "transcripts/torn/torn-reply.smtp"
TYPED = "transcripts/keyboard/two-messages.smtp"
ONE_REFUSED = "transcripts/refused/rcpt-550.smtp"
ALL_REFUSED = "transcripts/refused/only-rcpt-550.smtp"
DATA_REFUSED = "tests/mutants/data-554.smtp"


@dataclass(frozen=True)
class Mutant:
    """One mistake: in this file this text becomes that, and this transcript finds these rules."""

    name: str
    file: str
    old: str
    new: str
    rules: tuple[str, ...]
    transcript: str = PLAIN
    options: tuple[str, ...] = ("--scale", "100")  # found by proof, or far too late


MAIL = 'send_line(c, "MAIL FROM:<%s>", sender) == -1'
MAIL_STEP = f"if ({MAIL})\n        return FAILED;\n    return get_reply(c);"
DATA_STEP = 'if (send_line(c, "DATA") == -1)\n        return FAILED;\n    return get_reply(c);'
SHORT = ("--scale", "0.05")  # what only the clock can end

MUTANTS = (
    Mutant("bare_lf", "steps", MAIL, '(void)sender, add_bytes(c, "MAIL FROM:<alice@example.org>\\n", 30) == -1',
           ("bare-lf",)),
    Mutant("no_line_end", "steps", MAIL, '(void)sender, add_bytes(c, "MAIL FROM:<alice@example.org>", 29) == -1',
           ("no-line-end",)),
    Mutant("sizeof_for_strlen", "steps", MAIL,
           '(void)sender, add_bytes(c, "MAIL FROM:<alice@example.org>\\r\\n", 32) == -1', ("nul-byte",)),
    Mutant("no_brackets", "steps", "MAIL FROM:<%s>", "MAIL FROM:%s", ("no-angle-brackets",)),
    Mutant("no_colon", "steps", "RCPT TO:<%s>", "RCPT TO <%s>", ("bad-argument",)),
    Mutant("wrong_verb", "steps", "RCPT TO:<%s>", "RECIPIENT TO:<%s>", ("unknown-command",)),
    Mutant("sender_as_recipient", "session", "send_rcpt_to(c, m->to[i])", "send_rcpt_to(c, m->from)",
           ("wrong-address", "wrong-recipients")),
    Mutant("no_dot_stuffing", "steps", "*text == '.' && add_bytes", "*text == '\\0' && add_bytes",
           ("dot-stuffing",), TYPED),
    Mutant("no_blank_line", "steps", 'return add_line(c, "%s", "");', "return 0;", ("no-blank-line",)),
    Mutant("no_subject", "steps", "m->subject && ", "!m->subject && ", ("header-missing",)),
    Mutant("no_end_dot", "steps", ' || send_line(c, ".") == -1)', ")", ("no-end-dot",)),
    Mutant("dot_without_crlf", "steps", 'send_line(c, ".") == -1', 'add_bytes(c, ".", 1) == -1', ("no-line-end",)),
    Mutant("no_quit", "session", "if (c->reply.code != 421)\n        send_quit(c);", "(void)c;", ("no-quit",)),
    Mutant("ignores_recipient_refused", "session",
           "if (offer_recipients(c, m, &outcome) == 0)\n        return outcome;",
           "offer_recipients(c, m, &outcome);", ("reply-ignored",), ALL_REFUSED),
    Mutant("gives_up_at_first_refusal", "session", "count++;\n            continue;\n        }",
           "count++;\n            continue;\n        }\n        c->in_transaction = false;\n"
           "        report(c, code, m->to[i]);\n        *outcome = OUTCOME_REFUSED;\n        return 0;",
           ("wrong-command",), ONE_REFUSED),
    Mutant("ignores_354", "session", 'code == 354 ? send_text(c, m) : report(c, code, "DATA")',
           "(report(c, code, \"DATA\"), send_text(c, m))", ("data-before-354",), DATA_REFUSED),
    Mutant("says_all_went_well", "session", "return outcome == OUTCOME_SENT ? failure : outcome;",
           "return outcome == OUTCOME_SENT ? failure : OUTCOME_SENT;", ("wrong-exit",), ONE_REFUSED),
    Mutant("keeps_quiet", "session", "int failure = report(c, code, m->to[i]);",
           "int failure = OUTCOME_REFUSED;", ("user-not-told",), ONE_REFUSED),
    Mutant("sends_before_reply", "steps", MAIL_STEP, f"if ({MAIL})\n        return FAILED;\n    return 250;",
           ("early-send",), TORN),
    Mutant("crash", "steps", DATA_STEP, "*(volatile int *)0 = (int)(size_t)c;\n    return 354;", ("crashed",)),
    Mutant("hang", "steps", DATA_STEP, "(void)c;\n    for (volatile int i = 0;; i++) {\n    }", ("too-slow",),
           PLAIN, SHORT),
    Mutant("flood", "steps", DATA_STEP, '(void)c;\n    for (;;)\n        puts("sending, sending, sending");',
           ("flood",)),
    Mutant("flood_of_commands", "steps", DATA_STEP,
           'for (;;)\n        if (send_line(c, "NOOP") == -1 || get_reply(c) == FAILED)\n            return FAILED;',
           ("flood",)),
    Mutant("leaves_in_the_middle", "steps", DATA_STEP, "(void)c;\n    exit(0);", ("closed-early",)),
    Mutant("connects_twice", "session", "if (c->reply.code != 421)\n        send_quit(c);",
           "send_quit(c);\n    connect_to_server(c);", ("second-connection",)),
    Mutant("waits_for_a_second_reply", "steps", MAIL_STEP,
           f"if ({MAIL} || get_reply(c) == FAILED)\n        return FAILED;\n    return get_reply(c);",
           ("waits-for-nothing",)),
    Mutant("reads_standard_input", "steps", DATA_STEP,
           "(void)c;\n    while (getchar() != 'y') {\n    }\n    return 354;", ("waits-for-input",)),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
def test_each_mistake_is_its_own_finding(mutant: Mutant, client_of: Callable[..., Path],
                                         judge: Callable[..., list[dict[str, Any]]]) -> None:
    text = (ROOT / "solution" / f"{mutant.file}.c").read_text()
    assert text.count(mutant.old) == 1, f"{mutant.name}: the text to change must be there once"
    client = client_of({mutant.file: "#include <stdlib.h>\n" + text.replace(mutant.old, mutant.new)})
    [verdict] = judge(*mutant.options, ROOT / mutant.transcript, "--client", client)
    fails = tuple(f["rule"] for f in verdict["findings"] if f["severity"] == "fail")
    assert fails == mutant.rules, verdict
    assert verdict["verdict"] == "fail"
    assert verdict["backstop"] == (mutant.options == SHORT)


HEADER = ('''    if (add_line(c, "From: <%s>", m->from) == -1 || add_to(c, m) == -1)
        return -1;
    if (m->subject && add_line(c, "Subject: %s", m->subject) == -1)
        return -1;
''', '''    if (m->subject && (add_line(c, "SUBJECT:") == -1 || add_line(c, " %s", m->subject) == -1))
        return -1;
    if (add_to(c, m) == -1 || add_line(c, "from: \\"A. (x) Lice\\"") == -1 ||
        add_line(c, "\\t<%s> (that is me)", m->from) == -1)
        return -1;
''')
LITERAL = ('"%s %s", verb, c->own_name', '"%s %s", *verb == \'E\' ? "ehlo" : "helo", "[127.0.0.1]"')
QUIT = 'send_line(c, "QUIT") == -1'
NUL = "buf_add_char(&plain, '\\0') == -1 || buf_add_text"
AGAIN = "transcripts/wire/ehlo-500.smtp"

# Unusual, and right: (file, what is said in another way, where)
RIGHT = {
    "verbs_in_small_letters": ("steps", (("MAIL FROM", "mail from"), ("RCPT TO", "Rcpt to"), ("QUIT", "quit")), PLAIN),
    "fields_folded_in_another_order": ("steps", (HEADER,), PLAIN),
    "rset_before_quit": ("steps", ((QUIT, f'send_line(c, "RSET") == -1 || get_reply(c) == FAILED || {QUIT}'),), PLAIN),
    "ehlo_with_a_literal": ("wire", (LITERAL,), "transcripts/wire/one-message.smtp"),
    "ehlo_in_small_letters_then_helo": ("wire", (LITERAL,), AGAIN),
    "a_write_for_each_byte": ("wire", (("put_some(c, at, n)", "put_some(c, at, 1)"),), AGAIN),
    "plain_as_oneself": ("auth", ((NUL, f"buf_add_text(&plain, c->options->user) == -1 || {NUL}"),),
                         "transcripts/auth/plain.smtp"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_unusual_and_right_is_no_mistake(name: str, client_of: Callable[..., Path],
                                                 judge: Callable[..., list[dict[str, Any]]]) -> None:
    file, changes, transcript = RIGHT[name]
    text = (ROOT / "solution" / f"{file}.c").read_text()
    for old, new in changes:
        assert text.count(old) == 1, f"{name}: the text to change must be there once"
        text = text.replace(old, new)
    [verdict] = judge(ROOT / transcript, "--client", client_of({file: text}))
    assert verdict["verdict"] == "pass", verdict


def test_a_program_that_never_connects(program_of: Callable[[Path], Path],
                                       judge: Callable[..., list[dict[str, Any]]]) -> None:
    program = program_of(ROOT / "tests" / "mutants" / "never_connects.c")
    [verdict] = judge("--scale", "100", ROOT / PLAIN, "--client", program)
    assert [f["rule"] for f in verdict["findings"]] == ["no-connection"]
    assert verdict["reached"] == []


def test_a_memory_error_is_named_by_the_sanitizers(client_of: Callable[..., Path],
                                                   judge: Callable[..., list[dict[str, Any]]]) -> None:
    text = (ROOT / "solution" / "steps.c").read_text()
    bad = ("volatile size_t n = 2;\n    volatile char *p = malloc(n);\n    p[n] = (char)c->lost;\n"
           "    free((void *)p);\n    " + DATA_STEP)
    client = client_of({"steps": "#include <stdlib.h>\n" + text.replace(DATA_STEP, bad)}, sanitized=True)
    [verdict] = judge(ROOT / PLAIN, "--client", client)
    assert [f["rule"] for f in verdict["findings"]] == ["memory-error"]
    assert "heap-buffer-overflow" in verdict["stderr"]
    assert verdict["exit"] == 99
