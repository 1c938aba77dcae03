"""A host with an IPv6 and an IPv4 address of which one alone answers: the client reaches it (RFC 5321 5.1).

No transcript can see that: the replay listens on 127.0.0.1 and says so in --server. The addresses of the name are ours
(addresses.c of lab 4), so neither root, nor a network, nor what this machine calls localhost has a part in it.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SMTPLAB_BUILD", ROOT / "build"))
SECONDS = 120  # our own backstop
V4, V6 = "127.0.0.1", "::1"
SENT, NOBODY_LISTENS = 0, 75

Compile = Callable[..., Path]
Send = Callable[[Path, str, str], int]


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The getaddrinfo() of addresses.c, to be loaded."""
    library = tmp_path_factory.mktemp("shim") / "addresses.so"
    source = ROOT / "labs" / "4-your-own-foundation" / "addresses.c"
    subprocess.run(["cc", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", library, source], check=True)
    return library


@pytest.fixture(params=[V4, V6])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A sandbox on this address alone: the address and its port."""
    address: str = request.param
    family = socket.AF_INET6 if address == V6 else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.bind((address, 0))
    except OSError as why:
        pytest.skip(f"this machine has no {address}: {why}")
    command = [str(BUILD / "bin" / "smtp-sandbox"), "--bind", address, "--state", str(tmp_path / "state")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as sandbox:
        assert sandbox.stdout
        first = sandbox.stdout.readline()
        yield address, first.rstrip().rpartition(":")[2]
        sandbox.terminate()


@pytest.fixture
def send(shim: Path, server: tuple[str, str]) -> Send:
    """One message to a host that has these addresses: the client's exit status."""
    def run(client: Path, host: str, addresses: str) -> int:
        env = {**os.environ, "LD_PRELOAD": str(shim), "ADDRESSES": addresses}
        command = [str(client), "--server", f"{host}:{server[1]}", "--tls", "none", "--timeout", "20",
                   "--from", "alice@example.org", "--to", "bob@example.org", "--body", "Hello"]
        return subprocess.run(command, env=env, stderr=subprocess.DEVNULL, timeout=SECONDS, check=False).returncode
    return run


@pytest.fixture(params=["yours", "provided"])
def client(request: pytest.FixtureRequest, solution: Path, client_of: Compile) -> Path:
    """Both ways to dial: wire.c of the solution, and net_dial() behind a stub."""
    return solution if request.param == "yours" else client_of({})


@pytest.mark.parametrize("addresses", [f"{V6} {V4}", f"{V4} {V6}"], ids=["six-first", "four-first"])
def test_the_address_that_answers_is_reached(client: Path, send: Send, addresses: str) -> None:
    assert send(client, "mail.example.test", addresses) == SENT


def test_an_address_in_place_of_a_name_will_do(client: Path, send: Send, server: tuple[str, str]) -> None:
    assert send(client, f"[{server[0]}]" if server[0] == V6 else server[0], server[0]) == SENT


# Text of wire.c, the same with a mistake in it, and how it ends where the server is (four, six).
WRONG = {
    "first-address-only": ("a; a = a->ai_next) {\n        long long", "a; a = NULL) {\n        long long",
                           {V4: NOBODY_LISTENS, V6: SENT}),
    "ipv4-only": (".ai_family = AF_UNSPEC", ".ai_family = AF_INET", {V4: SENT, V6: NOBODY_LISTENS}),
    "ipv6-only": (".ai_family = AF_UNSPEC", ".ai_family = AF_INET6", {V4: NOBODY_LISTENS, V6: SENT}),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_who_does_not_try_them_all_is_seen(mistake: str, send: Send, server: tuple[str, str],
                                           client_of: Compile) -> None:
    """Were these clients to pass, the tests above would prove nothing."""
    old, new, ends = WRONG[mistake]
    text = (ROOT / "solution" / "wire.c").read_text("utf-8")
    assert text.count(old) == 1
    wrong = client_of({"wire": text.replace(old, new)})
    assert send(wrong, "mail.example.test", f"{V6} {V4}") == ends[server[0]]
