"""What scripts/steady-proof asks of Python: the clients to grade, and whether all their gradings agree.

    steady.py write FOLDER            a folder of lab files for each client
    steady.py compare RUNS FILE...    CLONE.CLIENT.RUN.json as grader/grade wrote them
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "mutants")]

from kill_matrix import EXERCISES, mutated  # noqa: E402
from mutants import MUTANTS  # noqa: E402

STEADY = {
    "rcpt-not-awaited": "RCPT TO: the reply is not awaited",
    "354-not-awaited": "DATA: the reply is not awaited",
    "nothing-awaited": "no reply is awaited at all",
    "4xx-is-yes": "4xx is taken for yes",
    "no-dot": "no dot at the end",
}


def write(folder: Path) -> int:
    for name in ("solution", "starter"):
        (folder / name).mkdir(parents=True)
        for exercise in EXERCISES:
            shutil.copy(ROOT / name / f"{exercise}.c", folder / name)
    by_name = {mutant.name: mutant for mutant in MUTANTS}
    for short, name in STEADY.items():
        shutil.copytree(folder / "solution", folder / short)
        (folder / short / f"{by_name[name].file}.c").write_text(mutated(by_name[name]), "utf-8")
    return 0


def items_of(file: Path) -> str:
    """All that a grading says in points: the score, and each item with what it lost them by."""
    data = json.loads(file.read_text("utf-8"))
    items = [f"{lab['lab']}.{item['id']}={item['points']} {' '.join(item['rules'])}".rstrip()
             for lab in data["labs"] for item in lab["items"]]
    return f"{data['score']}/{data['of']}: {', '.join(items)}"


def compare(runs: int, files: list[Path]) -> int:
    """One line a client; status 1 if its gradings differ, or if some are missing."""
    worst = 0
    for client in sorted({file.name.split(".")[1] for file in files}):
        seen = Counter(items_of(file) for file in files if file.name.split(".")[1] == client)
        same = len(seen) == 1 and seen.total() == 2 * runs
        worst = worst or int(not same)
        print(f"{client}: {seen.total()} gradings, {len(seen)} outcome{'s' if len(seen) > 1 else ''}")
        for outcome, count in seen.most_common() if len(seen) > 1 else seen.most_common(1):
            print(f"  {count} times {outcome if len(seen) > 1 else outcome.partition(':')[0]}")
    return worst


def main() -> int:
    if sys.argv[1:2] == ["write"]:
        return write(Path(sys.argv[2]))
    return compare(int(sys.argv[2]), [Path(name) for name in sys.argv[3:]])


if __name__ == "__main__":
    sys.exit(main())
