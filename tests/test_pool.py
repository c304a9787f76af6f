"""Pieces of work side by side: each is done once, nobody waits for who comes too late, and errors come out."""

import gc
import threading
import time
import weakref

import pytest

from wengert.core.threads import Pool


class Elsewhere:
    """Something that keeps a helper until it is told to stop."""

    def __init__(self):
        self.began, self.stop = threading.Event(), threading.Event()

    def help(self):
        self.began.set()
        self.stop.wait(60)


@pytest.fixture
def pool():
    pool = Pool()
    pool.threads = 2
    return pool


@pytest.mark.parametrize("pieces", [1, 2, 3, 50, 1000])
def test_each_piece_is_done_once(pool, pieces):
    for _ in range(20):
        done = []
        pool.run(done.append, pieces)
        assert sorted(done) == list(range(pieces))


def test_two_threads_do_pieces_at_the_same_time(pool):
    both = threading.Barrier(2, timeout=60)
    pool.run(lambda _: both.wait(), 2)


def test_nobody_waits_for_a_helper_that_is_busy(pool):
    elsewhere, done = Elsewhere(), []
    pool.ask(elsewhere, 1)
    assert elsewhere.began.wait(60)
    pool.run(done.append, 9)
    assert done == list(range(9)), "all by the one who called"
    assert not elsewhere.stop.is_set()
    elsewhere.stop.set()
    both = threading.Barrier(2, timeout=60)
    pool.run(lambda _: both.wait(), 2)  # and the helper is there again


def test_what_a_piece_reaches_is_not_kept_for_a_helper_that_is_busy(pool, few_objects):
    class Held:
        pass

    elsewhere, held = Elsewhere(), Held()
    gone = weakref.ref(held)
    pool.ask(elsewhere, 1)
    assert elsewhere.began.wait(60)
    pool.run(lambda _, held=held: None, 5)
    del held
    gc.collect()
    assert gone() is None
    elsewhere.stop.set()


@pytest.mark.parametrize("fails", [False, True])
def test_run_ends_after_the_last_piece_whoever_does_it(pool, fails):
    both, caller, done = threading.Barrier(2, timeout=60), threading.current_thread(), []

    def piece(number):
        if number < 2:
            both.wait()
        if threading.current_thread() is not caller:
            time.sleep(0.1)
        elif fails:
            raise RuntimeError("this one")
        done.append(number)

    if fails:
        with pytest.raises(RuntimeError, match="this one"):
            pool.run(piece, 9)
        assert len(done) == 1, "the other's was waited for, and the rest left out"
    else:
        pool.run(piece, 9)
        assert sorted(done) == list(range(9))


@pytest.mark.parametrize("failing", [0, 3, 8])
def test_the_error_of_a_piece_comes_out_and_keeps_nothing(pool, failing, few_objects):
    class Held:
        pass

    def run():
        held = Held()

        def piece(number, held=held):
            if number == failing:
                raise RuntimeError("this one")

        with pytest.raises(RuntimeError, match="this one"):
            pool.run(piece, 9)
        return weakref.ref(held)

    gc.disable()
    try:
        assert run()() is None
    finally:
        gc.enable()
    done = []
    pool.run(done.append, 9)
    assert sorted(done) == list(range(9))
