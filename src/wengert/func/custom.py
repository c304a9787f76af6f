"""Derivative rules of one's own for functions: custom_vjp and custom_jvp.

Each makes an autograd.Function, so the rules hold in backward(), in every transform, and at any order.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from wengert import errors, trees
from wengert.core.tensor import Tensor
from wengert.functions.making.creation import zeros_like
from wengert.functions.recording.custom import Function
from wengert.transforms.arguments import as_value
from wengert.transforms.grad import vjp

if TYPE_CHECKING:
    from collections.abc import Callable


class CustomRule:
    """A function whose derivative is said apart."""

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._rule: Any = None

    def __call__(self, *args: Any) -> Any:
        """The function's value."""
        if self._rule is None:
            raise errors.TransformError(
                errors.advice(f"{self.__name__}: its derivative was not said", f"call {self.__name__}.{self.missing}.")
            )
        leaves, structure = trees.flatten(args)
        values = [as_value(leaf) for leaf in leaves]
        places = [i for i, value in enumerate(values) if isinstance(value, Tensor)]
        call = Call(self, values, structure, places)
        found = function_of(call).apply(*(values[i] for i in places))
        return call.result(found)

    missing = ""
    __name__: str


class Call:
    """One call: its arguments taken apart, and how its results are put together."""

    def __init__(self, rule: CustomRule, values: list[Any], structure: Any, places: list[int]) -> None:
        self.rule = rule
        self.structure, self.places = structure, places
        self.fixed = [None if i in places else value for i, value in enumerate(values)]
        self.results: Any = None

    def arguments(self, tensors: Any) -> Any:
        """The arguments with these tensors in them."""
        values = list(self.fixed)
        for i, tensor in zip(self.places, tensors, strict=True):
            values[i] = tensor
        return self.structure.unflatten(values)

    def flat(self, output: Any) -> Any:
        """The results as Functions return them; how to undo that is kept."""
        leaves, self.results = trees.flatten(output)
        return tuple(leaves) if len(leaves) != 1 else leaves[0]

    def result(self, found: Any) -> Any:
        """The results in their containers."""
        return self.results.unflatten(list(found) if isinstance(found, tuple) else [found])

    def moves(self, given: Any) -> Any:
        """Tangents or cotangents in the containers of the results."""
        return self.results.unflatten(list(given))

    def of_tensors(self, gradients: Any) -> tuple[Any, ...]:
        """The gradients of the tensors among the arguments, from one in the containers of each argument."""
        found: list[Any] = []
        children = self.structure.children
        if len(gradients) != len(children):
            raise errors.GradError(
                f"{self.rule.__name__}: the rule must return one cotangent for each of {len(children)} arguments, "
                f"got {len(gradients)}"
            )
        for gradient, child in zip(gradients, children, strict=True):
            found += [None] * child.count if gradient is None else trees.flatten(gradient)[0]
        return tuple(found[i] for i in self.places)


class custom_vjp(CustomRule):
    """A function whose reverse derivative is said apart.

    >>> import wengert as torch
    >>> @torch.func.custom_vjp
    ... def clipped(x):
    ...     return x * 1
    >>> clipped.defvjp(lambda x: (clipped(x), None), lambda _, g: (g.clamp(-1, 1),))
    >>> torch.func.grad(lambda x: clipped(x) * 10)(2.0)
    tensor(1.)

    `defvjp(fwd, bwd)`: fwd of the arguments returns the value and whatever bwd needs; bwd of that and of the cotangent
    returns a tuple with a cotangent (or None) for each argument.
    """

    missing = "defvjp(fwd, bwd)"

    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any]) -> None:
        """Say the reverse derivative."""
        self._rule = (fwd, bwd)

    def function(self, call: Call) -> Any:
        """The Function of one call."""
        fwd, bwd = self._rule
        plain = self._function

        class CustomVjp(Function):
            generate_vmap_rule = True

            @staticmethod
            def forward(*tensors: Any) -> Any:
                return call.flat(plain(*call.arguments(tensors)))

            @staticmethod
            def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
                ctx.save_for_backward(*inputs)

            @staticmethod
            def backward(ctx: Any, *cotangents: Any) -> Any:
                _, kept = fwd(*call.arguments(ctx.saved_tensors))
                return call.of_tensors(bwd(kept, call.moves(cotangents)))

        return CustomVjp


class custom_jvp(CustomRule):
    """A function whose forward derivative is said apart; the reverse one is its transpose.

    >>> import wengert as torch
    >>> @torch.func.custom_jvp
    ... def double(x):
    ...     return 2 * x
    >>> double.defjvp(lambda primals, tangents: (double(*primals), 5 * tangents[0]))
    >>> torch.func.jvp(double, (1.0,), (1.0,))[1], torch.func.grad(double)(1.0)
    (tensor(5.), tensor(5.))

    `defjvp(rule)`: rule of a tuple of primals and one of tangents returns the value and its tangent, linear in the
    tangents.
    """

    missing = "defjvp(rule)"

    def defjvp(self, rule: Callable[..., Any]) -> None:
        """Say the forward derivative."""
        self._rule = rule

    def function(self, call: Call) -> Any:
        """The Function of one call."""
        rule, plain = self._rule, self._function

        def moved(inputs: Any, tangents: Any) -> Any:
            return call.flat(rule(tuple(call.arguments(inputs)), tuple(call.arguments(tangents)))[1])

        class CustomJvp(Function):
            generate_vmap_rule = True

            @staticmethod
            def forward(*tensors: Any) -> Any:
                return call.flat(plain(*call.arguments(tensors)))

            @staticmethod
            def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
                ctx.save_for_backward(*inputs)
                ctx.save_for_forward(*inputs)

            @staticmethod
            def jvp(ctx: Any, *tangents: Any) -> Any:
                inputs = ctx.saved_tensors
                filled = [zeros_like(x) if t is None else t for x, t in zip(inputs, tangents, strict=True)]
                return moved(inputs, filled)

            @staticmethod
            def backward(ctx: Any, *cotangents: Any) -> Any:
                inputs = ctx.saved_tensors
                _, pull = vjp(lambda *t: moved(inputs, t), *(zeros_like(x) for x in inputs))
                return pull(cotangents[0] if len(cotangents) == 1 else tuple(cotangents))

        return CustomJvp


def function_of(call: Call) -> Any:
    """The Function that a call applies."""
    rule: Any = call.rule
    return rule.function(call)
