"""Reports as grading writes them, for the tests of pages and tables."""

from __future__ import annotations

import random
import re
from html.parser import HTMLParser
from pathlib import Path

from autograder.course import Assignment, Notebook
from autograder.report import Report
from cs_lib.check.result import VERDICTS, TestResult

FUNCTIONS = (
    "compute_distances_two_loops", "compute_distances_one_loop", "compute_distances_no_loops",
    "predict_labels", "cross_validate", "best_k", "why_pixels_mislead",
)  # fmt: skip

ASSIGNMENT = Assignment(
    name="a1",
    title="Nearest neighbours and linear classifiers",
    weight=0.1,
    notebooks=tuple(
        Notebook(name, title, Path("nowhere") / name, ("numpy",), ())
        for name, title in {"knn": "Nearest neighbours", "linear": "Linear classifiers"}.items()
    ),
    seed="seed",
)

HOSTILE = (
    '<script>alert(1)</script><img src="http://evil.example/x" onerror=alert(1)>',
    '"><a href="javascript:alert(1)" style="position:fixed">click</a>',
    "</style></title><iframe src=//evil.example>{{ 7 * 7 }}{% raw %}",
    "\x1b[31mred\x1b]0;title\x07 \x00\x08 \u202egnp.exe\u2066 \u200b\ufeff \ud800 \U000e0041",
    "x" * 1_000_000,
)


def result(name="test_values", *, status="passed", visibility="public", points=1.0, **more) -> TestResult:
    """The outcome of one test; a test that passed earned its points."""
    fields = {
        "function": "compute_distances_no_loops",
        "score": points if status == "passed" else 0.0,
        "message": VERDICTS[status],
    }
    return TestResult(id=name, visibility=visibility, status=status, max_score=points, **(fields | more))


def report(tests=(), student="ada", notebooks=None, **more) -> Report:
    """The report of one submission; its tests are those of the notebook knn unless told otherwise."""
    tests = tuple(tests)
    fields = {
        "manual": {},
        "repairs": (),
        "problems": (),
        "sandbox": "bubblewrap",
        "versions": {"python": "3.11.2", "numpy": "2.4.0"},
        "sha256": {"knn.ipynb": "0f" * 32},
        "seconds": 0.1,
    }
    return Report(
        student=student,
        assignment="a1",
        score=sum(test.score for test in tests),
        max_score=sum(test.max_score for test in tests),
        tests=tests,
        notebooks=notebooks or {"knn": tuple(test.id for test in tests)},
        **(fields | more),
    )


def a_class(students: int, functions: tuple[str, ...] = FUNCTIONS, seed: int = 0) -> list[Report]:
    """A class as it may be: some functions are harder, some students are further."""
    draw = random.Random(seed)
    return [_submission(f"student-{number:04d}", draw, functions) for number in range(students)]


def _submission(student: str, draw: random.Random, functions: tuple[str, ...]) -> Report:
    skill = draw.betavariate(3, 1.4)
    tests = []
    for place, function in enumerate(functions):
        if draw.random() > skill + 0.55 - 0.3 * place / len(functions):
            outcomes = [draw.choice(("not_implemented", "not_defined", "time_limit", "ended_process"))] * 8
        else:
            right = skill + 0.35 - 0.4 * (place % 3 == 2)
            outcomes = ["passed" if draw.random() < right else "wrong_value" for _ in range(8)]
        tests += [_outcome(function, number, status, draw) for number, status in enumerate(outcomes)]
    repairs = (
        ("knn: cell 4: left out 1 line(s) of notebook commands (%, ! or ?)",) if draw.random() < 0.3 else ()
    )
    problems = (
        ("knn: cell 9, line 2: not valid Python: invalid syntax (def f(:)",) if draw.random() < 0.1 else ()
    )
    return report(tests, student, repairs=repairs, problems=problems, manual={"why_pixels": 2.0})


def _outcome(function: str, number: int, status: str, draw: random.Random) -> TestResult:
    more = {}
    if status == "wrong_value":
        more["hint"] = draw.choice((
            "The square root is missing: you return squared distances.",
            "Ties go to the smallest label: look at what np.argmax does with equal counts.",
            None,
        ))  # fmt: skip
    if status == "wrong_value" and number < 3:
        call = f"{function}(array (2, 3) float64, k=1)"
        more |= {
            "call": call, "relative_error": 0.8571,
            "expected": "[[ 5., 13.],\n [ 5.,  5.]]", "got": "[[ 25., 169.],\n [ 25.,  25.]]",
            "message": f"Called {call}. The result is 169 at (0, 1), expected 13 (4 of 4 numbers are off).",
        }  # fmt: skip
    visibility = "public" if number < 3 else "private"
    return result(
        f"test_{function}[case={number}]", function=function, visibility=visibility, status=status, **more
    )


# All that a page is made of: nothing here runs, links, loads or sends.
TAGS = frozenset(
    "html head meta title style body main header section h1 h2 h3 p b bdi small span div ul li dl dt dd "  # noqa: SIM905
    "pre code details summary svg rect text line table thead tbody tr th td".split()
)


class Page(HTMLParser):
    """What a browser would see: tags, attributes, text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.text += " "

    def handle_data(self, data: str) -> None:
        self.text += data

    def assert_inert(self, links: bool = False) -> None:
        """No script, link, form, frame or request, no handler, and a policy that forbids them.

        links: those to pages beside this one are allowed.
        """
        if links:
            found = [attributes.pop("href") for tag, attributes in self.tags if tag == "a"]
            assert all(re.fullmatch(r"(\.\./)*([\w~.%-]+/)*[\w~.%-]+\.html", link) for link in found), found
        assert {tag for tag, _ in self.tags} <= TAGS | ({"a"} if links else set())
        names = {name for _, attributes in self.tags for name in attributes}
        assert not [name for name in names if name.startswith("on")]
        assert not names & {"href", "src", "srcset", "xlink:href", "action", "style", "background", "data"}
        policies = [a["content"] for tag, a in self.tags if tag == "meta" and a.get("http-equiv")]
        assert len(policies) == 1
        assert policies[0].startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
