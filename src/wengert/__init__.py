"""wengert: PyTorch's autograd without PyTorch, on NumPy arrays.

>>> import wengert as torch
>>> x = torch.tensor(3.0, requires_grad=True)
>>> y = x**2
>>> y.backward()
>>> x.grad
tensor(6.)
"""

import warnings
from importlib import import_module
from math import e, inf, nan, pi
from typing import TYPE_CHECKING, Any

from wengert import autograd, errors, func
from wengert.core.fusing import compile_with as _compile_with
from wengert.core.modes import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from wengert.core.sweeps import sweep_with as _sweep_with
from wengert.core.tensor import Tensor
from wengert.dtypes import (
    bfloat16,
    complex64,
    complex128,
    dtype,
    finfo,
    float16,
    float32,
    float64,
    iinfo,
    int8,
    int16,
    int32,
    int64,
    promote_types,
    set_default_dtype,
    uint8,
    uint16,
    uint32,
    uint64,
)
from wengert.dtypes import (
    bool_ as bool,
)
from wengert.dtypes import (
    complex64 as cfloat,
)
from wengert.dtypes import (
    complex128 as cdouble,
)
from wengert.dtypes import default as get_default_dtype
from wengert.dtypes import float16 as half
from wengert.dtypes import float32 as float
from wengert.dtypes import float64 as double
from wengert.dtypes import int16 as short
from wengert.dtypes import int32 as int
from wengert.dtypes import int64 as long
from wengert.functions import catalog
from wengert.functions import methods as _methods  # noqa: F401  attaches the methods to Tensor
from wengert.functions.elementwise.activations import (
    threshold,
)
from wengert.functions.elementwise.arithmetic import (
    abs,
    absolute,
    acos,
    acosh,
    add,
    allclose,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    ceil,
    clamp,
    clamp_max,
    clamp_min,
    clip,
    cos,
    cosh,
    div,
    divide,
    eq,
    equal,
    exp,
    expm1,
    fix,
    floor,
    floor_divide,
    fmax,
    fmin,
    fmod,
    frac,
    ge,
    gt,
    hypot,
    isclose,
    isfinite,
    isnan,
    le,
    log,
    log1p,
    logaddexp,
    logaddexp2,
    logical_and,
    logical_not,
    logical_or,
    lt,
    maximum,
    minimum,
    mul,
    multiply,
    nan_to_num,
    ne,
    neg,
    negative,
    positive,
    pow,
    reciprocal,
    relu,
    remainder,
    round,
    rsqrt,
    sigmoid,
    sign,
    sin,
    sinc,
    sinh,
    sqrt,
    square,
    sub,
    subtract,
    tan,
    tanh,
    true_divide,
    trunc,
    where,
    xlogy,
)
from wengert.functions.elementwise.blending import addcdiv, addcmul, lerp
from wengert.functions.elementwise.complexes import (
    adjoint,
    angle,
    complex,
    conj,
    conj_physical,
    imag,
    is_complex,
    is_conj,
    is_floating_point,
    isreal,
    polar,
    real,
    resolve_conj,
    sgn,
    view_as_complex,
    view_as_real,
)
from wengert.functions.indexing.putting import (
    index_add,
    index_copy,
    index_fill,
    masked_scatter,
    scatter,
    scatter_add,
)
from wengert.functions.indexing.selecting import (
    gather,
    index_select,
    masked_fill,
    masked_select,
    nonzero,
    take,
)
from wengert.functions.linalg.products import (
    bmm,
    dot,
    matmul,
    mm,
    mv,
    outer,
)
from wengert.functions.making.counting import arange, eye, linspace
from wengert.functions.making.creation import (
    as_tensor,
    empty,
    empty_like,
    from_numpy,
    full,
    full_like,
    ones,
    ones_like,
    tensor,
    zeros,
    zeros_like,
)
from wengert.functions.making.determinism import (
    are_deterministic_algorithms_enabled,
    is_deterministic_algorithms_warn_only_enabled,
    use_deterministic_algorithms,
)
from wengert.functions.making.drawing import bernoulli
from wengert.functions.making.random import (
    Generator,
    default_generator,
    manual_seed,
    rand,
    rand_like,
    randint,
    randn,
    randn_like,
    randperm,
)
from wengert.functions.neural.adaptive import (
    adaptive_avg_pool1d,
)
from wengert.functions.neural.convolution import (
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
)
from wengert.functions.neural.pooling import (
    avg_pool1d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
)
from wengert.functions.neural.softmax import (
    log_softmax,
    softmax,
)
from wengert.functions.recording.anomaly import is_anomaly_check_nan_enabled, is_anomaly_enabled
from wengert.functions.recording.leaves import detach, is_inference
from wengert.functions.reducing.norms import (
    cosine_similarity,
    dist,
    norm,
)
from wengert.functions.reducing.ordering import (
    argsort,
    kthvalue,
    median,
    mode,
    nanmedian,
    sort,
    topk,
)
from wengert.functions.reducing.reductions import (
    all,
    amax,
    amin,
    any,
    argmax,
    argmin,
    logsumexp,
    max,
    mean,
    min,
    nanmean,
    nansum,
    std,
    sum,
    var,
)
from wengert.functions.reducing.scanning import (
    cummax,
    cummin,
    cumprod,
    cumsum,
    logcumsumexp,
    prod,
)
from wengert.functions.shaping.arranging import (
    broadcast_to,
    cat,
    concat,
    concatenate,
    diagonal,
    flatten,
    flip,
    movedim,
    narrow,
    permute,
    ravel,
    reshape,
    select,
    squeeze,
    stack,
    swapaxes,
    t,
    transpose,
    unsqueeze,
)
from wengert.functions.shaping.laying import (
    clone,
    contiguous,
    contiguous_format,
    memory_format,
    preserve_format,
)
from wengert.functions.shaping.pieces import chunk, split, unbind
from wengert.functions.showing.printing import set_printoptions
from wengert.functions.writing.outputs import let_take_out
from wengert.names import later, missing_attribute
from wengert.shapes import Size
from wengert.version import pytorch as __version__

