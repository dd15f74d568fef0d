"""A test file is read once, and breaking its rules is an error that says what to do."""

from __future__ import annotations

import textwrap

import pytest

from cs_lib.check import cases


@pytest.fixture
def load(tmp_path):
    """Load test code from a file."""

    def load(code: str, visibility: str = "public"):
        path = tmp_path / "public_tests.py"
        path.write_text("import pytest\nimport numpy as np\n" + textwrap.dedent(code))
        return cases.load_cases(path, visibility)

    return load


def test_a_case_carries_function_points_limit_and_hint(load):
    (case,) = load("""
        @pytest.mark.graded("f", points=2, seconds=3, hint="Add.")
        def test_it(student): ...
    """)
    assert (case.id, case.function, case.points, case.seconds, case.hint) == ("test_it", "f", 2.0, 3, "Add.")
    assert case.visibility == "public"
    assert case.fixtures == ("student",)


def test_parameters_make_a_case_each(load):
    loaded = load("""
        @pytest.mark.graded("f", points=1)
        @pytest.mark.parametrize("k", [1, 3])
        @pytest.mark.parametrize(("n", "dtype"), [(2, np.float32)])
        def test_it(student, k, n, dtype, rng): ...
    """)
    assert [case.id for case in loaded] == [
        "test_it[n=2-dtype=float32-k=1]",
        "test_it[n=2-dtype=float32-k=3]",
    ]
    assert loaded[0].arguments["k"] == 1
    assert set(loaded[0].fixtures) == {"student", "rng"}


def test_cases_can_be_named(load):
    named = load("""
        @pytest.mark.graded("f", points=1)
        @pytest.mark.parametrize("k", [1, pytest.param(3, id="three")], ids=["one", "other"])
        def test_it(student, k): ...
    """)
    assert [case.id for case in named] == ["test_it[one]", "test_it[three]"]
    assert [case.arguments["k"] for case in named] == [1, 3]


def test_random_numbers_belong_to_a_seed_and_a_case(load):
    one, two = load("""
        @pytest.mark.graded("f", points=1)
        @pytest.mark.parametrize("k", [1, 2])
        def test_it(student, k): ...
    """)
    assert one.rng("s").random() == one.rng("s").random()
    assert one.rng("s").random() != two.rng("s").random()
    assert one.rng("s").random() != one.rng("t").random()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def test_it(student): ...", "needs one mark"),
        ("@pytest.mark.graded('f')\ndef test_it(student): ...", "needs one mark"),
        ("@pytest.mark.graded('f', points=-1)\ndef test_it(student): ...", "bad argument"),
        ("@pytest.mark.graded('f', points=1, point=2)\ndef test_it(student): ...", "bad argument"),
        ("@pytest.mark.graded('f', points=1)\ndef test_it(): ...", "no `student`"),
        ("@pytest.mark.graded('f', points=1)\ndef test_it(student, tmp_path): ...", "tmp_path"),
        (
            "@pytest.mark.graded('f', points=1)\n"
            "@pytest.mark.parametrize('k', [1, 1])\ndef test_it(student, k): ...",
            "share the id",
        ),
        (
            "@pytest.mark.graded('f', points=1)\n"
            "@pytest.mark.parametrize('k', [1], ids=str)\ndef test_it(student, k): ...",
            "ids",
        ),
        ("x = 1", "holds no test"),
        ("1 / 0", "cannot be imported: ZeroDivisionError"),
    ],
)
def test_a_broken_rule_is_named(load, code, words):
    with pytest.raises(cases.TestFileError, match=r"public_tests\.py") as caught:
        load(code)
    assert words in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(cases.TestFileError, match="no such file"):
        cases.load_cases(tmp_path / "none.py", "public")
