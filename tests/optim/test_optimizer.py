"""Groups, states, hooks and errors of optimizers."""

import copy
import gc
import inspect
import json
import pickle
import weakref

import pytest
from tests.optim.problems import OPTIMIZERS

import wengert as torch

NAMES = sorted({name for name, _ in OPTIMIZERS.values()})


def leaf(*values):
    return torch.tensor([float(v) for v in values or (1,)], requires_grad=True)


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda o: o.SGD([], lr=1), ValueError, "optimizer got an empty parameter list"),
        (lambda o: o.SGD(leaf(), lr=1), TypeError, "params argument given to the optimizer should be an iterable of "),
        (lambda o: o.SGD([1.0], lr=1), TypeError, "optimizer can only optimize Tensors, but one of the params is floa"),
        (lambda o: o.SGD([leaf() * 2], lr=1), ValueError, "can't optimize a non-leaf Tensor"),
        (lambda o: o.SGD({leaf()}, lr=1) and o.SGD([{"params": {leaf()}}]), TypeError, "optimizer parameters need to"),
        (lambda o: o.SGD([leaf()], lr=-1), ValueError, "Invalid learning rate: -1"),
        (lambda o: o.SGD([leaf()], lr=torch.ones(2)), ValueError, "Tensor lr must be 1-element"),
        (lambda o: o.SGD([leaf()], momentum=-1), ValueError, "Invalid momentum value: -1"),
        (lambda o: o.SGD([leaf()], nesterov=True), ValueError, "Nesterov momentum requires a momentum and zero"),
        (lambda o: o.SGD([leaf()], fused=True, foreach=True), RuntimeError, "`fused` and `foreach` cannot be `True`"),
        (lambda o: o.Adam([leaf()], fused=True, differentiable=True), RuntimeError, "`fused` does not support"),
        (lambda o: o.Adam([leaf()], betas=(1.0, 0.9)), ValueError, "Invalid beta parameter at index 0: 1.0"),
        (lambda o: o.Adam([leaf()], betas=(0.9, 2.0)), ValueError, "Invalid beta parameter at index 1: 2.0"),
        (lambda o: o.Adam([leaf()], eps=-1.0), ValueError, "Invalid epsilon value: -1.0"),
        (lambda o: o.AdamW([leaf()], weight_decay=-1), ValueError, "Invalid weight_decay value: -1"),
        (lambda o: o.NAdam([leaf()], momentum_decay=-1), ValueError, "Invalid momentum_decay value: -1"),
        (lambda o: o.Adagrad([leaf()], lr_decay=-1), ValueError, "Invalid lr_decay value: -1"),
        (lambda o: o.Adadelta([leaf()], rho=2), ValueError, "Invalid rho value: 2"),
        (lambda o: o.RMSprop([leaf()], alpha=-1), ValueError, "Invalid alpha value: -1"),
        (lambda o: o.Rprop([leaf()], etas=(2, 3)), ValueError, "Invalid eta values: 2, 3"),
        (lambda o: o.Adafactor([leaf()], lr=-1.0), ValueError, "Learning rate should be >= 0 but is: -1.0"),
        (lambda o: o.Adafactor([leaf()], lr=torch.ones(2)), ValueError, "Tensor lr must be 1-element"),
        (lambda o: o.Adafactor([leaf()], beta2_decay=0.5), ValueError, "beta2_decay should be <= 0 but is: 0.5"),
        (lambda o: o.Adafactor([leaf()], eps=(-1, 1)), ValueError, "epsilon1 should be >= 0 but is: -1"),
        (lambda o: o.Adafactor([leaf()], eps=(None, -1)), ValueError, "epsilon2 should be >= 0 but is: -1"),
        (lambda o: o.Adafactor([leaf()], d=0.5), ValueError, "Clipping threshold d should be >= 1 but is: 0.5"),
        (lambda o: o.Adafactor([leaf()], weight_decay=-1), ValueError, "weight_decay should be >= 0 but is: -1"),
        (lambda o: o.Muon([leaf()], lr=-1.0), ValueError, "Learning rate should be >= 0 but is: -1.0"),
        (lambda o: o.Muon([leaf()], momentum=-1), ValueError, "momentum should be >= 0 but is: -1"),
        (lambda o: o.Muon([leaf()], weight_decay=-1), ValueError, "weight decay should be >= 0 but is: -1"),
        (lambda o: o.Muon([leaf()], adjust_lr_fn="a"), ValueError, "Adjust learning rate function a is not supported"),
        (lambda o: o.Muon([leaf()]), ValueError, "Muon only supports 2D parameters whereas we found a parameter with"),
        (lambda o: o.LBFGS([{"params": [leaf()]}, {"params": [leaf()]}]), ValueError, "LBFGS doesn't support per-para"),
        (lambda o: o.SGD([("a", leaf()), leaf()]), ValueError, "all optimizer params should be with/without names."),
    ],
)
def test_bad_arguments(make, kind, words):
    with pytest.raises(kind, match="^" + words.replace("(", r"\(").replace(")", r"\)")):
        make(torch.optim)


