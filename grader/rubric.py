"""The rubric: labs and their items, read from rubric.toml, and the transcripts that belong to them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

START, CONNECT = "start", "connect"  # before any mail: for items about who calls nobody, or is refused at the door
STEPS = ("mail", "rcpt", "data", "message", "accepted", "quit")
REST = "*"
CORE = 3  # labs 1 to 3 are the score


class BadRubric(Exception):
    """rubric.toml contradicts itself; the sentence says where."""


@dataclass(frozen=True)
class Item:
    """Points for one thing that a client does right."""

    id: str
    title: str
    points: int
    rules: frozenset[str]
    reach: str
    ended: bool = False
    again: str = ""
    strict: bool = False
    scenarios: tuple[str, ...] = ()
    may_break: frozenset[str] = frozenset()  # of a recording made by hand: rules that it may break

    def plays(self, name: str) -> bool:
        """Does this scenario of its lab count for it?"""
        return not self.scenarios or any(fnmatchcase(name, pattern) for pattern in self.scenarios)


@dataclass(frozen=True)
class Lab:
    """A lab: what it is worth, item by item."""

    number: int
    title: str
    points: int
    file: str
    items: tuple[Item, ...]
    first: str = ""
    not_to_call: tuple[str, ...] = ()  # patterns of functions that its file must write and not call
    controls: tuple[tuple[str, str], ...] = ()  # pattern of a scenario's name, the same dialogue without the refusal

    def control(self, name: str) -> str:
        """The control of a scenario: the first pattern that fits decides; "" if it has none."""
        return next((control for pattern, control in self.controls if fnmatchcase(name, pattern)), "")

    @property
    def named(self) -> frozenset[str]:
        """Rules that an item calls by name; the others fall to the item with "*"."""
        return frozenset().union(*(item.rules for item in self.items)) - {REST}


@dataclass(frozen=True)
class Rubric:
    labs: tuple[Lab, ...]
    follows: Mapping[str, frozenset[str]] = field(default_factory=dict)  # rule: those that it may be the shadow of
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # rule: the scenarios where it shows for certain
    everywhere: frozenset[str] = frozenset()  # rules whose shadow falls on all runs of a client that broke them
    by_hand: Lab = Lab(0, "By hand", 0, "by-hand", ())  # recordings, no program
    sanitized: tuple[str, ...] = ("*",)  # scenarios that the build with sanitizers plays, too

    def certain(self, rule: str, name: str) -> bool:
        """Does this finding hang on what the client did, and not on who was faster?"""
        return rule not in self.only or any(fnmatchcase(name, pattern) for pattern in self.only[rule])

    def second_opinion(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if any(fnmatchcase(name, pattern) for pattern in self.sanitized)]

    def upto(self, number: int) -> tuple[Lab, ...]:
        return tuple(lab for lab in self.labs if lab.number <= number)

    def files(self, upto: int) -> tuple[str, ...]:
        """The files that a submission must have: those of the core make one client, later labs add theirs."""
        return tuple(lab.file for lab in self.upto(max(upto, CORE)))


def item_of(data: Mapping[str, Any]) -> Item:
    return Item(id=data["id"], title=data["title"], points=int(data["points"]), rules=frozenset(data["rules"]),
                reach=data["reach"], ended=bool(data.get("ended")), again=data.get("again", ""),
                strict=bool(data.get("strict")),
                scenarios=tuple(data.get("scenarios", ())))


def hand_item_of(data: Mapping[str, Any]) -> Item:
    return Item(id=data["id"], title=data["title"], points=int(data["points"]), rules=frozenset(), reach="",
                may_break=frozenset(data.get("may_break", ())))


def by_hand_of(data: Mapping[str, Any]) -> Lab:
    items = tuple(hand_item_of(item) for item in data["item"])
    return Lab(int(data["number"]), data["title"], int(data["points"]), data["file"], items)


def lab_of(data: Mapping[str, Any]) -> Lab:
    items = tuple(item_of(item) for item in data["item"])
    return Lab(int(data["number"]), data["title"], int(data["points"]), data["file"], items, data.get("first", ""),
               tuple(data.get("not_to_call", ())), tuple(data.get("control", {}).items()))


def wrong_sum(lab: Lab) -> Iterator[str]:
    total = sum(item.points for item in lab.items)
    if total != lab.points:
        yield f"its items add up to {total}, not to {lab.points}"


def contradictions(lab: Lab) -> Iterator[str]:
    """What would make marks unfair or undefined."""
    yield from wrong_sum(lab)
    if [item.rules for item in lab.items].count(frozenset({REST})) != 1:
        yield 'exactly one item must have the rules ["*"]'
    for rule in sorted(lab.named):
        if sum(rule in item.rules for item in lab.items) > 1:
            yield f"{rule} stands in two items, so it would cost twice"
    for item in lab.items:
        if item.reach not in (START, CONNECT, *STEPS):
            yield f"{item.id}: reach is one of {', '.join((START, CONNECT, *STEPS))}"


def load(path: Path) -> Rubric:
    """Read and check rubric.toml. BadRubric: what an instructor who changed it has to put right."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
        labs, by_hand = tuple(lab_of(lab) for lab in data["lab"]), by_hand_of(data["by_hand"])
    except KeyError as missing:
        raise BadRubric(f"{path.name}: a lab or an item lacks {missing.args[0]}") from missing
    except (ValueError, TypeError) as wrong:  # among them what is no TOML, which is said with its line
        raise BadRubric(f"{path.name}: {wrong}") from wrong
    for lab in (by_hand, *labs):
        for sentence in wrong_sum(lab) if lab is by_hand else contradictions(lab):
            raise BadRubric(f"{path.name}: lab {lab.number}: {sentence}")
    return Rubric(labs, {rule: frozenset(causes) for rule, causes in data.get("follows", {}).items()},
                  {rule: tuple(patterns) for rule, patterns in data.get("only", {}).items()},
                  frozenset(data.get("everywhere", ())), by_hand, tuple(data.get("sanitized", ("*",))))


# ---- transcripts ----------------------------------------------------------------------------------

def lab_line(path: Path) -> int:
    """The number on a transcript's `lab:` line; 0 for one that is not marked."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            key, colon, value = line.partition(":")
            if not line.strip():
                break
            if colon and key == "lab" and value.strip().isdigit():
                return int(value)
    return 0


def transcripts(folder: Path, labs: tuple[Lab, ...]) -> list[str]:
    """The transcripts of these labs, in the order in which they are explained."""
    rank = {lab.number: lab for lab in labs}
    numbered = [(lab_line(path), path.relative_to(folder).as_posix()) for path in sorted(folder.rglob("*.smtp"))]
    chosen = [(number, distance(name, rank[number].first), name) for number, name in numbered if number in rank]
    return [name for _, _, name in sorted(chosen)]


def distance(name: str, first: str) -> int:
    """How far from the transcript that is explained first: itself, one of its folder, any other."""
    return 0 if name == first else 1 if name.rpartition("/")[0] == first.rpartition("/")[0] else 2
