"""Optimizers whose update is a formula, element by element: one text for packed memory and for tensors.

    numbers := what the formula takes besides elements, from the options and the counts (as "step") of the parameter
    update  := writes the new values of a parameter and its state, in methods that Tensor and Flat share

Plain parameters are updated together, over packed memory. Where a parameter or its gradient is a value of a transform
or of a recorded call, the same formula runs over tensors, so that it is recorded.

Knows when which way is taken. Must not know any formula.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from wengert import dtypes, errors
from wengert.core import live
from wengert.core.modes import enable_grad, no_grad
from wengert.core.tape import AccumulateGrad
from wengert.core.tensor import Tensor
from wengert.functions.elementwise.arithmetic import where
from wengert.functions.elementwise.complexes import view_as_real
from wengert.functions.making.creation import tensor, zeros_like
from wengert.optim.flat import Flat
from wengert.optim.optimizer import GroupByGroup
from wengert.optim.packing import PACKED, Packs, gradient_of
from wengert.optim.sweeping import Step

_PACKS: WeakKeyDictionary[Any, dict[int, Packs]] = WeakKeyDictionary()
"""By optimizer, and by the position of the group. Not an attribute: it is no part of what the optimizer says it is."""


class Elementwise(GroupByGroup):
    """An optimizer with a formula.

    A class says `counted`, the names of the numbers that are kept for each parameter ("step" is counted up before the
    formula sees it), and gives `kept`, `begin`, `numbers` and `update`.
    """

    counted: tuple[str, ...] = ("step",)
    read_anew = ("lr",)
    """The options that are asked for by `rate_of` and its like alone, wherever a step uses them."""

    def kept(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The names of the tensors that are kept for each parameter, which have its shape."""
        raise NotImplementedError

    def begin(self, param: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """The state of a parameter before its first step."""
        return {"step": count(0.0), **{name: zeros(param) for name in self.kept(group)}}

    def numbers(self, group: dict[str, Any], counts: dict[str, Any]) -> Any:
        """What `update` takes as `n`; counts that change are put into `counts`."""
        raise NotImplementedError

    def update(self, p: Any, g: Any, state: dict[str, Any], n: Any, group: dict[str, Any]) -> None:
        """Write the new values of p and its state."""
        raise NotImplementedError

    def _step_group(self, index: int, group: dict[str, Any]) -> None:
        params, grads, plain = [], [], True
        for p in group["params"]:
            node = p.node
            g = node.grad if type(node) is AccumulateGrad else None
            if g is None and (g := gradient_of(p)) is None:
                continue
            params.append(p)
            grads.append(g)
            if not (type(p) is Tensor and type(g) is Tensor and g.node is None
                    and (g.array.dtype is p.array.dtype or p.array.dtype not in PACKED)):  # fmt: skip
                plain = False
        if not params:
            return
        differentiable = group.get("differentiable")
        found = self._packs(index, params, group) if plain and not differentiable else None
        if found is None:
            self._over_tensors(params, grads, group)
            return
        packs, rest = found
        arrays = [g.array for g in grads]
        for pack in packs:
            counts = {name: vector.item(0) for name, vector in pack.counts.items()}
            numbers = self._counted(group, counts)
            pack.run(Step(self._updated, numbers, group), arrays)
            for name, vector in pack.counts.items():
                vector.fill(counts[name])
        if rest:
            self._over_tensors([params[i] for i in rest], [grads[i] for i in rest], group)

    def _packs(self, index: int, params: list[Tensor], group: dict[str, Any]) -> Any:
        packs = _PACKS.setdefault(self, {}).setdefault(index, Packs())
        return packs.of(params, self.state, self.kept(group), self.counted)

    def _counted(self, group: dict[str, Any], counts: dict[str, Any]) -> Any:
        if "step" in counts:
            counts["step"] = counts["step"] + 1
        return self.numbers(group, counts)

    def _updated(self, p: Any, g: Any, state: dict[str, Any], n: Any, group: dict[str, Any]) -> None:
        self.update(p, g.neg() if group["maximize"] else g, state, n, group)

    # ------------------------------------------------------------------------ over tensors

    def _over_tensors(self, params: list[Tensor], grads: list[Tensor], group: dict[str, Any]) -> None:
        """The formula for one parameter after another, in operations that are recorded where something records."""
        differentiable = group.get("differentiable")
        with enable_grad() if differentiable else no_grad():
            for p, g in zip(params, grads, strict=True):
                state = self.state[p]
                if not state:
                    state.update(self.begin(p, group))
                if differentiable:  # what the last step computed is still needed for its gradient
                    state.update({k: v.clone() for k, v in state.items() if isinstance(v, Tensor)})
                self._step_one(p, g, state, group)

    def _step_one(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        for name in self.counted:
            if not isinstance(state[name], Tensor):  # loaded from what an old version saved
                state[name] = count(float(state[name]))
        counts = {name: value_of(state[name]) for name in self.counted}
        old = dict(counts)
        numbers = self._counted(group, counts)
        for name, number in counts.items():
            if number is not old[name]:
                put(state[name], number)
        kept = {name: state[name] for name in self.kept(group) if name in state}
        if p.dtype.is_complex:
            kept = {name: view_as_real(value) for name, value in kept.items()}
            p, g = view_as_real(p), view_as_real(g)
        self._updated(p, g, kept, numbers, group)


def zeros(param: Tensor) -> Tensor:
    """Zeros in the shape of a parameter."""
    made: Tensor = zeros_like(param).detach()
    return made


def count(value: float) -> Tensor:
    """A number that is kept as a tensor, as PyTorch does."""
    return tensor(value, dtype=dtypes.float64 if dtypes.default() is dtypes.float64 else dtypes.float32)


def value_of(number: Any) -> Any:
    """A number as Python has it; a tensor of double precision, with its own memory, where a transform has no number."""
    if not isinstance(number, Tensor):
        return number
    return number.item() if type(number) is Tensor and number.node is None else number.to(dtypes.float64, copy=True)


def rate_of(group: dict[str, Any]) -> Any:
    """The learning rate; a recorded step reads it anew at each call, since schedules move it."""
    return value_of(live.number(group, "lr"))


def put(kept: Tensor, number: Any) -> None:
    """Write a number into the tensor that keeps it."""
    if isinstance(number, Tensor):
        kept.copy_(number)
    else:
        kept.fill_(number)


def selected(condition: Any, chosen: Any, otherwise: Any) -> Any:
    """`chosen` where the condition holds, for elements of both kinds."""
    if isinstance(otherwise, Flat):
        return otherwise.select(condition, chosen)
    return where(condition, chosen, otherwise)


def larger(a: Any, b: Any) -> Any:
    """The larger of two numbers, which may be tensors; b if a is nan, as max(b, a) in Python."""
    return selected(a > b, a, b) if _is_either_tensor(a, b) else max(b, a)


def smaller(a: Any, b: Any) -> Any:
    """The smaller of two numbers, which may be tensors; b if a is nan, as min(b, a) in Python."""
    return selected(a < b, a, b) if _is_either_tensor(a, b) else min(b, a)


def _is_either_tensor(a: Any, b: Any) -> bool:
    return isinstance(a, Tensor) or isinstance(b, Tensor)


def unsupported(fused: Any, foreach: Any, differentiable: Any) -> None:
    """Raise for ways of computing that exclude one another."""
    if fused and differentiable:
        raise errors.GradError("`fused` does not support `differentiable`")
    if fused and foreach:
        raise errors.GradError("`fused` and `foreach` cannot be `True` together.")