def test_bad_groups():
    p = leaf()
    optimizer = torch.optim.SGD([p], lr=1.0)
    with pytest.raises(TypeError, match="param_group must be a dict, but got"):
        optimizer.add_param_group([leaf()])
    with pytest.raises(ValueError, match="some parameters appear in more than one parameter group"):
        optimizer.add_param_group({"params": p})
    with pytest.raises(
        ValueError, match=r"all optimizer param groups should be with/without names. cannot add param g"
    ):
        optimizer.add_param_group({"params": [("a", leaf())]})
    with pytest.warns(UserWarning, match="optimizer contains a parameter group with duplicate parameters"):
        optimizer.add_param_group({"params": [q := leaf(), q]})


def test_groups_take_the_defaults():
    a, b = leaf(), leaf()
    optimizer = torch.optim.SGD([{"params": a}, {"params": [b], "lr": 5.0}], lr=0.5)
    assert [g["lr"] for g in optimizer.param_groups] == [0.5, 5.0]
    a.grad, b.grad = torch.ones(1), torch.ones(1)
    optimizer.step()
    assert (a.item(), b.item()) == (0.5, -4.0)


def test_names_are_kept():
    optimizer = torch.optim.SGD([("weight", leaf()), ("bias", leaf())], lr=0.1)
    assert optimizer.param_groups[0]["param_names"] == ["weight", "bias"]
    assert optimizer.state_dict()["param_groups"][0]["param_names"] == ["weight", "bias"]


def test_what_is_printed():
    assert repr(torch.optim.SGD([leaf()], lr=0.1)) == (
        "SGD (\nParameter Group 0\n    dampening: 0\n    differentiable: False\n    foreach: None\n    fused: None\n"
        "    lr: 0.1\n    maximize: False\n    momentum: 0\n    nesterov: False\n    weight_decay: 0\n)"
    )


def test_zero_grad():
    p, q = leaf(), leaf()
    optimizer = torch.optim.SGD([p, q], lr=0.1)
    p.grad = kept = torch.ones(1)
    optimizer.zero_grad(set_to_none=False)
    assert p.grad is kept
    assert kept.item() == 0
    assert q.grad is None
    optimizer.zero_grad()
    assert p.grad is None


def test_zero_grad_lets_go_of_the_history_of_a_gradient():
    p = leaf()
    (p**2).sum().backward(create_graph=True)
    torch.optim.SGD([p], lr=0.1).zero_grad(set_to_none=False)
    assert p.grad.grad_fn is None
    assert p.grad.item() == 0


def test_closures_compute_with_gradients():
    p = leaf()
    optimizer = torch.optim.SGD([p], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (p * 2).sum()
        loss.backward()
        return loss

    with torch.no_grad():
        assert optimizer.step(closure).item() == 2.0
    assert p.item() == pytest.approx(0.8)


def test_the_layout_of_a_state():
    p, q = leaf(1, 2), leaf(3)
    optimizer = torch.optim.Adam([p, q], lr=0.1)
    p.grad, q.grad = torch.ones(2), torch.ones(1)
    optimizer.step()
    state = optimizer.state_dict()
    assert list(state) == ["state", "param_groups"]
    assert list(state["state"]) == [0, 1]
    assert list(state["state"][0]) == ["step", "exp_avg", "exp_avg_sq"]
    assert state["state"][0]["step"].item() == 1.0
    assert state["state"][0]["step"].dtype is torch.float32
    assert state["param_groups"][0]["params"] == [0, 1]
    assert state["state"][0]["exp_avg"] is optimizer.state[p]["exp_avg"]


def test_a_state_of_another_shape_is_refused():
    state = torch.optim.SGD([leaf(), leaf()], lr=0.1).state_dict()
    with pytest.raises(ValueError, match="that doesn't match the size of optimizer's group"):
        torch.optim.SGD([leaf()], lr=0.1).load_state_dict(state)
    with pytest.raises(ValueError, match="has a different number of parameter groups"):
        torch.optim.SGD([{"params": leaf()}, {"params": leaf()}], lr=0.1).load_state_dict(state)


def test_a_loaded_state_is_a_copy_in_the_dtype_of_the_parameter():
    p = leaf(1, 2)
    optimizer = torch.optim.Adam([p])
    p.grad = torch.ones(2)
    optimizer.step()
    wide = torch.ones(2, dtype=torch.float64, requires_grad=True)
    other = torch.optim.Adam([wide])
    other.load_state_dict(optimizer.state_dict())
    assert other.state[wide]["exp_avg"].dtype is torch.float64
    assert other.state[wide]["step"].dtype is torch.float32
    wide.grad = torch.ones(2, dtype=torch.float64)
    other.step()
    assert optimizer.state[p]["step"].item() == 1.0


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
def test_copies_of_optimizers_go_on(copied):
    p = leaf(1, 2)
    optimizer = torch.optim.Adam([p], lr=0.1)
    for _ in range(3):
        p.grad = torch.ones(2)
        optimizer.step()
    other = copied(optimizer)
    (q,) = other.param_groups[0]["params"]
    assert q is not p
    p.grad, q.grad = torch.ones(2), torch.ones(2)
    optimizer.step()
    other.step()
    assert torch.equal(p, q)
    assert other.state[q]["step"].item() == optimizer.state[p]["step"].item() == 4.0


def test_hooks_of_steps():
    seen = []
    p = leaf()
    optimizer = torch.optim.SGD([p], lr=0.1)
    first = optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append(("before", args == (o,))))
    optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append(("after", kwargs)))
    everywhere = torch.optim.optimizer.register_optimizer_step_post_hook(lambda *_: seen.append("everywhere"))
    optimizer.step()
    first.remove()
    everywhere.remove()
    optimizer.step(closure=None)
    assert seen == [("before", True), ("after", {}), "everywhere", ("after", {"closure": None})]
    optimizer.register_step_pre_hook(lambda *_: 5)
    with pytest.raises(RuntimeError, match="must return None or a tuple of"):
        optimizer.step()


