"""Settings of the process: where and as what tensors are made, how many threads compute, how exact products are."""

from __future__ import annotations

from typing import Any, Self

from wengert import dtypes, errors
from wengert.core.places import warn
from wengert.core.tensor import Tensor
from wengert.core.threads import POOL
from wengert.functions.making import determinism
from wengert.functions.making.creation import CPU, Device, as_device
from wengert.native.blas import THREADS


class Chosen:
    """What was chosen, where choosing changes nothing that is computed."""

    interop_threads = 1
    precision = "highest"
    warn_always = False


CHOSEN = Chosen()


def get_default_device() -> Device:
    """Where new tensors are made: on the CPU.

    >>> import wengert as torch
    >>> torch.get_default_device()
    device(type='cpu')
    """
    return CPU


def set_default_device(device: Any) -> None:
    """Make new tensors on a device, which has to be the CPU.

    >>> import wengert as torch
    >>> torch.set_default_device("cpu")

    Raises:
        RuntimeError: for any other device.
    """
    as_device(device)


def set_default_tensor_type(t: Any) -> None:
    """Make the dtype of a legacy tensor type that of new floating tensors; deprecated for `set_default_dtype`.

    >>> import wengert as torch
    >>> torch.set_default_tensor_type(torch.DoubleTensor); torch.get_default_dtype()
    torch.float64
    >>> torch.set_default_tensor_type("torch.FloatTensor")
    """
    name = t if isinstance(t, str) else getattr(t, "__name__", "")
    title = name.rpartition(".")[2].removesuffix("Tensor")
    found = [d for d in dtypes.ALL if d.title == title]
    if not found or not found[0].is_floating_point:
        raise errors.ArgumentTypeError("only floating-point types are supported as the default type")
    dtypes.set_default_dtype(found[0])


def get_num_threads() -> int:
    """How many threads compute big tensors.

    >>> import wengert as torch
    >>> torch.get_num_threads() >= 1
    True
    """
    return POOL.threads


def set_num_threads(num: int) -> None:
    """Let that many threads compute big tensors; NumPy's products of matrices too, where its BLAS is OpenBLAS.

    >>> import wengert as torch
    >>> before = torch.get_num_threads()
    >>> torch.set_num_threads(1); torch.get_num_threads()
    1
    >>> torch.set_num_threads(before)
    """
    _positive("set_num_threads", num)
    POOL.threads = num
    THREADS.limit(num)


def get_num_interop_threads() -> int:
    """How many operations may run at once: what was set, which changes nothing here.

    >>> import wengert as torch
    >>> torch.get_num_interop_threads()
    1
    """
    return CHOSEN.interop_threads


def set_num_interop_threads(num: int) -> None:
    """Say how many operations may run at once; kept, but wengert runs one after another.

    >>> import wengert as torch
    >>> torch.set_num_interop_threads(1)
    """
    _positive("set_num_interop_threads", num)
    CHOSEN.interop_threads = num


def _positive(name: str, num: Any) -> None:
    if not isinstance(num, int) or isinstance(num, bool):
        raise errors.ArgumentTypeError(f"{name} expects an int, but got {type(num).__name__}")
    if num <= 0:
        raise errors.ShapeError(f"{name} expects a positive integer")


def get_float32_matmul_precision() -> str:
    """How exact products of float32 matrices have to be: what was set, which changes nothing here.

    >>> import wengert as torch
    >>> torch.get_float32_matmul_precision()
    'highest'
    """
    return CHOSEN.precision


def set_float32_matmul_precision(precision: str) -> None:
    """Say how exact products of float32 matrices have to be; kept, but they are always computed in float32.

    >>> import wengert as torch
    >>> torch.set_float32_matmul_precision("highest")
    """
    if precision not in ("highest", "high", "medium"):
        raise errors.ShapeError(
            errors.advice(
                f"{precision} is not one of 'highest', 'high', or 'medium'; the current setting is unchanged",
                'write "highest".',
            )
        )
    CHOSEN.precision = precision


def set_flush_denormal(mode: bool) -> bool:
    """Ask for numbers near 0 to be rounded to 0; gives False, as that cannot be had here.

    >>> import wengert as torch
    >>> torch.set_flush_denormal(True)
    False
    """
    return False


def get_deterministic_debug_mode() -> int:
    """0, 1 where operations that are not deterministic warn, 2 where they raise.

    >>> import wengert as torch
    >>> torch.get_deterministic_debug_mode()
    0
    """
    if not determinism.are_deterministic_algorithms_enabled():
        return 0
    return 1 if determinism.is_deterministic_algorithms_warn_only_enabled() else 2


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """Choose "default", "warn" or "error", or 0, 1 or 2, for operations that are not deterministic.

    >>> import wengert as torch
    >>> torch.set_deterministic_debug_mode("default")
    """
    names = {"default": 0, "warn": 1, "error": 2}
    mode = names.get(debug_mode) if isinstance(debug_mode, str) else debug_mode
    if mode not in (0, 1, 2):
        raise errors.ShapeError(f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}")
    determinism.use_deterministic_algorithms(mode > 0, warn_only=mode == 1)


