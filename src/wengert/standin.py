"""The stand-in: for this process, `import torch` gives wengert.

Knows: Python's import system, and the one rule that `torch.a.b` is the very module object `wengert.a.b`.
Must not know: what wengert's modules contain, nor where an installed PyTorch lies; it reads and changes none on disk.

A child process is another process: one that multiprocessing starts with "spawn" has to call `install` itself.
"""

import importlib
import importlib.util
import pkgutil
import re
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from wengert.names import missing_attribute, near_names

__all__ = ["explain", "install", "remove"]

OURS = "wengert"
THEIRS = "torch"


def install() -> None:
    """Make `import torch` give wengert, here and until `remove`.

    >>> import sys, wengert
    >>> from wengert import standin
    >>> standin.install()
    >>> import torch
    >>> torch is wengert
    True
    >>> standin.remove()
    >>> "torch" in sys.modules
    False

    Calling it twice changes nothing. If the real torch is already imported, objects of both would mix in one program,
    so that is a RuntimeError.
    """
    loaded = sys.modules.get(THEIRS)
    if loaded is not None and loaded is not sys.modules.get(OURS):
        place = getattr(loaded, "__file__", None) or "an unknown place"
        msg = (
            f"another torch is already imported in this process, from {place}, so wengert cannot stand in for it.\n"
            "Try: call wengert.standin.install() before anything imports torch, or start the script afresh with "
            "`wengert run SCRIPT.py`; to use both side by side, `import wengert` under its own name"
        )
        raise RuntimeError(msg)
    if FINDER not in sys.meta_path:
        sys.meta_path.insert(0, FINDER)


def remove() -> None:
    """Undo `install`: from here on `import torch` finds what is installed on disk, or nothing.

    >>> from wengert import standin
    >>> standin.install()
    >>> standin.remove()
    """
    if FINDER not in sys.meta_path:
        return
    sys.meta_path.remove(FINDER)
    for name in [name for name in sys.modules if _is_torch(name)]:
        del sys.modules[name]


def explain(error: ImportError) -> None:
    """Add what is near to the error of `from torch import sinn`, whose own text only Python can write.

    >>> error = ImportError("cannot import name 'installl' from 'wengert.standin' (standin.py)", name="wengert.standin")
    >>> explain(error)
    >>> print(error.__notes__[0])
    module 'torch.standin' has no attribute 'installl'
    wengert has these near names: install. Try: torch.standin.install
    """
    asked = re.match(r"cannot import name '(\w+)'", str(error))
    module = sys.modules.get(error.name or "")
    if asked is None or module is None or module.__name__.partition(".")[0] != OURS:
        return
    error.add_note(str(missing_attribute(_theirs(module.__name__), asked[1], dir(module))))


class _Finder(MetaPathFinder, Loader):
    """Finds `torch` and everything below it, and loads it by naming wengert's module a second time."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        if not _is_torch(fullname):
            return None
        ours = _ours(fullname)
        if ours not in sys.modules and importlib.util.find_spec(ours) is None:
            raise _missing_module(fullname)
        return ModuleSpec(fullname, self, origin=ours)

    def create_module(self, spec: ModuleSpec) -> None:
        # Returning wengert's module here would let the import system overwrite its __spec__ with that of the stand-in.
        del spec

    def exec_module(self, module: ModuleType) -> None:
        sys.modules[module.__name__] = importlib.import_module(_ours(module.__name__))


FINDER = _Finder()


def _is_torch(name: str) -> bool:
    return name == THEIRS or name.startswith(f"{THEIRS}.")


def _ours(name: str) -> str:
    return OURS + name.removeprefix(THEIRS)


def _theirs(name: str) -> str:
    return THEIRS + name.removeprefix(OURS)


def _missing_module(fullname: str) -> ModuleNotFoundError:
    parent, _, child = fullname.rpartition(".")
    places = sys.modules[_ours(parent)].__path__
    known = [module.name for module in pkgutil.iter_modules(places) if not module.name.startswith("_")]
    near = [f"{parent}.{name}" for name in near_names(child, known)]
    if near:
        advice = f"Near: {', '.join(near)}. Try: import {near[0]}"
    else:
        advice = f"Try: one of those it has: {', '.join(f'{parent}.{name}' for name in known)}"
    msg = f"No module named {fullname!r}\nwengert stands in for torch here and lacks this module. {advice}"
    return ModuleNotFoundError(msg, name=fullname)
