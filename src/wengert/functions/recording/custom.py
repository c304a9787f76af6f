"""Operations whose backward is written by the user: autograd.Function.

    apply -> forward(ctx, *args), or forward(*args) and setup_context(ctx, args, output)
    ctx   := what forward leaves for backward, and what it says about inputs and outputs

Knows the tape. Transforms say in `Level.custom` what a Function is to them.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from wengert import errors
from wengert.core.hooks import Several
from wengert.core.levels import Tracer, alias_of, numpy_dtype, spec_of
from wengert.core.modes import present, recording, without_grad
from wengert.core.outputs import operation_of
from wengert.core.places import remember_traceback, user_frame, warn
from wengert.core.tape import COMPLEX, MORE, AccumulateGrad, Node, Pullback, general_way, mark_written, plain_node
from wengert.core.tensor import Tensor, View, storage_of, wrap
from wengert.dtypes import FLOATING
from wengert.functions.recording.saving import FunctionCtx, Saved, output_node
from wengert.functions.writing import histories
from wengert.functions.writing.rewriting import rewrite
from wengert.ops import structural as s
from wengert.shapes import Spec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Named:
    """What the nodes of one Function have in place of a row of the table."""

    __slots__ = ("arity", "name", "node_name", "operands", "title")

    def __init__(self, function: Any, arity: int) -> None:
        self.name = self.title = function.__name__
        self.node_name = f"{function.__name__}Backward"
        self.arity = arity
        self.operands = ()


class BackwardCFunction(Node):
    """The node of a Function. Attributes of its ctx can be read and set on it.

    The ctx stands in `params`. So a node can be filled as a plain Node, and become one of a Function
    when it is done: with the look at every attribute that is set, filling it would take 4 microseconds.
    """

    __slots__ = ()

    @property
    def ctx(self) -> FunctionCtx:
        """What forward left for backward."""
        found: FunctionCtx = self.params[0]
        return found

    def __getattr__(self, name: str) -> Any:
        try:
            return getattr(self.ctx, name)
        except AttributeError:
            raise AttributeError(f"'{self.name()}' object has no attribute '{name}'") from None

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _SLOTS:
            object.__setattr__(self, name, value)
        else:
            setattr(self.ctx, name, value)


_SLOTS = {*Node.__slots__, "parents"}


class FunctionPullback(Pullback):
    """How the nodes of one call of a Function go backward: by its own `backward`.

    Attributes:
        function: the Function.
        inputs: the Spec of each argument of apply, None for one that is no tensor.
        specs: the Spec of each output, None for one that is no tensor.
        outputs: how many outputs there are.
    """

    __slots__ = ("inputs", "specs")
    runs_on_nothing = True

    def __init__(self, function: Any, needs: tuple[int, ...], inputs: list[Any], outputs: list[Any]) -> None:
        self.primitive: Any = Named(function, len(inputs))
        self.needs, self.saves = needs, ()
        self.raw, self.reading = general_way, MORE
        self.function = function
        self.inputs = inputs
        self.specs = outputs
        self.outputs = len(self.specs)

    def over_arrays(self, node: Node, g: Any) -> Any:
        found = [each.array if type(each) is Tensor else each for each in self._gradients(node, g)]
        return tuple(found) if len(found) > 1 else found[0]

    def over_tensors(self, node: Node, g: Any) -> Any:
        if node.saved:
            node.saved[0].apart_from_leaves()
        return self.over_values(node, g)

    def over_values(self, node: Node, g: Any) -> Any:
        found = self._gradients(node, g)
        return tuple(found) if len(found) > 1 else found[0]

    def _gradients(self, node: Any, g: Any) -> list[Any]:
        ctx = node.ctx
        if isinstance(g, Several):
            given = list(g.boxed())
        else:
            given = [g if isinstance(g, Tensor) or g is None else wrap(g)] + [None] * (self.outputs - 1)
        if ctx.materialize_grads:
            for i, spec in enumerate(self.specs):
                if given[i] is None and spec is not None:
                    given[i] = wrap(np.zeros(spec.shape, spec.dtype))
        return self.checked(rule_of(self.function)(ctx, *given))

    def checked(self, result: Any) -> list[Any]:
        """The gradients of the inputs that need one, if the user's rule returned what it must."""
        results = result if isinstance(result, tuple) else (result,)
        name, due = self.primitive.node_name, len(self.inputs)
        while len(results) > due and results[-1] is None:
            results = results[:-1]
        if len(results) != due:
            raise errors.GradError(
                errors.advice(
                    f"function {name} returned an incorrect number of gradients (expected {due}, got {len(results)})",
                    "return one gradient, or None, for each argument of forward.",
                )
            )
        for i, (g, spec) in enumerate(zip(results, self.inputs, strict=True)):
            if g is not None and not isinstance(g, Tensor):
                raise errors.GradError(f"expected Variable or None (got {type(g).__name__})")
            if g is not None and spec is None:
                raise errors.GradError(
                    f"function {name} returned a gradient different than None at position {i + 1}, but the "
                    "corresponding forward input was not a Variable"
                )
        return [self._fitting(i, results[i]) for i in self.needs]

    def _fitting(self, index: int, g: Any) -> Any:
        if g is None:
            return None
        spec = self.inputs[index]
        if tuple(g.shape) != tuple(spec.shape):
            raise errors.ShapeError(
                errors.advice(
                    f"Function {self.primitive.node_name} returned an invalid gradient at index {index} - got "
                    f"{list(g.shape)} but expected shape compatible with {list(spec.shape)}",
                    "return a gradient of the shape of the input; sum over what forward broadcast.",
                )
            )
        own = numpy_dtype(g)
        if own == spec.dtype:
            return g
        if own.kind == "c" and spec.dtype.kind != "c":
            raise errors.DtypeError(
                f"Function {self.primitive.node_name} returned a complex gradient at index {index} for a real input\n"
                "Try: return its .real part."
            )
        return s.cast(g, spec.dtype)


