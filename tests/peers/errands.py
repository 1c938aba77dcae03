"""What the kit's own programs have to do at a real server, and what came of it: a table that a lab joins with a row.

The outcome is the cell of docs/interoperability.md: "yes", or the exit status and the server's reply, or "-" where a
server has no such thing. What must hold everywhere is checked here; what differs from server to server is only told.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from place import FROM, HOST, SIZE, TO, TO_TOO, UNKNOWN, UNWANTED, USER, Server
from room import ROOT, SECONDS

BUILD = Path(os.environ.get("SMTPLAB_BUILD", ROOT / "build"))
CLIENT, STEPPER = BUILD / "solution" / "client", BUILD / "bin" / "smtp-step"
NONE = "-"
ACCEPTED, BAD_INPUT, REFUSED, FOR_NOW, NO_LOGIN = 0, 65, 69, 75, 77  # as in sysexits.h

BODY = ".profile begins with a dot\n..\nand {mark} ends it\n"  # {mark}: which message it is
TYPED = """To: {recipients}
Subject: One

.one {mark}
.
To: {too}
Subject: Two

two {mark}
.
"""


@dataclass(frozen=True)
class Errand:
    """One run of the client."""

    lab: int  # the parts of labs up to this are the solution's, the others are provided
    what: str
    status: int
    options: Sequence[str] = ()  # what differs from a good message with STARTTLS and a login
    body: str = BODY
    typed: str = ""  # the recipients of the first of two messages typed
    arrives: tuple[str, ...] = ()  # the lines that must have arrived, dots and all
    door: str = "port"  # of the server: an attribute of it
    right_password: bool = True
    not_at: tuple[str, ...] = ()  # servers that have no such thing


GOOD = tuple(BODY.splitlines())
FILE = ROOT / "transcripts" / "plain" / "one-message.smtp"
PARTS = (*GOOD, *base64.encodebytes(FILE.read_bytes()).decode().splitlines(), "Subject: =?UTF-8?B?R3LDvMOfZQ==?=")
MANY_DOTS = ("..", "...", ".{mark}", ".")
ONLY_PLAIN = ("Postfix", "Exim", "aiosmtpd")  # as they are set up here
ERRANDS = (
    Errand(1, "a message, STARTTLS, AUTH LOGIN", ACCEPTED, arrives=GOOD),
    Errand(1, "a message, STARTTLS, AUTH PLAIN", ACCEPTED, ["--auth", "plain"], arrives=GOOD),
    Errand(1, "a message, TLS from the first byte", ACCEPTED, ["--tls", "implicit"], arrives=GOOD, door="tls_port"),
    Errand(2, "unwanted sender", REFUSED, ["--from", UNWANTED]),
    Errand(2, "unknown recipient", REFUSED, ["--to", UNKNOWN]),
    Errand(2, "one recipient of two unknown", REFUSED, ["--to", TO, "--to", UNKNOWN], arrives=GOOD),
    Errand(2, "too large", REFUSED, body="x" * 70 + "\n" + ("y" * 70 + "\n") * (SIZE // 70)),
    Errand(2, "wrong password", NO_LOGIN, right_password=False),
    Errand(3, "two messages typed, one recipient unknown", REFUSED, ["--keyboard"], typed=f"{TO}, {UNKNOWN}",
           arrives=(".one {mark}", "two {mark}")),
    Errand(3, "more messages than allowed", FOR_NOW, ["--keyboard"], typed=TO, door="limited_port",
           not_at=("Dovecot",)),
    Errand(4, "a message, no part of the connection provided", ACCEPTED, arrives=GOOD),
    Errand(5, "a message, TLS by STARTTLS", ACCEPTED, arrives=GOOD),
    Errand(5, "a message, implicit TLS", ACCEPTED, ["--tls", "implicit"], arrives=GOOD, door="tls_port"),
    Errand(6, "a subject beyond ASCII, a file attached", ACCEPTED, ["--subject", "Grüße", "--attach", str(FILE)],
           arrives=PARTS),
    Errand(7, "a message, STARTTLS, AUTH CRAM-MD5", ACCEPTED, ["--auth", "cram-md5"], arrives=GOOD, not_at=ONLY_PLAIN),
    Errand(7, "wrong password by CRAM-MD5", NO_LOGIN, ["--auth", "cram-md5"], right_password=False, not_at=ONLY_PLAIN),
    Errand(8, "lines of dots", ACCEPTED, body="\n".join((*MANY_DOTS, "")), arrives=MANY_DOTS),
    Errand(8, "a header field injected by the subject", BAD_INPUT, ["--subject", f"One\r\nBcc: {TO_TOO}"]),
)

# A session typed by hand, and what each reply must be.
STEPS = f"""
:expect 220
EHLO client.example.org
:expect 250
STARTTLS
:expect 220
EHLO client.example.org
:expect 250
:auth plain
:expect 235
NOOP
:expect 250
RCPT TO:<{TO}>
:expect 503
MAIL FROM:<{FROM}>
:expect 250
RCPT TO:<{TO}>
:expect 250
RSET
:expect 250
MAIL FROM:<{FROM}>
:expect 250
RCPT TO:<{TO}>
:expect 250
DATA
:expect 354
Subject: by hand

