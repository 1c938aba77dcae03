"""What the grader leaves on disk, each file written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

LAST = "last.json"


def write_atomically(path: Path, data: str | bytes) -> None:
    """Write beside it, then rename: who reads sees the old file or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fd, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode("utf-8", "backslashreplace"))
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def write_json(path: Path, data: Any) -> None:
    write_atomically(path, json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def failed_last(state: Path, folder: Path) -> list[str] | None:
    """The transcripts that failed when this folder was graded last; None: it was not, as far as we know."""
    last = _last(state).get(str(folder.resolve()))
    return [str(name) for name in last] if isinstance(last, list) else None


def keep_failed(state: Path, folder: Path, failed: list[str]) -> None:
    """Remember them. Not being able to (a read-only checkout) is no reason to fail."""
    try:
        write_json(state / LAST, {**_last(state), str(folder.resolve()): failed})
    except OSError:
        pass


def _last(state: Path) -> dict[str, Any]:
    try:
        data = json.loads((state / LAST).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
