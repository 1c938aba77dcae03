"""Several folders: each graded by a process of its own, and its report kept as soon as it is known.

No submission can stop the others, and whoever stops all of it keeps what was done. Rows and reports are printed in the
order of the folders.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT
from threading import Lock
from typing import Any

from grader.grading import EXIT_FULL, EXIT_NOT_JUDGED
from grader.report import score_line
from grader.results import write_atomically, write_json
from grader.words import Paper, clean, show

EXIT_STOPPED = 130  # as a shell has it for a program that Ctrl-C ended
STATES = {2: "does not build", 3: "not judged"}
COUNTED = {0: "with full marks", 1: "with less", 2: "that do not build", 3: "not judged"}

Result = dict[str, Any]


@dataclass
class Many:
    """One call of grader/grade with several folders."""

    root: Path
    args: argparse.Namespace

    def grade(self) -> int:
        """All of them; the status is the worst of theirs."""
        results: list[Result] = []
        stopped = False
        with ThreadPoolExecutor(max(1, self.args.jobs)) as pool:
            try:
                self.in_order(pool, results)
            except KeyboardInterrupt:
                stopped = True
                pool.shutdown(wait=False, cancel_futures=True)
        self.finish(results)
        if stopped:
            print(f"grade: stopped: {len(results)} of {len(self.args.folders)} folders are graded", file=sys.stderr)
            return EXIT_STOPPED
        return int(max((r["status"] for r in results), default=EXIT_FULL))

    def in_order(self, pool: ThreadPoolExecutor, results: list[Result]) -> None:
        """Gather the results, and print each when those before it are. What is printed has been gathered."""
        folders = self.args.folders
        progress = Progress(len(folders))
        paper, wide = Paper.of(sys.stdout), max(len(clean(folder)) for folder in folders)

        def work(folder: str, name: str) -> Result:
            result = self.child(folder)
            keep(self.args.report, name, result)
            progress.one_more()
            return result

        for result in pool.map(work, folders, report_names(folders)):
            results.append(result)
            if self.args.format == "text":
                show(paper.plain(table_row(result, wide)) + "\n" if self.args.report else full_words(result, paper))

    def finish(self, results: Sequence[Result]) -> None:
        """What is said, and kept, of all of them together."""
        if self.args.json:
            write_json(self.args.json, results)
        if self.args.format == "json":
            show(json.dumps(results, indent=1) + "\n")
            return
        paper, wide = Paper.of(sys.stdout), max((len(clean(r["submission"])) for r in results), default=0)
        rows = [] if self.args.report else [paper.plain(table_row(r, wide)) for r in results]
        total = score_line(sum(r["score"] for r in results), sum(r["of"] for r in results))
        show("\n".join([*rows, counted(results), total]) + "\n")

    def child(self, folder: str) -> Result:
        """Grade one of them. KeyboardInterrupt: Ctrl-C has reached it, so there is no result to keep."""
        program = str(self.root / "grader" / "grade")
        command = [sys.executable, program, "--format", "json", *self.passed_on(), "--", folder]
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if ended.returncode in (EXIT_STOPPED, -SIGINT):
            raise KeyboardInterrupt
        try:
            data: Result = json.loads(ended.stdout)
        except ValueError:
            trouble = clean(ended.stderr.strip()[-400:]) or f"status {ended.returncode}"
            data = {"status": EXIT_NOT_JUDGED, "score": 0, "of": 0, "labs": []}
            data["report"] = f"Not judged, by no fault of yours: {trouble}\n{score_line(0, 0)}\n"
        return {**data, "submission": folder}  # as it was given, not the folder in it that has the files

    def passed_on(self) -> list[str]:
        """The options that each child needs, too."""
        args = self.args
        valued = {"--lab": args.lab, "--transcript": args.transcript, "--replay": args.replay}
        switches = {"--no-sanitizers": args.no_sanitizers, "--conversation": args.conversation}
        return [*(word for name, value in valued.items() if value not in (None, "") for word in (name, str(value))),
                *(name for name, on in switches.items() if on)]


class Progress:
    """How many are done, on a terminal that does not get the rows anyway."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.lock = total, 0, Lock()
        self.shown = sys.stderr.isatty() and not sys.stdout.isatty()

    def one_more(self) -> None:
        with self.lock:
            self.done += 1
            if self.shown:
                end = "\n" if self.done == self.total else ""
                print(f"\rgrade: {self.done} of {self.total} graded", end=end, file=sys.stderr, flush=True)


def keep(reports: Path | None, name: str, result: Result) -> None:
    """The report and the JSON of one folder, where they were asked for."""
    if reports:
        write_atomically(reports / f"{name}.txt", result["report"])
        write_json(reports / f"{name}.json", result)


def report_names(folders: Sequence[str]) -> list[str]:
    """A file name for each folder: its last part, or all of them where two end alike."""
    last = [Path(folder).resolve().name for folder in folders]
    whole = ["_".join(Path(folder).resolve().parts[1:]) for folder in folders]
    return [full if last.count(short) > 1 else short for short, full in zip(last, whole)]


def full_words(result: Result, paper: Paper) -> str:
    """A report under its folder's name."""
    return paper.bold(paper.plain(clean(f"== {result['submission']}"))) + "\n" + paper.plain(result["report"]) + "\n"


def table_row(r: Result, wide: int) -> str:
    labs = "".join(f"  lab {lab['lab']}: {lab['points']:>2}/{lab['of']}" for lab in r["labs"])
    state = STATES.get(r["status"], "")
    return f"{clean(r['submission']):<{wide}}  {r['score']:>3}/{r['of']:<3}{labs}  {state}".rstrip()


def counted(results: Sequence[Result]) -> str:
    """"24 folders: 15 with full marks, 9 that do not build" """
    found = Counter(r["status"] for r in results)
    kinds = ", ".join(f"{found[status]} {words}" for status, words in COUNTED.items() if found[status])
    return f"{len(results)} folders: {kinds or 'none graded'}"
