# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Nearest neighbours
#
# **How far does looking alone get us?** Here is the laziest learning machine there is. To train it, show it
# pictures with their names, and it remembers them all. To name a new picture, it looks for the ones in its
# memory that are most like it and says what they were called. There are no weights, no gradients, nothing is
# ever adjusted.
#
# It is worth an afternoon all the same. You will write every line that matters, make it many times
# faster without changing its answers, learn to choose a setting without fooling yourself, and then look
# closely at what it gets wrong: that is where the rest of the course begins.
#
# | Part | You write | Points |
# |---|---|---|
# | 3 | distances with two loops, one loop, no loop | 3 + 3 + 4 |
# | 4 | the vote of the neighbours | 4 |
# | 5 | cross-validation | 4 |
# | 5 | two short questions, checked automatically | 1 + 1 |
# | 8 | one question in your own words | 3 |
#
# Under each exercise stands a cell with `check(...)`. Run it as often as you like: it says what was called,
# what came back and what was expected. Grading runs more tests of the same kind on other numbers; every
# special case that they visit is named in the exercise's text.

# %%
import time

import numpy as np

from cs_lib import data, plots
from cs_lib.check import check, submit

DATASET = "patches10"  # or "cifar10", which is downloaded the first time (170 MB)

# %% [markdown]
# ## 1. Look at the data
#
# Always look first. `patches10` holds small colour pictures, 32 pixels square, cut from ten photographs. Each
# photograph is a class, and each cut is mirrored, brightened, darkened or tinted at random. The training pictures
# come from the left part of a photograph and the test pictures from the right, so no pixel is in both.
# (With another data set everything works alike, only the remarks about single classes no longer fit.)

# %%
images = data.load(DATASET, train=5000, val=500, test=1000)
images

# %%
plots.images_by_class(
    images.x_train, images.y_train, images.classes, per_class=10, title="Ten training pictures of each class"
)

# %% [markdown]
# Try it yourself before the machine does: cover the names and guess. Which classes do you recognise by their
# **colour**, which by their **texture**, and which by a **thing** that is in the picture? Keep your answer in mind until
# part 6.
#
# For the machine a picture is a row of numbers: 32 × 32 pixels × 3 colours = 3072 of them. They are stored as whole
# numbers from 0 to 255 in 8 bits each, and that is a trap: in 8 bits, 3 − 5 is 254. So we turn them into floats once,
# here, and never think of it again.

# %%
print("8 bits:", np.array([3], dtype=np.uint8) - np.array([5], dtype=np.uint8))

rows = images.flat(np.float32)
print("training:", rows.x_train.shape, "   test:", rows.x_test.shape, "   type:", rows.x_train.dtype)

# %% [markdown]
# ## 2. What does "most alike" mean?
#
# We need one number for how different two pictures are. The simplest: subtract pixel from pixel, drop the
# signs, add everything up. That is the **L1** or Manhattan distance. On two pictures of 4 × 4 grey pixels it can be
# done by hand:

# %%
test_picture = np.array([[56, 32, 10, 18], [90, 23, 128, 133], [24, 26, 178, 200], [2, 0, 255, 220]])
train_picture = np.array([[10, 20, 24, 17], [8, 10, 89, 100], [12, 16, 178, 170], [4, 32, 233, 112]])

differences = np.abs(test_picture - train_picture)
print(differences)
print("added up:", differences.sum())

# %% [markdown]
# From here on we use the **L2** or Euclidean distance, the one that a ruler measures:
#
# $$d(a, b) = \sqrt{\sum_j (a_j - b_j)^2}$$
#
# Squaring means that one large difference weighs more than many small ones. Neither is the right one: they are two
# opinions about what "alike" means, and part 8 will show that both are poor judges of pictures.

# %% [markdown]
# ## 3. Three ways to the same distances
#
# This is the classifier. Training only remembers. Predicting computes the distance of every new picture from every
# remembered one, then lets the nearest ones vote. The methods that do the work are missing: you write them, one to a
# cell, and each cell's last line hangs your function into the class as a method.


