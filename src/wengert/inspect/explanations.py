"""explain(t): in words, why a tensor requires grad or not, and why its `.grad` is what it is."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from wengert import errors
from wengert.core.levels import Tracer
from wengert.core.modes import present
from wengert.core.outputs import operation_of
from wengert.core.tape import AccumulateGrad, Node
from wengert.core.tensor import Tensor, is_inference
from wengert.core.walk import reachable
from wengert.inspect.cuts import cut_of
from wengert.inspect.derivation import Derivation, derive


class Explanation:
    """Sentences about a tensor, and of a number how its gradients come about; printing it shows them.

    Attributes:
        sentences: about the tensor.
        derivation: the steps of the backward pass, or None.
    """

    __slots__ = ("derivation", "sentences")

    def __init__(self, sentences: list[str], derivation: Derivation | None = None) -> None:
        self.sentences = sentences
        self.derivation = derivation

    def __str__(self) -> str:
        steps = [] if self.derivation is None else ["", str(self.derivation)]
        return "\n".join([*self.sentences, *steps])

    __repr__ = __str__


def explain(tensor: Any, *args: Any) -> Explanation:
    """Say why a tensor requires grad or not, why its `.grad` is None, and which line cut its graph.

    >>> import wengert as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> torch.explain(w)
    A leaf, float32[2], that requires grad.
    Its .grad is None: no backward() has reached it yet.
    >>> torch.explain(w.argmax())  # doctest: +ELLIPSIS
    A tensor, int64[], that does not require grad.
    Its dtype is torch.int64: only floating point and complex tensors have gradients.
    Try: ...
    >>> len(torch.explain((w * w).sum()).derivation.steps)
    2

    Of a number it shows the backward pass step by step, with the rule of each operation and what it gives: see
    `derive`.
    A cut by detach() or `.data` is always known, with its line. The line of a no_grad() block or of
    an operation without derivative is known for what was computed inside of `with torch.lint():`.

    Of a function and arguments for it, as `explain(grad(f), x)`, or of a function that was compiled and called, it
    shows the graph as written and after each pass of the compiler, and the loops that are made of it.
    """
    if callable(tensor) and not isinstance(tensor, Tensor):
        return Explanation(import_module("wengert.inspect.passes").explained(tensor, args))  # which needs the compiler
    if not isinstance(tensor, Tensor):
        raise errors.ArgumentTypeError(f"explain(): argument must be Tensor, not {type(tensor).__name__}")
    if isinstance(tensor, Tracer):
        return Explanation(
            [f"A value of {tensor.level.name}, {tensor.spec}. Its gradient is what the transform returns."]
        )
    what = f"{tensor.array.dtype}{list(tensor.shape)}"
    if tensor.node is None:
        return Explanation([f"A tensor, {what}, that does not require grad.", *_why_not(tensor)])
    if isinstance(tensor.node, AccumulateGrad):
        return Explanation([f"A leaf, {what}, that requires grad.", *_grad_of_leaf(tensor)])
    sentences = [*_result(tensor, what), *_grad_of_result(tensor)]
    steps = derive(tensor) if tensor.ndim == 0 and tensor.dtype.is_floating_point and _is_whole(tensor) else None
    return Explanation(sentences, steps)


def _is_whole(tensor: Tensor) -> bool:
    """Whether nothing of the graph was freed."""
    return all(node.saved is not None for node in reachable([tensor.node]).values() if isinstance(node, Node))


def _why_not(tensor: Tensor) -> list[str]:
    cut = cut_of(tensor)
    if not (tensor.dtype.is_floating_point or tensor.dtype.is_complex):
        words = f"Its dtype is {tensor.dtype}: only floating point and complex tensors have gradients."
        return [words, "Try: compute what you differentiate from floating point tensors; .float() starts anew."]
    if cut is not None:
        return [
            f"Its history was cut by {cut.what} at {cut.place}",
            "Try: leave that out, if gradients should flow through it.",
        ]
    if is_inference(tensor):
        return ["It was made in inference_mode().", "Try: torch.no_grad() in place of inference_mode(), or clone() it."]
    base = tensor.origin.base if tensor.origin is not None else None
    if base is not None and base.node is not None:
        return ["It is a view, made under no_grad(), of a tensor that requires grad.", "Try: take the view outside."]
    if not present().grad:
        return [
            "Recording is off here: this line runs under no_grad() or set_grad_enabled(False).",
            "Try: compute it outside of that block, or inside of enable_grad().",
        ]
    unknown = (
        "It was made without requires_grad=True, or computed from tensors none of which required grad, "
        "or under no_grad(), or from numbers taken out with .item() or NumPy."
    )
    return [
        unknown,
        "Try: run the program inside `with wengert.lint():` and ask again; then the line is known.",
    ]


def _grad_of_leaf(leaf: Tensor) -> list[str]:
    if leaf.grad is None:
        return ["Its .grad is None: no backward() has reached it yet."]
    return ["Its .grad holds the sum of all gradients since it was last None or zero."]


def _result(tensor: Tensor, what: str) -> list[str]:
    node: Node = operation_of(tensor.node)[0]
    leaves = [n for n in reachable([tensor.node]).values() if isinstance(n, AccumulateGrad)]
    count = "1 leaf" if len(leaves) == 1 else f"{len(leaves)} leaves"
    shapes = ", ".join(str(list(leaf.array.shape)) for leaf in leaves[:8])
    more = ", ..." if len(leaves) > 8 else ""
    sentences = [
        f"A result, {what}, that requires grad: {node.name()}, made at {node.place}",
        f"It depends on {count} of shape {shapes}{more}.",
    ]
    if node.saved is None:
        sentences.append("Its graph was freed by a backward(), so it cannot be differentiated again.")
    return sentences


def _grad_of_result(tensor: Tensor) -> list[str]:
    hooks = tensor.node.hooks
    if hooks is not None and hooks.retained is not None:
        state = "holds what arrived" if tensor.grad is not None else "is None: no backward() has reached it yet"
        return [f"Its .grad {state}; retain_grad() was called."]
    return [
        "Its .grad is None: only leaves keep their gradient.",
        "Try: call .retain_grad() before backward(), or use torch.autograd.grad().",
    ]
