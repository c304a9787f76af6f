"""Suites of programs measured beside PyTorch and JAX: single operations, small calls, transforms, compiled programs."""

from benchmarks.suites.cases import Case
from benchmarks.suites.compiled import CASES as COMPILED
from benchmarks.suites.eager import CASES as EAGER
from benchmarks.suites.small import CASES as SMALL
from benchmarks.suites.transforms import CASES as TRANSFORMS

__all__ = ["SUITES", "Case"]

SUITES: dict[str, tuple[Case, ...]] = {"eager": EAGER, "small": SMALL, "transforms": TRANSFORMS, "compile": COMPILED}
