"""Importing the library costs little: what is heavy is imported where it is used.

Only `cs_lib.vision` is written in PyTorch and imports it.
"""

from __future__ import annotations

import subprocess
import sys

HEAVY = {"matplotlib", "torch", "scipy", "sklearn", "skimage", "pandas", "sympy", "PIL"}
HEAVY |= {"IPython", "pytest", "pooch", "rich", "tqdm"}
WALK = """
import importlib, pkgutil, sys
import cs_lib
for module in pkgutil.walk_packages(cs_lib.__path__, "cs_lib."):
    if not module.name.endswith("__main__") and not module.name.startswith("cs_lib.vision"):
        importlib.import_module(module.name)
print(*sys.modules)
"""


def test_no_module_imports_anything_heavy():
    done = subprocess.run([sys.executable, "-c", WALK], capture_output=True, text=True, check=True)
    imported = set(done.stdout.split())
    assert {"cs_lib.knn", "cs_lib.plots.style", "cs_lib.training.solver"} <= imported
    assert imported & HEAVY == set()
