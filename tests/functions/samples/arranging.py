"""Calls of the functions that arrange elements: stacks, splits, grids, turns, scatters, copies of views."""

import numpy as np
from tests.functions.calls import Named, call

MATRIX = np.array([[-2.3, -1.2, -0.4, 0.9], [0.3, 0.8, 2.6, -1.1], [1.7, -0.6, 0.2, 3.1]])
VECTOR = np.array([1.5, -0.7, 0.4, 2.2, -1.9])
CUBE = np.arange(24.0).reshape(2, 3, 4) / 7 - 1.3
NUMBER = np.array(1.7)
EMPTY = np.zeros((0, 3))
WHOLE = np.array([[3, -5], [2, 7]])
COMPLEX = np.array([1.2 - 0.7j, -0.4 + 1.1j, 0.6 + 0.3j])
COUNTS = np.array([1, 0, 2])
OTHERWISE = "PyTorch hands on the gradient of what is replaced, and none of what is kept"

STACKS = {
    **{name: [call(NUMBER), call(VECTOR), call(MATRIX), call(CUBE), call(NUMBER, VECTOR, MATRIX), call([NUMBER, VECTOR]), call(WHOLE)]
       for name in ["atleast_1d", "atleast_2d", "atleast_3d"]},
    "broadcast_tensors": [
        call(MATRIX, NUMBER), call(VECTOR.reshape(5, 1), MATRIX[0]), call(EMPTY, NUMBER),
        call(MATRIX, VECTOR, _raises="The size of tensor a (4) must match the size of tensor b (5) at non-singleton"),
    ],
    "broadcast_shapes": [
        call((2, 1), (3,)), call(2, (3, 1)), call((0, 1), (4,)),
        call((2,), (3,), _raises="Attempting to broadcast a dimension of length 3 at -1! Mismatching argument at index 1"),
    ],
    "hstack": [call([VECTOR, VECTOR[:2]]), call([NUMBER, VECTOR]), call([MATRIX, MATRIX[:, :1].copy()]), call((WHOLE, WHOLE * 0.5)), call([], _raises="hstack expects a non-empty TensorList")],
    "vstack": [call([VECTOR, VECTOR]), call([NUMBER, NUMBER]), call([MATRIX, MATRIX[:1]]), call([COMPLEX, COMPLEX]), call([], _raises="vstack expects a non-empty TensorList")],
    "dstack": [call([VECTOR, VECTOR]), call([NUMBER, NUMBER]), call([MATRIX, MATRIX]), call([CUBE, CUBE[:, :, :1].copy()])],
    "column_stack": [
        call([VECTOR, VECTOR]), call([NUMBER, NUMBER]), call([VECTOR[:3], MATRIX]), call([], _raises="column_stack expects a non-empty TensorList"),
        call([VECTOR, MATRIX], _raises="Sizes of tensors must match except in dimension 1. Expected size 5 but got size 3"),
    ],
    "meshgrid": [
        call(VECTOR, VECTOR[:2], indexing="ij"), call([VECTOR, VECTOR[:2], NUMBER], indexing="xy"), call(VECTOR, indexing="ij"), call(NUMBER, VECTOR, indexing="ij"),
        call(VECTOR, VECTOR[:3]), call(COUNTS, COUNTS, indexing="ij"),
        call(MATRIX, indexing="ij", _raises="torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got:"),
        call(VECTOR, VECTOR, indexing="zz", _raises='torch.meshgrid: indexing must be one of "xy" or "ij", but received: zz'),
        call(VECTOR, COUNTS, indexing="ij", _raises="meshgrid expects all tensors to have the same dtype"),
        call(indexing="ij", _raises="meshgrid expects a non-empty TensorList"),
    ],
    "cartesian_prod": [call(VECTOR, VECTOR[:2]), call(VECTOR), call(VECTOR[:2], VECTOR[:1], VECTOR[:3]), call(MATRIX, _raises="Expect a 1D vector, but got shape [3, 4]")],
    "combinations": [
        call(VECTOR), call(VECTOR, 3, True), call(VECTOR, r=1), call(VECTOR, 6), call(COUNTS, 2), call(VECTOR[:0]), call(COUNTS, 0),
        call(MATRIX, _raises="Expect a 1D vector, but got shape [3, 4]"), call(VECTOR, -1, _raises="Expect a non-negative number, but got -1"),
    ],
}  # fmt: skip
STACKS["row_stack"] = STACKS["vstack"]
SPLITS = {
    "tensor_split": [
        call(VECTOR, 2), call(VECTOR, 3), call(VECTOR, [1, 3]), call(VECTOR, (-2,)), call(MATRIX, 3, 1), call(MATRIX, (1, 9), dim=0), call(VECTOR, [3, 1]),
        call(VECTOR, np.array([1, 3]), _batch=False), call(VECTOR, np.array(3), _batch=False), call(EMPTY, 2),
        call(VECTOR, 0, _raises="number of sections must be larger than 0, got 0"),
        call(NUMBER, 2, _raises="tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims"),
        call(VECTOR, NUMBER, _raises="tensor_split expected tensor_indices_or_sections to have dtype of long, but got Double"),
    ],
    "hsplit": [
        call(MATRIX, 2), call(VECTOR, [2]), call(VECTOR, 5), call(MATRIX, 3, _raises="torch.hsplit attempted to split along dimension 1, but the size of the"),
        call(NUMBER, 2, _raises="torch.hsplit requires a tensor with at least 1 dimension, but got a tensor with 0 dimensions!"),
    ],
    "vsplit": [call(MATRIX, 3), call(MATRIX, [1]), call(VECTOR, 2, _raises="torch.vsplit requires a tensor with at least 2 dimension")],
    "dsplit": [call(CUBE, 2), call(CUBE, [1, 3]), call(MATRIX, 2, _raises="torch.dsplit requires a tensor with at least 3 dimension")],
    "split_with_sizes": [call(VECTOR, [2, 3]), call(MATRIX, (1, 0, 3), 1), call(VECTOR, [2, 2], _raises="split_with_sizes expects split_sizes to sum exactly to 5")],
    "unsafe_split": [call(VECTOR, 2), call(MATRIX, 3, 1)],
    "unsafe_chunk": [call(VECTOR, 2), call(MATRIX, 3, 1)],
    "unsafe_split_with_sizes": [call(VECTOR, [2, 3]), call(MATRIX, (1, 3), 1)],
}  # fmt: skip
TURNS = {
    "Tensor.repeat": [
        call(VECTOR, 2), call(VECTOR, (2, 3)), call(MATRIX, 2, 1), call(NUMBER, 3), call(MATRIX, 0, 1), call(WHOLE, 1, 1),
        call(MATRIX, 2, _raises="Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor"),
        call(MATRIX, -1, 2, _raises="Trying to create tensor with negative dimension -3: [-3, 8]"),
    ],
    "tile": [call(VECTOR, (2,)), call(MATRIX, (2,)), call(MATRIX, (2, 1, 2)), call(NUMBER, (2, 2)), call(MATRIX, ())],
    "repeat_interleave": [
        call(VECTOR, 2), call(MATRIX, 3, 1), call(MATRIX, COUNTS, 0, _batch=False), call(MATRIX, np.array([2]), 1, _batch=False), call(VECTOR, np.array(2), _batch=False),
        call(COUNTS, _batch=False), call(MATRIX, COUNTS, dim=0, output_size=3, _batch=False), call(EMPTY, 2, 1), call(MATRIX, 0, 1),
        call(MATRIX, COUNTS[:2], 0, _raises="repeats must have the same size as input along dim, but got repeats.size(0) = 2 and"),
        call(MATRIX, -2, 1, _raises="Repeats must be non-negative"), call(-COUNTS, _raises="repeats can not be negative"),
        call(MATRIX, WHOLE, 0, _raises="repeats must be 0-dim or 1-dim tensor"),
        call(VECTOR, _raises="\"repeat_interleave_cpu\" not implemented for 'Double'"),
    ],
    "roll": [
        call(VECTOR, 2), call(MATRIX, 1), call(MATRIX, (1, -2), (0, 1)), call(MATRIX, 5, 1), call(NUMBER, 1), call(EMPTY, 1, 0), call(MATRIX, [3], [-1]), call(COMPLEX, 1, 0),
        call(MATRIX, (1, 2), _raises="shifts and dimensions must align. shifts: 2, dims:0"), call(MATRIX, (), (), _raises="`shifts` required"),
        call(MATRIX, 1, 5, _raises="Dimension out of range (expected to be in range of [-2, 1], but got 5)"),
    ],
    "rot90": [
        call(MATRIX), call(MATRIX, 2), call(MATRIX, 3), call(MATRIX, 4), call(CUBE, 1, (1, 2)), call(CUBE, -1, [2, 0]), call(WHOLE, k=1),
        call(VECTOR, _raises="expected total dims >= 2, but got total dims = 1"),
        call(MATRIX, 1, (0, 0), _raises="expected rotation dims to be different, but got dim0 = 0 and dim1 = 0"),
        call(MATRIX, 1, (0, 1, 2), _raises="expected total rotation dims == 2, but got dims = 3"),
    ],
    "fliplr": [call(MATRIX), call(CUBE), call(VECTOR, _raises="Input must be >= 2-d.")],
    "flipud": [call(MATRIX), call(VECTOR), call(NUMBER, _raises="Input must be >= 1-d.")],
    "unflatten": [
        call(MATRIX, 1, (2, 2)), call(MATRIX, -1, (2, -1)), call(VECTOR, 0, (1, 5, 1)), call(EMPTY, 1, (3, 1)),
        call(MATRIX, 1, (3, 2), _raises="unflatten: Provided sizes [3, 2] don't multiply up to the size of dim 1 (4) in the input tensor"),
        call(MATRIX, 1, (), _raises="unflatten: sizes must be non-empty"),
    ],
    "moveaxis": [call(CUBE, 0, -1), call(CUBE, (0, 1), (2, 0))], "swapdims": [call(CUBE, 0, 2), call(MATRIX, -1, 0)],
    "swapaxes": [call(CUBE, 1, 2), call(MATRIX, axis0=-1, axis1=0)],
    "Tensor.sum_to_size": [
        call(MATRIX, 1, 4), call(MATRIX, (4,)), call(MATRIX, 3, 1), call(MATRIX, 3, 4), call(CUBE, 3, 1), call(MATRIX, 1, 1), call(WHOLE, 2),
        call(MATRIX, 3, _raises="size {[3]} is not expandable to size {[3, 4]}."),
    ],
    "Tensor.type_as": [call(COUNTS, WHOLE), call(VECTOR, COUNTS), call(COUNTS, COUNTS)],
    "Tensor.char": [call(COUNTS), call(WHOLE)], "Tensor.byte": [call(COUNTS)], "Tensor.ndimension": [call(CUBE), call(NUMBER)],
    "Tensor.dim_order": [call(CUBE, _strided=True), call(VECTOR)],
}  # fmt: skip
SCATTERS = {
    "as_strided": [
        call(MATRIX, (2, 2), (1, 2), _strided=True), call(MATRIX, (2, 3), (4, 1), 5, _strided=True), call(VECTOR, (3, 3), (1, 1)), call(VECTOR, (), (), 2), call(NUMBER, (3,), (0,)), call(VECTOR, (0, 2), (1, 1)),
        call(MATRIX, (2, 2), (1, 2), 30, _raises="setStorage: sizes [2, 2], strides [1, 2], storage offset 30, and itemsize 8 requiring"),
        call(MATRIX, (2, 2), (1, -2), _raises="as_strided: Negative strides are not supported at the moment, got strides: [1, -2]"),
        call(MATRIX, (2, 2), (1,), _raises="mismatch in length of strides and shape"),
    ],
    "as_strided_scatter": [
        call(MATRIX, WHOLE * 0.3, (2, 2), (1, 2), _strided=True, _differs=OTHERWISE),
        call(MATRIX, VECTOR[:3], (3,), (4,), 1, _strided=True, _differs=OTHERWISE), call(VECTOR, NUMBER, (), (), 2, _differs=OTHERWISE),
        call(MATRIX, VECTOR, (2, 2), (1, 2), _raises="expected src to have a size equal to the slice of self. src size = [5], slice size = [2, 2]"),
    ],
    "select_scatter": [
        call(MATRIX, VECTOR[:4], 0, 1), call(MATRIX, VECTOR[:3], 1, -1), call(VECTOR, NUMBER, 0, 2), call(WHOLE, COUNTS[:2], 0, 0),
        call(MATRIX, VECTOR, 0, 1, _raises="expected src to have a size equal to the slice of self. src size = [5], slice size = [4]"),
        call(MATRIX, VECTOR[:4], 0, 7, _raises="select(): index 7 out of range for tensor of size [3, 4] at dimension 0"),
    ],
    "slice_scatter": [
        call(MATRIX, MATRIX[1:] * 2, 0, 1), call(MATRIX, MATRIX[:, :2] * 2, 1, 0, 4, 2), call(VECTOR, VECTOR[:2] + 1, start=-2), call(VECTOR, VECTOR * 2), call(VECTOR, VECTOR[:0], 0, 4, 1),
        call(MATRIX, VECTOR, _raises="expected src to have a size equal to the slice of self. src size = [5], slice size = [3, 4]"),
        call(MATRIX, VECTOR, 0, 0, 2, 0, _raises="slice step must be positive"),
    ],
    "Tensor.view": [
        call(VECTOR, Named("int64"), _name="bits"), call(MATRIX, 4, 3, _strided=True), call(COUNTS, Named("int16")), call(COUNTS, Named("uint8")), call(MATRIX, (2, -1), _strided=True),
        call(VECTOR, 2, 2, _raises="shape '[2, 2]' is invalid for input of size 5"),
    ],
}  # fmt: skip
SCATTERS["Tensor.view"][0] = call(COUNTS, Named("float64"), _view=str)
COPIES = {
    "alias_copy": [call(VECTOR)], "as_strided_copy": [call(MATRIX, (2, 2), (1, 2), _strided=True)], "detach_copy": [call(COUNTS)], "diagonal_copy": [call(MATRIX), call(CUBE, 1, 0, 2)],
    "expand_copy": [call(VECTOR, (2, 5))], "narrow_copy": [call(MATRIX, 1, 1, 2)], "permute_copy": [call(CUBE, (2, 0, 1))], "select_copy": [call(MATRIX, 0, 1)],
    "slice_copy": [call(MATRIX, 1, 1, 4, 2), call(VECTOR)], "split_copy": [call(VECTOR, 2), call(MATRIX, 3, 1)], "split_with_sizes_copy": [call(VECTOR, [2, 3])],
    "squeeze_copy": [call(MATRIX[:1]), call(MATRIX[:1], 0)], "t_copy": [call(MATRIX)], "transpose_copy": [call(MATRIX, 0, 1)], "unbind_copy": [call(MATRIX), call(MATRIX, 1)],
    "unfold_copy": [call(VECTOR, 0, 2, 1)], "unsqueeze_copy": [call(VECTOR, 0)], "view_copy": [call(MATRIX, (4, 3)), call(COUNTS, Named("int16"))],
    "view_as_complex_copy": [call(WHOLE * 0.4)], "view_as_real_copy": [call(COMPLEX)],
}  # fmt: skip
MADE = {
    "logspace": [call(0, 2, 3), call(-1.5, 2, 7), call(0, 2, 3, base=2, dtype=Named("int64")), call(0, 1, 1), call(0, 1, 0), call(0, 2, -1, _raises="number of steps must be non-negative")],
    "range": [
        call(1, 4), call(1, 4, 0.5), call(4, 1, -1.0), call(1, 4, dtype=Named("int32")), call(1, 4, 0, _raises="step must be nonzero"),
        call(1, 4, -1, _raises="upper bound and lower bound inconsistent with step sign"),
    ],
    "scalar_tensor": [call(3), call(2.5, dtype=Named("int64"))],
    "asarray": [
        call([1, 2]), call(3.5), call(bytearray(b"abcd"), dtype=Named("int16")), call([[1.0, 2.0]], dtype=Named("float64")), call(COUNTS), call(COUNTS, dtype=Named("float64")), call(COUNTS, copy=True),
        call([1.0], copy=False, _raises="can't alias arbitrary sequence into a tensor."),
    ],
    "frombuffer": [
        call(bytearray(b"abcdefgh"), dtype=Named("int16")), call(bytearray(b"abcdefgh"), dtype=Named("int16"), offset=2, count=2),
        call(bytearray(b"abcdefgh"), dtype=Named("int16"), offset=1, _raises="buffer length (7 bytes) after offset (1 bytes) must be a multiple of element"),
        call(bytearray(b"abcdefgh"), dtype=Named("int16"), offset=9, _raises="offset (9 bytes) must be non-negative and no greater than buffer length"),
        call(bytearray(b"abcdefgh"), dtype=Named("int16"), count=20, _raises="requested buffer length (20 * 2 bytes) after offset (0 bytes) must not be"),
        call(bytearray(b""), dtype=Named("int16"), _raises="both buffer length (0) and count (-1) must not be 0"),
        call(3, dtype=Named("int16"), _raises="object does not implement Python buffer protocol."),
    ],
    "tril_indices": [call(3, 3), call(3, 4, 1, dtype=Named("int32")), call(2, 5, -1), call(0, 3), call(-3, 4, _raises="row must be non-negative, got-3")],
    "triu_indices": [call(3, 3), call(3, 4, -1), call(2, 5, 7), call(3, 4, dtype=Named("float32"), _raises="\"triu_indices\" not implemented for 'Float'")],
    "unravel_index": [
        call(COUNTS, (2, 3)), call(np.array(5), (2, 3)), call(np.array([7, -1]), (2, 3)), call(WHOLE * WHOLE, (3, 4, 5)), call(COUNTS, 6),
        call(NUMBER, (2, 3), _raises="expected 'indices' to be integer dtype, but got torch.float64"),
        call(COUNTS, (2, -3), _raises="'shape' cannot have negative values, but got (2, -3)"),
    ],
    "empty_strided": [call((2, 3), (1, 2), _view=lambda x: x.stride())], "Tensor.new_empty_strided": [call(COUNTS, (2, 3), (3, 1), _view=lambda x: x.stride(), _batch=False)],
    "empty_permuted": [
        call((2, 3, 4), (1, 0, 2), _view=lambda x: x.stride()), call((2, 3, 4), (1, 0, 0), _raises="Duplicate dim not allowed"),
        call((2, 3, 4), (1, 0), _raises="Number of dimensions in size does not match the length of the physical_layout; i.e."),
    ],
    "Tensor.storage_offset": [call(COUNTS, _batch=False)],
}  # fmt: skip
OTHERS = {
    "constant_pad_nd": [call(VECTOR, (1, 2), 0.5), call(MATRIX, (1, 0, 2, -1))],
    "Tensor.fill_diagonal_": [call(MATRIX, 0.5), call(np.arange(14.0).reshape(7, 2), 0.5), call(CUBE[:, :2, :2], 2.0)],
    "Tensor.where": [call(MATRIX, MATRIX > 0, MATRIX * 2), call(MATRIX, MATRIX > 0, 0.5)],
}
CALLS = OTHERS | STACKS | SPLITS | TURNS | SCATTERS | COPIES | MADE
