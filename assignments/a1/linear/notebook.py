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
# # Linear classifiers
#
# **What is left of 5000 pictures, if you may keep only ten?** A nearest-neighbour machine keeps everything it was
# ever shown, and goes through all of it for each question. The machine of this notebook looks at the same pictures,
# boils them down to a single table of numbers, one for each pixel and class, and forgets the pictures. To name a new
# one it only multiplies and adds.
#
# The table is learned, and that is the real subject here: say with a number how bad a table is (a *loss*), find out
# in which direction it gets better (a *gradient*), and go there in small steps. Nothing else happens in the largest
# network in the world. Only the function in the middle is more than a table.
#
# | Part | You write | Points |
# |---|---|---|
# | 2 | a question on scores, checked automatically | 1 |
# | 3 | the SVM loss and its gradient: with loops, without | 5 + 5 |
# | 3 | a question on the price of gradients, checked automatically | 1 |
# | 4 | the softmax loss and its gradient: with loops, without | 5 + 5 |
# | 5 | training by stochastic gradient descent, prediction | 5 + 2 |
# | 8 | a question on what no line can do, checked automatically | 1 |
# | 9 | one question in your own words | 3 |
#
# Under each exercise stands a cell with `check(...)`. Run it as often as you like: it says what was called, what came
# back and what was expected. Grading runs more tests of the same kind on other numbers; every special case that they
# visit is named in the exercise's text. While your work is graded, it can import NumPy and nothing else.

# %%
import time

import numpy as np

from cs_lib import data, plots
from cs_lib.check import check, submit
from cs_lib.gradients import grad_check, numerical_gradient
from cs_lib.plots.style import new_figure

DATASET = "patches10"  # or "cifar10", which is downloaded the first time (170 MB)

# %% [markdown]
# ## 1. The data
#
# The same pictures as in the notebook on nearest neighbours: `patches10`, ten classes, cut from ten photographs,
# training and test pictures from different parts of each. (With another data set everything works alike, only the
# remarks about single classes no longer fit.)

# %%
images = data.load(DATASET, train=5000, val=2000, test=1000)
plots.images_by_class(
    images.x_train, images.y_train, images.classes, per_class=10, title="Ten training pictures of each class"
)

# %% [markdown]
# Three things are done to the pictures before they go in:
#
# - **Centre**: subtract the mean picture. Then a number says how much brighter or darker a pixel is than usual, and 0
#   says "as always". The mean is taken from the training pictures only: the validation and the test pictures have to
#   remain strangers.
# - **Scale**: divide by 128, so that the numbers lie between about -1 and 1. That saves us from learning rates like
#   0.0000001.
# - **Append a 1** to each picture. What for, part 2 will say.


# %%
rows = images.flat(np.float32)
mean_picture = rows.x_train.mean(axis=0)


def prepared(X):
    """Rows of pixels, centred and scaled, with a 1 at the end: shape (N, 3073) for pictures of 32 x 32 x 3."""
    return np.hstack([(X - mean_picture) / 128, np.ones((len(X), 1), dtype=np.float32)])


X_train, X_val, X_test = prepared(rows.x_train), prepared(rows.x_val), prepared(rows.x_test)
y_train, y_val, y_test = rows.y_train, rows.y_val, rows.y_test

print("training:", X_train.shape, X_train.dtype, f"  from {X_train.min():.2f} to {X_train.max():.2f}")
plots.image_grid(
    mean_picture.reshape(1, *images.x_train.shape[1:]), ["the mean picture"], title=None, tile=1.6
)

# %% [markdown]
# Nothing is left in the mean of five thousand pictures but a muddy brown: what they show may be anywhere in them.
#
# ## 2. A score for each class
#
# ### 2.1 With numbers
#
# The machine gives a picture one **score** for each class, and the largest wins. A score is as simple as can be:
# every pixel is multiplied by a weight that tells how much it speaks for or against the class, and it is all added
# up. With a picture $x$ of four pixels and three classes, the weights fill a table $W$ with three rows, and there are
# three numbers $b$ to begin with, the *biases*: $f(x) = Wx + b$.

# %%
W_example = np.array([[0.2, -0.5, 0.1, 2.0], [1.5, 1.3, 2.1, 0.0], [0.0, 0.25, 0.2, -0.3]])
b_example = np.array([1.1, 3.2, -1.2])
picture = np.array([56, 231, 24, 2])  # the four pixels of a cat

print("scores for cat, dog, ship:", W_example @ picture + b_example)

# %% [markdown]
# These weights find that the cat is a dog. Bad weights, then; that is what parts 3 to 5 are for.
#
# The little example is famous. A slide that has been shown in a good many lecture halls prints the scores
# −96.8, 437.9 and **61.95**. The first two are right.
#
# ### 2.2 What went wrong on the slide? (1 point)
#
# One number was left out when the third score was computed. Which one? Give the number as it stands in `W_example`,
# `b_example` or `picture`.
#
# (The check says only whether your answer can be read. Whether it is right, you learn with your grade.)

# %% solution="answer_left_out"
answer_left_out = ...  # replace the dots by a number
### BEGIN SOLUTION
answer_left_out = -1.2
# The product alone is 0.0 * 56 + 0.25 * 231 + 0.2 * 24 - 0.3 * 2 = 61.95: the ship's bias is missing.
### END SOLUTION

# %% grades="answer_left_out"
check("answer_left_out")

# %% [markdown]
# **Two conventions** for the rest of the notebook. We have many pictures at once, as the *rows* of an array $X$ of
# shape `(N, D)`. So the weights of a class stand in a *column* of $W$, shape `(D, C)`, and all scores come from one
# product:
#
# $$S = X W \qquad (N, C) = (N, D) \cdot (D, C)$$
#
# And the biases disappear into $W$, by a small trick: they are the weights of one more pixel, which is always 1. That
# is what the appended 1 was for.

# %%
X_one = np.append(picture, 1.0)[np.newaxis]
W_with_bias = np.vstack([W_example.T, b_example])
print(f"X {X_one.shape} times W {W_with_bias.shape} gives", X_one @ W_with_bias)

