"""Lab 7: the secret is wiped before its memory is given back, whatever became of the login.

No transcript can see that. A free() of our own can: it looks into every block that the client gives back.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SMTPLAB_BUILD", ROOT / "build"))
SECONDS = 120  # our own backstop
SECRET = "not-a-real-secret-0123456789"
TAIL = SECRET[4:]  # an empty text where the secret began hides its first byte, and no more
PLAYS = ("plain", "cram-md5", "xoauth2", "only-login", "no-auth", "refused/wrong-password-535",
         "cram-md5-bad-challenge")


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("shim") / "seeing_free.so"
    source = Path(__file__).with_name("seeing_free.c")
    subprocess.run(["cc", "-std=c11", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    return library


def unwiped(shim: Path, folder: Path, play: str, lab: int = 7) -> int:
    """How many blocks with the secret in them the client gave back in this play."""
    text = (ROOT / "transcripts" / "auth" / f"{play}.smtp").read_text("utf-8")
    head, _, rest = text.replace("set: password=tanstaaftanstaaf\n", "").partition("\n\n")
    copy, found, wrapper = folder / "copy.smtp", folder / "found", folder / "client"
    copy.write_text(f"{head}\nset: password={SECRET}\n\n{rest}".replace("lab: 7", f"lab: {lab}", 1), "utf-8")
    wrapper.write_text(f'#!/bin/sh\nLD_PRELOAD={shim} LOOK_FOR={TAIL} FOUND_IN={found} '
                       f'exec {BUILD / "solution" / "client"} "$@"\n')
    wrapper.chmod(0o700)
    subprocess.run([BUILD / "bin" / "smtp-replay", copy, "--client", wrapper], capture_output=True, cwd=ROOT,
                   timeout=SECONDS, check=False)
    return len(found.read_text().splitlines()) if found.exists() else 0


@pytest.mark.parametrize("play", PLAYS)
def test_the_secret_is_wiped(shim: Path, tmp_path: Path, play: str) -> None:
    assert unwiped(shim, tmp_path, play) == 0


def test_what_is_not_wiped_is_seen(shim: Path, tmp_path: Path) -> None:
    """The provided login wipes nothing: were that not seen, the test above would prove nothing."""
    assert unwiped(shim, tmp_path, "named-in-clear", lab=3) > 0
