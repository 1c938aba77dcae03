"""Replies in pieces: who takes one recv() for one reply is found every time, who reads whole replies never.

scripts/torn-proof does the same many times over with all processors kept busy.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TORN = ROOT / "transcripts" / "torn" / "torn-reply.smtp"
RUNS = 10

Judge = Callable[..., list[dict[str, Any]]]


def test_one_recv_is_found_every_time(judge: Judge, program_of: Callable[[Path], Path]) -> None:
    client = program_of(ROOT / "tests" / "programs" / "one_recv.c")
    for verdict in judge(*[TORN] * RUNS, "--client", client):
        first = verdict["findings"][0]
        assert (first["rule"], first["severity"]) == ("early-send", "fail"), verdict


def test_whole_replies_are_never_blamed(judge: Judge, solution: Path) -> None:
    for verdict in judge(*[TORN] * RUNS, "--client", solution):
        assert (verdict["verdict"], verdict["findings"]) == ("pass", [])


def test_its_mistake_does_not_show_where_replies_come_whole(judge: Judge, program_of: Callable[[Path], Path],
                                                            tmp_path: Path) -> None:
    """So the torn transcript finds what another could not."""
    whole = tmp_path / "whole.smtp"
    lines = TORN.read_text().splitlines(keepends=True)
    whole.write_text("".join(line for line in lines if not line.startswith(("@hold", "@write"))))
    client = program_of(ROOT / "tests" / "programs" / "one_recv.c")
    [verdict] = judge(whole, "--client", client)
    assert verdict["verdict"] == "pass", verdict
