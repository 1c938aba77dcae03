"""What no good client sends. After each: no crash, no report of a sanitizer, the right reply or a clean close, a log
line without a byte of theirs in it, and fifty good sessions beside it that noticed nothing.

The numbers group them: 1 NUL, 2 endless lines, 3 to 6 line ends, 7 to 13 manners of sending, 14 to 16 crowds, 17 to 23
TLS, 24 AUTH, 25 to 27 arguments, 28 and 29 messages, 30 and 31 what was meant for somebody else. (23, certificates, is
a client's to judge: test_clients_to_sandbox.py.)
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import struct
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox_kit import BUILD, SECONDS, Sandbox, Talk, send

Start = Callable[..., Sandbox]
GOOD_SESSIONS = 50
GOOD = (b"EHLO client.example.org\r\nMAIL FROM:<alice@example.org>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n"
        b"Subject: x\r\n\r\n.dot\r\n.\r\n")
MAIL = GOOD.partition(b"Subject")[0].partition(b"\r\n")[2]  # without EHLO, up to DATA


@dataclass(frozen=True)
class Attack:
    """Bytes, and the codes of all that is answered to them, as a pattern. `messages`: how many are delivered."""

    name: str
    text: bytes
    codes: str
    messages: int = 0
    hello: bool = True  # after EHLO


def inside(data: bytes) -> bytes:
    """A whole message with these bytes in it, and something behind its end."""
    return MAIL + b"Subject: x\r\n\r\nx" + data + b"x\r\n.\r\nQUIT\r\n"


SMUGGLED = b"MAIL FROM:<mallory@example.org>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\nsmuggled"

ATTACKS = [
    Attack("1-nul-in-a-command", b"NO\0OP\r\nNOOP\0\r\nQUIT\r\n", "500 50[01] 221"),
    Attack("1-nul-in-data", inside(b"a\0b"), "250 250 354 (250|5..) 221", messages=-1),
    Attack("2-a-line-of-a-megabyte", b"N" * 1048576 + b"\r\nQUIT\r\n", "500 221"),
    Attack("2-that-never-ends", b"N" * 1048576, "(500)?"),
    Attack("2-in-data", inside(b"x" * 1048576), "250 250 354 (250|5..) 221", messages=-1),
    Attack("3-bare-lf", b"NOOP\nNOOP\nQUIT\n", "500 500 500"),
    Attack("4-bare-cr", b"NO\rOP\r\nQUIT\r\n", "500 221"),
    Attack("5-cr-cr-lf", b"NOOP\r\r\nQUIT\r\n", "50[01] 221"),
    *[Attack(f"6-smuggling-{name}", inside(end + SMUGGLED), "250 250 354 5..( 421)?")
      for name, end in {"lf-dot-lf": b"\n.\n", "cr-dot-cr": b"\r.\r", "lf-dot-crlf": b"\n.\r\n",
                        "crlf-dot-lf": b"\r\n.\n"}.items()],
    Attack("9-all-in-one-segment", GOOD + b"QUIT\r\n", "220 250 250 250 354 250 221", 1, hello=False),
    Attack("10-before-the-greeting", b"QUIT\r\n", "220 221", hello=False),
    Attack("11-half-closed-after-rcpt", MAIL.removesuffix(b"DATA\r\n"), "250 250"),
    Attack("11-half-closed-in-data", MAIL + b"half\r\n", "250 250 354"),
    Attack("14-ten-thousand-recipients",
           b"MAIL FROM:<alice@example.org>\r\n" + b"RCPT TO:<bob@example.org>\r\n" * 10000, "250( 250)+( 452)+( 421)?"),
    Attack("15-unknown-verbs", b"NONSENSE\r\n" * 100000, "(500 )+421"),
    Attack("15-noop", b"NOOP\r\n" * 100000, "(250 )+421"),
    Attack("15-rset", b"RSET\r\n" * 100000, "(250 )+421"),
    Attack("15-vrfy", b"VRFY bob\r\n" * 10000, "(25[02] )+421"),
    Attack("17-tls-client-hello", b"\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03" + bytes(range(240)),
           "220 (421|500).*",
           hello=False),
    Attack("19-starttls-and-more", b"STARTTLS\r\n" + MAIL, "554"),
    Attack("20-starttls-with-an-argument", b"STARTTLS now\r\nQUIT\r\n", "501 221"),
    Attack("20-starttls-in-data", MAIL + b"STARTTLS\r\n.\r\nQUIT\r\n", "250 250 354 250 221", 1),
    Attack("24-auth-of-a-megabyte", b"AUTH PLAIN " + b"A" * 1048576 + b"\r\nQUIT\r\n", "500 221"),
    Attack("24-auth-response-of-a-megabyte", b"AUTH PLAIN\r\n" + b"A" * 1048576 + b"\r\nQUIT\r\n", "334 500 221"),
    Attack("24-auth-bad-base64", b"AUTH PLAIN A\r\nAUTH PLAIN AA=A\r\nAUTH PLAIN ====\r\nQUIT\r\n", "501 501 501 221"),
    Attack("24-auth-empty", b"AUTH PLAIN =\r\nQUIT\r\n", "5.. 221"),
    Attack("24-auth-cancelled", b"AUTH LOGIN\r\n*\r\nQUIT\r\n", "334 501 221"),
    Attack("24-auth-without-nuls", b"AUTH PLAIN YWJj\r\nAUTH PLAIN AGFiYw==\r\nQUIT\r\n", "501 501 221"),
    Attack("24-lines-after-cancel", b"AUTH LOGIN\r\n*\r\nYQ==\r\nYQ==\r\nYQ==\r\nQUIT\r\n", "334 501 500 500 500 221"),
    Attack("25-8-bit-in-an-address", b"MAIL FROM:<\xc3\xa4@example.org>\r\nQUIT\r\n", "55[0-9] 221"),
    Attack("25-overlong-utf-8", b"MAIL FROM:<\xc0\xaf@example.org> SMTPUTF8\r\nQUIT\r\n", "5.. 221"),
    Attack("25-a-surrogate", b"MAIL FROM:<\xed\xa0\x80@example.org> SMTPUTF8\r\nQUIT\r\n", "5.. 221"),
    Attack("25-8-bit-in-data", inside(b"\xff\xfe"), "250 250 354 (250|5..) 221", messages=-1),
    Attack("26-a-size-of-twenty-digits", b"MAIL FROM:<a@example.org> SIZE=99999999999999999999\r\nQUIT\r\n",
           "55?.. 221"),
    Attack("26-a-size-that-is-none",
           b"MAIL FROM:<a@example.org> SIZE=-1\r\nMAIL FROM:<a@example.org> SIZE=\r\nQUIT\r\n",
           "501 501 221"),
    Attack("27-a-long-local-part", b"MAIL FROM:<" + b"a" * 256 + b"@example.org>\r\nQUIT\r\n", "5.. 221"),
    Attack("27-a-quoted-one", b'MAIL FROM:<"a b\\"c"@example.org>\r\nQUIT\r\n', "250 221"),
    Attack("27-a-source-route", b"MAIL FROM:<@a.example,@b.example:alice@example.org>\r\nQUIT\r\n", "250 221"),
    *[Attack(f"27-unbalanced-{number}", b"MAIL FROM:" + path + b"\r\nQUIT\r\n", "5.. 221")
      for number, path in enumerate((b"<a@example.org", b"a@example.org>", b"<a@example.org>>", b"<<a@example.org>",
                                     b"<>x", b'<"a@example.org>', b"<a@>", b"<@example.org>", b"<a@b@c>"))],
    Attack("28-doubled-dots", MAIL + b"..\r\n...\r\n.x\r\n.\r\nQUIT\r\n", "250 250 354 250 221", 1),
    Attack("28-no-line-end-before-the-dot", MAIL + b"x.\r\n", "250 250 354"),
    Attack("29-bdat-negative", MAIL.removesuffix(b"DATA\r\n") + b"BDAT -1\r\nQUIT\r\n", "250 250 501"),
    Attack("29-bdat-overflowing", MAIL.removesuffix(b"DATA\r\n") + b"BDAT 18446744073709551617\r\nQUIT\r\n",
           "250 250 501"),  # how long the chunk is, nobody knows: nothing behind it can be a command
    Attack("29-bdat-last-0", MAIL.removesuffix(b"DATA\r\n") + b"BDAT 0 LAST\r\nQUIT\r\n", "250 250 250 221", 1),
    Attack("30-telnet", b"\xff\xfd\x18\xff\xfb\x01\r\nQUIT\r\n", "500 221"),
    Attack("30-http", b"POST / HTTP/1.1\r\nHost: mail.example.test\r\n\r\nEHLO x\r\n" + MAIL, "220 421", hello=False),
    Attack("31-formats",
           b"%n%n%s\r\nEHLO %n%s\r\nMAIL FROM:<%n@example.org>\r\nRCPT TO:<%s%s%n@example.org>\r\nQUIT\r\n",
           "500 (250|501) 250 250 221"),
    Attack("31-shell", b"MAIL FROM:<;sleep${IFS}9;@example.org>\r\nRCPT TO:<`id`|sh@example.org>\r\n"
           b"MAIL FROM:<$(id)@example.org>\r\nQUIT\r\n", "5.. 5.. 5.. 221"),
]


# ---- fifty who notice nothing ------------------------------------------------------------------


def beside(sandbox: Sandbox, attack: Callable[[], None]) -> int:
    """Run it, with good sessions before, beside and behind it. How many of them there were."""
    with ThreadPoolExecutor(8) as pool:
        good = [pool.submit(send, sandbox, b"good\r\n") for _ in range(GOOD_SESSIONS)]
        attack()
        assert all(session.result().startswith("250") for session in good)
    return GOOD_SESSIONS


def check_after(sandbox: Sandbox, messages: int) -> None:
    """-1: whether the message is taken is not for this test to say; there is no other."""
    assert sandbox.process.poll() is None
    assert sandbox.stop() == 0  # with no word of a sanitizer
    delivered = [body for body in sandbox.bodies() if body != b"good\r\n"]
    assert len(delivered) == messages or (messages == -1 and len(delivered) <= 1)
    assert not any(b"smuggled" in body for body in delivered)
    assert len(sandbox.messages()) - len(delivered) == GOOD_SESSIONS
    assert len(sandbox.entries()) >= GOOD_SESSIONS + 1
    assert not re.search(rb"[^\n -~]", sandbox.errors.read_bytes())


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
def test_bytes_that_no_client_sends(start: Start, attack: Attack) -> None:
    sandbox = start("--log", "json", "--auth-in-clear")
    heard: list[str] = []

    def strike() -> None:
        with Talk(sandbox) as talk:
            if attack.hello:
                talk.hello()
            talk.say(attack.text)
            try:
                talk.socket.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            heard.extend(talk.codes())
    beside(sandbox, strike)
    assert re.fullmatch(attack.codes, " ".join(heard)), " ".join(heard)[-200:]
    check_after(sandbox, attack.messages)


# ---- attacks by the manner of sending ----------------------------------------------------------


def one_byte_at_a_time(sandbox: Sandbox) -> None:
    """7"""
    with Talk(sandbox) as talk:
        talk.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in GOOD + b"QUIT\r\n":
            talk.say(bytes([byte]))
        assert talk.codes() == ["220", "250", "250", "250", "354", "250", "221"]


def reset_in_data(sandbox: Sandbox) -> None:
    """12"""
    with Talk(sandbox).hello().mail().data() as talk:
        talk.say(b"half\r\n")
        talk.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def end_at_every_byte(sandbox: Sandbox) -> None:
    """13: delivered only if the dot had come. The last offset is the whole."""
    for end in range(len(GOOD) + 1):
        with Talk(sandbox) as talk:
            talk.say(GOOD[:end])
            talk.leave()


def plain_text_on_the_tls_port(sandbox: Sandbox) -> None:
    """18"""
    with Talk(sandbox, sandbox.tls_port) as talk:
        talk.say(GOOD)
        assert "250" not in talk.leave()


def starttls_twice(sandbox: Sandbox) -> None:
    """20"""
    with Talk(sandbox).hello() as talk:
        assert talk.ask(b"STARTTLS\r\n").startswith("220")
        talk.tls()
        assert talk.ask(b"STARTTLS\r\n").startswith("503")
        assert talk.ask(b"EHLO client.example.org\r\n").startswith("250")
        assert talk.ask(b"STARTTLS\r\n").startswith("503")


def tls_without_an_end(sandbox: Sandbox) -> None:
    """22: the socket is closed under TLS, in the middle of a message."""
    with Talk(sandbox, sandbox.tls_port).tls() as talk:
        talk.hello().mail().data().say(b"half\r\n")
        os.close(talk.socket.detach())
    with Talk(sandbox, sandbox.tls_port) as half:
        half.say(b"\x16\x03\x01\x00\xf8\x01\x00")  # not even a whole ClientHello
        half.leave()


def key_updates(sandbox: Sandbox) -> None:
    """21: a thousand new keys, each of which wants another in return."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which can ask for new keys, is not here")
    words = ["openssl", "s_client", "-quiet", "-connect", f"{sandbox.host}:{sandbox.tls_port}"]
    subprocess.run(words, input=b"K\n" * 1000 + b"QUIT\r\n", capture_output=True, check=False, timeout=SECONDS)
    words += ["-tls1_2"]
    with suppress(subprocess.TimeoutExpired):  # a new handshake is refused, for which it waits
        subprocess.run(words, input=b"R\n" + b"QUIT\r\n", capture_output=True, check=False, timeout=1)


