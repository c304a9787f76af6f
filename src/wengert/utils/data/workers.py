"""The processes that load data: what one does, and how it is told from the others.

    task   := (epoch, number, indices)     result := (epoch, number, Message | Failure | ENDED)

A worker reads its tasks in a thread, so that the program never waits for it to read. It ends when it is told to, or
when the program is gone.

Knows processes and pipes. Must not know in which order batches are wanted.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import traceback
from contextlib import suppress
from multiprocessing import parent_process
from multiprocessing.connection import wait
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple

import numpy as np

from wengert.functions.making.random import manual_seed
from wengert.utils.data.fetching import Fetcher, Recipe
from wengert.utils.data.sharing import pack

ENDED = "ended"
"""What a worker answers when its part of an iterable dataset has ended."""


class Failure(NamedTuple):
    """What went wrong in a worker."""

    kind: type[BaseException]
    text: str

    def raised(self) -> None:
        """Raise the same kind of error again, with the worker's traceback as its text."""
        if self.kind is KeyError:
            raise KeyError(Words(self.text))
        try:
            error = self.kind(self.text)
        except Exception:  # noqa: BLE001  a class of the user's, which wants other arguments
            error = RuntimeError(self.text)
        raise error


class Words(str):
    """A text that is shown as it is where others are quoted."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class WorkerInfo(NamedTuple):
    """What a worker knows of itself: its number, of how many, its seed, and its copy of the dataset."""

    id: int
    num_workers: int
    seed: int
    dataset: Any


_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """Which worker this process is; None in the program itself.

    >>> import wengert as torch
    >>> print(torch.utils.data.get_worker_info())
    None
    """
    return _info


class Job(NamedTuple):
    """What a worker is started with."""

    recipe: Recipe
    number: int
    workers: int
    base_seed: int
    init: Any
    folder: str


def work(job: Job, pipe: Any, others: list[Any]) -> None:
    """What a worker does all its life."""
    global _info  # noqa: PLW0603  a process has one
    for other in others:  # the program's ends of pipes, which fork() has copied
        other.close()
    seed = job.base_seed + job.number
    random.seed(seed)
    manual_seed(seed)
    np.random.seed(numpy_seed(job.base_seed, job.number))  # noqa: NPY002  what programs use in their datasets
    _info = WorkerInfo(job.number, job.workers, seed, job.recipe.dataset)
    tasks: SimpleQueue[Any] = SimpleQueue()
    Thread(target=_read, args=(pipe, tasks, job.folder), daemon=True).start()
    try:
        _serve(job, pipe, tasks)
    except (BrokenPipeError, KeyboardInterrupt):  # the program is gone, or about to go
        pass
    finally:
        pipe.close()
        program = parent_process()
        if program is not None and not program.is_alive():
            remove(job.folder)


def remove(folder: str) -> None:
    """Remove the folder of the loader, where no other worker can make a file any more once it has another name."""
    gone = f"{folder}-gone"
    with suppress(OSError):
        Path(folder).rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def numpy_seed(base_seed: int, number: int) -> Any:
    """The words that seed NumPy's generator in a worker.

    >>> numpy_seed(1, 2).tolist() == numpy_seed(1, 3).tolist()
    False
    """
    words = [number, base_seed & 0xFFFFFFFF, base_seed >> 32 & 0xFFFFFFFF, 0]
    return np.random.SeedSequence(words).generate_state(4)


def _read(pipe: Any, tasks: SimpleQueue[Any], folder: str) -> None:
    """Take tasks from the pipe as they come; end the process if the program is gone."""
    parent = parent_process()
    watched = [pipe] if parent is None else [pipe, parent.sentinel]
    while True:
        try:
            if pipe not in wait(watched):
                remove(folder)
                os._exit(1)
            tasks.put(pipe.recv())
        except (EOFError, OSError):
            tasks.put(None)
            return


def _serve(job: Job, pipe: Any, tasks: SimpleQueue[Any]) -> None:
    """Do one task after another until there are none."""
    fetcher: Fetcher | None = None
    failure: Failure | None = None
    try:
        if job.init is not None:
            job.init(job.number)
    except Exception as error:  # noqa: BLE001  it is raised again in the program
        failure = described(error, job.number)
    of_epoch = None
    while (task := tasks.get()) is not None:
        epoch, number, indices = task
        try:
            if epoch != of_epoch and failure is None:
                fetcher, of_epoch = Fetcher(job.recipe), epoch
            answer: Any = failure
            if fetcher is not None and failure is None:
                answer = pack(fetcher.fetch(indices), job.folder)
        except StopIteration:
            answer = ENDED
        except Exception as error:  # noqa: BLE001  the same
            answer = described(error, job.number)
        pipe.send((epoch, number, answer))


def described(error: BaseException, number: int) -> Failure:
    """An error as it is sent to the program."""
    lines = "".join(traceback.format_exception(error))
    kind = type(error)
    text = f"Caught {kind.__name__} in DataLoader worker process {number}.\nOriginal {lines}"
    # the program finds a class by its name, which one that was made inside of a function does not have
    found: Any = sys.modules.get(kind.__module__)
    for part in kind.__qualname__.split("."):
        found = getattr(found, part, None)
    return Failure(kind if found is kind else RuntimeError, text)