# %%
class KNearestNeighbor:
    """Predicts by the vote of the k training examples that are nearest."""

    def train(self, X, y):
        """Remember the examples X, shape (num_train, D), and their labels y, shape (num_train,)."""
        self.X_train = X
        self.y_train = y

    def predict(self, X, k=1, num_loops=0):
        """Labels, shape (num_test,), of X, shape (num_test, D); num_loops says which way to the distances."""
        if num_loops == 0:
            dists = self.compute_distances_no_loops(X)
        elif num_loops == 1:
            dists = self.compute_distances_one_loop(X)
        else:
            dists = self.compute_distances_two_loops(X)
        return self.predict_labels(dists, k=k)


# %% [markdown]
# ### 3.1 Two loops (3 points)
#
# First the plain way: one pair of pictures at a time, a loop over the test pictures and inside it a loop over the
# training pictures. It is slow, and impossible to misread. Let it be the yardstick for the other two.
#
# What holds for **all three** ways:
# - the result has a row for each test example and a column for each training example: shape `(num_test, num_train)`;
# - the numbers of test and training examples differ; there may be one test example only, and one number to an
#   example only (D = 1);
# - take the square root, so that a distance of 5 comes out as 5 and not as 25;
# - two identical examples are 0 apart, and no distance is ever NaN;
# - `X` and `self.X_train` may be float64 or float32, and are read only: calling a method twice gives the same twice.


# %% solution="compute_distances_two_loops"
def compute_distances_two_loops(self, X):
    """Euclidean distance of every row of X from every row of self.X_train, one pair at a time.

    X has shape (num_test, D), self.X_train has shape (num_train, D).
    Returns an array of shape (num_test, num_train).
    """
    num_test = len(X)
    num_train = len(self.X_train)
    dists = np.zeros((num_test, num_train))
    ### BEGIN SOLUTION
    for i in range(num_test):
        for j in range(num_train):
            dists[i, j] = np.sqrt(np.sum((X[i] - self.X_train[j]) ** 2))
    ### END SOLUTION
    return dists


KNearestNeighbor.compute_distances_two_loops = compute_distances_two_loops

# %% grades="compute_distances_two_loops"
check("compute_distances_two_loops")

# %% [markdown]
# ### 3.2 One loop (3 points)
#
# Python is slow at loops and NumPy is fast at arrays. So hand NumPy more at a time: one test picture and **all**
# training pictures at once. `self.X_train - X[i]` has shape `(num_train, D)`: the one row is subtracted from every row.
# That is broadcasting. What is left is to add up along the right axis.
#
# The rules of 3.1 hold. Grading looks at the distances, not at how you find them; the race in 3.4 shows what a second
# loop costs.


# %% solution="compute_distances_one_loop"
def compute_distances_one_loop(self, X):
    """The same distances as compute_distances_two_loops, one test example at a time."""
    num_test = len(X)
    num_train = len(self.X_train)
    dists = np.zeros((num_test, num_train))
    ### BEGIN SOLUTION
    for i in range(num_test):
        dists[i] = np.sqrt(np.sum((self.X_train - X[i]) ** 2, axis=1))
    ### END SOLUTION
    return dists


KNearestNeighbor.compute_distances_one_loop = compute_distances_one_loop

# %% grades="compute_distances_one_loop"
check("compute_distances_one_loop")

