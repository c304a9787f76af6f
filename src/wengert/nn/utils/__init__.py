"""torch.nn.utils: gradients clipped, parameters as vectors, sequences packed, weights parametrised and pruned."""

from importlib import import_module
from typing import Any

from wengert.names import later, missing_attribute

LATER = {
    "clip_grad_norm_": "clip_grad",
    "clip_grad_value_": "clip_grad",
    "clip_grads_with_norm_": "clip_grad",
    "get_total_norm": "clip_grad",
    "parameters_to_vector": "convert_parameters",
    "remove_spectral_norm": "spectral",
    "remove_weight_norm": "weights",
    "skip_init": "init",
    "spectral_norm": "spectral",
    "vector_to_parameters": "convert_parameters",
    "weight_norm": "weights",
}
SUBMODULES = ("parametrizations", "parametrize", "prune", "rnn", "stateless")

__all__ = [  # noqa: PLE0604  names that come when they are asked for
    *LATER,
    *SUBMODULES,
]


def __getattr__(name: str) -> Any:
    if name in SUBMODULES:
        return import_module(f"wengert.nn.utils.{name}")
    if name in LATER:
        return later(globals(), name, f"wengert.nn.utils.{LATER[name]}")
    raise missing_attribute("torch.nn.utils", name, __all__)


def __dir__() -> list[str]:
    return sorted(__all__)
