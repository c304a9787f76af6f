"""Which names of torch a script uses, read from its text, and which of them are not there."""

from __future__ import annotations

import ast
import importlib
from typing import Any

__all__ = ["report", "used_names"]


def used_names(source: str) -> list[str]:
    r"""The dotted names below `torch` in a script, each once, in order.

    >>> used_names("import torch.nn as nn\nfrom torch import sin\nnn.Linear(1, 2); sin(1)")
    ['torch.nn', 'torch.nn.Linear', 'torch.sin']
    """
    tree = ast.parse(source)
    bound: dict[str, str] = {}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "torch":
                    bound[alias.asname or "torch"] = alias.name if alias.asname else "torch"
                    found.add(alias.name)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "torch":
            for alias in node.names:
                bound[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                found.add(f"{node.module}.{alias.name}")
    for node in ast.walk(tree):
        path = dotted(node)
        if path is not None and path.split(".")[0] in bound:
            head, _, rest = path.partition(".")
            found.add(f"{bound[head]}.{rest}" if rest else bound[head])
    longest = [name for name in found if name != "torch"]
    return sorted(longest)


def dotted(node: Any) -> str | None:
    """The dotted name that an expression is, if it is one."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        below = dotted(node.value)
        return None if below is None else f"{below}.{node.attr}"
    return None


def is_there(name: str) -> bool:
    """Whether a name of torch is in wengert."""
    found: Any = importlib.import_module("wengert")
    for part in name.split(".")[1:]:
        if not hasattr(found, part):
            try:
                found = importlib.import_module(f"{found.__name__}.{part}")
            except (ImportError, AttributeError):
                return False
        else:
            found = getattr(found, part)
    return True


def report(source: str) -> str:
    r"""What a script uses of torch, and what of it is missing.

    >>> print(report("import torch\ntorch.sin(torch.nothing)"))
    2 names of torch are used, 1 is missing
      missing  torch.nothing
      there    torch.sin
    """
    names = used_names(source)
    there = {name: is_there(name) for name in names}
    count = list(there.values()).count(False)
    lines = [f"{len(names)} names of torch are used, {count} {'is' if count == 1 else 'are'} missing"]
    lines += [
        f"  {'there  ' if there[name] else 'missing'}  {name}" for name in sorted(names, key=lambda n: (there[n], n))
    ]
    return "\n".join(lines)
