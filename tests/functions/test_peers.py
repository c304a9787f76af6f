"""Every call of every public function gives what PyTorch gives: values, dtypes, gradients and second gradients."""

import numpy as np
import pytest
from tests.functions.calls import every_call, function_of

import wengert
from wengert.testing.compare import close
from wengert.testing.sample import noise

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

DTYPES = ["bool", "uint8", "int32", "int64", "float16", "bfloat16", "float32", "complex64"]
TOLERANCE = {"float16": 1e-2, "bfloat16": 8e-2, "float32": 1e-4, "complex64": 1e-4}
DOUBLE = 1e-9
"""Of the largest element; both sides add up in orders of their own."""

KINDS = ("conv", "conv_transpose", "max_pool", "avg_pool", "adaptive_avg_pool", "lp_pool")
WINDOWED = [*(f"{kind}{n}d" for kind in KINDS for n in (1, 2, 3)), "convolution", "fold", "unfold", "pad"]
REFUSING = ["bool", "uint8", "int32", "int64", "complex64"]
DIFFERENT = {
    **{
        f"{space}{name} {dtype}": "here it is taken; PyTorch has no kernel for it"
        for space in ("", "nn.functional.")
        for name in WINDOWED
        for dtype in REFUSING
    },
    **{
        f"nn.functional.{name} {dtype}": "the same"
        for name in ("avg_pool3d", "lp_pool3d")
        for dtype in ("float16", "bfloat16")
    },
    "masked.median complex64": "PyTorch compares the real parts",
    **{f"{name} uint8": "PyTorch's sums wrap around at 256" for name in ("trapezoid", "trapz", "cumulative_trapezoid")},
    "matrix_exp float16": "PyTorch's are nan",
    "matrix_exp bfloat16": "PyTorch's are nan",
    "linalg.matrix_exp float16": "PyTorch's are nan",
    "linalg.matrix_exp bfloat16": "PyTorch's are nan",
    "complex float16": "there are no complex numbers of half precision",
    "nn.functional.interpolate uint8": "weights are rounded to 16 bits there, and some modes are missing",
    "nn.functional.upsample uint8": "the same",
    "nn.functional.upsample_bilinear uint8": "the same",
    "view_as_complex float16": "there are no complex numbers of half precision",
    "view_as_complex_copy float16": "there are no complex numbers of half precision",
}
"""By function and dtype: where PyTorch does something else, and why."""


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="PyTorch is not installed")


def cases(*, errors=False):
    return [
        pytest.param(name, call, id=f"{name}-{i}-{call.title}")
        for name, calls in every_call().items()
        for i, call in enumerate(calls)
        if (call.raises is not None) == errors
    ]


def array(torch, value):
    """The elements of a tensor of either torch; numbers as they are."""
    if not isinstance(value, torch.Tensor):
        return value
    value = value.detach().resolve_conj()
    if str(value.dtype).endswith("bfloat16"):
        value = value.float()
    if hasattr(value, "resolve_neg"):
        return value.resolve_neg().numpy(force=True)
    return value.numpy()


def known(torch, name):
    """The function in PyTorch; what PyTorch lacks is not compared."""
    try:
        return function_of(torch, name)
    except (AttributeError, ImportError):
        pytest.skip(f"PyTorch has no {name}")


def same(ours, theirs, torch, tolerance, *, dtypes=True):
    assert len(ours) == len(theirs)
    for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        if dtypes and isinstance(b, torch.Tensor):
            assert str(a.dtype).rpartition(".")[2] == str(b.dtype).rpartition(".")[2], f"the dtype of result {i}"
        x, y = array(wengert, a), array(torch, b)
        if isinstance(y, np.ndarray):
            close(x, y, f"result {i}", tolerance=tolerance, scale=1e-3)
        elif isinstance(y, float | complex):
            assert x == pytest.approx(y, nan_ok=True)
        elif isinstance(y, int | str | bool):
            assert x == y


@pytest.mark.parametrize(("name", "call"), cases())
def test_values(torch, name, call):
    theirs = call.run(torch, known(torch, name))
    with np.errstate(all="ignore"):
        ours = call.run(wengert, function_of(wengert, name))
    same(ours, theirs, torch, DOUBLE)


LYING_ELSEWHERE = {
    "linalg.lu", "linalg.lu_solve", "linalg.matrix_power", "linalg.solve", "einsum", "lu_unpack", "svd",
    "svd_lowrank", "nn.functional.logsigmoid", "Tensor.repeat", "tile", "rot90", "take", "masked_fill",
    "float_power", "isin", "pow", "nn.functional.interpolate", "nn.functional.pixel_shuffle",
    "nn.functional.pixel_unshuffle", "nn.functional.channel_shuffle", "native_batch_norm", "nn.functional.rms_norm",
    "rms_norm", "nn.functional.batch_norm", "batch_norm", "nn.functional.instance_norm", "tril", "triu", "renorm",
    "special.multigammaln", "mvlgamma",
}  # fmt: skip
"""What keeps the order of its operand in memory, as functions of elements do, where PyTorch does not."""


def turned(torch, x):
    """An array as a tensor whose first dimension lies together, and not its last."""
    return torch.tensor(np.ascontiguousarray(np.asarray(x).T)).permute(*range(np.ndim(x))[::-1])


