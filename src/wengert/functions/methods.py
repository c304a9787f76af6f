"""Attaches functions to Tensor, as methods, operators and attributes: one table each.

The last module of `functions`: it knows all of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.levels import Tracer, concrete, laid
from wengert.core.modes import recording
from wengert.core.primitive import TABLE
from wengert.core.tensor import Tensor
from wengert.functions import catalog
from wengert.functions.elementwise import arithmetic, bits, blending, complexes
from wengert.functions.indexing import putting, selecting
from wengert.functions.linalg import products
from wengert.functions.making import copying, creation, drawing, settings
from wengert.functions.neural import softmax as neural
from wengert.functions.neural import unfolding
from wengert.functions.numpy_names import also_as_numpy
from wengert.functions.recording import gradients, hooking, leaves, nodes
from wengert.functions.reducing import norms, ordering, reductions, scanning
from wengert.functions.shaping import arranging, laying, pieces, reshaping
from wengert.functions.showing import descriptions, printing
from wengert.functions.writing import inplace
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.shapes import Size, axis_index, contiguous_strides

# ------------------------------------------------------------------ conversions


def number(self: Tensor, kind: Any) -> Any:
    """The one number of the tensor as `kind`: float, int or complex."""
    array = concrete(self)
    if array.size != 1:
        raise errors.ArgumentError(
            errors.advice(
                "only one element tensors can be converted to Python scalars",
                "pick one element, or reduce the tensor.",
            )
        )
    if array.dtype.kind == "c" and kind is not complex:
        dtypes.number_in(array.item(), np.dtype(kind))
    if kind in (float, complex) and self.node is not None and recording():
        creation.warn_of_scalar()
    return kind(array.item())


def item(self: Tensor) -> Any:
    """The one number of the tensor as a Python number.

    >>> import wengert as torch
    >>> torch.tensor([2.5]).item()
    2.5
    """
    array = concrete(self)
    if array.size != 1:
        raise errors.ShapeError(
            errors.advice(
                f"a Tensor with {array.size} elements cannot be converted to Scalar",
                "pick one element, reduce it, or use .tolist().",
            )
        )
    return array.item()


def tolist(self: Tensor) -> Any:
    """The elements as nested Python lists.

    >>> import wengert as torch
    >>> torch.tensor([[1, 2]]).tolist()
    [[1, 2]]
    """
    return concrete(self).tolist()


def to_numpy_array(self: Tensor, *, force: bool = False) -> Any:
    """The NumPy array that holds the elements, sharing memory.

    >>> import wengert as torch
    >>> torch.tensor([1.0]).numpy()
    array([1.], dtype=float32)

    Raises:
        RuntimeError: if the tensor requires grad, force is False and operations are recorded.
    """
    if self.node is not None and not force and recording():
        raise errors.GradError(
            errors.advice(
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.",
                "tensor.detach().numpy().",
            )
        )
    if self.dtype is dtypes.bfloat16:
        raise errors.ArgumentTypeError(errors.advice("Got unsupported ScalarType BFloat16", ".float().numpy()."))
    if isinstance(self, Tracer):
        self.level.refuse_outside(None, "it takes the memory of a tensor, as numpy() does")
    return concrete(self).view()  # so that changing the shape of the array does not change the tensor


def as_array(self: Tensor, dtype: Any = None, copy: bool | None = None) -> Any:
    return np.array(to_numpy_array(self), dtype=dtype, copy=copy)


def to_bool(self: Tensor) -> bool:
    array = concrete(self)
    if array.size != 1:
        raise errors.ShapeError(
            errors.advice(
                "Boolean value of Tensor with no values is ambiguous"
                if array.size == 0
                else "Boolean value of Tensor with more than one value is ambiguous",
                ".any() or .all().",
            )
        )
    return bool(array.item())


def length(self: Tensor) -> int:
    if self.ndim == 0:
        raise errors.ArgumentTypeError("len() of a 0-d tensor")
    return int(self.shape[0])


def iterate(self: Tensor) -> Any:
    if self.ndim == 0:
        raise errors.ArgumentTypeError("iteration over a 0-d tensor")
    return iter(pieces.unbind(self))


def index(self: Tensor) -> int:
    array = concrete(self)
    if array.size != 1 or array.dtype.kind not in "biu":
        raise errors.ArgumentTypeError("only integer tensors of a single element can be converted to an index")
    return int(array.item())


def contains(self: Tensor, element: Any) -> bool:
    if not isinstance(element, Tensor | bool | int | float | complex | np.generic):
        raise errors.ShapeError(
            f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}."
        )
    return bool(reductions.any(p.equal(element, self)).item())


def format_tensor(self: Tensor, spec: str) -> str:
    if self.ndim == 0 and (not isinstance(self, Tracer) or self.level.ordinary):
        return format(self.array.item(), spec)
    if spec:
        raise errors.ArgumentTypeError("unsupported format string passed to Tensor.__format__")
    return repr(self)


def cast(self: Tensor, dtype: Any, *, copy: bool = False, memory_format: Any = None) -> Tensor:
    """The tensor in another dtype; itself if it has that dtype already."""
    wanted = dtypes.to_numpy(dtype)
    if dtypes.of_numpy(wanted) is not self.dtype:
        self = s.cast(self, wanted)
    elif copy:
        self = laying.clone(self)
    return laying.contiguous(self) if memory_format is laying.contiguous_format else self


def to(self: Tensor, *args: Any, dtype: Any = None, device: Any = None, copy: bool = False,
       non_blocking: bool = False, memory_format: Any = None) -> Tensor:  # fmt: skip
    """The tensor in the dtype and on the device that are given, in any order.

    >>> import wengert as torch
    >>> torch.tensor([1.7]).to(torch.int64)
    tensor([1])
    """
    for arg in args:
        if isinstance(arg, Tensor):
            dtype = arg.dtype
        elif isinstance(arg, dtypes.dtype):
            dtype = arg
        elif isinstance(arg, bool):
            continue
        else:
            device = arg
    creation.as_device(device)
    return cast(self, self.dtype if dtype is None else dtype, copy=copy, memory_format=memory_format)


def caster(name: str, dtype: dtypes.dtype) -> Any:
    """The method that converts to one dtype."""

    def method(self: Tensor, memory_format: Any = None) -> Tensor:
        return cast(self, dtype, memory_format=memory_format)

    method.__name__ = name
    method.__doc__ = f"The tensor as {dtype}."
    return method


def type_name(self: Tensor, dtype: Any = None) -> Any:
    """The legacy type string, or the tensor cast to a dtype."""
    if dtype is not None:
        return cast(self, dtype)
    return f"torch.{self.dtype.title}Tensor"


def new(fill: Any, sentence: str) -> Any:
    """The method that makes a tensor of this one's dtype: new_zeros, new_ones ..."""

    def method(self: Tensor, *args: Any, dtype: Any = None, **options: Any) -> Tensor:
        return creation.placed(self, fill(*args, dtype=dtype or self.dtype, **options))

    method.__name__ = f"new_{fill.__name__}"
    method.__doc__ = sentence
    return method


