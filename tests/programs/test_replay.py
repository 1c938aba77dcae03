"""smtp-replay as its users meet it: words in, verdicts, reports and exit statuses out."""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRANSCRIPTS = ROOT / "transcripts"
ALL = sorted(path for path in TRANSCRIPTS.rglob("*.smtp") if "\nrun: " in path.read_text())  # else it is typed by hand
PLAIN = TRANSCRIPTS / "plain" / "one-message.smtp"
WHOLE = TRANSCRIPTS / "keyboard" / "whole-session.smtp"
HEAD = "smtp-transcript 1\ntitle: t\nsource: authored (RFC 5321)\nrun: --tls none --from alice@example.org\n\n"

Judge = Callable[..., list[dict[str, Any]]]
Replay = Callable[..., Any]


def name_of(path: Path) -> str:
    return str(path.relative_to(TRANSCRIPTS))


every_transcript = pytest.mark.parametrize("transcript", ALL, ids=name_of)


# ---- every transcript of the kit ----


def test_there_are_transcripts() -> None:
    assert len(ALL) >= 9


@every_transcript
@pytest.mark.parametrize("build", ["plain", "sanitized"])
def test_the_solution_passes(transcript: Path, build: str, judge: Judge, solution: Path) -> None:
    client = solution if build == "plain" else solution.parents[1] / "asan" / "solution" / "client"
    if not client.exists():
        pytest.skip(f"{client.relative_to(ROOT)} is not built: make asan")
    [verdict] = judge(transcript, "--client", client)
    assert (verdict["verdict"], verdict["backstop"]) == ("pass", False), verdict
    assert not [f for f in verdict["findings"] if f["severity"] == "fail"]


@every_transcript
def test_it_is_printed_as_it_is(transcript: Path, replay: Replay) -> None:
    printed = replay("--print", transcript)
    assert (printed.returncode, printed.stderr) == (0, "")
    assert printed.stdout == transcript.read_text()


def meets_a_stub(transcript: Path) -> bool:
    """Does the conversation get as far as a student's part?"""
    return re.search(r"^C[:?=] MAIL ", transcript.read_text(), re.M | re.I) is not None


@pytest.mark.parametrize("transcript", [path for path in ALL if meets_a_stub(path)], ids=name_of)
def test_the_starter_names_its_todo(transcript: Path, replay: Replay, judge: Judge, starter: Path) -> None:
    done = replay(transcript, "--client", starter)
    assert done.returncode == 1
    [verdict] = judge(transcript, "--client", starter)
    assert [f["rule"] for f in verdict["findings"]] == ["not-done"]
    named = re.search(r"(\w+), starter/(\w+\.c):(\d+)", verdict["findings"][0]["sentence"])
    assert named, verdict["findings"]
    line = (ROOT / "starter" / named[2]).read_text().splitlines()[int(named[3]) - 1]
    assert re.fullmatch(r"    return TODO(_LAB)?\(c(, [4-8])?\);", line)
    assert f"{named[1]}, starter/{named[2]}:{named[3]}" in " ".join(done.stdout.split())


# ---- reports ----


@pytest.fixture
def spoiled(tmp_path: Path) -> Path:
    """The plain transcript, but with another subject than the run: line asks for."""
    path = tmp_path / "spoiled.smtp"
    path.write_text(PLAIN.read_text().replace("C: Subject: Nothing much", "C: Subject: Something else"))
    return path


FINDING = {"rule": str, "severity": str, "rfc": str, "line": int, "event": int, "sentence": str, "why": str,
           "advice": str, "expected": str, "got": str, "at": int, "text": list, "count": int,
           "allowed": bool}
VERDICT = {"transcript": str, "title": str, "lab": int, "teaches": list, "hint": (str, type(None)), "verdict": str,
           "reason": (str, type(None)), "exit": int, "signal": (int, type(None)), "backstop": bool, "ms": float,
           "reached": list, "findings": list, "events": list, "stderr": str, "stdout": str}
EVENT = {"n": int, "ms": float, "kind": str, "line": int, "tls": bool, "text": str, "by": str, "length": int}


