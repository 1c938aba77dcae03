#!/usr/bin/env python3
"""expand.py DECK...: the decks with their dialogues drawn, into build/slides.src.

A deck names a transcript where a conversation shall stand, and perhaps how the first and the last line of it begin
that shall be shown (the last one is looked for behind the first):

    <!-- dialogue transcripts/plain/one-message.smtp "C: MAIL" "S: 354" -->
    <!-- ladder transcripts/plain/one-message.smtp -->

and "<!-- marks 1 -->" where the marks of a lab shall stand. What stands there in the end is what smtp-draw makes of the
file, and what the rubric says. No deck holds a conversation of its own, and what is made here is not committed: a slide
cannot go stale.
"""

from __future__ import annotations

import html
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DRAW = ROOT / "build" / "bin" / "smtp-draw"
COLUMNS = "76"  # of a ladder, at the size of code on a slide
PLACE = re.compile(r'^<!-- (dialogue|ladder) (\S+\.smtp)(?: "([^"]+)" "([^"]+)")? -->$', re.M)
MARKS = re.compile(r"^<!-- marks (\d) -->$", re.M)
KINDS = {"S": "server", "C": "client", "-": "event"}


def draw(*words: str) -> list[str]:
    done = subprocess.run([DRAW, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"expand: {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout.splitlines()


def lines_of(file: str, first: str, last: str) -> list[str]:
    """The option that shows the lines from one that begins so to one that begins so."""
    spoken = [line for line in draw("--dialogue", file) if line[:2] in ("S:", "C:")]
    begin = next((i for i, line in enumerate(spoken) if line.startswith(first)), None)
    end = next((i for i, line in enumerate(spoken) if begin is not None and i > begin and line.startswith(last)), None)
    if begin is None or end is None:
        raise SystemExit(f"expand: {file} has no lines from {first!r} to {last!r}")
    return ["--lines", f"{begin + 1}-{end + 1}"]


def dialogue(file: str, lines: list[str]) -> str:
    """Plain lines, each in the colour of its side."""
    shown = [f'<span class="{KINDS[line[0]]}">{html.escape(line)}</span>' for line in draw("--dialogue", *lines, file)]
    return block("dialogue", shown)


def ladder(file: str, lines: list[str]) -> str:
    """The ladder: what points left is the server's."""
    def colour(line: str) -> str:
        kind = "server" if "◄" in line else "client" if "►" in line else "event"
        return f'<span class="{kind}">{html.escape(line)}</span>'
    return block("ladder", [colour(line) for line in draw("--width", COLUMNS, *lines, file)])


def block(kind: str, lines: list[str]) -> str:
    """HTML in Markdown must have no empty line in it."""
    return f'<pre class="{kind}">' + "\n".join(lines) + "</pre>"


def marks(lab: dict[str, Any]) -> str:
    """The items of a lab as a table."""
    rows = [f"<tr><td><code>{item['id']}</code></td><td>{html.escape(item['title'])}</td><td>{item['points']}</td></tr>"
            for item in lab["item"]]
    return f'<table class="marks">{"".join(rows)}<tr><td></td><td></td><th>{lab["points"]}</th></tr></table>'


def marks_of(number: int) -> str:
    rubric = tomllib.loads((ROOT / "grader" / "rubric.toml").read_text("utf-8"))
    lab = next((lab for lab in [rubric["by_hand"], *rubric["lab"]] if lab["number"] == number), None)
    if lab is None:
        raise SystemExit(f"expand: the rubric has no lab {number}")
    return marks(lab)


def expanded(deck: str) -> str:
    def place(found: re.Match[str]) -> str:
        lines = lines_of(found[2], found[3], found[4]) if found[3] else []
        return (dialogue if found[1] == "dialogue" else ladder)(found[2], lines)
    return MARKS.sub(lambda found: marks_of(int(found[1])), PLACE.sub(place, deck))


def main() -> None:
    out = ROOT / "build" / "slides.src"
    out.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:]:
        deck = Path(name)
        (out / deck.name).write_text(expanded(deck.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
