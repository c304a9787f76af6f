"""From LLVM's assembly to functions of this process.

Knows llvmlite. Must not know what is computed.
"""

from __future__ import annotations

from threading import Lock
from typing import Any


class Machine:
    """This machine as LLVM sees it, set up once."""

    def __init__(self) -> None:
        import llvmlite.binding as llvm  # noqa: PLC0415  optional, and slow to import

        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        self._llvm = llvm
        self._lock = Lock()  # LLVM's global context is not for several threads

    def compile(self, source: str) -> Any:
        """The machine code of a module, which lives as long as it: `get_function_address(name)` says where it is."""
        llvm = self._llvm
        with self._lock:
            target = llvm.Target.from_default_triple().create_target_machine(
                cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3
            )
            module = llvm.parse_assembly(source)
            module.verify()
            options = llvm.create_pipeline_tuning_options(speed_level=3)
            options.loop_vectorization = True
            options.slp_vectorization = True
            options.loop_unrolling = False  # a third of the time of compiling, and nothing gained where lanes are used
            passes = llvm.create_pass_builder(target, options)
            passes.getModulePassManager().run(module, passes)
            engine = llvm.create_mcjit_compiler(module, target)
            engine.finalize_object()
            return engine


_machine: list[Machine] = []
_setup = Lock()


def machine() -> Machine:
    """This machine, set up on the first call.

    Raises:
        ImportError: without llvmlite.
    """
    with _setup:
        if not _machine:
            _machine.append(Machine())
        return _machine[0]
