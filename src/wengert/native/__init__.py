"""Loops that NumPy has no name for, written as ordinary Python functions and run as machine code where llvmlite is.

    loops.py      the loops                         translate.py  Python's syntax to LLVM's assembly
    machine.py    assembly to machine code          calls.py      a loop over arrays, on several threads

Each gives, to the bit, what the NumPy code beside its call gives; it is only faster.
"""
