"""Laws about what the rules of an op compute.

A law is a function of a row and a sample that raises AssertionError where it is broken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.autograd import grad
from wengert.core.hooks import Several
from wengert.core.levels import pullback, spec_of
from wengert.core.outputs import operation_of
from wengert.core.tensor import Tensor, wrap
from wengert.core.walk import raw_flavour, walk
from wengert.graph import interpret, stage
from wengert.testing.compare import array_of, close, same_bits, same_spec
from wengert.testing.differences import complex_step, richardson
from wengert.testing.sample import in_single, noise, result, subsets
from wengert.testing.uses import eager, function_of, gradient_of, kernel_of, leaf
from wengert.transforms.grad import vjp
from wengert.transforms.jvp import jvp
from wengert.transforms.vmap import vmap

if TYPE_CHECKING:
    from wengert.core.primitive import Primitive
    from wengert.testing.sample import Sample

ANALYTIC = 1e-13
EXTRAPOLATED = 1e-9
ADJOINT = 1e-12
AGREE = 1e-6
"""How near the complex step has to be to the differences for the kernel to count as analytic."""


def forward(row: Primitive, sample: Sample) -> None:
    """The forward rule gives what differences of the kernel give."""
    moving = sample.moving(row)
    for needs in subsets(moving):
        primals = [sample.operands[i] for i in needs]
        along = [noise(x, 5) for x in primals]
        kernel = kernel_of(row, sample, needs)
        _, moved = jvp(function_of(row, sample, needs), tuple(primals), tuple(along))
        rough = richardson(kernel, primals, along)
        close(moved, rough, f"jvp along operands {needs} against differences", tolerance=EXTRAPOLATED, scale=1)
        exact = complex_step(kernel, primals, along)
        if exact is not None and np.allclose(exact, rough, rtol=AGREE, atol=AGREE):
            close(moved, exact, f"jvp along operands {needs} against complex step", tolerance=ANALYTIC, scale=1)


def adjoint(row: Primitive, sample: Sample) -> None:
    """<w, J v> = <J^T w, v>: the reverse rules are the transposes of the forward rule.

    Complex numbers count as pairs: <a, b> is the real part of conj(a) b, which is PyTorch's convention.
    """
    moving = sample.moving(row)
    w = noise(result(row, sample.operands, sample.params), 6)
    for needs in subsets(moving):
        primals = [sample.operands[i] for i in needs]
        along = [noise(x, 7) for x in primals]
        function = function_of(row, sample, needs)
        moved = array_of(jvp(function, tuple(primals), tuple(along))[1])
        pulled = vjp(function, *primals)[1](w)
        there = (np.conj(w) * moved).real
        back = [(np.conj(array_of(g)) * v).real for g, v in zip(pulled, along, strict=True)]
        _equal_sums([there], back, f"<w, Jv> and <J^T w, v> for operands {needs}", w)


def _equal_sums(left: list[Any], right: list[Any], what: str, weights: Any) -> None:
    a, b = (sum(float(x.sum()) for x in side) for side in (left, right))
    size = sum(float(np.abs(x).sum()) for x in (*left, *right)) or float(np.abs(weights).sum()) or 1
    if not abs(a - b) <= ADJOINT * size:
        raise AssertionError(f"{what} differ: {a!r} and {b!r}")


def recorded(row: Primitive, sample: Sample) -> None:
    """The rules over arrays, over recorded Tensors and over a transform's values: the same bits."""
    moving = sample.moving(row)
    operands, params = list(sample.operands), sample.params
    out = result(row, operands, params)
    seed = noise(out, 8)
    bare = eager(row, sample, moving, seed)[1]
    again = eager(row, sample, moving, seed, create_graph=True)[1]
    transformed = gradient_of(row, sample, moving)(*(operands[i] for i in moving), seed)
    for i, a, b, c in zip(moving, bare, again, transformed, strict=True):
        same_bits(b, a, f"the recorded gradient of operand {i}")
        same_bits(c, a, f"the gradient of operand {i} by vjp")
        if not isinstance(c, Tensor):
            raise AssertionError(  # noqa: TRY004  a law is broken
                f"vjp gives {type(c).__name__} for operand {i}"
            )
    along = [noise(operands[i], 9) for i in moving]
    tangents: list[Any] = [None] * len(operands)
    for i, v in zip(moving, along, strict=True):
        tangents[i] = v
    pushed = row.push(tangents, operands, out, params)
    moved = jvp(function_of(row, sample, moving), tuple(operands[i] for i in moving), tuple(along))[1]
    same_bits(moved, np.zeros(out.shape, out.dtype) if pushed is None else pushed, "jvp")


