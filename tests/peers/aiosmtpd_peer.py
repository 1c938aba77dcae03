"""A server on top of aiosmtpd, a library for Python: see aiosmtpd_program.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from place import Place, Server
from room import SECONDS, unpacked


class Aiosmtpd(Server):
    name = "aiosmtpd"
    own_words = False

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.package = unpacked("python3-aiosmtpd") / "usr/lib/python3/dist-packages"
        self.folder = place.room("aiosmtpd")
        self.mail = place.room("aiosmtpd/mail")
        words = [sys.executable, Path(__file__).parent / "aiosmtpd_program.py", self.mail, place.cert, place.key,
                 place.password_file]
        env = {**os.environ, "PYTHONPATH": str(self.package)}
        with (self.folder / "said").open("wb") as said:
            self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said,
                                            text=True, env=env)
        assert self.process.stdout
        ports = self.process.stdout.readline().split()
        assert len(ports) == 3, (self.folder / "said").read_text()
        self.port, self.tls_port, self.limited_port = map(int, ports)

    @property
    def version(self) -> str:
        text: str = (self.package / "aiosmtpd/__init__.py").read_text()
        return text.partition('__version__ = "')[2].partition('"')[0]

    def messages(self) -> list[bytes]:
        return [file.read_bytes() for file in self.mail.iterdir()]

    def close(self) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait(SECONDS)
        self.process.stdout.close()
