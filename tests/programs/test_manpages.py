"""docs/man/*.1 and completions/smtplab.bash against what the programs themselves say.

The source of truth is --help. What it prints must be in the page and be offered by the completion, and what
it does not print must not: a page that promises an option which is gone is worse than none.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "man"
COMPLETIONS = ROOT / "completions" / "smtplab.bash"
OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]*[a-z]|-[A-Za-z])(?![\w-])")
SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES",
            "SEE ALSO"]


@dataclass(frozen=True)
class Program:
    """A program, how it is started, and the name that its page and its completion go by."""

    name: str
    command: tuple[str, ...]

    @property
    def page(self) -> Path:
        return PAGES / f"{self.name}.1"


PROGRAMS = [
    Program("client", (str(ROOT / "build" / "starter" / "client"),)),
    Program("smtp-replay", (str(ROOT / "build" / "bin" / "smtp-replay"),)),
    Program("smtp-step", (str(ROOT / "build" / "bin" / "smtp-step"),)),
    Program("smtp-sandbox", (str(ROOT / "build" / "bin" / "smtp-sandbox"),)),
    Program("smtp-draw", (str(ROOT / "build" / "bin" / "smtp-draw"),)),
    Program("smtp-record", (str(ROOT / "build" / "bin" / "smtp-record"),)),
    Program("smtp-rulebook", (str(ROOT / "build" / "bin" / "smtp-rulebook"),)),
    Program("grade", (sys.executable, str(ROOT / "grader" / "grade"))),
]
each_program = pytest.mark.parametrize("program", PROGRAMS, ids=[program.name for program in PROGRAMS])


# ---- what the programs say ---------------------------------------------------------------------


@cache
def help_of(program: Program) -> str:
    """--help, on a terminal so wide that no option is cut at a hyphen."""
    wide = {**os.environ, "COLUMNS": "1000"}
    command = [*program.command, "--help"]
    helped = subprocess.run(command, env=wide, capture_output=True, text=True, check=True, timeout=60)
    assert helped.stdout
    return helped.stdout


def options_in(text: str) -> set[str]:
    return set(OPTION.findall(text))


def statuses_of(help_text: str) -> set[str]:
    """The numbers behind "Exit status:": "69 refused (5xx)" has one. None, if it says nothing of them."""
    return set(re.findall(r"\b\d{1,3}\b(?= [a-z])", " ".join(help_text.partition("Exit status:")[2].split())))


def choices_of(help_text: str) -> dict[str, set[str]]:
    """What follows an option as a|b|c, or as {a,b,c} with argparse. Words in capitals stand for something."""
    found = re.findall(r"(--?[a-zA-Z][a-z-]*)[ =]\{?([a-z0-9-]+(?:[|,][a-z0-9-]+)+)\}?", help_text)
    return {option: set(re.split(r"[|,]", words)) for option, words in found}


# ---- what the pages say ------------------------------------------------------------------------


def plain(line: str) -> str:
    """A line of roff as its reader sees it, near enough: no request, no fonts, no quotes of arguments."""
    if line.startswith('.\\"'):
        return ""
    text = re.sub(r"^\.[A-Za-z]+ ?", "", line)
    text = re.sub(r"\\f(?:\(..|\[\w*\]|.)", "", text)
    return text.replace("\\-", "-").replace("\\&", "").replace('"', "")


def sections_of(page: Path) -> dict[str, list[str]]:
    """The lines of a page under its headings, as they stand."""
    sections: dict[str, list[str]] = {"": []}
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith(".SH "):
            sections[line.removeprefix(".SH ").strip('"')] = []
        else:
            sections[list(sections)[-1]].append(line)
    return sections


def tags_of(lines: Sequence[str]) -> list[str]:
    """What the paragraphs of a list are about: the line behind each .TP."""
    return [plain(tag) for request, tag in zip(lines, lines[1:]) if request.startswith(".TP")]


def own_words(lines: Sequence[str]) -> str:
    """The text without the command lines of other programs: what stands behind " -- " is theirs."""
    return "\n".join(re.sub(r" -- .*", "", plain(line)) for line in lines)


@each_program
def test_the_page_has_the_usual_sections(program: Program) -> None:
    found = [heading for heading in sections_of(program.page) if heading in SECTIONS]
    assert found == SECTIONS
    assert plain(sections_of(program.page)["NAME"][0]).startswith(f"{program.name} \\- ".replace("\\-", "-"))


@each_program
def test_the_page_has_every_option_and_no_other(program: Program) -> None:
    documented = options_in("\n".join(tags_of(sections_of(program.page)["OPTIONS"])))
    printed = options_in(help_of(program))
    assert printed - documented == set(), f"{program.page.name} lacks what --help prints"
    assert documented - printed == set(), f"{program.page.name} has what --help does not print"


@each_program
def test_no_text_names_an_option_that_there_is_not(program: Program) -> None:
    """Examples grow stale, too. A page may speak of the options of the other programs, and of sed's -n."""
    known = {"-n"}.union(*(options_in(help_of(each)) for each in PROGRAMS))
    lines = [line for section in sections_of(program.page).values() for line in section]
    mentioned = options_in(own_words(lines))
    assert mentioned - known == set()


