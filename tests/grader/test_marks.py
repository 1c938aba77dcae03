"""The marks, from verdicts written down here: earned and not kept, a mistake once, our own trouble never."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from grader.marks import mark, score, settle, settled
from grader.replay import Run, merged, parse
from grader.rubric import Item, Lab, Rubric

STEPS = ["connect", "greeting", "hello", "mail", "rcpt", "data", "message", "accepted", "quit"]
PLAIN, REFUSED, TWO = "transcripts/plain/one.smtp", "transcripts/refused/one.smtp", "transcripts/keyboard/two.smtp"

LABS = (
    Lab(1, "one", 10, "steps.c", (
        Item("mail", "", 4, frozenset({"no-hello"}), "mail"),
        Item("lines", "", 3, frozenset({"bare-lf", "bare-cr"}), "message"),
        Item("rest", "", 3, frozenset({"*"}), "accepted", ended=True))),
    Lab(2, "two", 10, "session.c", (
        Item("checks", "", 8, frozenset({"reply-ignored"}), "rcpt", ended=True, strict=True,
             scenarios=("refused/*",)),
        Item("rest", "", 2, frozenset({"*"}), "rcpt", ended=True, scenarios=("refused/*",))),
        controls=(("refused/*", "plain/one.smtp"),)),
    Lab(3, "three", 10, "keyboard.c", (
        Item("several", "", 8, frozenset({"wrong-command"}), "accepted", again="plain/one.smtp",
             scenarios=("keyboard/two*",)),
        Item("rest", "", 2, frozenset({"*"}), "accepted"))),
)


def played(transcript: str, lab: int, *rules: str, upto: str = "quit", exit: int | None = 0, verdict: str = "",
           severity: str = "fail") -> dict[str, Any]:
    """One transcript of smtp-replay's JSON."""
    return {
        "transcript": transcript, "title": "", "lab": lab, "teaches": [], "hint": None,
        "verdict": verdict or ("fail" if rules and severity == "fail" else "pass"), "reason": "no /proc here",
        "exit": exit, "signal": None, "backstop": False, "ms": 1.0, "reached": STEPS[:STEPS.index(upto) + 1],
        "findings": [{"rule": rule, "severity": severity, "rfc": "RFC 5321", "line": 4, "event": 2, "sentence": "s",
                      "why": "w", "advice": "a", "expected": None, "got": None, "at": 0, "text": ["S: 220"]}
                     for rule in rules],
        "events": [], "stderr": "", "stdout": ""}


def runs_of(*transcripts: dict[str, Any]) -> list[Run]:
    return parse(json.dumps({"smtp-replay": 1, "transcripts": list(transcripts)}))


def points(*transcripts: dict[str, Any]) -> list[int]:
    return [lab.points for lab in mark(LABS, runs_of(*transcripts))]


GOOD = (played(PLAIN, 1), played(REFUSED, 2, upto="rcpt", exit=69), played(TWO, 3))


def test_everything_right_earns_everything() -> None:
    assert points(*GOOD) == [10, 10, 10]


@pytest.mark.parametrize("upto", ["connect", "greeting", "hello"])
def test_connecting_and_leaving_earns_nothing(upto: str) -> None:
    assert points(played(PLAIN, 1, upto=upto), played(REFUSED, 2, upto=upto), played(TWO, 3, upto=upto)) == [0, 0, 0]


def test_quit_straight_after_hello_is_no_step() -> None:
    hasty = played(PLAIN, 1, upto="hello")
    hasty["reached"].append("quit")
    assert points(hasty, *GOOD[1:])[0] == 0


def test_always_refusing_earns_nothing_for_a_refusal() -> None:
    always = [played(t["transcript"], t["lab"], upto="rcpt", exit=69) for t in GOOD]
    assert points(*always) == [4, 0, 0]


def test_control_wants_a_message_accepted_and_status_0() -> None:
    accepted_but_69 = played(PLAIN, 1, exit=69)
    assert points(accepted_but_69, *GOOD[1:]) == [10, 0, 10]


def test_control_may_have_a_mistake_of_another_kind() -> None:
    assert points(played(PLAIN, 1, "bare-lf"), *GOOD[1:]) == [7, 10, 10]


def test_a_part_done_earns_its_part() -> None:
    stub = played(PLAIN, 1, "not-done", upto="mail", exit=70)
    assert points(stub, played(REFUSED, 2, "not-done", upto="mail", exit=70), GOOD[2])[:2] == [4, 0]