@pytest.mark.parametrize("layout", [None, turned], ids=["in order", "turned"])
@pytest.mark.parametrize(("name", "call"), cases())
def test_what_lies_in_order_in_pytorch_does_so_here(torch, name, call, layout):
    """So view() works where it does there."""
    if name in LYING_ELSEWHERE or name.endswith("_"):
        return
    places = call.places("fcbiu")
    values = call.values(places)

    def run(torch):
        given = [torch.tensor(x) if layout is None else layout(torch, x) for x in values]
        return call.run(torch, function_of(torch, name), places, given)

    known(torch, name)
    try:
        theirs = run(torch)
    except (RuntimeError, TypeError, ValueError):
        return  # view() of what is turned, and the like
    with np.errstate(all="ignore"):
        ours = run(wengert)
    for a, b in zip(ours, theirs, strict=True):
        if isinstance(b, torch.Tensor) and b.layout is torch.strided and b.is_contiguous():
            assert a.is_contiguous()


def slopes(torch, name, call):
    """The gradient of the weighted results, and the gradient of that along a direction."""
    places = call.places("fc")
    leaves = [torch.tensor(x, requires_grad=True) for x in call.values(places)]
    given = [x * 1 for x in leaves] if name.endswith("_") else leaves
    results = [
        r for r in call.run(torch, function_of(torch, name), places, given)
        if isinstance(r, torch.Tensor) and r.requires_grad
    ]  # fmt: skip
    total = 0
    for k, r in enumerate(results):
        weight = torch.tensor(noise(np.asarray(array(torch, r)), 20 + k))
        product = r * weight.conj()
        total = total + (product.real if product.is_complex() else product).sum()
    if not results:
        return None, None
    first = torch.autograd.grad(total, leaves, create_graph=call.smooth, allow_unused=True)
    total = 0
    for k, g in enumerate(first):
        if g is not None and g.requires_grad:
            product = g * torch.tensor(noise(np.asarray(array(torch, g)), 40 + k)).conj()
            total = total + (product.real if product.is_complex() else product).sum()
    if not isinstance(total, torch.Tensor) or not total.requires_grad:
        return first, None
    try:
        return first, torch.autograd.grad(total, leaves, allow_unused=True)
    except RuntimeError:
        if torch is wengert:
            raise
        return first, None


def filled(torch, gradients, like):
    return [torch.zeros(x.shape, dtype=torch.float64) if g is None else g for g, x in zip(gradients, like, strict=True)]


@pytest.mark.parametrize(("name", "call"), [c for c in cases() if c.values[1].places("fc") and c.values[1].derives])
def test_gradients(torch, name, call):
    known(torch, name)
    try:
        theirs = slopes(torch, name, call)
    except (RuntimeError, NotImplementedError) as error:
        pytest.skip(f"PyTorch has no derivative: {str(error)[:60]}")
    with np.errstate(all="ignore"):
        ours = slopes(wengert, name, call)
    if call.differs:
        return
    like = call.values(call.places("fc"))
    for order, (a, b) in enumerate(zip(ours, theirs, strict=True), 1):
        if b is not None:
            assert a is not None or order == 2, "no gradient"
            found = [None] * len(like) if a is None else a
            same(filled(wengert, found, like), filled(torch, b, like), torch, DOUBLE * 10**order, dtypes=False)


def outcome(torch, name, call, dtype):
    """The results in a dtype, or the error."""
    places = call.places("fc")
    wanted = getattr(torch, dtype)
    try:
        tensors = [torch.tensor(x).to(wanted) for x in call.values(places)]
        return call.run(torch, function_of(torch, name), places, tensors)
    except Exception as error:  # noqa: BLE001  any error is an outcome
        return error


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("name", "call"),
    [c for c in cases() if c.values[1].places("f") and not c.values[1].places("c") and c.values[1].smooth],
)
def test_dtypes(torch, name, call, dtype):
    known(torch, name)
    theirs = outcome(torch, name, call, dtype)
    with np.errstate(all="ignore"):
        ours = outcome(wengert, name, call, dtype)
    if f"{name} {dtype}" in DIFFERENT:
        return
    if isinstance(theirs, Exception):
        assert isinstance(ours, Exception), f"PyTorch raises {type(theirs).__name__}: {str(theirs)[:150]}"
        assert isinstance(ours, RuntimeError | ValueError | TypeError | IndexError | NotImplementedError), repr(ours)
    else:
        assert not isinstance(ours, Exception), f"PyTorch gives a result, here {type(ours).__name__}: {str(ours)[:150]}"
        same(ours, theirs, torch, TOLERANCE.get(dtype, 1e-4))


@pytest.mark.parametrize(("name", "call"), cases(errors=True))
def test_errors(torch, name, call):
    theirs = outcome(torch, name, call, "float64")
    ours = outcome(wengert, name, call, "float64")
    assert isinstance(theirs, Exception), "PyTorch raises nothing"
    assert str(theirs).startswith(call.raises), f"PyTorch says: {theirs}"
    builtin = next(kind for kind in type(theirs).__mro__ if kind.__module__ == "builtins")  # of torch's own subclasses
    assert isinstance(ours, builtin), f"PyTorch raises {type(theirs).__name__}, here {type(ours).__name__}"
