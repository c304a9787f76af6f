"""torch.autograd.functional: derivatives of functions at one place, by what backward() records.

The results can be differentiated again with create_graph=True. `torch.func` has the same as transforms of functions.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from wengert import errors
from wengert.autograd.gradients import grad
from wengert.core.modes import enable_grad
from wengert.core.tensor import Tensor
from wengert.functions.making.creation import zeros, zeros_like
from wengert.functions.recording.gradients import refuse_transformed
from wengert.functions.shaping.arranging import reshape, stack
from wengert.transforms.jacobian import jacfwd

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


# ------------------------------------------------------------------------ what comes in, and what goes out


def as_tuple(given: Any, what: str, name: str) -> tuple[bool, tuple[Tensor, ...]]:
    """Whether it was a tuple, and it as one; all of it tensors."""
    several = isinstance(given, tuple)
    found = given if several else (given,)
    for i, each in enumerate(found):
        if not isinstance(each, Tensor):
            where = f"value at index {i}" if several else f"given {what}"
            kind = "type" if not several else "a value of type"
            raise errors.ArgumentTypeError(
                f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but the {where} has "
                f"{kind if several else 'type'} {type(each)}."
            )
    return several, found


def prepared(inputs: Sequence[Tensor], create_graph: bool) -> tuple[Tensor, ...]:
    """The inputs as something gradients are asked of."""
    for x in inputs:
        refuse_transformed(x)
    if create_graph:
        return tuple(x.view_as(x) if x.requires_grad else x.detach().requires_grad_() for x in inputs)
    return tuple(x.detach().requires_grad_() for x in inputs)


class Call:
    """One evaluation of the function, with its inputs prepared."""

    def __init__(self, name: str, func: Callable[..., Any], inputs: Any, create_graph: bool, strict: bool) -> None:
        self.name, self.create_graph, self.strict = name, create_graph, strict
        self.several_in, given = as_tuple(inputs, "inputs", name)
        self.inputs = prepared(given, create_graph)
        self.several_out, self.outputs = as_tuple(func(*self.inputs), "outputs of the user-provided function", name)
        if strict:
            self.must_depend()

    def must_depend(self) -> None:
        """Raise in PyTorch's words unless every output depends on an input."""
        for i, out in enumerate(self.outputs):
            if not out.requires_grad:
                raise errors.GradError(
                    f"Output {i} of the user-provided function does not require gradients. The outputs must be "
                    f"computed in a differentiable manner from the input when running in strict mode."
                )

    def must_be_number(self) -> None:
        """Raise unless the function returned a number."""
        if self.several_out:
            raise errors.GradError(f"The function given to {self.name} should return a single Tensor")
        if self.outputs[0].numel() != 1:
            raise errors.GradError(
                f"The Tensor returned by the function given to {self.name} should contain a single element"
            )

    def direction(self, given: Any, like: Sequence[Tensor], what: str) -> tuple[Tensor, ...]:
        """A vector that fits the inputs or outputs; 1 where it may be left out."""
        if given is None:
            if len(like) != 1 or like[0].numel() != 1:
                raise errors.GradError(
                    f"The vector v can only be None if {what} a single Tensor with a single element."
                )
            return (like[0].detach() * 0 + 1,)
        _, found = as_tuple(given, "v", self.name)
        if len(found) != len(like):
            raise errors.GradError(
                f"v is a tuple of invalid length: should be {len(like)} but got {len(found)}."
            )  # fmt: skip
        for i, (v, x) in enumerate(zip(found, like, strict=True)):
            if v.shape != x.shape:
                prefix = f"Entry {i} in " if len(like) > 1 else ""
                raise errors.GradError(f"{prefix}v has invalid size: should be {x.shape} but got {v.shape}.")
        return found

    def pulled(self, cotangents: Sequence[Any]) -> list[Tensor]:
        """The gradients of the inputs for cotangents of the outputs; zeros where nothing leads to one."""
        pairs = [(o, g) for o, g in zip(self.outputs, cotangents, strict=True) if o.requires_grad]
        found: Any = [None] * len(self.inputs)
        if pairs:
            outs, seeds = zip(*pairs, strict=True)
            found = grad(outs, self.inputs, seeds, retain_graph=True, create_graph=True, allow_unused=True)
        return self.completed(found)

    def completed(self, found: Sequence[Any], output: str = "The output") -> list[Tensor]:
        """Gradients, with zeros for those that are absent; with strict that is an error."""
        results = []
        for i, (g, x) in enumerate(zip(found, self.inputs, strict=True)):
            if g is None and self.strict:
                raise errors.GradError(
                    f"{output} of the user-provided function is independent of input {i}. This is not allowed in "
                    "strict mode."
                )
            results.append(zeros_like(x) if g is None else g)
        return results

    def finished(self, found: Sequence[Tensor], several: bool) -> Any:
        """Results as the caller gave the inputs: with a history only if that was asked for."""
        results = tuple(found) if self.create_graph else tuple(t.detach() for t in found)
        return results if several else results[0]


