"""What stands in a file besides what was said: its head, other names for private hosts, and how replies came."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest

from record_kit import Between, body_of, canonical

Connect = Callable[..., Between]
HERE = socket.gethostname()

GREETINGS = [
    (b"220 mail.example.test ESMTP Postfix (Debian/GNU)", "Postfix"),
    (b"220 mail.example.test ESMTP Postfix 3.7.11", "Postfix 3.7.11"),
    (b"220 mail.example.test ESMTP Exim 4.96 Tue, 24 Nov 2026 13:00:00 +0000", "Exim 4.96"),
    (b"220-mail.example.test Dovecot ready.\r\n220 go on", "Dovecot"),
    (b"220 mail.example.test Python SMTP 1.4.6", "aiosmtpd 1.4.6"),
    (b"220 mail.example.test ESMTP Sendmail 8.17.1/8.17.1; Tue, 24 Nov 2026", "Sendmail 8.17.1"),
    (b"220 smtp.example.test ESMTP a1-2.3 - gsmtp", "Gmail"),
    (b"220 mail.example.test ESMTP smtplab sandbox", "smtp-sandbox"),
    (b"220 exim.example.test ESMTP", "a server that does not say what it is"),
    (b"220 mail.example.test", "a server that does not say what it is"),
    (b"220", "a server that does not say what it is"),
    (b"\xff\x00 no greeting", "a server that does not say what it is"),
]


@pytest.mark.parametrize(("greeting", "software"), GREETINGS, ids=[str(number) for number in range(len(GREETINGS))])
def test_the_source(between: Connect, greeting: bytes, software: str) -> None:
    both = between()
    both.say("S", greeting + b"\r\n")
    day = datetime.now(timezone.utc).strftime("%Y-%m-%d")
    head = both.recorder.text().partition("\n\n")[0]
    assert head == f"smtp-transcript 1\ntitle: A recorded session\nsource: recorded ({software}, {day})"
    both.end()
    assert canonical(both.recorder.files()[0]) == both.recorder.text()


def test_title_and_software_can_be_said(between: Connect) -> None:
    both = between("--title", "One\nmessage", "--software", "Postfix 3.7 (Debian 12)")
    both.talk(("S", b"220 mail.example.test ESMTP Exim 4.96\r\n"))
    assert re.search(r"^title: One message\nsource: recorded \(Postfix 3\.7 \(Debian 12\), \d{4}-\d\d-\d\d\)$",
                     both.recorder.text(), re.M)


TALK = [("S", b"220 mx1.corp.lan ESMTP\r\n"), ("C", b"EHLO " + HERE.encode() + b"\r\n"),
        ("S", b"250 mx1.corp.lan at your service, " + HERE.encode() + b" [10.20.30.40]\r\n"),
        ("C", b"MAIL FROM:<alice@" + HERE.encode() + b">\r\n"), ("S", b"250 ok\r\n")]


def test_private_names_are_replaced(between: Connect) -> None:
    both = between()
    both.talk(*TALK)
    both.end()
    assert body_of(both.recorder.text()) == (
        "S: 220 mail.example.test ESMTP\nC: EHLO client-1.example\n"
        "S: 250 mail.example.test at your service, client-1.example [192.0.2.1]\n"
        "C: MAIL FROM:<alice@client-1.example>\nS: 250 ok\n@close\n")


def test_keep_names_keeps_them(between: Connect) -> None:
    both = between("--keep-names")
    both.talk(*TALK)
    both.end()
    said = "".join(f"{who}: {text.decode().strip()}\n" for who, text in TALK)
    assert body_of(both.recorder.text()) == said + "@close\n"


def test_exact_keeps_cuts_and_delays(between: Connect) -> None:
    """The greeting in two pieces and late, then a reply late as a whole."""
    both = between("--exact")
    both.say("S", b"220 ma")
    time.sleep(0.06)  # what is measured here is time itself
    both.say("S", b"il.example.test\r\n")
    both.say("C", b"NOOP\r\n")
    time.sleep(0.06)
    both.say("S", b"250 ok\r\n")
    both.end()
    found = re.fullmatch(r"@write 6,\*\n@gap (\d+)ms\nS: 220 mail.example.test\n"
                         r"C: NOOP\n@wait (\d+)ms\nS: 250 ok\n@close\n", body_of(both.recorder.text()))
    assert found, both.recorder.text()
    assert int(found[1]) >= 55 and int(found[2]) >= 55
    assert canonical(both.recorder.files()[0]) == both.recorder.text()


def test_the_file_is_written_as_it_happens(between: Connect) -> None:
    """What the other side has heard is in the file."""
    both = between()
    expected = ""
    for who, text in TALK:
        both.say(who, text)
        expected = body_of(both.recorder.text())
        assert expected.count("\n") == TALK.index((who, text)) + 1
    assert not expected.endswith("@close\n")


def test_who_leaves_before_anything_is_said_leaves_no_file(between: Connect, tmp_path: Path) -> None:
    both = between()
    both.client.close()
    assert both.server.recv(100) == b""
    assert both.recorder.stop() == 0
    assert both.recorder.files() == [] and "nothing was heard" in both.recorder.said()
