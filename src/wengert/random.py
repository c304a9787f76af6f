"""The public face of torch.random: seeds and states. Knows names; the numbers are drawn in `functions.making`."""

from wengert.functions.making.random import Generator, default_generator, manual_seed
from wengert.functions.making.states import fork_rng, get_rng_state, initial_seed, seed, set_rng_state

__all__ = [
    "Generator",
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
]
