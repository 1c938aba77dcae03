"""The screen of the stepper in README.md is what a terminal shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from stepping import ROOT, STEP

PROMPT = re.compile(r"(\w+)> (.+)")


def shown_in_the_readme() -> list[str]:
    """The block of the section on the stepper, without its indentation."""
    section = (ROOT / "README.md").read_text("utf-8").partition("## SMTP by hand")[2]
    block = section.partition("\n    ")[2].partition("\n\n")[0]
    return [line.strip() for line in block.splitlines()]


def test_the_screen_in_the_readme_is_current(terminal: Callable[..., Any]) -> None:
    wanted = shown_in_the_readme()
    window = terminal([STEP], size=(80, 50), NO_COLOR="1")
    window.wait("^greeted>")
    window.type("EHLO client.example.org")
    window.keys("Enter")
    typed = [match.groups() for line in wanted if (match := PROMPT.match(line))]
    for number, (prompt, text) in enumerate(typed, 1):
        window.wait(rf"^{prompt}> *(\(hint: .*)?\Z")
        window.type(text)
        if number < len(typed):  # the last one is on the prompt still, with what will come of it
            window.keys("Enter")
    screen = window.wait(re.escape(wanted[-1]))
    lines = [line.strip() for line in screen.splitlines()]
    begin = lines.index(wanted[0])
    assert lines[begin:begin + len(wanted)] == wanted, "README.md: the screen of the stepper is not current"
