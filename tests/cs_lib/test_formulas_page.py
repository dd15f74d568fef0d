"""docs/formulas.md: what it names exists where its link points, and no formula's function is missing."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

from cs_lib import features, initialization, layers, losses, optim, plots, regularization, schedules, training
from cs_lib.training import augmentation

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "formulas.md"
ROWS = [line for line in PAGE.read_text().splitlines() if line.startswith("| ") and "| Topic |" not in line]
LINK = re.compile(r"\[`(cs_lib\.[\w.]+)`\]\(([\w./]+)\)")
LINKS = sorted({link for row in ROWS for link in LINK.findall(row)})
NAMES = {name.rpartition(".")[2] for name, _ in LINKS}


def test_what_is_named_exists_and_its_link_leads_to_where_it_is_written():
    assert len(LINKS) > 150
    for name, path in LINKS:
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(module), attribute), name
        source = (PAGE.parent / path).resolve().read_text()
        assert re.search(rf"^(def |class |){attribute}\b", source, re.MULTILINE), (name, path)


def test_every_row_has_topic_formula_function_and_notebook():
    assert len(ROWS) > 100
    for row in ROWS:
        topic, formula, code, notebook = (cell.strip() for cell in row.strip("|").split(" | "))
        assert topic, row
        assert formula, row
        assert LINK.sub("", code).replace(",", "").strip() == "", row
        assert re.fullmatch(r"a([123]|3x)/[a-z_]+", notebook), row


def test_every_notebook_that_there_is_teaches_some_row():
    assignments = (ROOT / "assignments").glob("*/*/")
    there = {
        f"{folder.parent.name}/{folder.name}" for folder in assignments if (folder / "notebook.py").exists()
    }
    assert there <= {row.strip("|").split(" | ")[3].strip() for row in ROWS}


def defined_in(module):
    return {
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    }


VISION = (
    "compute_saliency_maps", "occlusion_map", "guided_backprop", "segment", "class_visualization_update_step",
    "make_fooling_image", "universal_perturbation", "nearest_neighbours", "project",
    "maximally_activating_patches", "invert_features", "normalized_vgg", "vgg16", "vgg19", "SqueezeNet",
    "load_published", "content_loss", "gram_matrix", "style_loss", "tv_loss", "style_transfer",
    "with_colors_of", "by_neighbours", "by_gram", "deep_dream", "instance_norm", "TransformNet",
)  # fmt: skip
WANTED = {
    "layers": {name for name in layers.__all__ if name.endswith("_forward")},
    "losses": defined_in(losses),
    "regularization": defined_in(regularization),
    "optim": set(optim.__all__) - {"OPTIMIZERS"},
    "schedules": defined_in(schedules),
    "initialization": defined_in(initialization),
    "augmentation": defined_in(augmentation) - {"pipeline"},
    "features": set(features.__all__),
    "plots": set(plots.__all__),
    "vision": set(VISION),
    "training": set(training.__all__) - {"CheckpointError", "get_state", "set_state", "predict", "scores_of"},
}


@pytest.mark.parametrize("part", WANTED)
def test_no_function_is_missing(part):
    assert WANTED[part] <= NAMES
