"""The kill matrix in short: of each file one mutant for each rule, graded without the silent servers.

`make mutants` grades all of them. What is asked here is whether docs/kill-matrix.md is still true.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import kill_matrix  # noqa: E402
from mutants import BY_TIMING, CONTROLS, MUTANTS, Mutant  # noqa: E402

NOT_CURRENT = "docs/kill-matrix.md is not current: make mutants"
KNOWN: str = kill_matrix.DOCUMENT.read_text("utf-8")
FEW = kill_matrix.chosen_few(KNOWN)


@pytest.fixture(scope="module")
def document() -> str:
    return KNOWN


@pytest.mark.parametrize("mutant", FEW, ids=[m.name for m in FEW])
def test_a_mutant_loses_points_by_its_rule(mutant: Mutant, document: str) -> None:
    played = kill_matrix.names(short=mutant.rule != "waits-for-nothing", labs=kill_matrix.scope_of(mutant))
    verdict = kill_matrix.judge(mutant, played)
    assert kill_matrix.complaint(verdict) == ""
    known = [kill_matrix.shortened(line) for line in kill_matrix.rows_in(document)]
    assert kill_matrix.row(verdict, short=True) in known, NOT_CURRENT
    for key, witness in kill_matrix.rules_in(document).items():
        if witness == mutant.name:  # the rule is switched off in the marking of the runs there are
            _, rule = kill_matrix.carriers()[key]
            assert verdict.needs(rule), f"{mutant.name} loses its points without {rule}, too: what is {rule} for?"


def test_every_rule_that_carries_marks_is_needed_by_a_mutant(document: str) -> None:
    """That it is, is asked of each of these mutants above."""
    assert sorted(kill_matrix.rules_in(document)) == sorted(kill_matrix.carriers()), NOT_CURRENT
    assert set(kill_matrix.rules_in(document).values()) <= {m.name for m in FEW}


def test_every_mutant_is_in_the_document(document: str) -> None:
    assert [line.split(" | ")[0] for line in kill_matrix.rows_in(document)] == [f"| {m.name}" for m in MUTANTS], \
        NOT_CURRENT


def test_every_transcript_kills_a_mutant_or_says_why_not(document: str) -> None:
    rows = [line.strip("| ").split(" | ") for line in document.partition("| transcript |")[2].splitlines()[2:]]
    assert [f"{name}.smtp" for name, _, _ in rows] == sorted(kill_matrix.names()), NOT_CURRENT
    idle = {f"{name}.smtp" for name, killed, _ in rows if killed == "0"}
    assert idle == set(CONTROLS)
    assert BY_TIMING == {f"{name}.smtp" for name, killed, _ in rows if killed == "some"}


def test_a_mutant_applies_where_it_says_and_its_name_is_its_own() -> None:
    assert len({m.name for m in MUTANTS}) == len(MUTANTS)
    for mutant in MUTANTS:
        assert kill_matrix.mutated(mutant) != kill_matrix.source_of(mutant).read_text("utf-8")


def test_the_solution_unchanged_is_no_mutant() -> None:
    """The same path as a mutant's, with nothing changed: were it to lose a point, no row would mean a thing."""
    nothing = Mutant("none", "steps", "none", "add_header", "add_header")
    with pytest.raises(ValueError, match="times"):
        kill_matrix.mutated(nothing)
    same = Mutant("none", "steps", "none", "int send_quit(", "int send_quit(")
    verdict = kill_matrix.judge(same, kill_matrix.names(short=True, labs=kill_matrix.scope_of(same)))
    assert (verdict.lost, verdict.killers, verdict.by_timing) == (0, [], [])
