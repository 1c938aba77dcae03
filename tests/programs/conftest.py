"""What the tests of the programs share: smtp-replay run as its users do, and clients compiled like a submission."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SMTPLAB_BUILD", ROOT / "build"))
LABS = tuple(sorted(path.stem for path in (ROOT / "solution").glob("*.c")))
SECONDS = 120  # our own backstop: only a broken smtp-replay meets it

# What students' files are compiled with, and what each build adds to it.
COMPILE = ("cc", "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-O1", "-g")
SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")

Result = subprocess.CompletedProcess[str]
Replay = Callable[..., Result]


def call(command: list[Any], **options: Any) -> Result:
    """Run a program from the root of the kit, as a user there would."""
    words = [str(word) for word in command]
    given: dict[str, Any] = {"cwd": ROOT, "stdin": subprocess.DEVNULL, "timeout": SECONDS, **options}
    return subprocess.run(words, capture_output=True, text=True, errors="backslashreplace", check=False, **given)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def replay_program() -> Path:
    program = BUILD / "bin" / "smtp-replay"
    assert program.exists(), "smtp-replay is not built: make"
    return program


@pytest.fixture
def replay(replay_program: Path, tmp_path: Path) -> Replay:
    """Run smtp-replay with these words. Its temporary files are the test's."""
    def run(*words: Any, env: Mapping[str, str] | None = None) -> Result:
        mine = {**os.environ, "TMPDIR": str(tmp_path), **(env or {})}
        return call([replay_program, *words], env=mine)
    return run


@pytest.fixture
def judge(replay: Replay, tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """The same, for the verdicts: what --json has under "transcripts"."""
    def run(*words: Any) -> list[dict[str, Any]]:
        path = tmp_path / "verdicts.json"
        done = replay("--json", path, *words)
        assert path.exists(), done.stdout + done.stderr
        verdicts: list[dict[str, Any]] = json.loads(path.read_text())["transcripts"]
        return verdicts
    return run


@pytest.fixture(scope="session")
def solution() -> Path:
    return BUILD / "solution" / "client"


@pytest.fixture(scope="session")
def starter() -> Path:
    return BUILD / "starter" / "client"


def compile_client(folder: Path, changed: Mapping[str, str], build: Path, flags: tuple[str, ...]) -> Path:
    """A client of the solution's files, some of them changed; what is not changed is taken from the build."""
    objects = []
    labs = dict.fromkeys((*LABS, *changed))
    for lab in labs:
        if lab not in changed:
            objects.append(build / "obj" / "solution" / f"{lab}.o")
            continue
        source = folder / f"{lab}.c"
        source.write_text(changed[lab])
        done = call([*COMPILE, *flags, f"-I{ROOT / 'starter'}", "-c", source, "-o", folder / f"{lab}.o"])
        assert done.returncode == 0, done.stderr
        objects.append(folder / f"{lab}.o")
    objects += [path for path in sorted((build / "obj" / "starter").glob("*.o"))
                if path.stem not in {*labs, "extra", "foundation"} and (ROOT / "starter" / f"{path.stem}.c").exists()]
    options = build / "obj" / "scripts" / "sanitizers.o"
    objects += [options] if flags and options.exists() else []
    client = folder / "client"
    done = call(["cc", *flags, "-o", client, *objects, build / "libclient.a", "-lssl", "-lcrypto"])
    assert done.returncode == 0, done.stderr
    return client


@pytest.fixture
def client_of(tmp_path: Path) -> Callable[..., Path]:
    """Compile a client from changed lab files ({"steps": text}); sanitized=True: with the sanitizers."""
    def compile_it(changed: Mapping[str, str], sanitized: bool = False) -> Path:
        folder = tmp_path / "client.d"
        folder.mkdir()
        build, flags = (BUILD / "asan", SANITIZE) if sanitized else (BUILD, ())
        return compile_client(folder, changed, build, flags)
    return compile_it


@pytest.fixture
def program_of(tmp_path: Path) -> Callable[[Path], Path]:
    """Compile a program of one file."""
    def compile_it(source: Path) -> Path:
        program = tmp_path / source.stem
        done = call([*COMPILE, "-o", program, source])
        assert done.returncode == 0, done.stderr
        return program
    return compile_it
