"""What a mutant is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """In this file this text, which stands there once, becomes that."""

    name: str
    file: str
    rule: str
    old: str
    new: str
