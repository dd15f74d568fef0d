"""The sample class: what each student handed in, and which graded functions deserve their points.

Every sample is made from the released notebook, as a student would make it. The attacks solve one
exercise honestly, so that it can be seen that exactly this is what they are worth.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

HONEST = "predict_labels"  # what the attackers solve themselves
ALL = None  # in `deserves`: everything


@dataclass(frozen=True)
class Pages:
    """The notebook as released, and as solved."""

    released: NotebookNode
    solved: NotebookNode

    def with_solutions(self, *names: str) -> NotebookNode:
        """The released notebook with some of its cells solved (all, if none is named)."""
        notebook = copy.deepcopy(self.released)
        solved = {grade_id(cell): cell.source for cell in self.solved.cells if grade_id(cell)}
        for cell in notebook.cells:
            if grade_id(cell) in solved and (not names or grade_id(cell) in names):
                cell.source = solved[grade_id(cell)]
        return notebook


@dataclass(frozen=True)
class Sample:
    """One student's submission."""

    student: str
    story: str
    make: Callable[[Pages], NotebookNode | str]
    deserves: tuple[str, ...] | None = ALL  # the functions whose points it earns
    forfeits: tuple[str, ...] = ()  # those whose points it loses
    extra_files: dict[str, str] = field(default_factory=dict)

    def expected_score(self, points: dict[str, float]) -> float:
        """What the sample must get, given the points of each function."""
        earned = points if self.deserves is ALL else self.deserves
        return sum(p for name, p in points.items() if name in earned and name not in self.forfeits)


def grade_id(cell: NotebookNode) -> str | None:
    """nbgrader's id of a cell."""
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def set_method(notebook: NotebookNode, method: str, body: str) -> NotebookNode:
    """Give a method of the classifier another body."""
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    for cell in notebook.cells:
        if grade_id(cell) == method:
            cell.source = f"def {method}(self, X):\n{lines}\n\nKNearestNeighbor.{method} = {method}"
    return notebook


def right(pages: Pages) -> NotebookNode:
    """Everything solved as in the worked notebook."""
    return pages.with_solutions()


def loops_in_float32(pages: Pages) -> NotebookNode:
    """Right, but written quite differently."""
    body = """
X = np.asarray(X, dtype=np.float32)
train = self.X_train.astype(np.float32)
dists = np.zeros((len(X), len(train)), dtype=np.float32)
for i in range(len(X)):
    for j in range(len(train)):
        dists[i, j] = np.linalg.norm(X[i] - train[j])
return dists
"""
    notebook = pages.with_solutions()
    for method in ("compute_distances_two_loops", "compute_distances_one_loop", "compute_distances_no_loops"):
        set_method(notebook, method, body)
    return notebook


def half_done(pages: Pages) -> NotebookNode:
    """Two of the exercises."""
    return pages.with_solutions("compute_distances_two_loops", HONEST)


def untouched(pages: Pages) -> NotebookNode:
    """The notebook as it was handed out."""
    return pages.with_solutions("")


def copied_cells(pages: Pages) -> NotebookNode:
    """Every graded cell is there twice; the copies at the end are the empty ones."""
    notebook = pages.with_solutions()
    for cell in pages.released.cells:
        if grade_id(cell) and cell.cell_type == "code":
            notebook.cells.append(new_code_cell(cell.source, metadata=copy.deepcopy(cell.metadata)))
    return notebook


def deleted_cell(pages: Pages) -> NotebookNode:
    """The cell that holds a check was deleted."""
    notebook = pages.with_solutions()
    notebook.cells = [c for c in notebook.cells if grade_id(c) != "test_compute_distances_no_loops"]
    return notebook


def with_body(method: str, body: str) -> Callable[[Pages], NotebookNode]:
    """Everything right but one method."""
    return lambda pages: set_method(pages.with_solutions(), method, body)


def not_json(pages: Pages) -> str:
    """A download that broke off."""
    return nbformat.writes(pages.with_solutions())[:2000]


def attack(
    code: str, body: str = "return 0", prepare: Callable[[NotebookNode], Any] = lambda nb: None
) -> Callable:
    """One exercise honestly, the others by an attack: a cell at the top, and in the distances."""

    def make(pages: Pages) -> NotebookNode:
        notebook = pages.with_solutions(HONEST)
        for method in (
            "compute_distances_two_loops",
            "compute_distances_one_loop",
            "compute_distances_no_loops",
        ):
            set_method(notebook, method, body)
        notebook.cells.insert(0, new_code_cell(code))
        prepare(notebook)
        return notebook

    return make


