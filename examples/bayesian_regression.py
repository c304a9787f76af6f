"""Linear regression with error bars: a normal distribution of the weights is fitted until it is the posterior.

    wengert run examples/bayesian_regression.py      on wengert
    python examples/bayesian_regression.py           on PyTorch, where it is installed

The posterior is known in closed form here, so the fit is held against it: the script fails if it is far from that.
"""

import torch
from torch.distributions import MultivariateNormal, Normal, constraints, kl_divergence, transform_to

NOISE = 0.5
STEPS, DRAWS = 800, 64


def measurements():
    """A line of intercept 1 and slope -2, measured at 40 places."""
    places = torch.linspace(-1, 1, 40)
    features = torch.stack([torch.ones_like(places), places], dim=1)
    values = Normal(features @ torch.tensor([1.0, -2.0]), NOISE).sample()
    return features, values


def posterior(prior, features, values):
    """What is known of the weights after the measurements, by Bayes' rule."""
    precision = prior.precision_matrix + features.T @ features / NOISE**2
    mean = torch.linalg.solve(precision, features.T @ values / NOISE**2)
    return MultivariateNormal(mean, precision_matrix=precision)


def fitted(prior, features, values):
    """The normal distribution with the largest evidence, found by the gradient through its samples."""
    mean = torch.zeros(2, requires_grad=True)
    free = torch.zeros(2, 2, requires_grad=True)  # any matrix; the transform makes a triangle of it
    to_triangle = transform_to(constraints.lower_cholesky)
    optimizer = torch.optim.Adam([mean, free], lr=0.05)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for step in range(STEPS):
        guess = MultivariateNormal(mean, scale_tril=to_triangle(free))
        weights = guess.rsample((DRAWS,))
        likelihood = Normal(weights @ features.T, NOISE).log_prob(values).sum(-1).mean()
        loss = kl_divergence(guess, prior) - likelihood
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 200 == 0:
            print(f"step {step:3}: bound {-loss.item():8.2f}")
    return MultivariateNormal(mean.detach(), scale_tril=to_triangle(free).detach())


def main():
    torch.manual_seed(0)
    features, values = measurements()
    prior = MultivariateNormal(torch.zeros(2), 4 * torch.eye(2))
    exact, found = posterior(prior, features, values), fitted(prior, features, values)
    for name, d in (("exact", exact), ("fitted", found)):
        numbers = [f"{m:6.3f} ± {s:.3f}" for m, s in zip(d.mean.tolist(), d.stddev.tolist(), strict=True)]
        print(f"{name:6}: intercept {numbers[0]}, slope {numbers[1]}")
    distance = kl_divergence(found, exact).item()
    print(f"divergence from the posterior: {distance:.4f}")
    assert distance < 0.02


if __name__ == "__main__":
    main()
