"""Grades notebooks across a process boundary: values cross, verdicts don't.

course = autograder.find_course()
submission = autograder.read_submission(Path("submitted/ada/a1"), "ada", ("knn",))
report = autograder.grade(course.assignment("a1"), submission)
"""

from autograder.course import find_course, load_course
from autograder.grade import grade
from autograder.report import Report
from autograder.submission import Submission, read_submission

__all__ = ["Report", "Submission", "find_course", "grade", "load_course", "read_submission"]
