"""smtp-rulebook, and docs/rules.md, which is its output."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RULEBOOK = ROOT / "build" / "bin" / "smtp-rulebook"


def rulebook(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([RULEBOOK, *arguments], capture_output=True, text=True, check=False, timeout=60)


def test_the_docs_are_current() -> None:
    printed = rulebook()
    assert printed.returncode == 0
    current = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == printed.stdout
    assert current, "docs/rules.md is not what lib/rules*.c says: run `make rules` and commit the result"


def test_every_rule_has_a_section_with_its_three_sentences() -> None:
    sections = rulebook().stdout.split("\n### ")[1:]
    assert len(sections) > 50
    for section in sections:
        for part in ("\n- Seen: ", "\n- Why it matters: ", "\n- What to do: "):
            assert section.count(part) == 1, section
        assert "%s" not in section


def test_help_says_how_to_call_it() -> None:
    helped = rulebook("--help")
    assert (helped.returncode, helped.stderr) == (0, "")
    assert helped.stdout.startswith("usage: smtp-rulebook")


def test_version() -> None:
    assert rulebook("--version").stdout.startswith("smtp-rulebook (smtplab) ")


@pytest.mark.parametrize("arguments", [("--hlep",), ("rules.md",), ("--help", "me")])
def test_wrong_usage_is_64_and_names_the_word(arguments: tuple[str, ...]) -> None:
    refused = rulebook(*arguments)
    assert (refused.returncode, refused.stdout) == (64, "")
    assert arguments[-1] in refused.stderr
    assert "usage: " in refused.stderr
