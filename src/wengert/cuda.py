"""torch.cuda: there are no GPUs. What asks is answered so; what needs one raises."""

from importlib import import_module
from typing import Any

from wengert.errors import DeviceError, advice

__all__ = [
    "device_count",
    "empty_cache",
    "is_available",
    "is_bf16_supported",
    "is_initialized",
    "manual_seed",
    "manual_seed_all",
]


def is_available() -> bool:
    """Whether there is a GPU: no.

    >>> import wengert as torch
    >>> torch.cuda.is_available()
    False
    """
    return False


def is_initialized() -> bool:
    """Whether CUDA was started: no.

    >>> import wengert as torch
    >>> torch.cuda.is_initialized()
    False
    """
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether a GPU computes in bfloat16: there is none.

    >>> import wengert as torch
    >>> torch.cuda.is_bf16_supported()
    False
    """
    return False


def device_count() -> int:
    """How many GPUs there are: 0.

    >>> import wengert as torch
    >>> torch.cuda.device_count()
    0
    """
    return 0


def manual_seed(seed: int) -> None:
    """Seed the random numbers of the GPU, of which there is none.

    >>> import wengert as torch
    >>> torch.cuda.manual_seed(0)
    """


def manual_seed_all(seed: int) -> None:
    """Seed the random numbers of all GPUs, of which there are none.

    >>> import wengert as torch
    >>> torch.cuda.manual_seed_all(0)
    """


def empty_cache() -> None:
    """Give the memory of the GPU back, of which there is none.

    >>> import wengert as torch
    >>> torch.cuda.empty_cache()
    """


NAMES = (
    "CUDAGraph Event ExternalStream MemPool Stream StreamContext can_device_access_peer clock_rate cudart "
    "current_blas_handle current_device current_stream default_stream device device_memory_used device_of "
    "get_arch_list get_device_capability get_device_name get_device_properties get_rng_state get_rng_state_all graph "
    "graph_pool_handle init initial_seed ipc_collect make_graphed_callables max_memory_allocated max_memory_cached "
    "max_memory_reserved mem_get_info memory_allocated memory_cached memory_reserved memory_snapshot memory_stats "
    "memory_summary memory_usage power_draw reset_accumulated_memory_stats reset_max_memory_allocated "
    "reset_max_memory_cached reset_peak_memory_stats seed seed_all set_device set_per_process_memory_fraction "
    "set_rng_state set_rng_state_all set_stream stream synchronize temperature utilization"
)
NEED_A_GPU = frozenset(NAMES.split())
"""Names of torch.cuda that are there, so that code which only mentions them runs."""


def __getattr__(name: str) -> Any:
    if name == "amp":
        return import_module("wengert.amp")
    if name not in NEED_A_GPU:
        raise AttributeError(f"module 'torch.cuda' has no attribute {name!r}", name=name)

    def needs_a_gpu(*args: Any, **options: Any) -> Any:
        raise DeviceError(advice("Torch not compiled with CUDA enabled", "test torch.cuda.is_available() first."))

    needs_a_gpu.__name__ = name
    return needs_a_gpu
