"""The report of one submission, as its owner reads it in a terminal or in a log."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from grader.explain import NOT_DONE, all_mistakes, conversation, explained, in_short
from grader.grading import Graded
from grader.marks import UNCHARGED, LabMark
from grader.replay import Run
from grader.rubric import CORE
from grader.submission import OPTIONAL, Todo
from grader.words import Paper, clean

UNUSED_SHOWN = 8
CAUSES_SHOWN = 5
SAID_SHOWN = 3
NO_REASON = ("not done yet: ", "note: ")  # lines of the client that say nothing of a mistake


def hand_lines(graded: Graded, paper: Paper) -> list[str]:
    """Lab 0: what is to be done, then what is wrong."""
    work = graded.by_hand
    if not work or not (work.todo or work.mistakes):
        return []
    lines = [f"To do in lab {work.mark.lab.number}:"] if work.todo else []
    lines += [f"  {line}" for line in work.todo]
    for mistake in work.mistakes:
        lines += ["", mistake.head, *(f"  {line}" for line in mistake.seen)]
        lines += [line for words in mistake.advice for line in paper.wrap(words, indent="  ")]
    return [paper.plain(clean(line)) for line in lines]


def started(mark: LabMark, graded: Graded) -> bool:
    """Has the file of this lab been touched, and does it have no stub left?"""
    return mark.lab.file not in graded.as_given and not todos_of(mark, graded)


def todos_of(mark: LabMark, graded: Graded) -> list[Todo]:
    return [todo for todo in graded.submission.todos if todo.file == mark.lab.file]


def explained_labs(graded: Graded, everything: bool) -> list[LabMark]:
    """As far as the first lab with a TODO: what comes after it will look different once that is done."""
    shown: list[LabMark] = []
    for mark in graded.marks:
        shown.append(mark)
        if todos_of(mark, graded) and not everything:
            break
    return shown


def todo_lines(marks: Sequence[LabMark], graded: Graded, paper: Paper) -> list[str]:
    """Every stub once: those of the labs in hand by line, those of later labs in one line each."""
    files = {mark.lab.file for mark in marks} | {OPTIONAL}
    known = [todo for todo in graded.submission.todos if todo.file in files]
    lines = ["To do:"] if known else []
    wide = max((len(todo.function) for todo in known), default=0)
    labs = {mark.lab.file: f"lab {mark.lab.number}" for mark in marks}
    lines += [f"  {labs.get(todo.file, ''):<5}  {todo.function:<{wide}}  "
              f"{graded.submission.path(todo.file)}:{todo.line}" for todo in known]
    return [paper.plain(clean(line)) for line in [*lines, *missing_below(marks, graded)]]


def missing_below(marks: Sequence[LabMark], graded: Graded) -> list[str]:
    """Why a lab that is written has no marks: beyond the core each stands on those before it."""
    later = [mark for mark in marks if mark.lab.number > CORE]
    stubs = [mark.lab.number for mark in later if todos_of(mark, graded)]
    above = [mark for mark in later if stubs and mark.lab.number > stubs[0] and not todos_of(mark, graded)]
    return [f"Lab {mark.lab.number} has no marks before lab {stubs[0]} is written: its client would end at the stub."
            for mark in above]


def why_not(mark: LabMark, graded: Graded) -> str:
    """What shows that a lab has not been begun: its stubs, or a file that is still as it was."""
    file = graded.submission.path(mark.lab.file)
    places = [f"{todo.function}, {file}:{todo.line}" for todo in todos_of(mark, graded)]
    return "; ".join(places) or f"{file} is as it was given"


def later_lines(marks: Sequence[LabMark], graded: Graded, paper: Paper) -> list[str]:
    """Labs whose mistakes are not explained yet, a line each."""
    lines = []
    for mark in marks:
        state = f"not started ({why_not(mark, graded)})" if not started(mark, graded) else "explained later"
        lines += paper.wrap(clean(f"{lab_head(mark)}  {state}"), hang="      ")
    return [paper.plain(line) for line in lines]


def mistake_lines(marks: Sequence[LabMark], graded: Graded, chosen: str, paper: Paper) -> list[str]:
    """First causes in full, then in short what may follow from them."""
    runs = [run for run in graded.runs if matches(run.name, chosen)]
    found = all_mistakes(marks, runs)
    lines: list[str] = []
    causes = [m for m in found if m.cause]
    for m in causes[:CAUSES_SHOWN]:
        lines += ["", *explained(m, graded, paper)]
    after = [m for m in found if not m.cause]
    for head, rest in (("More, explained in full when the above is right:", causes[CAUSES_SHOWN:]),
                       ("Seen later in the same conversations, and may follow from the above:", after)):
        lines += ["", head, *(line for m in rest for line in in_short(m, paper))] if rest else []
    return lines


def matches(name: str, chosen: str) -> bool:
    """Is this the transcript that was asked for? "rcpt-550", "refused/rcpt-550" and its whole path all name it."""
    bare = chosen.removeprefix("./").removeprefix("transcripts/").removesuffix(".smtp")
    own = name.removesuffix(".smtp")
    return not bare or own == bare or own.endswith(f"/{bare}")


def passed_words(run: Run, paper: Paper) -> list[str]:
    """What costs nothing as it may follow from a mistake elsewhere is still no success."""
    name = f"transcripts/{run.name}: "
    rules = dict.fromkeys(f.rule for f in run.findings if f.severity in UNCHARGED)
    if not run.judged or not rules:
        return [paper.plain(name + ("no mistake" if run.judged else run.reason))]
    return paper.wrap(f"{name}not right yet ({', '.join(rules)}); it costs nothing, as it may follow from a mistake "
                      f"elsewhere. See it with V=1", hang="  ")


def passed_lines(graded: Graded, chosen: str, paper: Paper) -> list[str]:
    """Who asks for one transcript wants to hear of it even if nothing is wrong."""
    runs = [run for run in graded.runs if chosen and matches(run.name, chosen) and not run.failures]
    return [line for run in runs for line in passed_words(run, paper)]


def stubs_of(run: Run, graded: Graded) -> list[Todo]:
    """The stubs that a conversation came to, in the order in which they are best written."""
    said = " ".join(f.sentence for f in run.failures if f.rule == NOT_DONE)
    return [todo for todo in graded.submission.todos if f" {todo.function}, " in said]


def said_words(run: Run, paper: Paper) -> list[str]:
    """What the client wrote on standard error, stubs aside: often it knows why it came no further."""
    lines = [line for line in run.stderr.splitlines() if line.strip() and not line.startswith(NO_REASON)]
    return [paper.plain(row) for line in lines[:SAID_SHOWN]
            for row in paper.wrap(clean(f"your client said: {line}"), indent="  ", hang="    ")]


def said_lines(marks: Sequence[LabMark], graded: Graded, paper: Paper) -> list[str]:
    """The same where a stub is all that can be found wrong, of the first conversation that shows it: none of its lines
    was sent, so no rule was broken."""
    numbers = {mark.lab.number for mark in marks}
    run = next((run for run in graded.runs if run.lab in numbers and run.rules == {NOT_DONE}), None)
    words = said_words(run, paper) if run else []
    head = f"transcripts/{run.name} comes no further than to a stub:" if run else ""
    return ["", paper.plain(head), *words] if words else []


def stub_words(run: Run, stubs: Sequence[Todo], graded: Graded, paper: Paper) -> list[str]:
    """Which stub ends it, how far it came, where to begin."""
    def place(todo: Todo) -> str:
        return f"{graded.submission.path(todo.file)}:{todo.line}"
    first, *others = stubs
    ends = next(f for f in run.failures if f.rule == NOT_DONE)
    lines = [paper.bold(paper.plain(f"transcripts/{run.name} ends at a stub: {first.function}, {place(first)}"))]
    lines += [paper.plain(f"  {line}") for line in takewhile(lambda line: "<- " not in line, ends.text)]
    said = said_words(run, paper)
    begin = "Mend that first, then" if said else "Begin there"
    lines += [*said, f"  {begin}: the comment above {first.function} says what it must do.",
              f"  try it by hand:  make step REPLAY=transcripts/{run.name}"]
    after = f"  then:            {', '.join(f'{todo.function} ({place(todo)})' for todo in others)}"
    return lines + (paper.wrap(paper.plain(after), hang=" " * 19) if others else [])


def stub_lines(graded: Graded, chosen: str, paper: Paper) -> list[str]:
    """The same for each conversation that was asked for."""
    found = [(run, stubs_of(run, graded)) for run in graded.runs if matches(run.name, chosen)]
    return [line for run, stubs in found if stubs for line in ["", *stub_words(run, stubs, graded, paper)]]


def remark_lines(graded: Graded, chosen: str, paper: Paper) -> list[str]:
    """Warnings and notes, each rule once and in a line: they cost nothing. What its transcript allows is no mistake."""
    remarks: dict[str, str] = {}
    for run in graded.runs:
        for f in run.findings:
            if f.severity in ("warn", "note") and not f.allowed and matches(run.name, chosen):
                remarks.setdefault(f.rule, f"{f.severity}: {f.sentence} ({f.rule}, {run.name})")
    compiler = [f"compiler: {words}" for words in graded.warnings]
    lines = [clean(words) for words in (*remarks.values(), *compiler, *graded.notes)]
    if not lines:
        return []
    shown = [line for words in lines for line in paper.wrap(words, indent="  ", hang="    ")]
    return ["", "Worth a look, costs nothing:", *map(paper.plain, shown)]


def lab_head(mark: LabMark) -> str:
    points = f"{mark.points:>3}/{mark.lab.points}" if mark.judged else "not judged"
    return f"lab {mark.lab.number}  {mark.lab.title:<36} {points}"


def mark_lines(mark: LabMark, paper: Paper) -> list[str]:
    """A lab's points, then those of its items."""
    items = [f"{m.item.id} {m.points}/{m.item.points}" for m in mark.items]
    colour = paper.good if mark.points == mark.lab.points else paper.bad if mark.points == 0 else paper.bold
    rows = paper.chain([f"      {items[0]}", *items[1:]], "  ", hang="      ")
    if mark.out_of_reach and any(m.rules for m in mark.items):
        rows += paper.wrap(f"out of reach so far: {mark.out_of_reach}, for what your client did not get as far as; "
                           "mend what is explained above first", indent="      ", hang="      ")
    return [colour(paper.plain(lab_head(mark))), *(paper.plain(line) for line in rows)]


