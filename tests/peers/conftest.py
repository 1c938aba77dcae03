"""Real servers for the tests, one set a process; a test is skipped, with the reason, where they cannot be had."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from place import Server
from room import NoRoom
from servers import NAMES, Servers


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    try:
        all_of_them = Servers()
    except NoRoom as reason:
        pytest.skip(str(reason))
    yield all_of_them
    all_of_them.close()


@pytest.fixture(params=NAMES)
def server(request: pytest.FixtureRequest, servers: Servers) -> Server:
    """One of them, and then the next."""
    try:
        return servers[request.param]
    except NoRoom as reason:
        pytest.skip(str(reason))
