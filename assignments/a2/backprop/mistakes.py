"""Wrong solutions of this notebook, each with a hint for the learner, and right ones written differently.

The solution is the notebook's own: gates and sweeps need the `Value` that it defines.
"""

from pathlib import Path

import numpy as np

from autograder.mistakes import Catalogue
from cs_lib.check.definitions import define
from cs_lib.check.files import read_cells
from cs_lib.layers.activations import relu_backward, relu_forward
from cs_lib.layers.affine import affine_backward, affine_forward
from cs_lib.losses import softmax_loss

MULTIPLY, DIVIDE, MAXIMUM = "multiply_backward", "divide_backward", "maximum_backward"
ORDER, SWEEP, SUM, MATMUL = "topological_order", "backward", "sum_to_shape", "matmul_backward"
FORWARD, BACKWARD, NET = "softsign_forward", "softsign_backward", "FullyConnectedNet"
ANSWERS = ("answer_overwritten_gradient", "answer_jacobian_size", "answer_sigmoid_chain")
GRADED = (MULTIPLY, DIVIDE, MAXIMUM, ORDER, SWEEP, SUM, MATMUL, FORWARD, BACKWARD, NET, *ANSWERS)

solution = define(read_cells(Path(__file__).with_name("notebook.py")), GRADED).namespace
topological_order = solution[ORDER]

catalogue = Catalogue({name: solution[name] for name in (*GRADED, "Value", "apply")})
mistake, right, wrong_answer = catalogue.mistake, catalogue.right, catalogue.wrong_answer


def named(name, function):
    """The function under another name."""
    function.__name__ = name
    return function


def mistakes(function, table):
    """Register a table of mistakes: name -> (hint, implementation)."""
    for name, (hint, implementation) in table.items():
        mistake(function, hint)(named(name, np.errstate(all="ignore")(implementation)))


def rights(function, table):
    """Register a table of right variants: name -> implementation."""
    for name, implementation in table.items():
        right(function)(named(name, implementation))


# --- gates

LOCAL_ONLY = "These are the local gradients. What becomes of them when 5 comes from upstream, not 1?"
ONE_ONLY = "Both inputs can be changed: return a gradient for each, two of them."
NUMBERS_ONLY = "This is for single numbers. An array has no single answer to `if`: write one formula for all."
SCRIBBLES = "You write into the arrays that you are given. They belong to the caller: make new ones."


def scale_in_place(dout, out, x, y):
    dx = dout * y
    x *= dout
    return dx, x


mistakes(
    MULTIPLY,
    {
        "multiply_not_swapped": (
            "Each input gets a gradient with itself in it. If y is 5, by how much does x * y change with x?",
            lambda dout, out, x, y: (dout * x, dout * y),
        ),
        "multiply_local_only": (LOCAL_ONLY, lambda dout, out, x, y: (y, x)),
        "multiply_like_add": (
            "That is the add gate: it distributes. Multiplying by 5 makes changes five times larger.",
            lambda dout, out, x, y: (dout, dout),
        ),
        "multiply_adds_upstream": (
            "Upstream and local gradient are to be multiplied by the chain rule, not added.",
            lambda dout, out, x, y: (dout + y, dout + x),
        ),
        "multiply_passes_the_output": (
            "You multiply upstream by the gate's output. The local "
            "gradient of x * y for x is only the other factor.",
            lambda dout, out, x, y: (dout * out, dout * out),
        ),
        "multiply_one_gradient": (ONE_ONLY, lambda dout, out, x, y: dout * y),
        "multiply_divides_the_output": (
            "out / x is y, but not where x is 0. You have y at hand.",
            lambda dout, out, x, y: (dout * np.divide(out, x), dout * np.divide(out, y)),
        ),
        "multiply_product_rule_added_up": (
            "The two terms of the product rule belong to two inputs: don't add them up.",
            lambda dout, out, x, y: (dout * (x + y), dout * (x + y)),
        ),
        "multiply_second_without_upstream": (
            "One of your two gradients has lost the upstream gradient.",
            lambda dout, out, x, y: (dout * y, x),
        ),
        "multiply_negative": (
            "The signs are wrong: a positive factor passes the upstream gradient with its own sign.",
            lambda dout, out, x, y: (-dout * y, -dout * x),
        ),
        "multiply_by_matrix_product": (
            "With arrays the gate multiplies element by element. np.dot adds things up.",
            lambda dout, out, x, y: (np.dot(dout, y), np.dot(dout, x)),
        ),
        "multiply_absolute": (
            "Inputs may be negative, and then their signs count.",
            lambda dout, out, x, y: (dout * np.abs(y), dout * np.abs(x)),
        ),
        "multiply_scribbles": (SCRIBBLES, scale_in_place),
    },
)
rights(
    MULTIPLY,
    {
        "multiply_as_a_list": lambda dout, out, x, y: [y * dout, x * dout],
        "multiply_by_numpy": lambda dout, out, x, y: (np.multiply(dout, y), np.multiply(x, dout)),
        "multiply_by_einsum": lambda dout, out, x, y: (
            np.einsum("...,...->...", dout, y),
            np.einsum("...,...->...", dout, x),
        ),
    },
)

