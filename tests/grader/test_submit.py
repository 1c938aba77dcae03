"""make submit: what is packed is what builds, anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PACKED, NO_BUILD, USAGE = 0, 2, 64

Result = subprocess.CompletedProcess[str]
Submit = Callable[..., Result]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "to-hand-in.tar.gz"


@pytest.fixture
def submit(root: Path, archive: Path) -> Submit:
    """Run grader/submit as its users do."""
    def run(*words: Any) -> Result:
        command = [sys.executable, root / "grader" / "submit", "-o", archive, *words]
        return subprocess.run([str(word) for word in command], cwd=root, capture_output=True, text=True, check=False)
    return run


def unpacked(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        return {Path(m.name).name: tar.extractfile(m).read() for m in tar.getmembers()}  # type: ignore[union-attr]


def test_the_files_and_their_result_are_packed(submit: Submit, student: Path, archive: Path) -> None:
    done = submit("--lab", 3, student)
    assert (done.returncode, done.stderr) == (PACKED, "")
    files = unpacked(archive)
    assert sorted(files) == ["keyboard.c", "report.txt", "result.json", "session.c", "steps.c"]
    assert files["steps.c"] == (student / "steps.c").read_bytes()
    assert json.loads(files["result.json"])["score"] == 100
    assert files["report.txt"].decode().endswith("Score: 100/100\n")
    assert str(student) not in files["result.json"].decode(), "where it lay is nobody's business"


def test_the_same_work_is_the_same_archive(submit: Submit, student: Path, archive: Path) -> None:
    (student / "extra.c").write_text("int nothing(void);\n")
    submit("--lab", 3, student)
    first = archive.read_bytes()
    submit("--lab", 3, student)
    assert archive.read_bytes() == first
    assert unpacked(archive)["extra.c"] == b"int nothing(void);\n"


def test_the_starter_may_be_handed_in_and_is_told_what_is_missing(submit: Submit, root: Path) -> None:
    done = submit(root / "starter")
    assert done.returncode == PACKED
    assert "Still to do: send_mail_from," in done.stdout


@pytest.mark.parametrize("source, reason", [
    ('#include "client.h"\n#include "mine.h"\n', "mine.h"),
    ("int send_quit(struct client *c) { return 0 }\n", "steps.c:1"),
])
def test_what_does_not_build_is_refused_with_the_reason(submit: Submit, student: Path, archive: Path, source: str,
                                                        reason: str) -> None:
    """A header of one's own lies beside the file here, and would not there."""
    (student / "mine.h").write_text("#define MINE 1\n")
    (student / "steps.c").write_text(source + (student / "steps.c").read_text())
    done = submit("--lab", 3, student)
    assert done.returncode == NO_BUILD
    assert done.stdout.startswith("Not packed:") and reason in done.stdout
    assert not archive.exists()


def test_a_missing_file_is_named(submit: Submit, student: Path, archive: Path) -> None:
    (student / "session.c").unlink()
    done = submit("--lab", 3, student)
    assert done.returncode == NO_BUILD and "session.c is missing." in done.stdout
    assert not archive.exists()


def test_files_that_do_not_count_are_named(submit: Submit, student: Path) -> None:
    (student / "notes.txt").write_text("x")
    assert "Not in it: notes.txt" in submit("--lab", 3, student).stdout


def test_wrong_usage(submit: Submit) -> None:
    assert submit("/nonexistent").returncode == USAGE
    assert submit().returncode == USAGE
    assert submit("--help").stdout.startswith("usage: submit")
