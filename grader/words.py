"""Text as it meets an eye: escaped, wrapped, coloured only where colour is wanted."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from dataclasses import dataclass
from typing import TextIO

LOG_WIDTH = 80
WIDEST = 120
ASCII_FOR = str.maketrans({"\u00b7": "-", "\u2026": "...", "\u2013": "-", "\u2019": "'", "\u201c": '"', "\u201d": '"'})


def clean(text: str, limit: int = 4000) -> str:
    """Text of a stranger with nothing in it that could move a cursor, hide a word or fill a disk."""
    shown = "".join(c if c in "\n" or c.isprintable() else _escaped(c) for c in text[:limit].expandtabs(4))
    return shown if len(text) <= limit else f"{shown}\n[cut: {len(text) - limit} more characters]"


def _escaped(c: str) -> str:
    return f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}"


def show(text: str) -> None:
    """Print; a reader who has seen enough (head, less) is no error."""
    try:
        sys.stdout.write(text if not sys.stdout.errors == "strict" else encodable(text))
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def encodable(text: str) -> str:
    encoding = sys.stdout.encoding or "ascii"
    return text.encode(encoding, "backslashreplace").decode(encoding)


@dataclass(frozen=True)
class Paper:
    """What a report is written on: how wide it is, and whether it takes colour and more than ASCII."""

    width: int = LOG_WIDTH
    colour: bool = False
    ascii_only: bool = False

    @classmethod
    def of(cls, stream: TextIO) -> Paper:
        terminal = stream.isatty()
        columns = shutil.get_terminal_size((LOG_WIDTH, 24)).columns if terminal else LOG_WIDTH
        encoding = (stream.encoding or "ascii").lower().replace("-", "")
        colour = terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM", "") != "dumb"
        return cls(min(max(columns, 40), WIDEST), colour, encoding != "utf8")

    def plain(self, text: str) -> str:
        """Text that this paper can show: escapes in place of what its encoding lacks."""
        if not self.ascii_only:
            return text
        return text.translate(ASCII_FOR).encode("ascii", "backslashreplace").decode("ascii")

    def _sgr(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text

    def bold(self, text: str) -> str:
        return self._sgr("1", text)

    def bad(self, text: str) -> str:
        return self._sgr("31", text)

    def good(self, text: str) -> str:
        return self._sgr("32", text)

    def dim(self, text: str) -> str:
        return self._sgr("2", text)

    def wrap(self, text: str, indent: str = "", hang: str | None = None) -> list[str]:
        """Words set in lines of this width; a word that is wider stays whole (a path to be copied)."""
        return textwrap.wrap(text, self.width, initial_indent=indent, break_long_words=False, break_on_hyphens=False,
                             subsequent_indent=indent if hang is None else hang)

    def chain(self, parts: list[str], separator: str, hang: str) -> list[str]:
        """Parts with a separator between them; a line that would be too wide is broken before a part."""
        lines = [parts[0]]
        for part in parts[1:]:
            longer = f"{lines[-1]}{separator}{part}"
            if len(longer) <= self.width:
                lines[-1] = longer
            else:
                lines.append(f"{hang}{part}")
        return lines
