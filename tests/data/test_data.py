"""Datasets, the order of their elements, and batches made by the program itself."""

import collections
from typing import NamedTuple

import numpy as np
import pytest
from tests.data.sources import Counting, Stream

import wengert as torch
from wengert.utils.data import (
    BatchSampler,
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    RandomSampler,
    SequentialSampler,
    StackDataset,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    default_collate,
    default_convert,
    get_worker_info,
    random_split,
)


def seeded(seed=5):
    return torch.Generator().manual_seed(seed)


# ------------------------------------------------------------------------ PyTorch's numbers


def test_the_order_is_pytorchs():
    assert [part.indices for part in random_split(range(5), [3, 2], seeded(0))] == [[4, 0, 1], [3, 2]]
    assert [part.indices for part in random_split(range(11), [0.5, 0.3, 0.2], seeded(0))] == [
        [10, 0, 4, 3, 5, 8], [2, 1, 9], [7, 6],
    ]  # fmt: skip
    assert list(RandomSampler(range(4), num_samples=10, generator=seeded())) == [3, 1, 0, 2, 1, 3, 2, 0, 0, 3]
    drawn = list(RandomSampler(range(10), replacement=True, num_samples=40, generator=seeded()))
    assert drawn[30:] == [4, 4, 5, 4, 0, 5, 7, 4, 5, 9]
    assert list(SubsetRandomSampler([5, 6, 7, 8], generator=seeded())) == [8, 6, 5, 7]


def test_the_default_generator_gives_pytorchs_order():
    torch.manual_seed(3)
    loader = DataLoader(TensorDataset(torch.arange(20)), batch_size=7, shuffle=True)
    epochs = [[batch.tolist() for (batch,) in loader] for _ in range(2)]
    assert epochs == [
        [[6, 16, 0, 4, 18, 2, 10], [19, 5, 17, 3, 14, 8, 7], [9, 12, 15, 13, 11, 1]],
        [[3, 10, 7, 0, 14, 17, 16], [12, 5, 6, 19, 9, 2, 18], [1, 15, 11, 13, 8, 4]],
    ]
    assert torch.allclose(torch.rand(2), torch.tensor([0.5944, 0.8879]), atol=1e-4)


ORDERS = [
    lambda d, g: list(d.RandomSampler(range(10), replacement=True, num_samples=70, generator=g)),
    lambda d, g: list(d.RandomSampler(range(10), generator=g)),
    lambda d, g: list(d.WeightedRandomSampler([0.1, 0.5, 0.2, 3.0, 0.0], 50, generator=g)),
    lambda d, g: [p.indices for p in d.random_split(range(100), [0.25, 0.7, 0.05], g)],
    lambda d, g: [b.tolist() for b in d.DataLoader(range(50), batch_size=8, shuffle=True, drop_last=True, generator=g)],
    lambda d, g: [
        b.tolist() for b in d.DataLoader(range(9), batch_sampler=d.BatchSampler(d.RandomSampler(range(9)), 4, False),
                                         generator=g)
    ],
]  # fmt: skip


@pytest.mark.peers
@pytest.mark.parametrize("order", ORDERS)
def test_orders_are_pytorchs(order):
    pytorch = pytest.importorskip("torch")
    for seed in range(5):
        found = []
        for lib in (torch, pytorch):
            lib.manual_seed(seed)
            found.append(order(lib.utils.data, lib.Generator().manual_seed(seed)))
        assert found[0] == found[1]


@pytest.mark.peers
def test_seeds_of_workers_are_pytorchs():
    pytest.importorskip("torch")
    from torch.utils.data._utils.worker import _generate_state

    from wengert.utils.data.workers import numpy_seed

    for base in (0, 1, 2**40 + 17, 2**63 - 1):
        assert [numpy_seed(base, i).tolist() for i in range(3)] == [list(_generate_state(base, i)) for i in range(3)]


# ------------------------------------------------------------------------ datasets


def test_tensor_datasets():
    data = TensorDataset(torch.arange(6).reshape(3, 2), torch.tensor([7, 8, 9]))
    assert len(data) == 3
    assert [t.tolist() for t in data[1]] == [[2, 3], 8]
    with pytest.raises(AssertionError, match="Size mismatch between tensors"):
        TensorDataset(torch.ones(2), torch.ones(3))


def test_stacked_datasets():
    pair = StackDataset([1, 2], "ab")
    assert pair[1] == (2, "b")
    assert pair.__getitems__([1, 0]) == [(2, "b"), (1, "a")]
    assert StackDataset(x=[1, 2], y=[3, 4]).__getitems__([1]) == [{"x": 2, "y": 4}]
    for bad, words in (
        (lambda: StackDataset([1], [1, 2]), "Size mismatch between datasets"),
        (StackDataset, "At least one dataset should be passed"),
        (lambda: StackDataset([1], x=[1]), "Supported either"),
    ):
        with pytest.raises(ValueError, match=words):
            bad()


