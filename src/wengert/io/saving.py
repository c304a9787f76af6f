"""torch.save and torch.load.

A file holds named tensors in the safetensors layout; what containers they stand in, and a checksum of each, are words
of its metadata. Nothing in a file is ever run.

Knows how the parts of this package go together.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

from wengert import errors
from wengert.errors import FormatError
from wengert.functions.making.creation import as_device
from wengert.io import layout, pytorch
from wengert.io.containers import Described, Rebuilt
from wengert.io.files import opened, replaced

FORMAT, VERSION = "wengert", "1"


def save(obj: Any, f: Any) -> None:
    """Save tensors, numbers, words and plain containers of these.

    >>> import io
    >>> import wengert as torch
    >>> file = io.BytesIO()
    >>> torch.save({"w": torch.ones(2), "epoch": 3}, file)
    >>> _ = file.seek(0)
    >>> torch.load(file)
    {'w': tensor([1., 1.]), 'epoch': 3}

    Args:
        obj: for example a `state_dict()`, or a dictionary of several. Modules and functions are code, and are refused.
        f: a path, which has the old file or the whole new one at any moment, or a file that is open for writing.

    The file is one of the safetensors format. Memory that several tensors share is saved once.
    """
    described = Described(obj)
    metadata = {
        "format": FORMAT,
        "version": VERSION,
        "object": json.dumps(described.value, separators=(",", ":"), allow_nan=False),
        "sha256": json.dumps(
            {name: hashlib.sha256(layout.bytes_of(array)).hexdigest() for name, array in described.arrays.items()}
        ),
    }
    if isinstance(f, str | os.PathLike):
        with replaced(f) as file:
            layout.write(file, described.arrays, metadata)
    elif hasattr(f, "write"):
        layout.write(f, described.arrays, metadata)
    else:
        raise errors.ArgumentTypeError(f"expected a path or a file that is open for writing, not {type(f).__name__}")


def load(f: Any, map_location: Any = None, *, weights_only: bool = True, mmap: bool | None = None) -> Any:
    """Load what `save` has saved, a safetensors file, or a file of PyTorch's torch.save.

    >>> import io
    >>> import wengert as torch
    >>> torch.load(io.BytesIO(b"short"))
    Traceback (most recent call last):
    wengert.errors.FormatError: the file has 5 bytes, which is too few for a header

    Args:
        f: a path, or a file that is open for reading.
        map_location: the CPU, which all tensors are loaded to.
        weights_only: nothing: never anything else is loaded, whoever wrote the file.
        mmap: nothing.

    Raises:
        FormatError: for a file that is damaged, of another format, or asks for anything but tensors and containers.
    """
    if isinstance(map_location, str):
        as_device(map_location)
    with opened(f) as (file, size):
        start = file.tell()
        magic = file.read(4)
        file.seek(start)
        if magic == b"PK\x03\x04":
            return pytorch.read(file, size)
        if magic[:1] == b"\x80" and magic[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05") and magic[2:] != b"\0\0":
            raise FormatError(
                errors.advice(
                    "the file is a pickle, which can run any code; it is not read",
                    "load it with PyTorch where you trust it, and save its state_dict() again with torch.save.",
                )
            )
        return _read(file, size)


def _read(file: Any, size: int) -> Any:
    """The object of a file in the safetensors layout."""
    arrays, metadata = layout.read(file, size, _check_version)
    if metadata.get("format") != FORMAT:
        made = Rebuilt(arrays)
        return {name: made.value(["tensor", name, ""]) for name in arrays}
    _check_sums(arrays, _json(metadata, "sha256"))
    return Rebuilt(arrays).value(_json(metadata, "object"))


def _check_version(_: str, metadata: dict[str, str]) -> None:
    if metadata.get("format") == FORMAT and metadata.get("version") != VERSION:
        raise FormatError(
            f"the file has version {str(metadata.get('version'))[:20]!r} of the format, and only {VERSION!r} is known"
        )


def _json(metadata: dict[str, str], word: str) -> Any:
    if word not in metadata:
        raise FormatError(f"the metadata lack the word {word!r}")
    try:
        return json.loads(metadata[word], object_pairs_hook=layout.once)
    except FormatError:
        raise
    except (ValueError, RecursionError) as error:
        raise FormatError(f"the word {word!r} of the metadata is not JSON: {error}") from None


def _check_sums(arrays: dict[str, Any], sums: Any) -> None:
    if not isinstance(sums, dict) or set(sums) != set(arrays):
        raise FormatError("there is not one checksum for each tensor")
    for name, array in arrays.items():
        if hashlib.sha256(layout.bytes_of(array)).hexdigest() != sums[name]:
            raise FormatError(f"the checksum of {name[:100]!r} is wrong: the file was damaged")
