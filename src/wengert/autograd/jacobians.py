"""Jacobians of a function at one place, numerical and analytical, and their comparison.

    numerical   differences of values; or a complex step, where the function takes complex numbers
                and agrees with the differences: that is exact to rounding
    analytical  the rules: backward, and forward mode on request

Complex inputs and outputs count as pairs of real ones, so a Jacobian is always a real matrix with a
row for each component of the input and a column for each component of the output.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np

from wengert import errors
from wengert.autograd.gradients import differentiable, grad, is_floating, wants_grad
from wengert.autograd.suspects import suspicion
from wengert.core.levels import concrete
from wengert.core.modes import without_grad
from wengert.core.places import warn
from wengert.core.tensor import Tensor, wrap
from wengert.core.walk import recorded_flavour, walk
from wengert.errors import GradcheckError
from wengert.functions.recording.leaves import requires_grad_
from wengert.functions.showing.printing import tensor_repr
from wengert.transforms.jvp import jvp

COMPLEX_STEP = 2.0**-100
LOOSE: dict[str, Any] = {"atol": 1e-5, "rtol": 1e-3}
"""PyTorch's tolerances, for comparing with differences."""

TIGHT: dict[str, Any] = {"atol": 1e-8, "rtol": 1e-6}
"""The tolerances for comparing with a complex step, which has no truncation error."""


class Numbers(NamedTuple):
    """A numerical Jacobian of one output by one input, and whether it is exact to rounding."""

    values: Any
    exact: bool