if TYPE_CHECKING:
    from wengert import inspect, io, nn, optim, utils
    from wengert.compiler.compiled import compile
    from wengert.func import vmap
    from wengert.func.control import cond, while_loop
    from wengert.inspect import explain, lint
    from wengert.io import load, save

# The kernels meet 1/0 and log(0) as PyTorch does: inf and nan, and no warning. The filter names
# wengert's own frames only, so NumPy still warns in the user's.
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"wengert\.")

newaxis = None  # as in x[:, newaxis]
let_take_out(globals())
_compile_with(lambda *what, **how: import_module("wengert.compiler.compiled").piece(*what, **how))
_sweep_with(lambda *what, **how: import_module("wengert.compiler.sweeping").sweep(*what, **how))

__all__ = [
    "Generator",
    "Size",
    "Tensor",
    "__version__",
    "abs",
    "absolute",
    "acos",
    "acosh",
    "adaptive_avg_pool1d",
    "add",
    "addcdiv",
    "addcmul",
    "adjoint",
    "all",
    "allclose",
    "amax",
    "amin",
    "angle",
    "any",
    "arange",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "are_deterministic_algorithms_enabled",
    "argmax",
    "argmin",
    "argsort",
    "as_tensor",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "autograd",
    "avg_pool1d",
    "bernoulli",
    "bfloat16",
    "bmm",
    "bool",
    "broadcast_to",
    "cat",
    "cdouble",
    "ceil",
    "cfloat",
    "chunk",
    "clamp",
    "clamp_max",
    "clamp_min",
    "clip",
    "clone",
    "compile",
    "complex",
    "complex64",
    "complex128",
    "concat",
    "concatenate",
    "cond",
    "conj",
    "conj_physical",
    "contiguous",
    "contiguous_format",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "cos",
    "cosh",
    "cosine_similarity",
    "cummax",
    "cummin",
    "cumprod",
    "cumsum",
    "default_generator",
    "detach",
    "diagonal",
    "dist",
    "div",
    "divide",
    "dot",
    "double",
    "dtype",
    "e",
    "empty",
    "empty_like",
    "enable_grad",
    "eq",
    "equal",
    "errors",
    "exp",
    "explain",
    "expm1",
    "eye",
    "finfo",
    "fix",
    "flatten",
    "flip",
    "float",
    "float16",
    "float32",
    "float64",
    "floor",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "frac",
    "from_numpy",
    "full",
    "full_like",
    "func",
    "gather",
    "ge",
    "get_default_dtype",
    "gt",
    "half",
    "hypot",
    "iinfo",
    "imag",
    "index_add",
    "index_copy",
    "index_fill",
    "index_select",
    "inf",
    "inference_mode",
    "inspect",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "io",
    "is_anomaly_check_nan_enabled",
    "is_anomaly_enabled",
    "is_complex",
    "is_conj",
    "is_deterministic_algorithms_warn_only_enabled",
    "is_floating_point",
    "is_grad_enabled",
    "is_inference",
    "is_inference_mode_enabled",
    "isclose",
    "isfinite",
    "isnan",
    "isreal",
    "kthvalue",
    "le",
    "lerp",
    "linspace",
    "lint",
    "load",
    "log",
    "log1p",
    "log_softmax",
    "logaddexp",
    "logaddexp2",
    "logcumsumexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logsumexp",
    "long",
    "lt",
    "manual_seed",
    "masked_fill",
    "masked_scatter",
    "masked_select",
    "matmul",
    "max",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "maximum",
    "mean",
    "median",
    "memory_format",
    "min",
    "minimum",
    "mm",
    "mode",
    "movedim",
    "mul",
    "multiply",
    "mv",
    "nan",
    "nan_to_num",
    "nanmean",
    "nanmedian",
    "nansum",
    "narrow",
    "ne",
    "neg",
    "negative",
    "newaxis",
    "nn",
    "no_grad",
    "nonzero",
    "norm",
    "ones",
    "ones_like",
    "optim",
    "outer",
    "permute",
    "pi",
    "polar",
    "positive",
    "pow",
    "preserve_format",
    "prod",
    "promote_types",
    "rand",
    "rand_like",
    "randint",
    "randn",
    "randn_like",
    "randperm",
    "ravel",
    "real",
    "reciprocal",
    "relu",
    "remainder",
    "reshape",
    "resolve_conj",
    "round",
    "rsqrt",
    "save",
    "scatter",
    "scatter_add",
    "select",
    "set_default_dtype",
    "set_grad_enabled",
    "set_printoptions",
    "sgn",
    "short",
    "sigmoid",
    "sign",
    "sin",
    "sinc",
    "sinh",
    "softmax",
    "sort",
    "split",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "std",
    "sub",
    "subtract",
    "sum",
    "swapaxes",
    "t",
    "take",
    "tan",
    "tanh",
    "tensor",
    "threshold",
    "topk",
    "transpose",
    "true_divide",
    "trunc",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "unbind",
    "unsqueeze",
    "use_deterministic_algorithms",
    "utils",
    "var",
    "view_as_complex",
    "view_as_real",
    "vmap",
    "where",
    "while_loop",
    "xlogy",
    "zeros",
    "zeros_like",
]