# %% [markdown]
# ### 2.3 With pictures, and with lines
#
# The same table can be looked at in two more ways.
#
# **A template for each class.** A column of $W$ has as many numbers as a picture, so it *is* a picture. The score is
# largest for pictures that are bright where the column is, and dark where it is dark. We shall look at learned
# templates in part 7.
#
# **A line for each pair of classes.** Imagine pictures of two pixels. Each is a point in the plane, and a score rises
# evenly in one direction, like a tilted board. Two tilted boards meet along a straight line, and there the decision
# changes. With 3072 pixels it is the same, in a space that nobody can draw. Here are three boards, seen from above:

# %%
boards = np.array(
    [[1.5, -1.2, 0.2], [0.3, 0.6, -1.2], [0.0, 0.4, 0.1]]
)  # two pixels and the 1; three classes
points = np.random.default_rng(3).uniform(-2, 2, size=(40, 2))


def highest_board(points):
    """The class of the largest of three scores for points in the plane."""
    return np.argmax(np.hstack([points, np.ones((len(points), 1))]) @ boards, axis=1)


plots.decision_boundary(
    highest_board,
    points,
    highest_board(points),
    ["cat", "dog", "ship"],
    feature_names=("Pixel 1 (centred, no unit)", "Pixel 2 (centred, no unit)"),
    title="Where each of three scores is the largest",
)

# %% [markdown]
# Straight lines, always. There must be questions to which the answer is no straight line. Keep the thought until part
# 8.
#
# ## 3. How bad is a table? The SVM loss
#
# ### 3.1 An opinion, made exact
#
# Any table $W$ gives answers. To find a good one we need a number that says how bad one is: a **loss**, 0 where we
# are content. The loss of the *support vector machine*, SVM for short, holds this opinion: the correct class should
# lead every other by at least 1. What is missing from that lead, it costs:
#
# $$L_i = \sum_{j \ne y_i} \max(0,\; s_j - s_{y_i} + 1)$$
#
# Here $s_j$ are the scores of picture $i$ and $y_i$ its correct class. The expression $s_j - s_{y_i} + 1$ is called
# the *margin* of class $j$; the margin is *violated* if it is above 0. The loss of the whole set is the **mean** over
# its $N$ pictures. Three pictures by hand:
#
# | | a cat | a car | a frog |
# |---|---|---|---|
# | score for cat | **3.2** | 1.3 | 2.2 |
# | score for car | 5.1 | **4.9** | 2.5 |
# | score for frog | −1.7 | 2.0 | **−3.1** |
# | what the others cost | 5.1 − 3.2 + 1 = 2.9, and 0 | 0 and 0 | 2.2 + 3.1 + 1 = 6.3, and 2.5 + 3.1 + 1 = 6.6 |
# | loss | **2.9** | **0** | **12.9** |
#
# The mean is (2.9 + 0 + 12.9) / 3 = **5.27**.
#
# Before you read on, answer each of these for yourself. One line of thinking is enough:
#
# 1. The score of the car's picture for "car" falls by 0.5, from 4.9 to 4.4. What happens to its loss?
# 2. What is the smallest possible loss, what the largest?
# 3. At the beginning all weights are tiny, so all scores are about 0. What is the loss with $C$ classes?
# 4. What if the sum ran over *all* $j$, the correct class too? And what if it were not the sum of what the wrong
#    classes cost, but the mean?
# 5. What if each term were squared?
# 6. Say $W$ has a loss of 0. Is it the only one?
#
# <details><summary>Answers</summary>
#
# 1. Nothing: 4.4 still leads 2.0 by more than 1. The SVM doesn't care about details once it is content.
# 2. 0, and there is no largest: a score can be as wrong as you like.
# 3. Each of the $C - 1$ wrong classes costs 0 − 0 + 1, so it is $C - 1$; that is **9** for ten classes. Remember it:
#    if your first loss is something else, there is a bug.
# 4. The correct class would add max(0, 0 + 1) = 1 to each picture: the loss is larger by exactly 1, and the same $W$
#    is best. A mean instead of a sum divides everything by a constant: the same $W$ is best again.
# 5. That is really another loss (the *squared hinge*): it hates one large violation more than many small ones, and
#    prefers another $W$.
# 6. No: 2$W$ doubles all leads, and the loss stays 0. And so do 3$W$ and 100$W$.
# </details>
#
# ### 3.2 A taste for small weights
#
# The last answer is a nuisance: the data cannot say which $W$ to take. So we add an opinion about $W$ itself, the
# **regularisation**, with a strength $\lambda$ (`reg` in the code) that is ours to choose:
#
# $$L \;=\; \frac1N \sum_i L_i \;+\; \lambda \sum_{d}\sum_{c} W_{dc}^2$$
#
# Squares (*L2*) are the usual opinion, absolute values (*L1*) are another, and a mixture of both is called the
# *elastic net*; one can also just forbid columns that are longer than a limit (*max norm*). What is the difference
# between the first two? Take the picture $x = (1, 1, 1, 1)$ and two columns of weights that give it the same score:

# %%
x = np.ones(4)
for w in (np.array([1.0, 0, 0, 0]), np.array([0.25, 0.25, 0.25, 0.25])):
    print(
        f"w = {w}   score {x @ w:.0f}   L2 {np.sum(w**2):.2f}   L1 {np.sum(np.abs(w)):.2f}"
        f"   elastic net (half of each) {np.sum(0.5 * w**2 + 0.5 * np.abs(w)):.3f}"
    )

