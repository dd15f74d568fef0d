"""Each remedy is found by an error that is raised here, by the versions that are installed."""

import numpy as np
import pytest
import torch

from cs_lib.check.remedies import REMEDIES, remedy


def leaf():
    return torch.ones(2, requires_grad=True)


def in_place():
    x = leaf()
    x += 1


def overwritten():
    x = leaf()
    y = x.exp()
    y += 1
    y.sum().backward()


def twice():
    y = (leaf() ** 2).sum()
    y.backward()
    y.backward()


def unpacked():
    _, _ = (1, 2, 3)


RAISING = {
    "PyTorch finds no way": lambda: torch.autograd.grad(torch.ones(2).sum(), torch.ones(2)),
    "on the way may cut": lambda: torch.autograd.grad(leaf().sum(), torch.ones(2)),
    "writes into a tensor": in_place,
    "was overwritten": overwritten,
    "add up first": lambda: leaf().backward(),
    "used the graph up": twice,
    "NumPy knows nothing": lambda: leaf().numpy(),
    "want one truth value": lambda: torch.ones(2) and 1,
    "one truth value": lambda: 1 if np.ones(2) else 0,
    "Something is None": lambda: 0.5 * torch.ones(2).grad,
    "is None here": lambda: torch.ones(2).grad.abs(),
    "the new shape": lambda: torch.ones(6).view(2, 2),
    "of the new shape": lambda: np.ones(6).reshape(2, 2),
    "These two shapes": lambda: torch.ones(2) + torch.ones(3),
    "don't go together": lambda: np.ones(2) + np.ones(3),
    "Print both": lambda: torch.ones(2, 3) @ torch.ones(2, 3),
    "Print both just before": lambda: np.ones((2, 3)) @ np.ones((2, 3)),
    "which axis meets which": lambda: np.ones((2, 3)).dot(np.ones((2, 3))),
    "just before this line": lambda: torch.ones(1, 2, 3) @ torch.ones(3, 2, 1),
    "Two types of numbers": lambda: torch.ones(2, 2) @ torch.ones(2, 2).double(),
    "types of numbers meet": lambda: torch.conv2d(torch.ones(1, 1, 2, 2), torch.ones(1, 1, 1, 1).double()),
    "Tensors on two devices": lambda: torch.ones(2) + torch.ones(2, device="meta"),
    "a tuple or a list": lambda: 0.5 * (leaf(),),
    "one less than the size": lambda: torch.ones(2)[2],
    "where does the loop end": lambda: np.ones(2)[2],
    "The last index": lambda: [1, 2][2],
    "names on the left": unpacked,
}


@pytest.mark.parametrize("words", RAISING)
def test_an_error_is_answered_with_what_to_look_at(words):
    with pytest.raises((RuntimeError, TypeError, ValueError, IndexError, AttributeError)) as raised:
        RAISING[words]()
    assert words in remedy(str(raised.value)), raised.value


# What PyTorch says without a GPU, built without CUDA and with it: which of them depends on the machine.
NO_DEVICE = (
    "Torch not compiled with CUDA enabled",
    "Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU and installed a driver",
    "No CUDA GPUs are available",
    "PyTorch is not linked with support for mps devices",
)


@pytest.mark.parametrize("said", NO_DEVICE)
def test_a_device_that_is_not_there_is_to_be_left_out(said):
    assert "Compute wherever the tensors are that you are given: leave out .cuda()" in remedy(said)


def test_a_device_that_this_machine_lacks_is_answered_so():
    lacking = "mps" if torch.cuda.is_available() else "cuda"  # no machine has both
    with pytest.raises((RuntimeError, AssertionError)) as raised:
        torch.ones(2).to(lacking)
    assert "no such device here" in remedy(str(raised.value)), raised.value


def test_every_remedy_has_an_error_here():
    words = [*RAISING, "no such device"]
    assert all(any(some in sentence for some in words) for _, sentence in REMEDIES)


def test_of_an_unknown_error_nothing_is_said():
    assert remedy("f raised KeyError: 'W1'") is None
