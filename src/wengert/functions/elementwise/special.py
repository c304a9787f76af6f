"""Special functions under the names of torch.special, as a table: each is a row, or composed of some.

Knows names, PyTorch's words and the dtypes that it refuses. Must not know how to differentiate.
"""

from __future__ import annotations

from functools import partial
from math import log as log_of
from math import pi
from typing import Any

from wengert import dtypes, errors
from wengert.core.dispatch import common_dtype
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor
from wengert.functions.elementwise import arithmetic
from wengert.functions.halves import in_float32
from wengert.functions.values import one_int
from wengert.ops import pointwise as p
from wengert.ops import special as rows
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse


def refuse_half(name: str, *tensors: Any) -> None:
    """Raise in PyTorch's words for half precision and complex numbers."""
    for x in tensors:
        if isinstance(x, Tensor):
            own = dtypes.of_numpy(numpy_dtype(x))
            refuse(own.numpy, no_kernel(name))
            if dtypes.is_half(own.numpy):
                raise errors.UnsupportedError(
                    errors.advice(f"\"{name}\" not implemented for '{own.title}'", "convert with .float() first.")
                )


def documented(name: str, function: Any, sentence: str, example: str, printed: str) -> Any:
    """The function under a name, with a docstring."""
    function.__name__ = function.__qualname__ = name
    space = "torch" if name in ("lgamma", "log2", "log10") else "torch.special"
    call = f"{space}.{name}({example})"
    function.__doc__ = f"{sentence}\n\n>>> import wengert as torch\n>>> {call}\n{printed}"
    return function


def of_one(name: str, op: Any, sentence: str, example: str, printed: str, *, half: bool = True) -> Any:
    """A function of one tensor; half precision is refused where PyTorch has no loop for it."""

    def function(input: Tensor) -> Tensor:
        if not isinstance(input, Tensor):
            raise errors.ArgumentTypeError(
                f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}"
            )
        if not half:
            refuse_half(f"{name}_cpu", input)
        return op(input)  # type: ignore[no-any-return]

    return documented(name, function, sentence, f"torch.tensor([{example}])", printed)


def bessel(kind: str, n: int) -> Any:
    """The Bessel function of a kind and an order."""
    return lambda x: rows.bessel(x, kind, n)


