"""The failures that README shows are what these mutants are told today, to the letter."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import kill_matrix  # noqa: E402
from mutants import MUTANTS  # noqa: E402

README = kill_matrix.ROOT / "README.md"
SHOWN = ("refused recipients do not count", "dots not doubled", "a verb misspelt")


def shown(mutant_name: str, folder: Path) -> str:
    """The explanation of the first mistake, as a terminal of 80 columns without colours has it."""
    mutant = next(m for m in MUTANTS if m.name == mutant_name)
    for exercise in (kill_matrix.ROOT / "solution").glob("*.c"):
        shutil.copy(exercise, folder)
    (folder / f"{mutant.file}.c").write_text(kill_matrix.mutated(mutant), "utf-8")
    grade = [sys.executable, str(kill_matrix.ROOT / "grader" / "grade"), "--no-sanitizers", str(folder)]
    plain = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}
    output = subprocess.run(grade, capture_output=True, text=True, check=False, env=plain).stdout
    return output.partition("\n\n")[0]


@pytest.mark.parametrize("name", SHOWN)
def test_readme_shows_it_as_it_is(name: str, tmp_path: Path) -> None:
    block = textwrap.indent(shown(name, tmp_path), "    ")
    assert block.startswith("    lab ") and max(map(len, block.splitlines())) <= 84
    assert f"\n\n{block}\n\n" in README.read_text("utf-8"), f"README is to show:\n{block}"


def test_readme_shows_no_failure_besides() -> None:
    blocks = [b for b in README.read_text("utf-8").split("\n\n") if b.startswith("    lab ")]
    assert len(blocks) == len(SHOWN)
