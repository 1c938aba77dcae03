"""Lab 0: conversations had by hand and recorded. `smtp-replay --judge` reads them, the tasks ask what was done.

A recording cannot be proved genuine. What can be asked: that it is a conversation at all (every answer follows a
command that can be answered so, the message stands behind 354), that no rule of the rulebook is broken in it but
where the task says so, and that it did what it is named for. Who writes one by hand has written down both sides.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.kit import Kit, NotJudged, run
from grader.marks import ItemMark, LabMark
from grader.rubric import Item, Lab
from grader.submission import home_of, read_regular
from grader.words import clean

SECONDS = 30
UNEDITED = "A recording shows what was said, both sides of it, and is not edited afterwards."
WRONG_TRANSCRIPT = 2  # smtp-replay's status for a file that does not follow the language


@dataclass(frozen=True)
class Step:
    """A command of the client, or a message, with the code that answered it."""

    line: int
    what: str  # a verb of the table, "message", "greeting", "unknown"
    phase: str  # before it
    tls: bool
    dots: int  # of a message: lines that came with a doubled dot
    code: int

    @property
    def accepted(self) -> bool:
        return 200 <= self.code < 300


@dataclass(frozen=True)
class Mistake:
    """What is wrong with one recording."""

    head: str
    seen: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    rule: str = ""


@dataclass(frozen=True)
class Handwork:
    """The recordings of one submission."""

    mark: LabMark
    todo: tuple[str, ...]
    mistakes: tuple[Mistake, ...]


# ---- the tasks: what a recording has to show. Each returns what is missing, "" if nothing is ----

def transactions(steps: Sequence[Step]) -> list[list[Step]]:
    """From each MAIL that was accepted to the one before the next."""
    found: list[list[Step]] = []
    for step in steps:
        if step.what == "MAIL" and step.accepted:
            found.append([])
        if found:
            found[-1].append(step)
    return found


def delivered(transaction: Sequence[Step]) -> bool:
    return any(step.what == "message" and step.accepted for step in transaction)


def sent(steps: Sequence[Step]) -> str:
    if not any(delivered(each) for each in transactions(steps)):
        return "no message was accepted: after the final dot the server has to say 250"
    if steps[-1].what != "QUIT" or steps[-1].code != 221:
        return "it does not end with QUIT and 221"
    return ""


def refused(steps: Sequence[Step]) -> str:
    for each in transactions(steps):
        codes = [step.code // 100 for step in each if step.what == "RCPT"]
        if 5 in codes and 2 in codes and delivered(each):
            return ""
    return "there is no message that was accepted after one RCPT TO was refused (5xx) and another accepted"


def dots(steps: Sequence[Step]) -> str:
    most = max((step.dots for step in steps if step.what == "message" and step.accepted), default=0)
    return "" if most >= 2 else \
        f"an accepted message needs two lines that begin with a dot, doubled on the wire (..profile); {most} here"


def reset(steps: Sequence[Step]) -> str:
    given_up = [step.line for step in steps if step.what == "RSET" and step.accepted and step.phase in ("mail", "rcpt")]
    if not given_up:
        return "there is no RSET between MAIL FROM and DATA that was answered 250"
    later = [step for step in steps if step.line > given_up[0]]
    return "" if any(delivered(each) for each in transactions(later)) else "after RSET no other message was accepted"


def order(steps: Sequence[Step]) -> str:
    wrong = [step.line for step in steps if step.code == 503]
    if not wrong:
        return "no command was answered 503"
    later = [step for step in steps if step.line > wrong[0]]
    return "" if any(step.what == "message" and step.accepted for step in later) else \
        "after the 503 no message was accepted: the session goes on, so go on with it"


def secure(steps: Sequence[Step]) -> str:
    inside = [step for step in steps if step.tls]
    if not inside:
        return "TLS never began"
    if not any(step.what == "AUTH" and step.code == 235 for step in inside):
        return "there is no login inside TLS that was answered 235"
    return "" if any(delivered(each) for each in transactions(inside)) else "no message was accepted inside TLS"


TASKS: Mapping[str, Callable[[Sequence[Step]], str]] = {
    "sent": sent, "refused": refused, "dots": dots, "reset": reset, "order": order, "secure": secure}


# ---- one recording ----

def answer_of(kit: Kit, name: str, data: bytes) -> tuple[dict[str, Any], str]:
    """What smtp-replay makes of a recording; or why it can make nothing of it."""
    with tempfile.TemporaryDirectory(prefix="smtplab-") as work:
        (Path(work) / name).write_bytes(data)
        ended = run([str(kit.replay), "--judge", "--json", "answer.json", name], cwd=Path(work), seconds=SECONDS)
        if ended.status == WRONG_TRANSCRIPT:
            return {}, clean(ended.output.strip(), 400)
        try:
            data_of: dict[str, Any] = json.loads((Path(work) / "answer.json").read_text("utf-8"))["transcripts"][0]
            return data_of, ""
        except (OSError, ValueError, KeyError, IndexError) as error:
            raise NotJudged(f"smtp-replay --judge ended with status {ended.status}: {error}") from error


def broken(item: Item, head: str, finding: Mapping[str, Any]) -> Mistake:
    rfc = f" ({finding['rfc']})" if finding["rfc"] else ""
    return Mistake(f"{head} · rule {finding['rule']}{rfc} · costs {item.points}", tuple(finding["text"]),
                   (finding["advice"],), finding["rule"])


def mistake_in(kit: Kit, item: Item, shown: str, data: bytes) -> Mistake | None:
    """The first thing that is wrong with a recording."""
    head = f"lab 0 · {shown}"
    cost = f"{head} · costs {item.points}"
    answer, wrong = answer_of(kit, f"{item.id}.smtp", data)
    if wrong:
        return Mistake(cost, advice=(f"This is no transcript: {wrong}",))
    for problem in answer["problems"]:
        line = f":{problem['line']}" if problem["line"] else ""
        return Mistake(cost, advice=(f"{item.id}.smtp{line}: {problem['sentence']}.", UNEDITED))
    for finding in answer["findings"]:
        if finding["severity"] == "fail" and finding["rule"] not in item.may_break:
            return broken(item, head, finding)
    missing = TASKS[item.id]([Step(**step) for step in answer["steps"]])
    return Mistake(cost, advice=(f"Wanted: {item.title}. Here {missing}.",)) if missing else None


# ---- a submission ----

def path_of(folder: Path, lab: Lab, item: Item) -> Path:
    return home_of(folder, [lab.file]) / lab.file / f"{item.id}.smtp"


def recordings(folder: Path, lab: Lab) -> dict[str, bytes]:
    """Those that are there, for handing in."""
    found = {f"{lab.file}/{item.id}.smtp": read_regular(path_of(folder, lab, item)) for item in lab.items}
    return {name: data for name, (data, reason) in found.items() if not reason}


def judged(kit: Kit, folder: Path, lab: Lab) -> Handwork:
    """Every recording that there should be."""
    marks: list[ItemMark] = []
    todo: list[str] = []
    mistakes: list[Mistake] = []
    for item in lab.items:
        path = path_of(folder, lab, item)
        shown = f"{folder}/{lab.file}/{item.id}.smtp"
        data, reason = read_regular(path)
        if reason:
            todo.append(f"{shown:<30} {item.title}" if not path.exists() else f"{shown}: {reason}")
            marks.append(ItemMark(item, "lost", reason="not recorded"))
            continue
        wrong = mistake_in(kit, item, shown, data)
        mistakes += [wrong] if wrong else []
        marks.append(ItemMark(item, "lost", (wrong.rule,) if wrong.rule else (), "not shown") if wrong
                     else ItemMark(item, "earned"))
    return Handwork(LabMark(lab, tuple(marks)), tuple(todo), tuple(mistakes))