# ------------------------------------------------------------------------ products with a vector


def vjp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """The outputs of a function, and a vector times its Jacobian.

    >>> import wengert as torch
    >>> torch.autograd.functional.vjp(lambda x: x**2, torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
    (tensor([1., 4.]), tensor([ 2., 40.]))

    Args:
        func: of tensors, returns a tensor or a tuple of them.
        inputs: a tensor or a tuple of them.
        v: like the outputs; may be left out for a number.
        create_graph: whether the results can be differentiated again.
        strict: whether an output that does not depend on an input is an error.
    """
    with enable_grad():
        call = Call("vjp", func, inputs, create_graph, strict)
        seeds = call.direction(v, call.outputs, "the user-provided function returns")
        found = call.pulled(seeds)
    return call.finished(call.outputs, call.several_out), call.finished(found, call.several_in)


def jvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """The outputs of a function, and its Jacobian times a vector, by two walks backwards.

    >>> import wengert as torch
    >>> torch.autograd.functional.jvp(lambda x: x**2, torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
    (tensor([1., 4.]), tensor([ 2., 40.]))

    Args as for `vjp`, with v like the inputs. `torch.func.jvp` takes one pass.
    """
    with enable_grad():
        call = Call("jvp", func, inputs, create_graph, strict)
        along = call.direction(v, call.inputs, "the input to the user-provided function is")
        dummies = [zeros_like(out).requires_grad_() for out in call.outputs]
        pulled = call.pulled(dummies)
        moving = [(g, t) for g, t in zip(pulled, along, strict=True) if g.requires_grad]
        found: Any = [None] * len(dummies)
        if moving:
            gs, ts = zip(*moving, strict=True)
            found = grad(gs, dummies, ts, create_graph=create_graph, allow_unused=True)
        moved = [zeros_like(out) if g is None else g for g, out in zip(found, call.outputs, strict=True)]
    return call.finished(call.outputs, call.several_out), call.finished(moved, call.several_out)


def vhp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """The value of a function, and a vector times its Hessian.

    >>> import wengert as torch
    >>> torch.autograd.functional.vhp(lambda x: (x**3).sum(), torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
    (tensor(9.), tensor([  6., 120.]))

    Args as for `vjp`, with v like the inputs; the function returns a number.
    """
    with enable_grad():
        call = Call("vhp", func, inputs, create_graph, strict)
        call.must_be_number()
        along = call.direction(v, call.inputs, "the input to the user-provided function is")
        first = call.pulled([None])
        moving = [(g, t) for g, t in zip(first, along, strict=True) if g.requires_grad]
        found: Any = [None] * len(call.inputs)
        if moving:
            gs, ts = zip(*moving, strict=True)
            found = grad(gs, call.inputs, ts, create_graph=create_graph, allow_unused=True)
        found = call.completed(found)
    return call.finished(call.outputs, several=False), call.finished(found, call.several_in)


def hvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """The value of a function, and its Hessian times a vector: the numbers of `vhp`, as the Hessian is symmetric.

    >>> import wengert as torch
    >>> torch.autograd.functional.hvp(lambda x: (x**3).sum(), torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
    (tensor(9.), tensor([  6., 120.]))
    """
    return vhp(func, inputs, v, create_graph, strict)


# ------------------------------------------------------------------------ whole matrices