def check_shape(thing: dict[str, Any], shape: dict[str, Any]) -> None:
    assert set(thing) == set(shape)
    for key, kind in shape.items():
        assert isinstance(thing[key], kind), (key, thing[key])


def test_json_has_its_shape(replay: Replay, solution: Path, spoiled: Path, tmp_path: Path) -> None:
    path = tmp_path / "v.json"
    assert replay("--json", path, spoiled, WHOLE, "--client", solution).returncode == 1
    top = json.loads(path.read_text())
    assert set(top) == {"smtp-replay", "transcripts"}
    assert top["smtp-replay"] == 1
    for verdict in top["transcripts"]:
        check_shape(verdict, VERDICT)
        for event in verdict["events"]:
            check_shape(event, EVENT)
    bad, good = top["transcripts"]
    [finding] = bad["findings"]
    check_shape(finding, FINDING)
    assert (bad["verdict"], good["verdict"]) == ("fail", "pass")
    assert (bad["exit"], good["exit"]) == (0, 69)
    assert (bad["transcript"], good["transcript"]) == (str(spoiled), str(WHOLE))
    assert "nobody@example.org" in good["stderr"]


@pytest.mark.parametrize(("told", "enough"), [("NO SUCH USER", True), ("No such users", True), ("no user", False)])
def test_what_its_user_is_told_may_be_in_capitals(told: str, enough: bool, judge: Judge, tmp_path: Path) -> None:
    path, client = tmp_path / "told.smtp", tmp_path / "client"
    path.write_text(f'{HEAD}S: 220 a.example ESMTP\n! no-connection\n! stderr "no such User"\n')
    client.write_text(f'#!/bin/sh\necho "550 {told}" >&2\n')
    client.chmod(0o755)
    [verdict] = judge(path, "--client", client)
    assert [f["rule"] for f in verdict["findings"]] == ([] if enough else ["user-not-told"])


def test_a_finding_says_where_and_what(judge: Judge, solution: Path, spoiled: Path) -> None:
    [verdict] = judge(spoiled, "--client", solution)
    [finding] = verdict["findings"]
    assert (finding["rule"], finding["severity"]) == ("header-missing", "fail")
    assert finding["expected"] == "Subject: Something else"
    assert finding["got"] == "Subject: Nothing much\\r\\n"
    assert finding["got"][finding["at"]:].startswith("Nothing")
    [event] = [e for e in verdict["events"] if e["n"] == finding["event"]]
    assert (event["kind"], event["text"]) == ("client", finding["got"])
    assert "<- " + finding["sentence"] in " ".join(" ".join(finding["text"]).split())
    assert not any("\033" in line or "\n" in line for line in finding["text"])


def test_events_are_in_order(judge: Judge, solution: Path) -> None:
    [verdict] = judge(WHOLE, "--client", solution)
    events = verdict["events"]
    assert [e["n"] for e in events if e["n"]] == list(range(1, sum(1 for e in events if e["n"]) + 1))
    assert [e["ms"] for e in events] == sorted(e["ms"] for e in events)
    assert [e["kind"] for e in events].count("tls") == 1
    encrypted = [e["tls"] for e in events]
    assert encrypted == sorted(encrypted)
    assert verdict["reached"] == ["connect", "greeting", "hello", "tls", "auth", "mail", "rcpt", "data", "message",
                                  "accepted", "quit"]


def password(judge: Judge, tmp_path: Path, *words: str) -> str:
    """What the password of a run is, from a client that tells."""
    [verdict] = judge(*words, PLAIN, "--", "sh", "-c", 'printf %s "$1"', "sh", "{password}")
    return str(verdict["stdout"])


def test_a_secret_is_shown_nowhere(judge: Judge, replay: Replay, solution: Path, tmp_path: Path) -> None:
    secret = password(judge, tmp_path)
    assert len(secret) == 12
    files = [tmp_path / "v.json", tmp_path / "r.smtp"]
    done = replay("-v", "--json", files[0], "--record", files[1], WHOLE, "--client", solution)
    assert done.returncode == 0
    everything = done.stdout + done.stderr + "".join(path.read_text() for path in files)
    assert "C: ***" in everything
    assert secret not in everything
    for word in re.findall(r"[A-Za-z0-9+/]{8,}=*", everything):
        assert secret not in decoded(word)


