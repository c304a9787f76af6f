"""Files for TensorBoard: their bytes are those of TensorBoard's own writer, and they can be read back."""

import struct

import numpy as np
import pytest

import wengert as torch
from wengert.utils import tensorboard
from wengert.utils.tensorboard import SummaryWriter

# Written by TensorBoard 2.21 and protobuf 7.36, all at second 1000.5.
VERSION = "1800000000000000a37f4b22090000000000448f401a0d627261696e2e4576656e743a32aba33345"
START_AT_3 = "0f000000000000006d532b09090000000000448f4010033a020801862b3530"
SCALARS = [
    (
        ("loss", 0.1, 0),
        "1800000000000000a37f4b22090000000000448f402a0d0a0b0a046c6f737315cdcccc3d1bea6425",
    ),
    (
        ("überall/ä", float("inf"), 300),
        "220000000000000078113dfd090000000000448f4010ac022a140a120a0bc3bc626572616c6c2fc3a4150000807fdf5f057b",
    ),
    (
        ("low", -2.5, -2),
        "220000000000000078113dfd090000000000448f4010feffffffffffffffff012a0c0a0a0a036c6f7715000020c0ecd526e4",
    ),
]
TENSORS = [
    (
        False,
        (
            "290000000000000037ff5f00090000000000448f4010012a1c0a1a0a0174420808012a04cdcccc3d"
            "4a0b0a090a077363616c617273b275bcfc"
        ),
    ),
    (
        True,
        (
            "2d000000000000003c418afb090000000000448f4010012a200a1e0a0174420c080232089a9999999999b93f"
            "4a0b0a090a077363616c6172730b8be609"
        ),
    ),
]


@pytest.fixture
def at_1000(monkeypatch):
    monkeypatch.setattr(tensorboard.time, "time", lambda: 1000.5)


def files(folder):
    return sorted(folder.glob("events.out.tfevents.*"))


def only(folder):
    (file,) = files(folder)
    return file.read_bytes()


def checksum(data):
    """CRC-32C bit by bit, as its definition says."""
    rest = 0xFFFFFFFF
    for byte in data:
        for bit in range(8):
            rest = rest >> 1 ^ (0x82F63B78 if (rest ^ byte >> bit) & 1 else 0)
    rest ^= 0xFFFFFFFF
    return ((rest >> 15 | rest << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    """The bytes of the records of a file, whose checksums are right."""
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        assert struct.unpack("<I", data[8:12]) == (checksum(data[:8]),)
        yield data[12 : 12 + length]
        assert struct.unpack("<I", data[12 + length : 16 + length]) == (checksum(data[12 : 12 + length]),)
        data = data[16 + length :]


def varint(data):
    """The whole number at the beginning, and what follows."""
    number = shift = 0
    for used, byte in enumerate(data, 1):
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, data[used:]
    raise AssertionError("a number without an end")


def fields(data):
    """The fields of a message by number."""
    found = {}
    while data:
        head, data = varint(data)
        size = {1: 8, 5: 4}.get(head & 7)
        if head & 7 == 0:
            value, data = varint(data)
        else:
            if size is None:
                size, data = varint(data)
            value, data = data[:size], data[size:]
        found[head >> 3] = value
    return found


def scalars(data):
    """Tag, step and value of what a file holds."""
    first, *rest = (fields(each) for each in records(data))
    assert first[3] == b"brain.Event:2"
    for each in rest:
        value = fields(fields(each[5])[1])
        yield value[1].decode(), each.get(2, 0), struct.unpack("<f", value[2])[0]


def test_a_file_can_be_read_back(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        for step in range(200):
            writer.add_scalar("loss/train", 1 / (1 + step), step)
        writer.add_scalar("loss/unseen", torch.tensor([0.5], requires_grad=True) * 2, torch.tensor(7))
        writer.add_scalar("rate", np.float64(1e300))
    *losses, unseen, rate = scalars(only(tmp_path))
    assert losses == [("loss/train", step, np.float32(1 / (1 + step))) for step in range(200)]
    assert unseen == ("loss/unseen", 7, 1.0)
    assert rate == ("rate", 0, float("inf"))


@pytest.mark.parametrize(("arguments", "written"), SCALARS, ids=lambda value: value[0])
@pytest.mark.usefixtures("at_1000")
def test_the_bytes_are_those_of_tensorboards_own_writer(tmp_path, arguments, written):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar(*arguments)
    assert only(tmp_path).hex() == VERSION + written


@pytest.mark.parametrize(("double_precision", "written"), TENSORS)
@pytest.mark.usefixtures("at_1000")
def test_a_number_can_be_written_as_a_tensor(tmp_path, double_precision, written):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("t", 0.1, 1, new_style=True, double_precision=double_precision)
    assert only(tmp_path).hex() == VERSION + written


@pytest.mark.usefixtures("at_1000")
def test_a_program_that_begins_again_says_so(tmp_path):
    SummaryWriter(tmp_path, purge_step=3).close()
    first, second, third = records(only(tmp_path))
    assert (first, third) == (next(records(bytes.fromhex(VERSION))), next(records(bytes.fromhex(START_AT_3))))
    assert (fields(second)[2], fields(second)[3]) == (3, b"brain.Event:2")


def test_walltime_is_that_of_the_caller(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("x", 1.0, walltime=12.25)
    _, event = records(only(tmp_path))
    assert struct.unpack("<d", fields(event)[1]) == (12.25,)


def test_what_waits_is_given_on_at_ten_numbers_by_flush_and_by_close(tmp_path):
    writer = SummaryWriter(tmp_path)
    written = []
    for step in range(12):
        writer.add_scalar("x", step, step)
        written.append(len(list(scalars(only(tmp_path)))))
    writer.flush()
    written.append(len(list(scalars(only(tmp_path)))))
    assert written == [0] * 9 + [10] * 3 + [12]
    writer.add_scalar("x", 12, 12)
    writer.close()
    writer.close()
    assert len(list(scalars(only(tmp_path)))) == 13


def test_each_number_is_given_on_where_none_may_wait_for_long(tmp_path):
    with SummaryWriter(tmp_path, flush_secs=0) as writer:
        writer.add_scalar("x", 1.0)
        assert list(scalars(only(tmp_path))) == [("x", 0, 1.0)]


def test_what_is_added_after_close_goes_to_another_file(tmp_path):
    writer = SummaryWriter(tmp_path, filename_suffix=".run")
    writer.close()
    writer.add_scalar("x", 1.0, 5)
    writer.close()
    empty, full = files(tmp_path)
    assert full.name.endswith(".run")
    assert sorted([list(scalars(empty.read_bytes())), list(scalars(full.read_bytes()))]) == [[], [("x", 5, 1.0)]]


def test_the_folder_is_made_and_named_by_the_time(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with SummaryWriter(comment="_small") as writer:
        assert writer.get_logdir().startswith("runs")
        assert writer.get_logdir().endswith("_small")
    assert files(tmp_path / writer.get_logdir())


def test_several_elements_are_refused(tmp_path):
    with SummaryWriter(tmp_path) as writer, pytest.raises(AssertionError, match="scalar should be 0D"):
        writer.add_scalar("x", torch.ones(2))


def test_it_is_found_under_pytorchs_name():
    assert torch.utils.tensorboard.SummaryWriter is SummaryWriter