def second(row: Primitive, sample: Sample) -> None:
    """H v of <w, f>: reverse over reverse, both mixed orders, double backward, and differences."""
    places = sample.moving(row)
    xs = [sample.operands[i] for i in places]
    vs = [noise(x, 10) for x in xs]
    w = noise(result(row, sample.operands, sample.params), 11)
    function, gradient = function_of(row, sample, places), gradient_of(row, sample, places)

    def moved(*values: Any) -> Any:
        count = len(places)
        return jvp(function, values[:count], values[count:])[1]

    ways = {
        "forward over reverse": jvp(lambda *at: gradient(*at, w), tuple(xs), tuple(vs))[1],
        "reverse over reverse": vjp(lambda *at: gradient(*at, w), *xs)[1](tuple(vs)),
        "reverse over forward": vjp(lambda *at: moved(*at, *vs), *xs)[1](w),
        "double backward": _double_backward(row, sample, places, vs, w),
    }
    for k, place in enumerate(places):
        rough = richardson(lambda *at, k=k: array_of(gradient(*at, w)[k]), xs, vs)
        for way, found in ways.items():
            what = f"{way} for operand {place}"
            same_spec(found[k], xs[k], what)
            close(found[k], rough, what + " against differences", tolerance=EXTRAPOLATED, scale=1)
            close(found[k], ways["forward over reverse"][k], what, tolerance=ADJOINT, scale=1)
    linear = vjp(lambda seed: gradient(*xs, seed), w)[1](tuple(vs))
    close(linear[0], moved(*xs, *vs), "the transpose of J^T", tolerance=ADJOINT, scale=1)


def _double_backward(row: Primitive, sample: Sample, places: Any, vs: Any, w: Any) -> Any:
    leaves = [leaf(sample.operands[i]) for i in places]
    out = function_of(row, sample, places)(*leaves)
    first = grad([out], leaves, [wrap(w)], create_graph=True, materialize_grads=True)
    roots = [(g, wrap(v)) for g, v in zip(first, vs, strict=True) if g.node is not None]
    if not roots:
        return [wrap(np.zeros_like(v)) for v in vs]
    outs, seeds = zip(*roots, strict=True)
    return grad(outs, leaves, seeds, materialize_grads=True)


def poison(row: Primitive, sample: Sample) -> None:
    """A rule that is given NaN for everything it did not ask for gives the same bits."""
    operands, params = list(sample.operands), sample.params
    out = result(row, operands, params)
    specs = [spec_of(o) for o in operands]
    seed = noise(out, 12)
    for i in sample.moving(row):
        clean = row.pull(i, seed, operands, specs, out, params)
        rule = row.rule_of(i)
        reads = () if rule is None or row.family == "linear" else rule.reads
        spoiled = [
            o if row.operands[k] in reads or not isinstance(o, np.ndarray) else _spoiled(o)
            for k, o in enumerate(operands if row.arity is not None else [])
        ] or [_spoiled(o) for o in operands]
        dirty = row.pull(i, seed, spoiled, specs, out if "out" in reads else _spoiled(out), params)
        same_bits(dirty, clean, f"operand {i}, with NaN in what its rule does not read")
    _saves_what_it_reads(row, sample)


def _spoiled(array: Any) -> Any:
    return np.full(array.shape, np.nan if array.dtype.kind in "fc" else 77).astype(array.dtype)


def _saves_what_it_reads(row: Primitive, sample: Sample) -> None:
    """A node keeps exactly the operands and the result that its rules name."""
    for needs in subsets(sample.moving(row)):
        names = {name for i in needs for name in getattr(row.rule_of(i), "reads", ())}
        wanted: list[Any] = [i for i, name in enumerate(row.operands) if name in names and row.family != "linear"]
        wanted += ["out"] if "out" in names else []
        if list(pullback(row, needs).saves) != wanted:
            raise AssertionError(f"for operands {needs} it saves {pullback(row, needs).saves}, reads {wanted}")