..dot {{mark}}
.
:expect 250
QUIT
:expect 221
"""


def reply_of(text: str) -> str:
    """The first refusal that a client shows, as code and enhanced code."""
    found = re.search(r"\b([45]\d\d)([ -](\d\.\d+\.\d+))?", text)
    return f"{found[1]} {found[3]}" if found and found[3] else found[1] if found else ""


def arrived(server: Server, lines: Sequence[str], mark: str) -> None:
    """Each of these lines is in some message with this mark."""
    mine = [text.replace(b"\r\n", b"\n") for text in server.messages() if mark.encode() in text]
    for line in lines:
        wanted = f"\n{line.format(mark=mark)}\n".encode()
        assert any(wanted in text for text in mine), f"{line!r} did not arrive: {mine}"
    assert lines or not mine, "what was refused has arrived"


def run(words: Sequence[object], typed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in words], input=typed, capture_output=True, text=True, timeout=SECONDS,
                          check=False, cwd=ROOT)


def options(errand: Errand, body: str) -> list[str]:
    """What to send, and how; not where to, nor the password. body: the file with the text."""
    given = {"--tls": "starttls", "--auth": "login", "--user": USER, "--from": FROM}
    if not errand.typed:
        given |= {"--to": TO, "--subject": "Nothing much", "--body": f"@{body}"}
    return [*(word for name, value in given.items() if name not in errand.options for word in (name, value)),
            *errand.options]


def typed(errand: Errand, mark: str) -> str:
    """What standard input holds."""
    return TYPED.format(mark=mark, recipients=errand.typed, too=TO_TOO) if errand.typed else ""


def send(errand: Errand, addr: str, ca: object, password: str, mark: str, folder: Path) -> str:
    """Run the client; what it says on standard error. It must end as the row says."""
    body, secret = folder / "body", folder / "password"
    secret.touch(mode=0o600)
    body.write_text(errand.body.replace("{mark}", mark))
    secret.write_text((password if errand.right_password else "wrong") + "\n")
    where = ["--lab", errand.lab, "--server", addr, "--ca", ca, "--password-file", secret]
    done = run([CLIENT, *where, *options(errand, str(body))], typed(errand, mark))
    assert done.returncode == errand.status, f"{done.returncode}, not {errand.status}: {done.stderr}"
    return done.stderr


def client(errand: Errand, server: Server, folder: Path) -> str:
    """Run it, hold it against the row, and say what the server's answer was."""
    if server.name in errand.not_at:
        return NONE
    mark = secrets.token_hex(8)
    said = send(errand, f"{HOST}:{getattr(server, errand.door)}", server.place.ca, server.place.password, mark, folder)
    if errand.door != "limited_port":  # there it depends on who came before
        arrived(server, errand.arrives, mark)
    return ": ".join(filter(None, (str(errand.status), reply_of(said)))) if errand.status else "yes"


def stepper(server: Server, folder: Path) -> str:
    """The session typed by hand."""
    mark = secrets.token_hex(8)
    done = run([STEPPER, "--server", f"{HOST}:{server.port}", "--ca", server.place.ca, "--user", USER,
                "--password-file", server.place.password_file], STEPS.format(mark=mark))
    assert done.returncode == 0, done.stdout + done.stderr
    arrived(server, [".dot {mark}"], mark)
    return "yes"


# What each is called in the table, and what does it.
ROWS: dict[str, Callable[[Server, Path], str]] = {
    **{f"client, lab {errand.lab}: {errand.what}": partial(client, errand) for errand in ERRANDS},
    "stepper: a session typed by hand": stepper}
