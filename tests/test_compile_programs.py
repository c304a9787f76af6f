"""Small programs with state: six calls of one compiled against six of it as it is, with all that they leave behind.

A program is made anew for each of the two, as a function and the tensors, modules and optimizers that it changes.
"""

import pickle
from typing import NamedTuple

import numpy as np
import pytest
from tests.makers import Makers

import wengert as torch
from wengert import Tensor, nn
from wengert.nn.functional import dropout
from wengert.utils.checkpoint import checkpoint

PROGRAMS = Makers()
program, runs_itself = PROGRAMS.add, PROGRAMS.not_compiled


def values(*shape, requires_grad=False):
    count = int(np.prod(shape))
    numbers = torch.arange(count, dtype=torch.float64)
    return (numbers * 0.37 + 0.2).sin().reshape(shape).requires_grad_(requires_grad)


def zeros(*shape):
    return torch.zeros(*shape, dtype=torch.float64)


# ------------------------------------------------------------------ updates and gradients


@program
def an_update_through_data():
    w = values(3, requires_grad=True)

    def step(x):
        loss = (w * x).sin().sum()
        loss.backward()
        w.data -= 0.1 * w.grad
        w.grad.data.zero_()
        return loss

    return step, [w]


@runs_itself("the .data of a tensor is replaced")
def other_data():
    w = values(3, requires_grad=True)

    def step(x):
        loss = (w * x).sum()
        loss.backward()
        w.data = w.data - 0.1 * w.grad
        w.grad = None
        return loss.detach()

    return step, [w]


@program
def a_running_mean_of_what_is_detached():
    mean, w = zeros(3), values(3, requires_grad=True)

    def step(x):
        h = w * x
        mean.mul_(0.9).add_(h.detach(), alpha=0.1)
        (h * 2).sum().backward()
        return h.detach()

    return step, [mean, w]


@program
def two_losses_of_one_graph():
    w, v = values(3, requires_grad=True), values(3, requires_grad=True)

    def step(x):
        h = w * x
        a, b = h.sin().sum(), (h * v).cos().sum()
        a.backward(retain_graph=True)
        b.backward()
        return a.detach(), b.detach()

    return step, [w, v]


@program
def two_players():
    g, d = values(3, 3, requires_grad=True), values(3, requires_grad=True)

    def step(x):
        fake = x @ g
        loss = -(fake.detach() @ d).sigmoid().log()
        g.grad = d.grad = None
        loss.backward()
        with torch.no_grad():
            d.sub_(0.1 * d.grad)
        other = (fake @ d).sigmoid()
        d.grad = None
        other.backward()
        with torch.no_grad():
            g.sub_(0.1 * g.grad)
        return loss.detach(), other.detach()

    return step, [g, d]


@program
def gradients_that_are_added_up_and_cleared():
    w = values(3, requires_grad=True)

    def step(x):
        for i in range(3):
            ((w * x) * (i + 1)).sin().sum().backward()
        grad = w.grad.clone()
        w.grad.zero_()
        return grad

    return step, [w]


@program
def a_gradient_that_is_replaced():
    w = values(3, requires_grad=True)

    def step(x):
        (w * x).sum().backward()
        w.grad = w.grad * 2

    return step, [w]


@program
def a_kept_gradient_and_a_hook():
    w = values(3, requires_grad=True)

    def step(x):
        h = w * x
        h.retain_grad()
        h.register_hook(lambda g: g * 2)
        (h * h).sum().backward()
        return h.grad

    return step, [w]


@program
def an_argument_that_becomes_a_leaf():
    def step(x):
        inner = x.detach().requires_grad_()
        (slope,) = torch.autograd.grad((inner**3).sum(), inner, create_graph=True)
        (bend,) = torch.autograd.grad(slope.sum(), inner)
        return slope.detach(), bend

    return step, []


@program
def an_argument_that_requires_grad_afterwards():
    def step(x):
        x.requires_grad_()
        (x**3).sum().backward()
        return (x * 2).sum()

    return step, []


@runs_itself("returns a leaf that it made")
def a_leaf_that_is_returned():
    def step(x):
        inner = x.detach().clone().requires_grad_()
        (inner**3).sum().backward()
        return inner

    return step, []


@runs_itself("requires_grad_() of a tensor from outside")
def a_parameter_that_is_frozen_for_a_while():
    w = values(3, requires_grad=True)

    def step(x):
        w.requires_grad_(False)
        frozen = w * x
        w.requires_grad_()
        loss = (w * frozen).sum()
        loss.backward()
        return frozen

    return step, [w]


