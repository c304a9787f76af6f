"""A log of numbers: what is written, gone on with, and refused."""

import csv
import json

import numpy as np
import pytest

import wengert as torch
from wengert.utils.logs import Log


def test_a_table(tmp_path):
    path = tmp_path / "log.csv"
    with Log(path) as log:
        log(epoch=1, loss=torch.tensor(0.5, requires_grad=True), name='a "name", with a comma')
        log(name="b", loss=np.float32(0.25), epoch=2)
        assert len(path.read_text().splitlines()) == 3, "rows are on disk at once"
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert rows[0] == {"epoch": "1", "loss": "0.5", "name": 'a "name", with a comma'}
    assert rows[1] == {"epoch": "2", "loss": "0.25", "name": "b"}


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_a_file_goes_on(tmp_path, suffix):
    path = tmp_path / f"log.{suffix}"
    for epoch in range(3):
        with Log(path) as log:
            log(epoch=epoch, loss=1.5)
    lines = path.read_text().splitlines()
    assert len(lines) == 3 + (suffix == "csv")
    assert lines[-1] == ("2,1.5" if suffix == "csv" else '{"epoch": 2, "loss": 1.5}')


def test_lines_of_json(tmp_path):
    path = tmp_path / "log.jsonl"
    with Log(path) as log:
        log(step=1, loss=float("nan"), ok=True)
        log(other=float("inf"))
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"step": 1, "loss": "nan", "ok": True},
        {"other": "inf"},
    ]


def test_what_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"suffix '.txt' is not known"):
        Log(tmp_path / "log.txt")
    with Log(tmp_path / "log.csv") as log:
        log(a=1)
        with pytest.raises(ValueError, match="has the columns a, not a, b"):
            log(a=1, b=2)
        with pytest.raises(ValueError, match="a is a list"):
            log(a=[1])
        with pytest.raises(RuntimeError, match="elements cannot be converted to Scalar"):
            log(a=torch.ones(2))
    assert (tmp_path / "log.csv").read_text() == "a\n1\n"
