"""The slides: their dialogues come from transcripts, nothing is cut off, and the last row can read them."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import shown
from browser import MODULES, measure
from shown import ROOT
from wcag import CONTRAST, contrast

sys.path.insert(0, str(ROOT / "slides"))

import expand  # noqa: E402

DECKS = sorted(path for path in (ROOT / "slides").glob("*.md"))
THEME = (ROOT / "slides" / "theme.css").read_text("utf-8")
RUBRIC = tomllib.loads((ROOT / "grader" / "rubric.toml").read_text("utf-8"))
SIZE = (1280, 720)
CODE_PX, TEXT_PX = 24, 24  # at least

# Of every slide: what is higher or wider than its box, and the smallest letters in it.
LOOK = """() => [...document.querySelectorAll("section")].map((slide) => ({
    title: (slide.querySelector("h1") || slide).textContent.slice(0, 50),
    height: slide.clientHeight,
    over: Math.max(slide.scrollHeight - slide.clientHeight, slide.scrollWidth - slide.clientWidth,
        ...[...slide.querySelectorAll("pre, table")].map((e) => e.scrollWidth - e.clientWidth),
        ...[...slide.querySelectorAll(":scope > :not(.rfc):not(header):not(footer)")].map((e) => e.offsetTop
            + e.offsetHeight - (slide.clientHeight - 56))),
    smallest: Math.min(...[...slide.querySelectorAll("p, li, td, th, pre, code, span, h1, h2")].map((e) =>
        parseFloat(getComputedStyle(e).fontSize))),
}))"""


@pytest.fixture(scope="module")
def decks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The decks as plain pages, all slides of one below the other."""
    if not (MODULES / "node_modules" / ".bin" / "marp").exists():
        pytest.skip("Marp is not here (make slides installs it)")
    out = tmp_path_factory.mktemp("slides")
    for deck in DECKS:
        (out / deck.name).write_text(expand.expanded(deck.read_text("utf-8")), "utf-8")
    marp = [str(MODULES / "node_modules" / ".bin" / "marp"), "--quiet", "--html", "--theme-set",
            str(ROOT / "slides" / "theme.css"), "--template", "bare", *[str(out / deck.name) for deck in DECKS]]
    subprocess.run(marp, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    yield out


def test_there_is_a_deck_for_the_course_and_one_for_every_lab() -> None:
    assert [deck.stem for deck in DECKS] == ["0-application-layer", *[f"lab-{number}" for number in range(9)]]


def test_nothing_is_cut_off_and_nothing_is_small(decks: Path) -> None:
    for answer in measure([f"file://{decks / deck.stem}.html" for deck in DECKS], [SIZE], LOOK):
        assert not answer["refused"], answer["refused"]
        assert len(answer["found"]) > 3
        for slide in answer["found"]:
            where = f"{answer['url'].rsplit('/')[-1]}: {slide['title']}"
            assert slide["height"] == SIZE[1], where
            assert slide["over"] <= 0, f"{where} is {slide['over']} px too large"
            assert slide["smallest"] >= min(CODE_PX, TEXT_PX), f"{where} has letters of {slide['smallest']} px"


def test_a_slide_that_is_too_full_is_found_out(decks: Path) -> None:
    page = decks / "too-full.html"
    text = (decks / "lab-0.html").read_text("utf-8")
    page.write_text(text.replace("<h1", "<p>one more</p>" * 20 + "<h1", 1), "utf-8")
    answer, = measure([f"file://{page}"], [SIZE], LOOK)
    assert max(slide["over"] for slide in answer["found"]) > 0


# ---- colours ----


def colours() -> dict[str, str]:
    return dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", THEME))


@pytest.mark.parametrize(("one", "other", "ratio"), [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48)])
def test_contrast_is_computed_as_wcag_has_it(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize("ground", ["paper", "code"])
@pytest.mark.parametrize("ink", ["ink", "quiet", "accent", "server", "client"])
def test_every_colour_of_text_has_contrast(ink: str, ground: str) -> None:
    assert contrast(colours()[ink], colours()[ground]) >= CONTRAST


def test_no_colour_is_written_elsewhere() -> None:
    assert not re.findall(r"#[0-9a-fA-F]{3,6}\b", THEME.partition("}")[2])
    assert not [deck.name for deck in DECKS if re.search(r"style=|color:", deck.read_text("utf-8"))]


# ---- what they show ----


def test_no_deck_has_a_dialogue_of_its_own() -> None:
    own = [f"{deck.name}: {line}" for deck in DECKS for line in deck.read_text("utf-8").splitlines()
           if re.match(r"\s*[SC]: ", line)]
    assert not own


@pytest.mark.parametrize("lab", RUBRIC["lab"], ids=lambda lab: f"lab {lab['number']}")
def test_a_deck_names_the_file_and_its_functions(lab: dict[str, Any]) -> None:
    deck = (ROOT / "slides" / f"lab-{lab['number']}.md").read_text("utf-8")
    functions = re.findall(r"(?m)^int (\w+)\(", (ROOT / "starter" / lab["file"]).read_text("utf-8"))
    assert functions and f"`starter/{lab['file']}`" in deck
    assert not [name for name in functions if f"`{name}`" not in deck and f"`{name}()`" not in deck]


@pytest.mark.parametrize("number", range(9))
def test_a_deck_shows_the_marks(number: int) -> None:
    deck = (ROOT / "slides" / f"lab-{number}.md").read_text("utf-8")
    lab = RUBRIC["by_hand"] if number == 0 else RUBRIC["lab"][number - 1]
    assert f"<!-- marks {number} -->" in deck
    assert all(f"<code>{item['id']}</code>" in expand.expanded(deck) for item in lab["item"])


def test_every_mark_is_understood() -> None:
    for deck in DECKS:
        comments = re.findall(r"<!-- (?!_)(.*) -->", deck.read_text("utf-8"))
        assert not [text for text in comments if not expand.PLACE.fullmatch(f"<!-- {text} -->")
                    and not expand.MARKS.fullmatch(f"<!-- {text} -->")], deck.name


def test_the_decks_show_what_the_transcripts_say() -> None:
    text = expand.expanded((ROOT / "slides" / "0-application-layer.md").read_text("utf-8"))
    assert '<span class="client">C: MAIL FROM:&lt;alice@example.org&gt;</span>' in text
    assert "<!-- dialogue" not in text and "<!-- ladder" not in text


@pytest.mark.parametrize("mark", ['<!-- dialogue transcripts/plain/one-message.smtp "C: MAIL" "S: 999" -->',
                                  "<!-- ladder transcripts/nowhere.smtp -->", "<!-- marks 9 -->"])
def test_a_mark_that_has_gone_stale_is_found_out(mark: str) -> None:
    with pytest.raises(SystemExit, match="expand: "):
        expand.expanded(mark)


def test_commands_on_slides_are_run_on_some_page() -> None:
    run = {shown.target(command.words) for page in shown.pages() for block in shown.blocks(page)
           if block.language == "console" for command in shown.commands(block)}
    run |= {shown.target(block.note("screen")) for page in shown.pages() for block in shown.blocks(page)}
    for deck in DECKS:
        said = re.findall(r"(?m)^(make .*)$|`(make [^`]*)`", deck.read_text("utf-8"))
        assert {shown.target(one or other) for one, other in said} <= run, deck.name