MANNERS: dict[Callable[[Sandbox], None], int] = {
    one_byte_at_a_time: 1, reset_in_data: 0, end_at_every_byte: 1, plain_text_on_the_tls_port: 0,
    starttls_twice: 0, tls_without_an_end: 0, key_updates: 0}


@pytest.mark.parametrize("attack", MANNERS, ids=[f"{(attack.__doc__ or '').split(':')[0]}-{attack.__name__}"
                                                 for attack in MANNERS])
def test_manners_that_no_client_has(start: Start, attack: Callable[[Sandbox], None]) -> None:
    sandbox = start("--log", "json", "--tls-port", "0")
    beside(sandbox, lambda: attack(sandbox))
    check_after(sandbox, MANNERS[attack])


def test_8_a_byte_now_and_then_meets_the_total(start: Start) -> None:
    sandbox = start("--log", "json", "--total", "1.5")

    def strike() -> None:
        with Talk(sandbox).hello().mail().data() as talk:
            talk.socket.settimeout(0.05)
            said = ""
            for _ in range(1000):
                talk.say(b"x")
                try:
                    said = talk.reply()
                    break
                except TimeoutError:
                    continue
            assert said.startswith("421")
            talk.socket.settimeout(SECONDS)
            talk.leave()
    beside(sandbox, strike)
    check_after(sandbox, 0)
    assert [entry["end"] for entry in sandbox.entries()].count("timeout") == 1


