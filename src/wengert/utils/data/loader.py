"""DataLoader: batches of a dataset, in an order, by processes if asked for.

Knows which options go together. Must not know how batches are made.
"""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing.context import BaseContext
from typing import TYPE_CHECKING, Any

from wengert import errors
from wengert.core.places import warn
from wengert.optim.optimizer import check
from wengert.utils.data.collate import default_collate, default_convert
from wengert.utils.data.dataset import IterableDataset
from wengert.utils.data.loading import Batches, BatchesHere, BatchesOfWorkers
from wengert.utils.data.sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler

if TYPE_CHECKING:
    from collections.abc import Iterator

FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")
"""Attributes that may not be set once the loader is made."""


AHEAD_ALONE = (
    "prefetch_factor option could only be specified in multiprocessing.let num_workers > 0 to enable multiprocessing, "
    "otherwise set prefetch_factor to None."
)


class _Endless(Sampler[None]):
    """No indices, without end: an iterable dataset says itself when it ends."""

    def __iter__(self) -> Iterator[None]:
        while True:
            yield None


class DataLoader:
    """Batches of a dataset.

    >>> import wengert as torch
    >>> data = torch.utils.data.TensorDataset(torch.arange(5))
    >>> loader = torch.utils.data.DataLoader(data, batch_size=2, shuffle=True,
    ...                                      generator=torch.Generator().manual_seed(0))
    >>> [batch.tolist() for batch, in loader], len(loader)
    ([[3, 1], [0, 4], [2]], 3)

    Args:
        dataset: where elements come from.
        batch_size: how many make a batch; None for elements as they are.
        shuffle: whether they come in random order, another one in each epoch.
        sampler: the order of the indices.
        batch_sampler: the order of lists of indices.
        num_workers: how many processes load; 0 for none but the program itself.
        collate_fn: makes a batch from a list of elements.
        pin_memory: nothing; there is no other memory.
        drop_last: whether a batch that is not full is left out.
        timeout: how many seconds are waited for a batch of a worker; 0 for as long as it takes.
        worker_init_fn: called with its number in each worker.
        multiprocessing_context: how processes are started: "fork", "spawn", "forkserver" or a context.
        generator: draws the order, and the seeds of workers.
        prefetch_factor: how many batches each worker makes ahead; 2 if None.
        persistent_workers: whether workers live on from one epoch to the next.
        pin_memory_device: nothing.
        in_order: whether batches come in the order of their indices, or as they are ready.
    """

    def __init__(self, dataset: Any, batch_size: int | None = 1, shuffle: bool | None = None, sampler: Any = None,
                 batch_sampler: Any = None, num_workers: int = 0, collate_fn: Any = None, pin_memory: bool = False,
                 drop_last: bool = False, timeout: float = 0, worker_init_fn: Any = None,
                 multiprocessing_context: Any = None, generator: Any = None, *, prefetch_factor: int | None = None,
                 persistent_workers: bool = False, pin_memory_device: str = "",
                 in_order: bool = True) -> None:  # fmt: skip
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        _check_order(dataset, batch_size, shuffle, sampler, batch_sampler, drop_last)
        self.dataset = dataset
        self.num_workers = num_workers
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.in_order = in_order
        if batch_sampler is not None:
            batch_size, drop_last = None, False
        if sampler is None:
            if isinstance(dataset, IterableDataset):
                sampler = _Endless()
            else:
                sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.generator = generator
        self.collate_fn = collate_fn or (default_convert if batch_sampler is None else default_collate)
        self.persistent_workers = persistent_workers
        self._said_length: int | None = None
        self._iterator: Any = None
        self._warn_of_many()
        self._made = True

    def __setattr__(self, name: str, value: Any) -> None:
        if name in FIXED and "_made" in self.__dict__:
            raise errors.ArgumentError(f"{name} attribute should not be set after {type(self).__name__} is initialized")
        super().__setattr__(name, value)

    @property
    def multiprocessing_context(self) -> Any:
        """How processes are started; None for as usual."""
        return self._multiprocessing_context

    @multiprocessing_context.setter
    def multiprocessing_context(self, context: Any) -> None:
        if context is not None and not self.num_workers:
            raise errors.ArgumentError(
                "multiprocessing_context can only be used with multi-process loading (num_workers > 0), but got "
                f"num_workers={self.num_workers}"
            )
        if isinstance(context, str):
            methods = multiprocessing.get_all_start_methods()
            if context not in methods:
                raise errors.ArgumentError(
                    f"multiprocessing_context option should specify a valid start method in {methods!r}, but got "
                    f"multiprocessing_context={context!r}"
                )
            context = multiprocessing.get_context(context)
        if context is not None and not isinstance(context, BaseContext):
            raise errors.ArgumentTypeError(
                "multiprocessing_context option should be a valid context object or a string specifying the start "
                f"method, but got multiprocessing_context={context}"
            )
        self._multiprocessing_context = context

    def _context(self) -> Any:
        return self._multiprocessing_context or multiprocessing.get_context()

    @property
    def _index_sampler(self) -> Any:
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def __iter__(self) -> Batches:
        if self.pin_memory:
            warn(
                "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't be "
                "used."
            )
        if not self.num_workers:
            return BatchesHere(self)
        if not self.persistent_workers:
            return BatchesOfWorkers(self)
        if self._iterator is None or not self._iterator.running:
            self._iterator = BatchesOfWorkers(self)
        else:
            self._iterator.again()
        found: Batches = self._iterator
        return found

    def __len__(self) -> int:
        if not isinstance(self.dataset, IterableDataset):
            return len(self._index_sampler)
        length = len(self.dataset)  # type: ignore[arg-type]
        if self.batch_size is not None:
            length = length // self.batch_size if self.drop_last else -(-length // self.batch_size)
        self._said_length = length
        return length

    def _warn_of_many(self) -> None:
        available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        if self.num_workers > available:
            warn(
                f"This DataLoader will create {self.num_workers} worker processes in total. Our suggested max number "
                f"of worker in current system is {available}, which is smaller than what this DataLoader is going to "
                "create. Please be aware that excessive worker creation might get DataLoader running slow or even "
                "freeze, lower the worker number to avoid potential slowness/freeze if necessary."
            )


def _check_workers(count: int, timeout: float, ahead: int | None, persistent: bool) -> None:
    """Raise for options of processes that do not go together."""
    check(
        (
            count >= 0,
            "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.",
        ),
        (timeout >= 0, "timeout option should be non-negative"),
        (
            count > 0 or ahead is None,
            AHEAD_ALONE,
        ),
        (ahead is None or ahead >= 0, "prefetch_factor option should be non-negative"),
        (count > 0 or not persistent, "persistent_workers option needs num_workers > 0"),
    )


def _check_order(dataset: Any, size: Any, shuffle: Any, sampler: Any, batch_sampler: Any, drop_last: bool) -> None:
    """Raise for options of the order that do not go together."""
    if isinstance(dataset, IterableDataset):
        for name, value, unset in (
            ("shuffle", shuffle, shuffle in (False, None)),
            ("sampler", sampler, sampler is None),
            ("batch_sampler", batch_sampler, batch_sampler is None),
        ):
            if not unset:
                raise errors.ArgumentError(
                    f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={value}"
                )
    check(
        (sampler is None or not shuffle, "sampler option is mutually exclusive with shuffle"),
        (
            batch_sampler is None or (size == 1 and not shuffle and sampler is None and not drop_last),
            "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last",
        ),
        (
            batch_sampler is not None or size is not None or not drop_last,
            "batch_size=None option disables auto-batching and is mutually exclusive with drop_last",
        ),
    )
