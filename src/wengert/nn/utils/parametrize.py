"""Parametrisations: a parameter that is computed from others whenever it is read.

    module.weight  ==  parametrizations[-1](... parametrizations[0](original))

The class of the module becomes one of its own, in which the name is a property.

Knows modules. Must not know particular parametrisations.
"""

from __future__ import annotations

import copy
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from wengert import errors
from wengert.core.modes import no_grad
from wengert.core.tensor import Tensor
from wengert.nn.modules.container import ModuleDict, ModuleList
from wengert.nn.modules.module import Module
from wengert.nn.parameter import Parameter

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "transfer_parametrizations_and_params",
    "type_before_parametrizations",
]


class Cache:
    """Values that are not computed again inside of `cached()`."""

    depth = 0
    values: dict[tuple[int, str], Any] = {}  # noqa: RUF012  one for the process


@contextmanager
def cached() -> Iterator[None]:
    """Compute each parametrised tensor once inside.

    >>> import wengert as torch
    >>> from wengert.nn.utils import parametrize
    >>> layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(2, 3))
    >>> with parametrize.cached():
    ...     layer.weight is layer.weight
    True
    """
    Cache.depth += 1
    try:
        yield
    finally:
        Cache.depth -= 1
        if not Cache.depth:
            Cache.values = {}


class ParametrizationList(ModuleList):
    """The parametrisations of one tensor, in order, and what it is computed from.

    Attributes:
        original: the parameter or buffer that is trained or kept; original0, original1, ... if there are several.
    """

    def __init__(self, modules: Any, original: Tensor, unsafe: bool = False) -> None:
        modules = list(modules)
        if not modules:
            raise errors.ArgumentError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        shape, dtype = original.shape, original.dtype
        with no_grad():
            new: Any = original
            for module in reversed(modules):
                if hasattr(module, "right_inverse"):
                    with suppress(NotImplementedError):  # there is no way back: it begins with the tensor itself
                        new = module.right_inverse(new)
        self.is_tensor = isinstance(new, Tensor)
        self.ntensors = 1 if self.is_tensor else len(new)
        is_parameter = isinstance(original, Parameter)
        if self.is_tensor:
            self._keep("original", original if new is original else new, original, is_parameter)
        else:
            for i, each in enumerate(new):
                self._keep(f"original{i}", each, original, is_parameter)
        if not unsafe:
            found = self()
            if found.dtype is not dtype:
                raise errors.ArgumentError(
                    "Registering a parametrization may not change the dtype of the tensor, unless `unsafe` flag is "
                    f"enabled.\nunparametrized dtype: {dtype}\nparametrized dtype: {found.dtype}"
                )
            if found.shape != shape:
                raise errors.ArgumentError(
                    "Registering a parametrization may not change the shape of the tensor, unless `unsafe` flag is "
                    f"enabled.\nunparametrized shape: {shape}\nparametrized shape: {found.shape}"
                )

    def _keep(self, name: str, value: Tensor, original: Tensor, is_parameter: bool) -> None:
        if is_parameter:
            own = value if isinstance(value, Parameter) else Parameter(value.detach(), original.requires_grad)
            self.register_parameter(name, own)
        else:
            self.register_buffer(name, value)

    def originals(self) -> tuple[Any, ...]:
        """What the tensor is computed from."""
        if self.is_tensor:
            return (self.original,)
        return tuple(getattr(self, f"original{i}") for i in range(self.ntensors))

    def right_inverse(self, value: Tensor) -> None:
        """Write into the originals what gives a value, as far as the parametrisations can say.

        Raises:
            RuntimeError: if one cannot.
        """
        with no_grad():
            new: Any = value
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise errors.ShapeError(
                        f"parametrization {type(module).__name__} does not implement right_inverse."
                    )
                new = module.right_inverse(new)
            for own, given in zip(self.originals(), (new,) if self.is_tensor else new, strict=True):
                own.copy_(given)

    def forward(self) -> Any:
        value = self[0](*self.originals())
        for module in list(self)[1:]:
            value = module(value)
        return value


def _own_class(module: Module) -> None:
    """Let a module have a class of its own, whose properties are no other module's."""
    before = type(module)

    def copied(self: Any, memo: Any) -> Any:
        made = self.__new__(type(self))
        memo[id(self)] = made
        made.__dict__ = copy.deepcopy(self.__dict__, memo)
        return made

    body = {"__deepcopy__": copied} if not hasattr(before, "__deepcopy__") else {}
    module.__class__ = type(f"Parametrized{before.__name__}", (before,), body)
    module.parametrizations = ModuleDict()


def _property(name: str) -> property:
    def read(self: Any) -> Any:
        held = self.parametrizations[name]
        if not Cache.depth:
            return held()
        key = (id(self), name)
        if key not in Cache.values:
            Cache.values[key] = held()
        return Cache.values[key]

    return property(read, lambda self, value: self.parametrizations[name].right_inverse(value))


