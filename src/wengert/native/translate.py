"""Python's syntax to LLVM's assembly, for functions that are loops over numbers.

    parameter  := name ":" (int | float | Elements | Doubles | Places | Bytes)
    statement  := name [":" kind] = value | name op= value | array[value] = value | array[value] op= value
                | for name in range(...) | while | if | break | continue | pass
    value      := number | name | array[value] | + - * / // % << >> & ^ | comparison | and or not | a if c else b
                | min max abs int float sqrt exp log

Numbers are int64 and double; `Elements` are of the dtype that the function is translated for, and
so is a variable annotated `Element`. A number in the text takes the kind of what it meets. `//` and
`%` are of numbers that are not negative.

Knows syntax. Must not know any particular loop.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = {"Elements": None, "Doubles": "d", "Places": "q", "Bytes": "B"}
"""The parameters that are arrays: what they hold, as NumPy's letter; None for the dtype translated for."""

LETTERS = "fdlqihbB?"
"""The dtypes that a function can be translated for."""


def parameters(function: Callable[..., Any]) -> list[tuple[str, str]]:
    """The names and kinds of a function's parameters."""
    return [(p.name, str(p.annotation)) for p in inspect.signature(function).parameters.values()]


def translate_into(module: Any, function: Callable[..., Any], dtype: Any, name: str) -> Any:
    """The function in a module of llvmlite, under a name.

    Raises:
        SyntaxError: for what is not in the grammar above.
    """
    return Translator(module, function, np.dtype(dtype).char, name).write()


