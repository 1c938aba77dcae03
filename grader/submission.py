"""A submission: the files of a folder that count, copied by an allow-list of names.

Nothing else of the folder is used: no Makefile, no header, no object file. What is there besides is
named in the report, so that nobody wonders why an edit has no effect.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

FILE_MAX = 1 << 20
SEARCH_DEPTH = 2
OPTIONAL = "extra.c"
NOT_SEARCHED = {"__MACOSX"}


@dataclass(frozen=True)
class Source:
    """One file of a student."""

    name: str
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode("utf-8", "backslashreplace")


@dataclass(frozen=True)
class Todo:
    """A stub that is still a stub."""

    function: str
    file: str
    line: int


@dataclass(frozen=True)
class Submission:
    """What was found in a folder. `problems` says in words why it cannot be built."""

    folder: Path
    shown: str  # the folder as its owner knows it: messages name files below it
    sources: tuple[Source, ...] = ()
    unused: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    def path(self, name: str) -> str:
        return f"{self.shown}/{name}"

    def as_given(self, name: str, provided: Path) -> bool:
        """Is this file still what the student was given, comments and layout aside?"""
        given, _ = read_regular(provided / name)
        return any(bare(s.text) == bare(Source(name, given).text) for s in self.sources if s.name == name)

    @property
    def todos(self) -> tuple[Todo, ...]:
        return tuple(todo for source in self.sources for todo in todos_in(source))


def read_regular(path: Path) -> tuple[bytes, str]:
    """The bytes of a regular file, or the reason not to read it. Never follows a link, never waits for a pipe."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return b"", "is a symbolic link; hand in the file itself" if path.is_symlink() else f"{error.strerror}"
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        return b"", "is no regular file"
    with os.fdopen(fd, "rb") as file:
        data = file.read(FILE_MAX + 1)
    return (data, "") if len(data) <= FILE_MAX else (b"", f"is larger than {FILE_MAX >> 20} MiB")


def folders(top: Path, depth: int) -> Iterator[Path]:
    """The folder, then those inside it: archives often unpack into a folder of their own."""
    yield top
    if depth > 0:
        for entry in sorted(os.scandir(top), key=lambda e: e.name):
            if entry.is_dir(follow_symlinks=False) and entry.name not in NOT_SEARCHED and entry.name[0] != ".":
                yield from folders(Path(entry.path), depth - 1)


def home_of(top: Path, wanted: Sequence[str]) -> Path:
    """Where the files are: the folder itself, or the one folder below it that has one of them."""
    having = [f for f in folders(top, SEARCH_DEPTH) if any(os.path.lexists(f / name) for name in wanted)]
    return having[0] if having and (having[0] == top or len(having) == 1) else top


def unused_in(folder: Path, used: Sequence[str], provided: Path) -> Iterator[str]:
    """Files that have no effect, but for faithful copies of what the kit provides, and for those of later labs."""
    later = provided / "absent"  # has a stand-in for each
    for entry in sorted(os.scandir(folder), key=lambda e: e.name):
        if entry.name in used or entry.name.startswith(".") or (later / entry.name).exists():
            continue
        is_folder = entry.is_dir(follow_symlinks=False)
        theirs, reason = read_regular(Path(entry.path))
        if is_folder and not (provided / entry.name).is_dir():
            yield f"{entry.name}/"
        elif not is_folder and (reason or read_regular(provided / entry.name) != (theirs, "")):
            yield entry.name


def collect(top: Path, wanted: Sequence[str], provided: Path) -> Submission:
    """Read a folder. Every wanted file must be there, extra.c may be."""
    folder = home_of(top, wanted)
    names = [*wanted, *([OPTIONAL] if os.path.lexists(folder / OPTIONAL) else [])]
    sources, problems = [], []
    for name in names:
        data, reason = read_regular(folder / name)
        if reason == os.strerror(2):
            problems.append(f"{name} is missing.")
        elif reason:
            problems.append(f"{name}: {reason}.")
        else:
            sources.append(Source(name, data))
    if problems:
        problems.append(f"In {folder} there is: {listing(folder)}.")
    return Submission(folder, str(folder), tuple(sources), tuple(unused_in(folder, names, provided)), tuple(problems))


def listing(folder: Path, most: int = 20) -> str:
    """The names in a folder, in a sentence."""
    names = sorted(entry.name for entry in os.scandir(folder))
    shown = ", ".join(names[:most]) or "nothing"
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


# ---- stubs ----------------------------------------------------------------------------------------

NOT_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
DEFINITION = re.compile(r"^[A-Za-z_][\w\s*]*?\b(\w+)\s*\(", re.ASCII)
STUB = re.compile(r"\bTODO(?:_LAB)?\s*\(")


def code_of(text: str) -> str:
    """The text with comments and strings blanked, line for line."""
    return NOT_CODE.sub(lambda m: "\n" * m.group().count("\n"), text)


def bare(text: str) -> list[str]:
    """The words of the code, without comments and layout."""
    return code_of(text).split()


def todos_in(source: Source) -> Iterator[Todo]:
    """Stubs by reading: a run ends at the first one, and a student wants to see them all."""
    function = source.name
    for number, line in enumerate(code_of(source.text).split("\n"), 1):
        definition = DEFINITION.match(line)
        if definition:
            function = definition.group(1)
        if STUB.search(line) and not line.lstrip().startswith("#"):
            yield Todo(function, source.name, number)
