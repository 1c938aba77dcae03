"""Memory that runs out: each allocation of the stepper is refused once. It may say so and leave, it may do without; it
neither crashes nor hangs, and shows nothing raw.

The plain build, as the sanitizers have an allocator of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STEP = ROOT / "build" / "bin" / "smtp-step"
SECONDS = 30  # only one that hangs meets it
SESSION = b"""EHLO client.example.org
:why
MAIL FROM:<alice@example.org>
RCPT TO:<bob@example.org>
:state
DATA
Subject: x

hello
.
:bytes
:findings
:diagram
:explain 550
QUIT
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the loader's LD_PRELOAD is Linux's")


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("shim") / "failing_malloc.so"
    source = Path(__file__).with_name("failing_malloc.c")
    subprocess.run(["cc", "-std=c11", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    return library


def stepped(shim: Path, home: Path, **env: str) -> subprocess.CompletedProcess[bytes]:
    wanted = {**os.environ, "LD_PRELOAD": str(shim), "HOME": str(home), "XDG_STATE_HOME": str(home), **env}
    return subprocess.run([STEP], input=SESSION, capture_output=True, env=wanted, timeout=SECONDS, check=False)


def wrong(shim: Path, home: Path, allocations: range) -> Iterator[str]:
    for n in allocations:
        done = stepped(shim, home, FAIL_AT=str(n))
        if done.returncode < 0:
            yield f"allocation {n}: signal {-done.returncode}"
        if any(byte < 32 and byte not in b"\n\t" for byte in done.stdout):
            yield f"allocation {n}: a raw control byte on the screen"


@pytest.mark.parametrize("part", range(4))
def test_each_allocation_may_fail(shim: Path, tmp_path: Path, part: int) -> None:
    count = tmp_path / "count"
    assert stepped(shim, tmp_path, COUNT_TO=str(count)).returncode == 0
    total = int(count.read_text())
    assert total > 100  # else the shim does not see them
    assert list(wrong(shim, tmp_path, range(1 + part, total + 1, 4))) == []
