"""The grad modes: as contexts and decorators, on generators, in threads and asyncio tasks."""

import asyncio
import threading

import pytest

import wengert as torch


def leaf(value):
    return torch.tensor(value, requires_grad=True)


def is_recorded():
    return (leaf(1.0) * 2).requires_grad


def test_no_grad_as_a_context():
    with torch.no_grad():
        assert not is_recorded()
        with torch.enable_grad():
            assert is_recorded()
        assert not is_recorded()
    assert is_recorded()


def test_no_grad_is_left_when_an_error_passes():
    with pytest.raises(KeyError), torch.no_grad():
        raise KeyError
    assert is_recorded()


def test_one_context_object_entered_again():
    off = torch.no_grad()
    with off, off:
        assert not is_recorded()
    assert is_recorded()
    with off:
        assert not is_recorded()
    assert is_recorded()


@pytest.mark.parametrize("decorator", [torch.no_grad, torch.no_grad()])
def test_no_grad_as_a_decorator(decorator):
    @decorator
    def f(x, *, factor):
        """Words."""
        return x * factor

    assert not f(leaf(1.0), factor=2).requires_grad
    assert (f.__name__, f.__doc__) == ("f", "Words.")
    assert is_recorded()


def test_no_grad_on_a_recursive_function():
    @torch.no_grad()
    def f(depth):
        return is_recorded() if depth == 0 else f(depth - 1)

    assert f(5) is False
    assert is_recorded()


def test_no_grad_on_a_generator_holds_only_while_it_runs():
    seen = []

    @torch.no_grad()
    def numbers():
        try:
            while True:
                seen.append(is_recorded())
                got = yield len(seen)
                seen.append(got)
        except ValueError:
            seen.append(is_recorded())
            yield "caught"

    it = numbers()
    assert next(it) == 1
    assert is_recorded()
    assert it.send("sent") == 3
    assert is_recorded()
    assert it.throw(ValueError()) == "caught"
    assert is_recorded()
    it.close()
    assert is_recorded()
    assert seen[:4] == [False, "sent", False, False]


def test_no_grad_on_a_generator_holds_while_it_is_closed():
    seen = []

    @torch.no_grad()
    def numbers():
        try:
            yield 1
        finally:
            seen.append(is_recorded())

    it = numbers()
    next(it)
    it.close()
    assert seen == [False]


def test_a_generator_returns_its_value():
    @torch.no_grad()
    def f():
        yield 1
        return 2

    def outer():
        return (yield from f())

    it = outer()
    next(it)
    with pytest.raises(StopIteration) as caught:
        next(it)
    assert caught.value.value == 2


def test_set_grad_enabled_as_call_and_context():
    with torch.set_grad_enabled(False):
        assert not is_recorded()
        with torch.set_grad_enabled(True):
            assert is_recorded()
    assert is_recorded()
    try:
        torch.set_grad_enabled(False)
        assert not is_recorded()
    finally:
        torch.set_grad_enabled(True)
    assert is_recorded()


def test_set_grad_enabled_as_a_decorator_does_not_switch_now():
    @torch.set_grad_enabled(False)
    def f():
        return is_recorded()

    assert is_recorded()
    assert f() is False
    assert is_recorded()


def test_a_thread_starts_recording_and_its_mode_stays_its_own():
    inside, outside = [], []
    entered, checked = threading.Event(), threading.Event()

    def work():
        inside.append(is_recorded())
        with torch.no_grad():
            entered.set()
            checked.wait(5)
            inside.append(is_recorded())

    with torch.no_grad():
        thread = threading.Thread(target=work)
        thread.start()
        entered.wait(5)
    outside.append(is_recorded())
    checked.set()
    thread.join()
    assert inside == [True, False]
    assert outside == [True]


def test_asyncio_tasks_have_modes_of_their_own():
    async def silent(log):
        with torch.no_grad():
            await asyncio.sleep(0.001)
            log.append(is_recorded())
            await asyncio.sleep(0.001)
        log.append(is_recorded())

    async def usual(log):
        for _ in range(5):
            log.append(is_recorded())
            await asyncio.sleep(0.0005)

    async def main():
        a, b = [], []
        await asyncio.gather(silent(a), usual(b), silent(a))
        return a, b, is_recorded()

    a, b, after = asyncio.run(main())
    assert sorted(a) == [False, False, True, True]
    assert b == [True] * 5
    assert after


def test_no_grad_on_a_coroutine_function():
    @torch.no_grad()
    async def f():
        await asyncio.sleep(0)
        return is_recorded()

    assert asyncio.run(f()) is False


def test_backward_under_no_grad():
    x = leaf(2.0)
    y = x * x
    with torch.no_grad():
        y.backward()
    assert x.grad.item() == 4.0


def test_create_graph_under_no_grad():
    x = leaf(2.0)
    y = x**3
    with torch.no_grad():
        (g,) = torch.autograd.grad(y, x, create_graph=True)
    assert g.requires_grad