# ---- crowds ------------------------------------------------------------------------------------


def test_16_a_thousand_who_say_nothing_disturb_nobody(start: Start) -> None:
    sandbox = start("--log", "json", sanitized=False)
    idle = [Talk(sandbox) for _ in range(1000)]
    assert beside(sandbox, lambda: None) == GOOD_SESSIONS
    memory = int(Path(f"/proc/{sandbox.process.pid}/status").read_text().partition("VmRSS:")[2].split()[0])
    assert memory < 64 * 1024  # KiB
    for talk in idle:
        talk.socket.close()
    send(sandbox)
    assert sandbox.stop() == 0
    assert len(sandbox.entries()) == 1000 + GOOD_SESSIONS + 1


def test_16_above_the_limit_they_are_told(start: Start) -> None:
    sandbox = start("--log", "json", "--max-connections", "3")
    talks = [Talk(sandbox).hello() for _ in range(3)]
    with Talk(sandbox) as more:
        assert more.reply() == "421 4.3.2 Too many connections at the moment, try again later\r\n"
        assert more.reply() == ""
    talks[0].leave()
    for talk in talks:
        talk.socket.close()
    greeting = "421"
    while greeting.startswith("421"):  # until their threads have noticed
        with Talk(sandbox) as talk:
            greeting = talk.reply()
    assert greeting.startswith("220")


