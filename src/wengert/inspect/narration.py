"""Explaining the backward passes of a script while it runs."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from wengert.core.tensor import Tensor
from wengert.inspect.derivation import derive, names_around

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def narrated(most: int) -> Iterator[None]:
    """Print the derivation of the first `most` backward passes inside that begin at a number.

    >>> import wengert as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> with narrated(1):
    ...     (2 * x).backward()  # doctest: +ELLIPSIS
    backward pass 1
    ...
    """
    methods: Any = Tensor
    real = methods.backward
    told = 0

    def backward(self: Tensor, *args: Any, **options: Any) -> None:
        nonlocal told
        if told < most and not args and self.node is not None and self.ndim == 0:
            told += 1
            text = derive(self, names=names_around())
            sys.stdout.write(f"backward pass {told}\n{text}\n\n")
        real(self, *args, **options)

    methods.backward = backward
    try:
        yield
    finally:
        methods.backward = real
