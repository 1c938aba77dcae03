"""Chromium, to measure pages and slides as a reader sees them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from shown import ROOT

MODULES = ROOT / "build" / "slides.npm"  # where make slides (and make peers) has put Marp, and puppeteer-core with it
SECONDS = 600  # our own backstop


def measure(pages: Sequence[str], sizes: Sequence[tuple[int, int]], script: str,
            shots: Path | None = None, *, dark: bool = False) -> list[dict[str, Any]]:
    """Open each page in each size and run the script in it; {url, width, refused, found} for each. Dark: so is the
    reader's system."""
    if not (MODULES / "node_modules" / "puppeteer-core").is_dir() or shutil.which("chromium") is None:
        pytest.skip("there is no browser to look with (make slides installs it)")
    spec = {"pages": list(pages), "sizes": list(sizes), "measure": script, "shots": str(shots) if shots else None,
            "dark": dark}
    command = ["node", str(Path(__file__).with_name("measure.js")), str(MODULES), json.dumps(spec)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers
