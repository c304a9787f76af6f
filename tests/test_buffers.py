"""Big arrays use memory again as soon as nobody can see it, and never before."""

import gc
import threading

import numpy as np
import pytest

import wengert as torch
from wengert.core import buffers
from wengert.core.buffers import IDLE, SMALLEST, empty, held, is_alone

pytestmark = pytest.mark.usefixtures("few_objects")


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    gc.collect()
    monkeypatch.setattr(buffers, "_kept", {})


def place(array):
    return array.__array_interface__["data"][0]


WAYS_TO_SEE = {
    "the array": lambda a: a,
    "a part": lambda a: a[3:],
    "a part of a part": lambda a: a[3:][::2, :4].T,
    "another shape": lambda a: a.reshape(-1),
    "another dtype": lambda a: a.view("i4"),
    "a memoryview": memoryview,
    "what it stands on": lambda a: a.base,
    "a part of that": lambda a: a.base[:9],
    "a view of that": lambda a: a.base.view(np.ndarray),
    "a tensor": torch.from_numpy,
    "a part of a tensor": lambda a: torch.from_numpy(a)[2:].detach(),
}


@pytest.mark.parametrize("way", WAYS_TO_SEE)
def test_memory_that_anyone_can_see_is_not_used_again(way):
    array = empty((200, 250), "f")
    first = place(array)
    seen = WAYS_TO_SEE[way](array)
    del array
    assert held() == 0
    other = empty((200, 250), "f")
    assert place(other) != first
    del seen
    gc.collect()
    assert held() == 200_000
    assert place(empty((250, 200), "i4")) == first


def test_small_arrays_are_numpys():
    array = empty((SMALLEST - 1,), "b")
    assert array.base is None
    del array
    assert held() == 0


def test_there_is_a_limit_to_what_is_kept(monkeypatch):
    monkeypatch.setattr(buffers, "IDLE", 1_000_000)
    arrays = [empty((200_000 + i,), "b") for i in range(20)]
    assert held() == 0
    del arrays
    kept = [empty((300_000,), "b")]
    assert held() <= 700_000
    assert len(buffers._kept) <= 4, "sizes of which nothing is kept are forgotten"
    kept.clear()
    assert IDLE > 1_000_000


def test_is_alone_says_whether_another_array_is_there():
    array = empty((200_000,), "b")
    assert is_alone(array)
    assert is_alone(np.ones(3))
    part = array[1:]
    assert not is_alone(part)
    lease = array.base
    assert not is_alone(array)
    del lease
    assert is_alone(array)


def test_threads_never_get_the_same_memory():
    wrong = []

    def work(number):
        for _ in range(300):
            array = empty((40_000,), "f")
            array[:] = number
            other = empty((40_000,), "f")
            other[:] = -1
            if not (array == number).all():
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert held() <= 12 * 160_000, "each has three at most, one of which it is about to replace"


def test_memory_comes_back_after_an_error_and_from_a_cycle():
    def failing():
        kept = empty((50_000,), "f")
        raise ValueError(kept.size)

    with pytest.raises(ValueError, match="50000"):
        failing()
    cycle = [empty((60_000,), "f")]
    cycle.append(cycle)
    del cycle
    gc.collect()
    assert held() == 440_000