# %% [markdown]
# ### 3.3 No loop (4 points)
#
# Can we get rid of the last loop? The obvious way is to subtract everything from everything, an array of shape
# `(num_test, num_train, D)`. For our data that would be 1000 × 5000 × 3072 numbers, **61 GB** in float32. No.
#
# A little algebra does better. Multiply the square out:
#
# $$\|a - b\|^2 \;=\; \sum_j (a_j - b_j)^2 \;=\; \sum_j a_j^2 \;-\; 2 \sum_j a_j b_j \;+\; \sum_j b_j^2 \;=\; \|a\|^2 - 2\, a \cdot b + \|b\|^2$$
#
# Here $\|a\|$, the *norm* of $a$, is its distance from the origin, and $a \cdot b = \sum_j a_j b_j$. Try it on $a = (1, 2)$, $b = (4, 6)$: $5 - 2 \cdot 16 + 52 = 25$, and the distance is 5, as the ruler says.
#
# Now look at each of the three terms for all pairs at once:
#
# | Term | depends on | for all pairs |
# |---|---|---|
# | $\|a\|^2$ | the test example | one number for each **row** of the result |
# | $a \cdot b$ | both | one **matrix product**, shape `(num_test, num_train)` |
# | $\|b\|^2$ | the training example | one number for each **column** of the result |
#
# The matrix product is nearly all of the work, and nothing on your computer has been tuned as hard as that. What
# needs care is the shape of the two vectors of squared norms: which one has to be a column, so that broadcasting
# puts it where it belongs?
#
# **One trap.** On paper $\|a\|^2 - 2\, a \cdot a + \|a\|^2$ is exactly 0. A computer rounds each term, and what it rounds
# depends on the order in which it adds. See for yourself how often the result falls *below* zero:

# %%
points = np.random.default_rng(0).random((1000, 50))
leftovers = np.array([np.sum(p**2) - 2 * (p @ p) + np.sum(p**2) for p in points])
print(f"below zero: {np.sum(leftovers < 0)} of 1000, the lowest {leftovers.min():.1e}")
with np.errstate(invalid="ignore"):
    print("the square root of the lowest:", np.sqrt(leftovers.min()))

# %% [markdown]
# A tiny negative number becomes NaN under the root, and a picture is "not a number" away from its own twin. A
# squared distance can't be negative, so set to 0 whatever fell below (*clamp* it) **before** you take the root.
#
# The rules of 3.1 hold, with one allowance: identical examples may come out as nearly 0, by rounding. Build no array
# of shape `(num_test, num_train, D)`: grading runs this on 300 × 300 examples of 3000 numbers, for which that array
# does not fit into the memory that you are given.


# %% solution="compute_distances_no_loops"
def compute_distances_no_loops(self, X):
    """The same distances as compute_distances_two_loops, by one matrix product."""
    ### BEGIN SOLUTION
    test_norms = np.sum(X**2, axis=1)[:, np.newaxis]  # a column: (num_test, 1)
    train_norms = np.sum(self.X_train**2, axis=1)  # a row: (num_train,)
    squares = test_norms - 2 * X @ self.X_train.T + train_norms
    dists = np.sqrt(np.maximum(squares, 0))
    ### END SOLUTION
    return dists


KNearestNeighbor.compute_distances_no_loops = compute_distances_no_loops

# %% grades="compute_distances_no_loops"
check("compute_distances_no_loops")

# %% [markdown]
# ### 3.4 The race
#
# The same question three times, on a part of the data, because the slowest would keep us waiting. Guess before you
# run it: how much faster is the last one?

# %%
small = KNearestNeighbor()
small.train(rows.x_train[:1000], rows.y_train[:1000])

seconds, results = {}, {}
for name, method in [
    ("two loops", small.compute_distances_two_loops),
    ("one loop", small.compute_distances_one_loop),
    ("no loop", small.compute_distances_no_loops),
]:
    start = time.perf_counter()
    results[name] = method(rows.x_test[:100])
    seconds[name] = time.perf_counter() - start

for name in ("one loop", "no loop"):
    print(
        f"{name} differs from two loops by at most {np.abs(results[name] - results['two loops']).max():.2g}"
    )

plots.times(seconds, title="100 test pictures against 1000 training pictures")

# %% [markdown]
# The loop over the test pictures saves less than you might think: a row of 3072 numbers is long enough to keep NumPy busy
# for a while, and the `(1000, 3072)` differences have to be written to memory and read again for every test picture.
# The matrix product never writes them down. It computes what we want to know instead of what we would have to look at
# on the way. This is worth remembering: **vectorising is not about hiding loops, it is about finding the matrix product.**
#
# The small difference is the price. Each of the three terms is around a hundred million, and float32 keeps about seven
# digits of it; what is left after the subtraction has lost some of them. An error of 1 in a distance of a thousand does
# not matter here.
#
# ### 3.5 A picture of the distances
#
# Here are the distances of 100 test pictures (rows) from 500 training pictures (columns), dark for near. Both are sorted
# by class, and marks on the axes say where a class ends. If the machine saw what you see, there would be a dark staircase from the upper left to the lower right.

