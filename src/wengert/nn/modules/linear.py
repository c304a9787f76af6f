"""Modules that multiply by a matrix."""

from __future__ import annotations

from typing import Any

from wengert.nn.modules.module import Module


class Identity(Module):
    """Returns its input; arguments are taken and not used.

    >>> import wengert as torch
    >>> torch.nn.Identity(54, unused=True)(torch.ones(2))
    tensor([1., 1.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        return input
