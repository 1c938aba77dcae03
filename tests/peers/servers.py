"""All of the real servers, each started when it is first asked for, and ended together."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from aiosmtpd_peer import Aiosmtpd
from dovecot import Dovecot
from exim import Exim
from place import Place, Server
from postfix import Postfix
from room import NoRoom

NAMES = ("Postfix", "Exim", "Dovecot", "aiosmtpd")


class Servers:
    """servers["Exim"] is one that runs."""

    def __init__(self) -> None:
        if not shutil.which("openssl"):
            raise NoRoom("openssl is not installed: make peers")
        self.place = Place()
        self.running: dict[str, Server] = {}

    def __getitem__(self, name: str) -> Server:
        if name not in self.running:
            start: dict[str, Callable[[], None]] = {
                "Exim": lambda: self.keep(Exim(self.place)), "aiosmtpd": lambda: self.keep(Aiosmtpd(self.place))}
            start.get(name, self.start_pair)()
        return self.running[name]

    def keep(self, server: Server) -> None:
        self.running[server.name] = server

    def start_pair(self) -> None:
        """Postfix asks Dovecot about passwords; Dovecot hands its mail to Postfix."""
        dovecot = Dovecot(self.place)
        self.keep(dovecot)
        dovecot.behind = Postfix(self.place, dovecot.auth, dovecot.relay_port)
        self.keep(dovecot.behind)

    def close(self) -> None:
        for server in self.running.values():
            server.close()
        self.place.clear()
