"""From a Graph to machine code: loop nests, then LLVM. Without llvmlite the Graph runs on NumPy."""

from wengert.compiler.loops import Call, Nest, Product, partition
from wengert.compiler.program import Program, native
from wengert.compiler.switches import (
    allow_in_graph,
    assume_constant_result,
    cudagraph_mark_step_begin,
    disable,
    is_compiling,
    is_dynamo_compiling,
    is_exporting,
    limit_threads,
    list_backends,
    reset,
)

__all__ = [
    "Call",
    "Nest",
    "Product",
    "Program",
    "allow_in_graph",
    "assume_constant_result",
    "cudagraph_mark_step_begin",
    "disable",
    "is_compiling",
    "is_dynamo_compiling",
    "is_exporting",
    "limit_threads",
    "list_backends",
    "native",
    "partition",
    "reset",
]
