"""Canvas's gradebook: export, change, import loses nothing; checked with a small model of Canvas itself."""

from __future__ import annotations

import copy
import csv
import io
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.bridges.canvas import read
from autograder.course import CourseError

EXPORT = """\
Student,ID,SIS User ID,SIS Login ID,Section,Notes,Essay (11),Assignment 1 (12),Current Score,Final Score
,,,,,,,Manual Posting,,
    Points Possible,,,,,,10.00,108.00,(read only),(read only)
"Lovelace, Ada",1,s1,ada,001,- often early,9.50,,95.00,47.50
"Hopper, Grace",2,s2,grace,"001 and 002",=late,EX,EX,,
"Turing, Alan",3,s3,alan,001,,7.00,50.00,70.00,60.00
"Student, Test",4,,f00d,001,,,N/A,,
"""


class Canvas:
    """What of a gradebook Canvas keeps, how it exports it, and what it takes from a file that is imported.

    After lib/gradebook_exporter.rb and lib/gradebook_importer.rb of instructure/canvas-lms.
    """

    def __init__(self, people: list[list[str]], custom: dict, assignments: dict) -> None:
        self.people = people  # name, id, sis id, login, section
        self.custom = custom  # title -> id -> text
        self.assignments = assignments  # number -> (title, points, id -> score)

    def export(self, delimiter: str = ",") -> str:
        stream = io.StringIO()
        writer = csv.writer(stream, delimiter=delimiter, lineterminator="\r\n")
        names = [f"{title} ({number})" for number, (title, _, _) in self.assignments.items()]
        head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
        writer.writerow([*head, *self.custom, *names, "Final Score"])
        worth = [f"{points:.2f}" for _, points, _ in self.assignments.values()]
        writer.writerow(["    Points Possible", *[""] * 4, *[""] * len(self.custom), *worth, "(read only)"])
        for name, who, *rest in self.people:
            shown = f'="{name}"' if re.match(r"\s*=", name) else name
            texts = [cells.get(who, "") for cells in self.custom.values()]
            scores = [cells.get(who, "") for _, _, cells in self.assignments.values()]
            writer.writerow([shown, who, *rest, *texts, *scores, "88.00"])
        return stream.getvalue()

    def import_(self, text: str, delimiter: str = ",") -> Canvas:
        after = copy.deepcopy(self)
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)]
        header, known = rows[0], {person[1] for person in self.people}
        assert header[:2] == ["Student", "ID"]
        first = header.index("Section") + 1
        for place, name in enumerate(header[first:], first):
            if re.search("Current Score|Final Score", name):
                continue
            match = re.fullmatch(r"(.*) \((\d+)\)", name)
            if name in self.custom:
                cells = after.custom[name]
            elif match and match[2] in self.assignments:
                cells = after.assignments[match[2]][2]
            else:
                cells = after.assignments.setdefault(f"new {name}", (name, 0, {}))[2]
            for row in rows[1:]:
                if "Points Possible" not in row[0]:
                    assert row[1] in known, "a student that Canvas does not know"
                    cells[row[1]] = row[place].strip()
        return after

    def state(self) -> tuple:
        filled = {
            n: {who: s for who, s in cells.items() if s} for n, (_, _, cells) in self.assignments.items()
        }
        return self.people, self.custom, filled


def test_scores_go_into_their_column_and_nothing_else_changes():
    book, notes = read(EXPORT).with_scores(
        "Assignment 1", 108, {"ada": 97.456, "alan": 0, "zed": 3, "grace": 1}
    )
    assert book.to_csv().splitlines() == [
        "Student,ID,SIS User ID,SIS Login ID,Section,Essay (11),Assignment 1 (12)",
        ",,,,,,Manual Posting",
        "    Points Possible,,,,,10.00,108.00",
        '"Lovelace, Ada",1,s1,ada,001,9.50,97.46',
        '"Hopper, Grace",2,s2,grace,001 and 002,EX,EX',
        '"Turing, Alan",3,s3,alan,001,7.00,0.00',
        '"Student, Test",4,,f00d,001,,N/A',
    ]
    assert notes == [
        "Hopper, Grace (grace): is excused in Canvas, so the cell was left as it is",
        "zed: has a score and is not in Canvas",
    ]


def test_one_assignment_alone_can_be_written():
    book, _ = read(EXPORT).with_scores("Assignment 1 (12)", 108, {"1": 5}, key="ID")
    text = book.to_csv(only=["Assignment 1 (12)"])
    assert text.splitlines()[0] == "Student,ID,SIS User ID,SIS Login ID,Section,Assignment 1 (12)"
    assert text.splitlines()[3] == '"Lovelace, Ada",1,s1,ada,001,5.00'


def test_an_assignment_that_canvas_does_not_have_is_added_after_the_others():
    book, notes = read(EXPORT).with_scores("Term", 100, {"ada": 1, "grace": 2, "alan": 3, "f00d": 4})
    assert notes == []
    lines = book.to_csv().splitlines()
    assert lines[0].endswith("Assignment 1 (12),Term")
    assert lines[2].endswith(",10.00,108.00,100.00")
    assert [line.rpartition(",")[2] for line in lines[3:]] == ["1.00", "2.00", "3.00", "4.00"]
    again, _ = book.with_scores("Term", 100, {"ada": 5})
    assert again.column("Term") == ("5.00", "2.00", "3.00", "4.00")


def test_other_points_in_canvas_are_noted():
    _, notes = read(EXPORT).with_scores("Essay", 12, dict.fromkeys(("ada", "alan", "f00d"), 1.0))
    assert notes[-1] == "Essay (11): 10.00 points are possible in Canvas, and 12 here: correct it there"


