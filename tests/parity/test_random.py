"""The numbers that a seed draws, to more digits than a tensor prints."""

import ast

import numpy as np
from tests.parity.subjects import recorded, snippets
from tests.parity.transcript import transcript

import wengert


def numbers(line):
    count, values = line.split(" ", 1)
    return int(count), np.array(ast.literal_eval(values))


def test_long_normals_agree_to_the_last_bits():
    shown = transcript(wengert, snippets("random")["long normals"])
    for ours, theirs in zip(shown, recorded("random")["long normals"], strict=True):
        (count, drawn), (_, expected) = numbers(ours), numbers(theirs)
        assert len(drawn) == count
        np.testing.assert_allclose(drawn, expected, rtol=1e-6, atol=1e-7)
