"""The site that `make docs` makes: it builds without a warning, hangs together, and opens from the file system."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import shown
from browser import measure
from shown import ROOT
from wcag import CONTRAST, contrast

LAPTOP, PHONE = (1280, 800), (390, 844)
SIZES = [LAPTOP, (1366, 768), PHONE]  # from 1344 on there is a third column, the list of headings
INSTRUCTORS = {"instructor.md", "kill-matrix.md"}  # not in the hand-out
MADE_BY_SPHINX = {"search", "genindex"}

# What is wider than the page and does not scroll by itself.
STICKS_OUT = """() => {
    const width = document.documentElement.clientWidth;
    const scrolls = (e) => e && (/auto|scroll|hidden/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
    return [...document.querySelectorAll("article *")]
        .filter((e) => e.getBoundingClientRect().right > width + 1 && !scrolls(e.parentElement))
        .map((e) => e.tagName + " " + e.textContent.slice(0, 60))
        .concat(document.documentElement.scrollWidth > width ? ["the page itself"] : []);
}"""

COLOURS = Path(__file__).with_name("colours.js").read_text("utf-8")

pytestmark = pytest.mark.skipif(shutil.which("sphinx-build") is None, reason="sphinx-build is not here (make docs)")


def build(root: Path, out: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([root / "scripts" / "docs", out], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    out = tmp_path_factory.mktemp("site")
    done = build(ROOT, out)
    assert done.returncode == 0, done.stderr
    yield out / "docs"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The pages and what makes a site of them, to spoil."""
    for name in ("docs", "labs"):
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, tmp_path / "kit" / name)
    (tmp_path / "kit" / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "docs", tmp_path / "kit" / "scripts")
    return tmp_path / "kit"


class Links(HTMLParser):
    """The links of a page, what it loads, and what can be linked to in it."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.loaded: list[str] = []
        self.names: set[str] = set()
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.names |= {value for name in ("id", "name") if (value := values.get(name))}
        if tag == "a" and values.get("href"):
            self.targets.append(values["href"] or "")
        elif tag in ("script", "img") and values.get("src"):
            self.loaded.append(values["src"] or "")
        elif tag == "link" and values.get("rel") in ("stylesheet", "icon", "shortcut icon"):
            self.loaded.append(values["href"] or "")


def html(site: Path) -> list[Path]:
    return sorted(page for page in site.rglob("*.html") if "_static" not in page.parts)


def test_every_page_is_in_it(site: Path) -> None:
    sources = {page.stem for page in ROOT.glob("docs/*.md")}
    assert {page.stem for page in site.glob("*.html")} - MADE_BY_SPHINX == sources
    sheets = {page.relative_to(ROOT).with_suffix(".html") for page in ROOT.glob("labs/**/*.md")
              if page.name != "answers.md"}
    assert {page.relative_to(site) for page in site.glob("labs/**/*.html")} == sheets


def test_every_internal_link_and_anchor_leads_somewhere(site: Path) -> None:
    pages = {page: Links(page) for page in html(site)}
    broken = []
    for page, links in pages.items():
        for target in links.targets + links.loaded:
            parts = urlsplit(target)
            if parts.scheme:
                continue
            to = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            known = pages[to].names if to in pages else set()
            if not to.exists() or (parts.fragment and to in pages and unquote(parts.fragment) not in known):
                broken.append(f"{page.name}: {target}")
    assert not broken, broken


def test_nothing_is_loaded_from_a_network(site: Path) -> None:
    loaded = {url for page in html(site) for url in Links(page).loaded}
    assert loaded and not [url for url in loaded if urlsplit(url).scheme or url.startswith("//")]


def test_the_search_index_knows_the_words(site: Path) -> None:
    index = (site / "searchindex.js").read_text("utf-8")
    assert index.startswith("Search.setIndex(")  # a script, and no file to be fetched: browsers allow it
    for word in ("stuf", "starttl", "envelop", "wireshark", "rubric"):
        assert re.search(rf'[{{,"]{word}"?:', index), word


def test_it_answers_when_opened_from_the_file_system(site: Path) -> None:
    answer, = measure([f"file://{site}/search.html?q=dot-stuffing"], [LAPTOP], """() => new Promise((done) => {
        const look = () => document.querySelectorAll("#search-results li a").length
            ? done([...document.querySelectorAll("#search-results li a")].map((a) => a.getAttribute("href")))
            : setTimeout(look, 20);
        look();
    })""")
    assert any("glossary.html" in link for link in answer["found"])


def test_nothing_sticks_out_on_a_laptop_or_a_phone(site: Path) -> None:
    shots = os.environ.get("SMTPLAB_SHOTS")  # a folder, for whoever wants to look
    answers = measure([f"file://{page}" for page in html(site)], SIZES, STICKS_OUT,
                      Path(shots) if shots else None)
    assert not [answer for answer in answers if answer["found"] or answer["refused"]]


def colours(pages: list[Path], *, dark: bool = False) -> dict[str, str]:
    """"theme ink ground" of all texts of these pages, and where one of them stands."""
    answers = measure([f"file://{page}" for page in pages], [LAPTOP], COLOURS, dark=dark)
    return {pair: f"{answer['url'].rsplit('/')[-1]}: {text}" for answer in answers
            for pair, text in answer["found"].items()}


def pale(found: dict[str, str]) -> dict[str, str]:
    return {pair: where for pair, where in found.items() if contrast(*pair.split()[1:]) < CONTRAST}


def test_every_text_stands_out_by_day_and_by_night(site: Path) -> None:
    assert not pale(colours(html(site)))


def test_a_page_is_dark_where_the_system_is(site: Path) -> None:
    found = [pair.split() for pair in colours([site / "faq.html"], dark=True)]
    of_theme = {theme: {(ink, ground) for each, ink, ground in found if each == theme}
                for theme in ("light", "dark", "auto")}
    assert of_theme["auto"] == of_theme["dark"] != of_theme["light"]


def test_a_pale_word_is_found_out(site: Path) -> None:
    page = site / "pale.html"
    text = (site / "faq.html").read_text("utf-8")
    page.write_text(text.replace("<p>", '<p style="color: #888; background: #eee">'), "utf-8")
    try:
        assert "light #888888 #eeeeee" in pale(colours([page]))
    finally:
        page.unlink()


def test_what_is_broken_in_a_page_is_found_out(copy: Path) -> None:
    page = copy / "docs" / "faq.md"
    broken = ["[x](nowhere.md)", "[x](glossary.md#no-such-word)", "###### Too deep"]
    text = page.read_text("utf-8")
    page.write_text(text + "\n" + "\n\n".join(broken) + "\n", "utf-8")
    done = build(copy, copy / "build")
    assert done.returncode != 0
    for number, line in enumerate(broken):
        assert f"faq.md:{text.count(chr(10)) + 2 + 2 * number}:" in done.stderr, line


def test_it_builds_without_the_instructors_pages(copy: Path) -> None:
    """As in the hand-out."""
    for name in INSTRUCTORS:
        (copy / "docs" / name).unlink()
    done = build(copy, copy / "build")
    assert done.returncode == 0, done.stderr


def test_students_pages_do_not_link_to_instructors() -> None:
    free = {*INSTRUCTORS, "index.md", "answers.md", "README.md"}
    wrong = [page.name for page in shown.pages() if page.name not in free
             and re.search(r"\((?:\.\./)*(?:docs/)?(?:instructor|kill-matrix)\.md", page.read_text("utf-8"))]
    assert not wrong
