"""Every ':' command: what it shows on a pipe. The last test compares this file with the program's own table."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stepping import BUILD, ROOT, STEP, said, server, step

HELLO = ["EHLO client.example.org"]
TLS = [*HELLO, "STARTTLS", *HELLO]
MAIL = [*HELLO, "MAIL FROM:<alice@example.org>"]
RCPT = [*MAIL, "RCPT TO:<bob@example.org>"]
DATA = [*RCPT, "DATA"]


@dataclass(frozen=True)
class Case:
    """Lines, and what must be on the screen, in this order."""

    command: str
    lines: list[str]
    shown: list[str]
    never: list[str] = field(default_factory=list)


CASES = [
    Case("help", [":help"], [":next", ":explain word", ":quit", "go to the server as typed"]),
    Case("help", [":help undo"], [":undo [step]", "on a fresh connection"], [":next"]),
    Case("help", [":hlep"], ["there is no :hlep; did you mean :help?"]),
    Case("help", [":s"], ["there is no :s, or it is short for several"]),
    Case("next", [":next"], ["now: one of: EHLO, QUIT", "EHLO your.host.name"], ["MAIL FROM"]),
    Case("next", [*HELLO, ":next"], ["now: one of: MAIL FROM, QUIT", "STARTTLS", "MAIL FROM:<address>"],
         ["AUTH LOGIN"]),
    Case("next", [*RCPT, ":n"], ["another RCPT TO, DATA, RSET, QUIT", "DATA ask to send the message itself"]),
    Case("next", ["QUIT", ":next"], ["there is no connection (:reconnect makes one)"]),
    Case("why", [*MAIL, "RCPT TO:<unknown@example.org>", ":why"],
         ["S: 550 5.1.1", "the answer to RCPT (RFC 5321 4.1.1.3)", "5.. no:", ".5. about the mail system",
          "550 the mailbox", "x.1.1 there is no such mailbox", "now: one of: RSET, QUIT, another RCPT TO"]),
    Case("why", [*HELLO, ":why"], ["the answer to EHLO", "2.. done"]),
    Case("state", [":state"], ["you are here", "[greeted]", "you are: greeted", "not now (503): STARTTLS"]),
    Case("explain", [":explain 550"], ["5.. no", "550 the mailbox does not exist", "may answer: EHLO", "RCPT"]),
    Case("explain", [":explain 5.7.1"], ["x.7.x about security", "x.7.1 you are not allowed"]),
    Case("explain", [":explain STARTTLS"],
         ["STARTTLS (RFC 3207 4): ask for encryption", "went well: 220", "EHLO may list STARTTLS"]),
    Case("explain", [":explain size"], ["EHLO may list size: the largest message"]),
    Case("explain", [":explain dot-stuffing"], ["rule dot-stuffing, RFC 5321 4.5.2", "why:", "what to do:"]),
    Case("explain", [":explain dot-stufing"], ["did you mean dot-stuffing?"]),
    Case("explain", [":explain"], ["a code (550), an enhanced code (5.7.1)"]),
    Case("caps", [":caps", *HELLO, ":caps"],
         ["EHLO asks for it", "PIPELINING you may", "SIZE 36700160 the largest message"]),
    Case("caps", [*HELLO, "STARTTLS", ":caps"], ["what was heard before TLS does not count"]),
    Case("findings", [":findings", "MAIL FROM:<a@example.org>", ":findings"],
         ["no rule has been broken so far", "<- you sent this without EHLO or HELO before it (:explain no-hello)",
          "no-hello (fail, RFC 5321 4.1.4), 1 time", "line 2, C: MAIL FROM:<a@example.org>",
          "After the 220 send EHLO"]),
    Case("bytes", [*MAIL, ":bytes"],
         ["you wrote: 31 bytes", "4d 41 49 4c", "MAIL FROM:<alice", "a bystander sees the very same",
          "the server wrote:", "32 35 30"]),
    Case("bytes", [*DATA, "..dot", ":bytes"], ["2e 2e 64 6f 74 0d 0a", "byte 0 is a dot", "keeps '.dot'"]),
    Case("bytes", [*TLS, "NOOP", ":bytes"],
         ["you wrote: 6 bytes, inside TLS", "4e 4f 4f 50", "bytes of TLS, and only how many and when", "17 03 03"]),
    Case("bytes", [*TLS, ":auth plain", ":bytes"],
         ["AUTH PLAIN ***", "*** stands for the secret; a bystander cannot read it"]),
    Case("tls", [":tls", *TLS, ":tls"],
         ["no TLS: everybody on the way can read", "protocol: TLSv1.3", "cipher:", "verified: yes", "certificate 1:"]),
    Case("diagram", [*MAIL, ":diagram"], ["EHLO client.example.org", "MAIL FROM:<alice@example.org>", "250 2.1.0"]),
    Case("steps", [*MAIL, ":steps"], ["1 EHLO client.example.org 250", "2 MAIL FROM:<alice@example.org> 250"]),
    Case("auth", [*TLS, ":auth plain"], ["PLAIN: one string", "C: AUTH PLAIN ***", "S: 235"]),
    Case("auth", [*TLS, ":auth login"], ["C: AUTH LOGIN", "334", "in base64 the server asks: Username:", "C: ***",
                                         "asks: Password:", "C: ***", "S: 235"]),
    Case("auth", [*TLS, ":auth cram-md5"],
         ["C: AUTH CRAM-MD5", "asks: <", "HMAC-MD5(password, challenge)", "C: ***", "S: 235"]),
    Case("auth", [*TLS, ":auth xoauth2"], ["auth=Bearer", "C: AUTH XOAUTH2 ***", "S: 235"]),
    Case("auth", [*TLS, ":auth gssapi"], [":auth login, plain, cram-md5 or xoauth2"], ["C: AUTH"]),
    Case("user", [":user", ":user bob", ":auth plain"],
         ["the user is alice", "the password is 'wonderland'", "the user is bob",
          "on a pipe the password comes from --password-file"]),
    Case("b64", [":b64 \\0alice\\0secret", ":b64 \\q"], ["AGFsaWNlAHNlY3JldA==", "'\\q' means nothing here"]),
    Case("unb64", [":unb64 AGFsaWNlAHNlY3JldA==", ":unb64 what?"], ["\\0alice\\0secret", "that is no base64"]),
    Case("send", [*DATA, ":send mail.txt", "."],
         ["1 line begins with a dot and will lose it", "C: Subject: From a file", "C: .dot", "C: the end", "C: .",
          "S: 250"]),
    Case("send", [":send nowhere"], ["nowhere: No such file"]),
    Case("raw", [":raw EHLO a\\r\\nNO", ":raw OP\\r\\n"],
         ["C: EHLO a", "250 ENHANCEDSTATUSCODES", "C: NOOP", "S: 250 2.0.0 Ok"]),
    Case("raw", [":raw EHLO a\\n", ":raw \\*3(x)\\q"],
         ["C: EHLO a\\n", ":explain bare-lf", "'\\q' means nothing here"]),
    Case("wait", [":wait"], ["the server owes no reply; it is your turn"]),
    Case("reconnect", ["EHLO a", ":reconnect", ":steps"],
         ["S: 220", "C: EHLO a", "S: 220", "nothing has been sent on this connection"]),
    Case("undo", [*MAIL, "RCPT TO:<unknown@example.org>", ":undo", ":steps", "RCPT TO:<bob@example.org>"],
         ["S: 550", "on which 2 steps have been said again", "2 MAIL FROM", "C: RCPT TO:<bob@example.org>",
          "S: 250 2.1.5"]),
    Case("undo", [*RCPT, ":undo 1", "RCPT TO:<bob@example.org>", ":undo 9", ":undo x"],
         ["on which 1 step has been said again", "S: 503", ":undo wants a step from 0 to 2"]),
    Case("undo", [":undo"], ["nothing has been sent that could be undone"]),
    Case("predict", [":predict on", "NOOP", "250", "NOPE", "2", "550", "500", "QUIT", "", ":predict off"],
         ["waits until you have guessed", "C: NOOP", "right", "S: 250", "C: NOPE", "no; 2 is done",
          "the first digit is right", "right", "S: 500", "S: 221", "1 of 3 replies guessed at the first try",
          "you said 2, 550, 500; it was 500 the server does not know", "you said no guess; it was 221",
          "replies are shown at once"]),
    Case("expect", ["NOOP", ":expect 250", ":expect 550"],
         ["as expected: 250", "expected 550, but it was 250:", "C: NOOP", "S: 250 2.0.0 Ok"]),
    Case("play", [":play transcripts/plain/one-message.smtp"],
         ["C: EHLO client.example.org", "C: DATA", "C: .", "S: 250", "C: QUIT", "S: 221"]),
    Case("play", [":play", ":play nowhere.smtp"], [":play wants a transcript", "nowhere.smtp"]),
    Case("record", [":record", *HELLO, ":record talk.smtp", ":record", "NOOP", ":record off"],
         ["nothing is written (:record FILE)", "from its beginning, is written to talk.smtp",
          "this session is written to", "nothing more is written"]),
    Case("keylog", [":keylog keys", *HELLO, "STARTTLS", ":keylog off"],
         ["whoever has that file reads everything", "TLS begins", "no TLS secrets are written"]),
    Case("hints", [":hints off", ":hints on"], ["hints are off", "hints are on"]),
    Case("quit", [":quit", "NOOP"], ["S: 220"], ["NOOP", "QUIT"]),
]


def in_order(text: str, wanted: Iterable[str]) -> str | None:
    """The first that is not there behind the one before it; None: all are."""
    at = 0
    for each in wanted:
        found = text.find(each, at)
        if found == -1:
            return each
        at = found + len(each)
    return None


@pytest.mark.parametrize("case", CASES, ids=[f"{case.command}-{i}" for i, case in enumerate(CASES)])
def test_what_it_shows(case: Case, tmp_path: Path) -> None:
    (tmp_path / "mail.txt").write_text("Subject: From a file\n\n.dot\r\nthe end")
    done = step([line.replace("transcripts/", f"{ROOT}/transcripts/") for line in case.lines], cwd=tmp_path)
    text = said(done)
    missing = in_order(text, case.shown)
    assert missing is None, f"{missing!r} is not in its place in: {text}"
    assert not [words for words in case.never if words in text], text
    assert done.returncode in (0, 1, 74)


def names() -> list[str]:
    """The commands, as :help lists them."""
    return re.findall(r"^  :([a-z0-9]+)", step([":help"]).stdout.decode(), re.M)


def test_every_command_has_a_test() -> None:
    assert sorted(names()) == sorted({case.command for case in CASES})


def test_every_command_is_in_the_man_page() -> None:
    page = (ROOT / "docs/man/smtp-step.1").read_text()
    section = page.partition(".SH COMMANDS")[2].partition("\n.SH ")[0]
    assert re.findall(r"^\.B[IR]* :([a-z0-9]+)", section, re.M) == names()


def test_the_page_says_of_each_what_help_says() -> None:
    page = (ROOT / "docs/man/smtp-step.1").read_text().replace("\\-", "-").replace("\\e", "\\")
    plain = " ".join(re.sub(r"^\.[A-Z]+ ?", "", page, flags=re.M).replace('"', "").split())
    for name in names():
        words = " ".join(step([f":help {name}"]).stdout.decode().partition(f":{name}")[2].split())
        args = re.match(r"(\[?[a-z.|0-9 -]+\]?(?: \[step\])?(?:\|off)?)?", words)
        assert args is not None
        help_line = max((words[i:] for i in range(len(words)) if words[i:] in plain), key=len, default="")
        assert len(help_line) >= 15, f":{name}: {words}"


# ---- what they leave behind ----


def test_the_page_of_a_diagram_stands_alone(tmp_path: Path) -> None:
    done = step([*MAIL, f":diagram {tmp_path}/talk.html"])
    page = (tmp_path / "talk.html").read_text()
    assert "written to" in said(done)
    assert "<svg" in page and "MAIL FROM" in page
    assert not re.search(r"(src|href)=['\"]?http", page)


def test_record_in_the_middle_has_the_beginning(tmp_path: Path) -> None:
    step([*HELLO, f":record {tmp_path}/talk.smtp", "NOOP", "QUIT"])
    text = (tmp_path / "talk.smtp").read_text()
    assert in_order(text, ["S: 220", "C: EHLO client.example.org", "C: NOOP", "C: QUIT", "@close"]) is None


def test_keylog_has_the_secrets_and_is_ours_alone(tmp_path: Path) -> None:
    step(TLS, "--keylog", tmp_path / "keys")
    assert "CLIENT_TRAFFIC_SECRET_0" in (tmp_path / "keys").read_text()
    assert (tmp_path / "keys").stat().st_mode & 0o77 == 0


def test_undo_is_not_for_real_servers() -> None:
    with server(lambda c: (c.sendall(b"220 hi\r\n"), c.recv(99), c.sendall(b"250 ok\r\n"), c.recv(99))[0]) as address:
        done = step(["NOOP", ":undo"], "--server", address, "--tls", "none")
    assert "not with a real server" in said(done)


def test_wait_waits_on_for_a_late_reply() -> None:
    def late(connection: object) -> None:
        connection.sendall(b"220 hi\r\n")  # type: ignore[attr-defined]
        connection.recv(99)  # type: ignore[attr-defined]
        import time
        time.sleep(1.5)  # the lateness is what is tested
        connection.sendall(b"250 late\r\n")  # type: ignore[attr-defined]
        connection.recv(99)  # type: ignore[attr-defined]

    with server(late) as address:
        done = step(["NOOP", ":wait", ":wait"], "--server", address, "--tls", "none", "--timeout", "1")
    assert in_order(said(done), ["no whole reply came in time", "S: 250 late", "owes no reply"]) is None


def test_a_session_over_tls_to_another_program(tmp_path: Path) -> None:
    """smtp-sandbox is another process, with certificates of its own: trusted, refused, looked at all the same."""
    sandbox = BUILD / "bin" / "smtp-sandbox"
    if not sandbox.exists():
        pytest.skip("smtp-sandbox is not built")
    with subprocess.Popen([sandbox, "--state", tmp_path, "--discard"], stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            words = dict(line.split(maxsplit=1) for line in iter(running.stdout.readline, "ready\n"))
            address, authority = words["listening"].strip(), words["ca"].strip()
            trusted = step(TLS, "--server", address, "--ca", authority)
            other_host = step(TLS, "--server", address.replace("127.0.0.1", "127.0.0.2"), "--ca", authority)
            refused = step(TLS, "--server", address)
            looked_at = step(TLS, "--server", address, "--insecure")
        finally:
            running.terminate()
    assert "verified: yes" in said(trusted) and trusted.returncode == 0
    assert other_host.returncode == 75  # it listens on one address only
    assert refused.returncode == 77 and "TLS begins" not in said(refused)
    assert "verified: NO" in said(looked_at) and "tls C: EHLO" in said(looked_at)


def test_the_program_is_there() -> None:
    assert STEP.exists(), "smtp-step is not built: make"
