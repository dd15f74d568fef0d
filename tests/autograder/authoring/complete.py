"""A small course in which nothing is missing, to spoil in one place at a time."""

from __future__ import annotations

from pathlib import Path

from autograder.course import Course, load_course
from tests.autograder.conftest import FILES, write_course

STANDARD = """
        [course.standard]
        mistakes = 1
        right_variants = 1
        least_public = 0.3
        most_public = 0.5
        public_kill = 0.5
        hinted = 0.5
"""
TOML, SOURCE, PUBLIC, PRIVATE, MISTAKES = (
    "course.toml",
    *(f"a1/double/{name}.py" for name in ("notebook", "public_tests", "private_tests", "mistakes")),
)
RUBRIC = """
        # ### BEGIN MARK SCHEME
        # 2 points: two halves make a whole.
        # ### END MARK SCHEME
"""
MEAN = """

        @catalogue.right("mean")
        def by_numpy(x):
            return np.mean(x)
"""
COMPLETE = FILES | {
    TOML: FILES[TOML].replace('seed = "secret"\n', f'seed = "secret"\n{STANDARD}'),
    SOURCE: FILES[SOURCE].rstrip() + RUBRIC,
    MISTAKES: FILES[MISTAKES].rstrip() + MEAN,
}


def course_with(folder: Path, *changes: tuple[str, str, str]) -> Course:
    """The complete course below a folder, with changes: (file, old text, new text)."""
    files = dict(COMPLETE)
    for name, old, new in changes:
        assert old in files[name], (name, old)
        files[name] = files[name].replace(old, new)
    return load_course(write_course(folder, files))
