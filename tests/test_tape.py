"""The tape: long chains, memory, freed graphs, hooks, threads, stale values."""

import gc
import inspect
import sys
import threading
import tracemalloc
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import wengert as torch
from wengert import func

HERE = __file__


def leaf(*values):
    return torch.tensor(values[0] if len(values) == 1 else list(values), dtype=torch.float64, requires_grad=True)


# ------------------------------------------------------------------------ long chains

LONG = 200_000


def chain(x, length):
    y = x
    for _ in range(length):
        y = y + 1
    return y


def test_a_long_chain_goes_forward_backward_and_is_freed():
    limit = sys.getrecursionlimit()
    x = leaf(1.0)
    y = chain(x, LONG)
    assert y.item() == LONG + 1
    y.backward()
    assert x.grad.item() == 1.0
    del y
    z = chain(x, LONG)
    del z  # never walked: the nodes free one another
    assert sys.getrecursionlimit() == limit


def test_a_long_chain_of_products_is_freed():
    x = leaf(1.0)
    y = x
    for _ in range(LONG // 4):
        y = y * x
    y.backward()
    assert x.grad.item() == LONG // 4 + 1
    y = x
    for _ in range(LONG // 4):
        y = torch.sin(y)
    del y


def test_autograd_grad_over_a_long_chain():
    x = leaf(1.0)
    (g,) = torch.autograd.grad(chain(x, LONG // 4), x)
    assert g.item() == 1.0


def test_a_long_chain_backward_recorded_and_through_a_transform():
    x = leaf(1.0)
    (g,) = torch.autograd.grad(chain(x, LONG // 10) ** 2, x, create_graph=True)
    (h,) = torch.autograd.grad(g, x)
    assert h.item() == 2.0
    assert func.grad(lambda t: chain(t, LONG // 10))(x.detach()).item() == 1.0


def test_a_tall_ladder_is_walked_once_per_rung():
    # 2**60 paths, 120 nodes
    x = leaf(1.0)
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad.item() == 2.0**60


def test_a_node_costs_little():
    x = leaf(1.0)
    chain(x, 10)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    y = chain(x, 20_000)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (after - before) / 20_000 <= 500
    del y


# ------------------------------------------------------------------------ memory


def garbage_of(action):
    """How many objects only the cycle collector can free after an action."""
    action()  # whatever is made once
    gc.collect()
    gc.disable()
    flags = gc.get_debug()
    try:
        gc.set_debug(gc.DEBUG_SAVEALL)
        action()
        gc.collect()
        return [type(o).__name__ for o in gc.garbage]
    finally:
        gc.set_debug(flags)
        gc.garbage.clear()
        gc.enable()


def small_network():
    w, b = leaf([[0.1, 0.2], [0.3, 0.4]]), leaf(0.5, 0.6)
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64)
    loss = (torch.tanh(x @ w + b).exp() ** 2).sum()
    return w, b, loss


def run_backward():
    _, _, loss = small_network()
    loss.backward()


def run_without_backward():
    small_network()


def run_twice():
    _, _, loss = small_network()
    loss.backward(retain_graph=True)
    loss.backward()


def run_grad_of_grad():
    x = leaf(1.0, 2.0)
    (g,) = torch.autograd.grad((x**3).exp().sum(), x, create_graph=True)
    g.sum().backward()


def run_with_a_hook():
    x = leaf(1.0)
    y = torch.exp(x)
    y.register_hook(lambda g: 2 * g)
    y.retain_grad()
    (y * y).backward()


def run_views_and_writes():
    x = leaf(1.0, 2.0, 3.0)
    y = x * 2
    y[0] = 0.0
    y.reshape(3, 1)[1:].sum().backward()


def run_transforms():
    func.vmap(func.grad(func.grad(torch.exp)))(torch.tensor([1.0, 2.0]))
    func.jvp(torch.exp, (1.0,), (1.0,))


@pytest.mark.parametrize(
    "action",
    [run_backward, run_without_backward, run_twice, run_grad_of_grad, run_with_a_hook, run_views_and_writes,
     run_transforms],
)  # fmt: skip
def test_no_reference_cycles_are_left(action, few_objects):
    assert garbage_of(action) == []


def test_what_was_saved_is_freed_by_backward():
    x = leaf(*range(10))
    inner = torch.sin(x)
    seen = weakref.ref(inner)
    out = (inner * inner).sum()
    del inner
    assert seen() is not None
    out.backward()
    assert seen() is None


def test_what_no_rule_reads_is_not_kept():
    x = leaf(*range(10))
    inner = torch.sin(x)
    seen = weakref.ref(inner)
    out = (inner + 1).sum()  # neither rule reads the operand
    del inner
    assert seen() is None
    out.backward()


# ------------------------------------------------------------------------ freed graphs


def test_a_second_backward_raises():
    x = leaf(2.0)
    y = torch.exp(x) * x
    y.backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()


def test_a_second_backward_that_needs_nothing_saved_is_fine():
    x = leaf(2.0)
    y = x + 1
    y.backward()
    y.backward()
    assert x.grad.item() == 2.0


def test_retain_graph_keeps_it():
    x = leaf(2.0)
    y = x * x * x
    y.backward(retain_graph=True)
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.item() == 36.0
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()


def test_the_part_that_two_results_share_is_freed_by_the_first():
    x = leaf(2.0)
    shared = torch.exp(x)
    a, b = shared * 2, shared * 3
    a.backward()
    with pytest.raises(RuntimeError, match="second time"):
        b.backward()


def test_grad_of_part_of_a_graph_leaves_the_rest_unfreed():
    x = leaf(2.0)
    inner = torch.exp(x)
    out = torch.exp(inner)
    (g,) = torch.autograd.grad(out, inner)
    assert g.item() == pytest.approx(np.exp(np.exp(2.0)))
    inner.backward()
    assert x.grad.item() == pytest.approx(np.exp(2.0))


# ------------------------------------------------------------------------ shapes of graphs


def test_a_diamond():
    x = leaf(3.0)
    left, right = x * x, torch.exp(x)
    (left * right).backward()
    assert x.grad.item() == pytest.approx(6 * np.exp(3) + 9 * np.exp(3))


def test_a_leaf_used_twice_by_one_operation():
    x = leaf(3.0)
    (x * x + x).backward()
    assert x.grad.item() == 7.0


def test_two_roots_that_share_a_part():
    x = leaf(3.0)
    y = x * x
    torch.autograd.backward([y, torch.exp(y), y])
    assert x.grad.item() == pytest.approx(6 + np.exp(9) * 6 + 6)


def test_a_root_below_another_root():
    x = leaf(3.0)
    y = x * x
    z = y * 2
    torch.autograd.backward([z, y])
    assert x.grad.item() == 18.0


def test_a_leaf_as_root():
    x = leaf(3.0)
    x.backward()
    assert x.grad.item() == 1.0


def test_gradients_accumulate_and_the_first_is_not_shared():
    x = leaf(1.0, 2.0)
    seed = torch.ones(2, dtype=torch.float64)
    x.backward(seed)
    x.backward(seed)
    assert x.grad.tolist() == [2.0, 2.0]
    assert seed.tolist() == [1.0, 1.0]


def test_two_leaves_do_not_share_one_gradient_array():
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    (x + y).sum().backward()
    x.grad += 1
    assert y.grad.tolist() == [1.0, 1.0]


# ------------------------------------------------------------------------ hooks


def test_hooks_run_in_order_and_replace():
    x = leaf(1.0)
    y = x * 2
    y.register_hook(lambda g: g * 3)
    y.register_hook(lambda g: g + 1)
    y.backward()
    assert x.grad.item() == 8.0


def test_a_backward_inside_a_hook():
    x, other = leaf(2.0), leaf(5.0)
    y = x * x

    def hook(g):
        assert not torch.is_grad_enabled()  # as in PyTorch, unless create_graph was asked for
        with torch.enable_grad():
            (other * other).backward()
        return g * other.grad

    y.register_hook(hook)
    y.backward()
    assert other.grad.item() == 10.0
    assert x.grad.item() == 40.0


def test_a_backward_inside_a_hook_into_the_same_leaf():
    x = leaf(2.0)
    y = x * 3

    @torch.enable_grad()
    def hook(g):
        (x * x).backward()

    y.register_hook(hook)
    y.backward()
    assert x.grad.item() == 7.0


def test_an_error_inside_a_hook_passes_and_leaves_recording_on():
    x = leaf(2.0)
    y = x * 3

    def hook(g):
        raise KeyError("mine")

    y.register_hook(hook)
    with pytest.raises(KeyError, match="mine"):
        y.backward()
    assert torch.is_grad_enabled()
    assert x.grad is None


# ------------------------------------------------------------------------ threads


def test_threads_add_into_one_leaf_exactly():
    x = leaf([1.0] * 100)
    start = threading.Barrier(4)
    interval = sys.getswitchinterval()

    def work(_):
        start.wait()
        for _ in range(50):
            (x * 3).sum().backward()

    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
    finally:
        sys.setswitchinterval(interval)
    assert x.grad.tolist() == [600.0] * 100


def test_threads_add_large_arrays_into_one_leaf_exactly():
    # NumPy lets other threads run while it adds large arrays
    x = leaf([1.0] * 300_000)
    together = threading.Barrier(4)
    sums = []

    def work(k):
        for _ in range(60):
            y = x * 3
            together.wait()
            y.backward(torch.ones_like(y))
            if together.wait() == 0:
                sums.append(bool((x.grad == 12).all()))
                x.grad = None
            together.wait()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert sums == [True] * 60


def test_threads_with_graphs_of_their_own():
    def work(k):
        x = leaf(float(k))
        for _ in range(100):
            x.grad = None
            (torch.exp(x) * x).backward()
        return x.grad.item()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(work, range(4)))
    assert found == pytest.approx([np.exp(k) * (k + 1) for k in range(4)])


# ------------------------------------------------------------------------ values that were overwritten


def line():
    return inspect.currentframe().f_back.f_lineno


def test_an_operand_that_was_overwritten_names_both_lines():
    x = leaf(1.0, 2.0)
    y = x * 2
    z, saved = y * y, line()
    y[0] = 5.0
    written = line() - 1
    with pytest.raises(RuntimeError) as caught:
        z.sum().backward()
    said = str(caught.value)
    assert "has been modified by an inplace operation: [torch.DoubleTensor [2]]" in said
    assert f"saved by multiply at {HERE}:{saved}" in said
    assert f"{HERE}:{written}" in said
    assert "Try: write to a clone(), or compute out of place." in said


def test_a_result_that_was_overwritten_names_both_lines():
    x = leaf(1.0, 2.0)
    y, saved = torch.exp(x), line()
    y.add_(1)
    written = line() - 1
    with pytest.raises(RuntimeError) as caught:
        y.sum().backward()
    said = str(caught.value)
    assert f"saved by exp at {HERE}:{saved}" in said
    assert f"written by add_ at {HERE}:{written}" in said


def test_a_write_through_a_view_is_noticed():
    x = leaf(1.0, 2.0)
    y = x * 2
    z = y * y
    y[1:].mul_(3)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_a_write_through_detach_is_noticed():
    x = leaf(1.0, 2.0)
    y = x * 2
    z = y * y
    y.detach().zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_a_write_to_what_was_not_saved_is_fine():
    x = leaf(1.0, 2.0)
    y = x * 2
    z = y + 1
    y.zero_()
    z.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_a_write_before_saving_is_fine():
    x = leaf(1.0, 2.0)
    y = x * 2
    y.add_(1)
    (y * y).sum().backward()
    assert x.grad.tolist() == [12.0, 20.0]


def test_a_leaf_updated_before_backward_is_noticed():
    w = leaf(1.0)
    loss = w * w
    with torch.no_grad():
        w.sub_(0.1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


# ------------------------------------------------------------------------ .grad of what is no leaf


def test_the_grad_of_a_tensor_that_is_no_leaf_warns_on_the_users_line():
    y = leaf(1.0) * 2
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert y.grad is None
        expected = line() - 1
    assert [(w.filename, w.lineno) for w in caught] == [(HERE, expected)]
