"""grader/grade: the command line."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from grader.grading import EXIT_NOT_JUDGED, EXIT_USAGE, Graded
from grader.many import EXIT_STOPPED, Many, keep, report_names
from grader.report import matches, report
from grader.results import failed_last, keep_failed, write_json
from grader.rubric import CORE, BadRubric, Rubric, transcripts
from grader.suite import Submitted, junit_of, kit_at, run_suite
from grader.words import Paper, clean, show

DESCRIPTION = """Grade the lab files of one or several folders: they are compiled with the kit's flags, held against
recorded server conversations, and every mistake is explained. The last line is the score."""
NAMES_SHOWN = 5  # of some two hundred
EPILOG = ("Exit status: 0 full marks, 1 some lost, 2 does not build, 3 not judged (no fault of yours), "
          "64 wrong usage, 130 stopped.")


class Parser(argparse.ArgumentParser):
    """argparse with the exit status of wrong usage that all programs of the kit have."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        print(f"{self.prog}: {message}", file=sys.stderr)
        sys.exit(EXIT_USAGE)


def version() -> str:
    """The kit's, from the one place that has it."""
    header = Path(__file__).resolve().parents[1] / "lib" / "version.h"
    found = re.search(r'SMTPLAB_VERSION "(.*)"', header.read_text(encoding="utf-8"))
    return found[1] if found else "unknown"


def parser() -> Parser:
    p = Parser(prog="grade", description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False)
    p.add_argument("folders", metavar="DIR", nargs="+", help="folder with lab files, extra.c, by-hand")
    p.add_argument("--lab", type=int, metavar="N", help="labs 1 to N, all explained (default: 1 to 3); 0: recordings")
    p.add_argument("-T", "--transcript", "--only", default="", metavar="NAME", help="explain only this transcript")
    p.add_argument("-v", "--conversation", action="store_true", help="show whole conversations: what failed, or -T")
    p.add_argument("--again", action="store_true", help="say first what became of last time's failures")
    p.add_argument("--format", choices=("text", "json", "junit"), default="text", help="what is printed")
    p.add_argument("--json", type=Path, metavar="FILE", help="write the result as JSON, too")
    p.add_argument("--report", type=Path, metavar="DIR", help="write NAME.txt and NAME.json of each folder into DIR")
    p.add_argument("--no-sanitizers", action="store_true", help="leave out the build that finds memory errors")
    p.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1, help="so many folders at once")
    p.add_argument("--replay", type=Path, metavar="PROGRAM", help="this smtp-replay, not build/bin/smtp-replay")
    p.add_argument("--version", action="version", version=f"grade (smtplab) {version()}")
    return p


def last_lab(args: argparse.Namespace) -> int:
    """0 is a lab too."""
    return CORE if args.lab is None else int(args.lab)


def lab_of_chosen(args: argparse.Namespace, folder: Path, rubric: Rubric) -> int | None:
    """A transcript names its lab: `-T wire/one-message` asks for lab 4 (but not if labs 1 to 3 have one)."""
    if args.lab is not None or not args.transcript:
        return args.lab  # type: ignore[no-any-return]
    named = [lab.number for lab in rubric.labs
             if any(matches(name, args.transcript) for name in transcripts(folder, (lab,)))]
    return None if not named or named[0] <= CORE else named[0]


def checked(argv: Sequence[str], root: Path, rubric: Rubric) -> argparse.Namespace:
    """Options that make sense, or usage and status 64."""
    p = parser()
    args = p.parse_args(argv)
    known = [lab.number for lab in (rubric.by_hand, *rubric.labs)]
    if args.lab is not None and args.lab not in known:
        p.error(f"there is no lab {args.lab}; there are {', '.join(map(str, known))}")
    for folder in args.folders:
        if not Path(folder).is_dir():
            p.error(f"{clean(folder)} is no folder")
    args.lab = lab_of_chosen(args, root / "transcripts", rubric)
    names = transcripts(root / "transcripts", rubric.upto(last_lab(args)))
    if args.transcript and not any(matches(name, args.transcript) for name in names):
        near = get_close_matches(args.transcript, names, NAMES_SHOWN, 0) or names[:NAMES_SHOWN]
        p.error(f"no transcript of these labs is called {clean(args.transcript)}; there are {', '.join(near)} and "
                f"{len(names) - len(near)} more in transcripts/")
    if len(args.folders) > 1 and (args.format == "junit" or args.again):
        p.error("--format junit and --again are for one folder")
    return args