def new_tensor(self: Tensor, data: Any, **options: Any) -> Tensor:
    """A tensor of the data, in the dtype of this one unless another is given."""
    options = {"dtype": self.dtype, **options}
    if isinstance(data, Tensor):
        creation.warn_of_copy("tensor.new_tensor")
        data = data.array
    return creation.tensor(data, **options)


def backwards(self: Tensor) -> Tensor:
    """What `reversed(x)` is: the slices of the first dimension from the last to the first."""
    return arranging.flip(self, 0) if self.ndim else self


def cpu(self: Tensor) -> Tensor:
    """The tensor itself, which is on the CPU already."""
    return self


def device(_: Tensor) -> Any:
    """Where the elements are: always the CPU."""
    return creation.CPU


def is_cuda(_: Tensor) -> bool:
    """Whether the elements are on a GPU: never."""
    return False


def dim(self: Tensor) -> int:
    """The number of dimensions."""
    return self.ndim


def element_size(self: Tensor) -> int:
    """The size of one element in bytes."""
    size_in_bytes: int = self.dtype.itemsize
    return size_in_bytes


def data_ptr(self: Tensor) -> int:
    """The address of the first element in memory."""
    if isinstance(self, Tracer):
        raise errors.TransformError(f"{self.level.name}: it asks where in memory a tensor is")
    address: int = self.array.ctypes.data
    return address


def is_contiguous(self: Tensor, memory_format: Any = None) -> bool:
    """Whether the elements lie in memory in row-major order, without gaps."""
    array = laid(self)
    return array is None or bool(array.flags.c_contiguous)


def size(self: Tensor, dim: int | None = None) -> Any:
    """The shape, or the size of one dimension."""
    return self.shape if dim is None else self.shape[axis_index(dim, self.ndim)]


