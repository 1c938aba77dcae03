"""make try: what a beginner's client does there, to its end. It always comes to one."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STUB = "    (void)sender;\n    return TODO(c);"


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    """As much of the kit as `make try` needs, with programs that are built already."""
    for name in ("Makefile", "lib", "starter", "scripts", "grader/rubric.toml", "transcripts/plain"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name)
        else:
            shutil.copy2(ROOT / name, tmp_path / name)
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "bin").symlink_to(ROOT / "build" / "bin")
    return tmp_path


@pytest.mark.parametrize("body, last", [
    (STUB, r'status 70: a TODO is not done; .*'),
    ("    while (sender) {\n    }\n    return TODO(c);", "status (137|152): a loop that never ends; make debug T=.*"),
    ("    char *p = c->options->keylog ? 0 : (char *)(size_t)sender[0];\n    *p = 0;\n    return TODO(c);",
     "status 139: your client crashed; make debug T=plain/one-message, .*"),
], ids=["stub", "endless", "crash"])
def test_the_last_line_says_what_to_do_next(kit: Path, body: str, last: str) -> None:
    steps = kit / "starter" / "steps.c"
    steps.write_text(steps.read_text("utf-8").replace(STUB, body, 1), "utf-8")
    subprocess.run(["make", "build/starter/client"], cwd=kit, capture_output=True, check=True)
    done = subprocess.run(["scripts/try", "1", ""], cwd=kit, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
    assert re.fullmatch(last, done.stdout.splitlines()[-1])
