"""From LLVM's assembly to functions of this process.

Knows llvmlite. Must not know what is computed.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

from wengert.native.cache import CodeCache, folder, name_of

CODE = 1
"""Counts changes of how code is made that its source does not show."""


class Machine:
    """This machine as LLVM sees it, set up once."""

    def __init__(self) -> None:
        import llvmlite  # noqa: PLC0415  optional, and slow to import
        import llvmlite.binding as llvm  # noqa: PLC0415  the same

        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        self._llvm = llvm
        self._version = f"llvmlite {llvmlite.__version__}, LLVM {llvm.llvm_version_info}, code {CODE}"
        self._lock = Lock()  # LLVM's global context is not for several threads

    def compile(self, source: str) -> Any:
        """The machine code of a module, which lives as long as it: `get_function_address(name)` says where it is."""
        llvm = self._llvm
        with self._lock:
            cpu, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
            target = llvm.Target.from_default_triple().create_target_machine(cpu=cpu, features=features, opt=3)
            place = folder()
            if place is None:
                return self._linked(target, self._optimised(target, source))
            cache = CodeCache(place)
            name = name_of(source, cpu, features, self._version)
            code = cache.get(name)
            if code is None:
                code = target.emit_object(self._optimised(target, source))
                cache.put(name, code)
            return self._linked(target, llvm.parse_assembly(""), code)

    def _optimised(self, target: Any, source: str) -> Any:
        llvm = self._llvm
        module = llvm.parse_assembly(source)
        module.verify()
        options = llvm.create_pipeline_tuning_options(speed_level=3)
        options.loop_vectorization = True
        options.slp_vectorization = True
        options.loop_unrolling = False  # a third of the time of compiling, and nothing gained where lanes are used
        passes = llvm.create_pass_builder(target, options)
        passes.getModulePassManager().run(module, passes)
        return module

    def _linked(self, target: Any, module: Any, code: bytes | None = None) -> Any:
        """The module, or code that was made before, in memory."""
        engine = self._llvm.create_mcjit_compiler(module, target)
        if code is not None:
            engine.add_object_file(self._llvm.ObjectFileRef.from_data(code))
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
