"""What the compiler and the linker said, made useful: the first error that a student can act on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from grader.submission import Source, Submission

COMPLAINT = re.compile(r"^(?P<path>[^:\n]+):(?P<line>\d+):(?P<column>\d+): "
                       r"(?:fatal )?(?P<kind>error|warning): (?P<text>.+)$", re.MULTILINE)
IN_FUNCTION = re.compile(r"in function `(?P<function>\w+)'")
UNDEFINED = re.compile(r"(?:undefined reference to|undefined symbol:) [`'\"]?_?(?P<symbol>\w+)")
TWICE = re.compile(r"(?:multiple definition of|duplicate symbol:?) [`'\"]?_?(?P<symbol>\w+)")
PLACE = re.compile(r"(?P<file>\w+\.c):(?P<line>\d+)[:)]")
INCLUDED = re.compile(r'^\s*#\s*include\s*(?P<name>"[^"\n]+"|<[^>\n]+>|\w+)', re.MULTILINE)
CONTEXT = 2
MAY_USE_OPENSSL = "security.c"
WARNINGS_SHOWN = 3


@dataclass(frozen=True)
class Complaint:
    """An error or a warning of the compiler."""

    kind: str
    file: str
    line: int
    column: int
    text: str


def complaints(output: str, copies: Path) -> Iterator[Complaint]:
    """Complaints about the student's files, which were compiled as copies in a folder of their own."""
    for m in COMPLAINT.finditer(output):
        path = Path(m["path"])
        if path.parent == copies:
            yield Complaint(m["kind"], path.name, int(m["line"]), int(m["column"]), m["text"])


def with_context(complaint: Complaint, submission: Submission) -> list[str]:
    """The complaint, the lines it is about, and a caret: a missing semicolon is often one line further up."""
    source = next((s for s in submission.sources if s.name == complaint.file), Source(complaint.file, b""))
    lines = source.text.split("\n")
    first = max(1, complaint.line - CONTEXT + 1)
    shown = [f"{submission.path(complaint.file)}:{complaint.line}: {complaint.text}"]
    shown += [f"{n:>6} | {lines[n - 1].expandtabs(4)}" for n in range(first, min(complaint.line, len(lines)) + 1)]
    if 0 < complaint.line <= len(lines):
        before = lines[complaint.line - 1].encode()[:complaint.column - 1].decode("utf-8", "replace")
        shown.append(" " * (9 + len(before.expandtabs(4))) + "^")
    return shown


def compiler_problem(output: str, submission: Submission, copies: Path) -> list[str]:
    """The first error in the student's own lines, then how many more there are."""
    errors = [c for c in complaints(output, copies) if c.kind == "error"]
    if not errors:
        return [line.replace(f"{copies}/", f"{submission.shown}/") for line in output.strip().splitlines()[:6]]
    more = len(errors) - 1
    words = with_context(errors[0], submission)
    return words if not more else [*words, f"and {more} more; the first one often causes the others."]


def warnings(output: str, submission: Submission, copies: Path) -> list[str]:
    """What compiles but is worth a look, in few lines."""
    found = [c for c in complaints(output, copies) if c.kind == "warning"]
    shown = [f"{submission.path(c.file)}:{c.line}: {c.text}" for c in found[:WARNINGS_SHOWN]]
    return shown if len(found) <= WARNINGS_SHOWN else [*shown, f"and {len(found) - WARNINGS_SHOWN} more"]


# ---- the linker -----------------------------------------------------------------------------------

def declared_in(headers: Sequence[Path], symbol: str) -> Path | None:
    """The header that declares a function of that name."""
    call = re.compile(rf"\b{re.escape(symbol)}\s*\(")
    return next((h for h in headers if call.search(h.read_text("utf-8", "replace"))), None)


def undefined_sentence(symbol: str, root: Path) -> str:
    """Why a call leads nowhere."""
    if declared_in([root / "starter" / "client.h"], symbol):
        return f"{symbol} is not there: one of your files must define it, with this name, as client.h declares it."
    if declared_in(sorted((root / "lib").glob("*.h")), symbol):
        return f"{symbol} is not yours to call: the exercise is to write it."
    return (f"{symbol} is called but is nowhere: is the name spelled right? A lab file may call the standard library "
            "and what client.h offers.")


