"""Marks: verdicts and rubric in, points out.

Points are earned, not kept: an item counts only where the client got far enough to get it wrong.
A mistake costs once. What could not be judged neither gives nor takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.replay import Run
from grader.rubric import CONNECT, REST, START, STEPS, Item, Lab, Rubric

# Severities of our own, for what smtp-replay calls a fail and we do not charge.
FOLLOWS, LUCK = "follows", "luck"
UNCHARGED = (FOLLOWS, LUCK)

# A strict item may be shown wrong, if only as a shadow, so many times as often as it is shown right. Between those who
# are right now and then (two shadows for a proof at most) and those whom luck once makes look so lies a gap of ten.
SHADOWS_FOR_A_PROOF = 3

# A run with one of these was cut short: what it would have done at its end is unknown.
CUT_SHORT = frozenset({"not-done", "crashed", "memory-error", "flood", "too-slow", "waits-for-nothing",
                       "waits-for-input", "no-connection"})


@dataclass(frozen=True)
class ItemMark:
    """One item of one submission."""

    item: Item
    outcome: str  # earned, lost, not-judged
    rules: tuple[str, ...] = ()  # the mistakes that cost it, first cause first
    reason: str = ""

    @property
    def points(self) -> int:
        return self.item.points if self.outcome == "earned" else 0


@dataclass(frozen=True)
class LabMark:
    """One lab of one submission."""

    lab: Lab
    items: tuple[ItemMark, ...]
    reason: str = ""  # why it is not judged; "" if it is

    @property
    def judged(self) -> bool:
        return not self.reason

    @property
    def points(self) -> int:
        return sum(item.points for item in self.items)

    @property
    def out_of_reach(self) -> int:
        """Points that no mistake takes, as the client did not get as far: they come when what stopped it is mended."""
        return sum(mark.item.points for mark in self.items if mark.outcome == "lost" and not mark.rules)

    def cost(self, rule: str) -> int:
        """The points that this mistake takes. Two mistakes against one item: the first one takes them."""
        return sum(mark.item.points for mark in self.items if mark.rules and mark.rules[0] == rule)


def reached(run: Run, step: str) -> bool:
    """Did the client do this step and all before it? QUIT straight after EHLO is no step forward."""
    if step == START:
        return True
    return run.reached.issuperset((step,) if step == CONNECT else STEPS[:STEPS.index(step) + 1])


def ended(run: Run) -> bool:
    """Did the client come to an end of its own?"""
    return run.exit is not None and not any(f.rule in CUT_SHORT and not f.sanitized for f in run.failures)


def control_holds(run: Run) -> bool:
    """Does the client send a message where nothing is refused? (How well is another item's question.)"""
    return reached(run, "accepted") and run.exit == 0


def mistakes(runs: Iterable[Run]) -> list[str]:
    """Rules broken, first causes first: what comes first in some conversation comes before what only follows."""
    failures = [run.failures for run in runs if run.failures]
    causes = [found[0].rule for found in failures]
    return list(dict.fromkeys(causes + [f.rule for found in failures for f in found]))


def settled(run: Run, rubric: Rubric, everywhere: frozenset[str]) -> Run:
    """The run with findings that are but the shadow of an earlier one, or luck, marked as such: they cost nothing."""
    before = set(everywhere)
    findings = []
    for f in run.findings:
        shadow = bool(before & rubric.follows.get(f.rule, frozenset()))
        severity = LUCK if not rubric.certain(f.rule, run.name) else FOLLOWS if shadow else "fail"
        findings.append(replace(f, severity=severity) if f.severity == "fail" else f)
        before.add(f.rule)
    return replace(run, findings=tuple(findings))


def settle(runs: Sequence[Run], rubric: Rubric) -> tuple[Run, ...]:
    """All runs of a submission, settled.

    A mistake that a client makes everywhere need not show everywhere: by luck, or as nobody answers. What follows
    from it costs nothing in any run: else the marks would hang on the luck.
    """
    proved = frozenset(f.rule for run in runs for f in run.failures
                       if f.rule in rubric.everywhere and rubric.certain(f.rule, run.name))
    return tuple(settled(run, rubric, proved) for run in runs)


def belongs(rule: str, item: Item, lab: Lab) -> bool:
    """Is this item the one that pays for the rule?"""
    return rule in item.rules or (REST in item.rules and rule not in lab.named)


def once_more(item: Item, own: Sequence[Run], runs: Mapping[str, Run]) -> frozenset[str]:
    """Mistakes of the item's scenarios that have another reason than what an earlier lab has charged."""
    if not item.again:
        return frozenset()
    here = mistakes(run for run in own if item.plays(run.name))
    there = mistakes(run for name, run in runs.items() if name == item.again)
    return frozenset(here) - frozenset(there)


def charged(item: Item, lab: Lab, runs: Mapping[str, Run], spent: frozenset[str]) -> tuple[str, ...]:
    """The mistakes that this item pays for."""
    own = [run for run in runs.values() if run.lab == lab.number]
    again = once_more(item, own, runs)
    mine = [rule for rule in mistakes(own) if belongs(rule, item, lab)]
    return tuple(rule for rule in mine if rule in again or rule not in spent)


def shadowed(item: Item, lab: Lab, run: Run) -> bool:
    """Does one of the item's mistakes show here, if only as a shadow? Then this run is no proof of better."""
    return item.strict and any(f.severity == FOLLOWS and belongs(f.rule, item, lab) for f in run.findings)


def counts(item: Item, lab: Lab, run: Run, runs: Mapping[str, Run]) -> bool:
    """Did this run get far enough for the item, and does its control hold?"""
    name = lab.control(run.name)
    control = runs.get(name)
    return (run.judged and reached(run, item.reach) and (not item.ended or ended(run))
            and not shadowed(item, lab, run)
            and (not name or (control is not None and control_holds(control))))


def proved(item: Item, lab: Lab, scenarios: Sequence[Run], runs: Mapping[str, Run]) -> bool:
    """Has the client shown it? Once is enough, but one run that looks well by luck does not outweigh many shadows."""
    proofs = sum(counts(item, lab, run, runs) for run in scenarios)
    shadows = sum(shadowed(item, lab, run) for run in scenarios)
    return proofs > 0 and shadows <= SHADOWS_FOR_A_PROOF * proofs


def mark_item(item: Item, lab: Lab, runs: Mapping[str, Run], spent: frozenset[str]) -> ItemMark:
    """Lost by a mistake, else earned in some scenario, else unknown, else out of reach."""
    own = [run for run in runs.values() if run.lab == lab.number]
    rules = charged(item, lab, runs, spent)
    if rules:
        return ItemMark(item, "lost", rules)
    scenarios = [run for run in own if item.plays(run.name)]
    if proved(item, lab, scenarios, runs):
        return ItemMark(item, "earned")
    controls = {lab.control(run.name) for run in scenarios}
    needed = scenarios + [runs[name] for name in sorted(controls) if name in runs]
    unknown = next((run for run in needed if not run.judged), None)
    if unknown or not scenarios:
        return ItemMark(item, "not-judged", reason=unknown.reason if unknown else "no transcript plays it")
    return ItemMark(item, "lost", reason="not reached")


def mark_lab(lab: Lab, runs: Mapping[str, Run], spent: frozenset[str]) -> LabMark:
    """A lab is judged when all of its runs and all of its items are."""
    own = [run for run in runs.values() if run.lab == lab.number]
    items = tuple(mark_item(item, lab, runs, spent) for item in lab.items)
    reasons = [f"{run.name}: {run.reason or 'no reason given'}" for run in own if not run.judged]
    reasons += [f"{mark.item.id}: {mark.reason}" for mark in items if mark.outcome == "not-judged"]
    return LabMark(lab, items, reasons[0] if reasons else "")


def mark(labs: Sequence[Lab], runs: Sequence[Run]) -> tuple[LabMark, ...]:
    """Every lab, in order: a mistake of an earlier lab is spent in the later ones."""
    by_name = {run.name: run for run in runs}
    marks: list[LabMark] = []
    spent: frozenset[str] = frozenset()
    for lab in labs:
        marks.append(mark_lab(lab, by_name, spent))
        spent |= frozenset(mistakes(run for run in runs if run.lab == lab.number))
    return tuple(marks)


def score(marks: Iterable[LabMark]) -> tuple[int, int]:
    """Points and the most there could be. A lab that is not judged is in neither."""
    judged = [mark for mark in marks if mark.judged]
    return sum(mark.points for mark in judged), sum(mark.lab.points for mark in judged)
