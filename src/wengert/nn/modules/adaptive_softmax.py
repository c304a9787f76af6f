"""A softmax over many classes of which few are frequent: rare ones in clusters that are asked when they are met."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from wengert import errors
from wengert.functions.neural.softmax import log_softmax
from wengert.nn.modules.container import ModuleList, Sequential
from wengert.nn.modules.linear import Linear
from wengert.nn.modules.module import Module

if TYPE_CHECKING:
    from collections.abc import Sequence


class ASMoutput(NamedTuple):
    """What AdaptiveLogSoftmaxWithLoss returns: log probabilities of the targets, and minus their mean."""

    output: Any
    loss: Any


class AdaptiveLogSoftmaxWithLoss(Module):
    """Log probabilities of classes sorted by frequency (Grave et al. 2017), and the loss for some targets.

    >>> import wengert as torch
    >>> model = torch.nn.AdaptiveLogSoftmaxWithLoss(8, 20, cutoffs=[4, 10], div_value=2.0)
    >>> output, loss = model(torch.ones(3, 8), torch.tensor([0, 5, 19]))
    >>> output.shape, loss.shape, model.log_prob(torch.ones(3, 8)).shape
    (torch.Size([3]), torch.Size([]), torch.Size([3, 20]))

    Args:
        in_features: how many features the input has.
        n_classes: how many classes there are.
        cutoffs: where one cluster ends and the next begins, in increasing order.
        div_value: by how much each cluster's features are fewer than the one's before.
        head_bias: whether the first layer has a bias.
        device: the CPU.
        dtype: of the parameters.

    Raises:
        ValueError: for other cutoffs.
    """

    def __init__(
        self, in_features: int, n_classes: int, cutoffs: Sequence[int], div_value: float = 4.0,
        head_bias: bool = False, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        cutoffs = list(cutoffs)
        if not cutoffs:
            raise errors.ArgumentError("cutoffs should be a sequence of length larger than 0")
        fits = cutoffs == sorted(set(cutoffs)) and min(cutoffs) > 0 and max(cutoffs) <= n_classes - 1
        if not fits or any(int(c) != c for c in cutoffs):
            raise errors.ArgumentError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each "
                "value is between 1 and n_classes-1"
            )
        options = {"device": device, "dtype": dtype}
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = cutoffs[0]
        self.n_clusters = len(cutoffs)
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, bias=head_bias, **options)
        self.tail = ModuleList()
        for i in range(self.n_clusters):
            width = int(in_features // div_value ** (i + 1))
            size = self.cutoffs[i + 1] - self.cutoffs[i]
            projection = Linear(in_features, width, bias=False, **options)
            self.tail.append(Sequential(projection, Linear(width, size, bias=False, **options)))

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        self.head.reset_parameters()
        for cluster in self.tail:
            for layer in cluster.children():
                layer.reset_parameters()

    def forward(self, input_: Any, target_: Any) -> ASMoutput:
        alone = target_.ndim == 0
        self._check(input_, target_)
        input, target = (input_.unsqueeze(0), target_.unsqueeze(0)) if alone else (input_, target_)
        output = input.new_zeros(target.shape[0])
        chosen = target.clone()
        bounds = [0, *self.cutoffs]
        for i in range(self.n_clusters + 1):
            rows = ((target >= bounds[i]) & (target < bounds[i + 1])).nonzero().squeeze(1)
            if i and rows.numel():
                within = log_softmax(self.tail[i - 1](input.index_select(0, rows)), dim=1)
                local = within.gather(1, (target[rows] - bounds[i]).unsqueeze(1)).squeeze(1)
                output = output.index_copy(0, rows, local)
                chosen = chosen.index_fill(0, rows, self.shortlist_size + i - 1)
        if ((target < 0) | (target >= self.n_classes)).any():
            raise errors.ShapeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range "
                f"[{target.min().item()}, {target.max().item()}] were found. "
            )
        head = log_softmax(self.head(input), dim=1)
        output = output + head.gather(1, chosen.unsqueeze(1)).squeeze(1)
        loss = (-output).mean()
        return ASMoutput(output.squeeze(0) if alone else output, loss)

    def _check(self, input: Any, target: Any) -> None:
        if target.ndim == 1:
            if input.shape[0] != target.shape[0]:
                raise errors.ShapeError("Input and target should have the same size in the batch dimension.")
            if input.ndim != 2:
                raise errors.ShapeError(
                    f"1D target tensor expects 2D input tensors, but found inputs with size {input.shape}"
                )
        elif target.ndim == 0:
            if input.ndim != 1:
                raise errors.ShapeError(
                    f"0D target tensor expects 1D input tensors, but found inputs with size {input.shape}"
                )
        else:
            raise errors.ShapeError(
                "0D or 1D target tensor expected, multi-target not supported"
            )  # fmt: skip

    def log_prob(self, input: Any) -> Any:
        """The log probabilities of all classes."""
        return self._all(input, self.head(input))

    def _all(self, input: Any, head: Any) -> Any:
        first = log_softmax(head, dim=1)
        out = input.new_empty((head.shape[0], self.n_classes))
        out[:, : self.shortlist_size] = first[:, : self.shortlist_size]
        for i, (begin, end) in enumerate(zip(self.cutoffs, self.cutoffs[1:], strict=False)):
            within = log_softmax(self.tail[i](input), dim=1)
            out[:, begin:end] = within + first[:, self.shortlist_size + i].unsqueeze(1)
        return out

    def predict(self, input: Any) -> Any:
        """The most probable class; the clusters are only asked where the first layer says so."""
        head = self.head(input)
        output = head.argmax(dim=1)
        rare = output >= self.shortlist_size
        if rare.all():
            return self._all(input, head).argmax(dim=1)
        if rare.any():
            output[rare] = self._all(input[rare], head[rare]).argmax(dim=1)
        return output