def decoded(word: str) -> str:
    try:
        return base64.b64decode(word + "=" * (-len(word) % 4)).decode("latin-1")
    except binascii.Error:
        return ""


def test_the_seed_decides_the_password(judge: Judge, tmp_path: Path) -> None:
    first, again, other = (password(judge, tmp_path, "--seed", seed) for seed in ("7", "7", "8"))
    assert first == again != other


def test_a_report_has_the_conversation_the_bytes_and_the_advice(replay: Replay, client_of: Callable[..., Path]) -> None:
    steps = (ROOT / "solution" / "steps.c").read_text()
    client = client_of({"steps": steps.replace('"MAIL FROM:<%s>"', '"MAIL FROM:%s"')})
    done = replay(PLAIN.relative_to(ROOT), "--client", client)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0] == "lab 1 · transcripts/plain/one-message.smtp · rule no-angle-brackets (RFC 5321 4.1.2)"
    assert lines[-1] == "fail  transcripts/plain/one-message.smtp  (exit 0)"
    words = " ".join(done.stdout.split())
    assert "4 S: 250 SIZE 1000000 5 C: MAIL FROM:alice@example.org <- there are no angle brackets round" in words
    assert "Put the brackets in your format string" in words
    [caret] = [n for n, line in enumerate(lines) if line.strip() == "^^"]
    assert lines[caret - 1][lines[caret].index("^^"):].startswith("61 6c 69"), "the caret is under alice's first byte"
    assert max(map(len, lines[1:])) <= 80  # the first names a file, however long its path


def test_json_can_go_to_standard_output(replay: Replay, solution: Path) -> None:
    done = replay("-q", "--json", "-", PLAIN, "--client", solution)
    assert json.loads(done.stdout)["transcripts"][0]["verdict"] == "pass"


def test_quiet_and_verbose(replay: Replay, solution: Path) -> None:
    assert replay("-q", PLAIN, "--client", solution).stdout == ""
    shown = replay("-v", PLAIN, "--client", solution).stdout
    assert re.search(r"^ +1  S: 220 mail\.example\.test ESMTP$", shown, re.M)
    assert re.search(r"^ +\d+  C: QUIT$", shown, re.M)


def test_what_a_transcript_allows_says_so(judge: Callable[..., list[dict[str, Any]]], solution: Path,
                                          spoiled: Path) -> None:
    crossed = ROOT / "transcripts" / "wire" / "two-replies-in-one-read.smtp"
    allowed, fails = judge(crossed, spoiled, "--client", solution)
    assert [(f["rule"], f["allowed"]) for f in allowed["findings"]] == [("reply-ignored", True)]
    assert [(f["rule"], f["allowed"]) for f in fails["findings"]] == [("header-missing", False)]


def test_verbose_has_what_the_client_told_its_user(replay: Replay, solution: Path) -> None:
    """Five bad certificates end alike, with 77: the reason is in these words alone."""
    refused = ROOT / "transcripts" / "certificate" / "expired.smtp"
    assert "standard error" not in replay(refused, "--client", solution).stdout
    shown = replay("-v", refused, "--client", solution).stdout
    assert re.search(r"^ +-- standard error: .*certificate has expired", shown, re.M)


# ---- several at once ----


def test_jobs_change_nothing_but_the_time(replay: Replay, solution: Path, starter: Path, spoiled: Path) -> None:
    for client in (solution, starter):
        one, two = (replay("-j", jobs, spoiled, *ALL, "--client", client) for jobs in ("1", "2"))
        assert one.returncode == two.returncode == 1
        assert one.stdout == two.stdout
        assert one.stdout.count("\nfail ") + one.stdout.count("\npass ") == len(ALL) + 1


def test_hundreds_of_transcripts_leave_a_client_its_files(judge: Judge, solution: Path) -> None:
    """One that takes long is played first: the reports of all others stay open until it has ended."""
    slow = TRANSCRIPTS / "silent" / "at-rcpt.smtp"
    verdicts = judge("-j", "16", slow, *[PLAIN] * 150, "--client", solution)
    assert [v["exit"] for v in verdicts if v["verdict"] != "pass"] == []


