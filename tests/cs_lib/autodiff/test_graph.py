"""The chain rule through a graph of values: the lectures' numbers, and whole expressions against torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cs_lib.autodiff import Gate, Value, apply, maximum, topological_order
from cs_lib.losses import softmax_loss


def test_lecture_f_is_minus_12_with_gradients_minus_4_and_minus_4_and_3():
    x, y, z = Value(-2), Value(5), Value(-4)
    f = (x + y) * z
    f.backward()
    assert f.data == -12
    assert (x.grad, y.grad, z.grad) == (-4, -4, 3)


@pytest.fixture
def neuron():
    """The lecture's inputs: w0, x0, w1, x1, w2."""
    return [Value(number) for number in (2, -1, -3, -2, -3)]


def test_lecture_sigmoid_neuron_gives_0_73_with_its_gradients(neuron):
    w0, x0, w1, x1, w2 = neuron
    total = w0 * x0 + w1 * x1 + w2
    f = 1 / (1 + (-total).exp())
    f.backward()
    assert round(float(f.data), 2) == 0.73
    assert round(float(total.grad), 1) == 0.2
    assert [round(float(value.grad), 2) for value in neuron] == [-0.20, 0.39, -0.39, -0.59, 0.20]


def test_lecture_the_sigmoid_as_one_gate_has_the_slope_of_its_parts_which_is_0_2(neuron):
    w0, x0, w1, x1, w2 = neuron
    total = w0 * x0 + w1 * x1 + w2
    assert total.data == 1
    total.sigmoid().backward()
    y = 1 / (1 + np.exp(-1))
    assert float(total.grad) == pytest.approx(y * (1 - y))
    assert round(float(total.grad), 1) == 0.2


def test_lecture_flat_backprop_of_the_neuron_gives_what_the_graph_gives(neuron):
    w0, x0, w1, x1, w2 = (float(value.data) for value in neuron)
    f = 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))
    d_total = (1 - f) * f
    by_hand = [d_total * x0, d_total * w0, d_total * x1, d_total * w1, d_total]
    graph = (neuron[0] * neuron[1] + neuron[2] * neuron[3] + neuron[4]).sigmoid()
    graph.backward()
    np.testing.assert_allclose([value.grad for value in neuron], by_hand)


def test_lecture_an_add_gate_distributes_the_gradient():
    x, y = Value(3), Value(4)
    (x + y).backward(np.array(2.0))
    assert (x.grad, y.grad) == (2, 2)


def test_lecture_a_multiply_gate_swaps_its_inputs():
    x, y = Value(2), Value(3)
    (x * y).backward(np.array(5.0))
    assert (x.grad, y.grad) == (15, 10)


def test_lecture_a_copy_adds_the_gradients_of_its_uses():
    x = Value(7)
    (4 * x + 2 * x).backward()
    assert x.grad == 6


def test_lecture_a_max_gate_routes_the_gradient():
    x, y = Value(4), Value(5)
    maximum(x, y).backward(np.array(9.0))
    assert (x.grad, y.grad) == (0, 9)


def test_a_tie_of_the_max_gate_goes_to_the_first():
    x, y = Value(4), Value(4)
    maximum(x, y).backward()
    assert (x.grad, y.grad) == (1, 0)


def test_lecture_relu_of_a_vector_passes_4_and_0_and_5_and_0():
    x = Value(np.array([1.0, -2, 3, -1]))
    x.relu().backward(np.array([4.0, -1, 5, 9]))
    np.testing.assert_array_equal(x.grad, [4, 0, 5, 0])


def test_lecture_the_jacobian_of_a_matrix_product_would_need_256_gigabytes():
    N, D, M = 64, 4096, 4096
    bytes_of_float32 = 4 * (N * M) * (N * D)
    assert bytes_of_float32 / 2**30 == 256


