"""One submission from its folder to its marks."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from grader import build, handwork, marks, replay, rubric, submission
from grader.kit import Kit, NotJudged

CRASHES_LOOKED_INTO = 3

EXIT_FULL, EXIT_LOST, EXIT_NO_BUILD, EXIT_NOT_JUDGED, EXIT_USAGE = 0, 1, 2, 3, 64


@dataclass(frozen=True)
class Graded:
    """All that is known about a submission. With `problems` it was not run; with `trouble` we could not judge it."""

    submission: submission.Submission
    labs: tuple[rubric.Lab, ...]
    runs: tuple[replay.Run, ...] = ()
    problems: tuple[str, ...] = ()
    trouble: str = ""
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    as_given: frozenset[str] = frozenset()  # lab files that nobody has touched yet
    by_hand: handwork.Handwork | None = None  # lab 0, where it is asked for

    @cached_property
    def marks(self) -> tuple[marks.LabMark, ...]:
        own = (self.by_hand.mark,) if self.by_hand else ()
        return (*own, *marks.mark(self.labs, self.runs))

    @property
    def score(self) -> tuple[int, int]:
        """Points of the core, and of how many: later labs have a line of their own each. What does not build has none;
        what is not judged is in neither number."""
        if self.problems:
            return 0, sum(lab.points for lab in self.labs if lab.number <= rubric.CORE)
        # Lab 0 is the score only where nothing else is asked for.
        core = [m for m in self.marks if 1 <= m.lab.number <= rubric.CORE or not self.labs]
        return (0, 0) if self.trouble else marks.score(core)

    @property
    def status(self) -> int:
        if self.problems:
            return EXIT_NO_BUILD
        if self.trouble or not all(mark.judged for mark in self.marks):
            return EXIT_NOT_JUDGED
        return EXIT_FULL if all(m.points == m.lab.points for m in self.marks) else EXIT_LOST

    @property
    def failed(self) -> list[str]:
        return [run.name for run in self.runs if run.failures]

    def run(self, name: str) -> replay.Run | None:
        return next((run for run in self.runs if run.name == name), None)

    def data(self) -> dict[str, Any]:
        """The same for programs: what --json writes."""
        points, most = self.score
        return {
            "smtplab-grade": 1, "submission": self.submission.shown,
            "status": self.status, "score": points, "of": most,
            "problems": list(self.problems), "trouble": self.trouble or None, "warnings": list(self.warnings),
            "notes": list(self.notes), "unused": list(self.submission.unused),
            "todo": [vars(todo) for todo in self.submission.todos],
            "labs": [lab_data(mark) for mark in ([] if self.problems or self.trouble else self.marks)],
            "transcripts": [run_data(run) for run in self.runs],
        }


def lab_data(mark: marks.LabMark) -> dict[str, Any]:
    items = [{"id": m.item.id, "title": m.item.title, "points": m.points, "of": m.item.points, "outcome": m.outcome,
              "rules": list(m.rules), "reason": m.reason or None} for m in mark.items]
    return {"lab": mark.lab.number, "title": mark.lab.title, "points": mark.points, "of": mark.lab.points,
            "judged": mark.judged, "reason": mark.reason or None, "items": items}


def run_data(run: replay.Run) -> dict[str, Any]:
    findings = [{"rule": f.rule, "severity": f.severity, "rfc": f.rfc, "line": f.line, "sentence": f.sentence,
                 "advice": f.advice, "text": list(f.text)} for f in run.findings]
    return {"transcript": run.name, "lab": run.lab, "verdict": run.verdict, "reason": run.reason or None,
            "exit": run.exit, "signal": run.signal, "reached": [s for s in rubric.STEPS if s in run.reached],
            "findings": findings}


@dataclass(frozen=True)
class Side:
    """One build of a submission and what it did."""

    built: build.Built = build.Built(None)
    runs: tuple[replay.Run, ...] = ()
    trouble: str = ""


def no_more() -> Sequence[str]:
    return ()


def build_and_play(kit: Kit, variant: build.Variant, found: submission.Submission, names: Sequence[str],
                   more: Callable[[], Sequence[str]] = no_more) -> Side:
    """In a folder of our own that is gone afterwards. `more` is asked for further names once these are played."""
    built = build.Built(None)
    work = Path(tempfile.mkdtemp(prefix="smtplab-"))
    try:
        built = build.build(kit, variant, found, work)
        runs = replay.play(kit, names, built.client, work / "answer.json") if built.client else []
        further = more() if built.client else ()
        if built.client and further:
            runs += replay.play(kit, further, built.client, work / "further.json")
        return Side(built, tuple(replay.renamed(runs, str(build.copies_in(work, variant)), found.shown)))
    except NotJudged as trouble:
        return Side(built, trouble=str(trouble))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def sanitizer_note(side: Side) -> str:
    """Why the second opinion is missing, if it is. That costs nobody anything."""
    if side.trouble:
        return f"not judged with sanitizers: {side.trouble}"
    return "" if side.built.client else f"no sanitizers here: {' '.join(side.built.problems)[:200]}"


def both_sides(kit: Kit, found: submission.Submission, names: Sequence[str], rules: rubric.Rubric) -> tuple[Side, Side]:
    """The plain build over all transcripts, and at the same time the one with sanitizers over those that can
    show most; then that one, too, where the plain one crashed, as it alone can say in which line."""
    chosen = rules.second_opinion(names)
    with ThreadPoolExecutor(2) as pool:
        plain = pool.submit(build_and_play, kit, build.PLAIN, found, names)

        def crashed() -> list[str]:
            names_of = [run.name for run in plain.result().runs if "crashed" in run.rules and run.name not in chosen]
            return names_of[:CRASHES_LOOKED_INTO]

        second = pool.submit(build_and_play, kit, build.SANITIZED, found, chosen, crashed)
        return plain.result(), second.result()


def only_by_hand(kit: Kit, folder: Path, rules: rubric.Rubric) -> Graded:
    """Lab 0 alone: nothing is compiled."""
    found = submission.Submission(folder, str(folder))
    try:
        return Graded(found, (), by_hand=handwork.judged(kit, folder, rules.by_hand))
    except NotJudged as trouble:
        return Graded(found, (), trouble=str(trouble))


def grade(kit: Kit, folder: Path, rules: rubric.Rubric, upto: int, sanitizers: bool = True) -> Graded:
    """Collect, build, play; both builds at the same time."""
    if upto == rules.by_hand.number:
        return only_by_hand(kit, folder, rules)
    labs, wanted = rules.upto(upto), rules.files(upto)
    found = submission.collect(folder, wanted, kit.starter)
    if found.problems:
        return Graded(found, labs, problems=found.problems)
    names = rubric.transcripts(kit.transcripts, labs)
    if sanitizers:
        plain, second = both_sides(kit, found, names, rules)
    else:
        plain, second = build_and_play(kit, build.PLAIN, found, names), Side()
    runs = marks.settle(replay.merged(plain.runs, second.runs), rules)
    note = sanitizer_note(second) if sanitizers and plain.runs else ""
    as_given = frozenset(name for name in wanted if found.as_given(name, kit.starter))
    return Graded(found, labs, runs, problems=plain.built.problems, trouble=plain.trouble,
                  warnings=plain.built.warnings, notes=(note,) if note else (), as_given=as_given,
                  by_hand=handwork.judged(kit, folder, rules.by_hand) if upto > rubric.CORE else None)
