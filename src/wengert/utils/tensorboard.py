"""torch.utils.tensorboard: scalars, step by step, in a file that TensorBoard shows.

    file := record ...      record := length, its checksum, bytes, their checksum      bytes := an Event

An Event is a message of protocol buffers: fields, each with a number. The format is written here, so nothing has to be
installed to write such a file; TensorBoard itself is needed only to look at it.

Knows files and bytes. Must not know tensors further than that they turn into a number.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self

import numpy as np

from wengert import errors
from wengert.core.tensor import Tensor

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["SummaryWriter"]

# ------------------------------------------------------------------------ checksums

CASTAGNOLI = 0x82F63B78
"""The polynomial of CRC-32C, its lowest power first."""


def _table() -> list[int]:
    """The remainder of each byte."""
    table = []
    for byte in range(256):
        rest = byte
        for _ in range(8):
            rest = rest >> 1 ^ (CASTAGNOLI if rest & 1 else 0)
        table.append(rest)
    return table


TABLE = _table()


def crc32c(data: bytes) -> int:
    """The checksum CRC-32C.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    rest = 0xFFFFFFFF
    for byte in data:
        rest = rest >> 8 ^ TABLE[(rest ^ byte) & 0xFF]
    return rest ^ 0xFFFFFFFF


def masked(checksum: int) -> int:
    """A checksum as records keep it: turned by 15 bits and moved, as that of a checksum itself would be weak."""
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF


def record(data: bytes) -> bytes:
    """Bytes as a record, with checksums of its length and of themselves."""
    length = struct.pack("<Q", len(data))
    return b"".join((
        length, struct.pack("<I", masked(crc32c(length))), data, struct.pack("<I", masked(crc32c(data))),
    ))  # fmt: skip


# ------------------------------------------------------------------------ messages


def varint(number: int) -> bytes:
    """A whole number, seven bits to a byte; a negative one by its two's complement of 64 bits.

    >>> varint(300).hex()
    'ac02'
    """
    number &= 0xFFFFFFFFFFFFFFFF
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*found, number))


VARINT, EIGHT_BYTES, BYTES, FOUR_BYTES = 0, 1, 2, 5
"""How the value of a field is written."""


def field(number: int, value: float | bytes, kind: int = BYTES) -> bytes:
    """A field of a message."""
    head = varint(number << 3 | kind)
    if kind == VARINT:
        return head + varint(int(value))
    if kind == EIGHT_BYTES:
        return head + struct.pack("<d", value)
    if kind == FOUR_BYTES:
        return head + float32(value)
    assert isinstance(value, bytes)  # noqa: S101  so says the kind
    return head + varint(len(value)) + value


def float32(value: float | bytes) -> bytes:
    """Four bytes; inf for what is too large, which struct would refuse."""
    with np.errstate(over="ignore"):
        return np.float32(value).tobytes()


def event(walltime: float, step: int | None, *content: bytes) -> bytes:
    """An Event: when, at which step, and what."""
    when = field(1, walltime, EIGHT_BYTES)
    return b"".join((when, field(2, step, VARINT) if step else b"", *content))


def first_event(walltime: float, step: int | None = None) -> bytes:
    """What says that a file holds events, and how they are written."""
    return event(walltime, step, field(3, b"brain.Event:2"))


def purging_event(walltime: float, step: int) -> bytes:
    """What says that a session begins again at a step, so that events of later ones are void."""
    return event(walltime, step, field(7, field(1, 1, VARINT)))


def scalar(tag: str, value: float) -> bytes:
    """A Summary of one number."""
    return field(5, field(1, field(1, tag.encode()) + field(2, value, FOUR_BYTES)))


def scalar_tensor(tag: str, value: float, double_precision: bool) -> bytes:
    """A Summary of one number as a tensor, for TensorBoard's plugin of scalars."""
    plugin = field(9, field(1, field(1, b"scalars")))
    if double_precision:
        tensor = field(1, 2, VARINT) + field(6, struct.pack("<d", value))
    else:
        tensor = field(1, 1, VARINT) + field(5, float32(value))
    return field(5, field(1, field(1, tag.encode()) + field(8, tensor) + plugin))


# ------------------------------------------------------------------------ the writer

NUMBERS = count()
"""Tells the files of one process apart."""


def as_number(value: Any) -> float:
    """A number, or a tensor or array of one element, as a float."""
    array = np.asarray(value.detach().array if isinstance(value, Tensor) else value).squeeze()
    if array.ndim != 0:
        raise errors.CheckError(errors.advice("scalar should be 0D", "write its mean(), or each element for itself."))
    return float(array)


