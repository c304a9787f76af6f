"""Jacobians and Hessians, row by row, column by column, or whichever are fewer.

    jacrev    the rows: one walk backwards for all of them, batched
    jacfwd    the columns: one pass forwards for all of them, batched
    hessian   the derivative of the gradient

Composed of vjp, jvp and vmap. Must not know any op.
"""

from __future__ import annotations

from functools import wraps
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors, trees
from wengert.core.families import shape_of
from wengert.core.levels import differentiating, spec_of
from wengert.core.tensor import Tensor, wrap
from wengert.functions.shaping.arranging import cat, movedim, reshape, stack
from wengert.functions.shaping.pieces import split
from wengert.transforms.arguments import ArgNums, Arguments, chosen, split_aux
from wengert.transforms.grad import grad, one_of, vjp
from wengert.transforms.jvp import jvp
from wengert.transforms.tapes import PlainTape, tape_for
from wengert.transforms.vmap import vmap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def unit_vectors(specs: Sequence[Any]) -> list[Any]:
    """For tensors of these specs all directions in which one element moves: for each a batch of them."""
    total = sum(prod(spec.shape) for spec in specs)
    found, start = [], 0
    for spec in specs:
        size = prod(spec.shape)
        block = np.zeros((total, size), spec.dtype)
        block[np.arange(start, start + size), np.arange(size)] = 1
        found.append(wrap(block.reshape(total, *spec.shape)))
        start += size
    return found


def sliced(batch: Any, sizes: list[int]) -> list[Any]:
    """A batch of all directions, cut into those of each tensor."""
    return [batch] if len(sizes) == 1 else list(split(batch, sizes))


def in_chunks(function: Callable[..., Any], batches: list[Any], chunk_size: int | None) -> Any:
    """`vmap(function)` of some directions, at most `chunk_size` at a time."""
    count = batches[0].shape[0]
    if chunk_size is None or chunk_size >= count:
        return vmap(function)(*batches)
    parts = [vmap(function)(*(b[i : i + chunk_size] for b in batches)) for i in range(0, count, chunk_size)]
    return trees.tree_map(lambda *pieces: cat(list(pieces)), *parts)


def must_be_tensors(name: str, leaves: list[Any]) -> None:
    """Raise in PyTorch's words unless a function returned tensors."""
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise errors.TransformError(
                f"{name}: Expected f(*args) to return tensors or containers of tensors, got {type(leaf)}"
            )


def of_arguments(func: Callable[..., Any], args: Sequence[Any], numbers: Sequence[int]) -> Callable[..., Any]:
    """The function of the chosen arguments alone."""

    def of_chosen(*those: Any) -> Any:
        given = list(args)
        for number, value in zip(numbers, those, strict=True):
            given[number] = value
        return func(*given)

    return of_chosen


class Request:
    """The chosen arguments of a function, taken apart: what every Jacobian begins with."""

    def __init__(self, name: str, func: Any, args: Any, kwargs: Any, argnums: ArgNums, has_aux: bool) -> None:
        self.name = name
        self.argnums, self.has_aux = argnums, has_aux
        self.numbers = chosen(name, args, argnums)
        self.given = Arguments(args)
        values = self.given.filled(list(self.given.leaves))
        self.primals = tuple(values[number] for number in self.numbers)
        self.function = of_arguments(lambda *given: func(*given, **kwargs), values, self.numbers)
        self.leaves = [self.given.leaves[i] for number in self.numbers for i in self.given.span(number)]
        self.specs = [spec_of(leaf) for leaf in self.leaves]

    def in_containers(self, found: list[Any]) -> Any:
        """What was found for each leaf of the chosen arguments, in their containers."""
        packed = self.given.shared_out(self.numbers, found)
        return packed[0] if isinstance(self.argnums, int) else tuple(packed)

    def by_rows(self, chunk_size: int | None) -> Any:
        """The Jacobian by the transposed derivative, and the auxiliary."""
        tape = tape_for(self.leaves)
        found = vjp(self.function, *self.primals, has_aux=self.has_aux)
        output, pull = found[:2]
        outputs, structure = trees.flatten(output)
        must_be_tensors(self.name, outputs)
        specs = [spec_of(out) for out in outputs]
        for i, spec in enumerate(specs):
            if spec.dtype.kind == "c" and any(own.dtype.kind != "c" for own in self.specs):
                raise errors.TransformError(
                    errors.advice(
                        f"{self.name}: Expected all outputs to be real but received complex tensor at flattened input "
                        f"idx: {i}",
                        "jacfwd, which gives complex derivatives by real numbers.",
                    )
                )

        def row(*cotangents: Any) -> Any:
            return pull(structure.unflatten(list(cotangents)))

        pulled = trees.leaves_of(in_chunks(row, unit_vectors(specs), chunk_size))
        if isinstance(tape, PlainTape):  # what a user's backward did with what it saved was recorded
            pulled = [tape.below(batch) for batch in pulled]
        sizes = [prod(spec.shape) for spec in specs]
        columns = [sliced(batch, sizes) for batch in pulled]  # for each input those of each output
        blocks = [
            self.in_containers([
                reshape(columns[i][o], (*out.shape, *spec.shape)) for i, spec in enumerate(self.specs)
            ])
            for o, out in enumerate(specs)
        ]  # fmt: skip
        return structure.unflatten(blocks), (found[2] if self.has_aux else None)

    def by_columns(self, chunk_size: int | None = None) -> Any:
        """The Jacobian by the derivative itself, and the auxiliary."""
        kept: list[Any] = []
        structure = trees.flatten(self.primals)[1]

        def column(*tangents: Any) -> Any:
            found = jvp(self.function, self.primals, structure.unflatten(list(tangents)), has_aux=self.has_aux)
            kept[:] = [found]
            return found[1]

        pushed, out_structure = trees.flatten(in_chunks(column, unit_vectors(self.specs), chunk_size))
        must_be_tensors(self.name, trees.leaves_of(kept[0][0]))
        sizes = [prod(spec.shape) for spec in self.specs]
        blocks = []
        for batch in pushed:
            pieces = [
                movedim(reshape(piece, (*spec.shape, *batch.shape[1:])), list(range(len(spec.shape))),
                        list(range(-len(spec.shape), 0)))
                for piece, spec in zip(sliced(batch, sizes), self.specs, strict=True)
            ]  # fmt: skip
            blocks.append(self.in_containers(pieces))
        return out_structure.unflatten(blocks), (kept[0][2] if self.has_aux else None)


