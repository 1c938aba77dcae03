"""Memory that runs out in the server: its own allocations are refused, one a run, from its start to a session's end.

It may say so and end, answer "later", or do without. It neither crashes nor hangs, what it says at its start is
whole, and so is a message that it answered with 250. The plain build: the sanitizers have an allocator of their own.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox_kit import ROOT, SECONDS, Sandbox, Talk

SHIM = ROOT / "tests" / "step" / "failing_malloc.c"
MESSAGE = b"Subject: x\r\n\r\n" + b"a long line " * 80 + b"\r\n"
SAYINGS = (b"EHLO client.example.org\r\n", b"MAIL FROM:<alice@example.org>\r\n", b"RCPT TO:<bob@example.org>\r\n",
           b"VRFY bob\r\n", b"DATA\r\n", MESSAGE + b".\r\n", b"QUIT\r\n")
WORDS = ["listening", "ca", "user", "password-file", "maildir", "ready"]
DOT = 5  # its place among them

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the loader's LD_PRELOAD is Linux's")


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("shim") / "failing_malloc.so"
    subprocess.run(["cc", "-std=c11", "-shared", "-fPIC", "-O1", "-o", library, SHIM], check=True)
    return library


def started(shim: Path, folder: Path, record: bool, **env: str) -> Sandbox | str:
    """One that listens, or what it said when it would not."""
    before = ["env", f"LD_PRELOAD={shim}", *(f"{name}={value}" for name, value in env.items())]
    try:
        options = ["--record", str(folder / "record")] if record else []
        return Sandbox(folder, options, sanitized=False, before=before)
    except AssertionError as reason:
        return str(reason)


def accepted(sandbox: Sandbox) -> bool:
    """Say everything, whatever is answered. Was the message taken?"""
    with Talk(sandbox) as talk:
        replies = [talk.reply()]
        for saying in SAYINGS:
            replies.append(talk.ask(saying) if replies[-1] else "")
        return [reply[:3] for reply in replies[DOT:DOT + 2]] == ["354", "250"]


def fault(shim: Path, folder: Path, record: bool, n: int) -> str:
    """What is wrong when allocation n is refused; "" if nothing is."""
    sandbox = started(shim, folder, record, FAIL_AT=str(n))
    if isinstance(sandbox, str):
        return "" if sandbox.strip() else f"allocation {n}: it ended without a word"
    if list(sandbox.says) != WORDS:
        return f"allocation {n}: it said {sandbox.says}"
    taken = accepted(sandbox)
    sandbox.process.terminate()
    status = sandbox.process.wait(SECONDS)
    if sandbox.process.stdout:
        sandbox.process.stdout.close()
    if status < 0:
        return f"allocation {n}: signal {-status}"
    if taken and MESSAGE not in sandbox.bodies():
        return f"allocation {n}: it answered 250 and has no such message"
    return ""


def faults(shim: Path, folder: Path, record: bool, allocations: range) -> Iterator[str]:
    for n in allocations:
        wrong = fault(shim, folder / str(n), record, n)
        if wrong:
            yield wrong


@pytest.mark.parametrize("record, stride", [(False, 1), (True, 3)], ids=["plain", "recorded"])
def test_each_allocation_may_fail(shim: Path, tmp_path: Path, record: bool, stride: int) -> None:
    """A recorder has some dozen of them a line, the same for each: of those every third will do."""
    count = tmp_path / "count"
    sandbox = started(shim, tmp_path / "whole", record, COUNT_TO=str(count))
    assert isinstance(sandbox, Sandbox) and accepted(sandbox)
    assert sandbox.stop() == 0
    total = int(count.read_text())
    assert total > 30  # else the shim does not see them
    assert list(faults(shim, tmp_path, record, range(1, total + 1, stride))) == []