# %%
dists = small.compute_distances_no_loops(rows.x_test[:100])[:, :500]
plots.distance_matrix(
    dists,
    rows.y_test[:100],
    rows.y_train[:500],
    images.classes,
    title="Test against training pictures, both sorted by class",
)

# %% [markdown]
# You have to look hard for a staircase. What leaps to the eye are **stripes**. A bright row is a test picture that is far
# from everything, because it is very bright, say, or very busy. A dark column is a training picture that is near to
# many others, whatever they show, because it is flat and neither bright nor dark. And the columns of the galaxies, pictures
# of nearly nothing, are dark wherever the test picture is dark too, be it a rocket at night or the black around a retina.

# %% [markdown]
# ## 4. The vote (4 points)
#
# With the distances at hand, predicting is easy: in each row find the `k` smallest distances, look up the labels of these
# training examples in `self.y_train`, and take the label that occurs most often.
#
# Easy, and yet more wrong solutions are handed in for this than for anything above. The reason is what the sentence
# above leaves open:
# - **Ties.** If several labels have the most votes, the **smallest** of these labels wins. With `k = 4` and the votes
#   7, 2, 7, 2 the answer is 2, no matter which of them is nearest.
# - `k` may be as large as the number of training examples: then everybody votes.
# - Labels are whole numbers from 0 on, but not every number has to occur: 3, 40 and 700 are fine.
# - The answer is a NumPy array of whole numbers of shape `(num_test,)`, for one test example too, so that
#   `classes[label]` works for each of them.
# - `dists` belongs to the caller, who will ask again with another `k`: leave it as it is.
#
# Equal *distances* don't occur in the tests where it would matter which of two examples is taken.


# %% solution="predict_labels"
def predict_labels(self, dists, k=1):
    """The label that most of the k nearest training examples have, for each test example.

    dists has shape (num_test, num_train), as the compute_distances methods return it.
    Returns an array of whole numbers of shape (num_test,). Of equally frequent labels the smallest wins.
    """
    num_test = len(dists)
    y_pred = np.zeros(num_test, dtype=self.y_train.dtype)
    ### BEGIN SOLUTION
    for i in range(num_test):
        nearest = np.argsort(dists[i], kind="stable")[:k]
        votes = np.bincount(self.y_train[nearest])
        y_pred[i] = np.argmax(votes)  # the first maximum, so the smallest label
    ### END SOLUTION
    return y_pred


KNearestNeighbor.predict_labels = predict_labels

# %% grades="predict_labels"
check("predict_labels")

# %% [markdown]
# Time to see whether it works. We ask about the **validation** pictures, 500 that were set apart for trying things out, and
# leave the test pictures alone. Guessing would be right one time in ten.

# %%
knn = KNearestNeighbor()
knn.train(rows.x_train, rows.y_train)

dists_val = knn.compute_distances_no_loops(rows.x_val)
for k in (1, 5):
    accuracy = np.mean(knn.predict_labels(dists_val, k=k) == rows.y_val)
    print(f"k = {k}: {accuracy:.1%} of the validation pictures are named correctly")

# %% [markdown]
# ## 5. Choosing k without fooling yourself
#
# Is one neighbour best, or five, or fifty? `k` is a **hyperparameter**: nothing in the training tells us its value, so we
# try several and keep the best. But the best *on what*? Not on the training pictures, as this cell shows:

# %%
dists_train = knn.compute_distances_no_loops(rows.x_train[:500])
for k in (1, 5, 20):
    print(
        f"k = {k:2}: {np.mean(knn.predict_labels(dists_train, k=k) == rows.y_train[:500]):.1%}"
        " of the training pictures are named correctly"
    )