# %% [markdown]
# L2 prefers the second: *listen to every pixel a little, to none too much*. L1 doesn't care here; when it is trained
# with, it drives many weights to exactly 0. For pictures, where a single pixel is hardly worth believing, L2's taste is
# a sensible one.
#
# ### 3.3 Which way is down?
#
# Imagine the loss as a landscape over all tables $W$. You stand in it in the fog and want to get down. Feel with a
# foot: push one weight up by a little $h$, and see by how much the loss changes. Take a $W$ that begins with 0.34,
# −1.11, 0.78 and has the loss 1.25347:
#
# | the weight that is pushed by $h$ = 0.0001 | the loss then | slope: (then − before) / $h$ |
# |---|---|---|
# | the first, to 0.3401 | 1.25322 | **−2.5** |
# | the second, to −1.1099 | 1.25353 | **0.6** |
# | the third, to 0.7801 | 1.25347 | **0** |
#
# All the slopes together are the **gradient**, an array in $W$'s shape. It points uphill; the way down is its
# opposite: the first weight should grow, the second should shrink. It is more exact still to push to both sides, where $h$ is again
# added to one weight at a time:
#
# $$\frac{L(W + h) - L(W - h)}{2h}$$
#
# The function `numerical_gradient` from `cs_lib.gradients` does that:

# %%
small_W = np.array([[0.34, -1.11], [0.78, 0.12], [0.55, 2.81]])
print(numerical_gradient(lambda W: np.sum(W**2), small_W))  # the slopes of a sum of squares: 2 W

# %% [markdown]
# So we are done? There is a price. It is paid in calls of the loss, and each of them looks at all the pictures.
#
# ### 3.4 What does it cost? (1 point)
#
# Our $W$ has 3073 rows and 10 columns. We want its gradient **once**, by central differences, pushing each weight to
# both sides. How often is the loss computed? A number, or an expression such as `3 * 7`.

# %% solution="answer_calls_for_one_gradient"
answer_calls_for_one_gradient = ...  # replace the dots by a number
### BEGIN SOLUTION
answer_calls_for_one_gradient = 2 * 3073 * 10
# 61,460: each of the 3073 * 10 weights is pushed twice, once up and once down, and each push needs the loss anew.
### END SOLUTION

# %% grades="answer_calls_for_one_gradient"
check("answer_calls_for_one_gradient")

# %% [markdown]
# That is far too slow for a thousand steps. Calculus gives the same slopes all at once, exactly, and fast; but it is
# easy to get a formula wrong. So everybody does this: *write the formula, and check it with the feet*, on a small
# example. That is a **gradient check**.
#
# Now the formula. Look at one picture $x$ with label $y$, and at one wrong class $j$.
#
# - If its margin is **met**, $\max(0, \cdot)$ is 0 and stays 0 when $W$ moves a little. No slope.
# - If it is **violated**, the cost is $s_j - s_y + 1$. The score $s_j$ is $x$ times column $j$ of $W$, so its slope
#   with respect to that column is $x$. The score $s_y$ comes with a minus, so column $y$ gets $-x$.
#
# That is all. Each violating class adds $x$ to its own column of `dW` and takes $x$ from the column of the correct
# class. (Exactly at 0 the function has a kink, and no slope at all, strictly speaking. We agree that a margin of
# exactly 0 is met.) And the regularisation $\lambda \sum_{d,c} W_{dc}^2$ has the slope $2 \lambda W_{dc}$, so `2 * reg * W` for all weights.
#
# ### 3.5 With loops (5 points)
#
# One picture at a time, and for each picture one class at a time. Return the loss **and** `dW`. About half of
# the points are for each.
#
# What holds for all **four** loss functions of this notebook:
# - the loss is a *mean* over the examples, plus `reg * np.sum(W * W)`, with no half in it; `reg` may be 0;
# - `dW` has the shape of `W`, `(D, C)`. The numbers of examples, pixels and classes may be anything: one example
#   only, one pixel only, two classes, and all three may be equal;
# - some classes may not occur in `y`: the number of classes is the number of `W`'s columns;
# - `W` and `X` may be float64 or float32, and scores may be as large as 10,000, of either sign;
# - `W`, `X` and `y` are read only: calling a function twice gives the same twice;
# - return a pair: `loss, dW`.


# %% solution="svm_loss_naive"
def svm_loss_naive(W, X, y, reg):
    """The SVM loss with margin 1 and its gradient, with loops.

    W has shape (D, C), X has shape (N, D), y has shape (N,) and holds whole numbers from 0 to C - 1.
    reg is a number.
    Returns the loss, a number, and its gradient dW, an array in W's shape.
    """
    num_train, num_classes = X.shape[0], W.shape[1]
    loss = 0.0
    dW = np.zeros(W.shape)
    ### BEGIN SOLUTION
    for i in range(num_train):
        scores = X[i] @ W
        for j in range(num_classes):
            if j == y[i]:
                continue
            margin = scores[j] - scores[y[i]] + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    loss = loss / num_train + reg * np.sum(W * W)
    dW = dW / num_train + 2 * reg * W
    ### END SOLUTION
    return loss, dW


# %% grades="svm_loss_naive"
check("svm_loss_naive")

# %% [markdown]
# Two quick checks of your own. With tiny weights the loss has to be about 9, as you answered above. And the gradient
# has to pass the check with the feet. `grad_check` pushes 200 of the 30,730 weights, chosen at random, and compares:

# %%
rng = np.random.default_rng(0)
few, few_labels = X_train[:20].astype(float), y_train[:20]
tiny_W = 0.001 * rng.standard_normal((X_train.shape[1], len(images.classes)))

loss, dW = svm_loss_naive(tiny_W, few, few_labels, 0.1)
print(f"the loss at the beginning: {loss:.3f}")
print(grad_check(lambda W: svm_loss_naive(W, few, few_labels, 0.1)[0], tiny_W, dW, sample=200))

