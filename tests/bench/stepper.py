"""make bench WHAT=stepper: smtp-step's first prompt beside `swaks --version`, and a step on a pipe beside a round trip.

Only ratios of one run mean anything: machines change their speed from minute to minute. So the two sides take
turns, each pair of turns gives one ratio, and what is printed is their median with the least and the most.

The first prompt is what a person waits for: from the start of the program in a terminal to the prompt that follows the
greeting of the sandbox inside it. A step is one NOOP of a script on a pipe, with the sandbox's answer read and shown;
a round trip is one line over the loopback between two processes that do nothing else (roundtrip.c).
"""

from __future__ import annotations

import argparse
import os
import pty
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STEP = ROOT / "build" / "bin" / "smtp-step"
PROMPT = b"greeted> "
STEPS = 2000


def first_prompt() -> float:
    """Seconds until the prompt stands in a terminal."""
    begun = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm", NO_COLOR="1", XDG_STATE_HOME="/nonexistent")
        os.execv(STEP, [str(STEP)])
    seen = b""
    while PROMPT not in seen:
        seen += os.read(terminal, 65536)
    taken = time.perf_counter() - begun
    os.write(terminal, b"\x04")
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:
        pass  # the terminal is gone
    os.close(terminal)
    os.waitpid(pid, 0)
    return taken


def swaks_version() -> float:
    """Seconds that it takes to print."""
    begun = time.perf_counter()
    subprocess.run(["swaks", "--version"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def session(lines: int) -> float:
    """Seconds of a script with so many lines. More than some hundred in vain, and the sandbox hangs up: so mails."""
    mail = ["RSET", "MAIL FROM:<alice@example.org>", "RCPT TO:<bob@example.org>", "DATA", "."]
    script = "\n".join(["EHLO client.example.org", *(mail * (lines // len(mail))), "QUIT", ""])
    begun = time.perf_counter()
    subprocess.run([STEP], input=script.encode(), stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def one_step() -> float:
    """Seconds of one: what many take longer than few."""
    return (session(STEPS + 5) - session(5)) / STEPS


def round_trip(program: Path) -> float:
    """Seconds of one."""
    done = subprocess.run([program, str(STEPS)], capture_output=True, text=True, check=True)
    return float(done.stdout) / 1e6


def compare(title: str, ours: Callable[[], float], theirs: Callable[[], float], pairs: int, limit: float) -> bool:
    """Print the ratio; is it within the limit?"""
    ours(), theirs()  # once for the caches
    turns = [(ours(), theirs()) for _ in range(pairs)]
    ratios = sorted(our / their for our, their in turns)
    median = statistics.median(ratios)
    milliseconds = [statistics.median(column) * 1e3 for column in zip(*turns)]
    print(f"{title}: {median:.2f}x (from {ratios[0]:.2f} to {ratios[-1]:.2f}, {pairs} pairs; at most {limit}x is "
          f"the aim); here {milliseconds[0]:.3f} ms and {milliseconds[1]:.3f} ms")
    return median <= limit


def main() -> int:
    """0: within the aims."""
    parser = argparse.ArgumentParser(description="smtp-step beside swaks and a round trip")
    parser.add_argument("--pairs", type=int, default=15)
    pairs = parser.parse_args().pairs
    if shutil.which("swaks") is None:
        print("bench: swaks is not here (scripts/install-deps test)", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "roundtrip"
        source = Path(__file__).with_name("roundtrip.c")
        subprocess.run([os.environ.get("CC", "cc"), "-O2", "-o", program, source], check=True)
        good = [compare("first prompt / swaks --version", first_prompt, swaks_version, pairs, 0.3),
                compare("one step on a pipe / one round trip", one_step, lambda: round_trip(program), pairs, 5)]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
