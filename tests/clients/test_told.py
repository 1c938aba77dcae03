"""What the provided parts say on standard error to whoever writes the others."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "mutants"))

import kill_matrix  # noqa: E402
from mutants import Mutant  # noqa: E402

OWN_LINE_END = Mutant("a line end of one's own", "steps", "", '"MAIL FROM:<%s>"', '"MAIL FROM:<%s>\\r\\n"')


def test_a_line_that_is_two_is_told_where_nobody_looks_at_the_answer() -> None:
    """It is not sent. Without a word about it only the next step would be blamed."""
    (run,) = kill_matrix.judge(OWN_LINE_END, ["plain/one-message.smtp"]).runs
    assert run.verdict == "fail"
    assert "not sent: a line with a line break inside it" in run.stderr
