"""The rubric students are marked by, and what it must never be."""

from __future__ import annotations

import fnmatch
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from grader.rubric import REST, BadRubric, Item, Lab, Rubric, contradictions, lab_line, load, transcripts

LAB = Lab(1, "one", 5, "steps.c", (Item("a", "", 3, frozenset({"bare-lf"}), "mail"),
                                   Item("b", "", 2, frozenset({REST}), "accepted")))


def test_core_labs_make_100(rubric: Rubric) -> None:
    assert [lab.points for lab in rubric.upto(3)] == [50, 25, 25]


def test_every_rule_is_in_the_rulebook(rubric: Rubric, root: Path) -> None:
    slugs = set(re.findall(r'"([a-z0-9-]+)"', "".join(p.read_text() for p in sorted(root.glob("lib/rules*.c")))))
    shadows = set(rubric.follows).union(*rubric.follows.values(), rubric.only)
    assert {rule for lab in rubric.labs for rule in lab.named} | shadows <= slugs


def test_every_item_has_a_transcript_and_every_control_is_one(rubric: Rubric, root: Path) -> None:
    names = transcripts(root / "transcripts", rubric.labs)
    for lab in rubric.labs:
        own = [name for name in names if lab_line(root / "transcripts" / name) == lab.number]
        for item in lab.items:
            assert any(item.plays(name) for name in own), f"lab {lab.number}, {item.id}"
            assert all(fnmatch.filter(own, pattern) for pattern in item.scenarios), item.scenarios


def test_every_control_is_a_transcript_and_every_pattern_fits_one(rubric: Rubric, root: Path) -> None:
    names = transcripts(root / "transcripts", rubric.labs)
    for lab in rubric.labs:
        own = [name for name in names if lab_line(root / "transcripts" / name) == lab.number]
        used = {next((p for p, _ in lab.controls if fnmatch.fnmatch(name, p)), "") for name in own}
        assert {pattern for pattern, _ in lab.controls} <= used
        assert {control for _, control in lab.controls} <= set(names)
    patterns = [*rubric.sanitized, *(pattern for where in rubric.only.values() for pattern in where)]
    assert all(fnmatch.filter(names, pattern) for pattern in patterns)


def test_all_of_lab_2_has_a_control(rubric: Rubric, root: Path) -> None:
    refusals = transcripts(root / "transcripts", tuple(lab for lab in rubric.labs if lab.number == 2))
    assert refusals and all(rubric.labs[1].control(name) for name in refusals)


@pytest.mark.parametrize(("items", "said"), [
    ((replace(LAB.items[0], points=4), LAB.items[1]), "add up to 6"),
    ((LAB.items[0], replace(LAB.items[1], rules=frozenset({"bare-cr"}))), "exactly one item"),
    ((LAB.items[0], LAB.items[1], Item("c", "", 0, frozenset({"bare-lf"}), "mail")), "cost twice"),
    ((replace(LAB.items[0], reach="hello"), LAB.items[1]), "reach is one of"),
])
def test_a_rubric_that_contradicts_itself_is_refused(items: tuple[Item, ...], said: str) -> None:
    assert said in " ".join(contradictions(replace(LAB, items=items)))


@pytest.mark.parametrize(("old", "new", "said"), [
    ('title = "One email sent"\n', "", "lacks title"),
    ("points = 50", "points = 49", "add up to 50, not to 49"),
    ("points = 50", 'points = "many"', "many"),
    ("[[lab]]", "[[lab", "line "),
    ("[by_hand]", "[by_foot]", "lacks number"),
])
def test_a_changed_rubric_says_what_is_wrong(root: Path, tmp_path: Path, old: str, new: str, said: str) -> None:
    text = (root / "grader" / "rubric.toml").read_text("utf-8")
    assert old in text
    changed = tmp_path / "rubric.toml"
    changed.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(BadRubric, match=said):
        load(changed)


def test_a_wrong_rubric_is_told_in_a_line(root: Path, tmp_path: Path, student: Path) -> None:
    for name in ("grader", "lib"):
        shutil.copytree(root / name, tmp_path / name)
    rubric = tmp_path / "grader" / "rubric.toml"
    rubric.write_text(rubric.read_text("utf-8").replace("points = 50", "points = 49"), "utf-8")
    done = subprocess.run([sys.executable, str(tmp_path / "grader" / "grade"), str(student)], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 3
    assert done.stderr == "grade: not judged: rubric.toml: lab 1: its items add up to 50, not to 49\n"


def test_a_consistent_lab_has_no_contradictions() -> None:
    assert not list(contradictions(LAB))


@pytest.mark.parametrize(("header", "lab"), [
    ("smtp-transcript 1\ntitle: x\nlab: 2\n\nS: 220 x\n", 2), ("smtp-transcript 1\n\nlab: 2\n", 0),
    ("smtp-transcript 1\nlab: two\n\n", 0), ("", 0)])
def test_the_lab_is_read_from_the_header_only(tmp_path: Path, header: str, lab: int) -> None:
    path = tmp_path / "x.smtp"
    path.write_text(header)
    assert lab_line(path) == lab


def test_the_first_transcript_is_explained_first(tmp_path: Path) -> None:
    for name in ("a.smtp", "z.smtp", "none.smtp"):
        (tmp_path / name).write_text(f"smtp-transcript 1\n{'' if name == 'none.smtp' else 'lab: 1'}\n")
    assert transcripts(tmp_path, (replace(LAB, first="z.smtp"),)) == ["z.smtp", "a.smtp"]
