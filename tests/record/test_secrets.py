"""What is planted in a session stands in no file: not plain, not in base64 at any alignment, not in quoted-printable,
nor over line ends; also when the recorder is killed at any moment of the session."""

from __future__ import annotations

import base64
import hmac
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from record_kit import Between, Recorder, body_of, canonical, cores, hides, quoted
from sandbox_kit import Sandbox, Talk

Connect = Callable[..., Between]
Step = tuple[str, bytes]

PASSWORD = b"Correct-Horse=7/battery+staple"
TOKEN = b"ya29.a0AfH6SMBx-Planted_Token~0123456789"
DIGEST = b"b913a602c7eda7a495b4e6e7334d3890"
MARK = b"the-marked-body"


def b64(*parts: bytes) -> bytes:
    return base64.b64encode(b"".join(parts))


HELLO: list[Step] = [
    ("S", b"220 mail.example.test ESMTP Exim 4.96 Tue, 24 Nov 2026 13:00:00 +0000\r\n"),
    ("C", b"EHLO client.example.org\r\n"),
    ("S", b"250-mail.example.test Hello client.example.org\r\n250-AUTH PLAIN LOGIN\r\n250 CHUNKING\r\n"),
]

# Each logs in in its own way, and what is then known may appear nowhere.
LOGINS: dict[str, tuple[bytes, list[Step]]] = {
    "plain": (PASSWORD, [("C", b"AUTH PLAIN " + b64(b"\0alice\0", PASSWORD) + b"\r\n"), ("S", b"235 ok\r\n")]),
    "plain-later": (PASSWORD, [("C", b"auth plain\r\n"), ("S", b"334 \r\n"),
                               ("C", b64(b"alice\0alice\0", PASSWORD) + b"\r\n"), ("S", b"235 ok\r\n")]),
    "login": (PASSWORD, [("C", b"AUTH LOGIN\r\n"), ("S", b"334 VXNlcm5hbWU6\r\n"), ("C", b64(b"alice") + b"\r\n"),
                         ("S", b"334 UGFzc3dvcmQ6\r\n"), ("C", b64(PASSWORD) + b"\r\n"), ("S", b"235 ok\r\n")]),
    "login-user": (PASSWORD, [("C", b"AUTH LOGIN " + b64(b"alice") + b"\r\n"), ("S", b"334 UGFzc3dvcmQ6\r\n"),
                              ("C", b64(PASSWORD) + b"\r\n"), ("S", b"235 ok\r\n")]),
    "login-bare": (PASSWORD, [("C", b"AUTH LOGIN\r\n"), ("S", b"334 VXNlcm5hbWU6\r\n"), ("C", b64(b"alice") + b"\r\n"),
                              ("S", b"334 UGFzc3dvcmQ6\r\n"), ("C", PASSWORD + b"\r\n"), ("S", b"535 not base64\r\n")]),
    "xoauth2": (TOKEN, [("C", b"AUTH XOAUTH2 " + b64(b"user=alice\1auth=Bearer ", TOKEN, b"\1\1") + b"\r\n"),
                        ("S", b"235 ok\r\n")]),
    "xoauth2-refused": (TOKEN, [("C", b"AUTH XOAUTH2 " + b64(b"user=alice\1auth=Bearer ", TOKEN, b"\1\1") + b"\r\n"),
                                ("S", b"334 eyJzdGF0dXMiOiI0MDEifQ==\r\n"), ("C", b"\r\n"), ("S", b"535 no\r\n")]),
    "oauthbearer": (TOKEN, [("C", b"AUTH OAUTHBEARER " + b64(b"n,a=alice@example.org,\1host=mail.example.test\1port=587"
                                                             b"\1auth=Bearer ", TOKEN, b"\1\1") + b"\r\n"),
                            ("S", b"235 ok\r\n")]),
    "oauthbearer-bent": (TOKEN, [("C", b"AUTH OAUTHBEARER " + b64(b"p,x\1auth=bearer ", TOKEN, b"\1\1") + b"\r\n"),
                                 ("S", b"535 no\r\n")]),
    "cram-md5": (DIGEST, [("C", b"AUTH CRAM-MD5\r\n"), ("S", b"334 PDE4OTYuNjk3QG1haWwuZXhhbXBsZS50ZXN0Pg==\r\n"),
                          ("C", b64(b"alice ", DIGEST) + b"\r\n"), ("S", b"235 ok\r\n")]),
    "unheard-of": (PASSWORD, [("C", b"AUTH X-NEW " + b64(PASSWORD) + b"\r\n"), ("S", b"535 no\r\n")]),
    "second-try": (PASSWORD, [("C", b"AUTH PLAIN " + b64(b"\0alice\0wrong-one") + b"\r\n"), ("S", b"535 no\r\n"),
                              ("C", b"AUTH PLAIN " + b64(b"\0alice\0", PASSWORD) + b"\r\n"), ("S", b"235 ok\r\n")]),
}


