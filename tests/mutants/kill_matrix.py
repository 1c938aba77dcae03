"""The kill matrix: every mutant is graded, and loses points by its own rule; every transcript kills a mutant.

A mutant of the files of labs 1 to 3 is graded by those three together, as the score is. A mutant of a later lab's
file is graded by that lab alone: earlier ones do not ask it.

    make mutants          all of it, and docs/kill-matrix.md is written
    make mutants LAB=5    the mutants of one later lab; nothing is written

tests/mutants/test_kill_matrix.py does the same without the silent servers, and asks whether the file is current.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "mutants")]

from grader.build import FLAGS, LIBRARIES  # noqa: E402
from grader.kit import Kit, run  # noqa: E402
from grader.marks import LabMark, mark, score, settle  # noqa: E402
from grader.replay import Run, play  # noqa: E402
from grader.results import write_atomically  # noqa: E402
from grader.rubric import CORE, REST, Lab, Rubric, transcripts  # noqa: E402
from grader.suite import kit_at  # noqa: E402
from mutants import BY_TIMING, CONTROLS, MUTANTS, NOT_ALONE, Mutant  # noqa: E402

DOCUMENT = ROOT / "docs" / "kill-matrix.md"
OBJECTS = ROOT / "build" / "obj"
EXERCISES = ("steps", "session", "keyboard")
PRELUDE = "#include <stdlib.h>\n#include <string.h>\n"
SLOW = "silent/"  # two transcripts that take a second each: the short form goes without


@dataclass(frozen=True)
class Verdict:
    """What a mutant lost and where."""

    mutant: Mutant
    marks: tuple[LabMark, ...]
    runs: tuple[Run, ...]

    @property
    def lost(self) -> int:
        points, most = score(self.marks)
        return most - points

    def lost_without(self, rule: str) -> int:
        """What it would lose if this rule carried no marks. The runs are those there are: nothing is played again."""
        labs = tuple(mark.lab for mark in self.marks)
        named = frozenset().union(*(lab.named for lab in labs))
        free = [replace(run, findings=tuple(f for f in run.findings if f.severity != "fail" or not (
            f.rule == rule or (rule == REST and f.rule not in named)))) for run in self.runs]
        points, most = score(mark(labs, free))
        return most - points

    def needs(self, rule: str) -> bool:
        """Would it go free without this rule, or, of the few that never come alone, get points back?"""
        left = self.lost_without(rule)
        return left < self.lost if rule in NOT_ALONE else left == 0 < self.lost

    @property
    def charged(self) -> list[str]:
        """The rules that took points, in the order of the rubric."""
        return list(dict.fromkeys(item.rules[0] for lab in self.marks for item in lab.items if item.rules))

    @property
    def killers(self) -> list[str]:
        """Where it fails, and will fail again next time."""
        return [run.name for run in self.runs if run.failures and run.name not in BY_TIMING]

    @property
    def by_timing(self) -> list[str]:
        return [run.name for run in self.runs if run.failures and run.name in BY_TIMING]


# ---- one mutant -------------------------------------------------------------------------------------

@cache
def kit_and_rubric() -> tuple[Kit, Rubric]:
    return kit_at(ROOT)


def scopes() -> list[tuple[Lab, ...]]:
    """The labs that are graded together: the core, then each later one by itself."""
    _, rubric = kit_and_rubric()
    return [rubric.upto(CORE), *((lab,) for lab in rubric.labs if lab.number > CORE)]


def scope_of(mutant: Mutant) -> tuple[Lab, ...]:
    """The labs that this mutant is graded by; the provided files count for the core."""
    core, *later = scopes()
    return next((labs for labs in later if labs[0].file == f"{mutant.file}.c"), core)


def names(short: bool = False, labs: tuple[Lab, ...] | None = None) -> list[str]:
    kit, rubric = kit_and_rubric()
    chosen = rubric.labs if labs is None else labs
    return [n for n in transcripts(kit.transcripts, chosen) if not (short and n.startswith(SLOW))]


def source_named(name: str) -> Path:
    """A file of the solution: its own, or the provided one."""
    own = ROOT / "solution" / f"{name}.c"
    return own if own.exists() else ROOT / "starter" / f"{name}.c"


def source_of(mutant: Mutant) -> Path:
    return source_named(mutant.file)


def mutated(mutant: Mutant) -> str:
    """The mutant's text. A form feed at the end of `old` stands for the end of the file."""
    text = source_of(mutant).read_text("utf-8") + "\f"
    if text.count(mutant.old) != 1:
        raise ValueError(f"{mutant.name}: the text to change stands in {mutant.file}.c {text.count(mutant.old)} times")
    return PRELUDE + text.replace(mutant.old, mutant.new).removesuffix("\f")


