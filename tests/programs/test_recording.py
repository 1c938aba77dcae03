"""smtp-replay --record: a recording is the conversation again, and replayed and recorded it gives itself back."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SMTPLAB_BUILD", ROOT / "build"))
TRANSCRIPTS = ROOT / "transcripts"
EVERY = sorted(TRANSCRIPTS.rglob("*.smtp"))
ALL = [path for path in EVERY if "\nrun: " in path.read_text()]
BY_HAND = [path for path in EVERY if path not in ALL]  # no client of ours would say that
PLAIN = TRANSCRIPTS / "plain" / "one-message.smtp"
WHOLE = TRANSCRIPTS / "keyboard" / "whole-session.smtp"
HIDDEN_ANSWER = "{secret:response"  # what stood there was made of a secret, and the recording does not have it
TOO_MUCH = "expected at most"  # can be recorded, but is more than a transcript may hold
HEAD_KEYS = ("lab:", "run:", "set:")
STAMPS = re.compile(r"(?m)^C: (Date|Message-ID): .*\n")  # what no two messages have in common (RFC 5322 3.6.1, 3.6.4)

Replay = Callable[..., Any]


def spoken(text: str) -> list[str]:
    """S:, C:, @tls, @close: the conversation, without the two header fields that our client adds to a message."""
    kept = [line for line in text.splitlines() if line.startswith(("S:", "C:", "@tls", "@close"))]
    return [line for line in kept if not re.match(r"C: (From|To): |C:  <", line)]


def runnable(recording: str, transcript: Path) -> str:
    """The recording with what it cannot know: how the client was called, what was typed, and what is let pass."""
    head, rest = recording.split("\n\n", 1)
    original = transcript.read_text().replace("{dir}", str(transcript.parent))
    keys = [line for line in original.splitlines() if line.startswith(HEAD_KEYS)]
    blocks = re.findall(r"^@(?:stdin|file [^\n]*)\n.*?^@end\n", original, re.M | re.S)
    allowed = re.findall(r"^! allow [^\n]*\n", original, re.M)
    return "\n".join([head, *keys]) + "\n\n" + "".join(blocks + allowed) + STAMPS.sub("", rest)


def settled(recording: str) -> str:
    """Without the date and the name that a message has for itself alone."""
    return STAMPS.sub(r"C: \1: ...\n", recording)


def ends_politely(transcript: Path) -> bool:
    """Where one side hangs up on the other, how much was on its way by then is chance; where nobody calls there is
    nothing to record."""
    text = transcript.read_text()
    return re.search(r"^C: QUIT", text, re.M | re.I) is not None and "\n! no-connection" not in text


POLITE = [path for path in ALL if ends_politely(path)]


@pytest.mark.parametrize("transcript", POLITE, ids=[str(path.relative_to(TRANSCRIPTS)) for path in POLITE])
def test_a_recording_gives_the_conversation_back(transcript: Path, replay: Replay, solution: Path,
                                                 tmp_path: Path) -> None:
    original = transcript.read_text()
    first, again, script = tmp_path / "first.smtp", tmp_path / "again.smtp", tmp_path / "script.smtp"
    assert replay("--record", first, transcript, "--client", solution).returncode == 0
    recorded = first.read_text()
    printed = replay("--print", first)
    if printed.returncode == 2 and TOO_MUCH in printed.stderr:
        pytest.skip(f"such a recording is no transcript: {printed.stderr.strip()}")
    assert printed.stdout == recorded, "what is recorded is canonical"
    if HIDDEN_ANSWER in recorded:
        pytest.skip("an answer made of a secret is not recorded, so nobody can be asked for it again")
    if transcript == WHOLE:
        me = re.search(r"^C: EHLO (\S+)$", recorded, re.M)
        assert me
        assert spoken(recorded) == spoken(original.replace("{me:domain}", me[1]))
    script.write_text(runnable(recorded, transcript))
    assert replay("--record", again, script, "--client", solution).returncode == 0
    assert settled(again.read_text()) == settled(recorded)


@pytest.mark.parametrize("transcript", BY_HAND, ids=[str(path.relative_to(TRANSCRIPTS)) for path in BY_HAND])
def test_what_was_typed_by_hand(transcript: Path, replay: Replay, tmp_path: Path) -> None:
    """The stepper plays its own lines, and is answered the same."""
    original, again, typed = transcript.read_text(), tmp_path / "again.smtp", tmp_path / "typed"
    lines = re.findall(r"^C: (.*)$", original, re.M)
    typed.write_text("\n".join(":auth plain" if line.startswith("AUTH PLAIN") else line for line in lines) + "\n")
    stepper = f"{BUILD}/bin/smtp-step --server {{addr}} --ca {{ca}} --user {{user}} --password-file {{password-file}}"
    done = replay("--record", again, transcript, "--", "sh", "-c", f"exec {stepper} <{typed}")
    assert done.returncode == 0, done.stdout
    assert spoken(again.read_text()) == spoken(original)


@pytest.mark.parametrize("transcript", EVERY, ids=[str(path.relative_to(TRANSCRIPTS)) for path in EVERY])
def test_the_source_is_told_as_the_folder_has_it(transcript: Path) -> None:
    """What was heard is in recorded/ and published/; elsewhere nothing passes for that."""
    kind = {"recorded": r"recorded \(\w+ [\d.]+, \d{4}-\d\d-\d\d\)$", "published": r"published \(",
            "providers": r"authored \(.*not recorded"}.get(transcript.relative_to(TRANSCRIPTS).parts[0], r"authored \(")
    assert re.search(f"^source: {kind}", transcript.read_text(), re.M)


def test_a_recording_that_cannot_be_written_is_said(replay: Replay, solution: Path, tmp_path: Path) -> None:
    done = replay("--record", tmp_path / "none" / "r.smtp", PLAIN, "--client", solution)
    assert done.returncode == 3
    assert "none/r.smtp" in done.stdout