mistakes(
    DIVIDE,
    {
        "divide_sign": (
            "A larger y makes x / y smaller when x / y is positive: which sign has the gradient of y?",
            lambda dout, out, x, y: (dout / y, dout * x / y**2),
        ),
        "divide_y_not_squared": (
            "The derivative of 1 / y falls with the square of y. Which power do you have?",
            lambda dout, out, x, y: (dout / y, -dout * x / y),
        ),
        "divide_forgets_x": (
            "That is right for 1 / y. What does a numerator of 6 do to it?",
            lambda dout, out, x, y: (dout / y, -dout / y**2),
        ),
        "divide_local_only": (LOCAL_ONLY, lambda dout, out, x, y: (1 / y, -x / y**2)),
        "divide_like_multiply": (
            "That is how a multiply gate swaps. x is divided by y here: what is the slope of x / 5?",
            lambda dout, out, x, y: (dout * y, dout * x),
        ),
        "divide_gradients_exchanged": (
            "The two gradients have changed places: first that of x, then that of y.",
            lambda dout, out, x, y: (-dout * x / y**2, dout / y),
        ),
        "divide_one_gradient": (ONE_ONLY, lambda dout, out, x, y: dout / y),
        "divide_roles_exchanged": (
            "You differentiate y / x. The gate divides x by y.",
            lambda dout, out, x, y: (-dout * y / np.square(x), np.divide(dout, x)),
        ),
        "divide_squares_everything": (
            "The whole of x / y is squared, but only y is squared in its derivative.",
            lambda dout, out, x, y: (dout / y, -dout * (x / y) ** 2),
        ),
        "divide_second_without_upstream": (
            "One of your two gradients has lost the upstream gradient.",
            lambda dout, out, x, y: (dout / y, -x / y**2),
        ),
        "divide_squares_the_upstream": (
            "Upstream occurs once in each gradient. Is it inside the square by accident?",
            lambda dout, out, x, y: (dout / y, -x * (dout / y) ** 2),
        ),
        "divide_whole_numbers": (
            "// drops what is behind the decimal point: divide with /.",
            lambda dout, out, x, y: (dout // y, -dout * x // y**2),
        ),
        "divide_by_way_of_x": (
            "You divide by x somewhere, and x may be 0.",
            lambda dout, out, x, y: (dout * np.divide(out, x), -dout * x / y**2),
        ),
    },
)
rights(
    DIVIDE,
    {
        "divide_with_output": lambda dout, out, x, y: (dout / y, -dout * out / y),
        "divide_by_powers": lambda dout, out, x, y: [dout * y**-1.0, -x * dout * y**-2.0],
        "divide_step_by_step": lambda dout, out, x, y: (dout / y, -(dout / y) * (x / y)),
    },
)


def maximum_by_if(dout, out, x, y):
    if x > y:
        return dout, 0.0 * dout
    return 0.0 * dout, dout


mistakes(
    MAXIMUM,
    {
        "maximum_to_both": (
            "Both inputs get the gradient. If the smaller one wiggles a little, does the result change?",
            lambda dout, out, x, y: (dout, dout),
        ),
        "maximum_to_the_smaller": (
            "The gradient goes to the smaller input, which did not make it to the output.",
            lambda dout, out, x, y: (dout * (x < y), dout * (x > y)),
        ),
        "maximum_shared": (
            "Half to each is fair, but the output depends on one of the two alone.",
            lambda dout, out, x, y: (dout / 2, dout / 2),
        ),
        "maximum_passes_the_value": (
            "The winner gets the upstream gradient, not its own value: the local gradient is 1.",
            lambda dout, out, x, y: (out * (x > y), out * (x < y)),
        ),
        "maximum_times_the_value": (
            "The winner's gradient is multiplied by its value. max(x, y) = x has the slope 1, whatever x is.",
            lambda dout, out, x, y: (dout * out * (x > y), dout * out * (x < y)),
        ),
        "maximum_like_relu": (
            "You compare x with 0, as a ReLU does. Here it has to be larger than y.",
            lambda dout, out, x, y: (dout * (x > 0), dout * (y > 0)),
        ),
        "maximum_of_absolute_values": (
            "You compare sizes without signs: -7 is smaller than -2.",
            lambda dout, out, x, y: (dout * (np.abs(x) > np.abs(y)), dout * (np.abs(x) < np.abs(y))),
        ),
        "maximum_local_only": (
            "The local gradients are 1 and 0. Now let the upstream gradient in.",
            lambda dout, out, x, y: (1.0 * (x > y), 1.0 * (y > x)),
        ),
        "maximum_by_if": (NUMBERS_ONLY, maximum_by_if),
        "maximum_of_upstream": (
            "Who wins is decided by the inputs, on the way forwards, "
            "not by the sign of the upstream gradient.",
            lambda dout, out, x, y: (dout * (dout > 0), dout * (dout < 0)),
        ),
        "maximum_one_gradient": (ONE_ONLY, lambda dout, out, x, y: dout * (x > y)),
        "maximum_always_x": (
            "x gets everything, even where y is larger.",
            lambda dout, out, x, y: (dout, 0.0 * dout),
        ),
        "maximum_of_the_whole_array": (
            "One largest element gets its gradient, and all others "
            "nothing: the gate compares x and y element by element.",
            lambda dout, out, x, y: (
                dout * (x == max(np.max(x), np.max(y))),
                dout * (y == max(np.max(x), np.max(y))),
            ),
        ),
    },
)
rights(
    MAXIMUM,
    {
        "maximum_by_where": lambda dout, out, x, y: (np.where(x >= y, dout, 0), np.where(x < y, dout, 0)),
        "maximum_by_the_output": lambda dout, out, x, y: (dout * (x == out), dout * (y == out)),
        "maximum_by_difference": lambda dout, out, x, y: [
            dout * (0.5 + 0.5 * np.sign(x - y)),
            dout * (0.5 - 0.5 * np.sign(x - y)),
        ],
    },
)


# --- the order


def depth_first(value, children=lambda node: node.inputs, key=id, before=False, keep=lambda node: True):
    """A depth-first search with a knob for each thing that can go wrong."""
    order, seen = [], set()

    def visit(node):
        if key(node) in seen:
            return
        seen.add(key(node))
        if before and keep(node):
            order.append(node)
        for source in children(node):
            visit(source)
        if not before and keep(node):
            order.append(node)

    visit(value)
    return order


def level_by_level(value):
    """Values by their smallest distance from the result, nearest first."""
    order = [value]
    for node in order:
        order += [source for source in dict.fromkeys(node.inputs) if source not in order]
    return order


def order_with_repeats(value):
    if len(value.inputs) == 0:
        return [value]
    return [node for source in value.inputs for node in order_with_repeats(source)] + [value]


def order_remembers_forever(value, seen=[]):  # noqa: B006 (that is the mistake)
    if value in seen:
        return []
    seen.append(value)
    return [node for source in value.inputs for node in order_remembers_forever(source)] + [value]


def order_names_only_once(value):
    return depth_first(value, key=lambda node: node.name or id(node))


NO_REPEATS = "Some values are listed several times. What tells you that a value has been listed before?"
mistakes(
    ORDER,
    {
        "order_value_first": (
            "A value is listed before its inputs. First visit the inputs, and then list the value.",
            lambda value: depth_first(value, before=True),
        ),
        "order_with_repeats": (NO_REPEATS, order_with_repeats),
        "order_by_levels": (
            "You go by the shortest way to the result. A value that is "
            "used both early and late comes too late then.",
            lambda value: level_by_level(value)[::-1],
        ),
        "order_by_levels_not_reversed": (
            "The result comes first in your list. It should be the last.",
            level_by_level,
        ),
        "order_reversed_preorder": (
            "Turning round a list that was made value first is not enough: "
            "where ways meet again, an input still comes after its user.",
            lambda value: depth_first(value, before=True)[::-1],
        ),
        "order_without_given_values": (
            "Values that were given are missing. They have gradients too, and theirs are the ones we want.",
            lambda value: depth_first(value, keep=lambda node: node.inputs),
        ),
        "order_without_itself": (
            "The value itself is missing: it is the last of its own order.",
            lambda value: depth_first(value)[:-1],
        ),
        "order_of_different_numbers": (
            "Two different values may hold the same number: compare the values themselves, not their data.",
            lambda value: depth_first(value, key=lambda node: node.data),
        ),
        "order_of_different_names": (
            "Two different values may have the same name: compare the values themselves.",
            order_names_only_once,
        ),
        "order_of_first_inputs": (
            "Only the first input of each value is followed. Is there a return inside the loop?",
            lambda value: depth_first(value, children=lambda node: node.inputs[:1]),
        ),
        "order_one_level_deep": (
            "The inputs of the inputs are missing: visiting an input "
            "means the same work again, one level deeper.",
            lambda value: [*dict.fromkeys(value.inputs), value],
        ),
        "order_remembers_forever": (
            "The second call does not find what the first has seen. "
            "Does `seen` live longer than one call, as a default argument or a global?",
            order_remembers_forever,
        ),
        "order_as_a_set": (
            "A set has no order. Keep one to look things up, and a list for the result.",
            lambda value: set(depth_first(value)),
        ),
        "order_of_numbers": (
            "You list the numbers (data). Asked for are the values themselves.",
            lambda value: [node.data for node in depth_first(value)],
        ),
        "order_backwards": (
            "Your list runs from the result to the inputs. That is the way "
            "the sweep goes; the order is the other way round.",
            lambda value: depth_first(value)[::-1],
        ),
        "order_nothing": (
            "Nothing comes back: does the outer function return the list?",
            lambda value: depth_first(value) and None,
        ),
    },
)


def order_with_a_stack(value):
    order, seen, stack = [], set(), [(value, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((source, False) for source in node.inputs)
    return order


def order_by_depth(value):
    depth = {}

    def measure(node):
        if node not in depth:
            depth[node] = 1 + max([measure(source) for source in node.inputs], default=0)
        return depth[node]

    measure(value)
    return sorted(depth, key=depth.get)


def order_by_counting_users(value):
    nodes = depth_first(value)
    users = {node: sum(node in other.inputs for other in nodes) for node in nodes}
    ready, order = [value], []
    while ready:
        node = ready.pop(0)
        order.append(node)
        for source in dict.fromkeys(node.inputs):
            users[source] -= 1
            if users[source] == 0:
                ready.append(source)
    return tuple(reversed(order))


rights(
    ORDER,
    {
        "order_with_a_stack": order_with_a_stack,
        "order_by_depth": order_by_depth,
        "order_by_counting_users": order_by_counting_users,
        "order_second_input_first": lambda value: depth_first(value, children=lambda node: node.inputs[::-1]),
    },
)


# --- the sweep


def sweep(
    order=lambda value: topological_order(value)[::-1],
    seed=lambda value: 1.0,
    reset=lambda order: order,
    combine=lambda old, share, node: old + share,
    pairs=lambda node: zip(node.inputs, node.shares(), strict=True),
    after=lambda order: None,
):
    """A sweep with a knob for each thing that can go wrong."""

    def backward(value):
        nodes = order(value)
        for node in reset(nodes):
            node.grad = 0.0
        value.grad = seed(value)
        for node in nodes:
            if node.gate is not None:
                for source, share in pairs(node):
                    source.grad = combine(source.grad, share, node)
        after(nodes)

    return backward


def backward_asks_given_values(value):
    for node in topological_order(value):
        node.grad = 0.0
    value.grad = 1.0
    for node in reversed(topological_order(value)):
        for source, share in zip(node.inputs, node.shares(), strict=True):
            source.grad = source.grad + share


def backward_first_share_only(value):
    nodes, reached = topological_order(value), set()
    for node in nodes:
        node.grad = 0.0
    value.grad = 1.0
    for node in reversed(nodes):
        for source, share in zip(node.inputs, node.shares() if node.gate else (), strict=True):
            if source not in reached:
                source.grad = share
                reached.add(source)


def backward_at_once(value, reset=True):
    """Each share is carried on to the inputs at once, before the others have arrived."""
    for node in topological_order(value):
        node.grad = 0.0
    value.grad = 1.0

    def carry_on(node):
        for source, share in zip(node.inputs, node.shares() if node.gate else (), strict=True):
            source.grad += share
            carry_on(source)

    carry_on(value)


def clear_those_in_between(order):
    for node in order[1:]:
        if node.gate:
            node.grad = 0.0


def gates_only(value):
    return [node for node in topological_order(value)[::-1] if node.gate is not None] or [value]


NO_RESET = "The second call counts the gradients of the first as well: which values begin with 0, and when?"
ALL_ZERO = (
    "All gradients are 0. What is the gradient of the result with respect to itself? "
    "And is anything set to 0 again after it was handed its shares?"
)
OVERWRITES = (
    "A value that is used twice keeps only one of its shares. What does copying forwards mean backwards?"
)
mistakes(
    SWEEP,
    {
        "backward_overwrites": (OVERWRITES, sweep(combine=lambda old, share, node: share)),
        "backward_asks_given_values": (
            "A value that was given has no gate (its gate is None) and no shares to hand back: leave it out.",
            backward_asks_given_values,
        ),
        "backward_first_share_only": (
            "A value that is used twice keeps only the share that comes first. The others have to be added.",
            backward_first_share_only,
        ),
        "backward_without_a_seed": (
            ALL_ZERO,
            sweep(seed=lambda value: 0.0),
        ),
        "backward_from_the_data": (
            "You start from the result's own value. How much does a result change if it changes by 1?",
            sweep(seed=lambda value: value.data),
        ),
        "backward_forwards": (
            "You go through the order forwards: the inputs' turn comes before their gradients have arrived.",
            sweep(order=topological_order),
        ),
        "backward_never_resets": (NO_RESET, sweep(reset=lambda order: [])),
        "backward_resets_given_values_only": (
            "Values in between still hold the gradients of the first call: set all of the graph to 0.",
            sweep(reset=lambda order: [node for node in order if node.gate is None]),
        ),
        "backward_resets_computed_values_only": (
            "The given values still hold the gradients of the last call: set all of the graph to 0.",
            sweep(reset=lambda order: [node for node in order if node.gate is not None]),
        ),
        "backward_resets_on_the_way": (
            ALL_ZERO,
            sweep(
                pairs=lambda node: (
                    setattr(node, "grad", 0.0),
                    list(zip(node.inputs, node.shares(), strict=True)),
                )[1]
            ),
        ),
        "backward_level_by_level": (
            "A gate hands back its shares before all of its own gradient has arrived: "
            "walk in reverse topological order, not level by level.",
            sweep(order=level_by_level),
        ),
        "backward_at_once": (
            "Where ways meet, gradients are carried on several times over: let "
            "each value's turn come once, when it has all its shares.",
            backward_at_once,
        ),
        "backward_value_first_order": (
            "A gate hands back its shares before all of its own gradient has arrived: "
            "take the reverse of topological_order.",
            sweep(order=lambda value: depth_first(value, before=True)),
        ),
        "backward_shares_exchanged": (
            "The shares go to the wrong inputs: they come in the order of value.inputs.",
            sweep(pairs=lambda node: zip(node.inputs, node.shares()[::-1], strict=True)),
        ),
        "backward_first_input_only": (
            "Only the first input of each gate gets its share.",
            sweep(pairs=lambda node: [(node.inputs[0], node.shares()[0])]),
        ),
        "backward_multiplies_upstream_twice": (
            "value.shares() has the upstream gradient in it already: don't multiply by it again.",
            sweep(combine=lambda old, share, node: old + share * node.grad),
        ),
        "backward_each_input_once": (
            "x * x hands two shares to the same x, and both count.",
            sweep(pairs=lambda node: dict(zip(node.inputs, node.shares(), strict=True)).items()),
        ),
        "backward_multiplies_shares": (
            "Shares from different gates are to be added, not multiplied.",
            sweep(combine=lambda old, share, node: share if np.all(old == 0) else old * share),
        ),
        "backward_averages_shares": (
            "Shares from different gates are to be added, not averaged.",
            sweep(combine=lambda old, share, node: share if np.all(old == 0) else (old + share) / 2),
        ),
        "backward_clears_those_in_between": (
            "At the end the values in between have lost their gradients. Let them keep theirs.",
            sweep(after=clear_those_in_between),
        ),
        "backward_seed_is_added": (
            "The result's own gradient grows with each call: it is 1, whatever it was before.",
            sweep(
                seed=lambda value: value.grad + 1.0,
                reset=lambda order: order[1:],
            ),
        ),
        "backward_changes_data": (
            "Gradients belong into `grad`. You write them into `data`.",
            sweep(
                after=lambda order: [setattr(node, "data", node.grad) for node in order if node.gate is None]
            ),
        ),
        "backward_stops_at_given_values": (
            "A value that was given is a graph too, with itself as the result: its gradient is 1.",
            lambda value: sweep()(value) if value.gate else None,
        ),
        "backward_resets_no_result": (
            "The gradient of the result is not 1 after the call: is it set to 0 after it was set to 1?",
            sweep(after=lambda order: setattr(order[0], "grad", 0.0)),
        ),
    },
)


def backward_with_a_table(value):
    grads = {id(value): 1.0}
    for node in topological_order(value)[::-1]:
        node.grad = grads.get(id(node), 0.0)
        if node.inputs:
            for source, share in zip(node.inputs, node.shares(), strict=False):
                grads[id(source)] = grads.get(id(source), 0.0) + share


def backward_by_pulling(value):
    nodes = topological_order(value)
    for node in nodes:
        node.grad = np.float64(0)
    value.grad = np.float64(1)
    for node in nodes[-2::-1] if len(nodes) > 1 else []:
        for user in nodes:
            if user.gate is not None:
                node.grad = node.grad + sum(
                    share for source, share in zip(user.inputs, user.shares(), strict=True) if source is node
                )


def backward_by_while(value):
    order = order_with_a_stack(value)
    for node in order:
        node.grad = 0
    order[-1].grad = 1
    while order:
        node = order.pop()
        shares = node.shares() if node.gate is not None else []
        for i in range(len(node.inputs)):
            node.inputs[i].grad += shares[i]


rights(
    SWEEP,
    {
        "backward_with_a_table": backward_with_a_table,
        "backward_by_pulling": backward_by_pulling,
        "backward_by_while": backward_by_while,
    },
)


# --- sum_to_shape


def stretched(gradient, shape):
    """The axes that were put in front, and those that were 1 long."""
    front = gradient.ndim - len(shape)
    return tuple(range(front)), tuple(front + i for i, size in enumerate(shape) if size == 1)


def folded(fold):
    """sum_to_shape with another way to fold an axis: fold(gradient, axes, keepdims=True)."""

    def sum_to_shape(gradient, shape):
        front, ones = stretched(gradient, shape)
        return fold(gradient, axis=front + ones, keepdims=True).reshape(shape)

    return sum_to_shape


def sum_in_front_only(gradient, shape):
    return gradient.sum(axis=stretched(gradient, shape)[0])


def sum_ones_only(gradient, shape):
    ones = tuple(i for i, size in enumerate(shape[: gradient.ndim]) if size == 1)
    return gradient.sum(axis=ones, keepdims=True)


def sum_drops_axes(gradient, shape):
    front, ones = stretched(gradient, shape)
    return gradient.sum(axis=front + ones)


def sum_keeps_front(gradient, shape):
    front, ones = stretched(gradient, shape)
    return gradient.sum(axis=front + ones, keepdims=True)


def sum_behind(gradient, shape):
    behind = tuple(range(len(shape), gradient.ndim))
    gradient = gradient.sum(axis=behind)
    return gradient.sum(axis=tuple(i for i, size in enumerate(shape) if size == 1), keepdims=True)


def sum_over_first_axis(gradient, shape):
    return gradient if gradient.shape == shape else gradient.sum(axis=0).reshape(shape)


def sum_one_axis_in_front(gradient, shape):
    front, _ = stretched(gradient, shape)
    gradient = gradient.sum(axis=front[:1])
    return gradient.sum(
        axis=tuple(i for i, size in enumerate(shape) if size == 1 and i < gradient.ndim), keepdims=True
    )


def sum_one_axis_of_one(gradient, shape):
    front, ones = stretched(gradient, shape)
    return gradient.sum(axis=front + ones[:1], keepdims=True).reshape(
        gradient.shape[len(front) :] if not ones else shape
    )


def sum_two_axes_only(gradient, shape):
    if len(shape) == 1:
        return gradient.reshape(-1, gradient.shape[-1]).sum(axis=0)
    if shape[0] == 1:
        return gradient.sum(axis=0, keepdims=True)
    if shape[-1] == 1:
        return gradient.sum(axis=-1, keepdims=True)
    return gradient


def sum_scribbles(gradient, shape):
    result = folded(np.sum)(gradient, shape)
    gradient[...] = 0
    return result


mistakes(
    SUM,
    {
        "sum_takes_the_mean": (
            "You take means. Every copy was used in full, so their gradients are added up.",
            folded(np.mean),
        ),
        "sum_takes_the_maximum": (
            "You keep the largest gradient of all copies. What about the others?",
            folded(np.max),
        ),
        "sum_in_front_only": (
            "Axes in front are gone, but an axis that was 1 long is still as long as it was spread to.",
            sum_in_front_only,
        ),
        "sum_ones_only": (
            "Axes that were 1 long are summed, but those that were put in front are still there.",
            sum_ones_only,
        ),
        "sum_drops_axes": (
            "An axis that was 1 long has disappeared. It has to stay: what does keepdims do?",
            sum_drops_axes,
        ),
        "sum_keeps_front": (
            "Axes that were put in front stay behind, 1 long. The result has exactly the given shape.",
            sum_keeps_front,
        ),
        "sum_behind": (
            "You sum the last axes away. NumPy puts new axes in front.",
            sum_behind,
        ),
        "sum_everything": (
            "You add up everything. Only the axes along which was copied are to be summed.",
            lambda gradient, shape: np.full(shape, gradient.sum()),
        ),
        "sum_takes_the_first_copy": (
            "You keep the gradient of the first copy only. They all count.",
            folded(
                lambda gradient, axis, keepdims: gradient[
                    tuple(slice(0, 1) if i in axis else slice(None) for i in range(gradient.ndim))
                ]
            ),
        ),
        "sum_over_first_axis": (
            "You always sum over axis 0. Compare the two shapes, from the right: where do they differ?",
            sum_over_first_axis,
        ),
        "sum_nothing": (
            "The gradient comes back with the shape that it came with.",
            lambda gradient, shape: gradient,
        ),
        "sum_one_axis_in_front": (
            "One axis in front is summed, but there may be several.",
            sum_one_axis_in_front,
        ),
        "sum_two_axes_only": (
            "This works for tables with rows and columns, but there may be more "
            "axes, and the axis of length 1 may be in the middle.",
            sum_two_axes_only,
        ),
        "sum_scribbles": (SCRIBBLES, sum_scribbles),
        "sum_resized": (
            "Cutting or filling up to the shape throws gradients away. Add them up.",
            lambda gradient, shape: np.resize(gradient, shape),
        ),
    },
)


def sum_by_loops(gradient, shape):
    result = np.zeros(shape, dtype=gradient.dtype)
    padded = (1,) * (gradient.ndim - len(shape)) + tuple(shape)
    view = result.reshape(padded)
    for index in np.ndindex(gradient.shape):
        view[tuple(i if size > 1 else 0 for i, size in zip(index, padded, strict=True))] += gradient[index]
    return result


def sum_axis_by_axis(gradient, shape):
    while gradient.ndim > len(shape):
        gradient = gradient.sum(axis=0)
    for axis, size in enumerate(shape):
        if gradient.shape[axis] != size:
            gradient = gradient.sum(axis=axis, keepdims=True)
    return gradient


rights(
    SUM, {"sum_by_fold": folded(np.sum), "sum_by_loops": sum_by_loops, "sum_axis_by_axis": sum_axis_by_axis}
)


# --- the matrix product

SHAPES = "The shapes don't fit, or only by luck: dx has the shape of x, (N, D), and dw that of w, (D, M)."


def matmul_scribbles(dout, out, x, w):
    dx, dw = dout @ w.T, x.T @ dout
    dout *= 0
    return dx, dw


mistakes(
    MATMUL,
    {
        "matmul_w_not_transposed": (
            "dx: each x takes part in a row of y, with the weights of a "
            "row of w. Which of the two needs transposing?",
            lambda dout, out, x, w: (dout @ w, x.T @ dout),
        ),
        "matmul_x_not_transposed": (
            "dw: each weight takes part in a column of y, once for each "
            "example. Which of the two needs transposing?",
            lambda dout, out, x, w: (dout @ w.T, x @ dout),
        ),
        "matmul_dw_transposed": (
            "dw is transposed: it has to have the shape of w.",
            lambda dout, out, x, w: (dout @ w.T, dout.T @ x),
        ),
        "matmul_dx_transposed": (
            "dx is transposed: it has to have the shape of x.",
            lambda dout, out, x, w: (w @ dout.T, x.T @ dout),
        ),
        "matmul_exchanged": (
            "The two gradients have changed places: first that of x, then that of w.",
            lambda dout, out, x, w: (x.T @ dout, dout @ w.T),
        ),
        "matmul_local_only": (
            "The upstream gradient does not occur in your result.",
            lambda dout, out, x, w: (np.ones_like(dout) @ w.T, x.T @ np.ones_like(dout)),
        ),
        "matmul_dw_averaged": (
            "dw is a sum over the examples. Don't divide by their number: if "
            "there is a mean in the loss, it is in dout already.",
            lambda dout, out, x, w: (dout @ w.T, x.T @ dout / len(x)),
        ),
        "matmul_like_multiply": (
            "You multiply as the multiply gate does, element by "
            "element. Every output here is a sum over D products.",
            lambda dout, out, x, w: (dout * w, x * dout),
        ),
        "matmul_with_output": (
            "You use the output in place of the upstream gradient. It does not occur in the result at all.",
            lambda dout, out, x, w: (out @ w.T, x.T @ out),
        ),
        "matmul_one_gradient": (ONE_ONLY, lambda dout, out, x, w: dout @ w.T),
        "matmul_weights_squared": (
            "One of the products is taken twice: dx is a product of dout and w, and nothing more.",
            lambda dout, out, x, w: (dout @ w.T @ w @ w.T, x.T @ dout),
        ),
        "matmul_dw_of_first_example": (
            "dw counts one example only. Each weight was used once for each of the N examples.",
            lambda dout, out, x, w: (dout @ w.T, np.outer(x[0], dout[0])),
        ),
        "matmul_scribbles": (SCRIBBLES, matmul_scribbles),
        "matmul_negative": (
            "The sign is wrong. A gradient points uphill; subtracting it is the business of whoever trains.",
            lambda dout, out, x, w: (-dout @ w.T, -x.T @ dout),
        ),
    },
)
rights(
    MATMUL,
    {
        "matmul_by_einsum": lambda dout, out, x, w: (
            np.einsum("nm,dm->nd", dout, w),
            np.einsum("nd,nm->dm", x, dout),
        ),
        "matmul_by_dot": lambda dout, out, x, w: [np.dot(dout, np.transpose(w)), np.dot(dout.T, x).T],
        "matmul_by_outer_products": lambda dout, out, x, w: (
            np.array([[row @ weights for weights in w] for row in dout]),
            sum(np.outer(a, d) for a, d in zip(x, dout, strict=True)),
        ),
    },
)


# --- softsign


def in_place(x):
    x /= 1 + np.abs(x)
    return x, x.copy()


mistakes(
    FORWARD,
    {
        "softsign_without_absolute": (
            "For negative x the denominator is 1 + |x|, not 1 + x: what happens at -1?",
            lambda x: (np.divide(x, 1 + x + 1e-300), x),
        ),
        "softsign_precedence": (
            "x / 1 + |x| divides by 1 first. Parentheses.",
            lambda x: (x / 1 + np.abs(x), x),
        ),
        "softsign_absolute_everywhere": (
            "The result has lost its sign: only the x below is taken without it.",
            lambda x: (np.abs(x) / (1 + np.abs(x)), x),
        ),
        "softsign_is_tanh": ("That is tanh, a cousin. Softsign needs no exp.", lambda x: (np.tanh(x), x)),
        "softsign_squared": (
            "The denominator is 1 + |x|. You square the x in it.",
            lambda x: (x / (1 + x**2), x),
        ),
        "softsign_root": (
            "The denominator is 1 + |x|, without a root.",
            lambda x: (x / np.sqrt(1 + x**2), x),
        ),
        "softsign_without_cache": (
            "The way back needs something as well: return two things, (out, cache).",
            lambda x: x / (1 + np.abs(x)),
        ),
        "softsign_exchanged": (
            "out comes first, the cache second.",
            lambda x: (x, x / (1 + np.abs(x))),
        ),
        "softsign_one_sum": (
            "Each element has its own denominator. You add up all of them.",
            lambda x: (x / (1 + np.sum(np.abs(x))), x),
        ),
        "softsign_without_one": (
            "x / |x| is the sign of x: the 1 below makes it soft, and saves you at 0.",
            lambda x: (x / np.maximum(np.abs(x), 1e-12), x),
        ),
        "softsign_in_place": (SCRIBBLES, in_place),
        "softsign_slope": (
            "That is the slope already. Forwards, the function itself is asked for.",
            lambda x: (1 / (1 + np.abs(x)) ** 2, x),
        ),
    },
)
rights(
    FORWARD,
    {
        "softsign_by_where": lambda x: (np.where(x > 0, x / (1 + np.abs(x)), x / (1 + np.abs(x))), (x,)),
        "softsign_by_sign": lambda x: (np.sign(x) * (1 - 1 / (1 + np.abs(x))), {"x": x}),
        "softsign_by_root": lambda x: [x / (1.0 + (x**2) ** 0.5), [x, x.shape]],
        "softsign_in_float32": lambda x: (
            x.astype(np.float32) / (1 + np.abs(x.astype(np.float32))),
            x,
        ),
    },
)


def dout_in_place(dout, x):
    dout /= (1 + np.abs(x)) ** 2
    return dout


mistakes(
    BACKWARD,
    {
        "softsign_backward_of_out": (
            "You put out where x belongs. Keep x in the cache, or write the slope with "
            "out: it is (1 - |out|)^2.",
            lambda dout, x: dout / (1 + np.abs(x / (1 + np.abs(x)))) ** 2,
        ),
        "softsign_backward_not_squared": (
            "By the quotient rule the denominator is squared.",
            lambda dout, x: dout / (1 + np.abs(x)),
        ),
        "softsign_backward_local_only": (
            "That is the local gradient. What about the upstream one, dout?",
            lambda dout, x: 1 / (1 + np.abs(x)) ** 2,
        ),
        "softsign_backward_without_absolute": (
            "Wrong for negative x only: the derivative is the same for x and -x.",
            lambda dout, x: dout / (1 + x) ** 2,
        ),
        "softsign_backward_signed": (
            "The slope is positive on both sides: softsign always "
            "rises. Where does your sign of x come from?",
            lambda dout, x: dout * np.where(x < 0, -1.0, 1.0) / (1 + np.abs(x)) ** 2,
        ),
        "softsign_backward_lost_at_zero": (
            "Right, but for x = 0: there the slope is 1, and your "
            "formula has the sign of x (which is 0) as a factor.",
            lambda dout, x: dout * np.abs(np.sign(x)) / (1 + np.abs(x)) ** 2,
        ),
        "softsign_backward_of_tanh": (
            "1 - out^2 is the slope of tanh.",
            lambda dout, x: dout * (1 - (x / (1 + np.abs(x))) ** 2),
        ),
        "softsign_backward_of_sigmoid": (
            "out (1 - out) is the slope of the sigmoid.",
            lambda dout, x: dout * x / (1 + np.abs(x)) * (1 - x / (1 + np.abs(x))),
        ),
        "softsign_backward_plus": (
            "Parentheses: the 1 belongs to what is squared.",
            lambda dout, x: dout / (1 + np.abs(x) ** 2),
        ),
        "softsign_backward_function_itself": (
            "You multiply by the function, not by its derivative.",
            lambda dout, x: dout * x / (1 + np.abs(x)),
        ),
        "softsign_backward_relu": (
            "That is a ReLU's way back. Softsign passes gradients on the left side too.",
            lambda dout, x: dout * (x > 0),
        ),
        "softsign_backward_negative": (
            "The sign is wrong: softsign rises everywhere.",
            lambda dout, x: -dout / (1 + np.abs(x)) ** 2,
        ),
        "softsign_backward_numerically": (
            "Your differences lose their digits where x is large: derive a formula.",
            lambda dout, x: (
                dout * ((x + 1e-3) / (1 + np.abs(x + 1e-3)) - (x - 1e-3) / (1 + np.abs(x - 1e-3))) / 2e-3
            ),
        ),
        "softsign_backward_in_place": (
            "dout belongs to the caller: make a new array.",
            dout_in_place,
        ),
    },
)
rights(
    BACKWARD,
    {
        "softsign_backward_by_output": lambda dout, x: dout * (1 - np.abs(x / (1 + np.abs(x)))) ** 2,
        "softsign_backward_by_square": lambda dout, x: np.multiply(dout, np.square(1 / (1 + np.abs(x)))),
        "softsign_backward_by_quotient_rule": lambda dout, x: (
            dout * ((1 + np.abs(x)) - x * np.sign(x)) / (1 + np.abs(x)) ** 2
        ),
    },
)


# --- the net


def make_net(
    sizes=lambda inputs, hidden, classes: [inputs, *hidden, classes],
    weights=lambda rng, shape, scale: scale * rng.standard_normal(shape),
    biases=np.zeros,
    kind=lambda dtype: dtype,
    keys=lambda i: (f"W{i}", f"b{i}"),
    rectified=lambda i, last: i < last,
    masked=None,
    bias=lambda b, i: b,
    keep_last_bias=True,
    finish=lambda scores: scores,
    loss_of=softmax_loss,
    regularised=lambda i, last: True,
    in_gradient=None,
    penalty=0.5,
    pull=1.0,
    on_biases=False,
    relu_back=relu_backward,
    affine_back=affine_backward,
    grads_of=lambda grads: grads,
    result=lambda loss, grads: (loss, grads),
    given_labels_first=False,
):
    """A net with a knob for each thing that can go wrong, or be done differently."""
    masked = masked or rectified
    in_gradient = in_gradient or regularised

    class Net:
        def __init__(self, hidden_dims, input_dim=3072, num_classes=10, reg=0.0, weight_scale=1e-2,
                     dtype=np.float32, seed=None, **ignored):  # fmt: skip
            self.reg, self.dtype, self.num_layers = reg, dtype, len(hidden_dims) + 1
            self.params, rng = {}, np.random.default_rng(seed)
            widths = sizes(input_dim, hidden_dims, num_classes)
            for i in range(1, self.num_layers + 1):
                W, b = keys(i)
                self.params[W] = weights(rng, (widths[i - 1], widths[i]), weight_scale).astype(kind(dtype))
                self.params[b] = biases(widths[i]).astype(kind(dtype))

        def loss(self, X, y=None):
            last, p = self.num_layers, self.params
            out, caches = X.astype(self.dtype), []
            for i in range(1, last + 1):
                W, b = keys(i)
                out, cache = affine_forward(out, p[W], bias(p[b], i) * (keep_last_bias or i < last))
                caches.append([cache, out])
                if rectified(i, last):
                    out, caches[-1][1] = relu_forward(out)
            out = finish(out)
            if y is None:
                return out
            value, dout = loss_of(out, y)
            grads = {}
            for i in range(last, 0, -1):
                W, b = keys(i)
                if masked(i, last):
                    dout = relu_back(dout, caches[i - 1][1])
                dout, grads[W], grads[b] = affine_back(dout, caches[i - 1][0])
                if regularised(i, last):
                    value += penalty * self.reg * np.sum(p[W] ** 2)
                if in_gradient(i, last):
                    grads[W] = grads[W] + pull * self.reg * p[W]
                if on_biases:
                    value += 0.5 * self.reg * np.sum(p[b] ** 2)
                    grads[b] = grads[b] + self.reg * p[b]
            return result(value, grads_of(grads))

    return Net


def probabilities(scores):
    """The softmax of each row."""
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def loss_without_shift(scores, y):
    with np.errstate(all="ignore"):
        p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(y)), y]).mean()
    p[np.arange(len(y)), y] -= 1
    return loss, p / len(y)