erf = of_one("erf", rows.erf, "The error function.", "0.0, 1.0", "tensor([0.0000, 0.8427])")
erfc = of_one(
    "erfc", rows.erfc, "1 - erf(x), accurate where that is small.", "0.0, 5.0", "tensor([1.0000e+00, 1.5375e-12])"
)
erfinv = of_one("erfinv", rows.erfinv, "The inverse of erf().", "0.0, 0.5, 1.0", "tensor([0.0000, 0.4769,    inf])")
erfcx = of_one("erfcx", rows.erfcx, "exp(x**2) * erfc(x).", "0.0, 10.0", "tensor([1.0000, 0.0561])", half=False)
ndtr = of_one(
    "ndtr", rows.ndtr, "The area under the standard normal density up to x.", "0.0, 1.0", "tensor([0.5000, 0.8413])"
)
ndtri = of_one("ndtri", rows.ndtri, "The inverse of ndtr().", "0.5, 0.9", "tensor([0.0000, 1.2816])", half=False)
log_ndtr = of_one(
    "log_ndtr",
    rows.log_ndtr,
    "log(ndtr(x)), accurate in the tail.",
    "0.0, -20.0",
    "tensor([  -0.6931, -203.9172])",
    half=False,
)
exp2 = of_one("exp2", rows.exp2, "2 to the power of each element.", "0.0, 3.0", "tensor([1., 8.])")
log2 = of_one("log2", rows.log2, "The logarithm to the base 2.", "1.0, 8.0", "tensor([0., 3.])")
log10 = of_one("log10", rows.log10, "The logarithm to the base 10.", "1.0, 10.0", "tensor([0., 1.])")
entr = of_one(
    "entr", rows.entr, "-x log(x), 0 at 0 and -inf below.", "0.5, 0.0, -1.0", "tensor([0.3466, 0.0000,   -inf])"
)
lgamma = of_one("lgamma", rows.lgamma, "log(|gamma(x)|).", "1.0, 5.0", "tensor([0.0000, 3.1781])")
gammaln = of_one("gammaln", rows.lgamma, "log(|gamma(x)|).", "1.0, 5.0", "tensor([0.0000, 3.1781])")
digamma = of_one("digamma", rows.digamma, "The derivative of log(gamma(x)).", "1.0, 2.0", "tensor([-0.5772,  0.4228])")
psi = of_one("psi", rows.digamma, "digamma() under its letter.", "1.0, 2.0", "tensor([-0.5772,  0.4228])")
BESSEL = "The Bessel function of the {} kind and order {}."
i0 = of_one(
    "i0",
    bessel("i", 0),
    "The modified Bessel function of the first kind and order 0.",
    "0.0, 1.0",
    "tensor([1.0000, 1.2661])",
)
i0e = of_one("i0e", bessel("ie", 0), "exp(-|x|) * i0(x).", "0.0, 1.0", "tensor([1.0000, 0.4658])")
i1 = of_one(
    "i1",
    bessel("i", 1),
    "The modified Bessel function of the first kind and order 1.",
    "0.0, 1.0",
    "tensor([0.0000, 0.5652])",
)
i1e = of_one("i1e", bessel("ie", 1), "exp(-|x|) * i1(x).", "0.0, 1.0", "tensor([0.0000, 0.2079])")
bessel_j0 = of_one(
    "bessel_j0",
    bessel("j", 0),
    BESSEL.format("first", 0),
    "0.0, 1.0",
    "tensor([1.0000, 0.7652])",
    half=False,
)
bessel_j1 = of_one(
    "bessel_j1",
    bessel("j", 1),
    BESSEL.format("first", 1),
    "0.0, 1.0",
    "tensor([0.0000, 0.4401])",
    half=False,
)
bessel_y0 = of_one(
    "bessel_y0",
    bessel("y", 0),
    BESSEL.format("second", 0),
    "1.0, 2.0",
    "tensor([0.0883, 0.5104])",
    half=False,
)
bessel_y1 = of_one(
    "bessel_y1",
    bessel("y", 1),
    BESSEL.format("second", 1),
    "1.0, 2.0",
    "tensor([-0.7812, -0.1070])",
    half=False,
)
modified_bessel_i0 = of_one(
    "modified_bessel_i0",
    bessel("i", 0),
    "i0() under its longer name.",
    "0.0, 1.0",
    "tensor([1.0000, 1.2661])",
    half=False,
)
modified_bessel_i1 = of_one(
    "modified_bessel_i1",
    bessel("i", 1),
    "i1() under its longer name.",
    "0.0, 1.0",
    "tensor([0.0000, 0.5652])",
    half=False,
)
modified_bessel_k0 = of_one(
    "modified_bessel_k0",
    bessel("k", 0),
    "The modified Bessel function of the second kind and order 0.",
    "1.0, 2.0",
    "tensor([0.4210, 0.1139])",
    half=False,
)
modified_bessel_k1 = of_one(
    "modified_bessel_k1",
    bessel("k", 1),
    "The modified Bessel function of the second kind and order 1.",
    "1.0, 2.0",
    "tensor([0.6019, 0.1399])",
    half=False,
)
scaled_modified_bessel_k0 = of_one(
    "scaled_modified_bessel_k0",
    bessel("ke", 0),
    "exp(x) * modified_bessel_k0(x).",
    "1.0, 2.0",
    "tensor([1.1445, 0.8416])",
    half=False,
)
scaled_modified_bessel_k1 = of_one(
    "scaled_modified_bessel_k1",
    bessel("ke", 1),
    "exp(x) * modified_bessel_k1(x).",
    "1.0, 2.0",
    "tensor([1.6362, 1.0335])",
    half=False,
)
spherical_bessel_j0 = of_one(
    "spherical_bessel_j0",
    bessel("spherical_j", 0),
    "sin(x) / x, and 1 at 0.",
    "0.0, 1.0",
    "tensor([1.0000, 0.8415])",
    half=False,
)
airy_ai = of_one(
    "airy_ai", lambda x: rows.airy(x, 0), "The Airy function Ai.", "0.0, 1.0", "tensor([0.3550, 0.1353])", half=False
)


def _in_floats(x: Any) -> Any:
    return s.cast(x, dtypes.default().numpy) if numpy_dtype(x).kind in "biu" else x


