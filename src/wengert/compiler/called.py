"""Functions that kernels call, each of which a module has once, so that LLVM has it once to compile.

Knows LLVM's functions. Must not know what they compute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir

from wengert.native.writing import in_lanes, loop, number

if TYPE_CHECKING:
    from collections.abc import Callable


def called(module: Any, name: str, result: Any, kinds: list[Any], write: Callable[[Any, Any], Any]) -> Any:
    """A function of this module, which is not put where it is called.

    Args:
        module: of llvmlite.
        name: of the function; where the module has one of this name, that is meant.
        result: the type of what it gives.
        kinds: the types of what it takes.
        write: writes it, by a builder and for arguments, and returns the result.
    """
    known = module.globals.get(name)
    if known is not None:
        return known
    found = ir.Function(module, ir.FunctionType(result, kinds), name)
    found.linkage = "internal"
    found.attributes.add("noinline")
    b = ir.IRBuilder(found.append_basic_block("entry"))
    b.ret(write(b, found.args))
    return found


def lane_by_lane(module: Any, function: Any, lanes: int) -> Any:
    """A function of the C library for vectors, as a function of this module."""
    kind = function.ftype.return_type
    vector = in_lanes(kind, lanes)

    def write(b: Any, arguments: Any) -> Any:
        places = [b.alloca(vector) for _ in arguments]
        for value, place in zip(arguments, places, strict=True):
            b.store(value, place)
        elements = [b.bitcast(place, kind.as_pointer()) for place in places]
        with loop(b, number(0), number(lanes)) as turn:
            given = [b.load(b.gep(each, [turn.i])) for each in elements]
            b.store(b.call(function, given), b.gep(elements[0], [turn.i]))
        return b.load(places[0])

    return called(module, f"{function.name}_in_{lanes}", vector, [vector] * len(function.args), write)
