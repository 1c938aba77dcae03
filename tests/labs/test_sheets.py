"""The lab sheets: each lab has one, no part of it is missing, and all that it names exists.

The commands and conversations of the sheets are run by tests/docs/test_shown.py, as those of all pages.
"""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import sheet as checks  # noqa: E402
from sheet import ROOT, Check, Sheet  # noqa: E402

SHEETS = checks.sheets()


@pytest.mark.parametrize("check", checks.CHECKS, ids=[check.__name__ for check in checks.CHECKS])
@pytest.mark.parametrize("sheet", SHEETS, ids=[sheet.folder.name for sheet in SHEETS])
def test_a_sheet_is_right(sheet: Sheet, check: Check) -> None:
    problems = list(check(sheet))
    assert not problems, "\n".join(problems)


def test_the_list_of_labs_names_each_sheet() -> None:
    listed = re.findall(r"\((\d[\w-]+)/README\.md\)", (ROOT / "labs" / "README.md").read_text("utf-8"))
    assert listed == [sheet.folder.name for sheet in SHEETS]


# ---- the checks themselves ----

SPOILT = [  # what is broken in a sheet, which check sees it
    ("## Steps", "## Paces", checks.missing_sections),
    ("to the right people | 6 |", "to the right people | 7 |", checks.wrong_marks),
    ("`dot-stuffing`", "`dot-stuffings`", checks.unknown_slugs),
    ("`starter/steps.c`", "`starter/stops.c`", checks.unknown_files),
    ("](../../docs/student.md", "](../../docs/students.md", checks.broken_links),
    ("docs/glossary.md#line)", "docs/glossary.md#lines)", checks.broken_links),
    ("`get_reply()`", "`get_replies()`", checks.unknown_functions),
    ("\n1. ", "\n1. Is it true that ", checks.unanswered),
]


@pytest.mark.parametrize(("old", "new", "check"), SPOILT, ids=[new.strip() for _, new, _ in SPOILT])
def test_a_spoilt_sheet_is_found_out(old: str, new: str, check: Check) -> None:
    sheet = next(sheet for sheet in SHEETS if sheet.number == 1)
    at = sheet.text.index("## Questions") if check is checks.unanswered else 0
    assert old in sheet.text[at:], old
    broken = replace(sheet, text=sheet.text[:at] + sheet.text[at:].replace(old, new))
    assert list(check(broken)) and not list(check(sheet))


def test_an_answer_may_not_be_missing_or_empty() -> None:
    sheet = next(sheet for sheet in SHEETS if sheet.number == 1)
    without = re.sub(r"(?ms)^\*\*1\. .*?(?=^\*\*2\. )", "", sheet.answers)
    question = re.search(r"(?ms)^\*\*1\. .*?\*\*$", sheet.answers)
    assert question
    empty = re.sub(r"(?ms)^\*\*1\. .*?(?=^\*\*2\. )", question[0] + "\n\n", sheet.answers)
    for answers in (without, empty):
        assert list(checks.unanswered(replace(sheet, answers=answers)))
