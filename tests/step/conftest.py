"""A real terminal for the tests of the stepper: tmux, one server a test.

A screen is never waited for by a fixed sleep, and no two tests share a server, so they run side by side.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from window import Terminal

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Start a command in a terminal: terminal(command, size=(80, 24), NO_COLOR="1")."""
    if shutil.which("tmux") is None:
        pytest.skip("there is no tmux here (scripts/install-deps test)")
    opened: list[Terminal] = []

    def start(command: list[str | Path], size: tuple[int, int] = (80, 24), **env: str) -> Terminal:
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        mine = {"HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "LC_ALL": "C.UTF-8", "NO_COLOR": "",
                "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0", **env}
        opened.append(Terminal(tmp_path / f"tmux{len(opened)}", [str(word) for word in command], size, mine))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def compile_program(source: Path, target: Path, parts: list[str]) -> Path:
    """A test program with parts of the kit, sanitized."""
    files = [str(path) for part in parts for path in sorted(ROOT.glob(part))]
    flags = "-std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -g -fsanitize=address,undefined".split()
    libraries = ["-lreadline", "-lssl", "-lcrypto"]
    words = [os.environ.get("CC", "cc"), *flags, "-o", str(target), str(source), *files, *libraries]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture(scope="session")
def input_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of input_program.c."""
    parts = ["tools/step/input*.c", "lib/display*.c", "lib/encode.c", "lib/buf.c", "lib/err.c"]
    target = tmp_path_factory.mktemp("input") / "input_program"
    return compile_program(ROOT / "tests/step/input_program.c", target, parts)
