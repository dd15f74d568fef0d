from __future__ import annotations

import subprocess
import sys

from cs_lib.models import TwoLayerNet
from cs_lib.training import Solver, progress


def run(data, **options):
    Solver(TwoLayerNet(6, 5, 3, seed=0), data, num_epochs=2, batch_size=30, **options).train()


def test_where_somebody_looks_a_bar_shows_steps_loss_and_validation_accuracy(data, monkeypatch, capsys):
    monkeypatch.setattr(progress, "visible", lambda: True)
    run(data)
    shown = capsys.readouterr().err
    assert "8/8" in shown
    assert "loss=1." in shown
    assert "val=0." in shown


def test_there_is_none_if_it_is_not_wanted_or_nobody_looks(data, monkeypatch, capsys):
    run(data)
    monkeypatch.setattr(progress, "visible", lambda: True)
    run(data, progress=False)
    assert capsys.readouterr() == ("", "")


def test_importing_models_and_training_imports_nothing_heavy():
    heavy = ("matplotlib", "torch", "scipy", "sklearn", "skimage", "pandas", "tqdm", "pooch", "PIL")
    code = (
        "import sys, cs_lib.models, cs_lib.training, cs_lib.training.augmentation, cs_lib.training.crops, "
        f"cs_lib.training.compression; print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
