"""Other manners of writing the same right client: each is the solution with one habit changed, and has full marks."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "mutants"))

import kill_matrix  # noqa: E402
from mutants import FIRST_STEP, IN_ONE_GO, Mutant  # noqa: E402

NO_TRANSACTION = "    if (!c->in_transaction)\n        return OUTCOME_SENT;\n"
SAY_EHLO = '    if (send_line(c, "EHLO %s", c->own_name) == -1)\n'
# Commands are sent ahead where, and only where, the server has offered it.
WHERE_OFFERED = IN_ONE_GO.replace("(__func__[5]", "(server_offers(c, \"PIPELINING\", NULL) && (__func__[5]").replace(
    "== 'a' ?", "== 'a') ?")


@dataclass(frozen=True)
class Style:
    """A habit: these replacements in that file. `but`: folders of transcripts that are about the habit itself."""

    name: str
    file: str
    changes: tuple[tuple[str, str], ...]
    but: str = "silent/"  # the short form of the kill matrix: a second each, and nothing of style in them


STYLES = (
    Style("lower-case verbs", "steps", (("MAIL FROM:", "mail from:"), ("RCPT TO:", "Rcpt To:"),
                                        ('"DATA"', '"data"'), ('"QUIT"', '"quit"'))),
    # Whoever is refused EHLO and then says HELO is in hello/; who says HELO at once has no business there.
    Style("HELO", "foundation", ((SAY_EHLO, "    if (c->options->tls == TLS_MODE_NONE)\n        return send_helo(c);\n"
                                  + SAY_EHLO),), but="hello/"),
    Style("pipelining where it is offered", "steps", ((FIRST_STEP, WHERE_OFFERED + FIRST_STEP),)),
    Style("one byte a write", "foundation", (
        ("static int gather(struct client *c", "static int flush(struct client *c);\n"
         "static int gather_all(struct client *c, const void *bytes, size_t n);\n"
         "static int gather(struct client *c, const void *bytes, size_t n) {\n"
         "    for (size_t i = 0; i < n && n < 10000; i++)\n"
         "        if (gather_all(c, (const char *)bytes + i, 1) == -1 || flush(c) == -1)\n"
         "            return FAILED;\n"
         "    return n < 10000 ? 0 : gather_all(c, bytes, n);\n}\n\n"
         "static int gather_all(struct client *c"),)),
    Style("NOOP and RSET before every message", "keyboard", ((NO_TRANSACTION, (
        '    if (send_line(c, "NOOP") == -1 || get_reply(c) == FAILED)\n'
        "        return outcome_of_error(c->err.kind);\n")),)),
    Style("every file is some bytes", "mime", (("if (strcasecmp(ending, types[i].ending) == 0)", "if (!c)"),
                                               ("type_of(const char *name)", "type_of(const char *name, void *c)"),
                                               ("type_of(name)", "type_of(name, c)"))),
    Style("names beside the addresses", "mime", (('"From: <%s>"', '"From: \\"Some, one\\" <%s>"'),
                                                 ('"%s <%s>%s"', '"%s %s (some one)%s"'))),
    Style("every text in quoted-printable, and most of it in digits", "mime", (
        ("bool fits = fits_as_it_is(text, n);", "bool fits = n == 0 && fits_as_it_is(text, n);"),
        ("b == '=' ||", "b == '=' || b % 3 == 0 ||"))),
    Style("no initial response", "auth", (("bool fits = ", "bool fits = !c && "),)),
    Style("PLAIN once more, whatever 334 says", "auth", (("if (code == 334 && (!fits ||",
                                                          "if (code == 334 && (!fits || name[0] == 'P' ||"),)),
    Style("QUIT to a server that takes no *", "auth", (("get_reply(c) / 100 != 5", "get_reply(c) == FAILED"),)),
)


def as_mutant(style: Style) -> Mutant:
    """All changes in one: the whole text for the whole text."""
    before = kill_matrix.source_of(Mutant(style.name, style.file, "", "", "")).read_text("utf-8")
    after = before
    for old, new in style.changes:
        assert after.count(old) == 1, f"{style.name}: {old!r} stands there {after.count(old)} times"
        after = after.replace(old, new)
    return Mutant(style.name, style.file, "", before, after)


@pytest.mark.parametrize("style", STYLES, ids=[style.name for style in STYLES])
def test_a_right_client_of_another_manner_has_full_marks(style: Style) -> None:
    played = [name for name in kill_matrix.names(short=True) if not name.startswith(style.but)]
    verdict = kill_matrix.judge(as_mutant(style), played)
    assert {run.name: run.rules for run in verdict.runs if run.failures} == {}
    assert verdict.lost == 0