@each_program
def test_the_page_names_the_choices_as_help_does(program: Program) -> None:
    tags = tags_of(sections_of(program.page)["OPTIONS"])
    for option, choices in choices_of(help_of(program)).items():
        tag = next(tag for tag in tags if option in options_in(tag))
        assert set(tag.split()[-1].split("|")) == choices, tag


@each_program
def test_the_page_has_every_exit_status(program: Program) -> None:
    documented = set(tags_of(sections_of(program.page)["EXIT STATUS"]))
    printed = statuses_of(help_of(program))
    assert printed <= documented
    assert {"0", "64"} <= documented
    if printed:
        assert documented <= printed


@each_program
def test_the_page_is_of_this_version(program: Program) -> None:
    header = (ROOT / "lib" / "version.h").read_text(encoding="utf-8")
    version = re.search(r'SMTPLAB_VERSION "(.*)"', header)
    assert version
    lines = program.page.read_text(encoding="utf-8").splitlines()
    title = next(line for line in lines if line.startswith(".TH "))
    assert title.startswith(f".TH {program.name.upper()} 1 ")
    assert f'"smtplab {version[1]}"' in title


@each_program
def test_see_also_names_the_other_pages(program: Program) -> None:
    named = set(re.findall(r"([a-z-]+) \(1\)", own_words(sections_of(program.page)["SEE ALSO"])))
    assert named == {each.name for each in PROGRAMS} - {program.name}


@each_program
def test_the_files_are_there(program: Program) -> None:
    for tag in tags_of(sections_of(program.page)["FILES"]):
        for name in tag.replace(",", "").split():
            there = name.startswith("build/") or any(ROOT.glob(name))
            assert there, f"{program.page.name}: there is no {name}"


def test_the_sandboxs_page_and_completion_know_its_weaknesses() -> None:
    """They stand in a list of their own in --help, below the options."""
    sandbox = next(program for program in PROGRAMS if program.name == "smtp-sandbox")
    listed = help_of(sandbox).partition("\nWeaknesses:\n")[2].partition("\n\n")[0]
    names = {line.split()[0] for line in listed.splitlines()}
    assert names == set(tags_of(sections_of(sandbox.page)["WEAKNESSES"]))
    assert names == offered("smtp-sandbox", "--weak", "")


def test_every_page_belongs_to_a_program() -> None:
    assert {page.name for page in PAGES.iterdir()} == {program.page.name for program in PROGRAMS}


def test_names_and_addresses_are_examples() -> None:
    for page in PAGES.iterdir():
        hosts = re.findall(r"\w@([\w.-]+)", page.read_text(encoding="utf-8"))
        assert all(re.fullmatch(r"example\.(org|com|net)|.*\.test", host) for host in hosts), page.name


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff, which typesets the pages, is not here")
@each_program
def test_groff_has_no_warnings(program: Program) -> None:
    said = subprocess.run(["groff", "-man", "-ww", "-z", "-Tutf8", program.page],
                          capture_output=True, text=True, check=False, timeout=60)
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


# ---- the shape of the JSON ---------------------------------------------------------------------


