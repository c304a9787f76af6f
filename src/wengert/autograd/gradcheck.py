"""torch.autograd.gradcheck: are the derivatives of a function what its values say?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.autograd.gradients import differentiable, grad, is_floating, wants_grad
from wengert.autograd.jacobians import Check
from wengert.core.levels import Tracer
from wengert.core.modes import enable_grad
from wengert.core.tensor import Tensor, wrap
from wengert.errors import GradcheckError
from wengert.functions.recording.leaves import requires_grad_
from wengert.transforms.grad import vjp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def gradcheck(  # noqa: C901  PyTorch's switches, one after another
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float | None = None,
    rtol: float | None = None,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether the gradients of a function are what its values say.

    >>> import wengert as torch
    >>> x = torch.tensor([0.5, 1.5], dtype=torch.float64, requires_grad=True)
    >>> torch.autograd.gradcheck(torch.sin, x)
    True

    Args:
        func: takes the inputs, and returns a tensor or a tuple of tensors.
        inputs: a tensor or a sequence of arguments; those that require grad are checked. They should
            be float64 or complex128.
        eps: the step of the differences.
        atol: |analytical - numerical| <= atol + rtol |numerical|. Unless given, it is 1e-5 as in
            PyTorch, and 1e-8 where a complex step is possible.
        rtol: unless given, 1e-3 or 1e-6 in the same way.
        raise_exception: raise where something is wrong, rather than return False.
        nondet_tol: how much two backward passes may differ.
        check_undefined_grad: whether gradients that are not there may arrive at the outputs.
        check_grad_dtypes: whether gradients have the dtypes of the inputs.
        check_batched_grad: whether vmap over backward gives the same.
        check_batched_forward_grad: whether vmap over forward mode gives the same.
        check_forward_ad: check forward mode too.
        check_backward_ad: check backward.
        fast_mode: check one random direction rather than every element.
        masked: taken because PyTorch takes it.

    Raises:
        GradcheckError: with the worst element, and the operation that seems to be wrong.
        ValueError: if no input requires grad.
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    if check_batched_grad and not check_backward_ad:
        raise AssertionError("Setting check_batched_grad=True requires check_backward_ad to be True")
    if check_batched_forward_grad and not check_forward_ad:
        raise AssertionError("Setting check_batched_forward_grad=True requires check_forward_ad to be True")
    arguments = tuple(inputs) if isinstance(inputs, list | tuple) else (inputs,)
    check = Check(func, arguments, eps, atol, rtol, fast_mode)
    try:
        check.look_at_inputs()
        outputs = check.outputs()
        check.numerical = check.by_values(outputs)
        if check_forward_ad:
            check.forward(outputs, batched=check_batched_forward_grad)
        if check_backward_ad:
            check.backward(outputs, nondet_tol)
            if check_grad_dtypes:
                check.dtypes(outputs)
            if check_batched_grad:
                check.batched(outputs)
            if check_undefined_grad:
                check.undefined()
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float | None = None,
    rtol: float | None = None,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Whether the second derivatives of a function are what its gradients say.

    >>> import wengert as torch
    >>> x = torch.tensor([0.5, 1.5], dtype=torch.float64, requires_grad=True)
    >>> torch.autograd.gradgradcheck(torch.sin, x)
    True

    Args as for `gradcheck`, and:
        grad_outputs: the cotangents to start with; random unless given.
        gen_non_contig_grad_outputs: let the random ones not be contiguous.
        check_fwd_over_rev: check forward mode over backward.
        check_rev_over_rev: check backward over backward.
    """
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    if check_undefined_grad and not check_rev_over_rev:
        raise AssertionError("Setting check_undefined_grad=True requires check_rev_over_rev to be True")
    arguments = tuple(inputs) if isinstance(inputs, list | tuple) else (inputs,)
    outputs = differentiable(func(*arguments))
    if grad_outputs is None:
        seeds = tuple(random_like(out, strided=gen_non_contig_grad_outputs) for out in outputs)
    else:
        seeds = tuple(grad_outputs) if isinstance(grad_outputs, list | tuple) else (grad_outputs,)
    count = len(seeds)

    def gradients(*all_inputs: Any) -> Any:
        given, cotangents = all_inputs[:-count], all_inputs[-count:]
        if any(isinstance(a, Tracer) for a in all_inputs):
            return _pulled_inside(func, arguments, given, cotangents)
        given = tuple(requires_grad_(a) if is_floating(a) and not a.requires_grad else a for a in given)
        with enable_grad():
            wanted = [a for a, original in zip(given, arguments, strict=True) if wants_grad(original)]
            found = grad(differentiable(func(*given)), wanted, cotangents, create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)

    return gradcheck(
        gradients,
        (*arguments, *seeds),
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad,
        fast_mode=fast_mode,
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
        masked=masked,
    )


def _pulled_inside(func: Any, originals: Sequence[Any], given: Sequence[Any], cotangents: Sequence[Any]) -> Any:
    """The gradients of a function inside of a transform, where there is no tape of tensors."""
    at = [i for i, original in enumerate(originals) if wants_grad(original)]

    def of_wanted(*wanted: Any) -> Any:
        replaced = dict(zip(at, wanted, strict=True))
        results = func(*[replaced.get(i, a) for i, a in enumerate(given)])
        return tuple(results) if isinstance(results, list | tuple) else (results,)

    _, pull = vjp(of_wanted, *[given[i] for i in at])
    return pull(tuple(cotangents))


def random_like(out: Tensor, *, strided: bool) -> Tensor:
    """A random cotangent for an output."""
    generator = np.random.default_rng(1)
    values = generator.normal(size=out.shape)
    if out.array.dtype.kind == "c":
        values = values + 1j * generator.normal(size=out.shape)
    values = values.astype(out.array.dtype)
    if strided:
        values = np.stack([values, values], axis=-1)[..., 0]
    return requires_grad_(wrap(values))


__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]
