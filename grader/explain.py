"""One mistake, explained once: where it is seen best, what it costs, what to do, how to see it by hand."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.grading import Graded
from grader.marks import UNCHARGED, LabMark, mistakes
from grader.replay import Finding, Run
from grader.words import Paper

NOT_DONE = "not-done"
SEPARATOR = " \u00b7 "
CLIENT_LINE = re.compile(r"^(?P<before>.*?)(?P<arrow>\s<- .*)$")
SANITIZER_KIND = re.compile(r"ERROR: AddressSanitizer: (?P<kind>[\w-]+)|runtime error: (?P<error>[^\n]+)")
FRAME = re.compile(r"#\d+ \S+ in (?P<function>\w+) (?P<place>[^\s:]+:\d+)")
TOLD_SHOWN = 10  # lines; what a memory checker has to say is shown by itself
ALSO_SHOWN = 3
OF_MEMORY = ("memory-error", "crashed")


@dataclass(frozen=True)
class Mistake:
    """A rule that was broken, with the scenario that shows it best."""

    lab: LabMark
    run: Run
    finding: Finding
    cost: int
    also: tuple[str, ...]
    cause: bool  # it comes first in some conversation; else it may only follow from another


def finding_of(run: Run, rule: str) -> Finding:
    return next(f for f in run.failures if f.rule == rule)


def first_cause(run: Run) -> str:
    """The first mistake in what has been written: a stub is none, and what follows from one is left out of a run."""
    return next((f.rule for f in run.failures if f.rule != NOT_DONE), "")


def mistake(rule: str, marks: Sequence[LabMark], runs: Sequence[Run]) -> Mistake:
    """The run in which the rule is the first cause, else the first one that shows it."""
    showing = [run for run in runs if any(f.rule == rule for f in run.failures)]
    causes = [run for run in showing if first_cause(run) == rule]
    costing = next((mark for mark in marks if mark.cost(rule)), None)
    home = costing.lab.number if costing else 0
    best = sorted(causes or showing, key=lambda run: run.lab != home)[0]
    lab = next(mark for mark in marks if mark.lab.number == best.lab)
    also = tuple(run.name for run in showing if run is not best)
    return Mistake(lab, best, finding_of(best, rule), lab.cost(rule), also, bool(causes))


def all_mistakes(marks: Sequence[LabMark], runs: Sequence[Run]) -> list[Mistake]:
    """Every rule once, lab by lab, causes before what may follow from them. A stub is no mistake."""
    numbers = {mark.lab.number for mark in marks}
    shown = [run for run in runs if run.lab in numbers]
    by_lab = [rule for mark in marks for rule in mistakes(run for run in shown if run.lab == mark.lab.number)]
    found = [mistake(rule, marks, shown) for rule in dict.fromkeys(by_lab) if rule != NOT_DONE]
    return sorted(found, key=lambda m: not m.cause)


def header(m: Mistake, paper: Paper) -> list[str]:
    rfc = f" ({m.finding.rfc})" if m.finding.rfc else ""
    cost = f"costs {m.cost} of {m.lab.lab.points}" if m.cost else "costs nothing more"
    parts = [f"lab {m.lab.lab.number}", f"transcripts/{m.run.name}", f"rule {m.finding.rule}{rfc}", cost]
    lines = paper.chain(parts, SEPARATOR, hang="  ")
    return [paper.bold(paper.plain(line)) for line in lines]


def seen(finding: Finding, paper: Paper) -> Iterator[str]:
    """The lines of the conversation as smtp-replay laid them out; only the arrow gets a colour."""
    for line in finding.text or (finding.sentence,):
        shown = CLIENT_LINE.match(paper.plain(line))
        yield "  " + (shown["before"] + paper.bad(shown["arrow"]) if shown else paper.plain(line))


def memory_place(run: Run, folder: str) -> str:
    """What a sanitizer saw and the first of its frames that is in the student's own files."""
    kind = SANITIZER_KIND.search(run.stderr)
    frame = next((f for f in FRAME.finditer(run.stderr) if f["place"].startswith(f"{folder}/")), None)
    here = re.search(rf"^{re.escape(folder)}/\S+:\d+", run.stderr, re.MULTILINE)
    place = f"{frame['place']}, in {frame['function']}" if frame else here.group().rstrip(":") if here else ""
    what = (kind["kind"] or kind["error"] or "") if kind else ""
    return ": ".join(part for part in (place, what) if part)


