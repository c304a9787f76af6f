"""Pruning: a parameter times a mask of what is kept, made anew before each call.

    module.weight = module.weight_orig * module.weight_mask

Knows modules and their hooks. Must not know layers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors
from wengert.core.tensor import Tensor, wrap
from wengert.functions.making.random import rand
from wengert.nn.utils.convert_parameters import parameters_to_vector

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "BasePruningMethod",
    "CustomFromMask",
    "Identity",
    "L1Unstructured",
    "LnStructured",
    "PruningContainer",
    "RandomStructured",
    "RandomUnstructured",
    "custom_from_mask",
    "global_unstructured",
    "identity",
    "is_pruned",
    "l1_unstructured",
    "ln_structured",
    "random_structured",
    "random_unstructured",
    "remove",
]


class BasePruningMethod(ABC):
    """A way to choose what is kept: `compute_mask` says it. It is the hook before forward, too.

    >>> import wengert as torch
    >>> from wengert.nn.utils import prune
    >>> layer = prune.l1_unstructured(torch.nn.Linear(4, 4), "weight", amount=3)
    >>> int((layer.weight == 0).sum())
    3
    """

    PRUNING_TYPE = "unstructured"
    _tensor_name: str

    def __call__(self, module: Any, inputs: Any) -> None:
        setattr(module, self._tensor_name, self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """1 where an element is kept and 0 elsewhere, of what is kept so far."""

    def apply_mask(self, module: Any) -> Any:
        """The tensor times its mask."""
        if self._tensor_name is None:
            raise AssertionError(f"Module {module} has to be pruned")
        mask = getattr(module, f"{self._tensor_name}_mask")
        original = getattr(module, f"{self._tensor_name}_orig")
        return mask.to(dtype=original.dtype) * original

    @classmethod
    def apply(cls, module: Any, name: str, *args: Any, importance_scores: Any = None, **kwargs: Any) -> Any:
        """Prune a tensor of a module, by this method after those before; returns the method."""
        before = [(k, h) for k, h in module._forward_pre_hooks.items() if isinstance(h, BasePruningMethod)]
        before = [(k, h) for k, h in before if h._tensor_name == name]
        for key, _ in before:
            del module._forward_pre_hooks[key]
        method: Any = cls(*args, **kwargs)
        method._tensor_name = name
        if before:
            container = before[0][1] if isinstance(before[0][1], PruningContainer) else PruningContainer(before[0][1])
            container.add_pruning_method(method)
            method = container
        original = getattr(module, name)
        scores = original if importance_scores is None else importance_scores
        if scores.shape != original.shape:
            raise AssertionError(
                "importance_scores should have the same shape as parameter "
                f"{name} of {module}"
            )  # fmt: skip
        if not before:
            module.register_parameter(f"{name}_orig", module._parameters.pop(name))
            default = original.new_ones(original.shape)
        else:
            default = getattr(module, f"{name}_mask").detach().clone()
        module.register_buffer(f"{name}_mask", method.compute_mask(scores.detach(), default_mask=default))
        setattr(module, name, method.apply_mask(module))
        module.register_forward_pre_hook(method)
        return method

    def prune(self, t: Any, default_mask: Any = None, importance_scores: Any = None) -> Any:
        """A tensor times the mask that this method gives it."""
        scores = t if importance_scores is None else importance_scores
        default = t.new_ones(t.shape) if default_mask is None else default_mask
        return t * self.compute_mask(scores, default_mask=default)

    def remove(self, module: Any) -> None:
        """Make the product the parameter."""
        if self._tensor_name is None:
            raise AssertionError(f"Module {module} has to be pruned before pruning can be removed")
        name = self._tensor_name
        weight = self.apply_mask(module)
        if name in module.__dict__:
            delattr(module, name)
        original = module._parameters[f"{name}_orig"]
        original.data = weight.data
        del module._parameters[f"{name}_orig"]
        del module._buffers[f"{name}_mask"]
        setattr(module, name, original)


class PruningContainer(BasePruningMethod):
    """Methods one after another: each chooses of what those before kept."""

    def __init__(self, *args: Any) -> None:
        self._pruning_methods: tuple[BasePruningMethod, ...] = ()
        methods = args[0] if len(args) == 1 and not isinstance(args[0], BasePruningMethod) else args
        for method in methods:
            if not self._pruning_methods:
                self._tensor_name = method._tensor_name
            self.add_pruning_method(method)

    def add_pruning_method(self, method: Any) -> None:
        """Add one more."""
        if not isinstance(method, BasePruningMethod):
            raise errors.ArgumentTypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if self._tensor_name != method._tensor_name:
            raise errors.ArgumentError(
                "Can only add pruning methods acting on the parameter named "
                f"'{self._tensor_name}' to PruningContainer {self}. Found '{method._tensor_name}'"
            )
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Any:
        return iter(self._pruning_methods)

    def __getitem__(self, idx: int) -> Any:
        return self._pruning_methods[idx]

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        method = self._pruning_methods[-1]
        mask = default_mask.to(dtype=t.dtype)
        if method.PRUNING_TYPE == "unstructured":
            kept: Any = mask == 1
        elif method.PRUNING_TYPE == "structured":
            dim = method.dim  # type: ignore[attr-defined]
            others = tuple(d for d in range(t.ndim) if d != dim % t.ndim)
            lines = wrap(np.flatnonzero(mask.array.sum(axis=others) != 0))
            kept = tuple(lines if d == dim % t.ndim else slice(None) for d in range(t.ndim))
        else:
            kept = (slice(None),) * t.ndim
        new = mask.clone()
        new[kept] = method.compute_mask(t[kept], default_mask=mask[kept]).to(dtype=new.dtype)
        return new


class Identity(BasePruningMethod):
    """Keeps everything; other ways can be added."""

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        return default_mask

    @classmethod
    def apply(cls, module: Any, name: str) -> Any:  # type: ignore[override]
        return super().apply(module, name)


class Amount:
    """How much is pruned: a share or a number, checked as PyTorch does."""

    def __init__(self, amount: Any) -> None:
        if isinstance(amount, bool) or not isinstance(amount, int | float | np.number):
            raise errors.ArgumentTypeError(f"Invalid type for amount: {amount}. Must be int or float.")
        whole = isinstance(amount, int | np.integer)
        if (whole and amount < 0) or (not whole and not 0 <= float(amount) <= 1):
            raise errors.ArgumentError(
                f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer"
            )
        self.amount, self._whole = amount, whole

    def of(self, size: int, *, strict: bool = True) -> int:
        """How many of `size` are pruned."""
        if not self._whole:
            return round(self.amount * size)
        if strict and self.amount > size:
            raise errors.ArgumentError(
                f"amount={self.amount} should be smaller than the number of parameters to prune={size}"
            )
        return int(self.amount)


class RandomUnstructured(BasePruningMethod):
    """Prunes some elements, chosen at random."""

    def __init__(self, amount: Any) -> None:
        self.amount = Amount(amount).amount

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        count = Amount(self.amount).of(t.numel())
        mask = default_mask.clone()
        if count:
            chance = rand(t.shape, dtype=t.dtype).reshape(-1)
            mask.view(-1)[chance.topk(count)[1]] = 0
        return mask


class L1Unstructured(BasePruningMethod):
    """Prunes the elements of the least absolute value."""

    def __init__(self, amount: Any) -> None:
        self.amount = Amount(amount).amount

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        count = Amount(self.amount).of(t.numel())
        mask = default_mask.clone()
        if count:
            mask.view(-1)[t.abs().reshape(-1).topk(count, largest=False)[1]] = 0
        return mask


class Structured(BasePruningMethod):
    """Prunes whole slices along a dimension: those for which a score is least."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: Any, dim: int = -1) -> None:
        self.amount, self.dim = Amount(amount).amount, dim

    def scores(self, t: Any) -> Any:
        """One number for each slice."""
        raise NotImplementedError

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        if t.ndim <= 1:
            raise errors.ArgumentError(
                "Structured pruning can only be applied to multidimensional tensors. Found tensor of shape "
                f"{t.shape} with {t.ndim} dims"
            )
        if not -t.ndim <= self.dim < t.ndim:
            raise errors.AxisError(f"Invalid index {self.dim} for tensor of size {t.shape}")
        size = t.shape[self.dim]
        count = Amount(self.amount).of(size)
        if not count:
            return default_mask
        kept = self.scores(t).topk(size - count)[1]
        mask = t.new_zeros(t.shape)
        mask[tuple(kept if d == self.dim % t.ndim else slice(None) for d in range(t.ndim))] = 1
        return mask * default_mask.to(dtype=mask.dtype)


