"""Which map leads from all real numbers into a set."""

from __future__ import annotations

from numbers import Number
from typing import Any

from wengert.distributions import constraints, transforms
from wengert.errors import ArgumentTypeError, UnsupportedError

__all__ = ["ConstraintRegistry", "biject_to", "transform_to"]


class ConstraintRegistry:
    """For each class of sets how a map is made that leads into one of it.

    >>> import wengert as torch
    >>> from wengert.distributions import constraints, transform_to
    >>> transform_to(constraints.positive)(torch.tensor(0.0))
    tensor(1.)
    """

    def __init__(self) -> None:
        self._registry: dict[Any, Any] = {}

    def register(self, constraint: Any, factory: Any = None) -> Any:
        """Say how the map is made: `factory(constraint)`; without a factory, a decorator."""
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        kind = type(constraint) if isinstance(constraint, constraints.Constraint) else constraint
        if not isinstance(kind, type) or not issubclass(kind, constraints.Constraint):
            raise ArgumentTypeError(
                f"Expected constraint to be either a Constraint subclass or instance, but got {constraint}"
            )
        self._registry[kind] = factory
        return factory

    def __call__(self, constraint: Any) -> Any:
        """The map into a set."""
        factory = self._registry.get(type(constraint))
        if factory is None:
            raise UnsupportedError(f"Cannot transform {type(constraint).__name__} constraints")
        return factory(constraint)


biject_to = ConstraintRegistry()
"""Maps that are bijective."""
transform_to = ConstraintRegistry()
"""Maps that may lead to a value from many."""

BOTH = (biject_to, transform_to)


def _into(*kinds: Any, registries: Any = BOTH) -> Any:
    """Register a factory for several sets."""

    def register(factory: Any) -> Any:
        for registry in registries:
            for kind in kinds:
                registry.register(kind, factory)
        return factory

    return register


@_into(constraints.real)
def _all_numbers(constraint: Any) -> Any:
    return transforms.identity_transform


for _registry in BOTH:

    @_into(constraints.independent, registries=(_registry,))
    def _of_several(constraint: Any, registry: Any = _registry) -> Any:
        base = registry(constraint.base_constraint)
        return transforms.IndependentTransform(base, constraint.reinterpreted_batch_ndims)

    @_into(constraints.cat, registries=(_registry,))
    def _of_stretches(constraint: Any, registry: Any = _registry) -> Any:
        return transforms.CatTransform([registry(c) for c in constraint.cseq], constraint.dim, constraint.lengths)

    @_into(constraints.stack, registries=(_registry,))
    def _of_layers(constraint: Any, registry: Any = _registry) -> Any:
        return transforms.StackTransform([registry(c) for c in constraint.cseq], constraint.dim)


@_into(constraints.positive, constraints.nonnegative)
def _positive(constraint: Any) -> Any:
    return transforms.ExpTransform()


@_into(constraints.greater_than, constraints.greater_than_eq)
def _above(constraint: Any) -> Any:
    parts = [transforms.ExpTransform(), transforms.AffineTransform(constraint.lower_bound, 1)]
    return transforms.ComposeTransform(parts)


@_into(constraints.less_than)
def _below(constraint: Any) -> Any:
    parts = [transforms.ExpTransform(), transforms.AffineTransform(constraint.upper_bound, -1)]
    return transforms.ComposeTransform(parts)


@_into(constraints.interval, constraints.half_open_interval)
def _between(constraint: Any) -> Any:
    low, high = constraint.lower_bound, constraint.upper_bound
    if all(isinstance(bound, Number) for bound in (low, high)) and (low, high) == (0, 1):
        return transforms.SigmoidTransform()
    return transforms.ComposeTransform([transforms.SigmoidTransform(), transforms.AffineTransform(low, high - low)])


@_into(constraints.simplex, registries=(biject_to,))
def _broken(constraint: Any) -> Any:
    return transforms.StickBreakingTransform()


@_into(constraints.simplex, registries=(transform_to,))
def _shares(constraint: Any) -> Any:
    return transforms.SoftmaxTransform()


@_into(constraints.lower_cholesky, registries=(transform_to,))
def _triangle(constraint: Any) -> Any:
    return transforms.LowerCholeskyTransform()


@_into(constraints.positive_definite, constraints.positive_semidefinite, registries=(transform_to,))
def _definite(constraint: Any) -> Any:
    return transforms.PositiveDefiniteTransform()


@_into(constraints.corr_cholesky)
def _correlations(constraint: Any) -> Any:
    return transforms.CorrCholeskyTransform()
