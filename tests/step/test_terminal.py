"""smtp-step in a real terminal: what a person sees, key by key."""

from __future__ import annotations

import re
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stepping import ROOT, SANITIZED, STEP, server

Start = Callable[..., Any]


@pytest.fixture
def stepper(terminal: Start) -> Start:
    """The stepper in a window, at its first prompt."""
    def start(*words: str | Path, program: Path = STEP, prompt: str = r"^greeted>", **options: Any) -> Any:
        window = terminal([program, *words], **options)
        window.wait(prompt)
        return window
    return start


def enter(window: Any, text: str, wanted: str) -> str:
    """Type a line; the screen, once it shows that. What stands there already does not count."""
    window.type(text)
    window.keys("Enter")
    screen: str = window.wait(wanted)
    return screen


# ---- first steps ----


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_the_first_screen_says_where_one_is_and_what_to_do(stepper: Start, size: tuple[int, int]) -> None:
    screen = stepper(size=size, NO_COLOR="1").screen()
    assert "a sandbox inside this program" in screen and "TAB" in screen and ":help" in screen
    assert re.search(r"Ctrl-D or\s+:quit\s+leaves", screen)
    assert "S: 220 mail.example.test" in screen
    assert "\n\n\n" not in screen and len(screen.splitlines()) <= 7


def test_a_newcomer_sends_a_message_by_tab_and_hints_alone(stepper: Start) -> None:
    """Whoever this is knows nothing: they look at the grey words, type their first letters, and press TAB."""
    window = stepper(NO_COLOR="1")
    for letter, hint, tabs, done in [("EH", "EHLO your", 2, r"^ready>"), ("S", "STARTTLS", 1, "^tls greeted>"),
                                     ("EH", "EHLO your", 2, "^tls ready>"),
                                     ("M", "MAIL FROM:<address>", 2, "^tls mail>"),
                                     ("RC", "RCPT TO:<address>", 2, "^tls rcpt>"), ("D", "DATA", 1, r"^tls data\|")]:
        window.wait(lambda text, hint=hint: hint in text.splitlines()[-1] or hint in "".join(text.splitlines()[-2:]))
        window.type(letter)
        for _ in range(tabs):
            window.keys("Tab")
            if letter == "RC":
                window.wait(r"RCPT TO:<")
        window.keys("Enter")
        window.wait(done)
    window.wait("a lone . ends it")
    window.type("S")
    window.keys("Tab")
    window.type("Hello")
    window.keys("Enter", "Enter")
    window.type("My first message.")
    window.keys("Enter")
    enter(window, ".", "^tls S: 250 2.0.0 Ok")
    window.wait(lambda text: "QUIT" in text.splitlines()[-1])
    enter(window, "QUIT", "221 2.0.0 Bye")
    text = window.everything()
    assert not re.search(r"S: [45]\d\d|<-", text), text


def test_tab_offers_what_this_server_offered(stepper: Start) -> None:
    window = stepper()
    window.keys("Tab")
    assert "MAIL" not in window.wait("^EHLO ")
    enter(window, "EHLO client.example.org", "^ready>")
    window.keys("C-l")
    window.keys("Tab")
    screen = window.wait("MAIL FROM:<")
    assert "STARTTLS" in screen and "RCPT" not in screen and "AUTH" not in screen
    window.type("MAIL FROM:<alice@example.org> ")
    window.keys("Tab")
    window.wait("BODY=8BITMIME")


@pytest.mark.parametrize("typed, offered",
                         [(":", ":explain"), (":explain dot", "dot-stuffing"), (":explain STAR", "STARTTLS"),
                          (":auth cr", "cram-md5"), (":predict o", "off"), (":send READ", "README.md"),
                          (":play transcripts/plain/", "one-message.smtp"), (":record Make", "Makefile"),
                          (":help di", "diagram")])
def test_tab_completes_local_commands(stepper: Start, typed: str, offered: str) -> None:
    window = stepper()
    window.type(f"{typed}")
    window.keys("Tab")
    window.wait(re.escape(offered))


def test_the_hint_shrinks_and_the_warning_flags_but_never_blocks(stepper: Start) -> None:
    window = stepper(NO_COLOR="1")
    window.type("MA")
    window.wait(r"hint: IL FROM:<address>")
    window.type("IL FROM:<a")
    window.wait(r"this will get 503: no EHLO yet; Enter sends it anyway")
    window.keys("C-u")
    enter(window, "RCPT TO:<bob@example.org>", r"S: 503 ")
    assert ":explain no-hello" in window.screen()
    window.type("FOO ")
    window.wait("this will get 500: SMTP has no such command")