def objects_beside(mutant: Mutant) -> list[str]:
    """All else of a client, as make built it. A mutant of foundation.c stands before its archive and wins."""
    parts = [source_named(p.stem).relative_to(ROOT) for p in sorted((ROOT / "starter").glob("*.c"))
             if p.stem not in ("extra", "foundation", mutant.file)]
    return [str(OBJECTS / part.with_suffix(".o")) for part in parts]


def client_of(mutant: Mutant, folder: Path) -> Path:
    """Compile the one file and link it with the rest."""
    kit, _ = kit_and_rubric()
    source, client = folder / f"{mutant.file}.c", folder / "client"
    starter, lib = ROOT / "starter", ROOT / "lib"
    text = mutated(mutant).replace('"../lib/', f'"{lib}/')
    source.write_text(text, "utf-8")
    command = [kit.compiler, *FLAGS, "-w", f"-I{starter}", "-o", str(client), str(source), *objects_beside(mutant),
               str(ROOT / "build" / "libclient.a"), *LIBRARIES]
    ended = run(command, cwd=folder, seconds=60)
    if ended.status != 0:
        raise ValueError(f"{mutant.name} does not build (make build first):\n{ended.output}")
    return client


def judge(mutant: Mutant, played: Sequence[str], jobs: int = 2) -> Verdict:
    """Build it, play it, mark it, as the grader does but without sanitizers."""
    kit, rubric = kit_and_rubric()
    with tempfile.TemporaryDirectory(prefix="smtplab-") as folder:
        client = client_of(mutant, Path(folder))
        runs = settle(play(kit, played, client, Path(folder) / "answer.json", jobs), rubric)
    return Verdict(mutant, mark(scope_of(mutant), runs), runs)


# ---- the document -----------------------------------------------------------------------------------

def grouped(killers: Sequence[str], played: Sequence[str]) -> str:
    """"all of hello; closed but at-quit; refused: data-451 data-503": whichever is shorter."""
    parts = []
    for folder in sorted({folder_of(name) for name in killers}):
        here = sorted(name for name in killers if folder_of(name) == folder)
        spared = sorted(name for name in played if folder_of(name) == folder and name not in here)
        if len(here) > 1 and not spared:
            parts.append(f"all of {folder}")
        elif 0 < len(spared) < len(here):
            parts.append(f"{folder} but {stems(spared)}")
        else:
            parts.append(f"{folder}: {stems(here)}")
    return "; ".join(parts)


def folder_of(name: str) -> str:
    return str(Path(name).parent)


def stems(names: Sequence[str]) -> str:
    return " ".join(Path(name).stem for name in names)


def row(verdict: Verdict, short: bool = False) -> str:
    """A mutant's line of the table; the short form leaves out what the short run leaves out."""
    m = verdict.mutant
    others = [rule for rule in verdict.charged if rule != m.rule]
    rules = ", ".join([f"**{m.rule}**", *others])
    killers = [name for name in verdict.killers if not (short and name.startswith(SLOW))]
    return f"| {m.name} | {m.file}.c | {rules} | {verdict.lost} | {grouped(killers, names(short, scope_of(m)))} |"


def shortened(line: str) -> str:
    """A row of the document as the short run would have it: `silent` is a group of its own."""
    cells = line.removeprefix("| ").removesuffix(" |").split(" | ")
    groups = [g for g in cells[-1].split("; ") if not g.startswith(("silent:", "silent but", "all of silent"))]
    return f"| {' | '.join([*cells[:-1], '; '.join(groups)])} |"


def rows_in(document: str) -> list[str]:
    """The rows of the first table."""
    table = document.partition("|---|---|---|---|---|\n")[2].partition("\n\n")[0]
    return table.splitlines()


HEAD = """<!-- Written by `make mutants` from tests/mutants/mutants.py. -->

# The kill matrix

Each mutant is the solution with one mistake in it. It must lose points, and by the rule in bold; other rules
beside it took points, too: the first cause of an item takes it. `opening.c` and `foundation.c` are provided: nobody
hands them in, but what they do right some client will do wrong. The solution loses nothing. Points are of the 100 of
labs 1 to 3 together, or of a later lab's own. "closed but at-quit": all transcripts in `closed/` but that one.

| mutant | in | rules that took points | points lost | transcripts that kill it |
|---|---|---|---|---|
"""

RULES = """
## What each rule is needed for

Were this rule to carry no marks, this mutant would lose none. `*` stands for all rules that no item of the rubric
names; from lab 4 on each lab needs its own witness.

| rule | mutant | points it loses | without the rule |
|---|---|---|---|
"""

TRANSCRIPTS = """
## What each transcript kills

A transcript that kills no mutant would be a transcript that tests nothing.

| transcript | mutants killed | one that few others kill |
|---|---|---|
"""


def label(rule: str, labs: tuple[Lab, ...]) -> str:
    """A rule in its scope: "early-send", "early-send in lab 4"."""
    return rule if labs[0].number <= CORE else f"{rule} in lab {labs[0].number}"


