"""Compile a submission with our flags, never with its owner's Makefile.

Twice: as it is, and with sanitizers. The second build only adds what the first cannot show, so it may
fail to come about (no sanitizers on this machine) without costing anything.
"""

from __future__ import annotations

import os
from collections.abc import Container
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from grader import diagnose
from grader.kit import COMPILE_SECONDS, IN_ENGLISH, Ended, Kit, NotJudged, run
from grader.submission import Submission
from grader.words import clean

FLAGS = ("-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-O1", "-g", "-fmax-errors=20",
         "-fdiagnostics-color=never")
LIBRARIES = ("-lssl", "-lcrypto")


@dataclass(frozen=True)
class Variant:
    """One way to compile: flags of its own, and the build of the kit that fits them."""

    name: str
    flags: tuple[str, ...]
    out: str

    def provided(self, kit: Kit, handed_in: Container[str] = ()) -> list[str]:
        """What make gives us to link with: the part of the client that is no exercise, stand-ins for the lab files
        that are not graded, and the library."""
        programs = [path.stem for path in sorted(kit.starter.glob("*.c")) if path.name not in kit.exercises]
        absent = [path for path in sorted((kit.starter / "absent").glob("*.c")) if path.name in kit.exercises]
        programs += [f"absent/{path.stem}" for path in absent if path.name not in handed_in]
        return [f"{self.out}/obj/starter/{name}.o" for name in programs] + [f"{self.out}/libclient.a"]


PLAIN = Variant("plain", (), "build")
SANITIZED = Variant("sanitized", ("-fsanitize=address,undefined", "-fno-sanitize-recover=all",
                                  "-fno-omit-frame-pointer"), "build/asan")


@dataclass(frozen=True)
class Built:
    """A client, or the reasons why there is none."""

    client: Path | None
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Compiled:
    """One file of a student after the compiler."""

    name: str
    object: Path
    ended: Ended
    dependencies: str


def provided_objects(kit: Kit, variant: Variant, handed_in: Container[str]) -> list[str]:
    """The kit's objects; made when they are not there yet."""
    wanted = variant.provided(kit, handed_in)
    paths = [kit.root / name for name in wanted]
    if not all(path.exists() for path in paths):
        ended = run(["make", "-s", f"OUT={variant.out}", *wanted], cwd=kit.root, seconds=600)
        if ended.status != 0:
            raise NotJudged(f"the kit does not build here: {clean(ended.output.strip(), 400)}")
    # The options of the sanitizers, as make links them: status 99 even where the environment does not get through.
    options = kit.root / variant.out / "obj" / "scripts" / "sanitizers.o"
    return [str(path) for path in ([options] if variant is SANITIZED and options.exists() else []) + paths]


def copies_in(folder: Path, variant: Variant) -> Path:
    """Where in our folder the student's files are, and only they."""
    return folder.resolve() / variant.name / "src"


def copy_sources(submission: Submission, copies: Path) -> None:
    copies.mkdir(parents=True)
    for source in submission.sources:
        (copies / source.name).write_bytes(source.data)


def words_and_room(folder: Path) -> dict[str, str]:
    """The compiler's environment: a compiler that is killed leaves its own files in a folder that is ours."""
    return {**IN_ENGLISH, "TMPDIR": str(folder)}


def compile_file(kit: Kit, variant: Variant, submission: Submission, copies: Path, name: str) -> Compiled:
    """One file to one object. Paths in messages, __FILE__ and the debugger are the student's."""
    target = copies.parent / name
    names = [f"-I{kit.starter}", f"-ffile-prefix-map={copies}={submission.shown}", "-MD", "-MF", f"{target}.d"]
    command = [kit.compiler, *FLAGS, *variant.flags, *names, "-c", str(copies / name), "-o", f"{target}.o"]
    ended = run(command, cwd=copies, seconds=COMPILE_SECONDS, env=words_and_room(copies))
    listed = Path(f"{target}.d")
    return Compiled(name, Path(f"{target}.o"), ended, listed.read_text("utf-8", "replace") if listed.exists() else "")


def link(kit: Kit, variant: Variant, compiled: list[Compiled]) -> tuple[Path, Ended]:
    """The objects and the kit's, linked."""
    client = compiled[0].object.parent / "client"
    objects = [str(c.object) for c in compiled]
    provided = provided_objects(kit, variant, [c.name for c in compiled])
    command = [kit.compiler, *variant.flags, "-o", str(client), *objects, *provided, *LIBRARIES]
    return client, run(command, cwd=client.parent, seconds=COMPILE_SECONDS, env=words_and_room(client.parent))


def finish(kit: Kit, variant: Variant, submission: Submission, copies: Path, compiled: list[Compiled]) -> Built:
    """Link what the compiler made; problems in the words of diagnose."""
    output = "".join(c.ended.output for c in compiled)
    warned = tuple(diagnose.warnings(output, submission, copies))
    failed = [c for c in compiled if c.ended.status != 0]
    if failed:
        return Built(None, tuple(compiler_words(failed[0], output, submission, copies)), warned)
    client, linked = link(kit, variant, compiled)
    problems = [] if linked.status == 0 else linker_words(kit, submission, linked)
    for c in compiled:
        includes = diagnose.foreign_includes(c.name, c.dependencies, kit.root, copies)
        problems += [diagnose.include_sentence(submission.path(c.name), i) for i in includes]
        problems += calls_not_allowed(kit, submission, c)
    return Built(None if problems else client, tuple(problems), warned)


def calls_not_allowed(kit: Kit, submission: Submission, compiled: Compiled) -> list[str]:
    """Sentences about functions that this file was to write and not to call. Without nm nobody is accused."""
    forbidden = kit.not_to_call.get(compiled.name, ())
    if not forbidden:
        return []
    listed = run(["nm", "-u", str(compiled.object)], cwd=compiled.object.parent, seconds=COMPILE_SECONDS)
    source = next(s for s in submission.sources if s.name == compiled.name)
    names = diagnose.not_yours(listed.output, forbidden) if listed.status == 0 else []
    return [diagnose.call_sentence(source, submission.path(source.name), name) for name in names]


def linker_words(kit: Kit, submission: Submission, linked: Ended) -> list[str]:
    missing = diagnose.ours(linked.output, submission, kit.root)
    if missing:
        raise NotJudged(f"the kit itself does not link here, {missing} is missing: make says why")
    return diagnose.linker_problem(linked.output, submission, kit.root)


def compiler_words(failed: Compiled, output: str, submission: Submission, copies: Path) -> list[str]:
    if failed.ended.status is None:
        return [f"{submission.path(failed.name)}: the compiler did not come to an end in {COMPILE_SECONDS} seconds."]
    return diagnose.compiler_problem(output, submission, copies)


def build(kit: Kit, variant: Variant, submission: Submission, folder: Path) -> Built:
    """One build, as many files at once as there are processors."""
    copies = copies_in(folder, variant)
    copy_sources(submission, copies)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        names = [source.name for source in submission.sources]
        compiled = list(pool.map(lambda name: compile_file(kit, variant, submission, copies, name), names))
    return finish(kit, variant, submission, copies, compiled)
