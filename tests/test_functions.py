"""autograd.Function inside of transforms, in every nesting, against the same function without one."""

import pytest

import wengert as torch
from wengert.func import grad, jvp, value_and_grad, vjp, vmap
from wengert.graph import stage


class Cube(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x):
        return x**3

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x**2 * g

    @staticmethod
    def jvp(ctx, dx):
        (x,) = ctx.saved_tensors
        return 3 * x**2 * dx


class Both(torch.autograd.Function):
    """The product and the quotient; saves an output too."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x, y):
        return x * y, x / y

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, y = inputs
        ctx.save_for_backward(x, y, output[1])
        ctx.save_for_forward(x, y, output[1])

    @staticmethod
    def backward(ctx, g, h):
        x, y, ratio = ctx.saved_tensors
        return g * y + h / y, g * x - h * ratio / y

    @staticmethod
    def jvp(ctx, dx, dy):
        x, y, ratio = ctx.saved_tensors
        return dx * y + x * dy, dx / y - ratio * dy / y


def cube(x):
    return x**3


def both(x, y):
    return x * y, x / y


X = torch.tensor([0.5, -1.5, 2.0], dtype=torch.float64)
Y = torch.tensor([1.5, 0.7, -0.4], dtype=torch.float64)


def close(left, right):
    if isinstance(left, tuple):
        return all(close(a, b) for a, b in zip(left, right, strict=True))
    return torch.allclose(left, right, rtol=1e-12, atol=1e-12)


def of_one(f):
    """Programs over a function of one argument."""
    return {
        "grad": lambda: grad(lambda x: f(x).sum())(X),
        "grad of grad": lambda: vmap(grad(grad(f)))(X),
        "third": lambda: vmap(grad(grad(grad(f))))(X),
        "jvp": lambda: jvp(f, (X,), (Y,)),
        "jvp of grad": lambda: jvp(grad(lambda x: f(x).sum()), (X,), (Y,)),
        "grad of jvp": lambda: grad(lambda x: jvp(f, (x,), (Y,))[1].sum())(X),
        "jvp of jvp": lambda: jvp(lambda x: jvp(f, (x,), (Y,))[1], (X,), (Y,)),
        "vmap": lambda: vmap(f)(X),
        "vmap of vmap": lambda: vmap(vmap(f))(X.reshape(3, 1)),
        "vmap of jvp": lambda: vmap(lambda x, t: jvp(f, (x,), (t,)))(X, Y),
        "jvp of vmap": lambda: jvp(vmap(f), (X,), (Y,)),
        "grad of vmap": lambda: grad(lambda x: vmap(f)(x).sum())(X),
        "vjp": lambda: vjp(f, X)[1](Y),
        "value and grad": lambda: value_and_grad(lambda x: f(x).sum())(X),
        "captured": lambda: grad(lambda y: (f(X) * f(y)).sum())(Y),
        "twice": lambda: grad(lambda x: f(f(x)).sum())(X),
        "recorded outside": lambda: recorded_outside(f),
    }


def of_two(f):
    """Programs over a function of two arguments and two results."""

    def total(x, y):
        p, q = f(x, y)
        return (p * q + p.sin()).sum()

    return {
        "grad of both": lambda: grad(total, argnums=(0, 1))(X, Y),
        "grad of one": lambda: grad(total, argnums=1)(X, Y),
        "hessian product": lambda: jvp(lambda x: grad(total)(x, Y), (X,), (Y,)),
        "reverse over forward": lambda: grad(lambda x: jvp(lambda t: total(t, Y), (x,), (X,))[1])(X),
        "second result alone": lambda: grad(lambda x: f(x, Y)[1].sum())(X),
        "vmap shared": lambda: vmap(f, in_dims=(0, None))(X, Y[0]),
        "vmap shared grad": lambda: grad(lambda y: vmap(total, in_dims=(0, None))(X, y).sum())(Y[0]),
        "vmap per example": lambda: vmap(grad(total, argnums=(0, 1)))(X, Y),
        "vmap axes": lambda: vmap(f, in_dims=(1, 0), out_dims=1)(torch.stack([X, Y], dim=1), torch.stack([Y, X])),
        "vjp": lambda: vjp(f, X, Y)[1]((Y, X)),
    }


def recorded_outside(f):
    w = X.clone().requires_grad_()
    slope = grad(lambda y: (f(y) * f(w)).sum())(Y)
    return torch.autograd.grad(slope.sum(), w)[0]


@pytest.mark.parametrize("name", of_one(cube))
def test_a_function_of_one_argument(name):
    assert close(of_one(Cube.apply)[name](), of_one(cube)[name]())


@pytest.mark.parametrize("name", of_two(both))
def test_a_function_of_two_arguments_and_two_results(name):
    assert close(of_two(Both.apply)[name](), of_two(both)[name]())


def test_gradcheck_of_both():
    x, y = X.clone().requires_grad_(), Y.clone().requires_grad_()
    assert torch.autograd.gradcheck(Both.apply, (x, y), check_forward_ad=True, check_batched_grad=True)
    assert torch.autograd.gradgradcheck(Both.apply, (x, y), check_fwd_over_rev=True)


def test_a_graph_holds_what_forward_does():
    graph = stage(Cube.apply)(X)
    assert "power" in str(graph)
    assert close(graph(X), cube(X))


def test_a_graph_of_the_gradient():
    graph = stage(grad(lambda x: Cube.apply(x).sum()))(X)
    assert close(graph(X), 3 * X**2)


def test_writing_to_an_input_inside_of_grad():
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x.mul_(2)

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.mark_dirty(*inputs)

        @staticmethod
        def backward(ctx, g):
            return 2 * g

    def f(x):
        y = x * 1
        z = Double.apply(y)
        return (z * y).sum()  # y is z now

    assert close(grad(f)(X), 8 * X)


def test_no_gradient_for_marked_outputs_inside_of_grad():
    class Order(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x * 2, x.detach() * 3

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.mark_non_differentiable(output[1])

        @staticmethod
        def backward(ctx, g, nothing):
            return 2 * g

    def f(x):
        a, b = Order.apply(x)
        return (a * b).sum()

    assert close(grad(f)(X), 2 * 3 * X)


def test_the_error_of_a_wrong_rule_names_it_and_the_place():
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            return 3 * ctx.saved_tensors[0] * g

    x = X.clone().requires_grad_()
    with pytest.raises(torch.errors.GradcheckError) as caught:
        torch.autograd.gradcheck(lambda x: Wrong.apply(x.sin()).exp(), x)
    text = str(caught.value)
    assert "The worst element: d output[" in text
    assert "The backward of Wrong for argument 0 disagrees with its forward" in text
    assert "test_functions.py" in text


def test_the_error_of_a_cut_says_that_every_rule_is_right():
    x = X.clone().requires_grad_()
    with pytest.raises(torch.errors.GradcheckError, match="Every operation by itself agrees"):
        torch.autograd.gradcheck(lambda x: x * x.detach(), x)


def test_a_complex_step_is_exact_and_believed_only_where_it_holds():
    x = X.clone().requires_grad_()

    class Nearly(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.sin()

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0].cos() * (1 + 1e-5)

    with pytest.raises(torch.errors.GradcheckError):  # differences alone would not see 1e-5
        torch.autograd.gradcheck(Nearly.apply, x)
    assert torch.autograd.gradcheck(lambda x: x.abs() + torch.relu(x), x)
    assert torch.autograd.gradcheck(lambda x: x * x.detach().abs() * 0 + torch.maximum(x, x * 2), x)


def test_picking_along_an_axis_takes_no_slice_of_what_fits():
    x = torch.randn(3, 4, requires_grad=True)
    picked = torch.gather(x, 1, torch.tensor([[0], [1], [2]]))
    assert picked.grad_fn.next_functions[0][0].name() == "torch::autograd::AccumulateGrad"


def test_nothing_that_is_picked_still_has_a_gradient():
    x = torch.ones(2, 3, requires_grad=True)
    torch.gather(x, 0, torch.zeros(0, dtype=torch.int64)).sum().backward()
    assert x.grad.tolist() == [[0.0] * 3] * 2
