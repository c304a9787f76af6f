"""Functions that draw random numbers while they compute: dropout of every kind, and rrelu.

After `manual_seed` the numbers are those that PyTorch draws, whatever the dtype: the coins of dropout come
from 53 bits each.

Knows the generator. Must not know who draws for a batch: see `random.drawn`.
"""

from __future__ import annotations

from math import inf, isinf, prod, sqrt
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import ask, numpy_dtype
from wengert.core.places import warn
from wengert.core.tensor import Tensor, wrap
from wengert.functions.elementwise.activations import applied, leaky_relu
from wengert.functions.making import random
from wengert.functions.writing.inplace import update
from wengert.ops import indexing
from wengert.ops import pointwise as p
from wengert.ops.refusals import no_kernel, refuse
from wengert.ops.structural import cast, reshape

Shape = tuple[int, ...]

ALPHA = 1.7580993408473766
"""What a dropped element is set to, times -1: the lower bound of selu."""


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Each element set to 0 with probability p, else divided by 1 - p; the tensor itself where nothing is dropped.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.nn.functional.dropout(torch.ones(4))
    tensor([0., 0., 2., 0.])

    Args:
        input: floating point numbers.
        p: how likely an element is dropped.
        training: without it nothing happens.
        inplace: whether to write the result into the tensor.

    Raises:
        ValueError: if p is no probability.
        RuntimeError: inside of vmap and stage.
    """
    _check(p)
    return dropped(input, p, training, shape_of(input), inplace=inplace, name="dropout")


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Whole channels of sequences set to 0 with probability p, the others divided by 1 - p.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.nn.functional.dropout1d(torch.ones(3, 2))
    tensor([[0., 0.],
            [0., 0.],
            [2., 2.]])

    The input is of shape (N, C, L), or (C, L). The other arguments are those of dropout.
    """
    _check(p)
    rank = len(shape_of(input))
    if rank not in (2, 3):
        raise errors.ShapeError(
            f"dropout1d: Expected 2D or 3D input, but received a {rank}D input. Note that dropout1d exists to provide "
            "channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch "
            "dimension (i.e. 2D or 3D inputs)."
        )
    return dropped(input, p, training, _channels(input, rank == 3), inplace=inplace, name="feature_dropout")


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Whole channels of images set to 0 with probability p, the others divided by 1 - p.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.nn.functional.dropout2d(torch.ones(1, 3, 1, 2))
    tensor([[[[0., 0.]],
    <BLANKLINE>
             [[0., 0.]],
    <BLANKLINE>
             [[2., 2.]]]])

    The input is of shape (N, C, H, W), or (N, C, L). The other arguments are those of dropout.
    """
    _check(p)
    rank = len(shape_of(input))
    if rank not in (3, 4):
        _warn_of_rank("dropout2d", rank, 2)
    if rank == 3:
        warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired "
            "- input is interpreted as shape (N, C, L), where C is the channel dim. This behavior will change in a "
            "future release to interpret the input as one without a batch dimension, i.e. shape (C, H, W). To maintain "
            "the 1D channel-wise dropout behavior, please switch to using dropout1d instead.",
            UserWarning,
        )
    return dropped(input, p, training, _channels(input), inplace=inplace, name="feature_dropout")


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Whole channels of volumes set to 0 with probability p, the others divided by 1 - p.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.nn.functional.dropout3d(torch.ones(3, 1, 1, 2)).flatten()
    tensor([0., 0., 0., 0., 2., 2.])

    The input is of shape (N, C, D, H, W), or (C, D, H, W). The other arguments are those of dropout.
    """
    _check(p)
    rank = len(shape_of(input))
    if rank not in (4, 5):
        _warn_of_rank("dropout3d", rank, 3)
    return dropped(input, p, training, _channels(input, rank == 5), inplace=inplace, name="feature_dropout")


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout that keeps mean 0 and variance 1, as selu does: what is dropped is set to selu's lower bound.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.nn.functional.alpha_dropout(torch.ones(3), training=True)
    tensor([-0.7792, -0.7792,  1.6656])

    The arguments are those of dropout.
    """
    _check(p)
    return dropped(input, p, training, shape_of(input), inplace=inplace, name="alpha_dropout", alpha=True)


def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """alpha_dropout of whole channels.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.nn.functional.feature_alpha_dropout(torch.ones(1, 3, 2), training=True)
    tensor([[[-0.7792, -0.7792],
             [-0.7792, -0.7792],
             [ 1.6656,  1.6656]]])

    The arguments are those of dropout; dimension 1 of the input counts the channels.
    """
    _check(p)
    name = "feature_alpha_dropout"
    return dropped(input, p, training, None, inplace=inplace, name=name, alpha=True)


def _check(p: float) -> None:
    if not 0 <= p <= 1:
        raise errors.ArgumentError(f"dropout probability has to be between 0 and 1, but got {p}")


def _warn_of_rank(name: str, rank: int, spatial: int) -> None:
    warn(
        f"{name}: Received a {rank}-D input to {name}, which is deprecated and will result in an error in a future "
        "release. To retain the behavior and silence this warning, please use dropout instead. Note that "
        f"{name} exists to provide channel-wise dropout on inputs with {spatial} spatial dimensions, a channel "
        f"dimension, and an optional batch dimension (i.e. {spatial + 1}D or {spatial + 2}D inputs).",
        UserWarning,
    )


def _channels(x: Any, batched: bool = True) -> Shape:
    """The shape of one coin for each channel, where the channels are dimension 1, or 0 without a batch."""
    shape = shape_of(x)
    lead = 2 if batched else 1
    if len(shape) < lead:
        raise errors.ShapeError("Feature dropout requires at least 2 dimensions in the input")
    return (*shape[:lead], *(1,) * (len(shape) - lead))


def dropped(
    input: Tensor, p: float, train: bool, coins: Shape | None, *, inplace: bool, name: str, alpha: bool = False
) -> Tensor:
    """The tensor with some elements dropped.

    Args:
        input: the tensor.
        p: how likely an element is dropped.
        train: without it nothing happens.
        coins: the shape of the coins that are tossed, which broadcasts; None for one for each channel.
        inplace: whether to write the result into the tensor.
        name: of the function.
        alpha: whether to keep mean and variance.
    """
    if not isinstance(input, Tensor):
        raise errors.ArgumentTypeError(
            f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}"
        )
    if not 0 <= p <= 1:
        raise errors.ShapeError(f"dropout probability has to be between 0 and 1, but got {p:g}")
    if p == 0 or not train or 0 in shape_of(input):
        return input
    own = numpy_dtype(input)
    shape = _channels(input) if coins is None else coins
    factor, shift = _factor(p, shape, own, input if name in EACH else None, alpha=alpha)
    formula = _scaled if shift is None else _moved
    operands = (factor,) if shift is None else (factor, shift)
    return update(input, formula, operands, f"{name}_") if inplace else formula(input, *operands)


def _scaled(x: Any, factor: Any) -> Any:
    return p.multiply(x, factor)


def _moved(x: Any, factor: Any, shift: Any) -> Any:
    return p.add(p.multiply(x, factor), shift)


EACH = {"dropout", "alpha_dropout"}
"""Those that toss a coin for each element, in the order in which they lie in memory."""


def _factor(p: float, shape: Shape, own: Any, like: Tensor | None, *, alpha: bool) -> tuple[Tensor, Tensor | None]:
    """What to multiply by, and what to add."""
    if p == 1:
        return wrap(np.zeros((), own)), None
    _refuse_whole(own)
    refuse(own, no_kernel("bernoulli_scalar_cpu_"))
    scaling = 1 if alpha else np.float64(1 - p)

    def toss(shape: Shape) -> Any:
        return (tossed(shape, 1 - p) / scaling).astype(own)

    kept = random.drawn(shape, toss if like is None else random.as_it_lies(like, toss))
    if not alpha:
        return kept, None
    scale = 1 / sqrt((ALPHA * ALPHA * p + 1) * (1 - p))
    return kept * scale, (kept - 1.0) * (ALPHA * scale) + ALPHA * scale * p


def tossed(shape: Shape, keep: float) -> Any:
    """Coins: true with probability `keep`."""
    uniform = random.default_generator.uniform(prod(shape), np.dtype(np.float64))
    return (uniform < keep).reshape(shape)


def _refuse_whole(own: Any) -> None:
    if own.kind in "biu":
        title = dtypes.of_numpy(own).title
        raise errors.DtypeError(
            errors.advice(
                f"result type Float can't be cast to the desired output type {title}", "convert with .float() first."
            )
        )


def native_dropout(input: Tensor, p: float, train: bool | None) -> tuple[Tensor, Tensor]:
    """dropout, and which elements were kept.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.native_dropout(torch.ones(3), 0.5, True)
    (tensor([0., 0., 2.]), tensor([False, False,  True]))
    """
    shape, own = shape_of(input), numpy_dtype(input)
    if train is False or 0 in shape:
        return input, wrap(np.ones(shape, bool))
    _refuse_whole(own)
    kept = random.drawn(shape, lambda shape: tossed(shape, 1 - p))
    return _scaled(input, cast(kept, own) / (1 - p) if p < 1 else cast(kept, own)), kept


# ------------------------------------------------------------------------ random slopes


def rrelu(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False, *,
    generator: Any = None,
) -> Tensor:  # fmt: skip
    """Each element, times a random slope where it is not positive; without training the slope in the middle.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.nn.functional.rrelu(torch.tensor([-1.0, 2.0, -1.0]), training=True)
    tensor([-0.3271,  2.0000, -0.2725])

    Args:
        input: floating point numbers.
        lower: the least slope.
        upper: the greatest slope.
        training: whether to draw a slope for each element that is not positive.
        inplace: whether to write the result into the tensor.
        generator: where the slopes come from, if not the default generator.

    Raises:
        RuntimeError: if the bounds are not finite or in the wrong order, and inside of vmap and stage.
    """
    for word, bound in (("lower", lower), ("upper", upper)):
        if isinf(bound):
            raise errors.ShapeError(f"rrelu: {word} bound must be finite, got {'-' * (bound == -inf)}inf")
    if lower > upper:
        raise errors.ShapeError("Lower bound should be less than or equal to the upper bound")
    if not training:
        return leaky_relu(input, (lower + upper) / 2, inplace)
    own = numpy_dtype(input)
    if own == np.float16:
        raise errors.UnsupportedError("\"rrelu_with_noise_out_cpu\" not implemented for 'Half'")
    refuse(own, no_kernel("rrelu_with_noise_out_cpu", "biuc"))
    below = np.asarray(ask(input, lambda array: array <= 0))
    source, places = generator or random.default_generator, below.reshape(-1).nonzero()[0]
    drawn = random.drawn(places.shape, lambda shape: source.uniform(prod(shape), np.dtype(np.float64)).reshape(shape))
    slopes = cast(p.add(p.multiply(drawn, upper - lower), lower), _wide(own))
    ones = wrap(np.ones(below.size, _wide(own)))
    all_slopes = reshape(indexing.put(ones, slopes, wrap(places)), below.shape)
    return applied(p.multiply, input, (all_slopes,), "rrelu", inplace=inplace)


def _wide(own: Any) -> Any:
    return np.dtype(np.float32) if dtypes.is_half(own) else own


def rrelu_(input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False) -> Tensor:
    """`rrelu`, written into the tensor.

    >>> import wengert as torch
    >>> torch.nn.functional.rrelu_(torch.tensor([-1.0, 2.0]))
    tensor([-0.2292,  2.0000])
    """
    return rrelu(input, lower, upper, training, inplace=True)
