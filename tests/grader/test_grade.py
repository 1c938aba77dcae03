"""grader/grade from end to end: real compilers, the real smtp-replay, clients with one mistake each."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Result = subprocess.CompletedProcess[str]
Grade = Callable[..., Result]
ROOT = Path(__file__).resolve().parent.parent.parent

FULL, LOST, NO_BUILD, NOT_JUDGED, USAGE = 0, 1, 2, 3, 64

# A whole client that does nothing of its own: the steps are there to be linked.
IDLE = """#include "client.h"
int send_mail_from(struct client *c, const char *sender) { (void)c; (void)sender; return 250; }
int send_rcpt_to(struct client *c, const char *recipient) { (void)c; (void)recipient; return 250; }
int send_begin_data(struct client *c) { (void)c; return 354; }
int send_message(struct client *c, const struct message *m) { (void)c; (void)m; return 250; }
int send_quit(struct client *c) { (void)c; return 221; }
"""
SESSION = """#include "client.h"
int send_one(struct client *c, const struct message *m) {{ (void)c; (void)m; return {status}; }}
int end_session(struct client *c, int outcome) {{ (void)c; return outcome; }}
"""
KEYBOARD = """#include "client.h"
int send_from_keyboard(struct client *c, FILE *in) {{ (void)c; (void)in; return {status}; }}
"""


def score(result: Result) -> str:
    """The last line, whatever stands above it."""
    return result.stdout.splitlines()[-1] if result.stdout else result.stderr


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, old
    path.write_text(text.replace(old, new, 1))


def prepend(path: Path, function: str, statement: str) -> None:
    """Make a function of the solution begin with a statement."""
    head = re.search(rf"^int {function}\([^)]*\)\s*\{{", path.read_text(), re.M)
    assert head, function
    edit(path, head.group(), f"{head.group()} {statement}")


def idle(folder: Path, status: int) -> None:
    (folder / "steps.c").write_text(IDLE)
    (folder / "session.c").write_text(SESSION.format(status=status))
    (folder / "keyboard.c").write_text(KEYBOARD.format(status=status))


# ---- the two ends -----------------------------------------------------------------------------------

def test_the_solution_has_full_marks(grade: Grade) -> None:
    result = grade("solution")
    assert (score(result), result.returncode, result.stderr) == ("Score: 100/100", FULL, "")
    assert "costs" not in result.stdout.replace("costs nothing", "")


def test_the_starter_has_none_and_every_todo_is_named_once(grade: Grade) -> None:
    result = grade("starter")
    assert (score(result), result.returncode) == ("Score: 0/100", LOST)
    names = ("send_mail_from", "send_rcpt_to", "send_begin_data", "send_message", "send_quit", "send_from_keyboard")
    for name in names:
        assert len(re.findall(rf"\b{name}\b", result.stdout)) == 1, name
        assert re.search(rf"{name},? +starter/\w+\.c:\d+", result.stdout)
    assert "starter/session.c is as it was given" in result.stdout


def test_a_lab_above_a_stub_says_what_it_waits_for(grade: Grade, student: Path, root: Path) -> None:
    """Beyond the core a lab's client is made of the labs before it."""
    (student / "wire.c").write_text((root / "starter" / "wire.c").read_text())
    said = grade("--lab", "5", student).stdout
    assert "\nLab 5 has no marks before lab 4 is written: its client would end at the stub.\n" in said


def test_the_starter_has_none_in_any_lab(grade: Grade) -> None:
    labs = json.loads(grade("--format", "json", "starter").stdout)["labs"]
    assert [lab["points"] for lab in labs] == [0, 0, 0]


@pytest.mark.parametrize("status", [0, 69])
def test_connecting_and_leaving_earns_nothing(grade: Grade, student: Path, status: int) -> None:
    idle(student, status)
    assert score(grade(student)) == "Score: 0/100"