def any_subset(row: Primitive, sample: Sample) -> None:
    """Asking for fewer gradients gives the same bits as asking for all."""
    moving = sample.moving(row)
    seed = noise(result(row, sample.operands, sample.params), 13)
    all_of_them = dict(zip(moving, eager(row, sample, moving, seed)[1], strict=True))
    for needs in subsets(moving):
        for i, g in zip(needs, eager(row, sample, needs, seed)[1], strict=True):
            same_bits(g, all_of_them[i], f"operand {i} when {needs} require grad")


def gradient_spec(row: Primitive, sample: Sample) -> None:
    """A gradient and a tangent have the shape and dtype of what they belong to."""
    moving = sample.moving(row)
    for given in (sample, sample.in_single(), *_mixed(row, sample, moving)):
        out = function_of(row, given, ())()
        seed = noise(out.array, 14).astype(out.array.dtype)
        _, found = eager(row, given, moving, seed)
        for i, g in zip(moving, found, strict=True):
            same_spec(g, given.operands[i], f"the gradient of operand {i}")
        primals = tuple(given.operands[i] for i in moving)
        moved = jvp(function_of(row, given, moving), primals, primals)[1]
        same_spec(moved, out, "the tangent")


def _mixed(row: Primitive, sample: Sample, moving: tuple[int, ...]) -> list[Sample]:
    """The sample with one operand in half the precision, where the op promotes."""
    if row.promotion is None or len(moving) < 2:
        return []
    made = []
    for narrow in moving:
        operands = list(sample.operands)
        operands[narrow] = in_single(operands[narrow])
        made.append(sample.replaced(operands))
    return made


def fast_path(row: Primitive, sample: Sample) -> None:
    """What the walk makes of a node over arrays has the bits of the general way."""
    seed = noise(result(row, sample.operands, sample.params), 15)
    for needs in subsets(sample.moving(row)):
        leaves = [leaf(sample.operands[i]) for i in needs]
        root = function_of(row, sample, needs)(*leaves).node
        node, index = operation_of(root)
        quick = walk([(root, seed)], raw_flavour, retain=True, targets=node.parents)
        general = node.rule.over_arrays(node, seed if node is root else Several({index: seed}, node.rule.outputs))
        for i, a, b in zip(needs, quick, general if len(needs) > 1 else (general,), strict=True):
            same_bits(a, b, f"operand {i} when {needs} require grad")


# ------------------------------------------------------------------------ kinks


def kink(row: Primitive, sample: Sample) -> None:
    """At a point without derivative: the stated gradient, in every mode."""
    stated = dict(enumerate(sample.gradients or ()))
    moving = sample.moving(row)
    seed = np.ones_like(result(row, sample.operands, sample.params))
    operands = [sample.operands[i] for i in moving]
    gradient = gradient_of(row, sample, moving)
    doubled = [np.stack([x, x]) for x in operands]
    graph = stage(gradient)(*operands, seed)
    modes = {
        "backward": eager(row, sample, moving, seed)[1],
        "create_graph": eager(row, sample, moving, seed, create_graph=True)[1],
        "vjp": gradient(*operands, seed),
        "vmap": [g.array[1] for g in vmap(gradient)(*doubled, np.stack([seed, seed]))],
        "staged": interpret(graph, *operands, seed),
        "jvp": [_by_pushing(row, sample, i) for i in moving],
    }
    for mode, found in modes.items():
        for i, g in zip(moving, found, strict=True):
            close(g, np.asarray(stated[i]), f"{mode}, operand {i}", tolerance=0)


def _by_pushing(row: Primitive, sample: Sample, place: int) -> Any:
    """The gradient of the sum, one direction at a time (all at once where each entry is alone)."""
    x = sample.operands[place]
    function = function_of(row, sample, (place,))
    if row.family == "pointwise" and x.dtype.kind == "f" and x.shape == _shape(row, sample):
        return jvp(function, (x,), (np.ones_like(x),))[1]
    gradient = np.zeros_like(x)
    for at in np.ndindex(x.shape):
        for unit in (1, 1j) if x.dtype.kind == "c" else (1,):
            direction = np.zeros_like(x)
            direction[at] = unit
            gradient[at] += unit * array_of(jvp(function, (x,), (direction,))[1]).sum().real
    return gradient


def _shape(row: Primitive, sample: Sample) -> tuple[int, ...]:
    return tuple(result(row, sample.operands, sample.params).shape)
