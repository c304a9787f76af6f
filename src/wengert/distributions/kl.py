"""How far one distribution is from another: the Kullback-Leibler divergence, and who computes it."""

from __future__ import annotations

from functools import total_ordering
from typing import Any

from wengert.core.places import warn
from wengert.core.tensor import Tensor
from wengert.distributions.distribution import Distribution
from wengert.distributions.divergences import SAME
from wengert.distributions.divergences_between import BETWEEN
from wengert.errors import ArgumentTypeError, UnsupportedError

__all__ = ["kl_divergence", "register_kl"]

_KL_REGISTRY: dict[tuple[Any, Any], Any] = {}
"""By the classes of two distributions the function that computes it."""
_KL_MEMOIZE: dict[tuple[Any, Any], Any] = {}
"""What was found for two classes."""


def register_kl(type_p: Any, type_q: Any) -> Any:
    """Decorate the function of p and q that computes the divergence for two classes, and for those below them.

    >>> from wengert.distributions import Normal, kl_divergence, register_kl
    >>> class Mine(Normal):
    ...     pass
    >>> @register_kl(Mine, Mine)
    ... def closeness(p, q):
    ...     return p.loc - q.loc
    >>> kl_divergence(Mine(3.0, 1.0), Mine(1.0, 1.0))
    tensor(2.)
    """
    for name, kind in (("type_p", type_p), ("type_q", type_q)):
        if not isinstance(kind, type) or not issubclass(kind, Distribution):
            raise ArgumentTypeError(f"Expected {name} to be a Distribution subclass but got {kind}")

    def register(function: Any) -> Any:
        _KL_REGISTRY[type_p, type_q] = function
        _KL_MEMOIZE.clear()
        return function

    return register


@total_ordering
class _Match:
    """Two registered classes, the smaller the nearer they are to those asked for."""

    def __init__(self, *types: Any) -> None:
        self.types = types

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Match) and self.types == other.types

    def __le__(self, other: _Match) -> bool:
        for ours, theirs in zip(self.types, other.types, strict=True):
            if not issubclass(ours, theirs):
                return False
            if ours is not theirs:
                break
        return True

    __hash__ = object.__hash__


def _found(type_p: Any, type_q: Any) -> Any:
    """The function of the nearest pair; by p first, and by q first, where both should agree."""
    pairs = [pair for pair in _KL_REGISTRY if issubclass(type_p, pair[0]) and issubclass(type_q, pair[1])]
    if not pairs:
        return NotImplemented
    left = min(_Match(*pair) for pair in pairs).types
    right = min(_Match(*reversed(pair)) for pair in pairs).types[::-1]
    function = _KL_REGISTRY[left]
    if function is not _KL_REGISTRY[right]:
        names = type_p.__name__, type_q.__name__, left[0].__name__, right[1].__name__
        warn("Ambiguous kl_divergence({}, {}). Please register_kl({}, {})".format(*names), RuntimeWarning)
    return function


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """The expected log(p / q) of values of p.

    >>> from wengert.distributions import Normal, kl_divergence
    >>> kl_divergence(Normal(0.0, 1.0), Normal(1.0, 1.0))
    tensor(0.5000)
    """
    key = type(p), type(q)
    function = _KL_MEMOIZE.get(key)
    if function is None:
        function = _KL_MEMOIZE[key] = _found(*key)
    if function is NotImplemented:
        raise UnsupportedError(
            f"No KL(p || q) is implemented for p type {key[0].__name__} and q type {key[1].__name__}"
        )
    return function(p, q, kl_divergence) if function in OURS else function(p, q)


OURS = {*SAME.values(), *BETWEEN.values()}
"""Functions that may ask for the divergence of what the distributions are made of."""
_KL_REGISTRY.update({**SAME, **BETWEEN})
