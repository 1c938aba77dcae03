"""What the solution of lab 6 sends, delivered by the sandbox and taken apart by other people's code."""

from __future__ import annotations

import email.policy
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from sandbox_kit import BUILD, FROM, SECONDS, TO, Sandbox

CLIENT = BUILD / "solution" / "client"
SANITIZED = BUILD / "asan" / "solution" / "client"
EVERY_BYTE = bytes(range(256)) * 3
LINE = 57
PIECE = LINE * 1024  # what mime.c reads at a time

Send = Callable[..., EmailMessage]


def run(sandbox: Sandbox, *words: Any, client: Path = SANITIZED, **options: Any) -> subprocess.CompletedProcess[bytes]:
    command = [client, "--server", sandbox.addr, "--tls", "none", "--auth", "none", "--from", FROM, "--to", TO, *words]
    return subprocess.run([os.fsencode(word) if isinstance(word, str) else word for word in command],
                          capture_output=True, timeout=SECONDS, check=False, **options)


def defects(message: EmailMessage) -> list[Any]:
    """All that Python's parser has to complain of, in parts and in header fields."""
    parts = list(message.walk())
    return [d for part in parts for d in part.defects] + [d for part in parts for v in part.values() for d in v.defects]


@pytest.fixture
def deliver(sandbox: Sandbox) -> Callable[..., bytes]:
    """Send one message with the solution; what arrived, without the server's lines."""
    def send_it(*words: Any, **options: Any) -> bytes:
        done = run(sandbox, *words, **options)
        assert done.returncode == 0, done.stderr
        wire: bytes = sandbox.bodies()[-1]
        return wire
    return send_it


