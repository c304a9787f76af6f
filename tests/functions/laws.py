"""What holds for every call of every function. A law raises AssertionError where it is broken."""

import copy

import numpy as np
from tests.functions.calls import function_of

import wengert as torch
from wengert import errors
from wengert.core.tensor import Tensor, wrap
from wengert.func import jvp, vjp, vmap
from wengert.graph import stage
from wengert.testing.compare import array_of, close
from wengert.testing.differences import richardson
from wengert.testing.sample import in_single, noise, subsets

SLACK = 1e-7
"""How far differences may be off: functions here are long compositions, so their truncation errors are larger."""

EXACT = 1e-10
SINGLE = 2e-3
MANY = 4
"""From this many tensors on, subsets of them are tried one by one and not all."""


def floats(results):
    """The results that can have a derivative."""
    return [r for r in results if isinstance(r, Tensor) and (r.dtype.is_floating_point or r.dtype.is_complex)]


def is_complex(value):
    return isinstance(value, Tensor) and value.dtype.is_complex


class Point:
    """A call as a function of its real and complex tensors."""

    def __init__(self, name, call):
        self.name, self.call = name, call
        self.function = function_of(torch, name)
        self.places = call.places("fc")
        self.primals = call.values(self.places)

    def __call__(self, *tensors):
        return self.call.run(torch, self.function, self.places, map(fresh, tensors) if self.writes else tensors)

    @property
    def writes(self):
        """Whether the function changes its argument."""
        return self.name.endswith("_")

    def differentiable(self, *tensors):
        """The results with derivatives, as a tuple."""
        return tuple(floats(self(*tensors)))

    def derives(self):
        """Whether there is anything to differentiate."""
        return bool(self.call.derives and self.places and floats(self(*map(leaf, self.primals))))

    def weights(self, salt):
        return [noise(array_of(r), salt) for r in self.differentiable(*map(wrap, self.primals))]

    def along(self, salt):
        return [noise(x, salt) for x in self.primals]


def fresh(tensor):
    """A copy that may be written to."""
    return tensor.clone() if isinstance(tensor, Tensor) else tensor


def leaf(array):
    made = torch.tensor(array)
    return made.requires_grad_() if made.dtype.is_floating_point or made.dtype.is_complex else made


def weighted(weights, results):
    """Re <w, results>: a real number with the gradient w."""
    total = 0
    for w, r in zip(weights, results, strict=True):
        product = wrap(np.conj(w)) * r
        total = total + (product.real if is_complex(product) else product).sum()
    return total


def compare(got, want, what, tolerance, scale=1.0):
    assert len(got) == len(want), f"{what}: {len(got)} results, expected {len(want)}"
    for i, (a, b) in enumerate(zip(got, want, strict=True)):
        if isinstance(b, Tensor | np.ndarray):
            close(a, b, f"{what}, result {i}", tolerance=tolerance, scale=scale)
        else:
            assert a == b, f"{what}, result {i}: {a!r}, expected {b!r}"


# ------------------------------------------------------------------ values


def recorded(point):
    """With gradients wanted the values are the same, the inputs are as they were, and no gradient is cut off."""
    before = copy.deepcopy(point.primals)
    plain = point(*map(torch.tensor, point.primals))
    needs = point(*map(leaf, point.primals))
    compare(needs, plain, "recorded", 0)
    compare(point.primals, before, "the inputs afterwards", 0)
    if point.places and point.call.derives:
        cut = [r for r in floats(needs) if not r.requires_grad]
        assert not cut, "the result does not require grad although its input does"


def undefined(point):
    """Where there is no derivative, asking for one raises, at the call or at backward, and names no other cause."""
    try:
        results = floats(point(*map(leaf, point.primals)))
        for r in results:
            assert r.requires_grad, "the gradient is cut off in silence"
            r.sum().backward()
    except RuntimeError as error:
        assert "deriv" in str(error) or "grad" in str(error), error
    else:
        assert not results, "it has a gradient although its call says that it has none"


def layouts(point):
    """Strides do not matter."""

    def turned(x):
        return torch.tensor(np.ascontiguousarray(x.T)).permute(*range(x.ndim)[::-1]) if x.ndim > 1 else torch.tensor(x)

    compare(point(*map(turned, point.primals)), point(*map(torch.tensor, point.primals)), "layouts", 1e-12)