def test_hooks_of_a_derived_class_run_once():
    class Mine(torch.optim.SGD):
        def step(self, closure=None):
            super().step(closure)
            return "mine"

    seen = []
    optimizer = Mine([leaf()], lr=0.1)
    optimizer.register_step_post_hook(lambda *_: seen.append(1))
    assert optimizer.step() == "mine"
    assert seen == [1]


def test_hooks_of_states():
    seen = []
    optimizer = torch.optim.SGD([leaf()], lr=0.1)
    optimizer.register_state_dict_pre_hook(lambda o: seen.append("before"))
    optimizer.register_state_dict_post_hook(lambda o, state: {**state, "more": 1})
    optimizer.register_load_state_dict_pre_hook(lambda o, state: seen.append(state.pop("more")))
    optimizer.register_load_state_dict_post_hook(lambda o: seen.append("after"))
    optimizer.register_load_state_dict_post_hook(lambda o: seen.append("first"), prepend=True)
    optimizer.load_state_dict(optimizer.state_dict())
    assert seen == ["before", 1, "first", "after"]


def test_an_optimizer_of_ones_own():
    class Halving(torch.optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, {"factor": torch.optim.optimizer.required})

        @torch.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    p.mul_(group["factor"])

    with pytest.raises(ValueError, match="didn't specify a value of required optimization parameter factor"):
        Halving([leaf()])
    p = leaf(8)
    Halving([{"params": p, "factor": 0.5}]).step()
    assert p.item() == 4


def test_state_may_be_changed_between_steps():
    def run(change):
        p = torch.tensor([1.0, 2.0], requires_grad=True)
        optimizer = torch.optim.Adam([p], lr=0.1)
        for i in range(6):
            p.grad = torch.ones(2) * (i + 1)
            optimizer.step()
            if i == 3:
                change(optimizer.state[p])
        return p

    zeroed = run(lambda state: state["exp_avg"].zero_())
    replaced = run(lambda state: state.update(exp_avg=torch.zeros(2)))
    assert torch.equal(zeroed, replaced)
    assert not torch.equal(zeroed, run(lambda state: None))
    counted = run(lambda state: state["step"].fill_(0))
    assert not torch.equal(counted, run(lambda state: None))


def test_a_step_leaves_nothing_behind():
    gc.collect()
    p = leaf(1, 2)
    optimizer = torch.optim.Adam([p])
    for _ in range(3):
        p.grad = torch.ones(2)
        optimizer.step()
    references = [weakref.ref(optimizer), weakref.ref(p)]
    gc.disable()
    try:
        del optimizer, p
        assert [r() for r in references] == [None, None]
    finally:
        gc.enable()


def test_importing_wengert_imports_no_optimizer(tmp_path):
    import subprocess
    import sys

    later = ("wengert.optim", "wengert.io", "wengert.utils")
    code = f"import sys, wengert; print([m for m in sys.modules if m.startswith({later})])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.peers
def test_signatures_are_pytorchs(name):
    pytorch = pytest.importorskip("torch")
    ours, theirs = (inspect.signature(getattr(m.optim, name).__init__).parameters for m in (torch, pytorch))
    assert [(p.name, p.default, p.kind) for p in ours.values()] == [
        (p.name, p.default, p.kind) for p in theirs.values()
    ]