class RandomStructured(Structured):
    """Prunes some slices along a dimension, chosen at random."""

    def scores(self, t: Any) -> Any:
        return rand(t.shape[self.dim])


class LnStructured(Structured):
    """Prunes the slices along a dimension whose norms are least."""

    def __init__(self, amount: Any, n: Any, dim: int = -1) -> None:
        super().__init__(amount, dim)
        self.n = n

    def scores(self, t: Any) -> Any:
        return t.norm(p=self.n, dim=tuple(d for d in range(t.ndim) if d != self.dim % t.ndim))


class CustomFromMask(BasePruningMethod):
    """Keeps what a mask says."""

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        return default_mask * self.mask.to(dtype=default_mask.dtype)


def identity(module: Any, name: str) -> Any:
    """Keep all elements, ready for more methods.

    >>> import wengert as torch
    >>> from wengert.nn.utils import prune
    >>> prune.is_pruned(prune.identity(torch.nn.Linear(2, 2), "weight"))
    True
    """
    Identity.apply(module, name)
    return module


def random_unstructured(module: Any, name: str, amount: Any) -> Any:
    """Prune elements at random: a share, or a number of them.

    >>> import wengert as torch
    >>> from wengert.nn.utils import prune
    >>> int(prune.random_unstructured(torch.nn.Linear(4, 2), "weight", 0.5).weight_mask.sum())
    4
    """
    RandomUnstructured.apply(module, name, amount=amount)
    return module


