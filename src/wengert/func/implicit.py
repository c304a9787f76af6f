"""Derivatives of solutions: of equations, fixed points, minima and differential equations.

A solution x of F(x, a) = 0 moves with a by dx = -(dF/dx)^-1 dF/da da. That is what one step of Newton's method from
the solution computes, so the solution is found without derivatives and finished by Newton steps that have them: each
doubles the order to which all derivatives are right. So every mode and nesting works with no rule at all.
"""

from __future__ import annotations

from math import ceil, log2
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors
from wengert.core.levels import Tracer, concrete, numpy_dtype
from wengert.core.modes import without_grad
from wengert.core.tensor import Tensor, wrap
from wengert.functions.linalg.solving import solve
from wengert.functions.recording.custom import Function, once_differentiable
from wengert.functions.recording.leaves import detach
from wengert.functions.shaping.arranging import reshape, stack
from wengert.transforms.arguments import as_value
from wengert.transforms.grad import grad, vjp
from wengert.transforms.jacobian import jacrev

if TYPE_CHECKING:
    from collections.abc import Callable


def values_of(args: Any) -> tuple[Any, ...]:
    """The arguments as plain tensors, for a solver that only computes."""
    return tuple(wrap(np.array(concrete(a))) if isinstance(a, Tensor) else a for a in args)


def several(args: Any) -> tuple[Any, ...]:
    """Arguments as a tuple: one may stand by itself, as in SciPy."""
    return args if isinstance(args, tuple) else (args,)


def finished(equation: Callable[..., Any], x: Any, args: tuple[Any, ...], order: int) -> Any:
    """Newton's steps from a solution: they change nothing but give it its derivatives, up to an order."""
    shape, size = tuple(x.shape), x.numel()
    for _ in range(ceil(log2(order + 1))):
        residual = reshape(equation(x, *args), (size,))
        slope = reshape(jacrev(equation)(x, *args), (size, size))
        x = x - reshape(solve(slope, residual), shape)
    return x


def custom_root(
    optimality_fun: Callable[..., Any], solve_fn: Callable[..., Any] | None = None, *, order: int = 3
) -> Callable[..., Any]:
    """A solver whose solutions have derivatives by the parameters, from the equation that they solve.

    >>> import wengert as torch
    >>> @torch.func.custom_root(lambda x, a: x**2 - a)
    ... def square_root(start, a):
    ...     return torch.tensor(float(a) ** 0.5)  # by whatever means
    >>> torch.func.grad(lambda a: square_root(None, a))(4.0)
    tensor(0.2500)

    Args:
        optimality_fun: F(x, *parameters), which the solution makes 0; of the shape of x.
        solve_fn: solver(start, *parameters) returns the solution; left out when used as a decorator.
        order: the highest order of derivatives that must be right.
    """

    def decorated(solver: Callable[..., Any]) -> Callable[..., Any]:
        def solved(start: Any, *parameters: Any) -> Any:
            values = tuple(as_value(p) for p in parameters)
            found = without_grad(solver, start, *values_of(values))
            return finished(optimality_fun, as_value(found), values, order)

        return solved

    return decorated if solve_fn is None else decorated(solve_fn)


def custom_fixed_point(
    fixed_point_fun: Callable[..., Any], solve_fn: Callable[..., Any] | None = None, *, order: int = 3
) -> Callable[..., Any]:
    """As `custom_root`, for solutions of x = f(x, *parameters).

    >>> import wengert as torch
    >>> half = lambda x, a: (x + a) / 2
    >>> limit = torch.func.custom_fixed_point(half, lambda start, a: a)
    >>> torch.func.grad(lambda a: limit(None, a) ** 2)(3.0)
    tensor(6.)
    """
    return custom_root(lambda x, *args: fixed_point_fun(x, *args) - x, solve_fn, order=order)


