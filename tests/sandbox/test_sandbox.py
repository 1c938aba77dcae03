"""smtp-sandbox as a program: what it says, keeps, delivers, logs and records, and how it ends."""

from __future__ import annotations

import base64
import signal
import socket
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox_kit import BUILD, FROM, ROOT, SECONDS, TO, Sandbox, Talk, send

Start = Callable[..., Sandbox]
PROGRAM = BUILD / "bin" / "smtp-sandbox"


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(PROGRAM), *words], capture_output=True, text=True, check=False, timeout=SECONDS)


# ---- the command line --------------------------------------------------------------------------


@pytest.mark.parametrize("words, reason", [
    (["--prot", "1"], "unknown option --prot"),
    (["--port", "65536"], "--port wants a port from 0 to 65535, not '65536'"),
    (["--port"], "--port wants a port from 0 to 65535"),
    (["2525"], "'2525' is no option"),
    (["--cert", "best"], "--cert wants good, expired"),
    (["--weak", "knees"], "--weak wants a weakness that --help lists, not 'knees'"),
    (["--fault", "rcpt=often"], "--fault: "),
    (["--log", "xml"], "--log wants text or json"),
    (["--patience", "0"], "--patience wants seconds"),
    (["--host", "a b"], "--host wants a host name"),
    (["--maildir", "x", "--discard"], "--maildir and --discard exclude each other"),
    (["--user", "x"], "--user and --password-file belong together"),
])
def test_wrong_usage_is_said_and_has_status_64(words: list[str], reason: str) -> None:
    done = run(*words)
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr.startswith(f"smtp-sandbox: {reason}"), done.stderr


@pytest.mark.parametrize("words, reason", [
    (["--bind", "192.0.2.1"], "cannot listen on 192.0.2.1"),
    (["--bind", "localhost"], '"localhost" is no address'),
    (["--maildir", "/dev/null"], "/dev/null"),
    (["--record", "/no/such/folder"], "/no/such/folder"),
    (["--user", "x", "--password-file", "/no/such/file"], "/no/such/file"),
    (["--log-file", "/no/such/folder/log"], "/no/such/folder/log"),
])
def test_what_cannot_be_has_status_1(words: list[str], reason: str, tmp_path: Path) -> None:
    done = run("--state", str(tmp_path), *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert reason in done.stderr


def test_a_taken_port_is_said(sandbox: Sandbox, tmp_path: Path) -> None:
    done = run("--state", str(tmp_path / "other"), "--port", str(sandbox.port))
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1 port {sandbox.port}: Address already in use" in done.stderr


def test_the_first_lines_say_all(start: Start) -> None:
    sandbox = start("--tls-port", "0", "--weak", "smuggling")
    assert [line.split()[0] for line in sandbox.lines] == [
        "listening", "listening-tls", "ca", "user", "password-file", "maildir", "weak", "ready"]
    assert sandbox.host == "127.0.0.1"
    assert Path(sandbox.says["ca"]).read_text().startswith("-----BEGIN CERTIFICATE-----")
    with Talk(sandbox, sandbox.tls_port).tls() as talk:
        assert "smuggling" in talk.reply()  # a weak one says so


# ---- what is kept ------------------------------------------------------------------------------


def test_the_second_start_has_the_same_authority_password_and_mail(start: Start, tmp_path: Path) -> None:
    state = tmp_path / "kept"
    first = start("--state", state)
    authority, password = Path(first.says["ca"]).read_bytes(), first.password
    send(first)
    assert first.stop() == 0
    second = start("--state", state)
    assert (Path(second.says["ca"]).read_bytes(), second.password) == (authority, password)
    assert len(second.messages()) == 1


def test_secrets_are_for_their_owner_alone(start: Start, tmp_path: Path) -> None:
    sandbox = start("--record", tmp_path / "record")
    send(sandbox)
    assert sandbox.stop() == 0
    state = Path(sandbox.says["ca"]).parent
    private = [state / "ca-key.pem", state / "password", *(state / "Maildir" / "new").iterdir(),
               *(tmp_path / "record").iterdir()]
    assert len(private) == 4
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}
    assert len(sandbox.password) == 16