@pytest.mark.parametrize("name", [n for n in NAMES if n != "LBFGS"])
@pytest.mark.peers
def test_states_are_pytorchs(name):
    pytorch = pytest.importorskip("torch")

    def layout(lib):
        shape = (2, 1) if name == "Muon" else (2,)
        p = lib.ones(shape, requires_grad=True)
        optimizer = getattr(lib.optim, name)([p])
        p.grad = lib.ones(shape)
        optimizer.step()
        state = optimizer.state_dict()
        return json.loads(json.dumps(state, default=lambda t: [str(t.dtype), *t.reshape(-1).tolist()]))

    ours, theirs = layout(torch), layout(pytorch)
    assert ours["param_groups"] == theirs["param_groups"]
    for key, state in theirs["state"].items():
        assert list(ours["state"][key]) == list(state)
        for kept, (dtype, *values) in state.items():
            assert ours["state"][key][kept][0] == dtype
            assert ours["state"][key][kept][1:] == pytest.approx(values, rel=1e-5)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    "name", ["SGD", "Adam", "AdamW", "Adagrad", "Adadelta", "Adamax", "ASGD", "NAdam", "RAdam", "RMSprop", "Adafactor"]
)
def test_a_state_that_is_loaded_after_some_steps_is_gone_on_from(name, compiled):
    """As by a program that goes back to its best parameters; an optimizer that has made no step is told the same."""
    options = {"lr": 0.1, **({"momentum": 0.9} if name == "SGD" else {})}

    def trained(fresh):
        ws = [
            torch.ones(3, dtype=torch.float64, requires_grad=True),
            torch.zeros(2, dtype=torch.float64, requires_grad=True),
        ]
        optimizer = getattr(torch.optim, name)(ws, **options)

        def step():
            optimizer.zero_grad()
            (ws[0].sin().sum() + (ws[1] - 1).square().sum()).backward()
            optimizer.step()

        if compiled and not fresh:
            step = torch.compile(step)
        return ws, optimizer, step

    ws, optimizer, step = trained(fresh=False)
    for _ in range(5):
        step()
    saved, values = copy.deepcopy(optimizer.state_dict()), [w.detach().clone() for w in ws]
    for _ in range(3):
        step()
    others, other, other_step = trained(fresh=True)
    for each, restored in ((ws, optimizer), (others, other)):
        restored.load_state_dict(copy.deepcopy(saved))
        with torch.no_grad():
            for w, value in zip(each, values, strict=True):
                w.copy_(value)
    for _ in range(5):
        step()
        other_step()
        for a, b in zip(ws, others, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)  # counts of compiled steps are float32
    counts = [[float(state["step"]) for state in each.state.values() if "step" in state] for each in (optimizer, other)]
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop", "Adagrad", "Rprop", "Adafactor"])
def test_the_state_of_a_parameter_without_dimensions_has_none(name):
    p = torch.nn.Parameter(torch.tensor(2.0))
    options = {"momentum": 0.9} if name == "SGD" else {}
    optimizer = getattr(torch.optim, name)([p], lr=0.1, **options)
    for _ in range(3):
        optimizer.zero_grad()
        (p * p).backward()
        optimizer.step()
        assert all(value.shape == () for value in optimizer.state[p].values() if isinstance(value, torch.Tensor))
        optimizer.load_state_dict(optimizer.state_dict())


def parabola(lr, max_iter):
    """How often LBFGS looks at a parabola from 2.65 on, and where it ends."""
    p = torch.nn.Parameter(torch.tensor([2.65], dtype=torch.float64))
    optimizer = torch.optim.LBFGS([p], lr=lr, max_iter=max_iter, line_search_fn="strong_wolfe")
    looks = []

    def closure():
        looks.append(p.item())
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return len(looks), p.item()


def test_a_line_search_keeps_to_the_evaluations_of_the_step():
    count, place = parabola(0.001, 1)  # 1.25 evaluations, of which the first is at the start
    assert count == 2
    assert place == pytest.approx(2.649)


def test_a_line_search_of_length_0_stays():
    assert parabola(0.0, 5)[1] == 2.65


def test_lbfgs_refuses_a_second_group():
    p, q = (torch.nn.Parameter(torch.ones(2)) for _ in range(2))
    optimizer = torch.optim.LBFGS([p])
    optimizer.add_param_group({"params": [q]})
    with pytest.raises(AssertionError, match="Expected exactly one param_group, but got 2"):
        optimizer.step(p.sum)


def test_groups_are_shown_apart():
    p, q = (torch.nn.Parameter(torch.ones(2)) for _ in range(2))
    text = repr(torch.optim.SGD([{"params": [p]}, {"params": [q], "lr": 0.5}], lr=0.1))
    assert "weight_decay: 0\n\nParameter Group 1\n" in text
