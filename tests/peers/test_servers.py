"""The solution and the stepper at real servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from errands import ROWS
from place import Server


@pytest.mark.parametrize("row", ROWS)
def test_kit_at(server: Server, row: str, tmp_path: Path) -> None:
    print(ROWS[row](server, tmp_path))
