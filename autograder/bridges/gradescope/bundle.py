"""Writes the archive that makes Gradescope grade an assignment as `course grade` does.

It holds private tests, worked solutions and the seed: for the platform, never for students.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib.metadata
import json
import re
import stat
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.requirements import Requirement

import autograder
import cs_lib
from autograder.bridges.gradescope.results import VISIBILITIES, results_of, unfinished
from autograder.course import Assignment, Course, CourseError
from autograder.hints import hints_of

HERE = Path(__file__).parent
SCRIPTS = ("setup.sh", "run_autograder")
# What grading imports; the libraries of the notebooks and of their tests are added.
NEEDED = frozenset(
    {"numpy", "msgpack", "pytest", "packaging", "platformdirs", "jinja2", "jupytext", "nbformat"}
)
# PyPI's torch brings two gigabytes for graphics cards, which grading does not use.
CPU_TORCH = "--extra-index-url https://download.pytorch.org/whl/cpu"
FOR_GRAPHICS_CARDS = re.compile(r"(nvidia|triton|cuda)\b")
SECONDS = 540  # the platform ends a run after 600 unless its settings say otherwise
EPOCH = (1980, 1, 1, 0, 0, 0)

WHY = {
    "unfinished": "Grading did not finish: the grader itself was ended. Nothing is known of your work. "
    "Hand it in again, and tell your instructor if this comes back.",
    "out_of_time": "Grading did not finish: it ran out of time or memory. A function of yours may take very "
    "long or use up the machine; try the checks in your notebook. Then hand it in again.",
}


def export(
    course: Course,
    assignment: Assignment,
    to: Path,
    *,
    private: str = "after_published",
    seconds: int = SECONDS,
) -> Path:
    """Write the archive for an assignment to the file `to`, and return it.

    private: when students see the private tests (`autograder.bridges.gradescope.results.VISIBILITIES`).
    seconds: when a grading is given up; less than the time limit in the platform's own settings.
    Raises CourseError for a visibility that Gradescope does not know.
    """
    if private not in VISIBILITIES:
        raise CourseError(f"there is no visibility {private!r}: choose from {', '.join(VISIBILITIES)}")
    entries = list(_entries(course, assignment, private, seconds))
    to.parent.mkdir(parents=True, exist_ok=True)
    partial = to.with_name(to.name + ".part")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            entry = zipfile.ZipInfo(name, EPOCH)  # the same course gives the same archive
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (stat.S_IFREG | (0o755 if name in SCRIPTS else 0o644)) << 16
            archive.writestr(entry, content)
    partial.replace(to)
    return to


def _entries(
    course: Course, assignment: Assignment, private: str, seconds: int
) -> Iterator[tuple[str, bytes | str]]:
    """The files of the archive: (name, content)."""
    for name in SCRIPTS:
        yield name, (HERE / name).read_bytes()
    yield "seconds", f"{seconds}\n"
    yield "requirements.txt", requirements(assignment)
    yield "grading.json", json.dumps(_settings(assignment, private), indent=1)
    for name, why in WHY.items():
        results = results_of(unfinished(assignment, why), private=private)
        yield f"{name}.json", json.dumps(results, indent=1)
    for package in (autograder, cs_lib):
        folder = Path(package.__file__).parent
        for file in _files(folder):
            yield f"course/{folder.name}/{file.relative_to(folder).as_posix()}", file.read_bytes()
    for file in _files(course.root / "datasets"):
        yield f"course/datasets/{file.relative_to(course.root / 'datasets').as_posix()}", file.read_bytes()
    for notebook in assignment.notebooks:
        for name in ("notebook.py", "public_tests.py", "private_tests.py"):
            path = f"course/assignments/{assignment.name}/{notebook.name}/{name}"
            yield path, (notebook.folder / name).read_bytes()


def _settings(assignment: Assignment, private: str) -> dict:
    """What grading on the platform has to know, and would read from course.toml and record at home."""
    return {
        "assignment": {key: getattr(assignment, key) for key in ("name", "title", "weight", "seed")},
        "notebooks": [
            {"name": n.name, "title": n.title, "libraries": n.libraries, "building_blocks": n.building_blocks}
            for n in assignment.notebooks
        ],
        "limits": dataclasses.asdict(assignment.limits),
        "private": private,
        "hints": {notebook.name: hints_of(notebook, assignment.seed) for notebook in assignment.notebooks},
    }


def requirements(assignment: Assignment) -> str:
    """requirements.txt with the versions that are installed here, of all that grading imports."""
    wanted = NEEDED | {name for notebook in assignment.notebooks for name in notebook.libraries}
    owners = importlib.metadata.packages_distributions()
    for notebook in assignment.notebooks:
        for tests in ("public_tests.py", "private_tests.py"):
            for module in _imported((notebook.folder / tests).read_text(encoding="utf-8")):
                if module not in sys.stdlib_module_names and module not in ("cs_lib", "autograder"):
                    wanted |= {*owners.get(module, ())[:1]}
    pinned = _with_requirements(wanted)
    lines = [CPU_TORCH] * ("torch" in pinned)
    return "\n".join([*lines, *(f"{name}=={version}" for name, version in sorted(pinned.items())), ""])


def _imported(code: str) -> Iterator[str]:
    """The top-level modules that some code imports, wherever in it."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _with_requirements(names: Iterable[str]) -> dict[str, str]:
    """The version of each package, and of all that they require. Raises CourseError if one is missing."""
    pending, pinned = list(names), {}
    while pending:
        name = pending.pop()
        if name in pinned or FOR_GRAPHICS_CARDS.match(name):
            continue
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            raise CourseError(f"the package {name} is not installed here: pip install {name}") from None
        pinned[name] = distribution.version.partition("+")[0]
        for requirement in map(Requirement, distribution.requires or ()):
            if not requirement.marker or requirement.marker.evaluate({"extra": ""}):
                pending.append(requirement.name.lower().replace("_", "-"))
    return pinned


def _files(folder: Path) -> list[Path]:
    """The files below a folder that belong to it: no caches, nothing hidden."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(
        p for p in found if not any(s.startswith((".", "__pycache__")) for s in p.relative_to(folder).parts)
    )