__all__ += [name for name in catalog.NAMES if name not in __all__]


def __dir__() -> list[str]:
    return __all__


LATER = {
    "cond": "wengert.func.control",
    "compile": "wengert.compiler.compiled",
    "explain": "wengert.inspect",
    "lint": "wengert.inspect",
    "load": "wengert.io",
    "save": "wengert.io",
    "vmap": "wengert.func",
    "while_loop": "wengert.func.control",
}
SUBMODULES = (
    "amp", "backends", "compiler", "cuda", "distributions", "fft", "inspect", "io", "jit", "linalg", "masked", "nn",
    "optim", "random", "signal", "special", "testing", "utils", "version",
)  # fmt: skip
"""What is imported when it is first asked for; `import wengert` is not to wait for it."""


ABSENT = {
    "distributed": "it computes in one process",
    "export": "there is nothing to export to",
    "fx": "its own graphs are those of wengert.graph",
    "hub": "it downloads nothing",
    "mps": "there are no GPUs",
    "onnx": "there is nothing to export to",
    "quantization": "it has no quantised tensors",
    "sparse": "its tensors are dense",
    "xpu": "there are no GPUs",
}
"""Parts of PyTorch that are left out, and why."""


def __getattr__(name: str) -> Any:
    if name in ABSENT:
        raise AttributeError(
            f"module 'torch' has no attribute {name!r}\nwengert leaves it out: {ABSENT[name]}.", name=name
        )
    if name in SUBMODULES:
        return import_module(f"wengert.{name}")
    if name in LATER:
        return later(globals(), name, LATER[name])
    if name in catalog.NAMES:
        globals()[name] = catalog.function_of_torch(name)
        return globals()[name]
    raise missing_attribute("torch", name, __all__)
