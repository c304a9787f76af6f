"""The safetensors layout: named arrays in a file, and words about them.

    file   := length of the header (8 bytes, little-endian), header, data
    header := JSON: {name: {"dtype": "F32", "shape": [2, 3], "data_offsets": [from, to]}, "__metadata__": {word: word}}
    data   := the bytes of the arrays, little-endian and in C order, one after another without holes

The safetensors package reads what is written here, and the other way round. What is read is held against every promise
of the layout before any memory is taken for it.

Knows bytes and arrays. Must not know tensors, nor what the words mean.
"""

from __future__ import annotations

import json
from math import prod
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from wengert import dtypes
from wengert.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST_HEADER = 16 << 20
"""Bytes; a million tensors need about a hundred bytes each, models have some thousands."""

MOST_TENSORS, MOST_DIMENSIONS = 100_000, 64
METADATA = "__metadata__"

CODES = {
    "BOOL": dtypes.bool_, "U8": dtypes.uint8, "I8": dtypes.int8, "U16": dtypes.uint16, "I16": dtypes.int16,
    "U32": dtypes.uint32, "I32": dtypes.int32, "U64": dtypes.uint64, "I64": dtypes.int64, "F16": dtypes.float16,
    "BF16": dtypes.bfloat16, "F32": dtypes.float32, "F64": dtypes.float64,
}  # fmt: skip
NAMES = {own: code for code, own in CODES.items()}
SIZES = {"BOOL": 1, "U8": 1, "I8": 1, "U16": 2, "I16": 2, "U32": 4, "I32": 4, "U64": 8, "I64": 8, "F16": 2, "BF16": 2,
         "F32": 4, "F64": 8}  # fmt: skip


def write(file: BinaryIO, arrays: dict[str, Any], metadata: dict[str, str]) -> None:
    """Write named arrays, which are copied where they are not contiguous, the widest elements first."""
    order = sorted(arrays, key=lambda name: -arrays[name].dtype.itemsize)  # so each begins at a multiple of its own
    header: dict[str, Any] = {METADATA: metadata} if metadata else {}
    end = 0
    for name in order:
        array = arrays[name]
        start, end = end, end + array.nbytes
        header[name] = {
            "dtype": NAMES[dtypes.of_numpy(array.dtype)],
            "shape": list(array.shape),
            "data_offsets": [start, end],
        }
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    text += b" " * (-len(text) % 8)
    if len(text) > LARGEST_HEADER:
        raise FormatError(f"the description has {len(text)} bytes, and the largest allowed is {LARGEST_HEADER}")
    file.write(len(text).to_bytes(8, "little"))
    file.write(text)
    for name in order:
        file.write(bytes_of(arrays[name]))


def bytes_of(array: Any) -> memoryview:
    """The bytes of an array, little-endian and in C order."""
    wanted = array.dtype.newbyteorder("<") if array.dtype.byteorder == ">" else array.dtype
    flat = np.ascontiguousarray(array, dtype=wanted).reshape(-1)
    return _raw(flat)


def _raw(flat: Any) -> memoryview:
    return memoryview(flat.view(np.uint8))


def read(file: BinaryIO, size: int, check: Callable[[str, Any], None]) -> tuple[dict[str, Any], dict[str, str]]:
    """Read named arrays and the metadata.

    Args:
        file: open at its beginning.
        size: the bytes that it has.
        check: called with the metadata's text before anything else is read, may raise.
    """
    if size < 8:
        raise FormatError(f"the file has {size} bytes, which is too few for a header")
    length = int.from_bytes(exactly(file, 8), "little")
    if length > min(size - 8, LARGEST_HEADER):
        raise FormatError(f"the header should have {length} bytes, which is more than there are, or are allowed")
    header = parsed(exactly(file, length))
    metadata = header.pop(METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(word, str) for word in metadata.values()):
        raise FormatError("the metadata are not words")
    check(METADATA, metadata)
    entries = _entries(header, size - 8 - length)
    return {name: _array(file, code, shape) for name, code, shape in entries}, metadata


def parsed(text: bytes) -> dict[str, Any]:
    """The header, in which no name comes twice."""
    try:
        found = json.loads(text.decode("utf-8"), object_pairs_hook=once, parse_constant=_refuse_constant)
    except FormatError:
        raise
    except (ValueError, RecursionError) as error:
        raise FormatError(f"the header is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise FormatError("the header is not a JSON object")
    return found


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; raises if a name comes twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise FormatError(f"the name {twice[:100]!r} comes twice")
    return found


def _refuse_constant(word: str) -> Any:
    raise FormatError(f"{word} is no JSON number")


def _entries(header: dict[str, Any], size: int) -> list[tuple[str, str, tuple[int, ...]]]:
    """Names, dtypes and shapes in the order of the data, which they cover exactly."""
    if len(header) > MOST_TENSORS:
        raise FormatError(f"there are {len(header)} tensors, more than {MOST_TENSORS}")
    found = [_entry(name, entry) for name, entry in header.items()]
    found.sort(key=lambda entry: entry[:2])
    end = 0
    for start, stop, name, _, _ in found:
        if start != end:
            raise FormatError(f"{_shown(name)} does not begin where the one before it ends")
        end = stop
    if end != size:
        raise FormatError(f"the header describes {end} bytes of data, and there are {size}")
    return [(name, code, shape) for _, _, name, code, shape in found]


def _entry(name: str, entry: Any) -> tuple[int, int, str, str, tuple[int, ...]]:
    """Where an array begins and ends, its name, its dtype and its shape."""
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise FormatError(f"{_shown(name)} is not described by dtype, shape and data_offsets")
    code, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(code, str) or code not in CODES:
        raise FormatError(f"{_shown(name)} has the dtype {str(code)[:40]!r}, which is not known")
    if not _sizes(shape) or len(shape) > MOST_DIMENSIONS:
        raise FormatError(f"{_shown(name)} has a shape that makes no sense")
    if not _sizes(offsets) or len(offsets) != 2:
        raise FormatError(f"{_shown(name)} has offsets that make no sense")
    if offsets[1] - offsets[0] != prod(shape) * SIZES[code]:
        raise FormatError(f"{_shown(name)} has bytes for another shape")
    return offsets[0], offsets[1], name, code, tuple(shape)


def _sizes(values: Any) -> bool:
    return isinstance(values, list) and all(type(v) is int and 0 <= v < 1 << 62 for v in values)


def _shown(name: str) -> str:
    return repr(name if len(name) <= 100 else name[:100] + "...")


def _array(file: BinaryIO, code: str, shape: tuple[int, ...]) -> Any:
    dtype = CODES[code].numpy
    made = np.empty(shape, dtype)
    view = _raw(made.reshape(-1))
    done = 0
    while done < len(view):
        count = file.readinto(view[done:])  # type: ignore[attr-defined]
        if not count:
            raise FormatError("the file ends too early")
        done += count
    if code == "BOOL" and made.size and made.view(np.uint8).max() > 1:
        raise FormatError("a truth value is neither 0 nor 1")
    return made


def exactly(file: BinaryIO, count: int) -> bytes:
    """So many bytes."""
    found = file.read(count)
    if len(found) != count:
        raise FormatError("the file ends too early")
    return found
