"""The base of every optimizer: groups of parameters with their options, the state of each, and hooks.

    param_groups := [{"params": [...], option: value, ...}, ...]     state := {parameter: {name: tensor}}

Knows groups and state. Must not know how a parameter is updated.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from copy import deepcopy
from functools import wraps
from itertools import chain
from typing import TYPE_CHECKING, Any

from wengert import errors
from wengert.core import live
from wengert.core.hooks import RemovableHandle, hooks_everywhere
from wengert.core.modes import enable_grad
from wengert.core.places import warn
from wengert.core.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

required: Any = type("_RequiredParameter", (), {"__repr__": lambda self: "<required parameter>"})()
"""The default of an option that every group has to say."""

SHOWN = "it shows the options of an optimizer to Python"

HOOKS = (
    "_optimizer_step_pre_hooks",
    "_optimizer_step_post_hooks",
    "_optimizer_state_dict_pre_hooks",
    "_optimizer_state_dict_post_hooks",
    "_optimizer_load_state_dict_pre_hooks",
    "_optimizer_load_state_dict_post_hooks",
)
_everywhere_before = hooks_everywhere()
_everywhere_after = hooks_everywhere()


def register_optimizer_step_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call hook(optimizer, args, kwargs) before each step of every optimizer."""
    return _registered(_everywhere_before, hook)


def register_optimizer_step_post_hook(hook: Callable[..., None]) -> RemovableHandle:
    """Call hook(optimizer, args, kwargs) after each step of every optimizer."""
    return _registered(_everywhere_after, hook)


