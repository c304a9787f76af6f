"""In what order the elements of a dataset are taken.

Knows indices and random numbers. Must not know elements.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from itertools import islice
from typing import Any, Generic, TypeVar

import numpy as np

from wengert import errors
from wengert.functions.making.creation import as_tensor
from wengert.functions.making.random import Generator, default_generator, randint, randperm

Taken_co = TypeVar("Taken_co", covariant=True)


def random_seed(generator: Any = None) -> int:
    """A number that a generator draws to seed another.

    >>> import wengert as torch
    >>> random_seed(torch.Generator().manual_seed(0)) == random_seed(torch.Generator().manual_seed(0))
    True
    """
    return int((generator or default_generator).long_words(1)[0]) & (2**63 - 1)


def _positive(name: str, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise errors.ArgumentError(f"{name} should be a positive integer value, but got {name}={value}")


class Sampler(Generic[Taken_co]):
    """An order of indices: a class that defines `__iter__`, and `__len__` where that is known.

    >>> import wengert as torch
    >>> class Backwards(torch.utils.data.Sampler):
    ...     def __iter__(self):
    ...         return iter([2, 1, 0])
    >>> [x.item() for x in torch.utils.data.DataLoader([5, 6, 7], sampler=Backwards())]
    [7, 6, 5]
    """

    def __iter__(self) -> Iterator[Taken_co]:
        raise NotImplementedError


class SequentialSampler(Sampler[int]):
    """One after another.

    >>> import wengert as torch
    >>> list(torch.utils.data.SequentialSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """In random order, or each drawn from all.

    >>> import wengert as torch
    >>> list(torch.utils.data.RandomSampler("abcde", generator=torch.Generator().manual_seed(0)))
    [4, 0, 1, 3, 2]

    Args:
        data_source: the dataset.
        replacement: whether an element may be drawn twice.
        num_samples: how many are drawn; as many as there are if None.
        generator: draws them; if None, one that the default generator seeds anew each time.
    """

    def __init__(self, data_source: Sized, replacement: bool = False, num_samples: int | None = None,
                 generator: Any = None) -> None:  # fmt: skip
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if not isinstance(replacement, bool):
            raise errors.ArgumentTypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        _positive("num_samples", self.num_samples)

    @property
    def num_samples(self) -> int:
        """How many are drawn."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        n, count = len(self.data_source), self.num_samples
        generator = self.generator
        if generator is None:
            generator = Generator().manual_seed(random_seed())
        if self.replacement:
            for size in (*[32] * (count // 32), count % 32):
                yield from randint(n, size=(size,), generator=generator).tolist()
            return
        for _ in range(count // n):
            yield from randperm(n, generator=generator).tolist()
        yield from randperm(n, generator=generator).tolist()[: count % n]

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """Given indices, in random order.

    >>> import wengert as torch
    >>> sorted(torch.utils.data.SubsetRandomSampler([5, 7, 6]))
    [5, 6, 7]
    """

    def __init__(self, indices: Sequence[int], generator: Any = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        for i in randperm(len(self.indices), generator=self.generator).tolist():
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Indices drawn with given weights.

    >>> import wengert as torch
    >>> list(torch.utils.data.WeightedRandomSampler([0.0, 1.0, 0.0], 4))
    [1, 1, 1, 1]

    Args:
        weights: how likely each index is; they need not add up to 1.
        num_samples: how many are drawn.
        replacement: whether an index may be drawn twice.
        generator: draws them; the default one if None.
    """

    def __init__(self, weights: Any, num_samples: int, replacement: bool = True, generator: Any = None) -> None:
        _positive("num_samples", num_samples)
        if not isinstance(replacement, bool):
            raise errors.ArgumentError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.weights = as_tensor(weights).double()
        if self.weights.ndim != 1:
            raise errors.ArgumentError(
                f"weights should be a 1d sequence but given weights have shape {tuple(self.weights.shape)}"
            )
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        weights, generator = self.weights.array, self.generator or default_generator
        if not (np.isfinite(weights).all() and (weights >= 0).all()):
            raise errors.ShapeError("probability tensor contains either `inf`, `nan` or element < 0")
        if weights.sum() <= 0:
            raise errors.ShapeError("invalid multinomial distribution (sum of probabilities <= 0)")
        if not self.replacement:
            yield from _without_replacement(weights, self.num_samples, generator)
            return
        sums = np.cumsum(weights)
        sums /= sums[-1]
        sums[-1] = 1.0
        yield from np.searchsorted(sums, generator.uniform(self.num_samples, np.dtype(np.float64))).tolist()

    def __len__(self) -> int:
        return self.num_samples


def _without_replacement(weights: Any, count: int, generator: Any) -> list[int]:
    """Distinct indices: each arrives after an exponential time, the sooner the larger its weight."""
    if count > weights.size:
        raise errors.ShapeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if count > np.count_nonzero(weights):
        raise errors.ShapeError("invalid multinomial distribution (with replacement=False, not enough non-negative "
                                "category to sample)")  # fmt: skip
    times = -np.log1p(-generator.uniform(weights.size, np.dtype(np.float64)))
    with np.errstate(divide="ignore"):
        found: list[int] = np.argsort(times / weights, kind="stable")[:count].tolist()
    return found


class BatchSampler(Sampler[list[int]]):
    """Lists of indices that another sampler gives.

    >>> import wengert as torch
    >>> list(torch.utils.data.BatchSampler(range(5), batch_size=2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        _positive("batch_size", batch_size)
        if not isinstance(drop_last, bool):
            raise errors.ArgumentError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        indices = iter(self.sampler)
        while batch := list(islice(indices, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self) -> int:
        whole, rest = divmod(len(self.sampler), self.batch_size)  # type: ignore[arg-type]
        return whole + (rest > 0 and not self.drop_last)
