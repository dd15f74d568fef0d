"""Expected values are computed once, however many submissions are compared with them."""

from __future__ import annotations

import functools
import hashlib
import pickle
from collections.abc import Callable
from typing import Any


def remembered(function: Callable) -> Callable:
    """Cache a pure function by the contents of its arguments, arrays included."""
    known: dict[bytes, Any] = {}

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        key = hashlib.blake2b(pickle.dumps((args, kwargs)), digest_size=16).digest()
        if key not in known:
            known[key] = function(*args, **kwargs)
        return known[key]

    return wrapper
