"""What pages show, run: the code blocks of Markdown pages, and how each kind of them is held against the truth.

A page says what a block is behind its opening fence:

    ```console                  "$ command" lines are run by bash in a scratch copy of the kit, one block after the
                                other from the top of the page; what stands below a command is what it prints. Lines
                                that begin with "> " go on with a command, as in a shell. A command with nothing
                                below it has to end with status 0, no more. One that ends in "&" runs on until the
                                page ends. Port 2525 stands for any that is free.
    ```console exit=1           ... and the last command of this block ends with that status
    ```console needs=tshark     ... and where this program is not to be had the page is skipped from here on
    ```console written=FILE.c:FUNCTION   ... and the reader has written this file of starter/ up to that function;
                                without a function, all of it; several files with commas between them; a number for
                                all files of labs 0 to that one. The solution's lines stand in for theirs
    ```sh menu                  commands to choose from: each must be run by some console or screen block of some page
    ```text screen: COMMAND     the screen of that program in a terminal: what stands behind its prompts is typed
    ```text mutant: NAME        what the grader says first to that mutant of the solution (tests/mutants/mutants.py);
                                a mutant of a later lab's file is graded as by `make check LAB=` that lab

"..." in what is shown stands for any text, on a line of its own for any lines. Other blocks show no commands; a page
that hides one there is found out (test_no_command_hides). What cannot be run stands in EXCEPTIONS, with the reason.
"""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

FENCE = re.compile(r"^( *)(`{3,}|~{3,})(.*)$")
PROMPT = re.compile(r"^(\(gdb\)|.*\(y or n\)|.*Enter shows it\)|[a-z]+(?: [a-z]+)*[>|]) ?(.*)$")
STUB = re.compile(r"(?m)^int (\w+)\(.*\) \{\n(?:(?!^\}).*\n)*?    return TODO(?:_LAB)?\(c.*\);$")
WAITS = "Enter sends it anyway"  # below a line of the stepper that is typed, but not sent

# Commands that no test runs, and why not: (page, its beginning) -> the reason. A row that fits no command is an error.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("README.md", "make test"): "it is what runs these tests",
    ("docs/providers.md", "build/bin/smtp-step --server smtp.gmail.com"): "needs a network and an account",
    ("docs/providers.md", "build/starter/client --server smtp.gmail.com"): "needs a network and an account",
    ("docs/security.md", "(umask 077; read -rsp"): "waits for a password to be typed, and writes into the home folder",
    ("docs/security.md", "docker build"): "needs a container engine, and a network for its packages",
    ("docs/security.md", "for dir in submissions"): "needs a container engine",
}


@dataclass(frozen=True)
class Block:
    """A block of code of a page. Its line is that of its first line of code; an indented block has no language."""

    page: Path
    line: int
    language: str
    notes: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    def note(self, name: str, default: str = "") -> str:
        """The value of "name=value", or what follows "name: "."""
        found = re.search(rf"\b{name}(?:=(\S+)|: (.*))", self.notes)
        return (found[1] or found[2]) if found else default

    @property
    def is_menu(self) -> bool:
        return self.language == "sh" and self.notes == "menu"


@dataclass(frozen=True)
class Command:
    """A command of a console block and what is shown below it."""

    words: str
    output: str
    line: int


def pages() -> list[Path]:
    """All that people read: README, docs and lab sheets; instructors' copies too."""
    found = [ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("labs/**/*.md")]
    return sorted(page for page in found if page.exists())


def blocks(page: Path) -> Iterator[Block]:
    """Fenced and indented blocks of a page, from the top."""
    lines = page.read_text("utf-8").splitlines()
    at = 0
    while at < len(lines):
        fence = FENCE.match(lines[at])
        if fence:
            end = next(i for i in range(at + 1, len(lines)) if lines[i].strip() == fence[2])
            body = [line.removeprefix(fence[1]) for line in lines[at + 1:end]]
            language, _, notes = fence[3].strip().partition(" ")
            yield Block(page, at + 2, language, notes.strip(), "\n".join(body))
            at = end + 1
        elif lines[at].startswith("    ") and (at == 0 or not lines[at - 1].strip()):
            end = next((i for i in range(at, len(lines)) if lines[i].strip() and not lines[i].startswith("    ")),
                       len(lines))
            yield Block(page, at + 1, "", "", textwrap.dedent("\n".join(lines[at:end])).rstrip())
            at = end
        else:
            at += 1


def commands(block: Block) -> list[Command]:
    """The commands of a console block."""
    found: list[Command] = []
    for number, line in enumerate(block.text.splitlines(), block.line):
        if line.startswith("$ "):
            found.append(Command(line[2:], "", number))
        elif found and not found[-1].output and re.match(r"> |>$", line):
            found[-1] = Command(f"{found[-1].words}\n{line[2:]}", "", found[-1].line)
        else:
            assert found, f"{block}: output before the first command"
            last = found[-1]
            found[-1] = Command(last.words, f"{last.output}{line}\n", last.line)
    return found


def menu(block: Block) -> list[str]:
    """The commands of a menu, what stands behind two spaces or a "#" cut off."""
    lines = [re.split(r"\s{2,}|\s+#", line.strip())[0] for line in block.text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def target(command: str) -> str:
    """What a command is about: of make its target, of others the program."""
    words = [word for word in shlex.split(command) if not re.match(r"[A-Z]+=", word)]
    return " ".join(words[:2]) if words[:1] == ["make"] else words[0] if words else ""


def pattern(shown: str) -> str:
    """A regular expression for what is shown: "..." is any text, on a line of its own any lines. White space at the end
    of a line is nothing that a page can show."""
    parts = []
    for line in shown.rstrip("\n").splitlines():
        if line.strip() == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*".join(re.escape(piece) for piece in line.rstrip().split("...")) + r"[ \t]*\n")
    return "".join(parts)


def shows(shown: str, printed: str) -> bool:
    """Is this what came out, from its first line to its last?"""
    text = "".join(f"{line}\n" for line in printed.rstrip("\n").splitlines())
    return re.fullmatch(pattern(shown), text) is not None


def cut_behind(text: str, function: str) -> tuple[str, str]:
    """What stands in a file up to the end of this function, and what stands behind it."""
    found = re.search(rf"(?m)^int {function}\(.*\) \{{\n(?:(?!\}}).*\n)*\}}\n", text)
    assert found, f"there is no {function}"
    return text[:found.end()], text[found.end():]


def written(name: str, root: Path = ROOT) -> tuple[str, str]:
    """A file of starter/ and its text when this much is written (FILE.c, FILE.c:FUNCTION): the solution down to there,
    and the starter's stubs further down. A helper of theirs is not there, or the compiler would complain of it."""
    file, _, last = name.partition(":")
    own, text = ((root / folder / file).read_text("utf-8") for folder in ("starter", "solution"))
    if not last:
        return file, text
    assert last in STUB.findall(own), f"{name}: starter/ has no such stub"
    return file, cut_behind(text, last)[0] + cut_behind(own, last)[1]


def excepted(page: Path, command: str) -> str | None:
    """Why nobody runs this command."""
    name = str(page.relative_to(ROOT))
    fits = [why for (where, start), why in EXCEPTIONS.items() if where == name and command.startswith(start)]
    return fits[0] if fits else None
