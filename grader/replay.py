"""smtp-replay's verdicts: it is run once for each build over all transcripts, and its JSON read.

The sanitized build is a second opinion on memory alone: it is slower and laid out otherwise, so of its
run only memory-error and crashed are believed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader.kit import Ended, Kit, NotJudged, run
from grader.words import clean

VERSION = 1
# The backstop behind smtp-replay's own: it ends a run that is stuck long before this.
SECONDS = 60
SECONDS_EACH = 30
# Several at once: a client mostly waits, and one that hangs in every transcript costs seconds, not minutes.
JOBS = min(64, 16 * (os.cpu_count() or 1))
OF_THE_SANITIZERS = ("memory-error", "crashed")
SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "exitcode=99:detect_leaks=0:print_legend=0",
    "UBSAN_OPTIONS": "exitcode=99:halt_on_error=1:print_stacktrace=1",
}


@dataclass(frozen=True)
class Finding:
    """A rule that was broken, in the rulebook's words."""

    rule: str
    severity: str = "fail"
    rfc: str = ""
    line: int = 0
    event: int = 0
    sentence: str = ""
    why: str = ""
    advice: str = ""
    text: tuple[str, ...] = ()
    allowed: bool = False  # by this transcript
    sanitized: bool = False  # seen in the build with sanitizers alone


@dataclass(frozen=True)
class Event:
    """A line of the conversation as it went."""

    n: int
    ms: float
    kind: str
    text: str


@dataclass(frozen=True)
class Run:
    """One transcript played against one client."""

    name: str  # below transcripts/, as the rubric has it
    lab: int
    verdict: str  # pass, fail, not-judged
    title: str = ""
    reason: str = ""
    exit: int | None = None
    signal: int | None = None
    reached: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()
    events: tuple[Event, ...] = ()
    hint: str = ""
    teaches: tuple[str, ...] = ()
    stderr: str = ""

    @property
    def judged(self) -> bool:
        return self.verdict != "not-judged"

    @property
    def failures(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity == "fail") if self.judged else ()

    @property
    def rules(self) -> frozenset[str]:
        """What cost or could have cost marks here."""
        return frozenset(f.rule for f in self.failures)

    @property
    def short(self) -> str:
        """The name that make debug and make check take."""
        return self.name.removesuffix(".smtp")


def finding_of(data: Mapping[str, Any]) -> Finding:
    rfc, sentence, why, advice = (str(data.get(key) or "") for key in ("rfc", "sentence", "why", "advice"))
    text = tuple(clean(str(line), 1000).replace("\n", " ") for line in data.get("text") or ())
    return Finding(rule=str(data["rule"]), severity=str(data["severity"]), line=int(data.get("line") or 0),
                   event=int(data.get("event") or 0), sentence=sentence, why=why, advice=advice, rfc=rfc, text=text,
                   allowed=bool(data.get("allowed")))


def event_of(data: Mapping[str, Any]) -> Event:
    text = clean(str(data.get("text") or ""), 2000)
    return Event(int(data["n"]), float(data.get("ms") or 0), str(data["kind"]), text)


def run_of(data: Mapping[str, Any]) -> Run:
    return Run(
        name=str(data["transcript"]).removeprefix("transcripts/"), lab=int(data.get("lab") or 0),
        verdict=str(data["verdict"]), title=str(data.get("title") or ""),
        reason=clean(str(data.get("reason") or ""), 400),
        exit=data.get("exit"), signal=data.get("signal"), reached=frozenset(data.get("reached") or ()),
        findings=tuple(finding_of(f) for f in data.get("findings") or ()),
        events=tuple(event_of(e) for e in data.get("events") or ()),
        hint=clean(str(data.get("hint") or ""), 400), teaches=tuple(map(str, data.get("teaches") or ())),
        stderr=clean(str(data.get("stderr") or "")))


def parse(text: str) -> list[Run]:
    """The runs in smtp-replay's JSON."""
    data = json.loads(text)
    if data.get("smtp-replay") != VERSION:
        raise NotJudged(f"smtp-replay writes version {data.get('smtp-replay')} of its JSON, we read {VERSION}")
    return [run_of(each) for each in data["transcripts"]]


def slow_first(kit: Kit, names: Sequence[str]) -> list[str]:
    """Those with a client's time-out to wait for begin first: the others are played meanwhile."""
    def patient(name: str) -> bool:
        return "--timeout" in (kit.transcripts / name).read_text("utf-8", "replace").partition("\n\n")[0]
    return sorted(names, key=lambda name: not patient(name))


def in_order(runs: Sequence[Run], names: Sequence[str]) -> list[Run]:
    """As they were asked for: who explains them relies on it."""
    place = {name: at for at, name in enumerate(names)}
    return sorted(runs, key=lambda run: place.get(run.name, len(place)))


def play(kit: Kit, names: Sequence[str], client: Path, answer: Path, jobs: int = JOBS) -> list[Run]:
    """Run smtp-replay once over these transcripts. NotJudged: the trouble is ours."""
    paths = [f"transcripts/{name}" for name in slow_first(kit, names)]
    command = [str(kit.replay), "-j", str(jobs), "--json", str(answer), *paths, "--client", str(client)]
    seconds = SECONDS + SECONDS_EACH * len(names)
    try:
        # Whatever a run leaves behind, even one that had to be killed, goes with our own folder.
        env = {**SANITIZER_OPTIONS, "TMPDIR": str(answer.parent)}
        ended = run(command, cwd=kit.root, seconds=seconds, cpu_seconds=int(seconds), env=env)
        return in_order(answered(ended, answer, names), names)
    except OSError as error:
        raise NotJudged(f"smtp-replay cannot be run: {error}") from error


def answered(ended: Ended, answer: Path, names: Sequence[str]) -> list[Run]:
    """What smtp-replay found, every transcript accounted for."""
    if ended.status is None:
        raise NotJudged("smtp-replay did not come to an end")
    said = clean(ended.output.strip(), 400)
    try:
        runs = parse(answer.read_text("utf-8", "backslashreplace"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotJudged(f"smtp-replay ended with status {ended.status} and no verdicts: {said or error}") from error
    missing = set(names) - {r.name for r in runs}
    if missing:
        raise NotJudged(f"smtp-replay gave no verdict on {', '.join(sorted(missing))}: {said}")
    return runs


def merged(plain: Iterable[Run], sanitized: Iterable[Run]) -> tuple[Run, ...]:
    """The verdicts of the plain build, and what only the sanitizers saw."""
    second = {run.name: run for run in sanitized}
    return tuple(with_memory(run, second[run.name]) if run.name in second else run for run in plain)


def with_memory(run: Run, second: Run) -> Run:
    """A memory error is the first cause of what else went wrong, so it comes first."""
    extra = tuple(replace(f, sanitized=True) for f in second.failures if f.rule in OF_THE_SANITIZERS)
    if not extra or not run.judged:
        return run
    new = tuple(f for f in extra if f.rule not in {other.rule for other in run.findings})
    return replace(run, verdict="fail", findings=new + run.findings, stderr=second.stderr)


def renamed(runs: Iterable[Run], copies: str, shown: str) -> list[Run]:
    """Reports of sanitizers name the copies that were compiled; their owner knows other paths."""
    return [replace(run, stderr=run.stderr.replace(f"{copies}/", f"{shown}/")) for run in runs]
