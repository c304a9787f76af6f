"""What torch itself offers under other signatures than torch.nn.functional does: losses, layers and grids.

A choice that has a name there is a number here: the reduction is 0 for "none", 1 for "mean", 2 for "sum", and
"none" if it is not said.
"""

from __future__ import annotations

from typing import Any

from wengert.core.tensor import Tensor
from wengert.functions.neural import embeddings, grids, likelihoods, margins, normalisation, sequences
from wengert.functions.neural.losses import reduced

REDUCTIONS = ("none", "mean", "sum")

# ------------------------------------------------------------------------ losses


def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, pos_weight: Tensor | None = None, reduction: int = 0
) -> Tensor:
    """`torch.nn.functional.binary_cross_entropy_with_logits`, with a number for the reduction.

    >>> import wengert as torch
    >>> torch.binary_cross_entropy_with_logits(torch.tensor([0.0]), torch.tensor([1.0]))
    tensor([0.6931])
    """
    return likelihoods.binary_cross_entropy_with_logits(
        input, target, weight, reduction=REDUCTIONS[reduction], pos_weight=pos_weight
    )


def kl_div(input: Tensor, target: Tensor, reduction: int = 0, *, log_target: bool = False) -> Tensor:
    """`torch.nn.functional.kl_div`, with a number for the reduction.

    >>> import wengert as torch
    >>> torch.kl_div(torch.tensor([0.0]), torch.tensor([1.0]), 2)
    tensor(0.)
    """
    each = likelihoods.kl_div(input, target, reduction="none", log_target=log_target)
    return reduced(each, REDUCTIONS[reduction])


def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: bool, full: bool, eps: float, reduction: int
) -> Tensor:  # fmt: skip
    """`torch.nn.functional.poisson_nll_loss`, with a number for the reduction.

    >>> import wengert as torch
    >>> torch.poisson_nll_loss(torch.tensor([0.0]), torch.tensor([2.0]), True, False, 1e-8, 1)
    tensor(1.)
    """
    return likelihoods.poisson_nll_loss(input, target, log_input, full, eps=eps, reduction=REDUCTIONS[reduction])


def hinge_embedding_loss(input: Tensor, target: Tensor, margin: float = 1.0, reduction: int = 0) -> Tensor:
    """`torch.nn.functional.hinge_embedding_loss`, with a number for the reduction.

    >>> import wengert as torch
    >>> torch.hinge_embedding_loss(torch.tensor([0.25]), torch.tensor([-1]))
    tensor([0.7500])
    """
    return margins.hinge_embedding_loss(input, target, margin, reduction=REDUCTIONS[reduction])


def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: int = 0
) -> Tensor:
    """`torch.nn.functional.margin_ranking_loss`, with a number for the reduction.

    >>> import wengert as torch
    >>> torch.margin_ranking_loss(torch.tensor([1.0]), torch.tensor([3.0]), torch.tensor([1.0]))
    tensor([2.])
    """
    return margins.margin_ranking_loss(input1, input2, target, margin, reduction=REDUCTIONS[reduction])


def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2, eps: float = 1e-6,
    swap: bool = False, reduction: int = 0,
) -> Tensor:  # fmt: skip
    """`torch.nn.functional.triplet_margin_loss`, with a number for the reduction.

    >>> import wengert as torch
    >>> torch.triplet_margin_loss(torch.zeros(1, 2), torch.ones(1, 2), torch.full((1, 2), 1.5))
    tensor([0.2929])
    """
    return margins.triplet_margin_loss(
        anchor, positive, negative, margin, p, eps, swap, reduction=REDUCTIONS[reduction]
    )


def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: int = 0
) -> Tensor:
    """`torch.nn.functional.cosine_embedding_loss`, with a number for the reduction.

    >>> import wengert as torch
    >>> torch.cosine_embedding_loss(torch.tensor([[1.0, 1.0]]), torch.tensor([[1.0, 0.0]]), torch.tensor([1]))
    tensor([0.2929])
    """
    return margins.cosine_embedding_loss(input1, input2, target, margin, reduction=REDUCTIONS[reduction])


