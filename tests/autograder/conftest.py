"""A course of one small notebook, as files, so that every station of the way can be tested quickly."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.course import Assignment, Course, load_course
from autograder.grade import grade
from autograder.report import Report
from autograder.submission import Submission

if TYPE_CHECKING:
    from tests.autograder.classes import Class

FILES = {
    "course.toml": """
        [course]
        title = "Small course"
        seed = "secret"

        [assignments.a1]
        title = "First"
        weight = 1.0
        limits = { test_seconds = 2.0, submission_seconds = 30.0 }

        [assignments.a1.notebooks.double]
        title = "Doubling"
        libraries = ["numpy"]
        provided = ["check"]
    """,
    "a1/double/notebook.py": '''
        # %% [markdown]
        # # Doubling

        # %%
        import numpy as np
        from cs_lib.check import check

        # %% solution="double"
        def double(x):
            """Twice x."""
            ### BEGIN SOLUTION
            return 2 * x
            ### END SOLUTION

        # %% grades="double"
        check("double")

        # %% solution="mean"
        def mean(x):
            """The mean of x: (N,)."""
            ### BEGIN SOLUTION
            return x.sum() / len(x)
            ### END SOLUTION

        # %% grades="mean"
        check("mean")

        # %% solution="answer_half"
        answer_half = ...  # what is half of one?
        ### BEGIN SOLUTION
        answer_half = 0.5
        ### END SOLUTION

        # %% grades="answer_half"
        check("answer_half")

        # %% [markdown] manual="why" points=2
        # ### BEGIN SOLUTION
        # Because two halves make a whole.
        # ### END SOLUTION
    ''',
    "a1/double/public_tests.py": """
        import numpy as np
        import pytest

        from cs_lib.check import expect


        @pytest.mark.graded("double", points=1)
        def test_three_doubled_is_six(student):
            expect.close(student.double(3.0), 6.0, "double(3.0)")


        @pytest.mark.graded("mean", points=1)
        def test_mean_of_one_and_three_is_two(student):
            expect.close(student.mean(np.array([1.0, 3.0])), 2.0)


        @pytest.mark.graded("answer_half", points=0)
        def test_answer_is_a_number(student):
            expect.a_number(student["answer_half"])
    """,
    "a1/double/private_tests.py": """
        import numpy as np
        import pytest

        from cs_lib.check import expect


        @pytest.mark.graded("double", points=1)
        @pytest.mark.parametrize("shape", [(4,), (2, 3)], ids=["vector", "matrix"])
        def test_arrays_are_doubled(student, rng, shape):
            x = rng.standard_normal(shape)
            expect.close(student.double(x), x + x, "double(CANARY-EXPECTATION)")


        @pytest.mark.graded("mean", points=2)
        def test_mean_of_random_numbers(student, rng):
            x = rng.standard_normal(7)
            expect.close(student.mean(x), np.mean(x))


        @pytest.mark.graded("answer_half", points=1)
        def test_half(student):
            expect.close(student["answer_half"], 0.5)
    """,
    "a1/double/mistakes.py": """
        import numpy as np

        from autograder.mistakes import Catalogue


        def double(x):
            return 2 * x


        def mean(x):
            return x.sum() / len(x)


        catalogue = Catalogue({"double": double, "mean": mean, "answer_half": 0.5})


        @catalogue.mistake("double", hint="You square x: multiply it by two.")
        def squares(x):
            return x**2


        @catalogue.mistake("mean", hint="You add the numbers up: divide by how many there are.")
        def sums(x):
            return x.sum()


        @catalogue.right("double")
        def adds(x):
            return x + x


        catalogue.wrong_answer("answer_half", 2.0, hint="That is twice one.")
    """,
}

RIGHT = """
import numpy as np

def double(x):
    return 2 * x

def mean(x):
    return np.mean(x)

answer_half = 1 / 2
"""


def write_course(folder: Path, files: dict[str, str] = FILES) -> Path:
    """Write the small course below a folder; returns course.toml."""
    for name, text in files.items():
        path = folder / "assignments" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
    (folder / "datasets").mkdir(exist_ok=True)
    return folder / "assignments" / "course.toml"


def write_submission(folder: Path, student: str, code: str | list[str], name: str = "double") -> Path:
    """Write a notebook with these cells to submitted/STUDENT/a1/."""
    path = folder / "submitted" / student / "a1" / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [code] if isinstance(code, str) else code
    nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in cells]), path)
    return path


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The small course, loaded."""
    return load_course(write_course(tmp_path_factory.mktemp("course")))


@pytest.fixture(scope="session")
def assignment(course: Course) -> Assignment:
    """Its assignment."""
    return course.assignment("a1")


@pytest.fixture(scope="session")
def prepared_class(tmp_path_factory: pytest.TempPathFactory) -> Class:
    """An empty class of three in a term of two assignments, for copies."""
    from tests.autograder.classes import new_class

    return new_class(tmp_path_factory.mktemp("class"))


@pytest.fixture
def klass(prepared_class: Class, tmp_path: Path) -> Class:
    """A class of one's own."""
    from tests.autograder.classes import copy_of

    return copy_of(prepared_class, tmp_path)


@pytest.fixture
def grade_code(assignment: Assignment):
    """Grade code given as text, in the strongest sandbox."""

    def run(*cells: str, sandbox: str = "bubblewrap", **options) -> Report:
        pairs = tuple((f"cell {i}", cell) for i, cell in enumerate(cells, 1))
        return grade(assignment, Submission("ada", {"double": pairs}), sandbox=sandbox, **options)

    return run