def stride(self: Tensor, dim: int | None = None) -> Any:
    """The strides in elements."""
    array = laid(self)
    if array is None:
        steps = contiguous_strides(tuple(self.shape))
    else:
        steps = tuple(n // array.itemsize for n in array.strides)
    return steps if dim is None else steps[dim]


# ------------------------------------------------------------------ the tables


def divided_by(self: Tensor, other: Any) -> Any:
    """`other / self`: a number times the reciprocal, as PyTorch computes it, so that its last digits agree."""
    if isinstance(other, int | float | complex):
        return p.multiply(p.reciprocal(self), other)
    return p.divide(other, self) if isinstance(other, OPERANDS) else NotImplemented


def reflected(op: Any) -> Any:
    """The operator with its operands swapped."""

    def method(self: Tensor, other: Any) -> Any:
        if not isinstance(other, OPERANDS):
            return NotImplemented
        return op(other, self)

    return method


OPERANDS = (Tensor, np.ndarray, np.generic, bool, int, float, complex)


def matmul_operator(self: Tensor, other: Any) -> Any:
    """`self @ other`, which takes no numbers."""
    return products.matmul(self, other) if isinstance(other, Tensor) else NotImplemented


def invert(self: Tensor) -> Tensor:
    """`~self`: not, or every bit turned over."""
    if self.dtype.category > dtypes.INTEGER:
        raise errors.ArgumentTypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    result: Tensor = p.bitwise_not(self)
    return result


def refuses_none(op: Any) -> Any:
    """A comparison that says "different" of something that is no tensor and no number."""
    primitive = op.primitive

    def method(self: Tensor, other: Any) -> Any:
        if not isinstance(other, OPERANDS):
            return NotImplemented
        return op(self, other)

    method.primitive = primitive  # type: ignore[attr-defined]
    return method


OPERATORS = {
    "add": p.add, "sub": p.subtract, "mul": p.multiply, "truediv": p.divide, "pow": p.power,
    "mod": p.remainder, "floordiv": p.floor_divide, "matmul": matmul_operator,
    "and": p.bitwise_and, "or": p.bitwise_or, "xor": p.bitwise_xor,
    "lshift": bits.bitwise_left_shift, "rshift": bits.bitwise_right_shift,
}  # fmt: skip
COMPARISONS = {
    "__eq__": refuses_none(p.equal), "__ne__": refuses_none(p.not_equal),
    "__lt__": refuses_none(p.less), "__le__": refuses_none(p.less_equal),
    "__gt__": refuses_none(p.greater), "__ge__": refuses_none(p.greater_equal),
}  # fmt: skip
IN_PLACE = {
    "add": p.add, "sub": p.subtract, "subtract": p.subtract, "mul": p.multiply,
    "multiply": p.multiply, "div": p.divide, "divide": p.divide, "pow": p.power, "neg": p.negative,
    "exp": p.exp, "expm1": p.expm1, "log": p.log, "log1p": p.log1p, "sqrt": p.sqrt, "sin": p.sin,
    "cos": p.cos, "tan": p.tan, "tanh": p.tanh, "sigmoid": p.sigmoid, "relu": p.relu,
    "abs": p.absolute, "square": p.square, "sign": p.sign, "sgn": p.sgn, "floor": p.floor,
    "ceil": p.ceil, "trunc": p.trunc, "fix": p.trunc, "asin": p.arcsin, "arcsin": p.arcsin, "acos": p.arccos,
    "arccos": p.arccos, "atan": p.arctan, "arctan": p.arctan, "sinh": p.sinh, "cosh": p.cosh,
    "asinh": p.arcsinh, "arcsinh": p.arcsinh, "acosh": p.arccosh, "arccosh": p.arccosh,
    "atanh": p.arctanh, "arctanh": p.arctanh, "atan2": p.arctan2, "arctan2": p.arctan2,
    "hypot": p.hypot, "xlogy": p.xlogy, "fmod": p.fmod, "conj_physical": complexes.conj,
    "round": arithmetic.round, "frac": arithmetic.frac, "sinc": arithmetic.sinc, "rsqrt": arithmetic.rsqrt,
    "reciprocal": arithmetic.reciprocal, "nan_to_num": arithmetic.nan_to_num, "clip": arithmetic.clamp,
    "clamp_min": arithmetic.clamp_min, "clamp_max": arithmetic.clamp_max, "cumsum": scanning.cumsum,
    "cumprod": scanning.cumprod, "true_divide": p.divide,
    "remainder": p.remainder, "floor_divide": p.floor_divide, "bitwise_and": p.bitwise_and,
    "bitwise_or": p.bitwise_or, "bitwise_xor": p.bitwise_xor, "clamp": arithmetic.clamp,
    "masked_fill": selecting.filled_where, "absolute": p.absolute, "negative": p.negative, "eq": p.equal,
    "ne": p.not_equal, "lt": p.less, "le": p.less_equal, "gt": p.greater, "ge": p.greater_equal,
    "logical_and": p.logical_and, "logical_or": p.logical_or, "logical_not": p.logical_not,
    "bitwise_not": p.bitwise_not, "bitwise_left_shift": bits.bitwise_left_shift,
    "bitwise_right_shift": bits.bitwise_right_shift, "lerp": blending.lerp, "addcmul": blending.addcmul,
    "addcdiv": blending.addcdiv,
    "index_fill": putting.index_fill, "index_copy": putting.index_copy, "index_add": putting.index_add,
    "scatter": putting.scatter, "scatter_add": putting.scatter_add, "masked_scatter": putting.masked_scatter,
}  # fmt: skip
WITH_OPTIONS = {
    "add": arithmetic.add, "sub": arithmetic.sub, "subtract": arithmetic.sub,
    "div": arithmetic.div, "divide": arithmetic.div, "clamp": arithmetic.clamp, "clip": arithmetic.clamp,
    "round": arithmetic.round, "nan_to_num": arithmetic.nan_to_num, "cumsum": scanning.cumsum,
    "cumprod": scanning.cumprod,
    **{name: IN_PLACE[name] for name in (
        "masked_fill", "lerp", "addcmul", "addcdiv", "index_fill", "index_copy", "index_add", "scatter", "scatter_add",
        "masked_scatter", "clamp_min", "clamp_max",
    )},
}  # fmt: skip
IN_PLACE_OPERATORS = {
    "add": "add_", "sub": "sub_", "mul": "mul_", "truediv": "div_", "pow": "pow_",
    "floordiv": "floor_divide_", "mod": "remainder_", "and": "bitwise_and_", "or": "bitwise_or_",
    "xor": "bitwise_xor_", "lshift": "bitwise_left_shift_", "rshift": "bitwise_right_shift_",
}  # fmt: skip

METHODS = {
    arithmetic: (
        "abs absolute acos acosh add allclose arccos arccosh arcsin arcsinh arctan arctan2 arctanh asin asinh "
        "atan atan2 atanh ceil clamp clamp_max clamp_min clip cos cosh div divide eq equal exp expm1 fix floor "
        "floor_divide fmax fmin fmod frac ge gt hypot isclose isfinite isnan le log log1p logaddexp logaddexp2 "
        "logical_and logical_not logical_or lt maximum minimum mul multiply nan_to_num ne neg negative positive "
        "pow reciprocal relu remainder round rsqrt sigmoid sign sin sinc sinh sqrt square sub subtract tan tanh "
        "true_divide trunc xlogy"
    ),
    complexes: "adjoint angle conj conj_physical is_complex is_conj is_floating_point isreal resolve_conj sgn",
    reductions: "all amax amin any argmax argmin logsumexp max mean min nanmean nansum std sum var",
    scanning: "cummax cummin cumprod cumsum logcumsumexp prod",
    ordering: "argsort kthvalue median mode nanmedian sort topk",
    norms: "dist norm",
    laying: "clone contiguous",
    arranging: (
        "broadcast_to diagonal expand expand_as flatten flip movedim narrow permute ravel "
        "reshape reshape_as select squeeze swapaxes t transpose unsqueeze view view_as"
    ),
    pieces: "chunk split unbind",
    products: "bmm dot matmul mm mv outer",
    selecting: "gather index_select masked_fill masked_select nonzero take",
    putting: "index_add index_copy index_fill masked_scatter scatter scatter_add",
    blending: "addcdiv addcmul lerp",
    drawing: "bernoulli bernoulli_ normal_ uniform_",
    neural: "softmax log_softmax",
    inplace: "copy_ fill_ zero_",
    reshaping: "resize_ resize_as_ squeeze_ swapaxes_ swapdims_ t_ transpose_ unsqueeze_",
    hooking: "register_hook register_post_accumulate_grad_hook retain_grad",
    leaves: "_is_view detach detach_ is_inference requires_grad_",
}

OTHERS = {
    "item": item, "tolist": tolist, "numpy": to_numpy_array, "__array__": as_array, "to": to,
    "type": type_name, "__bool__": to_bool, "__float__": lambda self: number(self, float),
    "__int__": lambda self: number(self, int), "__complex__": lambda self: number(self, complex),
    "__index__": index, "__len__": length, "__reversed__": backwards, "__iter__": iterate, "__contains__": contains,
    "__repr__": printing.tensor_repr, "__format__": format_tensor, "__deepcopy__": copying.deepcopy,
    "__copy__": copying.shallow_copy,
    "__reduce__": copying.reduce, "__getitem__": selecting.getitem, "__setitem__": inplace.setitem,
    "__neg__": p.negative, "__abs__": p.absolute, "__pos__": arithmetic.positive,
    "__invert__": invert, "backward": gradients.tensor_backward, "size": size,
    "stride": stride, "dim": dim, "numel": s.size_of, "nelement": s.size_of,
    "element_size": element_size, "is_contiguous": is_contiguous,
    "cpu": cpu,
    "data_ptr": data_ptr,
    "new_zeros": new(creation.zeros, "Zeros in the sizes that are given, in this tensor's dtype."),
    "new_ones": new(creation.ones, "Ones in the sizes that are given, in this tensor's dtype."),
    "new_empty": new(creation.empty, "A tensor of the sizes that are given, in this tensor's dtype, not filled."),
    "new_full": new(creation.full, "A number repeated in a size, in this tensor's dtype."),
    "new_tensor": new_tensor,
    "unfold": unfolding.window_view,
}  # fmt: skip


def set_part(part: Any) -> Any:
    """The setter of `.real` or `.imag`."""

    def setter(self: Tensor, value: Any) -> None:
        inplace.copy_(part(self), value)

    return setter


PROPERTIES: dict[str, tuple[Any, ...]] = {
    "requires_grad": (leaves.get_requires_grad, leaves.set_requires_grad),
    "grad": (leaves.get_grad, leaves.set_grad, leaves.del_grad),
    "data": (leaves.get_data, reshaping.set_data, leaves.del_data),
    "grad_fn": (leaves.grad_fn,),
    "is_leaf": (leaves.is_leaf,),
    "output_nr": (leaves.output_nr,),
    "grad_dtype": (leaves.get_grad_dtype, leaves.set_grad_dtype),
    "retains_grad": (hooking.retains_grad,),
    "_version": (leaves.version,),
    "_base": (leaves.base,),
    "T": (arranging.reversed_dims,),
    "mT": (arranging.matrix_transpose,),
    "H": (complexes.hermitian,),
    "mH": (complexes.conjugate_transpose,),
    "real": (complexes.real, set_part(complexes.real)),
    "imag": (complexes.imag, set_part(complexes.imag)),
    "device": (device,),
    "is_cuda": (is_cuda,),
    "itemsize": (element_size,),
    **{name: (getter,) for name, getter in settings.PROPERTIES.items()},
}


CASTS = {
    "float": dtypes.float32, "double": dtypes.float64, "half": dtypes.float16,
    "bfloat16": dtypes.bfloat16, "int": dtypes.int32, "long": dtypes.int64, "short": dtypes.int16, "bool": dtypes.bool_,
    "byte": dtypes.uint8, "char": dtypes.int8, "cfloat": dtypes.complex64, "cdouble": dtypes.complex128,
}  # fmt: skip


def _attach_properties() -> None:
    for name, (getter, *others) in PROPERTIES.items():
        setattr(Tensor, name, property(getter, *(others or [read_only(name)])))


def read_only(name: str) -> Any:
    """The setter of an attribute that cannot be set."""

    def refuse(self: Tensor, value: Any) -> None:
        raise AttributeError(f"attribute '{name}' of 'torch._C.TensorBase' objects is not writable")

    return refuse


def describe() -> None:
    """Give the rows' functions their docstrings."""
    for row in descriptions.DESCRIPTIONS:
        TABLE[row].op.__doc__ = descriptions.docstring(row)


def attach() -> None:
    """Fill the Tensor class from the tables."""
    for name, op in OPERATORS.items():
        setattr(Tensor, f"__{name}__", op)
        setattr(Tensor, f"__r{name}__", reflected(op))
    Tensor.__rtruediv__ = divided_by  # type: ignore[method-assign]
    for name, op in COMPARISONS.items():
        setattr(Tensor, name, op)
    for module, names in METHODS.items():
        for name in names.split():
            method = also_as_numpy(getattr(module, name), name)
            setattr(Tensor, name, method)
            if module in (hooking, leaves):  # these are methods and nothing else
                method.__qualname__ = f"Tensor.{name}"
    for name, op in IN_PLACE.items():
        setattr(Tensor, f"{name}_", inplace.in_place(f"{name}_", op, WITH_OPTIONS.get(name)))
    for name, method in IN_PLACE_OPERATORS.items():
        setattr(Tensor, f"__i{name}__", getattr(Tensor, method))
    for name, dtype in CASTS.items():
        setattr(Tensor, name, caster(name, dtype))
    for name, method in OTHERS.items():
        setattr(Tensor, name, method)
    _attach_properties()
    Tensor.__module__ = "wengert"  # what type(x) prints


attach()
catalog.attach()
nodes.attach()
describe()

__all__ = ["Size", "attach"]