def not_judged_lines(graded: Graded, paper: Paper) -> list[str]:
    lines = []
    for mark in graded.marks:
        if not mark.judged:
            words = f"lab {mark.lab.number} is not judged: {mark.reason}. Its points are neither given nor taken."
            lines += paper.wrap(clean(words), hang="  ")
    return ["", *(paper.plain(line) for line in lines)] if lines else []


def unused_lines(graded: Graded, paper: Paper) -> list[str]:
    names = graded.submission.unused
    if not names:
        return []
    more = [f"and {len(names) - UNUSED_SHOWN} more"] if len(names) > UNUSED_SHOWN else []
    words = f"Not used: {', '.join([*names[:UNUSED_SHOWN], *more])} (only the lab files and extra.c count)"
    return [paper.plain(line) for line in paper.wrap(clean(words), hang="  ")]


def score_line(points: int, most: int) -> str:
    return f"Score: {points}/{most}"


def problem_lines(graded: Graded, paper: Paper) -> list[str]:
    """Why it does not build, or why we could not judge."""
    if graded.trouble:
        return [paper.plain(line) for line in paper.wrap(clean(f"Not judged, by no fault of yours: {graded.trouble}"))]
    head = paper.bold(paper.plain(clean(f"{graded.submission.shown} does not build.")))
    return [head, *(paper.plain(clean(f"  {line}")) for line in graded.problems)]