def test_exiting_with_69_before_anything_earns_nothing(grade: Grade, student: Path) -> None:
    idle(student, 69)
    (student / "extra.c").write_text("#include <stdlib.h>\n__attribute__((constructor)) static void leave(void)"
                                     "\n{\n    _Exit(69);\n}\n")
    assert score(grade(student)) == "Score: 0/100"


def test_saying_that_all_went_well_and_sending_nothing_earns_nothing(grade: Grade, student: Path) -> None:
    idle(student, 0)
    for function in ("send_one", "send_from_keyboard"):
        file = student / ("session.c" if function == "send_one" else "keyboard.c")
        prepend(file, function, 'puts("250 2.0.0 Ok: message sent"); tell(c, "all mail was sent");')
    assert score(grade(student)) == "Score: 0/100"


STAGES = [  # where it waits for a reply to nothing: what it has earned until then, what not
    ("send_mail_from", {"mail", "rcpt", "syntax", "data", "message", "dots", "lines", "waits", "quit", "clean"}),
    ("send_rcpt_to", {"rcpt", "syntax", "data", "message", "dots", "lines", "waits", "quit", "clean"}),
    ("send_begin_data", {"data", "message", "dots", "lines", "waits", "quit", "clean"}),
    ("send_message", {"message", "quit"}),  # it is told that the message never ended, answered, and goes on
    ("send_quit", {"quit", "clean"}),
]


@pytest.mark.parametrize(("function", "lost"), STAGES, ids=[function for function, _ in STAGES])
def test_a_client_that_hangs_is_told_where(grade: Grade, student: Path, function: str, lost: set[str]) -> None:
    prepend(student / "steps.c", function, "get_reply(c);")
    data = json.loads(grade("--lab", 1, "--no-sanitizers", "--format", "json", student).stdout)
    assert {item["id"] for item in data["labs"][0]["items"] if item["points"] < item["of"]} == lost
    rule = "no-end-dot" if function == "send_message" else "waits-for-nothing"
    assert any(f["rule"] == rule for run in data["transcripts"] for f in run["findings"])


def test_lab_1_alone_is_of_50(grade: Grade, student: Path, root: Path) -> None:
    for name in ("session.c", "keyboard.c"):
        (student / name).write_text((root / "starter" / name).read_text())
    result = grade("--lab", 1, student)
    assert (score(result), result.returncode) == ("Score: 50/50", FULL)


def test_lab_1_done_and_the_rest_as_given(grade: Grade, student: Path, root: Path) -> None:
    for name in ("session.c", "keyboard.c"):
        (student / name).write_text((root / "starter" / name).read_text())
    data = json.loads(grade("--format", "json", student).stdout)
    labs = [lab["points"] for lab in data["labs"]]
    assert labs[::2] == [50, 0] and labs[1] <= 2, labs


# ---- one mistake ---------------------------------------------------------------------------------------

def test_ignoring_the_550_loses_its_points_and_no_others(grade: Grade, student: Path) -> None:
    edit(student / "session.c", "if (offer_recipients(c, m, &outcome) == 0)",
         "if (offer_recipients(c, m, &outcome) == 0 && false)")
    result = grade(student)
    assert (score(result), result.returncode) == ("Score: 91/100", LOST)
    block = result.stdout.split("\n\n")[0].splitlines()
    assert "lab 2 \u00b7 transcripts/refused/only-rcpt-550.smtp" in block[0]
    assert "rule reply-ignored (RFC 5321" in " ".join(block) and "costs 9 of 25" in " ".join(block)
    assert any(re.match(r" +\d+ +S: 550 5\.1\.1 <nobody@example\.org>: no such user", line) for line in block)
    assert any(re.match(r" +\d+ +C: DATA +<- you went on", line) for line in block)
    assert any("expected one of: " in line for line in block)
    assert "make debug T=refused/only-rcpt-550" in result.stdout and "T=refused/only-rcpt-550 V=1" in result.stdout
    assert "also in: refused/all-of-three-550.smtp" in result.stdout


