"""What a compiled function returns lies in memory as what the function itself would return."""

import pytest
from tests.makers import Makers

import wengert as torch

SEEN = Makers()


@SEEN.add
def expanded(x):
    return (x * 1).expand(2, 3)


@SEEN.add
def turned(x):
    return (x * 1).view(1, 3).t()


@SEEN.add
def a_part(x):
    return (x * 1)[1:]


@SEEN.add
def broadcast(x):
    return torch.broadcast_tensors(x, torch.ones(2, 3))[0]


@SEEN.add
def itself_and_a_view(x):
    y = x * 1
    return y.view(3, 1), y


@SEEN.add
def two_parts_of_one(x):
    y = x + 0
    return y[1:], y[:2]


@SEEN.add
def twice_the_same_formula(x):
    return x * 1, x * 1


@SEEN.add
def an_argument_and_its_copies(x):
    return x, x * 1, (x * 1).view(-1)


@SEEN.add
def written_out(x):
    return x.expand(2, 3) * 1


@SEEN.add
def written_out_sums(x):
    return x.expand(2, 3).sum(0, keepdim=True).expand(2, 3) / 1


@SEEN.add
def repeated_and_written_out(x):
    y = x.expand(2, 3)
    return y * 1, y


@SEEN.add
def turned_after_it_was_written_out(x):
    return (x.expand(2, 3) * 1).t()


@SEEN.add
def in_order_after_a_turn(x):
    return x.expand(2, 3).t().contiguous()


def looked_at(results):
    """The results, then their strides and elements after a write to the first element of the first."""
    results = results if isinstance(results, tuple) else (results,)
    before = [each.tolist() for each in results]
    first = results[0].view(-1) if results[0].is_contiguous() else results[0][0]
    first[:1].fill_(7.0)
    return before, [(each.stride(), each.tolist()) for each in results]


@pytest.mark.parametrize("name", SEEN)
def test_results_share_memory_as_they_do_eagerly(name):
    function, compiled = SEEN[name], torch.compile(SEEN[name])
    x, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 2.0, 3.0])
    for _ in range(5):
        assert looked_at(compiled(x)) == looked_at(function(y))
        assert x.tolist() == y.tolist()
    assert compiled.cache_info().hits


def test_what_is_seen_by_strides_lies_as_it_would_eagerly():
    def function(x):
        return (x * 1).as_strided((2, 2), (1, 2))

    compiled = torch.compile(function)
    for seed in range(5):
        torch.manual_seed(seed)
        room = torch.randn(8, 8)
        for x in (room[::2, ::2], room[:4, :4].t(), room[0, :4].expand(4, 4)):
            assert compiled(x).tolist() == function(x).tolist()
