"""Grades notebooks across a process boundary: values cross, verdicts don't.

from autograder.course import find_course
from autograder.grade import grade
from autograder.submission import read_submission

submission = read_submission(Path("submitted/ada/a1"), "ada", ("knn",))
report = grade(find_course().assignment("a1"), submission)

Nothing is imported here: a command that grades nothing need not wait for what grading takes.
"""
