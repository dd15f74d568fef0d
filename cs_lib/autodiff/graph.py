"""Values that remember how they came about, and the chain rule backwards through them.

Reverse mode: one pass gives the gradient of one number with respect to everything (Linnainmaa 1970;
Baydin et al. 2018, "Automatic differentiation in machine learning: a survey", section 3.2).
Not for: the derivatives of single operations (`cs_lib.autodiff.gates`), or second derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cs_lib.autodiff.gates import GATES, Gate
from cs_lib.validation import as_floats, expect_choice

Number = int | float | np.number


class Value:
    """An array of any shape (a scalar is a 0-d array), what it was computed from, and its gradient.

    data, grad: arrays of one shape; grad is None before `backward`.
    gate, inputs: the operation and its arguments; None and () for what was given, not computed.
    Operators and methods make new values: + - * / ** @, -x, x[...], x.exp(), x.sum(axis), x.T and so on.
    """

    __array_ufunc__ = None  # so that array + value asks the value, not NumPy, what to do

    def __init__(self, data: np.ndarray | Number, name: str = "") -> None:
        """Raises TypeError if data holds anything but real numbers."""
        self.data = as_floats(name or "data", np.asarray(data))
        self.grad: np.ndarray | None = None
        self.name = name
        self.gate: Gate | None = None
        self.inputs: tuple[Value, ...] = ()
        self.options: dict[str, Any] = {}

    def backward(self, upstream: np.ndarray | None = None) -> None:
        """Set the grad of every value that this one was computed from, itself included.

        upstream: the gradient of something further on with respect to this value, in its shape;
        1 when left out, which needs a value of one element. Earlier gradients are replaced.
        Raises ValueError for a missing upstream, or one of another shape.
        """
        if upstream is None and self.data.size != 1:
            raise ValueError(f"this value has shape {self.data.shape}: give upstream, or sum it up")
        seed = np.ones_like(self.data) if upstream is None else np.asarray(upstream, dtype=self.data.dtype)
        if seed.shape != self.data.shape:
            raise ValueError(f"upstream has shape {seed.shape}, expected {self.data.shape}")
        order = topological_order(self)
        for value in order:
            value.grad = np.zeros_like(value.data)
        self.grad = seed
        for value in reversed(order):  # by now every use of this value has added its share
            if value.gate is None:
                continue
            arrays = [source.data for source in value.inputs]
            gradients = value.gate.backward(value.grad, value.data, *arrays, **value.options)
            for source, gradient in zip(value.inputs, gradients, strict=True):
                source.grad = np.asarray(source.grad + _sum_to(gradient, source.data.shape))

    def sum(self, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Value:
        """The sum over all elements, or over the given axes."""
        return apply("sum", self, axis=axis, keepdims=keepdims)

    def mean(self, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Value:
        """The mean over all elements, or over the given axes."""
        total = self.sum(axis, keepdims)
        return total / (self.data.size / max(total.data.size, 1))

    def reshape(self, *shape: int) -> Value:
        """The same elements in another shape."""
        return apply("reshape", self, shape=shape)

    def transpose(self, *axes: int) -> Value:
        """The axes in another order; without arguments, in the reverse one."""
        return apply("transpose", self, axes=axes or None)

    @property
    def T(self) -> Value:
        """The axes in reverse order."""
        return self.transpose()

    def __pow__(self, exponent: Number) -> Value:
        if not isinstance(exponent, Number):
            raise TypeError(f"the exponent is a {type(exponent).__name__}, expected a number")
        return apply("power", self, n=float(exponent))

    def __getitem__(self, key: Any) -> Value:
        return apply("index", self, key=key)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of data, and of grad."""
        return self.data.shape

    def __repr__(self) -> str:
        label = f"{self.name}, " if self.name else ""
        return f"Value({label}{np.array2string(self.data, precision=4, threshold=8)})"


def _unary(gate: str) -> Callable[[Value], Value]:
    def method(self: Value) -> Value:
        return apply(gate, self)

    method.__doc__ = f"{GATES[gate].notation.format('x')}, element by element, for this value x."
    return method


def _binary(gate: str) -> Callable[[Value, Any], Value]:
    return lambda self, other: apply(gate, self, other)


def _reflected(gate: str) -> Callable[[Value, Any], Value]:
    return lambda self, other: apply(gate, other, self)


for _gate in ("exp", "log", "tanh", "sigmoid", "relu", "reciprocal"):
    setattr(Value, _gate, _unary(_gate))
for _gate in ("add", "sub", "mul", "div", "matmul"):
    _method = "truediv" if _gate == "div" else _gate
    setattr(Value, f"__{_method}__", _binary(_gate))
    setattr(Value, f"__r{_method}__", _reflected(_gate))
Value.__neg__ = _unary("neg")


def apply(gate: str | Gate, *inputs: Value | np.ndarray | Number, **options: Any) -> Value:
    """Send inputs through a gate, one of the table's or your own; the result remembers both.

    Arrays and numbers become values. Plain numbers take on the dtype of the values beside them.
    Raises ValueError for a gate that is not in the table, or shapes that it cannot take.
    """
    if isinstance(gate, str):
        expect_choice("gate", gate, tuple(GATES))
        gate = GATES[gate]
    dtypes = [x.data.dtype for x in inputs if isinstance(x, Value)]
    number_dtype = np.result_type(*dtypes) if dtypes else np.float64
    values = tuple(_as_value(x, number_dtype) for x in inputs)
    try:
        data = gate.forward(*(value.data for value in values), **options)
    except ValueError as error:
        shapes = " and ".join(str(value.data.shape) for value in values)
        raise ValueError(f"'{gate.notation}' can't take {shapes}: {error}") from None
    out = Value(data)
    out.gate, out.inputs, out.options = gate, values, options
    return out


def maximum(x: Value | np.ndarray | Number, y: Value | np.ndarray | Number) -> Value:
    """The larger of x and y, element by element; x where they are equal. Any shapes that broadcast."""
    return apply("maximum", x, y)


def topological_order(value: Value) -> list[Value]:
    """All values that `value` was computed from, itself last, each after its inputs.

    A depth-first search with its own stack, so that long graphs don't meet Python's recursion limit.
    """
    order: list[Value] = []
    seen: set[int] = set()
    stack = [(value, False)]
    while stack:
        node, inputs_done = stack.pop()
        if inputs_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((source, False) for source in reversed(node.inputs))
    return order


def _as_value(x: Value | np.ndarray | Number, number_dtype: np.dtype) -> Value:
    if isinstance(x, Value):
        return x
    return Value(np.asarray(x, dtype=number_dtype) if isinstance(x, Number) else x)


def _sum_to(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Undo broadcasting: what was copied forwards is added up backwards."""
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    stretched = tuple(axis for axis, size in enumerate(shape) if size == 1 and gradient.shape[axis] != 1)
    return gradient.sum(axis=stretched, keepdims=True)