def tag_checks(notebook: NotebookNode) -> None:
    """Ask every notebook runner to skip the checks."""
    for cell in notebook.cells:
        if (grade_id(cell) or "").startswith("test_"):
            cell.metadata["tags"] = ["skip-execution", "otter_ignore"]
            cell.metadata["nbgrader"]["points"] = 1000


IN_SHELL = """
from IPython import get_ipython
ip = get_ipython()
"""

REWRITE = IN_SHELL + 'ip.input_transformers_cleanup.append(lambda lines: ["pass\\n"])\n'

DROP_ASSERTS = (
    IN_SHELL
    + """
import ast
class NoAssert(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
    def visit_Raise(self, node): return ast.Pass()
ip.ast_transformers.append(NoAssert())
"""
)

FORGE = (
    IN_SHELL
    + """
result = {"data": {"text/plain": "100"}, "metadata": {}}
ip.kernel.send_response(ip.kernel.iopub_socket, "execute_result", result)
"""
)

ALWAYS_EQUAL = """
import numpy as np
class Equal(np.ndarray):
    def __eq__(self, other): return True
    def __bool__(self): return True
    def __float__(self): return 0.0
    def __array_ufunc__(self, *args, **kwargs): return True
    def __array_function__(self, *args, **kwargs): return True
"""

READ_TESTS = """
def stolen():
    import itertools, os
    found = []
    for folder, _, names in itertools.islice(os.walk("/"), 500):  # no longer than a test may take
        found += [os.path.join(folder, n) for n in names if n in ("private_tests.py", "knn.py")]
    return [open(path).read() for path in found]
"""

READ_FRAMES = """
def expected():
    import gc, sys
    frame, names = sys._getframe(), []
    while frame:
        names += [v for v in frame.f_locals.values()]
        frame = frame.f_back
    return [o for o in gc.get_objects() if type(o) is dict and "expected" in o][0]["expected"]
"""

WRITE_GRADEBOOK = """
def give_me_full_marks():
    import os, sqlite3
    here = os.getcwd()
    for path in ("gradebook.db", "../gradebook.db", "../../gradebook.db", "../../../gradebook.db"):
        if os.path.exists(path):
            with sqlite3.connect(path) as db:
                db.execute("UPDATE grade SET manual_score = 100")
"""

SHADOWS = {
    "numpy.py": "raise SystemExit('numpy was shadowed')",
    "sitecustomize.py": "import os; os._exit(0)",
    "conftest.py": "import pytest\n@pytest.hookimpl(tryfirst=True)\ndef pytest_runtest_call(item): pass",
}

ATTACKED = (HONEST,)
NO_LOOPS = "compute_distances_no_loops"

SAMPLES = (
    Sample("ada", "right", right),
    Sample("boris", "right, in float32 and with loops only", loops_in_float32),
    Sample("chen", "half done", half_done, ("compute_distances_two_loops", HONEST)),
    Sample("dana", "empty", untouched, ()),
    Sample("emil", "right, graded cells copied", copied_cells),
    Sample("fay", "right, a graded cell deleted", deleted_cell),
    Sample("gus", "an endless loop", with_body(NO_LOOPS, "while True:\n    pass"), forfeits=(NO_LOOPS,)),
    Sample("hana", "ends the process", with_body(NO_LOOPS, "import os\nos._exit(0)"), forfeits=(NO_LOOPS,)),
    Sample(
        "ivan",
        "allocates 10 GB",
        with_body(NO_LOOPS, "return np.ones(10 * 2**30 // 8)"),
        forfeits=(NO_LOOPS,),
    ),
    Sample("jill", "not a notebook", not_json, ()),
    Sample("mallory-r01", "tags that skip the checks", attack("", prepare=tag_checks), ATTACKED),
    Sample("mallory-r02", "rewrites later cells", attack(REWRITE), ATTACKED),
    Sample("mallory-r03", "drops assertions", attack(DROP_ASSERTS), ATTACKED),
    Sample("mallory-r05", "forges the kernel's messages", attack(FORGE), ATTACKED),
    Sample(
        "mallory-r06",
        "returns what is equal to everything",
        attack(ALWAYS_EQUAL, "return np.zeros((len(X), 1)).view(Equal)"),
        ATTACKED,
    ),
    Sample(
        "mallory-r13", "files named like modules", attack("import numpy as np"), ATTACKED, extra_files=SHADOWS
    ),
    Sample("mallory-r15", "reads the tests", attack(READ_TESTS, "return stolen()"), ATTACKED),
    Sample("mallory-r16", "searches frames and objects", attack(READ_FRAMES, "return expected()"), ATTACKED),
    Sample(
        "mallory-r27",
        "writes the gradebook",
        attack(WRITE_GRADEBOOK, "give_me_full_marks()\nreturn 0"),
        ATTACKED,
    ),
)
