"""doctor: what is installed, what is missing and how to have it, and whether it works."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import sys
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from wengert.compiler.program import Program
from wengert.core.threads import POOL
from wengert.functions.making.creation import tensor
from wengert.graph.stage import stage
from wengert.version import __version__

EXTRAS = {
    "llvmlite": ("machine code", "pip install 'wengert[compile]'"),
    "ml_dtypes": ("bfloat16", "pip install 'wengert[lowp]'"),
    "opt_einsum": ("better orders of long einsums", "pip install opt_einsum"),
    "rich": ("progress bars in the examples", "pip install rich"),
}
"""What may be missing: what it is for, and how to have it."""


class Check(NamedTuple):
    """One line: what, how it is, and what to do where it is not well."""

    name: str
    found: str
    well: bool
    remedy: str = ""


def examine() -> list[Check]:
    """All checks, of which the last two compute something.

    >>> all(check.well for check in examine() if not check.remedy)
    True
    """
    return [
        Check("wengert", __version__, well=True),
        Check("Python", platform.python_version(), sys.version_info >= (3, 11), "install Python 3.11 or newer"),
        Check("NumPy", np.__version__, well=True),
        Check("SciPy", version_of("scipy"), version_of("scipy") != "missing", "pip install scipy"),
        Check("BLAS", blas_name(), well=True),
        Check("threads", str(POOL.threads), well=True),
        *(extra(name, *what) for name, what in EXTRAS.items()),
        gradient_check(),
        native_check(),
    ]


def version_of(package: str) -> str:
    """The version of a package, or "missing"."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def extra(name: str, purpose: str, remedy: str) -> Check:
    """Whether an optional package is there."""
    there = importlib.util.find_spec(name) is not None
    return Check(f"{name} ({purpose})", version_of(name) if there else "missing", there, "" if there else remedy)


def blas_name() -> str:
    """What NumPy multiplies matrices with."""
    try:
        config: Any = np.show_config(mode="dicts")
        found = config["Build Dependencies"]["blas"]
    except (TypeError, KeyError):
        return "unknown"
    return f"{found.get('name', 'unknown')} {found.get('version', '')}".strip()


def gradient_check() -> Check:
    """The gradient of x squared at 3."""
    x = tensor(3.0, requires_grad=True)
    (x**2).backward()
    slope = x.grad.item()
    return Check("gradient of x**2 at 3", f"{slope:g}", slope == 6, "report it: a gradient is wrong on this machine")


def native_check() -> Check:
    """A loop in machine code, if that is to be had."""
    values = tensor(np.linspace(0.1, 1, 1000))
    program = Program(stage(lambda x: (x * x + 1).log().sum())(values))
    start = perf_counter()
    found = float(program(values))
    took = (perf_counter() - start) * 1e6
    want = float(np.log(np.linspace(0.1, 1, 1000) ** 2 + 1).sum())
    well = abs(found - want) < 1e-9
    kind = "machine code" if program.llvm() else "NumPy"
    return Check("a compiled sum", f"right, by {kind}, in {took:.0f} us" if well else "wrong", well, "report it")


def report(checks: list[Check]) -> str:
    """The checks as text, a line each.

    >>> print(report([Check("BLAS", "openblas", True), Check("llvmlite", "missing", False, "pip install llvmlite")]))
    ok       BLAS: openblas
    missing  llvmlite: missing. Try: pip install llvmlite
    """
    lines = []
    for check in checks:
        mark = "ok" if check.well else "missing" if check.found == "missing" else "WRONG"
        tail = f". Try: {check.remedy}" if check.remedy and not check.well else ""
        lines.append(f"{mark:<8} {check.name}: {check.found}{tail}")
    return "\n".join(lines)
