"""Random numbers: PyTorch's CPU generator, so that the same seed draws the same numbers.

The bits come from MT19937 (Matsumoto & Nishimura 1998), seeded with one 32-bit word. A float32
takes 24 bits of one draw, a float64 takes 53 bits of two. Normal numbers are made by Box-Muller:
sixteen at a time from sixteen uniforms where there are at least sixteen to fill, else one pair
after another, the second of a pair being kept for the next call.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from math import prod, sqrt
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from wengert import dtypes, errors
from wengert.core.blocks import notice
from wengert.core.levels import laid
from wengert.core.live import noticed
from wengert.core.tensor import Tensor, wrap
from wengert.functions.making.creation import CPU, Where, as_device, check_where, leaf, shape_given, sizes
from wengert.ops.refusals import no_kernel, refuse
from wengert.shapes import axes_by_steps, inverse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Make = Callable[[tuple[int, ...]], Any]
    Drawing = Callable[[tuple[int, ...], Make], Tensor]

_BLOCK = 16


forbidden: ContextVar[str | None] = ContextVar("wengert.random.forbidden", default=None)
"""Why no number may be drawn now; None outside of transforms that would draw it once for all."""


@contextmanager
def refused(reason: str) -> Iterator[None]:
    """Draw no random number inside.

    >>> import wengert as torch
    >>> with refused("not now"):
    ...     torch.rand(1)
    Traceback (most recent call last):
    wengert.errors.TransformError: not now
    """
    token = forbidden.set(reason)
    try:
        yield
    finally:
        forbidden.reset(token)


drawing: ContextVar[Drawing | None] = ContextVar("wengert.random.drawing", default=None)
"""How a tensor of random numbers is drawn now: vmap draws other numbers for each of a batch. None for as usual."""


def drawn(shape: tuple[int, ...], make: Make) -> Tensor:
    """A tensor of random numbers of a shape: what `make(shape)` gives, or of a whole batch inside of vmap."""
    how = drawing.get()
    return wrap(notice(make(shape))) if how is None else how(shape, partial(_make, make))


making: ContextVar[bool] = ContextVar("wengert.random.making", default=False)
"""Whether numbers are drawn for a tensor that whoever draws them in another way knows of."""


def _make(make: Make, shape: tuple[int, ...]) -> Any:
    token = making.set(True)
    try:
        return make(shape)
    finally:
        making.reset(token)


def is_apart(x: Tensor) -> bool:
    """Whether the elements of a tensor do not lie one after another."""
    array = laid(x)
    return array is not None and not array.flags.c_contiguous


def turned_order(x: Tensor) -> Any:
    """The axes of a tensor from the outermost to the innermost, where that is not the order that they have."""
    array = laid(x)
    if array is None or array.flags.c_contiguous:
        return None
    order = axes_by_steps(array.shape, array.strides)
    counted = [axis for axis in order if array.shape[axis] != 1]
    return None if counted == sorted(counted) else order


def as_it_lies(x: Tensor, make: Make) -> Make:
    """What draws numbers for the elements of a tensor in the order in which they lie in memory, as PyTorch does."""
    order = turned_order(x)
    if order is None:
        return make

    def turned(shape: tuple[int, ...]) -> Any:
        lead = len(shape) - len(order)
        axes = (*range(lead), *[lead + axis for axis in order])
        return make(tuple([shape[axis] for axis in axes])).transpose(inverse(axes))

    return turned


@contextmanager
def drawn_by(how: Drawing | None) -> Iterator[None]:
    """Draw random numbers in another way inside; None for as outside."""
    allowed = forbidden.set(None)
    token = drawing.set(how or drawing.get())
    try:
        yield
    finally:
        drawing.reset(token)
        forbidden.reset(allowed)


class Generator:
    """A stream of random numbers.

    >>> import wengert as torch
    >>> g = torch.Generator().manual_seed(42)
    >>> torch.rand(2, generator=g)
    tensor([0.8823, 0.9150])
    """

    def __init__(self, device: Any = "cpu") -> None:
        as_device(device)
        noticed("it makes a generator of random numbers")
        self.manual_seed(67280421310721)

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream again from a seed."""
        self._seed = int(seed)
        self._made: Any = None
        self._spare: float | None = None
        return self

    def _bits(self) -> Any:
        """The stream of bits, made when it is first needed: NumPy's random module takes 8 ms to import."""
        if self._made is None:
            self._made = np.random.MT19937()
            # init_genrand of the reference implementation, which NumPy keeps for RandomState
            self._made._legacy_seeding(self._seed & 0xFFFFFFFF)  # noqa: SLF001
        return self._made

    def snapshot(self) -> Any:
        """Where the stream is now, for restore."""
        return self._bits().state, self._spare, self._seed

    def restore(self, state: Any) -> Generator:
        """Go on from where the stream was when snapshot was called."""
        self._bits().state, self._spare, self._seed = state
        return self

    @property
    def device(self) -> Any:
        """Where the numbers are drawn."""
        return CPU

    def initial_seed(self) -> int:
        """The seed that the stream started from."""
        return self._seed

    def seed(self) -> int:
        """Start again from a seed that nobody knows; returns it."""
        self.manual_seed(int(np.random.SeedSequence().generate_state(1, np.uint64)[0] >> 11))
        return self._seed

    def words(self, count: int) -> Any:
        """That many 32-bit draws."""
        reason = forbidden.get()
        if reason is not None:
            raise errors.TransformError(reason)
        if drawing.get() is not None and not making.get():
            noticed("it draws random numbers of which only their use is seen")
        return self._bits().random_raw(count)

    def long_words(self, count: int) -> Any:
        """That many 64-bit draws, each made of two."""
        words = self.words(2 * count)
        return (words[0::2] << np.uint64(32)) | words[1::2]

    def uniform(self, count: int, numpy_dtype: Any) -> Any:
        """Numbers in [0, 1) with all the bits that the dtype has room for."""
        if numpy_dtype == np.float64:
            return (self.long_words(count) & np.uint64(2**53 - 1)) * 2.0**-53
        kept = self.words(count) & np.uint64(2**24 - 1)
        return (kept * 2.0**-24).astype(numpy_dtype)

    def normal(self, count: int, numpy_dtype: Any, *, in_blocks: bool = False) -> Any:
        """Numbers of the standard normal distribution; in blocks, the uniforms of one are drawn after the other's."""
        if count >= _BLOCK:
            return self._normal_blocks(count, numpy_dtype, drawn=count - count % _BLOCK if in_blocks else count)
        return self.normal_singly(count).astype(numpy_dtype)

    def normal_singly(self, count: int) -> Any:
        """The same in double, one after another, as they are for elements that do not lie one after another."""
        return np.array([self.normal_one() for _ in range(count)])

    def _normal_blocks(self, count: int, numpy_dtype: Any, drawn: int) -> Any:
        data = np.empty(count, numpy_dtype)
        data[:drawn] = self.uniform(drawn, numpy_dtype)
        whole = count - count % _BLOCK
        data[:whole] = _box_muller(data[:whole])
        if whole != count:  # the last sixteen are drawn again, over what is there
            data[-_BLOCK:] = _box_muller(self.uniform(_BLOCK, numpy_dtype))
        return data

    def normal_one(self) -> float:
        """One standard normal number; every second is kept from the one before."""
        if self._spare is not None:
            value, self._spare = self._spare, None
            return value
        first, second = self.uniform(2, np.dtype(np.float64))
        radius = np.sqrt(-2.0 * np.log1p(-second))
        angle = 2.0 * np.pi * first
        self._spare = float(radius * np.sin(angle))
        return float(radius * np.cos(angle))


