"""find_nan, profile, and what the command says of programs: explain, doctor, run --report; and run -m."""

import json

import numpy as np
import pytest
from tests.programs import wengert

import wengert as torch
from wengert.core.tensor import Tensor
from wengert.inspect import FoundNaN, derive, find_nan, profile
from wengert.inspect.doctor import examine
from wengert.inspect.narration import narrated

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def test_texts_of_rules_do_not_depend_on_whether_a_big_array_was_met():
    torch.zeros(200_000) * 2  # from here on pointwise rules take big arrays block by block
    x = torch.tensor(2.0, requires_grad=True)
    assert derive(x * x).steps[0].parts[0].filled == "1 · 2"


# ------------------------------------------------------------------ find_nan


def test_the_first_nan_forwards_is_named_with_its_line_and_operands():
    x = torch.tensor([1.0, -2.0, 3.0])
    with find_nan():
        y = (x + 1) * 2
        with pytest.raises(FoundNaN) as raised:
            torch.log(y).sum()
    said = str(raised.value)
    assert "log made NaN of finite numbers in the forward pass" in said
    assert "test_looking.py" in said
    assert "first at [1], where the operands are -2" in said
    assert "Try: " in said


def test_the_first_infinity_backwards_is_named_with_the_line_of_its_forward():
    x = torch.tensor([4.0, 0.0], requires_grad=True)
    with find_nan():
        loss = torch.sqrt(x).sum()
        with pytest.raises(FloatingPointError, match="sqrt made infinity of finite numbers in the backward pass"):
            loss.backward()
    assert x.grad is None


def test_what_was_not_finite_before_is_no_finding():
    x = torch.tensor([float("nan"), float("inf")], requires_grad=True)
    with find_nan():
        (x * 2).sum().backward()
    assert x.grad.tolist() == [2, 2]


def test_a_program_runs_the_same_under_find_nan():
    def gradient():
        w = torch.arange(6.0).reshape(2, 3).requires_grad_()
        torch.tanh(w @ w.T).prod().backward()
        return w.grad.numpy()

    with find_nan():
        watched = gradient()
    np.testing.assert_array_equal(watched, gradient())


# ------------------------------------------------------------------ profile


def profiled():
    w = torch.ones(50, 40, requires_grad=True)
    with profile() as seen:
        for _ in range(3):
            (w * w).tanh().sum().backward()
    return seen


def test_a_profile_counts_operations_both_ways():
    seen = profiled()
    ways = {(event.name, event.way) for event in seen.events}
    assert ways == {(n, w) for n in ("multiply", "tanh", "reduce_sum") for w in ("forward", "backward")}
    (tanh,) = [row for row in seen.rows() if row.key == "tanh"]
    assert tanh.calls == 6
    assert tanh.forward > 0 < tanh.backward
    assert tanh.saved == 3 * 50 * 40 * 4, "the result, once per call"


def test_a_profile_adds_up_by_line():
    (line,) = profiled().rows("line")
    assert "test_looking.py" in line.key
    assert line.calls == 18
    assert "test_looking.py" in profiled().table("line")


def test_a_trace_has_an_event_for_each_operation(tmp_path):
    seen = profiled()
    seen.save(tmp_path / "trace.json")
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    assert len(events) == len(seen.events) == 18
    assert all(event["ph"] == "X" and event["dur"] >= 0 and event["ts"] >= 0 for event in events)


# ------------------------------------------------------------------ explain


def test_explain_tells_the_first_backward_passes_only(capsys):
    x = torch.tensor(3.0, requires_grad=True)
    before = Tensor.backward
    with narrated(1):
        (x * x).backward()
        (x * x).backward()
    assert Tensor.backward is before
    told = capsys.readouterr().out
    assert told.count("backward pass") == 1
    assert "6" in told
    assert x.grad.item() == 12


def test_the_verb_explain_runs_the_script_and_shows_the_steps(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import torch\nx = torch.tensor(2.0, requires_grad=True)\nz = (x**2 + 1) ** 3\nz.backward()\nprint(x.grad)\n"
    )
    done = wengert("explain", script)
    assert done.returncode == 0, done.stderr
    assert "backward pass 1" in done.stdout
    assert "z = (x**2 + 1) ** 3" in done.stdout
    assert done.stdout.endswith("tensor(300.)\n")


# ------------------------------------------------------------------ doctor


def test_the_doctor_finds_this_machine_well():
    checks = {check.name: check for check in examine()}
    assert checks["gradient of x**2 at 3"].found == "6"
    assert checks["a compiled sum"].well
    done = wengert("doctor", "--json")
    assert done.returncode == 0
    assert {check["name"] for check in json.loads(done.stdout)} == set(checks)


def test_the_doctor_says_how_to_have_what_is_missing(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    missing = [check for check in examine() if not check.well]
    assert missing
    assert all("pip install" in check.remedy for check in missing)


# ------------------------------------------------------------------ run --report and run -m


def test_a_report_lists_what_a_script_uses_and_what_is_missing(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import torch\nimport torch.nn.functional as F\nfrom torch import nn, hub\n"
        "raise SystemExit('not run')\nnn.Linear(1, 2); F.relu(torch.no_such_thing(1))\n"
    )
    done = wengert("run", "--report", script)
    assert done.returncode == 0, done.stderr
    assert "missing  torch.hub" in done.stdout
    assert "missing  torch.no_such_thing" in done.stdout
    for name in ("torch.nn.Linear", "torch.nn.functional.relu"):
        assert f"there    {name}" in done.stdout


def test_a_module_runs_as_python_m_would(tmp_path):
    package = tmp_path / "recipe"
    package.mkdir()
    (package / "__init__.py").write_text("NAME = 'recipe'\n")
    (package / "__main__.py").write_text("from . import NAME\nfrom .train import loss\nprint(NAME, loss(), __name__)\n")
    (package / "train.py").write_text(
        "import sys, torch\n\ndef loss():\n    return torch.ones(3).sum().item(), sys.argv[1:]\n"
    )
    done = wengert("run", "-m", "recipe", "--epochs", "3", cwd=tmp_path)
    assert done.stdout == "recipe (3.0, ['--epochs', '3']) __main__\n", done.stderr


def test_a_module_that_is_not_there_is_said_to_be():
    done = wengert("run", "-m", "no_such_module_at_all")
    assert done.returncode == 2
    assert "no module named 'no_such_module_at_all'" in done.stderr
    assert "Try: " in done.stderr
