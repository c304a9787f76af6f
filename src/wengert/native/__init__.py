"""Loops that NumPy has no name for, written as ordinary Python functions and run as machine code where llvmlite is.

    loops.py      the loops                         translate.py  Python's syntax to LLVM's assembly
    machine.py    assembly to machine code          calls.py      a loop over arrays, where that is worth it
    kernels.py    machine code with one signature   entries.py    the loops as kernels
    team.py       threads that share a kernel       writing.py    what code in LLVM's assembly is written with
    matrices.py   products of matrices              blas.py       those of the library, by pointer
    panels.py     matrices stored for products      cache.py      machine code between processes

Each loop gives, to the bit, what the NumPy code beside its call gives; it is only faster.
"""
