"""Each recording of a real server is still what that server says, but for what another run must change."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

import recordings
from place import Server
from room import NoRoom
from servers import NAMES, Servers


@pytest.fixture(scope="module")
def fresh() -> Iterator[Servers]:
    """Servers that have heard nothing yet: one recording is of a limit on what may come in an hour."""
    try:
        servers = Servers()
    except NoRoom as reason:
        pytest.skip(str(reason))
    yield servers
    servers.close()


def server_of(fresh: Servers, name: str) -> Server:
    try:
        return fresh[name]
    except NoRoom as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("file", [*recordings.FILES.values(), recordings.BY_HAND])
@pytest.mark.parametrize("name", NAMES)
def test_the_same_again(fresh: Servers, name: str, file: str, tmp_path: Path) -> None:
    server = server_of(fresh, name)
    committed = recordings.path_of(name, file)
    made = [scene for scene in recordings.scenes(server) if scene.file == file]
    assert bool(made) == committed.exists(), "make recordings"
    if not made:
        return
    before, now = committed.read_text(), recordings.make(server, made[0], tmp_path)
    password = server.place.password.encode()
    assert password not in now.encode() and base64.b64encode(password) not in now.encode()
    if f"recorded ({name} {server.version}," not in before:
        pytest.skip(f"this is {name} {server.version}; the recording is of another")
    assert recordings.unchanging(now) == recordings.unchanging(before), "make recordings"


def test_what_may_differ_is_all_that_may(tmp_path: Path) -> None:
    """A word, a code or a line more is a difference; a date, an id, a port is none."""
    line = "S: 250 2.0.0 Ok: queued as 006B2A72E52"
    assert recordings.unchanging(line) == recordings.unchanging(line.replace("006B2A72E52", "7C2F1A726D1F"))
    for other in ("S: 250 2.0.0 Ok: queued", "S: 251 2.0.0 Ok: queued as 006B2A72E52", line + "\nS: 221 Bye"):
        assert recordings.unchanging(line) != recordings.unchanging(other)


def test_nothing_else_is_there() -> None:
    files = [*recordings.FILES.values(), recordings.BY_HAND]
    names = {recordings.path_of(name, file) for name in NAMES for file in files}
    assert set(recordings.FOLDER.rglob("*")) <= names | {path.parent for path in names}
