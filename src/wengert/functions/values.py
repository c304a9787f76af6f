"""What a function may know of its arguments, for checks and for choices: their elements, and what else they are."""

from __future__ import annotations

from operator import index
from typing import Any

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import Tracer, ask, concrete, numpy_dtype
from wengert.core.modes import WATCHING
from wengert.core.tensor import Tensor
from wengert.ops.indexing import are_positions


def one_int(value: Any) -> Any:
    """A number that is given as a tensor of one integer as a Python number; anything else as it is."""
    if isinstance(value, Tensor) and not shape_of(value) and numpy_dtype(value).kind in "iu":
        return index(value)
    return value


def elements(x: Any) -> Any:
    """The array of a tensor; None inside of a transform that has no values."""
    try:
        return concrete(x)
    except (AttributeError, errors.TransformError):
        return None


def answer(x: Any, question: Any) -> Any:
    """What a question about the elements gives, a function of their array; None where they are not known.

    What is compiled serves other elements with the same answer, so a check asks for no more than it needs.
    """
    try:
        return ask(x, question)
    except (AttributeError, errors.TransformError):
        return None


def surely(x: Any, question: Any) -> bool:
    """Whether the answer is yes, where the elements are at hand and nobody records what is done.

    Steps that change nothing where it is may be left out then; what is recorded takes all of them.
    """
    return type(x) is Tensor and WATCHING.count == 0 and bool(question(x.array))


def is_nowhere(mask: Any) -> bool:
    """Whether a mask, an array of truth values, holds nowhere."""
    return not mask.any()


def first_outside(x: Any, least: float, most: float) -> Any:
    """The first element that is not between two numbers, as a Python number; None if all are, or are not known."""

    def question(array: Any) -> Any:
        if not array.size or (least == 0 and are_positions(array, most + 1)):
            return None
        if array.min() >= least and array.max() <= most:  # the usual case, in little memory
            return None
        return array[~((array >= least) & (array <= most))][0].item()

    return answer(x, question)


def refuse_all_but_wide(name: str, x: Any) -> None:
    """Raise, in PyTorch's words for a loop it lacks, unless x is of float32 or float64."""
    own = dtypes.of_numpy(numpy_dtype(x))
    if not own.is_floating_point or dtypes.is_half(own.numpy):
        raise errors.UnsupportedError(
            errors.advice(f"\"{name}\" not implemented for '{own.title}'", "convert with .float() first.")
        )


def known(x: Any, name: str, what: str) -> Any:
    """The array of a tensor that says how a result is made.

    Raises:
        RuntimeError: inside of a transform that has no values.
    """
    found = elements(x)
    if found is None:
        raise errors.TransformError(
            errors.advice(
                f"{name}: the values of {what} are needed here, and this transform varies them.",
                f"do not transform over {what}.",
            )
        )
    return found


def known_history(value: Any) -> Any:
    """The node of a tensor, for who asks what it is and not only whether there is one."""
    if isinstance(value, Tracer):
        value.level.refuse_history(value)
    return value.node


def refuse_outside(value: Any, what: str) -> None:
    """Raise where a recorded call asks something of a tensor from outside that is another thing in each call."""
    if isinstance(value, Tracer):
        value.level.refuse_outside(value, what)