@program
def one_result_of_a_graph_that_is_gone_and_one_of_another():
    w = values(3, requires_grad=True)

    def step(x):
        loss = (w * x).sin().sum()
        loss.backward()
        return loss, (w * w * x).sum()

    return step, [w]


@program
def a_learning_rate_in_a_tensor():
    rate, w = torch.tensor(0.1, dtype=torch.float64), values(3, requires_grad=True)

    def step(x):
        (w * x).sin().sum().backward()
        with torch.no_grad():
            w.sub_(rate * w.grad)
            rate.mul_(0.9)
        w.grad = None

    return step, [rate, w]


@program
def momentum_weight_decay_and_clipping():
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    optimizer = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9, nesterov=True, weight_decay=0.01)

    def step(x):
        optimizer.zero_grad(set_to_none=False)
        loss = net(x).pow(2).mean()
        loss.backward()
        nn.utils.clip_grad_value_(net.parameters(), 0.1)
        optimizer.step()
        return loss.detach()

    return step, [net]


@program
def a_recurrent_net_that_keeps_its_state():
    net, h = nn.GRU(3, 4, batch_first=True).double(), zeros(1, 1, 4)

    def step(x):
        out, after = net(x.reshape(1, 1, 3), h.clone())
        out.sum().backward()
        h.copy_(after.detach())
        return out.detach()

    return step, [net, h]


@program
def a_moving_average_of_parameters():
    net, slow = nn.Linear(3, 2).double(), nn.Linear(3, 2).double()

    def step(x):
        net(x).sum().backward()
        with torch.no_grad():
            for p, q in zip(net.parameters(), slow.parameters(), strict=True):
                p.sub_(0.1 * p.grad)
                q.lerp_(p, 0.1)
                p.grad = None
        return slow(x)

    return step, [net, slow]


@program
def a_frozen_layer():
    net = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 1)).double()
    net[0].requires_grad_(False)

    def step(x):
        net(x).sum().backward()
        return [p.grad is None for p in net.parameters()]

    return step, [net]


@program
def statistics_of_a_batch():
    net = nn.BatchNorm1d(3).double()

    def step(x):
        return net(torch.stack([x, x * 2, x.sin()]))

    return step, [net]


# ------------------------------------------------------------------ writes


@program
def updated_parameters_that_are_returned():
    w = values(3, requires_grad=True)

    def step(x):
        loss = (w * x).sin().sum()
        loss.backward()
        with torch.no_grad():
            w.sub_(0.1 * w.grad)
        return loss.detach(), w.detach(), w

    return step, [w]


@program
def two_tensors_that_change_places():
    a, b = values(3), values(3) * 2

    def step(x):
        before = a.clone()
        a.copy_(b)
        b.copy_(before)
        return a + x

    return step, [a, b]


@program
def writes_through_views():
    b = zeros(3, 3)

    def step(x):
        b[1] = x
        b[:, 0] += 1
        turned = b.t()
        turned[0] *= 2
        b.view(-1)[4] = 7.0
        b.diagonal().add_(x)
        part, rest = b[2].split([1, 2])
        part.copy_(rest[:1])
        return b.sum(), turned.clone()

    return step, [b]


@program
def writes_through_detach_and_back():
    w = values(3, requires_grad=True)

    def step(x):
        h = w + x
        seen = h.detach()
        seen.mul_(2)
        first = seen[:1]
        first.add_(1)
        h.add_(1)
        h.sum().backward()
        return h.detach(), seen, first

    return step, [w]


@program
def a_history_that_begins_behind_detach():
    b, w = values(3), values(3, requires_grad=True)

    def step(x):
        seen = b.detach()
        seen.div_(w * w + 1)
        return (seen * x).sum(), b.clone()

    return step, [b, w]


@program
def masks():
    def step(x):
        y = x.clone()
        y[y < 0] = 0.0
        y[x > 0.8] = x[0]
        return y, y[y > 0.3], torch.nonzero(x > 0), torch.masked_select(x, x > 0.5)

    return step, []


@program
def a_place_in_a_tensor():
    at, ring = torch.zeros((), dtype=torch.int64), zeros(4)

    def step(x):
        ring[at % 4] = x.sum()
        at.add_(1)
        fresh = torch.zeros(4, dtype=torch.float64)
        fresh[at % 4] = 1.0
        return ring[at % 4], fresh

    return step, [at, ring]


@program
def sums_at_places():
    total, places = zeros(5), torch.tensor([0, 2, 2])

    def step(x):
        total.index_add_(0, places, x)
        total.scatter_(0, places[:1], 9.0)
        return total.gather(0, places)

    return step, [total]