def _registered(hooks: Any, hook: Any, *, prepend: bool = False) -> RemovableHandle:
    handle = RemovableHandle(hooks, hook)
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def _with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """A step that calls the hooks around it."""

    @wraps(step)
    def hooked(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        self._opt_called = True
        before, after = self._optimizer_step_pre_hooks, self._optimizer_step_post_hooks
        if type(self).step is not hooked:  # a derived class calls it, and has had the hooks called
            return step(self, *args, **kwargs)
        if not (before or after or _everywhere_before or _everywhere_after):
            return step(self, *args, **kwargs)
        given: tuple[Any, ...] = (self, *args)
        for hook in chain(tuple(_everywhere_before.values()), tuple(before.values())):
            changed = hook(self, given, kwargs)
            if changed is not None:
                if not isinstance(changed, tuple) or len(changed) != 2:
                    raise errors.GradError(
                        f"{step} must return None or a tuple of (new_args, new_kwargs), but got {changed}."
                    )
                given, kwargs = changed
        result = step(*given, **kwargs)
        for hook in chain(tuple(after.values()), tuple(_everywhere_after.values())):
            hook(self, given, kwargs)
        return result

    hooked.hooked = True  # type: ignore[attr-defined]
    return hooked


class Optimizer:
    """What updates parameters from their gradients.

    >>> import wengert as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.SGD([w], lr=0.1)
    >>> w.sum().backward(); optimizer.step(); optimizer.zero_grad()
    >>> w
    tensor([0.9000, 1.9000], requires_grad=True)

    Args:
        params: the parameters, or dictionaries of "params" and options, or pairs of names and parameters.
        defaults: the options of groups that do not say others.
    """

    _opt_called = False
    """Whether there was a step: a schedule asks."""

    _optimizer_step_pre_hooks: dict[int, Any]
    _optimizer_step_post_hooks: dict[int, Any]
    _optimizer_state_dict_pre_hooks: dict[int, Any]
    _optimizer_state_dict_post_hooks: dict[int, Any]
    _optimizer_load_state_dict_pre_hooks: dict[int, Any]
    _optimizer_load_state_dict_post_hooks: dict[int, Any]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        step = vars(cls).get("step")
        if step is not None and not hasattr(step, "hooked"):
            cls.step = _with_hooks(step)  # type: ignore[method-assign]

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        for name in HOOKS:
            setattr(self, name, OrderedDict())
        if isinstance(params, Tensor):
            raise errors.ArgumentTypeError(
                errors.advice(
                    "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                    "torch.FloatTensor",
                    "put the parameter into a list.",
                )
            )
        self.state: defaultdict[Any, Any] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups = list(params)
        if not groups:
            raise errors.ArgumentError(
                errors.advice(
                    "optimizer got an empty parameter list",
                    "pass model.parameters(), once: an iterator is used up when it was read.",
                )
            )
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for name in HOOKS:
            self.__dict__.setdefault(name, OrderedDict())
        self.defaults.setdefault("differentiable", False)

    def __repr__(self) -> str:
        live.noticed(SHOWN)
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines += [""] * (i > 0)
            lines.append(f"Parameter Group {i}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join([*lines, ")"])

    # ------------------------------------------------------------------------ groups

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Take more parameters, with options of their own."""
        if not isinstance(param_group, dict):
            raise errors.ArgumentTypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, set):
            raise errors.ArgumentTypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in "
                "sets will change between runs. Please use a list instead."
            )
        given = [params] if isinstance(params, Tensor) else list(params)
        names = [each[0] for each in given if isinstance(each, tuple)]
        param_group["params"] = [each[1] if isinstance(each, tuple) else each for each in given]
        if names:
            if len(names) != len(given):
                raise errors.ArgumentError(
                    "all optimizer params should be with/without names. Some param names are missing"
                )
            param_group["param_names"] = names
        for param in param_group["params"]:
            self._refuse_unfit(param)
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise errors.ArgumentError(
                    f"parameter group didn't specify a value of required optimization parameter {name}"
                )
            param_group.setdefault(name, default)
        self._refuse_twice(param_group)
        self.param_groups.append(param_group)

    def _refuse_unfit(self, param: Any) -> None:
        if not isinstance(param, Tensor):
            kind = type(param)
            name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
            raise errors.ArgumentTypeError(f"optimizer can only optimize Tensors, but one of the params is {name}")
        if not self.defaults.get("differentiable") and not (param.is_leaf or param.retains_grad):
            raise errors.ArgumentError(
                errors.advice(
                    "can't optimize a non-leaf Tensor",
                    "optimize the leaves that it was computed from, or tensor.detach().requires_grad_().",
                )
            )

    def _refuse_twice(self, group: dict[str, Any]) -> None:
        own = {id(p) for p in group["params"]}
        if len(own) != len(group["params"]):
            warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; "
                "see github.com/pytorch/pytorch/issues/40967 for more information"
            )
        named = "param_names" in group
        if any(named != ("param_names" in other) for other in self.param_groups):
            raise errors.ArgumentError(
                "all optimizer param groups should be with/without names. cannot add param group "
                f"{'with' if named else 'without'} names to the optimizer"
            )
        if any(id(p) in own for other in self.param_groups for p in other["params"]):
            raise errors.ArgumentError("some parameters appear in more than one parameter group")

    # ------------------------------------------------------------------------ steps

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or fill them with zeros."""
        for group in self.param_groups:
            for p in group["params"]:
                grad = p.grad
                if grad is None:
                    continue
                if set_to_none:
                    p.grad = None
                elif grad.grad_fn is not None:
                    grad.detach_().zero_()
                else:
                    grad.requires_grad_(False).zero_()

    def step(self, closure: Any = None) -> Any:
        """Update the parameters once; closure() computes the loss again, where an algorithm needs that."""
        raise NotImplementedError

    def _loss_of(self, closure: Any) -> Any:
        if closure is None:
            return None
        with enable_grad():
            return closure()

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call hook(optimizer, args, kwargs) before each step; it may return other args and kwargs."""
        return _registered(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Call hook(optimizer, args, kwargs) after each step."""
        return _registered(self._optimizer_step_post_hooks, hook)

    # ------------------------------------------------------------------------ state

    def register_state_dict_pre_hook(self, hook: Callable[..., None], prepend: bool = False) -> RemovableHandle:
        """Call hook(optimizer) before `state_dict`."""
        return _registered(self._optimizer_state_dict_pre_hooks, hook, prepend=prepend)

    def register_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call hook(optimizer, state_dict) after `state_dict`; it may return another dictionary."""
        return _registered(self._optimizer_state_dict_post_hooks, hook, prepend=prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call hook(optimizer, state_dict) before `load_state_dict`; it may return another dictionary."""
        return _registered(self._optimizer_load_state_dict_pre_hooks, hook, prepend=prepend)

    def register_load_state_dict_post_hook(self, hook: Callable[..., None], prepend: bool = False) -> RemovableHandle:
        """Call hook(optimizer) after `load_state_dict`."""
        return _registered(self._optimizer_load_state_dict_post_hooks, hook, prepend=prepend)

    def state_dict(self) -> dict[str, Any]:
        """The state, with numbers in the place of parameters: what `load_state_dict` takes."""
        live.noticed(SHOWN)
        for hook in tuple(self._optimizer_state_dict_pre_hooks.values()):
            hook(self)
        numbers: dict[int, int] = {}
        start, groups = 0, []
        for group in self.param_groups:
            for i, p in enumerate(group["params"], start):
                numbers.setdefault(id(p), i)
            kept = {key: value for key, value in group.items() if key != "params"}
            groups.append({**kept, "params": [numbers[id(p)] for p in group["params"]]})
            start += len(group["params"])
        state = {numbers[id(k)] if isinstance(k, Tensor) else k: v for k, v in self.state.items()}
        found: dict[str, Any] = {"state": state, "param_groups": groups}
        for hook in tuple(self._optimizer_state_dict_post_hooks.values()):
            found = _other(hook(self, found), found)
        return found

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take the state that another optimizer's `state_dict` gave; tensors take the dtype of their parameter."""
        given = dict(state_dict)
        for hook in tuple(self._optimizer_load_state_dict_pre_hooks.values()):
            given = _other(hook(self, given), given)
        groups, saved = self.param_groups, deepcopy(given["param_groups"])
        if len(groups) != len(saved):
            raise errors.ArgumentError("loaded state dict has a different number of parameter groups")
        if any(len(g["params"]) != len(s["params"]) for g, s in zip(groups, saved, strict=True)):
            raise errors.ArgumentError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
            )
        pairs = [(n, p) for g, s in zip(groups, saved, strict=True)
                 for n, p in zip(s["params"], g["params"], strict=True)]  # fmt: skip
        params = dict(pairs)
        state: defaultdict[Any, Any] = defaultdict(dict)
        for key, value in given["state"].items():
            state[params.get(key, key)] = _cast(params[key], value) if key in params else value
        for group, new in zip(groups, saved, strict=True):
            new["params"] = group["params"]
            if "param_names" in group:
                new.setdefault("param_names", group["param_names"])
        self.__setstate__({"state": state, "param_groups": saved})
        for hook in tuple(self._optimizer_load_state_dict_post_hooks.values()):
            hook(self)