def keys_in(value: object) -> Iterator[str]:
    """All keys, at every depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_in(inner)


HEAR_AND_LEAVE = """
import os, socket
socket.create_connection((os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"]))).recv(99)
"""


def test_the_page_has_every_key_of_the_json(tmp_path: Path) -> None:
    """A client that hears the greeting and leaves is enough for findings and events: every key comes out."""
    answer = tmp_path / "answer.json"
    replay = [*PROGRAMS[1].command, "--json", str(answer), "transcripts/plain/one-message.smtp",
              "--", sys.executable, "-c", HEAR_AND_LEAVE]
    played = subprocess.run(replay, cwd=ROOT, capture_output=True, check=False, timeout=120)
    assert played.returncode == 1
    documented = " ".join(tags_of(sections_of(PROGRAMS[1].page)["JSON OUTPUT"])).replace(",", "").split()
    assert set(documented) == set(keys_in(json.loads(answer.read_text(encoding="utf-8"))))


# ---- what the completion offers ----------------------------------------------------------------

SCRIPT = r"""
source "$1" && shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
function=$(complete -p "$1" | sed 's/.*-F \([^ ]*\).*/\1/')
"$function" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
for word in "${COMPREPLY[@]}"; do printf '%s\n' "$word"; done
"""


def offered(*words: str, where: Path = ROOT) -> set[str]:
    """What bash would offer for the last of these words; it must do so without a word on standard error."""
    asked = subprocess.run(["bash", "--norc", "-c", SCRIPT, "completion", COMPLETIONS, *words],
                           cwd=where, capture_output=True, text=True, check=False, timeout=60)
    assert asked.stderr == ""
    return set(asked.stdout.splitlines())


needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not here")


@needs_bash
@each_program
def test_the_completion_has_every_option_and_no_other(program: Program) -> None:
    assert offered(program.name, "-") == options_in(help_of(program))


@needs_bash
@each_program
def test_the_completion_offers_the_choices_of_help(program: Program) -> None:
    for option, choices in choices_of(help_of(program)).items():
        assert offered(program.name, option, "") == choices
        assert offered(program.name, option, "=", "") == choices


def test_help_has_choices_to_compare() -> None:
    """Else the two tests of choices compare nothing with nothing."""
    assert choices_of(help_of(PROGRAMS[0])).keys() == {"--tls", "--auth"}
    assert choices_of(help_of(PROGRAMS[-1])).keys() == {"--format"}


@needs_bash
def test_the_completion_knows_the_labs() -> None:
    rubric = tomllib.loads((ROOT / "grader" / "rubric.toml").read_text(encoding="utf-8"))
    assert offered("grade", "--lab", "") == {str(lab["number"]) for lab in rubric["lab"]}
    most = re.search(r"--lab N .*\(0 to (\d)\)", help_of(PROGRAMS[0]))
    assert most
    assert offered("client", "--lab", "") == {str(lab) for lab in range(int(most[1]) + 1)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with some of everything."""
    (tmp_path / "two words").mkdir()
    for name in ("one.smtp", "two words.smtp", "notes.txt"):
        (tmp_path / name).touch()
    return tmp_path


FILES: list[tuple[list[str], set[str]]] = [
    (["smtp-replay", ""], {"one.smtp", "two words.smtp", "two words"}),
    (["smtp-replay", "one.smtp", "two"], {"two words.smtp", "two words"}),
    (["smtp-replay", "one.smtp", "--client", "n"], {"notes.txt"}),
    (["smtp-replay", "one.smtp", "--json", "=", "n"], {"notes.txt"}),
    (["smtp-replay", "one.smtp", "--", "cat", "n"], {"notes.txt"}),
    (["smtp-replay", "--port", ""], set()),
    (["grade", ""], {"two words"}),
    (["grade", "-T", "o"], {"one.smtp"}),
    (["client", "--body", ""], {"@"}),
    (["client", "--body", "@", "n"], {"notes.txt"}),
    (["client", "--body", "=@", "n"], {"notes.txt"}),
    (["client", "--to", ""], set()),
    (["client", "--show", "--tl"], {"--tls"}),
    (["client", "--tls", "im"], {"implicit"}),
    (["smtp-rulebook", "--help", "-"], set()),
]


@needs_bash
@pytest.mark.parametrize(("words", "names"), FILES, ids=["_".join(words) for words, _ in FILES])
def test_the_completion_offers_files_where_files_go(words: list[str], names: set[str], folder: Path) -> None:
    assert offered(*words, where=folder) == names