# %% [markdown]
# A perfect score for `k = 1`, and it says nothing at all. (Why is it perfect? Part 8 will ask you.)
#
# One validation set is better, but 500 pictures are few: another 500 might have crowned another `k`. **Cross-validation** lets
# every picture take a turn. Cut the training data into five equal parts, the *folds*. Keep one fold for asking, train on the
# other four, note the accuracy. Then do the same with the next fold. Five accuracies for each `k` show not only which `k` is
# best, but also how sure we may be of it.
#
# ### 5.1 Cross-validation (4 points)
#
# - `folds = np.array_split(np.arange(len(X)), num_folds)` gives the numbers of the examples in each fold, as consecutive
#   pieces. Use exactly these: don't shuffle, and leave no example out if `len(X)` can't be divided by `num_folds`.
# - In the result, row `i` belongs to `ks[i]`, in the order in which the ks are given, and column `j` to the fold `j` that was
#   asked about. Entries are shares between 0 and 1, the mean over a fold.
# - `num_folds` may be anything from 2 up to the number of examples, where each fold is a single example.
# - `X` and `y` are read only.
# - Use your `KNearestNeighbor`. Its distances don't depend on `k`: compute them once for each fold, not once for each `k`.


# %% solution="cross_validation_accuracies"
def cross_validation_accuracies(X, y, ks, num_folds=5):
    """Accuracy of each k on each fold, when the classifier was trained on all the other folds.

    X has shape (N, D), y has shape (N,), ks is a list of numbers of neighbours.
    Returns an array of shape (len(ks), num_folds).
    """
    folds = np.array_split(np.arange(len(X)), num_folds)
    accuracies = np.zeros((len(ks), num_folds))
    ### BEGIN SOLUTION
    for j, fold in enumerate(folds):
        rest = np.concatenate(folds[:j] + folds[j + 1 :])
        classifier = KNearestNeighbor()
        classifier.train(X[rest], y[rest])
        dists = classifier.compute_distances_no_loops(X[fold])
        for i, k in enumerate(ks):
            accuracies[i, j] = np.mean(classifier.predict_labels(dists, k=k) == y[fold])
    ### END SOLUTION
    return accuracies


# %% grades="cross_validation_accuracies"
check("cross_validation_accuracies")

# %% [markdown]
# On our 5000 pictures this compares twenty million pairs of pictures. With your matrix product that
# takes a few seconds; with the two loops it would be a coffee break of several minutes.

# %%
ks = [1, 3, 5, 8, 10, 12, 15, 20, 50, 100]
accuracies = cross_validation_accuracies(rows.x_train, rows.y_train, ks)
best_k = ks[np.argmax(accuracies.mean(axis=1))]
plots.cross_validation(ks, accuracies, title="Five folds: each dot is one of them")

# %% [markdown]
# Read the picture with its error bars. From 1 to about 20 the means differ by less than the folds do among
# themselves: the choice hardly matters there. Towards 100 the curve falls for good, because with 400 to 500
# training pictures in a class, the hundred nearest include many strangers. (On CIFAR-10 a `k` of about 7 comes out on top. The best
# `k` is a property of the data, which is why we measure it.)
#
# ### 5.2 Two short questions (1 point each)
#
# **How much work?** You have 1000 pictures, want to try 12 values of `k` in 5-fold cross-validation, and are clever enough to
# compute the distances of each fold only once. How many distances between two pictures are computed in all? A number, or an
# expression such as `3 * 7`.

# %% solution="answer_number_of_distances"
answer_number_of_distances = ...  # replace the dots by a number
### BEGIN SOLUTION
answer_number_of_distances = 5 * 200 * 800
# 800,000: in each of the 5 folds, 200 pictures are compared with the 800 that are not in the fold. The number of ks
# plays no part, since one table of distances serves them all.
### END SOLUTION

# %% grades="answer_number_of_distances"
check("answer_number_of_distances")