def signal_words(run: Run) -> str:
    """11 is SIGSEGV, "Segmentation fault"."""
    if not run.signal:
        return ""
    try:
        return f"signal {run.signal}, {signal.Signals(run.signal).name}: {signal.strsignal(run.signal)}"
    except ValueError:
        return f"signal {run.signal}"


COMMANDS = re.compile(r"(?:EHLO|HELO|STARTTLS|AUTH|MAIL|RCPT|DATA|RSET|QUIT)\b", re.IGNORECASE)


def steps_after(run: Run, event: int) -> int:
    """How many commands, and messages as one, the client sent behind this line of the conversation."""
    count, in_message = 0, False
    for e in run.events:
        if e.kind == "server" and not in_message:
            in_message = e.text.startswith("354 ")
        elif e.kind == "client" and in_message:
            in_message = e.text != ".\\r\\n"
            count += e.n > event and not in_message
        elif e.kind == "client":
            count += e.n > event and bool(COMMANDS.match(e.text))
    return count


def only_cause(run: Run) -> str:
    """Where all else is right: a student who sees one red line in ten should know that nine are good."""
    failed = [f for f in run.findings if f.severity in ("fail", *UNCHARGED)]
    later = steps_after(run, max(f.event for f in failed))
    if len({f.rule for f in failed}) > 1 or not all(f.event for f in failed) or not later or "quit" not in run.reached:
        return ""
    return "1 cause; the later step is right" if later == 1 else f"1 cause; the {later} later steps are right"


def by_hand(run: Run) -> list[str]:
    """How to see it without the grader: all of it, oneself in the client's place, in a debugger."""
    return [f"  see it whole:    make check T={run.short} V=1",
            f"  try it by hand:  make step REPLAY=transcripts/{run.name}",
            f"  in gdb:          make debug T={run.short}"]


def also_in(names: Sequence[str], paper: Paper) -> list[str]:
    """A few of them: what is wrong everywhere would fill the screen."""
    more = [f"{len(names) - ALSO_SHOWN} more"] if len(names) > ALSO_SHOWN else []
    words = f"also in: {', '.join([*names[:ALSO_SHOWN], *more])}"
    return paper.wrap(words, indent="  ", hang="           ") if names else []


def explained(m: Mistake, graded: Graded, paper: Paper) -> list[str]:
    """The whole block of one mistake."""
    lines = [*header(m, paper), *seen(m.finding, paper)]
    if m.finding.rule in OF_MEMORY:
        facts = (signal_words(m.run), memory_place(m.run, graded.submission.shown))
        lines += [paper.plain(line) for fact in facts for line in paper.wrap(fact, indent="  ", hang="    ")]
    hint = m.run.hint if m.finding.rule in m.run.teaches else ""
    lines += [paper.plain(line) for words in (m.finding.advice, hint) for line in paper.wrap(words, indent="  ")]
    lines += [f"  {only_cause(m.run)}"] if only_cause(m.run) else []
    lines += [paper.dim(paper.plain(line)) for line in by_hand(m.run)]
    return lines + [paper.plain(line) for line in also_in(m.also, paper)]


def in_short(m: Mistake, paper: Paper) -> list[str]:
    """A mistake in a line or two."""
    cost = f", costs {m.cost} of {m.lab.lab.points}" if m.cost else ""
    words = f"{m.finding.rule}: {m.finding.sentence} ({m.run.name}{cost})"
    return [paper.plain(line) for line in paper.wrap(words, indent="  ", hang="    ")]


KINDS = {"server": "S: ", "client": "C: ", "tls": "-- TLS: ", "close": "-- closed ", "reset": "-- reset ",
         "connect": "-- connected ", "exit": "-- "}


def beside(run: Run, event: int, paper: Paper) -> list[str]:
    """The findings of one line of the conversation; 0 has those of the whole."""
    return [paper.bad(paper.plain(f"      <- {f.sentence} ({f.rule})")) for f in run.findings if f.event == event]


def conversation(run: Run, paper: Paper) -> list[str]:
    """The whole of it, each finding beside its line, and at the end what is beside none."""
    lines = [paper.bold(paper.plain(f"transcripts/{run.name}: {run.title}"))]
    for event in run.events:
        shown = f"{event.n:>4}  {KINDS.get(event.kind, event.kind + ': ')}{event.text}".rstrip()
        lines.append(paper.plain(shown))
        lines += beside(run, event.n, paper) if event.n else []
    told = [paper.plain(f"      -- standard error: {line}") for line in run.stderr.splitlines()[:TOLD_SHOWN]]
    return lines + told + beside(run, 0, paper)
