"""smtp-replay without a client of its own: it judges whoever connects."""

from __future__ import annotations

import os
import re
import shlex
import smtplib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRANSCRIPTS = ROOT / "transcripts"
PLAIN = TRANSCRIPTS / "plain" / "one-message.smtp"
REFUSED = TRANSCRIPTS / "refused" / "rcpt-550.smtp"
MESSAGE = "From: alice@example.org\nTo: bob@example.org\nSubject: Nothing much\n\nHello World\n"

Process = subprocess.Popen[str]
Replay = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def visited(replay_program: Path, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start smtp-replay without a client of its own; ended with the test."""
    started = []

    def start(*words: Any) -> Process:
        process = subprocess.Popen([str(word) for word in (replay_program, *words)], stdout=subprocess.PIPE, text=True,
                                   env={**os.environ, "TMPDIR": str(tmp_path)})
        started.append(process)
        return process
    yield start
    for process in started:
        process.kill()
        process.communicate()


def port_of(process: Process) -> int:
    assert process.stdout
    first = process.stdout.readline()
    listening = re.fullmatch(r"listening 127\.0\.0\.1:(\d+)\n", first)
    assert listening, first
    return int(listening[1])


def test_a_visitor_is_judged(visited: Callable[..., Process]) -> None:
    process = visited(PLAIN)
    with smtplib.SMTP("127.0.0.1", port_of(process)) as server:
        server.sendmail("alice@example.org", "bob@example.org", MESSAGE)
    report, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert report == f"pass  {PLAIN}\n"


def test_a_visitor_who_leaves_is_told(visited: Callable[..., Process]) -> None:
    process = visited(PLAIN)
    server = smtplib.SMTP("127.0.0.1", port_of(process))
    server.ehlo()
    server.close()
    report, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "rule closed-early" in report


def test_print_run_is_what_the_client_is_run_with(visited: Callable[..., Process], replay: Replay,
                                                  solution: Path) -> None:
    """As `make debug` does it: a server without a client, and the client by hand."""
    process = visited(REFUSED)
    printed = replay("--print-run", f"127.0.0.1:{port_of(process)}", REFUSED)
    assert printed.returncode == 0
    words = shlex.split(printed.stdout)
    assert words[:2] == ["--tls", "none"] and "At one?" in words
    assert Path(words[words.index("--ca") + 1]).exists(), "what it names is there when the client runs"
    done = subprocess.run([solution, *words], capture_output=True, text=True, check=False, timeout=60)
    report, _ = process.communicate(timeout=60)
    assert (done.returncode, process.returncode) == (69, 0), report
