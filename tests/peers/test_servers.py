"""The solution and the stepper at real servers: each cell of docs/interoperability.md is still what comes of it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

import interoperability as page
from errands import ROWS
from place import HOST, Server
from room import NoRoom
from servers import NAMES, Servers

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


def test_nothing_is_left_behind(servers: Servers) -> None:
    """Closed is closed: nobody listens, and the folder is gone. (`servers`: skipped where they are not to be had)"""
    own = Servers()
    try:
        doors = [port for name in NAMES for port in (own[name].port, own[name].tls_port)]
    except NoRoom as reason:
        own.close()
        pytest.skip(str(reason))
    listening = [socket.create_connection((HOST, port)) for port in doors]
    own.close()
    for each in listening:
        each.close()
    for port in doors:
        with socket.socket() as probe:
            assert probe.connect_ex((HOST, port)) != 0
    assert not own.place.folder.exists()
