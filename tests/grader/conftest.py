"""What the tests of the grader share."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from grader.kit import Kit  # noqa: E402
from grader.rubric import Rubric  # noqa: E402
from grader.suite import kit_at  # noqa: E402

Result = subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def kit() -> Kit:
    return kit_at(ROOT)[0]


@pytest.fixture(scope="session")
def rubric() -> Rubric:
    """The rubric that students are marked by."""
    return kit_at(ROOT)[1]


@pytest.fixture
def student(tmp_path: Path) -> Path:
    """A submission to spoil: a copy of the solution."""
    folder = tmp_path / "student"
    shutil.copytree(ROOT / "solution", folder)
    return folder


@pytest.fixture
def grade() -> Callable[..., Result]:
    """Run grader/grade as its users do."""
    def run(*words: Any) -> Result:
        command = [sys.executable, ROOT / "grader" / "grade", *words]
        return subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, check=False)
    return run
