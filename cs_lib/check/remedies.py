"""What to look at after an error, by the text of Python, NumPy or PyTorch: said where no known mistake fits.

Each sentence is true of every error with that text, whatever the exercise.
"""

from __future__ import annotations

import re

REMEDIES = tuple((re.compile(pattern), sentence) for pattern, sentence in (
    (r"does not require grad",
     "PyTorch finds no way back from the result to the tensor whose gradient you want. That needs "
     "requires_grad, as after x = x.detach().clone().requires_grad_(), before it is used, and nothing on the "
     "way may cut the connection: detach, item, NumPy, no_grad."),
    (r"leaf Variable that requires grad is being used in an in-place operation",
     "This line writes into a tensor whose gradient is wanted. Make a new tensor (a = a + b, not a += b); if "
     "it is to be changed in place, do so under torch.no_grad()."),
    (r"modified by an inplace operation",
     "A tensor that the gradient still needs was overwritten. Make a new one: a = a + b, not a += b."),
    (r"grad can be implicitly created only for scalar outputs",
     "backward() and torch.autograd.grad() start from one number: add up first."),
    (r"backward through the graph a second time",
     "The first backward has used the graph up. Compute the result anew before each."),
    (r"Can't call numpy\(\) on Tensor that requires grad",
     "NumPy knows nothing of gradients: do the whole computation with tensors."),
    (r"Boolean value of Tensor with more than one|truth value of an array with more than one",
     "`if`, `and`, `or` and `not` want one truth value. For all entries at once write &, | and ~, with "
     "brackets around each comparison."),
    (r"'NoneType'",
     "Something is None here. Either it comes from a function that returns nothing, or it is the .grad of a "
     "tensor that no gradient has reached: that has to be a leaf with requires_grad."),
    (r"is invalid for input of size|cannot reshape array of size",
     "The sizes of the new shape don't multiply to the number of entries. Is one used twice, or left out?"),
    (r"must match the (existing )?size|could not be broadcast|shapes cannot be multiplied|not aligned|"
     r"mismatch in its core dimension|Expected size for first two dimensions",
     "These two shapes don't go together. Print both just before this line: which axis meets which?"),
    (r"expected scalar type|to have the same dtype|expected .* to have .*dtype",
     "Two types of numbers meet. Create tensors like those that you are given: torch.zeros_like(x), or "
     "dtype=x.dtype."),
    (r"not compiled with CUDA|no NVIDIA driver|No CUDA GPUs are available|not linked with support for mps",
     "There is no such device here. Compute wherever the tensors are that you are given: leave out .cuda() "
     "and .to(...), and create new ones with torch.zeros_like(x) or device=x.device."),
    (r"on the same device|is not on the expected device",
     "Tensors on two devices meet. Create new ones where those are that you are given: torch.zeros_like(x), "
     "or device=x.device."),
    (r"can't multiply sequence by non-int",
     "One of the two is a tuple or a list. torch.autograd.grad, for one, returns a tuple: take its first "
     "entry."),
    (r"is out of (bounds|range)|index out of range",
     "The last index is one less than the size: where does the loop end, and is it the right axis?"),
    (r"(not enough|too many) values to unpack",
     "There are not as many values on the right as names on the left: how many axes, or results, are there?"),
))  # fmt: skip


def remedy(error: str) -> str | None:
    """What to look at after an error with this text; None if nothing is known about it."""
    return next((sentence for pattern, sentence in REMEDIES if pattern.search(error)), None)
