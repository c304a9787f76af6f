"""Big arrays use memory again as soon as nobody can see it, and never before."""

import gc
import threading

import numpy as np
import pytest

import wengert as torch
from wengert.core import buffers
from wengert.core.buffers import SMALLEST, Kept, empty, is_alone
from wengert.functions.writing.memory import owner_of

pytestmark = pytest.mark.usefixtures("few_objects")


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    gc.collect()
    monkeypatch.setattr(buffers, "KEPT", Kept())


def held():
    return buffers.KEPT.idle


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
    "its owner": owner_of,
    "a tensor": torch.from_numpy,
    "a part of a tensor": lambda a: torch.from_numpy(a)[2:].detach(),
}


def made_writable(array):
    tensor = torch.from_numpy(array).expand(3, *array.shape)[1].detach()
    return tensor.zero_()


def written_again(array):
    tensor = torch.from_numpy(array)[5:].reshape(-1)
    tensor[3:] = 4
    return tensor


WAYS_TO_SEE |= {"a tensor made writable": made_writable, "a tensor written again": written_again}


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


def test_views_of_a_lease_that_are_gone_give_nothing_back():
    array = empty((50_000,), "f")
    part = array.base[:9]
    del part
    assert held() == 0
    del array
    assert held() == 200_000


def test_there_is_a_limit_to_what_is_kept(monkeypatch):
    monkeypatch.setattr(buffers, "IDLE", 1_000_000)
    monkeypatch.setattr(buffers, "LATELY", 200_000)
    arrays = [empty((200_000,), "b") for _ in range(20)]
    del arrays
    assert 600_000 < held() <= 1_000_000 + 200_000
    for size in range(300_000, 300_020):
        empty((size,), "b")
    assert 600_000 < held() <= 1_000_000 + 300_000
    assert len(buffers.KEPT._sizes) <= 5, "sizes of which nothing is kept are forgotten"


def test_what_was_used_lately_is_kept(monkeypatch):
    monkeypatch.setattr(buffers, "IDLE", 1_000_000)
    monkeypatch.setattr(buffers, "LATELY", 0)
    first = place(empty((400_000,), "b"))
    empty((300_000,), "b")
    assert place(empty((400_000,), "b")) == first, "the other size has lain for longer now"
    empty((500_000,), "b")
    assert place(empty((400_000,), "b")) == first
    assert set(buffers.KEPT._sizes) == {400_000, 500_000}


def test_is_alone_says_whether_another_array_is_there():
    array = empty((200_000,), "b")
    assert is_alone(array)
    assert is_alone(np.ones(3))
    part = array[1:]
    assert not is_alone(part)
    assert is_alone(array), "nothing else stands on the memory itself"
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