def root(
    func: Callable[..., Any], x0: Any, args: Any = (), *, method: str = "hybr", tol: float | None = None,
    order: int = 3,
) -> Any:  # fmt: skip
    """The x at which func(x, *args) is 0, by scipy.optimize.root; it has derivatives by args.

    >>> import wengert as torch
    >>> x0, a = torch.ones(1, dtype=torch.float64), torch.tensor([9.0], dtype=torch.float64)
    >>> torch.func.root(lambda x, a: x**2 - a, x0, (a,))
    tensor([3.], dtype=torch.float64)

    Args:
        func: of the unknowns and args; returns a tensor of the shape of the unknowns.
        x0: where to start.
        args: what else func takes.
        method: of scipy.optimize.root.
        tol: when to stop.
        order: the highest order of derivatives that must be right.

    Raises:
        RuntimeError: if the solver does not converge.
    """
    start = as_value(x0)

    def solver(_: Any, *given: Any) -> Any:
        from scipy import optimize  # noqa: PLC0415  takes longer to import than wengert

        shape, dtype = tuple(start.shape), numpy_dtype(start)
        kind = as_value(start).dtype

        def at(flat: Any) -> Any:
            return wrap(flat.reshape(shape)).to(kind)

        size = start.numel()
        found = optimize.root(
            lambda flat: func(at(flat), *given).array.reshape(-1).astype(float),
            np.asarray(concrete(start), float).reshape(-1),
            jac=lambda flat: jacrev(func)(at(flat), *given).array.reshape(size, size).astype(float),
            method=method,
            tol=tol,
        )
        if not found.success:
            raise errors.TransformError(
                errors.advice(f"root: {found.message}", "start nearer, or choose another method.")
            )
        return wrap(found.x.reshape(shape).astype(dtype))

    return custom_root(func, solver, order=order)(None, *several(args))


def minimize(
    func: Callable[..., Any], x0: Any, args: Any = (), *, method: str = "BFGS", tol: float | None = 1e-10,
    order: int = 3,
) -> Any:  # fmt: skip
    """The x at which func(x, *args) is least, by scipy.optimize.minimize; it has derivatives by args.

    >>> import wengert as torch
    >>> a = torch.tensor([3.0], dtype=torch.float64)
    >>> x = torch.func.minimize(lambda x, a: ((x - a) ** 2).sum(), torch.zeros(1, dtype=torch.float64), (a,))
    >>> round(x.item(), 6)
    3.0

    Args and errors as for `root`; func returns a number. The gradient is 0 at the solution: that gives the derivatives.
    """
    start = as_value(x0)
    slope = grad(func)

    def solver(_: Any, *given: Any) -> Any:
        from scipy import optimize  # noqa: PLC0415  takes longer to import than wengert

        shape, dtype, kind = tuple(start.shape), numpy_dtype(start), start.dtype

        def at(flat: Any) -> Any:
            return wrap(flat.reshape(shape)).to(kind)

        found = optimize.minimize(
            lambda flat: float(func(at(flat), *given)),
            np.asarray(concrete(start), float).reshape(-1),
            jac=lambda flat: slope(at(flat), *given).array.reshape(-1).astype(float),
            method=method,
            tol=tol,
        )
        if not found.success and np.abs(np.asarray(found.get("jac", 1.0))).max() > 1e-4:
            raise errors.TransformError(
                errors.advice(f"minimize: {found.message}", "start nearer, or choose another method.")
            )
        return wrap(found.x.reshape(shape).astype(dtype))

    return custom_root(slope, solver, order=order)(None, *several(args))