# %% [markdown]
# ### 3.6 Without loops (5 points)
#
# Now all pictures and classes at once. Make it in four steps, each one line or two:
#
# 1. all scores $S$, shape `(N, C)`;
# 2. all margins, in the same shape. You need the score of the correct class for each row, as a *column*, so that
#    broadcasting subtracts it from its own row. `S[np.arange(N), y]` picks one number from each row; think about its
#    shape. And the correct class's own "margin" is not part of the sum;
# 3. the slopes with respect to the *scores*, again `(N, C)`: 1 for each violated margin, and for the correct class
#    minus the number of the violated ones in its row;
# 4. the slopes with respect to $W$. In the loops, picture $i$ was added to column $j$, times its slope. So `dW[d, j]`
#    is the sum over $i$ of `X[i, d] * slopes[i, j]`. That is a matrix product; the shapes `(N, D)`, `(N, C)` and `(D,
#    C)` leave only one way to write it.
#
# The rules of 3.5 hold. Grading looks at the numbers, not at how you find them; the race below shows what loops cost.


# %% solution="svm_loss_vectorized"
def svm_loss_vectorized(W, X, y, reg):
    """The same loss and gradient as svm_loss_naive, without loops."""
    ### BEGIN SOLUTION
    rows = np.arange(len(X))
    scores = X @ W
    margins = np.maximum(0, scores - scores[rows, y][:, np.newaxis] + 1)
    margins[rows, y] = 0
    loss = np.sum(margins) / len(X) + reg * np.sum(W * W)

    slopes = (margins > 0).astype(X.dtype)
    slopes[rows, y] = -np.sum(slopes, axis=1)
    dW = X.T @ slopes / len(X) + 2 * reg * W
    ### END SOLUTION
    return loss, dW


# %% grades="svm_loss_vectorized"
check("svm_loss_vectorized")

# %% [markdown]
# The race, on 500 pictures. Guess the factor first.

# %%
seconds, results = {}, {}
for name, function in [("with loops", svm_loss_naive), ("without loops", svm_loss_vectorized)]:
    start = time.perf_counter()
    results[name] = function(tiny_W, X_train[:500], y_train[:500], 0.1)
    seconds[name] = time.perf_counter() - start

gap = np.abs(results["with loops"][1] - results["without loops"][1]).max()
print(f"the gradients differ by at most {gap:.1g}")
plots.times(seconds, title="SVM loss and gradient of 500 pictures")

# %% [markdown]
# ## 4. Another opinion: softmax
#
# ### 4.1 From scores to probabilities
#
# The SVM is content as soon as the correct class leads by 1. Another opinion: a classifier should say *how sure it
# is*. Let it turn scores into probabilities, by making them positive (with $e^s$) and dividing by their sum. This is
# the **softmax**:
#
# $$p_j = \frac{e^{s_j}}{\sum_k e^{s_k}} \qquad\qquad L_i = -\log p_{y_i}$$
#
# The loss, called *cross-entropy*, is the surprise at the truth: near 0 if the correct class was given a probability
# near 1, and beyond any limit if it was given next to none. To make it small is to make the labels that we have seen
# as probable as can be (*maximum likelihood*), and also to bring the distribution $p$ close to the one that puts
# everything on the correct class (in *Kullback-Leibler divergence*). Three schools, one formula.
#
# Our cat from part 3, with the scores 3.2, 5.1 and −1.7:

# %%
scores = np.array([3.2, 5.1, -1.7])
exps = np.exp(scores)
probabilities = exps / exps.sum()
print("exp:", np.round(exps, 2), "  probabilities:", np.round(probabilities, 2))
print(f"loss of the cat: {-np.log(probabilities[0]):.2f}")

# %% [markdown]
# At the beginning, when all scores are about 0, each of $C$ classes gets $1/C$, and the loss is $\log C$: **2.30**
# for ten classes. The SVM's 9 and the softmax's 2.3 are different units; they can't be compared.
#
# ### 4.2 The slope, and a trap
#
# Write the loss as $L = \log \sum_k e^{s_k} - s_y$ and take the slope with respect to one score. The logarithm gives
# one divided by the sum, the sum gives $e^{s_j}$, and together they are just $p_j$. The second part gives −1 for the
# correct class:
#
# $$\frac{\partial L}{\partial s_j} = p_j - [\,j = y\,]$$
#
# The bracket is 1 if what stands in it is true, and 0 if not. Could it be nicer? What the machine believes, minus what is true. From there on it is as with the SVM: column $j$ of
# `dW` gets $x$ times this slope.
#
# **The trap.** $e^{s}$ grows fast:

# %%
with np.errstate(over="ignore", invalid="ignore"):
    large = np.array([1000.0, 1001.0, 999.0])
    print("exp:", np.exp(large), "  probabilities:", np.exp(large) / np.exp(large).sum())
    print("and with all scores near -1000, exp:", np.exp(-large))

# %% [markdown]
# Infinity divided by infinity. The remedy is free: add the same number to all scores of a picture, and every $e^{s}$
# is multiplied by the same factor, which cancels. So subtract each picture's **own** largest score first. Then the
# largest is 0, nothing can overflow, and the sum is at least 1, so that nothing is divided by 0 either.
#
# ### 4.3 With loops (5 points)
#
# At least one loop over the examples; a second one over the classes if you like. The rules of 3.5 hold, and:
# - scores may be around 10,000 in one example and around −10,000 in the next one of the same batch. The *differences*
#   within an example stay below 40;
# - add nothing to the probabilities before you take the logarithm, and cut nothing off: a correct class with a
#   probability of one in a hundred billion costs 25.


# %% solution="softmax_loss_naive"
def softmax_loss_naive(W, X, y, reg):
    """The softmax loss (cross-entropy, natural logarithm) and its gradient, with loops.

    Shapes and what is returned are those of svm_loss_naive.
    """
    num_train, num_classes = X.shape[0], W.shape[1]
    loss = 0.0
    dW = np.zeros(W.shape)
    ### BEGIN SOLUTION
    for i in range(num_train):
        scores = X[i] @ W
        scores = scores - np.max(scores)
        p = np.exp(scores) / np.sum(np.exp(scores))
        loss -= np.log(p[y[i]])
        for j in range(num_classes):
            dW[:, j] += (p[j] - (j == y[i])) * X[i]
    loss = loss / num_train + reg * np.sum(W * W)
    dW = dW / num_train + 2 * reg * W
    ### END SOLUTION
    return loss, dW


