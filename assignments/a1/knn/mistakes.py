"""Wrong solutions of this notebook, each with a hint for the learner, and right ones written differently.

Not in here: an array of shape (num_test, num_train, D), which gives the right distances. It fails by the
sandbox's limit of memory, which is not in force in this process.
"""

import math
import statistics
from collections import Counter

import numpy as np

from autograder.mistakes import Catalogue
from cs_lib.knn import KNearestNeighbor, cross_validate

TWO, ONE, NONE = "compute_distances_two_loops", "compute_distances_one_loop", "compute_distances_no_loops"
VOTE, FOLDS = "predict_labels", "cross_validation_accuracies"

catalogue = Catalogue(
    {
        "KNearestNeighbor": KNearestNeighbor,
        FOLDS: cross_validate,
        "answer_number_of_distances": 5 * 200 * 800,
        "answer_what_changes_the_vote": "d",
    },
    methods=dict.fromkeys((TWO, ONE, NONE, VOTE), "KNearestNeighbor"),
)
mistake, right, wrong_answer = catalogue.mistake, catalogue.right, catalogue.wrong_answer

NO_ROOT = "These are the squares of the distances. What is left to do with each of them at the very end?"
MANHATTAN = (
    "These are L1 distances, sums of absolute differences. L2 squares the differences before it adds them up."
)
ROOT_OF_L1 = (
    "The root is taken of summed absolute differences. Square the "
    "differences instead of dropping their signs."
)
MEAN = (
    "Your numbers are too small by the same factor everywhere: do you "
    "take the mean over the D numbers, not the sum?"
)
ROUNDED = "Your distances are whole numbers: the array that you write them into cannot hold fractions."
TRANSPOSED = (
    "Rows and columns have changed places: the rows belong to the "
    "test examples, the columns to the training ones."
)
WRONG_COUNT = (
    "Not every column is filled: is the number of training examples the length of self.X_train, or its width?"
)
CHANGES_MEMORY = "After a call the remembered examples are others than before: don't write into self.X_train."
NO_CLAMP = (
    "By rounding, some numbers under the root fall a little below 0 "
    "and become NaN: clamp before the root, not after."
)
ONE_NUMBER_A_ROW = (
    "Each row holds one number again and again: is the sum taken over D only, or over everything?"
)


# --- distances, two loops


@mistake(TWO, NO_ROOT)
def two_loops_without_root(self, X):
    return np.array([[np.sum((a - b) ** 2) for b in self.X_train] for a in X])


@mistake(TWO, MANHATTAN)
def two_loops_with_l1(self, X):
    return np.array([[np.sum(np.abs(a - b)) for b in self.X_train] for a in X])


@mistake(TWO, ROOT_OF_L1)
def two_loops_root_of_l1(self, X):
    return np.array([[np.sqrt(np.sum(np.abs(a - b))) for b in self.X_train] for a in X])


@mistake(TWO, MEAN)
def two_loops_root_of_mean(self, X):
    return np.array([[np.sqrt(np.mean((a - b) ** 2)) for b in self.X_train] for a in X])


@mistake(
    TWO, "You square after adding up, so differences of opposite sign cancel. Square each difference first."
)
def two_loops_square_of_sum(self, X):
    return np.array([[np.sqrt(np.sum(a - b) ** 2) for b in self.X_train] for a in X])


@mistake(TWO, TRANSPOSED)
def two_loops_transposed(self, X):
    return np.array([[np.sqrt(np.sum((a - b) ** 2)) for a in X] for b in self.X_train])


@mistake(TWO, ROUNDED)
def two_loops_into_whole_numbers(self, X):
    dists = np.zeros((len(X), len(self.X_train)), dtype=int)
    for i in range(len(X)):
        for j in range(len(self.X_train)):
            dists[i, j] = np.sqrt(np.sum((X[i] - self.X_train[j]) ** 2))
    return dists


@mistake(TWO, WRONG_COUNT)
def two_loops_over_the_width(self, X):
    dists = np.zeros((len(X), len(self.X_train)))
    for i in range(len(X)):
        for j in range(min(self.X_train.shape[1], len(self.X_train))):
            dists[i, j] = np.sqrt(np.sum((X[i] - self.X_train[j]) ** 2))
    return dists


