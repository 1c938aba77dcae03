"""The lab sheets: each lab has one, no part of it is missing, and all that it names exists.

The commands and conversations of the sheets are run by tests/docs/test_shown.py, as those of all pages.
"""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "docs")]

import sheet as checks  # noqa: E402
import shown  # noqa: E402
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


# ---- as if this much were written (`written=` of a block) ----

@pytest.mark.parametrize(("name", "done", "to_do", "helper"), [
    ("steps.c:send_rcpt_to", ["send_mail_from", "send_rcpt_to"],
     ["send_begin_data", "send_message", "send_quit"], None),
    ("wire.c:wire_send", ["wire_dial", "wire_send"],
     ["wire_reply", "wire_greet", "wire_hello", "wire_login"], "take_line"),
    ("security.c:security_implicit", ["security_trust", "security_implicit"], ["security_starttls"], "injected"),
])
def test_a_file_is_written_down_to_a_function(name: str, done: list[str], to_do: list[str], helper: str | None) -> None:
    """What a stub's own helpers would be is not there: the compiler would say that nobody calls them."""
    file, text = shown.written(name)
    assert re.findall(r"(?m)^int (\w+)\(", text) == done + to_do
    assert shown.STUB.findall(text) == to_do
    assert helper is None or helper in shown.written(file)[1] and helper not in text


def test_a_file_is_not_written_down_to_what_is_no_stub() -> None:
    with pytest.raises(AssertionError, match="no such stub"):
        shown.written("wire.c:wire_listen")
