"""The rule of an operation as mathematics, read from the text of its row.

    sin = pointwise("sin", lambda dx, x: dx * cos(x))     ->     g · cos(x)

Knows the syntax of rows. Must not know values.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wengert.core.primitive import Rule

INCOMING = "g"
"""What the incoming gradient is called."""

LATEX = {
    "sin": r"\sin", "cos": r"\cos", "tan": r"\tan", "exp": r"\exp", "log": r"\log", "tanh": r"\tanh", "sqrt": r"\sqrt",
}  # fmt: skip
SHORT = {"conjugate": "conj", "matmul": "matmul", "matrix_transpose": "transpose", "reduce_sum": "sum"}
WRITTEN_OUT = {
    "power_slope": "y * x ** (y - 1)",
}
"""Functions that rules call for the sake of special values, as what they are elsewhere."""

PRECEDENCE = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2, ast.Pow: 4, ast.MatMult: 2}
SIGNS = {ast.Add: " + ", ast.Sub: " - ", ast.Mult: " · ", ast.Div: " / ", ast.MatMult: " @ "}


@cache
def tree_of(function: Any) -> ast.expr:
    """The expression that a rule returns, its first parameter called g; a call of it where it says more than that."""
    names = list(function.__code__.co_varnames[: function.__code__.co_argcount])
    whole = f"{getattr(function, '__name__', 'rule').replace('<lambda>', 'rule')}({', '.join(names)})"
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        source = ""
    for node in ast.walk(parsed(source)):
        body: Any = None
        if isinstance(node, ast.Lambda) and [a.arg for a in node.args.args] == names and _is(node, function):
            body = node.body
        elif isinstance(node, ast.FunctionDef) and node.name == function.__name__ and len(node.body) <= 2:
            last = node.body[-1]
            body = last.value if isinstance(last, ast.Return) else None
        if body is not None:
            return Renamed(names[0]).visit(body)  # type: ignore[no-any-return]
    return Renamed(names[0]).visit(ast.parse(whole, mode="eval").body)  # type: ignore[no-any-return]


def parsed(source: str) -> ast.Module:
    """The syntax of some lines, also where they are the middle of a call."""
    for text in (source, f"({source.strip().rstrip(',')})", f"f({source.strip().rstrip(',')})", f"[{source.strip()}]"):
        try:
            return ast.parse(text)
        except SyntaxError:
            continue
    return ast.parse("")


def _is(node: ast.Lambda, function: Any) -> bool:
    """Whether a lambda in the text compiles to the function."""
    code = compile(ast.Expression(node), "<rule>", "eval").co_consts[0]
    same: bool = code.co_code == function.__code__.co_code and code.co_consts == function.__code__.co_consts
    return same and code.co_names == function.__code__.co_names


class Renamed(ast.NodeTransformer):
    """Calls one name g, and what stands for the result y."""

    def __init__(self, incoming: str) -> None:
        self.incoming = incoming

    def visit_Call(self, node: ast.Call) -> ast.expr:
        name = ast.unparse(node.func)
        if name in WRITTEN_OUT:
            return ast.parse(WRITTEN_OUT[name], mode="eval").body
        self.generic_visit(node)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        """Of two ways that differ in how axes are counted the shorter says it."""
        return self.visit(node.body)

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if node.id == self.incoming:
            return ast.Name(INCOMING)
        return ast.Name("result") if node.id == "out" else node


def plain(node: Any, values: dict[str, str] | None = None) -> str:
    """An expression as text, with numbers in place of the names that have one.

    >>> plain(ast.parse("g * cos(x)").body[0].value), plain(ast.parse("g * y * x**(y - 1)").body[0].value, {"y": "2"})
    ('g · cos(x)', 'g · 2 · x^(2 - 1)')
    """
    return _plain(node, values or {}, 0)


def _plain(node: Any, values: dict[str, str], outer: int) -> str:
    if isinstance(node, ast.BinOp):
        own = PRECEDENCE.get(type(node.op), 0)
        if isinstance(node.op, ast.Pow):
            text = f"{_plain(node.left, values, own + 1)}^{_plain(node.right, values, own)}"
        else:
            sign = SIGNS.get(type(node.op), " ? ")
            right = own + 1 if isinstance(node.op, ast.Sub | ast.Div) else own
            text = f"{_plain(node.left, values, own)}{sign}{_plain(node.right, values, right)}"
        return f"({text})" if own < outer else text
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        text = f"-{_plain(node.operand, values, 3)}"
        return f"({text})" if outer > 1 else text
    if isinstance(node, ast.Call):
        name = _plain(node.func, values, 0)
        inside = ", ".join(_plain(a, values, 0) for a in node.args)
        return f"{SHORT.get(name, name)}({inside})"
    if isinstance(node, ast.Name):
        text = values.get(node.id, node.id)
        return f"({text})" if text.startswith("-") and outer > 1 else text
    return ast.unparse(node)


def latex(node: Any) -> str:
    r"""An expression in LaTeX.

    >>> print(latex(ast.parse("g * cos(x) / y").body[0].value))
    \frac{g \cdot \cos\left(x\right)}{y}
    """
    if isinstance(node, ast.BinOp):
        left, right = latex(node.left), latex(node.right)
        if isinstance(node.op, ast.Div):
            return rf"\frac{{{left}}}{{{right}}}"
        if isinstance(node.op, ast.Pow):
            return f"{{{_wrapped(node.left)}}}^{{{right}}}"
        if isinstance(node.op, ast.Mult):
            return rf"{_wrapped(node.left)} \cdot {_wrapped(node.right)}"
        sign = "+" if isinstance(node.op, ast.Add) else "-" if isinstance(node.op, ast.Sub) else r"\,"
        return f"{left} {sign} {_wrapped(node.right) if sign == '-' else right}"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return f"-{_wrapped(node.operand)}"
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        inside = ", ".join(map(latex, node.args))
        if name == "sqrt":
            return rf"\sqrt{{{inside}}}"
        called = LATEX.get(name) or rf"\mathrm{{{escaped(name)}}}"
        return rf"{called}\left({inside}\right)"
    if isinstance(node, ast.Name) and len(node.id) > 1:
        return rf"\mathrm{{{escaped(node.id)}}}"
    return escaped(ast.unparse(node))


def _wrapped(node: Any) -> str:
    text = latex(node)
    sum_ = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)
    return rf"\left({text}\right)" if sum_ or isinstance(node, ast.UnaryOp) else text


def escaped(text: str) -> str:
    """A word in LaTeX."""
    return text.replace("_", r"\_").replace("#", r"\#").replace("%", r"\%").replace("&", r"\&")


def formula(rule: Rule | None) -> ast.expr | None:
    """What a rule computes; None where its text does not say it."""
    return None if rule is None else tree_of(inspect.unwrap(rule.function))
