"""Calls of torch.special."""

import numpy as np
from tests.functions.calls import call

ANY = np.array([[-2.3, -1.2, -0.4], [0.3, 0.8, 2.6]])
POSITIVE = np.abs(ANY) + 0.1
UNIT = np.array([-0.8, -0.35, 0.15, 0.6])
BETWEEN = np.array([0.1, 0.35, 0.6, 0.95])
WHOLE = np.array([[3, 5, 2], [7, 1, 8]])
FIRST = np.array([0.4, 1.7, 3.2, 6.0])
SECOND = np.array([0.9, 1.2, 3.9, 2.5])


def one(values, *more, far=(), **options):
    calls = [
        call(values, *more, **options),
        call(np.array(values.flat[-1]), *more, **options),
        call(np.zeros((0, 3)), *more, **options),
    ]
    if len(far):
        calls.append(call(np.array(far), *more, _smooth=False, _name="far", **options))
    return calls


EVERYWHERE = {
    name: [*one(ANY, far=[-30.0, 0.0, 8.0, np.inf, -np.inf])]
    for name in ("erf", "erfc", "ndtr", "exp2", "i0", "i0e", "i1", "i1e")
}
FLAT = {
    name: [*one(ANY)]
    for name in ("erfcx", "log_ndtr", "bessel_j0", "bessel_j1", "modified_bessel_i0", "modified_bessel_i1", "spherical_bessel_j0")
}  # fmt: skip
ABOVE = {
    name: [*one(POSITIVE)]
    for name in ("entr", "gammaln", "digamma", "psi", "bessel_y0", "bessel_y1", "modified_bessel_k0", "modified_bessel_k1", "scaled_modified_bessel_k0", "scaled_modified_bessel_k1")
}  # fmt: skip
POLYNOMIALS = {
    name: [*(call(UNIT, n) for n in (0, 1, 2, 3, 5)), call(POSITIVE, 4), call(UNIT, np.array([1, 2, 3, 9])), call(ANY, -1)]
    for name in (
        *(f"{shifted}chebyshev_polynomial_{kind}" for shifted in ("", "shifted_") for kind in "tuvw"),
        "hermite_polynomial_h", "hermite_polynomial_he", "laguerre_polynomial_l", "legendre_polynomial_p",
    )
}  # fmt: skip
SPECIAL = {
    **EVERYWHERE, **FLAT, **ABOVE, **POLYNOMIALS,
    "airy_ai": one(ANY / 2),  # at -2.3 PyTorch's value is off by 3e-5
    "erfinv": one(UNIT), "ndtri": one(BETWEEN), "logit": [*one(BETWEEN), call(BETWEEN, 0.2), call(BETWEEN, eps=1e-6)],
    "xlog1py": [call(ANY, POSITIVE), call(ANY, POSITIVE[0]), call(ANY, 0.5), call(2.0, POSITIVE), call(np.zeros(3), np.array([-1.0, np.nan, 2.0]), _smooth=False)],
    "xlogy": [call(ANY, POSITIVE)], "zeta": [call(2.5, POSITIVE)],
    "polygamma": [call(0, POSITIVE), call(1, POSITIVE), call(2, POSITIVE), call(3, POSITIVE), call(-1, POSITIVE, _raises="polygamma(n, x) does not support negative n.")],
    "multigammaln": [call(POSITIVE + 2, 1), call(POSITIVE + 2, 3), call(POSITIVE, 0, _raises="p has to be greater than or equal to 1")],
    "gammainc": [call(FIRST, SECOND), call(FIRST[:, None].copy(), SECOND), call(np.array([5.0, 1e-2, 3.0]), np.array([9.0, 1e-3, 30.0]), _smooth=False)],
    "gammaincc": [call(FIRST, SECOND), call(np.array([5.0, 1e-2, 3.0]), np.array([9.0, 1e-3, 30.0]), _smooth=False)],
    "expm1": [call(ANY)], "log1p": [call(POSITIVE)], "sinc": [call(ANY)], "round": [call(ANY), call(ANY, decimals=1)], "expit": [call(ANY)],
    "softmax": [call(ANY, 0)], "log_softmax": [call(ANY, 1)], "logsumexp": [call(ANY, 1)],
}  # fmt: skip
PLAIN = {name: SPECIAL[name] for name in ("erf", "erfc", "erfinv", "exp2", "i0", "logit", "digamma", "polygamma")}
CALLS = {
    **{f"special.{name}": calls for name, calls in SPECIAL.items()}, **PLAIN,
    "lgamma": SPECIAL["gammaln"], "mvlgamma": SPECIAL["multigammaln"], "igamma": SPECIAL["gammainc"], "igammac": SPECIAL["gammaincc"],
    "log2": [*one(POSITIVE), call(POSITIVE + 0.5j)], "log10": [*one(POSITIVE), call(POSITIVE + 0.5j)],
}  # fmt: skip
