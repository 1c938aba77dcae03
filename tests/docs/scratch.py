"""A scratch copy of the kit, in which a page's commands may break everything."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from shown import ROOT

sys.path.insert(0, str(ROOT))

from grader.rubric import load  # noqa: E402

SECONDS = 600  # our own backstop
POLL = 0.02
NOT_INHERITED = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "XDG_STATE_HOME")
PORT = "2525"  # where pages let a server listen; here it stands for a port that is free


@dataclass(frozen=True)
class Scratch:
    """A copy of the kit, built as ours is, with a home of its own."""

    kit: Path
    home: Path
    port: int  # a free one, for PORT
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        return {**inherited, "HOME": str(self.home), "COLUMNS": "80", "NO_COLOR": "1", "LC_ALL": "C.UTF-8",
                "TERM": "xterm", "TMPDIR": str(self.home)}

    def start(self, command: str, output: IO[str] | int = subprocess.PIPE) -> subprocess.Popen[str]:
        """A command of a page, as its reader would give it in the folder of the kit, in a process group of its own."""
        return subprocess.Popen(["bash", "-c", command.replace(PORT, str(self.port))], cwd=self.kit,
                                env=self.environment, stdin=subprocess.DEVNULL, stdout=output,
                                stderr=subprocess.STDOUT, text=True, errors="backslashreplace", start_new_session=True)

    def run(self, command: str) -> tuple[int, str]:
        """To its end: the status, and what it printed."""
        process = self.start(command)
        printed, _ = process.communicate(timeout=SECONDS)
        return process.returncode, printed.replace(str(self.port), PORT)

    def solve(self, upto: int) -> None:
        """As if the student had done the labs up to this one."""
        for name in [lab.file for lab in load(self.kit / "grader" / "rubric.toml").upto(upto)]:
            answer, own = self.kit / "solution" / name, self.kit / "starter" / name
            if answer.is_dir():
                shutil.copytree(answer, own, dirs_exist_ok=True)
            else:
                shutil.copy(answer, own)

    def leave_running(self, command: str, is_up: Callable[[str], bool]) -> str:
        """A command that ends in "&": what it has printed when it is up."""
        path = self.home / f"output{len(self.running)}"
        with path.open("w") as output:
            self.running.append(self.start(command.removesuffix("&"), output.fileno()))
        end = time.monotonic() + SECONDS
        while not is_up(printed := path.read_text().replace(str(self.port), PORT)):
            assert self.running[-1].poll() is None and time.monotonic() < end, f"{command}\nprints\n{printed}"
            time.sleep(POLL)
        return printed

    def stop(self) -> None:
        for process in self.running:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=SECONDS)