def carriers() -> dict[str, tuple[tuple[Lab, ...], str]]:
    """The rules that carry marks: those that an item names, and "*" for the rest, scope by scope."""
    return {label(rule, labs): (labs, rule) for labs in scopes()
            for rule in [*sorted(frozenset().union(*(lab.named for lab in labs))), REST]}


def witnesses(verdicts: Sequence[Verdict]) -> dict[str, Verdict]:
    """For each rule that carries marks the mutant that shows that it must."""
    found = {key: ([v for v in verdicts if scope_of(v.mutant) == labs and v.lost and v.needs(rule)], rule)
             for key, (labs, rule) in carriers().items()}
    return {key: max(those, key=lambda v: (v.mutant.rule == rule, v.lost - v.lost_without(rule)))
            for key, (those, rule) in found.items() if those}


def rules_in(document: str) -> dict[str, str]:
    """The table of rules: rule and mutant."""
    table = document.partition("| rule | mutant |")[2].partition("\n\n")[0].splitlines()[2:]
    return dict(line.strip("| ").split(" | ")[:2] for line in table)


def chosen_few(document: str) -> list[Mutant]:
    """The short form: of each file, one mutant for each rule, and those that show what a rule is needed for."""
    few = {(m.file, m.rule): m.name for m in reversed(MUTANTS)}
    chosen = {*few.values(), *rules_in(document).values()}
    return [m for m in MUTANTS if m.name in chosen]


def document(verdicts: Sequence[Verdict], needed_by: Mapping[str, Verdict]) -> str:
    killed_by = {v.mutant.name: v.killers for v in verdicts}
    lines = []
    for name in sorted(names()):
        mine = sorted((m for m, killers in killed_by.items() if name in killers), key=lambda m: len(killed_by[m]))
        idle = "it hangs on timing" if name in BY_TIMING else f"a control: {CONTROLS.get(name)}"
        rarest = mine[0] if mine else idle
        lines.append(f"| {name.removesuffix('.smtp')} | {'some' if name in BY_TIMING else len(mine)} | {rarest} |")
    needed = [f"| {key} | {v.mutant.name} | {v.lost} | {v.lost_without(carriers()[key][1])} |"
              for key, v in needed_by.items()]
    why = [f"`{rule}` never comes alone: {reason}." for rule, reason in NOT_ALONE.items()]
    return (HEAD + "\n".join(row(v) for v in verdicts) + "\n" + RULES + "\n".join(needed) + "\n\n" + "\n".join(why)
            + "\n" + TRANSCRIPTS + "\n".join(lines) + "\n")


def complaint(verdict: Verdict) -> str:
    """What is wrong with the marks of a mutant; "" if they are as they should be."""
    if not all(lab.judged for lab in verdict.marks):
        return f"{verdict.mutant.name}: not judged: {[lab.reason for lab in verdict.marks if lab.reason]}"
    if verdict.mutant.rule not in verdict.charged or verdict.lost < 1:
        return f"{verdict.mutant.name}: lost {verdict.lost} by {verdict.charged}, not by {verdict.mutant.rule}"
    return ""


def idle_transcripts(verdicts: Sequence[Verdict], played: Sequence[str]) -> list[str]:
    busy = {name for v in verdicts for name in (*v.killers, *v.by_timing)}
    return [name for name in played if name not in busy and name not in CONTROLS]


def main(lab: int = 0) -> int:
    """Everything, or one later lab; a line a mutant; status 1 if the kit does not hold what it promises."""
    chosen = [labs for labs in scopes() if not lab or labs[0].number == lab]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        verdicts = []
        mutants = [m for m in MUTANTS if scope_of(m) in chosen]
        list(map(mutated, mutants))  # a text that has gone is found now, not in some minutes
        for verdict in pool.map(lambda m: judge(m, names(labs=scope_of(m)), jobs=4), mutants):
            verdicts.append(verdict)
            print(f"{verdict.lost:>3} points  {verdict.mutant.name}: {', '.join(verdict.charged)}", flush=True)
    needed_by = witnesses(verdicts)
    carrying = [rule for rule, (labs, _) in carriers().items() if labs in chosen]
    played = [name for labs in chosen for name in names(labs=labs)]
    complaints = [*filter(None, map(complaint, verdicts)),
                  *(f"{name} kills nothing" for name in idle_transcripts(verdicts, played)),
                  *(f"no mutant needs {rule}" for rule in carrying if rule not in needed_by)]
    for line in complaints:
        print(f"WRONG: {line}")
    if not lab:
        write_atomically(DOCUMENT, document(verdicts, needed_by))
    written = "nothing is written" if lab else "docs/kill-matrix.md is written"
    print(f"{len(verdicts)} mutants, {len(complaints)} complaints; {written}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
