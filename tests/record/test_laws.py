"""Other people's clients, and the kit's own, through smtp-record to a sandbox: the message arrives, the recording
replays against the client that made it, and recording the replay gives the recording back."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from record_kit import REPLAY, Recorder, canonical
from sandbox_kit import FROM, ROOT, SECONDS, TO, Sandbox
from test_clients_to_sandbox import CLIENTS, LF, MESSAGE, WRITES_ITS_OWN, curl, need, swaks

Start = Callable[..., Sandbox]
Record = Callable[..., Recorder]
Command = Callable[[Any, str, Path], list[str]]
TLS = {"plain": "none", "starttls": "starttls", "implicit": "implicit"}
PASSWORD_PATTERN = re.compile(r"\{(?:secret:)?(?:password|digest|response\d+)\}")

# What smtp-replay puts into a command line.
PLAYED = SimpleNamespace(host="{host}", port="{port}", tls_port="{port}", addr="{addr}", password="{password}",
                         says={"ca": "{ca}", "password-file": "{password-file}"})


def between(recorder: Recorder, sandbox: Sandbox) -> SimpleNamespace:
    """The recorder, as a client sees it: the sandbox in another place."""
    return SimpleNamespace(host=recorder.host, port=recorder.port, tls_port=recorder.port, addr=recorder.addr,
                           password=sandbox.password, says={**sandbox.says, "ca": recorder.ca})


def run(command: list[Any], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NODE_PATH": str(ROOT / "build/peers/nodemailer/node_modules"), "HOME": str(folder)}
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=SECONDS, cwd=ROOT,
                          stdin=subprocess.DEVNULL, env=environment, check=False)


def to_play(text: str) -> str:
    """What a replay needs to know besides: who logs in. Dates and ids are other ones each time."""
    head, _, rest = text.partition("\n\n")
    kept = [line for line in rest.splitlines() if not re.match(r"C: (Date|Message-I[Dd]):", line)]
    return head + "\nset: user=student\n\n" + "\n".join(kept) + "\n"


def comparable(text: str) -> list[str]:
    """The conversation, without secrets, ids, dates, and the client's own name."""
    rest = to_play(text).partition("\n\n")[2]
    lines = [re.sub(r"^C: (EHLO|HELO) .*", r"C: \1", line, flags=re.I) for line in rest.splitlines()]
    return [re.sub(r"\{b64:.*", "{b64:...}", line) for line in lines]


def sides(lines: list[str]) -> list[list[str]]:
    """What each side said, one after the other."""
    return [[line for line in lines if line[0] == who] for who in "SC@"]


def check_laws(recorder: Recorder, command: list[str], folder: Path, races: bool = False) -> None:
    """races: the client sends ahead in several writes; whether a reply comes in between is chance."""
    [file] = recorder.files()
    text = file.read_text()
    assert canonical(file) == text
    script, again = folder / "script.smtp", folder / "again.smtp"
    script.write_text(to_play(text))
    played = run([REPLAY, "--record", again, script, "--", *command], folder)
    assert played.returncode == 0, played.stdout + played.stderr + text
    first, second = comparable(text), comparable(again.read_text())
    assert (sides(second) == sides(first)) if races else second == first


