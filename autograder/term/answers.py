"""What is written in each attempt for the questions that a person grades, as digests: which are equal.

    {"released": "...", "attempts": {"ada": {"118021": {"why": "2cf24dba...", "how": ""}}}}

An empty text says that nothing was written there. The file can be made again from what was handed in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from autograder.course import CourseError
from autograder.term.attempts import Attempt
from autograder.term.folder import ClassFolder
from autograder.term.manual import Answers


def read_answers(folder: ClassFolder, assignments: Iterable[str]) -> Answers:
    """The answers of all attempts at some assignments. Raises CourseError for a damaged file."""
    return {
        (student, assignment, attempt): answers
        for assignment in assignments
        for student, attempts in _read(folder, assignment).get("attempts", {}).items()
        for attempt, answers in attempts.items()
    }


def note_answers(
    folder: ClassFolder, assignment: str, attempts: Iterable[Attempt], released: Mapping[str, dict[str, Any]]
) -> str:
    """The file's text with the answers of attempts; those that are known are not read again.

    released: the notebooks that students were given, by name. An attempt that was taken back stays known, so
    that its points are found for the same answer under another name, but not if other files have its name.
    """
    digest = _digest(json.dumps(released))
    before = _read(folder, assignment)
    written = folder.answers(assignment).stat().st_mtime_ns if before else 0
    known = before["attempts"] if before.get("released") == digest else {}
    for attempt in attempts:
        own = known.setdefault(attempt.student, {})
        if attempt.attempt not in own or folder.files(attempt).stat().st_mtime_ns > written:
            own[attempt.attempt] = _answers(folder, attempt, released)
    return json.dumps({"released": digest, "attempts": known})


def _answers(folder: ClassFolder, attempt: Attempt, released: Mapping[str, dict[str, Any]]) -> dict[str, str]:
    # Only grading reads notebooks: a report need not wait for what that takes.
    from autograder.bridges.display import read_any_notebook, restore, written_answers
    from autograder.submission import notebook_files

    files = notebook_files(folder.files(attempt), tuple(released))
    found: dict[str, str] = {}
    for name, original in released.items():
        found |= written_answers(restore(read_any_notebook(files.get(name, b"")), original), original)
    return {question: text and _digest(text) for question, text in found.items()}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _read(folder: ClassFolder, assignment: str) -> dict[str, Any]:
    path = folder.answers(assignment)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if not all(isinstance(own, dict) for of in data["attempts"].values() for own in of.values()):
            raise TypeError
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, LookupError, AttributeError):
        raise CourseError(f"{path}: is damaged: remove it, and grade the assignment again") from None
    return data