class SummaryWriter:
    """Writes numbers to a folder, for TensorBoard to draw.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from wengert.utils.tensorboard import SummaryWriter
    >>> folder = tempfile.TemporaryDirectory()
    >>> with SummaryWriter(folder.name) as writer:
    ...     for step in range(3):
    ...         writer.add_scalar("loss", 1 / (1 + step), step)
    >>> [file.name[:19] for file in Path(folder.name).iterdir()]
    ['events.out.tfevents']
    >>> folder.cleanup()

    `tensorboard --logdir FOLDER` shows them. Of PyTorch's writer the scalars are there, and no pictures, histograms or
    graphs.

    Args:
        log_dir: the folder, which is made if need be; by default runs/ and the time and the name of the machine.
        comment: put behind the default of log_dir.
        purge_step: where a program begins again after a crash: what was written of this step and later ones is not
            shown.
        max_queue: how many numbers may wait before they are given to the system.
        flush_secs: for how long they may, if others come.
        filename_suffix: put behind the name of the file.
    """

    def __init__(
        self, log_dir: Any = None, comment: str = "", purge_step: int | None = None, max_queue: int = 10,
        flush_secs: float = 120, filename_suffix: str = "",
    ) -> None:  # fmt: skip
        if not log_dir:
            now = datetime.now().strftime("%b%d_%H-%M-%S")  # noqa: DTZ005  the user's own clock names the folder
            log_dir = str(Path("runs") / f"{now}_{socket.gethostname()}{comment}")
        self.log_dir = log_dir
        self.purge_step = purge_step
        self.max_queue = max_queue
        self.flush_secs = flush_secs
        self.filename_suffix = filename_suffix
        self._file: BinaryIO | None = None
        self._waiting, self._flushed = 0, 0.0
        self._open()

    def _open(self) -> BinaryIO:
        """The file, which is begun anew after close()."""
        if self._file is not None:
            return self._file
        now = time.time()
        name = f"events.out.tfevents.{int(now):010d}.{socket.gethostname()}.{os.getpid()}.{next(NUMBERS)}"
        Path(self.log_dir).mkdir(parents=True, exist_ok=True)
        file = Path(self.log_dir, name + self.filename_suffix).open("xb")  # noqa: SIM115  it is closed by close()
        file.write(record(first_event(now)))
        if self.purge_step is not None:
            file.write(record(first_event(now, self.purge_step)))
            file.write(record(purging_event(now, self.purge_step)))
            self.purge_step = None
        file.flush()
        self._file, self._flushed = file, now
        return file

    def get_logdir(self) -> str:
        """The folder.

        >>> import tempfile
        >>> from wengert.utils.tensorboard import SummaryWriter
        >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        ...     writer.get_logdir() == folder
        True
        """
        return str(self.log_dir)

    def add_scalar(
        self, tag: str, scalar_value: Any, global_step: Any = None, walltime: float | None = None,
        new_style: bool = False, double_precision: bool = False,
    ) -> None:  # fmt: skip
        """Write one number.

        >>> import tempfile
        >>> import wengert as torch
        >>> from wengert.utils.tensorboard import SummaryWriter
        >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        ...     writer.add_scalar("loss/train", torch.tensor(0.5), global_step=10)

        Args:
            tag: what it is called; a slash puts names that begin alike together.
            scalar_value: a number, or a tensor or array of one element.
            global_step: where it stands.
            walltime: when it was, in seconds; now, by default.
            new_style: whether to write it as a tensor.
            double_precision: whether that tensor is of float64.

        Raises:
            AssertionError: for more than one element.
        """
        value = as_number(scalar_value)
        summary = scalar_tensor(tag, value, double_precision) if new_style else scalar(tag, value)
        now = time.time()
        file = self._open()
        step = None if global_step is None else int(global_step)
        file.write(record(event(now if walltime is None else walltime, step, summary)))
        self._waiting += 1
        if self._waiting >= self.max_queue or now - self._flushed >= self.flush_secs:
            self.flush()

    def flush(self) -> None:
        """Give everything to the system, so that TensorBoard sees it.

        >>> import tempfile
        >>> from wengert.utils.tensorboard import SummaryWriter
        >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        ...     writer.flush()
        """
        if self._file is not None:
            self._file.flush()
            self._waiting, self._flushed = 0, time.time()

    def close(self) -> None:
        """Write what waits and close the file; what is added later goes to a new one.

        >>> import tempfile
        >>> from wengert.utils.tensorboard import SummaryWriter
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     SummaryWriter(folder).close()
        """
        if self._file is not None:
            self._file.close()
            self._file, self._waiting = None, 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
