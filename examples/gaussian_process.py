"""Regression by a Gaussian process, whose length scale, height and noise are found by the marginal likelihood.

    wengert run examples/gaussian_process.py      on wengert
    python examples/gaussian_process.py           on PyTorch, where it is installed

Rasmussen and Williams 2006, algorithm 2.1: one Cholesky factorisation, through which the gradient passes. The data are
sin(3x) with noise of 0.1; the script fails if the noise found is not near that, or the truth leaves the band of three
deviations too often.
"""

import math

import torch


def kernel(x, y, scale, height):
    """The squared exponential."""
    return height**2 * torch.exp(-0.5 * ((x[:, None] - y[None, :]) / scale) ** 2)


def fitted(x, y, logs):
    """The factor of the covariance, and what solves it for y."""
    scale, height, noise = logs.exp()
    factor = torch.linalg.cholesky(kernel(x, x, scale, height) + noise**2 * torch.eye(len(x), dtype=x.dtype))
    return factor, torch.cholesky_solve(y[:, None], factor)[:, 0]


def negative_log_likelihood(x, y, logs):
    factor, solved = fitted(x, y, logs)
    return 0.5 * y @ solved + factor.diagonal().log().sum() + 0.5 * len(x) * math.log(2 * math.pi)


def predicted(x, y, logs, new):
    """Mean and deviation of the function at new points."""
    factor, solved = fitted(x, y, logs)
    scale, height, _ = logs.exp()
    between = kernel(x, new, scale, height)
    reduced = torch.linalg.solve_triangular(factor, between, upper=False)
    return between.T @ solved, (height**2 - (reduced**2).sum(0)).clamp(min=0).sqrt()


def main():
    torch.manual_seed(0)
    x = torch.linspace(-2, 2, 60, dtype=torch.float64)
    y = torch.sin(3 * x) + 0.1 * torch.randn(60, dtype=torch.float64)
    logs = torch.tensor([0.0, 0.0, -1.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([logs], max_iter=50, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = negative_log_likelihood(x, y, logs)
        loss.backward()
        return loss

    before = closure().item()
    optimizer.step(closure)
    after = closure().item()
    scale, height, noise = logs.detach().exp().tolist()
    print(f"negative log likelihood {before:.2f} -> {after:.2f}")
    print(f"length scale {scale:.3f}, height {height:.3f}, noise {noise:.3f}")
    assert logs.grad.abs().max() < 1e-3, "the likelihood still has a slope"
    assert 0.08 < noise < 0.12, f"noise {noise:.3f}"
    new = torch.linspace(-1.9, 1.9, 100, dtype=torch.float64)
    with torch.no_grad():
        mean, deviation = predicted(x, y, logs, new)
    inside = ((torch.sin(3 * new) - mean).abs() < 3 * deviation).double().mean().item()
    print(f"the truth is within three deviations at {inside:.0%} of the points")
    assert inside > 0.95, f"only {inside:.0%}"


if __name__ == "__main__":
    main()
