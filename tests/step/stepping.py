"""What the tests of the stepper share: smtp-step on a pipe, and servers that are up to no good."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SMTPLAB_BUILD", ROOT / "build"))
STEP = BUILD / "bin" / "smtp-step"
SANITIZED = BUILD / "asan" / "bin" / "smtp-step"
SECONDS = 120  # our own backstop

Result = subprocess.CompletedProcess[bytes]
Server = Callable[[socket.socket], None]


def step(lines: str | bytes | Sequence[str], *words: str | Path, program: Path = STEP, cwd: Path | None = None,
         seconds: float = SECONDS) -> Result:
    """Run it on a pipe. Lines: text as it stands, or a list of lines."""
    text = lines if isinstance(lines, (str, bytes)) else "".join(f"{line}\n" for line in lines)
    given = text if isinstance(text, bytes) else text.encode()
    env = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm"}
    return subprocess.run([program, *words], input=given, capture_output=True, env=env, timeout=seconds, check=False,
                          cwd=cwd or ROOT)


def said(done: Result) -> str:
    """What came out, with runs of white space made one space: how a paragraph is broken is no matter of these tests."""
    return " ".join((done.stdout + done.stderr).decode("utf-8", "backslashreplace").split())


@contextmanager
def server(*sessions: Server) -> Iterator[str]:
    """A server on this machine that does these things to its connections, one after the other. Its address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        for session in sessions:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(SECONDS)
                session(connection)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()
