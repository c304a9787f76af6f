"""Datasets at the top of a module, so that processes that are spawned find them."""

import os
import random
import time

import numpy as np

import wengert as torch
from wengert.utils.data import Dataset, IterableDataset, get_worker_info


class Counting(Dataset):
    """The index, three times."""

    def __init__(self, size):
        self.size = size

    def __len__(self):
        return self.size

    def __getitem__(self, i):
        return torch.full((3,), float(i))


class Big(Counting):
    """Elements that go through shared memory."""

    def __getitem__(self, i):
        return {"x": torch.full((100, 100), float(i)), "y": np.full((5000,), i), "name": f"number {i}"}


class Failing(Counting):
    """One element raises."""

    def __getitem__(self, i):
        if i == 5:
            raise LookupError("no element 5")
        return i


class NeedsTwo(Exception):
    def __init__(self, one, two):
        super().__init__(one, two)


class FailingOddly(Counting):
    def __getitem__(self, i):
        raise NeedsTwo(i, 2)


class MissingKey(Counting):
    def __getitem__(self, i):
        return {}["absent"]


class Dying(Counting):
    """One element ends the process."""

    def __getitem__(self, i):
        if i == 5:
            os._exit(3)
        return i


class Slow(Counting):
    """One element takes long."""

    def __getitem__(self, i):
        if i == 2:
            time.sleep(30)
        return i


class Uneven(Counting):
    """Even elements take longer."""

    def __getitem__(self, i):
        time.sleep(0.2 if i % 2 == 0 else 0)
        return i


class Informed(Counting):
    """What a worker knows, and the random numbers that it draws."""

    def __getitem__(self, i):
        info = get_worker_info()
        numpys = np.random.randint(1 << 30)  # noqa: NPY002  what is seeded in a worker
        return (info.id, info.num_workers, info.seed, os.getpid(), int(torch.randint(0, 1 << 30, (1,))),
                random.getrandbits(30), int(numpys), info.dataset.size)  # fmt: skip


class Stream(IterableDataset):
    """Numbers up to an end, divided among the workers."""

    def __init__(self, end):
        self.end = end

    def __iter__(self):
        info = get_worker_info()
        first, step = (0, 1) if info is None else (info.id, info.num_workers)
        return iter(range(first, self.end, step))

    def __len__(self):
        return self.end


def grow(number):
    get_worker_info().dataset.size = 100 + number


def refuse(number):
    raise ValueError(f"worker {number} does not start")
