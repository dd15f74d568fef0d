"""What runs on Gradescope for every submission: grade at the level `user`, and write results.json last.

Started by the script run_autograder, which has put a results.json there that says that grading did not
finish; it stands unless this one ends well. Everything that the student's user could read is sealed first.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from autograder.bridges.gradescope.results import handed_in_of, results_of, unfinished
from autograder.course import Assignment, Notebook
from autograder.grade import grade
from autograder.report import Report
from autograder.sandbox.libraries import PROGRAM
from autograder.sandbox.limits import Limits
from autograder.submission import read_submission
from autograder.templates import harmless

OUR_FAULT = (
    "Grading did not finish, for a reason that does not lie in your work. Tell your instructor, please."
)


def main(root: Path) -> None:
    """Grade root/submission, and write root/results/results.json."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("out of time"))  # so that the sandbox is closed
    settings = json.loads((root / "source" / "grading.json").read_text(encoding="utf-8"))
    assignment = assignment_from(settings, root / "source" / "course" / "assignments")
    metadata = read_metadata(root / "submission_metadata.json")
    seal(root, PROGRAM)
    try:
        report = grade_handed_in(root / "submission", assignment, settings["hints"], metadata)
    except Exception:  # whatever it is, there has to be a result
        print(traceback.format_exc())
        report = unfinished(assignment, OUR_FAULT)
    results = results_of(report, private=settings["private"], metadata=metadata)
    print(for_instructors(report))
    partial = root / "results" / "results.json.part"
    partial.write_text(json.dumps(results, indent=1, allow_nan=False), encoding="utf-8")
    partial.replace(root / "results" / "results.json")


def grade_handed_in(
    folder: Path, assignment: Assignment, hints: Mapping, metadata: Mapping[str, Any]
) -> Report:
    """Grade what lies in a folder, for the students that the platform names."""
    handed_in = handed_in_of(metadata)
    student = " ".join(handed_in["students"]) if handed_in else "unknown"
    submission = read_submission(folder, student, tuple(n.name for n in assignment.notebooks))
    return grade(assignment, submission, sandbox="user", hints=hints)


def assignment_from(settings: Mapping[str, Any], folder: Path) -> Assignment:
    """The assignment as the archive carries it: grading.json, and a folder for each notebook."""
    head = settings["assignment"]
    notebooks = tuple(
        Notebook(
            name=entry["name"],
            title=entry["title"],
            folder=folder / head["name"] / entry["name"],
            libraries=tuple(entry["libraries"]),
            provided=(),
            building_blocks=tuple(entry["building_blocks"]),
        )
        for entry in settings["notebooks"]
    )
    return Assignment(**head, notebooks=notebooks, limits=Limits(**settings["limits"]))


def read_metadata(path: Path) -> dict[str, Any]:
    """What the platform says of the submission; nothing if it says nothing that can be read."""
    with contextlib.suppress(OSError, ValueError):
        data = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(data, dict):
            return data
    return {}


def seal(root: Path, program: Iterable[Path]) -> None:
    """Leave others nothing to read below a folder but the program that runs beside student code.

    Tests, worked solutions, the reference and earlier results become root's alone. Folders on the way to the
    program may be passed through, not listed.
    """
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o700)
    for file in program:
        if file.is_relative_to(root):
            file.chmod(0o644)
            for folder in file.parents:
                if folder.is_relative_to(root):
                    folder.chmod(0o711)


def for_instructors(report: Report) -> str:
    """Every test by its real name, for the output that the platform shows to instructors only."""
    lines = [
        f"{report.score:g} of {report.max_score:g} points in {report.seconds:g} s, sandbox {report.sandbox}"
    ]
    for test in report.tests:
        said = f"{test.visibility} {test.function} {test.id}: {test.status} {test.score:g}/{test.max_score:g}"
        lines.append(harmless(f"{said} {'' if test.passed else test.detail or test.message}", 1000))
    return "\n".join(lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
