"""Three ways to a derivative, side by side: numeric, symbolic and automatic.

One program, written as data, is interpreted three times: by NumPy with finite differences around it, by
SymPy, which differentiates the formula that comes out, and by gates that go through it backwards.
The program is the squared error of a logistic neuron, y = sigma(w x + b), L = (y - t)^2 / 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cs_lib.autodiff.gates import GATES
from cs_lib.autodiff.graph import Value, apply
from cs_lib.gradients import numerical_gradient

if TYPE_CHECKING:
    import sympy

Step = tuple[str, str, tuple[str | float, ...]]  # result, gate, arguments

# Seven primitive operations.
LOGISTIC_NEURON: tuple[Step, ...] = (
    ("t1", "mul", ("w", "x")),
    ("z", "add", ("t1", "b")),
    ("t2", "neg", ("z",)),
    ("t3", "exp", ("t2",)),
    ("t4", "add", (1.0, "t3")),
    ("y", "reciprocal", ("t4",)),
    ("L", "half_squared_error", ("y", "t")),
)


def run(program: tuple[Step, ...], point: Mapping[str, Any], operate: Callable[..., Any]) -> dict[str, Any]:
    """Carry out a program: operate(gate, *arguments) for each step. Returns everything that has a name."""
    known = dict(point)
    for result, gate, arguments in program:
        known[result] = operate(gate, *(known[a] if isinstance(a, str) else a for a in arguments))
    return known


def numeric(program: tuple[Step, ...], point: Mapping[str, float]) -> dict[str, float]:
    """By central differences: the program runs twice for each variable, and digits are lost."""

    def result(values: np.ndarray) -> float:
        forward = run(program, dict(zip(point, values, strict=True)), lambda g, *a: GATES[g].forward(*a))
        return forward[program[-1][0]]

    gradient = numerical_gradient(result, np.array(list(point.values()), dtype=np.float64))
    return dict(zip(point, gradient.tolist(), strict=True))


def formulas(program: tuple[Step, ...], variables: list[str]) -> dict[str, sympy.Expr]:
    """The derivative with respect to each variable, as a SymPy expression: exact, and it grows quickly."""
    import sympy

    functions = {"exp": sympy.exp, "log": sympy.log, "tanh": sympy.tanh, "maximum": sympy.Max}

    def operate(gate: str, *arguments: sympy.Expr) -> sympy.Expr:
        return functions.get(gate, GATES[gate].forward)(*map(sympy.nsimplify, arguments))

    symbols = {name: sympy.Symbol(name, real=True) for name in variables}
    result = run(program, symbols, operate)[program[-1][0]]
    return {name: sympy.diff(result, symbol) for name, symbol in symbols.items()}


def symbolic(program: tuple[Step, ...], point: Mapping[str, float]) -> dict[str, float]:
    """By the rules of calculus on the whole formula, and then the numbers put in."""
    derivatives = formulas(program, list(point))
    values = {symbol: point[symbol.name] for d in derivatives.values() for symbol in d.free_symbols}
    return {name: float(derivative.subs(values)) for name, derivative in derivatives.items()}


def automatic(program: tuple[Step, ...], point: Mapping[str, float]) -> dict[str, float]:
    """By gates: one pass forwards and one backwards for all variables, exact to rounding."""
    leaves = {name: Value(float(number), name) for name, number in point.items()}
    run(program, leaves, apply)[program[-1][0]].backward()
    return {name: float(leaf.grad) for name, leaf in leaves.items()}


METHODS: dict[str, Callable[..., dict[str, float]]] = {
    "numeric": numeric,
    "symbolic": symbolic,
    "automatic": automatic,
}


def compare(
    point: Mapping[str, float], program: tuple[Step, ...] = LOGISTIC_NEURON
) -> dict[str, dict[str, float]]:
    """The derivative of the program's last result with respect to each variable, by each method.

        compare({"w": 0.5, "x": 2.0, "b": -1.0, "t": 1.0})["automatic"]["w"]

    Needs SymPy. Returns {method: {variable: derivative}}.
    """
    return {method: differentiate(program, point) for method, differentiate in METHODS.items()}
