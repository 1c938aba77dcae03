"""What counts as a submission, and what is said about one that does not compile or link."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.build import PLAIN, Built, build
from grader.kit import Kit
from grader.submission import FILE_MAX, Source, Submission, collect, todos_in


def collected(folder: Path, kit: Kit) -> Submission:
    return collect(folder, kit.labs, kit.starter)


def built(folder: Path, kit: Kit) -> Built:
    return build(kit, PLAIN, collected(folder, kit), folder.parent / "work")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


# ---- which files count ------------------------------------------------------------------------------

def test_a_missing_file_is_named_with_what_is_there(student: Path, kit: Kit) -> None:
    (student / "steps.c").rename(student / "stepps.c")
    problems = " ".join(collected(student, kit).problems)
    assert "steps.c is missing." in problems and "stepps.c" in problems and "keyboard.c" in problems


def test_a_symbolic_link_is_not_followed(student: Path, kit: Kit) -> None:
    (student / "steps.c").unlink()
    (student / "steps.c").symlink_to(kit.root / "solution" / "steps.c")
    assert collected(student, kit).problems[0] == "steps.c: is a symbolic link; hand in the file itself."


def test_a_pipe_is_not_waited_for(student: Path, kit: Kit) -> None:
    (student / "steps.c").unlink()
    os.mkfifo(student / "steps.c")
    assert collected(student, kit).problems[0] == "steps.c: is no regular file."


@pytest.mark.parametrize(("size", "taken"), [(FILE_MAX - 1, True), (FILE_MAX, True), (FILE_MAX + 1, False)])
def test_a_file_has_a_largest_size(student: Path, kit: Kit, size: int, taken: bool) -> None:
    (student / "steps.c").write_bytes(b"\n" * size)
    assert (not collected(student, kit).problems) == taken


def test_other_files_are_listed_and_not_used(student: Path, kit: Kit) -> None:
    (student / "Makefile").write_text("all:; touch owned")
    (student / "client.h").write_bytes((kit.starter / "client.h").read_bytes())
    (student / "foundation.c").write_text("/* my own */")
    (student / "notes").mkdir()
    assert collected(student, kit).unused == ("Makefile", "foundation.c", "notes/")


def test_a_folder_in_the_folder_is_found(student: Path, kit: Kit) -> None:
    (student.parent / "__MACOSX").mkdir()
    (student.parent / "__MACOSX" / "steps.c").write_text("resource fork")
    found = collected(student.parent, kit)
    assert not found.problems and found.folder == student


def test_extra_c_counts_when_it_is_there(student: Path, kit: Kit) -> None:
    assert len(collected(student, kit).sources) == len(kit.labs)
    (student / "extra.c").write_text("int extra = 1;\n")
    assert [s.name for s in collected(student, kit).sources] == [*kit.labs, "extra.c"]


def test_todos_are_read_from_code_and_not_from_comments() -> None:
    text = b'/* int a(void)\n TODO(c) */\nint b(void)\n{\n  // TODO(c)\n  puts("TODO(c)");\n  return TODO(c);\n}\n'
    assert [(t.function, t.line) for t in todos_in(Source("steps.c", text))] == [("b", 7)]


def test_a_file_is_as_given_but_for_comments_and_layout(student: Path, kit: Kit) -> None:
    given = (kit.starter / "session.c").read_text()
    (student / "session.c").write_text("/* by me */\n" + given.replace("\n", "\n\n"))
    assert collected(student, kit).as_given("session.c", kit.starter)
    assert not collected(student, kit).as_given("steps.c", kit.starter)


# ---- compiler and linker ------------------------------------------------------------------------------

def test_the_solution_builds_without_a_word(student: Path, kit: Kit) -> None:
    result = built(student, kit)
    assert result.client and not result.problems and not result.warnings


def test_the_first_error_with_its_line_and_a_caret(student: Path, kit: Kit) -> None:
    (student / "steps.c").write_text('#include "client.h"\n\nint one(void)\n{\n    int a = 1\n    return b;\n}\n')
    words = built(student, kit).problems
    assert words[0].startswith(f"{student}/steps.c:") and "error: " not in words[0]
    assert any(line.startswith("     5 |     int a = 1") for line in words)
    assert words[-1].strip() == "^"


def test_more_errors_are_counted_and_not_shown(student: Path, kit: Kit) -> None:
    (student / "steps.c").write_text('#include "client.h"\n\nint a = b;\nint c = d;\n')
    words = built(student, kit).problems
    assert words[0].startswith(f"{student}/steps.c:3: ") and words[-1].startswith("and 1 more;")


def test_a_function_that_the_library_keeps_to_itself(student: Path, kit: Kit) -> None:
    with (student / "steps.c").open("a") as file:
        file.write("\nint reply_parse();\nint mine(void);\nint mine(void)\n{\n    return reply_parse();\n}\n")
    problem = built(student, kit).problems[0]
    assert problem.startswith(f"{student}/steps.c:")
    assert problem.endswith("reply_parse is not yours to call: the exercise is to write it.")


def test_a_function_that_should_be_there(student: Path, kit: Kit) -> None:
    edit(student / "steps.c", "int send_quit(", "int send_quitt(struct client *c);\nint send_quitt(")
    assert "send_quit is not there: one of your files must define it" in built(student, kit).problems[0]


def test_a_function_that_nobody_has(student: Path, kit: Kit) -> None:
    with (student / "session.c").open("a") as file:
        file.write("\nvoid nowhere(void);\nvoid here(void);\nvoid here(void)\n{\n    nowhere();\n}\n")
    assert "nowhere is called but is nowhere" in built(student, kit).problems[0]


def test_a_function_defined_twice(student: Path, kit: Kit) -> None:
    with (student / "session.c").open("a") as file:
        file.write("\nint main(void)\n{\n    return 0;\n}\n")
    assert "main is defined twice" in " ".join(built(student, kit).problems)


@pytest.mark.parametrize("include", ['"../lib/reply.h"', '"../solution/steps.c"', "<openssl/ssl.h>", '"program.h"'])
def test_only_client_h_and_standard_headers_may_be_included(student: Path, kit: Kit, include: str) -> None:
    (student / "extra.c").write_text(f"#include {include}\n")
    problems = " ".join(built(student, kit).problems)
    assert f"{student}/extra.c includes " in problems
    assert "a lab file includes client.h and standard headers, and nothing else." in problems


def test_standard_headers_may_be_included(student: Path, kit: Kit) -> None:
    (student / "extra.c").write_text('#include "client.h"\n#include <ctype.h>\n#include <sys/socket.h>\nint extra;\n')
    assert built(student, kit).client


def test_a_warning_is_passed_on(student: Path, kit: Kit) -> None:
    (student / "extra.c").write_text("static int unused;\n")
    result = built(student, kit)
    assert result.client and result.warnings[0].startswith(f"{student}/extra.c:1: ")


def test_the_students_makefile_is_never_run(student: Path, kit: Kit) -> None:
    (student / "Makefile").write_text("$(shell touch owned)\n")
    assert built(student, kit).client and not list(student.parent.rglob("owned"))


def test_the_kit_missing_a_part_is_our_trouble(student: Path, kit: Kit) -> None:
    from grader.diagnose import ours
    output = "libclient.a(foundation.o): in function `f': starter/foundation.c:9: undefined reference to `net_dial'"
    assert ours(output, collected(student, kit), kit.root) == "net_dial"
    assert ours(output.replace("net_dial", "send_quit"), collected(student, kit), kit.root) == ""
