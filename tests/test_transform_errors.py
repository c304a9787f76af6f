"""What grad, vjp, jvp and vmap say when they are misused."""

import pytest

import wengert as torch
from wengert.func import grad, jvp, vjp, vmap


def f64(*values):
    return torch.tensor(values[0] if len(values) == 1 else list(values), dtype=torch.float64)


def message(kind, action):
    with pytest.raises(kind) as caught:
        action()
    return str(caught.value)


ERRORS = {
    "grad of a vector": (
        RuntimeError,
        lambda: grad(lambda x: x)(f64(1.0, 2.0)),
        (
            "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with 1 dims. "
            "Maybe you wanted to use the vjp or jacrev APIs instead?\nTry: reduce the result with .sum() or .mean()."
        ),
    ),
    "grad of no tensor": (
        RuntimeError,
        lambda: grad(lambda x: "no")(1.0),
        "grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got <class 'str'>",
    ),
    "argnum that is not there": (
        RuntimeError,
        lambda: grad(lambda x: x, 2)(1.0),
        "Got argnum=2, but only 1 positional inputs\nTry: grad: choose argnums between 0 and 0.",
    ),
    "grad of integers": (
        RuntimeError,
        lambda: grad(lambda x: x)(torch.tensor(1)),
        (
            "grad: only floating point and complex inputs can be differentiated, got torch.int64\n"
            "Try: convert it with .float(), or choose other argnums."
        ),
    ),
    "grad of a string": (
        RuntimeError,
        lambda: grad(lambda x: x)("text"),
        "grad: expected a Tensor, a number or an array, got str",
    ),
    "no auxiliary": (
        RuntimeError,
        lambda: grad(lambda x: x, has_aux=True)(1.0),
        "grad_and_value(f)(*args): output of function f should be a tuple: (output, aux) if has_aux is True",
    ),
    "cotangent of another structure": (
        RuntimeError,
        lambda: vjp(lambda x: (x, x), f64(1.0))[1](f64(1.0)),
        "vjp: the cotangent has the structure *, the output has (*, *)",
    ),
    "cotangent of another shape": (
        RuntimeError,
        lambda: vjp(torch.sin, f64(1.0, 2.0))[1](f64(1.0)),
        "vjp: the cotangent has shape [], the output has [2]",
    ),
    "primals that are no tuple": (
        RuntimeError,
        lambda: jvp(torch.sin, f64(1.0), (f64(1.0),)),
        "jvp(f, primals, tangents): Expected primals to be a tuple. E.g. it should be valid to call f(*primals).",
    ),
    "tangents that are no tuple": (
        RuntimeError,
        lambda: jvp(torch.sin, (f64(1.0),), [f64(1.0)]),
        "jvp(f, primals, tangents): Expected tangents to be a tuple. E.g. it should be valid to call f(*primals).",
    ),
    "tangent of another shape": (
        RuntimeError,
        lambda: jvp(torch.sin, (f64(1.0),), (f64(1.0, 2.0),)),
        "jvp: a tangent has shape [2], its primal has []",
    ),
    "jvp of integers": (
        RuntimeError,
        lambda: jvp(torch.sin, (torch.tensor(1),), (f64(1.0),)),
        (
            "jvp: only floating point and complex inputs can be differentiated, got torch.int64\n"
            "Try: convert it with .float(), or choose other argnums."
        ),
    ),
    "tangents of another structure": (
        ValueError,
        lambda: jvp(lambda x, y: x, (f64(1.0), f64(1.0)), (f64(1.0),)),
        "the structures differ: (*, *) and (*,)",
    ),
    "nothing is mapped": (
        ValueError,
        lambda: vmap(torch.sin, in_dims=None)(f64(1.0)),
        "vmap: no input is mapped over\nTry: give some argument an in_dim.",
    ),
    "mapped over a number": (
        ValueError,
        lambda: vmap(torch.sin)(f64(1.0)),
        (
            "vmap: Got in_dim=0 for an input, but the input is of type <class 'wengert.Tensor'> with "
            "no dimension to map over"
        ),
    ),
    "batches of different sizes": (
        ValueError,
        lambda: vmap(torch.add)(f64(1.0, 2.0), f64(1.0, 2.0, 3.0)),
        (
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes [2, 3] for the "
            "mapped dimension"
        ),
    ),
    "an axis that is not there": (
        IndexError,
        lambda: vmap(torch.sin, in_dims=2)(f64(1.0, 2.0)),
        "Dimension out of range (expected to be in range of [-1, 0], but got 2)",
    ),
    "in_dims of another structure": (
        ValueError,
        lambda: vmap(torch.add, in_dims=(0, 0, 0))(f64(1.0, 2.0), f64(1.0, 2.0)),
        "(0, 0, 0) does not match the structure (*, *)",
    ),
    "no place for the batch": (
        ValueError,
        lambda: vmap(torch.sin, out_dims=None)(f64(1.0, 2.0)),
        (
            "vmap: `f` can not return a BatchedTensor when out_dim is None\n"
            "Try: give the result an out_dim; it differs over the batch."
        ),
    ),
    "backward inside": (
        RuntimeError,
        lambda: grad(grad(lambda x: (x * x).backward()))(1.0),
        "grad: backward() of a value of a transform; use wengert.func.grad",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    kind, action, words = ERRORS[name]
    assert message(kind, action) == words


@pytest.mark.parametrize(
    "use", [bool, float, int, lambda x: x.item(), lambda x: x.tolist(), lambda x: x if x > 0 else -x]
)
def test_a_value_that_differs_over_the_batch_is_not_to_be_had(use):
    said = message(RuntimeError, lambda: vmap(use)(f64(1.0, 2.0)))
    assert said.startswith("vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow")
    assert said.endswith("Try: torch.where() in place of a branch.")
