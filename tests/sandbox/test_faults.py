"""Trouble on purpose: by option, by mailbox, and the weaknesses of the attack lab."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox_kit import Sandbox, Talk, send

Start = Callable[..., Sandbox]
BODY = b"x\r\n.\r\n"
SCRIPT = (b"EHLO client.example.org\r\n", b"MAIL FROM:<alice@example.org>\r\n", b"RCPT TO:<bob@example.org>\r\n",
          b"RCPT TO:<carol@example.org>\r\n", b"DATA\r\n", BODY, b"QUIT\r\n")


def codes(sandbox: Sandbox) -> str:
    """What is answered to each step; "-" is the end instead of an answer. No message without 354."""
    found: list[str] = []
    with Talk(sandbox) as talk:
        for step in (b"", *SCRIPT):
            if step == BODY and found[-1] != "354":
                continue
            reply = talk.ask(step)
            found.append(reply[:3] or "-")
            if reply in ("", "reset"):
                break
    return " ".join(found)


@pytest.mark.parametrize("fault, expected", [
    ("greeting=421", "421 -"),
    ("greeting=554", "554 503 503 503 503 503 221"),
    ("greeting=drop", "-"),
    ("ehlo=502", "220 502 503 503 503 503 221"),
    ("mail=451", "220 250 451 503 503 503 221"),
    ("rcpt:2=451", "220 250 250 250 451 354 250 221"),
    ("rcpt=drop", "220 250 250 -"),
    ("data=reset", "220 250 250 250 250 res"),
    ("data=421", "220 250 250 250 250 421 -"),
    ("dot=554", "220 250 250 250 250 354 554 221"),
    ("dot=tear:2", "220 250 250 250 250 354 250 221"),
    ("ehlo=delay:50", "220 250 250 250 250 354 250 221"),
    ("quit=drop", "220 250 250 250 250 354 250 -"),
])
def test_by_option_the_same_every_time(start: Start, fault: str, expected: str) -> None:
    sandbox = start("--fault", fault)
    for _ in range(2):
        assert codes(sandbox) == expected


def test_the_first_times_only(start: Start) -> None:
    sandbox = start("--fault", "mail=451*2", "--fault", "dot=drop*1")
    assert [codes(sandbox).split()[2] for _ in range(3)] == ["451", "451", "250"]
    assert codes(sandbox).endswith("250 221")


@pytest.mark.parametrize("fault, offered, answer", [
    ("starttls=strip", False, "50"), ("starttls=454", True, "454"), ("starttls=354", True, "354")])
def test_starttls_that_is_none(start: Start, fault: str, offered: bool, answer: str) -> None:
    sandbox = start("--fault", fault)
    with Talk(sandbox) as talk:
        talk.reply()
        assert ("STARTTLS" in talk.ask(SCRIPT[0])) == offered
        assert talk.ask(b"STARTTLS\r\n").startswith(answer)


def test_bytes_injected_behind_220(start: Start) -> None:
    sandbox = start("--fault", "starttls=inject")
    with Talk(sandbox).hello() as talk:
        assert talk.ask(b"STARTTLS\r\n").startswith("220")
        assert talk.heard  # came in the same write


@pytest.mark.parametrize("mailbox, expected", [
    ("full", "452"), ("unknown", "550"), ("421", "421"), ("451", "451"), ("drop", "-"), ("torn", "250"),
    ("bob", "250")])
def test_by_mailbox(sandbox: Sandbox, mailbox: str, expected: str) -> None:
    with Talk(sandbox).hello() as talk:
        talk.ask(SCRIPT[1])
        assert (talk.ask(f"RCPT TO:<{mailbox}@example.org>\r\n".encode())[:3] or "-") == expected


def test_grey_remembers_over_sessions(sandbox: Sandbox) -> None:
    found = []
    for _ in range(3):
        with Talk(sandbox).hello() as talk:
            talk.ask(SCRIPT[1])
            found.append(talk.ask(b"RCPT TO:<grey@example.org>\r\n")[:3])
    assert found == ["450", "250", "250"]


def test_late_is_refused_after_the_dot_and_not_kept(sandbox: Sandbox) -> None:
    assert send(sandbox, to="late@example.org").startswith("554")
    assert sandbox.messages() == []


# ---- weaknesses --------------------------------------------------------------------------------

SMUGGLED = (b"x\n.\nMAIL FROM:<mallory@example.org>\nRCPT TO:<bob@example.org>\nDATA\nsmuggled\n.\nQUIT\n")


@pytest.mark.parametrize("weak", [True, False])
def test_smuggling(start: Start, weak: bool) -> None:
    sandbox = start("--log", "json", *(["--weak", "smuggling"] if weak else []))
    with Talk(sandbox).hello().mail().data() as talk:
        talk.say(SMUGGLED)
        talk.leave()
    assert sandbox.stop() == 0
    assert len(sandbox.messages()) == (2 if weak else 0)
    assert sandbox.entries()[0]["weak"] == ("smuggling" if weak else None)


@pytest.mark.parametrize("weak", [True, False])
def test_plain_text_behind_starttls(start: Start, weak: bool) -> None:
    """What happened is in the log: without that, a weak session looks like any other there."""
    sandbox = start("--log", "json", *(["--weak", "starttls-injection"] if weak else []))
    with Talk(sandbox).hello() as talk:
        reply = talk.ask(b"STARTTLS\r\nEHLO mallory.example.org\r\n")
        assert reply.startswith("220" if weak else "554")
        if weak:
            assert "mallory.example.org" in talk.tls().reply()
        else:
            assert talk.all() == ""
    assert sandbox.stop() == 0
    told = sandbox.entries()[0]["injected"]
    assert told.startswith("26 bytes came in plain text behind STARTTLS; they were obeyed") if weak else told is None


@pytest.mark.parametrize("weak", [True, False])
def test_a_login_in_clear(start: Start, weak: bool) -> None:
    sandbox = start(*(["--weak", "auth-in-clear"] if weak else []))
    with Talk(sandbox) as talk:
        assert ("auth-in-clear" in talk.reply()) == weak
        assert ("AUTH" in talk.ask(SCRIPT[0])) == weak


@pytest.mark.parametrize("weak", [True, False])
def test_a_header_that_is_believed(start: Start, weak: bool) -> None:
    sandbox = start("--log", "json", *(["--weak", "header-injection"] if weak else []))
    assert send(sandbox, b"Subject: x\r\nBcc: mallory@example.org\r\n\r\nx\r\n").startswith("250")
    assert sandbox.stop() == 0
    assert sandbox.entries()[0]["recipients"] == (2 if weak else 1)