# %% [markdown]
# **What does the vote see?** Each of these changes is made to the training *and* the test pictures, or to all the distances
# between them. Only one of them can change what a nearest-neighbour classifier answers. Which one?
#
# - `"a"`: the square root is left out, so all distances are squared
# - `"b"`: 30 is added to every pixel of every picture
# - `"c"`: every pixel value is divided by 255
# - `"d"`: the red value of every pixel is multiplied by 10, green and blue stay as they are
#
# (The check says only whether your answer can be read. Whether it is right, you learn with your grade.)

# %% solution="answer_what_changes_the_vote"
answer_what_changes_the_vote = ...  # replace the dots by "a", "b", "c" or "d"
### BEGIN SOLUTION
answer_what_changes_the_vote = "d"
# The vote sees nothing but which distances are smallest. Squaring (a) keeps their order, since none is
# negative; adding 30 everywhere (b) cancels in each difference; dividing by 255 (c) divides every
# distance by 255. With ten times the red (d), the square of a difference in red counts a hundred times
# as much as before, those of green and blue as before: others may be nearest.
### END SOLUTION

# %% grades="answer_what_changes_the_vote"
check("answer_what_changes_the_vote")

# %% [markdown]
# ## 6. The test, once
#
# `k` is chosen, everything is fixed, and nothing will be changed after this. Only now do the test pictures come out of
# their envelope. You open it once.

# %%
dists_test = knn.compute_distances_no_loops(rows.x_test)
predicted = knn.predict_labels(dists_test, k=best_k)
print(
    f"k = {best_k}: {np.mean(predicted == rows.y_test):.1%} of the test pictures, where guessing gives 10 %"
)
print(f"cross-validation had promised {accuracies.mean(axis=1).max():.1%}")

# %% [markdown]
# Four times better than guessing, by looking alone! It is a few percent less than cross-validation had promised, and there is
# a reason: the training pictures were cut from the same part of each photograph and overlap. A picture in one fold often has
# half a twin in another. The test pictures come from elsewhere and have no such twins. **A validation score is only as honest
# as the validation data is new.**
#
# It may even have bent the choice of `k`: to find half a twin, one neighbour is enough.
#
# One number hides a lot. Who is taken for whom?

# %%
plots.confusion_matrix(rows.y_test, predicted, images.classes)

# %% [markdown]
# Remember your own guesses from part 1. The classes that you know by their **colour** (retina, galaxies) do well, because a sum
# over pixels sees which colour is where. It sees little else: half of the coffee, on its red table, is taken for a retina.
# For grass and gravel you look at the **texture**, and the machine is not just poor at that: it is *worse than guessing*.
# It almost never says "grass" or "gravel" at all, not even to grass and gravel. It would rather say "brick" or "cat". We
# should find out why.

# %% [markdown]
# ## 7. Meet the neighbours
#
# The nice thing about this machine is that it can tell us its reasons. Here are five test pictures that it named correctly, each
# with its nearest training pictures:


# %%
def some_of_different_classes(candidates, count):
    """The first candidates (numbers of test pictures) that belong to different classes."""
    _, first = np.unique(rows.y_test[candidates], return_index=True)
    return candidates[np.sort(first)][:count]


def show_neighbours(chosen, title):
    """Draw test pictures with their six nearest training pictures."""
    nearest = np.argsort(dists_test[chosen], axis=1)[:, :6]
    return plots.neighbours(
        images.x_test[chosen],
        images.x_train[nearest],
        np.take_along_axis(dists_test[chosen], nearest, axis=1),
        images.y_test[chosen],
        images.y_train[nearest],
        images.classes,
        title=title,
    )


show_neighbours(some_of_different_classes(np.flatnonzero(predicted == rows.y_test), 5), "Named correctly")

# %% [markdown]
# And five that it got wrong:

# %%
show_neighbours(some_of_different_classes(np.flatnonzero(predicted != rows.y_test), 5), "Named wrongly")

# %% [markdown]
# The neighbours of the wrong ones are alike in a way: dark where the picture is dark, bright where it is bright, as in a
# photograph that is badly out of focus. What the thing *is* plays no part. And look at the numbers under the pictures: where
# the machine is wrong, there often *is* no near neighbour, only a least distant one.

