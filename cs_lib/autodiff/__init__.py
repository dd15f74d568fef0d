"""A small automatic differentiation engine: gates, a graph of values, and pictures of it.

    from cs_lib.autodiff import Value
    x, y, z = Value(-2, "x"), Value(5, "y"), Value(-4, "z")
    f = (x + y) * z
    f.backward()
    x.grad, y.grad, z.grad      # -4, -4, 3

`gates` holds the facts (each operation and its derivative), `graph` the mechanism (order and chain rule),
`draw` shows a graph, `compare` sets numeric, symbolic and automatic differentiation side by side.
Not for: speed; the layers of this library do whole arrays in fewer, larger steps.
"""

from cs_lib.autodiff.gates import GATES, Gate
from cs_lib.autodiff.graph import Value, apply, maximum, topological_order

__all__ = ["GATES", "Gate", "Value", "apply", "maximum", "topological_order"]
