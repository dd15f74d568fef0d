"""Copies are found under other names and in another order; what was given, or what many write, is not."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from autograder.course import Assignment, CourseError, find_course
from autograder.similar import cells_of, released_code, similar, similar_html
from autograder.source import code_cells
from autograder.submission import Submission
from tests.autograder.sample_reports import HOSTILE, Page

GIVEN = [
    "import numpy as np\nfrom cs_lib.check import check\nfrom cs_lib.data import load\n\nX, y = load('x')",
    "def show(images, titles, columns=5):\n    for image, title in zip(images, titles):\n"
    "        axes = figure.add_subplot(1, columns, len(figure.axes) + 1)\n        axes.imshow(image)\n"
    "        axes.set_title(title)\n    return figure",
]
ONE = [
    '''
def distances(X, train):
    """All distances."""
    out = np.zeros((X.shape[0], train.shape[0]))  # one row for each test image
    for i in range(X.shape[0]):
        difference = train - X[i]
        out[i] = np.sqrt((difference * difference).sum(axis=1))
    return out
''',
    '''
class Nearest:
    """Votes."""
    def __init__(self, k):
        self.k = k

    def vote(self, distances, labels):
        winners = []
        for row in distances:
            nearest = labels[np.argsort(row, kind="stable")[: self.k]]
            counts = np.bincount(nearest)
            winners.append(counts.argmax())
        return np.array(winners)
''',
    """
def folds(X, y, parts):
    order = np.random.default_rng(0).permutation(len(X))
    pieces = np.array_split(order, parts)
    for held_out in range(parts):
        rest = np.concatenate([p for n, p in enumerate(pieces) if n != held_out])
        yield X[rest], y[rest], X[pieces[held_out]], y[pieces[held_out]]
""",
]
NAMES = {
    "distances": "abstaende", "train": "bekannt", "out": "ergebnis", "difference": "d", "Nearest": "Knn",
    "vote": "waehle", "winners": "sieger", "row": "zeile", "nearest": "nah", "counts": "zahl",
    "labels": "ziel", "folds": "teile", "order": "folge", "pieces": "stuecke", "held_out": "aussen",
    "rest": "innen", "X": "A",
    "All": "Alle", "one": "eine", "each": "jedes", "image": "Bild", "Votes": "Stimmen",
}  # fmt: skip
OTHER = [
    """
def distances(X, train):
    squares = (X**2).sum(1)[:, None] + (train**2).sum(1) - 2 * X @ train.T
    return np.sqrt(np.maximum(squares, 0))
""",
    """
class Nearest:
    def __init__(self, k):
        self.k = k

    def vote(self, distances, labels):
        closest = np.take(labels, distances.argpartition(self.k - 1, 1)[:, : self.k])
        table = (closest[:, :, None] == np.unique(labels)).sum(1)
        return np.unique(labels)[table.argmax(1)]
""",
    """
def folds(X, y, parts):
    which = np.arange(len(X)) % parts
    np.random.default_rng(1).shuffle(which)
    return [(X[which != n], y[which != n], X[which == n], y[which == n]) for n in range(parts)]
