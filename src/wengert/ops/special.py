"""Rows of special functions whose kernels come from SciPy.

Bessel functions and polynomials are families: a static order is part of the row, and the derivative is of the same
family, so that it is there at every order and nowhere divides by x.
"""

from __future__ import annotations

from itertools import accumulate
from math import log as log_of
from math import pi, sqrt
from typing import Any

import numpy as np

from wengert.core.levels import numpy_dtype
from wengert.dtypes import default, is_half
from wengert.errors import GradError, advice
from wengert.ops.broadcasting import pointwise
from wengert.ops.pointwise import equal, exp, greater, less_equal, log, logical_and, sign, where
from wengert.ops.refusals import no_kernel


def in_floats(x: Any) -> Any:
    """Integers as floats of the default dtype; anything else as it is."""
    return x.astype(default().numpy) if isinstance(x, np.ndarray | np.generic) and x.dtype.kind in "biu" else x


def of_scipy(name: str, *, pick: int | None = None) -> Any:
    """A kernel that calls a function of scipy.special; of half precision in float32, as SciPy knows no such dtype."""

    def kernel(*operands: Any) -> Any:
        from scipy import special  # noqa: PLC0415  takes longer to import than wengert

        function, operands = getattr(special, name), tuple(map(in_floats, operands))
        dtype = np.result_type(*operands)
        given = [np.asarray(x).astype("float32") for x in operands] if is_half(dtype) else operands
        found = function(*given)
        return np.asarray(found if pick is None else found[pick]).astype(dtype, copy=False)

    kernel.is_late = True  # type: ignore[attr-defined]
    return kernel


def late(kernel: Any) -> Any:
    """A kernel of one operand and static parameters that imports SciPy, told to `refusing`."""

    def run(x: Any, *params: Any) -> Any:
        from scipy import special  # noqa: PLC0415  takes longer to import than wengert

        x = in_floats(x)
        wide = x.astype("float32") if is_half(x.dtype) else x
        return np.asarray(kernel(special, wide, *params)).astype(x.dtype, copy=False)

    run.is_late = True  # type: ignore[attr-defined]
    return run


def scipy_row(
    name: str, rule: Any, title: str = "", scipy: str = "", refused: str = "", pick: int | None = None
) -> Any:
    """A row of one operand whose kernel is SciPy's function."""
    return pointwise(
        name,
        rule,
        kernel=lambda xp, x: getattr(xp, name)(x),
        eager=of_scipy(scipy or name, pick=pick),
        promotion="float",
        title=title or name.title().replace("_", ""),
        refuses=[no_kernel(refused or f"{name}_cpu")],
    )


# ------------------------------------------------------------------------ error functions

NORMAL_PEAK = 1 / sqrt(2 * pi)
ERF_PEAK = 2 / sqrt(pi)

ndtr = pointwise(  # the tail keeps its relative accuracy, which (1 + erf(x / sqrt(2))) / 2 loses
    "ndtr",
    lambda dx, x: dx * (exp(x * x * -0.5) * NORMAL_PEAK),
    kernel=lambda xp, x: xp.ndtr(x),
    eager=of_scipy("ndtr"),
    promotion="float",
    title="SpecialNdtr",
    refuses=[no_kernel("ndtr_cpu")],
)
erf = scipy_row("erf", lambda dx, x: dx * (exp(x * -x) * ERF_PEAK), refused="erf_vml_cpu")
erfc = scipy_row("erfc", lambda dx, x: dx * (exp(x * -x) * -ERF_PEAK), refused="erfc_vml_cpu")
erfinv = scipy_row("erfinv", lambda dx, out: dx * (exp(out * out) / ERF_PEAK), refused="erfinv_vml_cpu")

FAR = {"f": 5.0, "d": 12.0}
"""From here on the terms of the derivative of erfcx nearly cancel, and its expansion has all digits of the dtype."""

EXPANSION = tuple(accumulate(range(1, 14), lambda term, n: -term * (n + 0.5), initial=-0.5))
"""The expansion of that derivative in powers of 1 / x^2, times 2 / sqrt(pi)."""


def erfcx_slope(x: Any, out: Any) -> Any:
    """2 x erfcx(x) - 2 / sqrt(pi)."""
    far = greater(x, FAR.get(numpy_dtype(x).char, FAR["f"]))
    inverse = 1 / where(far, x * x, 1)
    tail = EXPANSION[-1]
    for term in reversed(EXPANSION[:-1]):
        tail = inverse * tail + term
    return where(far, inverse * tail * ERF_PEAK, 2 * (x * where(far, 0, out)) - ERF_PEAK)


