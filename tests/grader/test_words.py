"""Reports fit their paper, and nothing of a stranger's reaches a terminal raw."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from grader.replay import Finding, Run
from grader.report import passed_words
from grader.results import failed_last, keep_failed, write_atomically
from grader.words import Paper, clean


@pytest.mark.parametrize(("raw", "shown"), [
    ("\x1b[2J", "\\x1b[2J"), ("a\rb", "a\\x0db"), ("\x07", "\\x07"), ("\u202egnp", "\\u202egnp"), ("\x9b", "\\x9b"),
    ("two\nlines", "two\nlines"), ("\u00e9", "\u00e9"), ("\tx", "    x")])
def test_what_moves_a_cursor_is_shown_as_its_number(raw: str, shown: str) -> None:
    assert clean(raw) == shown


@pytest.mark.parametrize(("length", "cut"), [(9, False), (10, False), (11, True)])
def test_a_flood_is_cut_and_counted(length: int, cut: bool) -> None:
    assert ("[cut: 1 more characters]" in clean("x" * length, 10)) == cut


def test_a_log_is_80_wide_and_without_colour() -> None:
    paper = Paper.of(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    assert paper == Paper(80, colour=False, ascii_only=False)
    assert paper.bad("x") == "x"


def test_without_utf_8_there_is_ascii() -> None:
    paper = Paper.of(io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))
    assert paper.plain("lab 2 \u00b7 \u00e9") == "lab 2 - \\xe9"


class Terminal(io.StringIO):
    encoding = "UTF-8"

    def isatty(self) -> bool:
        return True


def test_colour_is_for_terminals_that_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "70")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert Paper.of(Terminal()) == Paper(70, colour=True)
    monkeypatch.setenv("NO_COLOR", "")
    assert not Paper.of(Terminal()).colour


def test_a_chain_breaks_between_parts() -> None:
    assert Paper(12).chain(["lab 2", "x.smtp", "rule"], " . ", "  ") == ["lab 2", "  x.smtp", "  rule"]
    assert Paper(20).chain(["lab 2", "x.smtp", "rule"], " . ", "  ") == ["lab 2 . x.smtp", "  rule"]


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "new" / "result.json"
    write_atomically(path, "one")
    with pytest.raises(AttributeError):
        write_atomically(path, None)  # type: ignore[arg-type]
    assert path.read_text() == "one" and [p.name for p in path.parent.iterdir()] == ["result.json"]


def test_what_failed_last_is_kept_for_each_folder(tmp_path: Path) -> None:
    assert failed_last(tmp_path, tmp_path / "a") is None
    keep_failed(tmp_path, tmp_path / "a", ["x.smtp"])
    keep_failed(tmp_path, tmp_path / "b", [])
    assert failed_last(tmp_path, tmp_path / "a") == ["x.smtp"] and failed_last(tmp_path, tmp_path / "b") == []


@pytest.mark.parametrize(("severity", "said"), [
    ("note", "transcripts/a/b.smtp: no mistake"),
    ("follows", "transcripts/a/b.smtp: not right yet (wrong-body)"), ("luck", "not right yet (wrong-body)")])
def test_what_may_follow_from_another_mistake_is_not_called_right(severity: str, said: str) -> None:
    run = Run("a/b.smtp", 8, "pass", findings=(Finding("wrong-body", severity),))
    assert said in " ".join(passed_words(run, Paper(80, colour=False, ascii_only=False)))
