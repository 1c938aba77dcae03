"""Clients that others wrote, against the plain message: each says the same in its own way, and passes."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLAIN = ROOT / "transcripts" / "plain" / "one-message.smtp"
MESSAGE = "Subject: Nothing much\n\nHello World\n"
FROM, TO = "alice@example.org", "bob@example.org"

SMTPLIB = f"""
import os, smtplib
with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])) as server:
    server.sendmail("{FROM}", "{TO}", open("MESSAGE").read())
"""

CURL = ("curl", "-s", "smtp://{addr}", "--mail-from", FROM, "--mail-rcpt", TO, "-T", "MESSAGE")
CLIENTS = {
    "curl": (*CURL, "--crlf"),
    "swaks": ("swaks", "--server", "{host}", "--port", "{port}", "-f", FROM, "-t", TO, "-d", "MESSAGE"),
    "msmtp": ("sh", "-c", f'exec msmtp --host="$SMTP_HOST" --port="$SMTP_PORT" -f {FROM} {TO} <MESSAGE'),
    "smtplib": (sys.executable, "-c", SMTPLIB),
}

Judge = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def command(tmp_path: Path) -> Callable[[tuple[str, ...]], list[str]]:
    """The words of a client with the file of the message filled in."""
    file = tmp_path / "message.txt"
    file.write_text(MESSAGE)
    return lambda words: [word.replace("MESSAGE", str(file)) for word in words]


def need(program: str) -> None:
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed: scripts/install-deps test")


@pytest.mark.parametrize("name", CLIENTS)
def test_a_good_client_passes(name: str, judge: Judge, command: Callable[..., list[str]]) -> None:
    if name != "smtplib":
        need(name)
    [verdict] = judge(PLAIN, "--", *command(CLIENTS[name]))
    assert verdict["verdict"] == "pass", verdict
    assert verdict["exit"] == 0
    assert {"connect", "hello", "mail", "rcpt", "data", "message", "accepted", "quit"} <= set(verdict["reached"])
    assert not [f for f in verdict["findings"] if f["severity"] == "fail"]


def test_curl_sends_a_file_of_lf_lines_as_it_is(judge: Judge, command: Callable[..., list[str]]) -> None:
    need("curl")
    [verdict] = judge(PLAIN, "--", *command(CURL))
    assert verdict["verdict"] == "fail"
    [finding] = [f for f in verdict["findings"] if f["severity"] == "fail"]
    assert (finding["rule"], finding["got"], finding["at"]) == ("bare-lf", "Subject: Nothing much\\n", 21)


def test_fields_are_filled_in_and_other_braces_left_alone(judge: Judge) -> None:
    script = "import sys; print(sys.argv[1:])"
    [verdict] = judge(PLAIN, "--", sys.executable, "-c", script, "{host}:{port}", "{addr}", "{no such}", "{}", "{{x")
    host_port, addr, *rest = verdict["stdout"].strip("[]\n").split(", ")
    assert host_port == addr != "'127.0.0.1:0'"
    assert rest == ["'{no such}'", "'{}'", "'{x'"]