cells = st.text(string.printable + "äß＝ \xa0", max_size=12)  # noqa: RUF001
numbers = st.floats(0, 200).map(lambda value: f"{value:.2f}")
ids = st.integers(1, 10**9).map(str)
titles = st.text(string.ascii_letters + " =+-@'()", min_size=1, max_size=12).filter(
    lambda title: title == title.strip() and not title.endswith(")")
)


@st.composite
def canvases(draw: st.DrawFn) -> Canvas:
    """Gradebooks with names, notes and logins of all kinds."""
    name = cells.filter(lambda text: text.strip() and "Points Possible" not in text and '"' not in text)
    people = [
        [draw(name), who, draw(cells), f"{draw(cells)}{who}", draw(cells)]
        for who in draw(st.lists(ids, min_size=1, max_size=5, unique=True))
    ]
    known = [person[1] for person in people]
    texts = cells.filter(lambda text: text == text.strip())
    custom = {t: {who: draw(texts) for who in known} for t in draw(st.lists(titles, max_size=2, unique=True))}
    assignments = {
        n: (
            draw(titles),
            draw(st.integers(1, 200)),
            {w: draw(st.sampled_from(["", "EX", "12.50"])) for w in known},
        )
        for n in draw(st.lists(ids, min_size=1, max_size=3, unique=True))
    }
    return Canvas(people, custom, assignments)


@given(canvases(), st.sampled_from(",;"))
def test_export_change_import_changes_the_scores_and_nothing_else(canvas, delimiter):
    number, (title, possible, before) = next(iter(canvas.assignments.items()))
    book = read(canvas.export(delimiter))
    scores = {person[1]: 7.25 for person in canvas.people}
    book, _ = book.with_scores(f"{title} ({number})", possible, scores, key="ID")
    after = canvas.import_(book.to_csv(), book.delimiter)
    expected = copy.deepcopy(canvas)
    for who, score in before.items():
        expected.assignments[number][2][who] = score if score == "EX" else "7.25"
    assert after.state() == expected.state()


@given(canvases())
def test_no_text_that_is_written_can_be_taken_for_a_formula(canvas):
    signs = ("=", "+", "-", "@", "\t", "\r", "\n", "＝")  # noqa: RUF001
    for row in csv.reader(io.StringIO(read(canvas.export()).to_csv(), newline="")):
        for cell in row:
            number = re.fullmatch(r"[-+]?[\d.,]+%?", cell.strip())
            assert number or not cell.lstrip(" \xa0").startswith(signs)


@given(canvases())
def test_what_was_written_reads_as_what_it_was(canvas):
    book = read(canvas.export())
    again = read(book.to_csv())
    for name in ("Student", "ID", "SIS Login ID", "Section", *book.assignments):
        assert again.column(name) == book.column(name)
    assert again.to_csv() == book.to_csv()


def test_names_that_are_formulas_are_guarded():
    evil = EXPORT.replace('"Turing, Alan"', '"=""=HYPERLINK(""""http://evil"""")"""').replace(
        ",grace,", ",+grace,"
    )
    book = read(evil)
    assert book.column("Student")[2] == '=HYPERLINK(""http://evil"")'
    assert "'=HYPERLINK" in book.to_csv()
    assert ",'+grace," in book.to_csv()


def test_a_negative_score_stays_a_number():
    assert ",-2.00," in read(EXPORT.replace("9.50", "-2.00")).to_csv()


def test_other_forms_of_the_export_are_read():
    split = EXPORT.replace("Student,ID", "LastName,FirstName,ID").replace(
        "Points Possible,", "Points Possible,,"
    )
    split = re.sub(r'^"(\w+), (\w+)"', r"\1,\2", split, flags=re.MULTILINE).replace("\n,,,", "\n,,,,")
    book, _ = read("\ufeff" + split.replace("\n", "\r\n")).with_scores("Essay", 10, {"ada": 1})
    assert book.to_csv().splitlines()[3].startswith("Lovelace,Ada,1,s1,ada,001,1.00")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a gradebook of Canvas"),
        ("Name,Email\na,b\n", "not a gradebook of Canvas"),
        ('Student,ID,Section\n"a', "not a CSV file|not a gradebook"),
        (EXPORT.replace("Essay (11)", "Assignment 1 (12)"), "two columns 'Assignment 1 \\(12\\)'"),
    ],
)
def test_what_is_no_gradebook_is_refused(text, said):
    if text.endswith('"a'):
        text = text.replace('"a', "\0" * 3 + '"' + "x" * 200_000)  # longer than a field may be
    with pytest.raises(CourseError, match=said):
        read(text)


def test_what_means_several_is_refused():
    twice = EXPORT.replace("Essay (11)", "Assignment 1 (13)")
    with pytest.raises(CourseError, match=r"say which of Assignment 1 \(13\), Assignment 1 \(12\)"):
        read(twice).with_scores("Assignment 1", 1, {})
    with pytest.raises(CourseError, match="several students have the SIS Login ID 'ada'"):
        read(EXPORT.replace(",grace,", ",ada,")).with_scores("Essay", 10, {"ada": 1})
    with pytest.raises(CourseError, match="choose from ID, SIS User ID"):
        read(EXPORT).with_scores("Essay", 10, {}, key="Student")
    with pytest.raises(CourseError, match="column of another kind"):
        read(EXPORT).with_scores("Notes", 10, {})
    with pytest.raises(CourseError, match="has no column 'Integration ID'"):
        read(EXPORT).with_scores("Essay", 10, {}, key="Integration ID")
