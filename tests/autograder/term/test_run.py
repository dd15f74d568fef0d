"""`course grade --class`: every attempt is graded, and what people gave is never lost."""

from __future__ import annotations

import json
import shutil

import pytest
from nbgrader.api import Gradebook

from autograder.course import CourseError
from autograder.report import Report
from autograder.term.attempts import read_attempts
from autograder.term.manual import read_given
from tests.autograder.classes import DUE, PART, RIGHT, WHY


@pytest.fixture
def gradebook(klass):
    """Opens the class's gradebook anew each time."""
    return lambda: Gradebook(f"sqlite:///{klass.folder.root / 'gradebook.db'}")


def give(gradebook, student, points=None, *, cell="why", extra=None, comment=None, assignment="a1"):
    """What a person does in formgrader."""
    with gradebook() as book:
        grade = book.find_grade(cell, "double", assignment, student)
        grade.manual_score, grade.extra_credit = points, extra
        grade.needs_manual_grade = grade.manual_score is None and grade.auto_score is None
        if comment:
            book.find_comment(cell, "double", assignment, student).manual_comment = comment
        book.db.commit()


def seen(gradebook, student, cell="why", assignment="a1"):
    """(manual score, extra credit, whether a person has to look) as formgrader shows it."""
    with gradebook() as book:
        grade = book.find_grade(cell, "double", assignment, student)
        return grade.manual_score, grade.extra_credit, grade.needs_manual_grade


def shown_text(klass, student):
    return (klass.folder.root / "autograded" / student / "a1" / "double.ipynb").read_text()


def waiting(klass):
    return {g.student.id: g.waiting for g in klass.records().final_grades() if g.waiting}


def test_every_attempt_is_graded_and_the_best_counts(klass):
    klass.hand_in("ada", "1", PART)
    klass.hand_in("ada", "2", RIGHT, days=-0.5)
    klass.hand_in("ada", "3", "", days=-0.2)
    klass.hand_in("bob", "1", PART)
    counted = klass.grade(gradebook=False)
    assert {student: report.score for student, report in counted.items()} == {"ada": 7, "bob": 3}
    root = klass.folder.root
    scores = {
        a.attempt: Report.from_json((root / a.report).read_text()).score
        for a in read_attempts(klass.folder.attempts)
        if a.student == "ada"
    }
    assert scores == {"1": 3, "2": 7, "3": 0}
    assert {p.name for p in (root / "graded/a1/reports").iterdir()} == {"ada.json", "bob.json"}
    assert "Feedback for" in (root / "graded/a1/feedback/ada.html").read_text()
    assert "2 attempts" not in klass.said.getvalue()
    assert "4 attempts are graded; for 2 students one counts so far" in klass.said.getvalue()


def test_grading_again_changes_nothing(klass):
    klass.hand_in("ada", "1", PART, WHY)
    klass.hand_in("bob", "1", PART)
    klass.grade()
    files = [p for p in klass.folder.root.rglob("*") if p.is_file() and p.suffix not in (".db", ".lock")]
    before = {path: path.read_bytes() for path in files}
    klass.grade()
    assert {path: path.read_bytes() for path in files} == before


def test_a_corrected_test_is_told_by_grading_again(klass):
    klass.hand_in("ada", "1", PART)
    assert klass.grade(gradebook=False)["ada"].score == 3
    tests = klass.course.assignment("a1").notebook("double").folder / "public_tests.py"
    text = tests.read_text().replace('graded("mean", points=1)', 'graded("double", points=1)')
    tests.write_text(text.replace("student.mean(np.array([1.0, 3.0])), 2.0", "student.double(2.0), 4.0"))
    klass.reload()
    assert klass.grade(gradebook=False)["ada"].score == 4
    assert klass.records().points.graded[0].score == 4


def test_assignments_stand_beside_each_other(klass):
    klass.hand_in("ada", "1", PART)
    klass.hand_in("ada", "1", RIGHT, assignment="a2")
    klass.grade("a1", gradebook=False)
    klass.grade("a2", gradebook=False)
    scores = {
        name: Report.from_json((klass.folder.graded(name) / "reports/ada.json").read_text()).score
        for name in ("a1", "a2")
    }
    assert scores == {"a1": 3, "a2": 7}


def test_of_group_work_every_member_gets_the_report_that_counts(klass):
    toml = klass.course.file
    toml.write_text(toml.read_text().replace("weight = 0.5", "weight = 0.5\ngroup_work = true", 1))
    klass.reload()
    klass.folder.roster.write_text("student,name,group\nada,Ada,one\nbob,Bob,one\ncem,Cem,\n")
    klass.hand_in("ada", "1", PART)
    klass.hand_in("bob", "1", RIGHT)
    assert {s: r.score for s, r in klass.grade().items()} == {"ada": 7, "bob": 7}
    assert "Feedback for ada" in (klass.folder.graded("a1") / "feedback/ada.html").read_text()