erfcx = scipy_row("erfcx", lambda dx, x, out: dx * erfcx_slope(x, out), "SpecialErfcx")
ndtri = scipy_row("ndtri", lambda dx, out: dx * (exp(out * out * 0.5) / NORMAL_PEAK), "SpecialNdtri")


def hazard(x: Any, out: Any) -> Any:
    """The density over ndtr(x), of which `out` is the logarithm."""
    upper = greater(x, 0)
    low = 1 / erfcx(where(upper, 0, x) * -sqrt(0.5)) * sqrt(2 / pi)
    return where(upper, exp(-where(upper, x * x * 0.5 + out, 0)) * NORMAL_PEAK, low)


log_ndtr = scipy_row("log_ndtr", lambda dx, x, out: dx * hazard(x, out), "SpecialLogNdtr")

# ------------------------------------------------------------------------ logarithms and powers

exp2 = pointwise(
    "exp2", lambda dx, out: dx * (out * log_of(2)), kernel=lambda xp, x: xp.exp2(x),
    eager=lambda x: np.exp2(x) if x.dtype.kind != "c" else np.exp(x * log_of(2)), promotion="float",
)  # fmt: skip
log2 = pointwise("log2", lambda dx, x: dx / (x * log_of(2)), promotion="float")
log10 = pointwise("log10", lambda dx, x: dx / (x * log_of(10)), promotion="float")
entr = scipy_row("entr", lambda dx, x: -dx * (log(x) + 1), "SpecialEntr")


def products_with_log1p(x: Any, y: Any) -> Any:
    found = np.log1p(y) if isinstance(y, np.ndarray | np.generic) else float(np.log1p(y))
    return np.where(np.isnan(y), y, np.where(np.equal(x, 0), 0, x * found))


xlog1py = pointwise(
    "xlog1py",
    lambda dx, x, y: where(logical_and(equal(x, 0), less_equal(y, -1)), 0, xlog1py(dx, y)),
    lambda dy, x, y: dy * x / (y + 1),
    kernel=lambda xp, x, y: xp.where(xp.isnan(y), y, xp.where(xp.equal(x, 0), 0, x * xp.log1p(y))),
    eager=products_with_log1p,
    promotion="float",
    title="SpecialXlog1Py",
    refuses=[no_kernel("xlog1py_cpu")],
)

# ------------------------------------------------------------------------ gamma functions

lgamma = scipy_row("lgamma", lambda dx, x: dx * digamma(x), scipy="gammaln", refused="lgamma_vml_cpu")
digamma = scipy_row("digamma", lambda dx, x: dx * polygamma(x, 1), scipy="psi", refused="digamma")
polygamma = pointwise(
    "polygamma",
    lambda dx, x, n: dx * polygamma(x, n + 1),
    kernel=lambda xp, x, n: xp.polygamma(x, n),
    eager=late(lambda special, x, n: special.polygamma(n, x)),
    promotion="float",
    refuses=[no_kernel("polygamma")],
)


def zetas(x: Any, y: Any) -> Any:
    """In the dtype of the operands, which the function makes floats."""
    from scipy import special  # noqa: PLC0415  takes longer to import than wengert

    return np.asarray(special.zeta(x, y)).astype(np.result_type(x, y), copy=False)


zetas.is_late = True  # type: ignore[attr-defined]


def no_zeta_slope(*_: Any) -> Any:
    raise GradError(advice("derivative for zeta with respect to self is not implemented", "it has one for other."))


zeta = pointwise(
    "zeta",
    lambda dx: no_zeta_slope(),
    lambda dy, x, y: dy * (-x * zeta(x + 1, y)),
    kernel=lambda xp, x, y: xp.zeta(x, y),
    eager=zetas,
    title="SpecialZeta",
    refuses=[no_kernel("zeta_cpu")],
)


def bell(k: int, logs: Any, psi: Any) -> Any:
    """The k-th derivative of t**(a - 1) / gamma(a) by a, over itself; psi(m) is the polygamma function at a."""
    if k == 0:
        return 1
    first = logs - psi(0)
    if k == 1:
        return first
    if k == 2:
        return first * first - psi(1)
    return first * first * first - 3 * (psi(1) * first) - psi(2)


HIGHEST = 3
"""How often gammainc can be differentiated by its first argument."""