def l1_unstructured(module: Any, name: str, amount: Any, importance_scores: Any = None) -> Any:
    """Prune the elements of the least absolute value, or of the least scores.

    >>> import wengert as torch
    >>> from wengert.nn.utils import prune
    >>> int(prune.l1_unstructured(torch.nn.Linear(4, 2), "weight", 3).weight_mask.sum())
    5
    """
    L1Unstructured.apply(module, name, amount=amount, importance_scores=importance_scores)
    return module


def random_structured(module: Any, name: str, amount: Any, dim: int) -> Any:
    """Prune slices along a dimension at random.

    >>> import wengert as torch
    >>> from wengert.nn.utils import prune
    >>> prune.random_structured(torch.nn.Linear(2, 3), "weight", 1, dim=0).weight_mask.sum().item()
    4.0
    """
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(
    module: Any, name: str, amount: Any, n: Any, dim: int, importance_scores: Any = None
) -> Any:  # fmt: skip
    """Prune the slices along a dimension that have the least norms of order n.

    >>> import wengert as torch
    >>> from wengert.nn.utils import prune
    >>> prune.ln_structured(torch.nn.Linear(2, 3), "weight", 1, n=2, dim=0).weight_mask.sum().item()
    4.0
    """
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def global_unstructured(
    parameters: Iterable[Any], pruning_method: Any, importance_scores: Any = None, **kwargs: Any
) -> None:
    """Prune elements of several parameters as if they were one.

    >>> import wengert as torch
    >>> from wengert.nn.utils import prune
    >>> a, b = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    >>> prune.global_unstructured([(a, "weight"), (b, "weight")], prune.L1Unstructured, amount=3)
    >>> int(a.weight_mask.sum() + b.weight_mask.sum())
    5
    """
    if not hasattr(parameters, "__iter__"):
        raise errors.ArgumentTypeError("global_unstructured(): 'parameters' is not an Iterable")
    parameters = list(parameters)
    scores = importance_scores or {}
    relevant = parameters_to_vector([scores.get((m, n), getattr(m, n)) for m, n in parameters])
    default = parameters_to_vector([getattr(m, f"{n}_mask", getattr(m, n).new_ones(getattr(m, n).shape))
                                    for m, n in parameters])  # fmt: skip
    container = PruningContainer()
    container._tensor_name = "temp"
    method = pruning_method(**kwargs)
    method._tensor_name = "temp"
    container.add_pruning_method(method)
    if method.PRUNING_TYPE != "unstructured":
        raise errors.ArgumentTypeError(
            'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method '
            f"{pruning_method} of type {method.PRUNING_TYPE}"
        )
    mask = container.compute_mask(relevant.detach(), default)
    start = 0
    for module, name in parameters:
        tensor = getattr(module, name)
        custom_from_mask(module, name, mask=mask[start : start + tensor.numel()].view_as(tensor))
        start += tensor.numel()


def custom_from_mask(module: Any, name: str, mask: Tensor) -> Any:
    """Keep what a mask says.

    >>> import wengert as torch
    >>> from wengert.nn.utils import prune
    >>> layer = prune.custom_from_mask(torch.nn.Linear(2, 1), "weight", torch.tensor([[0, 1]]))
    >>> layer.weight[0, 0].item() == 0
    True
    """
    CustomFromMask.apply(module, name, mask)
    return module


def remove(module: Any, name: str) -> Any:
    """Make the pruned tensor the parameter.

    >>> import wengert as torch
    >>> from wengert.nn.utils import prune
    >>> layer = prune.l1_unstructured(torch.nn.Linear(4, 2), "weight", 3)
    >>> list(prune.remove(layer, "weight").state_dict())
    ['bias', 'weight']

    Raises:
        ValueError: if it is not pruned.
    """
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            hook.remove(module)
            del module._forward_pre_hooks[key]
            return module
    raise errors.ArgumentError(
        f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed"
    )  # fmt: skip


def is_pruned(module: Any) -> bool:
    """Whether something in a module is pruned.

    >>> import wengert as torch
    >>> torch.nn.utils.prune.is_pruned(torch.nn.Linear(2, 2))
    False
    """
    return any(
        isinstance(hook, BasePruningMethod) for each in module.modules() for hook in each._forward_pre_hooks.values()
    )