def test_a_client_finds_no_report_open(judge: Judge, tmp_path: Path) -> None:
    client = tmp_path / "client"
    client.write_text("#!/bin/sh\nls -l /proc/$$/fd | grep -c deleted >&2\n")
    client.chmod(0o755)
    verdicts = judge("-j", "2", PLAIN, PLAIN, PLAIN, "--client", client)
    assert [v["stderr"] for v in verdicts] == ["0\n"] * 3


# ---- exit statuses ----


def test_0_and_1(replay: Replay, solution: Path, spoiled: Path) -> None:
    assert replay(PLAIN, PLAIN, "--client", solution).returncode == 0
    assert replay(PLAIN, spoiled, PLAIN, "--client", solution).returncode == 1


@pytest.fixture
def witness(tmp_path: Path) -> Path:
    """A client that leaves a trace when it is run."""
    path = tmp_path / "witness"
    path.write_text(f"#!/bin/sh\ntouch {tmp_path}/was-run\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("text, where", [
    ("", "1:1"),
    ("smtp-transcript 2\n", "1:"),
    (HEAD + "S: 220 hi\nX: what\n", "7:1"),
    (HEAD + "S: 220 hi\n@nonsense\n", "7:"),
    (HEAD + "S: 220 hi\n@write 1,x\n", "7:"),
    (HEAD + "S: 220 {unbound}\n", "6:"),
    (HEAD + "S: 220 hi\n@optional\nC: NOOP\nS: 250 ok\n", "9:"),
    (HEAD + "S: 220 hi\n! allow no-such-rule\n", "7:"),
    (HEAD + "S> 220 hi\\q\n", "6:"),
    (HEAD.replace("run:", "runs:") + "S: 220 hi\n", "4:1"),
    (HEAD + "S: 220 hi\n@connection 2\nS: 220 hi\n", "7:1"),  # right, but not played yet
], ids=["empty", "version", "item", "at-word", "write", "unbound", "open-block", "rule", "escape", "key", "not-played"])
def test_2_an_error_in_a_transcript_has_its_place(text: str, where: str, replay: Replay, witness: Path,
                                                  tmp_path: Path) -> None:
    path = tmp_path / "wrong.smtp"
    path.write_text(text)
    done = replay(PLAIN, path, "--client", witness)
    assert done.returncode == 2
    assert re.match(rf"{re.escape(str(path))}:{where}", done.stderr), done.stderr
    assert re.match(rf"{re.escape(str(path))}:\d+:\d+: \S", done.stderr), done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "was-run").exists(), "nothing is played when one transcript is wrong"


def test_2_a_file_that_is_not_there(replay: Replay, witness: Path, tmp_path: Path) -> None:
    done = replay(PLAIN, tmp_path / "none.smtp", "--client", witness)
    assert done.returncode == 2
    assert "none.smtp" in done.stderr
    assert not (tmp_path / "was-run").exists()


def test_2_goes_for_print_too(replay: Replay, tmp_path: Path) -> None:
    path = tmp_path / "wrong.smtp"
    path.write_text(HEAD + "X: what\n")
    assert replay("--print", path).returncode == 2


def test_print_takes_what_cannot_be_played_yet(replay: Replay, tmp_path: Path) -> None:
    path = tmp_path / "later.smtp"
    path.write_text(HEAD + "S: 220 hi\n@connection 2\nS: 220 hi\n")
    done = replay("--print", path)
    assert (done.returncode, done.stdout) == (0, path.read_text())


def test_3_our_own_trouble_is_no_verdict(replay: Replay, judge: Judge, solution: Path, tmp_path: Path) -> None:
    done = replay(PLAIN, "--client", tmp_path / "no-such-client")
    assert done.returncode == 3
    assert "not judged" in done.stdout and "cannot run" in done.stdout and "No such file" in done.stdout
    [verdict] = judge(PLAIN, "--client", tmp_path / "no-such-client")
    assert (verdict["verdict"], verdict["findings"]) == ("not-judged", [])
    assert "cannot run" in verdict["reason"]
    assert replay(PLAIN, "--client", solution, env={"TMPDIR": str(tmp_path / "none")}).returncode == 3
    unwritable = tmp_path / "none" / "v.json"
    assert replay("--json", unwritable, PLAIN, "--client", solution).returncode == 3