def test_an_account_of_ones_own(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("correct horse\nbattery\n")
    sandbox = start("--user", "alice", "--password-file", file, "--auth-in-clear", "--auth-required")
    with Talk(sandbox).hello() as talk:
        assert talk.ask(b"MAIL FROM:<alice@example.org>\r\n").startswith("530")
        assert talk.ask(b"AUTH PLAIN AGFsaWNlAHdyb25n\r\n").startswith("535")
        assert talk.ask(b"AUTH PLAIN AGFsaWNlAGNvcnJlY3QgaG9yc2U=\r\n").startswith("235")
        assert talk.ask(b"MAIL FROM:<alice@example.org>\r\n").startswith("250")


# ---- delivery ----------------------------------------------------------------------------------

AWKWARD = [b"", b"\r\n", b"Subject: x\r\n\r\nx\r\n", b".\r\n", b"..\r\n.x\r\n", b"\r\n.\r\n\r\n",
           b"Subject: \xc3\xa4\r\n\r\n\xff\xfe 8 bit\r\n", b"a" * 998 + b"\r\n", (b"x" * 70 + b"\r\n") * 5000]


@pytest.mark.parametrize("number", range(len(AWKWARD)))
@pytest.mark.parametrize("how", ["DATA", "BDAT"])
def test_bytes_arrive_as_they_were_sent(sandbox: Sandbox, number: int, how: str) -> None:
    message = AWKWARD[number]
    with Talk(sandbox).hello().mail() as talk:
        if how == "BDAT":
            assert talk.ask(b"BDAT %d\r\n" % (len(message) // 2) + message[:len(message) // 2]).startswith("250")
            rest = message[len(message) // 2:]
            reply = talk.ask(b"BDAT %d LAST\r\n" % len(rest) + rest)
        else:
            stuffed = b"".join(b"." + line if line.startswith(b".") else line for line in message.splitlines(True))
            reply = talk.data().ask(stuffed + b".\r\n")
    assert reply.startswith("250"), reply
    assert sandbox.bodies() == [message]


def test_the_lines_on_top_show_the_envelope(sandbox: Sandbox) -> None:
    with Talk(sandbox).hello().mail() as talk:
        talk.ask(b"RCPT TO:<carol@example.org>\r\n")
        reply = talk.data().ask(b"To: everyone@example.org\r\n\r\nx\r\n.\r\n")
    [message] = sandbox.messages()
    lines = message.decode().split("\r\n")
    assert lines[0] == f"Return-Path: <{FROM}>"
    assert lines[1] == "Received: from client.example.org ([127.0.0.1])"
    identity = lines[2].rpartition(" ")[2]
    assert lines[2] == f"\tby mail.example.test (smtp-sandbox) with ESMTP id {identity}"
    assert identity in reply
    assert lines[3:6] == [f"\t(envelope: from <{FROM}>", f"\t to <{TO}>,",
                          "\t <carol@example.org>); " + lines[5].partition("; ")[2]]


def test_nothing_stays_in_tmp_and_nothing_half_is_in_new(sandbox: Sandbox) -> None:
    with Talk(sandbox).hello().mail().data() as talk:
        talk.say(b"half a message\r\n" * 10000)
    send(sandbox)
    assert sandbox.stop() == 0
    assert len(sandbox.messages()) == 1
    assert list((Path(sandbox.says["maildir"]) / "tmp").iterdir()) == []


def test_discard_keeps_nothing(start: Start) -> None:
    sandbox = start("--discard")
    assert send(sandbox).startswith("250")
    assert "maildir" not in sandbox.says
    assert not (Path(sandbox.says["ca"]).parent / "Maildir").exists()


def test_a_full_disk_is_452_and_the_next_message_is_safe(start: Start) -> None:
    """No file may grow past 100,000 bytes, which write() reports like a full disk."""
    sandbox = start("--log", "json", before=("prlimit", "--fsize=100000"))
    with Talk(sandbox).hello().mail().data() as talk:
        assert talk.ask(b"x" * 70 + (b"\r\n" + b"x" * 70) * 4000 + b"\r\n.\r\n").startswith("452")
        assert talk.mail().data().ask(b"x\r\n" * 10 + b".\r\n").startswith("250")
        assert talk.mail().data().ask(b"small\r\n.\r\n").startswith("250")
        talk.ask(b"QUIT\r\n")
    assert sandbox.bodies() == [b"x\r\n" * 10, b"small\r\n"]
    assert sandbox.stop() == 0
    assert "File too large" in sandbox.entries()[0]["trouble"]


def test_a_small_message_on_a_full_disk_is_452_too(start: Start) -> None:
    """It fits what is gathered before the first write(), so that only its end finds no room."""
    sandbox = start("--log", "json", before=("prlimit", "--fsize=4000"))
    with Talk(sandbox).hello().mail().data() as talk:
        assert talk.ask((b"x" * 70 + b"\r\n") * 100 + b".\r\n").startswith("452")
    assert sandbox.messages() == []


# ---- the log -----------------------------------------------------------------------------------


def test_one_line_of_json_a_session(sandbox: Sandbox) -> None:
    send(sandbox, to="carol@example.org")
    with Talk(sandbox).hello() as talk:
        talk.ask(b"RCPT TO:<nobody@example.org>\r\n")
        talk.leave()
    assert sandbox.stop() == 0
    ended = {entry["end"]: entry for entry in sandbox.entries()}  # two threads: either may be the first to write
    first, second = ended["quit"], ended["closed"]
    assert first["peer"].startswith("127.0.0.1:")
    assert (first["end"], first["hello"], first["messages"], first["recipients"], first["bytes"]) == (
        "quit", "client.example.org", 1, 1, 17)
    assert (first["why"], first["last"], first["user"], first["tls"], first["trouble"]) == (None,) * 5
    assert (second["end"], second["refused"]) == ("closed", 1)
    assert second["last"].startswith("503")


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_clients_say_cannot_break_a_line(start: Start, form: str, tmp_path: Path) -> None:
    """Most of it the session refuses; the name of one who has logged in it must take as it is."""
    user, password = tmp_path.name + '\x1b[2J"\n}', tmp_path / "password"
    password.write_text("secret\n")
    sandbox = start("--log", form, "--auth-in-clear", "--user", user, "--password-file", password)
    evil = [b'EHLO "\x1b[2J\\\x07\xc2\x9b\xe2\x80\xae.example.org\r\n', b'EHLO [a"b]\r\n', b"EHLO x\nFAKE\r\n",
            b"%n%s%n\r\n", b'AUTH "}\r\n',
            b"EHLO x\r\nAUTH PLAIN " + base64.b64encode(f"\0{user}\0secret".encode()) + b"\r\n"]
    for line in evil:
        with Talk(sandbox) as talk:
            talk.say(line + b"QUIT\r\n")
            talk.all()
    assert sandbox.stop() == 0
    text = sandbox.errors.read_bytes()
    assert text.count(b"\n") == len(evil)
    assert not any(byte < 32 or byte > 126 for byte in text.replace(b"\n", b""))
    if form == "json":
        users = [entry["user"] for entry in sandbox.entries() if entry["user"]]
        assert users == [user.replace("\x1b", r"\x1B").replace("\n", r"\n")]


def test_a_log_file_is_appended_to(start: Start, tmp_path: Path) -> None:
    log = tmp_path / "log"
    for _ in range(2):
        sandbox = start("--log-file", log)
        send(sandbox)
        assert sandbox.stop() == 0
        assert sandbox.log() == []
    lines = log.read_text().splitlines()
    assert len(lines) == 2
    assert all(' quit hello="client.example.org" messages=1 ' in line for line in lines)


# ---- recordings --------------------------------------------------------------------------------


def test_a_recording_is_a_transcript_without_secrets(start: Start, tmp_path: Path) -> None:
    sandbox = start("--record", tmp_path / "record", "--auth-in-clear")
    with Talk(sandbox).hello() as talk:
        secret = f"\0{sandbox.says['user']}\0{sandbox.password}".encode()
        assert talk.ask(b"AUTH PLAIN " + base64.b64encode(secret) + b"\r\n").startswith("235")
        assert talk.ask(b"AUTH PLAIN x\r\n").startswith("503")
        assert talk.ask(f"NOOP {sandbox.password}\r\n".encode()).startswith("250")  # a slip of whoever types
        talk.mail().data().ask(b"\x1b bare\r\n.dot\r\n.\r\n")
        talk.ask(b"QUIT\r\n")
    assert sandbox.stop() == 0
    [file] = (tmp_path / "record").iterdir()
    text = file.read_text()
    assert "\nS: 220 " in text and "\nC: EHLO client.example.org\nS: 250-" in text
    assert sandbox.password not in text and base64.b64encode(secret).decode() not in text
    printed = subprocess.run([str(BUILD / "bin" / "smtp-replay"), "--print", str(file)], cwd=ROOT,
                             capture_output=True, text=True, check=False, timeout=SECONDS)
    assert (printed.returncode, printed.stdout, printed.stderr) == (0, text, "")


# ---- the end -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_it_finishes_the_mail_and_sends_the_idle_away(sandbox: Sandbox, number: int) -> None:
    idle, busy = Talk(sandbox).hello(), Talk(sandbox).hello().mail().data()
    with idle, busy:
        sandbox.process.send_signal(number)
        assert idle.all().startswith("421")
        idle.socket.close()
        assert busy.ask(b"x\r\n.\r\n").startswith("250")
        assert busy.all().startswith("421")
        busy.socket.close()
        with pytest.raises(OSError):
            socket.create_connection((sandbox.host, sandbox.port), timeout=SECONDS)
    assert sandbox.wait() == 0
    assert sandbox.bodies() == [b"x\r\n"]


def test_a_second_sigint_does_not_wait(sandbox: Sandbox) -> None:
    idle, busy = Talk(sandbox).hello(), Talk(sandbox).hello().mail().data()
    with idle, busy:
        sandbox.process.send_signal(signal.SIGINT)
        assert idle.all().startswith("421")  # so the first has been seen
        assert sandbox.process.poll() is None
        sandbox.process.send_signal(signal.SIGINT)
        assert sandbox.wait() == 130
    assert sandbox.messages() == []


def test_once_ends_after_one_session(start: Start) -> None:
    sandbox = start("--once")
    other = Talk(sandbox).hello()
    with other:
        assert send(sandbox).startswith("250")
        assert other.all().startswith("421")
    assert sandbox.wait() == 0
    assert len(sandbox.messages()) == 1


def test_many_sessions_leave_no_descriptor_behind(sandbox: Sandbox) -> None:
    send(sandbox)
    before = sandbox.descriptors()
    for _ in range(50):
        send(sandbox)
    assert sandbox.descriptors() == before
