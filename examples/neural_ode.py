"""A neural ordinary differential equation: a network learns the law of a spiral from where it has been.

    wengert run examples/neural_ode.py      on wengert
    python examples/neural_ode.py           on PyTorch, where it is installed

Chen et al. 2018, with gradients through the steps of Runge and Kutta. The spiral is dy/dt = A y^3; the script fails if
the network's own spiral is not within 0.1 of it on average.
"""

from itertools import pairwise

import torch
from torch import nn

STEPS, SPAN, BATCH, LENGTH = 1000, 8.0, 32, 8


def walk(law, state, times):
    """The states at all times, by the classical method of fourth order."""
    states = [state]
    for now, after in pairwise(times):
        h = after - now
        a = law(state)
        b = law(state + h / 2 * a)
        c = law(state + h / 2 * b)
        d = law(state + h * c)
        state = state + h / 6 * (a + 2 * b + 2 * c + d)
        states.append(state)
    return torch.stack(states)


class Law(nn.Module):
    """A network of the cubes of a state."""

    def __init__(self):
        super().__init__()
        self.network = nn.Sequential(nn.Linear(2, 40), nn.Tanh(), nn.Linear(40, 2))

    def forward(self, state):
        return self.network(state**3)


def main():
    torch.manual_seed(0)
    true_law = torch.tensor([[-0.1, 2.0], [-2.0, -0.1]])
    times = torch.linspace(0, SPAN, 161)
    with torch.no_grad():
        spiral = walk(lambda y: y**3 @ true_law, torch.tensor([2.0, 0.0]), times)
    law = Law()
    optimizer = torch.optim.Adam(law.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for step in range(1, STEPS + 1):
        begin = torch.randint(len(times) - LENGTH, (BATCH,))
        seen = torch.stack([spiral[begin + i] for i in range(LENGTH)])
        loss = (walk(law, seen[0], times[:LENGTH]) - seen).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 250 == 0:
            print(f"step {step}: {loss.item():.4f} off within a stretch")
    with torch.no_grad():
        off = (walk(law, spiral[0], times) - spiral).abs().mean().item()
    print(f"the whole spiral is {off:.3f} off on average")
    assert off < 0.1, f"the whole spiral is {off:.3f} off"


if __name__ == "__main__":
    main()
