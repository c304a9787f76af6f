"""Every error wengert raises: its type, and the words that are used in more than one place.

    WengertError
    ├── ShapeError        (RuntimeError)   shapes that do not fit one another
    ├── DtypeError        (RuntimeError)   dtypes that an op cannot take
    ├── GradError         (RuntimeError)   misuse of gradients: no graph, freed graph, bad seed
    │   └── StaleError                     a value saved for backward was overwritten
    ├── TransformError    (RuntimeError)   misuse of grad, jvp, vmap, stage
    ├── DeviceError       (RuntimeError)   a device that is not the CPU
    ├── AxisError         (IndexError)     a dimension that does not exist
    ├── ArgumentError     (ValueError)     an argument whose value makes no sense
    ├── ArgumentTypeError (TypeError)      an argument of the wrong type
    ├── UnsupportedError  (NotImplementedError)  an op has no such rule
    └── GraphError        (RuntimeError)   a Graph that breaks its own grammar

Each class also is the builtin exception that PyTorch raises in the same place, so
`except RuntimeError` keeps working. A message starts with PyTorch's words where PyTorch
has the case, and ends with a line `Try: ...` where there is something to do.

Knows nothing of the rest of the package.
"""

from __future__ import annotations


class WengertError(Exception):
    """The root of all errors that wengert raises on purpose."""


class ShapeError(WengertError, RuntimeError):
    """Shapes that do not fit one another."""


class DtypeError(WengertError, RuntimeError):
    """Dtypes that an op cannot take."""


class GradError(WengertError, RuntimeError):
    """Gradients were asked for where there are none."""


class StaleError(GradError):
    """A value that backward needs was overwritten after it was saved."""


class TransformError(WengertError, RuntimeError):
    """A transform was given something it cannot transform."""


class DeviceError(WengertError, RuntimeError):
    """A device that is not the CPU."""


class AxisError(WengertError, IndexError):
    """A dimension or index that does not exist."""


class ArgumentError(WengertError, ValueError):
    """An argument whose value makes no sense."""


class ArgumentTypeError(WengertError, TypeError):
    """An argument of the wrong type."""


class UnsupportedError(WengertError, NotImplementedError):
    """An op has no rule for what was asked."""


class GraphError(WengertError, RuntimeError):
    """A Graph that breaks its own grammar."""


def advice(message: str, remedy: str) -> str:
    """Join what happened and what to do about it.

    >>> print(advice("it is too long.", "make it shorter."))
    it is too long.
    Try: make it shorter.
    """
    return f"{message}\nTry: {remedy}"


SECOND_BACKWARD = advice(
    "Trying to backward through the graph a second time (or directly access saved tensors after "
    "they have already been freed). Saved intermediate values of the graph are freed when you call "
    ".backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the "
    "graph a second time or if you need to access saved tensors after calling backward.",
    "pass retain_graph=True to the first backward(), or run the forward pass again.",
)
NO_GRAPH = advice(
    "element {index} of tensors does not require grad and does not have a grad_fn",
    "create the inputs with requires_grad=True, and check that the result was not computed under "
    "no_grad(), from detach(), or through integers.",
)
IMPLICIT_SEED = advice(
    "grad can be implicitly created only for scalar outputs",
    "reduce the output of shape {shape} to a number first (.sum() or .mean()), or pass gradient=.",
)
LEAF_IN_PLACE = advice(
    "a leaf Variable that requires grad is being used in an in-place operation.",
    "update it inside `with torch.no_grad():`, or write to a clone().",
)
LEAF_VIEW_IN_PLACE = advice(
    "a view of a leaf Variable that requires grad is being used in an in-place operation.",
    "update it inside `with torch.no_grad():`, or write to a clone().",
)
NO_GRAD_VIEW_IN_PLACE = advice(
    "A view was created in no_grad mode and is being modified inplace with grad mode enabled. Given "
    "that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by "
    "moving both the view and the inplace either both inside the no_grad block (if you don't want "
    "the inplace to be tracked) or both outside (if you want the inplace to be tracked).",
    "take the view again where you write to it.",
)
FLOATING_ONLY = "only Tensors of floating point and complex dtype can require gradients"
