"""Every command that README, docs and lab sheets show is run, and what they show is what comes (shown.py says how)."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import shown
from scratch import Scratch
from shown import ROOT, Block, blocks, commands
from window import Terminal

sys.path.insert(0, str(ROOT / "tests" / "mutants"))

ALL = [block for page in shown.pages() for block in blocks(page)]
CONSOLES = [page for page in shown.pages() if any(block.language == "console" for block in blocks(page))]
SCREENS = [block for block in ALL if block.note("screen")]
MUTANTS = [block for block in ALL if block.note("mutant")]

# How a line begins that is a command, or the output of one, wherever it stands.
COMMAND = re.compile(r"\s*(\$ |make( [a-z-]+)?( [A-Z]+=.*| *#.*|  .*)?$|git \w|"
                     r"(build/bin|build/\w+/client|grader/grade)\b|sudo |apt(-get)? |lab \d · transcripts/|"
                     r"(greeted|ready|mail|rcpt)> )")


# ---- what is shown is what comes ----


def skip_without(block: Block) -> None:
    needs = block.note("needs")
    if needs and shutil.which(needs) is None:
        pytest.skip(f"{block}: there is no {needs} here")


def step(scratch: Scratch, block: Block, command: shown.Command, status: int) -> None:
    where = f"{block.page.relative_to(ROOT)}:{command.line}: {command.words}"
    if command.words.endswith("&"):
        scratch.leave_running(command.words, lambda printed: shown.shows(command.output, printed))
        return
    ended, printed = scratch.run(command.words)
    assert ended == status, f"{where}\nstatus {ended}, not {status}:\n{printed}"
    assert not command.output or shown.shows(command.output, printed), \
        f"{where}\nprints\n{printed}\nand the page shows\n{command.output}"


@pytest.mark.parametrize("page", CONSOLES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_do_what_the_page_shows(page: Path, scratch: Scratch) -> None:
    for block in blocks(page):
        if block.language != "console":
            continue
        skip_without(block)
        for much in block.note("written").split(",") if block.note("written") else ():
            scratch.write(much)
        listed = commands(block)
        for command in listed:
            if shown.excepted(page, command.words) is None:
                step(scratch, block, command, int(block.note("exit", "0")) if command is listed[-1] else 0)


@pytest.mark.parametrize("block", SCREENS, ids=str)
def test_a_screen_looks_as_shown(block: Block, window: Callable[[str], Terminal]) -> None:
    skip_without(block)
    terminal = window(block.note("screen"))
    lines = block.text.splitlines()

    def wait_for(pattern: str) -> None:
        wanted = re.compile(pattern)
        terminal.wait(lambda _: bool(wanted.search(terminal.everything().rstrip() + "\n")))

    for number, line in enumerate(lines):
        prompt = shown.PROMPT.match(line)
        if prompt:
            # Only when all above it stands there: else what is typed would mix with what is still being printed.
            wait_for(shown.pattern("\n".join(lines[:number])) + re.escape(prompt[1]) + r" *(\(hint: .*)?\n\Z")
            terminal.type(prompt[2])
            if not any(shown.WAITS in after for after in lines[number + 1:number + 2]):
                terminal.keys("Enter")
    wait_for(shown.pattern(block.text))


@pytest.mark.parametrize("block", MUTANTS, ids=str)
def test_a_failure_is_explained_as_shown(block: Block, tmp_path: Path) -> None:
    import kill_matrix
    from mutants import MUTANTS as KNOWN

    mutant = next((each for each in KNOWN if each.name == block.note("mutant")), None)
    assert mutant, f"{block}: there is no mutant {block.note('mutant')}"
    labs = kill_matrix.scope_of(mutant)
    _, rubric = kill_matrix.kit_and_rubric()
    for name in (rubric.by_hand.file, *rubric.files(labs[-1].number)):
        answer = ROOT / "solution" / name
        if answer.is_dir():
            shutil.copytree(answer, tmp_path / name)
        else:
            shutil.copy(answer, tmp_path)
    (tmp_path / f"{mutant.file}.c").write_text(kill_matrix.mutated(mutant), "utf-8")
    labs = kill_matrix.scope_of(mutant)
    upto = ["--lab", str(labs[0].number)] if len(labs) == 1 else []
    plain = {"PATH": "/usr/bin:/bin", "COLUMNS": "80", "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}
    grade = [sys.executable, str(ROOT / "grader" / "grade"), "--no-sanitizers", *upto, str(tmp_path)]
    printed = subprocess.run(grade, capture_output=True, text=True, check=False, env=plain).stdout.partition("\n\n")[0]
    assert shown.shows(block.text, printed), f"{block} is to show:\n{printed}"


# ---- nothing is left out ----


def test_every_command_of_a_menu_is_run_somewhere() -> None:
    run = {shown.target(command.words) for block in ALL if block.language == "console" for command in commands(block)
           if shown.excepted(block.page, command.words) is None}
    run |= {shown.target(block.note("screen")) for block in SCREENS}
    offered = {(block.page, command) for block in ALL if block.is_menu for command in shown.menu(block)}
    missing = sorted(f"{page.name}: {command}" for page, command in offered
                     if shown.target(command) not in run and shown.excepted(page, command) is None)
    assert not missing, missing


def test_no_command_hides() -> None:
    """A command, or an output, in a block that is not marked as such would be checked by nobody."""
    known = {"console"}
    hidden = [f"{block}: {line}" for block in ALL if block.language not in known and not block.is_menu
              and not block.note("screen") and not block.note("mutant")
              for line in block.text.splitlines() if COMMAND.match(line)]
    assert not hidden, hidden


def test_every_exception_is_needed_and_says_why() -> None:
    every = {(str(block.page.relative_to(ROOT)), words) for block in ALL
             for words in ([c.words for c in commands(block)] if block.language == "console"
                           else shown.menu(block) if block.is_menu else [])}
    for (page, start), why in shown.EXCEPTIONS.items():
        assert len(why) > 20
        assert any(page == where and words.startswith(start) for where, words in every), f"{page}: no {start}"


def test_commands_in_the_text_exist() -> None:
    """`make x` in a sentence: there is such a target. `smtp-step --x`: it has that option."""
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8")))
    wrong = []
    for page in shown.pages():
        for code in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", page.read_text("utf-8")):
            words = code.split()
            if words[0] == "make" and len(words) > 1 and "=" not in words[1] and not words[1].isupper():
                if words[1] not in targets:
                    wrong.append(f"{page.name}: {code}")
    assert not wrong, wrong


OPTIONS = {(found[1], found[2]) for page in shown.pages()
           for found in re.finditer(r"`(?:build/bin/)?(smtp-[a-z]+) (--[a-z-]+)", page.read_text("utf-8"))}


@pytest.mark.parametrize(("program", "option"), sorted(OPTIONS))
def test_options_in_the_text_exist(program: str, option: str) -> None:
    said = subprocess.run([ROOT / "build" / "bin" / program, "--help"], capture_output=True, text=True, check=True)
    assert re.search(rf"{option}\b", said.stdout)


# ---- the mechanism itself ----


@pytest.mark.parametrize(("page", "printed", "same"), [
    ("one\ntwo\n", "one\ntwo\n", True),
    ("one\n", "one\ntwo\n", False),
    ("one\n...\n", "one\ntwo\nthree\n", True),
    ("...\nthree\n", "one\ntwo\n", False),
    ("took ... ms\n", "took 12 ms\n", True),
    ("354 End (.)\n", "354 End (x)\n", False),
    ("", "\n", True),
    ("a\n...\nb\n", "a\nb\n", True),
])
def test_dots_stand_for_any_text_and_nothing_else_does(page: str, printed: str, same: bool) -> None:
    assert shown.shows(page, printed) is same


def test_blocks_of_a_page_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A\n\n    make x\n\ntext\n\n```console exit=3\n$ a <<E\n> b\n> E\nout\n$ c\n```\n"
                    "- item\n\n  ```text screen: x y\n  (gdb) run\n  ```\n", "utf-8")
    indented, console, screen = blocks(page)
    assert (indented.text, indented.language, indented.line) == ("make x", "", 3)
    assert commands(console) == [shown.Command("a <<E\nb\nE", "out\n", 8), shown.Command("c", "", 12)]
    assert (console.note("exit"), screen.note("screen"), screen.text) == ("3", "x y", "(gdb) run")


def test_a_wrong_page_is_found_out(scratch: Scratch, tmp_path: Path) -> None:
    block = Block(ROOT / "page.md", 1, "console", "", "$ echo one\ntwo")
    with pytest.raises(AssertionError, match=r"and the page shows\s+two"):
        step(scratch, block, commands(block)[0], 0)
    with pytest.raises(AssertionError, match="status 1, not 0"):
        step(scratch, block, shown.Command("false", "", 1), 0)
