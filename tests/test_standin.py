"""`import torch` gives wengert: the same objects, in this process only, and never in place of a torch already there."""

from importlib.util import find_spec

import pytest
from tests.programs import python

INSTALL = "from wengert import standin; standin.install()\n"


def run(program):
    done = python("-W", "error", "-c", program)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def error_of(program):
    done = python("-c", program)
    assert done.returncode == 1, done.stdout
    return done.stderr


def test_torch_is_wengert():
    assert run(INSTALL + "import torch, wengert; print(torch is wengert)") == "True"


def test_submodules_are_the_same_objects_whichever_name_comes_first():
    theirs_first = "import torch.nn.functional as F, wengert.nn.functional as G; print(F is G)"
    ours_first = "import wengert.nn.functional as G, torch.nn.functional as F; print(F is G)"
    assert run(INSTALL + theirs_first) == "True"
    assert run(INSTALL + ours_first) == "True"


@pytest.mark.parametrize(
    "statement",
    ["import torch.autograd", "from torch import nn", "from torch.nn import functional", "from torch import tensor"],
)
def test_every_form_of_import(statement):
    run(INSTALL + statement)


def test_importing_under_the_name_torch_leaves_the_module_itself_alone():
    program = (
        INSTALL + "import torch.autograd; print(torch.__name__, torch.__spec__.name, torch.autograd.__spec__.name)"
    )
    assert run(program) == "wengert wengert wengert.autograd"


def test_installing_twice_is_installing_once():
    program = INSTALL * 2 + "import sys; print(sum(f is standin.FINDER for f in sys.meta_path)); standin.remove()\n"
    program += "print(standin.FINDER in sys.meta_path)"
    assert run(program).split() == ["1", "False"]


def test_remove_forgets_the_name_and_keeps_wengert():
    program = INSTALL + "import sys, torch.nn, wengert\nstandin.remove()\n"
    program += "print([name for name in sys.modules if name.split('.')[0] == 'torch'], 'wengert.nn' in sys.modules)"
    assert run(program) == "[] True"


def test_a_torch_that_is_already_imported_is_not_replaced():
    program = "import sys, types; sys.modules['torch'] = types.ModuleType('torch')\n" + INSTALL
    errors = error_of(program)
    assert "RuntimeError: another torch is already imported" in errors
    assert "Try: " in errors


def test_a_missing_submodule_is_named_as_it_was_asked_for():
    errors = error_of(INSTALL + "import torch.nn.functionale")
    assert "ModuleNotFoundError: No module named 'torch.nn.functionale'" in errors
    assert "Try: import torch.nn.functional\n" in errors


def test_a_missing_submodule_with_nothing_near_lists_what_is_there():
    errors = error_of(INSTALL + "import torch.xyzzy")
    assert "ModuleNotFoundError: No module named 'torch.xyzzy'" in errors
    assert "torch.autograd" in errors
    assert "torch.nn" in errors


def test_the_error_carries_the_name_for_programs_that_catch_it():
    program = "try:\n import torch.xyzzy\nexcept ModuleNotFoundError as error: print(error.name)"
    assert run(INSTALL + program) == "torch.xyzzy"


def test_a_missing_attribute_has_the_words_of_pytorch_and_a_near_name():
    errors = error_of(INSTALL + "import torch; torch.tensorr")
    assert "AttributeError: module 'torch' has no attribute 'tensorr'" in errors
    assert "Try: torch.tensor" in errors


def test_other_modules_are_found_as_before():
    run(INSTALL + "import json.tool")
    errors = error_of(INSTALL + "import torchvision_of_nobody")
    assert "No module named 'torchvision_of_nobody'" in errors


@pytest.mark.peers
@pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed")
def test_an_installed_pytorch_stays_as_it_is():
    assert run(INSTALL + "import torch; print(torch.__name__)") == "wengert"
    assert run("import torch; print(torch.__version__)").startswith("2.")
    assert "another torch is already imported in this process, from /" in error_of("import torch\n" + INSTALL)
    assert run(INSTALL + "import torch; standin.remove(); import torch; print(torch.__name__)") == "torch"
