"""The rubric: labs and their items, read from rubric.toml, and the transcripts that belong to them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

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
    again: bool = False
    scenarios: tuple[str, ...] = ()
    control: str = ""

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

    @property
    def named(self) -> frozenset[str]:
        """Rules that an item calls by name; the others fall to the item with "*"."""
        return frozenset().union(*(item.rules for item in self.items)) - {REST}


@dataclass(frozen=True)
class Rubric:
    labs: tuple[Lab, ...]
    follows: Mapping[str, frozenset[str]] = field(default_factory=dict)  # rule: those that it may be the shadow of

    def upto(self, number: int) -> tuple[Lab, ...]:
        return tuple(lab for lab in self.labs if lab.number <= number)

    def files(self, upto: int) -> tuple[str, ...]:
        """The files that a submission must have: those of the core make one client, later labs add theirs."""
        return tuple(lab.file for lab in self.upto(max(upto, CORE)))


def item_of(data: Mapping[str, Any]) -> Item:
    return Item(id=data["id"], title=data["title"], points=int(data["points"]), rules=frozenset(data["rules"]),
                reach=data["reach"], ended=bool(data.get("ended")), again=bool(data.get("again")),
                scenarios=tuple(data.get("scenarios", ())),
                control=data.get("control", ""))


def lab_of(data: Mapping[str, Any]) -> Lab:
    items = tuple(item_of(item) for item in data["item"])
    return Lab(int(data["number"]), data["title"], int(data["points"]), data["file"], items, data.get("first", ""))


def contradictions(lab: Lab) -> Iterator[str]:
    """What would make marks unfair or undefined."""
    total = sum(item.points for item in lab.items)
    if total != lab.points:
        yield f"its items add up to {total}, not to {lab.points}"
    if [item.rules for item in lab.items].count(frozenset({REST})) != 1:
        yield 'exactly one item must have the rules ["*"]'
    for rule in sorted(lab.named):
        if sum(rule in item.rules for item in lab.items) > 1:
            yield f"{rule} stands in two items, so it would cost twice"
    for item in lab.items:
        if item.reach not in STEPS:
            yield f"{item.id}: reach is one of {', '.join(STEPS)}"


def load(path: Path) -> Rubric:
    """Read and check rubric.toml."""
    with path.open("rb") as file:
        data = tomllib.load(file)
    labs = tuple(lab_of(lab) for lab in data["lab"])
    for lab in labs:
        for sentence in contradictions(lab):
            raise BadRubric(f"{path.name}: lab {lab.number}: {sentence}")
    return Rubric(labs, {rule: frozenset(causes) for rule, causes in data.get("follows", {}).items()})


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
    chosen = [(number, name != rank[number].first, name) for number, name in numbered if number in rank]
    return [name for _, _, name in sorted(chosen)]