MISTAKES = [  # file, what becomes of what, the rule, the points
    ("steps.c", "MAIL FROM:<%s>", "MAIL FROM:%s", "no-angle-brackets", 94),
    ("steps.c", "if (*text == '.' &&", "if (*text == '.' && false &&", "dot-stuffing", 96),
    ("steps.c", 'add_bytes(c, "\\r\\n", 2)', 'add_bytes(c, "\\n", 1)', "bare-lf", 94),
]


@pytest.mark.parametrize(("file", "old", "new", "rule", "left"), MISTAKES, ids=[m[3] for m in MISTAKES])
def test_a_mistake_costs_its_item(grade: Grade, student: Path, file: str, old: str, new: str, rule: str,
                                  left: int) -> None:
    edit(student / file, old, new)
    result = grade(student)
    assert f"rule {rule}" in result.stdout
    assert (score(result), result.returncode) == (f"Score: {left}/100", LOST)


def test_no_quit_costs_its_item_and_nothing_of_lab_3(grade: Grade, student: Path) -> None:
    prepend(student / "steps.c", "send_quit", "(void)c; if (c) return 221;")
    assert score(grade(student)) == "Score: 96/100"


# ---- bad input: each its own sentence, never a stop for the rest -----------------------------------------

def test_what_does_not_compile(grade: Grade, student: Path) -> None:
    edit(student / "steps.c", "return get_reply(c);", "return get_repply(c)")
    result = grade(student)
    assert (score(result), result.returncode) == ("Score: 0/100", NO_BUILD)
    assert re.search(rf"{re.escape(str(student))}/steps\.c:\d+: expected", result.stdout)


def test_a_file_that_is_missing(grade: Grade, student: Path) -> None:
    (student / "keyboard.c").unlink()
    result = grade(student)
    assert result.returncode == NO_BUILD and "keyboard.c is missing." in result.stdout


PROGRAMS = [  # which function begins with what, a rule that is named, the points it may have at most
    ("send_rcpt_to", "*(volatile int *)0 = 1;", "crashed|memory-error", 10),
    ("send_rcpt_to", "char small[4]; snprintf(small, 99, \"%s\", recipient); if (small[0] == 1) return 1;",
     "memory-error", 97),
    ("send_begin_data", "get_reply(c);", "waits-for-nothing", 20),
    ("send_begin_data", "for (;;) puts(\"still here\");", "flood", 20),
    ("end_session", "send_quit(c); c->stream = NULL; connect_to_server(c);", "second-connection", 97),
]


@pytest.mark.parametrize(("function", "statement", "rule", "most"), PROGRAMS, ids=[p[2] for p in PROGRAMS])
def test_programs_that_misbehave(grade: Grade, student: Path, function: str, statement: str, rule: str,
                                 most: int) -> None:
    prepend(student / ("session.c" if function == "end_session" else "steps.c"), function, statement)
    result = grade(student)
    assert re.search(rf"rule ({rule})\b", result.stdout), result.stdout
    assert result.returncode == LOST and int(score(result).split()[1].split("/")[0]) <= most


def test_a_program_that_sleeps_is_ended(grade: Grade, student: Path) -> None:
    """Asleep on nothing that could be proved: only the clock ends it, once for all transcripts."""
    prepend(student / "steps.c", "send_begin_data", "extern int pause(void); pause();")
    result = grade("--lab", 1, "--no-sanitizers", student)
    assert "rule too-slow" in result.stdout and (score(result), result.returncode) == ("Score: 17/50", LOST)


def test_a_memory_error_names_the_line_in_the_students_file(grade: Grade, student: Path) -> None:
    prepend(student / "steps.c", "send_rcpt_to",
            "char *p = strdup(recipient); if (p[strlen(p) + 1] == 1) return 1; free(p);")
    edit(student / "steps.c", '#include "client.h"', '#include "client.h"\n#include <stdlib.h>\n#include <string.h>')
    result = grade(student)
    assert "heap-buffer-overflow" in result.stdout
    assert f"{student}/steps.c:" in result.stdout and "in send_rcpt_to" in result.stdout


