"""docs/refusals.md is current, and what it says a client may rely on holds in every recording. No server is started."""

from __future__ import annotations

import pytest

import refusals

TABLES = {**{scene: refusals.refusals(scene) for scene in refusals.REFUSALS.values()},
          **{verb: refusals.early(verb) for verb in refusals.EARLY.values()}}
ALL = [refusal for rows in TABLES.values() for refusal in rows if refusal.code[0] in "45"]


def test_the_page_is_current() -> None:
    assert refusals.PAGE.read_text() == refusals.page(), "make recordings"


@pytest.mark.parametrize("name", TABLES)
def test_the_first_digit_is_the_same(name: str) -> None:
    refused = [refusal for refusal in TABLES[name] if refusal in ALL]
    assert len(refused) >= 3
    assert len({refusal.code[0] for refusal in refused}) == 1


def test_enhanced_codes() -> None:
    """Their first number is the reply's; Postfix and Dovecot always have one, aiosmtpd sometimes, Exim never."""
    assert all(refusal.enhanced[0] == refusal.code[0] for refusal in ALL if refusal.enhanced)
    have = {name: {bool(refusal.enhanced) for refusal in ALL if refusal.server == name} for name in refusals.NAMES}
    assert have == {"Postfix": {True}, "Dovecot": {True}, "aiosmtpd": {True, False}, "Exim": {False}}


def test_what_no_client_may_rely_on() -> None:
    """Three digits, the command, the words: each differs somewhere."""
    assert {refusal.code for refusal in TABLES["unwanted-sender"]} == {"550", "554"}
    assert {refusal.code for refusal in TABLES["too-many"]} == {"421", "450", "451"}
    assert {refusal.command for refusal in TABLES["unwanted-sender"]} == {"MAIL", "RCPT"}
    assert {refusal.code for refusal in TABLES["MAIL"]} >= {"250", "503"}
    assert all(len({refusal.words for refusal in rows}) > 1 for rows in TABLES.values())