class Translator:
    """Writes one function."""

    def __init__(self, module: Any, function: Callable[..., Any], letter: str, name: str) -> None:
        from llvmlite import ir  # noqa: PLC0415  optional, and slow to import

        self.ir = ir
        self.tree: Any = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
        self.int, self.double, self.truth = ir.IntType(64), ir.DoubleType(), ir.IntType(1)
        self.element = self.type_of(letter)
        self.module = module
        kinds = parameters(function)
        types = [self.parameter_type(kind) for _, kind in kinds]
        self.function = ir.Function(self.module, ir.FunctionType(ir.VoidType(), types), name)
        entry = self.function.append_basic_block("entry")
        self.slots = ir.IRBuilder(entry)  # every variable's slot is made here, once
        self.b = ir.IRBuilder(self.function.append_basic_block("start"))
        self.variables: dict[str, Any] = {}
        self.arrays: dict[str, Any] = {}
        self.loops: list[tuple[Any, Any]] = []
        for (parameter, kind), argument in zip(kinds, self.function.args, strict=True):
            if kind in KINDS:
                argument.add_attribute("noalias")
                self.arrays[parameter] = argument
            else:
                self.assign(parameter, argument)
        self.entry, self.start = entry, self.b.block

    def write(self) -> Any:
        """The whole function."""
        self.body(self.tree.body)
        if not self.b.block.is_terminated:
            self.b.ret_void()
        self.slots.branch(self.start)
        return self.function

    # -------------------------------------------------------------------- types

    def type_of(self, letter: str) -> Any:
        dtype = np.dtype(letter)
        if dtype.kind == "f":
            return self.ir.FloatType() if letter == "f" else self.double
        return self.ir.IntType(8 * dtype.itemsize)

    def parameter_type(self, kind: str) -> Any:
        if kind in KINDS:
            letter = KINDS[kind]
            return (self.element if letter is None else self.type_of(letter)).as_pointer()
        return {"int": self.int, "float": self.double}[kind]

    def is_float(self, value: Any) -> bool:
        return isinstance(value.type, (self.ir.FloatType, self.ir.DoubleType))

    def cast(self, value: Any, wanted: Any) -> Any:
        """A value in another type."""
        b, have = self.b, value.type
        if have == wanted:
            return value
        if isinstance(value, self.ir.Constant):
            number = value.constant
            return self.ir.Constant(wanted, float(number) if wanted in self.floats else int(number))
        if self.is_float(value):
            if wanted in self.floats:
                return b.fpext(value, wanted) if wanted == self.double else b.fptrunc(value, wanted)
            return b.fptosi(value, wanted)
        if wanted in self.floats:
            return b.uitofp(value, wanted) if have.width == 1 else b.sitofp(value, wanted)
        if wanted.width < have.width:
            return b.trunc(value, wanted)
        return b.zext(value, wanted) if have.width in (1, 8) else b.sext(value, wanted)

    @property
    def floats(self) -> tuple[Any, Any]:
        return self.ir.FloatType(), self.double

    def meet(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Two values in one type: a number in the text takes the other's, else floats win, and the wider one."""
        constant = self.ir.Constant
        if x.type == y.type:
            return x, y
        if isinstance(x, constant) and not (self.is_float(x) and not self.is_float(y)):
            return self.cast(x, y.type), y
        if isinstance(y, constant) and not (self.is_float(y) and not self.is_float(x)):
            return x, self.cast(y, x.type)
        if self.is_float(x) != self.is_float(y):
            wanted = x.type if self.is_float(x) else y.type
        elif self.is_float(x):
            wanted = self.double
        else:
            wanted = x.type if x.type.width > y.type.width else y.type
        return self.cast(x, wanted), self.cast(y, wanted)

    # -------------------------------------------------------------------- statements

    def body(self, statements: list[Any]) -> None:
        for statement in statements:
            getattr(self, f"do_{type(statement).__name__}", self.refuse)(statement)
            if self.b.block.is_terminated:
                return

    def refuse(self, node: Any) -> Any:
        raise SyntaxError(f"{self.function.name}: {ast.unparse(node)} is not in the grammar of native loops")

    def assign(self, name: str, value: Any, wanted: Any = None) -> None:
        if name not in self.variables:
            self.variables[name] = self.slots.alloca(wanted or value.type)
        slot = self.variables[name]
        self.b.store(self.cast(value, slot.type.pointee), slot)

    def do_Expr(self, node: Any) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.refuse(node)

    def do_Pass(self, node: Any) -> None:
        pass

    def do_Assign(self, node: Any) -> None:
        (target,) = node.targets
        self.store(target, self.value(node.value))

    def do_AnnAssign(self, node: Any) -> None:
        wanted = {"Element": self.element, "int": self.int, "float": self.double}[node.annotation.id]
        self.assign(node.target.id, self.value(node.value), wanted)

    def do_AugAssign(self, node: Any) -> None:
        self.store(node.target, self.arithmetic(node.op, self.value(node.target), self.value(node.value)))

    def store(self, target: Any, value: Any) -> None:
        if isinstance(target, ast.Name):
            self.assign(target.id, value)
            return
        place = self.place(target)
        self.b.store(self.cast(value, place.type.pointee), place)

    def do_If(self, node: Any) -> None:
        condition, before = self.condition(node.test), self.b
        if node.orelse:
            with before.if_else(condition) as (then, otherwise):
                with then:
                    self.body(node.body)
                with otherwise:
                    self.body(node.orelse)
        else:
            with before.if_then(condition):
                self.body(node.body)

    def do_While(self, node: Any) -> None:
        self.loop(lambda: self.condition(node.test), node.body, lambda: None)

    def do_For(self, node: Any) -> None:
        bounds = [self.cast(self.value(each), self.int) for each in node.iter.args]
        one = self.ir.Constant(self.int, 1)
        start, stop, step = (self.ir.Constant(self.int, 0), bounds[0], one) if len(bounds) == 1 else (*bounds, one)[:3]
        name = node.target.id
        self.assign(name, start)
        sign = "<" if not isinstance(step, self.ir.Constant) or step.constant > 0 else ">"

        def goes_on() -> Any:
            return self.b.icmp_signed(sign, self.b.load(self.variables[name]), stop)

        def advance() -> None:
            self.assign(name, self.b.add(self.b.load(self.variables[name]), step, flags=("nsw",)))

        self.loop(goes_on, node.body, advance)

    def loop(self, goes_on: Callable[[], Any], body: list[Any], advance: Callable[[], None]) -> None:
        head, inside, after, done = (self.function.append_basic_block(n) for n in ("head", "body", "next", "done"))
        self.b.branch(head)
        self.b.position_at_end(head)
        self.b.cbranch(goes_on(), inside, done)
        self.b.position_at_end(inside)
        self.loops.append((after, done))
        self.body(body)
        self.loops.pop()
        if not self.b.block.is_terminated:
            self.b.branch(after)
        self.b.position_at_end(after)
        advance()
        self.b.branch(head)
        self.b.position_at_end(done)

    def do_Break(self, node: Any) -> None:
        self.b.branch(self.loops[-1][1])

    def do_Continue(self, node: Any) -> None:
        self.b.branch(self.loops[-1][0])

    # -------------------------------------------------------------------- values

    def value(self, node: Any) -> Any:
        return getattr(self, f"of_{type(node).__name__}", self.refuse)(node)

    def condition(self, node: Any) -> Any:
        found = self.value(node)
        return found if found.type == self.truth else self.b.icmp_signed("!=", found, self.ir.Constant(found.type, 0))

    def of_Constant(self, node: Any) -> Any:
        kind = self.double if isinstance(node.value, float) else self.int
        return self.ir.Constant(kind, node.value)

    def of_Name(self, node: Any) -> Any:
        if node.id not in self.variables:
            raise SyntaxError(f"{self.function.name}: {node.id} is not set yet")
        return self.b.load(self.variables[node.id])

    def of_Subscript(self, node: Any) -> Any:
        return self.b.load(self.place(node))

    def place(self, node: Any) -> Any:
        if not isinstance(node, ast.Subscript):
            self.refuse(node)
        at = self.cast(self.value(node.slice), self.int)
        return self.b.gep(self.arrays[node.value.id], [at], inbounds=True)

    def of_BinOp(self, node: Any) -> Any:
        return self.arithmetic(node.op, self.value(node.left), self.value(node.right))

    def arithmetic(self, op: Any, x: Any, y: Any) -> Any:
        name, b = type(op).__name__, self.b
        x, y = self.meet(x, y)
        if name == "Div":
            return b.fdiv(*(self.cast(v, v.type if self.is_float(v) else self.double) for v in (x, y)))
        real = self.is_float(x)
        if name in ("Add", "Sub", "Mult"):
            word = {"Add": "add", "Sub": "sub", "Mult": "mul"}[name]
            return getattr(b, f"f{word}")(x, y) if real else getattr(b, word)(x, y, flags=("nsw",))
        whole = {"FloorDiv": b.sdiv, "Mod": b.srem, "RShift": b.ashr, "LShift": b.shl, "BitAnd": b.and_,
                 "BitOr": b.or_, "BitXor": b.xor}  # fmt: skip
        if name in whole and not real:
            return whole[name](x, y)
        raise SyntaxError(f"{self.function.name}: {name} is not in the grammar of native loops")

    def of_UnaryOp(self, node: Any) -> Any:
        if isinstance(node.op, ast.Not):
            return self.b.not_(self.condition(node.operand))
        x = self.value(node.operand)
        if isinstance(x, self.ir.Constant):
            return self.ir.Constant(x.type, -x.constant)
        return self.b.fneg(x) if self.is_float(x) else self.b.neg(x)

    def of_Compare(self, node: Any) -> Any:
        (op,), (right,) = node.ops, node.comparators
        sign = {"Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=", "Eq": "==", "NotEq": "!="}[type(op).__name__]
        x, y = self.meet(self.value(node.left), self.value(right))
        if not self.is_float(x):
            return self.b.icmp_signed(sign, x, y)
        return self.b.fcmp_unordered(sign, x, y) if sign == "!=" else self.b.fcmp_ordered(sign, x, y)

    def of_BoolOp(self, node: Any) -> Any:
        """Both sides are evaluated: neither may fail."""
        found = self.condition(node.values[0])
        for each in node.values[1:]:
            other = self.condition(each)
            found = self.b.and_(found, other) if isinstance(node.op, ast.And) else self.b.or_(found, other)
        return found

    def of_IfExp(self, node: Any) -> Any:
        """Both sides are evaluated: neither may fail."""
        condition = self.condition(node.test)
        return self.b.select(condition, *self.meet(self.value(node.body), self.value(node.orelse)))

    def of_Call(self, node: Any) -> Any:
        name, values = node.func.id, [self.value(each) for each in node.args]
        if name in ("min", "max"):
            x, y = self.meet(*values)
            sign = "<" if name == "min" else ">"
            less = self.b.fcmp_ordered(sign, y, x) if self.is_float(x) else self.b.icmp_signed(sign, y, x)
            return self.b.select(less, y, x)
        (x,) = values
        if name in ("int", "float"):
            return self.cast(x, self.int if name == "int" else x.type if self.is_float(x) else self.double)
        if name not in ("sqrt", "exp", "log"):
            self.refuse(node)
        intrinsic = self.module.declare_intrinsic(f"llvm.{name}", [x.type])
        return self.b.call(intrinsic, [x])