def _other(found: Any, otherwise: Any) -> Any:
    return otherwise if found is None else found


def _cast(param: Tensor, value: Any, key: Any = None) -> Any:
    """A copy of a loaded value in the dtype of its parameter; counts of steps keep theirs."""
    if isinstance(value, Tensor):
        if key == "step" or not param.dtype.is_floating_point:
            return value.detach().clone()
        return value.detach().to(param.dtype, copy=True)
    if isinstance(value, dict):
        return {k: _cast(param, v, k) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return type(value)(_cast(param, v) for v in value)
    return value


class GroupByGroup(Optimizer):
    """An optimizer that steps with each group by itself.

    A class gives `_step_group`.
    """

    def step(self, closure: Any = None) -> Any:
        """Update every parameter that has a gradient.

        Args:
            closure: computes the loss, with backward(); its result is returned.
        """
        loss = self._loss_of(closure)
        for index, group in enumerate(self.param_groups):
            self._step_group(index, group)
        return loss

    def _step_group(self, index: int, group: dict[str, Any]) -> None:
        """Update the parameters of a group that have gradients."""
        raise NotImplementedError


def check(*tests: tuple[bool, str]) -> None:
    """Raise for the first test that does not hold."""
    for holds, message in tests:
        if not holds:
            raise errors.ArgumentError(message)


def checked_rate(lr: Any, words: str = "Invalid learning rate") -> None:
    """Raise, in these words, for a learning rate that makes no sense."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise errors.ArgumentError("Tensor lr must be 1-element")
    check((bool(lr >= 0.0), f"{words}: {lr}"))