@pytest.mark.parametrize("words", [
    (), ("--client", "x"), ("--nonsense", PLAIN), (PLAIN, "--client"), (PLAIN, "--client", "x", "--", "y"),
    (PLAIN, "--"), (PLAIN, PLAIN), ("-j", "0", PLAIN), ("-j", "65", PLAIN), ("-j", "two", PLAIN),
    ("--port", "65536", PLAIN), ("--port", "-1", PLAIN), ("--port=", PLAIN), ("--seed", "x", PLAIN),
    ("--scale", "0", PLAIN), ("--scale", "nan", PLAIN), ("-v=1", PLAIN), ("--print=1", PLAIN),
    ("--record", "r", PLAIN, PLAIN, "--client", "x"), ("--port", "1", "-j", "2", PLAIN, "--client", "x"),
], ids=lambda words: " ".join(Path(word).name for word in words) or "nothing")
def test_64_wrong_usage(words: tuple[Any, ...], replay: Replay) -> None:
    done = replay(*words)
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr.startswith("smtp-replay: ") and done.stderr.endswith("(try --help)\n")


def test_help_version_and_doctor(replay: Replay) -> None:
    helped = replay("--help")
    assert (helped.returncode, helped.stderr) == (0, "")
    assert helped.stdout.startswith("usage: smtp-replay")
    for option in ("--port", "--json", "--seed", "-j", "--record", "--print", "--print-run", "--scale", "--no-clock"):
        assert f"\n  {option} " in helped.stdout
    assert replay("--version").stdout.startswith("smtp-replay ")
    assert replay("--doctor").stdout.startswith("proofs: ")


# ---- hygiene ----

OUTLIVER = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    with open(sys.argv[1], "w") as file:
        file.write(str(os.getpid()))
    time.sleep(1000)
while not (os.path.exists(sys.argv[1]) and open(sys.argv[1]).read()):
    pass
"""


def test_nothing_is_left_behind(replay: Replay, solution: Path, tmp_path: Path) -> None:
    replay(*ALL, "--client", solution)
    assert sorted(path.name for path in tmp_path.iterdir()) == []


CALLS = "import socket, sys; s = socket.create_connection((sys.argv[1], int(sys.argv[2]))); s.recv(99)"


@pytest.mark.parametrize(("program", "rules"), [("pass", []), (CALLS, ["input-not-refused"])], ids=["none", "one"])
def test_a_connection_may_be_what_is_wrong(judge: Judge, tmp_path: Path, program: str, rules: list[str]) -> None:
    path = tmp_path / "refused-before.smtp"
    path.write_text("smtp-transcript 1\nsource: authored (RFC 5321 4.1.1)\n\nS: 220 here\n@close\n! no-connection\n")
    [verdict] = judge(path, "--", sys.executable, "-c", program, "{host}", "{port}")
    assert [f["rule"] for f in verdict["findings"]] == rules


@pytest.mark.parametrize(("text", "rule"), [(r"\x1B", "raw-bytes-shown"), (r"\x9B", "raw-bytes-shown"),
                                            ("hunter2", "secret-shown")])
def test_what_is_shown_is_told_from_a_secret(judge: Judge, tmp_path: Path, text: str, rule: str) -> None:
    path = tmp_path / "shown.smtp"
    path.write_text(f"smtp-transcript 1\nsource: authored (RFC 5321 4.2)\n\nS: 220 here\n@close\n! never \"{text}\"\n")
    shows = f"{CALLS}; sys.stdout.buffer.write(b'a {text} b')"
    [verdict] = judge(path, "--", sys.executable, "-c", shows, "{host}", "{port}")
    assert [f["rule"] for f in verdict["findings"]] == [rule]


def test_what_a_client_started_ends_with_it(judge: Judge, tmp_path: Path) -> None:
    """A child that outlives its parent, in a session of its own, is found and ended."""
    pid = tmp_path / "pid"
    [verdict] = judge(PLAIN, "--", sys.executable, "-c", OUTLIVER, pid)
    assert [f["rule"] for f in verdict["findings"]] == ["no-connection"]
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
