"""From a Graph to machine code: loop nests, then LLVM. Without llvmlite the Graph runs on NumPy."""

from wengert.compiler.loops import Call, Nest, Product, partition
from wengert.compiler.program import Program, native

__all__ = ["Call", "Nest", "Product", "Program", "native", "partition"]