def jacobian(
    func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:  # fmt: skip
    """The Jacobian of a function: for each output and input a tensor of the shape of both.

    >>> import wengert as torch
    >>> torch.autograd.functional.jacobian(lambda x: x**2, torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])

    Args:
        func: of tensors, returns a tensor or a tuple of them.
        inputs: a tensor or a tuple of them.
        create_graph: whether the result can be differentiated again.
        strict: whether an output that does not depend on an input is an error.
        vectorize: whether all rows are computed at once.
        strategy: "reverse-mode" or "forward-mode"; the latter needs vectorize.
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs '
            'than inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
        )
    if strategy == "forward-mode":
        return _columns(func, inputs, create_graph, strict, vectorize)
    with enable_grad():
        call = Call("jacobian", func, inputs, create_graph, strict)
        blocks = [_rows(call, i, vectorize) for i in range(len(call.outputs))]
    packed = tuple(call.finished(row, several=call.several_in) for row in blocks)
    return packed if call.several_out else packed[0]


def _columns(func: Any, inputs: Any, create_graph: bool, strict: bool, vectorize: bool) -> Any:
    if create_graph:
        raise errors.UnsupportedError(
            'torch.autograd.functional.jacobian: `create_graph=True` and `strategy="forward-mode"` are not supported '
            'together (yet). Please either set `create_graph=False` or `strategy="reverse-mode"`.'
        )
    if strict:
        raise errors.GradError(
            'torch.autograd.functional.jacobian: `strict=True` and `strategy="forward-mode"` are not supported '
            'together (yet). Please either set `strict=False` or `strategy="reverse-mode"`.'
        )
    if not vectorize:
        raise errors.UnsupportedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian is only implemented for "
            "`vectorize=True`."
        )
    several, given = as_tuple(inputs, "inputs", "jacobian")
    plain = tuple(x.detach() for x in given)
    found = jacfwd(func, tuple(range(len(plain))))(*plain)
    if isinstance(found, tuple) and found and isinstance(found[0], tuple):
        return found if several else tuple(row[0] for row in found)
    return found if several else found[0]


def _rows(call: Call, index: int, vectorize: bool) -> list[Tensor]:
    """The blocks of one output: for each input."""
    out = call.outputs[index]
    if not out.requires_grad:
        return [zeros(*out.shape, *x.shape, dtype=x.dtype) for x in call.inputs]
    count = prod(out.shape)
    flat = reshape(out, (count,))
    if vectorize:
        unit = zeros(count, count, dtype=out.dtype)
        unit.fill_diagonal_(1) if hasattr(unit, "fill_diagonal_") else unit.view(-1)[:: count + 1].fill_(1)
        found: Any = grad(
            flat, call.inputs, unit, retain_graph=True, create_graph=call.create_graph, allow_unused=True,
            is_grads_batched=True,
        )  # fmt: skip
        filled = [zeros(count, *x.shape, dtype=x.dtype) if g is None else g
                  for g, x in zip(found, call.inputs, strict=True)]  # fmt: skip
    else:
        rows = [
            call.completed(
                grad(flat[k], call.inputs, retain_graph=True, create_graph=call.create_graph, allow_unused=True),
                f"Output {index}",
            )
            for k in range(count)
        ]
        filled = [stack(list(column)) for column in zip(*rows, strict=True)] if rows else [
            zeros(0, *x.shape, dtype=x.dtype) for x in call.inputs]  # fmt: skip
    return [reshape(g, (*out.shape, *x.shape)) for g, x in zip(filled, call.inputs, strict=True)]


def hessian(
    func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:  # fmt: skip
    """The Hessian of a function that returns a number: for each pair of inputs a tensor of the shape of both.

    >>> import wengert as torch
    >>> torch.autograd.functional.hessian(lambda x: (x**3).sum(), torch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])

    Args as for `jacobian`; outer_jacobian_strategy says how the gradient is differentiated.
    """
    several, given = as_tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')

    def number(*args: Any) -> Any:
        out = func(*args)
        found = as_tuple(out, "outputs of the user-provided function", "hessian")[1]
        if len(found) != 1:
            raise errors.GradError("The function given to hessian should return a single Tensor")
        if found[0].numel() != 1:
            raise errors.GradError(
                "The Tensor returned by the function given to hessian should contain a single element"
            )  # fmt: skip
        return found[0].reshape(())

    def gradient(*args: Any) -> Any:
        found = jacobian(number, args, create_graph=True, strict=strict)
        return tuple(found)

    found = jacobian(gradient, given, create_graph, strict, vectorize, "reverse-mode")
    return found if several else found[0][0]