def twice_sentence(symbol: str) -> str:
    return f"{symbol} is defined twice: in your files, or in yours and the kit's. Give yours another name."


def linker_problem(output: str, submission: Submission, root: Path) -> list[str]:
    """A sentence for each symbol that is missing or there twice, with the first place it is used at."""
    sentences: dict[str, str] = {}
    for line in output.splitlines():
        for pattern, words in _linker_sentences(root):
            m = pattern.search(line)
            if m and m["symbol"] not in sentences:
                sentences[m["symbol"]] = place_of(line, submission) + words(m["symbol"])
    return list(sentences.values()) or output.strip().splitlines()[:6]


def place_of(line: str, submission: Submission) -> str:
    """Where in the student's files, if there."""
    place = PLACE.search(line)
    mine = place and any(source.name == place["file"] for source in submission.sources)
    return f"{submission.path(place['file'])}:{place['line']}: " if place and mine else ""


def ours(output: str, submission: Submission, root: Path) -> str:
    """A symbol that the kit's own files miss and no student can be asked for: the kit is not whole. Else ""."""
    used = [(m["symbol"], place_of(line, submission)) for line in output.splitlines() if (m := UNDEFINED.search(line))]
    theirs = {symbol for symbol, place in used if place}
    contract = [root / "starter" / "client.h"]
    return next((s for s, _ in used if s not in theirs and PLACE.search(output) and not declared_in(contract, s)), "")


def _linker_sentences(root: Path) -> list[tuple[re.Pattern[str], Callable[[str], str]]]:
    return [(UNDEFINED, lambda symbol: undefined_sentence(symbol, root)), (TWICE, twice_sentence)]


# ---- what was included ----------------------------------------------------------------------------

def closure(header: Path) -> set[Path]:
    """A header and the kit's headers that it includes, as client.h does for its users."""
    found: set[Path] = set()
    todo = [header.resolve()]
    while todo:
        here = todo.pop()
        if here not in found and here.is_file():
            found.add(here)
            names = (m["name"] for m in INCLUDED.finditer(here.read_text("utf-8", "replace")))
            todo += [(here.parent / name.strip('"')).resolve() for name in names if name[0] == '"']
    return found


def foreign_includes(name: str, dependencies: str, root: Path, copies: Path) -> list[str]:
    """Files that a lab file read though it may include client.h and standard headers only; security.c OpenSSL, too."""
    allowed = closure(root / "starter" / "client.h")
    listed = dependencies.replace("\\\n", " ").partition(": ")[2]
    paths = [re.sub(r"\\(.)", r"\1", m) for m in re.findall(r"(?:\\.|\S)+", listed)]
    return [text for text in paths if not _may_include(Path(text), allowed, root, copies, name == MAY_USE_OPENSSL)]


def _may_include(path: Path, allowed: set[Path], root: Path, copies: Path, openssl: bool) -> bool:
    real = (copies / path).resolve()
    if real in allowed or real.parent == copies:
        return True
    return not real.is_relative_to(root) and (openssl or "openssl" not in real.parts) and real.suffix == ".h"


def include_sentence(file: str, included: str) -> str:
    return f"{file} includes {included}: a lab file includes client.h and standard headers, and nothing else."


# ---- what was called ------------------------------------------------------------------------------

def not_yours(symbols: str, forbidden: Sequence[str]) -> list[str]:
    """Functions that an object calls, by nm's list of what it has not itself, and that its lab is about writing."""
    called = (line.split()[-1].removeprefix("_") for line in symbols.splitlines() if line.split())
    return sorted({name for name in called if any(fnmatchcase(name, pattern) for pattern in forbidden)})


def call_sentence(source: Source, shown: str, symbol: str) -> str:
    """Where it is called, and why it may not be."""
    lines = enumerate(source.text.split("\n"), 1)
    line = next((f":{number}" for number, text in lines if re.search(rf"\b{symbol}\s*\(", text)), "")
    return f"{shown}{line}: {symbol}() is not for this file to call: to write what it does is the exercise."