def loss_of_softmax_twice(scores, y):
    return softmax_loss(probabilities(scores), y)


def loss_summed(scores, y):
    loss, dscores = softmax_loss(scores, y)
    return loss * len(y), dscores * len(y)


def without_biases(grads):
    return {name: gradient for name, gradient in grads.items() if name.startswith("W")}


def column_biases(grads):
    return {
        name: gradient if name.startswith("W") else gradient[np.newaxis] for name, gradient in grads.items()
    }


def mean_biases(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx, dw, db / len(dout)


def mask_of_the_gradient(dout, cache):
    return dout * (dout > 0)


class NetThatKeepsItsFirstWeights(make_net()):
    """Uses the parameters that it was born with."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.first = self.params

    def loss(self, X, y=None):
        self.params = self.first
        return super().loss(X, y)


class NetThatNeedsLabels(make_net()):
    """Computes the loss before it looks whether there are labels."""

    def loss(self, X, y=None):
        scores = super().loss(X)
        softmax_loss(scores, np.asarray(y, dtype=int))
        return scores if y is None else super().loss(X, y)


class NetThatUpdates(make_net()):
    """Trains while it should only tell the gradient."""

    def loss(self, X, y=None):
        got = super().loss(X, y)
        if y is not None:
            self.params = {name: array - 1e-2 * got[1][name] for name, array in self.params.items()}
        return got


class NetWithInPlaceDecay(make_net()):
    """Changes the weights in the loss."""

    def loss(self, X, y=None):
        got = super().loss(X, y)
        for name, array in self.params.items():
            if y is not None and name.startswith("W"):
                array *= 1 - self.reg
        return got


class NetOfOneHiddenLayer:
    """W1, b1, W2, b2, whatever hidden_dims says."""

    def __init__(self, hidden_dims, input_dim=3072, num_classes=10, **options):
        self.net = make_net()(hidden_dims[:1], input_dim, num_classes, **options)
        self.params = self.net.params

    def loss(self, X, y=None):
        self.net.params = {name: self.params[name] for name in ("W1", "b1", "W2", "b2")}
        return self.net.loss(X, y)


def widths_of_the_first(inputs, hidden, classes):
    return [inputs, *([hidden[0]] * len(hidden) if hidden else []), classes]


WEIGHTS = (  # the weights being random, no values tell these mistakes apart: it is the hint of the test
    "Weights are drawn from a normal distribution around 0 with the deviation weight_scale: "
    "no variance, no range, and the same one for every layer."
)
KEYS = "The keys are W1, b1, W2, b2, ...: with a capital W, and counted from 1."
LAST_W = "The last weight matrix is regularised as well, in the loss and in its gradient."
FEW_W = "Not every weight matrix is in the penalty: which i does your sum run over?"


nets = {
    "net_relu_on_scores": (
        "The scores come out of a ReLU: the last affine layer has none after it.",
        make_net(rectified=lambda i, last: True),
    ),
    "net_relu_on_scores_forwards_only": (
        "The scores come out of a ReLU: the last affine layer has none after it.",
        make_net(rectified=lambda i, last: True, masked=lambda i, last: i < last),
    ),
    "net_last_w_not_regularised": (LAST_W, make_net(regularised=lambda i, last: i < last)),
    "net_only_last_w_regularised": (FEW_W, make_net(regularised=lambda i, last: i == last)),
    "net_only_first_w_regularised": (FEW_W, make_net(regularised=lambda i, last: i == 1)),
    "net_penalty_counts_last_w_only": (
        FEW_W + " In the gradients they all are.",
        make_net(regularised=lambda i, last: i == last, in_gradient=lambda i, last: True),
    ),
    "net_last_w_pulled_by_nothing": (
        "The loss is right, but the gradient of the last weight matrix lacks its regularisation.",
        make_net(in_gradient=lambda i, last: i < last),
    ),
    "net_regularises_biases": (
        "Biases are not regularised, only weights.",
        make_net(on_biases=True),
    ),
    "net_penalty_without_half": (
        "The penalty has a factor of 0.5 here.",
        make_net(penalty=1.0),
    ),
    "net_penalty_without_half_anywhere": (
        "Your penalty is reg * sum W^2. Here there is a factor of 0.5, which changes loss and gradient.",
        make_net(penalty=1.0, pull=2.0),
    ),
    "net_gradient_of_penalty_doubled": (
        "With the 0.5 in the loss, the derivative of 0.5 * reg * W^2 has no factor 2.",
        make_net(pull=2.0),
    ),
    "net_gradient_of_penalty_halved": (
        "The 0.5 belongs to the loss; what does the derivative of W^2 do to it?",
        make_net(pull=0.5),
    ),
    "net_penalty_missing_in_gradients": (
        "The penalty is in the loss, but not in the gradients.",
        make_net(pull=0.0),
    ),
    "net_penalty_missing_in_loss": (
        "The penalty is in the gradients, but not in the loss.",
        make_net(penalty=0.0),
    ),
    "net_ignores_reg": ("reg changes nothing: where do you use it?", make_net(penalty=0.0, pull=0.0)),
    "net_scores_after_softmax": (
        "Without labels, scores are asked for as they are, not probabilities.",
        make_net(finish=probabilities, loss_of=lambda p, y: softmax_loss(np.log(p + 1e-300), y)),
    ),
    "net_softmax_twice": (
        "The softmax is taken twice: softmax_loss does it for you.",
        make_net(loss_of=loss_of_softmax_twice),
    ),
    "net_softmax_overflows": (
        "Large scores overflow in exp. softmax_loss, which is given, takes care of that.",
        make_net(loss_of=loss_without_shift),
    ),
    "net_loss_summed": (
        "The loss and its gradients are sums over the examples. softmax_loss has the mean.",
        make_net(loss_of=loss_summed),
    ),
    "net_hidden_gradient_not_masked": (
        "On the way back a ReLU lets pass only what it let pass on "
        "the way forwards: relu_backward is missing.",
        make_net(masked=lambda i, last: False, rectified=lambda i, last: i < last),
    ),
    "net_masks_the_last_layer": (
        "The way back begins with a ReLU that is not there on the way forwards.",
        make_net(masked=lambda i, last: True, rectified=lambda i, last: i < last),
    ),
    "net_mask_of_the_gradient": (
        "Your mask is made of the gradient. What passed is decided by the values on the way forwards.",
        make_net(relu_back=mask_of_the_gradient),
    ),
    "net_only_first_layer_rectified": (
        "Only the first hidden layer has its ReLU: every hidden layer needs one.",
        make_net(rectified=lambda i, last: i == 1 and last > 1),
    ),
    "net_without_relu": (
        "There is no ReLU anywhere, so the net is linear.",
        make_net(rectified=lambda i, last: False),
    ),
    "net_without_first_bias": (
        "The bias of the first layer takes no part.",
        make_net(bias=lambda b, i: 0 * b if i == 1 else b),
    ),
    "net_without_last_bias": (
        "The bias of the last layer takes no part.",
        make_net(keep_last_bias=False),
    ),
    "net_grads_without_biases": ("grads lacks the biases.", make_net(grads_of=without_biases)),
    "net_bias_gradients_as_rows": (
        "The gradient of a bias has the shape of the bias, (numbers out,).",
        make_net(grads_of=column_biases),
    ),
    "net_bias_gradients_averaged": (
        "The bias gradients are averaged over the examples a second time: the mean is in the loss already.",
        make_net(affine_back=mean_biases),
    ),
    "net_returns_loss_only": (
        "With labels, two things are to be returned: the loss and the gradients.",
        make_net(result=lambda loss, grads: loss),
    ),
    "net_returns_grads_first": (
        "First the loss, then the gradients.",
        make_net(result=lambda loss, grads: (grads, loss)),
    ),
    "net_counts_from_zero": (
        KEYS,
        make_net(keys=lambda i: (f"W{i - 1}", f"b{i - 1}")),
    ),
    "net_lower_case": (
        KEYS,
        make_net(keys=lambda i: (f"w{i}", f"b{i}")),
    ),
    "net_transposed_weights": (
        "A weight matrix has the shape (numbers in, numbers out).",
        make_net(weights=lambda rng, shape, scale: scale * rng.standard_normal(shape[::-1])),
    ),
    "net_weights_all_equal": (
        WEIGHTS,
        make_net(weights=lambda rng, shape, scale: np.full(shape, scale)),
    ),
    "net_weights_zero": (
        WEIGHTS,
        make_net(weights=lambda rng, shape, scale: np.zeros(shape)),
    ),
    "net_ignores_weight_scale": (
        WEIGHTS,
        make_net(weights=lambda rng, shape, scale: 1e-2 * rng.standard_normal(shape)),
    ),
    "net_xavier": (
        WEIGHTS,
        make_net(weights=lambda rng, shape, scale: rng.standard_normal(shape) / np.sqrt(shape[0])),
    ),
    "net_weight_scale_as_variance": (
        WEIGHTS,
        make_net(weights=lambda rng, shape, scale: np.sqrt(scale) * rng.standard_normal(shape)),
    ),
    "net_uniform_weights": (
        WEIGHTS,
        make_net(weights=lambda rng, shape, scale: scale * np.sqrt(12) * (rng.random(shape) - 0.5)),
    ),
    "net_positive_weights": (
        WEIGHTS,
        make_net(weights=lambda rng, shape, scale: scale * rng.random(shape)),
    ),
    "net_random_biases": (
        "Biases are 0 at the start.",
        make_net(biases=lambda size: 1e-2 * np.random.default_rng(0).standard_normal(size)),
    ),
    "net_ignores_dtype": (
        "The parameters are float64, which is NumPy's habit. Bring them to dtype.",
        make_net(kind=lambda dtype: np.float64),
    ),
    "net_always_float32": (
        "The parameters are float32 even if another dtype is asked for.",
        make_net(kind=lambda dtype: np.float32),
    ),
    "net_ten_classes": (
        "There are always ten classes. How many there are, num_classes says.",
        make_net(sizes=lambda inputs, hidden, classes: [inputs, *hidden, 10]),
    ),
    "net_all_as_wide_as_the_first": (
        "All hidden layers are as wide as the first one. Each has its own width in hidden_dims.",
        make_net(sizes=widths_of_the_first),
    ),
    "net_keeps_its_first_weights": (
        "New parameters that are put into self.params change nothing: read them from there at every call.",
        NetThatKeepsItsFirstWeights,
    ),
    "net_needs_labels": (
        "Without labels there is no loss: return the scores before you look at y.",
        NetThatNeedsLabels,
    ),
    "net_updates_its_weights": (
        "After a call the parameters are others. `loss` only tells "
        "the gradient; whoever calls it takes the step.",
        NetThatUpdates,
    ),
    "net_decays_in_place": (
        "The weights shrink with each call of loss: don't change self.params in there.",
        NetWithInPlaceDecay,
    ),
}
nets["net_one_hidden_layer"] = (
    "This works for one hidden layer. hidden_dims may be longer, or empty: loop over the layers.",
    NetOfOneHiddenLayer,
)


def register(decorator, name, net):
    """Register a net under a name of its own; to tests its objects look like a learner's."""
    decorator(named(name, net))
    net.__name__ = NET


for name, (hint, net) in nets.items():
    register(mistake(NET, hint), name, net)


class NetOfRecursion:
    """One layer, and the rest of the net after it."""

    def __init__(self, hidden_dims, input_dim=3072, num_classes=10, dropout_keep_ratio=1, normalization=None,
                 reg=0.0, weight_scale=1e-2, dtype=np.float32, seed=None):  # fmt: skip
        random = np.random.RandomState(seed)
        self.reg, self.dtype = reg, dtype
        dims = np.hstack([input_dim, hidden_dims, num_classes]).astype(int)
        self.params = {}
        for i in range(len(dims) - 1):
            self.params[f"b{i + 1}"] = np.zeros(dims[i + 1])
            self.params[f"W{i + 1}"] = random.normal(0, weight_scale, (dims[i], dims[i + 1]))
        self.params = {k: v.astype(dtype) for k, v in self.params.items()}

    def loss(self, X, y=None):
        grads, scores = {}, self.rest(X.astype(self.dtype), y, 1, {})
        return scores if y is None else (self.rest(X.astype(self.dtype), y, 1, grads)[0], grads)

    def rest(self, x, y, i, grads):
        W, b = self.params[f"W{i}"], self.params[f"b{i}"]
        flat = x.reshape(x.shape[0], -1)
        out = flat.dot(W) + b
        last = f"W{i + 1}" not in self.params
        if y is None:
            return out if last else self.rest(np.maximum(out, 0), y, i + 1, grads)
        loss, dout = softmax_loss(out, y) if last else self.rest(np.maximum(out, 0), y, i + 1, grads)
        dout = dout if last else dout * (out > 0)
        grads[f"W{i}"], grads[f"b{i}"] = flat.T.dot(dout) + self.reg * W, dout.sum(0)
        return loss + 0.5 * self.reg * (W**2).sum(), dout.dot(W.T)


register(right(NET), "net_with_knobs", make_net())
register(right(NET), "net_of_recursion", NetOfRecursion)
register(
    right(NET),
    "net_returns_a_list",
    make_net(
        weights=lambda rng, shape, scale: rng.normal(0.0, scale, size=shape),
        relu_back=lambda dout, cache: np.where(cache >= 0, dout, 0),
        result=lambda loss, grads: [np.float64(loss), dict(sorted(grads.items()))],
    ),
)
register(
    right(NET),
    "net_gradients_in_float32",
    make_net(grads_of=lambda grads: {name: array.astype(np.float32) for name, array in grads.items()}),
)


# --- the questions

for answer, hint in {
    "a": "x goes into the same gate twice, so two shares arrive at it.",
    "c": "x goes into two gates, so two shares arrive at it.",
    "d": "e goes into two gates, so two shares arrive at it.",
}.items():
    wrong_answer("answer_overwritten_gradient", answer, hint)
wrong_answer("answer_jacobian_size", 128 * 512, "That is how many outputs there are.")
wrong_answer(
    "answer_jacobian_size", 512 * 1024, "That is one example. All 128 examples are in the same array."
)
wrong_answer(
    "answer_jacobian_size", 128 * 512 * 1024, "Outputs of one example by inputs of another count as well."
)
wrong_answer("answer_jacobian_size", 4 * 128 * 512 * 128 * 1024, "Asked for are numbers, not bytes.")
wrong_answer("answer_sigmoid_chain", 0.25**10, "That is right for weights of 1. What do weights of 2 do?")
wrong_answer("answer_sigmoid_chain", 2.0**10, "Each sigmoid passes a part only, at most a quarter.")
wrong_answer("answer_sigmoid_chain", 0.5, "That is one neuron. Ten of them multiply.")
wrong_answer("answer_sigmoid_chain", 2 * 0.25**10, "Each of the ten neurons multiplies by its weight.")
