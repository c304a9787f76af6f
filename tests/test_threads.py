"""Several threads at once: shared leaves add up exactly, and a graph can be walked by one of them only."""

import math
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import wengert as torch


def run_together(count, work):
    """Call work(i) in threads that start at the same moment; the results, or the errors."""
    start = threading.Barrier(count)

    def run(i):
        start.wait()
        try:
            return work(i)
        except Exception as error:  # noqa: BLE001  handed back
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.parametrize("size", [1, 100_000])
def test_a_shared_leaf_sums_exactly(size):
    w = torch.zeros(size, requires_grad=True)

    def work(_):
        for _ in range(50):
            (w * 1).sum().backward()

    assert run_together(4, work) == [None] * 4
    assert (w.grad == 200).all()


def test_a_shared_leaf_sums_exactly_with_histories():
    w = torch.zeros(10, requires_grad=True)

    def work(_):
        for _ in range(20):
            (w * 1).sum().backward(create_graph=True)

    assert run_together(4, work) == [None] * 4
    assert (w.grad == 80).all()


def test_a_graph_freed_by_another_thread_raises():
    x = torch.ones(3, requires_grad=True)
    y = (x * x).exp().sum()
    results = []
    for _ in range(2):  # one after the other: which comes first is not the point
        thread = threading.Thread(target=lambda: results.append(attempt(y)))
        thread.start()
        thread.join()
    assert results[0] is None
    assert "a second time" in results[1]


def attempt(y):
    try:
        y.backward()
    except RuntimeError as error:
        return str(error)


def test_one_graph_walked_by_many_threads_is_walked_once():
    for _ in range(20):
        x = torch.ones(3, requires_grad=True)
        y = (x * x).exp().sum()
        errors = [e for e in run_together(4, lambda _, y=y: y.backward()) if e is not None]
        assert all(isinstance(e, RuntimeError) and "a second time" in str(e) for e in errors)
        assert len(errors) <= 3


def test_backward_inside_a_hook():
    x = torch.tensor(2.0, requires_grad=True)
    w = torch.tensor(3.0, requires_grad=True)

    def hook(g):
        with torch.enable_grad():
            (w * w).backward()
        return g * w.grad

    y = x * x
    y.register_hook(hook)
    y.backward()
    assert (x.grad.item(), w.grad.item()) == (24.0, 6.0)


def test_backward_inside_backward_many_deep():
    class Inner(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, depth):
            ctx.depth = depth
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            if ctx.depth:
                with torch.enable_grad():
                    z = torch.ones((), requires_grad=True)
                    Inner.apply(z, ctx.depth - 1).backward()
                return g * z.grad, None
            return g * 2, None

    x = torch.ones((), requires_grad=True)
    Inner.apply(x, 20).backward()
    assert x.grad.item() == 2.0


def test_modes_belong_to_their_thread():
    seen = []

    def other():
        seen.append((torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.is_anomaly_enabled()))

    with torch.inference_mode(), torch.autograd.set_detect_anomaly(True):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert seen == [(True, False, False)]


def test_inference_mode_in_one_thread_leaves_the_others_alone():
    inside, done = threading.Event(), threading.Event()

    def other():
        with torch.inference_mode():
            inside.set()
            done.wait()

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait()
    made = torch.ones(2) * 2
    done.set()
    thread.join()
    assert not made.is_inference()
    assert not torch.ones(2).is_inference()


def test_hooks_run_on_the_thread_that_walks():
    x = torch.ones(2, requires_grad=True)
    seen = []
    x.register_hook(lambda g: seen.append(threading.get_ident()))
    thread = threading.Thread(target=lambda: x.sum().backward())
    thread.start()
    thread.join()
    assert seen == [thread.ident]


def test_a_limit_holds_inside_and_in_this_thread_only():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with torch.compiler.limit_threads(2):
            assert torch.get_num_threads() == 2
            with torch.compiler.limit_threads(5):
                assert torch.get_num_threads() == 3, "there are no more than that"
            assert run_together(2, lambda _: torch.get_num_threads()) == [3, 3]
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("count", [0, -1, 1.5])
def test_a_limit_is_positive(count):
    with pytest.raises(ValueError, match="positive integer"), torch.compiler.limit_threads(count):
        pass
    with pytest.raises(ValueError, match="positive integer"):
        torch.compile(lambda x: x, options={"threads": count})


def test_a_compiled_function_has_a_limit_of_its_own():
    seen = []

    def f(x):
        seen.append(torch.get_num_threads())
        return x * 2

    compiled = torch.compile(f, options={"threads": 1})
    x = torch.ones(300, 400)
    for _ in range(4):
        assert (compiled(x) == 2).all()
    assert set(seen) == {1}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_big_sum_has_the_same_digits_on_any_number_of_threads(dtype):
    torch.manual_seed(0)
    x = torch.randn(1_600_003, dtype=dtype)
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 5):
            torch.set_num_threads(threads)
            found.append(x.sum().item())
    finally:
        torch.set_num_threads(before)
    assert len(set(found)) == 1
    exact = math.fsum(x.tolist())
    assert abs(found[0] - exact) < 1e4 * torch.finfo(dtype).eps


def test_rows_picked_on_several_threads_are_those_picked_on_one():
    table, rows = torch.arange(60_000.0).reshape(20_000, 3), torch.arange(50_000) * 7 % 20_000
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 3):
            torch.set_num_threads(threads)
            found.append(table[rows].tolist())
    finally:
        torch.set_num_threads(before)
    assert found[0] == found[1] == [table[i].tolist() for i in rows.tolist()]