def single(point):
    """float32 in, float32 out, and near to what float64 gives."""
    narrow = [in_single(x) for x in point.primals]
    limits = np.finfo(np.float32)
    if any(
        ((abs(x) > limits.max) | (abs(x) < limits.tiny)).any()
        for x in (x[np.isfinite(x) & (x != 0)] for x in point.primals)
    ):
        return
    got = point(*map(torch.tensor, narrow))
    want = point(*map(torch.tensor, point.primals))
    compare(got, want, "in float32", SINGLE, scale=0)


# ------------------------------------------------------------------ derivatives


def forward(point):
    """The tangent is what differences give."""
    along = point.along(5)
    _, moved = jvp(point.differentiable, tuple(point.primals), tuple(along))
    rough = richardson(lambda *xs: packed(point.differentiable(*map(wrap, xs))), point.primals, along)
    compare([packed(moved)], [rough], "jvp against differences", SLACK)


def packed(results):
    return np.concatenate([array_of(r).astype(complex).ravel() for r in results] or [np.zeros(0)])


def adjoint(point):
    """<w, J v> = <J^T w, v>."""
    along, weights = point.along(7), point.weights(6)
    _, moved = jvp(point.differentiable, tuple(point.primals), tuple(along))
    pulled = vjp(point.differentiable, *point.primals)[1](tuple(map(wrap, weights)))
    there = [(np.conj(w) * array_of(m)).real for w, m in zip(weights, moved, strict=True)]
    back = [(np.conj(array_of(g)) * v).real for g, v in zip(pulled, along, strict=True)]
    a, b = (sum(float(x.sum()) for x in side) for side in (there, back))
    size = sum(float(np.abs(x).sum()) for x in (*there, *back)) or 1
    if not point.call.smooth and not np.isfinite([a, b, size]).all():
        return
    assert abs(a - b) <= EXACT * size, f"<w, Jv> = {a!r} and <J^T w, v> = {b!r}"


def gradients(point, needs=None, create_graph=False):
    """The gradients of the weighted results for the tensors at `needs`."""
    weights = point.weights(8)
    leaves = [leaf(x) if needs is None or i in needs else torch.tensor(x) for i, x in enumerate(point.primals)]
    loss = weighted(weights, point.differentiable(*leaves))
    wanted = [x for x in leaves if x.requires_grad]
    return wanted, torch.autograd.grad(loss, wanted, create_graph=create_graph, materialize_grads=True)


def subset(point):
    """A gradient does not depend on what else is asked for."""
    every = tuple(range(len(point.places)))
    _, whole = gradients(point)
    chosen = subsets(every) if len(every) < MANY else [(i,) for i in every]
    for needs in chosen:
        _, got = gradients(point, needs)
        compare(got, [whole[i] for i in needs], f"gradients of {needs}", 1e-12)


def second(point):
    """H v in all four ways, and by differences of the gradient."""
    weights, along = point.weights(10), point.along(11)

    def loss(*xs):
        return weighted(weights, point.differentiable(*xs))

    def gradient(*xs):
        return vjp(loss, *xs)[1](wrap(np.array(1.0)))

    mixed = jvp(gradient, tuple(point.primals), tuple(along))[1]
    rough = richardson(lambda *xs: packed(gradient(*map(wrap, xs))), point.primals, along)
    compare([packed(mixed)], [rough], "forward over reverse against differences", SLACK)

    leaves, slopes = gradients_of(loss, point)
    slope = weighted(along, slopes)
    again = (
        torch.autograd.grad(slope, leaves, materialize_grads=True)
        if slope.requires_grad
        else [torch.zeros_like(x) for x in leaves]
    )
    compare(again, mixed, "reverse over reverse", EXACT)

    def moved(*xs):
        return jvp(loss, xs, tuple(map(wrap, along)))[1]

    compare(vjp(moved, *point.primals)[1](wrap(np.array(1.0))), mixed, "reverse over forward", EXACT)

    other = point.along(12)
    twice = jvp(moved, tuple(point.primals), tuple(other))[1]
    want = sum(float((np.conj(array_of(h)) * o).real.sum()) for h, o in zip(mixed, other, strict=True))
    size = sum(float(np.abs(array_of(h) * o).sum()) for h, o in zip(mixed, other, strict=True))
    close(twice, np.array(want), "forward over forward", tolerance=EXACT, scale=max(1.0, size))


