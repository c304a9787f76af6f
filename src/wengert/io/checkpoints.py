"""A folder of checkpoints: the last few, of which a damaged one is passed over.

Knows files and their numbers. Must not know what is in them.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from wengert import errors
from wengert.core.places import warn
from wengert.io.saving import load, save

if TYPE_CHECKING:
    from os import PathLike

NAME = re.compile(r"checkpoint-(\d{1,15})\.safetensors")


class Checkpoint(NamedTuple):
    """What was saved, and at which step.

    >>> import wengert as torch
    >>> torch.io.Checkpoint(step=3, value={"loss": 0.5})
    Checkpoint(step=3, value={'loss': 0.5})
    """

    step: int
    value: Any


class Checkpoints:
    """Checkpoints in a folder.

    >>> import tempfile
    >>> import wengert as torch
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     checkpoints = torch.io.Checkpoints(folder, keep=2)
    ...     for step in range(4):
    ...         checkpoints.save(step, {"w": torch.full((2,), float(step))})
    ...     print(checkpoints.steps(), checkpoints.latest().value["w"])
    [2, 3] tensor([3., 3.])

    Args:
        folder: made if it is not there.
        keep: how many are kept.
    """

    def __init__(self, folder: str | PathLike[str], keep: int = 3) -> None:
        if keep < 1:
            raise errors.ArgumentError(f"keep should be at least 1, but got {keep}")
        self.folder = Path(folder)
        self.keep = keep
        self.folder.mkdir(parents=True, exist_ok=True)

    def path(self, step: int) -> Path:
        """The file of a step."""
        return self.folder / f"checkpoint-{step}.safetensors"

    def steps(self) -> list[int]:
        """The steps of which there are files, first to last."""
        names = [NAME.fullmatch(path.name) for path in self.folder.iterdir()]
        return sorted(int(name[1]) for name in names if name is not None)

    def save(self, step: int, value: Any) -> None:
        """Save the checkpoint of a step; then older ones are removed until as many are left as are kept."""
        if not isinstance(step, int) or step < 0:
            raise errors.ArgumentError(f"a step is a number from 0 up, but got {step}")
        save(value, self.path(step))
        for old in self.steps()[: -self.keep]:
            if old != step:
                with suppress(FileNotFoundError):
                    self.path(old).unlink()

    def latest(self) -> Checkpoint | None:
        """The newest checkpoint that can be read; None if there is none.

        Warns:
            of each newer one that is damaged.
        """
        for step in reversed(self.steps()):
            try:
                return Checkpoint(step, load(self.path(step)))
            except (errors.FormatError, OSError) as error:
                warn(f"{self.path(step)} cannot be read, so the checkpoint before it is taken: {error}")
        return None