def register_parametrization(
    module: Any, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Any:  # fmt: skip
    """Let a parameter or buffer of a module be what another module makes of it.

    >>> import wengert as torch
    >>> from wengert.nn.utils import parametrize
    >>> class Symmetric(torch.nn.Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).T
    >>> layer = parametrize.register_parametrization(torch.nn.Linear(3, 3), "weight", Symmetric())
    >>> torch.equal(layer.weight, layer.weight.T)
    True

    Args:
        module: whose tensor it is.
        tensor_name: its name.
        parametrization: from the tensor, or what its `right_inverse` makes of it, to what the module reads.
        unsafe: whether shape and dtype may change.

    Raises:
        ValueError: if there is no such tensor, or shape or dtype change.
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        held = module.parametrizations[tensor_name]
        if not unsafe:
            now = getattr(module, tensor_name)
            found = parametrization(now)
            if found.shape != now.shape or found.dtype is not now.dtype:
                raise errors.ArgumentError(
                    "A parametrization may not change the shape or the dtype of the tensor if the `unsafe` flag is "
                    f"not enabled.\nunparametrized shape: {now.shape}\nparametrized shape: {found.shape}"
                )
        held.append(parametrization)
        held.unsafe |= unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        original = getattr(module, tensor_name)
        held = ParametrizationList([parametrization], original, unsafe=unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _own_class(module)
        setattr(type(module), tensor_name, _property(tensor_name))
        module.parametrizations[tensor_name] = held
    else:
        raise errors.ArgumentError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
            f"'{tensor_name}'"
        )
    return module


def is_parametrized(module: Any, tensor_name: str | None = None) -> bool:
    """Whether a module, or one of its tensors, is parametrised.

    >>> import wengert as torch
    >>> torch.nn.utils.parametrize.is_parametrized(torch.nn.Linear(2, 2))
    False
    """
    held = module.__dict__.get("_modules", {}).get("parametrizations")
    if not isinstance(held, ModuleDict):
        return False
    return len(held) > 0 if tensor_name is None else tensor_name in held


def type_before_parametrizations(module: Any) -> type:
    """The class of a module before it was parametrised.

    >>> import wengert as torch
    >>> from wengert.nn.utils import parametrizations, parametrize
    >>> parametrize.type_before_parametrizations(parametrizations.weight_norm(torch.nn.Linear(2, 2))).__name__
    'Linear'
    """
    own = type(module)
    return own.__bases__[0] if is_parametrized(module) else own


def remove_parametrizations(module: Any, tensor_name: str, leave_parametrized: bool = True) -> Any:
    """Take the parametrisations of a tensor away.

    >>> import wengert as torch
    >>> from wengert.nn.utils import parametrizations, parametrize
    >>> layer = parametrizations.weight_norm(torch.nn.Linear(2, 2))
    >>> parametrize.remove_parametrizations(layer, "weight")
    Linear(in_features=2, out_features=2, bias=True)

    Args:
        module: whose tensor it is.
        tensor_name: its name.
        leave_parametrized: whether it keeps the computed value; otherwise the original one.

    Raises:
        ValueError: if it has none, or originals are several and are to be left.
    """
    if not is_parametrized(module, tensor_name):
        raise errors.ArgumentError(f"Module {module} does not have a parametrization on {tensor_name}")
    held = module.parametrizations[tensor_name]
    if not held.is_tensor and not leave_parametrized:
        raise errors.ArgumentError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a "
            "sequence of tensors."
        )
    first = held.originals()[0]
    kept: Any = first
    if leave_parametrized:
        with no_grad():
            value = getattr(module, tensor_name)
        kept = Parameter(value, first.requires_grad) if isinstance(first, Parameter) else value
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    if isinstance(first, Parameter):
        module.register_parameter(tensor_name, kept)
    else:
        module.register_buffer(tensor_name, kept)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type(module).__bases__[0]
    return module


def transfer_parametrizations_and_params(from_module: Any, to_module: Any, tensor_name: str | None = None) -> Any:
    """Let another module have copies of the parametrisations of one, and its tensors.

    >>> import wengert as torch
    >>> from wengert.nn.utils import parametrizations, parametrize
    >>> layer = parametrizations.weight_norm(torch.nn.Linear(2, 2))
    >>> other = parametrize.transfer_parametrizations_and_params(layer, torch.nn.Linear(2, 2))
    >>> torch.equal(layer.weight, other.weight)
    True
    """
    for name, held in from_module.parametrizations.items():
        if tensor_name is not None and name != tensor_name:
            continue
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name).detach().clone()))
        for each in held:
            register_parametrization(to_module, name, copy.deepcopy(each))
        with no_grad():
            pairs = zip(to_module.parametrizations[name].originals(), held.originals(), strict=True)
            for own, given in pairs:
                own.copy_(given)
    return to_module