# %%
nearest_distance = dists_test.min(axis=1)
correct = predicted == rows.y_test
print("distance of the nearest picture, on average")
print(f"  where the answer is right: {nearest_distance[correct].mean():.0f}")
print(f"  where it is wrong:         {nearest_distance[~correct].mean():.0f}")

# %% [markdown]
# ## 8. Why pixels are poor witnesses
#
# Take a picture and change it in three ways, none of which would trouble you for a moment: push it three pixels aside, put a
# sticker on it, or look at it in orange light. We make the sticker as large and the light as orange as it takes until all
# three copies are about as far from the original.


# %%
def shifted(image, pixels=3):
    """The image moved to the right; the left edge is repeated."""
    moved = np.roll(image, pixels, axis=1)
    moved[:, :pixels] = image[:, :1]
    return moved


def with_sticker(image, size):
    """The image with a black square in the middle."""
    hidden = image.copy()
    top, left = (image.shape[0] - size) // 2, (image.shape[1] - size) // 2
    hidden[top : top + size, left : left + size] = 0
    return hidden


def in_orange_light(image, strength):
    """The image with more red and less blue."""
    return np.clip(image + strength * np.array([1.0, 0.0, -1.0]), 0, 255)


def distance(a, b):
    """The Euclidean distance of two images."""
    return np.sqrt(np.sum((a - b) ** 2))


def at_distance(image, copies, target):
    """Of several copies the one whose distance from the image is closest to the target."""
    return min(copies, key=lambda copy: abs(distance(image, copy) - target))


# %%
original = images.x_train[images.y_train == 0][4].astype(float)
target = distance(original, shifted(original))
copies = {
    "the original": original,
    "moved by 3 pixels": shifted(original),
    "with a sticker": at_distance(original, [with_sticker(original, size) for size in range(1, 33)], target),
    "in orange light": at_distance(original, [in_orange_light(original, s) for s in range(1, 256)], target),
}
plots.image_grid(
    np.array(list(copies.values())),
    [f"{name}\ndistance {distance(original, copy):.0f}" for name, copy in copies.items()],
    title="Three copies, equally far from the original",
    tile=1.7,
)

# %% [markdown]
# One number for three changes that have nothing in common. The distance does not know what moved, what is hidden or what
# was tinted. It counts pixels.
#
# How bad is it? Let us compare each test picture with *itself*, moved by three pixels, and with the nearest training picture of any
# **other** class, a stranger.

# %%
own_shift = np.array([distance(image, shifted(image)) for image in images.x_test.astype(float)])
same_class = rows.y_train == rows.y_test[:, np.newaxis]
strangers = np.where(same_class, np.inf, dists_test)
fooled = own_shift > strangers.min(axis=1)

print(f"{fooled.mean():.0%} are nearer to a stranger than to themselves, moved by three pixels:")
for label, name in enumerate(images.classes):
    print(f"  {name:10} {fooled[rows.y_test == label].mean():4.0%}")

# %%
worst = np.argmax(own_shift - strangers.min(axis=1))
stranger = np.argmin(strangers[worst])
plots.image_grid(
    np.array([images.x_test[worst], shifted(images.x_test[worst]), images.x_train[stranger]]),
    [
        images.classes[rows.y_test[worst]],
        f"the same, moved by 3 pixels\ndistance {own_shift[worst]:.0f}",
        f"{images.classes[rows.y_train[stranger]]}\ndistance {strangers[worst, stranger]:.0f}",
    ],
    title="Farther from itself than from a stranger",
    tile=1.9,
)

# %% [markdown]
# There is the answer to grass and gravel, and to the scaffold beside the rocket. In a fine pattern the next pixels are already
# different, so moving it a little changes *everything*. The only pictures that are near to it are smooth ones, because a
# smooth picture stays in the middle between bright and dark and is never far from either. To this machine, grass is more like a blank wall than like other grass.
#
# ### And there are so many pixels
#
# There is a second reason for concern. Throw 1000 points into a cube at random, then one more, and ask how far the nearest
# of the 1000 is from it, compared with the average. On a line, the nearest is practically on the spot. But with every dimension the points have more room to miss each other:

