"""make submit: a student's files and their result in one archive, which is known to build wherever it is unpacked.

What is handed in is what was tried: the archive is packed, unpacked into an empty folder and graded there. One that
does not build is refused, with the reason, as it would get no marks at all.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.cli import Parser, show, version
from grader.grading import EXIT_NO_BUILD, EXIT_NOT_JUDGED, EXIT_USAGE
from grader.results import write_atomically
from grader.rubric import CORE, Rubric
from grader.submission import Submission, collect
from grader.suite import kit_at
from grader.words import clean

ARCHIVE = "smtplab-submission.tar.gz"
FOLDER = "smtplab-submission"
DESCRIPTION = """Pack the lab files of a folder, with the result of grading them, for handing in. The archive is
unpacked in an empty folder and graded there first: what would not build from it is refused."""
EPILOG = "Exit status: 0 packed, 2 refused (it does not build), 3 packed but not judged here, 64 wrong usage."


def parser() -> argparse.ArgumentParser:
    p = Parser(prog="submit", description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False)
    p.add_argument("folder", metavar="DIR", help="folder with your files")
    p.add_argument("-o", "--output", type=Path, default=Path(ARCHIVE), metavar="FILE", help=f"the archive ({ARCHIVE})")
    p.add_argument("--lab", type=int, metavar="N", help="up to this lab (default: the last that you have begun)")
    p.add_argument("--version", action="version", version=f"submit (smtplab) {version()}")
    return p


def last_begun(rubric: Rubric, folder: Path, provided: Path) -> int:
    """The last lab whose file is no longer as it was given; the core at least."""
    begun = [CORE]
    for lab in rubric.labs:
        found = collect(folder, [lab.file], provided)
        if found.sources and not found.as_given(lab.file, provided):
            begun.append(lab.number)
    return max(begun)


def entry(name: str, data: bytes) -> tuple[tarfile.TarInfo, io.BytesIO]:
    """A file without owner and time: the same work gives the same archive."""
    info = tarfile.TarInfo(f"{FOLDER}/{name}")
    info.size, info.mode = len(data), 0o644
    return info, io.BytesIO(data)


def packed(files: Mapping[str, bytes]) -> bytes:
    """A tar.gz of these files."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in sorted(files.items()):
            tar.addfile(*entry(name, data))
    return gzip.compress(raw.getvalue(), mtime=0)


def unpack(archive: bytes, work: Path) -> None:
    """Ours, so it holds plain files in one folder and nothing else."""
    (work / FOLDER).mkdir()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            content = tar.extractfile(member)
            (work / member.name).write_bytes(content.read() if content else b"")


def graded(root: Path, archive: bytes, upto: int) -> dict[str, Any]:
    """The archive unpacked where nothing else is, and what the grader says of it."""
    with tempfile.TemporaryDirectory(prefix="smtplab-") as work:
        unpack(archive, Path(work))
        command = [sys.executable, str(root / "grader" / "grade"), "--lab", str(upto), "--format", "json",
                   str(Path(work) / FOLDER)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        data: dict[str, Any] = json.loads(done.stdout.replace(f"{work}/", ""))
        return data


def refused(problems: Sequence[str]) -> int:
    show("Not packed: it would get no marks, because it does not build.\n"
         + "".join(f"  {clean(line)}\n" for line in problems))
    return EXIT_NO_BUILD


def summary(data: dict[str, Any], found: Submission, output: Path) -> str:
    lines = [f"{output}: {', '.join(source.name for source in found.sources)}"]
    if data["unused"]:
        lines.append(f"Not in it: {', '.join(data['unused'])} (only the lab files and extra.c count)")
    for lab in data["labs"]:
        points = f"{lab['points']}/{lab['of']}" if lab["judged"] else "not judged"
        lines.append(f"lab {lab['lab']}  {lab['title']:<36} {points}")
    if data["todo"]:
        names = ", ".join(todo["function"] for todo in data["todo"])
        lines.append(f"Still to do: {names}. You may hand it in as it is.")
    return "\n".join(lines) + "\n"


def submit(root: Path, args: argparse.Namespace) -> int:
    kit, rubric = kit_at(root)
    folder = Path(args.folder)
    upto = args.lab or last_begun(rubric, folder, kit.starter)
    found = collect(folder, rubric.files(upto), kit.starter)
    if found.problems:
        return refused(found.problems)
    files = {source.name: source.data for source in found.sources}
    data = graded(root, packed(files), upto)
    if data["status"] == EXIT_NO_BUILD:
        return refused(data["problems"])
    data["unused"] = list(found.unused)
    files["result.json"] = (json.dumps(data, indent=1) + "\n").encode()
    files["report.txt"] = str(data.get("report", "")).encode()
    write_atomically(args.output, packed(files))
    show(summary(data, found, args.output))
    return EXIT_NOT_JUDGED if data["status"] == EXIT_NOT_JUDGED else 0


def main(root: Path, argv: Sequence[str]) -> int:
    args = parser().parse_args(argv)
    if not Path(args.folder).is_dir():
        print(f"submit: {clean(args.folder)} is no folder", file=sys.stderr)
        return EXIT_USAGE
    return submit(root, args)
