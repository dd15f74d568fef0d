"""Work that exists as modules, with the field's usual names and imports, is graded as a notebook is."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course import find_course
from autograder.grade import grade
from autograder.submission import read_submission

FOLDER = Path(__file__).parent / "existing_work"
IN_LAYERS = (
    *(f"{kind}norm_{way}" for kind in ("batch", "layer", "spatial_batch", "spatial_group")
      for way in ("forward", "backward")),
    "batchnorm_backward_alt", "dropout_forward", "dropout_backward",
    *(f"{kind}_{way}_naive" for kind in ("conv", "max_pool") for way in ("forward", "backward")),
)  # fmt: skip
IN_OPTIM = ("sgd", "sgd_momentum", "nesterov_momentum", "adagrad", "rmsprop", "adam")


@pytest.mark.bubblewrap
def test_a2_as_modules_that_import_each_other_from_above_and_from_a_package_that_is_not_there():
    assignment = find_course().assignment("a2")
    submission = read_submission(FOLDER, "ada", tuple(n.name for n in assignment.notebooks))
    assert set(submission.modules) == {"layers", "optim", "fc_net", "cnn"}
    report = grade(assignment, submission)
    graded = {*IN_LAYERS, *IN_OPTIM, "FullyConnectedNet", "ThreeLayerConvNet"}
    results = [test for test in report.tests if test.function in graded]
    assert [(test.id, test.status, test.detail) for test in results if not test.passed] == []
    assert {test.function for test in results} == graded
    assert any("course.layers was taken from the submission's layers.py" in text for text in report.repairs)
