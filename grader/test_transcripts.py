"""One test a transcript: pass, fail, or not judged (skipped, with the reason)."""

from __future__ import annotations

import pytest

from grader.replay import Run


def test_transcript(run: Run) -> None:
    """Did the client get through this conversation without a mistake?"""
    if not run.judged:
        pytest.skip(f"not judged: {run.reason}")
    if run.failures:
        words = [[f"{f.rule} {f.rfc}".strip(), *f.text, f.advice] for f in run.failures]
        pytest.fail("\n".join(line for finding in words for line in finding), pytrace=False)