@mistake(TWO, "The last training example is never reached: where does your inner range end?")
def two_loops_one_short(self, X):
    dists = np.zeros((len(X), len(self.X_train)))
    for i in range(len(X)):
        for j in range(len(self.X_train) - 1):
            dists[i, j] = np.sqrt(np.sum((X[i] - self.X_train[j]) ** 2))
    return dists


@mistake(TWO, "Only the first test example is filled in: is your return inside the outer loop?")
def two_loops_returns_early(self, X):
    dists = np.zeros((len(X), len(self.X_train)))
    for i in range(len(X)):
        for j in range(len(self.X_train)):
            dists[i, j] = np.sqrt(np.sum((X[i] - self.X_train[j]) ** 2))
        return dists


@right(TWO)
def two_loops_in_plain_python(self, X):
    return np.array([[math.dist(a, b) for b in self.X_train.tolist()] for a in X.tolist()])


@right(TWO)
def two_loops_by_norm(self, X):
    dists = np.empty((X.shape[0], self.X_train.shape[0]))
    for j in range(self.X_train.shape[0]):
        for i in range(X.shape[0]):
            dists[i][j] = np.linalg.norm(X[i, :] - self.X_train[j, :])
    return dists


@right(TWO)
def two_loops_in_float32(self, X):
    dists = np.empty((len(X), len(self.X_train)), dtype=np.float32)
    for i, a in enumerate(X.astype(np.float32)):
        for j, b in enumerate(self.X_train.astype(np.float32)):
            difference = a - b
            dists[i, j] = np.dot(difference, difference) ** 0.5
    return dists


# --- distances, one loop


@mistake(ONE, NO_ROOT)
def one_loop_without_root(self, X):
    return np.array([np.sum((self.X_train - a) ** 2, axis=1) for a in X])


@mistake(ONE, MANHATTAN)
def one_loop_with_l1(self, X):
    return np.array([np.sum(np.abs(self.X_train - a), axis=1) for a in X])


@mistake(
    ONE,
    "You add up along axis 0, over the training examples. Each training "
    "example keeps its own sum, over its D numbers.",
)
def one_loop_along_the_wrong_axis(self, X):
    dists = np.zeros((len(X), len(self.X_train)))
    for i in range(len(X)):
        dists[i] = np.sqrt(np.sum((self.X_train - X[i]) ** 2, axis=0))
    return dists


@mistake(ONE, ONE_NUMBER_A_ROW)
def one_loop_over_everything(self, X):
    dists = np.zeros((len(X), len(self.X_train)))
    for i in range(len(X)):
        dists[i] = np.linalg.norm(self.X_train - X[i])
    return dists


@mistake(
    ONE, "Every row is that of the last test example: which row do you write to, all of dists or number i?"
)
def one_loop_writes_to_all_rows(self, X):
    dists = np.zeros((len(X), len(self.X_train)))
    for i in range(len(X)):
        dists[:] = np.sqrt(np.sum((self.X_train - X[i]) ** 2, axis=1))
    return dists


@mistake(ONE, TRANSPOSED)
def one_loop_transposed(self, X):
    return np.array([np.sqrt(np.sum((X - b) ** 2, axis=1)) for b in self.X_train])


@mistake(ONE, CHANGES_MEMORY)
def one_loop_in_place(self, X):
    dists = np.zeros((len(X), len(self.X_train)))
    for i in range(len(X)):
        self.X_train -= X[i]
        dists[i] = np.sqrt(np.sum(self.X_train**2, axis=1))
    return dists


@mistake(ONE, ROUNDED)
def one_loop_into_whole_numbers(self, X):
    dists = np.zeros((len(X), len(self.X_train)), dtype=int)
    for i in range(len(X)):
        dists[i] = np.sqrt(np.sum((self.X_train - X[i]) ** 2, axis=1))
    return dists


@right(ONE)
def one_loop_by_einsum(self, X):
    dists = np.empty((len(X), len(self.X_train)))
    for i, a in enumerate(X):
        difference = self.X_train - a
        np.sqrt(np.einsum("nd,nd->n", difference, difference), out=dists[i])
    return dists


@right(ONE)
def one_loop_over_training_examples(self, X):
    return np.stack([np.linalg.norm(X - b, axis=1) for b in self.X_train], axis=1)


@right(ONE)
def one_loop_over_the_numbers(self, X):
    squares = np.zeros((len(X), len(self.X_train)))
    for d in range(X.shape[1]):
        squares += np.subtract.outer(X[:, d], self.X_train[:, d]) ** 2
    return np.sqrt(squares)


