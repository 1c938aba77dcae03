"""lib/display_table.c against the Unicode that Python knows: nothing in it may hide, act or be no character."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

SOURCE = (Path(__file__).resolve().parents[2] / "lib" / "display_table.c").read_text()
RANGES = [(int(a, 16), int(b, 16), int(c)) for a, b, c in re.findall(r"\{0x(\w+), 0x(\w+), (\d)\}", SOURCE)]

# Default_Ignorable_Code_Point without the categories C and Z, and the Braille pattern without dots: they show nothing.
NOT_SEEN = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800, 0x3164, 0xFFA0,
            *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}


def columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def test_the_ranges_are_sorted_and_apart() -> None:
    assert len(RANGES) > 250
    flat = [edge for first, last, _ in RANGES for edge in (first, last)]
    assert flat == sorted(flat)
    assert all(before[1] < after[0] for before, after in zip(RANGES, RANGES[1:]))


@pytest.mark.skipif(unicodedata.unidata_version < "14", reason="this Python knows less of Unicode than the table")
def test_every_character_in_them_is_seen_and_as_wide_as_it_says() -> None:
    wrong = []
    for first, last, width in RANGES:
        for code in range(first, last + 1):
            category = unicodedata.category(chr(code))
            blank = category[0] in "CZ" and code != 0x20
            # What a later Unicode made wide or narrow is no mistake of ours.
            if blank or code in NOT_SEEN or (columns(chr(code)) != width and unicodedata.unidata_version < "15"):
                wrong.append(f"{code:04X} {category}")
    assert not wrong
