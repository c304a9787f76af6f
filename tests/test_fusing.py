"""Functions that become one piece of machine code where arrays are big do what their rows do."""

import importlib
import sys

import numpy as np
import pytest
from tests.functions.calls import every_call, function_of

import wengert as torch
from wengert.compiler import program, repeating
from wengert.core import fusing
from wengert.nn import functional

pytest.importorskip("llvmlite")

HOMES = {
    "elementwise.activations": "hardsigmoid hardswish softshrink",
    "elementwise.bent": "selu gelu silu mish softplus logsigmoid glu",
    "neural.softmax": "softmax log_softmax cross_entropy",
    "neural.normalisation": "layer_norm rms_norm batch_norm instance_norm group_norm",
    "neural.attention": "scaled_dot_product_attention",
    "neural.convolution": "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d",
    "neural.pooling": "max_pool1d max_pool2d max_pool3d",
}
"""The modules that have such functions, and the public ones that use them."""


def calls_of(name):
    return every_call().get(f"nn.functional.{name}") or every_call()[f"special.{name}"]


CALLS = [
    pytest.param(home, name, call, id=f"{name}-{i}-{call.title}")
    for home, names in HOMES.items()
    for name in names.split()
    for i, call in enumerate(calls_of(name))
    if call.raises is None
]


def in_machine_code(monkeypatch, home):
    """Let the marked functions of a module be compiled from the second call on, whatever the sizes."""
    monkeypatch.setattr(fusing, "BIG", 0)
    monkeypatch.setattr(fusing.Fused, "_is_worth", lambda *_: True)
    monkeypatch.setattr(repeating, "LARGE", 0)
    monkeypatch.setattr(repeating, "SMALL", 2)
    monkeypatch.setattr(repeating, "HUGE", 0)
    monkeypatch.setattr(program, "SPREAD", 2)
    module = importlib.import_module(f"wengert.functions.{home}")
    made = []
    for function, make in fusing.MARKED.items():
        if function.__module__ == module.__name__:
            made.append(make())
            monkeypatch.setattr(module, function.__name__, made[-1])
    assert made
    return made


def results(function, call):
    """What a call gives, and its gradients of first and second order."""
    places = call.places("f")
    given = [torch.tensor(v, requires_grad=True) for v in call.values(places)]
    found = call.run(torch, function, places, given)
    moving = [x for x in found if isinstance(x, torch.Tensor) and x.requires_grad]
    if not moving or not call.smooth or not call.derives:
        return found
    first = torch.autograd.grad(sum((x * x).sum() for x in moving), given, create_graph=True, allow_unused=True)
    firsts = [g for g in first if g is not None and g.requires_grad]
    second = []
    if firsts:
        second = torch.autograd.grad(sum(g.sin().sum() for g in firsts), given, allow_unused=True)
    return [*found, *first, *second]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("home", "name", "call"), CALLS)
def test_the_same_as_eager(monkeypatch, home, name, call):
    function = function_of(torch, f"nn.functional.{name}")
    expected = results(function, call)
    in_machine_code(monkeypatch, home)
    for _ in range(3):
        found = results(function, call)
    for mine, eager in zip(found, expected, strict=True):
        if not isinstance(eager, torch.Tensor):
            assert mine == eager or mine is None
            continue
        assert (mine.dtype, mine.shape) == (eager.dtype, eager.shape)
        np.testing.assert_allclose(mine.detach().numpy(), eager.detach().numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("home", "name", "call"), CALLS)
def test_the_gradient_of_a_sum(monkeypatch, home, name, call):
    """The cotangent is one number, however many elements it stands for, and is not written out."""

    def gradients():
        places = call.places("f")
        given = [torch.tensor(v, requires_grad=True) for v in call.values(places)]
        found = [x for x in call.run(torch, function, places, given) if isinstance(x, torch.Tensor) and x.requires_grad]
        total = sum(x.sum() for x in found)
        return torch.autograd.grad(total, given, allow_unused=True) if found and call.derives else ()

    function = function_of(torch, f"nn.functional.{name}")
    expected = gradients()
    in_machine_code(monkeypatch, home)
    for _ in range(3):
        found = gradients()
    for mine, eager in zip(found, expected, strict=True):
        if eager is None:
            assert mine is None
            continue
        np.testing.assert_allclose(mine.numpy(), eager.numpy(), rtol=1e-9, atol=1e-12)


def test_every_marked_function_is_tried():
    assert {f.__module__.removeprefix("wengert.functions.") for f in fusing.MARKED} == set(HOMES)


def replayed(made):
    return sum(compiled.cache_info().hits for each in made for compiled in each._compiled.values())


