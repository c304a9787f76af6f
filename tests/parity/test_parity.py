"""wengert shows what PyTorch shows; what differs stands in docs/design/differences.md."""

import re
from pathlib import Path

import pytest
from tests.parity.subjects import every_case, recorded, snippets
from tests.parity.transcript import transcript

import wengert

DIFFERENCES = Path(__file__).parents[2] / "docs" / "design" / "differences.md"
DOCUMENTED = set(re.findall(r"^\| `([\w/ .,+-]+)` \|", DIFFERENCES.read_text(), re.MULTILINE))
EVERY_CASE = [pytest.param(*pair, id="/".join(pair)) for pair in every_case()]


@pytest.mark.parametrize(("subject", "name"), EVERY_CASE)
def test_wengert_shows_what_pytorch_showed(subject, name):
    shown = transcript(wengert, snippets(subject)[name], subject == "printing")
    if f"{subject}/{name}" in DOCUMENTED:
        assert shown != recorded(subject)[name], "no difference any more: take it off the list"
    else:
        assert shown == recorded(subject)[name]


@pytest.mark.peers
@pytest.mark.parametrize(("subject", "name"), EVERY_CASE)
def test_pytorch_still_shows_what_was_recorded(subject, name):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    torch.set_warn_always(True)
    assert transcript(torch, snippets(subject)[name], subject == "printing") == recorded(subject)[name]


def test_every_documented_difference_is_a_case():
    known = {"/".join(pair) for pair in every_case()}
    assert known >= DOCUMENTED
