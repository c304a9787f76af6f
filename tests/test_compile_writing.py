"""Writes inside of a compiled function change histories as they do outside: the same gradients, or the same error."""

import pytest

import wengert as torch
from wengert.nn.functional import relu

WRITES = {
    "a factor": lambda x, w: (h := x * 1, h.mul_(w))[0],
    "a factor of a row": lambda x, w: ((h := x * 1)[0].mul_(w[0]), h * h)[1],
    "a view that was there before": lambda x, w: (h := x * 1, v := h[0], h.mul_(w), v.mul_(w[1]), h * h)[-1],
    "a divisor": lambda x, w: (x * w).div_(w),
    "an exponent": lambda x, w: (x * w).pow_(w),
    "the result of exp, in place": lambda x, w: (x * w).exp_(),
    "relu, in place": lambda x, w: relu(x * w, inplace=True),
    "what is read before": lambda x, w: (h := x * w, g := h.exp(), h.add_(1), g * h)[-1],
    "parts in a loop": lambda x, w: ([h := torch.zeros(2, 2), *(h[i].copy_(x[i] * w[i]) for i in range(2))], h * h)[1],
    "a view of the result": lambda x, w: (h := x * w, t := h.t(), h.mul_(2.0), t * w)[-1],
    "what has no history": lambda x, w: (x * w).fill_(2.0),
    "a comparison": lambda x, w: (x * w).lt_(w),
}
STALE = {
    "the result of exp": lambda x, w: torch.exp(x).mul_(2.0),
    "a factor": lambda x, w: (h := torch.exp(x), k := h * w, h.mul_(2.0), k)[-1],
    "a view of a result": lambda x, w: ((h := torch.exp(x))[0].mul_(2.0), h * w)[1],
    "two in place": lambda x, w: (x * w).exp_().sin_(),
    "both factors": lambda x, w: (h := x * w).mul_(h),
    "an operand of sin": lambda x, w: (h := x * w, g := h.sin(), h.add_(1), g)[-1],
    "an element": lambda x, w: (h := torch.tanh(x * w), h.__setitem__((0, 0), 3.0), h * w)[-1],
    "one of several results": lambda x, w: ((q := torch.linalg.qr(x * w)[0]).add_(1), q * w)[1],
    "through detach": lambda x, w: (h := x * w, k := h * h, h.detach().add_(1), k)[-1],
    "an operand that is seen turned": lambda x, w: (h := x * w, k := h.t().sin(), h.mul_(2.0), k * w)[-1],
    "an operand that is turned": lambda x, w: (h := x * w, k := h * h, h.t_(), k)[-1],
    "the result of exp, turned": lambda x, w: torch.exp(x).t_() * w,
    "a constant": lambda x, w: (h := (x * 1).detach(), k := h * w, h.add_(1), k)[-1],
}


def inputs():
    x = torch.tensor([[1.0, 0.5], [0.3, 1.2]], dtype=torch.float64, requires_grad=True)
    w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64, requires_grad=True)
    return x, w


def outside(function, *, compiled):
    """A function of two tensors whose result goes backward where it is called."""
    inner = torch.compile(function) if compiled else function

    def call(x, w):
        found = inner(x, w)
        found.sum().backward()
        return found.detach()

    return call


def inside(function, *, compiled):
    """The same with backward() in the compiled function."""

    def call(x, w):
        found = function(x, w)
        found.sum().backward()
        return found.detach()

    return torch.compile(call) if compiled else call


def outcome(call):
    x, w = inputs()
    found = call(x, w)
    return [None if t is None else t.tolist() for t in (found, x.grad, w.grad)]


@pytest.mark.parametrize("where", [outside, inside])
@pytest.mark.parametrize("name", WRITES)
def test_a_write_has_the_gradient_that_it_has_outside(name, where):
    want = outcome(where(WRITES[name], compiled=False))
    call = where(WRITES[name], compiled=True)
    for _ in range(4):
        for got, expected in zip(outcome(call), want, strict=True):
            assert got == expected or torch.allclose(torch.tensor(got), torch.tensor(expected), rtol=1e-12)