# --- distances, no loop


def norms_and_products(self, X):
    """|a|^2 as a column, |b|^2 as a row, a.b as a matrix."""
    return np.sum(X**2, axis=1, keepdims=True), np.sum(self.X_train**2, axis=1), X @ self.X_train.T


@mistake(NONE, NO_ROOT)
def no_loops_without_root(self, X):
    a, b, ab = norms_and_products(self, X)
    return np.maximum(a + b - 2 * ab, 0)


@mistake(
    NONE, "The middle term has the wrong sign: |a - b|^2 subtracts the products, |a + b|^2 would add them."
)
def no_loops_adds_the_products(self, X):
    a, b, ab = norms_and_products(self, X)
    return np.sqrt(np.maximum(a + b + 2 * ab, 0))


@mistake(
    NONE,
    "The product of a and b occurs twice when the square is multiplied out. How often do you subtract it?",
)
def no_loops_subtracts_the_products_once(self, X):
    a, b, ab = norms_and_products(self, X)
    return np.sqrt(np.maximum(a + b - ab, 0))


@mistake(NONE, NO_CLAMP)
def no_loops_without_clamp(self, X):
    a, b, ab = norms_and_products(self, X)
    with np.errstate(invalid="ignore"):
        return np.sqrt(a + b - 2 * ab)


@mistake(NONE, NO_CLAMP)
def no_loops_clamps_too_late(self, X):
    a, b, ab = norms_and_products(self, X)
    with np.errstate(invalid="ignore"):
        return np.maximum(np.sqrt((a + b) - (ab + ab)), 0)


@mistake(
    NONE,
    "The norms of the test examples run along the columns. They "
    "belong to the rows: which shape does that take?",
)
def no_loops_norms_as_rows(self, X):
    a, b, ab = norms_and_products(self, X)
    return np.sqrt(np.maximum(a[:, 0] + b - 2 * ab, 0))


@mistake(
    NONE,
    "The two vectors of norms have changed places: rows take the "
    "test examples' norms, columns the training ones'.",
)
def no_loops_norms_swapped(self, X):
    a, b, ab = norms_and_products(self, X)
    return np.sqrt(np.maximum(a[:, 0] + b[:, np.newaxis] - 2 * ab, 0))


@mistake(NONE, "The norms of the training examples are missing from the sum. The expansion has three terms.")
def no_loops_without_training_norms(self, X):
    a, _, ab = norms_and_products(self, X)
    return np.sqrt(np.maximum(a - 2 * ab, 0))


@mistake(NONE, "The norms of the test examples are missing from the sum. The expansion has three terms.")
def no_loops_without_test_norms(self, X):
    _, b, ab = norms_and_products(self, X)
    return np.sqrt(np.maximum(b - 2 * ab, 0))


@mistake(
    NONE,
    "The norms are added up over everything, to one number. Each "
    "example has its own: along which axis do you sum?",
)
def no_loops_one_norm_for_all(self, X):
    a, b, ab = norms_and_products(self, X)
    return np.sqrt(np.maximum(a.sum() + b.sum() - 2 * ab, 0))


@mistake(NONE, TRANSPOSED)
def no_loops_transposed(self, X):
    a, b, ab = norms_and_products(self, X)
    return np.sqrt(np.maximum(a + b - 2 * ab, 0)).T


@right(NONE)
def no_loops_by_einsum(self, X):
    squares = np.einsum("md,md->m", X, X)[:, None] + np.einsum("nd,nd->n", self.X_train, self.X_train)[None]
    squares -= 2 * np.einsum("md,nd->mn", X, self.X_train, optimize=True)
    squares[squares < 0] = 0
    return squares**0.5


@right(NONE)
def no_loops_in_float32(self, X):
    a, b = X.astype(np.float32), self.X_train.astype(np.float32)
    squares = np.square(a).sum(1).reshape(-1, 1) + np.square(b).sum(1) - np.dot(2 * a, b.T)
    return np.sqrt(np.clip(squares, 0, None))


@right(NONE)
def no_loops_transposed_twice(self, X):
    squares = ((self.X_train**2).sum(axis=1)[:, None] - 2 * self.X_train.dot(X.T) + (X**2).sum(axis=1)).T
    return np.sqrt(np.where(squares > 0, squares, 0))


