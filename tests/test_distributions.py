"""Numbers of other distributions: those that PyTorch 2.13 draws on the CPU, from the same seed."""

import pytest

import wengert as torch

DRAWS = {
    "zeros(n).exponential_()": [0.3276, 0.3198, 1.9812],
    "zeros(n).exponential_(2.5)": [0.1311, 0.1279, 0.7925],
    "zeros(n).geometric_(0.3)": [4, 4, 1],
    "zeros(n).cauchy_(1.0, 2.0)": [-0.6611, -0.7224, 5.3238],
    "zeros(n).log_normal_(1.0, 0.5)": [2.5259, 4.0272, 4.3641],
    "zeros(n).random_(10)": [5, 2, 1],
    "zeros(n).random_(-5, 10)": [-5, 2, -4],
    "zeros(n).random_()": [8974492, 3335306, 11059538],
    "zeros(n, dtype=torch.float64).random_()": [2516435200042024, 2465213813629881, 7765043079597394],
    "zeros(n, dtype=torch.int8).random_()": [47, 68, 25],
    "zeros(n, dtype=torch.int64).random_(-2**63, None)": [
        1407639518939636932, -4059781650074555914, 8087222774582268115,
    ],
    "randint_like(torch.zeros(n), -3, 5)": [4, 1, -2],
    "normal(2.0, 3.0, (n,))": [1.5596, 4.3584, 4.8405],
    "normal(torch.arange(3.0), torch.arange(3.0))": [0, 1.7861, 3.8936],
    "normal(2.0, torch.arange(3.0))": [2, 2.7861, 3.8936],
    "poisson(torch.tensor([0.0, 0.5, 3.0, 9.0, 20.0, 100.0]))": [0, 0, 5, 6, 14, 118],
    "binomial(torch.tensor([10.0, 20.0, 100.0, 5.0]), torch.tensor([0.5, 0.1, 0.4, 1.0]))": [7, 2, 30, 5],
    "multinomial(torch.tensor([0.1, 0.0, 3.0, 0.6]), 4)": [2, 3, 0, 1],
    "multinomial(torch.tensor([0.1, 0.0, 3.0, 0.6]), 8, replacement=True)": [2, 2, 3, 2, 3, 3, 2, 2],
}  # fmt: skip
REFUSED = {
    "zeros(2).exponential_(-1)": "exponential_ expects lambda > 0.0, but found lambda=-1",
    "zeros(2).geometric_(0)": r"geometric_ expects p to be in \(0, 1\), but got p=0",
    "zeros(2).cauchy_(0, -1)": "cauchy_ expects sigma > 0.0, but found sigma=-1",
    "zeros(2).log_normal_(0, -1)": "log_normal_ expects std > 0.0, but found std=-1",
    "zeros(2).random_(5, 3)": "random_ expects 'from' to be less than 'to', but got from=5 >= to=3",
    "zeros(2, dtype=torch.uint8).random_(500)": "to - 1 is out of bounds for unsigned char",
    "zeros(2, dtype=torch.int64).exponential_()": "Exponential distribution is a continuous probability distribution",
    "multinomial(torch.ones(4), 5)": "cannot sample n_sample > prob_dist.size",
    "multinomial(-torch.ones(4), 2)": "probability tensor contains either `inf`, `nan` or element < 0",
    "multinomial(torch.zeros(4), 2)": r"invalid multinomial distribution \(sum of probabilities <= 0\)",
    "normal(2.0, -3.0, (4,))": "normal expects std >= 0.0, but found std -3",
    "poisson(torch.tensor([-1.0]))": "invalid Poisson rate, expected rate to be non-negative",
    "set_rng_state(torch.zeros(3, dtype=torch.uint8))": "Expected a CPUGeneratorImplState of size 5056",
    "set_rng_state(torch.zeros(3))": "RNG state must be a torch.ByteTensor",
}


def drawn(torch, call):
    torch.manual_seed(7)
    return eval(f"torch.{call}", {"torch": torch, "n": 3})


@pytest.mark.parametrize("call", DRAWS)
def test_the_same_seed_draws_the_same_numbers(call):
    assert drawn(torch, call).tolist() == pytest.approx(DRAWS[call], abs=1e-4)


@pytest.mark.parametrize("call", REFUSED)
def test_what_cannot_be_drawn_is_refused(call):
    with pytest.raises((RuntimeError, TypeError), match=REFUSED[call]):
        drawn(torch, call)


@pytest.mark.peers
@pytest.mark.parametrize("call", DRAWS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("count", [1, 15, 16, 17, 40, 1000])
def test_they_are_those_of_pytorch(call, dtype, count):
    theirs = pytest.importorskip("torch", reason="PyTorch is not installed")
    call = call.replace("zeros(n)", f"zeros({count}, dtype=torch.{dtype})").replace("(n,)", f"({count},)")
    ours, wanted = drawn(torch, call), drawn(theirs, call)
    assert ours.tolist() == pytest.approx(wanted.tolist(), rel=1e-5, abs=1e-6)


def test_a_state_is_saved_and_restored():
    torch.manual_seed(7)
    torch.randn(3)  # leaves a normal number for the next call
    state = torch.get_rng_state()
    assert state.shape == (5056,)
    first = torch.randn(5)
    torch.set_rng_state(state)
    assert torch.equal(torch.randn(5), first)
    with torch.random.fork_rng():
        torch.rand(100)
    torch.set_rng_state(state)
    assert torch.random.initial_seed() == 7


def test_a_generator_has_a_state_of_its_own():
    g = torch.Generator().manual_seed(1)
    again = g.clone_state()
    first = torch.rand(3, generator=g)
    assert torch.equal(torch.rand(3, generator=again), first)
    assert g.set_state(torch.Generator().manual_seed(1).get_state()) is g
    assert torch.equal(torch.rand(3, generator=g), first)


@pytest.mark.peers
def test_the_bytes_of_a_state_are_those_of_pytorch():
    theirs = pytest.importorskip("torch", reason="PyTorch is not installed")
    theirs.manual_seed(5)
    theirs.rand(700)
    torch.set_rng_state(torch.tensor(theirs.get_rng_state().numpy()))
    assert torch.rand(4).tolist() == theirs.rand(4).tolist()
    assert torch.get_rng_state().tolist() == theirs.get_rng_state().tolist()