# %% grades="softmax_loss_naive"
check("softmax_loss_naive")

# %%
loss, dW = softmax_loss_naive(tiny_W, few, few_labels, 0.1)
print(f"the loss at the beginning: {loss:.3f}, of which {0.1 * np.sum(tiny_W**2):.3f} is regularisation")
print(grad_check(lambda W: softmax_loss_naive(W, few, few_labels, 0.1)[0], tiny_W, dW, sample=200))

# %% [markdown]
# ### 4.4 Without loops (5 points)
#
# You have done this before: scores, slopes with respect to the scores, one matrix product. Only the middle is new.
# Mind the shapes of what you subtract from each row and divide it by: `keepdims=True` keeps a column a column. The
# rules of 4.3 hold.


# %% solution="softmax_loss_vectorized"
def softmax_loss_vectorized(W, X, y, reg):
    """The same loss and gradient as softmax_loss_naive, without loops."""
    ### BEGIN SOLUTION
    rows = np.arange(len(X))
    scores = X @ W
    exps = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    p = exps / np.sum(exps, axis=1, keepdims=True)
    loss = -np.mean(np.log(p[rows, y])) + reg * np.sum(W * W)

    slopes = p
    slopes[rows, y] -= 1
    dW = X.T @ slopes / len(X) + 2 * reg * W
    ### END SOLUTION
    return loss, dW


# %% grades="softmax_loss_vectorized"
check("softmax_loss_vectorized")

# %% [markdown]
# ### 4.5 Two opinions, side by side
#
# Five pictures. Each has three scores, and the correct class is the first. Guess both losses of each before
# you run the cell: who is content, and with what?


# %%
def both_losses(scores, label):
    """SVM loss and softmax loss of one picture that has these scores."""
    W, X, y = np.array([scores], dtype=float), np.ones((1, 1)), np.array([label])
    return svm_loss_vectorized(W, X, y, 0.0)[0], softmax_loss_vectorized(W, X, y, 0.0)[0]


print("scores             SVM     softmax")
for scores in ([10, -2, 3], [10, 9, 9], [10, -100, -100], [20, -2, 3], [20, 9, 9]):
    svm, softmax = both_losses(scores, 0)
    print(f"{scores!s:17} {svm:5.2f}   {softmax:.2g}")

# %% [markdown]
# The SVM sees no difference between any of them. Softmax is never content: it tells a lead of 7 from a lead of 1, and
# would like a 10 to become a 20. (The third loss is 0 only by rounding: it is about $2 e^{-110}$, which is lost when it
# is added to 1.) In practice the two end up with much the same accuracy, but ask them *how sure they
# are*, and only one has an answer.
#
# One more, with a trap of its own. The scores are −2.85, 0.86 and 0.28, and the correct class is the last:

# %%
svm, softmax = both_losses([-2.85, 0.86, 0.28], 2)
print(
    f"SVM {svm:.2f}   softmax {softmax:.2f}   softmax with logarithms to base 10: {softmax / np.log(10):.3f}"
)

# %% [markdown]
# If you meet the last number, 0.452, in older lecture slides, you know now where it is from: somebody pressed `log`
# on a pocket calculator. With the natural logarithm the loss is 1.04, and only with that one the gradient is $p - [j
# = y]$ without a factor.
#
# Here are both as a function of the correct class's score, when two others stand at 0:

# %%
correct_score = np.linspace(-3, 6, 91)
curves = np.array([both_losses([s, 0, 0], 0) for s in correct_score])

figure = new_figure(7, 3.8)
axes = figure.add_subplot()
axes.plot(correct_score, curves[:, 0], color="#D55E00", linestyle="--", linewidth=2, label="SVM")
axes.plot(correct_score, curves[:, 1], color="#0072B2", linewidth=2, label="softmax")
axes.set(
    title="Content from a lead of 1, or never quite",
    xlabel="Score of the correct class (two others are at 0)",
    ylabel="Loss of one picture (no unit)",
)
axes.grid(True, color="#DDDDDD")
axes.legend(frameon=False)
figure

# %% [markdown]
# Far out on the left they are both straight: very wrong answers cost in proportion, with slope −2 for the SVM (two
# classes violate their margin) and −1 for softmax (all of the probability is elsewhere). On the right the SVM has its
# kink at 1, and softmax fades out.
#
# ## 5. Finding W
#
# ### 5.1 The first idea: luck
#
# We can say how bad a table is. So why not try a thousand random ones, and keep the best?

# %%
rng = np.random.default_rng(0)
best_loss, lucky_W = np.inf, None
for _ in range(1000):
    W = 0.001 * rng.standard_normal((X_train.shape[1], len(images.classes)), dtype=np.float32)
    loss, _ = svm_loss_vectorized(W, X_train[:300], y_train[:300], 0.0)
    if loss < best_loss:
        best_loss, lucky_W = loss, W

lucky = np.mean(np.argmax(X_val @ lucky_W, axis=1) == y_val)
print(f"the best of 1000: loss {best_loss:.2f}, {lucky:.1%} of the validation pictures are named correctly")

# %% [markdown]
# More than the 10 % of guessing, but not much for a thousand attempts. (On CIFAR-10, a thousand
# tries are reported to reach about 15.5 %.) Luck knows nothing of downhill. You do: you have the gradient.
#
# ### 5.2 Training (5 points)
#
# Step against the gradient, again and again. But for one exact step we would have to look at all 5000 pictures, and
# the next step asks for all of them once more. **Stochastic** gradient descent looks at a small *batch*, 200 pictures,
# say, drawn at random: its gradient points about the same way and costs a twenty-fifth. Many rough steps beat few exact ones.
#
# Here is the frame. As before, the methods that do the work are missing, and the last line of your cell hangs your
# function into the class.


# %%
class LinearClassifier:
    """Scores X W, and the class of the largest score; the kinds below differ in their loss."""

    def __init__(self):
        self.W = None  # shape (D, C), once there is one


