"""Servers and clients that break off, talk for ever, or cheat at STARTTLS; and what the two are told."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from record_kit import Between, Recorder, canonical
from sandbox_kit import BUILD, ROOT, SECONDS, Sandbox, Talk

Connect = Callable[..., Between]
Start = Callable[..., Sandbox]
Record = Callable[..., Recorder]

HELLO = [("S", b"220 mail.example.test\r\n"), ("C", b"EHLO client.example.org\r\n"),
         ("S", b"250-mail.example.test\r\n250 STARTTLS\r\n")]


def heard(end: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    said = b""
    try:
        while piece := end.recv(65536):
            said += piece
    except ConnectionResetError:
        pass
    return said


# ---- STARTTLS ----------------------------------------------------------------------------------


def test_bytes_behind_starttls_are_not_carried_into_tls(between: Connect) -> None:
    """The client's: put there by anybody on the way."""
    both = between()
    both.talk(*HELLO)
    both.client.sendall(b"STARTTLS\r\nRCPT TO:<eve@example.org>\r\n")
    assert both.server.recv(65536) == b"STARTTLS\r\n"
    both.server.sendall(b"220 go\r\n")
    assert heard(both.client).startswith(b"421 ")
    both.client.close()
    assert heard(both.server) == b""
    assert both.recorder.stop() == 0
    assert "27 bytes came in plain text behind STARTTLS" in both.recorder.said()
    text = both.recorder.text()
    assert "eve@" not in text and "@tls" not in text and "# smtp-record ended the session here: " in text
    assert canonical(both.recorder.files()[0]) == text


def test_bytes_behind_the_servers_220_are_not_either(between: Connect) -> None:
    both = between()
    both.talk(*HELLO)
    both.client.sendall(b"STARTTLS\r\n")
    assert both.server.recv(65536) == b"STARTTLS\r\n"
    both.server.sendall(b"220 go\r\n250 injected\r\n")
    said = heard(both.client)
    assert said.startswith(b"421 ") and b"injected" not in said
    assert "in plain text where TLS had to begin" in both.recorder.said()
    assert "S: 250 injected" not in both.recorder.text()


def test_bytes_behind_a_refused_starttls_go_on_after_the_refusal(between: Connect) -> None:
    """Then they are commands like any."""
    both = between()
    both.talk(*HELLO)
    both.client.sendall(b"STARTTLS\r\nNOOP\r\n")
    assert both.server.recv(65536) == b"STARTTLS\r\n"
    both.say("S", b"454 4.7.0 not now\r\n")
    assert both.server.recv(65536) == b"NOOP\r\n"
    both.say("S", b"250 ok\r\n")
    both.end()
    assert both.recorder.stop() == 0
    assert "C: STARTTLS\nS: 454 4.7.0 not now\nC: NOOP\nS: 250 ok\n@close\n" in both.recorder.text()


def test_a_refusal_in_pieces(between: Connect) -> None:
    both = between("--exact")
    both.talk(*HELLO, ("C", b"STARTTLS\r\n"))
    both.server.sendall(b"454-4.7.0 not")
    both.server.sendall(b" now\r\n45")
    both.server.sendall(b"4 4.7.0 later\r\n")
    while not both.client.recv(65536, socket.MSG_PEEK).endswith(b"later\r\n"):
        pass
    assert both.client.recv(65536) == b"454-4.7.0 not now\r\n454 4.7.0 later\r\n"
    both.talk(("C", b"NOOP\r\n"), ("S", b"250 ok\r\n"))
    both.end()


def test_a_message_that_speaks_of_starttls(between: Connect) -> None:
    both = between()
    both.talk(*HELLO, ("C", b"MAIL FROM:<alice@example.org>\r\n"), ("S", b"250 ok\r\n"),
              ("C", b"RCPT TO:<bob@example.org>\r\n"), ("S", b"250 ok\r\n"), ("C", b"DATA\r\n"), ("S", b"354 go\r\n"),
              ("C", b"Subject: x\r\n\r\nSTARTTLS\r\nAUTH PLAIN AGE=\r\n.\r\n"), ("S", b"250 ok\r\n"))
    both.end()
    assert "C: STARTTLS\nC: AUTH PLAIN AGE=\nC: .\nS: 250 ok\n" in both.recorder.text()


def test_so_many_commands_ahead_that_nobody_counts_them(between: Connect) -> None:
    """Then a message is taken for commands, and must pass all the same."""
    both = between()
    both.talk(*HELLO,
              ("C", b"MAIL FROM:<alice@example.org>\r\n" + b"RCPT TO:<bob@example.org>\r\n" * 300 + b"DATA\r\n"),
              ("S", b"250 ok\r\n" * 301 + b"354 go\r\n"), ("C", b"Subject: x\r\n\r\nSTARTTLS\r\nSTARTTLS\r\n.\r\n"),
              ("S", b"250 ok\r\n"), ("C", b"QUIT\r\n"), ("S", b"221 bye\r\n"))
    both.end()
    assert both.recorder.text().endswith("C: STARTTLS\nC: STARTTLS\nC: .\nS: 250 ok\nC: QUIT\nS: 221 bye\n@close\n")


