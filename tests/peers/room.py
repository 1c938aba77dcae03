"""A room for one real server: its own users, its own files where it was built to look for them, nothing installed.

A package compiled for /usr/lib/dovecot finds nothing there, because it was only unpacked. So each server runs in a
mount namespace (bubblewrap) in which the folders of its package stand beside the system's. All else is the system's
and read-only; what the server writes is in one temporary folder. It is an ordinary user there, whoever runs the test,
and in a process namespace of its own: when the room is closed, nothing of it is left running.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "build" / "peers"
SECONDS = 60  # our own backstop: only something broken meets it
USER = 1000  # whom a server is in its room, under two names: Exim obeys only root and its own user
USERS = {"lab": USER, "Debian-exim": USER, "nobody": 1001, "postfix": 1002, "postdrop": 1003}
NAMESPACE = ("bwrap", "--unshare-user", "--uid", str(USER), "--gid", str(USER), "--unshare-pid", "--die-with-parent",
             "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc")
READY = "ready"


class NoRoom(Exception):
    """Why a server cannot run here: a reason to skip, not to fail."""


def unpacked(peer: str) -> Path:
    """The folder of a package in build/peers."""
    folder = PEERS / peer
    if not folder.is_dir():
        raise NoRoom(f"{peer} is not unpacked: make peers")
    return folder


def accounts(more: str) -> str:
    """/etc/passwd or /etc/group: each user has a group of the same name and number."""
    return "".join(f"{name}:x:{number}:{more.format(number=number)}\n" for name, number in USERS.items())


def beside(system: Path, package: Path, wanted: Iterable[str]) -> list[str]:
    """Words for bubblewrap with which `system` holds the `wanted` of its own entries, and all of those of `package`."""
    words = ["--tmpfs", str(system)]
    theirs = set(os.listdir(package)) if package.is_dir() else set()
    theirs -= {entry for entry in wanted if entry.endswith("-gnu")}  # shared libraries: LD_LIBRARY_PATH finds them
    for entry in sorted({*wanted, *theirs}):
        source, target = (package if entry in theirs else system) / entry, str(system / entry)
        if source.is_symlink() and entry not in theirs:
            source = source.resolve()
        words += ["--ro-bind", str(source), target] if source.exists() else []
    return words


@functools.cache
def possible() -> bool:
    """Whether this machine lets us make namespaces; some containers do not."""
    words = [*NAMESPACE, "true"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


class Room:
    """One server, running."""

    def __init__(self, peer: str, folder: Path, command: str, **environment: str):
        """Run `command`, a line for sh that returns once the server listens and goes on in the background."""
        package = unpacked(peer)
        if not shutil.which("bwrap"):
            raise NoRoom("bubblewrap is not installed: scripts/install-deps use")
        if not possible():
            raise NoRoom("this machine does not let bubblewrap make a namespace")
        (folder / "passwd").write_text(accounts(f"{{number}}::{folder}:/bin/sh"))
        (folder / "group").write_text(accounts(""))
        libraries = ":".join(str(path) for path in package.glob("usr/lib/*-gnu"))
        given = {"LD_LIBRARY_PATH": libraries, "HOME": str(folder), "PATH": "/usr/sbin:/usr/bin", "LC_ALL": "C",
                 **environment}
        words = [*NAMESPACE,
                 *beside(Path("/usr/lib"), package / "usr/lib", os.listdir("/usr/lib")),
                 *beside(Path("/usr/bin"), package / "usr/bin", ["sh"]),
                 *beside(Path("/usr/sbin"), package / "usr/sbin", []),
                 "--ro-bind", str(folder / "passwd"), "/etc/passwd", "--ro-bind", str(folder / "group"), "/etc/group",
                 "--bind", str(folder), str(folder), "--chdir", str(folder),
                 "--clearenv", *(word for name, value in given.items() for word in ("--setenv", name, value)),
                 "sh", "-c", f"{command} && echo {READY} && read -r end"]
        self.folder = folder
        self.said = folder / "said"
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said,
                                            text=True)
        assert self.process.stdout
        if self.process.stdout.readline().strip() != READY:
            self.process.wait(SECONDS)
            raise AssertionError(f"{peer} does not start: {self.said.read_text()}")

    def close(self) -> None:
        """The first process of the room ends, and with it all others."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait(SECONDS)
        self.process.stdout.close()
