"""A lab sheet as its reader sees it, and what can be wrong with one. How to write a sheet: labs/README.md.

What a sheet shows is run by tests/docs (shown.py). Here: is every part there, and does everything exist that is named?
Each check takes a sheet and yields sentences, one for each thing that is wrong.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from grader.rubric import Lab, load  # noqa: E402

SECTIONS = ("Goal", "What to know", "Steps", "In the stepper", "Questions", "You are done when", "Marks",
            "Common mistakes, and what the grader will say")
FENCED = re.compile(r"^( *)(`{3,})[^\n]*\n.*?^\1\2$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
NUMBERED = re.compile(r"^(\d+)\. (.*(?:\n(?!\d+\. |\n).*)*)", re.MULTILINE)
ANSWERED = re.compile(r"^\*\*(\d+)\. (.*?)\*\*$", re.MULTILINE | re.DOTALL)
SLUG = re.compile(r"[a-z]+(?:-[a-z0-9]+)+")
NAMED_FILE = re.compile(r"[\w./-]+/[\w./-]*|[\w-]+\.(?:c|h|md|smtp|toml)")
CALL = re.compile(r"([a-z_]\w*)\(\)")

# What the C standard and POSIX offer, as far as sheets speak of it.
STANDARD = frozenset(
    "accept bind calloc close connect exit fclose fgets fopen fread free freeaddrinfo fstat fwrite getaddrinfo getline "
    "getsockopt htons inet_pton isatty listen malloc memchr memcmp memcpy memmove memset open poll popen printf read "
    "realloc recv send setsockopt sigaction signal snprintf socket sprintf stat strcasecmp strcat strchr strcmp strcpy "
    "strlen strncasecmp strncmp strncpy strrchr strstr strtok strtol waitpid write".split())
# Made when something is run.
MADE = ("build/", "~/")


@dataclass(frozen=True)
class Sheet:
    """The README.md of one lab. `answers` is its instructor's copy, "" if there is none."""

    folder: Path
    text: str
    answers: str

    @classmethod
    def of(cls, folder: Path) -> Sheet:
        answers = folder / "answers.md"
        return cls(folder, (folder / "README.md").read_text("utf-8"),
                   answers.read_text("utf-8") if answers.exists() else "")

    @property
    def number(self) -> int:
        return int(self.folder.name.partition("-")[0])

    @cached_property
    def prose(self) -> str:
        """Without the blocks of code."""
        return FENCED.sub("", self.text)

    def section(self, title: str) -> str:
        found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", self.prose, re.MULTILINE | re.DOTALL)
        return found[1] if found else ""

    @property
    def code(self) -> list[str]:
        """What stands between backquotes, in the sheet and in its answers."""
        return INLINE.findall(self.prose) + INLINE.findall(FENCED.sub("", self.answers))


def sheets() -> list[Sheet]:
    return [Sheet.of(page.parent) for page in sorted((ROOT / "labs").glob("*/README.md"))]


@cache
def labs() -> dict[int, Lab]:
    return {lab.number: lab for lab in load(ROOT / "grader" / "rubric.toml").labs}


@cache
def slugs() -> frozenset[str]:
    """Of the rulebook as it is printed."""
    return frozenset(re.findall(r"^### `([a-z0-9-]+)`", (ROOT / "docs" / "rules.md").read_text("utf-8"), re.MULTILINE))


@cache
def declared() -> frozenset[str]:
    """Names with a bracket behind them in what a student can read."""
    files = [*(ROOT / "starter").glob("*.[ch]"), *(ROOT / "lib").glob("*.h")]
    return frozenset(name for file in files for name in re.findall(r"\b([a-zA-Z_]\w*)\s*\(", file.read_text("utf-8")))


# ---- the checks ----

def missing_sections(sheet: Sheet) -> Iterator[str]:
    found = re.findall(r"^## (.*)$", sheet.prose, re.MULTILINE)
    if tuple(found) != SECTIONS:
        yield f"the sections are {found}, and should be {list(SECTIONS)}"
    yield from (f"nothing stands under {title}" for title in SECTIONS if not sheet.section(title).strip())


def marks_table(lab: Lab) -> str:
    """The table that a sheet has under Marks."""
    rows = [f"| `{item.id}` | {item.title} | {item.points} |" for item in lab.items]
    return "\n".join(["| item | for | points |", "|---|---|---|", *rows, f"| | | **{lab.points}** |"])


def wrong_marks(sheet: Sheet) -> Iterator[str]:
    lab = labs().get(sheet.number)
    if lab and marks_table(lab) not in sheet.section("Marks"):
        yield f"the marks are, by grader/rubric.toml:\n{marks_table(lab)}"


def unknown_slugs(sheet: Sheet) -> Iterator[str]:
    """A word with hyphens is a rule, a program, or the name of a file or folder without what stands round it."""
    programs = {f"smtp-{path.name}" for path in (ROOT / "tools").iterdir()}
    for word in sheet.code:
        known = slugs() | programs
        if SLUG.fullmatch(word) and word not in known and not any(ROOT.glob(f"transcripts/**/{word}.smtp")):
            yield f"there is no rule `{word}`"


def exists(sheet: Sheet, name: str) -> bool:
    places = (sheet.folder, ROOT, ROOT / "starter", ROOT / "solution", ROOT / "lib", ROOT / "transcripts")
    return any((place / name).exists() or (place / f"{name}.smtp").exists() for place in places)


def unknown_files(sheet: Sheet) -> Iterator[str]:
    for word in sheet.code:
        if NAMED_FILE.fullmatch(word) and not word.startswith(MADE) and not exists(sheet, word):
            yield f"there is no file `{word}`"


def broken_links(sheet: Sheet) -> Iterator[str]:
    for link in LINK.findall(sheet.prose):
        path, _, anchor = link.partition("#")
        target = sheet.folder / path if path else sheet.folder / "README.md"
        if "://" in link:
            continue
        if not target.exists():
            yield f"the link {link} leads nowhere"
        elif anchor and anchor not in anchors(target.read_text("utf-8")):
            yield f"the link {link}: no such heading"


def anchors(text: str) -> set[str]:
    """The headings as GitHub names them."""
    heads = re.findall(r"^#+ (.*)$", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def unknown_functions(sheet: Sheet) -> Iterator[str]:
    for word in sheet.code:
        call = CALL.fullmatch(word)
        if call and call[1] not in declared() | STANDARD:
            yield f"there is no function `{word}`"


def one_line(text: str) -> str:
    return " ".join(text.split())


def unanswered(sheet: Sheet) -> Iterator[str]:
    """Each question stands in the answers in the same words, and has an answer below it."""
    asked = {int(n): one_line(words) for n, words in NUMBERED.findall(sheet.section("Questions"))}
    answered = {int(n): one_line(words) for n, words in ANSWERED.findall(sheet.answers)}
    if list(asked) != list(range(1, len(asked) + 1)) or len(asked) < 3:
        yield f"the questions are numbered {list(asked)}: from 1 on, three at least"
    yield from (f"question {n} is not in answers.md: {words}" for n, words in asked.items() if answered.get(n) != words)
    yield from (f"answer {n} is to no question" for n in answered if n not in asked)
    empty = re.compile(r"\*\*\s*(?=\*\*\d|\Z)")
    if sheet.answers and empty.search(sheet.answers):
        yield "an answer is empty"


Check = Callable[[Sheet], Iterator[str]]
CHECKS: tuple[Check, ...] = (missing_sections, wrong_marks, unknown_slugs, unknown_files, broken_links, unknown_functions,
                             unanswered)
