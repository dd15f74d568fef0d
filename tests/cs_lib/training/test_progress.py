from __future__ import annotations

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
