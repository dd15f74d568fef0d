"""The catalogue measures the tests and gives the hints."""

from __future__ import annotations

import dataclasses
import tempfile

import pytest

from autograder.course import CourseError, load_course
from autograder.mistakes import Catalogue, load_catalogue, measure, record_hints, summary
from tests.autograder.conftest import FILES, write_course


@pytest.fixture(scope="module")
def notebook(assignment):
    return assignment.notebooks[0]


def changed(tmp_path, old, new):
    """The notebook with a change in mistakes.py."""
    name = "a1/double/mistakes.py"
    assert old in FILES[name]
    path = write_course(tmp_path, FILES | {name: FILES[name].replace(old, new)})
    return load_course(path).assignment("a1").notebooks[0]


def test_every_mistake_is_rejected_and_no_right_variant(notebook):
    result = measure(notebook, "secret")
    assert (result.mistakes, result.right_variants) == (3, 1)
    assert result.private_kill == 1.0
    assert result.right_rejected == 0
    assert result.good


def test_the_public_tests_miss_what_they_do_not_look_at(notebook):
    """`answer_half` has a public test that accepts every number."""
    result = measure(notebook, "secret")
    assert result.slip_through == ("answer_half = 2.0",)
    assert result.public_kill == pytest.approx(2 / 3)
    assert result.hinted == pytest.approx(2 / 3)


def test_a_mistake_that_survives_is_named(tmp_path):
    result = measure(changed(tmp_path, "return x**2", "return x + x"), "secret")
    assert result.survivors == ("squares",)
    assert not result.good


def test_a_right_variant_that_is_rejected_is_named_with_the_test(tmp_path):
    result = measure(changed(tmp_path, "return x + x", "return x + x + 1"), "secret")
    assert result.right_rejected == 1
    assert result.rejected[0].startswith("adds: test_three_doubled_is_six")
    assert not result.good


def test_a_catalogue_for_a_function_without_tests_is_refused(tmp_path):
    notebook = changed(tmp_path, 'mistake("double"', 'mistake("triple"')
    with pytest.raises(CourseError, match=r"mistakes.py: triple is graded by no test"):
        load_catalogue(notebook)


def test_a_file_without_a_catalogue_is_refused(tmp_path):
    path = write_course(tmp_path, FILES | {"a1/double/mistakes.py": "catalogue = []"})
    notebook = load_course(path).assignment("a1").notebooks[0]
    with pytest.raises(CourseError, match="needs a Catalogue named `catalogue`"):
        load_catalogue(notebook)


def test_hints_hold_numbers_and_sentences_and_no_code(notebook):
    table = record_hints(notebook, notebook.cases, "secret")
    assert "test_three_doubled_is_six" in table
    text = str(table)
    assert "You square x: multiply it by two." in text
    assert "x**2" not in text
    assert "squares" not in text


def test_of_mistakes_that_look_alike_the_one_that_fails_few_tests_is_named_first(tmp_path):
    """Both give 9 for 3, but one is right on arrays."""
    also = """
        @catalogue.mistake("double", hint="Numbers are squared.")
        def squares_numbers(x):
            return 2 * x if np.ndim(x) else x**2


        @catalogue.right("double")"""
    notebook = changed(tmp_path, """
        @catalogue.right("double")""", also)  # fmt: skip
    table = record_hints(notebook, notebook.cases, "secret")
    (entry,) = table["test_three_doubled_is_six"]
    assert entry["hints"] == ["Numbers are squared.", "You square x: multiply it by two."]
    assert len(entry["mistakes"]) == 2  # what stands behind each hint, told apart by other tests
    (entry,) = table["test_arrays_are_doubled[vector]"]
    assert entry["hints"] == ["You square x: multiply it by two."]


def test_what_variants_write_is_gone_afterwards(tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    writes = "import tempfile; assert tempfile.mkdtemp()"
    notebook = changed(tmp_path, "return 2 * x", f"{writes}; return 2 * x")
    assert measure(notebook, "secret").good
    assert tempfile.gettempdir() == str(temporary)
    assert not list(temporary.iterdir())


def test_a_method_is_replaced_in_its_class():
    class Model:
        def predict(self):
            return 1

        def train(self):
            return self.predict()

    catalogue = Catalogue({"Model": Model}, methods={"predict": "Model"})

    @catalogue.mistake("predict", hint="It is one.")
    def two(self):
        return 2

    replaced = catalogue.mistakes[0].namespace["Model"]
    assert replaced().train() == 2
    assert Model().train() == 1
    assert replaced.__name__ == "Model"


def test_the_summary_weights_by_the_number_of_mistakes(notebook):
    one = measure(notebook, "secret")
    other = dataclasses.replace(one, mistakes=9, private_kill=0.0)
    assert summary([one, other])["private_kill"] == pytest.approx(3 / 12)
    assert summary([])["private_kill"] == 0
