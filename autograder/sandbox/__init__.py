"""Where student code runs: three levels behind one interface, with limits as data.

| level        | files                    | network | processes        | for                               |
|--------------|--------------------------|---------|------------------|-----------------------------------|
| `bubblewrap` | only what is listed      | none    | its own PID space| grading on Linux (default)        |
| `user`       | what that user may read  | as host | own user, limits | containers that run as root       |
| `none`       | as yours                 | as host | limits           | checking one's own work           |
"""

from autograder.sandbox.limits import Limits
from autograder.sandbox.process import (
    LEVELS,
    Sandbox,
    SandboxError,
    available_levels,
    warm_up,
    why_unavailable,
)

__all__ = ["LEVELS", "Limits", "Sandbox", "SandboxError", "available_levels", "warm_up", "why_unavailable"]