# %%
rng = np.random.default_rng(0)
nearest_to_average = {}
for dimensions in (1, 2, 10, 100, 1000, 3072):
    cloud = KNearestNeighbor()
    cloud.train(rng.random((1000, dimensions)), np.zeros(1000, dtype=int))
    d = cloud.compute_distances_no_loops(rng.random((20, dimensions)))
    nearest_to_average[f"random, {dimensions} dimension{'s' if dimensions > 1 else ''}"] = np.mean(
        d.min(axis=1) / d.mean(axis=1)
    )
d = dists_test[:20, :1000]
nearest_to_average[f"our pictures, {rows.x_train.shape[1]} dimensions"] = np.mean(
    d.min(axis=1) / d.mean(axis=1)
)

plots.bars(
    nearest_to_average,
    label="Distance of the nearest / average distance (no unit)",
    title="How near is the nearest of 1000 points?",
    form=".3f",
)

# %% [markdown]
# In 3072 dimensions all random points are about equally far: "nearest" loses its meaning. This is the **curse of dimensionality**.
# To have one example in every tenth of the cube's side, you would need 10 on a line, 100 in a square, 1000 in a cube,
# and $10^{3072}$ for our pictures.
#
# So why does it work at all? Look at the last bar: by this measure our pictures, with their 3072 numbers, behave like random points in about
# ten dimensions. Pictures are not random: neighbouring pixels go together, and what can be
# photographed fills only a thin, folded sheet in that huge cube. On that sheet there are neighbours. The rest of this course is
# about finding better coordinates for it: first with weights that are learned, then with features, then with networks that learn both.
#
# ### 8.1 In your own words (3 points)
#
# Two fellow students have chosen `k`, each in another way. Ada took the `k` with the best accuracy on the *training* pictures. Ben took
# the `k` with the best accuracy on the *test* pictures, and reports that accuracy.
#
# 1. Which `k` did Ada get, and why could she have known it without a computer?
# 2. What is wrong with the number that Ben reports?
# 3. Name one change to the way in which pictures are compared that would help with grass and gravel, and say why.
#
# Three or four sentences are enough.

# %% [markdown] manual="question_choosing_k" points=3
# <!-- BEGIN SOLUTION -->
# Ada got `k = 1`: each training picture is its own nearest neighbour at distance 0, so with one vote the accuracy on the training
# pictures is 100 % whatever the data are (unless two identical pictures have different labels).
#
# Ben's number is too good on average. He has picked the largest of several noisy accuracies on this very set, so the set took
# part in the choice and can no longer say how the classifier does on pictures that nobody has seen. He should choose `k` by validation or
# cross-validation, and use the test pictures once, afterwards.
#
# For textures it helps to compare something that does not change when the picture moves by a pixel or two, such as histograms of colours or of
# the directions of edges, or features from a convolutional network: two patches of grass agree in how much of what there is, not in
# which pixel it stands.
# <!-- END SOLUTION -->
# ### BEGIN MARK SCHEME
# 1 point: k = 1, because every training picture finds itself at distance 0. Half a point without the reason.
# 1 point: the test set was used for choosing, so the accuracy is optimistic (selected as a maximum) and no estimate for new
#   pictures. Half a point for "one must not use the test set" without saying what goes wrong.
# 1 point: any comparison that tolerates small shifts (histograms, HOG, blurring or smaller pictures, trying several shifts,
#   learned features) with a reason that fits. No point for "use L1", "more data" or "another k".
# ### END MARK SCHEME

# %% [markdown]
# ## Hand in
#
# Change `False` to `True`, save the notebook, and run the cell. It packs your notebooks into one archive and shows a receipt.
# You may hand in as often as you like before the date: no attempt is lost.

# %%
HAND_IN = False

if HAND_IN:
    submit("a1")
