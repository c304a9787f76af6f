"""Files that were damaged, or made to do harm: an error of ours, at once, and nothing else."""

import io
import json
import pickle
import random
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import wengert as torch
from wengert.errors import FormatError
from wengert.io import layout

PYTORCHS = Path(__file__).parent / "written_by_pytorch.pt"


def ours():
    file = io.BytesIO()
    w = torch.nn.Parameter(torch.arange(6.0).reshape(2, 3))
    torch.save(
        {"w": w, "v": w.detach()[1], "c": torch.tensor([1j]), "n": [1, (2, {"a": {3}})], "f": float("inf")}, file
    )
    return file.getvalue()


def load(data):
    return torch.load(io.BytesIO(data))


def packed(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def entry(dtype="F32", shape=(1,), offsets=(0, 4)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "which is too few for a header"),
        (b"\xff" * 8, "more than there are"),
        (packed({})[:-1], "more than there are"),
        (packed(b"{"), "is not JSON"),
        (packed(b"\xff\xfe"), "is not JSON"),
        (packed(b"[" * 100000), "is not JSON"),
        (packed(b"[]"), "is not a JSON object"),
        (packed(b'{"a": NaN}'), "NaN is no JSON number"),
        (packed(b'{"a":1,"a":1}'), "the name 'a' comes twice"),
        (packed({"a": 1}), "is not described by dtype"),
        (packed({"a": {**entry(), "more": 1}}, bytes(4)), "is not described by dtype"),
        (packed({"a": entry("F8")}, bytes(4)), "which is not known"),
        (packed({"a": entry(["F32"])}, bytes(4)), "which is not known"),
        (packed({"a": entry(shape=(-1,))}, bytes(4)), "a shape that makes no sense"),
        (packed({"a": entry(shape=(True,))}, bytes(4)), "a shape that makes no sense"),
        (packed({"a": entry(shape=(1,) * 65)}, bytes(4)), "a shape that makes no sense"),
        (packed({"a": entry(shape=(1 << 61, 1 << 61))}, bytes(4)), "bytes for another shape"),
        (packed({"a": entry(offsets=(0,))}, bytes(4)), "offsets that make no sense"),
        (packed({"a": entry(offsets=(4, 0))}, bytes(4)), "bytes for another shape"),
        (packed({"a": entry(offsets=(4, 8))}, bytes(8)), "does not begin where the one before it ends"),
        (packed({"a": entry(), "b": entry()}, bytes(4)), "does not begin where the one before it ends"),
        (packed({"a": entry()}, bytes(5)), "describes 4 bytes of data, and there are 5"),
        (packed({"a": entry("BOOL", (4,))}, b"\0\1\2\0"), "a truth value is neither 0 nor 1"),
        (packed({"__metadata__": {"a": 1}}), "the metadata are not words"),
        (packed({"__metadata__": []}), "the metadata are not words"),
        (packed({"__metadata__": {"format": "wengert", "version": "9"}}), "has version '9' of the format"),
        (packed({"__metadata__": {"format": "wengert", "version": "1"}}), "lack the word 'sha256'"),
    ],
)
def test_files_that_break_the_layout(data, words):
    with pytest.raises(FormatError) as caught:
        load(data)
    assert words in str(caught.value)


def described(value, arrays=None, sums=None):
    import hashlib

    arrays = {"a": np.arange(6, dtype=np.float32)} if arrays is None else arrays
    if sums is None:
        sums = {name: hashlib.sha256(array.tobytes()).hexdigest() for name, array in arrays.items()}
    file = io.BytesIO()
    layout.write(
        file, arrays, {"format": "wengert", "version": "1", "object": json.dumps(value), "sha256": json.dumps(sums)}
    )
    return file.getvalue()


@pytest.mark.parametrize(
    "value",
    [
        {}, [], [1], ["unknown"], ["value", 1], ["__init__", {}], ["made", "a"], ["tensor"], ["tensor", "b", ""],
        ["tensor", "a", "x"], ["tensor", "a", 3], ["tensor", ["a"], ""], ["tensor", "a", "c"], ["list"], ["list", 3],
        ["list", {"a": 1}], ["dict", [[1]]], ["dict", [[1, 2], [1, 3]]], ["dict", [[["list", []], 2]]],
        ["dict", [[["tensor", "a", ""], 2]]], ["set", [["list", []]]], ["float", "1"], ["complex", "a", 1],
        ["bytes", "%"], ["dtype", "float128"], ["size", ["x"]], ["view", "a", 0, [7], [1], ""],
        ["view", "a", 5, [2], [1], ""], ["view", "a", -1, [1], [1], ""], ["view", "a", 0, [2], [-1], ""],
        ["view", "a", 0, [2], [1, 1], ""], ["view", "a", 0, [1 << 61], [1 << 61], ""], ["view", "a", 0, 3, 3, ""],
        ["view", "a", 0, [True], [1], ""], ["list", [["list", [["unknown"]]]]],
    ],
    ids=str,
)  # fmt: skip
def test_descriptions_that_make_no_sense(value):
    with pytest.raises(FormatError):
        load(described(value))


