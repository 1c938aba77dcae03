"""What a hand-out must not hold: answers in any form. Texts are compared by shingles, twelve tokens in a row.

Brackets, commas and semicolons are no tokens, and #include lines are left out: `for (size_t i = 0; i <` is in every
program and gives nothing away.

A shingle of solution/ counts as given away unless starter/ or lib/ have it too. Of a hidden transcript nothing may be
found that no open one has, of an instructor's answers nothing at all.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

SHINGLE = 12
TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|\w+|[-+*/%=!<>&|^~?:.]+|[^\w\s(){}\[\],;]')
MARKS = re.compile(r"/\*|\*/|^\s*\*(?=\s|$)|//|^\s*#\s*include.*$", re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
QUOTED = re.compile(r"^[#>].*$|^\*\*(?:.|\n(?!\n))*?\*\*$", re.MULTILINE)  # in an answers.md: the questions
BINARIES = (b"\x7fELF", b"!<arch>\n", b"\xcf\xfa\xed\xfe")
FORBIDDEN = ("solution/*", "transcripts/hidden/*", "*/answers.md", "tests/mutants/*", "docs/kill-matrix.md",
             "docs/instructor*", ".git/*", "build/*", "*.o", "*.a")

Shingle = tuple[str, ...]


def shingles(text: str) -> set[Shingle]:
    """All runs of SHINGLE tokens."""
    tokens = TOKEN.findall(MARKS.sub(" ", text))
    return {tuple(tokens[i:i + SHINGLE]) for i in range(len(tokens) - SHINGLE + 1)}


def both_ways(text: str) -> set[Shingle]:
    """With the comments and without: neither hides the other."""
    return shingles(text) | shingles(COMMENT.sub(" ", text))


def texts(paths: Iterable[Path]) -> Iterator[str]:
    for path in sorted(paths):
        yield path.read_text("utf-8", "replace")


def all_shingles(paths: Iterable[Path]) -> set[Shingle]:
    return set[Shingle]().union(*map(both_ways, texts(paths)))


def secrets(root: Path) -> dict[str, set[Shingle]]:
    """What must not be found, by the name of what it would give away."""
    open_code = all_shingles([*(root / "starter").rglob("*.[ch]"), *(root / "lib").glob("*.[ch]")])
    hidden = list((root / "transcripts" / "hidden").rglob("*.smtp"))
    open_talk = all_shingles(p for p in (root / "transcripts").rglob("*.smtp") if p not in hidden)
    answers = (root / "labs").glob("*/answers.md")
    found = {f"solution/{p.name}": both_ways(p.read_text("utf-8")) - open_code
             for p in sorted((root / "solution").glob("*.c"))}
    found |= {p.relative_to(root).as_posix(): shingles(p.read_text("utf-8", "replace")) - open_talk for p in hidden}
    found |= {p.relative_to(root).as_posix(): shingles(QUOTED.sub(" ", p.read_text("utf-8"))) for p in answers}
    return found


def members(archive: Path) -> dict[str, bytes]:
    """The files of a hand-out by their names below its folder."""
    with tarfile.open(archive) as tar:
        files = [m for m in tar.getmembers() if not m.isdir()]
        odd = [m.name for m in files if not m.isfile()]
        if odd:
            raise ValueError(f"no plain files: {odd}")
        return {m.name.partition("/")[2]: tar.extractfile(m).read() for m in files}  # type: ignore[union-attr]


def bad_names(files: Mapping[str, bytes]) -> Iterator[str]:
    for name, data in files.items():
        if any(fnmatchcase(name, pattern) for pattern in FORBIDDEN):
            yield f"{name} must not be in it"
        if data.startswith(BINARIES):
            yield f"{name} is a compiled program"


def leaks(files: Mapping[str, bytes], root: Path) -> Iterator[str]:
    """Sentences, one for each file that gives something away, with the words that do."""
    yield from bad_names(files)
    hidden = secrets(root)
    for name, data in files.items():
        own = both_ways(data.decode("utf-8", "replace"))
        for source, theirs in hidden.items():
            common = own & theirs
            if common:
                yield f"{name} has words of {source}: {' '.join(min(common))}"
