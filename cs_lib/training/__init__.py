"""Training: the loop, its checkpoints, the search for its numbers, and what is done to the data meanwhile.

    history = Solver(net, data, update_rule="adam", num_epochs=10, seed=0).train()
    accuracy(predict(net, X_test), y_test)

`solver` is the loop, `search` looks for hyperparameters, `augmentation` changes images at random, `crops`
tests on several crops, `ensemble` averages models, `metrics` counts what is right, `checkpoint` is the file
format, `compression` makes nets smaller, `parallel` divides the work.
"""

from cs_lib.training.checkpoint import CheckpointError
from cs_lib.training.history import History
from cs_lib.training.metrics import (
    accuracy,
    class_accuracies,
    confusion_matrix,
    predict,
    scores_of,
    top_k_accuracy,
)
from cs_lib.training.search import (
    EdgeWarning,
    coarse_to_fine,
    grid_search,
    log_uniform,
    random_search,
    uniform,
)
from cs_lib.training.solver import DivergenceWarning, Solver
from cs_lib.training.state import get_state, set_state

__all__ = [
    "CheckpointError",
    "DivergenceWarning",
    "EdgeWarning",
    "History",
    "Solver",
    "accuracy",
    "class_accuracies",
    "coarse_to_fine",
    "confusion_matrix",
    "get_state",
    "grid_search",
    "log_uniform",
    "predict",
    "random_search",
    "scores_of",
    "set_state",
    "top_k_accuracy",
    "uniform",
]