class LinearSVM(LinearClassifier):
    """A linear classifier that is trained with the SVM loss."""

    def loss(self, X_batch, y_batch, reg):
        """The loss of the present weights on a batch, and its gradient."""
        return svm_loss_vectorized(self.W, X_batch, y_batch, reg)


class Softmax(LinearClassifier):
    """A linear classifier that is trained with the softmax loss."""

    def loss(self, X_batch, y_batch, reg):
        """The loss of the present weights on a batch, and its gradient."""
        return softmax_loss_vectorized(self.W, X_batch, y_batch, reg)


# %% [markdown]
# Write `train`, with the arguments that stand in its first line:
#
# - If `self.W` is `None`, make the first weights: 0.001 times normal random numbers (mean 0, deviation 1). Labels
#   count from 0, and the **largest label** says how many classes there are; a class in between may have no examples.
#   If there are weights already, go on from them: a second call continues the first.
# - Then `num_iters` times: draw `batch_size` examples from all of `X` at random, with their own labels; ask
#   `self.loss` for loss and gradient with the caller's `reg`; note the loss; take
#   `learning_rate` times the gradient from the weights.
# - `batch_size` may be larger than the number of examples. So draw *with replacement*: an example may come twice.
# - Return the list of the `num_iters` losses, each as it was **before** its step.
# - `verbose=True` may print something now and then. Nobody checks what.


# %% solution="train"
def train(self, X, y, learning_rate=1e-3, reg=1e-5, num_iters=100, batch_size=200, verbose=False):
    """Learn self.W by stochastic gradient descent.

    X has shape (N, D), y has shape (N,) and holds whole numbers from 0 on.
    Returns a list of num_iters numbers: the loss of each batch before the step that it led to.
    """
    losses = []
    ### BEGIN SOLUTION
    rng = np.random.default_rng()
    if self.W is None:
        self.W = 0.001 * rng.standard_normal((X.shape[1], np.max(y) + 1))
        self.W = self.W.astype(X.dtype)
    for iteration in range(num_iters):
        batch = rng.integers(len(X), size=batch_size)
        loss, dW = self.loss(X[batch], y[batch], reg)
        losses.append(loss)
        self.W = self.W - learning_rate * dW
        if verbose and iteration % 100 == 0:
            print(f"iteration {iteration}: loss {loss:.3f}")
    ### END SOLUTION
    return losses


LinearClassifier.train = train

# %% grades="train"
check("train")

# %% [markdown]
# ### 5.3 Prediction (2 points)
#
# For each row of `X` the class of its largest score: an array of whole numbers of shape `(N,)`, for one example too.
# Scores may all be negative. `X` and the weights are read only. Equal scores don't occur in the tests.


# %% solution="predict"
def predict(self, X):
    """The class of the largest score for each row of X, shape (N, D): an array of whole numbers, shape (N,)."""
    ### BEGIN SOLUTION
    y_pred = np.argmax(X @ self.W, axis=1)
    ### END SOLUTION
    return y_pred


LinearClassifier.predict = predict

# %% grades="predict"
check("predict")

# %% [markdown]
# Off we go. A thousand random tables gave you twenty percent or so. Here are 500 steps:


# %%
def accuracy(classifier, X, y):
    """The share of the examples that are named correctly."""
    return np.mean(classifier.predict(X) == y)


svm = LinearSVM()
losses = svm.train(X_train, y_train, learning_rate=3e-3, reg=0.01, num_iters=500)

print(f"the first loss is {losses[0]:.2f}, the mean of the last ten {np.mean(losses[-10:]):.2f}")
print(
    f"training pictures {accuracy(svm, X_train, y_train):.1%},",
    f"validation pictures {accuracy(svm, X_val, y_val):.1%}",
)
plots.learning_curves(losses, window=20, title="The SVM learns: the loss of each batch")

# %% [markdown]
# The curve is the pulse of every training, and you will look at many. It begins near 9, as you predicted; falls
# steeply, then slowly; and trembles, because each dot is another batch of 200 pictures. What does the step length do
# to it?

# %%
curves = {}
for rate in (1e-4, 3e-3, 5e-2):
    classifier = LinearSVM()
    curves[f"rate {rate:g}"] = np.minimum(classifier.train(X_train, y_train, rate, 0.01, num_iters=200), 30)
plots.learning_curves(curves, window=5, title="Too timid, about right, too bold (cut off at 30)")

# %% [markdown]
# Too short a step is merely a waste of time. Too long a step jumps across the valley and lands higher up on the other
# side. Where "too long" begins depends on the data, on the loss and on `reg`. No formula tells it beforehand. There is
# only a search.
#
# ## 6. Choosing the learning rate and the regularisation
#
# Both are hyperparameters, and they act on each other, so we try all pairs. Use steps by *factors* (1, 10, 100):
# whether a learning rate is 0.001 or 0.0011 doesn't matter, whether it is 0.001 or 0.01 does. And who decides is, as
# ever, the **validation** set.

# %%
rates = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1]
strengths = [1e-4, 1e-2, 1e-1, 1e0, 1e1]


def search(kind, num_iters):
    """Accuracies (training, validation) of a classifier for each rate (row) and strength (column)."""
    found = np.zeros((2, len(rates), len(strengths)))
    for i, rate in enumerate(rates):
        for j, strength in enumerate(strengths):
            classifier = kind()
            with np.errstate(all="ignore"):  # the boldest ones run off to infinity
                classifier.train(X_train, y_train, rate, strength, num_iters)
            found[:, i, j] = accuracy(classifier, X_train, y_train), accuracy(classifier, X_val, y_val)
    return found


