"""Where the kit's own parts are, and how a program is run with a limit on what it may use."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# Seconds on a machine of our own; SCALE=5 in the environment makes every wall clock five times as patient.
COMPILE_SECONDS = 60
FILE_BLOCKS = 131072  # of 512 bytes: no file of a submission's making outgrows 64 MiB


IN_ENGLISH = {"LC_ALL": "C"}  # what the compiler says is read by us, too


class NotJudged(Exception):
    """Our own trouble: it never costs a student marks."""


@dataclass(frozen=True)
class Ended:
    """How a program ended: its status (None: our clock ended it) and what it wrote."""

    status: int | None
    output: str


@dataclass(frozen=True)
class Kit:
    """One checkout of the kit, built."""

    root: Path
    labs: tuple[str, ...] = ()  # the files that students write
    not_to_call: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by the file that must not
    compiler: str = field(default_factory=lambda: os.environ.get("CC", "cc"))
    replay_program: Path | None = None

    @property
    def replay(self) -> Path:
        return self.replay_program or self.root / "build" / "bin" / "smtp-replay"

    @property
    def exercises(self) -> frozenset[str]:
        """Files of starter/ that are no part of the program as provided; foundation.c comes with libclient.a."""
        return frozenset({*self.labs, "extra.c", "foundation.c"})

    @property
    def starter(self) -> Path:
        return self.root / "starter"

    @property
    def transcripts(self) -> Path:
        return self.root / "transcripts"

    @property
    def state(self) -> Path:
        return self.root / "build" / "grade"


def scale() -> float:
    """How many times slower than ours this machine is said to be."""
    try:
        return max(1.0, float(os.environ.get("SCALE", "1")))
    except ValueError:
        return 1.0


def limited(command: Sequence[str], cpu_seconds: int) -> list[str]:
    """The command with limits set by a shell, which macOS has too, before it becomes the command."""
    limits = f'ulimit -c 0; ulimit -t {cpu_seconds}; ulimit -f {FILE_BLOCKS}; exec "$@"'
    return ["/bin/sh", "-c", limits, "sh", *command]


RUNNING: set[subprocess.Popen[str]] = set()
STOPPED = threading.Event()


def end_all() -> None:
    """Ctrl-C reaches us alone, since what we start leads sessions of its own. Ends all that runs, and all to come."""
    STOPPED.set()
    for process in tuple(RUNNING):
        end_tree(process)


def end_tree(process: subprocess.Popen[str]) -> None:
    """Kill a program and all that it started: it leads a session of its own."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def run(command: Sequence[str], *, cwd: Path, seconds: float, cpu_seconds: int = COMPILE_SECONDS,
        env: Mapping[str, str] | None = None) -> Ended:
    """Run a program to its end, without standard input, as the leader of its own session."""
    with subprocess.Popen(limited(command, cpu_seconds), cwd=cwd, env=None if env is None else {**os.environ, **env},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="backslashreplace", start_new_session=True) as process:
        RUNNING.add(process)
        if STOPPED.is_set():
            end_tree(process)
        try:
            output, _ = process.communicate(timeout=seconds * scale())
            return Ended(process.returncode, output)
        except subprocess.TimeoutExpired:
            return Ended(None, "")
        finally:
            end_tree(process)
            RUNNING.discard(process)