@program
def other_dtypes_than_what_is_written():
    single, whole, truth = torch.zeros(3), torch.zeros(3, dtype=torch.int64), torch.ones(3, dtype=torch.bool)

    def step(x):
        single.add_(x)
        single.mul_(torch.tensor(2.0, dtype=torch.float64))
        whole.add_(1)
        truth.logical_and_(x > 0)
        return single * whole, truth.clone(), x.bfloat16() * 2

    return step, [single, whole, truth]


@program
def given_memory():
    buffer = torch.empty(3, dtype=torch.float64)

    def step(x):
        torch.mul(x, 2, out=buffer)
        own = torch.empty(3, dtype=torch.float64)
        torch.sin(x, out=own)
        return buffer + 1, own

    return step, [buffer]


@program
def complex_numbers_seen_as_pairs():
    z, w = torch.complex(values(3), values(3)), values(3, requires_grad=True)

    def step(x):
        z.real.add_(x)
        z.imag[0] = 2.0
        spectrum = torch.fft.fft(torch.complex(x, w)).abs().sum()
        spectrum.backward()
        return z.abs(), torch.view_as_real(z).clone(), spectrum.detach()

    return step, [z, w]


@program
def one_number():
    s = torch.tensor(0.0, dtype=torch.float64)

    def step(x):
        s.add_(x.sum())
        return s.clone(), s * 2

    return step, [s]


@program
def another_shape_in_place():
    w = values(3, requires_grad=True)

    def step(x):
        y = w * x
        y.add_(1).unsqueeze_(0)
        (y.t_() ** 2).sum().backward()
        with torch.no_grad():
            y.squeeze_()
        return y.detach()

    return step, [w]


@runs_itself("changes the shape")
def another_shape_of_what_was_there():
    kept = values(3)

    def step(x):
        kept.unsqueeze_(0)
        return kept.squeeze_().clone()

    return step, [kept]


# ------------------------------------------------------------------ random numbers


@program
def random_numbers_of_every_kind():
    def step(x):
        return (
            x + torch.randn(3, dtype=torch.float64),
            torch.randperm(5),
            torch.randint(0, 9, (3,)),
            torch.bernoulli(torch.full((3,), 0.5)),
            torch.rand(()),
            torch.multinomial(torch.ones(4), 2),
            dropout(x.repeat(20), 0.5),
            torch.nn.functional.fractional_max_pool2d(torch.arange(81.0).reshape(1, 1, 9, 9), 2, 3),
        )

    return step, []


@runs_itself("it draws random numbers of which only their use is seen")
def weights_that_are_drawn():
    def step(x):
        first = torch.nn.init.orthogonal_(torch.empty(3, 3, dtype=torch.float64))
        return first @ x, torch.nn.init.trunc_normal_(torch.empty(20)), torch.rand(())

    return step, []


@program
def a_generator_and_numbers_in_place():
    generator, b = torch.Generator().manual_seed(3), torch.zeros(3)

    def step(x):
        b.uniform_()
        return torch.randn(3, generator=generator), torch.rand((), generator=generator), b + x

    return step, [b]


@program
def a_branch_on_numbers_of_a_generator():
    generator = torch.Generator().manual_seed(1)

    def step(x):
        y = torch.rand(3, generator=generator)
        return y * 2 if y.sum() > 1.5 else y

    return step, []


@runs_itself("changes the shape")
def numbers_that_are_drawn_before_something_that_is_not_recorded():
    generator, kept = torch.Generator().manual_seed(1), values(3)

    def step(x):
        y = torch.rand(3, generator=generator) + torch.rand(3)
        return y * kept.unsqueeze_(0).squeeze_(0)

    return step, [kept]


# ------------------------------------------------------------------ Python


class Pair(NamedTuple):
    first: Tensor
    second: Tensor


@program
def results_in_containers():
    def step(x):
        return {"sum": x.sum(), "pair": Pair(x * 1, x * 2), "list": [x + 1, 1, "word", None]}

    return step, []


@program
def how_a_tensor_lies():
    def step(x):
        y = torch.stack([x, x]).t()
        return isinstance(x, Tensor), x.is_leaf, y.stride(), y.is_contiguous(), y.dtype, tuple(y.shape)

    return step, []


@runs_itself("whether the type of something is Tensor")
def the_type_of_a_tensor():
    def step(x):
        return type(x) is torch.Tensor

    return step, []


@runs_itself("values (as .item() does)")
def numbers_taken_out():
    def step(x):
        return x.sum().item()

    return step, []


@runs_itself("changes Python objects")
def a_tensor_under_a_name():
    kept = {"h": zeros(3)}

    def step(x):
        kept["h"] = kept["h"] * 0.5 + x
        return kept["h"].sum()

    return step, []