def heat_maps(found, title):
    """Training and validation accuracies side by side."""
    figure = new_figure(11, 4.4)
    panels = figure.subplots(1, 2, sharey=True)
    for panel, shares, name in zip(panels, found, ("Training pictures", "Validation pictures"), strict=True):
        heat = panel.imshow(100 * shares, cmap="cividis", vmin=0, vmax=50, origin="lower", aspect="auto")
        for (i, j), share in np.ndenumerate(shares):
            ink = "black" if share > 0.28 else "white"
            panel.text(j, i, f"{share:.0%}", ha="center", va="center", color=ink)
        panel.set_xticks(range(len(strengths)), [f"{s:g}" for s in strengths])
        panel.set_yticks(range(len(rates)), [f"{r:g}" for r in rates])
        panel.set(title=name, xlabel="Strength of the regularisation, reg (no unit)")
    panels[0].set_ylabel("Learning rate (no unit)")
    figure.suptitle(title, fontweight="bold")
    figure.colorbar(heat, ax=panels, label="Named correctly (%)")
    return figure


found = search(LinearSVM, num_iters=300)
heat_maps(found, "SVM after 300 steps")

# %% [markdown]
# Read it like a map. Along the bottom the steps were so short that 300 of them lead nowhere: what looks like a poor
# model is an unfinished one. In the middle is a plateau. On top the steps were so long that the weights jump about.
# And compare the two panels at a rate of 0.01 with weak regularisation: the training pictures are known distinctly
# better than the validation pictures. That is *overfitting*: the weights have begun to learn single pictures by
# heart.
#
# The top right corner is curious. How can a machine be that much *worse than guessing*? There the regularisation
# alone changes $W$ in each step to $W - 0.1 \cdot 2 \cdot 10\, W = -W$. Every step turns all the templates into their
# negatives, and 300 is an even number. (Try 301.)
#
# We take the best pair by the validation panel. Cells often differ by less than the luck of the draw (with 2000
# validation pictures, about one percent up or down), so don't fall in love with the last digit. And there is something
# to gain: towards the end, long steps only throw the weights about. So after 300 steps we go on for 300 more with a
# tenth of the rate. Your `train` continues from the weights that are there, so that is simply a second call. (After steps
# of 0.01 it gains a few percent. After steps of 0.001, which are short already, it changes little.)
#
# (The map of softmax looks much alike; `heat_maps(search(Softmax, 300), "Softmax")` draws it. We take 0.01 for both of
# its settings.)

# %%
i, j = np.unravel_index(np.argmax(found[1]), found[1].shape)
print(f"best by validation: learning rate {rates[i]:g}, reg {strengths[j]:g}, with {found[1, i, j]:.1%}")

best_svm, best_softmax = LinearSVM(), Softmax()
for name, classifier, rate, strength in (
    ("SVM", best_svm, rates[i], strengths[j]),
    ("softmax", best_softmax, 1e-2, 1e-2),
):
    classifier.train(X_train, y_train, rate, strength, num_iters=300)
    classifier.train(X_train, y_train, rate / 10, strength, num_iters=300)
    print(
        f"{name:8} training {accuracy(classifier, X_train, y_train):.1%}   "
        f"validation {accuracy(classifier, X_val, y_val):.1%}   test {accuracy(classifier, X_test, y_test):.1%}"
    )

# %% [markdown]
# That was the one look at the test pictures. Three and a half times better than guessing, and some way below the
# nearest neighbours' 43 percent. But count what is kept: they keep 5000 pictures, 15 million numbers, and go through
# all of them for each question. Here it is 30,730 numbers, and an answer is one product.
#
# ## 7. Meet the templates
#
# Each column of $W$, without its last number (the bias), is as large as a picture. So look at it as one. Grey is a
# weight of 0. A red spot says: *red here speaks for my class*; a dark spot says: *the darker here, the better*. These
# are the weights of the first run, in part 5:

# %%
plots.weight_templates(
    svm.W[:-1], images.x_train.shape[1:], images.classes, title="Weak regularisation (reg = 0.01)"
)

# %% [markdown]
# Colours can be made out, under a lot of noise. Now the same machine with a stronger taste for small weights:

# %%
strict_svm = LinearSVM()
strict_svm.train(X_train, y_train, learning_rate=1e-3, reg=3.0, num_iters=600)
print(
    f"training {accuracy(strict_svm, X_train, y_train):.1%}   validation {accuracy(strict_svm, X_val, y_val):.1%}"
)
plots.weight_templates(
    strict_svm.W[:-1], images.x_train.shape[1:], images.classes, title="Strong regularisation (reg = 3)"
)

# %% [markdown]
# There they are! The retina is red all over, the rocket has a blue sky above it, coffee has an orange rim around
# something darker, bricks have the upright lines of their joints. The training pictures are known much less well than in part 5,
# the validation pictures by a few percent only: most of what the regularisation has taken away was learned by heart.
#
# And look at grass and gravel. Grass has no template. A blade may stand anywhere, and a weight is tied to its pixel;
# averaged over all blades, there remains a fine noise on blue-grey. *One* picture for a class is all this machine can
# have. Who is taken for whom?

# %%
plots.confusion_matrix(y_test, best_svm.predict(X_test), images.classes)

# %% [markdown]
# Compare it with your guesses from part 1 of the last notebook. Colours are known, and textures are confused with
# each other. A dark rocket is taken for galaxies, because the night sky is what galaxies are made of.
#
# ## 8. What no line can do
#
# A class may come in several shapes: cats that look to the left and cats that look to the right, red cars and blue
# ones. What does your machine do with that? In two dimensions we can watch it. Here are three questions with two
# classes each. The third column is the 1, and the learner is your own `Softmax`.

# %%
rng = np.random.default_rng(1)
points = rng.uniform(-2, 2, size=(300, 2))
points = points[np.abs(points).min(axis=1) > 0.1]
distance = np.hypot(*points.T)
centres = np.array([[-1.3, 0.0], [1.2, 1.2], [1.0, -1.3]])
nearest_centre = np.min(np.hypot(*(points[:, np.newaxis] - centres).transpose(2, 0, 1)), axis=1)
questions = {
    "Opposite quadrants": (points[:, 0] * points[:, 1] > 0).astype(int),
    "A ring": ((distance > 0.9) & (distance < 1.6)).astype(int),
    "Three islands": (nearest_centre < 0.65).astype(int),
}

