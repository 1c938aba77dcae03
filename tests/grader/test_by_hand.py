"""Lab 0: recordings made by hand. Each mistake loses its item and no other; what is no conversation earns nothing."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.handwork import TASKS
from grader.kit import Kit
from grader.rubric import Rubric

Result = subprocess.CompletedProcess[str]
Grade = Callable[..., Result]
Made = Callable[..., Path]

FULL, LOST = 0, 1
GREETING = "S: 220 mail.example.test ESMTP\n"
HELLO = "C: EHLO client.example.org\nS: 250 mail.example.test\n"


@pytest.fixture
def marked(grade: Grade) -> Callable[[Path], tuple[dict[str, int], str]]:
    """The points of each item, and the report."""
    def run(folder: Path) -> tuple[dict[str, int], str]:
        result = grade("--lab", 0, "--format", "json", folder)
        data: dict[str, Any] = json.loads(result.stdout)
        assert result.returncode == (FULL if data["score"] == data["of"] else LOST)
        [lab] = data["labs"]
        return {item["id"]: item["points"] for item in lab["items"]}, data["report"]
    return run


Marked = Callable[[Path], tuple[dict[str, int], str]]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text, f"{path.name} has no {old!r}"
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_every_item_has_a_task(rubric: Rubric) -> None:
    assert [item.id for item in rubric.by_hand.items] == list(TASKS)


def test_the_solution_has_full_marks(grade: Grade) -> None:
    result = grade("--lab", 0, "solution")
    assert (result.returncode, result.stdout.splitlines()[-1]) == (FULL, "Score: 20/20")


def test_the_starter_has_none_and_each_recording_is_asked_for(grade: Grade, rubric: Rubric) -> None:
    result = grade("--lab", 0, "starter")
    assert (result.returncode, result.stdout.splitlines()[-1]) == (LOST, "Score: 0/20")
    for item in rubric.by_hand.items:
        assert f"starter/by-hand/{item.id}.smtp" in result.stdout and item.title in result.stdout


def test_it_is_no_part_of_the_score_of_labs_1_to_3(grade: Grade, student: Path) -> None:
    shutil.rmtree(student / "by-hand")
    result = grade("--no-sanitizers", student)
    assert (result.returncode, result.stdout.splitlines()[-1]) == (FULL, "Score: 100/100")


# A recording, what becomes of what in it, and a word of what is said. Each loses its own item.
SPOILT = [
    ("sent", "S: 250 2.0.0 Ok\nC: QUIT", "S: 554 5.0.0 No\nC: QUIT", "no message was accepted"),
    ("sent", "C: QUIT\nS: 221 2.0.0 Bye\n", "", "does not end with QUIT"),
    ("sent", "C: MAIL FROM:<alice@example.org>", "C: MAIL FROM:alice@example.org", "rule no-angle-brackets"),
    ("sent", "S: 354 End data with <CR><LF>.<CR><LF>", "S: 250 2.0.0 Ok", "250 is no answer to DATA"),
    ("sent", "C: .\nS: 250 2.0.0 Ok\nC: QUIT\nS: 221 2.0.0 Bye\n", "", "ends in the middle of a message"),
    ("sent", "C: QUIT\nS: 221 2.0.0 Bye\n", "C: QUIT\n", "ends before the server has answered"),
    ("sent", "source: recorded", "source: authored", "no recording"),
    ("sent", "C: MAIL", "@optional\nC: NOOP\nS: 250 Ok\n@end\nC: MAIL", "has no place"),
    ("sent", "C: QUIT", "S: 250 2.0.0 And once more\nC: QUIT", "nothing was said to it"),
    ("sent", "S: 250 2.1.5 Ok", "S: 354 Go ahead", "354 is no answer to RCPT"),
    ("sent", "C: .\nS: 250 2.0.0 Ok", "C: .\nS: 221 2.0.0 Ok", "221 is no answer to a message"),
    ("sent", "smtp-transcript 1", "smtp-transcript 9", "no transcript"),
    ("sent", "@close", "@clos", "no transcript"),
    ("refused", "S: 550 5.1.1 No such user here", "S: 250 2.1.5 Ok", "one RCPT TO was refused"),
    ("refused", "C: RCPT TO:<bob@example.org>\nS: 250 2.1.5 Ok\n", "", "rule reply-ignored"),
    ("dots", "C: ..\n", "", "two lines that begin with a dot"),
    ("dots", "C: ..\n", "C: .\n", "dots.smtp:"),
    ("reset", "C: RSET\nS: 250 2.0.0 Ok\n", "", "rule bad-sequence"),
    ("reset", "C: RSET\nS: 250 2.0.0 Ok\nC: MAIL FROM:<alice@example.org>\nS: 250 2.1.0 Ok\n", "", "no RSET"),
    ("order", "S: 503", "S: 250", "no command was answered 503"),
    ("order", "C: RCPT TO:<bob@example.org>\n", "C: RCPT <bob@example.org>\n", "rule bad-argument"),
    ("order", "C: .\nS: 250 2.0.0 Ok", "C: .\nS: 550 5.7.1 No", "after the 503 no message"),
    ("secure", "@tls start\n", "", "rule tls-missing"),
    ("secure", "S: 220 2.0.0 Ready to start TLS\n@tls start", "S: 454 4.7.0 Not now", "TLS never began"),
    ("secure", "S: 235 2.7.0", "S: 535 5.7.8", "rule auth-reply-ignored"),
]


@pytest.mark.parametrize(("name", "old", "new", "said"), SPOILT, ids=[f"{s[0]}: {s[3]}" for s in SPOILT])
def test_a_spoilt_recording_loses_its_item(marked: Marked, student: Path, name: str, old: str, new: str,
                                           said: str) -> None:
    edit(student / "by-hand" / f"{name}.smtp", old, new)
    points, report = marked(student)
    assert [item for item, got in points.items() if not got] == [name]
    assert said in " ".join(report.split())


def test_one_recording_under_six_names_is_not_enough(marked: Marked, student: Path) -> None:
    for name in TASKS:
        if name != "sent":
            shutil.copy(student / "by-hand" / "sent.smtp", student / "by-hand" / f"{name}.smtp")
    assert {name for name, got in marked(student)[0].items() if got} == {"sent"}


def test_a_transcript_of_the_kit_is_no_recording(marked: Marked, student: Path, root: Path) -> None:
    """They say themselves what they are."""
    shutil.copy(root / "transcripts" / "refused" / "middle-of-three-550.smtp", student / "by-hand" / "refused.smtp")
    assert marked(student)[0]["refused"] == 0


def test_what_is_no_file_is_not_read(marked: Marked, student: Path) -> None:
    own = student / "by-hand"
    own.joinpath("sent.smtp").rename(own / "elsewhere")
    own.joinpath("sent.smtp").symlink_to(own / "elsewhere")
    points, report = marked(student)
    assert points["sent"] == 0 and "symbolic link" in report


@pytest.mark.parametrize("source", ["sandbox", "replay"])
def test_what_the_stepper_records_is_judged_as_it_was(root: Path, tmp_path: Path, kit: Kit, source: str) -> None:
    """The way of the lab: typed, recorded, judged. Against the sandbox, and against a recording."""
    replay = ["--replay", "transcripts/refused/middle-of-three-550.smtp"] if source == "replay" else []
    record = tmp_path / "refused.smtp"
    lines = ["EHLO client.example.org", "MAIL FROM:<alice@example.org>"]
    names = ("bob", "nobody", "carol") if replay else ("bob", "unknown")
    lines += [f"RCPT TO:<{name}@example.org>" for name in names]
    talk = (root / "transcripts" / "refused" / "middle-of-three-550.smtp").read_text("utf-8")
    message = re.search(r"S: 354.*?\n(.*?)C: \.\n", talk, re.DOTALL)
    assert message
    lines += ["DATA", *(line[3:] for line in message[1].splitlines()), ".", "QUIT"]
    done = subprocess.run([root / "build" / "bin" / "smtp-step", *replay, "--record", record], cwd=root, text=True,
                          input="\n".join(lines) + "\n", capture_output=True, check=False)
    assert done.returncode == 0, done.stdout
    judged = subprocess.run([kit.replay, "--judge", record], capture_output=True, text=True, check=False)
    assert (judged.returncode, judged.stdout) == (0, f"pass  {record}\n"), done.stdout


def test_recordings_are_handed_in(student: Path, root: Path, tmp_path: Path) -> None:
    done = subprocess.run([root / "grader" / "submit", "-o", tmp_path / "x.tar.gz", student], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "by-hand/sent.smtp" in done.stdout and re.search(r"lab 0  By hand +20/20", done.stdout)