@right(NONE)
def no_loops_centred_first(self, X):
    centre = self.X_train.mean(axis=0)
    a, b = X - centre, self.X_train - centre
    squares = (a * a).sum(axis=1, keepdims=True) + (b * b).sum(axis=1) - 2 * a @ b.T
    return np.sqrt(np.abs(squares))


# --- the vote

TIES = (
    "Where several labels have the most votes you take another one "
    "(the first that is met?): the smallest wins."
)


@mistake(VOTE, TIES)
def vote_first_seen_wins(self, dists, k=1):
    nearest = np.argsort(dists, axis=1)[:, :k]
    return np.array([Counter(row.tolist()).most_common(1)[0][0] for row in self.y_train[nearest]])


@mistake(VOTE, TIES)
def vote_by_mode(self, dists, k=1):
    nearest = np.argsort(dists, axis=1)[:, :k]
    return np.array([statistics.mode(row.tolist()) for row in self.y_train[nearest]])


@mistake(VOTE, TIES)
def vote_nearest_of_tied_labels_wins(self, dists, k=1):
    labels = self.y_train[np.argsort(dists, axis=1)[:, :k]]
    counts = (labels[:, :, None] == labels[:, None, :]).sum(axis=2)
    return np.take_along_axis(labels, counts.argmax(axis=1)[:, None], axis=1)[:, 0]


@mistake(VOTE, TIES)
def vote_largest_of_tied_labels(self, dists, k=1):
    nearest = np.argsort(dists, axis=1)[:, :k]
    votes = [np.bincount(row) for row in self.y_train[nearest]]
    return np.array([np.flatnonzero(count == count.max())[-1] for count in votes])


@mistake(
    VOTE,
    "The answer is always the label of the nearest example: the "
    "other k - 1 have no vote. Where do you use k?",
)
def vote_ignores_k(self, dists, k=1):
    return self.y_train[np.argmin(dists, axis=1)]


@mistake(VOTE, "You let the farthest examples vote. In which order does your sorting put the distances?")
def vote_of_the_farthest(self, dists, k=1):
    nearest = np.argsort(-dists, axis=1)[:, :k]
    return np.array([np.bincount(row).argmax() for row in self.y_train[nearest]])


@mistake(VOTE, "One neighbour too many votes: how many entries has the slice that you take?")
def vote_of_one_too_many(self, dists, k=1):
    nearest = np.argsort(dists, axis=1)[:, : k + 1]
    return np.array([np.bincount(row).argmax() for row in self.y_train[nearest]])


@mistake(VOTE, "One neighbour too few votes: how many entries has the slice that you take?")
def vote_of_one_too_few(self, dists, k=1):
    nearest = np.argsort(dists, axis=1)[:, : max(k - 1, 1)]
    return np.array([np.bincount(row).argmax() for row in self.y_train[nearest]])


@mistake(
    VOTE,
    "The nearest example itself has no vote. Slices start at 0: unlike "
    "in training, a test example is not its own neighbour.",
)
def vote_skips_the_nearest(self, dists, k=1):
    nearest = np.argsort(dists, axis=1)[:, 1 : k + 1]
    return np.array([np.bincount(row).argmax() for row in self.y_train[nearest]])


@mistake(
    VOTE,
    "np.argpartition(d, k) needs a k below the number of examples, but "
    "everybody may vote. Which position do you mean?",
)
def vote_by_partition_at_k(self, dists, k=1):
    nearest = np.argpartition(dists, k, axis=1)[:, :k]
    return np.array([np.bincount(row).argmax() for row in self.y_train[nearest]])


@mistake(
    VOTE,
    "Distances that differ by less than 1 are taken for equal: are "
    "they rounded to whole numbers before you sort?",
)
def vote_on_rounded_distances(self, dists, k=1):
    nearest = np.argsort(dists.astype(int), axis=1, kind="stable")[:, :k]
    return np.array([np.bincount(row).argmax() for row in self.y_train[nearest]])


@mistake(VOTE, "You return the numbers of training examples. What is the label of example number j?")
def vote_returns_positions(self, dists, k=1):
    return np.argmin(dists, axis=1)


@mistake(VOTE, "You return how often the winner occurs. Asked for is which label it is.")
def vote_returns_counts(self, dists, k=1):
    nearest = np.argsort(dists, axis=1)[:, :k]
    return np.array([np.bincount(row).max() for row in self.y_train[nearest]])