def test_what_no_longer_counts_leaves_no_report_behind(klass):
    klass.hand_in("ada", "1", days=1)
    klass.hand_in("bob", "1")
    klass.grade(gradebook=False)
    toml = klass.course.file
    toml.write_text(toml.read_text().replace("cutoff = 2026-10-10T23:59:00", "cutoff = 2026-10-06T20:00:00"))
    klass.reload()
    klass.grade(gradebook=False)
    assert [p.name for p in (klass.folder.graded("a1") / "reports").iterdir()] == ["bob.json"]
    assert (klass.folder.graded("a1") / "attempts/ada/1.json").is_file()


def test_files_that_are_gone_are_told_and_the_rest_is_graded(klass):
    shutil.rmtree(klass.hand_in("ada", "1").parent)
    klass.hand_in("bob", "1")
    assert list(klass.grade(gradebook=False)) == ["bob"]
    assert "attempts/a1/ada/1: there is no such folder, so nothing was graded" in klass.said.getvalue()
    assert klass.records().final_grades()[0].lines[0].status == "not graded"


def test_without_attempts_it_says_how_to_get_them(klass):
    with pytest.raises(CourseError, match=r"nothing was handed in for a1: .* course collect a1 EXPORT"):
        klass.grade()


def test_a_persons_points_count_and_survive_a_regrade(klass, gradebook):
    klass.hand_in("ada", "1", PART, WHY)
    klass.grade()
    assert seen(gradebook, "ada") == (None, None, True)
    assert waiting(klass) == {"ada": [("a1", "why", 2.0)]}
    give(gradebook, "ada", 1.5)
    klass.grade()
    assert seen(gradebook, "ada") == (1.5, None, False)
    assert waiting(klass) == {}
    (klass.folder.graded("a1") / "log.jsonl").unlink()
    klass.grade()
    assert seen(gradebook, "ada") == (1.5, None, False)
    assert klass.records().points.graded[0].score == 4.5


def test_what_nobody_answered_waits_for_nobody(klass, gradebook):
    klass.hand_in("ada", "1", PART)
    klass.hand_in("bob", "1", PART, "   ")
    klass.grade()
    assert (seen(gradebook, "ada"), seen(gradebook, "bob")) == ((None, None, False),) * 2
    assert waiting(klass) == {}
    assert klass.folder.manual.exists() is False or read_given(klass.folder.manual) == []


def test_the_attempt_is_shown_that_may_count_best(klass, gradebook):
    klass.hand_in("ada", "1", RIGHT)  # 7, nothing written
    klass.hand_in("ada", "2", PART, WHY)  # 3, and at most 5
    klass.hand_in("bob", "1", RIGHT.replace("1 / 2", "2"))  # 6, nothing written
    klass.hand_in("bob", "2", RIGHT.replace("1 / 2", "2"), WHY)
    klass.grade()
    assert "1 / 2" in shown_text(klass, "ada")
    assert WHY in shown_text(klass, "bob")
    assert waiting(klass) == {"bob": [("a1", "why", 2.0)]}


def test_points_are_recorded_before_another_attempt_takes_the_place(klass, gradebook):
    klass.hand_in("ada", "1", PART, WHY)
    klass.grade()
    give(gradebook, "ada", 1.5, extra=0.25, comment="Why so?")
    klass.hand_in("ada", "2", RIGHT, "Another answer.")
    klass.grade()
    assert "Another answer." in shown_text(klass, "ada")
    assert seen(gradebook, "ada") == (None, None, True)  # the new answer waits
    with gradebook() as book:
        assert book.find_comment("why", "double", "a1", "ada").manual_comment is None
    (line,) = read_given(klass.folder.manual)
    assert (line.attempt, line.points, line.extra, line.comment) == ("1", 1.5, 0.25, "Why so?")


def test_the_same_answer_in_a_later_attempt_has_the_same_points(klass, gradebook):
    klass.hand_in("ada", "1", PART, WHY)
    klass.grade()
    give(gradebook, "ada", 1.5, comment="Why so?")
    klass.hand_in("ada", "2", RIGHT, f"\n{WHY}  ")
    assert klass.grade()["ada"].score == 7
    assert seen(gradebook, "ada") == (1.5, None, False)
    with gradebook() as book:
        assert book.find_comment("why", "double", "a1", "ada").manual_comment == "Why so?"
    assert klass.records().final_grades()[0].lines[0].decision.score == 8.5