@pytest.mark.parametrize("name", [n for names in HOMES.values() for n in names.split()])
def test_it_is_machine_code_that_ran(monkeypatch, name):
    home = next(h for h, names in HOMES.items() if name in names.split())
    made = in_machine_code(monkeypatch, home)
    call = next(c for c in calls_of(name) if c.raises is None and c.smooth)
    for _ in range(3):
        results(function_of(torch, f"nn.functional.{name}"), call)
    assert replayed(made)


def layer_norm_of_big_arrays(times):
    torch.manual_seed(0)
    x, w = torch.randn(300, 400, requires_grad=True), torch.randn(400, requires_grad=True)
    for _ in range(times):
        x.grad = w.grad = None
        out = functional.layer_norm(x, (400,), w)
        (out * out).sum().backward()
    return out, x.grad, w.grad


def test_big_arrays_are_compiled_once_that_is_worth_it(monkeypatch):
    expected = layer_norm_of_big_arrays(1)
    monkeypatch.setattr(fusing, "WORTH", 300_000)
    module = sys.modules["wengert.functions.neural.normalisation"]
    marked = next(f for f in fusing.MARKED if f.__name__ == "_over_last")
    made = fusing.MARKED[marked]()
    monkeypatch.setattr(module, "_over_last", made)
    layer_norm_of_big_arrays(2)
    assert not made._compiled, "240,000 elements so far"
    found = layer_norm_of_big_arrays(4)
    assert replayed([made]) == 2, "the third is as it is, the fourth is recorded"
    assert found[0].grad_fn.name() == "NativeLayerNormBackward0"
    for mine, eager in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, eager)
    functional.layer_norm(torch.ones(3, 4), (4,))
    assert replayed([made]) == 2, "small arrays go their own way"


def test_of_a_normalised_row_the_row_and_two_numbers_are_kept(monkeypatch):
    monkeypatch.setattr(fusing, "WORTH", 0)
    module = sys.modules["wengert.functions.neural.normalisation"]
    marked = next(f for f in fusing.MARKED if f.__name__ == "_over_last")
    monkeypatch.setattr(module, "_over_last", fusing.MARKED[marked]())
    x, w = torch.randn(300, 400, requires_grad=True), torch.randn(400, requires_grad=True)
    for _ in range(3):
        out = functional.layer_norm(x, (400,), w)
    saved, _ = out.grad_fn.saved
    assert sum(value is x for value in saved) == 1
    others = [value for value in saved if value is not x and value is not w]
    assert sorted(value.size for value in others) == [300, 300]
    with torch.no_grad():
        x.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.sum().backward()


def test_a_gradient_that_is_one_number_is_not_written_out():
    x = torch.randn(300, 400, requires_grad=True)
    cube = torch.compile(lambda x: x * x * x)
    for _ in range(3):
        out = cube(x)
    out.sum().backward()
    rule = out.grad_fn.rule
    (program,) = rule.derivative.programs
    (variant,) = program._variants.values()
    assert [v for v, strides in variant._strides.items() if strides == (0, 0)] == [program.graph.inputs[-1]]
    torch.testing.assert_close(x.grad, 3 * x.detach() ** 2)
    x.grad = None
    cube(x).backward(torch.full((300, 400), 2.0))
    torch.testing.assert_close(x.grad, 6 * x.detach() ** 2)