def round(input: Tensor, *, decimals: int = 0) -> Tensor:
    """Each element rounded to some decimals; halves to the even one.

    >>> import wengert as torch
    >>> torch.special.round(torch.tensor([0.5, 1.26]), decimals=1)
    tensor([0.5000, 1.3000])
    """
    refuse(numpy_dtype(input), no_kernel("round_vml_cpu", "biuc"))
    return arithmetic.round(input, decimals=decimals)


def logit(input: Tensor, eps: float | None = None) -> Tensor:
    """log(x / (1 - x)), the inverse of sigmoid(); with eps, of x moved into [eps, 1 - eps].

    >>> import wengert as torch
    >>> torch.special.logit(torch.tensor([0.5, 0.75]))
    tensor([0.0000, 1.0986])
    """
    refuse(numpy_dtype(input), no_kernel("logit_cpu"))
    if dtypes.is_half(numpy_dtype(input)):
        return in_float32(logit, input, eps)  # type: ignore[no-any-return]
    x = _in_floats(input)
    if eps is None:  # outside there is no slope either, and 0 is as good as -0
        inside = p.logical_and(p.greater_equal(x, 0), p.less_equal(x, 1))
        one = s.cast(inside, numpy_dtype(x))
        x = p.multiply(p.add(x, 0.0), p.divide(one, one))
    else:
        x = p.where(p.less(x, eps), eps, p.where(p.greater(x, 1 - eps), 1 - eps, x))
    return p.subtract(p.log(x), p.log1p(p.negative(x)))  # type: ignore[no-any-return]


def polygamma(n: int, input: Tensor) -> Tensor:
    """The derivative of digamma() of order n.

    >>> import wengert as torch
    >>> torch.special.polygamma(1, torch.tensor([1.0]))
    tensor([1.6449])
    """
    n = one_int(n)
    if not isinstance(n, int):
        raise errors.ArgumentTypeError(f"polygamma(): argument 'n' (position 1) must be int, not {type(n).__name__}")
    if n < 0:
        raise errors.ShapeError("polygamma(n, x) does not support negative n.")
    return rows.polygamma(input, n) if n else rows.digamma(input)  # type: ignore[no-any-return]


def polygamma_of(input: Tensor, n: int) -> Tensor:
    """The derivative of digamma() of order n: `x.polygamma(n)`.

    >>> import wengert as torch
    >>> torch.tensor([1.0]).polygamma(1)
    tensor([1.6449])
    """
    return polygamma(n, input)


def multigammaln(input: Tensor, p: int) -> Tensor:
    """The logarithm of the multivariate gamma function of dimension p.

    >>> import wengert as torch
    >>> torch.special.multigammaln(torch.tensor([2.0]), 2)
    tensor([0.4516])
    """
    if p < 1:
        raise errors.ShapeError("p has to be greater than or equal to 1")
    if numpy_dtype(input).kind == "b":
        raise errors.DtypeError("The input tensor may not be a boolean tensor.")
    terms = [rows.lgamma(input if j == 0 else input - j / 2) for j in range(p)]
    total: Any = terms[0]
    for term in terms[1:]:
        total = total + term
    return total + p * (p - 1) / 4 * log_of(pi)  # type: ignore[no-any-return]


mvlgamma = multigammaln


def xlog1py(input: Any, other: Any) -> Tensor:
    """input * log1p(other), and 0 where input is 0.

    >>> import wengert as torch
    >>> torch.special.xlog1py(torch.tensor([0.0, 2.0]), torch.tensor([3.0, 1.0]))
    tensor([0.0000, 1.3863])
    """
    return rows.xlog1py(input, other)  # type: ignore[no-any-return]


def zeta(input: Any, other: Any) -> Tensor:
    """The Hurwitz zeta function: the sum of (k + other)**-input over k.

    >>> import wengert as torch
    >>> torch.special.zeta(torch.tensor([2.0]), torch.tensor([1.0]))
    tensor([1.6449])

    It has a derivative by other; by input it has none, as in PyTorch: backward() raises.
    """
    refuse_half("zeta_cpu", input, other)
    common = common_dtype([input, other])
    if common.category < dtypes.FLOATING:
        input, other = (s.cast(x, dtypes.default().numpy) if isinstance(x, Tensor) else x for x in (input, other))
    return rows.zeta(input, other)  # type: ignore[no-any-return]


