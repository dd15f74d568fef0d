"""Schedules: torch's lr_scheduler where it has the formula, and the lectures' formulas where not."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as torch_schedules

from cs_lib.schedules import (
    SCHEDULES,
    constant,
    cosine,
    cyclical,
    epoch_decay,
    exponential,
    inverse,
    inverse_sqrt,
    linear,
    linear_warmup,
    scale_with_batch_size,
    square_root,
    step_decay,
)

T = 100
COUNTERPARTS = [
    (step_decay, {}, torch_schedules.MultiStepLR, {"milestones": [30, 60, 90], "gamma": 0.1}),
    (epoch_decay, {}, torch_schedules.ExponentialLR, {"gamma": 0.97}),
    (epoch_decay, {"steps_per_epoch": 7}, torch_schedules.StepLR, {"step_size": 7, "gamma": 0.97}),
    (cosine, {"total": T}, torch_schedules.CosineAnnealingLR, {"T_max": T}),
    (linear, {"total": T}, torch_schedules.PolynomialLR, {"total_iters": T, "power": 1}),
    (square_root, {"total": T}, torch_schedules.PolynomialLR, {"total_iters": T, "power": 0.5}),
    (exponential, {"k": 0.05}, torch_schedules.ExponentialLR, {"gamma": math.exp(-0.05)}),
    (constant, {}, torch_schedules.ConstantLR, {"factor": 1}),
    (inverse, {"k": 0.1}, torch_schedules.LambdaLR, {"lr_lambda": lambda step: 1 / (1 + 0.1 * step)}),
    (inverse_sqrt, {}, torch_schedules.LambdaLR, {"lr_lambda": lambda step: max(step, 1) ** -0.5}),
]


def torch_rates(Schedule, settings, steps=T + 1, rate=0.4):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
    schedule = Schedule(optimizer, **settings)
    for _ in range(steps):
        yield schedule.get_last_lr()[0]
        optimizer.step()
        schedule.step()


@pytest.mark.parametrize(("schedule", "ours", "Schedule", "theirs"), COUNTERPARTS)
def test_the_rates_are_those_of_torch(schedule, ours, Schedule, theirs):
    rates = [schedule(step, 0.4, **ours) for step in range(T + 1)]
    np.testing.assert_allclose(rates, list(torch_rates(Schedule, theirs)), rtol=1e-9, atol=1e-12)


def test_cyclical_rates_are_torchs_triangles():
    settings = {"base_lr": 0.1, "max_lr": 0.5, "step_size_up": 8, "cycle_momentum": False}
    rates = [cyclical(step, 0.1, 0.5, half_cycle=8) for step in range(50)]
    np.testing.assert_allclose(rates, list(torch_rates(torch_schedules.CyclicLR, settings, 50)))


def test_every_schedule_of_the_table_has_a_counterpart():
    assert set(SCHEDULES.values()) == {case[0] for case in COUNTERPARTS}


def test_lecture_step_decay_is_a_tenth_at_epochs_30_and_60_and_90():
    rates = [step_decay(epoch, 0.1) for epoch in (0, 29, 30, 59, 60, 89, 90)]
    np.testing.assert_allclose(rates, [0.1, 0.1, 1e-2, 1e-2, 1e-3, 1e-3, 1e-4])


@pytest.mark.parametrize("t", [0, 1, 25, 50, 99])
def test_lecture_formulas_of_the_schedules(t):
    a0, k = 0.3, 0.02
    assert cosine(t, a0, T) == pytest.approx(a0 / 2 * (1 + np.cos(np.pi * t / T)))
    assert linear(t, a0, T) == pytest.approx(a0 * (1 - t / T))
    assert square_root(t, a0, T) == pytest.approx(a0 * np.sqrt(1 - t / T))
    assert exponential(t, a0, k) == pytest.approx(a0 * np.exp(-k * t))
    assert inverse(t, a0, k) == pytest.approx(a0 / (1 + k * t))
    assert epoch_decay(t, a0) == pytest.approx(a0 * 0.97**t)
    if t:
        assert inverse_sqrt(t, a0) == pytest.approx(a0 / np.sqrt(t))


@pytest.mark.parametrize("schedule", [cosine, linear, square_root])
def test_a_schedule_with_an_end_stays_there(schedule):
    assert schedule(T, 0.1, T) == schedule(2 * T, 0.1, T) == pytest.approx(0, abs=1e-15)


def test_lecture_warm_up_rises_over_5000_iterations_and_then_leaves_the_rate_alone():
    assert [linear_warmup(step, 0.1) for step in (0, 2500, 5000, 9999)] == [0, 0.05, 0.1, 0.1]
    assert linear_warmup(50, cosine(50, 0.1, T), warmup=100) == pytest.approx(0.05 / 2)


def test_lecture_n_times_the_batch_size_takes_n_times_the_rate():
    assert scale_with_batch_size(0.1, 8192) == pytest.approx(3.2)  # Goyal et al.'s ImageNet in an hour
    assert scale_with_batch_size(0.1, 128) == 0.05


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cosine(-1, 0.1, T), "step is -1"),
        (lambda: linear(0, 0.1, 0), "total is 0"),
        (lambda: step_decay(0, -0.1), "initial is -0.1"),
        (lambda: exponential(0, 0.1, -1), "k is -1"),
        (lambda: cyclical(0, 0.5, 0.1, 8), "high is 0.1, expected at least 0.5"),
        (lambda: linear_warmup(0, 0.1, 0), "warmup is 0"),
        (lambda: scale_with_batch_size(0.1, 0), "batch_size is 0"),
        (lambda: inverse_sqrt(float("nan"), 0.1), "step is nan"),
    ],
)
def test_settings_out_of_range_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