def test_a_crash_is_looked_into_where_the_sanitizers_do_not_go(grade: Grade, student: Path) -> None:
    old = '    tell(c, "the message: %s; what'
    edit(student / "session.c", old, f"    *(volatile int *)0 = 1;\n{old}")
    result = grade(student)
    assert "SIGSEGV: Segmentation fault" in result.stdout and "in send_text" in result.stdout
    assert re.search(rf"{re.escape(str(student))}/session\.c:\d+", result.stdout)


def test_one_red_line_among_good_ones_is_called_so(grade: Grade, student: Path) -> None:
    edit(student / "steps.c", 'return add_line(c, "%s", "");', "return 0;")
    assert "  1 cause; the 2 later steps are right\n" in grade("--lab", 1, student).stdout


def test_many_mistakes_do_not_flood_the_screen(grade: Grade, student: Path) -> None:
    """Some are explained, the others named; each line fits but for bytes and paths."""
    edit(student / "steps.c", "MAIL FROM:<%s>", "MAIL FROM:%s")
    edit(student / "steps.c", 'add_bytes(c, "\\r\\n", 2)', 'add_bytes(c, "\\n", 1)')
    edit(student / "steps.c", "if (*text == '.' &&", "if (*text == '.' && false &&")
    edit(student / "session.c", "code == 354 ? send_text", "code != -1 ? send_text")
    edit(student / "session.c", "return code / 100 == 2;", "return code > 0 && code < 500;")
    edit(student / "keyboard.c", "unsigned number = 1; more;", "unsigned number = 1; more && number < 3;")
    prepend(student / "session.c", "end_session", "if (c) return outcome;")
    out = grade(student).stdout
    assert 3 <= out.count("costs") and out.count("in gdb:") <= 5, out
    assert len(out.splitlines()) < 110 and max(map(len, out.splitlines())) <= 80, out


# ---- the command line --------------------------------------------------------------------------------------

@pytest.mark.parametrize("words", [[], ["--lab", "99", "solution"], ["--lab", "x", "solution"], ["no-such-folder"],
                                   ["--colour", "solution"], ["-T", "no-such", "solution"],
                                   ["--format", "junit", "solution", "starter"]])
def test_odd_options_are_usage(grade: Grade, words: list[str]) -> None:
    result = grade(*words)
    assert result.returncode == USAGE and "usage: grade" in result.stderr and result.stdout == ""


@pytest.mark.parametrize(("name", "lab"), [("wire/one-message", "lab 4"), ("certificate/expired", "lab 5"),
                                           ("one-message", "lab 1")])
def test_a_transcript_alone_brings_its_lab_along(grade: Grade, name: str, lab: str) -> None:
    """What each finding says, "see it whole: make check T=...", has no LAB= in it."""
    result = grade("--no-sanitizers", "-T", name, "solution")
    labs = re.findall(r"^lab \d", result.stdout, re.M)
    assert f"/{name}.smtp: no mistake" in result.stdout or f"{name}.smtp: no mistake" in result.stdout, result.stderr
    assert labs[-1] == lab


def test_a_whole_conversation_ends_with_what_the_program_said(grade: Grade) -> None:
    said = grade("--no-sanitizers", "-T", "refused/rcpt-550", "-v", "solution").stdout
    assert re.search(r"^ +-- standard error: .*550 5\.1\.1", said, re.M), said


