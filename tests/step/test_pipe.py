"""smtp-step on a pipe: whole sessions, what they leave behind, and how they end."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import pytest

from stepping import BUILD, ROOT, SANITIZED, STEP, said, server, step

SESSION = ["EHLO client.example.org", "STARTTLS", "EHLO client.example.org", ":auth plain", ":expect 235",
           "MAIL FROM:<alice@example.org>", "RCPT TO:<bob@example.org>", ":expect 250",
           "RCPT TO:<unknown@example.org>", ":expect 550", "DATA", "Subject: Dots", "", "..profile",
           "# no remark in here", "::colon", ".", ":expect 250", "QUIT", ":expect 221"]
PASSWORD = "wonderland"


def conversation(output: bytes) -> list[str]:
    """The lines of the two sides, without the column that says whether TLS covered them."""
    lines = output.decode().splitlines()
    return [line[4:] for line in lines if re.match(r"(tls|   ) [SC]:", line)]


def replay(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BUILD / "bin" / "smtp-replay", *words], capture_output=True, text=True, check=False,
                          timeout=120)


# ---- a whole session ----


@pytest.mark.parametrize("program", [STEP, SANITIZED], ids=["plain", "sanitized"])
def test_a_session_is_a_test(program: Path) -> None:
    done = step(SESSION, program=program)
    assert done.returncode == 0, said(done)
    assert not done.stderr
    talk = conversation(done.stdout)
    assert talk[0].startswith("S: 220 ")
    assert "C: AUTH PLAIN ***" in talk
    assert talk[-2:] == ["C: QUIT", "S: 221 2.0.0 Bye"]
    assert ["C: ..profile", "C: # no remark in here", "C: :colon", "C: ."] == talk[-7:-3]


def test_who_spoke_and_whether_tls_covered_it_is_shown() -> None:
    lines = step(SESSION).stdout.decode().splitlines()
    assert "    C: STARTTLS" in lines and "tls C: MAIL FROM:<alice@example.org>" in lines
    before = lines[:lines.index("    C: STARTTLS") + 2]
    assert not any(line.startswith("tls ") for line in before)


def test_the_recording_is_canonical_and_plays_again(tmp_path: Path) -> None:
    first, second = tmp_path / "first.smtp", tmp_path / "second.smtp"
    assert step(SESSION, "--record", first).returncode == 0
    assert replay("--print", first).stdout == first.read_text()
    done = step(SESSION, "--replay", first, "--record", second)
    assert done.returncode == 0, said(done)
    without_source = [re.sub("(?m)^source: .*", "", path.read_text()) for path in (first, second)]
    assert without_source[0] == without_source[1]


def test_the_recording_passes_smtp_replay_with_the_same_session(tmp_path: Path) -> None:
    record = tmp_path / "talk.smtp"
    commands = tmp_path / "commands"
    (tmp_path / "password").write_text(PASSWORD + "\n")
    commands.write_text("".join(f"{line}\n" for line in SESSION))
    assert step(SESSION, "--record", record).returncode == 0
    line = '"$0" --server "$1" --ca "$2" --user alice --password-file "$3" <"$4"'
    done = replay("-v", record, "--", "sh", "-c", line, str(STEP), "{addr}", "{ca}", str(tmp_path / "password"),
                  str(commands))
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_secret_is_anywhere(tmp_path: Path) -> None:
    import base64

    secrets = [PASSWORD.encode(), base64.b64encode(PASSWORD.encode()),
               base64.b64encode(b"\0alice\0" + PASSWORD.encode())]
    lines = ["EHLO a", "STARTTLS", "EHLO a"]
    for how in ("login", "plain", "cram-md5", "xoauth2"):
        lines += [f":auth {how}", ":bytes", ":steps", ":why", ":diagram", f":diagram {tmp_path}/{how}.html"]
        lines += [":undo 3"]
    lines += [f"AUTH PLAIN {secrets[2].decode()}", ":bytes", ":steps"]
    done = step(lines, "--record", tmp_path / "talk.smtp")
    everything = done.stdout + done.stderr + b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert done.stdout.count(b"235 2.7.0") >= 5
    for secret in secrets:
        assert secret not in everything


# ---- the pipe's own rules ----


def test_remarks_and_empty_lines_are_skipped() -> None:
    done = step("# a remark\n\nEHLO client.example.org\n\n# another\nQUIT\n")
    ours = [line for line in conversation(done.stdout) if line.startswith("C:")]
    assert ours == ["C: EHLO client.example.org", "C: QUIT"]


def test_lines_go_out_as_they_stand() -> None:
    heard: list[bytes] = []

    def listen(connection: object) -> None:
        connection.sendall(b"220 hi\r\n")  # type: ignore[attr-defined]
        while chunk := connection.recv(4096):  # type: ignore[attr-defined]
            heard.append(chunk)
            connection.sendall(b"250 ok\r\n")  # type: ignore[attr-defined]

    with server(listen) as address:
        step("  mail FROM: x  \n::why\n.dot\t\n", "--server", address, "--tls", "none")
    assert b"".join(heard) == b"  mail FROM: x  \r\n:why\r\n.dot\t\r\n"


@pytest.mark.parametrize("expected, status",
                         [("250", 0), ("2xx", 0), ("25x", 0), ("2", 0), ("550", 1), ("3xx", 1), ("nonsense", 1)])
def test_expect_settles_the_status(expected: str, status: int) -> None:
    done = step(["NOOP", f":expect {expected}", "QUIT"])
    assert done.returncode == status
    if status and expected != "nonsense":
        assert "C: NOOP S: 250 2.0.0 Ok" in said(done)


def test_the_end_of_the_pipe_hangs_up() -> None:
    done = step("EHLO client.example.org\n")
    assert done.returncode == 0 and "QUIT" not in said(done)


# ---- how it ends ----


@pytest.mark.parametrize("words, status, told", [
    (["--nonsense"], 64, "unknown option --nonsense"),
    (["talk.smtp"], 64, "behind --replay"),
    (["--server", "example.org:0"], 64, "port"),
    (["--sandbox", "--replay", "x"], 64, "exclude each other"),
    (["--timeout", "0"], 64, "from 1 to 3600"),
    (["--replay", "nowhere.smtp"], 66, "nowhere.smtp"),
    (["--replay", "README.md"], 2, "README.md:1:1"),
    (["--server", "127.0.0.1:1", "--tls", "none"], 75, "127.0.0.1"),
    (["--server", "no-such-host.invalid"], 68, "no-such-host.invalid"),
    (["--record", "/nonexistent/talk.smtp"], 66, "/nonexistent/talk.smtp"),
    (["--password-file", "/nonexistent/password"], 66, "/nonexistent/password"),
])
def test_what_cannot_begin_says_why(words: list[str], status: int, told: str) -> None:
    done = step("", *words)
    assert (done.returncode, told in said(done)) == (status, True), said(done)


def test_lines_that_could_not_be_sent_are_told() -> None:
    done = step(["QUIT", "NOOP"])
    assert done.returncode == 74
    assert "not sent: there is no connection" in said(done)


def test_a_silent_server_is_not_waited_for_forever() -> None:
    def silent(connection: object) -> None:
        connection.sendall(b"220 hi\r\n")  # type: ignore[attr-defined]
        while connection.recv(4096):  # type: ignore[attr-defined]
            pass

    begun = time.monotonic()
    with server(silent) as address:
        done = step(["NOOP", ":why"], "--server", address, "--tls", "none", "--timeout", "1")
    assert "no whole reply came in time" in said(done)
    assert 0.9 < time.monotonic() - begun < 60


# ---- recordings as servers ----


PLAYED = sorted(path.relative_to(ROOT)
                for folder in ("refused", "words", "replies", "greeting", "hello", "closed", "torn")
                for path in (ROOT / "transcripts" / folder).glob("*.smtp"))


@pytest.mark.parametrize("transcript", PLAYED, ids=str)
def test_its_own_client_lines_play_on_every_recording(transcript: Path) -> None:
    done = step([f":play {transcript}"], "--replay", transcript)
    assert done.returncode in (0, 74), said(done)
    assert not re.search("is no reply|without end", said(done))


def test_a_recording_says_what_it_would_have_had() -> None:
    done = step(["EHLO a", "MAIL FROM:<eve@example.org>", "VRFY x", "NOOP", "DATA", "DATA"],
                "--replay", "transcripts/plain/one-message.smtp")
    assert re.search(r"the recording goes another way: [^;]*; there it is MAIL FROM:<alice@example.org>", said(done))


def test_a_recording_in_parts_has_a_file_each(tmp_path: Path) -> None:
    talk = tmp_path / "talk.smtp"
    step(["EHLO a", "QUIT", ":reconnect", "NOOP", ":undo", "VRFY bob", "QUIT"], "--record", talk)
    assert "C: EHLO a" in talk.read_text()
    second = (tmp_path / "talk-2.smtp").read_text()
    assert "C: VRFY bob" in second and "C: NOOP" not in second and "EHLO" not in second
    assert all(replay("--print", path).stdout == path.read_text() for path in tmp_path.iterdir())
    assert all(path.stat().st_mode & 0o77 == 0 for path in tmp_path.iterdir())
