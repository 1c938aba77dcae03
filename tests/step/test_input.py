"""tools/step/input as a person at a terminal meets it, and as a pipe does."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Start = Callable[..., Any]
PROMPT = r"^smtp>"
LINE_MAX = 1 << 20


@pytest.fixture
def prompt(terminal: Start, input_program: Path) -> Start:
    """The test program, at its first prompt."""
    def start(*words: Any, **options: Any) -> Any:
        window = terminal([input_program, *words], **options)
        window.wait(PROMPT)
        return window
    return start


# ---- a line ----


def test_a_line_is_edited_and_read(prompt: Start) -> None:
    window = prompt()
    window.type("EHLX")
    window.keys("BSpace")
    window.type("O client.example.org")
    window.keys("C-a", "C-e", "Enter")
    assert re.search(r"smtp> EHLO client\.example\.org\nline <EHLO client\.example\.org>\nsmtp>",
                     window.wait("^line "))


def test_utf8_is_edited_by_the_letter(prompt: Start) -> None:
    window = prompt()
    window.type("Jö日")
    window.keys("BSpace", "Enter")
    window.wait(r"line <J\\xC3\\xB6>$")


def test_inputrc_is_honoured(prompt: Start, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".inputrc").write_text('$if smtp-step\n"\\C-t": "NOOP"\n$endif\n')
    window = prompt()
    window.keys("C-t", "Enter")
    window.wait("line <NOOP>$")


# ---- hints and warnings ----


@pytest.mark.parametrize("typed, hint", [("MAIL", " FROM:<address> [SIZE=n]"), ("MAIL FROM:", "<address> [SIZE=n]"),
                                         ("mail from:<", "address> [SIZE=n]")])
def test_the_hint_is_grey_and_shrinks(prompt: Start, typed: str, hint: str) -> None:
    window = prompt()
    window.type(typed)
    shown = window.wait(lambda text: hint in text, colours=True)
    assert f"{typed}\033[2m{hint}" in shown
    window.keys("Enter")
    assert window.wait("^line").splitlines()[0].rstrip() == f"smtp> {typed}"  # nothing of it stays behind


def test_without_colour_the_hint_says_what_it_is(prompt: Start) -> None:
    window = prompt(NO_COLOR="1")
    window.type("MAIL")
    window.wait(r"^smtp> MAIL  \(hint:  FROM:<address> \[SIZE=n\]\)$")


def test_the_hint_is_only_behind_the_whole_line(prompt: Start) -> None:
    window = prompt()
    window.type("MAIL")
    window.wait("address")
    window.keys("Left")
    window.wait(lambda text: text.rstrip() == "smtp> MAIL")
    window.keys("C-e")
    window.wait("address")


@pytest.mark.parametrize("columns, fits", [(35, True), (34, False)])
def test_the_hint_is_shown_when_it_fits_the_row(prompt: Start, columns: int, fits: bool) -> None:
    window = prompt(size=(columns, 10))
    window.type("MAIL")  # "smtp> MAIL FROM:<address> [SIZE=n]" is 34 wide; the last column stays free
    assert ("address" in window.wait("MAIL")) == fits or fits
    if fits:
        window.wait("address")
    window.keys("Enter")
    window.wait("^line <MAIL>")
    assert "address" not in window.screen()


@pytest.mark.parametrize("before", [0, 30], ids=["in the middle", "at the bottom"])
def test_the_warning_stands_below_and_blocks_nothing(prompt: Start, before: int) -> None:
    window = prompt(size=(80, 12))
    for _ in range(before):
        window.keys("Enter")
    window.type("RCPT")
    window.wait(r"smtp> RCPT\nthis will get 503")
    window.type("x")
    window.wait(r"smtp> RCPTx\nthis will get 503")
    window.keys("Left", "Left")
    window.type("y")
    window.wait(r"smtp> RCPyTx$(?!\nthis)")
    window.keys("BSpace")
    window.wait(r"smtp> RCPTx\nthis will get 503")
    window.keys("Enter")
    assert window.wait(r"smtp> RCPTx\nline <RCPTx>\nsmtp>").count("this will get") == 0


def test_a_hint_from_the_server_cannot_act(prompt: Start) -> None:
    window = prompt()
    window.type("MAIL FROM:<")
    window.keys("Tab")
    shown = window.wait(r"alice@example\.test>", colours=True)
    assert "\033[31m" not in shown and "bad" not in shown  # that word is not offered at all


# ---- completion ----


@pytest.mark.parametrize("typed, line", [
    ("eh", "EHLO "), ("r\t\tc", "RCPT"), ("MAIL F", "MAIL FROM:<"),
    ("MAIL FROM:<alice@example.o", "MAIL FROM:<alice@example.org>"),
    ("MAIL FROM:<alice@example.org> B", "MAIL FROM:<alice@example.org> BODY=8BITMIME"),
    ("MAIL FROM:<alice@example.org> siz", "MAIL FROM:<alice@example.org> SIZE="), ("zz", "zz")])
def test_words_are_completed(prompt: Start, typed: str, line: str) -> None:
    window = prompt()
    window.type(typed)
    window.keys("Tab", "Enter")
    window.wait(re.escape(f"line <{line}>"))


def test_one_tab_shows_what_may_come(prompt: Start) -> None:
    window = prompt()
    window.keys("Tab")
    window.wait(r"^EHLO +MAIL +RCPT +RSET *\nsmtp>")  # in the order they were given


# ---- secrets ----


def test_a_secret_is_not_shown(prompt: Start) -> None:
    window = prompt()
    window.type(":secret")
    window.keys("Enter")
    window.wait("^Password:")
    window.type("tops")
    window.keys("BSpace")
    window.type("nsecret")
    window.keys("Enter")
    text = window.wait(r"^secret <topnsecret>\nsmtp>")
    assert text.count("topnsecret") == 1  # our own line that says it arrived


def test_a_secret_in_the_line_is_stars(prompt: Start) -> None:
    window = prompt()
    window.type("AUTH PLAIN c2VjcmV0")
    window.wait(r"^smtp> AUTH PLAIN \*{8}$")
    window.keys("Left", "BSpace")
    window.wait(r"^smtp> AUTH PLAIN \*{7}$")
    window.keys("Enter")
    window.wait(r"^smtp> AUTH PLAIN \*{7}\nline <AUTH PLAIN c2VjcmV?0?4?")
    assert "c2V" not in window.screen().splitlines()[0]


def history_of(tmp_path: Path) -> Path:
    return tmp_path / "home" / "state" / "smtplab" / "history"


def test_history_is_kept_without_secrets(prompt: Start, tmp_path: Path) -> None:
    window = prompt()
    for line in ("EHLO a.example.org", "AUTH PLAIN c2VjcmV0", "NOOP", "NOOP"):
        window.type(line)
        window.keys("Enter")
    window.keys("C-d")
    window.wait(r"\[status 0\]")  # the file is written at the end
    path = history_of(tmp_path)
    assert path.read_text() == "EHLO a.example.org\nNOOP\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    again = prompt()
    again.keys("Up", "Up", "Enter")
    again.wait("line <EHLO a.example.org>")


@pytest.mark.parametrize("before, after", [(998, 999), (999, 1000), (1000, 1000), (2500, 1000)])
def test_history_is_cut_at_a_thousand_lines(prompt: Start, tmp_path: Path, before: int, after: int) -> None:
    path = history_of(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_text("".join(f"NOOP {i}\n" for i in range(before)))
    window = prompt()
    window.type("QUIT")
    window.keys("Enter", "C-d")
    window.wait(r"\[status 0\]")
    lines = path.read_text().splitlines()
    assert (len(lines), lines[-1], lines[-2]) == (after, "QUIT", f"NOOP {before - 1}")
    assert [entry.name for entry in path.parent.iterdir()] == ["history"]


def test_a_history_that_would_act_is_not_shown(prompt: Start, tmp_path: Path) -> None:
    history_of(tmp_path).parent.mkdir(parents=True)
    history_of(tmp_path).write_bytes(b"NOOP\n\033]0;x\007evil\n\xc2\x9bevil\n")
    window = prompt()
    window.keys("Up", "Enter")
    window.wait("line <NOOP>")


# ---- Ctrl-C, Ctrl-D, Ctrl-Z, dying ----


def test_control_c_clears_the_line(prompt: Start) -> None:
    window = prompt()
    window.type("RCPT TO")
    window.wait("this will get")
    window.keys("C-c")
    text = window.wait(r"smtp> RCPT TO\^C\ninterrupt\nsmtp> *$")
    assert "this will" not in text
    window.type("NOOP")
    window.keys("Enter")
    window.wait("line <NOOP>")


def test_control_c_ends_a_wait(prompt: Start) -> None:
    window = prompt()
    window.type(":wait")
    window.keys("Enter")
    window.wait("^waiting")
    window.keys("C-c")
    window.wait(r"^(\^C)?interrupted")


def test_control_c_in_a_secret(prompt: Start) -> None:
    window = prompt()
    window.type(":secret")
    window.keys("Enter")
    window.wait("^Password:")
    window.type("abc")
    window.keys("C-c")
    window.wait("^smtp> *$")
    window.type("NOOP")
    window.keys("Enter")
    window.wait("smtp> NOOP\nline <NOOP>")  # seen: echo is on again


def test_control_d_ends_only_an_empty_line(prompt: Start) -> None:
    window = prompt()
    window.type("ab")
    window.keys("Left", "C-d", "Enter")
    window.wait("line <a>")
    window.keys("C-d")
    window.wait(r"^end\n\[status 0\]\n1$")  # the terminal echoes


def test_stop_and_go_on(prompt: Start) -> None:
    window = prompt()
    window.type("RCPT TO")
    window.wait("this will get")
    window.keys("C-z")
    text = window.wait(r"^\[stopped\]")
    assert "this will get" not in text
    window.type("typed into the shell")  # and seen
    window.keys("Enter")
    window.wait(r"smtp> RCPT TO\n\[stopped\]\ntyped into the shell\nsmtp> RCPT TO\nthis will get")
    window.type(":")
    window.keys("Enter")
    window.wait("line <RCPT TO:>")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGABRT])
def test_the_terminal_is_put_back_when_it_dies(prompt: Start, input_program: Path, number: signal.Signals) -> None:
    window = prompt()
    window.type("RCPT")
    window.wait("this will get")
    os.kill(window.pid(input_program.name), number)
    text = window.wait(r"\[status \d+\]\n\d")
    assert re.search(r"\[status \d+\]\n1$", text), text


def test_the_terminal_is_put_back_at_exit(prompt: Start) -> None:
    window = prompt()
    window.type(":exit")
    window.keys("Enter")
    window.wait(r"\[status 3\]\n1$")


# ---- the server speaks meanwhile ----


def test_what_the_server_says_comes_above_the_line(prompt: Start, tmp_path: Path) -> None:
    fifo = tmp_path / "server"
    os.mkfifo(fifo)
    window = prompt(fifo)
    window.type("RCPT TO")
    window.wait("this will get")
    window.keys("Left")
    fifo.write_text("421 bye\n")
    window.wait(r"^S: 421 bye\nsmtp> RCPT TO\nthis will get")
    window.type("x")
    window.keys("Enter")
    window.wait("line <RCPT TxO>")  # the cursor stood where it stood


def test_a_wrapped_line_is_kept_too(prompt: Start, tmp_path: Path) -> None:
    fifo = tmp_path / "server"
    os.mkfifo(fifo)
    window = prompt(fifo, size=(20, 10))
    window.type("NOOP " + "abcdefghij" * 4)
    window.wait("hij$")
    fifo.write_text("421\n")
    text = window.wait(r"^S: 421\nsmtp> NOOP abcdefghi\n")
    assert text.splitlines() == ["S: 421", "smtp> NOOP abcdefghi", "jabcdefghijabcdefghi", "jabcdefghij"]


def test_a_preset_line_can_be_edited(prompt: Start) -> None:
    window = prompt()
    window.type(":preset NOOP")
    window.keys("Enter")
    window.wait("^smtp> NOOP$")
    window.type(" x")
    window.keys("Enter")
    window.wait("line <NOOP x>")


# ---- sizes ----


@pytest.mark.parametrize("columns, rows", [(120, 30), (40, 10), (12, 5), (5, 2)])
def test_the_window_may_change_its_size(prompt: Start, columns: int, rows: int) -> None:
    window = prompt()
    window.type("RCPT TO")
    window.wait("this will get")
    window.resize(columns, rows)
    window.type(":")
    window.keys("Enter")
    window.wait(lambda _: "line <RCPT TO:>" in window.everything())


# ---- pastes ----


def test_lines_of_a_paste_come_one_by_one(prompt: Start) -> None:
    window = prompt()
    window.paste("NOOP 1\nNOOP 2\nAUTH PLAIN c2VjcmV0\nNOOP 3\n")
    window.wait("NOOP 3")
    window.keys("Enter")
    text = window.wait(r"line <NOOP 3>\nsmtp> *$")
    assert re.findall("line <(.*)>", text) == ["NOOP 1", "NOOP 2", "AUTH PLAIN c2VjcmV0", "NOOP 3"]
    assert "smtp> AUTH PLAIN ********\n" in text


@pytest.mark.parametrize("pasted, line, told", [
    ("a\u200bb", "ab", r"\xE2\x80\x8B"), ("a\u202eb", "ab", r"\xE2\x80\xAE"), ("a\u00a0b", "ab", r"\xC2\xA0"),
    ("a\033[31mb", "a[31mb", r"\x1B"), ("a\033]52;c;x\007b", "a]52;c;xb", r"\x1B\x07"),
    ("a\x01\x03\x04\x1ab", "ab", r"\x01\x03\x04\x1A"),
    ("a\u009b2Jb", "a2Jb", r"\xC2\x9B"), ("a\x7fb", "ab", r"\x7F"), ("a\udcffb", "ab", r"\xFF"), ("a\tb", r"a\tb", "")])
def test_what_would_not_be_seen_is_left_out(prompt: Start, pasted: str, line: str, told: str) -> None:
    window = prompt()
    window.paste(pasted)
    if told:
        window.wait(lambda text: f"(left out, for it would not be seen: {told})" in text)
    window.type("x")
    window.keys("Enter")
    window.wait(re.escape(f"line <{line}x>"))


@pytest.mark.parametrize("length, read", [(LINE_MAX - 1, True), (LINE_MAX, True), (LINE_MAX + 1, False)])
def test_a_line_has_a_maximum(prompt: Start, length: int, read: bool) -> None:
    window = prompt()
    window.paste("x" * length)
    window.keys("Enter")
    told = f"line of {length} bytes" if read else "error the line is longer than 1048576 bytes"
    window.wait(lambda _: told in window.everything())
    window.type("NOOP")
    window.keys("Enter")
    window.wait("line <NOOP>")


# ---- no terminal, or one that cannot draw ----


def run(program: Path, text: bytes, *words: str) -> list[str]:
    done = subprocess.run([program, "--plain", *words], input=text, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().splitlines()


@pytest.mark.parametrize("text, lines", [
    (b"", []), (b"\n", [""]), (b"a\nb\n", ["a", "b"]), (b"a\r\nb", ["a", "b"]),
    (b"a\rb\r\n", [r"a\rb"]), (b"a\r", [r"a\r"]),
    (b"a\0b\n\xff\n", [r"a\0b", r"\xFF"]), (b"\t\x1b[2J\n", [r"\t\x1B[2J"])])
def test_a_pipe_gives_plain_lines_and_no_prompt(input_program: Path, text: bytes, lines: list[str]) -> None:
    assert run(input_program, text) == [f"line <{line}>" for line in lines] + ["end"]


@pytest.mark.parametrize("length, read", [
    (LINE_MAX - 1, True), (LINE_MAX, True), (LINE_MAX + 1, False), (5 * LINE_MAX, False)])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""], ids=["lf", "crlf", "none"])
def test_a_line_of_a_pipe_has_a_maximum(input_program: Path, length: int, read: bool, end: bytes) -> None:
    first, *rest = run(input_program, b"x" * length + end + (b"NOOP\n" if end else b""))
    assert first.startswith(f"line of {length} bytes" if read else "error the line is longer")
    assert rest == (["line <NOOP>"] if end else []) + ["end"]


def test_a_dumb_terminal_gets_a_prompt_and_nothing_else(terminal: Start, input_program: Path) -> None:
    window = terminal([input_program], TERM="dumb")
    window.wait(PROMPT)
    window.type("MAIL")
    window.keys("Enter")
    text = window.wait("line <MAIL>")
    assert "address" not in text
    window.type("abc")
    window.keys("C-c")
    window.wait(r"^interrupt\n")
    window.type(":secret")
    window.keys("Enter")
    window.wait("^Password:")
    window.type("pw")
    window.keys("Enter")
    text = window.wait("secret <pw>")
    assert text.count("pw") == 1
    window.keys("C-d")
    window.wait(r"^end\n\[status 0\]\n1$")
