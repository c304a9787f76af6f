"""A log of numbers as a table or as JSON: a callback that training calls once for each step or epoch.

Knows files. Must not know training.
"""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from wengert.core.tensor import Tensor
from wengert.errors import ArgumentError, advice

if TYPE_CHECKING:
    import os

__all__ = ["Log"]


class Log:
    """Writes a row for each call: to a `.csv` file as a table, to a `.jsonl` file as one JSON object in each line.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import wengert as torch
    >>> from wengert.utils.logs import Log
    >>> path = Path(tempfile.mkdtemp(), "log.csv")
    >>> with Log(path) as log:
    ...     for epoch in range(2):
    ...         log(epoch=epoch, loss=torch.tensor(0.5) / (epoch + 1))
    >>> print(path.read_text())
    epoch,loss
    0,0.5
    1,0.25
    <BLANKLINE>

    Args:
        path: where to write. A file that is there goes on: rows are added to it.

    Raises:
        ValueError: for another suffix, for a table whose columns are others than those of the call, and for a value
            that is neither a number nor text.

    Each row is on disk when the call returns, so what was logged is there after a crash. Numbers that JSON has no
    words for (nan, inf) are written as text there.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        if self.path.suffix not in (".csv", ".jsonl"):
            raise ArgumentError(
                advice(f"Log: the suffix {self.path.suffix!r} is not known", 'name the file "log.csv" or "log.jsonl".')
            )
        self._columns = self._there()
        self._file = self.path.open("a", newline="", encoding="utf-8")

    def _there(self) -> list[str] | None:
        """The columns of the table that is there already."""
        if self.path.suffix != ".csv" or not self.path.exists():
            return None
        with self.path.open(newline="", encoding="utf-8") as file:
            return next(csv.reader(file), None)

    def __call__(self, **numbers: Any) -> None:
        """Write a row of named numbers or words."""
        row = {name: plain(name, value) for name, value in numbers.items()}
        if self.path.suffix == ".jsonl":
            finite = {k: str(v) if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}
            self._file.write(json.dumps(finite, allow_nan=False) + "\n")
        else:
            self._add(row)
        self._file.flush()

    def _add(self, row: dict[str, Any]) -> None:
        if self._columns is None:
            self._columns = list(row)
            csv.writer(self._file, lineterminator="\n").writerow(self._columns)
        if set(row) != set(self._columns):
            raise ArgumentError(
                advice(
                    f"Log: {self.path.name} has the columns {', '.join(self._columns)}, not {', '.join(row)}",
                    "log the same names each time, or to a .jsonl file, where rows may differ.",
                )
            )
        csv.writer(self._file, lineterminator="\n").writerow([row[name] for name in self._columns])

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


def plain(name: str, value: Any) -> Any:
    """A number or text of Python's."""
    if isinstance(value, Tensor) or hasattr(value, "item"):
        value = value.item()
    if not isinstance(value, bool | int | float | str):
        raise ArgumentError(
            advice(f"Log: {name} is a {type(value).__name__}", "log numbers and words, or single elements of tensors.")
        )
    return value
