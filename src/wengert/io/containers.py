"""What is saved besides arrays: containers and plain values, described in JSON.

    value := null | true | 1 | 0.5 | "text"                 themselves
           | ["tensor", name, marks]                        a tensor; marks: "g" requires grad, "p" is a Parameter,
                                                            "c" is complex, so that the array holds pairs
           | ["view", name, offset, shape, strides, marks]  a tensor that sees part of another's memory
           | ["array", name] | ["scalar", name]             NumPy's
           | ["list" | "tuple" | "set" | "size", [value...]]
           | ["dict" | "ordered" | "default" | "counter", [[key, value]...]]
           | ["float", "nan"] | ["complex", x, y] | ["bytes", base64] | ["dtype", name]

Knows containers. Must not know files.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter, OrderedDict, defaultdict
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.tensor import Tensor, storage_of, wrap
from wengert.dtypes import dtype
from wengert.errors import FormatError
from wengert.functions.writing.memory import owner_of
from wengert.nn.parameter import PARAMETER, Parameter
from wengert.shapes import Size

DEEPEST = 200
"""How far containers may stand in one another."""

SEQUENCES: dict[type, str] = {list: "list", tuple: "tuple", set: "set", frozenset: "set", Size: "size"}
MAPPINGS: dict[type, str] = {dict: "dict", OrderedDict: "ordered", defaultdict: "default", Counter: "counter"}
KEYS = (str, int, float, bool, type(None), bytes, tuple)
"""The types of keys; a tuple may hold the others."""


class Described:
    """The description of an object, and the arrays that it names."""

    def __init__(self, value: Any) -> None:
        self.arrays: dict[str, Any] = {}
        self._names: dict[Any, str] = {}
        self._alive: list[Any] = []  # so that no other object gets the address of one that was seen
        self._bases: dict[int, tuple[str, Any]] = {}
        self._by_owner: dict[int, list[Any]] = {}
        for tensor in _tensors(value, 0):
            self._by_owner.setdefault(id(owner_of(tensor.array)), []).append(tensor.array)
        self.value = self._described(value, ())

    def _described(self, value: Any, path: tuple[str, ...]) -> Any:
        if value is None or type(value) in (bool, int, str):
            return value
        if type(value) is float:
            return value if value - value == 0 else ["float", repr(value)]
        if isinstance(value, Tensor):
            return self._tensor(value, path)
        if isinstance(value, np.ndarray | np.generic):
            return self._numpy(value, path)
        kind = type(value)
        if kind in SEQUENCES:
            return [SEQUENCES[kind], [self._described(each, (*path, str(i))) for i, each in enumerate(value)]]
        if kind in MAPPINGS:
            return [MAPPINGS[kind], [[self._key(k, path), self._described(v, (*path, str(k)))]
                                     for k, v in value.items()]]  # fmt: skip
        if kind is complex:
            return ["complex", self._described(value.real, path), self._described(value.imag, path)]
        if kind is bytes:
            return ["bytes", base64.b64encode(value).decode()]
        if kind is dtype:
            return ["dtype", str(value).rpartition(".")[2]]
        raise self._refusal(value, path)

    def _refusal(self, value: Any, path: tuple[str, ...]) -> Exception:
        kind = type(value)
        name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        place = f" at {'.'.join(path)!r}" if path else ""
        return errors.ArgumentTypeError(
            errors.advice(
                f"cannot save a {name}{place}: files hold tensors, numbers, words and plain containers, and no code",
                "save its state_dict(), or its numbers.",
            )
        )

    def _key(self, key: Any, path: tuple[str, ...]) -> Any:
        if not isinstance(key, KEYS):
            raise self._refusal(key, path)
        return self._described(key, path)

    def _tensor(self, tensor: Tensor, path: tuple[str, ...]) -> Any:
        array = tensor.array
        marks = ("p" if tensor.__dict__.get(PARAMETER) else "") + ("g" if tensor.requires_grad else "")
        if array.dtype.kind == "c":
            marks += "c"
            parts = np.float32 if array.dtype.itemsize == 8 else np.float64
            array = np.ascontiguousarray(array).reshape(-1).view(parts).reshape(*array.shape, 2)
            return ["tensor", self._named(array, path), marks]
        base = self._base_of(array)
        if base is None or base is array:
            return ["tensor", self._named(array, path), marks]
        offset = (array.ctypes.data - base.ctypes.data) // array.itemsize
        strides = [stride // array.itemsize for stride in array.strides]
        return ["view", self._named(base, path), offset, list(array.shape), strides, marks]

    def _base_of(self, array: Any) -> Any:
        """The largest contiguous array among those to be saved whose memory holds this one; None if it is alone."""
        owner = owner_of(array)
        if not array.size or any(stride < 0 or stride % array.itemsize for stride in array.strides):
            return None
        low, high = np.lib.array_utils.byte_bounds(array)
        best = None
        for other in self._by_owner.get(id(owner), []):
            if other.dtype != array.dtype or not other.flags.c_contiguous:
                continue
            start, end = np.lib.array_utils.byte_bounds(other)
            if start <= low and high <= end and (best is None or other.nbytes > best.nbytes):
                best = other
        if best is not None and _key_of(best) == _key_of(array):
            return None
        return best

    def _numpy(self, value: Any, path: tuple[str, ...]) -> Any:
        if value.dtype.kind not in "biuf":
            raise self._refusal(value, path)
        kind = "array" if isinstance(value, np.ndarray) else "scalar"
        return [kind, self._named(np.asarray(value), path)]

    def _named(self, array: Any, path: tuple[str, ...]) -> str:
        """The name of an array, which is saved once."""
        key = _key_of(array)
        if key not in self._names:
            wanted = "".join(c if c.isprintable() else "_" for c in ".".join(path)) or "value"
            name, number = wanted, 1
            while name in self.arrays or name == "__metadata__":
                number += 1
                name = f"{wanted}#{number}"
            self._names[key] = name
            self.arrays[name] = array
            self._alive.append(array)
        return self._names[key]


def _key_of(array: Any) -> Any:
    return array.ctypes.data if array.size else id(array), array.shape, array.strides, array.dtype.str


def _tensors(value: Any, depth: int) -> Any:
    """The tensors of an object; raises if its containers go too deep."""
    if depth > DEEPEST:
        raise errors.ArgumentError(
            errors.advice(f"containers stand in one another more than {DEEPEST} deep", "save them one by one.")
        )
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _tensors(each, depth + 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _tensors(each, depth + 1)


class Rebuilt:
    """The object of a description."""

    def __init__(self, arrays: dict[str, Any]) -> None:
        self._arrays = arrays
        self._tensors: dict[Any, Tensor] = {}
        self._bases: dict[str, Tensor] = {}

    def value(self, given: Any, depth: int = 0) -> Any:
        """What a description stands for.

        Raises:
            FormatError: if it stands for nothing.
        """
        if given is None or isinstance(given, bool | int | float | str):
            return given
        if depth > DEEPEST + 1 or not isinstance(given, list) or not given or not isinstance(given[0], str):
            raise FormatError("the description of the containers makes no sense")
        kind, *rest = given
        make = getattr(self, f"_{kind}", None) if kind in KINDS else None
        if make is None:
            raise FormatError(f"the description names a {kind[:40]!r}, which is not known")
        try:
            return make(depth + 1, *rest)
        except FormatError:
            raise
        except (TypeError, ValueError, KeyError, OverflowError, binascii.Error) as error:
            raise FormatError(f"the description of a {kind} makes no sense: {str(error)[:100]}") from None

    def _all(self, depth: int, values: Any) -> list[Any]:
        if not isinstance(values, list):
            raise FormatError("the description of a container makes no sense")
        return [self.value(each, depth) for each in values]

    def _list(self, depth: int, values: Any) -> Any:
        return self._all(depth, values)

    def _tuple(self, depth: int, values: Any) -> Any:
        return tuple(self._all(depth, values))

    def _set(self, depth: int, values: Any) -> Any:
        return {self._checked_key(each) for each in self._all(depth, values)}

    def _size(self, depth: int, values: Any) -> Any:
        return Size(int(each) for each in self._all(depth, values))

    def _dict(self, depth: int, pairs: Any) -> Any:
        found = {self._checked_key(self.value(k, depth)): self.value(v, depth) for k, v in pairs}
        if len(found) != len(pairs):
            raise FormatError("a key of a dictionary comes twice")
        return found

    def _ordered(self, depth: int, pairs: Any) -> Any:
        return OrderedDict(self._dict(depth, pairs))

    def _default(self, depth: int, pairs: Any) -> Any:
        return self._dict(depth, pairs)  # what makes its defaults is code, and is not saved

    def _counter(self, depth: int, pairs: Any) -> Any:
        return Counter(self._dict(depth, pairs))

    def _checked_key(self, key: Any, depth: int = 0) -> Any:
        if not isinstance(key, KEYS) or depth > 8:
            raise FormatError("a key of a dictionary makes no sense")
        if isinstance(key, tuple):
            for each in key:
                self._checked_key(each, depth + 1)
        return key

    def _float(self, depth: int, word: Any) -> float:
        if word not in ("nan", "inf", "-inf"):
            raise FormatError("a number makes no sense")
        return float(word)

    def _complex(self, depth: int, real: Any, imag: Any) -> complex:
        return complex(float(self.value(real, depth)), float(self.value(imag, depth)))

    def _bytes(self, depth: int, text: str) -> bytes:
        return base64.b64decode(text, validate=True)

    def _dtype(self, depth: int, name: str) -> Any:
        found = {str(own).rpartition(".")[2]: own for own in dtypes.ALL}.get(name)
        if found is None:
            raise FormatError(f"there is no dtype {name[:40]!r}")
        return found

    def _array(self, depth: int, name: str) -> Any:
        return self._arrays[name]

    def _scalar(self, depth: int, name: str) -> Any:
        return self._arrays[name][()]

    def _tensor(self, depth: int, name: str, marks: str) -> Tensor:
        array = self._arrays[name]
        if "c" in marks:
            if array.dtype not in (np.float32, np.float64) or array.ndim == 0 or array.shape[-1] != 2:
                raise FormatError("a complex tensor does not consist of pairs")
            array = array.view(np.complex64 if array.dtype == np.float32 else np.complex128)[..., 0]
        return self._made(name, array, marks)

    def _view(self, depth: int, name: str, offset: int, shape: Any, strides: Any, marks: str) -> Tensor:
        flat = self._arrays[name].reshape(-1)
        return self._made(name, strided(flat, offset, shape, strides), marks)

    def _made(self, name: str, array: Any, marks: str) -> Tensor:
        if not isinstance(marks, str) or set(marks) - set("gpc"):
            raise FormatError("a tensor has marks that are not known")
        key = (name, array.shape, array.strides, array.ctypes.data, marks)
        if key not in self._tensors:
            base = self._bases.setdefault(name, wrap(self._arrays[name]))
            self._tensors[key] = marked(array, base, requires_grad="g" in marks, parameter="p" in marks)
        return self._tensors[key]


KINDS = frozenset(("list", "tuple", "set", "size", "dict", "ordered", "default", "counter", "float", "complex", "bytes",
                   "dtype", "array", "scalar", "tensor", "view"))  # fmt: skip
"""What a description may name."""


def strided(flat: Any, offset: Any, shape: Any, strides: Any) -> Any:
    """Part of a flat array, in elements.

    Raises:
        FormatError: if it goes beyond the array.
    """
    numbers = [offset, *shape, *strides]
    if len(shape) != len(strides) or len(shape) > 64 or not all(type(n) is int and 0 <= n < 1 << 62 for n in numbers):
        raise FormatError("a tensor has sizes that make no sense")
    last = offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
    if 0 not in shape and last >= flat.size:
        raise FormatError(f"a tensor needs {last + 1} elements, and its memory has {flat.size}")
    if 0 in shape:
        return np.empty(tuple(shape), flat.dtype)
    steps = [step * flat.itemsize for step in strides]
    return np.ndarray(tuple(shape), flat.dtype, flat, offset * flat.itemsize, steps)


def marked(array: Any, base: Tensor, *, requires_grad: bool, parameter: bool) -> Tensor:
    """A tensor over an array that shares its memory, and so its version, with others."""
    made = wrap(array)
    made.memory = storage_of(base)
    if requires_grad and array.dtype.kind not in "fcV":
        raise FormatError("a tensor of whole numbers requires grad")
    if parameter:
        found: Tensor = Parameter(made, requires_grad=requires_grad)
        return found
    if requires_grad:
        made.requires_grad_()
    return made
