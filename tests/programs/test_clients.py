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
FROM, TO = "alice@example.org", "bob@example.org"
MESSAGE = f"From: {FROM}\nTo: {TO}\nSubject: Nothing much\n\nHello World\n"

SMTPLIB = f"""
import os, smtplib
with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])) as server:
    server.sendmail("{FROM}", "{TO}", open("MESSAGE").read())
"""

# It writes the header itself; the file's own Subject and text are taken apart for it.
SNAIL = f"""
file=$1; shift
sed '1,/^$/d' "$file" | s-nail -:/ -S v15-compat -S DEAD=/dev/null -S mta="smtp://$SMTP_HOST:$SMTP_PORT" \\
    -S smtp-auth=none -r {FROM} -s "$(sed -n 's/^Subject: //p' "$file")" "$@"
"""

CURL = ("curl", "-s", "smtp://{addr}", "--mail-from", FROM, "--mail-rcpt", TO, "-T", "MESSAGE")
CLIENTS = {
    "curl": (*CURL, "--crlf"),
    "swaks": ("swaks", "--server", "{host}", "--port", "{port}", "-f", FROM, "-t", TO, "-d", "MESSAGE"),
    "msmtp": ("sh", "-c", f'exec msmtp --host="$SMTP_HOST" --port="$SMTP_PORT" -f {FROM} {TO} <MESSAGE'),
    "s-nail": ("sh", "-c", SNAIL, "s-nail", "MESSAGE", TO),
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


# The same clients where there are several recipients, and where the only one is refused.
THREE = ("bob@example.org", "carol@example.org", "dave@example.org")
LUNCH = f"From: {FROM}\nTo: {', '.join(THREE)}\nSubject: Lunch\n\nAt one?\n"
OCCASIONS = {"several/three-recipients": THREE, "refused/only-rcpt-550": ("nobody@example.org",)}

SMTPLIB_TO = f"""
import os, smtplib, sys
with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])) as server:
    try:
        server.sendmail("{FROM}", sys.argv[2:], open(sys.argv[1]).read())
    except smtplib.SMTPRecipientsRefused:
        sys.exit(1)
"""


def words_of(name: str, file: str, to: tuple[str, ...]) -> list[str]:
    """How each client is told to send the file to these people."""
    msmtp = 'file=$1; shift; exec msmtp --host="$SMTP_HOST" --port="$SMTP_PORT" -f "$@" <"$file"'
    return {
        "curl": ["curl", "-s", "--crlf", "smtp://{addr}", "--mail-from", FROM, "-T", file,
                 *(word for person in to for word in ("--mail-rcpt", person))],
        "swaks": ["swaks", "--server", "{host}", "--port", "{port}", "-f", FROM, "-t", ",".join(to), "-d", file],
        "msmtp": ["sh", "-c", msmtp, "msmtp", file, FROM, *to],
        "s-nail": ["sh", "-c", SNAIL, "s-nail", file, *to],
        "smtplib": [sys.executable, "-c", SMTPLIB_TO, file, *to],
    }[name]


@pytest.mark.parametrize("occasion", OCCASIONS)
@pytest.mark.parametrize("name", CLIENTS)
def test_a_good_client_passes_with_several_and_with_none(name: str, occasion: str, judge: Judge,
                                                         tmp_path: Path) -> None:
    """Each manner of leaving after a refusal is a good one: QUIT, RSET and QUIT, RSET and away."""
    if name != "smtplib":
        need(name)
    file = tmp_path / "lunch.txt"
    file.write_text(LUNCH)
    words = words_of(name, str(file), OCCASIONS[occasion])
    [verdict] = judge(ROOT / "transcripts" / f"{occasion}.smtp", "--", *words)
    assert not [f for f in verdict["findings"] if f["severity"] == "fail"]
    assert verdict["verdict"] == "pass"
    assert ("accepted" in verdict["reached"]) == occasion.startswith("several")


def test_curl_sends_a_file_of_lf_lines_as_it_is(judge: Judge, command: Callable[..., list[str]]) -> None:
    need("curl")
    [verdict] = judge(PLAIN, "--", *command(CURL))
    assert verdict["verdict"] == "fail"
    [finding] = [f for f in verdict["findings"] if f["severity"] == "fail"]
    assert (finding["rule"], finding["got"], finding["at"]) == ("bare-lf", f"From: {FROM}\\n", len(f"From: {FROM}"))


def test_fields_are_filled_in_and_other_braces_left_alone(judge: Judge) -> None:
    script = "import sys; print(sys.argv[1:])"
    [verdict] = judge(PLAIN, "--", sys.executable, "-c", script, "{host}:{port}", "{addr}", "{no such}", "{}", "{{x")
    host_port, addr, *rest = verdict["stdout"].strip("[]\n").split(", ")
    assert host_port == addr != "'127.0.0.1:0'"
    assert rest == ["'{no such}'", "'{}'", "'{x'"]