def test_points_that_no_mistake_takes_are_accounted_for(grade: Grade, student: Path) -> None:
    """One mistake that "costs 1 of 20", and 0 of 20: where are the others?"""
    edit(student / "security.c", "X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1 ||", "")
    said = " ".join(grade("--no-sanitizers", "--lab", "5", student).stdout.split())
    taken = sum(map(int, re.findall(r"costs (\d+) of 20", said)))
    assert f"out of reach so far: {20 - taken}, for what your client did not get as far as" in said
    assert said.count("did not get as far as") == 1, "a lab with all of its points has none out of reach"


def test_what_the_transcripts_allow_is_not_worth_a_look(grade: Grade) -> None:
    """A client without a mistake was told to have a look at what it has to do: a command that crossed a 421."""
    said = grade("--no-sanitizers", "--lab", "4", "solution").stdout
    assert "Worth a look" not in said, said


def test_a_name_mistyped_is_answered_with_the_nearest_ones(grade: Grade) -> None:
    said = grade("--lab", "8", "-T", "attacks/lf-in-tu", "solution").stderr
    assert "there are attacks/lf-in-to.smtp, " in said and said.count(".smtp") == 5


def test_json_and_report_are_written(grade: Grade, student: Path, tmp_path: Path) -> None:
    result = grade("--json", tmp_path / "one.json", "--report", tmp_path / "reports", student)
    data = json.loads((tmp_path / "one.json").read_text())
    assert (data["score"], data["of"], data["status"]) == (100, 100, FULL)
    assert (tmp_path / "reports" / "student.txt").read_text() == result.stdout
    assert json.loads((tmp_path / "reports" / "student.json").read_text()) == data