def test_when_a_later_answer_is_worth_less_the_earlier_attempt_counts_and_is_shown_again(klass, gradebook):
    klass.hand_in("ada", "1", RIGHT.replace("1 / 2", "2"), WHY)  # 6 and 2
    klass.grade()
    give(gradebook, "ada", 2.0)
    klass.hand_in("ada", "2", RIGHT, "Hm.")  # 7, perhaps 9
    assert klass.grade()["ada"].score == 6  # 8 points still count before 7
    give(gradebook, "ada", 0.5)
    assert klass.grade()["ada"].score == 6
    assert WHY in shown_text(klass, "ada")
    assert seen(gradebook, "ada") == (2.0, None, False)
    assert waiting(klass) == {}
    assert [(g.attempt, g.points) for g in read_given(klass.folder.manual)] == [("1", 2.0), ("2", 0.5)]


def test_a_changed_mind_counts_for_every_attempt_with_that_answer(klass, gradebook):
    klass.hand_in("ada", "1", PART, WHY)
    klass.grade()
    give(gradebook, "ada", 2.0)
    klass.hand_in("ada", "2", RIGHT, WHY)
    klass.grade()
    give(gradebook, "ada", 1.0)
    klass.grade()
    assert [g.score for g in klass.records().points.graded] == [4, 8]


def test_what_a_person_changed_of_an_automatic_score_counts_for_that_attempt(klass, gradebook):
    klass.hand_in("ada", "1", PART)
    klass.grade()
    give(gradebook, "ada", 2.0, cell="test_mean")
    klass.grade()
    assert seen(gradebook, "ada", "test_mean") == (2.0, None, False)
    assert klass.records().points.graded[0].score == 5
    klass.hand_in("ada", "2", RIGHT)
    klass.grade()
    assert seen(gradebook, "ada", "test_mean") == (None, None, False)
    assert [g.score for g in klass.records().points.graded] == [5, 7]


def test_points_given_before_there_were_attempts_are_kept(klass, gradebook):
    path = klass.hand_in("ada", "1", PART, WHY)
    from rich.console import Console

    from autograder.class_run import grade_folder

    root = klass.folder.root
    shutil.copytree(path.parent, root / "submitted/ada/a1")
    folders = root / "submitted", root / "graded"
    grade_folder(klass.course, klass.course.assignment("a1"), *folders, 1, "none", True, Console(quiet=True))
    give(gradebook, "ada", 1.5)
    klass.grade()
    assert seen(gradebook, "ada") == (1.5, None, False)


def test_a_gradebook_that_was_lost_is_made_again_with_all_points(klass, gradebook):
    klass.hand_in("ada", "1", PART, WHY)
    klass.grade()
    give(gradebook, "ada", 1.5)
    klass.grade()
    (klass.folder.root / "gradebook.db").unlink()
    shutil.rmtree(klass.folder.root / "graded")
    klass.grade()
    assert seen(gradebook, "ada") == (1.5, None, False)


def test_work_in_an_archive_is_shown_and_waits_like_any_other(klass, gradebook):
    path = klass.hand_in("ada", "1", PART, WHY)
    archive = shutil.make_archive(str(path.parent / "submission-a1"), "zip", path.parent, "double.ipynb")
    path.unlink()
    assert archive
    assert klass.grade()["ada"].score == 3
    assert WHY in shown_text(klass, "ada")
    assert seen(gradebook, "ada") == (None, None, True)


def test_the_gradebook_knows_when_it_was_handed_in_and_what_lateness_costs(klass, gradebook):
    toml = klass.course.file
    toml.write_text(toml.read_text() + "\n[course.late]\nfree_days = 1\n[extensions.bob.a1]\ndays = 2\n")
    klass.reload()
    klass.hand_in("ada", "1", RIGHT, WHY, days=1.5)  # two days late, one of them free: 25 % of 9
    klass.hand_in("bob", "1", RIGHT, WHY, days=1.5)
    klass.grade()
    with gradebook() as book:
        ada, bob = (book.find_submission("a1", student) for student in ("ada", "bob"))
        assert ada.late_submission_penalty == pytest.approx(2.25)
        assert (bob.late_submission_penalty, bob.total_seconds_late) == (0, 0)
        assert ada.total_seconds_late == 1.5 * 24 * 3600
        assert book.find_assignment("a1").duedate == DUE.replace(tzinfo=None)
    shown = json.loads(klass.folder.shown("a1").read_text())
    assert shown["ada"] == {"attempt": "1", "penalty": {"double": pytest.approx(2.25)}}
