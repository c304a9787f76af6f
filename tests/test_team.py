"""Threads that share one call: every piece is done once, whoever comes, however late, and however often."""

import ctypes
import threading

import numpy as np
import pytest

import wengert as torch

pytest.importorskip("llvmlite")

from llvmlite import ir

from wengert.core.threads import POOL
from wengert.native import team
from wengert.native.kernels import HEAD, KERNEL, LIBRARY, given, run_and_tiles
from wengert.native.team import TEAM, share_and_help, write_help
from wengert.native.writing import INDEX, loop, number


def write_count(module, name):
    """A kernel that adds one to each of its turns' places, and what is given to the place after the last."""
    function = ir.Function(module, KERNEL, name)
    table, what, lo, hi = function.args
    b = ir.IRBuilder(function.append_basic_block("entry"))
    places = b.inttoptr(b.load(b.gep(table, [number(1)])), INDEX.as_pointer())
    with loop(b, lo, hi) as turn:
        place = b.gep(places, [turn.i])
        b.store(b.add(b.load(place), given(b, what, 0)), place)
    b.ret_void()


class Call:
    """A call of several shared kernels over the same turns."""

    def __init__(self, turns, pieces, shares):
        count = LIBRARY.kernels([("count of a test", write_count)])[0]
        self.counts = np.zeros(turns, np.int64)
        self.table = (ctypes.c_int64 * 2)(0, self.counts.ctypes.data)
        records = []
        for i in range(shares):
            what = [0, pieces, count.address, i + 1]
            records += [share_and_help()[0].address, HEAD + len(what), 0, turns, *what]
        self.code, self.shares, self.pieces = np.array(records, np.int64), shares, pieces

    def __call__(self):
        here = self.table[0] = TEAM.begin(self.pieces)
        run_and_tiles()[0].call(ctypes.addressof(self.table), self.code.ctypes.data, self.shares, 0)
        if here:
            TEAM.end()


@pytest.fixture
def three_threads(monkeypatch):
    monkeypatch.setattr(POOL, "threads", 3)


@pytest.mark.parametrize("pieces", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("turns", [1, 2, 5, 49, 1000])
def test_each_turn_is_done_once_for_each_kernel(three_threads, turns, pieces):
    call = Call(turns, pieces, shares=40)
    for times in range(1, 6):
        call()
        assert (call.counts == times * 40 * 41 // 2).all()


def test_the_caller_does_everything_where_nobody_helps(monkeypatch):
    monkeypatch.setattr(POOL, "threads", 1)
    call = Call(100, 7, shares=3)
    call()
    assert (call.counts == 6).all()


def test_many_calls_at_once(three_threads):
    calls = [Call(64, 8, shares=200) for _ in range(4)]
    threads = [threading.Thread(target=lambda call=call: [call() for _ in range(20)]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all((call.counts == 20 * 200 * 201 // 2).all() for call in calls)


def test_helpers_are_free_for_other_work_afterwards(three_threads):
    Call(64, 8, shares=5)()
    done = []
    POOL.run(done.append, 9)
    assert sorted(done) == list(range(9))


def test_whoever_helps_leaves_when_the_pool_is_called(three_threads, monkeypatch):
    """And not after a while only, which is for ever here: the pool would have that thread back a millisecond late."""
    monkeypatch.setattr(team, "IDLE", 1 << 60)
    (endless,) = LIBRARY.kernels([("help without end", write_help)])
    here = TEAM.begin(1)
    assert here
    helper = threading.Thread(target=endless.call, args=(here, 0, 0, 0), daemon=True)
    helper.start()
    helper.join(0.05)
    assert helper.is_alive()
    TEAM.end()
    POOL.run(lambda _: None, 2)
    helper.join(60)
    assert not helper.is_alive()


def test_a_compiled_step_is_the_same_on_any_number_of_threads():
    torch.manual_seed(0)
    x, w = torch.randn(256, 300), torch.randn(300, 400)

    def f(x, w):
        return torch.softmax(x @ w, -1).sum(0), (x.tanh() @ w).relu()

    found = []
    for threads in (1, 2, 3):
        compiled = torch.compile(f, options={"threads": threads})
        for _ in range(3):
            result = compiled(x, w)
        found.append([each.numpy() for each in result])
    for other in found[1:]:
        for a, b in zip(found[0], other, strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-6, atol=1e-7)
