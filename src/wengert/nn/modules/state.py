"""The state of a module as a flat dictionary of tensors, and back.

Knows the names `_parameters`, `_buffers` and `_modules`. Must not know how a module is called.
"""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from typing import TYPE_CHECKING, Any

from wengert import errors
from wengert.core.hooks import RemovableHandle
from wengert.core.modes import no_grad
from wengert.core.tensor import Tensor
from wengert.nn.parameter import Parameter, is_lazy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

EXTRA_STATE = "_extra_state"


class IncompatibleKeys(namedtuple("_IncompatibleKeys", ["missing_keys", "unexpected_keys"])):  # noqa: PYI024  as PyTorch's
    """What `load_state_dict` did not find, and what it found no place for."""

    __slots__ = ()

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"

    __str__ = __repr__


class State:
    """A module as something that is saved and loaded."""

    _version: int
    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _modules: dict[str, Any]
    _non_persistent_buffers_set: set[str]
    _state_dict_hooks: dict[int, Any]
    _state_dict_pre_hooks: dict[int, Any]
    _load_state_dict_pre_hooks: dict[int, Any]
    _load_state_dict_post_hooks: dict[int, Any]

    def get_extra_state(self) -> Any:
        """What else is saved with the module; a class that defines it defines `set_extra_state` too."""
        raise errors.GradError(
            "Reached a code path in Module.get_extra_state() that should never be called. Please file an issue."
        )

    def set_extra_state(self, state: Any) -> None:
        """Take what `get_extra_state` gave."""
        raise errors.GradError(
            "Reached a code path in Module.set_extra_state() that should never be called. Please file an issue."
        )

    def _has_extra_state(self, method: str) -> bool:
        return getattr(type(self), method) is not getattr(State, method)

    # ------------------------------------------------------------------------ saving

    def state_dict(self, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> Any:
        """Parameters and persistent buffers by their dotted names; they share memory with the module.

        >>> import wengert as torch
        >>> list(torch.nn.Sequential(torch.nn.Linear(2, 1)).state_dict())
        ['0.weight', '0.bias']

        Args:
            args: destination, prefix and keep_vars by position, as older programs give them.
            destination: where they are put; a new OrderedDict if None.
            prefix: is put before each name.
            keep_vars: whether the parameters themselves are given, which require grad.
        """
        for name, value in zip(("destination", "prefix", "keep_vars"), args, strict=False):
            destination = value if name == "destination" else destination
            prefix = value if name == "prefix" else prefix
            keep_vars = value if name == "keep_vars" else keep_vars
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = metadata
        for hook in self._state_dict_pre_hooks.values():
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook in self._state_dict_hooks.values():
            replaced = hook(self, destination, prefix, metadata)
            if replaced is not None and not getattr(hook, "_from_public_api", False):
                destination = replaced
        return destination

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        kept = {n: b for n, b in self._buffers.items() if n not in self._non_persistent_buffers_set}
        for name, value in (*self._parameters.items(), *kept.items()):
            if value is not None:
                destination[prefix + name] = value if keep_vars or is_lazy(value) else value.detach()
        if self._has_extra_state("get_extra_state"):
            destination[prefix + EXTRA_STATE] = self.get_extra_state()

    # ------------------------------------------------------------------------ loading

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Any:
        """Copy a state into the module's own tensors.

        >>> import wengert as torch
        >>> layer = torch.nn.Linear(1, 1)
        >>> layer.load_state_dict({"weight": torch.ones(1, 1), "bias": torch.zeros(1)})
        <All keys matched successfully>
        >>> layer(torch.tensor([3.0]))
        tensor([3.], grad_fn=<AddBackward0>)

        Args:
            state_dict: tensors by dotted names.
            strict: whether the names must be exactly those of the module.
            assign: whether its tensors take the place of the module's, in place of being copied into them.

        Returns:
            A named tuple: missing_keys and unexpected_keys.

        Raises:
            RuntimeError: lists every name that is missing, unexpected or of another shape. What fits is loaded.
        """
        if not hasattr(state_dict, "keys"):
            raise errors.ArgumentTypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        loading = Loading(state_dict, strict, assign)
        loading.load(self, "")
        if strict:
            loading.say_keys()
        if loading.problems:
            text = "\n\t".join(loading.problems)
            raise errors.ShapeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{text}")
        return IncompatibleKeys(loading.missing, loading.unexpected)

    def _load_from_state_dict(
        self, state_dict: Any, prefix: str, local_metadata: Any, strict: bool, missing_keys: list[str],
        unexpected_keys: list[str], error_msgs: list[str],
    ) -> None:  # fmt: skip
        for hook in self._load_state_dict_pre_hooks.values():
            hook(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        kept = {n: b for n, b in self._buffers.items() if n not in self._non_persistent_buffers_set}
        own = {n: v for n, v in (*self._parameters.items(), *kept.items()) if v is not None}
        assign = bool(local_metadata.get("assign_to_params_buffers", False))
        for name, value in own.items():
            key = prefix + name
            if key in state_dict:
                problem = self._load_one(name, value, key, state_dict[key], assign)
                if problem:
                    error_msgs.append(problem)
            elif strict:
                missing_keys.append(key)
        extra = prefix + EXTRA_STATE
        self._load_extra_state(extra, state_dict, missing_keys if strict else [], unexpected_keys if strict else [])
        if strict:
            unexpected_keys.extend(key for key in state_dict if self._is_unexpected(key, prefix, own, extra))

    def _load_extra_state(self, key: str, state_dict: Any, missing_keys: list[str], unexpected_keys: list[str]) -> None:
        if key in state_dict:
            if self._has_extra_state("set_extra_state"):
                self.set_extra_state(state_dict[key])
            else:
                unexpected_keys.append(key)
        elif self._has_extra_state("set_extra_state"):
            missing_keys.append(key)

    def _is_unexpected(self, key: str, prefix: str, own: Any, extra: str) -> bool:
        if not key.startswith(prefix) or key == extra:
            return False
        first, *rest = key[len(prefix) :].split(".", 1)
        return first not in own if not rest else first not in self._modules

    def _load_one(self, name: str, own: Any, key: str, given: Any, assign: bool) -> str:
        """Load one tensor; what went wrong, in words."""
        if not isinstance(given, Tensor):
            return (
                f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from '
                f"checkpoint but received {type(given)}"
            )
        if is_lazy(own) and is_lazy(given):
            return ""
        if own.ndim == 0 and given.ndim == 1 and not assign:
            given = given[0]  # PyTorch 0.3 saved numbers as vectors of one element
        if given.shape != own.shape:
            return (
                f"size mismatch for {key}: copying a param with shape {given.shape} from checkpoint, the shape in "
                f"current model is {own.shape}."
            )
        try:
            with no_grad():
                if assign:
                    is_parameter = isinstance(own, Parameter)
                    if is_parameter and not isinstance(given, Parameter):
                        given = Parameter(given, requires_grad=own.requires_grad)
                    (self._parameters if is_parameter else self._buffers)[name] = given
                else:
                    own.copy_(given)
        except Exception as error:  # noqa: BLE001  as PyTorch does: all that went wrong is said at the end
            return (
                f'While copying the parameter named "{key}", whose dimensions in the model are {own.size()} and whose '
                f"dimensions in the checkpoint are {given.size()}, an exception occurred : {error.args}."
            )
        return ""

    # ------------------------------------------------------------------------ hooks

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata)` when the state was collected."""
        hook._from_public_api = True  # type: ignore[attr-defined]
        return RemovableHandle(self._state_dict_hooks, hook)

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        return RemovableHandle(self._state_dict_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, prefix, keep_vars)` before the state is collected."""
        return RemovableHandle(self._state_dict_pre_hooks, hook)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, ...)` before a state is loaded; it may change the dictionary."""

        def with_module(*args: Any) -> Any:
            return hook(self, *args)

        return RemovableHandle(self._load_state_dict_pre_hooks, with_module)

    def _register_load_state_dict_pre_hook(self, hook: Callable[..., Any], with_module: bool = False) -> Any:
        if with_module:
            return self.register_load_state_dict_pre_hook(hook)
        return RemovableHandle(self._load_state_dict_pre_hooks, hook)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, incompatible_keys)` after a state was loaded; it may change the lists of names."""
        return RemovableHandle(self._load_state_dict_post_hooks, hook)


class Loading:
    """One `load_state_dict`: what was asked for, and what did not fit."""

    def __init__(self, state_dict: Mapping[str, Any], strict: bool, assign: bool) -> None:
        self.metadata = getattr(state_dict, "_metadata", None)
        self.given = OrderedDict(state_dict)
        self.strict, self.assign = strict, assign
        self.missing: list[str] = []
        self.unexpected: list[str] = []
        self.problems: list[str] = []

    def load(self, module: Any, prefix: str) -> None:
        """Load a module and those below it."""
        found = {} if self.metadata is None else self.metadata.get(prefix[:-1], {})
        local = {**found, "assign_to_params_buffers": True} if self.assign else found
        module._load_from_state_dict(self.given, prefix, local, True, self.missing, self.unexpected, self.problems)
        for name, child in module._modules.items():
            if child is not None:
                self.load(child, f"{prefix}{name}.")
        keys = IncompatibleKeys(self.missing, self.unexpected)
        for hook in module._load_state_dict_post_hooks.values():
            if hook(module, keys) is not None:
                raise AssertionError(
                    "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new "
                    "values, if incompatible_keys need to be modified, it should be done inplace."
                )

    def say_keys(self) -> None:
        """Put the names that are unexpected and missing before the other problems."""
        for keys, word in ((self.unexpected, "Unexpected"), (self.missing, "Missing")):
            if keys:
                shown = ", ".join(f'"{key}"' for key in keys)
                self.problems.insert(0, f"{word} key(s) in state_dict: {shown}. ")