""",
]


def renamed(cells: list[str]) -> list[str]:
    """Other names, other comments, other spaces, another order."""
    changed = [re.sub(r"\b\w+\b", lambda word: NAMES.get(word[0], word[0]), cell) for cell in cells]
    return [cell.replace("    ", "  ").replace("  # one", "\n        # ein") for cell in reversed(changed)]


def handed_in(student: str, cells: list[str]) -> Submission:
    """A submission of these cells among what was given."""
    mixed = [GIVEN[0], *cells, GIVEN[1]]
    return Submission(student, {"knn": tuple((f"cell {n}", cell) for n, cell in enumerate(mixed, 1))})


def test_a_renamed_and_reordered_copy_is_found_and_independent_work_is_not():
    work = [
        handed_in("ada", ONE),
        handed_in("bob", renamed(ONE)),
        handed_in("cy", OTHER),
        handed_in("dan", []),
    ]
    (pair,) = similar(work, GIVEN)
    assert (pair.first.student, pair.second.student) == ("ada", "bob")
    assert pair.first.share > 0.75
    assert pair.second.share > 0.75


def test_a_part_that_was_copied_is_found():
    work = [handed_in("ada", [ONE[0], *OTHER[1:]]), handed_in("bob", [OTHER[0], *renamed(ONE)])]
    (pair,) = similar(work, GIVEN, least_share=0.2)
    shared = "".join(
        t for cell in pair.first.cells for line in cell.lines for t, passage in line.pieces if passage
    )
    assert "difference = train - X[i]" in shared
    assert "argpartition" not in shared


def test_what_was_released_does_not_count():
    assert similar([handed_in("ada", []), handed_in("bob", [])], GIVEN) == []
    (pair,) = similar([handed_in("ada", []), handed_in("bob", [])], [], least_common=10)
    assert pair.share > 0.9


def test_what_many_wrote_alike_does_not_count():
    many = [handed_in(f"student {n}", [ONE[0], f"answer_{n} = {n}"]) for n in range(12)]
    assert similar(many, GIVEN) == []
    assert len(similar(many[:4], GIVEN)) == 6  # a group is not many: every pair of it is shown


def test_attempts_of_one_student_are_one_work_and_never_compared_with_each_other():
    first, second = handed_in("ada", ONE), handed_in("ada", [*ONE[:2], OTHER[2]])
    assert similar([first, second], GIVEN) == []
    (pair,) = similar([first, second, handed_in("bob", renamed(ONE))], GIVEN)
    assert {pair.first.student, pair.second.student} == {"ada", "bob"}
    assert pair.second.share > 0.75
    assert len(pair.first.cells) == 3  # what both attempts have is shown once


def test_a_function_in_several_attempts_of_few_is_not_what_many_wrote_alike():
    few = [handed_in(f"student {n}", [ONE[0], f"again = {n}", f"x = {k}"]) for n in range(6) for k in (1, 2)]
    assert len(similar(few, GIVEN)) == 15


def test_two_of_one_group_are_left_out_and_counted():
    work = [handed_in(name, ONE) for name in ("ada", "bob", "cy")]
    pairs = similar(work, GIVEN, mates={"ada": "rings", "bob": "rings"})
    assert [(p.first.student, p.second.student, p.mates) for p in pairs] == [
        ("ada", "cy", False),
        ("bob", "cy", False),
        ("ada", "bob", True),
    ]
    assert pairs[2].first.cells == ()
    page = Page(similar_html(pairs, "Nearest neighbours", 3))
    page.assert_inert()
    shown = " ".join(page.text.split())
    assert "2 pairs with much in common. 1 pair of one group is left out, since this is group work." in shown
    assert "Pair 3" not in shown


def test_modules_are_compared_too():
    modules = {"knn": "\n".join(ONE)}
    (pair,) = similar([Submission("ada", modules=modules), handed_in("bob", ONE)], GIVEN)
    assert pair.second.share > 0.9


def test_both_sides_show_the_same_passages_under_the_same_numbers():
    (pair,) = similar([handed_in("ada", ONE), handed_in("bob", renamed(ONE))], GIVEN)

    def numbers(side, text: str) -> set[int]:
        return {
            p for cell in side.cells for line in cell.lines for piece, p in line.pieces if text in piece and p
        }

    for left, right in (
        ("winners.append", "sieger.append"),
        ("def folds", "def teile"),
        ("np.sqrt", "np.sqrt"),
    ):
        assert numbers(pair.first, left) == numbers(pair.second, right) != set()
    assert len(numbers(pair.first, "np.sqrt") | numbers(pair.first, "def folds")) == 2


def test_passages_begin_and_end_where_the_code_does():
    """Names of classes, comments and empty lines shift nothing."""
    mine = "class A:\n    pass\n\n\nclass BeeAndSomethingLong(A):  # why\n    alone = [1, 2, 3]\n\n"
    theirs = "class Other(Base):\n    alone = {4: 5, 6: 7}\n\n"
    work = [handed_in("ada", [mine + ONE[0]]), handed_in("bob", [theirs + renamed(ONE[:1])[0]])]
    (pair,) = similar(work, GIVEN, least_share=0.1, least_common=20)
    for side, first in ((pair.first, "def distances(X, train)"), (pair.second, "def abstaende(A, bekannt)")):
        marked = ["".join(t for t, p in line.pieces if p) for cell in side.cells for line in cell.lines]
        assert any(text.startswith(first) for text in marked)
        assert not any("alone" in text for text in marked)
        whole = "".join(marked)
        assert whole.rstrip().endswith(("return out", "return ergebnis"))


def test_the_page_shows_both_sides_and_accuses_nobody():
    work = [handed_in("ada", ONE), handed_in("bob", renamed(ONE))]
    page = Page(similar_html(similar(work, GIVEN), "Nearest neighbours", 2))
    page.assert_inert()
    shown = " ".join(page.text.split())
    assert "2 submissions compared, 1 pair with much in common" in shown
    assert "winners.append" in shown
    assert "sieger.append" in shown
    assert "judges nothing" in shown
    assert not re.search("plagiar|cheat|copied|misconduct|suspect", shown, re.IGNORECASE)


@pytest.mark.parametrize("evil", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_code_and_names_stay_text(evil):
    cells = [*ONE, f"x = {evil!r}\n# {evil}\n{evil}"]
    work = [handed_in(f"{evil}1"[-2000:], cells), handed_in(f"{evil}2"[-2000:], cells)]
    html = similar_html(similar(work, GIVEN), evil, 2)
    Page(html).assert_inert()
    html.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", html)
    assert len(html) < 200_000


def test_no_pairs_give_a_page_too():
    page = Page(similar_html([], "First", 1))
    page.assert_inert()
    assert "0 pairs" in page.text


def test_the_released_code_of_a_real_assignment_leaves_the_solutions_out():
    a1 = find_course(Path(__file__).parent).assignment("a1")
    released, knn = "\n".join(released_code(a1)), a1.notebook("knn")
    assert "def predict_labels" in released
    assert "BEGIN SOLUTION" not in released
    assert len(cells_of(Submission("worked", {"knn": code_cells(knn)}))) > 10
    work = [Submission(name, {"knn": code_cells(knn)}) for name in ("ada", "bob")]
    (pair,) = similar(work, released_code(a1))
    assert pair.share > 0.9
    stubs = [Submission(name, {"knn": tuple(("cell", code) for code in released_code(a1))}) for name in "ab"]
    assert similar(stubs, released_code(a1)) == []


def test_the_solutions_of_the_small_course_are_too_short_to_say_anything(assignment: Assignment):
    work = [Submission(name, {"double": code_cells(assignment.notebooks[0])}) for name in "ab"]
    assert similar(work, released_code(assignment)) == []


def test_empty_and_broken_submissions_are_compared_with_nothing():
    assert similar([], GIVEN) == []
    assert similar([Submission("ada")], GIVEN) == []
    assert (
        similar([Submission("ada"), Submission("bob", {"knn": (("cell 1", "def f(:\n\x00'''"),)})], []) == []
    )


def test_what_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "copydetect", None)
    with pytest.raises(CourseError, match="copydetect is not installed: pip install copydetect"):
        similar([], [])


def test_the_one_copy_in_a_class_of_a_hundred_is_found():
    numbered = [
        re.sub(
            r"\b(np|self)\b",
            lambda w: w[0],
            "\n".join(f"v{n} = a[{n}:{k}] * {k} - b({n * k}, {k})" for k in range(40)),
        )
        for n in range(100)
    ]
    work = [handed_in(f"student {n}", [code]) for n, code in enumerate(numbered)]
    work += [handed_in("copy", [numbered[17].replace("v17", "w")])]
    pairs = similar(work, GIVEN, least_share=0.9)
    assert [(p.first.student, p.second.student) for p in pairs] == [("student 17", "copy")]
