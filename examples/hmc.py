"""Hamiltonian Monte Carlo: samples of a distribution of which only the gradient of its logarithm is needed.

    wengert run examples/hmc.py      on wengert
    python examples/hmc.py           on PyTorch, where it is installed

Neal 2011: leapfrog steps with a test at the end, 16 chains side by side. The distribution is a Gaussian in two
dimensions with correlation 0.8; the script fails if mean or covariance of the samples are off by more than 0.15.
"""

import torch

CHAINS, SAMPLES, BURN_IN, LEAPS, STEP = 16, 150, 30, 8, 0.25
MEAN = torch.tensor([1.0, -2.0], dtype=torch.float64)
COVARIANCE = torch.tensor([[1.0, 0.8], [0.8, 1.0]], dtype=torch.float64)
PRECISION = torch.linalg.inv(COVARIANCE)


def energy(place):
    """The negative logarithm of the density, up to a constant: a number for each chain."""
    apart = place - MEAN
    return 0.5 * (apart @ PRECISION * apart).sum(1)


def slope(place):
    place = place.detach().requires_grad_()
    (found,) = torch.autograd.grad(energy(place).sum(), place)
    return found


def leap(place, speed):
    """A walk that nearly keeps the sum of both energies."""
    speed = speed - STEP / 2 * slope(place)
    for i in range(LEAPS):
        place = place + STEP * speed
        speed = speed - (STEP if i < LEAPS - 1 else STEP / 2) * slope(place)
    return place, speed


def main():
    torch.manual_seed(0)
    place = torch.zeros(CHAINS, 2, dtype=torch.float64)
    kept, taken = [], 0.0
    for i in range(BURN_IN + SAMPLES):
        speed = torch.randn(CHAINS, 2, dtype=torch.float64)
        proposed, after = leap(place, speed)
        change = energy(place) + 0.5 * (speed**2).sum(1) - energy(proposed) - 0.5 * (after**2).sum(1)
        accepted = torch.rand(CHAINS, dtype=torch.float64) < change.exp()
        place = torch.where(accepted[:, None], proposed, place)
        if i >= BURN_IN:
            kept.append(place)
            taken += accepted.double().mean().item() / SAMPLES
    samples = torch.cat(kept)
    mean, covariance = samples.mean(0), torch.cov(samples.T)
    print(f"{len(samples)} samples, {taken:.0%} of the proposals taken")
    print(f"mean {mean.tolist()[0]:.2f} {mean.tolist()[1]:.2f}, correlation {covariance[0, 1]:.2f}")
    assert (mean - MEAN).abs().max() < 0.15, mean
    assert (covariance - COVARIANCE).abs().max() < 0.15, covariance
    assert taken > 0.8, taken


if __name__ == "__main__":
    main()
