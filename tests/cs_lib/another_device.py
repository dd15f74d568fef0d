"""A second device, made of Python, for machines without a GPU: code that mixes devices fails on it as on one.

    with AnotherDevice():
        there = torch.ones(3).to(ANOTHER)

A tensor on it holds a CPU tensor that nothing else sees, and computes with that one. An operation on tensors
of both devices is refused, and so is `numpy()` without `cpu()`; a tensor that is made without naming the
device is on the CPU.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

ANOTHER = torch.device("meta")  # a name that every build of PyTorch knows; its kernels are never called
ATEN = torch.ops.aten
COPY = ATEN.copy_.default
BETWEEN = {COPY, ATEN._to_copy.default}  # the operations that may cross from one device to another


class There(Tensor):
    """A tensor on the other device."""

    here: Tensor

    @staticmethod
    def __new__(cls, here: Tensor) -> There:
        there = Tensor._make_wrapper_subclass(
            cls, here.shape, here.stride(), here.storage_offset(), dtype=here.dtype, device=ANOTHER
        )
        there.here = here
        return there

    def __repr__(self) -> str:  # type: ignore[override]
        return f"There({self.here})"

    def tolist(self) -> Any:
        return self.here.tolist()

    # PyTorch makes tensors of data without an operation that could be seen here: these two do it before.

    def new_tensor(self, data: Any) -> Tensor:  # type: ignore[override]
        return torch.tensor(data, dtype=self.dtype).to(ANOTHER)

    def __getitem__(self, key: Any) -> Tensor:
        parts = key if isinstance(key, tuple) else (key,)
        made = [torch.tensor(part).to(ANOTHER) if isinstance(part, list) else part for part in parts]
        return super().__getitem__(tuple(made))

    @classmethod
    def __torch_dispatch__(cls, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return computed(operation, args, kwargs or {})


class AnotherDevice(TorchDispatchMode):
    """Within it, tensors can be made on the other device and moved there."""

    def __torch_dispatch__(self, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return computed(operation, args, kwargs or {})


def computed(operation: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    """The operation on the tensors behind; its results are where they should be, or where its tensors are."""
    tensors = [value for value in tree_flatten((args, kwargs))[0] if isinstance(value, Tensor)]
    there = [tensor for tensor in tensors if isinstance(tensor, There)]
    # A single number may come from the CPU, as with a GPU.
    here = [tensor for tensor in tensors if not isinstance(tensor, There) and tensor.dim()]
    if there and here and operation not in BETWEEN:
        raise RuntimeError(f"{operation}: expected all tensors to be on the same device")
    goes_there = isinstance(args[0], There) if operation is COPY else bool(there)
    if kwargs.get("device") is not None:
        goes_there = torch.device(kwargs["device"]) == ANOTHER
        kwargs = kwargs | {"device": torch.device("cpu")}
    if torch.Tag.inplace_view in operation.tags:  # what the tensor says of its shape changes, too
        with torch.utils._mode_utils.no_dispatch():
            operation(*args, **kwargs)
    known = {id(tensor.here): tensor for tensor in there}  # what is changed in place stays what it is

    def behind(value: Any) -> Any:
        return value.here if isinstance(value, There) else value

    def placed(value: Any) -> Any:
        if not (goes_there and isinstance(value, Tensor)):
            return value
        return known[id(value)] if id(value) in known else There(value)

    return tree_map(placed, operation(*tree_map(behind, args), **tree_map(behind, kwargs)))