def odeint(
    func: Callable[..., Any], y0: Any, t: Any, *args: Any, rtol: float = 1e-8, atol: float = 1e-10, method: str = "RK45"
) -> Any:
    """The solution of dy/dt = func(y, t, *args) at the times t, by scipy.integrate.solve_ivp.

    >>> import wengert as torch
    >>> y0, rate = torch.ones(1, dtype=torch.float64), torch.tensor(0.5, dtype=torch.float64)
    >>> times = torch.tensor([0.0, 2.0], dtype=torch.float64)
    >>> torch.func.odeint(lambda y, t, rate: -rate * y, y0, times, rate)[-1]
    tensor([0.3679], dtype=torch.float64)

    Args:
        func: of y, t and args; returns a tensor of the shape of y.
        y0: y at t[0].
        t: the times, rising or falling.
        args: tensors that func takes, by which the solution has gradients.
        rtol: how accurate the solver is, relative to y.
        atol: the same, in the units of y.
        method: of solve_ivp.

    Returns:
        A tensor with y at each time along its first dimension. Gradients by y0, t and args come from the adjoint
        equation, solved backwards (Chen et al. 2018); they cannot be differentiated again.
    """
    tensors = (as_value(y0), as_value(t), *(as_value(a) for a in args))
    if any(isinstance(x, Tracer) for x in tensors):
        raise errors.TransformError(
            errors.advice(
                "odeint: forward derivatives and batches do not pass through SciPy's solver", "use backward()."
            )
        )
    settings = {"rtol": rtol, "atol": atol, "method": method}

    class Solve(Function):
        @staticmethod
        def forward(ctx: Any, y0: Any, t: Any, *args: Any) -> Any:
            found = integrated(lambda y, s: func(y, s, *args), y0, t, settings)
            ctx.save_for_backward(found, t, *args)
            return found

        @staticmethod
        @once_differentiable
        def backward(ctx: Any, g: Any) -> Any:
            ys, t, *args = ctx.saved_tensors
            return adjoint(func, ys, t, args, g, settings)

    return Solve.apply(*tensors)


def integrated(field: Callable[..., Any], y0: Any, t: Any, settings: dict[str, Any]) -> Any:
    """y at all times."""
    from scipy import integrate  # noqa: PLC0415  takes longer to import than wengert

    shape, kind, dtype = tuple(y0.shape), y0.dtype, numpy_dtype(y0)

    def slope(s: float, flat: Any) -> Any:
        return field(wrap(flat.reshape(shape)).to(kind), wrap(np.asarray(s)).to(kind)).array.reshape(-1)

    times = np.asarray(concrete(t), float)
    start = np.asarray(concrete(y0), float).reshape(-1)
    found = integrate.solve_ivp(slope, (times[0], times[-1]), start, t_eval=times, **settings)
    if not found.success:
        raise errors.TransformError(errors.advice(f"odeint: {found.message}", "loosen rtol, or try method='LSODA'."))
    return wrap(found.y.T.reshape(len(times), *shape).astype(dtype))


def adjoint(func: Any, ys: Any, t: Any, args: list[Any], g: Any, settings: dict[str, Any]) -> tuple[Any, ...]:
    """The gradients of y0, t and args from those of y at all times: a goes backwards by da/dt = -a df/dy."""
    times = concrete(t)
    count = len(times)
    a, t_grads = detach(g[-1]), [wrap(np.zeros((), times.dtype))] * count
    sums = [wrap(np.zeros(tuple(p.shape), numpy_dtype(p))) for p in args]
    for i in range(count - 1, 0, -1):
        t_grads[i] = (g[i] * func(ys[i], t[i], *args)).sum()
        y, a, *sums = back(func, ys[i], a, sums, (t[i], t[i - 1]), args, settings)
        del y
        a = a + g[i - 1]
    t_grads[0] = -(a * func(ys[0], t[0], *args)).sum() if count > 1 else t_grads[0]
    return (a, stack(t_grads), *sums)


def back(func: Any, y: Any, a: Any, sums: list[Any], span: Any, args: list[Any], settings: dict[str, Any]) -> list[Any]:
    """y, its adjoint and the gradients of the parameters, carried from one time to an earlier one."""
    parts = [y, a, *sums]
    sizes = [p.numel() for p in parts]
    ends = np.cumsum([0, *sizes])

    def cut(flat: Any) -> list[Any]:
        return [
            wrap(flat[b:e].reshape(tuple(p.shape))).to(p.dtype)
            for b, e, p in zip(ends[:-1], ends[1:], parts, strict=True)
        ]

    def field(flat: Any, s: Any) -> Any:
        y, a, *_ = cut(concrete(flat))
        value, pull = vjp(lambda y, *ps: func(y, s, *ps), y, *args)
        dy, *dps = pull(a)
        pieces = [value, *(-d for d in (dy, *dps))]
        return wrap(np.concatenate([np.asarray(p.array, float).reshape(-1) for p in pieces]))

    start = wrap(np.concatenate([np.asarray(concrete(p), float).reshape(-1) for p in parts]))
    found = integrated(field, start, stack(list(span)), settings)
    return cut(concrete(found)[-1])