def _box_muller(uniforms: Any) -> Any:
    """Normal numbers from uniforms, in blocks of eight radii and eight angles."""
    blocks = uniforms.reshape(-1, 2, _BLOCK // 2)
    made = np.empty_like(blocks)
    one, two_pi = blocks.dtype.type(1), blocks.dtype.type(2 * np.pi)
    radius = np.sqrt(blocks.dtype.type(-2) * np.log(one - blocks[:, 0]))
    angle = two_pi * blocks[:, 1]
    np.multiply(radius, np.cos(angle), made[:, 0])
    np.multiply(radius, np.sin(angle), made[:, 1])
    return made.reshape(-1)


default_generator = Generator()


def manual_seed(seed: int) -> Generator:
    """Start the default stream again from a seed.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.randn(3)
    tensor([ 1.5410, -0.2934, -2.1788])
    """
    return default_generator.manual_seed(seed)


REAL = {"F": np.dtype(np.float32), "D": np.dtype(np.float64)}
"""Of which dtype the parts of complex numbers are."""

DOUBLE = np.dtype(np.float64)
FEW = 16
"""Fewer normal numbers than these are made in double."""


def fused(x: Any, factor: float, shift: float) -> Any:
    """x * factor + shift, rounded once: processors do it in one step."""
    own = x.dtype.type
    wide = np.float64 if x.dtype.itemsize < 8 else np.longdouble
    return (x.astype(wide) * wide(own(factor)) + wide(own(shift))).astype(x.dtype)


def computed_in(numpy_dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype that random numbers are computed in: float32 for half precision."""
    return np.dtype(np.float32) if dtypes.is_half(numpy_dtype) else numpy_dtype


def uniforms(source: Generator, count: int, numpy_dtype: Any, bounds: tuple[float, float]) -> Any:
    """So many uniform numbers between two bounds."""
    if numpy_dtype.kind == "c":
        return uniforms(source, 2 * count, REAL[numpy_dtype.char], bounds).view(numpy_dtype)
    inner = computed_in(numpy_dtype)
    low, high = map(inner.type, bounds)
    return fused(source.uniform(count, inner), high - low, low).astype(numpy_dtype, copy=False)


def normals(source: Generator, count: int, numpy_dtype: Any, law: tuple[float, float], *, singly: bool = False) -> Any:
    """So many normal numbers of a mean and a standard deviation."""
    mean, std = law
    if numpy_dtype.kind == "c":  # both parts have half of the variance, and, as in PyTorch, the mean
        parts = normals(source, 2 * count, REAL[numpy_dtype.char], (mean, std / sqrt(2)), singly=singly)
        return parts.view(numpy_dtype)
    singly = singly or count < FEW
    inner = computed_in(numpy_dtype)
    drawn = source.normal_singly(count) if singly else source.normal(count, inner, in_blocks=inner != numpy_dtype)
    return fused(drawn, std, mean).astype(numpy_dtype, copy=False)


def floating(dtype: Any, kernel: str, *, parts: bool = False) -> Any:
    """The NumPy dtype of random numbers, which have to be floating, or complex if they may have two parts."""
    numpy_dtype = dtypes.to_numpy(dtype or dtypes.default())
    if numpy_dtype.kind not in "fV" and not (parts and numpy_dtype.char in REAL):
        title = dtypes.of_numpy(numpy_dtype).title
        raise errors.UnsupportedError(f"\"{kernel}\" not implemented for '{title}'")
    return numpy_dtype


def rand(*sizes: Any, size: Any = None, generator: Generator | None = None, dtype: Any = None,
         requires_grad: bool = False, **where: Unpack[Where]) -> Tensor:  # fmt: skip
    """Uniform numbers in [0, 1); complex ones have such parts.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.rand(2)
    tensor([0.4963, 0.7682])
    """
    check_where("rand", where)
    shape = shape_given(sizes, size, "rand")
    source, kind = generator or default_generator, floating(dtype, "check_uniform_bounds", parts=True)
    make = source.uniform if kind.char in "fd" else partial(uniforms, source, bounds=(0, 1))
    return as_leaf(drawn(shape, lambda shape: make(prod(shape), numpy_dtype=kind).reshape(shape)), requires_grad)


def randn(*sizes: Any, size: Any = None, generator: Generator | None = None, dtype: Any = None,
          requires_grad: bool = False, **where: Unpack[Where]) -> Tensor:  # fmt: skip
    """Standard normal numbers; each part of complex ones has half of the variance.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(42); torch.randn(2)
    tensor([0.3367, 0.1288])
    """
    check_where("randn", where)
    shape = shape_given(sizes, size, "randn")
    source, kind = generator or default_generator, floating(dtype, "normal_kernel_cpu", parts=True)
    make = source.normal if kind.char in "fd" else partial(normals, source, law=(0, 1))
    return as_leaf(drawn(shape, lambda shape: make(prod(shape), numpy_dtype=kind).reshape(shape)), requires_grad)


def rand_like(input: Tensor, *, generator: Generator | None = None, dtype: Any = None, requires_grad: bool = False,
              memory_format: Any = None, **where: Unpack[Where]) -> Tensor:  # fmt: skip
    """Uniform numbers in [0, 1), in the shape and dtype of another tensor.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.rand_like(torch.zeros(2))
    tensor([0.4963, 0.7682])
    """
    check_where("rand_like", where)
    kind, source = floating(dtype or input.dtype, "check_uniform_bounds", parts=True), generator or default_generator
    return _like(input, lambda count: uniforms(source, count, kind, (0, 1)), requires_grad)


def randn_like(input: Tensor, *, generator: Generator | None = None, dtype: Any = None, requires_grad: bool = False,
               memory_format: Any = None, **where: Unpack[Where]) -> Tensor:  # fmt: skip
    """Standard normal numbers in the shape and dtype of another tensor.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(42); torch.randn_like(torch.zeros(2))
    tensor([0.3367, 0.1288])
    """
    check_where("randn_like", where)
    kind, source = floating(dtype or input.dtype, "normal_kernel_cpu", parts=True), generator or default_generator
    singly = turned_order(input) is not None
    return _like(input, lambda count: normals(source, count, kind, (0, 1), singly=singly), requires_grad)


def _like(input: Tensor, make: Callable[[int], Any], requires_grad: bool) -> Tensor:
    """Random numbers in the shape of a tensor, drawn in the order in which its elements lie."""
    in_order = as_it_lies(input, lambda shape: make(prod(shape)).reshape(shape))
    return as_leaf(drawn(tuple(input.shape), in_order), requires_grad)


def randint(low: Any = None, high: Any = None, size: Any = None, *, generator: Generator | None = None,
            dtype: Any = None, requires_grad: bool = False, **where: Unpack[Where]) -> Tensor:  # fmt: skip
    """Whole numbers from low (0 if only high is given) up to high, which is left out.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.randint(10, (4,))
    tensor([4, 9, 3, 0])
    """
    check_where("randint", where)
    if size is None:
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    low = 0 if low is None else low
    if low >= high:
        raise errors.ShapeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    shape = sizes((size,))
    source = generator or default_generator
    span = high - low
    wanted = dtypes.to_numpy(dtype or dtypes.int64)

    def make(shape: tuple[int, ...]) -> Any:
        words = source.words(prod(shape)) if span < 2**32 else source.long_words(prod(shape))
        return ((words % np.uint64(span)).astype(np.int64) + low).reshape(shape).astype(wanted)

    return as_leaf(drawn(shape, make), requires_grad)


def randperm(n: int, *, generator: Generator | None = None, dtype: Any = None, requires_grad: bool = False,
             **where: Unpack[Where]) -> Tensor:  # fmt: skip
    """The numbers 0..n-1 in random order.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.randperm(4)
    tensor([0, 1, 3, 2])
    """
    check_where("randperm", where)
    if n < 0:
        raise errors.ShapeError("n must be non-negative")
    source, wanted = generator or default_generator, dtypes.to_numpy(dtype or dtypes.int64)
    refuse(wanted, no_kernel("randperm", "b"))

    def make(shape: tuple[int, ...]) -> Any:
        orders = np.broadcast_to(np.arange(n), shape).reshape(prod(shape[:-1]), n).copy()
        for order in orders:
            for i, word in enumerate(source.words(max(n - 1, 0)).tolist()):
                j = i + word % (n - i)
                order[i], order[j] = order[j], order[i]
        return orders.reshape(shape).astype(wanted)

    return as_leaf(drawn((n,), make), requires_grad)


def as_leaf(numbers: Tensor, requires_grad: bool) -> Tensor:
    """Drawn numbers as a leaf, if that is asked for; values of a transform become one themselves."""
    if not requires_grad:
        return numbers
    return leaf(numbers.array, requires_grad) if type(numbers) is Tensor else numbers.requires_grad_()