@pytest.fixture
def send(deliver: Callable[..., bytes]) -> Send:
    """The same, taken apart by Python."""
    def send_it(*words: Any, **options: Any) -> EmailMessage:
        parsed = email.message_from_bytes(deliver(*words, **options), policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        assert defects(parsed) == []
        return parsed
    return send_it


def lines(text: str | bytes) -> list[Any]:
    return text.splitlines()


# ---- the header ----

@pytest.mark.parametrize("subject", [
    "Hello", "Grüße", "", " outer spaces ", "a  b", "=?UTF-8?B?SGk=?=", "€" * 300, "word " * 60 + "end", "x" * 300,
    "tab\there", "é" + "a" * 44 + "😀" * 50, '"quoted" \\ (comment)', "ends in a space " * 9,
])
def test_a_subject_arrives(send: Send, subject: str) -> None:
    assert send("--subject", subject, "--body", "x")["subject"] == subject


def test_header_lines_are_short(deliver: Callable[..., bytes]) -> None:
    wire = deliver("--subject", "Ein Wort und ein längeres " * 20, "--body", "x")
    header = wire.partition(b"\r\n\r\n")[0]
    assert max(map(len, header.split(b"\r\n"))) <= 78
    assert header.isascii()


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/St_Johns"])
def test_the_date_is_local_and_true(send: Send, zone: str) -> None:
    message = send("--body", "x", env={**os.environ, "TZ": zone, "LC_ALL": "de_DE.UTF-8"})
    offset = {"UTC": "+0000", "Asia/Kolkata": "+0530"}.get(zone, "-0")
    assert offset in message["date"]
    assert abs(message["date"].datetime.timestamp() - Path("/proc/self").stat().st_mtime) < 24 * 3600


def test_a_message_id_has_the_domain_of_the_sender_and_comes_once(send: Send) -> None:
    ids = [send("--body", "x")["message-id"] for _ in range(5)]
    assert len(set(ids)) == 5
    assert all(re.fullmatch(r"<[^@\s]+@example\.org>", one) for one in ids)


# ---- texts ----

@pytest.mark.parametrize("text", [
    b"plain\n", b"no end of line", b"", b".\n..\n.x\n", b"a\rb\r\nc\nd", b"trailing \ntab\t\n \n", b"From here\n",
    b"--=_mixed--\n--=_texts\n", b"=\n=3D\n==\n", "Größe €\n".encode(), b"x" * 5000 + b"\n", b"." * 500, b"\n\n\n",
    ("ä" * 76 + "\n").encode(), b"a" * 75 + b" \n" + b"a" * 74 + b" \n", b"x" * 78 + b"\n", b"x" * 79 + b"\n",
], ids=repr)
@pytest.mark.parametrize("html", [False, True], ids=["alone", "with-html"])
def test_a_text_arrives(send: Send, tmp_path: Path, text: bytes, html: bool) -> None:
    path = tmp_path / "text"
    path.write_bytes(text)
    message = send("--body", f"@{path}", *(["--html", f"@{path}"] if html else []))
    parts = list(message.iter_parts()) if html else [message]
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"][:len(parts)]
    expected = lines(text.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    for part in parts:
        got = part.get_payload(decode=True)
        assert isinstance(got, bytes)
        assert lines(got) == expected


def test_a_text_that_is_no_utf8_is_not_called_so(send: Send, tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"Gr\xfc\xdfe\n")
    message = send("--body", f"@{tmp_path}/latin")
    assert message.get_content_charset() == "unknown-8bit"
    assert message.get_payload(decode=True) == b"Gr\xfc\xdfe\r\n"


# ---- attachments ----

SIZES = [0, 1, 2, LINE - 1, LINE, LINE + 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7]


def test_files_of_every_edge_arrive(send: Send, tmp_path: Path) -> None:
    for size in SIZES:
        (tmp_path / f"{size}.bin").write_bytes((EVERY_BYTE * (size // len(EVERY_BYTE) + 1))[:size])
    message = send("--body", "x", *(word for size in SIZES for word in ("--attach", tmp_path / f"{size}.bin")))
    got = {part.get_filename(): part.get_payload(decode=True) for part in message.iter_attachments()}
    assert got == {f"{size}.bin": (tmp_path / f"{size}.bin").read_bytes() for size in SIZES}


NAMES = {
    "report.pdf": "application/pdf", "PICTURE.JPG": "image/jpeg", "no-ending": "application/octet-stream",
    "a name with spaces.png": "image/png", "Grüße €.txt": "text/plain", 'quote".zip': "application/zip",
    "semi;colon.x": "application/octet-stream", "per%cent.x": "application/octet-stream",
    "ä" * 120: "application/octet-stream",
    "x" * 200 + ".gz": "application/gzip", "'apostrophe'.csv": "text/csv", "-.txt": "text/plain",
}


@pytest.mark.parametrize("name", NAMES, ids=[name[:20] for name in NAMES])
def test_a_file_name_arrives(send: Send, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(EVERY_BYTE)
    part = next(send("--body", "x", "--attach", tmp_path / name).iter_attachments())
    assert (part.get_filename(), part.get_content_type()) == (name, NAMES[name])
    assert part.get_payload(decode=True) == EVERY_BYTE


@pytest.mark.parametrize("name", ["line\r\nX-Evil: yes", "back\\slash", "bell\x07"])
def test_a_harmful_file_name_is_tamed(send: Send, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    message = send("--body", "x", "--attach", tmp_path / name)
    part = next(message.iter_attachments())
    assert part.get_filename() == re.sub(r"[\x00-\x1f\x7f\\]", "_", name)
    assert not any("X-Evil" in part for part in message.walk())


# A folder can be opened and not be read. So it is with a disk that breaks, but that happens later on.
def test_half_a_message_is_not_delivered(sandbox: Sandbox, tmp_path: Path) -> None:
    done = run(sandbox, "--body", "x", "--attach", tmp_path)
    assert done.returncode == 66
    assert os.fsencode(tmp_path) in done.stderr
    assert sandbox.messages() == []


# ---- other people's programs ----

UNPACKERS = {
    "munpack": ("munpack", "-f", "-C", "OUT", "MESSAGE"),
    "ripmime": ("ripmime", "-i", "MESSAGE", "-d", "OUT", "--overwrite"),
}


@pytest.mark.parametrize("program", UNPACKERS)
def test_an_unpacker_finds_the_files(deliver: Callable[..., bytes], tmp_path: Path, program: str) -> None:
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed: scripts/install-deps test")
    files = {"every.bin": EVERY_BYTE, "pieces.bin": EVERY_BYTE * 300, "one.png": b"\x89"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    page = tmp_path / "page.html"
    page.write_text("<p>Grüße</p>\n")
    wire = deliver("--subject", "Grüße", "--body", "Grüße\n", "--html", f"@{page}",
                   *(word for name in files for word in ("--attach", tmp_path / name)))
    message, out = tmp_path / "message.eml", tmp_path / "out"
    message.write_bytes(wire.replace(b"\r\n", b"\n"))
    out.mkdir()
    words = [{"OUT": str(out), "MESSAGE": str(message)}.get(word, word) for word in UNPACKERS[program]]
    subprocess.run(words, check=True, capture_output=True, timeout=SECONDS)
    assert {name: (out / name).read_bytes() for name in files if (out / name).exists()} == files


# ---- memory ----

def peak(sandbox: Sandbox, file: Path) -> int:
    """The most memory the client had. A process of its own asks, as the number is the largest of all children."""
    code = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    words = [CLIENT, "--server", sandbox.addr, "--tls", "none", "--auth", "none", "--from", FROM, "--to", TO,
             "--body", "x", "--attach", file]
    done = subprocess.run([sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_a_file_of_any_size_takes_no_more_memory(start: Callable[..., Sandbox], tmp_path: Path) -> None:
    """50 MB against 100 KB. The least of three each: what else the machine does can only add."""
    discarding = start("--discard", "--size", 100_000_000, sanitized=False)
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(b"x" * 100_000)
    with large.open("wb") as file:
        file.truncate(50_000_000)
    least = {path: min(peak(discarding, path) for _ in range(3)) for path in (small, large)}
    assert least[large] <= 1.1 * least[small], least
