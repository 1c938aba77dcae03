"""make handout-verify: the hand-out, made, searched for answers, and used as a student would, in an empty folder.

It is unpacked where nothing else is, with a new home folder; the two commands of the README are said; the starter has
no point in any lab; and the solution, put in the starter's place, has all. Says a line a step; status 1 if one fails.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(Path(__file__).resolve().parent), str(ROOT)]

from leaks import leaks, members  # noqa: E402

from grader.rubric import load  # noqa: E402

SHOWN = 40  # lines of a command that failed


def packed() -> Path:
    done = subprocess.run([ROOT / "scripts" / "handout"], capture_output=True, text=True, check=True)
    return ROOT / done.stdout.strip()


def said(kit: Path, home: Path, *command: str) -> str:
    """What is wrong with a command that should succeed; "" if it did."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TERM") if name in os.environ}
    done = subprocess.run(command, cwd=kit, env={**kept, "HOME": str(home), "CI": "true"}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    tail = "\n    ".join(done.stdout.splitlines()[-SHOWN:])
    return "" if done.returncode == 0 else f"{' '.join(command)} ended with status {done.returncode}:\n    {tail}"


def points(kit: Path, folder: Path) -> list[tuple[int, int, int]]:
    """Lab, points, and of how many, as the hand-out's own grader sees a folder."""
    last = str(max(lab.number for lab in load(kit / "grader" / "rubric.toml").labs))
    done = subprocess.run([kit / "grader" / "grade", "--lab", last, "--format", "json", folder], capture_output=True,
                          text=True, check=False)
    return [(lab["lab"], lab["points"], lab["of"]) for lab in json.loads(done.stdout)["labs"]]


def wrong_marks(kit: Path, work: Path) -> Iterator[str]:
    given = [mark for mark in points(kit, kit / "starter") if mark[1] > 0]
    if given:
        yield f"the starter has points: {given}"
    answers = work / "answers"
    shutil.copytree(kit / "starter", answers)
    shutil.copytree(ROOT / "solution", answers, dirs_exist_ok=True)
    lost = [mark for mark in points(kit, answers) if mark[1] < mark[2]]
    if lost:
        yield f"the solution loses points: {lost}"


def steps(work: Path) -> Iterator[tuple[str, Sequence[str]]]:
    """What is looked at, and what was wrong with it."""
    archive = packed()
    yield "made twice, the same bytes", [] if packed().read_bytes() == archive.read_bytes() else ["they differ"]
    yield "nothing in it gives an answer away", list(leaks(members(archive), ROOT))
    subprocess.run(["tar", "-xzf", archive, "-C", work], check=True)
    kit, home = next(work.iterdir()), work / "home"
    home.mkdir()
    for command in (("make", "demo"), ("make", "test")):
        yield " ".join(command), list(filter(None, [said(kit, home, *command)]))
    yield "the starter has no point, the solution all", list(wrong_marks(kit, work))


def main() -> int:
    failed = 0
    with tempfile.TemporaryDirectory(prefix="smtplab-") as folder:
        for what, problems in steps(Path(folder)):
            print(f"{'WRONG' if problems else 'ok'}: {what}", flush=True)
            for problem in problems:
                print(f"  {problem}", flush=True)
            failed += bool(problems)
    print(f"handout-verify: {'it can be handed out' if not failed else 'NOT to be handed out'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