def wrapped(text: bytes, width: int) -> bytes:
    """Cut into lines, as long encoded text is."""
    return b"\r\n".join(text[i:i + width] for i in range(0, len(text), width)) + b"\r\n"


def soft(secret: bytes, at: int) -> bytes:
    """Quoted-printable with a line break inside."""
    begins: bytes = quoted(secret[:at])
    return b"so " + begins + b"=\r\n" + secret[at:].replace(b"=", b"=3D") + b" it is\r\n"


def echoes(secret: bytes) -> list[Step]:
    """All the places where a secret may come up again, in all the clothes it may wear."""
    wraps = b"".join(wrapped(b64(b"-" * shift, b"so " * 10, secret, b" and so on"), width)
                     for shift in range(3) for width in (76, 60, 50, 61, 47))
    lines = [b"it is " + secret, b"key:" + b64(secret), b"glued" + b64(b"x", secret),
             b"=?utf-8?B?" + b64(b"xx", secret) + b"?=",
             b"=?utf-8?Q?" + quoted(secret) + b"?=", b"." + secret,
             b64(secret).replace(b"+", b"-").replace(b"/", b"_").rstrip(b"=")]
    body = b"\r\n".join(lines) + b"\r\n" + wraps + b"".join(soft(secret, at) for at in range(1, len(secret)))
    return [
        ("S", b"250 what is " + secret + b"?\r\n"),
        ("C", b"VRFY " + secret + b"\r\n"),
        ("S", b"500-no " + b64(secret) + b"\r\n500 nor " + b64(b"x ", secret) + b"\r\n"),
        ("C", b"MAIL FROM:<" + secret + b"@example.org>\r\n"), ("S", b"250 ok\r\n"),
        ("C", b"DATA\r\n"), ("S", b"354 go\r\n"),
        ("C", b"Subject: " + MARK + b"\r\n\r\n"), ("C", body), ("C", b"bare lf " + secret + b"\n"), ("C", b".\r\n"),
        ("S", b"250 ok\r\n"),
        ("C", b"BDAT %d\r\n" % (len(secret) // 2) + secret[:len(secret) // 2]), ("S", b"250 ok\r\n"),
        ("C", b"BDAT %d LAST\r\n" % (len(secret) - len(secret) // 2) + secret[len(secret) // 2:]), ("S", b"250 ok\r\n"),
        ("C", b"QUIT\r\n"), ("S", b"221 bye\r\n"),
    ]


@pytest.mark.parametrize("exact", [False, True], ids=["", "exact"])
@pytest.mark.parametrize("name", LOGINS)
def test_a_secret_that_was_sent_comes_up_nowhere(between: Connect, name: str, exact: bool) -> None:
    secret, login = LOGINS[name]
    both = between(*(["--exact"] if exact else []))
    both.talk(*HELLO, *login, *echoes(secret))
    both.end()
    assert both.recorder.stop() == 0
    text = both.recorder.text()
    assert hides(text.encode(), secret), text
    assert b64(b"\0alice\0", secret).decode() not in text
    assert canonical(both.recorder.files()[0]) == text


def test_the_check_finds_each_form() -> None:
    """A file without the recorder's care would be found out in every one of them."""
    for _, said in echoes(PASSWORD):
        text = b"\n".join(b"C: " + line for line in said.split(b"\r\n"))
        if any(form in said for form in (PASSWORD, *cores(PASSWORD))):
            assert not hides(text, PASSWORD)
    for at in range(1, len(PASSWORD)):
        assert not hides(b"C: " + soft(PASSWORD, at).replace(b"\r\n", b"\nC: "), PASSWORD)
    for width in (76, 60, 50, 61, 47):
        assert not hides(b"C: " + wrapped(b64(b"so " * 10, PASSWORD), width).replace(b"\r\n", b"\nC: "), PASSWORD)


# ---- killed ------------------------------------------------------------------------------------


def halves(steps: list[Step]) -> list[Step]:
    """Every line in two pieces, so that there are moments inside of lines too."""
    pieces: list[Step] = []
    for who, said in steps:
        for line in said.splitlines(keepends=True):
            pieces += [(who, line[:len(line) // 2]), (who, line[len(line) // 2:])] if len(line) > 3 else [(who, line)]
    return pieces


SHORT: list[Step] = [
    *LOGINS["plain-later"][1],
    ("C", b"MAIL FROM:<alice@example.org>\r\n"), ("S", b"250 " + PASSWORD + b"\r\n"),
    ("C", b"DATA\r\n"), ("S", b"354 go\r\n"),
    ("C", b"Subject: " + MARK + b"\r\n\r\n" + PASSWORD + b"\r\n" + wrapped(b64(b"x" * 50, PASSWORD), 76) + b".\r\n"),
    ("S", b"250 ok\r\n"), ("C", b"QUIT\r\n"), ("S", b"221 bye\r\n"),
]


@pytest.mark.parametrize("options", [[], ["--private"], ["--exact"]], ids=["", "private", "exact"])
def test_killed_at_every_moment(between: Connect, options: list[str]) -> None:
    """What is in the file is a transcript, holds every line that was whole, and no secret."""
    steps = halves(HELLO + SHORT)
    whole = between(*options)
    whole.talk(*steps)
    whole.end()
    assert whole.recorder.stop() == 0
    full = body_of(whole.recorder.text()).splitlines()
    for count in range(1, len(steps) + 1):
        both = between(*options, sanitized=False)
        both.talk(*steps[:count])
        both.recorder.kill()
        files = both.recorder.files()
        if not files:  # killed before the first line was whole
            assert b"\n" not in b"".join(said for _, said in steps[:count])
            continue
        text = files[0].read_text()
        assert canonical(files[0]) == text
        assert hides(text.encode(), PASSWORD)
        lines = body_of(text).splitlines()
        if "--exact" not in options:
            assert lines == full[:len(lines)]
        if not options:
            assert len(lines) == sum(said.count(b"\n") for _, said in steps[:count])


def test_killed_inside_tls(start: Callable[..., Sandbox], record: Callable[..., Recorder]) -> None:
    """A login and a message to a real server through STARTTLS, killed behind each reply."""
    sandbox = start()
    secret = sandbox.password.encode()
    said = [b"EHLO client.example.org\r\n", b"STARTTLS\r\n", b"EHLO client.example.org\r\n", b"AUTH PLAIN\r\n",
            b64(b"\0student\0", secret) + b"\r\n", b"MAIL FROM:<alice@example.org>\r\n",
            b"RCPT TO:<bob@example.org>\r\n", b"DATA\r\n", b"Subject: x\r\n\r\n" + secret + b"\r\n.\r\n", b"QUIT\r\n"]
    for count in range(len(said) + 1):
        recorder = record(sandbox.addr, "--ca", sandbox.says["ca"], sanitized=False)
        with Talk(sandbox, recorder.port) as talk:
            assert talk.reply().startswith("220")
            for line in said[:count]:
                assert talk.ask(line)[0] in "23"
                if line == b"STARTTLS\r\n":
                    context = ssl.create_default_context(cafile=recorder.ca)
                    talk.socket = context.wrap_socket(talk.socket, server_hostname="127.0.0.1")
            recorder.kill()
        text = recorder.text()
        assert canonical(recorder.files()[0]) == text
        assert hides(text.encode(), secret), text
        assert text.count("\nC: ") >= count


# ---- messages ----------------------------------------------------------------------------------

PRIVATE: dict[str, list[Step]] = {
    "as it should be": [("C", b"DATA\r\n"), ("S", b"354 go\r\n"),
                        ("C", b"Subject: " + MARK + b"\r\n\r\n" + MARK + b"\r\n.\r\n"), ("S", b"250 ok\r\n")],
    "without waiting": [("C", b"DATA\r\n" + MARK + b"\r\nthe " + MARK + b"\r\n.\r\n"),
                        ("S", b"354 go\r\n250 ok\r\n")],
    "in spite of a refusal": [("C", b"DATA\r\n"), ("S", b"554 no\r\n"), ("C", MARK + b"\r\n"), ("S", b"500 what\r\n"),
                              ("C", b".\r\n"), ("S", b"500 what\r\n")],
    "in chunks": [("C", b"BDAT 22\r\n" + MARK + b"\r\nAUTH "), ("S", b"250 ok\r\n"),
                  ("C", b"BDAT 17 LAST\r\n" + MARK + b"\r\n"), ("S", b"250 ok\r\n")],
    "ended by a lone LF": [("C", b"DATA\r\n"), ("S", b"354 go\r\n"), ("C", MARK + b"\n.\n"), ("S", b"250 ok\r\n"),
                           ("C", MARK + b"\r\n.\r\n"), ("S", b"250 ok\r\n")],
    "cut off by the server": [("C", b"DATA\r\n"), ("S", b"354 go\r\n"), ("C", MARK + b"\r\n"),
                              ("S", b"421 too long\r\n"), ("C", MARK + b"\r\n.\r\n"), ("S", b"250 ok\r\n")],
    "encoded": [("C", b"DATA\r\n"), ("S", b"354 go\r\n"),
                ("C", b"Subject: x\r\n\r\n" + b64(MARK) + b"\r\n" + quoted(MARK) + b"\r\n.\r\n"), ("S", b"250 ok\r\n")],
}


@pytest.mark.parametrize("name", PRIVATE)
def test_private_messages(between: Connect, name: str) -> None:
    both = between("--private")
    both.talk(*HELLO, *PRIVATE[name], ("C", b"QUIT\r\n"), ("S", b"221 bye\r\n"))
    both.end()
    assert both.recorder.stop() == 0
    text = both.recorder.text()
    assert hides(text.encode(), MARK), text
    assert canonical(both.recorder.files()[0]) == text
    assert "C: QUIT\n" in text or name in ("ended by a lone LF",)
    assert name != "as it should be" or "S: 354 go\nC: {message}\nC: .\nS: 250 ok\n" in text


@pytest.mark.parametrize("name", PRIVATE)
def test_the_same_without_private_is_a_transcript_too(between: Connect, name: str) -> None:
    both = between()
    both.talk(*HELLO, *PRIVATE[name], ("C", b"QUIT\r\n"), ("S", b"221 bye\r\n"))
    both.end()
    assert both.recorder.stop() == 0
    assert canonical(both.recorder.files()[0]) == both.recorder.text()
    assert MARK.decode() in both.recorder.text() or name == "encoded"


def test_a_password_that_is_named_beforehand(between: Connect, tmp_path: Path) -> None:
    """It is hidden before AUTH, and where AUTH itself does not tell it."""
    file = tmp_path / "password"
    file.write_bytes(PASSWORD + b"\n")
    both = between("--password-file", file)
    both.talk(*HELLO, ("C", b"VRFY " + PASSWORD + b"\r\n"), ("S", b"252 ok\r\n"), *LOGINS["cram-md5"][1],
              *echoes(PASSWORD))
    both.end()
    assert both.recorder.stop() == 0
    assert hides(both.recorder.text().encode(), PASSWORD)
    assert "C: VRFY {secret:password}\n" in both.recorder.text()


def digest_of(password: bytes, challenge: bytes) -> bytes:
    return hmac.new(password, challenge, "md5").hexdigest().encode()


WORN = [
    b"it is " + PASSWORD + b", they say", b"password: " + PASSWORD, b"password=" + PASSWORD + b".",
    b"<" + PASSWORD + b">",
    b"smtp://alice:" + PASSWORD, b64(PASSWORD), b"x: " + b64(PASSWORD + b" is it"),
    quoted(PASSWORD), b"so " + quoted(PASSWORD) + b".",
]


@pytest.mark.parametrize("number", range(len(WORN)))
def test_a_password_that_was_never_sent(between: Connect, number: int) -> None:
    """CRAM-MD5 sends a digest. Which word it is made of can be found out, so it is."""
    both = between()
    answer = b64(b"alice ", digest_of(PASSWORD, b"<1896.697@mail.example.test>"))
    both.talk(*HELLO, ("C", b"AUTH CRAM-MD5\r\n"), ("S", b"334 " + b64(b"<1896.697@mail.example.test>") + b"\r\n"),
              ("C", answer + b"\r\n"), ("S", b"235 ok\r\n"), ("C", b"DATA\r\n"), ("S", b"354 go\r\n"),
              ("C", b"Subject: x\r\n\r\n" + WORN[number] + b"\r\n" + PASSWORD + b" again\r\n.\r\n"),
              ("S", b"250 ok\r\n"))
    both.end()
    assert both.recorder.stop() == 0
    text = both.recorder.text()
    assert hides(text.encode(), PASSWORD), text
    assert "C: *** again\n" in text and canonical(both.recorder.files()[0]) == text


def test_files_are_nobody_elses(between: Connect) -> None:
    both = between()
    both.talk(*HELLO)
    both.end()
    assert both.recorder.files()[0].stat().st_mode & 0o077 == 0
