"""The pytest suite behind one command: it runs in our process, on a submission that is graded meanwhile."""

from __future__ import annotations

import os
import tempfile
import threading
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.grading import Graded, grade
from grader.kit import Kit, end_all
from grader.rubric import Rubric, load, transcripts


INTERRUPTED = 2  # pytest.ExitCode.INTERRUPTED: pytest is loaded late


@dataclass(eq=False)  # pytest keeps plug-ins in a dictionary
class Submitted:
    """A submission in the making. It is also a pytest plug-in: the suite finds it on the configuration."""

    kit: Kit
    folder: Path
    rubric: Rubric
    upto: int  # the last lab that is graded
    sanitizers: bool = True
    _graded: Future[Graded] = field(default_factory=Future)

    def start(self) -> None:
        """Compile and play on a thread of its own: pytest takes its time to load."""
        threading.Thread(target=self._grade, daemon=True).start()

    def _grade(self) -> None:
        try:
            self._graded.set_result(grade(self.kit, self.folder, self.rubric, self.upto, self.sanitizers))
        except BaseException as error:  # whatever it was, the one who waits must hear of it
            self._graded.set_exception(error)

    def stop(self) -> None:
        """End it now. When this returns, its folders are gone."""
        end_all()
        wait([self._graded])

    @property
    def graded(self) -> Graded:
        return self._graded.result()

    @property
    def names(self) -> list[str]:
        return transcripts(self.kit.transcripts, self.rubric.upto(self.upto))

    def pytest_configure(self, config: Any) -> None:
        config.submitted = self


def kit_at(root: Path, replay: Path | None = None) -> tuple[Kit, Rubric]:
    """The kit in this checkout, and its rubric."""
    rubric = load(root / "grader" / "rubric.toml")
    forbidden = {lab.file: lab.not_to_call for lab in rubric.labs}
    return Kit(root, tuple(lab.file for lab in rubric.labs), forbidden, replay_program=replay), rubric


def run_suite(submitted: Submitted, junit: Path | None = None) -> Graded:
    """Start grading, let pytest tell it test by test, return what was found. KeyboardInterrupt: somebody stopped it,
    at whatever moment, and nothing of it goes on."""
    submitted.start()
    try:
        if told_by_pytest(submitted, junit) == INTERRUPTED:  # it keeps Ctrl-C to itself
            raise KeyboardInterrupt
        return submitted.graded
    except KeyboardInterrupt:
        submitted.stop()
        raise


def told_by_pytest(submitted: Submitted, junit: Path | None) -> int:
    """Run the suite; pytest's exit code.

    Nothing of the submission is where pytest looks: the root, the configuration and the only
    test file are ours, no cache, no plug-ins but pytest's own.
    """
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.pop("PYTEST_ADDOPTS", None)
    import pytest  # 0.2 s, which the compiler needs anyway

    home = submitted.kit.root / "grader"
    options = ["-c", os.devnull, f"--rootdir={home}", f"--confcutdir={home}", "-p", "no:cacheprovider",
               "-p", "no:terminal", "--assert=plain", "--capture=no"]
    if junit:
        options += [f"--junitxml={junit}", "-o", "junit_suite_name=smtplab"]
    return int(pytest.main([*options, str(home / "test_transcripts.py")], plugins=[submitted]))


def junit_of(submitted: Submitted) -> tuple[Graded, str]:
    """The same with pytest's JUnit XML."""
    with tempfile.TemporaryDirectory(prefix="smtplab-") as folder:
        path = Path(folder) / "junit.xml"
        graded = run_suite(submitted, path)
        return graded, path.read_text("utf-8")
