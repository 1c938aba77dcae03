"""Who looks after whom: what takes long holds up nobody else, and no session is forgotten, whoever had it last.

No stopwatch: one client is held where it would be for minutes, others are served meanwhile, and it still is.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox_kit import SECONDS, Sandbox, Talk, send

Start = Callable[..., Sandbox]
SOURCE = Path(__file__).with_name("slow_disk.c")
EMPTY_MAILS = b"MAIL FROM:<alice@example.org>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n.\r\n" * 1000
LATE = 600_000  # milliseconds, the most there is
CROWD = 40      # more than the threads that are kept in reserve

linux = pytest.mark.skipif(sys.platform != "linux", reason="LD_PRELOAD, /proc and epoll are Linux's")


def is_silent(talk: Talk) -> bool:
    """Nothing was said to it so far, and it is not cut off."""
    talk.socket.setblocking(False)
    try:
        talk.socket.recv(1, socket.MSG_PEEK)
        return False
    except BlockingIOError:
        return not talk.heard
    finally:
        talk.socket.settimeout(SECONDS)


def visit(sandbox: Sandbox) -> None:
    """A session without a message."""
    with Talk(sandbox).hello() as talk:
        assert talk.ask(b"NOOP\r\n").startswith("250")
        assert talk.ask(b"QUIT\r\n").startswith("221")
        assert talk.all() == ""


# ---- what takes long ---------------------------------------------------------------------------


def in_a_pause(sandbox: Sandbox) -> Talk:
    """The answer comes in ten minutes."""
    talk = Talk(sandbox).hello()
    talk.say(b"VRFY bob\r\n")
    return talk


def in_a_stall(sandbox: Sandbox) -> Talk:
    """No answer, ever."""
    talk = Talk(sandbox).hello()
    talk.say(b"EXPN all\r\n")
    return talk


def in_a_handshake(sandbox: Sandbox) -> Talk:
    """Half a ClientHello, where TLS is from the first byte."""
    talk = Talk(sandbox, sandbox.tls_port)
    talk.say(b"\x16\x03\x01\x00\xf8\x01\x00")
    return talk


def in_starttls(sandbox: Sandbox) -> Talk:
    """Nothing behind 220."""
    talk = Talk(sandbox).hello()
    assert talk.ask(b"STARTTLS\r\n").startswith("220")
    return talk


HELD = (in_a_pause, in_a_stall, in_a_handshake, in_starttls)


@pytest.fixture
def slow(start: Start) -> Sandbox:
    return start("--log", "json", "--tls-port", "0", "--fault", f"vrfy=delay:{LATE}", "--fault", "expn=stall")


@pytest.mark.parametrize("hold", HELD)
def test_one_who_is_held_holds_up_nobody(slow: Sandbox, hold: Callable[[Sandbox], Talk]) -> None:
    held = [hold(slow) for _ in range(CROWD)]
    for _ in range(5):
        assert send(slow).startswith("250")
        visit(slow)
    assert all(is_silent(talk) for talk in held)
    for talk in held:
        talk.socket.close()


def test_a_client_that_takes_no_bytes_holds_up_nobody(start: Start) -> None:
    sandbox = start("--log", "json", "--discard")
    with Talk(sandbox).hello() as deaf:
        deaf.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):  # all buffers are full, of commands in and of replies out
            for _ in range(1_000_000):
                deaf.socket.send(EMPTY_MAILS)
        for _ in range(5):
            visit(sandbox)
    assert sandbox.process.poll() is None


# ---- a slow disk, a log that nobody reads ------------------------------------------------------


@pytest.fixture(scope="module")
def slow_disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("shim") / "slow_disk.so"
    words = ["cc", "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-shared", "-fPIC", "-o", str(library), str(SOURCE)]
    subprocess.run(words, check=True)
    return library


@contextmanager
def delivery(start: Start, slow_disk: Path, hold: Path) -> Iterator[tuple[Sandbox, Talk]]:
    """A sandbox with a message that its disk does not take as long as `hold` is there."""
    sandbox = start("--log", "json", sanitized=False, before=("env", f"LD_PRELOAD={slow_disk}", f"HELD_BY={hold}"))
    with Talk(sandbox).hello().mail().data() as talk:
        hold.touch()
        talk.say(b"Subject: x\r\n\r\nx\r\n.\r\n")
        yield sandbox, talk


@linux
def test_a_slow_disk_holds_up_nobody(start: Start, slow_disk: Path, tmp_path: Path) -> None:
    with delivery(start, slow_disk, tmp_path / "hold") as (sandbox, talk):
        for _ in range(5):
            visit(sandbox)
        assert is_silent(talk)
        (tmp_path / "hold").unlink()
        assert talk.reply().startswith("250")
        assert talk.ask(b"QUIT\r\n").startswith("221")
    assert len(sandbox.messages()) == 1


@linux
def test_one_who_is_with_the_disk_hears_of_a_stop(start: Start, slow_disk: Path, tmp_path: Path) -> None:
    """When all are told to stop, nobody may ask it: it is told when it is back."""
    with delivery(start, slow_disk, tmp_path / "hold") as (sandbox, talk), Talk(sandbox).hello() as idle:
        sandbox.process.send_signal(signal.SIGTERM)
        assert idle.all().startswith("421")  # so those who wait have been told
        idle.socket.close()
        (tmp_path / "hold").unlink()
        assert talk.reply().startswith("250")
        assert talk.all().startswith("421")
        talk.socket.close()
        assert sandbox.wait() == 0
    assert len(sandbox.messages()) == 1


@linux
def test_a_log_that_nobody_reads_holds_up_nobody(start: Start, tmp_path: Path) -> None:
    log = tmp_path / "log"
    os.mkfifo(log)
    reader = os.open(log, os.O_RDONLY | os.O_NONBLOCK)
    filler = os.open(log, os.O_WRONLY | os.O_NONBLOCK)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(filler, b"\n" * 4096)
    sandbox = start("--log-file", log)
    for _ in range(5):
        visit(sandbox)
    os.set_blocking(reader, True)
    lines = b""
    while lines.count(b" quit ") < 5:
        lines += os.read(reader, 65536)
    os.close(filler)
    os.close(reader)


# ---- nobody is forgotten -----------------------------------------------------------------------


def test_all_who_are_held_or_wait_hear_of_a_stop(slow: Sandbox) -> None:
    talks = [Talk(slow).hello() for _ in range(CROWD)]
    talks += [hold(slow) for hold in (in_a_pause, in_a_stall)]
    visit(slow)
    slow.process.terminate()
    for talk in talks:
        talk.all()
        talk.socket.close()
    assert slow.wait() == 0


def test_whoever_comes_back_from_a_pause_is_in_time_for_the_clock(start: Start) -> None:
    """At 1 second, when the greeting's limit passes, the second pause lasts from 0.75 to 1.25: nobody waits, so there
    is no next moment to look at the clock. But this one is back before its time is up at 1.75."""
    sandbox = start("--log", "json", "--patience", "1", "--fault", "vrfy:1=delay:750", "--fault", "vrfy:2=delay:500")
    with Talk(sandbox).hello() as talk:
        assert talk.ask(b"VRFY bob\r\n").startswith("25")
        assert talk.ask(b"VRFY bob\r\n").startswith("25")
        assert talk.all().startswith("421 4.4.2")


@linux
def test_those_who_are_silent_cost_no_thread(start: Start) -> None:
    sandbox = start("--log", "json", sanitized=False)
    threads = Path(f"/proc/{sandbox.process.pid}/task")
    visit(sandbox)
    before = len(list(threads.iterdir()))
    idle = [Talk(sandbox).hello() for _ in range(1000)]
    assert len(list(threads.iterdir())) == before
    for talk in idle:
        talk.socket.close()


def states(pid: int) -> set[str]:
    """Of all its threads: "S" sleeps, "R" runs or would like to."""
    return {stat.read_text().rpartition(")")[2].split()[0] for stat in Path(f"/proc/{pid}/task").glob("*/stat")}


@linux
def test_when_a_time_limit_has_passed_all_sleep_again(start: Start) -> None:
    """The alarm that woke them must be switched off, or they would look at the clock for ever."""
    sandbox = start("--log", "json", "--patience", "1", sanitized=False)
    with Talk(sandbox).hello() as talk:
        assert talk.all().startswith("421 4.4.2")
    asleep = 0
    until = time.monotonic() + SECONDS
    while asleep < 20 and time.monotonic() < until:
        asleep = asleep + 1 if states(sandbox.process.pid) == {"S"} else 0
        time.sleep(0.01)
    assert asleep == 20


def test_threads_that_were_needed_once_go(slow: Sandbox) -> None:
    """Some stay, for the next time; it ends with all of them (see conftest.py)."""
    held = [in_a_handshake(slow) for _ in range(3 * CROWD)]
    visit(slow)
    for talk in held:
        talk.socket.close()
    for _ in range(5):
        assert send(slow).startswith("250")
