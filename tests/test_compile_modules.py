"""torch.compile of a module is a module; `net.compile()` compiles one where it is."""

import copy

import pytest

import wengert as torch
import wengert.optim.optimizer as optimizer_module
from wengert import nn


def test_it_is_a_module_with_the_names_of_pytorch():
    net = torch.compile(nn.Linear(3, 2))
    assert isinstance(net, nn.Module)
    assert type(net).__name__ == "OptimizedModule"
    assert list(net.state_dict()) == ["_orig_mod.weight", "_orig_mod.bias"]
    assert nn.Sequential(net, nn.ReLU())[0] is net
    assert net.in_features == 3
    assert "_orig_mod" in repr(net)


def test_its_calls_are_compiled_and_show_themselves():
    inner = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    net, x = torch.compile(inner), torch.randn(5, 3)
    for _ in range(4):
        assert torch.allclose(net(x), inner(x), rtol=1e-6)
    assert net.cache_info().hits == 2
    assert "tanh" in net.kernels()
    net(x).sum().backward()
    assert all(p.grad is not None for p in inner.parameters())
    assert [id(p) for p in net.parameters()] == [id(p) for p in inner.parameters()]


def test_what_is_written_on_it_is_written_on_the_module():
    inner = nn.Dropout(0.5)
    net = torch.compile(inner)
    net.note = 3
    assert inner.note == 3
    del net.note
    assert not hasattr(inner, "note")
    net.p = 0.0
    for _ in range(4):
        assert net(torch.ones(9)).tolist() == [1.0] * 9
    net.p = 1.0
    assert net(torch.ones(9)).tolist() == [0.0] * 9
    assert net.eval() is net
    assert not inner.training
    assert net(torch.ones(9)).tolist() == [1.0] * 9


def test_a_copy_is_compiled_and_has_parameters_of_its_own():
    net = torch.compile(nn.Linear(3, 2))
    other = copy.deepcopy(net)
    with torch.no_grad():
        other.weight.zero_()
        other.bias.zero_()
    for _ in range(3):
        assert other(torch.ones(3)).tolist() == [0.0, 0.0]
        assert net(torch.ones(3)).tolist() != [0.0, 0.0]
    assert other.cache_info().hits == 1


def test_a_module_is_compiled_where_it_is():
    net = nn.Linear(3, 2)
    want = net(torch.ones(3))
    assert net.compile() is None
    for _ in range(4):
        assert torch.allclose(net(torch.ones(3)), want, rtol=1e-6)
    assert net.forward.cache_info().hits == 2
    handle = net.register_forward_hook(lambda module, args, out: out * 2)
    assert torch.allclose(net(torch.ones(3)), want * 2, rtol=1e-6)
    handle.remove()
    assert list(net.state_dict()) == ["weight", "bias"]
    other = copy.deepcopy(net)
    with torch.no_grad():
        other.weight.zero_()
    assert torch.equal(other(torch.ones(3)), other.bias)
    assert torch.allclose(net(torch.ones(3)), want, rtol=1e-6)


def test_a_compiled_module_inside_of_a_compiled_step():
    net = torch.compile(nn.Linear(3, 1))
    optimizer = torch.optim.SGD(net.parameters(), 0.1)

    @torch.compile
    def step(x):
        optimizer.zero_grad()
        loss = net(x).pow(2).mean()
        loss.backward()
        optimizer.step()
        return loss.detach()

    losses = [step(torch.ones(2, 3)).item() for _ in range(6)]
    assert losses == sorted(losses, reverse=True)
    assert step.cache_info().hits == 4


EVERYWHERE = {
    "after": lambda: nn.modules.module.register_module_forward_hook(lambda module, args, out: out * 2),
    "before": lambda: nn.modules.module.register_module_forward_pre_hook(lambda module, args: (args[0] * 2,)),
    "backward": lambda: nn.modules.module.register_module_full_backward_hook(lambda module, gi, go: (gi[0] * 2,)),
    "step": lambda: optimizer_module.register_optimizer_step_post_hook(lambda *args: STEPS.append(1)),
}
STEPS = []


@pytest.mark.parametrize("name", EVERYWHERE)
def test_hooks_of_the_whole_process_come_and_go(name):
    def trace(*, compiled):
        STEPS.clear()
        net = nn.Sequential(nn.Linear(3, 3), nn.Tanh()).double()
        for parameter in net.parameters():
            nn.init.constant_(parameter, 0.1)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

        def step(x):
            optimizer.zero_grad()
            loss = net(x).sum()
            loss.backward()
            optimizer.step()
            return loss.detach()

        run, told, handle = torch.compile(step) if compiled else step, [], None
        for i in range(10):
            if i == 4:
                handle = EVERYWHERE[name]()
            if i == 7:
                handle.remove()
            x = torch.ones(2, 3, dtype=torch.float64, requires_grad=True)
            told.append((run(x).item(), x.grad.tolist(), len(STEPS)))
        return told

    torch.testing.assert_close(trace(compiled=True), trace(compiled=False))


def test_a_sequence_has_its_length_and_its_truth():
    assert len(torch.compile(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh()))) == 2
    assert not torch.compile(torch.nn.Sequential())
    assert torch.compile(torch.nn.Linear(2, 2))
    with pytest.raises(TypeError, match="Linear does not support len"):
        len(torch.compile(torch.nn.Linear(2, 2)))