def test_a_stub_in_the_refusal_earns_nothing_there() -> None:
    cut = played(REFUSED, 2, "not-done", upto="rcpt", exit=70)
    assert points(GOOD[0], cut, GOOD[2]) == [10, 0, 10]


def test_a_mistake_costs_once_in_however_many_scenarios() -> None:
    again = played("transcripts/plain/other.smtp", 1, "bare-lf")
    assert points(played(PLAIN, 1, "bare-lf"), again, *GOOD[1:]) == [7, 10, 10]


def test_two_mistakes_of_one_item_cost_it_once() -> None:
    marks = mark(LABS, runs_of(played(PLAIN, 1, "bare-lf", "bare-cr"), *GOOD[1:]))
    assert marks[0].points == 7
    assert [marks[0].cost(rule) for rule in ("bare-lf", "bare-cr")] == [3, 0]


def test_a_mistake_of_an_earlier_lab_costs_no_more_later() -> None:
    assert points(played(PLAIN, 1, "bare-lf"), GOOD[1], played(TWO, 3, "bare-lf")) == [7, 10, 10]
    assert points(GOOD[0], GOOD[1], played(TWO, 3, "bare-lf")) == [10, 10, 8]


def test_so_is_one_that_never_comes_first() -> None:
    assert points(played(PLAIN, 1, "bare-lf", "nul-byte"), GOOD[1], played(TWO, 3, "nul-byte")) == [4, 10, 10]


def test_the_shadow_of_another_mistake_costs_nothing() -> None:
    rubric = Rubric(LABS, {"reply-ignored": frozenset({"bare-lf"})})
    shadow, own = (runs_of(played(REFUSED, 2, *rules, upto="rcpt", exit=69))[0]
                   for rules in (("bare-lf", "reply-ignored"), ("reply-ignored", "bare-lf")))
    assert [f.rule for f in settled(shadow, rubric, frozenset()).failures] == ["bare-lf"]
    assert [f.rule for f in settled(own, rubric, frozenset()).failures] == ["reply-ignored", "bare-lf"]


LUCKY = Rubric(LABS, {"wrong-exit": frozenset({"early-send"})}, {"early-send": ("torn/*",)}, frozenset({"early-send"}))


@pytest.mark.parametrize("lucky", [True, False])
def test_what_shows_by_luck_changes_no_mark(lucky: bool) -> None:
    """The server was faster, or the client: what follows from it costs nothing either way."""
    torn = played("transcripts/torn/one.smtp", 1, "early-send")
    refused = played(REFUSED, 2, *(["early-send"] if lucky else []), "wrong-exit", upto="rcpt", exit=0)
    runs = settle(runs_of(GOOD[0], torn, refused, GOOD[2]), LUCKY)
    assert [lab.points for lab in mark(LABS, runs)] == [7, 10, 10]


def test_luck_alone_costs_nothing() -> None:
    runs = settle(runs_of(played(PLAIN, 1, "early-send"), *GOOD[1:]), LUCKY)
    assert [lab.points for lab in mark(LABS, runs)] == [10, 10, 10]


def test_without_the_mistake_that_excuses_it_it_costs() -> None:
    runs = settle(runs_of(GOOD[0], played(REFUSED, 2, "wrong-exit", upto="rcpt", exit=0), GOOD[2]), LUCKY)
    assert [lab.points for lab in mark(LABS, runs)] == [10, 8, 10]


def test_each_scenario_has_its_own_control() -> None:
    """One that is refused everywhere but in a single dialogue earns by that one."""
    lab = replace(LABS[1], controls=(("refused/one*", "plain/one.smtp"), ("*", "plain/other.smtp")))
    assert lab.control("refused/one.smtp") == "plain/one.smtp"
    assert lab.control("refused/two.smtp") == "plain/other.smtp"
    runs = runs_of(played(PLAIN, 1, exit=69), played("transcripts/plain/other.smtp", 1), GOOD[1], GOOD[2])
    assert [m.points for m in mark((LABS[0], lab, LABS[2]), runs)] == [10, 0, 10]
    more = runs_of(played("transcripts/refused/two.smtp", 2, upto="rcpt", exit=69))
    assert [m.points for m in mark((LABS[0], lab, LABS[2]), runs + more)] == [10, 10, 10]


def test_again_means_that_it_may_for_another_reason() -> None:
    elsewhere = played("transcripts/plain/other.smtp", 1, "wrong-command")
    assert points(elsewhere, *GOOD[:2], played(TWO, 3, "wrong-command")) == [7, 10, 2]
    assert points(played(PLAIN, 1, "wrong-command"), GOOD[1], played(TWO, 3, "wrong-command")) == [7, 10, 10]