def test_checksums():
    data = ours()
    with pytest.raises(FormatError, match="is wrong: the file was damaged"):
        load(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(FormatError, match="there is not one checksum for each tensor"):
        load(described(["tensor", "a", ""], sums={}))
    with pytest.raises(FormatError, match="there is not one checksum for each tensor"):
        load(described(["tensor", "a", ""], sums=[1]))


def test_a_description_that_is_deep():
    with pytest.raises(FormatError):
        load(described(None).replace(b'"object":"null"', b'"object":"' + b"[" * 5 + b'"'))
    value = ["list", []]
    for _ in range(250):
        value = ["list", [value]]
    with pytest.raises(FormatError):
        load(described(value))


# ------------------------------------------------------------------------ pickles


def zipped(data, entries=(), compression=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("x/data.pkl", data)
        for name, value in entries:
            archive.writestr(name, value)
    return file.getvalue()


class Evil:
    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call[0], self.call[1:]


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize(
    ("call", "name"),
    [((print, "harm"), "print"), ((eval, "1/0"), "eval"), ((getattr, "a", "upper"), "getattr"), ((Evil, 1), "Evil")],
)
def test_nothing_is_called(call, name, protocol, capsys):
    with pytest.raises(
        FormatError, match=rf"the file asks for \S*{name}, and only tensors and plain containers are re"
    ):
        load(zipped(pickle.dumps({"a": Evil(*call)}, protocol)))
    assert capsys.readouterr().out == ""


def test_no_module_is_imported():
    before = set(sys.modules)
    with pytest.raises(FormatError):
        load(zipped(b"cantigravity\nx\n."))
    assert "antigravity" not in set(sys.modules) - before


@pytest.mark.parametrize(
    "data",
    [
        b"", b".", b"(", b"N", b"0.", b"(0.", b"\x85.", b"t.", b"a.", b"NNa.", b"]N\x94h\x05.",
        b"}]Ns.", b"}(N u.", b"}(Nu.", b"NR.", b"ccollections\nOrderedDict\n)R}Nb.",
        b"ccollections\nOrderedDict\nNR.", b"N\x8a\xff.", b"X\xff\xff\xff\xff.", b"\x80\xff.", b"NQ.",
        b"I" + b"9" * 9999,        b"(i__builtin__\neval\n.", b"c__builtin__\neval\n(S'1'\ntR.",
        b"ctorch\nFloatStorage\n)R.", b"ctorch._utils\n_rebuild_tensor_v2\n)R.", b"\x8c\x02os\x8c\x06system\x93.",
    ],
    ids=repr,
)  # fmt: skip
def test_pickles_that_make_no_sense(data):
    with pytest.raises(FormatError):
        load(zipped(data))


def test_keys_that_take_for_ever_to_hash():
    pairs_of_pairs = b")" + b"q\x00h\x00\x86" * 60
    with pytest.raises(FormatError, match="a key of a dictionary is a tuple"):
        load(zipped(b"}" + pairs_of_pairs + b"Ns."))


def test_bombs():
    with pytest.raises(FormatError, match="is compressed"):
        load(zipped(bytes(1 << 20), compression=zipfile.ZIP_DEFLATED))


def test_archives_that_are_something_else():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "text")
    with pytest.raises(FormatError, match=r"holds no data.pkl"):
        load(file.getvalue())
    with pytest.raises(FormatError, match="another byte order"):
        load(zipped(b"N.", [("x/byteorder", "big")]))


def test_plain_pickles_are_not_read():
    for protocol in (2, 3, 4):
        with pytest.raises(FormatError, match=r"the file is a pickle, which can run any code"):
            load(pickle.dumps({"a": 1}, protocol))


def test_storages_that_are_too_small():
    with zipfile.ZipFile(PYTORCHS) as archive:
        entries = {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}
    whole = [(f"x/{name}", data) for name, data in entries.items() if name != "data.pkl"]
    assert "model" in load(zipped(entries["data.pkl"], whole))
    short = [(name, data[:-1] if "/data/" in name else data) for name, data in whole]
    with pytest.raises(FormatError, match="bytes, and should have"):
        load(zipped(entries["data.pkl"], short))
    with pytest.raises(FormatError, match="is missing"):
        load(zipped(entries["data.pkl"], [each for each in whole if not each[0].endswith("/data/0")]))


# ------------------------------------------------------------------------ thousands of damaged files


def mutated(data, random):
    data = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8))):
        at = random.randrange(len(data)) if random.random() < 0.3 else random.randrange(min(len(data), 3000))
        kind = random.randrange(5)
        if kind == 0:
            data[at] ^= 1 << random.randrange(8)
        elif kind == 1:
            data[at] = random.choice(b'\0\xff01[]{}",:.()tRcbQ\x80')
        elif kind == 2:
            del data[at : at + random.randrange(1, 9)]
        elif kind == 3:
            data[at:at] = random.randbytes(random.randrange(1, 9))
        else:
            data[at : at + 4] = random.choice((b"\xff\xff\xff\xff", b"\0\0\0\x80", b"9999", b"-1.0"))
        if not data:
            return b""
    return bytes(data)


def sample(name):
    if name == "pytorch":
        return PYTORCHS.read_bytes()
    if name == "pickle":
        with zipfile.ZipFile(PYTORCHS) as archive:
            return archive.read("written_by_pytorch/data.pkl")
    return ours()


@pytest.mark.parametrize("name", ["ours", "pytorch", "pickle"])
@pytest.mark.filterwarnings("ignore")
def test_damaged_files_give_our_error_or_a_value(name):
    import tracemalloc

    whole, dice = sample(name), random.Random(7)
    with zipfile.ZipFile(PYTORCHS) as archive:
        others = [(f"x/{n.split('/', 1)[1]}", archive.read(n)) for n in archive.namelist() if "/data/" in n]
    refused = 0
    tracemalloc.start()
    for _ in range(1500):
        data = mutated(whole, dice)
        if name == "pickle":
            data = zipped(data, others)
        try:
            load(data)
        except FormatError:
            refused += 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 << 20
    assert refused > 300
