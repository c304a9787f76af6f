"""From LLVM's assembly to functions of this process.

Knows llvmlite. Must not know what is computed.
"""

from __future__ import annotations

import re
from functools import cached_property
from threading import Lock
from typing import Any, NamedTuple

from wengert.native.cache import CodeCache, folder, name_of

CODE = 4
"""Counts changes of how code is made that its source does not show."""


IN_HALVES = {"znver4"}
"""Processors, by LLVM's names, that take twice as long for a vector of 64 bytes as for one of 32."""


DEFINED = re.compile(r'^define (?!internal)[^@]*@"([^"]+)"', re.MULTILINE)


class Registers(NamedTuple):
    """What a processor has to multiply vectors with.

    Attributes:
        bytes: of one vector.
        rows: of how many rows by three vectors sums fit the registers, beside what is multiplied.
        masks: whether it has registers for masks, so that a part of a vector is read and written as fast as all of it.
        halved: whether the processor does a vector in two halves, one after the other.
    """

    bytes: int
    rows: int
    masks: bool = False
    halved: bool = False


class Machine:
    """This machine as LLVM sees it, set up once.

    Attributes:
        effort: how much LLVM makes of the code: 0 for what runs once, 1 as usual; 2 and 3 take longer for the same.
    """

    def __init__(self) -> None:
        import llvmlite  # noqa: PLC0415  optional, and slow to import
        import llvmlite.binding as llvm  # noqa: PLC0415  the same

        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        self._llvm = llvm
        self._version = f"llvmlite {llvmlite.__version__}, LLVM {llvm.llvm_version_info}, code {CODE}"
        self.effort = 1
        self._engine: Any = None
        self._loaded: set[str] = set()
        self._lock = Lock()  # LLVM's global context is not for several threads

    @cached_property
    def _features(self) -> str:
        """What the processor has. LLVM would leave half of wide registers empty, as old processors wanted it."""
        found = self._llvm.get_host_cpu_features()
        said: str = found.flatten()
        return said + ",-prefer-256-bit" if found.get("avx512f") else said

    @cached_property
    def fuses(self) -> bool:
        """Whether the processor multiplies and adds with one rounding."""
        features = self._llvm.get_host_cpu_features()
        return bool(features.get("fma") or features.get("neon"))

    @cached_property
    def registers(self) -> Registers | None:
        """Those for products added to sums; None where the processor does not do both at once."""
        features = self._llvm.get_host_cpu_features()
        if features.get("avx512f"):
            return Registers(64, 8, masks=True, halved=self._llvm.get_host_cpu_name() in IN_HALVES)
        if features.get("fma") and features.get("avx2"):
            return Registers(32, 4)
        return Registers(16, 8) if features.get("neon") else None

    def compile(self, source: str, *, written_out: bool = False) -> dict[str, int]:
        """Where the functions of a module are, by name; they stay as long as the process.

        Args:
            source: LLVM's assembly.
            written_out: whether it is as it shall run: no passes but what must be put where it is called.
        """
        cpu, features = self._llvm.get_host_cpu_name(), self._features
        name = name_of(source, cpu, features, f"{self._version}, effort {self.effort}")
        defined = DEFINED.findall(source)
        for each in defined:  # modules give their functions the same names
            source = source.replace(f'@"{each}"', f'@"{name}.{each}"')
        with self._lock:
            if name not in self._loaded:
                target = self._target(cpu, features)
                cache = None if (place := folder()) is None else CodeCache(place)
                code = None if cache is None else cache.get(name)
                if code is None:
                    code = self._code(target, source, written_out)
                    if cache is not None:
                        cache.put(name, code)
                self._load(target, code)
                self._loaded.add(name)
            return {each: self._engine.get_function_address(f"{name}.{each}") for each in defined}

    def _target(self, cpu: str, features: str) -> Any:
        target = self._llvm.Target.from_default_triple()
        return target.create_target_machine(cpu=cpu, features=features, opt=self.effort)

    def _code(self, target: Any, source: str, written_out: bool) -> bytes:
        with self._optimised(target, source, written_out) as module:
            code: bytes = target.emit_object(module)
        return code

    def _load(self, target: Any, code: bytes) -> None:
        """Put code into memory: that of one engine for all, since each takes a megabyte for itself."""
        if self._engine is None:
            self._engine = self._llvm.create_mcjit_compiler(self._llvm.parse_assembly(""), target)
        self._engine.add_object_file(self._llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()

    def _optimised(self, target: Any, source: str, written_out: bool) -> Any:
        llvm = self._llvm
        module = llvm.parse_assembly(source)
        module.verify()
        level = 0 if written_out else self.effort  # at 0 what must be put where it is called is put there
        options = llvm.create_pipeline_tuning_options(speed_level=level)
        options.loop_vectorization = options.slp_vectorization = level > 0
        options.loop_unrolling = False  # a third of the time of compiling, and nothing gained where lanes are used
        passes = llvm.create_pass_builder(target, options)
        passes.getModulePassManager().run(module, passes)
        return module


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