def test_a_strict_item_is_not_earned_where_its_mistake_shows_as_a_shadow() -> None:
    """It takes nothing, and it gives nothing: another scenario has to earn the item."""
    rules = Rubric(LABS, follows={"reply-ignored": frozenset({"bare-lf"})})
    shadow = played(REFUSED, 2, "bare-lf", "reply-ignored", upto="rcpt", exit=69)
    other = played("transcripts/refused/two.smtp", 2, upto="rcpt", exit=69)
    assert [m.points for m in mark(LABS, settle(runs_of(GOOD[0], shadow, GOOD[2]), rules))] == [10, 0, 10]
    assert [m.points for m in mark(LABS, settle(runs_of(GOOD[0], shadow, other, GOOD[2]), rules))] == [10, 8, 10]


@pytest.mark.parametrize(("shadows", "earned"), [(2, 8), (3, 8), (4, 0)])
def test_one_run_that_went_well_does_not_outweigh_shadows_everywhere_else(shadows: int, earned: int) -> None:
    """A connection that broke a moment sooner is luck, and luck earns nothing."""
    rules = Rubric(LABS, follows={"reply-ignored": frozenset({"bare-lf"})})
    lucky = played(REFUSED, 2, upto="rcpt", exit=69)
    shadowed = [played(f"transcripts/refused/{n}.smtp", 2, "bare-lf", "reply-ignored") for n in range(shadows)]
    labs = mark(LABS, settle(runs_of(played(PLAIN, 1, "bare-lf"), lucky, *shadowed), rules))
    assert labs[1].items[0].points == earned


def test_but_only_in_its_own_scenarios() -> None:
    other = played("transcripts/keyboard/commas.smtp", 3, "wrong-command")
    assert points(played(PLAIN, 1, "wrong-command"), *GOOD[1:], other) == [7, 10, 10]
    assert points(*GOOD, other) == [10, 10, 2]


def test_a_rule_that_no_item_names_falls_to_the_rest() -> None:
    assert points(played(PLAIN, 1, "flood", exit=None), *GOOD[1:])[0] == 7
    assert points(GOOD[0], played(REFUSED, 2, "a-rule-of-tomorrow", upto="rcpt", exit=69), GOOD[2])[1] == 8


@pytest.mark.parametrize("severity", ["warn", "note"])
def test_warnings_cost_nothing(severity: str) -> None:
    assert points(played(PLAIN, 1, "bare-lf", severity=severity), *GOOD[1:]) == [10, 10, 10]


def test_not_judged_neither_gives_nor_takes() -> None:
    marks = mark(LABS, runs_of(GOOD[0], played(REFUSED, 2, verdict="not-judged", upto="connect", exit=None), GOOD[2]))
    assert [m.judged for m in marks] == [True, False, True]
    assert score(marks) == (20, 20)
    assert "no /proc here" in marks[1].reason


def test_findings_of_a_run_that_is_not_judged_cost_nothing() -> None:
    unsure = played("transcripts/plain/other.smtp", 1, "bare-lf", verdict="not-judged")
    assert mark(LABS, runs_of(GOOD[0], unsure, *GOOD[1:]))[0].points == 10


def test_an_unjudged_control_makes_its_lab_unjudged() -> None:
    marks = mark(LABS, runs_of(played(PLAIN, 1, verdict="not-judged", upto="connect"), *GOOD[1:]))
    assert [m.judged for m in marks] == [False, False, True]


def test_only_memory_is_believed_of_the_sanitized_run() -> None:
    plain = runs_of(*GOOD)
    second = runs_of(played(PLAIN, 1, "memory-error", "closed-early", exit=99), played(REFUSED, 2, "reply-ignored"),
                     played(TWO, 3, verdict="not-judged"))
    both = merged(plain, second)
    assert [[f.rule for f in run.failures] for run in both] == [["memory-error"], [], []]
    assert [lab.points for lab in mark(LABS, both)] == [7, 10, 10]


def test_what_ends_the_sanitized_run_does_not_end_the_plain_one() -> None:
    memory = [played(t["transcript"], t["lab"], "memory-error", upto="mail", exit=99) for t in GOOD]
    assert [lab.points for lab in mark(LABS, merged(runs_of(*GOOD), runs_of(*memory)))] == [7, 10, 10]
