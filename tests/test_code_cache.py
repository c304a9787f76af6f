"""Machine code kept between processes: used again, private, and never run when it was altered."""

import os
import stat

import pytest
from tests.programs import python

pytest.importorskip("llvmlite", reason="there is no machine code without llvmlite")

PROGRAM = """
import logging, sys
logging.basicConfig(stream=sys.stdout, format="%(message)s", level=logging.WARNING)
import wengert as torch
from wengert.native import machine
made = []
optimised = machine.Machine._optimised
machine.Machine._optimised = lambda self, *args: (made.append(1), optimised(self, *args))[1]
f = torch.compile(lambda x: torch.softmax(torch.tanh(x), 1).sum(0))
x = torch.linspace(-1, 1, 12, dtype=torch.float64).reshape(3, 4)
g = torch.compile(lambda x: (x * 3).sum())
for _ in range(3):
    found, other = f(x), g(x)
assert torch.allclose(other, 3 * x.sum(), rtol=1e-12)
assert torch.allclose(found, torch.softmax(torch.tanh(x), 1).sum(0), rtol=1e-12)
print(len(made), "modules compiled")
"""


def ran(folder):
    done = python("-c", PROGRAM, env=os.environ | {"WENGERT_CACHE": str(folder)})
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "code"


def test_without_the_switch_nothing_is_written(tmp_path):
    done = python("-c", PROGRAM, env=os.environ | {"WENGERT_CACHE": "", "XDG_CACHE_HOME": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_another_process_compiles_nothing(folder):
    assert ran(folder) == ["2 modules compiled"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in folder.iterdir())
    assert ran(folder) == ["0 modules compiled"]


@pytest.mark.parametrize("place", [0, 40, -1])
def test_what_was_altered_is_made_again(folder, place):
    ran(folder)
    for file in folder.iterdir():
        code = bytearray(file.read_bytes())
        code[place] ^= 1
        file.write_bytes(code)
    *warned, last = ran(folder)
    assert len(warned) == 2
    assert all("is not what was written there" in line for line in warned)
    assert last == "2 modules compiled"
    assert ran(folder) == ["0 modules compiled"]


def test_code_under_another_name_is_not_run(folder):
    ran(folder)
    first, second = sorted(folder.iterdir())
    codes = first.read_bytes(), second.read_bytes()
    first.write_bytes(codes[1])
    second.write_bytes(codes[0])
    assert ran(folder)[-1] == "2 modules compiled"


def test_a_folder_that_others_can_read_is_not_used(folder):
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    warned, last = ran(folder)[0], ran(folder)[-1]
    assert "is not a folder of this user alone" in warned
    assert last == "2 modules compiled"
    assert list(folder.iterdir()) == []


def test_a_link_in_place_of_a_file_is_not_followed(folder, tmp_path):
    ran(folder)
    for i, file in enumerate(sorted(folder.iterdir())):
        target = tmp_path / f"elsewhere{i}"
        file.rename(target)
        file.symlink_to(target)
    assert ran(folder)[-1] == "2 modules compiled"