@pytest.mark.parametrize("cert", ["expired", "self-signed", "wrong-host", "unknown-ca", "cn-only"])
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_server_with_a_bad_certificate(start: Start, record: Record, cert: str, tls: str) -> None:
    """The client never gets so far as to send it anything in TLS, and is told why."""
    sandbox = start("--cert", cert, "--tls-port", "0")
    port = sandbox.tls_port if tls == "implicit" else sandbox.port
    recorder = record(f"127.0.0.1:{port}", "--ca", sandbox.says["ca"], "--tls", tls)
    with Talk(sandbox, recorder.port) as talk:
        if tls == "implicit":
            context = ssl.create_default_context(cafile=recorder.ca)
            talk.socket = context.wrap_socket(talk.socket, server_hostname="127.0.0.1")
            last = talk.reply()
        else:
            talk.hello()
            last = talk.ask(b"STARTTLS\r\n")
        assert last.startswith("421 ") and "no TLS with the server" in last
        assert talk.all() == ""
    assert recorder.stop() == 0
    assert "no TLS with the server" in recorder.said()
    if tls == "starttls":
        assert "S: 220 2.0.0 Ready to start TLS\n# smtp-record ended the session here: no TLS" in recorder.text()


def test_a_client_that_does_not_trust_us(start: Start, record: Record) -> None:
    sandbox = start()
    recorder = record(sandbox.addr, "--ca", sandbox.says["ca"])
    done = subprocess.run([BUILD / "solution/client", "--server", recorder.addr, "--tls", "starttls",
                           "--ca", sandbox.says["ca"], "--auth", "none", "--from",
                           "alice@example.org", "--to", "bob@example.org", "--body", "x"],
                          capture_output=True, text=True, timeout=SECONDS, check=False, cwd=ROOT)
    assert done.returncode == 77, done.stderr
    assert recorder.stop() == 0
    assert "does it trust the ca of this run" in recorder.said()
    assert canonical(recorder.files()[0]) == recorder.text()


def test_tls_none_does_not_let_a_client_begin_tls(between: Connect) -> None:
    """It could not be recorded: the session ends before the server hears of it."""
    both = between("--tls", "none")
    both.talk(*HELLO)
    both.client.sendall(b"NOOP\r\nSTARTTLS\r\n")
    assert both.server.recv(65536) == b"NOOP\r\n"
    assert heard(both.client).startswith(b"421 ")
    both.client.close()
    assert heard(both.server) == b""
    assert "--tls starttls" in both.recorder.said()


# ---- ends --------------------------------------------------------------------------------------


def test_nobody_listens_there(record: Record) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    recorder = record(f"127.0.0.1:{port}", "--once")
    with socket.create_connection((recorder.host, recorder.port), timeout=SECONDS) as client:
        assert heard(client).startswith(b"421 ")
    assert recorder.wait() == 0
    assert "nobody listens" in recorder.said() and recorder.files() == []


STEPS = [*HELLO, ("C", b"MAIL FROM:<alice@example.org>\r\n"), ("S", b"250 ok\r\n"),
         ("C", b"RCPT TO:<bob@example.org>\r\n"), ("S", b"250 ok\r\n"), ("C", b"DATA\r\n"),
         ("S", b"354 go\r\n"), ("C", b"Subject: x\r\n\r\nx\r\n"),
         ("C", b".\r\n"), ("S", b"250 ok\r\n"), ("C", b"BDAT 10\r\n123"), ("C", b"4567890"), ("S", b"250-ok\r\n25")]


@pytest.mark.parametrize("who", ["client", "server", "client resets", "server resets"])
def test_one_side_leaves_at_any_moment(between: Connect, who: str) -> None:
    """The other is left, too, and the file is a transcript."""
    recorder = None
    for count in range(len(STEPS) + 1):
        both = between(recorder=recorder)
        recorder = both.recorder
        both.talk(*STEPS[:count])
        gone, left = (both.client, both.server) if "client" in who else (both.server, both.client)
        if "resets" in who:
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        gone.close()
        said = heard(left)  # a reset that comes at once is one of the very connection
        assert said == b"" or (count == 0 and said.startswith(b"421 "))
        left.close()
    assert recorder and recorder.stop() == 0
    files = recorder.files()
    assert len(files) == len(STEPS)  # of the first nothing was heard
    for path in files:
        assert canonical(path) == path.read_text()
        assert path.read_text().endswith("@close\n")


def test_a_client_that_has_said_all_hears_the_server_out(between: Connect) -> None:
    """Half closed: what is owed still comes."""
    both = between()
    both.talk(*HELLO, ("C", b"QUIT\r\n"))
    both.client.shutdown(socket.SHUT_WR)
    assert heard(both.server) == b""
    both.server.sendall(b"221-take\r\n221 care\r\n")
    both.server.close()
    assert heard(both.client) == b"221-take\r\n221 care\r\n"
    assert both.recorder.stop() == 0
    assert "C: QUIT\nS: 221-take\nS: 221 care\n@close\n" in both.recorder.text()