def test_junit_is_one_case_a_transcript(grade: Grade, root: Path) -> None:
    suite = ElementTree.fromstring(grade("--format", "junit", "solution").stdout)[0]
    names = {case.get("name") for case in suite}
    assert "test_transcript[plain/one-message.smtp]" in names
    assert (suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("0", "0", "0")


def test_a_transcript_alone_is_explained_and_the_score_stays_true(grade: Grade, student: Path) -> None:
    edit(student / "steps.c", "MAIL FROM:<%s>", "MAIL FROM:%s")
    whole, one = grade(student), grade("-T", "rcpt-550", "-v", student)
    assert score(one) == score(whole) == "Score: 94/100"
    assert "transcripts/refused/rcpt-550.smtp" in one.stdout and "gmail" not in one.stdout
    assert re.search(r"^ +\d+ +C: MAIL FROM:alice@example\.org", one.stdout, re.M)


def test_again_says_what_became_of_last_times_failures(grade: Grade, student: Path) -> None:
    good = (student / "steps.c").read_text()
    edit(student / "steps.c", "MAIL FROM:<%s>", "MAIL FROM:%s")
    grade(student)
    (student / "steps.c").write_text(good)
    result = grade("--again", student)
    assert "passes now   plain/one-message.smtp" in result.stdout and result.returncode == FULL


def test_again_is_short_where_all_fails_and_speaks_of_what_was_played(grade: Grade, tmp_path: Path) -> None:
    """After LAB=4 a plain `again` plays labs 1 to 3: of the others nothing is known."""
    folder = tmp_path / "begun"
    shutil.copytree(ROOT / "starter", folder)
    grade("--lab", 4, folder)
    result = grade("--again", folder)
    assert "passes now" not in result.stdout and result.stdout.count("fails again") == 6
    assert re.search(r"^fails again  and \d+ more$", result.stdout, re.M)


def test_a_replay_that_fails_is_not_judged(grade: Grade, student: Path, tmp_path: Path) -> None:
    broken = tmp_path / "replay"
    broken.write_text("#!/bin/sh\necho out of order >&2\nexit 3\n")
    broken.chmod(0o755)
    result = grade("--replay", broken, student)
    assert result.returncode == NOT_JUDGED
    assert "by no fault of yours" in result.stdout and "out of order" in result.stdout


def test_nothing_of_a_students_reaches_the_terminal_raw(grade: Grade, student: Path) -> None:
    with (student / "steps.c").open("a") as file:
        file.write("\nint x = \x1b[2J;\n")
    result = grade(student)
    assert result.returncode == NO_BUILD and "\x1b" not in result.stdout and "\\x1b[2J" in result.stdout


def test_a_submission_cannot_lead_pytest_astray(grade: Grade, student: Path) -> None:
    for name in ("conftest.py", "pytest.py", "grader.py"):
        (student / name).write_text("raise SystemExit('owned')\n")
    (student / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n")
    assert score(grade(student)) == "Score: 100/100"


def test_the_suite_runs_under_pytest_too(root: Path) -> None:
    command: list[Any] = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", root / "grader"]
    result = subprocess.run([*command, "--submission", root / "solution"], capture_output=True, text=True, check=False,
                            cwd=root)
    assert result.returncode == 0 and " passed" in result.stdout


# ---- one step written, the others stubs ---------------------------------------------------------------

@pytest.fixture
def beginner(tmp_path: Path) -> Path:
    """A submission in which nothing but MAIL is written, without its brackets."""
    folder = tmp_path / "beginner"
    shutil.copytree(ROOT / "starter", folder)
    edit(folder / "steps.c", "    (void)sender;\n    return TODO(c);",
         '    return send_line(c, "MAIL FROM:%s", sender) == -1 ? FAILED : get_reply(c);')
    return folder


def test_a_mistake_in_front_of_the_stubs_is_explained_in_full(grade: Grade, beginner: Path) -> None:
    said = grade("--lab", 1, beginner).stdout
    assert "send_rcpt_to " in said
    assert "C: MAIL FROM:alice@example.org" in said
    assert "Put the brackets in your format string" in said
    assert "may follow from the above" not in said


def test_what_belongs_to_no_line_stands_once_in_the_whole_conversation(grade: Grade, student: Path) -> None:
    prepend(student / "session.c", "end_session", "if (c) return outcome;")
    said = grade("--lab", 1, "-T", "plain/one-message", "-v", student).stdout
    assert said.count("<- you left without QUIT (no-quit)") == 1


def test_a_conversation_that_ends_at_a_stub_says_which_and_where_to_begin(grade: Grade, beginner: Path) -> None:
    edit(beginner / "steps.c", "MAIL FROM:%s", "MAIL FROM:<%s>")
    lines = grade("--lab", 8, "-T", "plain/one-message", beginner).stdout.splitlines()
    assert re.fullmatch(r"transcripts/plain/one-message.smtp ends at a stub: send_rcpt_to, \S*steps.c:\d+", lines[0])
    assert "  Begin there: the comment above send_rcpt_to says what it must do." in lines
    assert any("S: 250 2.1.0 Sender accepted" in line for line in lines)


def test_of_a_conversation_no_more_is_said_than_concerns_it(grade: Grade, beginner: Path) -> None:
    """Not lab 0, not the stubs and the marks of eight labs."""
    said = grade("--lab", 8, "-T", "plain/one-message", beginner).stdout
    assert "C: MAIL FROM:alice@example.org" in said and "ends at a stub: send_rcpt_to" in said
    assert re.findall(r"^lab (\d) .*/50$", said, re.M) == ["1"] and "To do" not in said and "lab 8" not in said


@pytest.mark.parametrize("words", [["--lab", 1], ["-T", "plain/one-message"]], ids=["whole", "one"])
def test_what_was_never_sent_is_told_in_the_clients_words(grade: Grade, beginner: Path, words: list[object]) -> None:
    """No line on the wire, so no rule is broken: the marks alone would not say why MAIL has none."""
    edit(beginner / "steps.c", "MAIL FROM:%s", "MAIL FROM:<%s>\\r\\n")
    said = grade(*words, beginner).stdout
    assert "  your client said: not sent: a line with a line break inside it" in said


def test_a_stub_alone_is_no_reason_to_quote_anything(grade: Grade) -> None:
    assert "your client said" not in grade("--lab", 1, "starter").stdout
