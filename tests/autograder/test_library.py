"""A bundle gets the modules that it names, what these need, and nothing else of the library."""

from __future__ import annotations

import subprocess
import sys

import pytest

from autograder import library


def test_a_module_comes_with_what_it_imports_and_with_bare_packages_around_it():
    given = library.sources(("layers.affine",))
    assert set(given) == {
        "cs_lib", "cs_lib.layers", "cs_lib.layers.affine", "cs_lib.layers.arguments", "cs_lib.validation",
    }  # fmt: skip
    assert "import" not in given["cs_lib.layers"]


def test_a_package_comes_whole():
    given = library.sources(("plots",))
    assert {"cs_lib.plots", "cs_lib.plots.style", "cs_lib.plots.images"} <= set(given)
    assert "cs_lib.layers" not in given


def test_a_module_that_is_not_there_is_named():
    with pytest.raises(LookupError, match=r"no module 'layers\.nothing' to provide"):
        library.sources(("layers.nothing",))


def test_what_is_copied_can_be_imported_on_its_own(tmp_path):
    library.copy({"layers.affine", "losses", "check"}, tmp_path / "cs_lib")
    code = "import cs_lib.layers.affine, cs_lib.losses, cs_lib.check, cs_lib; print(cs_lib.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(str(tmp_path))
    assert not (tmp_path / "cs_lib" / "layers" / "batch_norm.py").exists()
