"""What all distributions are: shapes, checks of what they are given, and the questions one can ask."""

from __future__ import annotations

from typing import Any

import wengert as torch
from wengert.core.places import warn
from wengert.core.tensor import Tensor
from wengert.distributions.constraints import Constraint, is_dependent
from wengert.distributions.utils import all_hold, kind_of, lazy_property
from wengert.errors import ArgumentError
from wengert.shapes import Size

__all__ = ["Distribution"]

OURS = "wengert.distributions"


def named(kind: type) -> str:
    """A class as Python shows it, under PyTorch's name."""
    return repr(kind).replace(f"'{OURS}", f"'{OURS.replace('wengert', 'torch')}")


class Distribution:
    """A distribution of random values: a batch of them, each over events of one shape.

    >>> import wengert as torch
    >>> from wengert.distributions import Normal
    >>> d = Normal(torch.zeros(3), 1.0)
    >>> d.batch_shape, d.event_shape, d.sample((2,)).shape
    (torch.Size([3]), torch.Size([]), torch.Size([2, 3]))

    A subclass says in `arg_constraints` which parameters it has and where they lie, and defines what it can of
    `rsample` or `sample`, `log_prob`, `cdf`, `icdf`, `entropy`, `mean`, `mode` and `variance`.
    """

    has_rsample: Any = False
    has_enumerate_support: Any = False
    _validate_args = __debug__

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether distributions check their parameters and values where they are not told."""
        if value not in (True, False):
            raise ArgumentError("")
        Distribution._validate_args = value

    def __init__(self, batch_shape: Any = Size(), event_shape: Any = Size(), validate_args: Any = None) -> None:
        self._batch_shape, self._event_shape = Size(batch_shape), Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._check_parameters()
        super().__init__()

    def _check_parameters(self) -> None:
        try:
            constraints = self.arg_constraints
        except NotImplementedError:
            told = f"{named(type(self))} does not define `arg_constraints`."
            remedy = "Please set `arg_constraints = {}` or initialize the distribution with `validate_args=False`"
            warn(f"{told} {remedy} to turn off validation.")
            return
        for name, constraint in constraints.items():
            if is_dependent(constraint):
                continue
            if name not in self.__dict__ and isinstance(getattr(type(self), name), lazy_property):
                continue
            value = getattr(self, name)
            if not all_hold(constraint.check(value)):
                raise ArgumentError(
                    f"Expected parameter {name} ({kind_of(value)} of shape {tuple(value.shape)}) of distribution "
                    f"{self!r} to satisfy the constraint {constraint!r}, but found invalid values:\n{value}"
                )

    # ------------------------------------------------------------------------ shapes

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The same distribution for a larger batch."""
        own = self._own_class()
        new = self._get_checked_instance(own, _instance)
        self._expand_into(new, Size(batch_shape))
        return new

    def _own_class(self) -> Any:
        """The class of ours that knows the parameters."""
        own = next(each for each in type(self).__mro__ if each.__module__.startswith(OURS))
        if own is Distribution:
            raise NotImplementedError
        return own

    def _expand_into(self, new: Any, batch_shape: Size, event_shape: Any = None) -> None:
        """Give a new instance the parameters, for a larger batch."""
        for name, constraint in self.arg_constraints.items():
            if name in self.__dict__:
                value, rank = self.__dict__[name], constraint.event_dim
                new.__dict__[name] = value.expand(batch_shape + value.shape[value.dim() - rank :])
        shape = self.event_shape if event_shape is None else event_shape
        Distribution.__init__(new, batch_shape, shape, validate_args=False)
        new._validate_args = self._validate_args

    def _get_checked_instance(self, cls: Any, _instance: Any = None) -> Any:
        if _instance is None and type(self).__init__ != cls.__init__:
            raise NotImplementedError(
                f"Subclass {type(self).__name__} of {cls.__name__} that defines a custom __init__ method must also "
                "define a custom .expand() method."
            )
        return type(self).__new__(type(self)) if _instance is None else _instance

    @property
    def batch_shape(self) -> Size:
        """The shape of the parameters."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of one value."""
        return self._event_shape

    def _extended_shape(self, sample_shape: Any = Size()) -> Size:
        return Size(sample_shape) + self._batch_shape + self._event_shape

    # ------------------------------------------------------------------------ what a subclass says

    @property
    def arg_constraints(self) -> dict[str, Constraint]:
        """Where each parameter has to lie."""
        raise NotImplementedError

    @property
    def support(self) -> Any:
        """Where the values lie."""
        raise NotImplementedError

    @property
    def mean(self) -> Tensor:
        """The expected value."""
        raise NotImplementedError

    @property
    def mode(self) -> Tensor:
        """The value with the largest density."""
        raise NotImplementedError(f"{named(type(self))} does not implement mode")

    @property
    def variance(self) -> Tensor:
        """The expected square of the distance from the mean."""
        raise NotImplementedError

    @property
    def stddev(self) -> Tensor:
        """The root of the variance."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Any = Size()) -> Tensor:
        """Values, or a batch of them for each index of a shape; without a gradient."""
        with torch.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = Size()) -> Tensor:
        """Values that have derivatives by the parameters."""
        raise NotImplementedError

    def sample_n(self, n: int) -> Tensor:
        """`sample((n,))`."""
        warn("sample_n(n) will be deprecated. Use .sample((n,)) instead.", UserWarning)
        return self.sample(Size((n,)))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density, or of the probability, at a value."""
        raise NotImplementedError

    def cdf(self, value: Any) -> Tensor:
        """The probability of values up to this one."""
        raise NotImplementedError

    def icdf(self, value: Any) -> Tensor:
        """The value up to which there is this much probability."""
        raise NotImplementedError

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values of a discrete distribution, along a new first dimension."""
        raise NotImplementedError

    def entropy(self) -> Tensor:
        """The expected value of -log_prob."""
        raise NotImplementedError

    def perplexity(self) -> Tensor:
        """exp(entropy): over how many values as good as a uniform distribution."""
        return torch.exp(self.entropy())

    # ------------------------------------------------------------------------ checks

    def _validate_sample(self, value: Any) -> None:
        if not isinstance(value, Tensor):
            raise ArgumentError("The value argument to log_prob must be a Tensor")
        first = value.dim() - len(self._event_shape)
        if value.size()[max(first, 0) :] != self._event_shape:
            raise ArgumentError(
                f"The right-most size of value must match event_shape: {value.size()} vs {self._event_shape}."
            )
        expected = self._batch_shape + self._event_shape
        for i, j in zip(reversed(value.size()), reversed(expected), strict=False):
            if i not in (1, j) and j != 1:
                raise ArgumentError(
                    f"Value is not broadcastable with batch_shape+event_shape: {value.size()} vs {expected}."
                )
        try:
            support = self.support
        except NotImplementedError:
            warn(
                f"{named(type(self))} does not define `support` to enable sample validation. Please initialize the "
                "distribution with `validate_args=False` to turn off validation."
            )
            return
        if not all_hold(support.check(value)):
            raise ArgumentError(
                f"Expected value argument ({kind_of(value)} of shape {tuple(value.shape)}) to be within the "
                f"support ({support!r}) of the distribution {self!r}, but found invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        shown = []
        for name in self.arg_constraints:
            if name in self.__dict__:
                value = self.__dict__[name]
                shown.append(f"{name}: {value if value.numel() == 1 else value.size()}")
        return f"{type(self).__name__}({', '.join(shown)})"