def gammainc(input: Tensor, other: Tensor) -> Tensor:
    """The regularized lower incomplete gamma function: the integral of t**(a - 1) exp(-t) / gamma(a) up to x.

    >>> import wengert as torch
    >>> torch.special.gammainc(torch.tensor([1.0]), torch.tensor([2.0]))
    tensor([0.8647])

    Args:
        input: a.
        other: x.

    It has derivatives by both, which PyTorch's has not.
    """
    return _of_gamma(lambda a, x: rows.gammainc(a, x, 0), "gammainc", input, other)  # type: ignore[no-any-return]


def gammaincc(input: Tensor, other: Tensor) -> Tensor:
    """1 - gammainc(input, other), accurate where that is small.

    >>> import wengert as torch
    >>> torch.special.gammaincc(torch.tensor([1.0]), torch.tensor([2.0]))
    tensor([0.1353])
    """
    return _of_gamma(rows.gammaincc, "gammaincc", input, other)  # type: ignore[no-any-return]


igamma, igammac = gammainc, gammaincc


def _of_gamma(row: Any, name: str, input: Any, other: Any) -> Any:
    for i, (title, x) in enumerate((("input", input), ("other", other)), 1):
        if not isinstance(x, Tensor):
            raise errors.ArgumentTypeError(
                f"special_{name}(): argument '{title}' (position {i}) must be Tensor, not {type(x).__name__}"
            )
    return row(input, other)


# ------------------------------------------------------------------------ polynomials


def polynomial(name: str, kind: str, sentence: str, printed: str, *, shifted: bool = False) -> Any:
    """A family of polynomials; the derivative is by the point, at every order."""

    def function(input: Any, n: Any) -> Tensor:
        refuse_half(f"{name}_cpu", input, n)
        x = 2 * _in_floats(input) - 1 if shifted else input
        return rows.polynomial(n, x, kind, 0)  # type: ignore[no-any-return]

    text = f"{sentence} of degree n, at each element."
    return documented(name, function, text, "torch.tensor([0.5, 1.0]), 2", printed)


chebyshev_polynomial_t = polynomial(
    "chebyshev_polynomial_t", "t", "Chebyshev's polynomial of the first kind", "tensor([-0.5000,  1.0000])"
)
chebyshev_polynomial_u = polynomial(
    "chebyshev_polynomial_u", "u", "Chebyshev's polynomial of the second kind", "tensor([0., 3.])"
)
chebyshev_polynomial_v = polynomial(
    "chebyshev_polynomial_v", "v", "Chebyshev's polynomial of the third kind", "tensor([-1.,  1.])"
)
chebyshev_polynomial_w = polynomial(
    "chebyshev_polynomial_w", "w", "Chebyshev's polynomial of the fourth kind", "tensor([1., 5.])"
)
shifted = partial(polynomial, shifted=True)
shifted_chebyshev_polynomial_t = shifted(
    "shifted_chebyshev_polynomial_t", "t", "Chebyshev's polynomial of the first kind on [0, 1]", "tensor([-1.,  1.])"
)
shifted_chebyshev_polynomial_u = shifted(
    "shifted_chebyshev_polynomial_u", "u", "Chebyshev's polynomial of the second kind on [0, 1]", "tensor([-1.,  3.])"
)
shifted_chebyshev_polynomial_v = shifted(
    "shifted_chebyshev_polynomial_v", "v", "Chebyshev's polynomial of the third kind on [0, 1]", "tensor([-1.,  1.])"
)
shifted_chebyshev_polynomial_w = shifted(
    "shifted_chebyshev_polynomial_w", "w", "Chebyshev's polynomial of the fourth kind on [0, 1]", "tensor([-1.,  5.])"
)
hermite_polynomial_h = polynomial(
    "hermite_polynomial_h", "h", "The physicists' Hermite polynomial", "tensor([-1.,  2.])"
)
hermite_polynomial_he = polynomial(
    "hermite_polynomial_he", "e", "The probabilists' Hermite polynomial", "tensor([-0.7500,  0.0000])"
)
laguerre_polynomial_l = polynomial("laguerre_polynomial_l", "l", "Laguerre's polynomial", "tensor([ 0.1250, -0.5000])")
legendre_polynomial_p = polynomial("legendre_polynomial_p", "p", "Legendre's polynomial", "tensor([-0.1250,  1.0000])")
