"""What loops are made of a dozen programs: their texts are kept in golden/kernels.txt, read by eye, and compared.

python -m tests.test_kernels        writes the file anew
"""

from pathlib import Path

import pytest

import wengert as torch
from wengert.nn import functional

GOLDEN = Path(__file__).with_name("golden") / "kernels.txt"


def given(*shape):
    """A leaf whose values do not matter."""
    return torch.linspace(-1, 1, torch.Size(shape).numel()).reshape(shape).requires_grad_()


def step_of(f, *shapes):
    """The gradient of the sum of f, as a training step computes it."""
    leaves = [given(*shape) for shape in shapes]

    def step():
        return torch.autograd.grad(f(*leaves).sum(), leaves)

    return step


def momentum():
    w, v = given(6), torch.zeros(6)
    x = torch.linspace(0, 1, 6)

    def step():
        loss = ((w * x - 1) ** 2).mean()
        (g,) = torch.autograd.grad(loss, [w])
        with torch.no_grad():
            v.mul_(0.9).add_(g)
            w.sub_(v, alpha=0.1)
        return loss.detach()

    return step


def oscillator():
    start = torch.tensor([1.0, 0.0])

    def run():
        y = start
        for _ in range(3):
            y = y + 0.1 * torch.stack([y[1], -y[0]])
        return y

    return run


LABELS = torch.tensor([1, 0, 2])
PROGRAMS = {
    "a chain of elementwise operations": step_of(lambda x: torch.sin(x) * torch.exp(-x), (8,)),
    "a sum over rows, and over columns": step_of(lambda x: x.sum(1) ** 2 + x.sum(0) ** 3, (3, 3)),
    "softmax": step_of(lambda x: torch.softmax(x, 1) ** 2, (4, 5)),
    "layer norm": step_of(lambda x, w, b: functional.layer_norm(x, (5,), w, b) ** 2, (4, 5), (5,), (5,)),
    "cross entropy": step_of(lambda x: functional.cross_entropy(x, LABELS), (3, 4)),
    "a layer with its activation": step_of(lambda x, w, b: torch.tanh(x @ w + b), (4, 3), (3, 2), (2,)),
    "a stack of products": step_of(lambda x, y: (x @ y) ** 2, (2, 3, 4), (2, 4, 3)),
    "one matrix with many vectors": step_of(
        lambda x, y: torch.func.vmap(torch.mv, (None, 0))(x, y) ** 2, (3, 4), (5, 4)
    ),
    "broadcasting": step_of(lambda x, y: x * y + y, (3, 1), (4,)),
    "rows picked out": step_of(lambda x: x[torch.tensor([2, 0, 2])] ** 2, (3, 2)),
    "the largest, and where": step_of(lambda x: torch.where(x > 0, x, 0.1 * x).amax(1), (3, 4)),
    "a step with momentum": momentum(),
    "three steps of an oscillator": oscillator(),
    "views and writes": step_of(lambda x: (x * 1).t().flip(0)[1:].mul_(2) ** 2, (3, 4)),
}


def text_of(program):
    """What a program runs, once it is compiled."""
    compiled = torch.compile(program)
    for _ in range(3):
        compiled()
    return compiled.kernels()


def written():
    """The whole file."""
    return "\n\n".join(f"# {name}\n\n{text_of(program)}" for name, program in PROGRAMS.items()) + "\n"


def kept():
    """The texts in the file, by the name of the program."""
    found = {}
    for line in GOLDEN.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            lines = found[line[2:]] = []
        else:
            lines.append(line)
    return {name: "\n".join(lines).strip() for name, lines in found.items()}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_kernels_of_a_program(name):
    pytest.importorskip("llvmlite", reason="loops are for machine code")
    assert text_of(PROGRAMS[name]).strip() == kept()[name]


def test_nothing_is_kept_of_programs_that_are_gone():
    assert list(kept()) == list(PROGRAMS)


if __name__ == "__main__":
    GOLDEN.write_text(written(), encoding="utf-8")
