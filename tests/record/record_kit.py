"""For the tests of smtp-record: the program as it runs, a server that says exactly what it is told to, and every form
that a secret may take in a file."""

from __future__ import annotations

import base64
import os
import quopri
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sandbox"))

from sandbox_kit import BUILD, ROOT, SECONDS  # noqa: E402

REPLAY = BUILD / "bin" / "smtp-replay"


class Recorder:
    """One that runs, between whoever dials it and the server at `to`."""

    def __init__(self, folder: Path, to: str, options: Sequence[Any] = (), sanitized: bool = True):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        program = BUILD / ("asan/bin" if sanitized else "bin") / "smtp-record"
        assert program.exists(), "smtp-record is not built: make, make asan"
        words = [str(option) for option in options]
        if "--out" not in words:
            words += ["--out", str(folder / "talk.smtp")]
        self.errors = folder / "stderr"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen([str(program), "--to", to, *words], stdout=subprocess.PIPE, stderr=errors,
                                            text=True, cwd=ROOT, env={**os.environ, "TMPDIR": str(folder)})
        assert self.process.stdout
        self.lines = [self.process.stdout.readline().strip() for _ in range(2)]
        assert self.lines[0].startswith("listening "), self.errors.read_text()
        self.addr = self.lines[0].removeprefix("listening ")
        self.ca = self.lines[1].removeprefix("ca ")
        self.host, _, port = self.addr.rpartition(":")
        self.port = int(port)

    def files(self) -> list[Path]:
        """What was written, in the order in which it was begun."""
        return sorted(self.folder.glob("*.smtp"),
                      key=lambda path: int(number[1]) if (number := re.search(r"-(\d+)\.smtp$", path.name)) else 1)

    def text(self) -> str:
        """The one file."""
        [path] = self.files()
        return path.read_text()

    def said(self) -> str:
        return self.errors.read_text()

    def wait(self) -> int:
        return self.process.wait(SECONDS)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        assert self.wait() == -signal.SIGKILL

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it; whatever a sanitizer had to say is a failure."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.wait()
        said = self.errors.read_text(errors="backslashreplace")
        assert "Sanitizer" not in said and "runtime error" not in said, said
        return status


class Between:
    """A client at one end of a recorder and a server at the other, both held by the test."""

    def __init__(self, recorder: Recorder, listener: socket.socket):
        self.client = socket.create_connection((recorder.host, recorder.port), timeout=SECONDS)
        self.server, _ = listener.accept()
        self.server.settimeout(SECONDS)
        for end in (self.client, self.server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # half a line must not wait for an answer
        self.recorder = recorder

    def __enter__(self) -> Between:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.server.close()

    def say(self, who: str, text: bytes) -> None:
        """One side speaks, and the other hears it: by then it is on the tape."""
        speaker, hearer = (self.server, self.client) if who == "S" else (self.client, self.server)
        speaker.sendall(text)
        heard = b""
        while len(heard) < len(text):
            piece = hearer.recv(65536)
            assert piece, f"the recorder hung up behind {heard!r}"
            heard += piece
        assert heard == text

    def talk(self, *steps: tuple[str, bytes]) -> None:
        for who, text in steps:
            self.say(who, text)

    def end(self) -> None:
        """Both sides close; the recorder has closed too when this returns."""
        self.server.close()
        assert self.client.recv(65536) == b""
        self.client.close()


# ---- transcripts -------------------------------------------------------------------------------


def canonical(path: Path) -> str:
    """The file as the kit's own parser prints it. One that cannot be parsed is a failure."""
    done = subprocess.run([REPLAY, "--print", path], capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stderr + path.read_text()
    return done.stdout


def body_of(text: str) -> str:
    """Behind the head."""
    return text.partition("\n\n")[2]


# ---- secrets -----------------------------------------------------------------------------------


def cores(secret: bytes) -> list[bytes]:
    """The letters of base64 that stand for these bytes whatever stands around them, at each of three alignments."""
    found = []
    for shift in range(3):
        letters = base64.b64encode(b"\0" * shift + secret).rstrip(b"=")
        found.append(letters[-(-shift * 8 // 6):(shift + len(secret)) * 8 // 6])
    return found


def unmarked(text: bytes) -> bytes:
    """Only what was said, with the line ends that it had."""
    lines = [line[3:] for line in text.split(b"\n") if line[:2] in (b"S:", b"C:", b"S>", b"C=")]
    return b"\n".join(line.removesuffix(rb"\r\n").removesuffix(rb"\n") for line in lines)


def hides(text: bytes, secret: bytes) -> bool:
    """Is the secret nowhere in the text: plain, in base64, in quoted-printable, nor any of them over line ends?"""
    said = unmarked(text)
    joined = re.sub(rb"[\r\n \t]", b"", said)
    looked_at = [text, said, joined, quopri.decodestring(said), quopri.decodestring(text)]
    forms = [secret, *cores(secret), *(core.replace(b"+", b"-").replace(b"/", b"_") for core in cores(secret))]
    return not any(form in look for look in looked_at for form in forms)


def quoted(secret: bytes) -> bytes:
    """Every byte of it as =XX."""
    return b"".join(b"=%02X" % byte for byte in secret)
