"""The hand-out: always the same bytes, and nothing in it that gives an answer away."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).resolve().parent))

from leaks import leaks, members  # noqa: E402

Pack = Callable[[Path], Path]


@pytest.fixture
def pack() -> Pack:
    """Run scripts/handout in a checkout; the archive."""
    def run(root: Path) -> Path:
        done = subprocess.run([root / "scripts" / "handout"], capture_output=True, text=True, check=True)
        return root / done.stdout.strip()
    return run


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of our own, to spoil: the files of this one as they are, committed."""
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True,
                           text=True, check=True).stdout.split("\0")
    folder = tmp_path / "checkout"
    for name in names:
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    git(folder, "init", "-q")
    commit(folder)
    return folder


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=Alice", "-c", "user.email=alice@example.org"]
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "as it is")


@pytest.fixture
def unpacked(checkout: Path, pack: Pack, tmp_path: Path) -> Path:
    """The hand-out as a student has it."""
    subprocess.run(["tar", "-xzf", pack(checkout), "-C", tmp_path], check=True)
    return next(tmp_path.glob("smtplab-student-*"))


def make(kit: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *words], cwd=kit, capture_output=True, text=True, check=False)


def listed(kit: Path) -> list[str]:
    return re.findall(r"^  (\S+)", make(kit, "help").stdout, re.MULTILINE)


def planned(kit: Path) -> subprocess.CompletedProcess[str]:
    """What pytest would run there; nothing is run."""
    folders = sorted({str(file.parent) for file in kit.glob("tests/*/test_*.py")})
    return subprocess.run([sys.executable, "-m", "pytest", "-q", "--setup-plan", "-p", "no:cacheprovider", *folders],
                          cwd=kit, capture_output=True, text=True, check=False)


def test_the_tests_in_it_have_all_they_need(unpacked: Path) -> None:
    """Their imports and fixtures: some are of the solution's test room, and stay behind with it."""
    done = planned(unpacked)
    assert done.returncode == 0, done.stdout[-2000:]
    shutil.copy2(ROOT / "tests" / "programs" / "test_dial.py", unpacked / "tests" / "programs")
    assert "fixture 'client_of' not found" in planned(unpacked).stdout


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")


def found(checkout: Path, pack: Pack) -> list[str]:
    return list(leaks(members(pack(checkout)), checkout))


def test_made_twice_it_is_the_same_bytes(checkout: Path, pack: Pack) -> None:
    first = pack(checkout).read_bytes()
    assert pack(checkout).read_bytes() == first


def test_nothing_in_it_gives_an_answer_away(checkout: Path, pack: Pack) -> None:
    assert not found(checkout, pack)


def test_what_a_student_needs_is_in_it(checkout: Path, pack: Pack) -> None:
    files = members(pack(checkout))
    needed = ["Makefile", "README.md", "starter/client.h", "starter/steps.c", "lib/tls.c", "tools/step/main.c",
              "grader/grade", "grader/rubric.toml", "transcripts/plain/one-message.smtp", "docs/transcripts.md",
              "scripts/install-deps"]
    assert not [name for name in needed if name not in files]


def test_a_line_of_the_solution_is_found(checkout: Path, pack: Pack) -> None:
    """One function, without its comment, in a page that students read."""
    body = (checkout / "solution" / "steps.c").read_text("utf-8").partition("static int add_body(")[2]
    append(checkout / "docs" / "transcripts.md", "    static int add_body(" + body.partition("\n}\n")[0])
    commit(checkout)
    assert any("docs/transcripts.md has words of solution/steps.c" in line for line in found(checkout, pack))


def test_the_text_of_a_hidden_transcript_is_found(checkout: Path, pack: Pack) -> None:
    hidden = sorted((checkout / "transcripts" / "hidden").rglob("*.smtp"))[0]
    append(checkout / "README.md", hidden.read_text("utf-8"))
    commit(checkout)
    assert any("README.md has words of transcripts/hidden/" in line for line in found(checkout, pack))


def test_an_answer_of_the_instructor_is_found(checkout: Path, pack: Pack) -> None:
    answers = sorted((checkout / "labs").glob("*/answers.md"))[0]
    append(answers.parent / "README.md", answers.read_text("utf-8"))
    commit(checkout)
    assert any("README.md has words of labs/" in line for line in found(checkout, pack))


@pytest.mark.parametrize("name", ["solution/steps.c", "transcripts/hidden/x.smtp", "labs/1-one-email/answers.md"])
def test_a_file_that_is_not_for_students_is_found(checkout: Path, pack: Pack, name: str) -> None:
    """Were export-ignore forgotten."""
    (checkout / ".gitattributes").write_text("")
    (checkout / name).parent.mkdir(parents=True, exist_ok=True)
    append(checkout / name, "x")
    commit(checkout)
    assert f"{name} must not be in it" in found(checkout, pack)


def test_a_compiled_program_is_found(checkout: Path, pack: Pack) -> None:
    shutil.copy2(sys.executable, checkout / "docs" / "client")
    commit(checkout)
    assert "docs/client is a compiled program" in found(checkout, pack)


DAILY = ["step", "try", "check", "again", "debug", "submit", "doctor"]
OUR_FILES = re.compile(r"(?<![\w/])(?:tests|scripts|grader)/[\w./-]+")


def test_its_help_lists_what_works_there_and_the_daily_words_first(checkout: Path, unpacked: Path) -> None:
    """What a target would start is there."""
    names = listed(unpacked)
    assert names[:len(DAILY)] == DAILY and set(names) < set(listed(checkout))
    dry = {name: make(unpacked, "-n", name) for name in names}
    assert not [name for name, done in dry.items() if done.returncode]
    would = {name: set(OUR_FILES.findall(done.stdout)) for name, done in dry.items()}
    assert not [(name, file) for name, files in would.items() for file in files if not (unpacked / file).exists()]
    assert would["check"] == {"grader/grade"} | would["again"]


def test_help_fits_a_screen_of_80_by_24(unpacked: Path) -> None:
    lines = make(unpacked, "help").stdout.splitlines()
    assert len(lines) < 24 and max(map(len, lines)) <= 80


@pytest.mark.parametrize("name", ["handout", "handout-verify", "mutants", "bench", "interop", "recordings"])
def test_what_does_not_work_there_says_so_at_once(unpacked: Path, name: str) -> None:
    done = make(unpacked, name)
    assert (done.returncode, done.stdout) == (2, "") and "this is the hand-out" in done.stderr
