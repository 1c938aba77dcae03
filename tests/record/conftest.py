"""Recorders and sandboxes for each test that wants one, ended when the test has."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from record_kit import Between, Recorder
from sandbox_kit import Sandbox


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Sandbox]]:
    """A sandbox with these options. It must end well."""
    running: list[Sandbox] = []

    def start_it(*options: Any) -> Sandbox:
        running.append(Sandbox(tmp_path / f"sandbox{len(running)}", [str(option) for option in options], False))
        return running[-1]
    yield start_it
    for sandbox in running:
        if sandbox.process.poll() is None:
            assert sandbox.stop() == 0
        if sandbox.process.stdout:
            sandbox.process.stdout.close()


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Callable[..., Recorder]]:
    """A recorder in front of that address; the sanitizer build unless sanitized=False. It must end well."""
    running: list[Recorder] = []

    def start_it(to: str, *options: Any, sanitized: bool = True) -> Recorder:
        running.append(Recorder(tmp_path / f"recorder{len(running)}", to, options, sanitized))
        return running[-1]
    yield start_it
    for recorder in running:
        if recorder.process.poll() is None:
            assert recorder.stop() == 0
        if recorder.process.stdout:
            recorder.process.stdout.close()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Where a server of the test's own listens."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(60)
        yield door


@pytest.fixture
def between(record: Callable[..., Recorder], listener: socket.socket) -> Iterator[Callable[..., Between]]:
    """Both ends of a recorder with these options, which is .recorder."""
    open_ones: list[Between] = []

    def connect(*options: Any, recorder: Recorder | None = None, **more: Any) -> Between:
        used = recorder or record(f"127.0.0.1:{listener.getsockname()[1]}", *options, **more)
        open_ones.append(Between(used, listener))
        return open_ones[-1]
    yield connect
    for both in open_ones:
        both.client.close()
        both.server.close()
