"""L-BFGS: Newton's method with a Hessian that is guessed from the last gradients."""

from __future__ import annotations

from typing import Any

from wengert import errors
from wengert.core.modes import enable_grad, no_grad
from wengert.core.tensor import Tensor
from wengert.functions.elementwise.complexes import view_as_real
from wengert.functions.making.creation import zeros_like
from wengert.functions.shaping.arranging import cat
from wengert.optim.linesearch import strong_wolfe
from wengert.optim.optimizer import Optimizer, check, checked_rate


class LBFGS(Optimizer):
    """Minimizes a loss that a closure computes as often as it is asked to.

    >>> import wengert as torch
    >>> w = torch.tensor([3.0, -2.0], requires_grad=True)
    >>> optimizer = torch.optim.LBFGS([w], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (w**2 * torch.tensor([1.0, 10.0])).sum()
    ...     loss.backward()
    ...     return loss
    >>> loss = optimizer.step(closure)
    >>> closure().item() < 1e-8
    True

    Args:
        params: one group of parameters.
        lr: the length of a step.
        max_iter: the most iterations of one step.
        max_eval: the most evaluations of the closure in one step; 1.25 * max_iter if None.
        tolerance_grad: ends where no gradient is larger.
        tolerance_change: ends where neither the parameters nor the loss change by more.
        history_size: how many changes of the gradient are kept.
        line_search_fn: None or "strong_wolfe".
    """

    def __init__(self, params: Any, lr: Any = 1, max_iter: int = 20, max_eval: int | None = None,
                 tolerance_grad: float = 1e-7, tolerance_change: float = 1e-9, history_size: int = 100,
                 line_search_fn: str | None = None) -> None:  # fmt: skip
        checked_rate(lr)
        super().__init__(params, {
            "lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change, "history_size": history_size,
            "line_search_fn": line_search_fn,
        })  # fmt: skip
        check(
            (
                len(self.param_groups) == 1,
                "LBFGS doesn't support per-parameter options (parameter groups)",
            )
        )
        self._params = self.param_groups[0]["params"]

    def _flat_gradient(self) -> Tensor:
        parts = [zeros_like(p) if p.grad is None else p.grad for p in self._params]
        parts = [view_as_real(part) if part.dtype.is_complex else part for part in parts]
        return cat([part.reshape(-1) for part in parts], 0)

    def _move(self, length: Any, direction: Tensor) -> None:
        start = 0
        for p in self._params:
            values = view_as_real(p) if p.dtype.is_complex else p
            size = values.numel()
            values.add_(direction[start : start + size].reshape(values.shape), alpha=length)
            start += size

    def _evaluate_at(self, closure: Any, start: list[Tensor], length: Any, direction: Tensor) -> Any:
        """The loss and the gradient a length away from a place, where the parameters are left again."""
        self._move(length, direction)
        loss = float(closure())
        gradient = self._flat_gradient()
        for p, values in zip(self._params, start, strict=True):
            p.copy_(values)
        return loss, gradient

    def step(self, closure: Any = None) -> Any:
        """Take up to max_iter iterations; returns the loss at the start.

        Args:
            closure: clears the gradients, computes the loss, calls backward(), and returns the loss.
        """
        if len(self.param_groups) != 1:
            raise AssertionError(f"Expected exactly one param_group, but got {len(self.param_groups)}")
        if closure is None:
            raise errors.ArgumentTypeError("LBFGS.step() missing 1 required positional argument: 'closure'")

        def evaluate() -> Any:
            with enable_grad():
                return closure()

        with no_grad():
            return self._minimize(evaluate)

    def _minimize(self, closure: Any) -> Any:
        group, state = self.param_groups[0], self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first = closure()
        loss, evaluations = float(first), 1
        state["func_evals"] += 1
        gradient = self._flat_gradient()
        if _largest(gradient) <= group["tolerance_grad"]:
            return first
        lr = group["lr"]
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            direction, scale = self._direction(state, gradient, group["history_size"])
            before, last = gradient.clone(), loss
            length = min(1.0, 1.0 / gradient.abs().sum().item()) * lr if state["n_iter"] == 1 else lr
            slope = gradient.dot(direction).item()
            state.update(d=direction, t=length, H_diag=scale, prev_flat_grad=before, prev_loss=last)
            if slope > -group["tolerance_change"]:
                break
            left = group["max_eval"] - evaluations
            loss, gradient, length, used = self._along(closure, group, direction, length,
                                                       (loss, gradient, slope), iteration, left)  # fmt: skip
            state["t"] = length
            evaluations += used
            state["func_evals"] += used
            if (
                iteration == group["max_iter"]
                or evaluations >= group["max_eval"]
                or _largest(gradient) <= group["tolerance_grad"]
                or _largest(direction.mul(length)) <= group["tolerance_change"]
                or abs(loss - last) < group["tolerance_change"]
            ):
                break
        return first

    def _along(self, closure: Any, group: dict[str, Any], direction: Tensor, length: Any, here: Any,
               iteration: int, left: int) -> Any:  # fmt: skip
        """Go along a direction: the loss and the gradient there, the length, and how often the closure was called.

        Of the evaluations that one step may do, `left` are left.
        """
        loss, gradient, slope = here
        name = group["line_search_fn"]
        if name is not None:
            if name != "strong_wolfe":
                raise errors.GradError("only 'strong_wolfe' is supported")
            start = [p.clone() for p in self._params]
            found = strong_wolfe(
                lambda t: self._evaluate_at(closure, start, t, direction), direction, length, loss, gradient, slope,
                left,
            )  # fmt: skip
            self._move(found.length, direction)
            return found.loss, found.gradient, found.length, found.evaluations
        self._move(length, direction)
        if iteration == group["max_iter"]:  # nobody would look at what is there
            return loss, gradient, length, 0
        return float(closure()), self._flat_gradient(), length, 1

    def _direction(self, state: dict[str, Any], gradient: Tensor, most: int) -> tuple[Tensor, Any]:
        """Where to go: the gradient, times the guessed inverse of the Hessian."""
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[])
            return gradient.neg(), 1
        changes, steps, inverses, scale = state["old_dirs"], state["old_stps"], state["ro"], state["H_diag"]
        change = gradient.sub(state["prev_flat_grad"])
        step = state["d"].mul(state["t"])
        product = change.dot(step).item()
        if product > 1e-10:
            if len(changes) == most:
                del changes[0], steps[0], inverses[0]
            changes.append(change)
            steps.append(step)
            inverses.append(1.0 / product)
            scale = product / change.dot(change).item()
        direction = gradient.neg()
        weights = state.setdefault("al", [None] * most)
        for i in reversed(range(len(changes))):
            weights[i] = steps[i].dot(direction).item() * inverses[i]
            direction.add_(changes[i], alpha=-weights[i])
        direction.mul_(scale)
        for i in range(len(changes)):
            back = changes[i].dot(direction).item() * inverses[i]
            direction.add_(steps[i], alpha=weights[i] - back)
        return direction, scale


def _largest(values: Tensor) -> float:
    found: float = values.abs().max().item()
    return found