def ctc_loss(
    log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any, blank: int = 0, reduction: int = 0,
    zero_infinity: bool = False,
) -> Tensor:  # fmt: skip
    """`torch.nn.functional.ctc_loss`, with a number for the reduction.

    >>> import wengert as torch
    >>> torch.ctc_loss(torch.full((1, 1, 2), 0.5).log(), torch.tensor([[1]]), [1], [1])
    tensor([0.6931])
    """
    return sequences.ctc_loss(
        log_probs, targets, input_lengths, target_lengths, blank, REDUCTIONS[reduction], zero_infinity
    )


# ------------------------------------------------------------------------ layers


def embedding(
    weight: Tensor, indices: Tensor, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False
) -> Tensor:
    """`torch.nn.functional.embedding`, with the table first; a padding_idx below 0 is none.

    >>> import wengert as torch
    >>> torch.embedding(torch.tensor([[1.0], [2.0]]), torch.tensor([1]))
    tensor([[2.]])
    """
    row = None if padding_idx < 0 else padding_idx
    return embeddings.embedding(indices, weight, row, scale_grad_by_freq=scale_grad_by_freq, sparse=sparse)


def layer_norm(
    input: Tensor, normalized_shape: Any, weight: Tensor | None = None, bias: Tensor | None = None,
    eps: float = 1e-5, cudnn_enable: bool = True,
) -> Tensor:  # fmt: skip
    """`torch.nn.functional.layer_norm`, with a switch that says nothing here.

    >>> import wengert as torch
    >>> torch.layer_norm(torch.tensor([[1.0, 2.0, 3.0]]), (3,))
    tensor([[-1.2247,  0.0000,  1.2247]])
    """
    return normalisation.layer_norm(input, normalized_shape, weight, bias, eps)


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Tensor:  # fmt: skip
    """`torch.nn.functional.group_norm`, with a switch that says nothing here.

    >>> import wengert as torch
    >>> torch.group_norm(torch.tensor([[1.0, 2.0, 30.0, 40.0]]), 2)
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """
    return normalisation.group_norm(input, num_groups, weight, bias, eps)


def batch_norm(  # noqa: PLR0917  PyTorch's signature
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None,
    running_var: Tensor | None, training: bool, momentum: float, eps: float, cudnn_enabled: bool,
) -> Tensor:  # fmt: skip
    """`torch.nn.functional.batch_norm`, with the arguments in another order.

    >>> import wengert as torch
    >>> torch.batch_norm(torch.tensor([[1.0], [3.0]]), None, None, None, None, True, 0.1, 1e-5, False)
    tensor([[-1.0000],
            [ 1.0000]])
    """
    return normalisation.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


def instance_norm(  # noqa: PLR0917  PyTorch's signature
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None,
    running_var: Tensor | None, use_input_stats: bool, momentum: float, eps: float, cudnn_enabled: bool,
) -> Tensor:  # fmt: skip
    """`torch.nn.functional.instance_norm`, with the arguments in another order.

    >>> import wengert as torch
    >>> torch.instance_norm(torch.tensor([[[1.0, 2.0, 3.0]]]), None, None, None, None, True, 0.1, 1e-5, False)
    tensor([[[-1.2247,  0.0000,  1.2247]]])
    """
    return normalisation.instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)


# ------------------------------------------------------------------------ grids


def grid_sampler(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """`torch.nn.functional.grid_sample`, with numbers for the modes.

    >>> import wengert as torch
    >>> torch.grid_sampler(torch.tensor([[[[1.0, 2.0]]]]), torch.zeros(1, 1, 1, 2), 0, 0, False)
    tensor([[[[1.5000]]]])
    """
    mode = ("bilinear", "nearest", "bicubic")[interpolation_mode]
    return grids.grid_sample(input, grid, mode, ("zeros", "border", "reflection")[padding_mode], align_corners)


def affine_grid_generator(theta: Tensor, size: Any, align_corners: bool) -> Tensor:
    """`torch.nn.functional.affine_grid`.

    >>> import wengert as torch
    >>> torch.affine_grid_generator(torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]), (1, 1, 1, 1), False)
    tensor([[[[0., 0.]]]])
    """
    return grids.affine_grid(theta, size, align_corners)
