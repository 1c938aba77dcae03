"""The solution and the stepper at real servers: each cell of docs/interoperability.md is still what comes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

import interoperability as page
from errands import ROWS
from place import Server
from servers import NAMES

WRITTEN = page.cells()


@pytest.mark.parametrize("row", ROWS)
def test_kit_at(server: Server, row: str, tmp_path: Path) -> None:
    assert ROWS[row](server, tmp_path) == WRITTEN[row, server.name], "make interop"


@pytest.mark.parametrize("name", page.CLIENTS)
def test_clients_on_the_page(name: str) -> None:
    """Whether they deliver is tested in tests/sandbox."""
    assert [WRITTEN[name, column] for column in page.COLUMNS.values()] == [
        page.client_cell(name, kind) for kind in page.COLUMNS], "make interop"


def test_nothing_else_on_the_page() -> None:
    assert {line for line, _ in WRITTEN} == {*ROWS, *page.CLIENTS}
    assert {column for _, column in WRITTEN} == {*NAMES, *page.COLUMNS.values()}
