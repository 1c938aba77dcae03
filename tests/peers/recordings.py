"""transcripts/recorded/: what real servers said, written down by smtp-record. `make recordings` makes all of it anew.

The client is the kit's own, through the recorder; what nobody's client would do is typed in the stepper. A recording
knows what was said; how the client was called (run:, what was typed) and how it ended is added here, so that it plays.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from errands import BUILD, ERRANDS, STEPPER, Errand, options, run, send, typed
from place import FROM, HOST, TO, USER, Server
from room import ROOT, SECONDS
from servers import NAMES, Servers

FOLDER = ROOT / "transcripts" / "recorded"
RECORDER = BUILD / "bin" / "smtp-record"
MARK = "this line"
ALLOWED = "! allow bad-sequence\n! allow no-hello\n! allow reply-ignored\n"  # the point of what is typed by hand
BY_HAND = "out-of-order"

# What the file of an errand is called.
FILES = {
    "a message, STARTTLS, AUTH LOGIN": "message",
    "a message, TLS from the first byte": "implicit-tls",
    "unwanted sender": "unwanted-sender",
    "unknown recipient": "unknown-recipient",
    "too large": "too-large",
    "wrong password": "wrong-password",
    "more messages than allowed": "too-many",
}

# Commands that come too early: three, as Exim hangs up on more.
STEPS = f"""MAIL FROM:<{FROM}>
EHLO client.example.org
STARTTLS
EHLO client.example.org
:auth plain
RCPT TO:<{TO}>
MAIL FROM:<{FROM}>
DATA
QUIT
"""

# What another run of the same may change, and what stands for it when two are compared. Nothing else may differ.
CHANGES = (
    ("date", r"\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}|\d{4}-\d\d-\d\d", "DATE"),
    ("id of Postfix", r"queued as [0-9A-F]{6,}", "queued as ID"),
    ("octets, of which ids and dates are some", r"Ok: \d+ bytes", "Ok: N bytes"),
    ("id of Exim", r"id=\w{6}-\w{6,11}-\w{2,4}", "id=ID"),
    ("port", r"(127\.0\.0\.1|192\.0\.2\.\d+):\d+", r"\1:PORT"),
)


@dataclass(frozen=True)
class Scene:
    """One recording: its file, its title, and what makes the client say it. (address, authority, folder)"""

    file: str
    title: str
    tls: str
    door: str
    run: Callable[[str, str, Path], object]
    errand: Errand | None = None


def by_hand(server: Server) -> Callable[[str, str, Path], object]:
    def type_it(addr: str, ca: str, folder: Path) -> object:
        words = [STEPPER, "--server", addr, "--ca", ca, "--user", USER, "--password-file", server.place.password_file]
        done = run(words, STEPS)
        assert done.returncode == 0, done.stdout + done.stderr
        return done
    return type_it


def sent(errand: Errand, server: Server) -> Callable[[str, str, Path], object]:
    return lambda addr, ca, folder: send(errand, addr, ca, server.place.password, MARK, folder)


def scenes(server: Server) -> list[Scene]:
    """All that is recorded at this server."""
    there = [errand for errand in ERRANDS if errand.what in FILES and server.name not in errand.not_at]
    made = [Scene(FILES[e.what], e.what, "implicit" if e.door == "tls_port" else "starttls", e.door, sent(e, server), e)
            for e in there]
    return [*made, Scene(BY_HAND, "commands out of order, typed by hand", "starttls", "port", by_hand(server))]


def record(server: Server, scene: Scene, folder: Path) -> str:
    """What smtp-record writes when this is said."""
    file = folder / f"{scene.file}.smtp"
    words = [RECORDER, "--to", f"{HOST}:{getattr(server, scene.door)}", "--tls", scene.tls, "--ca", server.place.ca,
             "--out", file, "--once", "--software", f"{server.name} {server.version}",
             "--title", f"{server.name}: {scene.title}"]
    command = [str(word) for word in words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as proxy:
        assert proxy.stdout
        addr, ca = (proxy.stdout.readline().split(" ", 1)[1].strip() for _ in range(2))
        scene.run(addr, ca, folder)
        _, said = proxy.communicate(timeout=SECONDS)
    assert proxy.returncode == 0, said
    return file.read_text()


def playable(text: str, errand: Errand | None) -> str:
    """The recording with what it cannot know."""
    head, _, rest = text.partition("\n\n")
    account = f"set: user={USER}"
    if errand is None:
        return f"{head}\n{account}\n\n{rest}{ALLOWED}"
    words = shlex.join(options(errand, "{tmp}/body")).replace("'@{tmp}/body'", "@{tmp}/body")
    block = typed(errand, MARK) or errand.body.replace("{mark}", MARK)
    name = "@stdin" if errand.typed else "@file body"
    return f"{head}\nrun: {words}\n{account}\n\n{name}\n{block}@end\n{rest}! exit {errand.status}\n"


def unchanging(text: str) -> list[str]:
    """The lines, with a word in the place of all that another run may change."""
    for _, pattern, word in CHANGES:
        text = re.sub(pattern, word, text)
    return text.splitlines()


def path_of(name: str, scene: str) -> Path:
    """The file of a recording."""
    folder: Path = FOLDER / name.lower()
    return folder / f"{scene}.smtp"


def make(server: Server, scene: Scene, folder: Path) -> str:
    return playable(record(server, scene, folder), scene.errand)


def main() -> None:
    servers = Servers()
    try:
        with tempfile.TemporaryDirectory() as name:
            for each in NAMES:
                for scene in scenes(servers[each]):
                    path = path_of(each, scene.file)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(make(servers[each], scene, Path(name)))
                    Path(name, f"{scene.file}.smtp").unlink()
                    print(path.relative_to(ROOT))
    finally:
        servers.close()


if __name__ == "__main__":
    main()
