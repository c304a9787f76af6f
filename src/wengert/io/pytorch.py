"""Files that torch.save has written: a zip archive of a pickle and the bytes of each storage.

    NAME/data.pkl    containers, and tensors as parts of storages
    NAME/data/KEY    the bytes of a storage

Archives are not compressed, so what is read is never more than the file. Tensors that share a storage share it again.

Knows PyTorch's names. Must not know where the file came from.
"""

from __future__ import annotations

import zipfile
from typing import Any, BinaryIO

import numpy as np

from wengert import dtypes
from wengert.core.tensor import Tensor, wrap
from wengert.errors import FormatError
from wengert.io.containers import marked, strided
from wengert.io.opcodes import Call, Machine, containers
from wengert.shapes import Size

STORAGES = {
    "Float": dtypes.float32, "Double": dtypes.float64, "Half": dtypes.float16, "BFloat16": dtypes.bfloat16,
    "Long": dtypes.int64, "Int": dtypes.int32, "Short": dtypes.int16, "Char": dtypes.int8, "Byte": dtypes.uint8,
    "Bool": dtypes.bool_, "ComplexFloat": dtypes.complex64, "ComplexDouble": dtypes.complex128,
}  # fmt: skip
"""PyTorch's names of storages, and what their elements are."""

UNTYPED = object()


class Memory:
    """The bytes of a storage, and the dtype that its elements have unless a tensor says otherwise."""

    __slots__ = ("base", "dtype", "raw")

    def __init__(self, raw: Any) -> None:
        self.raw = raw
        self.dtype: Any = None
        self.base = wrap(raw)


class Archive:
    """One file."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._zip = zipfile.ZipFile(file)
        entries = self._zip.infolist()
        if any(entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1 for entry in entries):
            raise FormatError("the archive is compressed or encrypted, which files of torch.save are not")
        if sum(entry.file_size for entry in entries) > size:
            raise FormatError("the archive promises more than the file has")
        self._names = {entry.filename: entry for entry in entries}
        if len(self._names) != len(entries):
            raise FormatError("a name comes twice in the archive")
        pickles = [name for name in self._names if name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise FormatError("the archive holds no data.pkl, so torch.save has not written it")
        self._pickle = pickles[0]
        self._folder = self._pickle.removesuffix("data.pkl")
        order = self._names.get(f"{self._folder}byteorder")
        if order is not None and self._zip.read(order) != b"little":
            raise FormatError("the file was written by a machine with another byte order")
        self._memories: dict[str, Memory] = {}

    def value(self) -> Any:
        """The object that was saved."""
        return Machine(self._globals(), self._storage).run(self._zip.read(self._pickle))

    def _storage(self, given: Any) -> tuple[Memory, Any]:
        """A storage and the dtype of its elements, for ("storage", type, key, place, count)."""
        if not isinstance(given, tuple) or len(given) != 5 or given[0] != "storage":
            raise FormatError("the file asks for something that is no storage")
        _, kind, key, _, count = given
        if kind is not UNTYPED and not isinstance(kind, dtypes.dtype):
            raise FormatError("a storage has no known type")
        if not isinstance(key, str) or type(count) is not int or count < 0:
            raise FormatError("a storage is not described as it should be")
        memory = self._memories.get(key)
        if memory is None:
            entry = self._names.get(f"{self._folder}data/{key}")
            if entry is None:
                raise FormatError(f"the storage {key[:40]!r} is missing")
            data = bytearray(self._zip.read(entry))
            memory = self._memories[key] = Memory(np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8))
        item = kind.numpy.itemsize if isinstance(kind, dtypes.dtype) else 1
        if count * item > memory.raw.size:
            raise FormatError(f"the storage {key[:40]!r} has {memory.raw.size} bytes, and should have {count * item}")
        return memory, kind

    def _globals(self) -> dict[str, Any]:
        found = containers()
        for name, own in STORAGES.items():
            found[f"torch.{name}Storage"] = own
        for own in dtypes.ALL:
            found[str(own)] = own
        found["torch.storage.UntypedStorage"] = found["torch.UntypedStorage"] = UNTYPED
        makers: dict[str, Any] = {
            "torch._utils._rebuild_tensor_v2": self._tensor,
            "torch._utils._rebuild_tensor_v3": self._typed_tensor,
            "torch._utils._rebuild_parameter": self._parameter,
            "torch.Size": lambda sizes=(): Size(int(n) for n in sizes),
            "torch.device": lambda *_: "cpu",
            "torch.serialization._get_layout": lambda *_: None,
        }
        return found | {name: Call(name, function) for name, function in makers.items()}

    def _tensor(self, storage: Any, offset: Any, size: Any, stride: Any, requires_grad: Any = False,
                hooks: Any = None, metadata: Any = None) -> Tensor:  # fmt: skip
        memory, kind = self._checked(storage)
        if kind is UNTYPED:
            raise FormatError("a tensor has no dtype")
        return self._made(memory, kind, offset, size, stride, requires_grad)

    def _typed_tensor(self, storage: Any, offset: Any, size: Any, stride: Any, requires_grad: Any, hooks: Any,
                      dtype: Any, metadata: Any = None) -> Tensor:  # fmt: skip
        memory, _ = self._checked(storage)
        if not isinstance(dtype, dtypes.dtype):
            raise FormatError("a tensor has no dtype")
        return self._made(memory, dtype, offset, size, stride, requires_grad)

    @staticmethod
    def _checked(storage: Any) -> Any:
        if not isinstance(storage, tuple) or len(storage) != 2 or not isinstance(storage[0], Memory):
            raise FormatError("a tensor is made of something that is no storage")
        return storage

    @staticmethod
    def _made(memory: Memory, kind: Any, offset: Any, size: Any, stride: Any, requires_grad: Any) -> Tensor:
        if not isinstance(size, tuple) or not isinstance(stride, tuple):
            raise FormatError("a tensor has sizes that make no sense")
        dtype = kind.numpy
        whole = memory.raw.size // dtype.itemsize * dtype.itemsize
        flat = memory.raw[:whole].view(dtype)
        if kind is dtypes.bool_ and flat.size and memory.raw.max() > 1:
            raise FormatError("a truth value is neither 0 nor 1")
        return marked(strided(flat, offset, size, stride), memory.base, requires_grad=requires_grad is True,
                      parameter=False)  # fmt: skip

    @staticmethod
    def _parameter(data: Any, requires_grad: Any = True, hooks: Any = None) -> Tensor:
        if not isinstance(data, Tensor):
            raise FormatError("a Parameter is made of something that is no tensor")
        return marked(data.array, data, requires_grad=requires_grad is True, parameter=True)


def read(file: BinaryIO, size: int) -> Any:
    """The object that torch.save wrote into a file.

    Raises:
        FormatError: for anything but tensors and plain containers, and whatever else a file may do.
    """
    try:
        return Archive(file, size).value()
    except FormatError:
        raise
    except Exception as error:  # noqa: BLE001  whatever a file that was made to do harm provokes
        raise FormatError(f"the file is no archive of torch.save: {type(error).__name__}: {str(error)[:200]}") from None