grid = np.linspace(-2, 2, 120)
everywhere = np.stack([*np.meshgrid(grid, grid), np.ones((120, 120))], axis=-1).reshape(-1, 3)

figure = new_figure(11, 5.6)
panels = figure.subplots(1, 3, sharey=True)
for panel, (title, labels) in zip(panels, questions.items(), strict=True):
    with_ones = np.hstack([points, np.ones((len(points), 1))])
    classifier = Softmax()
    classifier.train(with_ones, labels, learning_rate=0.3, reg=1e-4, num_iters=500)
    regions = classifier.predict(everywhere).reshape(120, 120)
    panel.contourf(grid, grid, regions, levels=[-0.5, 0.5, 1.5], colors=["#0072B2", "#E69F00"], alpha=0.25)
    for label, color, marker in ((0, "#0072B2", "o"), (1, "#E69F00", "s")):
        panel.plot(
            *points[labels == label].T,
            marker,
            color=color,
            markeredgecolor="black",
            markersize=5,
            label=f"class {label}",
        )
    share, guess = accuracy(classifier, with_ones, labels), max(np.mean(labels), 1 - np.mean(labels))
    panel.set(title=f"{title}\n{share:.0%} correct, blind guess {guess:.0%}", xlabel="Pixel 1 (no unit)")
    panel.set_aspect("equal")
panels[0].set_ylabel("Pixel 2 (no unit)")
figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
figure.suptitle("The best that your softmax classifier finds", fontweight="bold")
figure

# %% [markdown]
# Nothing is wrong with the training: there *is* no line that does much better. Of the quadrants, a line can at least cut off one
# corner. To a ring and to scattered islands it has so little to say that the best it finds is to call (nearly)
# everything blue. More data will not help, nor another loss, nor more steps.
#
# But there is a way out that leaves the machine as it is. Give it something else to look at.
#
# ### 8.1 One more column (1 point)
#
# Take the first question, the opposite quadrants. You may append **one** more column to `X`, computed from the two
# pixels $x_1$ and $x_2$ of each point. With one of these, a linear classifier names every point correctly. With
# which?
#
# - `"a"`: the sum, $x_1 + x_2$
# - `"b"`: the product, $x_1 x_2$
# - `"c"`: the difference, $x_1 - x_2$
# - `"d"`: the distance from the middle, $\sqrt{x_1^2 + x_2^2}$

# %% solution="answer_which_column"
answer_which_column = ...  # replace the dots by "a", "b", "c" or "d"
### BEGIN SOLUTION
answer_which_column = "b"
# The product is positive in two opposite quadrants and negative in the others: its weight alone, with one sign for each
# class, names every point. The sum and the difference (a, c) are what a linear classifier computes already, and the
# distance (d) is the same for (1, 1) and (1, -1), which belong to different classes.
### END SOLUTION

# %% grades="answer_which_column"
check("answer_which_column")

# %% [markdown]
# Hold on to this idea, for it is the idea of everything that follows. A linear classifier on *good columns* can do
# what a linear classifier on pixels can't. People spent decades designing such columns for pictures, and you will
# build some in the notebook on features. Neural networks *learn* the columns, with the very same losses, gradients
# and steps that you have written here.
#
# ## 9. In your own words (3 points)
#
# Go back to the heat map of part 6 and to the templates of part 7.
#
# 1. Cleo looks at the row of the smallest learning rate only. All its cells are alike, and she concludes: "For these
#    pictures, regularisation makes no difference." What is wrong with that?
# 2. Why do the templates become smoother when the regularisation is stronger? Use the taste of L2 from part 3.2, and
#    what you know about neighbouring pixels.
# 3. Dev has photographs of cars, always from the side. In half of them the car drives to the left, in the other half
#    to the right. What will the template of his class "car" look like, and why is there no $W$ that gives each half a
#    template of its own? Name one remedy.
#
# Three to five sentences are enough.

# %% [markdown] manual="question_reading_maps" points=3
# <!-- BEGIN SOLUTION -->
# In that row the training is unfinished. The steps are so short that after 300 of them the weights are still tiny, so
# the penalty on them is next to nothing, and it has had no time to act. Whether regularisation matters can only be
# seen where the training has arrived, in the rows of 0.001 and 0.01, or after many more steps. There the columns
# differ.
#
# L2 prefers to spread a score over many small weights instead of a few large ones. Neighbouring pixels show nearly
# the same, so a score can be spread over them without changing it: they end up with similar weights, which looks
# smooth. Weights that jump from pixel to pixel fit details of single training pictures; they need to be large to
# matter, and that has become too expensive.
#
# The template will be a car with two fronts, about symmetric, an average of both halves. There is one column for each
# class, and so one template: both halves are multiplied by the same numbers. Remedies: make two classes of it and
# join them after the prediction; columns that don't depend on the direction (features); or a network with a hidden
# layer, which can hold several templates and add them up.
# <!-- END SOLUTION -->
# ### BEGIN MARK SCHEME
# 1 point: the training has not converged there (steps too short, weights still near their tiny first values, penalty
#   about 0), so that row can't tell; look at a row that has arrived, or train longer. Half a point for "the learning
#   rate is too small" without what it means for reg.
# 1 point: L2 spreads the weight, and neighbouring pixels are nearly equal, so that they share it. Half a point for
#   only one of the two, or for "less overfitting" with the remark that noise in the template is learned from single
#   pictures.
# 1 point: a mixture of both (two fronts, blurred, symmetric), because there is one column a class, with a remedy that
#   works (two classes, features, a hidden layer, nearest neighbours). Half a point without the remedy. No point for
#   the remedies "more pictures", "mirror the pictures" or "train longer".
# ### END MARK SCHEME

# %% [markdown]
# ## Hand in
#
# Change `False` to `True`, save the notebook, and run the cell. It packs your notebooks into one archive and shows a
# receipt. You may hand in as often as you like before the date: no attempt is lost.

# %%
HAND_IN = False

if HAND_IN:
    submit("a1")
