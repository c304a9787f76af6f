"""Every row of the table keeps every law, on every sample: test ids are law-op-sample."""

import numpy as np
import pytest

from wengert.core.primitive import TABLE
from wengert.ops.broadcasting import pointwise
from wengert.testing import LAWS, SAMPLES, Sample, applicable, check


def cases(table, samples):
    """All (law, row, sample), or an error that names a row that nothing is known to try on."""
    missing = [name for name in table if not samples.get(name)]
    if missing:
        raise LookupError(f"no samples for {missing}; add them to wengert/testing/samples.py")
    return [
        pytest.param(law, each, sample, id=f"{name}-{each.name}-{sample.title}")
        for row in table.values()
        for name, law, each, sample in applicable(row, samples[row.name])
    ]


@pytest.mark.parametrize(("law", "row", "sample"), cases(TABLE, SAMPLES))
def test_law(law, row, sample):
    law(row, sample)


def test_a_row_without_samples_is_refused():
    unknown = {**TABLE, "newest": TABLE["sin"]}
    with pytest.raises(LookupError, match=r"no samples for \['newest'\]"):
        cases(unknown, SAMPLES)
    with pytest.raises(LookupError, match="sin"):
        cases(TABLE, {**SAMPLES, "sin": []})


def test_every_list_of_samples_has_its_row():
    assert set(SAMPLES) == set(TABLE)


def test_every_law_is_tried_on_some_row():
    tried = {name for row in TABLE.values() for name, _, _, _ in applicable(row, SAMPLES[row.name])}
    assert tried == set(LAWS)


@pytest.fixture
def row():
    """Makes rows that leave the table when the test ends."""
    known = set(TABLE)
    yield pointwise
    for name in set(TABLE) - known:
        del TABLE[name]


POINT = [Sample((np.array([0.5, -1.5]),))]


def test_check_accepts_a_right_row(row):
    op = row("cube", lambda dx, x: dx * 3 * x * x, kernel=lambda xp, x: x * x * x)
    assert check(op, POINT) > 10


def test_check_finds_a_wrong_derivative(row):
    op = row("cube", lambda dx, x: dx * 2 * x * x, kernel=lambda xp, x: x * x * x)
    with pytest.raises(AssertionError, match=r"forward-cube-.*against differences"):
        check(op, POINT)


def test_check_finds_a_derivative_that_is_slightly_wrong(row):
    op = row("cube", lambda dx, x: dx * (3 + 1e-12) * x * x, kernel=lambda xp, x: x * x * x)
    with pytest.raises(AssertionError, match="complex step"):
        check(op, POINT)


def test_check_finds_a_second_derivative_that_is_cut(row):
    op = row("cube", lambda dx, x: dx * np.asarray(getattr(x, "array", x)) ** 2 * 3, kernel=lambda xp, x: x * x * x)
    with pytest.raises(AssertionError):
        check(op, POINT)


def test_check_finds_a_shape_rule_that_is_wrong(row):
    op = row("cube", lambda dx, x: dx * 3 * x * x, kernel=lambda xp, x: x * x * x)
    op.primitive.spec = lambda x: x.reshaped((7,))
    with pytest.raises(AssertionError, match="shape-cube-"):
        check(op, POINT)


def test_check_finds_a_batching_rule_that_is_wrong(row):
    op = row("cube", lambda dx, x: dx * 3 * x * x, kernel=lambda xp, x: x * x * x)
    op.primitive.batch = lambda values, axes, params: (op(values[0]), 0)
    with pytest.raises(AssertionError, match="batch-cube-"):
        check(op, POINT)


def test_check_finds_a_rule_that_reads_what_it_does_not_name(row):
    op = row("cube", lambda dx, x: dx * 3 * x * x, kernel=lambda xp, x: x * x * x)
    kept = op.primitive.pull
    op.primitive.pull = lambda i, g, operands, specs, out, params: kept(i, g, operands, specs, out, params) + 0 * out
    law, _ = LAWS["poison"]
    with pytest.raises(AssertionError, match="NaN in what its rule does not read"):
        law(op.primitive, POINT[0])


def test_check_wants_samples():
    with pytest.raises(ValueError, match="no sample to try sin on"):
        check(TABLE["sin"].op, [])


def test_negative_strides_are_shared():
    import wengert as torch

    array = np.arange(4.0)
    seen = torch.from_numpy(array[::-1])
    seen[0] = 7.0
    assert array.tolist() == [0.0, 1.0, 2.0, 7.0]
    assert torch.as_tensor(array[::-1])._version == 0


def test_memory_in_another_byte_order_cannot_be_shared():
    import wengert as torch

    with pytest.raises(ValueError, match="byte order different from the native byte order"):
        torch.from_numpy(np.array([1.5]).astype(">f8"))


@pytest.mark.parametrize("make", ["tensor", "as_tensor"])
def test_other_byte_orders_stop_where_a_tensor_is_made(make):
    import wengert as torch

    made = getattr(torch, make)(np.array([1.5, -2.0]).astype(">f8"))
    assert made.array.dtype.isnative
    assert made.tolist() == [1.5, -2.0]
