"""The notebook on style transfer looks through published filters where its switch says so."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
import torch

from autograder.course import find_course
from autograder.source import code_cells
from cs_lib.vision import weights
from cs_lib.vision.vgg import vgg16

NOTEBOOK = find_course(Path(__file__)).assignments["a3"].notebook("style_transfer")
SWITCH = 'NET = "random"'


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """An untrained VGG-16 without its classifier, in the cache in place of the published one."""
    net, file = vgg16(num_classes=None), io.BytesIO()
    torch.save(net.state_dict(), file)
    name = f"vgg16-{hashlib.sha256(file.getvalue()).hexdigest()[:8]}.pth"
    (tmp_path / name).write_bytes(file.getvalue())
    monkeypatch.setenv("CS_LIB_CACHE", str(tmp_path))
    monkeypatch.setitem(
        weights.WEIGHTS, "vgg16", weights.Published(lambda: vgg16(num_classes=None), name, 59)
    )
    return net


@pytest.mark.parametrize(("net", "filters"), [("random", 32), ("vgg16", 64)])
def test_the_switch_chooses_the_filters(stand_in, monkeypatch, capsys, net, filters):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    cells = [source for _, source in code_cells(NOTEBOOK)]
    assert SWITCH in cells[0]
    part_2 = next(i for i, source in enumerate(cells) if "NAMES = " in source)
    names: dict = {}
    for source in [cells[0].replace(SWITCH, f"NET = {net!r}"), *cells[1 : part_2 + 1]]:
        exec(compile(source, str(NOTEBOOK.source), "exec"), names)
    said = capsys.readouterr().out
    assert f"conv1_1: (1, {filters}, " in said
    assert f"conv3_2: (1, {4 * filters}, " in said
    if net == "vgg16":
        assert torch.equal(names["net"][1].weight, stand_in.features[0].weight)
