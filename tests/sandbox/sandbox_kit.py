"""For the tests of smtp-sandbox: the program as it runs, and a client that says exactly what it is told to."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SMTPLAB_BUILD", ROOT / "build"))
SECONDS = 60  # our own backstop: only something broken meets it
FROM, TO = "alice@example.org", "bob@example.org"
TRACE = re.compile(rb"\AReturn-Path: <.*>\r\nReceived: (?:.*\r\n[ \t])*.*\r\n")


class Sandbox:
    """One that runs. Its first words say all that one has to know of it."""

    def __init__(self, folder: Path, options: Sequence[str], sanitized: bool = True, before: Sequence[str] = ()):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        program = BUILD / ("asan/bin" if sanitized else "bin") / "smtp-sandbox"
        assert program.exists(), "smtp-sandbox is not built: make, make asan"
        words = [*before, str(program), "--state", str(folder / "state"), *options]
        self.errors = folder / "stderr"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT)
        self.says: dict[str, str] = {}
        assert self.process.stdout
        self.lines = []
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            word, _, value = line.strip().partition(" ")
            self.says[word] = value
            if word == "ready":
                break
        else:
            raise AssertionError(self.errors.read_text())
        self.host, _, port = self.says["listening"].rpartition(":")
        self.port = int(port)
        self.addr = self.says["listening"]
        self.tls_port = int(self.says.get("listening-tls", ":0").rpartition(":")[2])

    @property
    def password(self) -> str:
        return Path(self.says["password-file"]).read_text().strip()

    def log(self) -> list[str]:
        return self.errors.read_text().splitlines()

    def entries(self) -> list[dict[str, Any]]:
        """With --log json."""
        return [json.loads(line) for line in self.log()]

    def messages(self) -> list[bytes]:
        """What was delivered, whole, in the order of arrival."""
        files = sorted((Path(self.says["maildir"]) / "new").iterdir(),
                       key=lambda path: [int(n) for n in re.findall(r"\d+", path.name)])
        return [path.read_bytes() for path in files]

    def bodies(self) -> list[bytes]:
        """The same without the lines that the server puts on top."""
        return [TRACE.sub(b"", message) for message in self.messages()]

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def wait(self) -> int:
        return self.process.wait(SECONDS)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it; whatever a sanitizer had to say is a failure."""
        self.process.send_signal(number)
        status = self.wait()
        said = self.errors.read_text(errors="backslashreplace")
        assert "Sanitizer" not in said and "runtime error" not in said, said
        return status


class Talk:
    """A connection on which nothing is said but what the test says."""

    def __init__(self, sandbox: Sandbox, port: int = 0, source: socket.socket | None = None):
        self.socket = source or socket.create_connection((sandbox.host, port or sandbox.port), timeout=SECONDS)
        self.sandbox = sandbox
        self.heard = b""

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def say(self, text: bytes) -> None:
        """What the other side does not take any more is its answer."""
        try:
            self.socket.sendall(text)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def reply(self) -> str:
        """The next reply, all lines of it; "" at the end of the connection, "reset" if it was no clean one."""
        while not (found := re.match(rb"(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n", self.heard)):
            try:
                piece = self.socket.recv(65536)
            except ConnectionResetError:
                return "reset"
            if not piece:
                return self.heard.decode(errors="backslashreplace")
            self.heard += piece
        self.heard = self.heard[found.end():]
        return found[0].decode(errors="backslashreplace")

    def ask(self, text: bytes) -> str:
        self.say(text)
        return self.reply()

    def leave(self) -> str:
        """Say that no more will come, and hear the server out: then it knows that we have gone."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        return self.all()

    def all(self) -> str:
        """Everything up to the end."""
        said = ""
        while reply := self.reply():
            said += reply
            if reply == "reset":
                break
        return said

    def codes(self) -> list[str]:
        """The code of each reply up to the end."""
        found = []
        while (reply := self.reply()) and reply != "reset":
            found.append(reply[:3])
        return found + (["reset"] if reply else [])

    def hello(self) -> Talk:
        assert self.reply().startswith("220")
        assert self.ask(b"EHLO client.example.org\r\n").startswith("250")
        return self

    def mail(self, to: str = TO) -> Talk:
        assert self.ask(b"MAIL FROM:<%s>\r\n" % FROM.encode()).startswith("250")
        assert self.ask(b"RCPT TO:<%s>\r\n" % to.encode()).startswith("250")
        return self

    def data(self) -> Talk:
        assert self.ask(b"DATA\r\n").startswith("354")
        return self

    def tls(self) -> Talk:
        """Over to TLS; nothing about the certificate is asked."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket)
        return self


def send(sandbox: Sandbox, message: bytes = b"Subject: x\r\n\r\nx\r\n", to: str = TO) -> str:
    """A good session, whole: the reply to the dot."""
    with Talk(sandbox) as talk:
        reply = talk.hello().mail(to).data().ask(message + b".\r\n")
        assert talk.ask(b"QUIT\r\n").startswith("221")
        assert talk.all() == ""
        return reply