@pytest.mark.parametrize("kind", list(TLS))
@pytest.mark.parametrize("name", CLIENTS)
def test_clients_of_others(start: Start, record: Record, name: str, kind: str, tmp_path: Path) -> None:
    need({"smtplib": sys.executable, "nodemailer": "node", "solution": "sh"}.get(name, name))
    sandbox = start("--tls-port", "0")
    to = f"{sandbox.host}:{sandbox.tls_port if kind == 'implicit' else sandbox.port}"
    recorder = record(to, "--ca", sandbox.says["ca"], "--tls", TLS[kind], "--once")
    file = tmp_path / "message"
    text = LF.partition("\n\n")[2] if name in WRITES_ITS_OWN else MESSAGE if name == "nodemailer" else LF
    file.write_bytes(text.encode())
    done = run(CLIENTS[name](between(recorder, sandbox), kind, file), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr + recorder.said()
    assert recorder.stop() == 0
    assert len(sandbox.bodies()) == 1
    assert ("@tls" in recorder.text()) == (kind != "plain")
    assert sandbox.password not in recorder.text()
    check_laws(recorder, CLIENTS[name](PLAYED, kind, file), tmp_path, races=name == "msmtp")


def with_mechanism(mechanism: str) -> Command:
    def command(s: Any, _kind: str, file: Path) -> list[str]:
        return ["swaks", "--server", s.host, "--port", str(s.port), "--tls", "--auth", mechanism,
                "--auth-user", "student", "--auth-password", s.password, "-f", FROM, "-t", TO, "-d", str(file)]
    return command


def curl_with_token(s: Any, _kind: str, file: Path) -> list[str]:
    return [*curl(s, "plain", file), "--ssl-reqd", "--cacert", s.says["ca"], "--user", "student",
            "--oauth2-bearer", s.password, "--login-options", "AUTH=XOAUTH2"]


def swaks_pipelined(s: Any, _kind: str, file: Path) -> list[str]:
    return [*swaks(s, "plain", file), "--pipeline", "-t", f"{TO},carol@example.org"]


OTHERS: dict[str, Command] = {
    "LOGIN": with_mechanism("LOGIN"), "PLAIN": with_mechanism("PLAIN"), "CRAM-MD5": with_mechanism("CRAM-MD5"),
    "XOAUTH2": curl_with_token, "PIPELINING": swaks_pipelined,
}


@pytest.mark.parametrize("options", [[], ["--exact"]], ids=["", "exact"])
@pytest.mark.parametrize("name", OTHERS)
def test_mechanisms_and_pipelining(start: Start, record: Record, name: str, options: list[str], tmp_path: Path) -> None:
    need("curl" if name == "XOAUTH2" else "swaks")
    sandbox = start()
    recorder = record(sandbox.addr, "--ca", sandbox.says["ca"], "--once", *options)
    file = tmp_path / "message"
    file.write_text(LF)
    done = run(OTHERS[name](between(recorder, sandbox), "", file), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr + recorder.said()
    assert recorder.stop() == 0
    assert sandbox.password not in recorder.text()
    if name != "PIPELINING":
        assert re.search(r"^C: .*\{secret:(password|digest)\}", recorder.text(), re.M)
    if not options:
        check_laws(recorder, OTHERS[name](PLAYED, "", file), tmp_path)


def test_a_wrong_password(start: Start, record: Record, tmp_path: Path) -> None:
    """Refused by the server, and so by the recording."""
    need("swaks")
    sandbox = start()
    recorder = record(sandbox.addr, "--ca", sandbox.says["ca"], "--once")
    (tmp_path / "message").write_text(LF)
    through = between(recorder, sandbox)
    through.password = "wrong-and-planted"
    command = with_mechanism("PLAIN")
    refused = run(command(through, "", tmp_path / "message"), tmp_path)
    assert refused.returncode != 0
    assert recorder.stop() == 0
    assert "S: 535 " in recorder.text() and "planted" not in recorder.text()
    script = tmp_path / "script.smtp"
    script.write_text(to_play(recorder.text()))
    played = run([REPLAY, script, "--", *command(PLAYED, "", tmp_path / "message")], tmp_path)
    assert played.returncode == 0, played.stdout


CHUNKS = """
import socket, sys
talk = socket.create_connection((sys.argv[1], int(sys.argv[2])))
heard = talk.makefile("rb")
def reply():
    while (line := heard.readline())[3:4] == b"-":
        pass
    assert line[:1] in b"23", line
def ask(text):
    talk.sendall(text)
    reply()
reply()
chunks = [b"Subject: chunks\\r\\n\\r\\nAUTH PLAIN", b" AGE=\\r\\n.\\r\\nSTA", b"RTTLS\\r\\nend\\r\\n"]
bdat = [b"BDAT %d%s\\r\\n" % (len(chunk), b" LAST" if chunk is chunks[-1] else b"") + chunk for chunk in chunks]
for text in (b"EHLO client.example.org\\r\\n", b"MAIL FROM:<alice@example.org>\\r\\n",
             b"RCPT TO:<bob@example.org>\\r\\n", *bdat, b"QUIT\\r\\n"):
    ask(text)
"""


def test_chunks(start: Start, record: Record, tmp_path: Path) -> None:
    """CHUNKING: octets that look like commands, and chunks that end in the midst of a line."""
    sandbox = start()
    recorder = record(sandbox.addr, "--once")
    done = run([sys.executable, "-c", CHUNKS, recorder.host, recorder.port], tmp_path)
    assert done.returncode == 0, done.stderr + recorder.said()
    assert recorder.stop() == 0
    [body] = sandbox.bodies()
    assert body == b"Subject: chunks\r\n\r\nAUTH PLAIN AGE=\r\n.\r\nSTARTTLS\r\nend\r\n"
    assert "C= AUTH PLAIN\n" in recorder.text() and "C= STA\nS: 250" in recorder.text()
    check_laws(recorder, [sys.executable, "-c", CHUNKS, "{host}", "{port}"], tmp_path)
