"""Runs a snippet and writes down what it shows, in the words that PyTorch and wengert should share.

A snippet is a little session: the value of each expression is written down, as at Python's
prompt, and so is `show(...)`; a warning or an error is written down by its type and first line,
and the session goes on with the next statement.

>>> import wengert
>>> transcript(wengert, "x = torch.ones(2)\\nx + 1\\nx @ 3")[0]
'tensor([2., 2.])'
"""

import ast
import builtins
import copy
import functools
import math
import pickle
import re
import warnings

import numpy as np


def transcript(torch, source, names=False):
    """What a snippet shows with the given module as `torch`: one text for each thing shown.

    The names of nodes are replaced by dots unless `names`.
    """
    shown = []
    show = functools.partial(_show, shown)
    dtypes = [getattr(torch, name) for name in DTYPES]
    namespace = {
        "torch": torch, "F": torch.nn.functional, "np": np, "math": math, "copy": copy,
        "pickle": pickle, "inf": math.inf, "nan": math.nan, "show": show, "attempt": attempt,
        "DTYPES": dtypes, "REALS": dtypes[:9], "NUMBERS": dtypes[1:9],
    }  # fmt: skip
    torch.manual_seed(0)
    try:
        for statement in ast.parse(source).body:
            _run(statement, namespace, shown)
    finally:
        torch.set_printoptions(profile="default")
        torch.set_default_dtype(torch.float32)
    return shown if names else [re.sub(NODE, r"\1...", text) for text in shown]


NODE = r"(grad_fn=<|which is output 0 of )\w+"
DTYPES = (
    "bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "complex64",
    "complex128",
)  # fmt: skip


def _run(statement, namespace, shown):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # inf and nan from a kernel are no news to either; wengert says so once, when it is imported
        warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"wengert\.")
        # what PyTorch says about its own use of itself
        warnings.filterwarnings("ignore", category=UserWarning, message="Attempted to insert a get_attr Node")
        warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*torch.jit.script")
        try:
            if isinstance(statement, ast.Expr):
                code = compile(ast.Expression(statement.value), "<snippet>", "eval")
                value = eval(code, namespace)
                text = [] if value is None else [repr(value)]
            else:
                exec(compile(ast.Module([statement], []), "<snippet>", "exec"), namespace)
                text = []
        except Exception as error:  # noqa: BLE001  whatever a snippet raises is written down
            text = [error_text(error)]
    shown += [f"{w.category.__name__}: {first_line(w.message)}" for w in caught]
    shown += text


def _show(shown, *values):
    shown.append(" ".join(v if isinstance(v, str) else repr(v) for v in values))


def attempt(function):
    """What a function returns, or the text of the error that it raises."""
    try:
        return function()
    except Exception as error:  # noqa: BLE001  whatever a snippet raises is written down
        return error_text(error)


def error_text(error):
    """The builtin type of an error and the first line of what it says."""
    kinds = (kind.__name__ for kind in type(error).__mro__ if hasattr(builtins, kind.__name__))
    return f"{next(kinds)}: {first_line(error)}"


def first_line(message):
    """The first line, without the place in PyTorch's source that it may name."""
    line = (str(message).splitlines() or [""])[0]
    return re.sub(r" \(Triggered internally at .*\)", "", line).rstrip()