class Check:
    """One function at one place: its Jacobians in several ways, and their comparison."""

    def __init__(self, func: Any, inputs: tuple[Any, ...], eps: float, atol: Any, rtol: Any, fast: bool) -> None:
        self.func = func
        self.inputs = inputs
        self.eps = eps
        self.atol, self.rtol = atol, rtol
        self.checked = [i for i, a in enumerate(inputs) if wants_grad(a)]
        self.random = np.random.default_rng(0)
        self.fast = fast
        self.numerical: dict[tuple[int, int], Numbers] = {}

    def look_at_inputs(self) -> None:
        """Raise or warn where the inputs do not allow a meaningful check."""
        if not self.checked:
            raise ValueError(
                "gradcheck expects at least one input tensor to require gradient, but none of them have "
                "requires_grad=True."
            )
        for i in self.checked:
            a = self.inputs[i]
            if a.array.dtype not in (np.float64, np.complex128):
                warn(
                    f"Input #{i} requires gradient and is not a double precision floating point or complex. This "
                    "check will likely fail if all the inputs are not of double precision floating point or complex. ",
                    UserWarning,
                )
            if any(step == 0 and size > 1 for step, size in zip(a.array.strides, a.shape, strict=True)):
                raise RuntimeError(
                    f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                    "non-overlapping to be able to compute the numerical gradients correctly. You should call "
                    ".contiguous on the input before passing it to gradcheck."
                )

    def outputs(self) -> list[Tensor]:
        """The outputs that require grad, of inputs that are leaves of their own."""
        self.leaves = [
            requires_grad_(wrap(a.array.copy())) if i in self.checked else a for i, a in enumerate(self.inputs)
        ]
        return differentiable(self.func(*self.leaves))

    def value(self, arrays: dict[int, Any], count: int) -> list[Any]:
        """The outputs as arrays, for some inputs replaced."""
        given = [wrap(arrays[i]) if i in arrays else self._plain(a) for i, a in enumerate(self.inputs)]
        results = without_grad(self.func, *given)
        found = [t for t in (results if isinstance(results, list | tuple) else (results,)) if is_floating(t)]
        return [np.array(t.array) for t in found][:count] if count else [np.array(t.array) for t in found]

    @staticmethod
    def _plain(a: Any) -> Any:
        return wrap(a.array) if isinstance(a, Tensor) else a

    def by_values(self, outputs: list[Tensor]) -> dict[tuple[int, int], Numbers]:
        """The numerical Jacobian of every output by every input."""
        found: dict[tuple[int, int], Numbers] = {}
        places = self._places(outputs)
        for i in self.checked:
            rows = [self._row(i, direction, places) for direction in self._directions(self.inputs[i].array)]
            for o, out in enumerate(outputs):
                size = parts(out.array).size
                values = np.array([row[o][0] for row in rows]).reshape(len(rows), size)
                found[o, i] = Numbers(values, all(row[o][1] for row in rows))
        return found

    def _places(self, outputs: list[Tensor]) -> list[int]:
        """Where the outputs that require grad stand among all floating outputs."""
        results = self.func(*self.leaves)
        everything = [t for t in (results if isinstance(results, list | tuple) else (results,)) if is_floating(t)]
        return [i for i, t in enumerate(everything) if t.requires_grad]

    def _directions(self, array: Any) -> Any:
        """The unit vectors of an input as arrays of it; in fast mode one random direction."""
        if self.fast:
            if array.dtype.kind == "c":
                yield self.random.normal(size=array.shape) + 1j * self.random.normal(size=array.shape)
            else:
                yield self.random.normal(size=array.shape)
            return
        for unit in (1, 1j) if array.dtype.kind == "c" else (1,):
            for at in range(array.size):
                direction = np.zeros(array.size, np.complex128 if array.dtype.kind == "c" else np.float64)
                direction[at] = unit
                yield direction.reshape(array.shape)

    def _row(self, i: int, direction: Any, places: list[int]) -> list[tuple[Any, bool]]:
        array = self.inputs[i].array
        up = self.value({i: (array + self.eps * direction).astype(array.dtype)}, 0)
        down = self.value({i: (array - self.eps * direction).astype(array.dtype)}, 0)
        exact = self._complex_step(i, direction)
        row = []
        for at in places:
            rough = parts((up[at] - down[at]) / (2 * self.eps))
            fine = None if exact is None or at >= len(exact) else parts(exact[at])
            agrees = fine is not None and fine.shape == rough.shape and np.allclose(fine, rough, **LOOSE)
            row.append((fine, True) if agrees else (rough, False))
        return row

    def _complex_step(self, i: int, direction: Any) -> list[Any] | None:
        """The derivative of all outputs by a complex step; None where the function does not take one."""
        array = self.inputs[i].array
        if any(a.array.dtype != np.float64 for a in self.inputs if isinstance(a, Tensor)):
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", np.exceptions.ComplexWarning)
                moved = self.value({i: array + 1j * COMPLEX_STEP * direction}, 0)
        except Exception:  # noqa: BLE001  whatever the function says of complex numbers, it does not take them
            return None
        return [m.imag / COMPLEX_STEP if m.dtype.kind == "c" else m * np.nan for m in moved]

    def backward(self, outputs: list[Tensor], nondet_tol: float) -> None:
        """Compare backward with the values, and with itself."""
        for o, out in enumerate(outputs):
            first, second = self._pulled(out), self._pulled(out)
            for at, i in enumerate(self.checked):
                self._compare(o, i, first[at], "Jacobian mismatch")
                if not np.allclose(first[at], second[at], rtol=0, atol=nondet_tol, equal_nan=True):
                    raise GradcheckError(
                        "Backward is not reentrant, i.e., running backward with same input and grad_output multiple "
                        "times gives different values, although analytical gradient matches numerical gradient."
                        f"The tolerance for nondeterminism was {nondet_tol}."
                    )

    def _pulled(self, out: Tensor) -> list[Any]:
        """The Jacobian of an output by every checked input, column by column."""
        columns: list[list[Any]] = [[] for _ in self.checked]
        for seed in units(out.array):
            found = self._gradients([out], [seed])
            for at, (g, i) in enumerate(zip(found, self.checked, strict=True)):
                array = self.inputs[i].array
                columns[at].append(
                    parts(np.zeros_like(array) if g is None else g.array.astype(array.dtype, copy=False))
                )
        shapes = [parts(self.inputs[i].array).size for i in self.checked]
        return [np.array(c).reshape(len(c), n).T for c, n in zip(columns, shapes, strict=True)]

    def _gradients(self, outputs: list[Tensor], seeds: list[Any]) -> Any:
        wanted = [self.leaves[i] for i in self.checked]
        return grad(outputs, wanted, [wrap(s) for s in seeds], retain_graph=True, allow_unused=True)

    def forward(self, outputs: list[Tensor], *, batched: bool) -> None:
        """Compare forward mode with the values."""
        places = self._places(outputs)
        for i in self.checked:
            array = self.inputs[i].array
            rows: list[list[Any]] = []
            for unit in units(array):
                moved = self._pushed(i, unit)
                rows.append([parts(moved[at]) for at in places])
            for o in range(len(outputs)):
                values = np.array([row[o] for row in rows]).reshape(len(rows), parts(outputs[o].array).size)
                self._compare(o, i, values, "Jacobian computed with forward mode mismatch")

    def _pushed(self, i: int, direction: Any) -> list[Any]:
        def of_one(x: Any) -> Any:
            given = [x if at == i else self._plain(a) for at, a in enumerate(self.inputs)]
            results = self.func(*given)
            return tuple(t for t in (results if isinstance(results, list | tuple) else (results,)) if is_floating(t))

        _, tangents = jvp(of_one, (wrap(self.inputs[i].array),), (wrap(direction),))
        return [np.asarray(concrete(t)) for t in tangents]

    def _compare(self, o: int, i: int, analytical: Any, what: str) -> None:
        numbers = self.numerical[o, i]
        numerical = numbers.values
        if self.fast:
            analytical = self._projected(i, analytical)
        tolerance = TIGHT if numbers.exact else LOOSE
        atol = tolerance["atol"] if self.atol is None else self.atol
        rtol = tolerance["rtol"] if self.rtol is None else self.rtol
        wrong = ~np.isclose(analytical, numerical, rtol=rtol, atol=atol, equal_nan=True)
        if not wrong.any():
            return
        raise GradcheckError(self._story(o, i, analytical, numerical, wrong, what))

    def _projected(self, i: int, jacobian: Any) -> Any:
        self.random = np.random.default_rng(0)
        for known in self.checked:
            direction = next(iter(self._directions(self.inputs[known].array)))
            if known == i:
                return parts(direction).reshape(1, -1) @ jacobian
        raise AssertionError

    def _story(self, o: int, i: int, analytical: Any, numerical: Any, wrong: Any, what: str) -> str:
        size = numerical.shape[1] // 2
        leaf, out = self.inputs[i].array, self._output_arrays()[o]
        of = ""
        if out.dtype.kind == "c":
            part = "imaginary" if wrong[:, size:].any() else "real"
            of = f"While considering the {part} part of complex outputs only, "
        gap = np.where(wrong, np.abs(analytical - numerical), -1.0)
        row, column = np.unravel_index(np.argmax(gap), gap.shape)
        found = f"{float(numerical[row, column])!r} by its values and {float(analytical[row, column])!r}"
        lines = [
            f"{of}{what} for output {o} with respect to input {i},",
            f"numerical:{tensor_repr(wrap(numerical))}",
            f"analytical:{tensor_repr(wrap(analytical))}",
            f"The worst element: d output{_place(column, out)} / d input{_place(row, leaf)} is {found} by its rules.",
            suspicion(self.func, self.leaves),
        ]
        return "\n".join(lines)

    def _output_arrays(self) -> list[Any]:
        return [t.array for t in differentiable(self.func(*self.leaves))]

    def dtypes(self, outputs: list[Tensor]) -> None:
        """Raise if a gradient has another dtype than its input."""
        for out in outputs:
            found = self._gradients([out], [np.ones_like(out.array)])
            for g, i in zip(found, self.checked, strict=True):
                if g is not None and g.dtype is not self.inputs[i].dtype:
                    raise GradcheckError("grad and input has dtype different from each other")

    def batched(self, outputs: list[Tensor]) -> None:
        """Compare a batch of backward passes with one after another."""
        for out in outputs:
            seeds = [seed for _, seed in zip(range(3), units(out.array), strict=False)]
            if not seeds:
                continue
            single = [self._gradients([out], [seed]) for seed in seeds]
            wanted = [self.leaves[i] for i in self.checked]
            try:
                joint = grad(
                    out, wanted, (wrap(np.stack(seeds)),), retain_graph=True, allow_unused=True, is_grads_batched=True
                )
            except RuntimeError as error:
                raise GradcheckError(
                    f"While computing batched gradients, got: {error}\n\ngradcheck or gradgradcheck failed while "
                    "testing batched gradient computation. This could have been invoked in a number of ways (via a "
                    "test that calls gradcheck/gradgradcheck directly or via an autogenerated test)."
                ) from error
            for at in range(len(wanted)):
                if joint[at] is None:
                    continue
                for entry, one in zip(joint[at].array, single, strict=False):
                    if not np.allclose(entry, one[at].array, **LOOSE):
                        raise GradcheckError(f"For input number {at}, batched gradients differ from single ones.")

    def undefined(self) -> None:
        """Raise if backward makes something of gradients that are not there."""
        outputs = differentiable(self.func(*self.leaves))
        wanted = [self.leaves[i].node for i in self.checked]
        pairs = [(out.node, None) for out in outputs]
        found = without_grad(walk, pairs, recorded_flavour, retain=True, targets=wanted)
        for g in found:
            if g is not None and np.any(concrete(g)):
                raise GradcheckError(errors.UNDEFINED_GRAD)


def parts(array: Any) -> Any:
    """The components of an array as real numbers: real parts, then imaginary parts."""
    flat = np.asarray(array).reshape(-1)
    return np.concatenate([flat.real, flat.imag]) if flat.dtype.kind == "c" else flat


def units(array: Any) -> Any:
    """The arrays with a single 1 (then a single 1j, for complex) in the place of each element."""
    for unit in (1, 1j) if array.dtype.kind == "c" else (1,):
        for at in range(array.size):
            made = np.zeros(array.size, array.dtype)
            made[at] = unit
            yield made.reshape(array.shape)


def _place(component: Any, array: Any) -> str:
    """The index of a component of an array, as it is written."""
    size = array.size
    index = [int(n) for n in np.unravel_index(component % size, array.shape)]
    part = "" if array.dtype.kind != "c" else (".real" if component < size else ".imag")
    return (str(index) if index else "") + part
