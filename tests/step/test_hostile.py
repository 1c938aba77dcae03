"""Servers that mean harm, or are broken: the catalogue of what may come down the wire to whoever types SMTP by hand.

All run in the sanitizer build. Whatever a server does, the program ends in time, with a status of its own, and nothing
of what it shows would do anything to a terminal.
"""

from __future__ import annotations

import re
import resource
import signal
import socket
import subprocess
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stepping import ROOT, SANITIZED, STEP, Result, Server, said, server, step

GREETING = b"220 mail.example.test\r\n"
HELLO = b"250-mail.example.test\r\n250-STARTTLS\r\n250 AUTH LOGIN\r\n"
SESSION = ["EHLO client.example.org", "MAIL FROM:<alice@example.org>", "RCPT TO:<bob@example.org>", "DATA",
           "Subject: x", "", "x", ".", "QUIT"]
BIG = 1 << 20


def harmless(output: bytes) -> bool:
    """No control but LF, no C1, nothing that turns or hides text."""
    text = output.decode("utf-8")  # what is shown is always valid
    return all(c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for c in text)


def read_line(connection: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n") and (byte := connection.recv(1)):
        line += byte
    return line


def says(*replies: bytes, then: Callable[[socket.socket], None] | None = None) -> Server:
    """A server that says one of these for each line it hears, the first unasked; then it does as told, or hangs up."""
    def session(connection: socket.socket) -> None:
        connection.sendall(replies[0])
        for reply in replies[1:]:
            if not read_line(connection):
                return
            connection.sendall(reply)
        if then is not None:
            then(connection)
    return session


def forever(piece: bytes) -> Callable[[socket.socket], None]:
    """Send that until nobody listens any more."""
    def send(connection: socket.socket) -> None:
        while True:
            connection.sendall(piece * (65536 // len(piece) + 1))
    return send


def listens(connection: socket.socket) -> None:
    """Hear the rest, and say nothing."""
    while connection.recv(65536):
        pass


def trickles(connection: socket.socket) -> None:
    """A byte now and then: each wait is short, all together they have no end."""
    while True:
        connection.sendall(b"2")
        time.sleep(0.2)  # that slowness is what is tested


def talks_plain(connection: socket.socket) -> None:
    """Where the handshake is due."""
    connection.recv(9)
    connection.sendall(b"250 no TLS\r\n" * 9)


def resets(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


@dataclass(frozen=True)
class Case:
    """A server, what is typed, and what must be shown."""

    name: str
    server: Server
    lines: list[str]
    shown: list[str] = field(default_factory=list)
    timeout: int = 20


ESCAPES = {"clear": "\033[2J", "title": "\033]0;owned\a", "clipboard": "\033]52;c;b3duZWQ=\a",
           "link": "\033]8;;http://x.test\033\\x", "answerback": "\033[6n\033[c\005", "dcs": "\033P$q\"p\033\\",
           "c1": "\x9b2J", "bell": "\a", "overprint": "x\rgreeted> ", "backspace": "abc\b\b\bxyz",
           "bidi": "\u202egnp.exe", "isolate": "\u2066a\u2069", "zero-width": "a\u200bb\ufeff",
           "line-separator": "a\u2028b", "tag": "\U000e0041", "vertical": "\v\f", "del": "\x7f"}

CASES = [
    # 32, 33: replies without end, and replies that are none
    Case("32-many-lines", says(GREETING, b"250-x\r\n" * 10000 + b"250 end\r\n"), ["EHLO a", ":why"],
         ["lines more, not shown", "2.. done"]),
    Case("32-endless", says(GREETING, b"", then=forever(b"250-x\r\n")), ["EHLO a", "NOOP"],
         ["sends without end", "not sent"]),
    Case("33-two-codes", says(GREETING, b"250-a\r\n550 b\r\n", b"250 ok\r\n"), ["EHLO a", ":why", "NOOP"]),
    *[Case(f"33-code-{i}", says(GREETING, code + b"\r\n", b"250 ok\r\n", then=listens), ["NOOP", ":why", "NOOP"],
           timeout=1) for i,
      code in enumerate([b"25 x", b"2500 x", b"250x", b"-250 x", b"999 x", b"250", b"", b" ", b"abc", b"250-",
                         b"\xff\xfe"])],
    # 34: lines without end
    Case("34-a-megabyte", says(GREETING, b"250 " + b"x" * BIG + b"\r\n", b"250 ok\r\n"), ["NOOP", ":bytes", "NOOP"],
         [f"({BIG + 6} bytes in all)"]),
    Case("34-no-line-end", says(GREETING, b"", then=forever(b"x")), ["NOOP"], ["sends without end"]),
    Case("34-silent-half", says(GREETING, b"250 no end", then=listens), ["NOOP", ":wait"],
         ["no whole reply came in time"], timeout=1),
    # 35, 36: what nobody asked for, and 421
    Case("35-flood-after-greeting", says(GREETING + b"250 early\r\n" * 300, b"250 ok\r\n"), SESSION, ["unasked"]),
    Case("35-before-greeting", says(b"250 what?\r\n" + GREETING, b"250 ok\r\n"), ["NOOP"]),
    Case("35-after-221", says(GREETING, b"221 bye\r\n" + b"250 more\r\n" * 50, then=forever(b"250 more\r\n")),
         ["QUIT", "NOOP"], ["221 bye", "not sent"]),
    *[Case(f"36-421-after-{i}",
           says(*([GREETING, HELLO, b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"][:i]), b"421 4.3.2 closing\r\n"),
           SESSION, ["421 4.3.2 closing"]) for i in range(5)],
    # 38 to 40: text that would do something to a terminal
    *[Case(f"38-{name}",
           says(b"220 " + text.encode("utf-8" if name != "c1" else "latin-1") + b"\r\n",
                b"250-" + text.encode() + b"\r\n250 " + text.encode() + b" X" + text.encode() + b"\r\n",
                b"550 5.1.1 " + text.encode() + b"\r\n"),
           ["EHLO a", ":caps", ":why", ":bytes", ":diagram", ":state", "NOOP", ":why", ":findings"], ["S: 220"])
      for name, text in ESCAPES.items()],
    Case("39-nul", says(b"220 a\0b\r\n", b"250-\0\r\n250 a\0\0\r\n"), ["EHLO a", ":why", ":bytes"], ["220 a\\0b"]),
    Case("40-latin-1", says(b"220 gr\xfc\xdfe\r\n", b"250 \xc0\xaf\xed\xa0\x80\xf8\r\n"), ["NOOP"], ["\\xFC\\xDF"]),
    # 41, 42: AUTH and EHLO
    Case("41-challenge-of-a-megabyte", says(GREETING, HELLO, b"334 " + b"QUJD" * (BIG // 4) + b"\r\n", b"535 no\r\n"),
         ["EHLO a", "AUTH LOGIN", "eA==", ":why"]),
    Case("41-no-base64", says(GREETING, HELLO, b"334 \033]0;x\a%%%\r\n", b"334 \r\n", b"535 no\r\n"),
         ["EHLO a", "AUTH LOGIN", "eA==", "eA==", ":why"], ["C: ***"]),
    Case("41-334-forever", says(GREETING, HELLO, *[b"334 QQ==\r\n"] * 30),
         ["EHLO a", ":auth login", ":auth plain", *["eA=="] * 20, "*"]),
    Case("42-keywords",
         says(GREETING,
              b"".join(b"250-X%d\r\n" % i
                       for i in range(10000)) + b"250-AUTH=LOGIN\r\n250-AUTH \r\n250 " + b"Y" * BIG + b"\r\n"),
         ["EHLO a", ":caps", ":next"], ["lines more, not shown"]),
    # 43, 44: STARTTLS
    Case("43-injected", says(GREETING, HELLO, b"220 go\r\n250 injected\r\n", then=listens),
         ["EHLO a", "STARTTLS", "NOOP"], ["anybody on the way could have written them", "not sent"]),
    Case("44-refused", says(GREETING, HELLO, b"454 4.7.0 not now\r\n", b"250 ok\r\n"),
         ["EHLO a", "STARTTLS", "MAIL FROM:<a@example.org>"], ["454 4.7.0 not now", ":explain starttls-ignored"]),
    Case("44-plain-text-in-the-handshake", says(GREETING, HELLO, b"220 go\r\n", then=talks_plain),
         ["EHLO a", "STARTTLS", "NOOP"], ["TLS", "not sent"]),
    Case("44-close-in-the-handshake", says(GREETING, HELLO, b"220 go\r\n"), ["EHLO a", "STARTTLS", "NOOP"],
         ["not sent"]),
    # 45: DATA gone wrong
    Case("45-354-then-close", says(GREETING, HELLO, b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"), SESSION,
         ["354 go", "the server closed the connection"]),
    Case("45-250-before-the-dot",
         says(GREETING, HELLO, b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n250 done\r\n", then=listens), SESSION,
         ["unasked", "250 done"], timeout=1),
    Case("45-354-to-noop", says(GREETING, b"354 go\r\n", b"250 ok\r\n"), ["NOOP", ":why", "NOOP"], ["354"]),
    # 46: slow
    Case("46-trickle", says(GREETING, b"", then=trickles), ["NOOP"], ["no whole reply came in time"], timeout=2),
    # 48: gone
    Case("48-reset", says(GREETING, HELLO, then=resets), [*SESSION, *["NOOP"] * 20], ["not sent"]),
]


def check(done: Result) -> None:
    assert harmless(done.stdout) and harmless(done.stderr), said(done)
    assert b"Sanitizer" not in done.stderr and b"runtime error" not in done.stderr, said(done)
    assert done.returncode in (0, 1, 74, 75, 77), said(done)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_program_survives(case: Case) -> None:
    with server(case.server) as address:
        done = step(case.lines, "--server", address, "--tls", "none", "--timeout", str(case.timeout), program=SANITIZED)
    check(done)
    missing = [words for words in case.shown if words not in said(done)]
    assert not missing, said(done)[:4000]


# ---- every offset ----


TALK = [GREETING, HELLO, b"250 2.1.0 ok\r\n", b"250 2.1.5 ok\r\n", b"354 go\r\n", b"", b"", b"", b"250 2.0.0 ok\r\n",
        b"221 bye\r\n"]


def cut_at(offset: int) -> Server:
    """A whole session of which the server's bytes end at that offset."""
    def session(connection: socket.socket) -> None:
        left = offset
        for number, reply in enumerate(TALK):
            if number > 0 and not read_line(connection):
                return
            connection.sendall(reply[:left])
            left -= len(reply)
            if left < 0:
                return
    return session


def in_pieces(size: int) -> Server:
    """The same, whole, in packets of so many bytes."""
    def session(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number, reply in enumerate(TALK):
            if number > 0 and not read_line(connection):
                return
            for at in range(0, len(reply), size):
                connection.sendall(reply[at:at + size])
    return session


def test_the_server_may_close_at_every_byte() -> None:
    """One program a byte would take a minute in the sanitizer build; :reconnect makes it one program for all."""
    total = sum(map(len, TALK))
    lines = [line for _ in range(total + 1) for line in (*SESSION, ":reconnect")]
    with server(*[cut_at(offset) for offset in range(total + 2)]) as address:
        done = step(lines, "--server", address, "--tls", "none", "--timeout", "20", program=SANITIZED)
    check(done)
    text = said(done)
    assert text.count("in the middle of a line") > total // 2
    assert text.count("221 bye") >= 1


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
def test_replies_may_come_in_pieces(size: int) -> None:
    with server(in_pieces(size)) as address:
        done = step(SESSION, "--server", address, "--tls", "none", program=SANITIZED)
    check(done)
    assert done.returncode == 0
    assert "S: 250-STARTTLS" in said(done) and "S: 221 bye" in said(done) and "unasked" not in said(done)


# ---- what is not a server ----


def test_it_keeps_little_of_much(tmp_path: Path) -> None:
    """Item 32 and 34 once more, for memory: the plain build, with 300 MB of address space."""
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (300 << 20, 300 << 20))

    for piece in (b"250-x\r\n", b"x"):
        with server(says(GREETING, b"", then=forever(piece))) as address:
            done = subprocess.run([STEP, "--server", address, "--tls", "none", "--record", tmp_path / "talk.smtp"],
                                  input=b"NOOP\n", capture_output=True, preexec_fn=limit, timeout=120, check=False)
        check(done)
        assert "sends without end" in said(done)


def test_a_server_that_never_reads_is_given_up() -> None:
    """47: the window is full; whoever writes must not wait for ever."""
    def deaf(connection: socket.socket) -> None:
        connection.sendall(GREETING)
        time.sleep(8)  # it hears nothing all the while

    with server(deaf) as address:
        done = step([":raw \\*8000000(x)\\r\\n", "NOOP"], "--server", address, "--tls", "none", "--timeout", "1",
                    program=SANITIZED)
    check(done)
    assert "did not take what was sent" in said(done)


def test_signals_that_interrupt_every_call() -> None:
    """49: a storm of SIGWINCH, which nobody asked for on a pipe."""
    with subprocess.Popen([SANITIZED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as running:
        assert running.stdin is not None and running.stdout is not None
        for line in SESSION[:-1] * 5 + ["QUIT"]:
            running.stdin.write(f"{line}\n".encode())
            running.stdin.flush()
            for _ in range(20):
                running.send_signal(signal.SIGWINCH)
        output, _ = running.communicate(timeout=120)
    assert running.returncode == 0
    assert output.count(b"250 2.0.0 Ok") >= 5 and b"221 2.0.0 Bye" in output


def test_a_full_disk_is_told() -> None:
    """50: the recording cannot be written."""
    done = step(["NOOP", "QUIT"], "--record", "/dev/full", program=SANITIZED)
    assert done.returncode == 66 and "/dev/full" in said(done), said(done)


def test_no_descriptor_is_told() -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (4, 4))

    done = subprocess.run([STEP], input=b"NOOP\n", capture_output=True, preexec_fn=limit, timeout=60, check=False)
    assert done.returncode in (66, 74) and done.stderr, said(done)


@pytest.mark.parametrize("typed",
                         [b"NOOP", b"NOOP\n\0\0\0\nNOOP\n", b"x" * (BIG + 10) + b"\nNOOP\n",
                          b"\033[2J\033]52;c;eA==\a\n", b":\n:help \033[2J\n:\0\n::\n",
                          b":explain \xff\xfe\n:b64 \xff\n:unb64 \x9b\n:play \033[31m\n:send \a\n",
                          b"\r\n\r\nNOOP\r\n", b"", b"AUTH PLAIN " + b"A" * 20000 + b"\n", b":raw \\*16777216(x)\n"],
                         ids=["no-line-end", "nul", "a-megabyte", "escapes", "colons", "arguments", "crlf", "nothing",
                              "long-auth", "much"])
def test_what_is_typed_may_be_anything(typed: bytes) -> None:
    """51, on a pipe."""
    done = step(typed, program=SANITIZED)
    check(done)


def test_a_client_line_with_escapes_is_shown_safe() -> None:
    done = step(b"NOOP \033[2J\nNOOP \xe2\x80\xae\n", program=SANITIZED)
    check(done)
    assert "C: NOOP \\x1B[2J" in said(done) and re.search(r"C: NOOP \\xE2\\x80\\xAE", said(done))
