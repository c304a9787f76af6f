"""Names whose modules are imported when they are first asked for, so that `import wengert` stays quick.

One line of the table says where a function lives and under which names it is offered: as a function
of `torch`, as a method, as an in-place method `name_`, and whether it takes `out=`.

Knows names. Must not know what the functions compute, nor import their modules before they are used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, NamedTuple

from wengert.core.tensor import Tensor
from wengert.functions.numpy_names import also_as_numpy
from wengert.functions.writing.inplace import in_place
from wengert.functions.writing.outputs import taking_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Offer(NamedTuple):
    """What one module offers; every field holds names, with spaces between.

    A name that is offered under another one than its own is written "offered:own".

    Attributes:
        torch: the functions of `torch`.
        tensor: the methods of Tensor.
        in_place: those that have a method `name_` too, which writes the result into the tensor.
        cast, same, its_own: those that take `out=`, by the dtype that it may have (see `outputs`).
    """

    torch: str = ""
    tensor: str = ""
    in_place: str = ""
    cast: str = ""
    same: str = ""
    its_own: str = ""


CATALOG: dict[str, Offer] = {
    "elementwise.activations": Offer(torch="hardshrink prelu threshold_", tensor="hardshrink prelu", same="hardshrink"),
    "elementwise.bent": Offer(torch="celu celu_ selu selu_"),
    "elementwise.arithmetic": Offer(
        torch="greater:gt greater_equal:ge less:lt less_equal:le not_equal:ne",
        tensor="greater:gt greater_equal:ge less:lt less_equal:le not_equal:ne",
        in_place="greater:gt greater_equal:ge less:lt less_equal:le not_equal:ne",
        cast="greater greater_equal less less_equal not_equal",
    ),
    "elementwise.bits": Offer(
        torch="bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor copysign deg2rad "
        "fill float_power frexp gcd heaviside lcm ldexp logical_xor nextafter rad2deg rsub signbit",
        tensor="bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor copysign deg2rad "
        "float_power float_power_ frexp gcd heaviside lcm ldexp logical_xor nextafter rad2deg signbit",
        in_place="copysign deg2rad gcd heaviside lcm ldexp logical_xor nextafter rad2deg",
        cast="bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor copysign deg2rad "
        "float_power gcd heaviside lcm ldexp logical_xor nextafter rad2deg signbit",
        same="frexp",
    ),
    "elementwise.questions": Offer(
        torch="can_cast get_device is_distributed is_neg is_nonzero is_same_size is_signed is_storage is_tensor isin "
        "isinf isneginf isposinf numel resolve_neg result_type typename",
        tensor="get_device is_distributed is_neg is_nonzero is_same_size is_signed isinf isneginf isposinf resolve_neg",
        same="isin isneginf isposinf",
    ),
    "elementwise.special": Offer(
        torch="digamma erf erfc erfinv exp2 i0 igamma igammac lgamma log10 log2 logit mvlgamma polygamma",
        tensor="digamma erf erfc erfinv exp2 i0 igamma igammac lgamma log10 log2 logit mvlgamma polygamma:polygamma_of",
        in_place="digamma erf erfc erfinv exp2 i0 igamma igammac lgamma log10 log2 logit mvlgamma "
        "polygamma:polygamma_of",
        cast="digamma erf erfc erfinv exp2 i0 igamma igammac lgamma log10 log2 logit mvlgamma polygamma",
    ),
    "fourier.short": Offer(torch="istft stft", tensor="istft stft"),
    "fourier.windows": Offer(
        torch="bartlett_window blackman_window hamming_window hann_window kaiser_window",
    ),
    "indexing.grouping": Offer(
        torch="index_reduce scatter_reduce segment_reduce",
        tensor="index_reduce scatter_reduce",
        in_place="index_reduce scatter_reduce",
        same="index_reduce scatter_reduce",
    ),
    "indexing.putting": Offer(torch="index_put put", tensor="index_put put", in_place="index_put put"),
    "linalg.decomposing": Offer(torch="orgqr:householder_product", tensor="orgqr:householder_product", same="orgqr"),
    "linalg.determinants": Offer(
        torch="det:legacy_det logdet slogdet:legacy_slogdet",
        tensor="det logdet slogdet:legacy_slogdet",
        cast="det slogdet",
    ),
    "linalg.distances": Offer(
        torch="cdist corrcoef cov cumulative_trapezoid pdist renorm trapezoid trapz",
        tensor="corrcoef cov renorm",
        in_place="renorm",
        cast="renorm",
    ),
    "linalg.eigenpairs": Offer(torch="lobpcg"),
    "linalg.einsum": Offer(torch="einsum"),
    "linalg.legacy": Offer(
        torch="cholesky cholesky_inverse cholesky_solve eig geqrf inverse lstsq lu lu_solve lu_unpack matrix_rank "
        "ormqr pca_lowrank pinverse qr solve svd svd_lowrank symeig triangular_solve",
        tensor="cholesky cholesky_inverse cholesky_solve eig geqrf inverse lstsq lu lu_solve ormqr pinverse qr solve "
        "svd symeig triangular_solve",
        cast="cholesky cholesky_inverse cholesky_solve geqrf inverse lu_solve ormqr qr svd triangular_solve",
    ),
    "linalg.norms": Offer(torch="frobenius_norm nuclear_norm"),
    "linalg.powers": Offer(
        torch="chain_matmul cross:legacy_cross matrix_exp:legacy_matrix_exp matrix_power vander:legacy_vander",
        tensor="cross:legacy_cross matrix_exp matrix_power",
        cast="cross matrix_power",
    ),
    "linalg.sums": Offer(
        torch="addbmm addmm addmv addr baddbmm inner kron tensordot vdot",
        tensor="addbmm addmm addmv addr baddbmm inner kron vdot",
        in_place="addbmm addmm addmv addr baddbmm",
        same="addbmm addmm addmv baddbmm vdot",
        cast="addr inner kron tensordot",
    ),
    "linalg.triangles": Offer(
        torch="block_diag diag diag_embed diagflat diagonal_scatter trace tril triu",
        tensor="diag diag_embed diagflat diagonal_scatter trace tril triu",
        in_place="tril triu",
        cast="diag tril triu",
    ),
    "linalg.products": Offer(torch="ger:outer", tensor="ger:outer", cast="ger"),
    "making.counting": Offer(
        torch="asarray empty_permuted empty_strided from_dlpack frombuffer logspace range scalar_tensor to_dlpack "
        "tril_indices triu_indices unravel_index",
        tensor="__dlpack__:dlpack __dlpack_device__:dlpack_device new_empty_strided storage_offset",
        cast="logspace range",
    ),
    "making.distributions": Offer(
        torch="binomial multinomial normal poisson randint_like",
        tensor="cauchy_ exponential_ geometric_ log_normal_ multinomial random_",
        same="multinomial normal",
    ),
    "making.devices": Offer(torch="device", tensor="cuda pin_memory to_dense"),
    "making.legacy": Offer(
        torch="BFloat16Tensor BoolTensor ByteTensor CharTensor DoubleTensor FloatTensor HalfTensor IntTensor "
        "LongTensor ShortTensor",
        tensor="new",
    ),
    "making.settings": Offer(
        torch="autocast clear_autocast_cache compiled_with_cxx11_abi get_autocast_cpu_dtype get_autocast_dtype "
        "get_default_device get_deterministic_debug_mode get_float32_matmul_precision get_num_interop_threads "
        "get_num_threads is_autocast_cache_enabled is_autocast_cpu_enabled is_autocast_enabled is_warn_always_enabled "
        "layout set_default_device set_default_tensor_type set_deterministic_debug_mode set_float32_matmul_precision "
        "set_flush_denormal set_num_interop_threads set_num_threads set_warn_always strided",
        tensor="is_pinned:pinned is_set_to:set_to is_shared:shared storage:storage_type_of "
        "untyped_storage:storage_type_of",
    ),
    "making.states": Offer(torch="get_rng_state initial_seed seed set_rng_state"),
    "neural.cells": Offer(torch="gru_cell lstm_cell rnn_relu_cell rnn_tanh_cell"),
    "neural.distances": Offer(torch="pairwise_distance"),
    "neural.mappings": Offer(torch="bilinear conv_tbc"),
    "neural.natives": Offer(
        torch="convolution embedding_bag embedding_renorm_ native_batch_norm native_group_norm native_layer_norm"
    ),
    "neural.networks": Offer(torch="gru lstm rnn_relu rnn_tanh"),
    "neural.noise": Offer(torch="native_dropout"),
    "neural.normalisation": Offer(torch="rms_norm"),
    "neural.numbered": Offer(
        torch="affine_grid_generator batch_norm binary_cross_entropy_with_logits cosine_embedding_loss ctc_loss "
        "embedding grid_sampler grid_sampler_2d:grid_sampler grid_sampler_3d:grid_sampler group_norm "
        "hinge_embedding_loss instance_norm kl_div layer_norm margin_ranking_loss poisson_nll_loss triplet_margin_loss"
    ),
    "neural.padding": Offer(torch="constant_pad_nd"),
    "neural.positions": Offer(torch="adaptive_max_pool1d:adaptive_max_pool1d_with_indices max_pool1d_with_indices"),
    "neural.shuffling": Offer(torch="channel_shuffle native_channel_shuffle pixel_shuffle pixel_unshuffle"),
    "neural.signatures": Offer(
        torch="alpha_dropout alpha_dropout_ dropout dropout_ feature_alpha_dropout feature_alpha_dropout_ "
        "feature_dropout feature_dropout_ rrelu rrelu_"
    ),
    "reducing.counting": Offer(
        torch="bincount bucketize histc histogram histogramdd searchsorted unique unique_consecutive",
        tensor="bincount histc histogram unique unique_consecutive",
        same="bucketize histc histogram searchsorted",
    ),
    "reducing.norms": Offer(torch="norm_except_dim"),
    "reducing.statistics": Offer(
        torch="aminmax argwhere count_nonzero diff gradient msort nanquantile nonzero_static quantile std_mean "
        "take_along_dim var_mean",
        tensor="aminmax argwhere count_nonzero diff msort nanquantile nonzero_static quantile take_along_dim",
        cast="diff",
        same="aminmax msort nanquantile nonzero_static quantile take_along_dim",
    ),
    "shaping.joining": Offer(
        torch="atleast_1d atleast_2d atleast_3d broadcast_shapes broadcast_tensors cartesian_prod column_stack "
        "combinations dsplit dstack hsplit hstack meshgrid row_stack split_with_sizes tensor_split "
        "unsafe_chunk unsafe_split unsafe_split_with_sizes vsplit vstack",
        tensor="dsplit hsplit split_with_sizes tensor_split unsafe_chunk unsafe_split unsafe_split_with_sizes vsplit",
        cast="column_stack dstack hstack row_stack vstack",
    ),
    "shaping.scattering": Offer(
        torch="as_strided as_strided_ as_strided_scatter select_scatter slice_scatter alias_copy "
        "as_strided_copy detach_copy diagonal_copy expand_copy narrow_copy permute_copy select_copy "
        "slice_copy split_copy split_with_sizes_copy squeeze_copy t_copy transpose_copy unbind_copy "
        "unfold_copy unsqueeze_copy view_copy view_as_complex_copy view_as_real_copy",
        tensor="as_strided as_strided_ as_strided_scatter fill_diagonal_ narrow_copy select_scatter slice_scatter "
        "where",
    ),
    "shaping.turning": Offer(
        torch="fliplr flipud moveaxis repeat_interleave roll rot90 swapdims tile unflatten",
        tensor="dim_order fliplr flipud moveaxis ndimension repeat repeat_interleave roll "
        "rot90 sum_to_size swapdims tile type_as unflatten",
    ),
    "writing.calling": Offer(tensor="apply_ map_"),
}
"""By the module below `wengert.functions`."""

IN_PLACE_FUNCTIONS = (
    "abs_ acos_ acosh_ addmv_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ asin_ asinh_ atan_ atanh_ ceil_ "
    "clamp_ clamp_max_ clamp_min_ clip_ conj_physical_ cos_ cosh_ deg2rad_ detach_ erf_ erfc_ exp2_ exp_ expm1_ fill_ "
    "fix_ floor_ frac_ gcd_ i0_ index_put_ lcm_ ldexp_ log10_ log1p_ log2_ log_ logit_ nan_to_num_ neg_ negative_ "
    "rad2deg_ reciprocal_ relu_ resize_as_ round_ rsqrt_ sigmoid_ sin_ sinc_ sinh_ sqrt_ square_ tan_ tanh_ "
    "trunc_ xlogy_ zero_"
)
"""The in-place methods that are functions of `torch` as well."""


def pairs(names: str) -> Iterator[tuple[str, str]]:
    """(the name offered, the name in the module) of each word.

    >>> list(pairs("det qr:legacy_qr"))
    [('det', 'det'), ('qr', 'legacy_qr')]
    """
    for word in names.split():
        offered, _, own = word.partition(":")
        yield offered, own or offered


FUNCTIONS = {
    offered: (module, own) for module, offer in CATALOG.items() for offered, own in pairs(offer.torch)
}  # fmt: skip
"""The functions of `torch` that are imported later: by name the module and the name there."""

NAMES = [*FUNCTIONS, *IN_PLACE_FUNCTIONS.split()]
"""Every name that `function_of_torch` knows."""


def function_of_torch(name: str) -> Any:
    """The function of `torch` under a name of NAMES."""
    if name not in FUNCTIONS:
        return writing_function(name)
    module, own = FUNCTIONS[name]
    function = member(module, own)
    offer = CATALOG[module]
    for rule, names in (("cast", offer.cast), ("same", offer.same), ("its own", offer.its_own)):
        if name in names.split():
            return taking_out(function, name, rule)
    return also_as_numpy(function, name)


def member(module: str, name: str) -> Any:
    """A function of a module below `wengert.functions`, which is imported now."""
    return getattr(importlib.import_module(f"wengert.functions.{module}"), name)


def writing_function(name: str) -> Any:
    """`torch.exp_(x)`, which is `x.exp_()`."""

    def function(input: Tensor, *args: Any, **options: Any) -> Any:
        return getattr(input, name)(*args, **options)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`x.{name}()` as a function."
    return function


def attach() -> None:
    """Give Tensor the methods, each of which finds its function when it is first called."""
    for module, offer in CATALOG.items():
        for offered, own in pairs(offer.tensor):
            setattr(Tensor, offered, found_later(offered, module, own, also_as_numpy))
        for offered, own in pairs(offer.in_place):
            setattr(Tensor, f"{offered}_", found_later(f"{offered}_", module, own, writing))


def writing(function: Any, name: str) -> Any:
    """The in-place method of a function."""
    return in_place(name, function, function)


def found_later(name: str, module: str, own: str, make: Callable[[Any, str], Any]) -> Any:
    """A method that replaces itself by what `make` makes of the function."""

    def method(self: Tensor, *args: Any, **options: Any) -> Any:
        made = make(member(module, own), name)
        setattr(Tensor, name, made)
        return made(self, *args, **options)

    method.__name__ = name
    method.__qualname__ = f"Tensor.{name}"
    method.__doc__ = f"`{name}` of `wengert.functions.{module}`; its own text is there once it was called."
    return method