def jacrev(
    func: Callable[..., Any], argnums: ArgNums = 0, *, has_aux: bool = False, chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Callable[..., Any]:  # fmt: skip
    """A function that returns the Jacobian of `func`, by reverse mode: right where there are fewer outputs than inputs.

    >>> import wengert as torch
    >>> torch.func.jacrev(lambda x: torch.stack([x.sum(), x.prod()]))(torch.tensor([2.0, 3.0]))
    tensor([[1., 1.],
            [3., 2.]])

    Args:
        func: returns a tensor or a container of tensors.
        argnums: which positional arguments to differentiate with respect to.
        has_aux: whether func returns (output, auxiliary).
        chunk_size: how many rows are computed at once; all of them if None.

    The result has the containers of the output, and in them those of the arguments; each block has the shape of the
    output followed by that of the input.
    """
    _check_chunk("jacrev", chunk_size)

    @wraps(func)
    def jacobian_of(*args: Any, **kwargs: Any) -> Any:
        found, aux = Request("jacrev", func, args, kwargs, argnums, has_aux).by_rows(chunk_size)
        return (found, aux) if has_aux else found

    return jacobian_of


def jacfwd(
    func: Callable[..., Any], argnums: ArgNums = 0, has_aux: bool = False, *, randomness: str = "error",
    chunk_size: int | None = None,
) -> Callable[..., Any]:  # fmt: skip
    """A function that returns the Jacobian of `func`, by forward mode: right where there are fewer inputs than outputs.

    >>> import wengert as torch
    >>> torch.func.jacfwd(lambda x: torch.stack([x, x**2, x**3]))(2.0)
    tensor([ 1.,  4., 12.])

    Args and result as for `jacrev`.
    """
    _check_chunk("jacfwd", chunk_size)

    @wraps(func)
    def jacobian_of(*args: Any, **kwargs: Any) -> Any:
        found, aux = Request("jacfwd", func, args, kwargs, argnums, has_aux).by_columns(chunk_size)
        return (found, aux) if has_aux else found

    return jacobian_of


def _check_chunk(name: str, chunk_size: int | None) -> None:
    if chunk_size is not None and chunk_size <= 0:
        raise errors.ArgumentError(f"{name}: `chunk_size` should be greater than 0.")


def jacobian(func: Callable[..., Any], argnums: ArgNums = 0, *, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the Jacobian of `func` by the mode that takes fewer passes.

    >>> import wengert as torch
    >>> torch.func.jacobian(lambda x: x * x)(torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])

    Args and result as for `jacrev`. Where the inputs have fewer elements than the outputs, func is called once to see
    that, and once more.
    """

    @wraps(func)
    def jacobian_of(*args: Any, **kwargs: Any) -> Any:
        request = Request("jacobian", func, args, kwargs, argnums, has_aux)
        output, _ = split_aux("jacobian", request.function(*request.primals), has_aux)
        results = trees.leaves_of(output)
        must_be_tensors("jacobian", results)
        ins = sum(prod(spec.shape) for spec in request.specs)
        outs = sum(prod(spec_of(leaf).shape) for leaf in results)
        found, aux = request.by_columns() if ins < outs else request.by_rows(None)
        return (found, aux) if has_aux else found

    return jacobian_of


def hessian(func: Callable[..., Any], argnums: ArgNums = 0) -> Callable[..., Any]:
    """A function that returns the second derivatives of `func`: forward over reverse.

    >>> import wengert as torch
    >>> torch.func.hessian(lambda x: (x**3).sum())(torch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])

    The result has the containers of the output, then those of the arguments twice. Where nothing surrounds it and the
    output is a number, the gradient is recorded and differentiated again, which is the same and quicker; for another
    output func is called once more.
    """
    general = jacfwd(jacrev(func, argnums), argnums)

    @wraps(func)
    def hessian_of(*args: Any, **kwargs: Any) -> Any:
        request = Request("hessian", func, args, kwargs, argnums, has_aux=False)
        tape = tape_for(request.given.leaves)
        rows = recorded_twice(request, tape) if isinstance(tape, PlainTape) else None
        return general(*args, **kwargs) if rows is None else rows

    return hessian_of


FEW = 6
"""So many rows are walked one by one: a batched walk costs about as much as this many."""


def recorded_twice(request: Request, tape: PlainTape) -> Any:
    """The Hessian by a walk over the recorded gradient; None where the output is no number, or there is nothing."""
    if not any(prod(spec.shape) for spec in request.specs):
        return None
    with differentiating():
        _, sources = request.given.lifted(request.numbers, tape.lift)
        packed = request.given.shared_out(request.numbers, list(sources))
        output = request.function(*packed)
        if type(output) is not Tensor or output.ndim != 0 or not output.dtype.is_floating_point:
            return None
        gradients = tape.pull([output], [one_of(output)], sources, record=True)
    directions = unit_vectors(request.specs)
    if directions[0].shape[0] <= FEW:
        each = zip(*(map(wrap, direction.array) for direction in directions), strict=True)
        rows = [tape.pull(gradients, row, sources) for row in each]
        batches = [stacked(column) for column in zip(*rows, strict=True)]
    else:
        batches = in_chunks(lambda *cotangents: tape.pull(gradients, list(cotangents), sources), directions, None)
    sizes = [prod(spec.shape) for spec in request.specs]
    blocks = []
    for i, (outer, size) in enumerate(zip(request.specs, sizes, strict=True)):
        start = sum(sizes[:i])
        inner = []
        for batch, spec in zip(batches, request.specs, strict=True):
            own = batch if len(sizes) == 1 else batch[start : start + size]
            shape = (*outer.shape, *spec.shape)
            inner.append(own if shape_of(own) == shape else reshape(own, shape))
        blocks.append(request.in_containers(inner))
    return request.in_containers(blocks)


def stacked(rows: tuple[Any, ...]) -> Any:
    """Rows as one tensor; those without a history need no operation for that."""
    if any(type(row) is not Tensor or row.node is not None for row in rows):
        return stack(list(rows))
    return wrap(np.array([row.array for row in rows]))


def hvp(func: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
    """The Hessian of a function of several arguments times a vector, without the Hessian: forward over reverse.

    >>> import wengert as torch
    >>> torch.func.hvp(lambda x: (x**3).sum(), (torch.tensor([1.0, 2.0]),), (torch.tensor([1.0, 10.0]),))
    tensor([  6., 120.])

    Args:
        func: returns a number.
        primals: a tuple of its arguments.
        tangents: a tuple of directions, in the structure and shapes of the primals.

    Returns:
        For one argument its product; for several a tuple.
    """
    argnums = 0 if len(primals) == 1 else tuple(range(len(primals)))
    return jvp(grad(func, argnums), primals, tangents)[1]


def vhp(func: Callable[..., Any], primals: tuple[Any, ...], cotangents: tuple[Any, ...]) -> Any:
    """A vector times the Hessian of a function: reverse over reverse. The same numbers as `hvp`.

    >>> import wengert as torch
    >>> torch.func.vhp(lambda x: (x**3).sum(), (torch.tensor([1.0, 2.0]),), (torch.tensor([1.0, 10.0]),))
    tensor([  6., 120.])
    """
    argnums = 0 if len(primals) == 1 else tuple(range(len(primals)))
    _, pull = vjp(grad(func, argnums), *primals)
    found = pull(cotangents[0] if len(primals) == 1 else tuple(cotangents))
    return found[0] if len(primals) == 1 else found
