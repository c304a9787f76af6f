"""The examples and the kata, run as a user runs them; each example asserts its own numbers."""

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest
from tests.programs import ROOT, python, wengert

KATA = ROOT / "tests" / "kata"
EXAMPLES = ROOT / "examples"

needs_data = pytest.mark.skipif(find_spec("sklearn") is None, reason="scikit-learn is not installed")
needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed")


def output(done):
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def expected():
    return (KATA / "kata.expected.txt").read_text(encoding="utf-8")


def test_the_katas_output_is_identical():
    assert output(wengert("run", KATA / "kata.py")).rstrip("\n") == expected().rstrip("\n")


def test_basics():
    said = output(wengert("run", EXAMPLES / "basics.py"))
    assert "grows at 5.000 per unit" in said
    assert said.endswith("All numbers agree.\n")


@needs_data
def test_digits():
    said = output(wengert("run", EXAMPLES / "digits.py"))
    assert "1437 images to learn from, 360 held back" in said
    assert [line.split(":")[0] for line in said.splitlines()[1:4]] == ["epoch 10", "epoch 20", "epoch 30"]
    assert "are read correctly" in said


LAST_WORDS = {
    "bayesian_regression": "divergence from the posterior: 0.0",
    "convolutions": "and as many after saving and loading",
    "char_gpt": "",
    "neural_ode": "off on average",
    "gaussian_process": "within three deviations at",
    "hmc": "correlation 0.8",
}


@needs_data
@pytest.mark.parametrize("name", LAST_WORDS)
def test_an_example_keeps_its_promise(name):
    said = output(wengert("run", EXAMPLES / f"{name}.py"))
    assert LAST_WORDS[name] in said.splitlines()[-1]


@needs_data
def test_the_autoencoder_writes_a_picture(tmp_path):
    path = tmp_path / "digits.pgm"
    said = output(wengert("run", EXAMPLES / "vae.py", path))
    assert said.splitlines()[-1] == f"64 drawn digits are in {path}"
    words = path.read_text().split()
    assert words[:4] == ["P2", "64", "64", "255"]
    assert len(words) == 4 + 64 * 64


@needs_data
@pytest.mark.skipif(find_spec("rich") is None, reason="rich is not installed")
@pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo-terminals")
def test_digits_shows_a_progress_bar_on_a_terminal():
    screen, terminal = os.openpty()
    command = [sys.executable, "-m", "wengert", "run", str(EXAMPLES / "digits.py")]
    with subprocess.Popen(command, stdout=terminal, env=os.environ | {"TERM": "xterm"}, cwd=ROOT) as process:
        os.close(terminal)
        shown = read_all(screen)
        assert process.wait(timeout=60) == 0
    assert "Training" in shown
    assert "100%" in shown
    assert "epoch 10" not in shown


def read_all(screen):
    pieces = []
    try:
        while piece := os.read(screen, 4096):
            pieces.append(piece)
    except OSError:
        # Linux reports the end of a terminal's output as an error.
        pass
    os.close(screen)
    return b"".join(pieces).decode()


@pytest.mark.peers
@needs_torch
def test_the_kata_under_pytorch():
    assert output(python(KATA / "kata.py")).rstrip("\n") == expected().rstrip("\n")


@pytest.mark.peers
@needs_torch
def test_basics_under_pytorch_says_the_same_up_to_its_random_numbers():
    mine, theirs = output(wengert("run", EXAMPLES / "basics.py")), output(python(EXAMPLES / "basics.py"))
    fitted = "A line through points"
    assert mine.partition(fitted)[0] == theirs.partition(fitted)[0]


@pytest.mark.peers
@needs_torch
@needs_data
def test_digits_under_pytorch():
    assert "are read correctly" in output(python(EXAMPLES / "digits.py"))


@pytest.mark.peers
@needs_torch
@needs_data
@pytest.mark.parametrize("name", ["bayesian_regression", "gaussian_process", "hmc"])
def test_examples_under_pytorch_say_the_same(name):
    path = EXAMPLES / f"{name}.py"
    assert output(python(path)) == output(wengert("run", path))


@pytest.mark.peers
@needs_torch
@needs_data
def test_training_under_pytorch_begins_with_the_same_loss():
    mine, theirs = output(wengert("run", EXAMPLES / "training.py")), output(python(EXAMPLES / "training.py"))
    first_epoch = "in the first epoch"
    assert mine.partition(first_epoch)[0].splitlines()[1] == theirs.partition(first_epoch)[0].splitlines()[1]