@dataclass
class Command:
    """One call of grader/grade."""

    root: Path
    args: argparse.Namespace

    def submitted(self, folder: str) -> Submitted:
        kit, rubric = kit_at(self.root, self.args.replay and self.args.replay.resolve())
        return Submitted(kit, Path(folder), rubric, last_lab(self.args), not self.args.no_sanitizers)

    def words(self, graded: Graded, paper: Paper) -> str:
        return report(graded, paper, chosen=self.args.transcript, everything=self.args.lab is not None,
                      talk=self.args.conversation)

    def one(self, folder: str) -> int:
        """Grade one folder and print it."""
        submitted = self.submitted(folder)
        graded, printed = self._graded_and_printed(submitted)
        if graded.runs:
            keep_failed(submitted.kit.state, submitted.folder, graded.failed)
        data = {**graded.data(), "report": self.words(graded, Paper())}
        write_outputs(self.args, data)
        show(printed or json.dumps(data, indent=1) + "\n")
        return graded.status

    def _graded_and_printed(self, submitted: Submitted) -> tuple[Graded, str]:
        if self.args.format == "junit":
            return junit_of(submitted)
        last = failed_last(submitted.kit.state, submitted.folder) if self.args.again else None
        graded = run_suite(submitted)
        paper = Paper.of(sys.stdout)
        if self.args.format == "json":
            return graded, ""
        return graded, (again_words(graded, last, paper) if self.args.again else "") + self.words(graded, paper)


def in_few(names: Sequence[str]) -> list[str]:
    """The first ones and how many more: a program that is not begun fails everywhere."""
    return [*names[:NAMES_SHOWN], *([f"and {len(names) - NAMES_SHOWN} more"] if len(names) > NAMES_SHOWN else [])]


def again_words(graded: Graded, last: list[str] | None, paper: Paper) -> str:
    """What became of the failures of last time."""
    if last is None:
        return "This was not graded before, so here is everything.\n\n"
    now = set(graded.failed)
    played = {run.name for run in graded.runs if run.judged}  # another LAB= plays others
    became = {"passes now ": [name for name in last if name in played - now], "fails newly": sorted(now - set(last)),
              "fails again": [name for name in last if name in now]}
    lines = [f"{what}  {name}" for what, names in became.items() for name in in_few(names)]
    return paper.plain("\n".join(lines or ["Nothing failed last time."])) + "\n\n"


def write_outputs(args: argparse.Namespace, graded: dict[str, Any]) -> None:
    """The files that were asked for."""
    if args.json:
        write_json(args.json, graded)
    name, = report_names(args.folders)
    keep(args.report, name, graded)


def main(root: Path, argv: Sequence[str]) -> int:
    """Status 1 says that marks were lost, so what Python makes of an error of ours must not be our status."""
    try:
        args = checked(argv, root, kit_at(root)[1])
        return Many(root, args).grade() if len(args.folders) > 1 else Command(root, args).one(args.folders[0])
    except KeyboardInterrupt:
        print("grade: stopped", file=sys.stderr)
        return EXIT_STOPPED
    except BadRubric as wrong:
        print(f"grade: not judged: {wrong}", file=sys.stderr)
        return EXIT_NOT_JUDGED
    except Exception:
        traceback.print_exc()
        print("grade: not judged, by no fault of yours: the grader itself failed", file=sys.stderr)
        return EXIT_NOT_JUDGED