def gradients_of(loss, point):
    leaves = [leaf(x) for x in point.primals]
    value = loss(*leaves)
    if not value.requires_grad:
        return leaves, [x * 0 for x in leaves]
    return leaves, torch.autograd.grad(value, leaves, create_graph=True, materialize_grads=True)


# ------------------------------------------------------------------ batches and graphs


def batches(point):
    """The tensors to batch: three of each."""
    call = point.call
    places = point.places or call.places("iub")
    values = call.values(places)
    if point.places:
        factors = (1.0, 1.005, 0.995) if call.smooth else (1.0, 1.0, 1.0)
        return places, [np.stack([x * f for f in factors]) for x in values]
    return places, [np.stack([x, x, x]) for x in values]


def batched(point):
    """vmap is a loop."""
    places, stacks = batches(point)
    last = [np.moveaxis(s, 0, -1) for s in stacks]

    def one(*xs):
        xs = map(fresh, xs) if point.writes else xs
        return tuple(r for r in point.call.run(torch, point.function, places, xs) if isinstance(r, Tensor))

    looped = [one(*(torch.tensor(s[k]) for s in stacks)) for k in range(3)]
    want = [np.stack([array_of(r[i]) for r in looped]) for i in range(len(looped[0]))]
    compare(vmap(one)(*map(torch.tensor, stacks)), want, "vmap", EXACT)
    compare(vmap(one, in_dims=-1)(*map(torch.tensor, last)), want, "vmap over the last axis", EXACT)
    if len(stacks) > 1:
        dims = (0, *[None] * (len(stacks) - 1))
        firsts = [stacks[0], *(s[0] for s in stacks[1:])]
        looped = [one(*(torch.tensor(s[k] if i == 0 else s) for i, s in enumerate(firsts))) for k in range(3)]
        want = [np.stack([array_of(r[i]) for r in looped]) for i in range(len(looped[0]))]
        compare(vmap(one, in_dims=dims)(*map(torch.tensor, firsts)), want, "vmap over one", EXACT)


def batched_gradient(point):
    """vmap of the gradient is a loop over gradients."""
    weights = point.weights(13)
    _, stacks = batches(point)

    def gradient(*xs):
        return vjp(lambda *ys: weighted(weights, point.differentiable(*ys)), *xs)[1](wrap(np.array(1.0)))

    looped = [gradient(*(torch.tensor(s[k]) for s in stacks)) for k in range(3)]
    want = [np.stack([array_of(r[i]) for r in looped]) for i in range(len(looped[0]))]
    compare(vmap(gradient)(*map(torch.tensor, stacks)), want, "vmap of the gradient", EXACT)


def staged(point):
    """The graph computes what the function does."""
    places = point.call.places("fciub")
    values = point.call.values(places)

    def function(*xs):
        xs = map(fresh, xs) if point.writes else xs
        return tuple(r for r in point.call.run(torch, point.function, places, xs) if isinstance(r, Tensor))

    tensors = [torch.tensor(x) for x in values]
    compare(stage(function)(*tensors)(*tensors), function(*tensors), "staged", 0)


# ------------------------------------------------------------------ compiled

NEVER_RECORDED = {"asarray", "frombuffer", "signal.windows.general_hamming", "Tensor.storage_offset"}
"""Functions that are given Python objects which can change without notice, or ask where in memory a tensor begins."""


def compiled(point):
    """The third call of a compiled function, which runs what the second recorded, gives the values and gradients."""
    call = point.call
    places = call.places("fciub")
    values = call.values(places)
    own = next((torch.tensor(x).dtype for x in values if x.dtype.kind == "f"), None)
    function = call.of_tensors(torch, point.function, places, own)
    if point.writes:
        written = function

        def function(*xs):
            return written(*map(fresh, xs))

    weights = point.weights(7)

    def outcome(function):
        torch.manual_seed(0)
        tensors = [leaf(x) if call.derives else torch.tensor(x) for x in values]
        results = function(*tensors)
        moving = [(w, r) for w, r in zip(weights, floats(results), strict=True) if r.requires_grad]
        if moving:
            weighted(*zip(*moving, strict=True)).backward()
        return [r.detach() if isinstance(r, Tensor) else r for r in results], [x.grad for x in tensors]

    step = torch.compile(function)
    want = outcome(function)
    for _ in range(2):
        outcome(step)
    got = outcome(step)
    assert step.cache_info().hits or point.name in NEVER_RECORDED, step.cache_info().reason
    for a, b, what in zip(got, want, ("result", "gradient"), strict=True):
        compare(a, b, what, 1e-9, scale=10.0)


