"""What all real servers of the tests agree on: who may log in, who is known, who is not, and the certificate.

One account (alice), two mailboxes (bob, carol), one sender that nobody wants, and messages of up to SIZE octets. The
authority that signs the certificate, the password and all that a server writes are made anew for each test run.
"""

from __future__ import annotations

import random
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

HOST = "127.0.0.1"
NAME = "mail.example.test"  # what each server calls itself
USER = "alice"
FROM, TO, TO_TOO = "alice@example.org", "bob@example.org", "carol@example.org"
UNKNOWN, UNWANTED = "nobody@example.org", "spam@example.net"
SIZE = 4096  # octets that a message may have
PATIENCE, POLL = 60, 0.01  # seconds; only a broken server meets the first
PORTS = range(20000, 32000)  # below those that the kernel gives away by itself


def free_port() -> int:
    """One that nobody listens on: for servers that cannot be told "any"."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


@dataclass
class Place:
    """A temporary folder with a throw-away authority, a certificate for 127.0.0.1, and a password."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="smtplab-peers-")).resolve())
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))

    def __post_init__(self) -> None:
        self.password_file = self.folder / "password"
        self.password_file.touch(mode=0o600)
        self.password_file.write_text(self.password + "\n")
        self.ca, self.cert, self.key = (self.folder / name for name in ("ca.pem", "cert.pem", "key.pem"))
        (self.folder / "san").write_text(f"subjectAltName=IP:{HOST},DNS:localhost,DNS:{NAME}\n")
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        openssl(self.folder, "req", "-x509", *curve, "-keyout", "ca-key.pem", "-out", "ca.pem", "-days", "2",
                "-subj", "/CN=throw-away authority of smtplab")
        openssl(self.folder, "req", *curve, "-keyout", "key.pem", "-out", "request.pem", "-subj", f"/CN={NAME}")
        openssl(self.folder, "x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca-key.pem",
                "-CAcreateserial", "-out", "cert.pem", "-days", "2", "-extfile", "san")

    def room(self, name: str) -> Path:
        """A folder in it."""
        folder = self.folder / name
        folder.mkdir()
        return folder

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


class Server:
    """A real server that runs. Three doors: STARTTLS, TLS from the first byte, and one with a limit on the rate."""

    name = ""
    folder: Path
    own_words = True  # False: its refusals are worded by the program around it

    def __init__(self, place: Place) -> None:
        self.place = place
        self.port, self.tls_port, self.limited_port = free_port(), free_port(), free_port()

    @property
    def version(self) -> str:
        """As it says itself."""
        raise NotImplementedError

    def await_doors(self) -> None:
        """For a server that goes into the background and does not say when it listens."""
        end = time.monotonic() + PATIENCE
        for port in (self.port, self.tls_port, self.limited_port):
            while True:
                with socket.socket() as probe:
                    if probe.connect_ex((HOST, port)) == 0:
                        break
                assert time.monotonic() < end, f"{self.name} does not come up"
                time.sleep(POLL)

    def messages(self) -> list[bytes]:
        """What it has accepted so far, in any order."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError
