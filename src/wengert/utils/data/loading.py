"""The batches of a loader, one after another: made here, or by worker processes.

Knows workers and the order of batches. Must not know which options a loader takes.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from itertools import cycle
from multiprocessing.connection import wait
from time import monotonic
from typing import Any, Self
from weakref import finalize

from wengert import errors
from wengert.core.places import warn
from wengert.utils.data.dataset import IterableDataset
from wengert.utils.data.fetching import Fetcher, Recipe
from wengert.utils.data.sampler import random_seed
from wengert.utils.data.sharing import discard, folder, unpack
from wengert.utils.data.workers import ENDED, Failure, Job, work

PATIENCE = 2.0
"""Seconds that a worker is given to end by itself."""


class Batches:
    """What iterating over a loader gives."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self._recipe = Recipe(loader.dataset, loader.batch_sampler is not None, loader.collate_fn, loader.drop_last)
        self._indices = iter(loader._index_sampler)  # noqa: SLF001  the other half of the loader
        self._base_seed = random_seed(loader.generator)
        self._yielded = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self._loader._index_sampler)  # noqa: SLF001

    def _counted(self, batch: Any) -> Any:
        """Warn where an iterable dataset has more elements than it said."""
        self._yielded += 1
        said = self._loader._said_length  # noqa: SLF001
        if said is not None and self._yielded > said and isinstance(self._recipe.dataset, IterableDataset):
            words = (
                f"Length of IterableDataset {self._recipe.dataset} was reported to be {said}(when accessing "
                f"len(dataloader)), but {self._yielded} samples have been fetched. "
            )
            if self._loader.num_workers:
                words += (
                    "For multiprocessing data-loading, this could be caused by not properly configuring the "
                    "IterableDataset replica at each worker. Please see "
                    "https://pytorch.org/docs/stable/data.html#torch.utils.data.IterableDataset for examples."
                )
            warn(words)
        return batch


class BatchesHere(Batches):
    """Batches that the program makes itself."""

    def __init__(self, loader: Any) -> None:
        super().__init__(loader)
        self._fetcher = Fetcher(self._recipe)

    def __next__(self) -> Any:
        return self._counted(self._fetcher.fetch(next(self._indices)))


class Worker:
    """A process, the program's end of its pipe, and whether its data has ended."""

    def __init__(self, context: Any, job: Job, earlier: list[Worker]) -> None:
        self.pipe, theirs = context.Pipe()
        copied = context.get_start_method() == "fork"
        others = [self.pipe, *(worker.pipe for worker in earlier)] if copied else []
        self.process = context.Process(target=work, args=(job, theirs, others), daemon=True)
        self.process.start()
        theirs.close()
        self.ended = False


def stop(workers: list[Worker], inside: str) -> None:
    """End all workers, whatever they are doing."""
    for worker in workers:
        with suppress(OSError):
            worker.pipe.send(None)
        worker.pipe.close()  # a worker that wants to send a result sees that
    until = monotonic() + PATIENCE
    for worker in workers:
        worker.process.join(max(0.0, until - monotonic()))
        for end in (worker.process.terminate, worker.process.kill):
            if worker.process.is_alive():
                end()
                worker.process.join(1.0)
    shutil.rmtree(inside, ignore_errors=True)


class BatchesOfWorkers(Batches):
    """Batches that worker processes make, in the order in which they are wanted."""

    def __init__(self, loader: Any) -> None:
        super().__init__(loader)
        context = loader._context()  # noqa: SLF001
        self._folder = folder()
        self._workers: list[Worker] = []
        # ends the workers when nobody iterates any more, and at the latest when the program ends
        self._stop = finalize(self, stop, self._workers, self._folder)
        try:
            for number in range(loader.num_workers):
                job = Job(self._recipe, number, loader.num_workers, self._base_seed, loader.worker_init_fn,
                          self._folder)  # fmt: skip
                self._workers.append(Worker(context, job, self._workers))
        except BaseException:
            self._stop()
            raise
        self._epoch = 0
        self._start()

    _sent: int
    _wanted: int

    def _start(self) -> None:
        self._sent = self._wanted = 0
        self._waiting: dict[int, Worker] = {}
        self._arrived: dict[int, Any] = {}
        self._turns = cycle(self._workers)
        for worker in self._workers:
            worker.ended = False
        for _ in range(self._loader.prefetch_factor * len(self._workers)):
            self._give_task()

    def again(self) -> None:
        """Begin another epoch with the same workers."""
        for message in self._arrived.values():
            discard(message)
        self._epoch += 1
        self._yielded = 0
        self._indices = iter(self._loader._index_sampler)  # noqa: SLF001
        self._start()

    @property
    def running(self) -> bool:
        """Whether there are workers to go on with."""
        return self._stop.alive

    def _give_task(self) -> None:
        """Let the next worker that has data make the next batch."""
        worker = next((w for w, _ in zip(self._turns, self._workers, strict=False) if not w.ended), None)
        if worker is None:
            return
        try:
            indices = next(self._indices)
        except StopIteration:
            return
        try:
            worker.pipe.send((self._epoch, self._sent, indices))
        except OSError:
            self._fail(worker)
        self._waiting[self._sent] = worker
        self._sent += 1

    def __next__(self) -> Any:
        if not self._stop.alive:
            raise StopIteration
        while True:
            number = self._next_number()
            if number is None:
                if not self._loader.persistent_workers:
                    self._stop()
                raise StopIteration
            if number in self._arrived:
                return self._counted(self._taken(number))
            self._receive()

    def _next_number(self) -> int | None:
        """Which batch is wanted next; None if there are no more."""
        while self._wanted < self._sent and self._wanted not in self._waiting and self._wanted not in self._arrived:
            self._wanted += 1  # of a worker whose data had ended, or taken out of order
        if self._wanted == self._sent:
            return None
        if not self._loader.in_order and self._arrived:
            first: int = next(iter(self._arrived))
            return first
        wanted: int = self._wanted
        return wanted

    def _taken(self, number: int) -> Any:
        message = self._arrived.pop(number)
        self._give_task()
        if isinstance(message, Failure):
            message.raised()
        return unpack(message)

    def _receive(self) -> None:
        """Wait for one result."""
        pipes: dict[Any, Worker] = {worker.pipe: worker for worker in self._workers}
        sentinels: dict[Any, Worker] = {worker.process.sentinel: worker for worker in self._workers}
        ready: list[Any] = wait([*pipes, *sentinels], self._loader.timeout or None)
        if not ready:
            self._stop()
            raise errors.GradError(f"DataLoader timed out after {self._loader.timeout} seconds")
        for each in ready:
            if each in pipes:
                try:
                    self._take_in(pipes[each], each.recv())
                except (EOFError, OSError):
                    self._fail(pipes[each])
                return
        self._fail(sentinels[ready[0]])

    def _take_in(self, worker: Worker, result: Any) -> None:
        epoch, number, message = result
        if epoch != self._epoch:
            discard(message)
        elif message == ENDED:
            worker.ended = True
            for task in [task for task, of in self._waiting.items() if of is worker]:
                del self._waiting[task]
                self._give_task()
        elif number in self._waiting:
            del self._waiting[number]
            self._arrived[number] = message

    def _fail(self, worker: Worker) -> None:
        """Say that a worker has died."""
        worker.process.join(1.0)
        code, pid = worker.process.exitcode, worker.process.pid
        self._stop()
        how = f"by signal {-code}" if code is not None and code < 0 else f"with exit code {code}"
        raise errors.GradError(
            errors.advice(
                f"DataLoader worker (pid(s) {pid}) exited unexpectedly",
                f"it ended {how}; num_workers=0 shows what the dataset does, and under the start methods spawn and "
                'forkserver the script needs `if __name__ == "__main__":`.',
            )
        )
