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
    ├── CheckError        (AssertionError)  arguments that PyTorch checks by an assertion
    ├── UnsupportedError  (NotImplementedError)  an op has no such rule
    ├── GraphError        (RuntimeError)   a Graph that breaks its own grammar
    ├── FormatError       (RuntimeError)   a file that is not what it should be
    └── GradcheckError    (RuntimeError)   derivatives that are not what the values say

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


class CheckError(WengertError, AssertionError):
    """An argument that PyTorch checks by an assertion."""


class UnsupportedError(WengertError, NotImplementedError):
    """An op has no rule for what was asked."""


class GraphError(WengertError, RuntimeError):
    """A Graph that breaks its own grammar."""


class FormatError(WengertError, RuntimeError):
    """A file that is not what it should be."""


class GradcheckError(WengertError, RuntimeError):
    """The derivatives of a function are not what its values say."""


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
AMBIGUOUS_VIEW = (
    "A view was created in {mode} and is being modified inplace {where}. Given that this use case is ambiguous and "
    "error-prone, it is forbidden. You can clarify your code by moving both the view and the "
    "inplace either both inside "
    "the {block} block (if you don't want the inplace to be tracked) or both outside (if you want the inplace to be "
    "tracked)."
)
VIEW_IN_PLACE = {
    "no_grad": AMBIGUOUS_VIEW.format(mode="no_grad mode", where="with grad mode enabled", block="no_grad"),
    "inference_mode": AMBIGUOUS_VIEW.format(mode="inference mode", where="in normal mode", block="inference_mode"),
    "several": "Output {index} of {name} is a view and is being modified inplace. This view is the output of a "
    "function "
    "that returns multiple views. Such functions do not allow the output views to be modified inplace. You should "
    "replace the inplace operation by an out-of-place one.",
    "function": "Output {index} of {name} is a view and is being modified inplace. This view was created inside "
    "a custom "
    "Function (or because an input was returned as-is) and the autograd logic to handle "
    "view+inplace would override the "
    "custom backward associated with the custom Function, leading to incorrect gradients. This behavior is "
    "forbidden. "
    "You can fix this by cloning the output of the custom Function.",
}
"""Why the history of a view cannot be written anew, by what made the view."""

READ_ONLY = (
    "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means writing to "
    "this tensor will result in undefined behavior. You may want to copy the array to protect its data or make it "
    "writable before converting it to a tensor. This type of warning will be suppressed for the rest of this program."
    "\nHere writing to the tensor raises an error."
)
BYTE_ORDER = advice(
    "given numpy array has byte order different from the native byte order. Conversion between byte orders is "
    "currently not supported.",
    'array.astype(array.dtype.newbyteorder("=")).',
)
RESIZED_VIEW = (
    "a tensor that was resized shares its memory with others, so the history of a write to it cannot be "
    "passed on to them."
)
FLOATING_ONLY = "only Tensors of floating point and complex dtype can require gradients"
SAVED_INFERENCE = advice(
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference "
    "mode in computation "
    "tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in autograd, "
    "or use `torch.no_grad()` instead of `torch.inference_mode()`.",
    "x = x.clone() outside of inference_mode().",
)
PACK_WRITES = (
    "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook cannot be "
    "modified by in-place operations as this can lead to unexpected side-effects. Please open an issue if you "
    "need to "
    "perform in-place operations on the input to a pack hook."
)
INFERENCE_LEAF = "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed."
INFERENCE_WRITE = advice(
    "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone "
    "to get a normal tensor "
    "before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details.",
    "x = x.clone() first.",
)
NO_EDGE = "It is not possible to get the gradient edge for a Tensor that does not require gradients"
SAVE_FOR_FORWARD = (
    "save_for_forward expects all arguments to be tensors; you should save non-tensors as attributes on ctx."
)
BACKWARD_AND_VJP = (
    "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only implement one of "
    "them."
)
NO_BACKWARD = (
    "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward "
    "mode AD."
)
NO_JVP = "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
NO_VMAP = "You must implement the vmap function for custom autograd.Function to use it with vmap."
DIRTY_TYPE = "mark_dirty can only accept variables, but argument"
MARKED_TYPE = "mark_non_differentiable only accepts variable arguments, but got"
DIRTY_NOT_RETURNED = (
    "Some elements marked as dirty during the forward method were not returned as output. The inputs that are "
    "modified "
    "inplace must all be outputs of the Function."
)
DIRTY_LEAF = "a leaf Variable that requires grad has been used in an in-place operation."
LEGACY_FUNCTION = (
    "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
    "function with "
    "static forward method. (Example: https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
)
EXTENDING = "For more details, please see https://pytorch.org/docs/main/notes/extending.func.html"
NEEDS_SETUP = (
    "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, ...), it must "
    "override the "
    f"setup_context staticmethod. {EXTENDING}"
)
ONCE_DIFFERENTIABLE = "trying to differentiate twice a function that was marked with @once_differentiable"
VMAP_TWICE = (
    "You tried to vmap over {name}, but it has both generate_vmap_rule=True and an overridden vmap staticmethod. "
    "Please "
    "set generate_vmap_rule=False or delete the overridden vmap staticmethod to avoid ambiguity. " + EXTENDING
)
VMAP_MISSING = (
    "You tried to vmap over {name}, but it does not have vmap support. Please override and implement the vmap "
    "staticmethod or set generate_vmap_rule=True. " + EXTENDING
)
VMAP_RETURNS = (
    "Expected the vmap staticmethod to have two returns, an output and out_dims with pytree structure compatible "
    "with "
    "the output. Got a {kind} instead"
)
VMAP_DIMS = (
    "The autograd.Function's vmap staticmethod returned an incompatible (output, out_dims) tuple. Expected "
    "out_dims={dims} "
    "to be compatible with the structure of `output`. out_dims has structure {dims} but output has structure {kind}. "
    + EXTENDING
)
PACKED_TWICE = (
    "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of hooks is "
    "allowed at a time."
)
PACKED_LATE = (
    "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate values of the graph are "
    "freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward "
    "through the "
    "graph a second time or if you need to access saved variables after calling backward."
)
UNDEFINED_GRAD = (
    "Expected all input grads to be undefined or zero when all output grads are undefined or zero. Please look at "
    '"Notes about undefined output gradients" in "tools/autograd/derivatives.yaml"'
)
CHECKPOINT_MORE = (
    "torch.utils.checkpoint: trying to save more tensors during recomputation than during the original forward pass."
)
