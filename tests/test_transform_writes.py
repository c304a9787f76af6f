"""Writing in place inside grad, jvp and vmap: the same values and derivatives as outside."""

import pytest

import wengert as torch
from wengert.func import grad, jet, jvp, vjp, vmap


def f64(*values):
    return torch.tensor(list(values), dtype=torch.float64)


def write_an_element(a):
    b = a * 1
    b[0] = a[1] * 2
    return b.sum()


def write_everything(a):
    b = a * 2
    b.mul_(a)
    return b.sum()


def add_to_an_element(a):
    b = a * 2
    b[0] += a[1]
    return (b * b).sum()


def write_through_a_view(a):
    b = a * 2
    b[0:2].mul_(a[1:])
    return (b * b).sum()


def write_under_a_view(a):
    b = a * 2
    view = b[0:2]
    b.mul_(a)
    return (view * view).sum()


def write_a_constant(a):
    b = a * 2
    b.zero_()
    return (b + a).sum()


def write_through_a_view_of_a_view(a):
    b = torch.outer(a, a)
    b.t()[1:][0].mul_(a)
    return (b * b).sum()


def write_by_a_mask(a):
    b = a * 2
    b[torch.tensor([True, False, True])] = a[:2]
    return (b * b).sum()


WRITES = [
    write_through_a_view_of_a_view,
    write_by_a_mask,
    write_an_element,
    write_everything,
    add_to_an_element,
    write_through_a_view,
    write_under_a_view,
    write_a_constant,
]


@pytest.mark.parametrize("function", WRITES)
def test_a_write_in_a_transform_is_what_it_is_outside(function):
    x = f64(1.0, 2.0, 3.0)
    recorded = x.clone().requires_grad_()
    value = function(recorded)
    value.backward()
    gradient = recorded.grad.tolist()
    assert grad(function)(x).tolist() == gradient
    assert [jvp(function, (x,), (e,))[1].item() for e in torch.eye(3, dtype=torch.float64)] == gradient
    assert vmap(grad(function))(torch.stack([x, x]))[1].tolist() == gradient
    assert vjp(function, x)[0].item() == value.item()
    assert vmap(function)(torch.stack([x, x])).tolist() == [value.item()] * 2


def test_a_write_to_a_detach_in_a_nested_transform_is_refused():
    with pytest.raises(RuntimeError, match=r"detach\(\) of a value of the transform is written in place\nTry: "):
        vmap(grad(lambda a: (a.detach().mul_(3) + a).sum()))(torch.ones(2, 3))


def test_a_write_to_a_detach_in_a_gradient_is_what_it_is_outside():
    x = f64(1.0, 2.0)
    assert grad(lambda a: (a.detach().mul_(3) + a).sum())(x).tolist() == [1.0, 1.0]
    assert x.tolist() == [3.0, 6.0]


def test_a_write_to_the_base_shows_in_its_detach():
    def function(a):
        b = a * 2
        cut = b.detach()
        b.mul_(a)
        return (cut * a).sum()

    assert grad(function)(f64(1.0, 2.0)).tolist() == [2.0, 8.0]


def fill_a_buffer(a):
    buffer = torch.zeros(3, dtype=a.dtype)
    buffer[0] = a[1] * 2
    buffer[1:] = a[1:] ** 2
    buffer += a
    return (buffer * buffer).sum()


def fill_a_number(a):
    total = torch.zeros((), dtype=a.dtype)
    for x in a:
        total += x * x
    return total


@pytest.mark.parametrize("function", [fill_a_buffer, fill_a_number])
def test_a_tensor_made_inside_takes_values_of_the_transforms_around_it(function):
    x = f64(1.0, 2.0, 3.0)
    recorded = x.clone().requires_grad_()
    function(recorded).backward()
    gradient = recorded.grad.tolist()
    assert grad(function)(x).tolist() == gradient
    assert vmap(grad(function))(torch.stack([x, x]))[1].tolist() == gradient
    assert grad(lambda a: vmap(function)(torch.stack([a, a])).sum())(x).tolist() == [2 * g for g in gradient]
    assert [jvp(function, (x,), (e,))[1].item() for e in torch.eye(3, dtype=torch.float64)] == gradient


def test_a_tensor_from_outside_is_not_taken_in():
    outside = torch.zeros(3)
    with pytest.raises(RuntimeError, match="vmap: a value of this transform is written into a tensor that does not"):
        vmap(outside.add_)(torch.ones(2, 3))
    assert type(outside) is torch.Tensor
    assert outside.tolist() == [0, 0, 0]


UNRECORDED = {
    "grad": lambda f, x, v: (grad(lambda y: f(y).sum())(x) * v).sum(),
    "vmap of grad": lambda f, x, v: (vmap(grad(lambda y: f(y).sum()))(torch.stack([x, x * 2]))[0] * v).sum(),
    "jvp": lambda f, x, v: jvp(f, (x,), (v,))[1].sum(),
    "jet": lambda f, x, v: jet(f, (x,), ((v,),))[1][0].sum(),
}


@pytest.mark.parametrize("name", UNRECORDED)
def test_what_is_written_unrecorded_keeps_its_derivative(name):
    def function(x):
        y = x * 2
        part = y[:1]
        with torch.no_grad():
            y.mul_(x)
            part.add_(1)
        return y * y

    x, v = torch.tensor([1.0, 2.0]), torch.tensor([0.5, -1.0])
    leaf = x.clone().requires_grad_()
    function(leaf).sum().backward()
    want = (leaf.grad * v).sum()
    assert UNRECORDED[name](function, x, v).item() == want.item()


WRITTEN = {
    "grad": lambda f, x: grad(lambda y: f(y * 1))(x),
    "vmap of grad": lambda f, x: vmap(grad(lambda y: f(y * 1)))(torch.stack([x, x * 2]))[0],
    "jvp": lambda f, x: torch.stack([jvp(lambda y: f(y * 1), (x,), (e.reshape(2, 3),))[1] for e in torch.eye(6)]),
    "compile": lambda f, x: compiled_gradient(torch.compile(f), x),
}


def compiled_gradient(f, x):
    leaf = x.clone().requires_grad_()
    for _ in range(4):
        leaf.grad = None
        f(leaf * 1).backward()
    return leaf.grad


@pytest.mark.parametrize("name", WRITTEN)
def test_a_write_to_a_copy_that_reshape_or_contiguous_made_reaches_nothing_else(name):
    def function(x):
        turned = x.t().contiguous()
        turned.add_(1)
        flat = x.t().reshape(-1)
        flat.mul_(2)
        itself = x.contiguous()
        itself.mul_(3)
        x.reshape(3, 2)[0].add_(1)
        return (x * x).sum() + turned.sum() + flat.sum()

    x = torch.arange(6.0).reshape(2, 3)
    leaf = x.clone().requires_grad_()
    function(leaf * 1).backward()
    assert WRITTEN[name](function, x).reshape(2, 3).tolist() == leaf.grad.tolist()
