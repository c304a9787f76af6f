"""Where tensors live: devices have names, and the CPU is there."""

from __future__ import annotations

from typing import Any, Self, TypedDict

from wengert import errors


class device:
    """Where a tensor lives. Any device may be named, but only the CPU is there.

    >>> import wengert as torch
    >>> torch.device("cpu"), str(torch.device("cuda", 1)), torch.zeros(1).device == torch.device("cpu")
    (device(type='cpu'), 'cuda:1', True)
    """

    __slots__ = ("index", "type")
    type: str
    index: int | None

    def __init__(self, type: Any = "cpu", index: int | None = None) -> None:
        if isinstance(type, device):
            type, index = type.type, type.index
        if isinstance(type, int):
            type, index = "cuda", type
        word, colon, number = str(type).partition(":")
        if word not in DEVICES or (colon and not number.isdigit()):
            raise errors.DeviceError(
                errors.advice(
                    f"Expected one of {', '.join(DEVICES)} device type at start of device string: {type}",
                    'use device="cpu".',
                )
            )
        self.type = word
        self.index = int(number) if colon else index

    def __repr__(self) -> str:
        return (
            f"device(type={self.type!r})" if self.index is None else f"device(type={self.type!r}, index={self.index})"
        )

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __reduce__(self) -> Any:
        return device, (self.type, self.index)

    def __enter__(self) -> Self:
        """Make new tensors there, which has to be the CPU."""
        as_device(self)
        return self

    def __exit__(self, *raised: object) -> None:
        """Nothing was changed."""

    def __call__(self, function: Any) -> Any:
        """The function itself, whose tensors are made there."""
        as_device(self)
        return function


DEVICES = (
    "cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla", "lazy",
    "vulkan", "mps", "meta", "hpu", "mtia", "privateuseone",
)  # fmt: skip
"""The kinds of devices that PyTorch knows the names of."""

Device = device
CPU = device()


def as_device(given: Any) -> None:
    """Accept the CPU and refuse anything else."""
    if given is not None and given is not CPU and Device(given).type != "cpu":
        raise errors.DeviceError(errors.advice(f"there is no device {str(given)!r} here", 'use device="cpu".'))


class Where(TypedDict, total=False):
    """Where a new tensor lies, and how: words of PyTorch's that leave no choice here."""

    device: Any
    layout: Any
    pin_memory: bool


def check_where(name: str, where: Where) -> None:
    """Accept the CPU, elements by strides, and memory that is not pinned, and refuse anything else."""
    for key in where:
        if key not in Where.__annotations__:
            raise errors.ArgumentTypeError(f"{name}() got an unexpected keyword argument '{key}'")
    as_device(where.get("device"))
    layout = where.get("layout")
    if layout is not None and str(layout) != "torch.strided":
        raise errors.DeviceError(errors.advice(f"{name}(): there is no layout {layout}", "layout=torch.strided."))
    if where.get("pin_memory"):
        pin_memory(None)


def cuda(self: Any, *_: Any, **__: Any) -> Any:
    """Refuse: there is no GPU here.

    Raises:
        AssertionError: always, in PyTorch's words.
    """
    raise AssertionError(errors.advice("Torch not compiled with CUDA enabled", "leave .cuda() out, or .to(device)."))


def pin_memory(self: Any, device: Any = None) -> Any:
    """Refuse: there is no GPU to pin memory for.

    Raises:
        RuntimeError: always, in PyTorch's words.
    """
    raise errors.DeviceError(
        errors.advice("Cannot access accelerator device when none is available.", "leave .pin_memory() out.")
    )


def to_dense(self: Any, dtype: Any = None, *, masked_grad: bool | None = None) -> Any:
    """The tensor itself, as all tensors are dense here, in another dtype where that is asked for.

    >>> import wengert as torch
    >>> torch.ones(2).to_dense()
    tensor([1., 1.])
    """
    return self if dtype is None else self.to(dtype)