@pytest.mark.parametrize("where", [outside, inside])
@pytest.mark.parametrize("name", STALE)
def test_what_backward_reads_may_not_be_written_inside(name, where):
    with pytest.raises(RuntimeError) as want:
        outcome(where(STALE[name], compiled=False))
    call = where(STALE[name], compiled=True)
    for _ in range(4):
        with pytest.raises(RuntimeError, match="modified by an inplace operation") as got:
            outcome(call)
        assert type(got.value) is type(want.value)
        assert str(got.value).partition(";")[0] == str(want.value).partition(";")[0]


def test_a_tensor_from_outside_that_backward_reads_may_not_be_written_inside():
    w = torch.tensor([2.0, 3.0])

    @torch.compile
    def step(x):
        y = (x.sin() * w).sum()
        w.add_(1)
        return y

    for _ in range(4):
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            step(torch.ones(2, requires_grad=True)).backward()
    assert step.cache_info().reason == "compile: it writes over what its own backward would read"
    assert w.tolist() == [6.0, 7.0]


def test_what_was_saved_before_a_call_that_writes_over_it_is_stale():
    x = torch.ones(2, requires_grad=True)
    step = torch.compile(lambda y: y.add_(1))
    for _ in range(4):
        y = x.exp()
        with torch.no_grad():
            step(y)
        with pytest.raises(RuntimeError, match="output 0 of Exp"):
            y.sum().backward()


def test_a_write_keeps_shape_and_dtype():
    def step(x):
        single = torch.zeros(2)
        single.add_(x)
        with pytest.raises(RuntimeError, match="doesn't match the broadcast shape"):
            single.add_(torch.ones(3, 2))
        with pytest.raises(RuntimeError, match="can't be cast"):
            torch.zeros(2, dtype=torch.int64).add_(x)
        with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
            (x * 1)[:1].expand(2).add_(1)
        return single

    compiled = torch.compile(step)
    x = torch.tensor([0.5, 1.5], dtype=torch.float64)
    for _ in range(4):
        found = compiled(x)
        assert found.dtype is torch.float32
        assert found.tolist() == [0.5, 1.5]


def test_numbers_of_no_dimensions_are_drawn_into_memory():
    torch.manual_seed(0)
    want = [torch.rand((), dtype=torch.float64).item() for _ in range(6)]
    torch.manual_seed(0)
    draw = torch.compile(lambda x: x + torch.rand((), dtype=torch.float64))
    assert [draw(torch.zeros((), dtype=torch.float64)).item() for _ in range(6)] == want
    assert draw.cache_info().hits == 4


def test_a_gradient_of_xlog1py_has_the_dtype_of_its_operand():
    x = torch.ones(2, requires_grad=True)
    torch.special.xlog1py(x, 0.5).sum().backward()
    assert x.grad.dtype is torch.float32


READS_WHAT_IT_WROTE = {
    "the row before": lambda s, x, t: s.__setitem__(t + 1, s[t] * 0.9 + x),
    "the next row, in turn": lambda s, x, t: s.__setitem__(t % 4, x * t + s[(t + 1) % 4]),
    "all rows": lambda s, x, t: s.__setitem__(t % 4, s.sum(0) * 0.1 + x),
}


@pytest.mark.parametrize("step", READS_WHAT_IT_WROTE.values(), ids=READS_WHAT_IT_WROTE)
def test_a_view_that_nobody_holds_is_shown_no_more_writes(step):
    """Else each write would be recorded for all views before, which are twice as many each time."""

    def filled(x, steps):
        s = torch.zeros(steps + 1, 2)
        for t in range(steps):
            step(s, x, t)
        return s

    compiled = torch.compile(filled)
    x = torch.tensor([0.5, -1.0], dtype=torch.float64)
    wanted = filled(x, 60)
    for _ in range(3):
        torch.testing.assert_close(compiled(x, 60), wanted)
    assert len(compiled.graph()) < 60 * 12
