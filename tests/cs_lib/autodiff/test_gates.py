"""Every gate of the table: its value and derivative against torch, and against finite differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_lib.autodiff import GATES, Value, apply
from cs_lib.gradients import grad_check

TORCH = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "maximum": torch.maximum,
    "matmul": torch.matmul,
    "neg": torch.neg,
    "reciprocal": torch.reciprocal,
    "exp": torch.exp,
    "log": torch.log,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "power": lambda x, n: x**n,
    "half_squared_error": lambda y, t: (y - t) ** 2 / 2,
    "sum": lambda x, axis=None, keepdims=False: torch.sum(x, axis, keepdim=keepdims),
    "reshape": torch.reshape,
    "transpose": lambda x, axes=None: x.permute(*(axes or range(x.ndim)[::-1])),
    "index": lambda x, key: x[key],
}
BINARY = ["add", "sub", "mul", "div", "maximum", "half_squared_error"]
UNARY = ["neg", "reciprocal", "exp", "log", "tanh", "sigmoid", "relu"]

CASES = [
    *((gate, [(2, 3), (2, 3)], {}) for gate in BINARY),
    *((gate, [(2, 3)], {}) for gate in UNARY),
    *(("power", [(2, 3)], {"n": n}) for n in (2.0, 3.0, -1.0, 0.5)),
    *(("matmul", shapes, {}) for shapes in (
        [(2, 3), (3, 4)], [(3,), (3,)], [(3,), (3, 4)], [(2, 3), (3,)],
        [(5, 2, 3), (3, 4)], [(5, 2, 3), (5, 3, 4)], [(2, 3), (5, 3, 4)], [(3,), (5, 3, 4)],
        [(5, 2, 3), (3,)],
    )),
    *(("sum", [(2, 3, 4)], options) for options in (
        {}, {"axis": 1}, {"axis": -1, "keepdims": True}, {"axis": (0, 2)}, {"axis": (0, 2), "keepdims": True},
    )),
    ("reshape", [(2, 6)], {"shape": (3, 4)}),
    *(("transpose", [(2, 3, 4)], {"axes": axes}) for axes in (None, (1, 2, 0), (-1, 0, 1))),
    *(("index", [(4, 3)], {"key": key}) for key in (1, slice(1, 3), ([0, 0, 2], [1, 1, 0]))),
]  # fmt: skip


def inputs_for(shapes, seed=0):
    """Numbers from 0.5 to 2, where every gate is defined and smooth; no two are equal."""
    rng = np.random.default_rng(seed)
    return [rng.uniform(0.5, 2, size=shape) for shape in shapes]


def assert_agrees_with_torch(gate, arrays, options):
    values = [Value(array) for array in arrays]
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    out, expected = apply(gate, *values, **options), TORCH[gate](*tensors, **options)
    np.testing.assert_allclose(out.data, expected.detach().numpy(), rtol=1e-12)
    upstream = np.random.default_rng(1).standard_normal(out.shape)
    out.backward(upstream)
    expected.backward(torch.tensor(upstream))
    for value, tensor in zip(values, tensors, strict=True):
        assert value.grad.shape == value.shape
        np.testing.assert_allclose(value.grad, tensor.grad.numpy(), rtol=1e-10, atol=1e-12)


def test_every_gate_of_the_table_is_tested():
    assert {gate for gate, _, _ in CASES} == set(GATES) == set(TORCH)


@pytest.mark.parametrize(("gate", "shapes", "options"), CASES)
def test_value_and_gradient_equal_torchs(gate, shapes, options):
    assert_agrees_with_torch(gate, inputs_for(shapes), options)


@pytest.mark.parametrize(("gate", "shapes", "options"), CASES)
def test_the_derivative_agrees_with_finite_differences(gate, shapes, options):
    arrays = inputs_for(shapes)
    out = GATES[gate].forward(*arrays, **options)
    upstream = np.random.default_rng(1).standard_normal(np.shape(out))
    values = [Value(array) for array in arrays]
    apply(gate, *values, **options).backward(upstream)
    for i, value in enumerate(values):
        report = grad_check(
            lambda x, i=i: GATES[gate].forward(*arrays[:i], x, *arrays[i + 1 :], **options),
            arrays[i], value.grad, upstream,
        )  # fmt: skip
        assert report, report


@pytest.mark.parametrize("gate", BINARY)
@settings(max_examples=30)
@given(
    shape=st.lists(st.integers(1, 3), max_size=3),
    kept=st.lists(st.booleans(), min_size=6, max_size=6),
    dropped=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    seed=st.integers(0, 99),
)
def test_broadcasting_is_undone_in_the_gradient(gate, shape, kept, dropped, seed):
    shapes = []
    for which in (0, 1):
        sizes = [size if kept[3 * which + axis] else 1 for axis, size in enumerate(shape)]
        shapes.append(tuple(sizes[min(dropped[which], len(sizes)) :]))
    assert_agrees_with_torch(gate, inputs_for(shapes, seed), {})


@pytest.mark.parametrize(("gate", "shapes", "options"), CASES)
def test_float32_stays_float32_and_the_inputs_are_not_modified(gate, shapes, options):
    values = [Value(array.astype(np.float32)) for array in inputs_for(shapes)]
    before = [value.data.copy() for value in values]
    out = apply(gate, *values, **options)
    out.backward(np.ones(out.shape))
    assert out.data.dtype == np.float32
    for value, then in zip(values, before, strict=True):
        assert value.grad.dtype == np.float32
        np.testing.assert_array_equal(value.data, then)


def test_the_sigmoid_does_not_overflow():
    x = Value(np.array([-1000.0, 0.0, 1000.0]))
    y = x.sigmoid()
    y.backward(np.ones(3))
    np.testing.assert_array_equal(y.data, [0, 0.5, 1])
    np.testing.assert_array_equal(x.grad, [0, 0.25, 0])