def test_in_the_message_dots_are_explained(stepper: Start) -> None:
    window = stepper()
    for line in ("EHLO client.example.org", "MAIL FROM:<alice@example.org>", "RCPT TO:<bob@example.org>", "DATA"):
        enter(window, line, ".")
    window.wait(r"^data\|")
    window.type(".x")
    window.wait(r"takes the first dot off and keeps 'x'; '\.\.x' would keep it all")
    window.keys("C-u")
    window.type(".")
    window.wait("a dot alone ends the message")
    window.keys("C-u")
    enter(window, ":why", "354")
    window.wait(r"^data\|")


# ---- secrets ----


def test_secrets_are_not_seen_and_not_kept(stepper: Start, tmp_path: Path) -> None:
    window = stepper()
    for line in ("EHLO client.example.org", "STARTTLS", "EHLO client.example.org"):
        enter(window, line, ".")
    window.wait("^tls ready>")
    enter(window, "AUTH LOGIN", r"^tls auth>")
    enter(window, "YWxpY2U=", r"334 UGFzc3dvcmQ6")
    enter(window, "d29uZGVybGFuZA==", r"235 ")
    enter(window, "AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=", r"503 ")
    window.keys("C-d")
    window.wait(r"\[status 0\]")
    kept = "".join(path.read_text() for path in (tmp_path / "home").rglob("*") if path.is_file())
    for secret in ("YWxpY2U", "d29uZGVy", "AGFsaWNl"):
        assert secret not in window.everything() and secret not in kept
    assert "STARTTLS" in kept
    assert all(path.stat().st_mode & 0o77 == 0 for path in (tmp_path / "home").rglob("*history*") if path.is_file())


def test_a_password_is_asked_for_without_echo(stepper: Start) -> None:
    window = stepper("--user", "carol")
    for line in ("EHLO client.example.org", "STARTTLS", "EHLO client.example.org"):
        enter(window, line, ".")
    window.wait("^tls ready>")
    enter(window, ":auth plain", r"password \(not shown\):")
    enter(window, "looking-glass", "535 ")
    assert "looking" not in window.everything()


# ---- habits ----


def test_control_d_leaves_with_quit(stepper: Start) -> None:
    window = stepper()
    window.keys("C-d")
    screen = window.wait(r"\[status 0\]")
    assert "C: QUIT" in screen and "S: 221" in screen


def test_control_c_clears_the_line(stepper: Start) -> None:
    window = stepper()
    window.type("MAIL FROM:<nob")
    window.keys("C-c")
    enter(window, "NOOP", "S: 250 2.0.0 Ok")


def greets(connection: socket.socket) -> None:
    connection.sendall(b"220 mail.example.test\r\n")
    while connection.recv(4096):
        pass


def test_control_c_stops_waiting_for_a_silent_server(stepper: Start) -> None:
    with server(greets) as address:
        window = stepper("--server", address, "--tls", "none")
        enter(window, "NOOP", "waiting for the server; Ctrl-C stops waiting")
        window.keys("C-c")
        window.wait("you stopped waiting; the reply is still owed")
        enter(window, ":quit", r"\[status 0\]")


def test_what_the_server_says_unasked_comes_up_at_once(stepper: Start) -> None:
    def speaks(connection: socket.socket) -> None:
        connection.sendall(b"220 mail.example.test\r\n")
        connection.recv(4096)
        connection.sendall(b"250 ok\r\n")
        time.sleep(0.5)  # while the next line is being typed
        connection.sendall(b"421 4.3.2 going down\r\n")

    with server(speaks) as address:
        window = stepper("--server", address, "--tls", "none")
        enter(window, "NOOP", "250 ok")
        window.type("MAIL")
        window.wait("S: 421 4.3.2 going down")
        window.wait("^closed> MAIL")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_signals_that_end_it_leave_the_terminal_as_it_was(stepper: Start, name: str) -> None:
    import os

    window = stepper()
    os.kill(window.pid("smtp-step"), signal.Signals[name])
    screen = window.wait(r"^\[status \d+\]\n1$")
    assert "[status 0]" not in screen


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (5, 3), (20, 5), (40, 10)])
def test_tiny_windows(terminal: Start, size: tuple[int, int]) -> None:
    window = terminal([SANITIZED], size=size)
    for line in ("EHLO client.example.org", ":why", ":state", ":diagram", ":bytes", "MAIL FROM:<alice@example.org>"):
        window.type(line)
        window.keys("Enter")
    window.wait(lambda _: "250 2.1.0 Ok" in window.everything())
    window.resize(90, 30)
    window.keys("Enter")  # a prompt drawn over rows of two columns cannot be found again; the next one can
    window.wait(r"^mail>")
    window.keys("C-d")
    window.wait(r"\[status 0\]")


