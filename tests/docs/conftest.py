"""What the tests of the pages share: a scratch copy of the kit, in which everything may be broken."""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scratch import NOT_INHERITED, Scratch
from shown import ROOT

sys.path.insert(0, str(ROOT / "tests" / "step"))

from window import Terminal  # noqa: E402


def left_behind(folder: str, names: list[str]) -> set[str]:
    """What no command of a page needs: the history, and of build/ what is large."""
    if Path(folder) == ROOT / "build":
        return {"peers", "docs", "docs.src", "slides", "slides.npm", "test-logs", "mypy", "pytest"}.intersection(names)
    return {".git", "__pycache__"}.intersection(names)


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    """copytree keeps the times of the files, so make finds nothing to do in the copy."""
    kit, home = tmp_path / "kit", tmp_path / "home"
    home.mkdir()
    shutil.copytree(ROOT, kit, ignore=left_behind, symlinks=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    made = Scratch(kit, home, port)
    yield made
    made.stop()
    shutil.rmtree(kit)


@pytest.fixture
def window(scratch: Scratch, tmp_path: Path) -> Iterator[Callable[[str], Terminal]]:
    """Start a command in a terminal, in the scratch copy."""
    opened: list[Terminal] = []

    def start(command: str) -> Terminal:
        if shutil.which("tmux") is None:
            pytest.skip("there is no tmux here (scripts/install-deps test)")
        words = ["sh", "-c", f"unset {' '.join(NOT_INHERITED)}; cd {scratch.kit} && {command}"]
        mine = {name: scratch.environment[name] for name in ("HOME", "NO_COLOR", "LC_ALL", "TMPDIR")}
        opened.append(Terminal(tmp_path / f"tmux{len(opened)}", words, (100, 60), mine))
        return opened[-1]

    yield start
    for each in opened:
        each.close()
