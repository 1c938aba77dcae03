"""make bench WHAT=client: the solution's client sends a file of 25 MiB, beside curl with the same bytes.

Both send to smtp-sandbox --discard, by turns; each pair of turns gives one ratio, and what is printed is their median
with the least and the most, because machines change their speed from minute to minute. Memory is compared with a
message of 100 KB: a client that streams needs the same for both.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MIB = 1 << 20
LARGE, SMALL = 25 * MIB, 100_000
TIME_GOAL, MEMORY_GOAL = 0.7, 1.1
FROM, TO = "alice@example.org", "bob@example.org"


@dataclass(frozen=True)
class Server:
    """Where the sandbox listens, in plain text and with TLS from the first byte."""

    plain: str
    tls: str
    ca: str


@contextmanager
def sandbox(state: Path) -> Iterator[Server]:
    program = [str(ROOT / "build/bin/smtp-sandbox"), "--discard", "--tls-port", "0", "--state", str(state), "--size",
               str(2 * LARGE), "--log-file", str(state / "log")]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        says: dict[str, str] = {}
        while "ready" not in says:
            word, _, value = process.stdout.readline().strip().partition(" ")
            says[word] = value
        yield Server(says["listening"], says["listening-tls"], says["ca"])
        process.terminate()


def ours(server: Server, tls: bool, file: Path) -> list[str]:
    where = [server.tls, "--tls", "implicit", "--ca", server.ca] if tls else [server.plain, "--tls", "none"]
    return [str(ROOT / "build/solution/client"), "--server", *where, "--auth", "none", "--from", FROM, "--to", TO,
            "--subject", "A file", "--body", "Here it is.", "--attach", str(file)]


def curl(server: Server, tls: bool, file: Path) -> list[str]:
    where = [f"smtps://{server.tls}", "--cacert", server.ca] if tls else [f"smtp://{server.plain}"]
    return ["curl", "-sS", *where, "--mail-from", FROM, "--mail-rcpt", TO, "-F", "=(;type=multipart/mixed",
            "-F", "=Here it is.;type=text/plain", "-F", f"file=@{file};encoder=base64", "-F", "=)",
            "-H", "Subject: A file", "-H", f"From: <{FROM}>", "-H", f"To: <{TO}>"]


@dataclass(frozen=True)
class Cost:
    """Seconds of clock and of processor, and the most memory in KiB."""

    clock: float
    cpu: float
    memory: int


def run(words: list[str]) -> Cost:
    """wait4() tells what this one process used."""
    start = time.monotonic()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"bench: {words[0]} ended with {process.returncode}")
    return Cost(time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss)


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def compare(server: Server, tls: bool, large: Path, small: Path, turns: int) -> bool:
    """Print one line for time, one for memory. Are both goals met?"""
    clocks, cpus, memories = [], [], []
    for turn in range(turns):
        makers = [ours, curl][::1 if turn % 2 else -1]
        costs = {maker: run(maker(server, tls, large)) for maker in makers}
        clocks.append(costs[ours].clock / costs[curl].clock)
        cpus.append(costs[ours].cpu / costs[curl].cpu)
        memories.append(costs[ours].memory / run(ours(server, tls, small)).memory)
    how = "TLS" if tls else "plain"
    print(f"{how:<6} time as a share of curl's  {spread(clocks)}   goal {TIME_GOAL}")
    print(f"{'':<6} processor, likewise        {spread(cpus)}")
    print(f"{'':<6} memory, large to small     {spread(memories)}   goal {MEMORY_GOAL}")
    return statistics.median(clocks) <= TIME_GOAL and statistics.median(memories) <= MEMORY_GOAL


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench client", description=__doc__)
    parser.add_argument("--turns", type=int, default=9, help="pairs of turns for each ratio (default 9)")
    turns = parser.parse_args().turns
    with tempfile.TemporaryDirectory() as folder:
        large, small = Path(folder, "large.bin"), Path(folder, "small.bin")
        large.write_bytes(os.urandom(LARGE))
        small.write_bytes(os.urandom(SMALL))
        with sandbox(Path(folder)) as server:
            met = [compare(server, tls, large, small, turns) for tls in (False, True)]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
