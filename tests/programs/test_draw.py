"""smtp-draw: a transcript drawn, whole and in part, without a play."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLAIN = "transcripts/plain/one-message.smtp"
DRAWN = """\
   client                         server
   1 │◄─ 220 mail.example.test ESMTP ──│
   2 │── EHLO client.example.org ─────►│
"""
HEAD = "smtp-transcript 1\nsource: authored (RFC 5321)\n"


def draw(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ROOT / "build" / "bin" / "smtp-draw", *words], cwd=ROOT, capture_output=True, text=True,
                          check=False, timeout=60)


def lines(*words: str | Path) -> list[str]:
    done = draw("--dialogue", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_ladder_and_a_part_of_it() -> None:
    assert draw("--width", "40", "--lines", "1-2", PLAIN).stdout == DRAWN


def test_ascii_is_ascii() -> None:
    assert draw("--ascii", PLAIN).stdout.isascii() and not draw(PLAIN).stdout.isascii()


def test_the_parts_make_the_whole() -> None:
    whole = lines(PLAIN)
    assert whole == lines("--lines", "1-8", PLAIN) + lines("--lines", "9-17", PLAIN)
    assert whole[0].startswith("S: 220 ") and whole[-1] == "-- the server closes the connection"


@pytest.mark.parametrize("file", sorted(ROOT.glob("transcripts/*/*.smtp")), ids=lambda file: "/".join(file.parts[-2:]))
def test_every_transcript_can_be_drawn(file: Path) -> None:
    drawn = lines(file)
    assert drawn or "S: " not in file.read_text("utf-8")  # one server never says a word
    assert all(line.startswith(("S: ", "C: ", "-- ")) for line in drawn)


def test_no_secret_is_drawn() -> None:
    text = "\n".join(lines("transcripts/published/gmail-465.smtp"))
    assert "C: ***" in text and "C: YWxpY2VAZXhhbXBsZS5vcmc=" in text and "password" not in text


def test_of_a_choice_the_first_way_is_drawn(tmp_path: Path) -> None:
    file = tmp_path / "x.smtp"
    ways = ("C: RSET\nS: 250 b", "C: NOOP\nS: 250 c", "C: QUIT\nS: 221 d")
    file.write_text(f"{HEAD}\nS: 220 a\n@choice\n" + "\n@or\n".join(ways) + "\n@end\n@close\n")
    assert lines(file) == ["S: 220 a", "C: RSET", "S: 250 b", "-- the server closes the connection"]


@pytest.mark.parametrize(("words", "status"), [
    (["nowhere.smtp"], 66), (["README.md"], 2), ([], 64), (["--lines", "3", PLAIN], 64),
    (["--lines", "5-3", PLAIN], 64), (["--width", "39", PLAIN], 64), ([PLAIN, PLAIN], 64), (["--help"], 0)])
def test_how_it_ends(words: list[str], status: int) -> None:
    done = draw(*words)
    assert done.returncode == status and (status == 0 or done.stderr.startswith("smtp-draw: "))