def test_joined_datasets():
    data = Counting(2) + Counting(3)
    assert isinstance(data, ConcatDataset)
    assert len(data) == 5
    assert [data[i][0].item() for i in (0, 1, 2, 4, -1)] == [0, 1, 0, 2, 2]
    with pytest.raises(ValueError, match="absolute value of index should not exceed dataset length"):
        data[-6]
    with pytest.raises(AssertionError, match="datasets should not be an empty iterable"):
        ConcatDataset([])
    with pytest.raises(AssertionError, match="ConcatDataset does not support IterableDataset"):
        ConcatDataset([Stream(2)])
    chained = Stream(2) + Stream(3)
    assert isinstance(chained, ChainDataset)
    assert list(chained) == [0, 1, 0, 1, 2]
    assert len(chained) == 5
    with pytest.raises(AssertionError, match="ChainDataset only supports IterableDataset"):
        list(ChainDataset([[1]]))


def test_subsets():
    part = Subset([10, 11, 12, 13], [3, 1])
    assert (len(part), part[0], part.__getitems__([1, 0])) == (2, 13, [11, 13])

    class Doubled(Subset):
        def __getitem__(self, i):
            return 2 * super().__getitem__(i)

    with pytest.raises(NotImplementedError, match="Doubled overrides __getitem__ but not __getitems__"):
        Doubled([1], [0])


def test_bad_splits():
    with pytest.raises(ValueError, match="Sum of input lengths does not equal the length of the input dataset!"):
        random_split(range(5), [1, 2])
    with pytest.raises(ValueError, match=r"Fraction at index 0 is not between 0 and 1"):
        random_split(range(5), [1.25, -0.25])
    with pytest.warns(UserWarning, match="Length of split at index 1 is 0. This might result in an empty dataset."):
        random_split(range(2), [0.9, 0.1])


def test_a_dataset_says_what_to_define():
    with pytest.raises(NotImplementedError, match=r"Subclasses of Dataset should implement __getitem__."):
        Dataset()[0]


# ------------------------------------------------------------------------ samplers


def test_batches_of_indices():
    assert list(BatchSampler(SequentialSampler(range(5)), 2, False)) == [[0, 1], [2, 3], [4]]
    assert list(BatchSampler(SequentialSampler(range(5)), 2, True)) == [[0, 1], [2, 3]]
    assert [len(BatchSampler(range(5), 2, last)) for last in (True, False)] == [2, 3]


def test_weights():
    drawn = list(WeightedRandomSampler([1, 0, 3], 4000, generator=seeded()))
    assert set(drawn) == {0, 2}
    assert drawn.count(2) == pytest.approx(3000, abs=100)
    few = [tuple(WeightedRandomSampler([1, 1, 8, 0], 2, replacement=False, generator=seeded(i))) for i in range(500)]
    assert all(len(set(pair)) == 2 and 3 not in pair for pair in few)
    assert sum(pair[0] == 2 for pair in few) == pytest.approx(400, abs=40)


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda: RandomSampler([1], replacement=1), TypeError, "replacement should be a boolean value, but got replac"),
        (
            lambda: RandomSampler([]),
            ValueError,
            "num_samples should be a positive integer value, but got num",
        ),
        (lambda: WeightedRandomSampler([1], 0), ValueError, "num_samples should be a positive integer value, but got"),
        (lambda: WeightedRandomSampler([[1.0]], 1), ValueError, "weights should be a 1d sequence but given weights ha"),
        (lambda: WeightedRandomSampler([1], 1, 3), ValueError, "replacement should be a boolean value, but got repla"),
        (lambda: list(WeightedRandomSampler([1.0, 0], 2, False)), RuntimeError, "invalid multinomial distribution"),
        (lambda: list(WeightedRandomSampler([1.0], 2, False)), RuntimeError, "cannot sample n_sample > prob_dist.size"),
        (lambda: list(WeightedRandomSampler([-1.0], 2)), RuntimeError, "probability tensor contains either `inf`, `na"),
        (lambda: list(WeightedRandomSampler([0.0], 2)), RuntimeError, "invalid multinomial distribution (sum of prob"),
        (lambda: BatchSampler([1], 0, False), ValueError, "batch_size should be a positive integer value, but got ba"),
        (lambda: BatchSampler([1], 1, 0), ValueError, "drop_last should be a boolean value, but got drop_last=0"),
    ],
)
def test_bad_samplers(make, kind, words):
    with pytest.raises(kind) as caught:
        make()
    assert str(caught.value).startswith(words)


# ------------------------------------------------------------------------ batches


class Point(NamedTuple):
    x: float
    y: float


def test_what_a_batch_is_made_of():
    assert default_collate([1, 2]).dtype is torch.int64
    assert default_collate([1.0, 2.0]).dtype is torch.float64
    assert default_collate([True, False]).dtype is torch.bool
    assert default_collate([np.float32(1), np.float32(2)]).dtype is torch.float32
    assert default_collate([np.arange(2), np.arange(2)]).tolist() == [[0, 1], [0, 1]]
    assert default_collate(["a", "b"]) == ["a", "b"]
    assert default_collate([b"a"]) == [b"a"]
    assert [t.tolist() for t in default_collate([(1, 2.0), (3, 4.0)])] == [[1, 3], [2.0, 4.0]]
    point = default_collate([Point(1.0, 2.0), Point(3.0, 4.0)])
    assert isinstance(point, Point)
    assert point.y.tolist() == [2.0, 4.0]
    ordered = default_collate([collections.OrderedDict(a=1), collections.OrderedDict(a=2)])
    assert isinstance(ordered, collections.OrderedDict)
    assert ordered["a"].tolist() == [1, 2]
    assert torch.equal(default_collate([torch.ones(2), torch.zeros(2)]), torch.tensor([[1.0, 1.0], [0.0, 0.0]]))


