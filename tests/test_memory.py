"""Nothing leaks: no cycles, no growth, with the collector off as well."""

import gc
import sys
import tracemalloc
import weakref
from pathlib import Path

import pytest

import wengert as torch

pytestmark = pytest.mark.usefixtures("few_objects")


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_no_class_attribute_hides_a_slot_of_tensors():
    for slot in torch.Tensor.__slots__:
        if not slot.startswith("__"):
            assert type(torch.Tensor.__dict__[slot]).__name__ == "member_descriptor", slot


def unreachable():
    """What only the collector would find, of wengert's own objects."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    gc.set_debug(0)
    found = [o for o in gc.garbage if type(o).__module__.startswith("wengert")]
    gc.garbage.clear()
    return found


def a_leaf(n=3):
    return torch.linspace(0.1, 1.0, n).requires_grad_()


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * x * g


class Exp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        out = x.exp()
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, g):
        (out,) = ctx.saved_tensors
        return out * g


def plain(x):
    (x * x).sin().sum().backward()


def never_walked(x):
    return (x * x).exp().sum()


def recorded(x):
    (x * x).sin().sum().backward(create_graph=True)


def recorded_twice(x):
    (x**3).sum().backward(create_graph=True)
    (x.grad * x).sum().backward()


def through_functions(x):
    Exp.apply(Square.apply(x)).sum().backward()


def functions_recorded(x):
    Exp.apply(Square.apply(x)).sum().backward(create_graph=True)


def functions_never_walked(x):
    return Exp.apply(Square.apply(x))


def checkpointed(x):
    torch.utils.checkpoint.checkpoint(lambda x: (x * x).exp().sum(), x).backward()


def packed(x):
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        y = (x * x).exp().sum()
    y.backward()


def written(x):
    y = x * 1
    y[1:].mul_(2)
    y.exp_()
    y.sum().backward()


def hooked(x):
    y = x * x
    y.register_hook(lambda g: g * 2)
    y.retain_grad()
    x.register_post_accumulate_grad_hook(lambda leaf: None)
    y.grad_fn.register_hook(lambda gi, go: None)
    y.sum().backward()


def detected(x):
    with torch.autograd.set_detect_anomaly(True):
        (x * x).sum().backward()


def several_outputs(x):
    a, b = torch.func.vjp(lambda x: (x * x, x.sin()), x)[0]
    (a + b).sum().backward()


def differentiated(x):
    torch.autograd.grad((x**3).sum(), x, create_graph=True)


USES = [
    plain, never_walked, recorded, recorded_twice, through_functions, functions_recorded, functions_never_walked,
    checkpointed, packed, written, hooked, detected, several_outputs, differentiated,
]  # fmt: skip


@pytest.mark.parametrize("use", USES, ids=lambda f: f.__name__)
def test_everything_goes_with_the_last_reference(use, no_collector):
    use(a_leaf())  # operations hold the namespace that used them last, another test's so far
    gc.collect()
    x = a_leaf()
    use(x)
    node, tensor = weakref.ref(x.node), weakref.ref(x)
    del x
    assert tensor() is None
    assert node() is None
    assert not unreachable()


@pytest.mark.parametrize("use", USES, ids=lambda f: f.__name__)
def test_repetition_needs_no_more_memory(use, no_collector):
    def rounds(count):
        for _ in range(count):
            x = a_leaf(10_000)
            use(x)

    rounds(20)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    rounds(50)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 500_000  # the gradients of all rounds would be 2 MB


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def square_of_sine(x):
    return (torch.sin(x) * x).sum()


def by_elements(x):
    return torch.sin(x) * x


TRANSFORMS = {
    "grad": lambda f, x: f.grad(square_of_sine)(x),
    "value_and_grad": lambda f, x: f.value_and_grad(square_of_sine)(x),
    "grad of grad": lambda f, x: f.grad(lambda x: f.grad(square_of_sine)(x).sum())(x),
    "vjp": lambda f, x: f.vjp(by_elements, x)[1](x),
    "jvp": lambda f, x: f.jvp(by_elements, (x,), (x,)),
    "linearize": lambda f, x: f.linearize(by_elements, x)[1](x),
    "vmap": lambda f, x: f.vmap(torch.sin)(x),
    "vmap of grad": lambda f, x: f.vmap(f.grad(torch.sin))(x),
    "jacrev": lambda f, x: f.jacrev(by_elements)(x),
    "jacfwd": lambda f, x: f.jacfwd(by_elements)(x),
    "hessian": lambda f, x: f.hessian(square_of_sine)(x),
    "hvp": lambda f, x: f.hvp(square_of_sine, (x,), (x,)),
    "vhp": lambda f, x: f.vhp(square_of_sine, (x,), (x,)),
    "laplacian": lambda f, x: f.laplacian(square_of_sine)(x),
    "derivative": lambda f, x: f.derivative(torch.sin, 3)(x[0]),
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_leave_nothing_to_the_collector(name, no_collector):
    x = torch.linspace(0.1, 1.0, 4)
    for _ in range(2):  # the first call fills tables
        unreachable()
        TRANSFORMS[name](torch.func, x)
    assert not unreachable()


def test_ten_thousand_training_steps_grow_by_less_than_a_megabyte(no_collector):
    x, w, b = torch.randn(8, 4), torch.randn(4, 3, requires_grad=True), torch.zeros(3, requires_grad=True)

    def step():
        loss = ((x @ w + b).tanh() ** 2).mean()
        loss.backward()
        with torch.no_grad():
            for p in (w, b):
                p.sub_(0.01 * p.grad)
                p.grad = None

    for _ in range(1000):
        step()
    before = resident()
    for _ in range(10_000):
        step()
    assert resident() - before <= 2**20


def test_a_gradient_with_a_history_is_no_cycle(no_collector):
    x = a_leaf()
    (x * x * x).sum().backward(create_graph=True)
    again = weakref.ref(x.grad)
    torch.autograd.grad(x.grad.sum(), x)
    assert x.grad.requires_grad
    del x
    assert again() is None


def test_a_leaf_outlives_its_node_and_the_other_way_round():
    x = a_leaf()
    y = x * 2
    del x
    y.sum().backward()
    leaf = y.grad_fn.next_functions[0][0].variable
    assert leaf.grad.tolist() == [2.0, 2.0, 2.0]