@mistake(
    VOTE,
    "You return the position among the labels that occur, not the label: "
    "np.unique's first result holds the labels themselves.",
)
def vote_returns_place_among_labels(self, dists, k=1):
    nearest = np.argsort(dists, axis=1)[:, :k]
    return np.array([np.unique(row, return_counts=True)[1].argmax() for row in self.y_train[nearest]])


@mistake(
    VOTE,
    "You average the labels. They are names, not quantities: between "
    "cat (1) and rocket (3) there is no coffee (2).",
)
def vote_by_mean(self, dists, k=1):
    nearest = np.argsort(dists, axis=1)[:, :k]
    return np.rint(self.y_train[nearest].mean(axis=1)).astype(int)


@mistake(VOTE, "You take the middle one of the sorted labels. Asked for is the most frequent one.")
def vote_by_median(self, dists, k=1):
    labels = np.sort(self.y_train[np.argsort(dists, axis=1)[:, :k]], axis=1)
    return labels[:, labels.shape[1] // 2]


@mistake(
    VOTE,
    "You sort the caller's dists themselves, and the next question "
    "about them goes wrong: argsort leaves them alone.",
)
def vote_sorts_in_place(self, dists, k=1):
    nearest = np.argsort(dists, axis=1)[:, :k]
    dists.sort(axis=1)
    return np.array([np.bincount(row).argmax() for row in self.y_train[nearest]])


@mistake(
    VOTE,
    "You return a list. Make it a NumPy array, so that it can be compared with other labels all at once.",
)
def vote_returns_a_list(self, dists, k=1):
    nearest = np.argsort(dists, axis=1)[:, :k]
    return [int(np.bincount(row).argmax()) for row in self.y_train[nearest]]


@mistake(
    VOTE,
    "Your labels are floats, and classes[2.0] is an error: give the array of labels a type of whole numbers.",
)
def vote_returns_floats(self, dists, k=1):
    y_pred = np.zeros(len(dists))
    for i, row in enumerate(self.y_train[np.argsort(dists, axis=1)[:, :k]]):
        y_pred[i] = np.bincount(row).argmax()
    return y_pred


@mistake(
    VOTE, "You assume that there are ten labels, 0 to 9. The tests have others: take them from self.y_train."
)
def vote_among_ten_labels(self, dists, k=1):
    labels = self.y_train[np.argsort(dists, axis=1)[:, :k]]
    return (labels[:, :, None] == np.arange(10)).sum(axis=1).argmax(axis=1)


@right(VOTE)
def vote_by_sorted_counter(self, dists, k=1):
    y_pred = np.zeros(dists.shape[0], dtype=np.int64)
    for i in range(dists.shape[0]):
        closest = self.y_train[np.argsort(dists[i])][:k]
        y_pred[i] = sorted(Counter(closest).items(), key=lambda pair: (-pair[1], pair[0]))[0][0]
    return y_pred


@right(VOTE)
def vote_by_unique(self, dists, k=1):
    y_pred = []
    for row in dists:
        labels, counts = np.unique(self.y_train[row.argsort()[:k]], return_counts=True)
        y_pred.append(labels[counts == counts.max()].min())
    return np.array(y_pred)


@right(VOTE)
def vote_by_partition(self, dists, k=1):
    nearest = np.argpartition(dists, k - 1, axis=1)[:, :k]
    return np.apply_along_axis(lambda row: np.argmax(np.bincount(row)), 1, self.y_train[nearest])


@right(VOTE)
def vote_by_one_hot_matrix(self, dists, k=1):
    labels = np.unique(self.y_train)
    one_hot = (self.y_train[:, None] == labels).astype(float)
    limit = np.sort(dists, axis=1)[:, k - 1 : k]
    return labels[((dists <= limit) @ one_hot).argmax(axis=1)]


# --- cross-validation


def folds_and_rests(X, num_folds):
    """The numbers of the examples in each fold, with those of all the others."""
    numbers = np.arange(len(X))
    return [(fold, np.setdiff1d(numbers, fold)) for fold in np.array_split(numbers, num_folds)]


def accuracy(X, y, train, ask, k):
    """Of examples `ask`, the share that a classifier trained on `train` names correctly."""
    knn = KNearestNeighbor()
    knn.train(X[train], y[train])
    return np.mean(knn.predict(X[ask], k=min(k, len(train))) == y[ask])


def table(X, y, ks, splits):
    """The accuracy of each k on each split."""
    return np.array([[accuracy(X, y, rest, fold, k) for fold, rest in splits] for k in ks])


@mistake(
    FOLDS,
    "Every fold is asked about pictures that were in its training: leave the fold out before you train.",
)
def folds_train_on_everything(X, y, ks, num_folds=5):
    return table(X, y, ks, [(fold, np.arange(len(X))) for fold, _ in folds_and_rests(X, num_folds)])


@mistake(FOLDS, "The roles are exchanged: you train on one fold and ask about all the others.")
def folds_train_on_the_fold(X, y, ks, num_folds=5):
    return table(X, y, ks, [(rest, fold) for fold, rest in folds_and_rests(X, num_folds)])


@mistake(
    FOLDS, "You ask about the very examples that were trained on. Which part should be new to the classifier?"
)
def folds_asks_the_training_examples(X, y, ks, num_folds=5):
    return table(X, y, ks, [(rest, rest) for _, rest in folds_and_rests(X, num_folds)])


@mistake(FOLDS, "Rows and columns have changed places: a row for each k, a column for each fold.")
def folds_transposed(X, y, ks, num_folds=5):
    return table(X, y, ks, folds_and_rests(X, num_folds)).T


@mistake(
    FOLDS,
    "These are means over the folds. Keep every fold's own number, we want to see how far they scatter.",
)
def folds_averaged(X, y, ks, num_folds=5):
    return table(X, y, ks, folds_and_rests(X, num_folds)).mean(axis=1)


@mistake(FOLDS, "These are percent, asked for are shares between 0 and 1.")
def folds_in_percent(X, y, ks, num_folds=5):
    return 100 * table(X, y, ks, folds_and_rests(X, num_folds))


@mistake(FOLDS, "These are shares of wrong answers. Accuracy counts the right ones.")
def folds_errors(X, y, ks, num_folds=5):
    return 1 - table(X, y, ks, folds_and_rests(X, num_folds))


@mistake(FOLDS, "These are numbers of right answers: divide by the size of the fold.")
def folds_counts(X, y, ks, num_folds=5):
    splits = folds_and_rests(X, num_folds)
    return table(X, y, ks, splits) * [len(fold) for fold, _ in splits]


@mistake(
    FOLDS,
    "You divide by the size of an average fold, but folds may differ by one: divide by the fold's own size.",
)
def folds_divided_by_average_size(X, y, ks, num_folds=5):
    splits = folds_and_rests(X, num_folds)
    return table(X, y, ks, splits) * [len(fold) for fold, _ in splits] / (len(X) // num_folds)


@mistake(
    FOLDS,
    "The last few examples are in no fold when len(X) can't be divided "
    "by num_folds: np.array_split loses none.",
)
def folds_lose_the_remainder(X, y, ks, num_folds=5):
    size = len(X) // num_folds
    kept = np.arange(size * num_folds)
    splits = [(fold, np.setdiff1d(kept, fold)) for fold in np.split(kept, num_folds)]
    return table(X, y, ks, splits)


@mistake(
    FOLDS,
    "Your folds take every num_folds-th example. Asked for are consecutive "
    "pieces, as np.array_split cuts them.",
)
def folds_interleaved(X, y, ks, num_folds=5):
    numbers = np.arange(len(X))
    splits = [(numbers[j::num_folds], np.setdiff1d(numbers, numbers[j::num_folds])) for j in range(num_folds)]
    return table(X, y, ks, splits)


@mistake(
    FOLDS, "The examples are shuffled before they are cut into folds. Here they are to stay in their order."
)
def folds_shuffled(X, y, ks, num_folds=5):
    order = np.random.default_rng(1).permutation(len(X))
    return table(X[order], y[order], ks, folds_and_rests(X, num_folds))


@mistake(FOLDS, "There are always five folds. How many are asked for, num_folds says.")
def folds_always_five(X, y, ks, num_folds=5):
    return table(X, y, ks, folds_and_rests(X, 5))


@mistake(FOLDS, "All rows are alike: is each k of ks really handed on to the classifier?")
def folds_ignore_k(X, y, ks, num_folds=5):
    return table(X, y, [1] * len(ks), folds_and_rests(X, num_folds))


@mistake(FOLDS, "The rows are sorted by k. Row i belongs to ks[i], in the order in which the ks are given.")
def folds_sort_the_ks(X, y, ks, num_folds=5):
    return table(X, y, sorted(ks), folds_and_rests(X, num_folds))


@mistake(
    FOLDS, "You train on the folds before the one that you ask about and forget those that come after it."
)
def folds_train_on_earlier_ones(X, y, ks, num_folds=5):
    splits = [
        (fold, rest[rest < fold[0]] if fold[0] else rest) for fold, rest in folds_and_rests(X, num_folds)
    ]
    return table(X, y, ks, splits)


@mistake(FOLDS, "It is always the same fold that you ask about. Each fold takes its turn.")
def folds_always_the_last(X, y, ks, num_folds=5):
    return table(X, y, ks, [folds_and_rests(X, num_folds)[-1]] * num_folds)


@mistake(FOLDS, "The labels don't belong to the examples: cut X and y at the same places.")
def folds_with_labels_of_others(X, y, ks, num_folds=5):
    return table(X, np.roll(y, 1), ks, folds_and_rests(X, num_folds))


@mistake(
    FOLDS,
    "You reorder the caller's own X, who does not expect that: work "
    "on a copy, or on the numbers of the examples.",
)
def folds_change_the_caller(X, y, ks, num_folds=5):
    accuracies = table(X, y, ks, folds_and_rests(X, num_folds))
    X.sort(axis=0)
    return accuracies


@right(FOLDS)
def folds_by_masks(X, y, ks, num_folds=5):
    accuracies = []
    for k in ks:
        row = []
        for fold in np.array_split(np.arange(len(X)), num_folds):
            inside = np.isin(np.arange(len(X)), fold)
            knn = KNearestNeighbor()
            knn.train(X[~inside], y[~inside])
            right_ones = knn.predict(X[inside], k=k, num_loops=1) == y[inside]
            row.append(right_ones.sum() / inside.sum())
        accuracies.append(row)
    return np.array(accuracies)


@right(FOLDS)
def folds_by_rotating_indices(X, y, ks, num_folds=5):
    folds = np.array_split(np.arange(len(X)), num_folds)
    rows = {k: [] for k in ks}
    for turn in range(num_folds):
        rest = np.concatenate([folds[(turn + i) % num_folds] for i in range(1, num_folds)])
        knn = KNearestNeighbor()
        knn.train(X[rest], y[rest])
        for k in ks:
            rows[k].append(float(np.mean(knn.predict(X[folds[turn]], k=k) == y[folds[turn]])))
    return np.array(list(rows.values()))


@right(FOLDS)
def folds_by_lists_of_arrays(X, y, ks, num_folds=5):
    X_folds, y_folds = np.array_split(X, num_folds), np.array_split(y, num_folds)
    accuracies = np.empty((num_folds, len(ks)), dtype=np.float32)
    for j in range(num_folds):
        knn = KNearestNeighbor()
        knn.train(np.vstack(X_folds[:j] + X_folds[j + 1 :]), np.hstack(y_folds[:j] + y_folds[j + 1 :]))
        dists = knn.compute_distances_no_loops(X_folds[j])
        accuracies[j] = [(knn.predict_labels(dists, k) == y_folds[j]).mean() for k in ks]
    return accuracies.T


# --- the questions

wrong_answer(
    "answer_number_of_distances",
    12 * 5 * 200 * 800,
    "The distances don't depend on k: they are needed once, not 12 times.",
)
wrong_answer("answer_number_of_distances", 200 * 800, "That is one fold. Each of the five takes its turn.")
wrong_answer(
    "answer_number_of_distances", 1000 * 1000, "A fold is compared with the other four, not with itself too."
)
wrong_answer(
    "answer_number_of_distances",
    1000 * 999 / 2,
    "Each fold meets the other four as if they had not met before: "
    "count pairs of a fold and its training examples.",
)
wrong_answer(
    "answer_what_changes_the_vote",
    "a",
    "The square of a larger distance is larger: does squaring change who is nearest?",
)
wrong_answer(
    "answer_what_changes_the_vote",
    "b",
    "Distances see differences only: what becomes of the 30 when two pictures are subtracted?",
)
wrong_answer(
    "answer_what_changes_the_vote",
    "c",
    "All distances shrink by the same factor: does that change who is nearest?",
)
