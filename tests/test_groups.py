"""Products of a batch are done row by row with the nests around them, where no row needs another."""

import numpy as np
import pytest

import wengert as torch

pytest.importorskip("llvmlite", reason="only machine code goes by rows")

from wengert.compiler.groups import Batch, Group
from wengert.compiler.memory import Life, shared
from wengert.compiler.products import ProductCode
from wengert.native.machine import machine

if machine().registers is None:
    pytest.skip("products by BLAS are batches of their own", allow_module_level=True)

N = 24


def some(*shape, salt=0):
    return torch.from_numpy(np.random.default_rng(salt).standard_normal(shape).astype(np.float32))


A, B, C = some(N, 16, 24), some(N, 24, 32, salt=1), some(N, 16, 32, salt=2)
HEADS = some(3, 8, 16, 24)
ONE = some(24, 32, salt=3)
D = some(16, 24, 8, salt=4)

TOGETHER = {
    "a nest before": lambda: torch.exp(A) @ B,
    "a nest behind": lambda: torch.tanh(A @ B),
    "a row in front": lambda: torch.softmax(A @ B, -1) @ C.mT,
    "the other side": lambda: A @ torch.sin(B),
    "both sides": lambda: (A * 2) @ (B + 1),
    "transposed": lambda: (C.mT * 2) @ A,
    "its own transpose": lambda: ((y := torch.cos(A)) @ y.mT) * 2,
    "several axes in front": lambda: torch.relu(HEADS @ HEADS.mT) @ HEADS,
    "one after another": lambda: ((A @ B) * C @ B.mT + A) @ B,
    "a factor for each matrix": lambda: (A * A.sum((1, 2), keepdim=True)) @ B,
}
"""What is done in one group."""

APART = {
    "one matrix for all": lambda: (A + 1) @ torch.exp(ONE),
    "the batch is added up": lambda: (torch.exp(A) @ B).sum(0),
    "a matrix of the next": lambda: torch.exp(A).flip(0) @ B,
    "a mean of the batch": lambda: (A - torch.exp(A).mean(0)) @ B,
    "batches are moved": lambda: torch.exp(A).roll(1, 0) @ B,
    "matrices over other axes": lambda: torch.exp(A).permute(1, 0, 2) @ D,
}
"""What is not, or not all of it."""


def compiled(function):
    """A function compiled, called often enough to run as machine code; its result, and its groups."""
    made = torch.compile(function)
    for _ in range(3):
        result = made()
    work = made._last.program._plan.work
    return result, [code for kind, codes, _ in work if kind == "run" for code in codes if isinstance(code, Group)]


@pytest.fixture(autouse=True)
def several_threads_and_small_sizes(monkeypatch):
    for name, value in {"groups.BIG": 64, "groups.GRAIN": 64, "products.GRAIN": 64, "groups.CACHE": 1 << 14}.items():
        monkeypatch.setattr(f"wengert.compiler.{name}", value)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def close(found, expected):
    scale = float(expected.abs().max())
    np.testing.assert_allclose(found.numpy() / scale, expected.numpy() / scale, rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize("name", TOGETHER)
def test_products_and_nests_of_the_same_rows_are_one_group(name):
    found, groups = compiled(TOGETHER[name])
    close(found, TOGETHER[name]())
    products = [code for group in groups if type(group) is Group for code in group.codes if type(code) is ProductCode]
    assert products
    assert not any(type(group) is Batch for group in groups)


@pytest.mark.parametrize("name", APART)
def test_what_needs_other_rows_is_done_before_or_after(name):
    found, _ = compiled(APART[name])
    close(found, APART[name]())


@pytest.fixture
def leaves():
    found = [A, B, C, D, HEADS, ONE]
    for leaf in found:
        leaf.requires_grad_()
    yield found
    for leaf in found:
        leaf.grad = None
        leaf.requires_grad_(False)


@pytest.mark.parametrize("name", [*TOGETHER, *APART])
@pytest.mark.parametrize("threads", [1, 2])
def test_gradients_in_groups(name, threads, leaves):
    torch.set_num_threads(threads)

    def gradients():
        for leaf in leaves:
            leaf.grad = None
        (TOGETHER | APART)[name]().square().sum().backward()
        return [leaf.grad for leaf in leaves if leaf.grad is not None]

    made = torch.compile(gradients)
    expected = gradients()
    for _ in range(4):
        found = made()
    for mine, theirs in zip(found, expected, strict=True):
        close(mine, theirs)
    assert made.cache_info().hits


def test_a_product_alone_is_cut_as_products_are():
    _, groups = compiled(lambda: A @ B)
    assert [type(group) for group in groups] == [Batch]


@pytest.mark.parametrize("turned", [False, True])
def test_a_batch_of_one_product_is_shared_too(turned):
    """By its rows or columns, however its operands lie: nobody waits for the one matrix of a batch."""
    left = some(1, 64, 32).mT if turned else some(1, 32, 64)
    right = some(1, 64, 48, salt=5)
    result, groups = compiled(lambda: left @ right)
    close(result, left @ right)
    assert [group.pieces > 1 for group in groups] == [True]


def test_in_a_group_only_what_is_of_one_size_shares_memory():
    """Rows of other sizes lie elsewhere, where another thread may be at work."""
    lives = {
        "first": Life(0, 1, 80, group=7),
        "smaller": Life(2, 3, 40, group=7),
        "of that size": Life(2, 3, 80, group=7),
        "in another group": Life(4, 5, 40, group=8),
        "in none": Life(6, 7, 40),
    }
    numbers, sizes = shared(lives)
    assert numbers["of that size"] == numbers["first"] != numbers["smaller"]
    assert len(sizes) == len(set(numbers.values())) == 2


def test_a_group_takes_no_more_memory_than_its_steps_one_by_one():
    def steps():
        found = A @ B
        for _ in range(6):
            found = torch.tanh(found * 0.01) @ B.mT @ B  # a larger factor multiplies what rounding lost
        return found

    found, groups = compiled(steps)
    close(found, steps())
    assert len(groups) == 1
    made = torch.compile(steps)
    for _ in range(3):
        made()
    plan = made._last.program._plan
    assert sum(plan._buffers) <= 4 * 4 * A.numel() + 4 * 4 * C.numel()
    assert len(plan._temporary) > 10
