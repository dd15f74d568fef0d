"""A term whose gradebook is a PostgreSQL database: what holds for `course grade --class` holds there, too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.bridges.database import database
from autograder.bridges.given import record_gradebook
from autograder.bridges.gradebook_move import move
from tests.autograder.bridges.conftest import Server, name_gradebook
from tests.autograder.classes import RIGHT, Class, copy_of
from tests.autograder.term.test_run import (  # noqa: F401  (they run again here, with the fixtures below)
    WHY,
    give,
    seen,
    test_a_changed_mind_counts_for_every_attempt_with_that_answer,
    test_a_persons_points_count_and_survive_a_regrade,
    test_grading_again_changes_nothing,
    test_points_are_recorded_before_another_attempt_takes_the_place,
    test_the_gradebook_knows_when_it_was_handed_in_and_what_lateness_costs,
    test_what_a_person_changed_of_an_automatic_score_counts_for_that_attempt,
    test_when_a_later_answer_is_worth_less_the_earlier_attempt_counts_and_is_shown_again,
)

pytestmark = pytest.mark.postgresql


@pytest.fixture
def klass(prepared_class: Class, server: Server, tmp_path: Path) -> Class:
    """A class of one's own, with a database of its own."""
    klass = copy_of(prepared_class, tmp_path)
    url, file = server.new_database(), klass.folder.root / "gradebook.db"
    move(database(klass.folder.root), url)
    file.unlink()
    name_gradebook(klass.folder.root, url)
    return klass


@pytest.fixture
def gradebook(klass: Class) -> Callable[[], Gradebook]:
    """Opens the class's gradebook anew each time."""
    return lambda: Gradebook(database(klass.folder.root))


def test_a_database_that_was_lost_is_made_again_with_all_points(klass, gradebook, server) -> None:
    klass.hand_in("ada", "1", RIGHT, WHY)
    klass.grade()
    give(gradebook, "ada", 1.5)
    klass.grade()
    name_gradebook(klass.folder.root, server.new_database())
    klass.grade()
    assert seen(gradebook, "ada") == (1.5, None, False)


def test_in_a_database_that_nobody_has_used_nobody_gave_anything(klass, server) -> None:
    name_gradebook(klass.folder.root, server.new_database())
    record_gradebook(klass.course.assignments.values(), klass.folder)
    assert not klass.folder.manual.exists()