def slope_of_lower_gamma(a: Any, x: Any, k: int) -> Any:
    """The k-th derivative of gammainc(a, x) by a.

    The integral of the k-th derivative of the density, over t = x e^-v where x is below a, minus that over
    t = x e^v above, so that nothing cancels; by the rule of Takahasi and Mori (1974), v = exp(w - e^-w).
    """
    from scipy import special  # noqa: PLC0415  takes longer to import than wengert

    a, x = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(x, np.float64))
    side = np.where(x <= a, -1.0, 1.0)
    logs = np.log(np.where(x > 0, x, 1))
    scale = a * logs - special.gammaln(a)
    polygammas = [special.psi(a), *(special.polygamma(m, a) for m in range(1, k))]
    total, step = np.zeros(a.shape), 1 / 16
    for w in np.arange(-5, 14, step):
        v = side * np.exp(w - np.exp(-w))
        weight = np.exp(scale + a * v - x * np.exp(v)) * np.abs(v) * (1 + np.exp(-w)) * step
        total = total + np.where(weight > 0, weight * bell(k, logs + v, polygammas.__getitem__), 0)
    return np.where(x > 0, -side * total, np.where(x == 0, 0, np.nan))


def lower_gammas(a: Any, x: Any, k: int) -> Any:
    return slope_of_lower_gamma(a, x, k).astype(np.result_type(a, x)) if k else of_scipy("gammainc")(a, x)


lower_gammas.is_late = True  # type: ignore[attr-defined]


def density(a: Any, x: Any) -> Any:
    """The derivative of gammainc(a, x) by x."""
    return exp(multiply_log(a - 1, x) - x - lgamma(a))


def multiply_log(a: Any, x: Any) -> Any:
    """a log(x), and 0 where a is 0."""
    none = equal(a, 0)
    return where(none, 0, a * log(where(none, 1, x)))


def density_slope(a: Any, x: Any, k: int) -> Any:
    """The k-th derivative of the density by a."""
    return density(a, x) * bell(k, log(x), lambda m: digamma(a) if m == 0 else polygamma(a, m))


def slope_of(a: Any, x: Any, k: int) -> Any:
    """The k-th derivative by a, as far as there is one."""
    if k > HIGHEST:
        raise GradError(
            advice("the fourth derivative of gammainc by its first argument is not implemented", "ask for fewer.")
        )
    return gammainc(a, x, k)


gammainc = pointwise(
    "gammainc",
    lambda da, a, x, k: da * slope_of(a, x, k + 1),
    lambda dx, a, x, k: dx * density_slope(a, x, k),
    kernel=lambda xp, a, x, k: xp.gammainc(a, x, k),
    eager=lower_gammas,
    title="Igamma",
    refuses=[no_kernel("igamma_cpu", "biuc")],
)
"""Or its k-th derivative by the first argument."""

gammaincc = pointwise(
    "gammaincc",
    lambda da, a, x: -da * slope_of(a, x, 1),
    lambda dx, a, x: -dx * density(a, x),
    kernel=lambda xp, a, x: xp.gammaincc(a, x),
    eager=of_scipy("gammaincc"),
    title="Igammac",
    refuses=[no_kernel("igammac_cpu", "biuc")],
)

# ------------------------------------------------------------------------ Bessel and Airy functions


def downwards(kind: str, x: Any, n: int) -> Any:
    """(f_(n-1) - f_(n+1)) / 2, where f_-1 is -f_1."""
    return -bessel(x, kind, 1) if n == 0 else (bessel(x, kind, n - 1) - bessel(x, kind, n + 1)) / 2


def upwards(kind: str, x: Any, n: int) -> Any:
    """(f_(n-1) + f_(n+1)) / 2, where f_-1 is f_1."""
    return bessel(x, kind, 1) if n == 0 else (bessel(x, kind, n - 1) + bessel(x, kind, n + 1)) / 2


def spherical(x: Any, n: int) -> Any:
    """(n f_(n-1) - (n + 1) f_(n+1)) / (2 n + 1)."""
    higher = bessel(x, "spherical_j", n + 1)
    return -higher if n == 0 else (n * bessel(x, "spherical_j", n - 1) - (n + 1) * higher) / (2 * n + 1)


BESSEL: dict[str, tuple[str, Any]] = {
    "j": ("j0 j1 jv", lambda x, out, n: downwards("j", x, n)),
    "y": ("y0 y1 yn", lambda x, out, n: downwards("y", x, n)),
    "i": ("i0 i1 iv", lambda x, out, n: upwards("i", x, n)),
    "ie": ("i0e i1e ive", lambda x, out, n: upwards("ie", x, n) - sign(x) * out),
    "k": ("k0 k1 kn", lambda x, out, n: -upwards("k", x, n)),
    "ke": ("k0e k1e kve", lambda x, out, n: out - upwards("ke", x, n)),
    "spherical_j": ("spherical_jn spherical_jn spherical_jn", lambda x, out, n: spherical(x, n)),
}
"""For each kind SciPy's functions of the orders 0 and 1 and of any, and the derivative."""