def test_what_makes_no_batch():
    with pytest.raises(RuntimeError, match="each element in list of batch should be of equal size"):
        default_collate([[1], [1, 2]])
    with pytest.raises(TypeError, match="default_collate: batch must contain tensors, numpy arrays, numbers, dicts or"):
        default_collate([None])
    with pytest.raises(TypeError, match="default_collate: batch must contain"):
        default_collate([np.array(["a"])])


def test_conversion():
    found = default_convert({"a": (np.ones(2), "b"), "c": [np.float64(1.0), Point(np.ones(1), 2)]})
    assert found["a"][0].tolist() == [1.0, 1.0]
    assert found["a"][1] == "b"
    assert found["c"][0].item() == 1.0
    assert isinstance(found["c"][1], Point)
    words = np.array(["a"])
    assert default_convert(words) is words


def test_elements_as_they_are():
    assert [x.tolist() for x in DataLoader(Counting(2), batch_size=None)] == [[0, 0, 0], [1, 1, 1]]
    assert list(DataLoader(Stream(3), batch_size=None)) == [0, 1, 2]
    assert next(iter(DataLoader([np.ones(1)], batch_size=None))).dtype is torch.float64


def test_iterable_datasets():
    assert [b.tolist() for b in DataLoader(Stream(5), batch_size=2)] == [[0, 1], [2, 3], [4]]
    assert [b.tolist() for b in DataLoader(Stream(5), batch_size=2, drop_last=True)] == [[0, 1], [2, 3]]
    assert [len(DataLoader(Stream(5), batch_size=2, drop_last=last)) for last in (True, False)] == [2, 3]


def test_a_wrong_length_is_told():
    class Wrong(Stream):
        def __len__(self):
            return 1

    loader = DataLoader(Wrong(3), batch_size=None)
    assert len(loader) == 1
    with pytest.warns(UserWarning, match=r"^Length of IterableDataset .* was reported to be 1\(when accessing len\("):
        list(loader)


def test_a_collate_function_of_ones_own():
    assert list(DataLoader(range(4), batch_size=2, collate_fn=sum)) == [1, 5]


def test_nobody_is_a_worker():
    assert get_worker_info() is None


def test_pinned_memory_is_told():
    with pytest.warns(UserWarning, match="'pin_memory' argument is set as true but no accelerator is found"):
        list(DataLoader(range(2), pin_memory=True))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"num_workers": -1}, "num_workers option should be non-negative"),
        ({"timeout": -1}, "timeout option should be non-negative"),
        ({"prefetch_factor": 2}, "prefetch_factor option could only be specified in multiprocessing."),
        ({"num_workers": 1, "prefetch_factor": -2}, "prefetch_factor option should be non-negative"),
        ({"persistent_workers": True}, "persistent_workers option needs num_workers > 0"),
        ({"sampler": [0], "shuffle": True}, "sampler option is mutually exclusive with shuffle"),
        (
            {"batch_sampler": [[0]], "shuffle": True},
            "batch_sampler option is mutually exclusive with batch_size, ",
        ),
        (
            {"batch_sampler": [[0]], "batch_size": 3},
            "batch_sampler option is mutually exclusive with batch_size, ",
        ),
        ({"batch_size": None, "drop_last": True}, "batch_size=None option disables auto-batching and is mutually excl"),
        ({"batch_size": 0}, "batch_size should be a positive integer value, but got batch_size=0"),
        ({"multiprocessing_context": "fork"}, "multiprocessing_context can only be used with multi-process loading"),
        (
            {"num_workers": 1, "multiprocessing_context": "magic"},
            "multiprocessing_context option should specify a valid start method in",
        ),
    ],
)
def test_options_that_do_not_go_together(options, words):
    with pytest.raises(ValueError, match=words):
        DataLoader(range(3), **options)


@pytest.mark.parametrize(
    ("name", "value"), [("shuffle", True), ("sampler", [1]), ("batch_sampler", [[1]])]
)  # fmt: skip
def test_iterable_datasets_have_their_own_order(name, value):
    with pytest.raises(ValueError, match=f"DataLoader with IterableDataset: expected unspecified {name} option, bu"):
        DataLoader(Stream(2), **{name: value})


def test_what_may_not_be_changed():
    loader = DataLoader(range(3))
    with pytest.raises(ValueError, match="batch_size attribute should not be set after DataLoader is initialized"):
        loader.batch_size = 2
    loader.collate_fn = sum
    assert list(loader) == [0, 1, 2]
