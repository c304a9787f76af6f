"""The state of the stream of random numbers: saved, restored, forked. Its bytes are laid out as PyTorch's."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors
from wengert.core.tensor import Tensor, wrap
from wengert.functions.making.random import Generator, default_generator

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = 624
LAYOUT = np.dtype(
    {
        "names": ["seed", "left", "seeded", "next", "words", "x", "y", "rho", "valid", "float", "float_valid"],
        "formats": ["<u8", "<i4", "<i4", "<u8", f"({WORDS},)<u8", "<f8", "<f8", "<f8", "<i4", "<f4", "u1"],
        "offsets": [0, 8, 12, 16, 24, 5016, 5024, 5032, 5040, 5048, 5052],
        "itemsize": 5056,
    }
)
"""C++'s struct of the generator and the normal number that it keeps for the next call."""


def state_of(generator: Generator) -> Tensor:
    """The state of a generator as bytes."""
    state, spare, seed = generator.snapshot()
    key, position = state["state"]["key"], int(state["state"]["pos"])
    made = np.zeros((), LAYOUT)
    made["seed"], made["seeded"], made["words"] = seed & (2**64 - 1), 1, key
    made["left"], made["next"] = (1, 0) if position == WORDS else (WORDS + 1 - position, position)
    if spare is not None:
        made["y"], made["valid"] = spare, 1
    return wrap(np.frombuffer(made.tobytes(), np.uint8).copy())


def restore_state(generator: Generator, new_state: Any) -> Generator:
    """Let a generator go on from a state."""
    if not isinstance(new_state, Tensor) or new_state.array.dtype != np.uint8:
        raise errors.ArgumentTypeError(
            errors.advice("RNG state must be a torch.ByteTensor", "give what get_rng_state() returned.")
        )
    if new_state.array.size != LAYOUT.itemsize:
        raise errors.ShapeError(
            f"Expected a CPUGeneratorImplState of size {LAYOUT.itemsize} but found the input RNG state size to be "
            f"{new_state.array.size}"
        )
    (read,) = np.frombuffer(new_state.array.tobytes(), LAYOUT)
    state, _, _ = generator.snapshot()
    position = WORDS if int(read["left"]) == 1 else int(read["next"])
    state["state"] = {"key": read["words"].astype(np.uint32), "pos": position}
    return generator.restore((state, float(read["y"]) if read["valid"] else None, int(read["seed"])))


def get_rng_state() -> Tensor:
    """Where the default stream of random numbers is, as bytes.

    >>> import wengert as torch
    >>> state = torch.get_rng_state(); first = torch.rand(2)
    >>> torch.set_rng_state(state); torch.equal(torch.rand(2), first)
    True
    """
    return state_of(default_generator)


def set_rng_state(new_state: Tensor) -> None:
    """Go on with random numbers from a state that get_rng_state returned.

    >>> import wengert as torch
    >>> torch.set_rng_state(torch.get_rng_state())
    """
    restore_state(default_generator, new_state)


def seed() -> int:
    """Start the default stream again from a seed that nobody knows; returns it.

    >>> import wengert as torch
    >>> torch.seed() == torch.initial_seed()
    True
    """
    return default_generator.seed()


def initial_seed() -> int:
    """The seed that the default stream started from.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(3); torch.initial_seed()
    3
    """
    return default_generator.initial_seed()


@contextlib.contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, **others: Any) -> Iterator[None]:
    """Draw random numbers inside, and go on afterwards as if none had been drawn.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0)
    >>> with torch.random.fork_rng():
    ...     _ = torch.rand(3)
    >>> torch.rand(2)
    tensor([0.4963, 0.7682])
    """
    if not enabled:
        yield
        return
    before = default_generator.snapshot()
    try:
        yield
    finally:
        default_generator.restore(before)


def clone_state(self: Generator) -> Generator:
    """Another generator that will draw the same numbers."""
    return restore_state(Generator(), state_of(self))


Generator.get_state = state_of  # type: ignore[attr-defined]
Generator.set_state = restore_state  # type: ignore[attr-defined]
Generator.clone_state = clone_state  # type: ignore[attr-defined]