# ---- floods ------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["S", "C"])
def test_a_line_that_does_not_end(between: Connect, who: str) -> None:
    """It is passed on, and left out of the file as a whole: half of it might be half of a secret."""
    both = between()
    both.talk(*HELLO)
    for _ in range(24):
        both.say(who, b"x" * 65536)
    both.say(who, b"end\r\n")
    both.say("S", b"250 after it\r\n")
    both.end()
    assert both.recorder.stop() == 0
    assert "S: 250 after it\n" in both.recorder.text() and "xxx" not in both.recorder.text()
    assert "lacks a line" in both.recorder.said()
    assert memory_of(both) is None


def memory_of(both: Between) -> int | None:
    """Of a recorder that runs; one that has ended has none."""
    try:
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{both.recorder.process.pid}/status").read_text())
    except FileNotFoundError:
        return None
    return int(found[1]) if found else None


def test_neither_side_reads(between: Connect) -> None:
    """Both talk and do not listen, until nobody takes any more; then both listen, and all arrives."""
    both = between()
    both.talk(*HELLO)
    totals = {}
    for end, line in ((both.client, b"NOOP\r\n"), (both.server, b"250 ok\r\n")):
        end.settimeout(0.3)
        totals[end] = 0
        try:
            while True:
                totals[end] += end.send(line * 4096)
        except TimeoutError:
            end.settimeout(SECONDS)
    for end, other in ((both.server, both.client), (both.client, both.server)):
        left = totals[other]
        while left > 0:
            piece = end.recv(1 << 20)
            assert piece
            left -= len(piece)
    both.say("S", b"421 enough\r\n")
    both.end()


def test_more_than_a_transcript_may_hold(between: Connect) -> None:
    """It is recorded all the same, and said."""
    both = between()
    both.talk(*HELLO)
    for _ in range(24):
        both.say("S", (b"250-" + b"x" * 996 + b"\r\n") * 60)
    both.end()
    assert both.recorder.stop() == 0
    assert "recorded, but longer than the 1048576 bytes" in both.recorder.said()


def test_garbage(between: Connect) -> None:
    every = bytes(range(256)) * 2
    both = between()
    both.talk(("S", every + b"\n"), ("C", every + b"\r\n"), ("S", b"\r\n\r\n"), ("C", b"\0\0\n\n\r\n"),
              ("S", b"354 {b64:} {x\r\n"), ("C", b"{message}\r\n"), ("S", b"999\r\n"))
    both.end()
    assert both.recorder.stop() == 0
    assert canonical(both.recorder.files()[0]) == both.recorder.text()


def test_a_file_that_cannot_be_written(between: Connect, tmp_path: Path) -> None:
    """The session goes on; it is said."""
    both = between("--out", tmp_path / "none" / "talk.smtp")
    both.talk(*HELLO, ("C", b"QUIT\r\n"), ("S", b"221 bye\r\n"))
    both.end()
    assert both.recorder.stop() == 0
    assert "cannot write" in both.recorder.said()


def test_stopped_in_the_midst_of_a_session(between: Connect) -> None:
    both = between()
    both.talk(*HELLO)
    assert both.recorder.stop() == 0
    assert heard(both.client) == b"" and heard(both.server) == b""
    assert both.recorder.text().endswith("S: 250 STARTTLS\n@close\n")
    assert not Path(both.recorder.ca).exists()


WRONG = [
    ([], "--to HOST:PORT"), (["--to", "127.0.0.1"], "--to"), (["--to", "127.0.0.1:99999", "--out", "x"], "no port"),
    (["--to", "127.0.0.1:25"], "--out FILE"),
    (["--to", "127.0.0.1:25", "--out", "x", "--tls", "yes"], "starttls, implicit or none"),
    (["--to", "127.0.0.1:25", "--out", "x", "--listen", "127.0.0.1"], "ADDR:PORT"), (["x"], "no option"),
    (["--to", "127.0.0.1:25", "--out", "x", "--listen", "127.0.0.1:x"], "no port"), (["--such"], "unknown option"),
]


@pytest.mark.parametrize(("words", "why"), WRONG, ids=[str(number) for number in range(len(WRONG))])
def test_wrong_usage(words: list[str], why: str) -> None:
    done = subprocess.run([BUILD / "asan/bin/smtp-record", *words], capture_output=True, text=True, check=False,
                          timeout=SECONDS)
    assert done.returncode == 64 and why in done.stderr and done.stdout == ""


@pytest.mark.parametrize("words", [["--ca", "/none/ca.pem"], ["--password-file", "/none/pw"], ["--out", "/none/"],
                                   ["--listen", "192.0.2.1:0"], ["--listen", "localhost:0"]])
def test_it_cannot_begin(words: list[str], tmp_path: Path) -> None:
    out = [] if "--out" in words else ["--out", str(tmp_path / "talk.smtp")]
    done = subprocess.run([BUILD / "asan/bin/smtp-record", "--to", "127.0.0.1:25", *out, *words], capture_output=True,
                          text=True, check=False, timeout=SECONDS)
    assert done.returncode == 1 and done.stderr.startswith("smtp-record: ") and done.stdout == ""