def talk_lines(graded: Graded, chosen: str, paper: Paper) -> list[str]:
    """Whole conversations: of the transcript that was asked for, or of all that failed."""
    shown = [run for run in graded.runs if (matches(run.name, chosen) if chosen else run.failures)]
    return [line for run in shown for line in ["", *conversation(run, paper)]]


def report(graded: Graded, paper: Paper, *, chosen: str = "", everything: bool = False, talk: bool = False) -> str:
    """All of it; the last line is the score."""
    points, most = graded.score
    if graded.problems or graded.trouble:
        return "\n".join([*unused_lines(graded, paper), *problem_lines(graded, paper), score_line(points, most)]) + "\n"
    if chosen:
        return one_conversation(graded, paper, chosen, talk)
    marks = explained_labs(graded, everything)
    lines = [*unused_lines(graded, paper), *hand_lines(graded, paper), *todo_lines(marks, graded, paper),
             *mistake_lines(marks, graded, "", paper), *said_lines(marks, graded, paper)]
    if talk:
        lines += talk_lines(graded, "", paper)
    lines += remark_lines(graded, "", paper)
    lines += ["", *(line for mark in marks for line in mark_lines(mark, paper))]
    lines += later_lines(graded.marks[len(marks):], graded, paper) + not_judged_lines(graded, paper)
    return "\n".join([*lines, score_line(points, most)]).lstrip("\n") + "\n"


def one_conversation(graded: Graded, paper: Paper, chosen: str, talk: bool) -> str:
    """What concerns it and nothing else: who asks for one has no eyes for eight labs. The score closes every report."""
    lines = [*mistake_lines(graded.marks, graded, chosen, paper), *stub_lines(graded, chosen, paper),
             *passed_lines(graded, chosen, paper)]
    lines += talk_lines(graded, chosen, paper) if talk else []
    lines += remark_lines(graded, chosen, paper)
    labs = {run.lab for run in graded.runs if matches(run.name, chosen)}
    lines += ["", *(paper.plain(lab_head(mark)) for mark in graded.marks if mark.lab.number in labs)]
    return "\n".join([*lines, score_line(*graded.score)]).lstrip("\n") + "\n"