# ------------------------------------------------------------------ forms


def method(point):
    """The method gives what the function does."""
    call = point.call
    name = point.name.rpartition(".")[2]
    want = call.run(torch, point.function)

    def by_method(first, *rest, **options):
        return getattr(first, name)(*rest, **options)

    compare(call.run(torch, by_method), want, "method", 0)


OTHER_ORDER = {"where"}
"""Functions whose method takes their operands in another order: x.where(condition, y)."""


def has_method(name, call):
    space, _, word = name.rpartition(".")
    first = call.args[0] if call.args else None
    return (
        space == ""
        and word not in OTHER_ORDER
        and isinstance(first, np.ndarray)
        and hasattr(torch.Tensor, word)
        and callable(getattr(torch.Tensor, word))
    )


def in_place(point):
    """`x.name_(...)` writes the result into x, and has its gradient."""
    call, name = point.call, point.name.rpartition(".")[2] + "_"
    want = call.run(torch, point.function)
    first = call.args[0]
    if len(want) != 1 or not isinstance(want[0], Tensor) or want[0].shape != first.shape:
        return
    if want[0].dtype is not torch.tensor(first).dtype:
        return
    seen = []

    def by_method(x, *rest, **options):
        seen.append(x.clone())
        result = getattr(seen[-1], name)(*rest, **options)
        assert result is seen[-1]
        return result

    compare(call.run(torch, by_method), want, name, 0)
    if not point.derives() or 0 not in point.places:
        return
    whole, written = (Point(point.name, call) for _ in range(2))
    written.function = by_method
    compare(gradients(written)[1], gradients(whole)[1], f"the gradient of {name}", 1e-12)


def out(point):
    """`out=` holds the results afterwards, and is what is returned."""
    call = point.call
    want = call.run(torch, point.function)
    if not all(isinstance(r, Tensor) for r in want):
        return
    targets = [torch.empty_like(r) for r in want]

    def into(*args, **options):
        given = targets[0] if len(targets) == 1 else tuple(targets)
        with torch.no_grad():
            result = point.function(*args, **options, out=given)
        kept = [result] if isinstance(result, Tensor) else list(result)
        assert all(a is b for a, b in zip(kept, targets, strict=True)), "out= is not what is returned"
        return result

    if call.view is None:
        compare(call.run(torch, into), want, "out=", 0)


# ------------------------------------------------------------------ errors


def error(point):
    """The error's text begins as PyTorch's does."""
    try:
        point.call.run(torch, point.function)
    except Exception as raised:  # noqa: BLE001  the class is compared with PyTorch's elsewhere
        assert str(raised).startswith(point.call.raises), f"{type(raised).__name__}: {raised}"
        assert isinstance(raised, errors.WengertError)
    else:
        raise AssertionError(f"nothing is raised, expected: {point.call.raises}")


def applicable(name, call):
    """The laws that say something about a call."""
    if call.raises is not None:
        return [error]
    function, first = function_of(torch, name), call.args[0] if call.args else None
    moving, whole = bool(call.places("fc")), bool(call.places("iub"))
    laws = [recorded]
    if moving:
        laws += [single] if call.strided else [layouts, single]
        laws += [subset, adjoint] if call.derives else [undefined]
    if moving and call.smooth and call.derives:
        laws += [forward, second]
    if call.batch and (moving or whole):
        laws += [batched, staged]
        laws += [batched_gradient] if moving and call.derives else []
    if moving or whole:
        laws.append(compiled)
    if has_method(name, call):
        laws.append(method)
    if isinstance(first, np.ndarray) and "." not in name and hasattr(torch.Tensor, f"{name}_"):
        laws.append(in_place)
    if getattr(function, "takes_out", False):
        laws.append(out)
    return laws


NEED_A_DERIVATIVE = {adjoint, subset, forward, second, batched_gradient}


def quietly(law, name, call):
    """Try a law; samples go to the ends of the number range on purpose, so NumPy does not warn."""
    point = Point(name, call)
    with np.errstate(all="ignore"):
        if law in NEED_A_DERIVATIVE and not point.derives():
            return
        law(point)