def rule_of(function: Any) -> Callable[..., Any]:
    """The backward of a Function, which may also be called vjp."""
    own_backward = function.backward is not Function.backward
    own_vjp = function.vjp is not Function.vjp
    if own_backward and own_vjp:
        raise errors.GradError(errors.BACKWARD_AND_VJP)
    return function.vjp if own_vjp else function.backward  # type: ignore[no-any-return]


def has_setup(function: Any) -> bool:
    """Whether a Function has the form with setup_context."""
    return function.setup_context is not Function.setup_context


@functools.cache
def _signature(forward: Any) -> inspect.Signature:
    return inspect.signature(forward)


def bound(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """All arguments of apply by position, defaults filled in."""
    if has_setup(function):
        found = _signature(function.forward).bind(*args, **kwargs)
        found.apply_defaults()
        return found.args
    if not kwargs:
        return args
    found = _signature(function.forward).bind(None, *args, **kwargs)
    return found.args[1:]


def record_function(function: Any, args: tuple[Any, ...]) -> Any:
    """Run forward on tensors, unrecorded, and put one node on the tape for it if one is due."""
    ctx = FunctionCtx()
    ctx.needs_input_grad = tuple(isinstance(a, Tensor) and a.node is not None for a in args)
    result = without_grad(_forward, function, ctx, args)
    outputs = result if isinstance(result, tuple) else (result,)
    inputs = {id(a): a for a in args if isinstance(a, Tensor)}
    _check_dirty(ctx, outputs)
    recorded = recording() and any(ctx.needs_input_grad)
    for t in ctx.dirty_tensors:
        if not recorded or isinstance(t.node, AccumulateGrad):
            mark_written(t, f"{function.__name__}.apply")
    plain = [] if recorded else [_returned(ctx, out, inputs) for out in outputs]
    made = _with_node(function, ctx, args, outputs) if recorded else plain
    return tuple(made) if isinstance(result, tuple) else made[0]


def _forward(function: Any, ctx: FunctionCtx, args: tuple[Any, ...]) -> Any:
    if not has_setup(function):
        return function.forward(ctx, *args)
    result = function.forward(*args)
    function.setup_context(ctx, args, result)
    return result


def _check_dirty(ctx: FunctionCtx, outputs: Sequence[Any]) -> None:
    for kind, tensors in ((errors.DIRTY_TYPE, ctx.dirty_tensors), (errors.MARKED_TYPE, ctx.non_differentiable)):
        for i, t in enumerate(tensors):
            if not isinstance(t, Tensor):
                raise errors.GradError(f"{kind}\nargument {i} is of type {type(t).__name__}")
    if any(all(t is not out for out in outputs) for t in ctx.dirty_tensors):
        raise errors.GradError(errors.DIRTY_NOT_RETURNED)


def _returned(ctx: FunctionCtx, out: Any, inputs: dict[int, Any]) -> Any:
    """An output that gets no history: an input that is returned is returned as another tensor."""
    if not isinstance(out, Tensor) or id(out) not in inputs:
        return out
    if recording() and any(out is t for t in ctx.dirty_tensors):
        return out
    made = alias_of(out, None)
    made.origin = View(out, s.alias.primitive, ())
    return made


MOST_KINDS = 256
"""How many combinations of shapes and dtypes a Function keeps a pullback for."""


class Kinds:
    """What the calls of one Function share: the class of their nodes, and a pullback for equal specs."""

    __slots__ = ("_function", "_rules", "node_class")

    def __init__(self, function: Any) -> None:
        self._function = function
        self._rules: dict[Any, FunctionPullback] = {}
        self.node_class = type(f"{function.__name__}Backward", (BackwardCFunction,), {"__slots__": ()})

    def rule(self, needs: tuple[int, ...], args: Sequence[Any], outputs: Sequence[Any]) -> FunctionPullback:
        """The pullback of a call with such arguments and outputs."""
        key = (needs, tuple(map(_look, args)), tuple(map(_look, outputs)))
        found = self._rules.get(key)
        if found is None:
            if len(self._rules) >= MOST_KINDS:
                self._rules.clear()
            inputs, results = ([None if look is None else Spec(*look) for look in looks] for looks in key[1:])
            found = self._rules[key] = FunctionPullback(self._function, needs, inputs, results)
        return found


def _look(value: Any) -> tuple[Any, Any] | None:
    """Shape and dtype of a tensor; None for anything else."""
    if not isinstance(value, Tensor):
        return None
    seen = value.array if type(value) is Tensor else spec_of(value)
    return tuple(seen.shape), seen.dtype


def new_node(
    function: Any, ctx: FunctionCtx, args: Sequence[Any], needs: tuple[int, ...], outputs: Any, parents: Any = None
) -> Any:
    """The node of one call of a Function, which holds what its ctx was asked to save."""
    kinds = function.__dict__.get("_kinds")
    if kinds is None:
        kinds = function._kinds = Kinds(function)  # noqa: SLF001
    rule: Any = kinds.rule(needs, args, outputs)
    frame = user_frame(inspect.currentframe())  # type: ignore[arg-type]
    node = plain_node(
        rule, tuple(args[i].node for i in needs) if parents is None else parents, frame.f_code, frame.f_lasti
    )
    node.params = (ctx,)
    keep_saved(node, ctx, outputs)
    node.__class__ = kinds.node_class
    return node


def keep_saved(node: Any, ctx: FunctionCtx, outputs: Sequence[Any]) -> None:
    """Let a node hold what its ctx was asked to save."""
    saved = Saved(node, ctx.to_save, outputs)
    ctx.__dict__["_held"] = ref(saved)
    ctx.to_save = ()
    node.saved = (saved,)


def _with_node(function: Any, ctx: FunctionCtx, args: tuple[Any, ...], outputs: Sequence[Any]) -> list[Any]:
    for t in ctx.dirty_tensors:
        if isinstance(t.node, AccumulateGrad):
            raise errors.GradError(errors.advice(errors.DIRTY_LEAF, "write to a clone() of it."))
    needs = tuple(i for i, needed in enumerate(ctx.needs_input_grad) if needed)
    node = new_node(function, ctx, args, needs, outputs)
    now = present()
    if now.anomaly:
        remember_traceback(node)
    if now.observer is not None:
        now.observer.saw_function(function, args, outputs, node)
    views = [out.origin for out in outputs if isinstance(out, Tensor) and out.origin is not None]
    kind = "several" if len(views) > 1 else "function"
    inputs = {id(a) for a in args}
    made = []
    for i, out in enumerate(outputs):
        if not isinstance(out, Tensor):
            made.append(out)
        elif out.dtype.category < FLOATING or any(out is t for t in ctx.non_differentiable):
            made.append(alias_of(out, None) if id(out) in inputs else out)
        else:
            if out.dtype.is_complex:
                COMPLEX.seen = True
            made.append(_with_history(out, output_node(node, i), ctx, inputs, f"{kind} {function.__name__} {i}"))
    return made


def _with_history(out: Tensor, node: Node, ctx: FunctionCtx, inputs: set[int], made_in: str) -> Tensor:
    if any(out is t for t in ctx.dirty_tensors):
        if isinstance(out, Tracer):
            return rewrite(out, alias_of(out, node), node.name())
        histories.rebase(out, alias_of(out, node), (node.code, node.lasti, node.name()))
        return out
    if out.node is not None and operation_of(out.node)[0] is operation_of(node)[0]:
        out.node = node  # returned twice: the last place counts
        return out
    if id(out) in inputs or out.node is not None:
        seen = alias_of(out, node)
        seen.origin = View(out, s.alias.primitive, ())
        storage_of(out).add(seen)
        out = seen
    out.node = node
    if out.origin is not None:
        out.origin.made_in = made_in
    return out


class Function:
    """An operation with a backward of your own.

    >>> import wengert as torch
    >>> class Cube(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(x):
    ...         return x**3
    ...     @staticmethod
    ...     def setup_context(ctx, inputs, output):
    ...         ctx.save_for_backward(*inputs)
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_tensors
    ...         return 3 * x**2 * g
    >>> x = torch.tensor(2.0, requires_grad=True)
    >>> Cube.apply(x).backward(); x.grad
    tensor(12.)

    Subclasses define static methods: `forward`, `backward`, and where they are wanted
    `setup_context`, `jvp` (forward mode) and `vmap`; or set `generate_vmap_rule = True`, and the
    batched versions of forward and backward are made from these. `forward(ctx, *args)` without
    setup_context works too, except inside of transforms. What backward does is recorded if it has
    to be differentiated again.
    """

    generate_vmap_rule = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should "
            "invoke them on the class itself. Instantiating an autograd function will raise an error in a future "
            "version of PyTorch.",
            DeprecationWarning,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise errors.GradError(errors.LEGACY_FUNCTION)

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run forward, and remember how to go back."""
        args = bound(cls, args, kwargs)
        top: Any = None
        for a in args:
            if isinstance(a, Tracer) and (top is None or a.level.number > top.number):
                top = a.level
        if top is None:
            return record_function(cls, args)
        if not top.ordinary and not has_setup(cls):
            raise errors.TransformError(errors.NEEDS_SETUP)
        return top.custom(cls, args)

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the outputs from the inputs; the first argument is ctx, unless there is a setup_context."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Save what backward needs, given the inputs and the output of forward."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradients of the inputs, given those of the outputs."""
        raise NotImplementedError(errors.NO_BACKWARD)

    @staticmethod
    def vjp(ctx: Any, *grad_outputs: Any) -> Any:
        """Another name of backward; define one of them."""
        raise NotImplementedError(errors.NO_BACKWARD)

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """The tangents of the outputs, given those of the inputs."""
        raise NotImplementedError(errors.NO_JVP)

    @staticmethod
    def vmap(info: Any, in_dims: Any, *args: Any) -> Any:
        """The outputs of a batch and where their batch axes are, given the inputs and their axes."""
        raise NotImplementedError(errors.NO_VMAP)


class _Refusing(Pullback):
    """The pullback of a gradient that cannot be differentiated again."""

    __slots__ = ("error",)

    def __init__(self, count: int, error: str) -> None:
        self.primitive: Any = Named(type("DelayedError", (), {}), count)
        self.needs, self.saves = tuple(range(count)), ()
        self.raw, self.reading, self.function = general_way, MORE, None
        self.outputs = 1
        self.error = error

    def over_arrays(self, node: Node, g: Any) -> Any:
        raise errors.GradError(self.error)

    over_tensors = over_values = over_arrays


def once_differentiable(rule: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a backward as not differentiable itself: it runs unrecorded.

    >>> import wengert as torch
    >>> class Square(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x
    ...     @staticmethod
    ...     @torch.autograd.function.once_differentiable
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_tensors
    ...         return 2 * x * g
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> torch.autograd.grad(Square.apply(x), x)
    (tensor(6.),)

    Differentiating the result again raises. PyTorch raises only if the incoming gradient requires
    grad, and drops the dependence on the saved values otherwise.
    """

    @functools.wraps(rule)
    def once(ctx: Any, *grad_outputs: Any) -> Any:
        result = without_grad(rule, ctx, *grad_outputs)
        if not recording():
            return result
        sources = [g.node for g in grad_outputs if isinstance(g, Tensor) and g.node is not None]
        sources += [t.node for t in ctx.saved_tensors if isinstance(t, Tensor) and t.node is not None]
        if not sources:
            return result
        results = result if isinstance(result, tuple) else (result,)
        delayed = tuple(_delayed(g, sources) if isinstance(g, Tensor) else g for g in results)
        return delayed if isinstance(result, tuple) else delayed[0]

    return once


def _delayed(g: Tensor, sources: list[Any]) -> Tensor:
    frame = user_frame(inspect.currentframe())  # type: ignore[arg-type]
    rule: Any = _Refusing(len(sources), errors.ONCE_DIFFERENTIABLE)
    return wrap(g.array, plain_node(rule, tuple(sources), frame.f_code, frame.f_lasti))