def two_layers(X, W1, b1, W2, b2, relu, exp, log):
    hidden = relu(X @ W1 + b1)
    scores = hidden @ W2 + b2
    p = exp(scores) / exp(scores).sum(1, True)
    return -log(p[range(4), [0, 2, 1, 0]]).sum() / 4 + 0.1 * (W1**2).sum() + (W2 * W2).mean()


def test_a_two_layer_net_written_once_has_torchs_gradients():
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(shape) for shape in [(4, 5), (5, 6), (6,), (6, 3), (3,)]]
    values = [Value(array) for array in arrays]
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    loss = two_layers(*values, Value.relu, Value.exp, Value.log)
    expected = two_layers(*tensors, torch.relu, torch.exp, torch.log)
    loss.backward()
    expected.backward()
    assert float(loss.data) == pytest.approx(expected.item())
    for value, tensor in zip(values, tensors, strict=True):
        np.testing.assert_allclose(value.grad, tensor.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_arrays_and_numbers_may_stand_on_either_side():
    x = Value(np.array([1.0, 2.0]))
    y = np.array([3.0, 4.0]) * x - 1 + (2 - x) / np.float64(2) + np.eye(2) @ x
    y.backward(np.ones(2))
    np.testing.assert_allclose(y.data, [3.5, 9.0])
    np.testing.assert_allclose(x.grad, [3.5, 4.5])


def test_plain_numbers_do_not_make_float32_float64():
    x = Value(np.float32([1, 2]))
    assert ((2 * x + 1) / 3 - 0.5).data.dtype == np.float32


def test_a_gate_of_ones_own_takes_part():
    def backward(d, out, scores, labels):
        return (d * softmax_loss(scores, labels)[1],)

    cross_entropy = Gate("softmax loss({})", lambda s, labels: np.array(softmax_loss(s, labels)[0]), backward)
    scores, labels = Value(np.array([[3.2, 5.1, -1.7]])), np.array([0])
    (2 * apply(cross_entropy, scores, labels=labels)).backward()
    np.testing.assert_allclose(scores.grad, 2 * softmax_loss(scores.data, labels)[1])


def test_every_value_comes_after_its_inputs_and_once():
    x = Value(1)
    y = x * x
    z = y + x * y
    order = topological_order(z)
    assert len(order) == len({id(value) for value in order}) == 4
    assert order[0] is x
    assert order[-1] is z
    position = {id(value): i for i, value in enumerate(order)}
    assert all(position[id(source)] < position[id(value)] for value in order for source in value.inputs)


def test_a_graph_may_be_deeper_than_pythons_recursion_limit():
    x = Value(0.5)
    y = x
    for _ in range(5000):
        y = y + x
    y.backward()
    assert x.grad == 5001


def test_a_second_backward_pass_replaces_the_gradients_of_the_first():
    x = Value(3)
    y = x**2
    y.backward()
    y.backward()
    assert x.grad == 6


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Value(np.ones(3)).backward(), ValueError, r"has shape \(3,\): give upstream"),
        (lambda: Value(np.ones(3)).backward(np.ones((3, 1))), ValueError, r"upstream has shape \(3, 1\)"),
        (lambda: Value(np.ones(3)) + np.ones(4), ValueError, r"'{} \+ {}' can't take \(3,\) and \(4,\)"),
        (lambda: Value(np.ones(3)) @ np.ones((2, 2)), ValueError, r"'{} @ {}' can't take"),
        (lambda: Value("a", "x"), TypeError, "x holds <U1, expected real numbers"),
        (lambda: Value(1j), TypeError, "holds complex128"),
        (lambda: Value(2) ** Value(3), TypeError, "the exponent is a Value, expected a number"),
        (lambda: apply("cosine", Value(1)), ValueError, "gate is 'cosine', expected one of 'add', 'sub'"),
    ],
)
def test_bad_input_is_refused_with_a_reason(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_value_shows_its_name_and_numbers():
    assert repr(Value(np.array([1.0, 2.5]), "x")) == "Value(x, [1.  2.5])"
    assert repr(Value(2)) == "Value(2.)"