def bessels(special: Any, x: Any, kind: str, n: int) -> Any:
    names = BESSEL[kind][0].split()
    if n < 2 and names[n] != names[-1]:
        return getattr(special, names[n])(x)
    found = getattr(special, names[-1])(n, x)
    if kind == "ie":  # beyond these SciPy says nan
        size, m = np.maximum(np.abs(x), 1), 4 * n * n
        first = (1 - (m - 1) / (8 * size) * (1 - (m - 9) / (16 * size))) / np.sqrt(2 * pi * size)
        found = np.where(size > FAR_OUT, np.sign(x) ** n * first, found)
    return np.where(np.abs(x) < TINY, 0, found) if kind in ("i", "ie") else found


FAR_OUT, TINY = 1e8, 1e-150
"""From where on three terms are all of an exponentially scaled function; and below what a square is no number."""


bessel = pointwise(
    "bessel",
    lambda dx, x, out, kind, n: dx * BESSEL[kind][1](x, out, n),
    kernel=lambda xp, x, kind, n: xp.bessel(x, kind, n),
    eager=late(bessels),
    promotion="float",
    refuses=[no_kernel("bessel_cpu")],
)
"""By kind and order."""

airy = pointwise(
    "airy",
    lambda dx, x, k: dx * (x * airy(x, 0) if k else airy(x, 1)),
    kernel=lambda xp, x, k: xp.airy(x, k),
    eager=late(lambda special, x, k: special.airy(x)[k]),
    promotion="float",
    title="AiryAi",
    refuses=[no_kernel("airy_ai_cpu")],
)
"""The function Ai, or with 1 its derivative."""

# ------------------------------------------------------------------------ polynomials

JACOBI = {"t": (-0.5, -0.5), "u": (0.5, 0.5), "v": (-0.5, 0.5), "w": (0.5, -0.5), "p": (0.0, 0.0)}
"""The exponents of the weights (1 - x)**a (1 + x)**b to which these polynomials are orthogonal."""


def polynomial_values(special: Any, n: Any, x: Any, kind: str, m: int) -> Any:
    """The m-th derivative of the polynomial of degree n >= m."""
    fewer = n - m
    falling = special.poch(fewer + 1.0, m)  # n! / (n - m)!
    if kind == "h":
        return 2.0**m * falling * special.eval_hermite(fewer, x)
    if kind == "e":
        return falling * special.eval_hermitenorm(fewer, x)
    if kind == "l":
        return (-1.0) ** m * special.eval_genlaguerre(fewer, float(m), x)
    if m == 0 and kind == "t":
        return special.eval_chebyt(n, x)
    if m == 0 and kind in "uvw":
        lower = np.where(n > 0, special.eval_chebyu(np.maximum(n - 1, 0), x), 0)
        return special.eval_chebyu(n, x) + {"u": 0, "v": -1, "w": 1}[kind] * lower
    if m == 0:
        return special.eval_legendre(n, x)
    a, b = JACOBI[kind]
    at_one = special.binom(n + a, n)
    wanted = {"t": 1, "u": n + 1, "v": 1, "w": 2 * n + 1, "p": 1}[kind]
    slope = special.poch(n + a + b + 1, m) / 2.0**m
    return wanted / at_one * slope * special.eval_jacobi(fewer, a + m, b + m, x)


def polynomials(n: Any, x: Any, kind: str, m: int) -> Any:
    from scipy import special  # noqa: PLC0415  takes longer to import than wengert

    n, x = in_floats(n), in_floats(x)
    dtype = np.result_type(n, x)
    n, x = np.broadcast_arrays(np.trunc(np.asarray(n, np.float64)), np.asarray(x, np.float64))
    there = n >= m
    degree = np.where(there, n, m).astype(np.int64)
    return np.where(there, polynomial_values(special, degree, x, kind, m), 0).astype(dtype)


polynomials.is_late = True  # type: ignore[attr-defined]

polynomial = pointwise(
    "polynomial",
    None,
    lambda dx, n, x, kind, m: dx * polynomial(n, x, kind, m + 1),
    kernel=lambda xp, n, x, kind, m: xp.polynomial(n, x, kind, m),
    eager=polynomials,
    promotion="float",
)
"""By the first letter of its kind, or the last of Chebyshev's: t, u, v, w, h, e, l, p."""
