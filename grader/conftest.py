"""What the suite works on: the submission that grader/grade put there, or the one named by --submission."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.grading import Graded
from grader.replay import Run
from grader.suite import Submitted, kit_at

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("smtplab")
    group.addoption("--submission", default="starter", help="folder with a student's files (starter)")
    group.addoption("--upto", type=int, default=3, help="grade the labs up to this one (3)")


def submitted_to(config: Any) -> Submitted:
    """The submission of this run of pytest."""
    if not hasattr(config, "submitted"):
        kit, rubric = kit_at(ROOT)
        config.submitted = Submitted(kit, Path(config.getoption("--submission")), rubric, config.getoption("--upto"))
        config.submitted.start()
    submitted: Submitted = config.submitted
    return submitted


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test for each transcript; the file's name is the test's."""
    if "transcript" in metafunc.fixturenames:
        names = submitted_to(metafunc.config).names
        metafunc.parametrize("transcript", names, ids=names)


@pytest.fixture(scope="session")
def graded(pytestconfig: pytest.Config) -> Graded:
    """Built and played once for all tests."""
    return submitted_to(pytestconfig).graded


@pytest.fixture
def run(graded: Graded, transcript: str) -> Run:
    """One transcript's verdict. What does not build fails everywhere; what we could not play is skipped."""
    if graded.trouble:
        pytest.skip(f"not judged: {graded.trouble}")
    found = graded.run(transcript)
    if graded.problems or found is None:
        pytest.fail("\n".join(["it does not build", *graded.problems]), pytrace=False)
    return found
