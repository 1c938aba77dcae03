"""Several folders in one call, as an instructor grades a class."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

Result = subprocess.CompletedProcess[str]
Grade = Callable[..., Result]

LOST, NO_BUILD, STOPPED = 1, 2, 130
BACKSTOP = 120  # seconds: nothing is measured by it


def test_several_folders_are_graded_whatever_one_of_them_does(grade: Grade, student: Path) -> None:
    (student / "steps.c").write_text("nonsense\n")
    result = grade("solution", student, "starter")
    *_, good, broken, empty, count, score = result.stdout.splitlines()
    assert result.returncode == NO_BUILD and score == "Score: 100/300"
    assert [row.split()[1] for row in (good, broken, empty)] == ["100/100", "0/100", "0/100"]
    assert broken.endswith("does not build")
    assert count == "3 folders: 1 with full marks, 1 with less, 1 that do not build"


def test_a_report_has_the_name_of_the_folder_that_was_given(grade: Grade, root: Path, tmp_path: Path) -> None:
    """Archives often unpack into a folder of their own, and all of them into one of the same name."""
    for name, source in (("alice", "solution"), ("bob", "starter")):
        shutil.copytree(root / source, tmp_path / name / "smtplab-student" / "starter")
    alice, bob = tmp_path / "alice", tmp_path / "bob"
    result = grade("--report", tmp_path / "reports", "--json", tmp_path / "all.json", alice, bob)
    assert result.returncode == LOST
    assert [line.split()[:2] for line in result.stdout.splitlines()[:2]] == [
        [str(alice), "100/100"], [str(bob), "0/100"]]
    assert {file.name for file in (tmp_path / "reports").iterdir()} == {
        f"{name}.{kind}" for name in ("alice", "bob") for kind in ("txt", "json")}
    assert "smtplab-student/starter/steps.c:" in (tmp_path / "reports" / "bob.txt").read_text()
    everything = json.loads((tmp_path / "all.json").read_text())
    assert everything == [json.loads((tmp_path / "reports" / f"{name}.json").read_text()) for name in ("alice", "bob")]


def test_folders_of_the_same_name_have_reports_of_their_own(grade: Grade, root: Path, tmp_path: Path) -> None:
    for name in ("monday", "tuesday"):
        shutil.copytree(root / "solution", tmp_path / name / "alice")
    grade("--report", tmp_path / "reports", tmp_path / "monday" / "alice", tmp_path / "tuesday" / "alice")
    names = [file.name for file in sorted((tmp_path / "reports").glob("*.txt"))]
    assert [name.endswith(end) for name, end in zip(names, ("monday_alice.txt", "tuesday_alice.txt"))] == [True, True]


def started(root: Path, tmp: Path, *words: str | Path) -> subprocess.Popen[str]:
    """The grader, in a session of its own, to be stopped as Ctrl-C would."""
    command: list[str | Path] = [sys.executable, root / "grader" / "grade", *words]
    (tmp / "tmp").mkdir()
    return subprocess.Popen(command, cwd=root, env={**os.environ, "TMPDIR": str(tmp / "tmp")}, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=listen_to_ctrl_c)


def listen_to_ctrl_c() -> None:
    """Where these tests run in the background of a script, SIGINT is ignored, and so it would be by whom they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_who_stops_it_keeps_what_was_done(root: Path, tmp_path: Path) -> None:
    folders = [tmp_path / f"student-{n:02}" for n in range(20)]
    for folder in folders:
        shutil.copytree(root / "solution", folder)
    process = started(root, tmp_path, "--jobs", "1", "--report", tmp_path / "reports", *folders)
    assert process.stdout
    first = process.stdout.readline()  # comes when it is known, not when all are
    os.killpg(process.pid, signal.SIGINT)
    rows, errors = process.communicate(timeout=BACKSTOP)
    assert first.split()[1] == "100/100" and json.loads((tmp_path / "reports" / "student-00.json").read_text())
    stopped = re.fullmatch(r"grade: stopped: (\d+) of 20 folders are graded\n", errors)
    assert process.returncode == STOPPED and stopped and 1 <= int(stopped[1]) < 20
    assert len(re.findall(r"student-\d\d +100/100", rows)) == int(stopped[1]) - 1
    kept = [json.loads(file.read_text()) for file in (tmp_path / "reports").glob("*.json")]
    assert {result["score"] for result in kept} == {100}  # none of the one that was stopped half-way


def test_one_folder_is_stopped_in_a_word(root: Path, tmp_path: Path) -> None:
    at_work, replay = tmp_path / "at-work", tmp_path / "replay"
    os.mkfifo(at_work)
    replay.write_text(f"#!/bin/sh\necho now >{at_work}\nexec sleep 1000\n")
    replay.chmod(0o755)
    process = started(root, tmp_path, "--replay", replay, "solution")
    assert at_work.read_text().startswith("now")
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=BACKSTOP) == ("", "grade: stopped\n")
    assert process.returncode == STOPPED and list((tmp_path / "tmp").iterdir()) == []


def test_how_far_it_has_come_is_told_on_a_terminal(root: Path, tmp_path: Path) -> None:
    """Where the rows go into a file and the terminal would be silent for minutes."""
    master, slave = pty.openpty()
    with (tmp_path / "rows").open("w") as rows:
        command: list[str | Path] = [sys.executable, root / "grader" / "grade", "--report", tmp_path / "reports"]
        subprocess.run([*command, "solution", "starter"], cwd=root, stdout=rows, stderr=slave, check=False)
    os.close(slave)
    assert b"\rgrade: 1 of 2 graded\rgrade: 2 of 2 graded\r\n" == os.read(master, 4096)
    os.close(master)
