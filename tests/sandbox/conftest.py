"""A sandbox for each test that wants one, ended when the test has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox_kit import Sandbox


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Sandbox]]:
    """Start one with these options; the sanitizer build unless sanitized=False. It must end well."""
    running: list[Sandbox] = []

    def start_it(*options: Any, sanitized: bool = True, before: tuple[str, ...] = ()) -> Sandbox:
        words = [str(option) for option in options]
        running.append(Sandbox(tmp_path / f"sandbox{len(running)}", words, sanitized, before))
        return running[-1]
    yield start_it
    for sandbox in running:
        if sandbox.process.poll() is None:
            assert sandbox.stop() == 0
        if sandbox.process.stdout:
            sandbox.process.stdout.close()


@pytest.fixture
def sandbox(start: Callable[..., Sandbox]) -> Sandbox:
    """The plain one."""
    return start("--log", "json")
