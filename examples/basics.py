"""The basics of autograd, as an ordinary PyTorch script.

    wengert run examples/basics.py      on wengert
    python examples/basics.py           on PyTorch, where it is installed

Four short parts: the derivative of a formula, the chain rule, gradients that add up, and a line fitted to points.
Each part compares what autograd says with what paper and pencil say, and the script fails if they differ.
"""

import torch


def derivative_of_a_formula():
    """f(x) = x^3 - 4x has the derivative 3x^2 - 4."""
    print("A derivative")
    print(f"  {'x':>5} {'f(x)':>8} {'autograd':>9} {'by hand':>8}")
    for value in (-2.0, -0.5, 0.0, 1.5, 3.0):
        x = torch.tensor(value, requires_grad=True)
        f = x**3 - 4 * x
        f.backward()
        by_hand = 3 * value**2 - 4
        print(f"  {value:>5.1f} {f.item():>8.3f} {x.grad.item():>9.3f} {by_hand:>8.3f}")
        assert abs(x.grad.item() - by_hand) < 1e-5


def chain_rule():
    """A bead on a circle: r(t) = sqrt(u), u = (3t)^2 + (4t)^2, so r = 5t and dr/dt = 5 for t > 0."""
    print("\nThe chain rule")
    t = torch.tensor(0.7, requires_grad=True)
    across, up = 3 * t, 4 * t
    distance = (across**2 + up**2) ** 0.5
    distance.backward()
    print(f"  distance at t = 0.7 is {distance.item():.3f}, it grows at {t.grad.item():.3f} per unit of t")
    assert abs(distance.item() - 3.5) < 1e-5
    assert abs(t.grad.item() - 5.0) < 1e-5


def gradients_add_up():
    """backward() adds to .grad, so two passes give the sum of both gradients, until zero_() clears it."""
    print("\nGradients add up")
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    (x**2).sum().backward()
    first = x.grad.tolist()
    (10 * x).sum().backward()
    both = x.grad.tolist()
    x.grad.zero_()
    (10 * x).sum().backward()
    fresh = x.grad.tolist()
    print(f"  after x^2           {first}")
    print(f"  and 10x on top      {both}")
    print(f"  cleared, then 10x   {fresh}")
    assert first == [2.0, 4.0, 6.0]
    assert both == [12.0, 14.0, 16.0]
    assert fresh == [10.0, 10.0, 10.0]


def fit_a_line():
    """Gradient descent on the mean squared error finds the line that least squares gives in closed form."""
    print("\nA line through points")
    torch.manual_seed(7)
    celsius = torch.arange(21) / 20 * 4 - 2
    reading = 1.8 * celsius + 3.2 + 0.05 * torch.randn(21)
    slope = torch.tensor(0.0, requires_grad=True)
    offset = torch.tensor(0.0, requires_grad=True)
    rate = 0.1

    print(f"  {'step':>4} {'loss':>10} {'slope':>8} {'offset':>8}")
    for step in range(81):
        loss = ((slope * celsius + offset - reading) ** 2).mean()
        loss.backward()
        if step % 10 == 0:
            print(f"  {step:>4} {loss.item():>10.5f} {slope.item():>8.4f} {offset.item():>8.4f}")
        with torch.no_grad():
            slope -= rate * slope.grad
            offset -= rate * offset.grad
        slope.grad.zero_()
        offset.grad.zero_()

    best_slope, best_offset = least_squares(celsius, reading)
    print(f"  least squares gives {best_slope:.4f} and {best_offset:.4f}")
    assert abs(slope.item() - best_slope) < 1e-4
    assert abs(offset.item() - best_offset) < 1e-4
    assert abs(best_slope - 1.8) < 0.1
    assert abs(best_offset - 3.2) < 0.1


def least_squares(x, y):
    """The slope and offset of the best line, from the textbook formula."""
    from_mean = x - x.mean()
    slope = (from_mean * y).sum() / (from_mean**2).sum()
    return slope.item(), (y.mean() - slope * x.mean()).item()


if __name__ == "__main__":
    derivative_of_a_formula()
    chain_rule()
    gradients_add_up()
    fit_a_line()
    print("\nAll numbers agree.")
