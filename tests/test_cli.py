"""The command line: what `wengert run` shares with `python`, its exit codes, and what a person reads when it fails."""

import os
import signal
import subprocess
import sys
from importlib.util import find_spec

import pytest
from tests.programs import python, wengert

from wengert.cli import VERBS
from wengert.version import __version__


@pytest.fixture
def script(tmp_path):
    def write(text, name="script.py"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_version():
    done = wengert("--version")
    assert (done.returncode, done.stdout) == (0, f"wengert {__version__}\n")


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_help_shows_an_example_and_the_exit_codes(verb):
    for done in (wengert("--help"), wengert(verb.name, "--help")):
        assert done.returncode == 0
        assert verb.example in done.stdout
        assert "exit codes:" in done.stdout


def test_without_a_verb_it_says_what_to_do():
    done = wengert()
    assert done.returncode == 2
    assert "Try: wengert --help" in done.stderr


def test_a_script_in_place_of_a_verb_is_met_with_the_verb():
    done = wengert("train.py")
    assert done.returncode == 2
    assert "Try: wengert run" in done.stderr


# --- what a script sees ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments", [[], ["plain"], ["-h"], ["--epochs", "3", "--", "-x"], ["--version"], ["a b", ""]], ids=repr
)
def test_the_arguments_are_those_that_python_would_give(script, arguments):
    path = script("import sys; print(sys.argv)")
    assert wengert("run", path, *arguments).stdout == python(path, *arguments).stdout


def test_main_is_what_python_would_make_it(script, tmp_path):
    text = """
        import sys
        print(__name__, __file__, __spec__, __package__, __doc__)
        print(sys.modules["__main__"].__dict__ is globals(), sys.path[0])
        print(type(__builtins__), type(__loader__).__name__)
        print(sorted(globals().keys() - {"__annotations__", "__cached__"}))
    """
    path = script("\n".join(line.strip() for line in text.splitlines()))
    assert wengert("run", path).stdout == python(path).stdout
    assert wengert("run", "script.py", cwd=tmp_path).stdout == python("script.py", cwd=tmp_path).stdout


def test_a_script_imports_its_neighbours(script):
    script("answer = 42", name="neighbour.py")
    assert wengert("run", script("import neighbour; print(neighbour.answer)")).stdout == "42\n"


def test_torch_is_wengert_even_beside_a_file_of_that_name(script):
    script("raise SystemExit('the wrong torch')", name="torch.py")
    done = wengert("run", script("import torch, wengert; print(torch is wengert)"))
    assert (done.returncode, done.stdout) == (0, "True\n")


def test_a_class_of_the_script_can_be_pickled(script):
    path = script("import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))) is A)")
    assert wengert("run", path).stdout == "True\n"


def test_an_encoding_line_is_heeded(tmp_path):
    path = tmp_path / "latin.py"
    path.write_bytes(b"# coding: latin-1\nprint(len('\xe9'))")
    assert wengert("run", path).stdout == "1\n"


# --- how it ends -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "code"),
    [("", 0), ("sys.exit()", 0), ("sys.exit(7)", 7), ("sys.exit('why')", 1), ("raise KeyboardInterrupt", 130)],
)
def test_exit_codes(script, ending, code):
    assert wengert("run", script(f"import sys\n{ending}")).returncode == code


def test_an_interrupt_from_outside(script):
    path = script("import time; print('ready', flush=True); time.sleep(60)")
    command = [sys.executable, "-m", "wengert", "run", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130


def test_a_missing_file(tmp_path):
    done = wengert("run", "nowhere.py", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "can't open file 'nowhere.py': No such file or directory" in done.stderr
    assert f"Try: check the path; this folder is {tmp_path}" in done.stderr


def test_a_folder_is_not_a_script(tmp_path):
    assert wengert("run", tmp_path).returncode == 2


FAILING = """\
def divide(a, b):
    return a / b

divide(1, 0)
"""


@pytest.mark.parametrize("text", [FAILING, "1 +", "import nothing_of_the_kind", "raise ValueError('said')"])
def test_a_failing_script_shows_what_python_would_show(script, text):
    path = script(text)
    mine, pythons = wengert("run", path), python(path)
    assert mine.returncode == pythons.returncode == 1
    assert mine.stderr == pythons.stderr


def test_causes_are_shown_too(script):
    path = script("try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('said') from error")
    assert wengert("run", path).stderr == python(path).stderr


def test_an_error_inside_wengert_points_at_the_users_line(script):
    path = script("import torch\na = torch.tensor([1.0, 2.0])\nb = torch.tensor([1.0, 2.0, 3.0])\na + b\n")
    done = wengert("run", path)
    assert done.returncode == 1
    assert f'File "{path}", line 4, in <module>' in done.stderr
    assert done.stderr.count('  File "') == 1
    everything = wengert("run", path, env=os.environ | {"WENGERT_FULL_TRACEBACK": "1"})
    assert everything.stderr.count('  File "') > 1


def test_a_missing_name_in_a_script(script):
    done = wengert("run", script("import torch\ntorch.tensorr(1.0)"))
    assert done.returncode == 1
    assert "AttributeError: module 'torch' has no attribute 'tensorr'" in done.stderr
    assert "Try: torch.tensor" in done.stderr


def test_a_missing_name_in_a_from_import(script):
    done = wengert("run", script("from torch import tensorr"))
    assert done.returncode == 1
    assert "ImportError: cannot import name 'tensorr'" in done.stderr
    assert "Try: torch.tensor" in done.stderr


def test_the_scripts_own_excepthook_is_called(script):
    path = script(
        "import sys\nsys.excepthook = lambda kind, error, trace: print(kind.__name__, trace.tb_lineno)\n1 / 0"
    )
    done = wengert("run", path)
    assert (done.returncode, done.stdout, done.stderr) == (1, "ZeroDivisionError 3\n", "")


@pytest.mark.parametrize("lines", [1, 100_000])
def test_a_reader_that_goes_away_is_no_error(script, lines):
    path = script(f"import sys\nsys.stdin.read()\nfor i in range({lines}): print(i)")
    command = [sys.executable, "-m", "wengert", "run", str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        process.stdout.close()
        process.stdin.close()
        process.wait(timeout=60)
        assert process.stderr.read() == ""


def test_a_broken_socket_of_the_script_is_an_error(script):
    done = wengert("run", script("raise BrokenPipeError('mine')"))
    assert done.returncode == 1
    assert "BrokenPipeError: mine" in done.stderr


@pytest.mark.peers
@pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed")
def test_an_installed_pytorch_is_not_what_the_script_gets(script):
    path = script("import torch; print(torch.__name__)")
    assert wengert("run", path).stdout == "wengert\n"
    assert python(path).stdout == "torch\n"
