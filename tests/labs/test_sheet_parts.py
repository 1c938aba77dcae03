"""Lab sheets: each has its parts, its marks are those of the rubric, and what it names is there.

What a sheet shows is run by tests/docs/test_shown.py.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "docs"), str(ROOT / "tests" / "handout")]

from leaks import QUOTED, both_ways, shingles  # noqa: E402

import shown  # noqa: E402
from grader.rubric import Lab, load  # noqa: E402

SHEETS = sorted(ROOT.glob("labs/*/README.md"))
RUBRIC = load(ROOT / "grader" / "rubric.toml")
PARTS = ("What to know", "Steps", "Questions", "You are done when", "Common mistakes")
QUESTIONS = (4, 6)
PAGES = 250  # lines, blocks and all: a sheet has to stay one that is read

NUMBERED = re.compile(r"(?m)^(\d+)\. ")
ANSWERED = re.compile(r"(?m)^(?:#+ |\*\*)?(\d+)\. ")
CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
FILE = re.compile(r"\b(?:(?:starter|transcripts|lib|docs|tools|tests|grader|scripts)/[\w./-]+\w)")
SCENARIO = re.compile(r"\bT=([\w/.-]+)")
SLUG = re.compile(r"[a-z]+(?:-[a-z0-9]+)+")
NO_TABLE = {"7-who-are-you"}  # sheets that have yet to be given one
TARGET = re.compile(r"\bmake ([a-z-]+)")


def name_of(page: Path) -> str:
    return page.parent.name


@pytest.fixture(params=SHEETS, ids=name_of)
def sheet(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.fixture
def text(sheet: Path) -> str:
    return sheet.read_text("utf-8")


def part(text: str, title: str) -> str:
    """What stands below the heading that begins with this; "" if there is no such heading."""
    found = re.search(rf"(?ms)^## {re.escape(title)}[^\n]*\n(.*?)(?=^## |\Z)", text)
    return found[1] if found else ""


def goal(text: str) -> str:
    """Below its heading, or between the title and the first heading."""
    return part(text, "Goal") or text.partition("\n## ")[0].partition("\n")[2]


def lab_of(sheet: Path) -> Lab | None:
    number = int(name_of(sheet).partition("-")[0])
    return next((lab for lab in RUBRIC.labs if lab.number == number), None)


def table(text: str) -> list[list[str]]:
    """The cells of the rows below a table's head."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return rows[2:]


def words(page: str) -> str:
    """A page without the blocks that are run: what they name is there, or they would fail."""
    return re.sub(r"(?ms)^```(?:console|text)\b.*?^```$", "", page)


# ---- parts ----


def test_there_are_sheets() -> None:
    assert {"1-one-email", "2-when-the-server-says-no", "3-several-messages"} <= {name_of(page) for page in SHEETS}


def test_a_sheet_has_its_parts(text: str) -> None:
    assert goal(text).strip()
    missing = [title for title in PARTS if not part(text, title).strip()]
    assert not missing


def test_a_sheet_is_short(text: str) -> None:
    assert len(text.splitlines()) <= PAGES


def test_a_sheet_names_sections_of_an_rfc(text: str) -> None:
    assert re.search(r"RFC \d{3,4}", part(text, "What to know"))


def test_a_conversation_is_to_be_typed(sheet: Path, text: str) -> None:
    assert "make step" in text or "smtp-step" in text
    if lab_of(sheet) and "## By hand first" in text:
        assert "```" in part(text, "By hand first") or re.search(r"(?m)^    \w", part(text, "By hand first"))


def test_every_question_has_an_answer_beside_the_sheet(sheet: Path, text: str) -> None:
    asked = NUMBERED.findall(part(text, "Questions"))
    answered = ANSWERED.findall((sheet.parent / "answers.md").read_text("utf-8"))
    assert asked == answered == [str(n) for n in range(1, len(asked) + 1)]
    assert QUESTIONS[0] <= len(asked) <= QUESTIONS[1]


def test_no_sheet_gives_an_answer_away(sheet: Path, text: str) -> None:
    secret = shingles(QUOTED.sub(" ", (sheet.parent / "answers.md").read_text("utf-8")))
    assert secret and not secret & both_ways(text)


# ---- marks ----


def test_the_marks_are_those_of_the_rubric(sheet: Path, text: str) -> None:
    lab = lab_of(sheet)
    if lab is None:
        pytest.skip("no lab of the rubric")
    if name_of(sheet) in NO_TABLE:
        pytest.xfail("the marks stand in a sentence")
    rows = table(part(text, "Marks"))
    assert [(row[-2], row[-1]) for row in rows] == [(item.title, str(item.points)) for item in lab.items]
    assert all(row[0] == item.id for row, item in zip(rows, lab.items) if len(row) > 2)


def test_the_overview_has_the_points_and_files_of_the_rubric() -> None:
    rows = {row[0]: row for row in table((ROOT / "labs" / "README.md").read_text("utf-8")) if row[0].isdigit()}
    for lab in RUBRIC.labs:
        assert rows[str(lab.number)][2:] == [f"`starter/{lab.file}`", str(lab.points)]


# ---- what is named is there ----


def names_in(page: Path) -> str:
    return words(page.read_text("utf-8"))


PAGES_OF_LABS = [ROOT / "labs" / "README.md", *SHEETS, *sorted(ROOT.glob("labs/*/answers.md"))]


@pytest.mark.parametrize("page", PAGES_OF_LABS, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_and_conversations_exist(page: Path) -> None:
    text = names_in(page)
    missing = [name for name in FILE.findall(text) if not (ROOT / name).exists()]
    missing += [name for name in SCENARIO.findall(text)
                if name != "name" and not (ROOT / "transcripts" / f"{name.removesuffix('.smtp')}.smtp").exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES_OF_LABS, ids=lambda page: str(page.relative_to(ROOT)))
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8")))
    named = {target for code in [*CODE.findall(names_in(page)),
                                 *[line for block in shown.blocks(page) for line in block.text.splitlines()
                                   if re.match(r"(\$ )?make ", line)]]
             for target in TARGET.findall(code)}
    assert named <= targets, named - targets


def test_rules_among_the_mistakes_exist(text: str) -> None:
    """The last column of the mistakes has what the grader says: a rule of the rulebook, or words of its own."""
    rulebook = (ROOT / "docs" / "rules.md").read_text("utf-8")
    known = set(re.findall(r"(?m)^### ([a-z0-9-]+)$", rulebook))
    named = [CODE.findall(row[-1]) for row in table(part(text, "Common mistakes"))]
    assert any(named)
    assert not {code for codes in named for code in codes if SLUG.fullmatch(code)} - known


# ---- as much of the exercise as a step asks for ----


@pytest.mark.parametrize(("much", "left"), [
    ("steps.c:send_mail_from", ["send_rcpt_to", "send_begin_data", "send_message", "send_quit"]),
    ("steps.c:send_message", ["send_quit"]),
    ("steps.c", []),
    ("keyboard.c", []),
])
def test_a_file_can_be_written_in_part(much: str, left: list[str]) -> None:
    name, text = shown.written(much)
    assert (ROOT / "starter" / name).exists()
    assert shown.STUB.findall(text) == left and text.count("TODO(c)") == len(left)