def is_warn_always_enabled() -> bool:
    """Whether every warning is to be given each time.

    >>> import wengert as torch
    >>> torch.is_warn_always_enabled()
    False
    """
    return CHOSEN.warn_always


def set_warn_always(b: bool) -> None:
    """Say that every warning is to be given each time; kept, but Python's own filters decide.

    >>> import wengert as torch
    >>> torch.set_warn_always(False)
    """
    CHOSEN.warn_always = bool(b)


# ------------------------------------------------------------------------ autocast


class autocast:
    """Would compute in half precision inside; wengert does not, so it has to be disabled.

    >>> import wengert as torch
    >>> with torch.autocast("cpu", enabled=False):
    ...     torch.is_autocast_enabled()
    False

    Raises:
        NotImplementedError: if it is enabled for the CPU. For other devices it warns and does nothing, as PyTorch does
            where there is no such device.
    """

    def __init__(self, device_type: str, dtype: Any = None, enabled: bool = True,
                 cache_enabled: bool | None = None) -> None:  # fmt: skip
        if enabled and device_type == "cpu":
            raise errors.UnsupportedError(
                errors.advice(
                    "autocast(): computing in half precision is not there",
                    'torch.autocast("cpu", enabled=False), or convert the module with .to(torch.bfloat16).',
                )
            )
        if enabled:
            warn(
                f"User provided device_type of '{device_type}', but {device_type.upper()} is not available. Disabling",
                UserWarning,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        """Nothing was changed."""

    def __call__(self, function: Any) -> Any:
        """The function itself."""
        return function


def is_autocast_enabled(device_type: str | None = None) -> bool:
    """Whether operations run in half precision by themselves: never.

    >>> import wengert as torch
    >>> torch.is_autocast_enabled()
    False
    """
    return False


def is_autocast_cpu_enabled() -> bool:
    """Whether operations on the CPU run in half precision by themselves: never.

    >>> import wengert as torch
    >>> torch.is_autocast_cpu_enabled()
    False
    """
    return False


def is_autocast_cache_enabled() -> bool:
    """Whether weights in half precision are kept for the next use: there are none.

    >>> import wengert as torch
    >>> torch.is_autocast_cache_enabled()
    False
    """
    return False


def clear_autocast_cache() -> None:
    """Forget weights in half precision, of which there are none.

    >>> import wengert as torch
    >>> torch.clear_autocast_cache()
    """


def get_autocast_dtype(device_type: str) -> dtypes.dtype:
    """The dtype that autocast would compute in.

    >>> import wengert as torch
    >>> torch.get_autocast_dtype("cpu")
    torch.bfloat16
    """
    return dtypes.bfloat16 if device_type == "cpu" else dtypes.float16


def get_autocast_cpu_dtype() -> dtypes.dtype:
    """The dtype that autocast would compute in on the CPU.

    >>> import wengert as torch
    >>> torch.get_autocast_cpu_dtype()
    torch.bfloat16
    """
    return dtypes.bfloat16


def compiled_with_cxx11_abi() -> bool:
    """Whether C++ code was compiled with a certain interface: there is none.

    >>> import wengert as torch
    >>> torch.compiled_with_cxx11_abi()
    True
    """
    return True


# ------------------------------------------------------------------------ questions about a tensor


def nbytes(self: Tensor) -> int:
    """The size of all elements in bytes."""
    return int(self.array.size * self.array.itemsize)


def always(name: str, answer: Any, sentence: str) -> Any:
    """The getter of an attribute that is the same for every tensor."""

    def getter(self: Tensor) -> Any:
        return answer

    getter.__name__ = name
    getter.__doc__ = sentence
    return getter


class layout:
    """How a tensor lies in memory: always by strides.

    >>> import wengert as torch
    >>> torch.zeros(1).layout
    torch.strided
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "torch.strided"


strided = layout()

NEVER = (
    "is_mps is_xla is_xpu is_ipu is_vulkan is_maia is_mtia is_meta is_nested is_quantized is_sparse is_sparse_csr "
    "is_mkldnn"
)
"""Kinds of tensors that there are none of."""


def pinned(self: Tensor) -> bool:
    """Whether the memory is locked for a GPU: never."""
    return False


def shared(self: Tensor) -> bool:
    """Whether the memory is shared with other processes: never."""
    return False


def set_to(self: Tensor, other: Tensor) -> bool:
    """Whether two tensors are the same memory, seen in the same way."""
    a, b = self.array, other.array
    return a.ctypes.data == b.ctypes.data and a.shape == b.shape and a.strides == b.strides


def storage_type_of(self: Tensor) -> Any:
    """Raise: there are no storages."""
    raise errors.UnsupportedError(
        errors.advice("storage(): the memory of a tensor without its shape", "tensor.flatten().")
    )


PROPERTIES = {
    "nbytes": nbytes,
    "is_cpu": always("is_cpu", True, "Whether the elements are in the memory of the CPU: always."),
    "layout": always("layout", strided, "How the elements lie in memory: by strides."),
    "name": always("name", None, "A name: there is none."),
    **{name: always(name, False, "Whether it is of a kind that there is none of.") for name in NEVER.split()},
}