def test_a_process_that_meets_no_big_array_has_nothing_in_its_way(tmp_path):
    import subprocess

    program = (
        "import wengert as torch\n"
        "from wengert.functions.neural import softmax\n"
        "before = softmax._powers\n"
        "torch.softmax(torch.ones(3), 0)\n"
        "assert softmax._powers is before and before.__name__ == '_powers'\n"
        "torch.randn(400, 400)\n"
        "assert type(softmax._powers).__name__ == 'Fused'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=tmp_path)


def test_transforms_and_modes_see_the_rows(monkeypatch):
    made = in_machine_code(monkeypatch, "elementwise.bent")
    x = torch.linspace(-1, 1, 5, dtype=torch.float64)
    for _ in range(3):
        functional.silu(x.clone().requires_grad_())
    before = replayed(made)
    each = torch.func.vmap(torch.func.grad(functional.silu))(x)
    torch.testing.assert_close(each, torch.sigmoid(x) * (1 + x * (1 - torch.sigmoid(x))))
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        assert functional.silu(x.clone().requires_grad_()).grad_fn.name() == "MulBackward0"
    assert replayed(made) == before


def test_what_is_wrong_is_said_as_ever(monkeypatch):
    in_machine_code(monkeypatch, "neural.softmax")
    scores, labels = torch.randn(4, 3), torch.tensor([0, 1, 2, 1])
    for _ in range(3):
        functional.cross_entropy(scores, labels)
    with pytest.raises(IndexError, match=r"Target 3 is out of bounds"):
        functional.cross_entropy(scores, torch.tensor([0, 1, 3, 1]))


def test_saved_values_may_not_be_written_over(monkeypatch):
    in_machine_code(monkeypatch, "elementwise.bent")
    for _ in range(3):
        x = torch.ones(4, requires_grad=True) * 1
        out = functional.silu(x)
    x.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.sum().backward()


def test_deterministic_algorithms_leave_functions_as_they_are(monkeypatch):
    made = in_machine_code(monkeypatch, "elementwise.bent")
    x = torch.randn(1000)
    torch.use_deterministic_algorithms(True)
    try:
        first = functional.silu(x)
        for _ in range(4):
            assert torch.equal(functional.silu(x), first)
        assert not replayed(made)
    finally:
        torch.use_deterministic_algorithms(False)
    for _ in range(4):
        functional.silu(x)
    assert replayed(made)


def made_of(monkeypatch, name, worth):
    """What stands for a marked function of convolutions, compiled after so many entries of windows."""
    assert torch.zeros(200_000).sum() == 0  # a big array was met
    module = sys.modules["wengert.functions.neural.convolution"]
    made = fusing.MARKED[next(f for f in fusing.MARKED if f.__name__ == name)]()
    monkeypatch.setattr(made, "_worth", worth)
    monkeypatch.setattr(module, name, made)
    return made


def test_kernels_of_each_size_are_counted_by_themselves(monkeypatch):
    """A network has many, and each takes a while to compile."""
    made = made_of(monkeypatch, "_convolved", 3 * 400 * 600)
    x = torch.rand(1, 1, 402, 602)
    small, large = torch.rand(1, 1, 1, 1), torch.rand(1, 1, 3, 3)
    for _ in range(2):
        functional.conv2d(x, small)
        assert not made._compiled
    first = functional.conv2d(x, large)  # as many entries of windows as are worth it, at once
    assert made._compiled
    for _ in range(3):
        np.testing.assert_allclose(functional.conv2d(x, large).numpy(), first.numpy(), rtol=1e-6)
    assert [compiled.cache_info().recordings for compiled in made._compiled.values()] == [1]


def test_a_convolution_keeps_what_pytorch_keeps(monkeypatch):
    """The image and the kernel, and no windows; and both may not be written before backward."""
    made_of(monkeypatch, "_convolved", 0)
    x = torch.rand(4, 3, 64, 64, requires_grad=True)
    w = torch.rand(8, 3, 3, 3, requires_grad=True)
    for _ in range(3):
        y = functional.conv2d(x * 1, w, padding=1)
    assert y.grad_fn.name() == "ConvolutionBackward0"
    values, _ = y.node.saved
    assert {v.shape for v in values} == {x.shape, w.shape}
    with torch.no_grad():
        w.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_floats_may_be_others_at_each_call_and_plain_values_are_compiled_apart(monkeypatch):
    module = sys.modules["wengert.functions.elementwise.bent"]
    marked = next(f for f in fusing.MARKED if f.__name__ == "_softplus")
    monkeypatch.setattr(module, "_softplus", made := fusing.MARKED[marked]())
    monkeypatch.setattr(fusing.Fused, "_is_worth", lambda *_: True)
    x = torch.linspace(-3, 3, 200_000)
    for beta in (1.0, 1.5, 2.0, 2.5, 1.0):
        expected = marked(x, beta, 20.0)
        np.testing.assert_allclose(functional.softplus(x, beta).numpy(), expected.numpy(), rtol=1e-6)
    assert len(made._compiled) == 1
    (compiled,) = made._compiled.values()
    assert compiled.cache_info().recordings <= 2


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_an_input_that_was_written_is_not_taken_for_what_it_was(monkeypatch, name):
    """PyTorch keeps the result alone; here derivatives of higher order read the input, and say so where it is gone."""
    in_machine_code(monkeypatch, "neural.softmax")
    x = torch.rand(6, 5, dtype=torch.float64, requires_grad=True)
    function = getattr(torch, name)
    expected = torch.autograd.grad(function(x * 1, 1).square().sum(), x)[0]
    for _ in range(4):
        given = x * 1
        out = function(given, 1)
        given.mul_(2)
        (found,) = torch.autograd.grad(out.square().sum(), x, retain_graph=True)
        torch.testing.assert_close(found, expected)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        torch.autograd.grad(out.square().sum(), x, create_graph=True)


def test_parts_of_an_input_that_are_kept_do_not_forbid_to_write_it(monkeypatch):
    in_machine_code(monkeypatch, "elementwise.bent")
    x = torch.rand(6, 4, requires_grad=True)
    for _ in range(4):
        given = x * 1
        out = functional.glu(given)
        given.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.sum().backward()
