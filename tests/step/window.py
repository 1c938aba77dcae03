"""A real terminal for tests: tmux, one server a window. What is on a screen is waited for, never slept for."""

from __future__ import annotations

import re
import shlex
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

SECONDS = 30  # our own backstop: a screen that should come is there in milliseconds
POLL = 0.02


# What runs in the window: the command, with job control round it so that it can be stopped; then how it left
# the terminal.
SHELL = """set -m; trap : INT
%s; status=$?
while [ $status = 148 ]; do echo "[stopped]"; read line; fg >/dev/null; status=$?; done
echo "[status $status]"; stty -a | grep -c " echo "; exec sleep 1000"""


class Terminal:
    """A tmux of its own with one window, in which one command runs."""

    def __init__(self, socket: Path, command: list[str], size: tuple[int, int], env: dict[str, str]) -> None:
        self.socket = socket
        columns, rows = size
        words = [f"{name}={value}" for name, value in env.items()]
        line = SHELL % shlex.join(["env", *words, *command])
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), "sh", "-c", line)

    def tmux(self, *words: str) -> str:
        """A word with the server; what it answers."""
        command = ["tmux", "-u", "-S", str(self.socket), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def keys(self, *names: str) -> None:
        """Keys by name (Enter, C-c, Tab)."""
        self.tmux("send-keys", *names)

    def type(self, text: str) -> None:
        """Text, key after key."""
        self.tmux("send-keys", "-l", "--", text)

    def paste(self, text: str) -> None:
        """Text as the mouse would paste it: in brackets, if the program asked for them."""
        buffer = self.socket.with_suffix(".paste")
        buffer.write_bytes(text.encode("utf-8", "surrogateescape"))
        self.tmux("load-buffer", str(buffer))
        self.tmux("paste-buffer", "-p", "-r")

    def screen(self, colours: bool = False) -> str:
        """What stands on the screen, empty rows at its end left out."""
        return self.tmux("capture-pane", "-p", *(["-e"] if colours else [])).rstrip("\n")

    def everything(self) -> str:
        """The same with all that has scrolled away, wrapped lines joined."""
        return self.tmux("capture-pane", "-p", "-J", "-S", "-")

    def wait(self, wanted: str | Callable[[str], bool], colours: bool = False) -> str:
        """The screen, once it matches (a regular expression, or a test of the text)."""
        end = time.monotonic() + SECONDS

        def holds(text: str) -> bool:
            return bool(wanted(text) if callable(wanted) else re.search(wanted, text, re.M))

        while not holds(text := self.screen(colours)):
            assert time.monotonic() < end, f"waited for {wanted!r} in vain:\n{text}"
            time.sleep(POLL)
        return text

    def resize(self, columns: int, rows: int) -> None:
        """The window gets another size."""
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def pid(self, name: str) -> int:
        """Of the program in the window."""
        shell = self.tmux("list-panes", "-F", "#{pane_pid}").strip()
        end = time.monotonic() + SECONDS
        while True:
            for entry in Path("/proc").glob("[0-9]*/stat"):
                try:
                    found = re.match(r"(\d+) \((.*)\) \S (\d+)", entry.read_text())
                except OSError:
                    continue
                if found and found[2] == name[:15] and found[3] == shell:
                    return int(found[1])
            assert time.monotonic() < end, f"no {name} in the window"
            time.sleep(POLL)

    def close(self) -> None:
        """The server and what runs in it end."""
        subprocess.run(["tmux", "-S", str(self.socket), "kill-server"], capture_output=True, check=False)
