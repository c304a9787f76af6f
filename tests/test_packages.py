"""Small packages from PyPI that are written on PyTorch run on wengert unchanged; `.ci/run` fetches them."""

import json
import os

import pytest
from tests.programs import ROOT, python, wengert

PACKAGES = ROOT / ".venv-packages"

PROGRAMS = {
    "einops": """
from einops import einsum, rearrange, reduce, repeat
from einops.layers.torch import Rearrange
x = torch.arange(24.0, dtype=torch.float64).reshape(2, 3, 4).requires_grad_()
means = reduce(rearrange(x, "b (h w) c -> b c h w", h=3), "b c h w -> b c", "mean")
model = torch.nn.Sequential(Rearrange("b h c -> b (h c)"), torch.nn.Linear(12, 3).double())
(model(x).pow(2).sum() + repeat(means, "b c -> b c k", k=2).sum()).backward()
show(x.grad, einsum(x, x, "b h c, b k c -> b h k"))
""",
    "entmax": """
from entmax import SparsemaxLoss, entmax15, entmax_bisect, sparsemax
x = torch.tensor([[1.0, 2.0, 0.5, -1.0], [0.1, 0.2, 0.3, 0.4]], dtype=torch.float64, requires_grad=True)
chances = entmax15(x, dim=1)
(chances[:, 1].sum() + SparsemaxLoss(reduction="sum")(x, torch.tensor([1, 3]))).backward()
show(chances, sparsemax(x, dim=1), entmax_bisect(x, alpha=1.5, dim=1), x.grad)
""",
    "lion_pytorch": """
from lion_pytorch import Lion
net = torch.nn.Linear(3, 2).double()
optimizer = Lion(net.parameters(), lr=0.01, weight_decay=0.1)
for _ in range(20):
    optimizer.zero_grad()
    (net(torch.ones(3, dtype=torch.float64)) - 1).pow(2).sum().backward()
    optimizer.step()
show(*net.parameters())
""",
    "pytorch_msssim": """
from pytorch_msssim import SSIM, ssim
a, b = (torch.rand(2, 3, 32, 32, dtype=torch.float64, requires_grad=True) for _ in range(2))
found = ssim(a, b, data_range=1.0) + SSIM(data_range=1.0, channel=3, win_size=7)(a, b)
found.backward()
show(found, a.grad.abs().sum((2, 3)))
""",
    "torch_ema": """
from torch_ema import ExponentialMovingAverage
net = torch.nn.Linear(2, 2).double()
average = ExponentialMovingAverage(net.parameters(), decay=0.9)
for _ in range(3):
    with torch.no_grad():
        net.weight.add_(1)
    average.update()
with average.average_parameters():
    show(net.weight)
show(net.weight, *average.state_dict()["shadow_params"])
""",
}
TOLERANCE = {"pytorch_msssim": 1e-3}  # it computes its window in float32
BEGIN = """
import json, torch
torch.manual_seed(0)
shown = []
def show(*tensors):
    shown.extend(t.detach().tolist() for t in tensors)
"""


def ran(run, name, folder):
    """What a program shows."""
    script = folder / "script.py"
    script.write_text(f"{BEGIN}{PROGRAMS[name]}print(json.dumps(shown))\n")
    done = run(
        script, env=os.environ | {"PYTHONPATH": os.pathsep.join([str(PACKAGES), os.environ.get("PYTHONPATH", "")])}
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def on_wengert(script, **options):
    return wengert("run", script, **options)


@pytest.mark.skipif(not PACKAGES.exists(), reason="no .venv-packages; .ci/run makes it")
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_package_runs(name, tmp_path):
    assert ran(on_wengert, name, tmp_path)


@pytest.mark.peers
@pytest.mark.skipif(not PACKAGES.exists(), reason="no .venv-packages; .ci/run makes it")
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_package_gives_what_it_gives_on_pytorch(name, tmp_path):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    ours, theirs = ran(on_wengert, name, tmp_path), ran(python, name, tmp_path)
    for mine, other in zip(flat(ours), flat(theirs), strict=True):
        assert mine == pytest.approx(other, rel=TOLERANCE.get(name, 1e-9), abs=1e-9)


def flat(nest):
    return [leaf for each in nest for leaf in flat(each)] if isinstance(nest, list) else [nest]
