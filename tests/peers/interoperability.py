"""docs/interoperability.md: who was tried with whom, and what came of it. `make interop` writes it anew.

Its cells are what the tests of this folder and of tests/sandbox find; they hold each cell against the page. Versions
are those of the machine on which the page was written, and no test asks for them.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from errands import ROWS
from room import PEERS, ROOT
from servers import NAMES, Servers

sys.path.insert(0, str(ROOT / "tests" / "sandbox"))
from sandbox_kit import Sandbox  # noqa: E402
from test_clients_to_sandbox import CANNOT, CLIENTS, KINDS, deliver, unpacked  # noqa: E402

PAGE = ROOT / "docs" / "interoperability.md"
COLUMNS = {"plain": "in plain text", "starttls": "STARTTLS, AUTH", "implicit": "TLS from the first byte, AUTH"}

HEAD = """# Who was tried with whom

Written by `make interop` (`tests/peers/interoperability.py`); `make test` tries each cell again where the
peers are unpacked (`make peers`). The servers are the real ones, each unpacked and run on this machine as an ordinary
process. Not tried: providers on the Internet.

"""

SERVERS = """## The kit's client and stepper at real servers

`yes`: all was accepted, and arrived as it was sent, dots and all. Else the client's exit status and the refusal it
understood: 69 is a permanent one, 75 one for now, 77 a login refused. `-`: this server has no such thing to refuse.
Dovecot's submission service checks the login and hands the rest on, here to Postfix. aiosmtpd is a library: its 550s
are worded by the program around it.

"""

CLIENTS_HEAD = """## Clients at the kit's sandbox

`yes`: the message arrived byte for byte (a client that writes the header itself: the text did). `-`: the client cannot.

"""

VERSIONS = """## Versions on the day this was written

"""

# How a client tells its version, and where it stands in what it says.
TELLS: dict[str, tuple[list[str], str]] = {
    "curl": (["curl", "--version"], r"curl (\S+)"), "msmtp": (["msmtp", "--version"], r"msmtp version (\S+)"),
    "swaks": (["swaks", "--version"], r"swaks version (\S+)"), "s-nail": (["s-nail", "-:/", "-V"], r"v(\d[\d.]+)"),
    "mutt": ([*unpacked("mutt"), "-v"], r"Mutt (\S+)"),
    "smtplib": ([sys.executable, "--version"], r"(Python \S+)"),
    "nodemailer": (["cat", str(PEERS / "nodemailer/node_modules/nodemailer/package.json")], r'"version": "(.*?)"'),
    "Net::SMTP": (["perl", "-MNet::SMTP", "-e", 'print "version $Net::SMTP::VERSION"'], r"version (\S+)"),
    "smtp-source": (["echo", "of Postfix"], r"(.*)"),
    "solution": (["echo", "this kit"], r"(.*)"),
}


def table(columns: list[str], rows: dict[str, list[str]]) -> str:
    lines = [["", *columns], ["---"] * (len(columns) + 1), *([name, *cells] for name, cells in rows.items())]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"


def cells() -> dict[tuple[str, str], str]:
    """What stands on the page, by the first word of its line and of its column."""
    found: dict[tuple[str, str], str] = {}
    columns: list[str] = []
    for line in PAGE.read_text().splitlines():
        if not line.startswith("|"):
            continue
        name, *values = [cell.strip() for cell in line.strip("|").split("|")]
        if not name:
            columns = values
        elif name != "---":
            found.update({(name, column): value for column, value in zip(columns, values, strict=True)})
    return found


def client_cell(name: str, kind: str) -> str:
    """What the page has to say of this client."""
    return "-" if (name, kind) in CANNOT else "yes"


def try_servers(servers: Servers, folder: Path) -> dict[str, list[str]]:
    return {row: [errand(servers[name], folder) for name in NAMES] for row, errand in ROWS.items()}


def try_clients(folder: Path) -> dict[str, list[str]]:
    for name in CLIENTS:
        for kind in KINDS:
            if (name, kind) in CANNOT:
                continue
            sandbox = Sandbox(folder / f"{name}-{kind}", ["--log", "json", "--tls-port", "0"], sanitized=False)
            deliver(sandbox, name, kind, folder)
    return {name: [client_cell(name, kind) for kind in KINDS] for name in CLIENTS}


def version(name: str) -> str:
    words, pattern = TELLS[name]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    found = re.search(pattern, done.stdout + done.stderr)
    return found[1] if found else "?"


def main() -> None:
    servers = Servers()
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            text = HEAD + SERVERS + table(list(NAMES), try_servers(servers, folder))
            text += CLIENTS_HEAD + table(list(COLUMNS.values()), try_clients(folder))
        text += VERSIONS + "".join(f"- {name} {servers[name].version}\n" for name in NAMES)
        text += "".join(f"- {name}: {version(name)}\n" for name in CLIENTS)
    finally:
        servers.close()
    PAGE.write_text(text)
    print(f"{PAGE.relative_to(ROOT)} is written")


if __name__ == "__main__":
    main()