def is_asleep(sandbox: Sandbox) -> bool:
    """All its threads; one that spins is runnable, however busy the machine is."""
    tasks = Path(f"/proc/{sandbox.process.pid}/task").iterdir()
    return all((task / "stat").read_text().rpartition(")")[2].split()[0] == "S" for task in tasks)


def first_who_is_not_greeted(sandbox: Sandbox, greeted: list[Talk]) -> Talk:
    """One may still be: a thread in accept() has taken the number for its guest beforehand."""
    while True:
        talk = Talk(sandbox)
        talk.socket.settimeout(2)
        try:
            talk.reply()
        except TimeoutError:
            return talk
        greeted.append(talk)


def test_16_without_descriptors_it_waits_and_does_not_spin(start: Start) -> None:
    """The limit is drawn tight while it runs: accept() fails, until somebody leaves."""
    sandbox = start("--log", "json", sanitized=False)
    talks = [Talk(sandbox).hello() for _ in range(3)]
    used_numbers = {int(number) for number in os.listdir(f"/proc/{sandbox.process.pid}/fd")}
    limit = min(set(range(len(used_numbers) + 1)) - used_numbers)  # the next number that there would be
    subprocess.run(["prlimit", f"--nofile={limit}:", f"--pid={sandbox.process.pid}"], check=True)
    with first_who_is_not_greeted(sandbox, talks) as waiting:
        waiting.socket.settimeout(0.05)
        asleep = 0
        for _ in range(20):
            asleep += is_asleep(sandbox)
            with pytest.raises(TimeoutError):
                waiting.reply()
        assert asleep > 10  # it looks once a second
        assert talks[0].mail().ask(b"DATA\r\n").startswith("452")  # a message needs a descriptor, too
        talks[1].leave()
        talks[1].socket.close()
        waiting.socket.settimeout(SECONDS)
        waiting.hello()
    for talk in talks:
        talk.socket.close()


# ---- the same under valgrind, in short ---------------------------------------------------------

SHORT = ("1-nul-in-data", "2-a-line-of-a-megabyte", "6-smuggling-lf-dot-lf", "9-all-in-one-segment",
         "11-half-closed-in-data", "19-starttls-and-more", "24-auth-without-nuls", "29-bdat-last-0", "31-formats")


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed: scripts/install-deps lint")
def test_valgrind_finds_nothing(start: Start) -> None:
    sandbox = start("--log-file", os.devnull, "--tls-port", "0", sanitized=False,
                    before=("valgrind", "-q", "--error-exitcode=99", "--leak-check=full", "--fair-sched=yes"))
    for attack in ATTACKS:
        if attack.name in SHORT:
            with Talk(sandbox) as talk:
                if attack.hello:
                    talk.hello()
                talk.say(attack.text)
                talk.leave()
    starttls_twice(sandbox)
    send(sandbox)
    assert sandbox.stop() == 0
    assert sandbox.log() == []
    assert BUILD.exists()
