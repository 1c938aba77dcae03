"""make bench WHAT=sandbox: smtp-sandbox against Postfix's smtp-sink, both driven by Postfix's smtp-source.

Only ratios of one run mean anything: machines change their speed from moment to moment. So the two servers take
many short turns, each pair of turns gives one ratio, and what is printed is their median and where half of them lie.
Processor time is the server's alone, in nanoseconds from its clock: /proc counts in hundredths of a second, which is a
quarter of a short turn. With many sessions the generator is what limits messages a second.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
POSTFIX = ROOT / "build" / "peers" / "postfix"
LENGTH = 4096
BIG = 36_000_000
BIG_SHARE = 8  # so many pairs of the others to one of the big message, which takes long


@dataclass(frozen=True)
class Server:
    """One that runs: where, and as which process."""

    address: str
    port: int
    pid: int

    def cpu(self) -> float:
        """Seconds of processor that all its threads have used."""
        clock = ctypes.c_int()
        if ctypes.CDLL(None).clock_getcpuclockid(self.pid, ctypes.byref(clock)) != 0:
            sys.exit("bench: a server has ended")
        return time.clock_gettime(clock.value)


@dataclass(frozen=True)
class Mode:
    """How smtp-source sends: sessions at a time, messages in all, whether a session carries many of them."""

    name: str
    sessions: int
    messages: int
    many: bool


MODES = (
    Mode("1 session, 1 message each", 1, 200, False),
    Mode("1 session, many", 1, 500, True),
    Mode("20 sessions, 1 message each", 20, 400, False),
    Mode("20 sessions, many", 20, 1200, True),
)


# ---- the servers -------------------------------------------------------------------------------


def peer_env() -> dict[str, str]:
    libraries = f"{POSTFIX}/usr/lib/postfix:{POSTFIX}/usr/lib/x86_64-linux-gnu"
    return {**os.environ, "LD_LIBRARY_PATH": libraries}


def wait_for(address: str, port: int) -> None:
    """smtp-sink does not say when it listens."""
    for _ in range(500):
        try:
            socket.create_connection((address, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.01)
    sys.exit("bench: smtp-sink does not come up")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


@contextmanager
def sink() -> Iterator[Server]:
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []  # it refuses to be root
    program = [str(POSTFIX / "usr/sbin/smtp-sink"), *user, f"127.0.0.1:{port}", "1000"]
    with subprocess.Popen(program, env=peer_env(), stderr=subprocess.DEVNULL) as process:
        wait_for("127.0.0.1", port)
        yield Server("127.0.0.1", port, process.pid)
        process.kill()


@contextmanager
def sandbox() -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as state:
        program = [str(ROOT / "build/bin/smtp-sandbox"), "--discard", "--state", state, "--log-file", f"{state}/log"]
        with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            address, _, port = process.stdout.readline().removeprefix("listening ").strip().rpartition(":")
            yield Server(address, int(port), process.pid)
            process.terminate()


# ---- what is measured --------------------------------------------------------------------------


def generate(mode: Mode, server: Server) -> None:
    words = ["-s", mode.sessions, *(["-d"] if mode.many else []), "-m", mode.messages, "-l", LENGTH,
             "-f", "alice@example.org", "-t", "bob@example.org", f"{server.address}:{server.port}"]
    done = subprocess.run([str(POSTFIX / "usr/sbin/smtp-source"), *map(str, words)], env=peer_env(),
                          capture_output=True, text=True, check=False)
    if done.returncode != 0 or done.stderr:
        sys.exit(f"bench: smtp-source: {done.stderr.strip()}")


def send_big(server: Server, body: bytes) -> None:
    """One message of 36 MB, ready in memory: here only the server works."""
    with socket.create_connection((server.address, server.port)) as s, s.makefile("rb") as replies:
        for command in (b"", b"EHLO client.example.org\r\n", b"MAIL FROM:<alice@example.org>\r\n",
                        b"RCPT TO:<bob@example.org>\r\n", b"DATA\r\n", body, b"QUIT\r\n"):
            s.sendall(command)
            while (reply := replies.readline())[3:4] == b"-":
                pass
            if reply[:1] not in (b"2", b"3"):
                sys.exit(f"bench: {reply!r}")


def timed(server: Server, work: Callable[[], None]) -> tuple[float, float]:
    """Seconds of clock and of the server's processor."""
    cpu, start = server.cpu(), time.monotonic()
    work()
    return time.monotonic() - start, server.cpu() - cpu


def pair(ours: Server, theirs: Server, work: Callable[[Server], None], turn: int) -> dict[str, tuple[float, float]]:
    """One turn of each; who begins changes."""
    order = [("ours", ours), ("theirs", theirs)]
    return {name: timed(server, lambda: work(server)) for name, server in order[::1 if turn % 2 else -1]}


# ---- what is printed ---------------------------------------------------------------------------


def spread(values: list[float]) -> str:
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{middle:5.2f}  ({low:.2f} .. {high:.2f})"


def report(name: str, rows: list[dict[str, tuple[float, float]]], messages: int) -> None:
    speed = [row["theirs"][0] / row["ours"][0] for row in rows]
    cpu = [row["ours"][1] / row["theirs"][1] for row in rows]
    ours = statistics.median(messages / row["ours"][0] for row in rows)
    ours_cpu = statistics.median(row["ours"][1] / messages * 1e6 for row in rows)
    print(f"{name:<30} messages/s {spread(speed)}   CPU/message {spread(cpu)}"
          f"   [{ours:.0f}/s, {ours_cpu:.0f} us]", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="smtp-sandbox / smtp-sink, as ratios: more than 1 is faster")
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--only", default="", help="modes whose name contains this")
    options = parser.parse_args()
    if not (POSTFIX / "usr/sbin/smtp-sink").exists():
        sys.exit("bench: smtp-sink is not here: make peers")
    body = b"Subject: big\r\n\r\n" + (b"x" * 78 + b"\r\n") * (BIG // 80) + b".\r\n"
    with sink() as theirs, sandbox() as ours:
        for mode in MODES:
            if options.only in mode.name:
                rows = [pair(ours, theirs, lambda server: generate(mode, server), turn)
                        for turn in range(options.pairs)]
                report(mode.name, rows, mode.messages)
        if options.only in "one message of 36 MB":
            rows = [pair(ours, theirs, lambda server: send_big(server, body), turn)
                    for turn in range(max(2, options.pairs // BIG_SHARE))]
            time_ratio = [row["ours"][0] / row["theirs"][0] for row in rows]
            print(f"{'one message of 36 MB':<30} time       {spread(time_ratio)}", flush=True)


if __name__ == "__main__":
    main()
