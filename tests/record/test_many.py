"""Twenty sessions at once through one recorder: each in a file of its own, none mixed with another."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from record_kit import Recorder, canonical, hides
from sandbox_kit import Sandbox, Talk

SESSIONS = 20
LINES = 200  # of each message


def session(recorder: Recorder, sandbox: Sandbox, number: int, barrier: threading.Barrier) -> None:
    """Tell its number in every line."""
    response = base64.b64encode(b"\0student\0wrong-password-%d" % number)
    with Talk(sandbox, recorder.port) as talk:
        assert talk.reply().startswith("220")
        barrier.wait()
        assert talk.ask(b"EHLO client-%d.example.org\r\n" % number).startswith("250")
        assert talk.ask(b"AUTH PLAIN " + response + b"\r\n").startswith("535")
        assert talk.ask(b"MAIL FROM:<sender-%d@example.org>\r\n" % number).startswith("250")
        assert talk.ask(b"RCPT TO:<bob-%d@example.org>\r\n" % number).startswith("250")
        assert talk.ask(b"DATA\r\n").startswith("354")
        for line in range(LINES):
            talk.say(b"line %d of %d, wrong-password-%d\r\n" % (line, number, number))
        assert talk.ask(b".\r\n").startswith("250")
        assert talk.ask(b"QUIT\r\n").startswith("221")
        assert talk.all() == ""


@pytest.mark.parametrize("out", ["talk.smtp", "no-{n}-of-many", "folder"])
def test_each_in_its_own_file(start: Callable[..., Sandbox], record: Callable[..., Recorder], tmp_path: Path,
                              out: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    target = folder if out == "folder" else folder / out
    sandbox = start("--auth-in-clear")
    recorder = record(sandbox.addr, "--out", target)
    barrier = threading.Barrier(SESSIONS)
    threads = [threading.Thread(target=session, args=(recorder, sandbox, number, barrier))
               for number in range(SESSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert recorder.stop() == 0
    files = list(folder.iterdir())
    names = {"talk.smtp": ["talk.smtp", *(f"talk-{n}.smtp" for n in range(2, SESSIONS + 1))],
             "no-{n}-of-many": [f"no-{n}-of-many" for n in range(1, SESSIONS + 1)],
             "folder": [f"session-{n}.smtp" for n in range(1, SESSIONS + 1)]}
    assert sorted(path.name for path in files) == sorted(names[out])
    numbers = set()
    for path in files:
        text = path.read_text()
        assert canonical(path) == text
        [number] = set(re.findall(r"sender-(\d+)@", text))
        numbers.add(number)
        said = re.findall(r"^C: line (\d+) of (\d+), \{secret:password\}$", text, re.M)
        assert said == [(str(line), number) for line in range(LINES)]
        assert set(re.findall(r"(?:client|bob)-(\d+)[.@]", text)) == {number}
        assert hides(text.encode(), b"wrong-password-" + number.encode())
    assert len(numbers) == SESSIONS


def test_a_folder_keeps_what_it_has(start: Callable[..., Sandbox], record: Callable[..., Recorder],
                                    tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "session-1.smtp").write_text("kept")
    sandbox = start()
    recorder = record(sandbox.addr, "--out", folder, "--once")
    with Talk(sandbox, recorder.port) as talk:
        assert talk.reply().startswith("220")
        assert talk.ask(b"QUIT\r\n").startswith("221")
        assert talk.all() == ""
    assert recorder.wait() == 0
    assert (folder / "session-1.smtp").read_text() == "kept"
    assert "C: QUIT" in (folder / "session-2.smtp").read_text()