@program
def an_error_that_is_caught():
    def step(x):
        try:
            return x @ zeros(4, 4)
        except RuntimeError:
            return x.sum()

    return step, []


@program
def a_checkpoint():
    w = values(3, requires_grad=True)

    def step(x):
        y = checkpoint(lambda t: (t * w).sin(), x, use_reentrant=False)
        y.sum().backward()
        return y.detach()

    return step, [w]


@program
def transforms():
    w = values(3, requires_grad=True)

    def step(x):
        y = torch.func.vmap(lambda a: (a * w).sum())(torch.stack([x, x * 2]))
        y.sum().backward()
        return y.detach(), torch.func.hessian(lambda t: (t**3).sum())(x)

    return step, [w]


class Steep(torch.autograd.Function):
    """A square whose gradient is three times as large, and which writes into what it is given."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x.clone())
        ctx.factor = 3.0
        ctx.mark_dirty(x)
        return x.mul_(x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * x * g * ctx.factor


@program
def a_function_that_writes():
    w = values(3, requires_grad=True)

    def step(x):
        y = Steep.apply(w * x)
        y.sum().backward()
        return y.detach()

    return step, [w]


# ------------------------------------------------------------------ both ways


def described(found):
    """What can be compared of results and of what is left behind."""
    if isinstance(found, nn.Module):
        return described([*found.state_dict().values(), *found.parameters()])
    if isinstance(found, Tensor):
        array = found.detach().float() if found.dtype is torch.bfloat16 else found.detach()
        grad = found.grad if found.is_leaf else None
        return found.dtype, found.requires_grad, np.array(array), described(grad)
    if isinstance(found, dict):
        return {name: described(each) for name, each in found.items()}
    return [described(each) for each in found] if isinstance(found, list | tuple) else found


def equal(a, b):
    if isinstance(a, np.ndarray):
        tolerance = 1e-6 if a.dtype.itemsize < 8 else 1e-12
        return a.shape == b.shape and np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(equal, a, b))
    return all(equal(a[name], b[name]) for name in a) if isinstance(a, dict) else a == b


def backward(found):
    """Go backward from a result that is one tensor, as the program around would; what happened."""
    results = found if isinstance(found, list | tuple) else [found]
    told = []
    for result in results:
        if isinstance(result, Tensor) and result.grad_fn is not None:
            try:
                result.sum().backward()
            except RuntimeError as error:
                told.append(str(error))
    return told


def trace(make, *, compiled):
    torch.manual_seed(0)
    function, state = make()
    step = torch.compile(function) if compiled else function
    torch.manual_seed(1)
    told = []
    for call in range(18 if "numbers" in make.__name__ else 6):
        x = values(3) * (1 + 0.1 * call)
        found = step(x)
        told.append(described(found))
        told.append(backward(found))
        told.append(described([x, *state]))
    return told, step


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_does_the_same_compiled(name):
    want, _ = trace(PROGRAMS[name], compiled=False)
    got, step = trace(PROGRAMS[name], compiled=True)
    for i, (a, b) in enumerate(zip(got, want, strict=True)):
        assert equal(a, b), f"call {i // 3 + 1}: {a}\n\nexpected {b}"
    info = step.cache_info()
    if name in PROGRAMS.reasons:
        assert PROGRAMS.reasons[name] in info.reason
    else:
        assert info.hits, info.reason


def test_what_cannot_be_recorded_and_changes_an_object_runs_itself():
    seen = []

    @torch.compile
    def step(x):
        seen.append(1)
        return x.unsqueeze_(0).squeeze_(0) * 2

    x = torch.ones(2)
    for _ in range(4):
        assert step(x).tolist() == [2.0, 2.0]
    assert len(seen) == 4
    assert "changes Python objects" in step.cache_info().reason


def test_what_cannot_be_recorded_and_changes_an_object_for_once_is_told():
    seen, waits = [], [True]

    @torch.compile
    def step(x):
        if waits[0]:
            return x * 2
        seen.append(1)
        return x.unsqueeze_(0).squeeze_(0) * 2

    x = torch.ones(2)
    step(x)
    waits[0] = False
    with pytest.raises(RuntimeError, match="changes the shape"):
        step(x)
    for _ in range(2):
        assert step(x).tolist() == [2.0, 2.0]
    assert len(seen) == 3
    assert "changes the shape" in step.cache_info().reason


def doubled(x):
    return x * 2


def test_a_compiled_function_can_be_pickled():
    compiled = torch.compile(doubled)
    for _ in range(3):
        compiled(torch.ones(2))
    again = pickle.loads(pickle.dumps(compiled))
    for _ in range(3):
        assert again(torch.ones(2)).tolist() == [2.0, 2.0]
    assert again.cache_info().hits == 1