def test_a_dumb_terminal_gets_plain_lines(terminal: Start) -> None:
    window = terminal([STEP], TERM="dumb")
    window.wait("greeted>")
    window.type("NOOP")
    window.keys("Enter")
    assert "\033" not in window.wait("S: 250 2.0.0 Ok", colours=True)


def test_no_color_is_honoured(stepper: Start) -> None:
    window = stepper(NO_COLOR="1")
    enter(window, "NOPE", "S: 500")
    assert not re.search("\033\\[[0-9;]*m", window.wait("S: 500", colours=True))
    window = stepper()
    enter(window, "NOPE", "S: 500")
    assert re.search("\033\\[31m", window.wait("S: 500", colours=True))


def test_nothing_from_the_wire_moves_the_cursor(stepper: Start) -> None:
    evil = "\033[2J\033[H\033]0;owned\a\033[6n\033]52;c;eA==\a\rgreeted> \b\b".encode()

    def session(connection: socket.socket) -> None:
        connection.sendall(b"220 mail.example.test " + evil + b"\r\n")
        connection.recv(4096)
        connection.sendall(b"250-x " + evil + b"\r\n250 X" + evil + b"\r\n")
        connection.recv(4096)

    with server(session) as address:
        window = stepper("--server", address, "--tls", "none")
        enter(window, "EHLO a", "^ready>")
        for line in (":caps", ":why", ":bytes"):
            enter(window, line, "^ready>")
        screen = window.everything()
        assert "\\x1B[2J" in screen and "You talk to 127.0.0.1" in screen
        assert window.tmux("display-message", "-p", "#{pane_title}").strip() != "owned"
        assert window.tmux("list-buffers") == ""
        window.keys("C-c")


# ---- again and again ----


def test_predict_hides_the_reply_until_it_is_guessed(stepper: Start) -> None:
    window = stepper()
    enter(window, ":predict on", "waits until you have guessed")
    enter(window, "NOPE", "which code comes")
    assert "500" not in window.screen()
    enter(window, "250", "no; 2 is done")
    enter(window, "5", "^right|  right")
    window.wait("S: 500 5.5.2")
    enter(window, ":predict off", "0 of 1 replies guessed at the first try")


def test_play_says_the_lines_of_a_transcript_on_enter(stepper: Start) -> None:
    window = stepper()
    enter(window, ":play transcripts/plain/one-message.smtp", r"greeted> EHLO ")
    window.keys("Enter")
    window.wait(r"ready> MAIL FROM:<")
    window.keys("Enter")
    window.wait(r"mail> RCPT TO:<")
    enter(window, "", r"rcpt> DATA")
    window.keys("C-u")
    enter(window, ":play off", r"^rcpt>")
    enter(window, ":play transcripts/plain/one-message.smtp 3", r"> ")


def test_undo_goes_back_to_the_prompt_of_that_step(stepper: Start) -> None:
    window = stepper()
    for line, phase in (("EHLO a", "ready"), ("MAIL FROM:<a@example.org>", "mail"),
                        ("RCPT TO:<bob@example.org>", "rcpt")):
        enter(window, line, f"^{phase}>")
    enter(window, ":undo", "^mail> ")
    window.wait("on which 2 steps have been said again")
    enter(window, ":undo 1", "on which 1 step has been said again")
    window.wait(lambda text: text.splitlines()[-1].startswith("ready>"))


def test_the_make_target_opens_it(terminal: Start) -> None:
    window = terminal(["make", "-C", ROOT, "step", "REPLAY=transcripts/refused/rcpt-550.smtp"])
    window.wait("^greeted>")
    assert "the recording transcripts/refused/rcpt-550.smtp" in " ".join(window.screen().split())
